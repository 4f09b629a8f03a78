/// A courier took fulfillments along: their parcels become a list that is kept, and a courier that makes lists of its
/// own is asked for it.
///
/// 1. Gathers the parcels that have left and are on no list, by location and courier.
/// 2. Keeps each list, and notes it on its parcels.
/// 3. Has the courier asked for its manifest by a job, where labels were bought by a connection.
///
/// Fulfillments that are not there, or have not left, are passed over: whoever ships them is told; so are parcels of
/// couriers that are not set up. Done again it makes nothing, and names the same lists.
public struct CloseHandOver: Command {
    public static let name = "close-hand-over"
    public let fulfillments: [FulfillmentID]
    /// Which of their parcels; nil for all.
    public let parcels: Set<ParcelID>?

    public init(fulfillments: [FulfillmentID], parcels: Set<ParcelID>? = nil) {
        (self.fulfillments, self.parcels) = (fulfillments, parcels)
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for id in fulfillments { needs.order(id.order) }
    }

    /// Who takes parcels along from where.
    private struct Way: Hashable, Comparable {
        let location: String
        let courier: String
        static func < (left: Self, right: Self) -> Bool {
            (left.location, left.courier) < (right.location, right.courier)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        var closed: Set<HandOverID> = []
        var ways: [Way: [ParcelID]] = [:]
        for id in Set(fulfillments).sorted() {
            guard let order = work.peek(id.order), order.isVisible(to: work.principal),
                let part = order.fulfillments.first(where: { $0.number == id.number }),
                work.principal.sees(location: part.location)
            else { continue }
            for parcel in order.boxes(of: id.number) where parcel.state.isSent {
                guard parcels?.contains(ParcelID(order.id, parcel.number)) ?? true else { continue }
                if let known = parcel.handOver {
                    closed.insert(known)
                } else if let courier = parcel.courier, work.configuration.couriers[courier] != nil {
                    ways[Way(location: part.location, courier: courier), default: []]
                        .append(ParcelID(order.id, parcel.number))
                }
            }
        }
        for (way, parcels) in ways.sorted(by: { $0.key < $1.key }) {
            closed.insert(try close(parcels, way, in: &work))
        }
        var json = JSONWriter()
        json.object { $0.array("hand_overs") { list in for id in closed.sorted() { list.value(id.description) } } }
        return Reply(body: json.text)
    }

    private func close(_ parcels: [ParcelID], _ way: Way, in work: inout Work) throws -> HandOverID {
        let id: HandOverID = work.nextIdentifier(at: work.now)
        // Who sold a label makes the list of it, whoever the courier is asked by today.
        var seller: String?
        var listed: [ClosedHandOver.Listed] = []
        for (order, parcels) in Dictionary(grouping: parcels, by: \.order).sorted(by: { $0.key < $1.key }) {
            var order = try work.order(order)
            for parcel in parcels {
                guard let place = order.parcels.firstIndex(where: { $0.number == parcel.number }) else { continue }
                order.parcels[place].handOver = id
                let taken = order.parcels[place]
                listed.append(
                    ClosedHandOver.Listed(
                        parcel: parcel, service: taken.service, tracking: taken.tracking,
                        weightGrams: taken.weightGrams))
                let label = order.parcels[place].label
                if let label, label.isSold(by: way.courier) { seller = label.connection }
            }
            work.update(order)
        }
        let closed = ClosedHandOver(
            id: id, location: way.location, courier: way.courier, parcels: Int64(parcels.count), listed,
            at: work.now, by: work.principal.name, manifest: seller == nil ? .forgone : .pending)
        work.insert(closed)
        if let seller { work.enqueue(.makeManifest, payload: id.description, due: work.now, asks: seller) }
        work.record(.handOverClosed) {
            $0.member("hand_over", id.description)
            $0.member("location", way.location)
            $0.member("courier", way.courier)
            $0.array("parcels") { list in for parcel in parcels { list.value(parcel.description) } }
            $0.member("manifest", closed.manifest.rawValue)
        }
        return id
    }
}

/// Asks a courier again for the manifest that it refused: somebody has seen to the reason.
///
/// - Throws: `.notFound`; `.illegalTransition` where it was not refused.
public struct AskForManifest: Command {
    public static let name = "ask-for-manifest"
    public let handOver: HandOverID

    public init(handOver: HandOverID) { self.handOver = handOver }

    public func needs(_ needs: inout Needs, given work: Work) { needs.handOver(handOver) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        var closed = try work.handOver(handOver)
        try closed.apply(.ask)
        closed.reason = nil
        work.update(closed)
        let connection = work.configuration.couriers[closed.courier]?.connection ?? ""
        work.enqueue(.makeManifest, payload: closed.id.description, due: work.now, asks: connection)
        var json = JSONWriter()
        closed.write(to: &json)
        return Reply(status: 201, body: json.text)
    }
}

/// Job's end: a courier has answered for its manifest.
///
/// 1. Made: it is kept, and what told people of an earlier no is settled. A courier that makes none leaves the
///    retailer's own list to serve.
/// 2. Refused: a person is told, with the courier's reason.
struct RecordManifest: Command {
    static let name = "record-manifest"
    let handOver: HandOverID
    let outcome: HandOverOutcome
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.handOver(handOver)
        if let shown = work.peek(handOver)?.exception { needs.exception(shown) }
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var closed = try work.handOver(handOver)
        switch outcome {
        case .done(let reference, let manifest):
            try closed.apply(reference == nil && manifest == nil ? .forgo : .make)
            closed.reference = reference
            settle(closed, in: &work)
            let id = closed.id
            if let manifest { work.write { try ClosedHandOverStore.insert(manifest, of: id, in: $0) } }
            let state = closed.manifest
            if state == .made {
                work.record(.handOverManifestMade) {
                    $0.member("hand_over", id.description)
                    $0.member("reference", reference)
                }
            }
        case .refused(let reason):
            try closed.apply(.refuse)
            closed.reason = reason
            tell(&closed, reason, in: &work)
        }
        work.update(closed)
        return Reply(body: "{}")
    }

    private func settle(_ closed: ClosedHandOver, in work: inout Work) {
        guard let id = closed.exception, let shown = work.exception(id), shown.isOpen else { return }
        work.resolve(shown, because: "The courier was asked again, and answered.")
    }

    /// One exception for all its tries.
    private func tell(_ closed: inout ClosedHandOver, _ reason: String, in work: inout Work) {
        if let id = closed.exception, work.exception(id)?.isOpen == true { return }
        let exception = work.open(
            .manifestRefused, subject: closed.id.description, location: closed.location,
            cause: "\(closed.courier) makes no manifest of the \(closed.parcels) parcels that it took from "
                + "\(closed.location) at \(closed.closedAt): \(reason)",
            owner: closed.location,
            suggestion: "Mend what it says and ask again; until then the list of your own, which the driver signed, is "
                + "the proof.")
        closed.exception = exception.id
        work.record(.exceptionOpened) { exception.writeOpening(to: &$0) }
    }
}

extension Label {
    /// Whether it is a courier's, and was bought of somebody who makes lists of what they sold.
    fileprivate func isSold(by courier: String) -> Bool { state == .bought && self.courier == courier && !isOwn }
}

/// What jobs do about manifests: they ask couriers, outside of any transaction.
extension JobRunner {
    /// Asks a courier for its list of what it took, under the hand-over's own id: an answer that was lost is looked up.
    func makeManifest(_ job: Job) async throws {
        guard let id = HandOverID(job.payload) else { throw BrokenInvariant("the job \(job.id) names no hand-over") }
        let (seller, labels) = try await waybill.read { db -> (String, [BoughtLabel]) in
            guard let closed = try ClosedHandOverStore.handOver(id, in: db) else {
                throw BrokenInvariant("the job \(job.id) names a hand-over that is not there")
            }
            guard let courier = try CourierStore.courier(closed.courier, in: db) else {
                throw Refusal(.unknownCourier, "the courier \(closed.courier) is not set up any more")
            }
            let sold = try HandOver.parcels(of: id, in: db).compactMap { _, parcel in
                parcel.label.flatMap { $0.isSold(by: courier.code) ? $0 : nil }
            }
            let seller = sold.last?.connection ?? courier.connection
            let labels = sold.compactMap { label in
                label.connection == seller
                    ? label.tracking.map { BoughtLabel(label, tracking: $0, of: courier) } : nil
            }
            return (seller, labels)
        }
        guard let connection = connections[seller] else {
            throw Refusal(.unavailable, "no labels are sold by \(seller) here")
        }
        let outcome = try await ask(.courier(seller)) {
            try await connection.handOver(labels, key: id.description)
        }
        _ = try await waybill.perform(RecordManifest(handOver: id, outcome: outcome, job: job.id), as: .system)
    }
}

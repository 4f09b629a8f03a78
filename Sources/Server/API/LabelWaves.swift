import HTTPTypes
import OrderManagement

/// `/v1/labels.pdf` and `/v1/labels.zpl`: the labels of many fulfillments in one print job.
///
/// What has no label, or none that can be printed, is named on a page at the end and in the header `Waybill-Left-Out`;
/// the rest is printed.
extension PapersAPI {
    var wavePDF: Endpoint { wave(.pdf) }
    var waveZPL: Endpoint { wave(.zpl) }

    /// Fulfillments of a location in one job.
    static let waveMax: Int64 = 1_000
    private static let waveDefault: Int64 = 200

    static let waveQuery: [QueryParameter] = [
        .init("fulfillment", .id("ful"), "Those whose labels are wanted, each printed once", isRepeatable: true),
        .init("location", .shortText, "Instead: all of a location that are packed and have not left"),
        .init("courier", .shortText, "Of a location, those that go by this courier"),
        .init("limit", .integer(1...waveMax), "Fulfillments of a location, 200 unless told otherwise"),
        .init(
            "printed", .words(Printed.self),
            "Labels that a print run has taken (true), those that none has (false), or any, as without it. Nothing is "
                + "noted by this call: `/v1/print-runs` does"),
    ]

    /// Which labels are wanted, by whether they were printed.
    enum Printed: String, CaseIterable { case yes = "true", no = "false", any }

    /// Which parcels of fulfillments are wanted.
    struct Wanted: Sendable {
        /// Only those that go by it; nil for all.
        let courier: String?
        let printed: Printed

        func takes(_ parcel: Parcel) -> Bool {
            guard courier == nil || parcel.label?.courier == courier else { return false }
            switch printed {
            case .any: return true
            case .yes: return parcel.label?.print != nil
            case .no: return parcel.label?.print == nil
            }
        }
    }

    private func wave(_ format: LabelDocument.Format) -> Endpoint {
        var endpoint = Endpoint.paper(
            "/v1/labels.\(format.rawValue)", .fulfillmentsRead, tag: "fulfillments",
            "The labels of many fulfillments in one job; what has none is named on the last page and in the header "
                + "Waybill-Left-Out", in: format.type
        ) { request in
            APIResponse(try paperwork.labels(try await batch(for: request), as: format), format)
        }
        endpoint.query = Self.waveQuery
        return endpoint
    }

    private func batch(for request: APIRequest) async throws -> LabelBatch {
        let (names, principal) = (request.query.texts("fulfillment"), request.principal)
        let location = request.query.text("location")
        let wanted = Wanted(
            courier: request.query.text("courier"), printed: try request.query.word("printed", Printed.self) ?? .any)
        let limit = Int(try request.query.integer("limit", in: 1...Self.waveMax) ?? Self.waveDefault)
        guard names.isEmpty != (location == nil) else {
            throw Refusal([
                .init("?location", .invalidInput, "say whose labels: fulfillment=ful_… for each, or location=CODE")
            ])
        }
        return try await api.waybill.read { db in
            let configuration = try api.known.configuration(in: db)
            var batch = LabelBatch(at: api.waybill.clock())
            var (ids, named): ([FulfillmentID], Set<FulfillmentID>) = ([], [])
            for name in names {
                guard let id = FulfillmentID(name) else {
                    batch.leaveUnknown(name)
                    continue
                }
                // Two labels of one number go on two parcels only by mistake.
                if named.insert(id).inserted { ids.append(id) }
            }
            if let location {
                guard configuration.locations[location] != nil, principal.sees(location: location) else {
                    throw Refusal(.notFound, "there is no location \(location)")
                }
                var count = 0
                let isAll = try FulfillmentStore.walk([.packed], at: location, from: db) { order, part in
                    guard count < limit else { return false }
                    let isWanted = order.boxes(of: part.number).contains(where: wanted.takes)
                    guard part.method == .ship, isWanted else { return true }
                    count += 1
                    try batch.add(part, of: order, wanted, configuration, in: db)
                    return true
                }
                // Whoever names a limit knows of it.
                if !isAll, request.query.text("limit") == nil {
                    batch.leftOut.insert(
                        .init(
                            name: location, order: nil,
                            reason: "more is packed there than \(limit) fulfillments: these were the first to leave"),
                        at: 0)
                }
                return batch
            }
            let orders = try OrderStore.orders(Set(ids.map(\.order)).sorted(), in: db)
            for id in ids {
                guard let order = orders[id.order], let part = order.part(id), principal.sees(location: part.location)
                else {
                    batch.leaveUnknown(id.description)
                    continue
                }
                try batch.add(part, of: order, wanted, configuration, in: db)
            }
            return batch
        }
    }
}

extension LabelBatch {
    fileprivate mutating func leaveUnknown(_ name: String) {
        leftOut.append(.init(name: String(name.prefix(64)), order: nil, reason: "there is no such fulfillment"))
    }

    /// The parcels of a fulfillment.
    fileprivate mutating func add(
        _ part: Fulfillment, of order: Order, _ asked: PapersAPI.Wanted, _ configuration: Configuration,
        in db: any Connection
    ) throws {
        let boxes = order.boxes(of: part.number)
        let wanted = boxes.filter(asked.takes)
        guard part.method == .ship, !wanted.isEmpty else {
            // Pickups, other couriers' parcels and what was printed, or was not, were not asked for.
            if part.method == .ship, boxes.isEmpty {
                leftOut.append(
                    .init(
                        name: FulfillmentID(order.id, part.number).description, order: order.number,
                        reason: "nothing is packed yet: a label belongs to a parcel"))
            }
            return
        }
        let facts = try PaperFacts(order, at: part.location, configuration, now: at, in: db)
        for parcel in wanted { try add(parcel, facts, in: db) }
    }

    /// A parcel with its label and what its courier gave to be printed, or among what is left out.
    mutating func add(_ parcel: Parcel, _ facts: PaperFacts, in db: any Connection) throws {
        let document = try parcel.label.flatMap { label in
            try label.isDrawnHere
                ? nil
                : LabelDocumentStore.document(of: ParcelID(facts.order.id, parcel.number), label.number, in: db)
        }
        add(parcel, facts, document)
    }

    /// A parcel with its label, or among what is left out.
    mutating func add(_ parcel: Parcel, _ facts: PaperFacts, _ document: LabelDocument?) {
        guard parcel.label?.state == .bought else {
            leftOut.append(
                .init(
                    name: ParcelID(facts.order.id, parcel.number).description, order: facts.order.number,
                    reason: parcel.lackOfLabel))
            return
        }
        entries.append(.init(facts: facts, parcel: parcel, document: document))
    }
}

extension Parcel {
    /// Why there is nothing to print of it, for people.
    var lackOfLabel: String {
        guard label == nil else { return "its courier has not answered yet: print it later" }
        let failure = labels.last?.reason.map { " (the last try failed: \($0))" } ?? ""
        return "the parcel \(number) bears no label\(failure)"
    }
}

extension APIResponse {
    /// Names in the header; the paper has all of them.
    private static let namedMax = 50

    init(_ print: LabelPrint, _ format: LabelDocument.Format) {
        self.init(body: .bytes(print.content), type: format.type)
        guard !print.leftOut.isEmpty else { return }
        let names = print.leftOut.prefix(Self.namedMax).map { $0.name.filter { $0.isASCII && !$0.isWhitespace } }
        let more = print.leftOut.count - names.count
        headers.append((.leftOut, names.joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")))
    }
}

extension HTTPField.Name {
    static let leftOut = HTTPField.Name("Waybill-Left-Out")!  // a token, as names of fields are
}

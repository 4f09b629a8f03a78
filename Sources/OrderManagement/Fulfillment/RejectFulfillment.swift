/// Why a location cannot do the work. The first two question the stock.
public enum RejectionReason: String, CaseIterable, Sendable {
    case notFound = "not_found", damaged, noCapacity = "no_capacity", closed, cannotShip = "cannot_ship", other
}

/// A location refuses work, wholly or in part; the units are sourced elsewhere in the same commit.
///
/// 1. Units not found are counted down, damaged ones quarantined, others go back to available. Of a kit, those are the
///    parts that the caller names; its other parts go back.
/// 2. A part becomes a fulfillment of its own, rejected; the rest goes on.
/// 3. A location that has no capacity gets no more work for that day, where it is set up so.
/// 4. The units are sourced again, leaving this location out until a person has it asked again; what nobody else has is
///    backordered and opens an exception.
///
/// - Throws: `.illegalTransition`; `.quantityExceeded`; `.unknownLine`; `.invalidInput` where no part of a kit is said.
public struct RejectFulfillment: Command {
    public static let name = "reject-fulfillment"
    public let fulfillment: FulfillmentID
    public let lines: [LineQuantity]?
    public let reason: RejectionReason
    /// The parts of kits that were not found, or are damaged.
    public let components: [String]

    public init(
        fulfillment: FulfillmentID, lines: [LineQuantity]? = nil, reason: RejectionReason, components: [String] = []
    ) {
        self.fulfillment = fulfillment
        self.lines = lines
        self.reason = reason
        self.components = components
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        let units = try step.order.units(lines, in: step.fulfillment)
        let channel = try work.configuration.channel(step.order.channel)
        let rejection = Rejection(reason: reason, components: Set(components))
        try step.order.check(rejection, of: units, at: "/components")
        let (location, shipBy) = (step.fulfillment.location, step.fulfillment.shipBy)
        try step.order.reject(units, of: step.index, rejection, in: &work)
        if reason == .noCapacity, let place = work.configuration.locations[location], place.closesForNoCapacity {
            work.close(place, for: shipBy)
        }
        try step.order.sourceRejected(units, from: step.fulfillment.location, channel: channel, in: &work)
        return step.finish(in: &work)
    }
}

/// Why units are rejected, and which parts of kits that is said of.
struct Rejection {
    let reason: RejectionReason
    var components: Set<String> = []

    /// Whether it says of an item of a line that it is not there as it should be.
    func questions(_ part: String, of line: OrderLine) -> Bool {
        switch reason {
        case .notFound, .damaged: !line.isKit || components.contains(part)
        case .noCapacity, .closed, .cannotShip, .other: false
        }
    }
}

extension Order {
    /// A shelf that lacks a part of a kit is not short of its other parts: somebody must say which.
    ///
    /// - Throws: `.invalidInput`, also for a part of none of the rejected kits.
    func check(_ rejection: Rejection, of units: [Int: Int64], at pointer: String) throws(Refusal) {
        let kits = lines.filter { $0.isKit && (units[$0.number] ?? 0) > 0 }
        let known = Set(kits.flatMap(\.components).map(\.sku))
        if let wrong = rejection.components.sorted().first(where: { !known.contains($0) }) {
            throw Refusal([.init(pointer, .invalidInput, "\(wrong) is part of no kit that is rejected")])
        }
        guard rejection.reason == .notFound || rejection.reason == .damaged else { return }
        for kit in kits where !kit.components.contains(where: { rejection.questions($0.sku, of: kit) }) {
            throw Refusal([
                .init(
                    pointer, .invalidInput,
                    "\(kit.sku) is a kit: name the parts that are \(rejection.reason.rawValue), of "
                        + kit.components.map(\.sku).joined(separator: ", "))
            ])
        }
    }

    /// Takes rejected units out of a fulfillment and puts them where the reason says.
    mutating func reject(_ units: [Int: Int64], of index: Int, _ rejection: Rejection, in work: inout Work) throws {
        let whole = fulfillments[index]
        let rejected = whole.lines.compactMap { line in
            units[line.line].flatMap { $0 > 0 ? Fulfillment.Line(line: line.line, quantity: $0) : nil }
        }
        guard !rejected.isEmpty else { return }
        _ = try whole.after(.reject)
        let doubtful = isUnstopped(whole) ? whole.lying(of: units) : [:]
        for line in rejected {
            for part in lines[line.line - 1].goods {
                try reject(
                    line.quantity * part.quantity, of: part.sku, at: whole.location,
                    isThere: !rejection.questions(part.sku, of: lines[line.line - 1]), rejection.reason, in: &work)
            }
            lines[line.line - 1].allocated -= line.quantity
        }
        if take(units, outOf: index) {
            fulfillments[index].lines = rejected
            try fulfillments[index].apply(.reject, at: work.now)
            fulfillments[index].note = "Rejected: \(rejection.reason.rawValue)."
            record(.fulfillmentRejected, fulfillments[index], in: &work)
        } else {
            var part = whole.split(rejected, as: nextFulfillmentNumber)
            try part.apply(.reject, at: work.now)
            part.note = "Rejected: \(rejection.reason.rawValue)."
            fulfillments.append(part)
            record(.fulfillmentRejected, part, in: &work)
        }
        tellOfRejected(doubtful, of: whole, rejection, in: &work)
    }

    /// Rejected goods of a parcel that somebody was asked to stop, and has not said whether: those that are said to be
    /// there must still be; those that are not found may have left.
    private mutating func tellOfRejected(
        _ units: [Int: Int64], of job: Fulfillment, _ rejection: Rejection, in work: inout Work
    ) {
        var (there, missing): ([String: Int64], [String: Int64]) = ([:], [:])
        for (line, count) in units {
            for part in lines[line - 1].goods {
                if !rejection.questions(part.sku, of: lines[line - 1]) {
                    there[part.sku, default: 0] += count * part.quantity
                } else if rejection.reason == .notFound {
                    missing[part.sku, default: 0] += count * part.quantity
                }
            }
        }
        func list(_ goods: [String: Int64]) -> [SKUQuantity] {
            goods.sorted { $0.key < $1.key }.map { SKUQuantity(sku: $0.key, quantity: $0.value) }
        }
        let (kept, gone) = (list(there), list(missing))
        let subject = FulfillmentID(id, job.number).description
        if !kept.isEmpty {
            open(
                .interception, subject: subject, location: job.location, goods: kept,
                cause: "\(kept.words) of order \(number) were rejected after \(job.location) had labelled their "
                    + "parcel.",
                owner: job.location,
                suggestion: "Stop the parcel and put its goods back on their shelf; or say that it has left already.",
                in: &work)
            askWhetherStopped(job.number)
        }
        guard !gone.isEmpty else { return }
        open(
            .parcelFound, subject: subject, location: job.location, goods: gone,
            cause: "\(job.location) did not find \(gone.words) of order \(number), whose labelled parcel was to be "
                + "stopped: it may have left by its old label.",
            owner: "customer_service",
            suggestion: "Ask its courier what it has. What the customer has, they hand in or keep.", in: &work)
    }

    private func reject(
        _ units: Int64, of sku: String, at location: String, isThere: Bool, _ reason: RejectionReason,
        in work: inout Work
    ) throws {
        let missed = work.level(of: sku, at: location).shortage
        try work.move(StockMovement(.deallocate, units, of: sku, at: location, order: id))
        guard !isThere else { return work.serveBackorders(of: sku) }
        // Units that a count has missed already are neither counted down nor quarantined: they are not there.
        try work.move(
            StockMovement(
                reason == .damaged ? .quarantine : .countDown, max(0, units - missed), of: sku, at: location,
                order: id))
    }

    /// Finds rejected units another place; a person hears of it when there is none.
    mutating func sourceRejected(
        _ units: [Int: Int64], from location: String, channel: Channel, in work: inout Work
    ) throws {
        let wanted = units.filter { $0.value > 0 }
        guard !wanted.isEmpty else { return }
        let placed = try source(wanted, channel: channel, in: &work)
        if placed < wanted.values.reduce(0, +) { tellOfUnits(missedAt: location, "rejected", in: &work) }
        passGates(in: &work)
        try releaseWhenReady(channel, in: &work)
    }

    /// A person hears of units that nobody has beside a location that does not give them.
    mutating func tellOfUnits(missedAt location: String, _ what: String, in work: inout Work) {
        // A location that rejects the rest as well says nothing new.
        let isKnown = exceptions.contains { $0.isOpen && $0.kind == .rejectedEverywhere && $0.location == location }
        guard !isKnown else { return }
        open(
            .rejectedEverywhere, location: location,
            cause: "\(location) \(what) units of order \(number), and no other location has them.",
            owner: "operations",
            suggestion: delivery.method == .pickup
                ? "Have the customer collect at another store, or have it sent; or cancel the units."
                : "Bring stock to another location and source again; ask those again that rejected the units, "
                    + "where they can do it now; or cancel the units.",
            in: &work)
    }
}

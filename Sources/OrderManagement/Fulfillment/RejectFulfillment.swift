/// Why a location cannot do the work. The first two question the stock.
public enum RejectionReason: String, CaseIterable, Sendable {
    case notFound = "not_found", damaged, noCapacity = "no_capacity", closed, cannotShip = "cannot_ship", other
}

/// A location refuses work, wholly or in part; the units are sourced elsewhere in the same commit.
///
/// 1. Units not found are counted down, damaged ones quarantined, others go back to available.
/// 2. A part becomes a fulfillment of its own, rejected; the rest goes on.
/// 3. The units are sourced again, now and ever after leaving this location out; what nobody else has is backordered
///    and opens an exception.
///
/// - Throws: `.illegalTransition`; `.quantityExceeded`; `.unknownLine`.
public struct RejectFulfillment: Command {
    public static let name = "reject-fulfillment"
    public let fulfillment: FulfillmentID
    public let lines: [LineQuantity]?
    public let reason: RejectionReason

    public init(fulfillment: FulfillmentID, lines: [LineQuantity]? = nil, reason: RejectionReason) {
        self.fulfillment = fulfillment
        self.lines = lines
        self.reason = reason
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, evenOnHold: true, in: work)
        let units = try step.order.units(lines, in: step.fulfillment)
        let channel = try work.configuration.channel(step.order.channel)
        try step.order.reject(units, of: step.index, reason: reason, in: &work)
        try step.order.sourceRejected(units, from: step.fulfillment.location, channel: channel, in: &work)
        return step.finish(in: &work)
    }
}

extension Order {
    /// Takes rejected units out of a fulfillment and puts them where the reason says.
    mutating func reject(_ units: [Int: Int64], of index: Int, reason: RejectionReason, in work: inout Work) throws {
        let whole = fulfillments[index]
        let rejected = whole.lines.compactMap { line in
            units[line.line].flatMap { $0 > 0 ? Fulfillment.Line(line: line.line, quantity: $0) : nil }
        }
        guard !rejected.isEmpty else { return }
        _ = try whole.state.after(.reject)
        for line in rejected {
            let sku = lines[line.line - 1].sku
            let missed = work.level(of: sku, at: whole.location).shortage
            try work.move(StockMovement(.deallocate, line.quantity, of: sku, at: whole.location, order: id))
            // Units that a count has missed already are neither counted down nor quarantined: they are not there.
            let unknown = max(0, line.quantity - missed)
            switch reason {
            case .notFound:
                try work.move(StockMovement(.countDown, unknown, of: sku, at: whole.location, order: id))
            case .damaged:
                try work.move(StockMovement(.quarantine, unknown, of: sku, at: whole.location, order: id))
            case .noCapacity, .closed, .cannotShip, .other:
                work.serveBackorders(of: sku)
            }
            lines[line.line - 1].allocated -= line.quantity
        }
        if take(units, outOf: index) {
            fulfillments[index].lines = rejected
            try fulfillments[index].apply(.reject, at: work.now)
            fulfillments[index].note = "Rejected: \(reason.rawValue)."
            record(.fulfillmentRejected, fulfillments[index], in: &work)
        } else {
            var part = whole.split(rejected, as: nextFulfillmentNumber)
            try part.apply(.reject, at: work.now)
            part.note = "Rejected: \(reason.rawValue)."
            fulfillments.append(part)
            record(.fulfillmentRejected, part, in: &work)
        }
    }

    /// Finds rejected units another place; a person hears of it when there is none.
    mutating func sourceRejected(
        _ units: [Int: Int64], from location: String, channel: Channel, in work: inout Work
    ) throws {
        let wanted = units.filter { $0.value > 0 }
        guard !wanted.isEmpty else { return }
        let placed = try source(wanted, channel: channel, in: &work)
        if placed < wanted.values.reduce(0, +) {
            open(
                .rejectedEverywhere, location: location,
                cause: "\(location) rejected units of order \(number), and no other location has them.",
                owner: "operations",
                suggestion: "Bring stock to another location, or cancel the units.",
                in: &work)
        }
        passGates(in: &work)
        try releaseWhenReady(channel, in: &work)
    }
}

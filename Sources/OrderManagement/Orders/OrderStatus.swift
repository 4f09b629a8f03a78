/// The statuses of an order, derived from quantities and money (`domain.md`, States) and stored only to search by.
public struct OrderStatus: Hashable, Sendable {
    public enum Overall: String, CaseIterable, Sendable { case open, completed, cancelled }
    public enum FulfillmentStatus: String, CaseIterable, Sendable {
        case none, delivered, shipped, partiallyShipped = "partially_shipped", inProgress = "in_progress", backordered,
            partiallyAllocated = "partially_allocated", allocated
    }
    public enum PaymentStatus: String, CaseIterable, Sendable {
        case refunded, partiallyRefunded = "partially_refunded", captured, partiallyCaptured = "partially_captured",
            notRequired = "not_required", voided, authorized, declined, pending
    }
    public enum ReturnStatus: String, CaseIterable, Sendable {
        case none, returned, partiallyReturned = "partially_returned", inProgress = "in_progress", requested
    }

    public let overall: Overall
    public let fulfillment: FulfillmentStatus
    public let payment: PaymentStatus
    public let returns: ReturnStatus

    public init(of order: Order) {
        let units = Units(order)
        fulfillment = Self.fulfillment(order, units)
        payment = Self.payment(order)
        returns = Self.returns(order, units)
        overall = Self.overall(order, units)
    }

    /// U ordered, C cancelled, B backordered, A allocated, S shipped, and of those closed.
    private struct Units {
        var ordered: Int64 = 0, cancelled: Int64 = 0, backordered: Int64 = 0, allocated: Int64 = 0
        var shipped: Int64 = 0, closed: Int64 = 0, returned: Int64 = 0

        init(_ order: Order) {
            for line in order.lines {
                ordered += line.ordered
                cancelled += line.cancelled
                backordered += line.backordered
                allocated += line.allocated
                shipped += line.shipped
                closed += line.closed
                returned += line.returned
            }
        }
    }

    private static func overall(_ order: Order, _ units: Units) -> Overall {
        if units.cancelled == units.ordered { return .cancelled }
        let isDone = units.backordered == 0 && units.allocated == 0 && units.closed == units.shipped
        guard isDone, !order.returns.contains(where: \.state.isOpen), isSettled(order) else { return .open }
        return .completed
    }

    /// Nothing is owed either way: all that was earned is captured or written off, no effect is pending.
    private static func isSettled(_ order: Order) -> Bool {
        order.taken + order.writtenOff >= order.earned && order.owedBack == 0
            && !order.effects.contains { $0.state == .pending }
            && order.memos.allSatisfy { order.outstanding(of: $0) == 0 }
    }

    private static func fulfillment(_ order: Order, _ units: Units) -> FulfillmentStatus {
        if units.cancelled == units.ordered { return .none }
        if units.backordered == 0 && units.allocated == 0 {
            return units.closed == units.shipped ? .delivered : .shipped
        }
        if units.shipped > 0 { return .partiallyShipped }
        if order.fulfillments.contains(where: { $0.state.holdsStock && $0.state != .open }) { return .inProgress }
        if units.backordered > 0 { return units.allocated == 0 ? .backordered : .partiallyAllocated }
        return .allocated
    }

    private static func payment(_ order: Order) -> PaymentStatus {
        let captured = order.captured
        let refunded = order.refunded
        if captured > 0 && refunded == captured { return .refunded }
        if refunded > 0 { return .partiallyRefunded }
        if captured > 0 { return captured >= order.due ? .captured : .partiallyCaptured }
        let authorized = order.authorized
        if order.due == 0 && authorized == 0 { return .notRequired }
        // What is being taken of an expired payment may still be had.
        let covered = order.payments.reduce(0) {
            $0 + ($1.state == .authorized ? $1.authorized - $1.voided : $1.capturePending)
        }
        if authorized > 0 && covered == 0 { return .voided }
        if authorized > 0 && covered >= order.due { return .authorized }
        if order.payments.last?.state == .declined { return .declined }
        return .pending
    }

    private static func returns(_ order: Order, _ units: Units) -> ReturnStatus {
        // A return that was closed without a unit having come is as if it had expired.
        let live = order.returns.filter { entry in
            entry.state != .rejected && entry.state != .expired
                && (entry.state.isOpen || entry.lines.contains { $0.received > 0 })
        }
        if live.isEmpty { return .none }
        if units.returned > 0 { return units.returned == units.shipped ? .returned : .partiallyReturned }
        return live.contains { $0.state.isOpen && $0.state != .requested } ? .inProgress : .requested
    }
}

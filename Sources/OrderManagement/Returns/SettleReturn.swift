/// Gives the customer the value of what came back, and closes the return.
///
/// The amount is by default the received units' share of what was paid for them, exact to the minor unit over any
/// grouping of returns; the last one closes its line.
///
/// - Throws: `.illegalTransition` before inspection; `.amountExceedsCaptured`; `.reasonNotAllowed` for `store_credit`,
///   which this channel does not keep; `.invalidInput` for an amount of no refund.
public struct SettleReturn: Command {
    public static let name = "settle-return"
    public enum Refund: String, CaseIterable, Sendable { case source, storeCredit = "store_credit", none }

    public let id: ReturnID
    public let refund: Refund
    /// nil for what the units are worth.
    public let amount: Money?

    public init(id: ReturnID, refund: Refund, amount: Money? = nil) {
        self.id = id
        self.refund = refund
        self.amount = amount
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(id.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        try order.returns[index].apply(.settle, at: work.now)
        switch refund {
        case .source:
            try refundToSource(&order, index, in: &work)
        case .storeCredit:
            throw Refusal([
                .init("/refund", .reasonNotAllowed, "channel \(order.channel) keeps no store credit: refund to source")
            ])
        case .none:
            guard amount == nil else {
                throw Refusal([.init("/amount", .invalidInput, "an amount goes with the refund source only")])
            }
        }
        order.record(.returnSettled, order.returns[index], in: &work)
        order = work.update(order)
        return order.reply(id.number)
    }

    private func refundToSource(_ order: inout Order, _ index: Int, in work: inout Work) throws {
        if let amount, amount.currency != order.currency {
            throw Refusal([
                .init("/amount/currency", .currencyMismatch, "order \(order.number) is in \(order.currency)")
            ])
        }
        let worth = order.worth(of: order.returns[index])
        let refundable = order.payments.reduce(Int64(0)) { $0 + $1.refundable }
        if amount == nil, worth > refundable, order.payments.contains(where: { $0.capturePending > 0 }) {
            throw Refusal(
                .illegalTransition,
                "the money of order \(order.number) is still being captured: settle the return when that is done")
        }
        let sum = amount?.amount ?? min(worth, refundable)
        guard sum > 0 else { return }
        try order.credit(return: index, sum, in: &work)
    }
}

/// Agrees to a return by post: the goods may be sent.
///
/// - Throws: `.illegalTransition`.
public struct ApproveReturn: Command {
    public static let name = "approve-return"
    public let id: ReturnID
    public init(id: ReturnID) { self.id = id }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(id.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        try order.returns[index].apply(.approve, at: work.now)
        order.record(.returnApproved, order.returns[index], in: &work)
        order = work.update(order)
        return order.reply(id.number)
    }
}

/// Refuses a requested return, with a reason for the customer.
///
/// - Throws: `.illegalTransition`.
public struct RejectReturn: Command {
    public static let name = "reject-return"
    public let id: ReturnID
    public let note: String?

    public init(id: ReturnID, note: String?) {
        self.id = id
        self.note = note
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(id.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        try order.returns[index].apply(.reject, at: work.now)
        order.returns[index].note = note
        order.record(.returnRejected, order.returns[index], in: &work)
        order = work.update(order)
        return order.reply(id.number)
    }
}

extension Order {
    /// What a return's received units are worth, behind what was credited of their lines before.
    func worth(of entry: Return) -> Int64 {
        let units = Dictionary(entry.lines.map { ($0.line, $0.received) }, uniquingKeysWith: +)
        return creditWorth(of: units, creditBalance).values.reduce(0, +)
    }
}

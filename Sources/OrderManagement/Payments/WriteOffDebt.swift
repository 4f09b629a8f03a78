/// Gives up what a customer owes for what they have had, since it will not be paid: a bad debt.
///
/// 1. Checks that it is owed, and by nobody paid: not what is being captured, or is to be paid at a door.
/// 2. Checks the limit of whoever asks: what the channel lets an order lose, for all but administrators.
/// 3. Counts the amount as settled. Nothing of it was taken, so nothing of it is given back, now or later. What is
///    still held of it is let go.
/// 4. The order completes, where nothing else is open. A payment that comes all the same lowers what is written off.
///
/// - Throws: `.illegalTransition` where nothing can be written off; `.amountExceedsOwed`; `.writeOffLimit` beyond the
///   limit, saying who may; `.currencyMismatch`.
public struct WriteOffDebt: Command {
    public static let name = "write-off-debt"
    public let order: OrderID
    /// nil for all that is owed and not secured.
    public let amount: Money?
    public let reason: String

    public init(order: OrderID, amount: Money? = nil, reason: String) {
        self.order = order
        self.amount = amount
        self.reason = reason
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        if let amount { try order.requireCurrency(of: amount) }
        if let objection = order.objectionToWriteOff {
            let state = OrderStatus(of: order).overall
            throw Refusal(
                .illegalTransition,
                "of order \(order.number), which is \(state.rawValue), nothing can be written off: \(objection)")
        }
        let most = Money(order.writable, order.currency)
        let amount = self.amount ?? most
        guard amount.amount <= most.amount else {
            throw Refusal([
                .init(
                    "/amount/amount", .amountExceedsOwed,
                    "\(amount) asked; \(most) is owed for what was sent, and nobody pays it")
            ])
        }
        let policy = work.paying(of: order)
        if let left = order.writeOffLeft(for: work.principal, policy), amount.amount > left {
            throw Refusal(
                .writeOffLimit,
                "\(amount) of order \(order.number) asked; you may still write off \(Money(left, order.currency)). "
                    + PaymentPolicy.whoMayWriteOff)
        }
        order.writeOff = order.writtenOff + amount.amount
        let (sum, reason) = (Money(order.writeOff, order.currency), reason)
        work.record(.orderWrittenOff, on: &order) {
            $0.member("amount", amount)
            $0.member("written_off", sum)
            $0.member("reason", reason)
        }
        try order.voidRest(reason: "written_off", in: &work)
        order = work.update(order)
        return .part(of: order, status: 201) {
            $0.member("amount", amount)
            $0.member("written_off", sum)
            $0.member("reason", reason)
        }
    }
}

extension PaymentPolicy {
    static let whoMayWriteOff = "Somebody with the scope \(Scope.admin.rawValue) may write off any amount."
}

extension Order {
    /// What of what the customer has had is given up: never more than is not paid for, nor what doors ask for by now.
    public var writtenOff: Int64 { writeOff == 0 ? 0 : min(writeOff, max(0, uncollected - cashUnderWay), due) }

    /// What the customer is still asked for, of what they have had.
    var owing: Int64 { uncollected - writtenOff }

    /// What may be written off: owed for what was sent, and to come from nowhere.
    public var writable: Int64 { max(0, unsecured - advanced) }

    /// Why nothing can be written off; nil where something can.
    var objectionToWriteOff: String? {
        guard writable == 0 else { return nil }
        if owing > 0 {
            return advanced > 0
                ? "a return is to bring what is owed" : "what is owed is to be paid where the goods are handed over"
        }
        if isBeingCaptured {
            return "what was sent is being captured, and its provider has not answered"
        }
        return lines.contains { $0.open > 0 }
            ? "nothing is owed for what was sent; what is not sent is cancelled" : "nothing is owed"
    }

    /// What somebody may still write off of it; nil for any amount.
    func writeOffLeft(for principal: Principal, _ policy: PaymentPolicy) -> Int64? {
        guard !principal.may(.admin), let most = policy.writeOffMax else { return nil }
        return max(0, most - writtenOff)
    }

    /// What was paid after all, or came back, is written off no more.
    mutating func reduceWriteOff(in work: inout Work) {
        let left = writtenOff
        guard left < writeOff else { return }
        let (amount, sum) = (Money(writeOff - left, currency), Money(left, currency))
        writeOff = left
        work.record(.orderWriteOffReduced, on: &self) {
            $0.member("amount", amount)
            $0.member("written_off", sum)
        }
    }
}

/// Credits money without goods, since something went wrong: to the source or to the customer's store credit.
///
/// 1. Checks the limit of whoever asks: a percentage of the order's total, over all goodwill on the order.
/// 2. Issues a credit memo, spread over the goods, and pays it.
///
/// - Throws: `.goodwillLimit` beyond the limit, saying who may; `.amountExceedsCaptured`; `.amountExceedsBalance`;
///   `.currencyMismatch`; `.reasonNotAllowed` for store credit of a customer without an e-mail address.
public struct GiveGoodwill: Command {
    public static let name = "give-goodwill"
    public let order: OrderID
    public let amount: Money
    public let reason: String
    public let place: RefundPlace

    public init(order: OrderID, amount: Money, reason: String, to place: RefundPlace) {
        self.order = order
        self.amount = amount
        self.reason = reason
        self.place = place
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order, paying: place, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.goodwillWrite)
        var order = try work.order(self.order)
        try order.requireCurrency(of: amount)
        let target = try order.target(place, nil)
        if let left = order.goodwillLeft(for: work.principal, work.paying(of: order)), amount.amount > left {
            throw Refusal(
                .goodwillLimit,
                "\(amount) of goodwill on order \(order.number) asked; you may still give "
                    + "\(Money(left, order.currency)). \(work.paying(of: order).whoMayGiveGoodwill)")
        }
        guard let draft = order.draft(amount.amount, .goodwill, reason: reason) else {
            let left = order.refundable()
            throw amount.amount > left
                ? order.amountExceedsCaptured(amount.amount, left) : order.amountExceedsBalance(amount.amount)
        }
        let memo = try order.credit(draft, to: target, in: &work)
        order = work.update(order)
        return order.reply(amount, nil, reason, [], memo)
    }

}

extension PaymentPolicy {
    /// Who may give more goodwill than others, for people.
    var whoMayGiveGoodwill: String {
        let most = goodwillGrants.max { $0.percent < $1.percent }
        let granted = most.map { "\($0.principal) may give \($0.percent) % of an order, " } ?? ""
        return (granted + "somebody with the scope admin may give any amount.").capitalizedSentence
    }
}

extension String {
    /// With a capital at its beginning, unless it begins with a name.
    fileprivate var capitalizedSentence: String {
        hasPrefix("somebody") ? prefix(1).uppercased() + dropFirst() : self
    }
}

extension Order {
    /// More than goods are worth is money without goods: whoever takes them in, or settles their loss, gives that only
    /// with the right to give any amount.
    ///
    /// - Throws: `.forbidden`.
    func requireRight(toGive amount: Int64, forGoodsWorth worth: Int64, in work: Work) throws(Refusal) {
        guard amount > worth, !work.principal.may(.paymentsWrite) else { return }
        throw Refusal(
            .forbidden,
            "\(Money(amount, currency)) asked, and the goods are worth \(Money(worth, currency)): more takes the scope "
                + "\(Scope.paymentsWrite.rawValue)")
    }

    /// What somebody may still credit as goodwill: their share of the total, less what was credited so; nil for any.
    func goodwillLeft(for principal: Principal, _ policy: PaymentPolicy) -> Int64? {
        guard let percent = policy.goodwillPercent(for: principal) else { return nil }
        let given = memos.reduce(Int64(0)) { $1.kind == .goodwill ? $0 + $1.amount : $0 }
        return max(0, total / 100 * percent + total % 100 * percent / 100 - given)
    }
}

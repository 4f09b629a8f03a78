/// Gives an amount back by hand, against what was captured, with a credit memo that says what for.
///
/// 1. Finds what the named units are worth, or spreads the amount over all goods; shipping as named.
/// 2. Issues the credit memo: no line is credited beyond its value, whatever was credited before.
/// 3. Pays it from the payments, in the policy's order or from the one that is named.
///
/// - Throws: `.amountExceedsBalance` beyond what the parts are still worth; `.amountExceedsCaptured`;
///   `.currencyMismatch`; `.unknownPayment`; `.unknownLine`; `.quantityExceeded`; `.invalidInput` for nothing;
///   `.reasonNotAllowed` for store credit of a customer without an e-mail address.
public struct RefundPayment: Command {
    public static let name = "refund-payment"
    public let order: OrderID
    /// nil for what the named units and shipping are worth.
    public let amount: Money?
    /// nil for those that still have something to give back.
    public let payment: PaymentID?
    public let reason: String
    /// The units that the amount is for; nil where nobody says so.
    public let lines: [LineQuantity]?
    /// How much of the amount is shipping.
    public let shipping: Money?
    public let place: RefundPlace

    public init(
        order: OrderID, amount: Money?, payment: PaymentID?, reason: String, lines: [LineQuantity]? = nil,
        shipping: Money? = nil, to place: RefundPlace = .source
    ) {
        self.order = order
        self.amount = amount
        self.payment = payment
        self.reason = reason
        self.lines = lines
        self.shipping = shipping
        self.place = place
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order, paying: place, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        guard amount != nil || lines != nil || shipping != nil else {
            throw Refusal([
                .init("/amount", .invalidInput, "is missing: expected money, or lines or shipping whose worth it is")
            ])
        }
        if let amount { try order.requireCurrency(of: amount) }
        if let shipping { try order.requireCurrency(of: shipping, at: "/shipping") }
        let payment = try order.payment(self.payment)
        let units = try order.units(of: lines)
        let target = try order.target(place, payment)
        let draft = try draft(of: order, units)
        let memo = try order.credit(draft, to: target, units: units.isEmpty ? nil : units, in: &work)
        order = work.update(order)
        return order.reply(Money(memo.amount, order.currency), payment, reason, units, memo)
    }

    /// What is credited of what. - Throws: what the command does.
    func draft(of order: Order, _ units: [PaymentEffect.Units]) throws(Refusal) -> CreditDraft {
        if let amount, units.isEmpty, shipping == nil {
            if let draft = order.draft(amount.amount, .refund, reason: reason) { return draft }
            // What was taken is the tighter limit where there is one.
            let left = order.refundable()
            throw amount.amount > left
                ? order.amountExceedsCaptured(amount.amount, left) : order.amountExceedsBalance(amount.amount)
        }
        if amount == nil { try requireUncredited(of: order) }
        let balance = order.creditBalance
        let scale = CreditScale(order, balance)
        let asked = Dictionary(units.map { ($0.line, $0.quantity) }, uniquingKeysWith: +)
        let worth = asked.reduce(into: [:]) { $0[$1.key] = scale.worthByHand(of: $1.value, ofLine: $1.key) }
        let goods = worth.values.reduce(0) { $0 + $1.worth }
        let freight = shipping?.amount ?? 0
        guard freight <= balance.creditableShipping else {
            throw order.amountExceedsBalance(
                freight, of: "the shipping", left: balance.creditableShipping, at: "/shipping")
        }
        guard amount != nil || goods + freight > 0 else {
            throw Refusal([
                .init(
                    "/lines", .amountExceedsBalance,
                    "all that the named units are worth is credited already, or they were free")
            ])
        }
        var rest = (amount?.amount ?? goods + freight) - freight
        guard rest >= 0, rest + freight > 0 else {
            throw Refusal([
                .init(
                    "/amount/amount", .invalidInput,
                    "an amount contains its shipping of \(Money(freight, order.currency)) and is not nothing")
            ])
        }
        guard rest <= goods else {
            throw order.amountExceedsBalance(rest, of: "the named units", left: goods)
        }
        let isAll = rest == goods
        var sent = order.lines.map { line in worth[line.number].map { $0.worth - $0.ahead } ?? 0 }
        var unsent = order.lines.map { worth[$0.number]?.ahead ?? 0 }
        var draft = CreditDraft(kind: .refund, reason: reason, lines: CreditBalance.take(&rest, outOf: &sent))
        if rest > balance.ahead - (balance.isAnySent ? 0 : freight) {
            throw notTaken(of: order, asked, worth.mapValues(\.ahead))
        }
        for (index, share) in CreditBalance.take(&rest, outOf: &unsent).enumerated() { draft.lines[index] += share }
        if isAll { draft.units = asked }
        draft.shipping = freight
        return draft
    }

    /// What is not sent is paid when it leaves: what was taken by now was taken for other goods, or for nothing.
    private func notTaken(of order: Order, _ asked: [Int: Int64], _ ahead: [Int: Int64]) -> Refusal {
        Refusal(
            (lines ?? []).enumerated().compactMap { index, entry in
                guard let line = order.line(entry.line.number), ahead[line.number] ?? 0 > 0 else { return nil }
                return .init(
                    "/lines/\(index)/quantity", .amountExceedsCaptured,
                    "\(asked[line.number] ?? 0) × \(line.sku) asked, \(line.shipped) sent: the money of the others is "
                        + "not taken yet. Cancel those that the customer is not to have (cancellations)")
            })
    }

    /// Whoever names units, and no amount, means all of them: for fewer of them than that nothing is paid in silence.
    private func requireUncredited(of order: Order) throws(Refusal) {
        var (asked, wrong): ([Int: Int64], [Refusal.Detail]) = ([:], [])
        for (index, entry) in (lines ?? []).enumerated() {
            guard let line = order.line(entry.line.number) else { continue }
            asked[line.number, default: 0] += entry.quantity
            let (credited, left) = (
                order.creditedUnits(of: line.number, cancelled: false), order.uncreditedUnits(of: line)
            )
            guard asked[line.number] ?? 0 > left else { continue }
            wrong.append(
                .init(
                    "/lines/\(index)/quantity", .amountExceedsBalance,
                    "\(asked[line.number] ?? 0) × \(line.sku) asked, \(credited) credited before: \(left) can be; name "
                        + "an amount for what is given beyond units"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }
}

/// Where money goes that is given back.
public enum RefundPlace: String, CaseIterable, Sendable { case source, storeCredit = "store_credit" }

extension Order {
    /// Where to pay to. - Throws: `.invalidInput` for a payment beside store credit; `.reasonNotAllowed`.
    func target(_ place: RefundPlace, _ payment: Int?) throws(Refusal) -> CreditTarget {
        switch place {
        case .source: return .source(payment: payment)
        case .storeCredit:
            guard payment == nil else {
                throw Refusal([.init("/payment", .invalidInput, "goes with refunds to the source only")])
            }
            _ = try requireCreditAccount(at: "/to")
            return .storeCredit
        }
    }
}

extension Needs {
    /// An order, and the store credit that money is given back to.
    mutating func order(_ id: OrderID, paying place: RefundPlace, given work: Work) {
        order(id)
        if place == .storeCredit, let account = work.peek(id)?.creditAccount { storeCredit(account) }
    }
}

/// Pays what of a credit memo is outstanding, since a provider refused to: from another payment, or once more.
///
/// - Throws: `.notFound`; `.illegalTransition` for a memo of which nothing is outstanding; `.unknownPayment`;
///   `.amountExceedsCaptured`.
public struct PayCreditMemo: Command {
    public static let name = "pay-credit-memo"
    public let order: OrderID
    /// `CM-WEB-1001`
    public let memo: String
    public let payment: PaymentID?
    public let place: RefundPlace

    public init(order: OrderID, memo: String, payment: PaymentID? = nil, to place: RefundPlace = .source) {
        self.order = order
        self.memo = memo
        self.payment = payment
        self.place = place
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order, paying: place, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        guard let memo = order.memos.first(where: { $0.name == self.memo }) else {
            throw Refusal(.notFound, "order \(order.number) has no credit memo \(self.memo)")
        }
        let payment = try order.payment(self.payment)
        let outstanding = order.outstanding(of: memo)
        guard outstanding > 0 else {
            throw Refusal(
                .illegalTransition, "credit memo \(memo.name) over \(Money(memo.amount, order.currency)) is paid, "
                    + "or its refund is on its way: nothing of it is outstanding")
        }
        try order.pay(memo, outstanding, to: order.target(place, payment), in: &work)
        order = work.update(order)
        return order.reply(Money(outstanding, order.currency), payment, memo.reason, [], memo)
    }
}

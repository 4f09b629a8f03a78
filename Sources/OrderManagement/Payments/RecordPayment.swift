/// Adds money that the shop has had authorized after placing.
///
/// 1. Refuses money that the order has no use for any more, and what the provider cannot hold.
/// 2. Adds it. What was sent and never paid for is captured from it at once; with nothing left to send, what is beyond
///    that is let go. Less is due in cash at the door than before.
/// 3. The order goes on, where it waited for this.
///
/// - Throws: `.unknownProvider`; `.currencyMismatch`; `.illegalTransition` for a cancelled order, for one that was sent
///   and paid for, and for a payment that it has already, by provider and reference; `.quantityExceeded` beyond 20
///   payments, and for what a door is asked for already, by a label that would have to be bought anew;
///   `.insufficientCredit` for store credit that is not there.
public struct AddPayment: Command {
    public static let name = "add-payment"
    public static let paymentsMax = 20
    public let order: OrderID
    public let payment: PlaceOrder.RequestedPayment

    public init(order: OrderID, payment: PlaceOrder.RequestedPayment) {
        self.order = order
        self.payment = payment
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.order(order)
        if payment.provider == StoreCredit.provider, let account = work.peek(order)?.creditAccount {
            needs.storeCredit(account)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        let state = OrderStatus(of: order).overall
        let useless = order.objectionToPayments.map {
            Refusal(
                .illegalTransition, "order \(order.number), which is \(state.rawValue), takes no payment: \($0)")
        }
        if let useless, state == .cancelled { throw useless }
        if let objection = order.objection(to: payment, at: "", in: work) { throw Refusal([objection]) }
        if let useless { throw useless }
        let before = order
        let added = try order.add(payment, in: &work)
        try order.goOn(withPayment: added.number, in: &work)
        if let objection = order.objectionToCash(since: before) { throw Refusal(.illegalTransition, objection) }
        order = work.update(order)
        return .part(of: order, status: 201) { $0.member("id", PaymentID(order.id, added.number).description) }
    }
}

/// Takes an amount that was authorized, by hand: shipments capture by themselves.
///
/// - Throws: `.amountExceedsAuthorized`; `.currencyMismatch`; `.unknownPayment`; `.unknownLine`; `.quantityExceeded`.
public struct CapturePayment: Command {
    public static let name = "capture-payment"
    public let order: OrderID
    public let amount: Money
    /// nil for the oldest that still have something to take.
    public let payment: PaymentID?
    public let reason: String
    /// The units that the amount is for; nil where nobody says so.
    public let lines: [LineQuantity]?

    public init(
        order: OrderID, amount: Money, payment: PaymentID? = nil, reason: String, lines: [LineQuantity]? = nil
    ) {
        self.order = order
        self.amount = amount
        self.payment = payment
        self.reason = reason
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        try order.requireCurrency(of: amount)
        let payment = try order.payment(self.payment)
        let units = try order.units(of: lines)
        let capturable = order.payments.reduce(Int64(0)) {
            payment == nil || $1.number == payment ? $0 + $1.capturable : $0
        }
        let owed = order.due - order.taken
        guard amount.amount <= min(capturable, max(0, owed)) else {
            throw Refusal([
                .init(
                    "/amount/amount", .amountExceedsAuthorized,
                    "\(amount) asked; \(Money(capturable, order.currency)) is authorized and not taken, "
                        + "\(Money(max(0, owed), order.currency)) is still owed")
            ])
        }
        let before = order
        let left = try order.capture(
            amount.amount, from: payment, reason: reason, subject: nil, units: units, at: nil, in: &work)
        if let objection = order.objectionToCash(since: before) { throw Refusal(.illegalTransition, objection) }
        guard left == 0 else {
            throw Refusal([
                .init(
                    "/amount/amount", .amountExceedsAuthorized,
                    "\(amount) asked; \(Money(left, order.currency)) of it cannot be taken: its provider takes money "
                        + "of a payment once, and is taking it already")
            ])
        }
        order = work.update(order)
        return order.reply(amount, payment, reason, units)
    }
}

/// Job's end: books what a provider answered to one effect.
struct RecordEffect: Command {
    static let name = "record-effect"
    let order: OrderID
    let effect: Int
    let outcome: PaymentOutcome
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(self.order)
        try order.book(outcome, of: effect, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Order {
    /// Why there is no use for more money; nil while there may be.
    var objectionToPayments: String? {
        if OrderStatus(of: self).overall == .cancelled { return "the order is cancelled" }
        let isSent = lines.allSatisfy { $0.open == 0 }
        return isSent && taken >= due ? "everything was sent, and nothing of it is owed" : nil
    }

    /// What is wrong with money that is to be added; nil when nothing is.
    /// - Parameter pointer: Where the request says it; empty when it is the request.
    func objection(
        to payment: PlaceOrder.RequestedPayment, at pointer: String, in work: Work
    ) -> Refusal.Detail? {
        if let objection = work.objection(to: payment.provider, at: pointer + "/provider") { return objection }
        guard payment.authorized.currency == currency else {
            return .init(
                pointer + "/authorized/currency", .currencyMismatch, "order \(number) is in \(currency)")
        }
        if let objection = payment.objectionToExpiry(at: pointer, in: work) { return objection }
        if let known = payments.first(where: { $0.isSame(as: payment) }) {
            return .init(
                pointer + "/reference", .illegalTransition,
                "order \(number) has \(payment.provider)'s payment \(payment.reference) already: it is "
                    + "\(PaymentID(id, known.number)), \(known.state.rawValue)")
        }
        guard payments.count < AddPayment.paymentsMax else {
            return .init(
                pointer, .quantityExceeded,
                "order \(number) has \(AddPayment.paymentsMax) payments: that is the limit")
        }
        if payment.provider == CashOnDelivery.provider, payment.isPending {
            return .init(
                pointer + "/status", .invalidInput, "is authorized with cash at the door: the customer has promised it")
        }
        if payment.provider == CashOnDelivery.provider, isCashOver {
            return .init(
                pointer + "/provider", .illegalTransition,
                "nothing of order \(number) is to be handed over any more: name by whom it was paid instead")
        }
        guard payment.provider == StoreCredit.provider else { return nil }
        guard let account = creditAccount else {
            return objectionToCreditOfNobody(at: pointer + "/provider")
        }
        return work.objection(
            toSpending: payment.authorized.amount, of: account, at: pointer + "/authorized/amount")
    }

    /// Adds money that a provider holds, or is still asked for.
    mutating func add(_ requested: PlaceOrder.RequestedPayment, in work: inout Work) throws -> Payment {
        let added = requested.payment(payments.count + 1, work.paying(of: self), at: work.now)
        payments.append(added)
        try follow(added, in: &work)
        return added
    }

    /// The payment that a path names. - Throws: `.notFound`.
    func existing(_ id: PaymentID) throws(Refusal) -> Payment {
        guard let known = payments.first(where: { $0.number == id.number }) else {
            throw Refusal(.notFound, "order \(number) has no payment \(id)")
        }
        return known
    }

    /// The number of a payment that a request names. - Throws: `.unknownPayment` at `/payment`.
    func payment(_ id: PaymentID?) throws(Refusal) -> Int? {
        guard let id else { return nil }
        guard id.order == self.id, payments.contains(where: { $0.number == id.number }) else {
            throw Refusal([.init("/payment", .unknownPayment, "order \(number) has no payment \(id)")])
        }
        return id.number
    }

    /// The units that an amount is for. - Throws: `.unknownLine`; `.quantityExceeded` beyond what was ordered.
    func units(of lines: [LineQuantity]?) throws(Refusal) -> [PaymentEffect.Units] {
        guard let lines else { return [] }
        let units = try units(of: lines, atMost: \.ordered, what: "ordered")
        return units.keys.sorted().map { PaymentEffect.Units(line: $0, quantity: units[$0] ?? 0) }
    }

    func reply(
        _ amount: Money, _ payment: Int?, _ reason: String, _ units: [PaymentEffect.Units], _ memo: CreditMemo? = nil
    ) -> Reply {
        .part(of: self, status: 201) {
            $0.member("amount", amount)
            if let payment { $0.member("payment", PaymentID(id, payment).description) }
            $0.member("reason", reason)
            if !units.isEmpty { write(units, to: &$0) }
            if let memo {
                $0.name("credit_memo")
                memo.write(to: &$0, of: self)
            }
        }
    }

    /// - Throws: `.currencyMismatch` at `/amount/currency`.
    func requireCurrency(of money: Money, at pointer: String = "/amount") throws(Refusal) {
        guard money.currency == currency else {
            throw Refusal([.init(pointer + "/currency", .currencyMismatch, "order \(number) is in \(currency)")])
        }
    }
}

extension Payment {
    /// Whether the provider would know it as the same: its own name names one payment. Store credit and cash have no
    /// such names, and what was declined or has expired may be asked for again.
    func isSame(as requested: PlaceOrder.RequestedPayment) -> Bool {
        provider == requested.provider && reference == requested.reference && provider != StoreCredit.provider
            && !isCash && state != .declined && state != .expired
    }
}

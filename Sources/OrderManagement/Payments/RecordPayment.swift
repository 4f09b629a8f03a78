/// Adds money that the shop has had authorized after placing.
///
/// - Throws: `.currencyMismatch`; `.illegalTransition` for a cancelled order; `.quantityExceeded` beyond 20 payments.
public struct AddPayment: Command {
    public static let name = "add-payment"
    public static let paymentsMax = 20
    public let order: OrderID
    public let payment: PlaceOrder.RequestedPayment

    public init(order: OrderID, payment: PlaceOrder.RequestedPayment) {
        self.order = order
        self.payment = payment
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        guard payment.authorized.currency == order.currency else {
            throw Refusal([
                .init("/authorized/currency", .currencyMismatch, "order \(order.number) is in \(order.currency)")
            ])
        }
        guard OrderStatus(of: order).overall != .cancelled else {
            throw Refusal(.illegalTransition, "order \(order.number) is cancelled: it takes no payment")
        }
        guard order.payments.count < Self.paymentsMax else {
            throw Refusal(
                .quantityExceeded, "order \(order.number) has \(Self.paymentsMax) payments: that is the limit")
        }
        let added = Payment(
            number: order.payments.count + 1, provider: payment.provider, reference: payment.reference,
            authorized: payment.authorized.amount, at: work.now)
        order.payments.append(added)
        order.recordAuthorization(added, in: &work)
        order.passGates(in: &work)
        try order.releaseWhenReady(try work.configuration.channel(order.channel), in: &work)
        order = work.update(order)
        return .part(of: order, status: 201) { $0.member("id", PaymentID(order.id, added.number).description) }
    }
}

/// Takes an amount that was authorized, by hand: shipments capture by themselves.
///
/// - Throws: `.amountExceedsAuthorized`; `.currencyMismatch`; `.notFound` for a payment of another order.
public struct CapturePayment: Command {
    public static let name = "capture-payment"
    public let order: OrderID
    public let amount: Money
    public let reason: String

    public init(order: OrderID, amount: Money, reason: String) {
        self.order = order
        self.amount = amount
        self.reason = reason
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        try order.requireCurrency(of: amount)
        let capturable = order.payments.reduce(Int64(0)) { $0 + $1.capturable }
        let owed = order.due - order.payments.reduce(Int64(0)) { $0 + $1.captured + $1.capturePending }
        guard amount.amount <= min(capturable, max(0, owed)) else {
            throw Refusal([
                .init(
                    "/amount/amount", .amountExceedsAuthorized,
                    "\(amount) asked; \(Money(capturable, order.currency)) is authorized and not taken, "
                        + "\(Money(max(0, owed), order.currency)) is still owed")
            ])
        }
        _ = try order.capture(amount.amount, reason: reason, subject: nil, in: &work)
        order = work.update(order)
        return .part(of: order, status: 201) { $0.member("amount", amount) }
    }
}

/// Gives an amount back by hand, against what was captured.
///
/// - Throws: `.amountExceedsCaptured`; `.currencyMismatch`; `.notFound` for a payment of another order.
public struct RefundPayment: Command {
    public static let name = "refund-payment"
    public let order: OrderID
    public let amount: Money
    public let payment: PaymentID?
    public let reason: String

    public init(order: OrderID, amount: Money, payment: PaymentID?, reason: String) {
        self.order = order
        self.amount = amount
        self.payment = payment
        self.reason = reason
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(self.order)
        try order.requireCurrency(of: amount)
        if let payment, payment.order != order.id || !order.payments.contains(where: { $0.number == payment.number }) {
            throw Refusal([.init("/payment", .notFound, "order \(order.number) has no payment \(payment)")])
        }
        try order.refund(amount.amount, from: payment?.number, reason: reason, subject: nil, in: &work)
        order = work.update(order)
        return .part(of: order, status: 201) { $0.member("amount", amount) }
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
        guard work.job(job) != nil else { throw Refusal(.notFound, "the job \(job) is done already") }
        work.finish(job)
        var order = try work.order(self.order)
        try order.settle(effect, outcome, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Order {
    /// - Throws: `.currencyMismatch` at `/amount/currency`.
    func requireCurrency(of money: Money) throws(Refusal) {
        guard money.currency == currency else {
            throw Refusal([.init("/amount/currency", .currencyMismatch, "order \(number) is in \(currency)")])
        }
    }
}

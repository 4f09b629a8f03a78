/// Has a provider asked once more for money that it declined.
///
/// 1. Adds a payment for what is still not covered, by the same provider and under its own name of the first.
/// 2. Has the provider asked by a job, and settles the exception that told of its no: another no is told anew.
///
/// - Throws: `.notFound`; `.illegalTransition` for a payment that was not declined, for one that nobody can be asked
///   for, and where nothing is missing; `.quantityExceeded` beyond 20 payments.
public struct AskPaymentAgain: Command {
    public static let name = "ask-payment-again"
    public let payment: PaymentID
    public init(payment: PaymentID) { self.payment = payment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(payment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(payment.order)
        let known = try order.existing(payment)
        if let objection = order.objectionToAskingAgain(for: known) { throw Refusal(.illegalTransition, objection) }
        let next = Payment(
            number: order.payments.count + 1, provider: known.provider, reference: known.reference,
            authorized: min(known.amount, order.uncovered), at: work.now, isPending: true,
            cardLast4: known.cardLast4)
        order.payments.append(next)
        try order.follow(next, in: &work)
        work.enqueue(.authorizePayment, of: order.id, payload: String(next.number), due: work.now)
        order.settleDecline(of: known, in: &work)
        order = work.update(order)
        return .part(of: order, status: 201) {
            $0.member("payment", PaymentID(order.id, next.number).description)
            $0.member("status", next.state.rawValue)
        }
    }
}

extension Order {
    /// What is due and neither held, nor taken, nor asked for: minor units.
    var uncovered: Int64 {
        due - secured - payments.reduce(Int64(0)) { $1.state == .pending ? $0 + $1.amount : $0 }
    }

    /// Why a provider is not asked once more for a payment; nil when it is.
    func objectionToAskingAgain(for payment: Payment) -> String? {
        guard payment.state == .declined else { return "the payment is \(payment.state.rawValue), not declined" }
        guard payment.isHeldOutside else {
            return "the payment is declined, and nobody can be asked for \(payment.provider): record another payment"
        }
        guard OrderStatus(of: self).overall == .open else {
            return "the payment is declined, and the order is \(OrderStatus(of: self).overall.rawValue)"
        }
        guard uncovered > 0 else { return "the payment is declined, and nothing of the order is uncovered" }
        return payments.count < AddPayment.paymentsMax
            ? nil : "the payment is declined, and the order has \(AddPayment.paymentsMax) payments: that is the limit"
    }

    fileprivate mutating func settleDecline(of payment: Payment, in work: inout Work) {
        let told = exceptions.filter { $0.kind == .paymentFailed && $0.subject == "payment-\(payment.number)" }
        for exception in told { resolve(exception, because: "\(payment.provider) is asked once more.", in: &work) }
    }
}

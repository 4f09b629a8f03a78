/// Has a provider asked once more to let go of money that the order does not need: it refused before.
///
/// - Throws: `.notFound`; `.illegalTransition` for a payment of which nothing is held beyond what is due.
public struct LetPaymentGo: Command {
    public static let name = "let-payment-go"
    public let payment: PaymentID
    public init(payment: PaymentID) { self.payment = payment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(payment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(payment.order)
        let known = try order.existing(payment)
        let amount = order.heldBeyondNeed(by: known)
        guard amount > 0 else {
            throw Refusal(
                .illegalTransition,
                "the payment is \(known.state.rawValue), and nothing of it is held beyond what the order needs")
        }
        try order.intend(.void, amount, known.number, Order.Cause(reason: "tried_again"), in: &work)
        order = work.update(order)
        return .part(of: order, status: 201) {
            $0.member("payment", payment.description)
            $0.member("amount", Money(amount, order.currency))
        }
    }
}

extension Order {
    /// What of a payment is held though all that is still due is held, or taken, without it: minor units.
    public func heldBeyondNeed(by payment: Payment) -> Int64 {
        let held = payments.reduce(Int64(0)) { $0 + $1.capturable }
        return min(payment.capturable, max(0, held - stillDue))
    }
}

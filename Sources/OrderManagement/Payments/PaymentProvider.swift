/// Who moves the money: the seam to a payment provider. Called by jobs only, never inside a transaction.
///
/// Every call carries the effect's own id: asked twice with one id, a provider acts once and answers the same.
public protocol PaymentProvider: Sendable {
    /// What orders name in `payment.provider`.
    var name: String { get }
    /// - Throws: any error when the outcome is not known: the same request is made again later, by the same id.
    func settle(_ request: PaymentRequest) async throws -> PaymentOutcome
}

/// What a provider is asked to do.
public struct PaymentRequest: Sendable {
    /// The idempotency key: the payment and the number of the effect.
    public let id: String
    public enum Kind: String, CaseIterable, Sendable { case authorize, capture, void, refund }

    public let kind: Kind
    public let amount: Money
    /// The provider's own name of the payment; of one that is authorized anew, that of the first.
    public let reference: String
}

extension PaymentEffect.Kind {
    /// What a provider is asked for.
    public var request: PaymentRequest.Kind {
        switch self {
        case .capture: .capture
        case .void: .void
        case .refund: .refund
        }
    }
}

/// What a provider answered.
public enum PaymentOutcome: Sendable, Hashable {
    case done(reference: String)
    case refused(reason: String)
}

/// A hold on a customer's money with one provider, and what was taken from it and given back. Minor units.
///
/// Always: authorized ≥ captured + voided and captured ≥ refunded, pending amounts counted.
public struct Payment: Hashable, Sendable {
    public enum State: String, Lifecycle {
        case pending, authorized, declined, expired
        public enum Action: String, CaseIterable, Sendable { case authorize, decline, expire }
        public static let noun = "payment"
        public var exits: [Action: State] {
            switch self {
            case .pending: [.authorize: .authorized, .decline: .declined]
            case .authorized: [.expire: .expired]
            case .declined, .expired: [:]
            }
        }
    }

    public let number: Int
    /// `manual`, or the name of a connected provider.
    public let provider: String
    /// The provider's own name for it.
    public private(set) var reference: String
    public private(set) var state: State = .pending
    /// What was asked for; authorized unless the provider has not said so, or said no.
    public let amount: Int64
    /// Until when the provider holds it; nil where nobody said so.
    public private(set) var expiresAt: Timestamp?
    public fileprivate(set) var capturePending: Int64 = 0
    public fileprivate(set) var captured: Int64 = 0
    public fileprivate(set) var voidPending: Int64 = 0
    public fileprivate(set) var voided: Int64 = 0
    public fileprivate(set) var refundPending: Int64 = 0
    public fileprivate(set) var refunded: Int64 = 0
    public let at: Timestamp
    /// The last four digits of the card; nil where nobody said them, or there is no card.
    public let cardLast4: String?

    /// A payment that the shop has already had authorized, or whose provider has not answered yet.
    public init(
        number: Int, provider: String, reference: String, authorized: Int64, at: Timestamp, isPending: Bool = false,
        expiresAt: Timestamp? = nil, cardLast4: String? = nil
    ) {
        self.cardLast4 = cardLast4
        self.number = number
        self.provider = provider
        self.reference = reference
        self.state = isPending ? .pending : .authorized
        self.amount = authorized
        self.at = at
        self.expiresAt = expiresAt
    }

    /// What the provider has held at some time: captured and let go parts included.
    public var authorized: Int64 {
        switch state {
        case .pending, .declined: 0
        case .authorized, .expired: amount
        }
    }

    /// - Throws: `.illegalTransition`.
    mutating func apply(
        _ action: State.Action, reference: String? = nil, expiresAt: Timestamp? = nil
    ) throws(Refusal) {
        state = try state.after(action)
        if let reference { self.reference = reference }
        if let expiresAt { self.expiresAt = expiresAt }
    }

    /// Whether somebody outside holds it, and can be asked: what the retailer books alone nobody can be asked for.
    var isHeldOutside: Bool { provider != Order.manualProvider && provider != StoreCredit.provider && !isCash }

    /// What may still be captured.
    public var capturable: Int64 {
        state == .authorized ? authorized - capturePending - captured - voidPending - voided : 0
    }
    /// What may still be given back.
    public var refundable: Int64 { captured - refundPending - refunded }

    init(stored row: Row) throws {
        number = try row.int(0)
        provider = try row.text(1)
        reference = try row.text(2)
        let text = try row.text(3)
        guard let state = State(rawValue: text) else { throw BrokenInvariant("a payment in the state \(text)") }
        self.state = state
        amount = try row.integer(4)
        capturePending = try row.integer(5)
        captured = try row.integer(6)
        voidPending = try row.integer(7)
        voided = try row.integer(8)
        refundPending = try row.integer(9)
        refunded = try row.integer(10)
        at = Timestamp(milliseconds: try row.integer(11))
        expiresAt = row.optionalInteger(13).map { Timestamp(milliseconds: $0) }
        cardLast4 = row.optionalText(14)
    }

    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("id", PaymentID(order.id, number))
            $0.member("provider", provider)
            $0.member("reference", reference)
            $0.member("status", state.rawValue)
            $0.member("amount", Money(amount, order.currency))
            $0.member("expires_at", expiresAt)
            if let cardLast4 { $0.member("card_last4", cardLast4) }
            $0.member("authorized", Money(authorized, order.currency))
            $0.member("captured", Money(captured, order.currency))
            $0.member("voided", Money(voided, order.currency))
            $0.member("refunded", Money(refunded, order.currency))
            $0.member("pending", Money(capturePending + voidPending + refundPending, order.currency))
        }
    }
}

/// One intent to capture, void or refund: recorded before anybody is asked, and what became of it.
public struct PaymentEffect: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable { case capture, void, refund }
    public enum State: String, CaseIterable, Sendable { case pending, done, failed }

    public let number: Int
    /// The payment's number.
    public let payment: Int
    public let kind: Kind
    public private(set) var state: State = .pending
    /// Minor units, above zero.
    public let amount: Int64
    public let reason: String
    /// What it is for: a fulfillment, a return.
    public let subject: String?
    /// The units it is for, where somebody named them.
    public let units: [Units]
    /// The number of the credit memo that it pays; nil for what is no refund.
    public let memo: Int?
    /// Where a refund goes instead of to its source: `store_credit`.
    public let paidTo: String?
    public private(set) var providerReference: String?
    public let at: Timestamp

    /// Units of an order line, by its number.
    public struct Units: Hashable, Sendable {
        public let line: Int
        public let quantity: Int64
    }

    init(
        number: Int, payment: Int, kind: Kind, amount: Int64, reason: String, subject: String?,
        units: [Units] = [], memo: Int? = nil, paidTo: String? = nil, at: Timestamp
    ) {
        self.number = number
        self.payment = payment
        self.kind = kind
        self.amount = amount
        self.reason = reason
        self.subject = subject
        self.units = units
        self.memo = memo
        self.paidTo = paidTo
        self.at = at
    }

    init(stored row: Row) throws {
        let kind = try row.text(2)
        let state = try row.text(3)
        guard let kind = Kind(rawValue: kind), let state = State(rawValue: state) else {
            throw BrokenInvariant("a payment effect \(kind) in the state \(state)")
        }
        self.init(
            number: try row.int(0), payment: try row.int(1), kind: kind, amount: try row.integer(4),
            reason: try row.text(5), subject: row.optionalText(6), units: try Self.units(row.optionalText(10)),
            memo: row.optionalInteger(11).map { Int($0) }, paidTo: row.optionalText(12),
            at: Timestamp(milliseconds: try row.integer(8)))
        self.state = state
        providerReference = row.optionalText(7)
    }

    /// The units as they are stored; nil for none.
    var unitsText: String? {
        units.isEmpty ? nil : "[" + units.map { "[\($0.line),\($0.quantity)]" }.joined(separator: ",") + "]"
    }

    private static func units(_ text: String?) throws -> [Units] {
        guard let text else { return [] }
        return try (JSON.stored(text).array ?? []).map { pair in
            guard let pair = pair.array, pair.count == 2, let line = pair[0].integer, let quantity = pair[1].integer
            else { throw BrokenInvariant("a payment effect is for the units \(text.prefix(100))") }
            return Units(line: Int(line), quantity: quantity)
        }
    }

    mutating func settle(_ outcome: State, providerReference: String?) {
        state = outcome
        self.providerReference = providerReference
    }
}

extension Payment {
    /// Sets money aside for an effect, before it is asked for.
    mutating func intend(_ effect: PaymentEffect) throws(BrokenInvariant) {
        switch effect.kind {
        case .capture:
            guard effect.amount <= capturable else {
                throw BrokenInvariant("capture of \(effect.amount) of \(capturable)")
            }
            capturePending += effect.amount
        case .void:
            guard effect.amount <= capturable else {
                throw BrokenInvariant("void of \(effect.amount) of \(capturable)")
            }
            voidPending += effect.amount
        case .refund:
            guard effect.amount <= refundable else {
                throw BrokenInvariant("refund of \(effect.amount) of \(refundable)")
            }
            refundPending += effect.amount
        }
    }

    /// Books that a refund had another end than was booked first.
    mutating func correct(_ refund: PaymentEffect, arrived: Bool) {
        refunded += arrived ? refund.amount : -refund.amount
    }

    /// Books what became of an effect.
    mutating func settle(_ effect: PaymentEffect, succeeded: Bool) {
        let amount = succeeded ? effect.amount : 0
        switch effect.kind {
        case .capture:
            capturePending -= effect.amount
            captured += amount
        case .void:
            voidPending -= effect.amount
            voided += amount
        case .refund:
            refundPending -= effect.amount
            refunded += amount
        }
    }
}

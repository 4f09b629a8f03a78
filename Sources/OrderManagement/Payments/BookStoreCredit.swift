/// Issues store credit to a customer, or takes away what has expired.
///
/// - Throws: `.insufficientCredit` for more than the balance; `.invalidInput` for a customer without an address.
public struct BookStoreCredit: Command {
    public static let name = "book-store-credit"
    public enum Kind: String, CaseIterable, Sendable { case issue, expire }

    public let customer: String
    public let kind: Kind
    public let amount: Money
    public let reason: String

    public init(customer: String, kind: Kind, amount: Money, reason: String) {
        self.customer = customer
        self.kind = kind
        self.amount = amount
        self.reason = reason
    }

    private var account: StoreCredit.Account { .init(customer: customer, currency: amount.currency) }

    public func needs(_ needs: inout Needs, given work: Work) { needs.storeCredit(account) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        switch kind {
        case .issue:
            try work.book(.issue, amount.amount, on: account, reason: reason)
        case .expire:
            try work.requireCredit(amount.amount, on: account, at: "/amount/amount")
            try work.book(.expire, amount.amount, on: account, reason: reason)
        }
        guard let credit = work.storeCredit(account) else { throw BrokenInvariant("no store credit after a booking") }
        var json = JSONWriter()
        credit.write(to: &json)
        return Reply(status: 201, body: json.text, location: "/v1/store-credits/\(credit.id)")
    }
}

extension Work {
    /// - Throws: `.insufficientCredit` with what is there.
    func requireCredit(_ amount: Int64, on account: StoreCredit.Account, at pointer: String) throws(Refusal) {
        if let objection = objection(toSpending: amount, of: account, at: pointer) { throw Refusal([objection]) }
    }

    /// What is wrong with spending an amount of a store credit; nil if it is there.
    func objection(
        toSpending amount: Int64, of account: StoreCredit.Account, at pointer: String
    ) -> Refusal.Detail? {
        let balance = storeCredit(account)?.balance ?? 0
        guard amount > balance else { return nil }
        return .init(
            pointer, .insufficientCredit,
            "\(Money(amount, account.currency)) asked; the store credit of \(account.customer) is "
                + "\(Money(balance, account.currency))")
    }
}

extension Order {
    /// The store credit of its customer; nil without an e-mail address.
    var creditAccount: StoreCredit.Account? {
        customer.email.map { StoreCredit.Account(customer: $0, currency: currency) }
    }

    /// Whether store credit is held for it, or was spent on it.
    var holdsCredit: Bool { payments.contains { $0.provider == StoreCredit.provider } }

    /// - Throws: `.reasonNotAllowed` at a pointer for a customer without an e-mail address.
    func requireCreditAccount(at pointer: String) throws(Refusal) -> StoreCredit.Account {
        guard let account = creditAccount else { throw Refusal([objectionToCreditOfNobody(at: pointer)]) }
        return account
    }

    func objectionToCreditOfNobody(at pointer: String) -> Refusal.Detail {
        .init(
            pointer, .reasonNotAllowed,
            "order \(number) names no e-mail address of its customer, by which store credit is kept")
    }

    /// What follows when a payment is there: store credit is held, an authorization told, its end awaited.
    mutating func follow(_ payment: Payment, in work: inout Work) throws {
        recordAuthorization(payment, in: &work)
        guard payment.state == .authorized else { return }
        try holdCredit(for: payment, in: &work)
        guard let end = payment.expiresAt else { return }
        work.enqueue(.expirePayment, of: id, payload: String(payment.number), due: end)
    }

    /// Holds what a payment with store credit says, from now on.
    private func holdCredit(for payment: Payment, in work: inout Work) throws {
        guard payment.provider == StoreCredit.provider, payment.authorized > 0, let account = creditAccount else {
            return
        }
        try work.book(
            .spend, payment.authorized, on: account, order: id, payment: payment.number, reason: "order \(number)")
    }
}

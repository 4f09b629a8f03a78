/// What a customer may spend with the retailer, in one currency: a tender that the retailer itself keeps.
///
/// Always: balance = Σ entries ≥ 0. An order that is paid with it holds the amount from its placing on.
public struct StoreCredit: Hashable, Sendable {
    /// Whose it is: one per customer and currency.
    public struct Account: Hashable, Sendable {
        /// The customer's e-mail address, in lower case.
        public let customer: String
        public let currency: Currency
        public init(customer: String, currency: Currency) {
            self.customer = customer.lowercased()
            self.currency = currency
        }
    }

    /// One entry of the ledger.
    public struct Entry: Hashable, Sendable {
        public enum Kind: String, CaseIterable, Sendable {
            case issue, spend, giveBack = "give_back", expire
            /// Whether it raises the balance.
            var isGain: Bool {
                switch self {
                case .issue, .giveBack: true
                case .spend, .expire: false
                }
            }
        }

        public let credit: StoreCreditID
        /// From 1, in the order of booking.
        public let number: Int64
        public let kind: Kind
        /// Minor units, above zero.
        public let amount: Int64
        /// The balance after it.
        public let balance: Int64
        public let order: OrderID?
        /// The number of the order's payment.
        public let payment: Int?
        public let reason: String
        public let at: Timestamp
        public let by: String
    }

    /// What `PlaceOrder` and payments call this tender.
    public static let provider = "store_credit"

    public let id: StoreCreditID
    public let account: Account
    public private(set) var balance: Int64 = 0
    /// The number of the newest entry: a balance that moved unseen fails its guard.
    public private(set) var entries: Int64 = 0
    public private(set) var updatedAt: Timestamp

    init(id: StoreCreditID, account: Account, balance: Int64 = 0, entries: Int64 = 0, updatedAt: Timestamp) {
        self.id = id
        self.account = account
        self.balance = balance
        self.entries = entries
        self.updatedAt = updatedAt
    }

    /// Books an amount. - Throws: `BrokenInvariant` below zero.
    mutating func book(_ kind: Entry.Kind, _ amount: Int64, at now: Timestamp) throws(BrokenInvariant) {
        let next = kind.isGain ? balance + amount : balance - amount
        guard amount > 0, next >= 0 else {
            throw BrokenInvariant("store credit of \(account.customer): \(kind.rawValue) \(amount) of \(balance)")
        }
        balance = next
        entries += 1
        updatedAt = now
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("customer", account.customer)
            $0.member("balance", Money(balance, account.currency))
            $0.member("updated_at", updatedAt)
        }
    }
}

extension StoreCredit.Entry {
    public func write(to json: inout JSONWriter, in currency: Currency) {
        json.object {
            $0.member("number", number)
            $0.member("kind", kind.rawValue)
            $0.member("amount", Money(amount, currency))
            $0.member("balance", Money(balance, currency))
            $0.member("order", order?.description)
            $0.member("reason", reason)
            $0.member("at", at)
            $0.member("by", by)
        }
    }
}

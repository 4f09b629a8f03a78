/// Store credits and their ledger, in their tables.
public enum StoreCreditStore {
    private static let byAccount = Statement(
        """
        SELECT id, customer, currency, balance, entries, updated_at FROM store_credits
        WHERE customer = :customer AND currency = :currency
        """)
    private static let byID = Statement(
        "SELECT id, customer, currency, balance, entries, updated_at FROM store_credits WHERE id = #id")
    private static let page = Statement(
        """
        SELECT id, customer, currency, balance, entries, updated_at FROM store_credits
        WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let ofCustomer = Statement(
        """
        SELECT id, customer, currency, balance, entries, updated_at FROM store_credits
        WHERE customer = :customer ORDER BY currency LIMIT #limit
        """)
    private static let entriesOf = Statement(
        """
        SELECT credit_id, number, kind, amount, balance, order_id, payment, reason, at, principal
        FROM store_credit_entries WHERE credit_id = #id AND number > #after ORDER BY number LIMIT #limit
        """)
    /// A customer's first credit, unless another session was faster: then nothing changes and the guard fails.
    private static let insert = Statement(
        """
        INSERT INTO store_credits (id, customer, currency, balance, entries, updated_at)
        VALUES (#id, :customer, :currency, #balance, #entries, #updated_at)
        ON CONFLICT (customer, currency) DO NOTHING
        """)
    private static let update = Statement(
        """
        UPDATE store_credits SET balance = #balance, entries = #entries, updated_at = #updated_at
        WHERE id = #id AND entries = #before
        """)
    private static let insertEntry = Statement(
        """
        INSERT INTO store_credit_entries (credit_id, number, kind, amount, balance, order_id, payment, reason, at,
                                          principal)
        VALUES (#credit_id, #number, :kind, #amount, #balance, #order_id, #payment, :reason, #at, :principal)
        """)

    static func load(
        _ accounts: some Sequence<StoreCredit.Account>, in db: any Connection, _ visit: (StoreCredit) -> Void
    ) throws {
        try db.query(byAccount, accounts.map { [.text($0.customer), .text($0.currency.code)] }) {
            visit(try credit($0))
        }
    }

    public static func credit(_ id: StoreCreditID, in db: any Connection) throws -> StoreCredit? {
        try db.first(byID, [.integer(id.value)], credit)
    }

    /// Store credits by age behind one of them.
    public static func page(after: StoreCreditID, limit: Int, in db: any Connection) throws -> [StoreCredit] {
        try db.rows(page, [.integer(after.value), SQLValue(limit)], credit)
    }

    /// A customer's store credits, one per currency.
    public static func of(_ customer: String, limit: Int, in db: any Connection) throws -> [StoreCredit] {
        try db.rows(ofCustomer, [.text(customer.lowercased()), SQLValue(limit)], credit)
    }

    /// The ledger of one, the oldest entry first.
    public static func entries(
        of id: StoreCreditID, after number: Int64, limit: Int, in db: any Connection
    ) throws -> [StoreCredit.Entry] {
        try db.rows(entriesOf, [.integer(id.value), .integer(number), SQLValue(limit)], entry)
    }

    static func save(_ changes: [(before: StoreCredit?, now: StoreCredit)], in db: any Connection) throws {
        try db.changeGuarded(
            insert,
            changes.filter { $0.before == nil }.map { _, now in
                [
                    .integer(now.id.value), .text(now.account.customer), .text(now.account.currency.code),
                    .integer(now.balance), .integer(now.entries), .integer(now.updatedAt.milliseconds),
                ]
            })
        try db.changeGuarded(
            update,
            changes.compactMap { before, now in
                before.map {
                    [
                        .integer(now.balance), .integer(now.entries), .integer(now.updatedAt.milliseconds),
                        .integer(now.id.value), .integer($0.entries),
                    ]
                }
            })
    }

    static func append(_ entries: [StoreCredit.Entry], in db: any Connection) throws {
        guard !entries.isEmpty else { return }
        try db.change(
            insertEntry,
            entries.map {
                [
                    .integer($0.credit.value), .integer($0.number), .text($0.kind.rawValue), .integer($0.amount),
                    .integer($0.balance), SQLValue($0.order?.value), SQLValue($0.payment.map { Int64($0) }),
                    .text($0.reason), .integer($0.at.milliseconds), .text($0.by),
                ]
            })
    }

    private static func credit(_ row: Row) throws -> StoreCredit {
        guard let currency = Currency(try row.text(2)) else { throw BrokenInvariant("a credit in no known currency") }
        return StoreCredit(
            id: StoreCreditID(try row.integer(0)), account: .init(customer: try row.text(1), currency: currency),
            balance: try row.integer(3), entries: try row.integer(4),
            updatedAt: Timestamp(milliseconds: try row.integer(5)))
    }

    private static func entry(_ row: Row) throws -> StoreCredit.Entry {
        let text = try row.text(2)
        guard let kind = StoreCredit.Entry.Kind(rawValue: text) else {
            throw BrokenInvariant("an entry of store credit of kind \(text)")
        }
        return StoreCredit.Entry(
            credit: StoreCreditID(try row.integer(0)), number: try row.integer(1), kind: kind,
            amount: try row.integer(3), balance: try row.integer(4), order: row.optionalInteger(5).map { OrderID($0) },
            payment: row.optionalInteger(6).map { Int($0) }, reason: try row.text(7),
            at: Timestamp(milliseconds: try row.integer(8)), by: try row.text(9))
    }
}

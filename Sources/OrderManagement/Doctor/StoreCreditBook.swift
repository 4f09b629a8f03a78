/// The store credits: each balance is the sum of its ledger, and orders hold and give back what the ledger says.
enum StoreCreditBook {
    private static let entries = Statement(
        """
        SELECT number, kind, amount, balance FROM store_credit_entries
        WHERE credit_id = #id AND number > #after ORDER BY number LIMIT #limit
        """)
    private static let ofOrder = Statement(
        """
        SELECT order_id, payment, kind, CAST(SUM(amount) AS BIGINT) FROM store_credit_entries WHERE order_id = #id
        GROUP BY order_id, payment, kind ORDER BY order_id, payment, kind
        """)

    /// What the ledgers say of one payment of an order, by kind of entry.
    struct Booked: Hashable {
        let payment: Int64
        let kind: String
    }

    /// All store credits with their ledgers.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var after = StoreCreditID(0)
        while true {
            let page = try StoreCreditStore.page(after: after, limit: Doctor.rowsMax, in: examination.db)
            for credit in page { try examine(credit, in: &examination) }
            examination.count(.money, page.count)
            guard let last = page.last, page.count == Doctor.rowsMax else { return }
            after = last.id
        }
    }

    private static func examine(_ credit: StoreCredit, in examination: inout Examination) throws {
        var (number, balance) = (Int64(0), Int64(0))
        while true {
            let rows = try examination.db.rows(
                entries, [.integer(credit.id.value), .integer(number), SQLValue(Doctor.rowsMax)]
            ) { row in
                (
                    number: try row.integer(0), kind: try row.text(1), amount: try row.integer(2),
                    balance: try row.integer(3)
                )
            }
            for row in rows {
                let isGain = StoreCredit.Entry.Kind(rawValue: row.kind)?.isGain ?? true
                balance = isGain ? balance &+ row.amount : balance &- row.amount
                number += 1
                if row.number != number || row.balance != balance || balance < 0 {
                    examination.finding(
                        .money, "\(credit.id) entry \(row.number)", "entry \(number), balance \(balance)",
                        "entry \(row.number), balance \(row.balance)",
                        "Entries are numbered without a gap, and each says the balance after it, never below zero.")
                    return
                }
            }
            if rows.count < Doctor.rowsMax { break }
        }
        examination.compare(
            .money, credit.id.description, "balance", expected: balance, found: credit.balance,
            "A balance is the sum of its ledger.")
        examination.compare(
            .money, credit.id.description, "entries", expected: number, found: credit.entries,
            "A store credit knows the number of its newest entry.")
    }

    /// What the ledgers say of some orders.
    static func booked(for keys: [[SQLValue]], in db: any Connection) throws -> [OrderID: [Booked: Int64]] {
        var booked: [OrderID: [Booked: Int64]] = [:]
        try db.query(ofOrder, keys) { row in
            let entry = Booked(payment: row.optionalInteger(1) ?? 0, kind: try row.text(2))
            booked[OrderID(try row.integer(0)), default: [:]][entry] = try row.integer(3)
        }
        return booked
    }

    static func examine(_ file: OrderFile, in examination: inout Examination) {
        var expected: [Booked: Int64] = [:]
        func add(_ kind: StoreCredit.Entry.Kind, _ amount: Int64, _ payment: Int) {
            guard amount > 0 else { return }
            expected[Booked(payment: Int64(payment), kind: kind.rawValue), default: 0] += amount
        }
        for payment in file.order.payments where payment.provider == StoreCredit.provider {
            add(.spend, payment.authorized, payment.number)
        }
        for effect in file.order.effects where effect.kind != .capture && effect.state == .done {
            let payment = file.order.payments.first { $0.number == effect.payment }
            if payment?.provider == StoreCredit.provider {
                add(.giveBack, effect.amount, effect.payment)
            } else if effect.paidTo == StoreCredit.provider {
                add(.issue, effect.amount, effect.payment)
            }
        }
        let entries = Set(expected.keys).union(file.credit.keys)
        for entry in entries.sorted(by: { ($0.payment, $0.kind) < ($1.payment, $1.kind) }) {
            examination.compare(
                .money, PaymentID(file.order.id, Int(entry.payment)).description, entry.kind,
                expected: expected[entry] ?? 0, found: file.credit[entry] ?? 0,
                "What an order holds of a store credit, and what it gives back, stands in the ledger.")
        }
    }
}

/// Refunds of all orders, to be looked at in the order of the orders.
public enum RefundReading {
    /// One refund: what was to be given back, why, and what became of it.
    public struct Entry: Sendable {
        public let order: OrderID
        public let orderNumber: String
        public let channel: String
        /// Within its order.
        public let number: Int
        public let payment: PaymentID
        public let provider: String
        public let state: String
        public let amount: Money
        public let reason: String
        /// The return or fulfillment that it is for.
        public let subject: String?
        public let providerReference: String?
        /// Where it went: nil for back where it came from, `store_credit`, or `exchange` for money that an order that
        /// goes out in exchange took along.
        public let paidTo: String?
        public let at: Timestamp

        public func write(to json: inout JSONWriter) {
            json.object {
                $0.member("order", order.description)
                $0.member("order_number", orderNumber)
                $0.member("channel", channel)
                $0.member("refund", number)
                $0.member("payment", payment.description)
                $0.member("provider", provider)
                $0.member("status", state)
                $0.member("amount", amount)
                $0.member("reason", reason)
                $0.member("subject", subject)
                $0.member("provider_reference", providerReference)
                $0.member("paid_to", paidTo)
                $0.member("at", at)
            }
        }
    }

    private static let page = Statement(
        """
        SELECT e.order_id, o.number, o.channel, e.number, e.payment, p.provider, e.state, e.amount, o.currency,
               e.reason, e.subject, e.provider_reference, e.at, e.paid_to
        FROM payment_effects AS e
        JOIN orders AS o ON o.id = e.order_id
        JOIN payments AS p ON p.order_id = e.order_id AND p.number = e.payment
        WHERE e.kind = 'refund' AND (e.order_id, e.number) > (#order_id, #number)
        ORDER BY e.order_id, e.number LIMIT #limit
        """)

    /// The refunds behind one of them, named by its order and its number within that.
    public static func page(
        after place: (order: OrderID, number: Int), limit: Int, in db: any Connection
    ) throws -> [Entry] {
        try db.rows(page, [.integer(place.order.value), SQLValue(place.number), SQLValue(limit)], entry)
    }

    private static func entry(_ row: Row) throws -> Entry {
        let order = OrderID(try row.integer(0))
        guard let currency = Currency(try row.text(8)) else { throw BrokenInvariant("an order in an unknown currency") }
        return Entry(
            order: order, orderNumber: try row.text(1), channel: try row.text(2), number: try row.int(3),
            payment: PaymentID(order, try row.int(4)), provider: try row.text(5), state: try row.text(6),
            amount: Money(try row.integer(7), currency), reason: try row.text(9), subject: row.optionalText(10),
            providerReference: row.optionalText(11), paidTo: row.optionalText(13),
            at: Timestamp(milliseconds: try row.integer(12)))
    }
}

/// An order in a list.
public struct OrderSummary: Sendable {
    public let id: OrderID
    public let number: String
    public let channel: String
    public let externalID: String?
    public let status: String
    public let fulfillmentStatus: String
    public let paymentStatus: String
    public let returnStatus: String
    public let stage: String?
    public let isOnHold: Bool
    public let total: Money
    public let due: Money
    public let customer: Customer
    public let placedAt: Timestamp
    public let updatedAt: Timestamp
    public let version: Int64
    public let lines: Int64
    public let units: Int64
    public let locations: [String]

    private static let byID = Statement(
        """
        SELECT o.id, o.number, o.channel, o.external_id, o.status, o.fulfillment_status, o.payment_status,
               o.return_status, o.stage, o.on_hold, o.currency, o.total, o.due, o.placed_at, o.updated_at, o.version,
               o.document,
               (SELECT COUNT(*) FROM order_lines AS l WHERE l.order_id = o.id),
               (SELECT SUM(l.ordered) FROM order_lines AS l WHERE l.order_id = o.id)
        FROM orders AS o WHERE o.id = #id
        """)
    private static let locationsOf = Statement(
        "SELECT order_id, location FROM fulfillments WHERE order_id = #id AND state <> 'cancelled' ORDER BY number")

    /// Orders as they stand in a list, in the order of the ids.
    public static func of(_ ids: [OrderID], in db: any Connection) throws -> [OrderSummary] {
        let keys: [[SQLValue]] = ids.map { [.integer($0.value)] }
        var locations: [OrderID: [String]] = [:]
        try db.query(locationsOf, keys) { row in
            let location = try row.text(1)
            let id = OrderID(try row.integer(0))
            if locations[id]?.contains(location) != true { locations[id, default: []].append(location) }
        }
        var found: [OrderID: OrderSummary] = [:]
        try db.query(byID, keys) { row in
            let id = OrderID(try row.integer(0))
            found[id] = try summary(row, locations[id] ?? [])
        }
        return ids.compactMap { found[$0] }
    }

    private static func summary(_ row: Row, _ locations: [String]) throws -> OrderSummary {
        let document = try JSON.stored(try row.text(16))
        guard let currency = Currency(try row.text(10)), let customer = document["customer"] else {
            throw BrokenInvariant("a stored order is incomplete")
        }
        return OrderSummary(
            id: OrderID(try row.integer(0)), number: try row.text(1), channel: try row.text(2),
            externalID: row.optionalText(3), status: try row.text(4), fulfillmentStatus: try row.text(5),
            paymentStatus: try row.text(6), returnStatus: try row.text(7), stage: row.optionalText(8),
            isOnHold: try row.bool(9), total: Money(try row.integer(11), currency),
            due: Money(try row.integer(12), currency), customer: try Customer(stored: customer),
            placedAt: Timestamp(milliseconds: try row.integer(13)),
            updatedAt: Timestamp(milliseconds: try row.integer(14)), version: try row.integer(15),
            lines: try row.integer(17), units: row.optionalInteger(18) ?? 0, locations: locations)
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("number", number)
            $0.member("channel", channel)
            $0.member("external_id", externalID)
            $0.member("version", version)
            $0.member("status", status)
            $0.member("stage", stage)
            $0.member("on_hold", isOnHold)
            $0.member("payment_status", paymentStatus)
            $0.member("fulfillment_status", fulfillmentStatus)
            $0.member("return_status", returnStatus)
            $0.member("placed_at", placedAt)
            $0.member("updated_at", updatedAt)
            $0.name("customer")
            customer.write(to: &$0)
            $0.member("line_count", lines)
            $0.member("units", units)
            $0.array("locations") { list in for location in locations { list.value(location) } }
            $0.member("total", total)
            $0.member("due", due)
        }
    }
}

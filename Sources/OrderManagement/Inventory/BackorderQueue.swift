/// Who waits for a SKU: the backordered lines, the longest waiting first.
public enum BackorderQueue {
    private static let first = Statement(
        "SELECT sku FROM order_lines WHERE sku = :sku AND backordered > 0 ORDER BY order_id LIMIT 1")
    private static let next = Statement(
        """
        SELECT order_id FROM order_lines WHERE sku = :sku AND backordered > 0 AND order_id > #after
        ORDER BY order_id LIMIT #limit
        """)

    /// Visits those of the SKUs that somebody waits for.
    static func awaited(_ skus: some Sequence<String>, in db: any Connection, _ visit: (String) -> Void) throws {
        try db.query(first, skus.map { [.text($0)] }) { visit(try $0.text(0)) }
    }

    /// The orders that wait for a SKU, in the order in which they are served.
    static func orders(waitingFor sku: String, after: OrderID, limit: Int, in db: any Connection) throws -> [OrderID] {
        try db.rows(next, [.text(sku), .integer(after.value), SQLValue(limit)]) { OrderID(try $0.integer(0)) }
    }
}

/// Exceptions, in their table.
public enum ExceptionStore {
    private static let byID = Statement(
        """
        SELECT id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due,
               resolved_at, resolution
        FROM exceptions WHERE id = #id
        """)
    private static let open = Statement(
        """
        SELECT id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due,
               resolved_at, resolution
        FROM exceptions WHERE state = 'open' AND id > #after ORDER BY id LIMIT #limit
        """)
    private static let ofOrder = Statement(
        """
        SELECT id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due,
               resolved_at, resolution
        FROM exceptions WHERE order_id = #order_id ORDER BY id LIMIT #limit
        """)
    private static let insert = Statement(
        """
        INSERT INTO exceptions (id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due,
                                resolved_at, resolution)
        VALUES (#id, :kind, :state, #order_id, :sku, :location, :cause, :owner, :suggestion, #opened_at, #due,
                #resolved_at, :resolution)
        """)
    private static let resolve = Statement(
        """
        UPDATE exceptions SET state = 'resolved', resolved_at = #resolved_at, resolution = :resolution
        WHERE id = #id AND state = 'open'
        """)

    /// Open exceptions, the oldest first, behind a cursor.
    public static func open(after: ExceptionID, limit: Int, in db: any Connection) throws -> [OrderException] {
        try db.rows(open, [.integer(after.value), SQLValue(limit)], exception)
    }

    /// An order's exceptions, open and resolved, the oldest first.
    public static func of(_ order: OrderID, in db: any Connection) throws -> [OrderException] {
        try db.rows(ofOrder, [.integer(order.value), SQLValue(100)], exception)
    }

    static func load(_ ids: some Sequence<ExceptionID>, in db: any Connection, _ visit: (OrderException) -> Void)
        throws
    {
        try db.query(byID, ids.map { [.integer($0.value)] }) { visit(try exception($0)) }
    }

    static func save(_ changes: [(before: OrderException?, now: OrderException)], in db: any Connection) throws {
        try db.change(
            insert,
            changes.filter { $0.before == nil }.map { _, now in
                [
                    .integer(now.id.value), .text(now.kind.rawValue), .text(now.isOpen ? "open" : "resolved"),
                    SQLValue(now.order?.value), SQLValue(now.sku), SQLValue(now.location), .text(now.cause),
                    .text(now.owner), .text(now.suggestion), .integer(now.openedAt.milliseconds),
                    .integer(now.due.milliseconds), SQLValue(now.resolvedAt?.milliseconds), SQLValue(now.resolution),
                ]
            })
        try db.changeGuarded(
            resolve,
            changes.filter { $0.before != nil && !$0.now.isOpen }.map { _, now in
                [SQLValue(now.resolvedAt?.milliseconds), SQLValue(now.resolution), .integer(now.id.value)]
            })
    }

    private static func exception(_ row: Row) throws -> OrderException {
        let text = try row.text(1)
        guard let kind = OrderException.Kind(rawValue: text) else {
            throw BrokenInvariant("an exception of the unknown kind \(text)")
        }
        return OrderException(
            id: ExceptionID(try row.integer(0)), kind: kind, isOpen: try row.text(2) == "open",
            order: row.optionalInteger(3).map { OrderID($0) }, sku: row.optionalText(4), location: row.optionalText(5),
            cause: try row.text(6), owner: try row.text(7), suggestion: try row.text(8),
            openedAt: Timestamp(milliseconds: try row.integer(9)), due: Timestamp(milliseconds: try row.integer(10)),
            resolvedAt: row.optionalInteger(11).map { Timestamp(milliseconds: $0) }, resolution: row.optionalText(12))
    }
}

/// Which exceptions somebody wants to see.
public struct ExceptionSearch: Hashable, Sendable {
    /// nil for all; by default those that are open.
    public var isOpen: Bool? = true
    public var kind: OrderException.Kind?
    public var owner: String?
    public var assignee: String?
    public var location: String?
    public var order: OrderID?
    /// Those that should have been settled by then.
    public var dueBefore: Timestamp?

    public init() {}
}

/// Open exceptions of one cause and owner.
public struct ExceptionGroup: Hashable, Sendable {
    public let kind: OrderException.Kind
    public let owner: String
    public let count: Int64
    public let overdue: Int64
    public let oldest: Timestamp

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("kind", kind.rawValue)
            $0.member("owner", owner)
            $0.member("count", count)
            $0.member("overdue", overdue)
            $0.member("oldest", oldest)
        }
    }
}

/// Exceptions, in their table.
public enum ExceptionStore {
    private static let columns = """
        id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due, resolved_at, resolution,
        assignee, subject, goods
        """
    private static let byID = Statement(
        """
        SELECT id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due, resolved_at,
               resolution, assignee, subject, goods
        FROM exceptions WHERE id = #id
        """)
    private static let ofOrder = Statement(
        """
        SELECT id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due, resolved_at,
               resolution, assignee, subject, goods
        FROM exceptions WHERE order_id = #order_id ORDER BY id LIMIT #limit
        """)
    private static let openOfOrder = Statement(
        """
        SELECT id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due, resolved_at,
               resolution, assignee, subject, goods
        FROM exceptions WHERE order_id = #order_id AND state = 'open' ORDER BY order_id, id
        """)
    private static let openOfStock = Statement(
        """
        SELECT id FROM exceptions WHERE sku = :sku AND location = :location AND state = 'open' AND sku IS NOT NULL
        ORDER BY id LIMIT 200
        """)
    private static let openAbout = Statement(
        """
        SELECT id FROM exceptions WHERE state = 'open' AND kind = :kind AND subject = :subject ORDER BY id LIMIT 200
        """)
    private static let groups = Statement(
        """
        SELECT kind, owner, COUNT(*), CAST(SUM(CASE WHEN due < #now THEN 1 ELSE 0 END) AS BIGINT), MIN(opened_at)
        FROM exceptions WHERE state = 'open' GROUP BY kind, owner ORDER BY kind, owner LIMIT 1000
        """)
    private static let insert = Statement(
        """
        INSERT INTO exceptions (id, kind, state, order_id, sku, location, cause, owner, suggestion, opened_at, due,
                                resolved_at, resolution, assignee, subject, goods)
        VALUES (#id, :kind, :state, #order_id, :sku, :location, :cause, :owner, :suggestion, #opened_at, #due,
                #resolved_at, :resolution, :assignee, :subject, :goods)
        """)
    /// Only what is open changes.
    private static let update = Statement(
        """
        UPDATE exceptions SET state = :state, cause = :cause, suggestion = :suggestion, assignee = :assignee,
            due = #due, resolved_at = #resolved_at, resolution = :resolution
        WHERE id = #id AND state = 'open'
        """)

    /// Open exceptions, the oldest first, behind a cursor.
    public static func open(after: ExceptionID, limit: Int, in db: any Connection) throws -> [OrderException] {
        try page(ExceptionSearch(), after: after, limit: limit, in: db)
    }

    /// The exceptions that pass a search, the oldest first, behind a cursor.
    public static func page(_ search: ExceptionSearch, after: ExceptionID, limit: Int, in db: any Connection) throws
        -> [OrderException]
    {
        var parts = ["id > #after"]
        var values: [String: SQLValue] = ["after": .integer(after.value), "limit": SQLValue(limit)]
        func add(_ part: String, _ name: String, _ value: SQLValue?) {
            guard let value else { return }
            parts.append(part)
            values[name] = value
        }
        if let isOpen = search.isOpen { parts.append(isOpen ? "state = 'open'" : "state = 'resolved'") }
        add("kind = :kind", "kind", search.kind.map { .text($0.rawValue) })
        add("owner = :owner", "owner", search.owner.map { .text($0) })
        add("assignee = :assignee", "assignee", search.assignee.map { .text($0) })
        add("location = :location", "location", search.location.map { .text($0) })
        add("order_id = #order", "order", search.order.map { .integer($0.value) })
        add("due < #due", "due", search.dueBefore.map { .integer($0.milliseconds) })
        let statement = Statement(
            composed: """
                SELECT \(columns) FROM exceptions WHERE \(parts.joined(separator: " AND ")) ORDER BY id LIMIT #limit
                """)
        return try db.rows(statement, statement.parameters.map { values[$0.name] ?? .null }, exception)
    }

    /// How many are open of each cause and owner, and how many of them should have been settled by now.
    public static func groups(at now: Timestamp, in db: any Connection) throws -> [ExceptionGroup] {
        try db.rows(groups, [.integer(now.milliseconds)]) { row in
            ExceptionGroup(
                kind: try kind(row.text(0)), owner: try row.text(1), count: try row.integer(2),
                overdue: try row.integer(3), oldest: Timestamp(milliseconds: try row.integer(4)))
        }
    }

    /// One exception, or nil.
    public static func exception(_ id: ExceptionID, in db: any Connection) throws -> OrderException? {
        try db.first(byID, [.integer(id.value)], exception)
    }

    /// An order's exceptions, open and resolved, the oldest first.
    public static func of(_ order: OrderID, in db: any Connection) throws -> [OrderException] {
        try db.rows(ofOrder, [.integer(order.value), SQLValue(100)], exception)
    }

    /// The open exceptions about a SKU at a location.
    static func open(of sku: String, at location: String, in db: any Connection) throws -> [ExceptionID] {
        try db.rows(openOfStock, [.text(sku), .text(location)]) { ExceptionID(try $0.integer(0)) }
    }

    /// The open exceptions of a kind about something, the oldest first.
    static func open(
        _ kind: OrderException.Kind, about subject: String, in db: any Connection
    ) throws -> [ExceptionID] {
        try db.rows(openAbout, [.text(kind.rawValue), .text(subject)]) { ExceptionID(try $0.integer(0)) }
    }

    /// The open exceptions of many orders at once.
    static func loadOpen(_ keys: [[SQLValue]], in db: any Connection, _ visit: (OrderID, OrderException) -> Void)
        throws
    {
        try db.query(openOfOrder, keys) { visit(OrderID(try $0.integer(3)), try exception($0)) }
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
                    .integer(now.id.value), .text(now.kind.rawValue), state(of: now), SQLValue(now.order?.value),
                    SQLValue(now.sku), SQLValue(now.location), .text(now.cause), .text(now.owner),
                    .text(now.suggestion), .integer(now.openedAt.milliseconds), .integer(now.due.milliseconds),
                    SQLValue(now.resolvedAt?.milliseconds), SQLValue(now.resolution), SQLValue(now.assignee),
                    SQLValue(now.subject), SQLValue(text(of: now.goods)),
                ]
            })
        try db.changeGuarded(
            update,
            changes.filter { $0.before != nil && $0.before != $0.now }.map { _, now in
                [
                    state(of: now), .text(now.cause), .text(now.suggestion), SQLValue(now.assignee),
                    .integer(now.due.milliseconds), SQLValue(now.resolvedAt?.milliseconds), SQLValue(now.resolution),
                    .integer(now.id.value),
                ]
            })
    }

    /// `[["TEE-M",2],["CAP",1]]`; nil for none.
    private static func text(of goods: [SKUQuantity]) -> String? {
        goods.isEmpty ? nil : JSON.array(goods.map { .array([.string($0.sku), .integer($0.quantity)]) }).text
    }

    private static func goods(_ text: String?) throws -> [SKUQuantity] {
        guard let text else { return [] }
        return try (JSON.stored(text).array ?? []).map { pair in
            guard let pair = pair.array, pair.count == 2, let sku = pair[0].string, let quantity = pair[1].integer
            else { throw BrokenInvariant("an exception is about the goods \(text.prefix(100))") }
            return SKUQuantity(sku: sku, quantity: quantity)
        }
    }

    private static func state(of exception: OrderException) -> SQLValue {
        .text(exception.isOpen ? "open" : "resolved")
    }

    private static func kind(_ text: String) throws -> OrderException.Kind {
        guard let kind = OrderException.Kind(rawValue: text) else {
            throw BrokenInvariant("an exception of the unknown kind \(text)")
        }
        return kind
    }

    private static func exception(_ row: Row) throws -> OrderException {
        OrderException(
            id: ExceptionID(try row.integer(0)), kind: try kind(row.text(1)), isOpen: try row.text(2) == "open",
            order: row.optionalInteger(3).map { OrderID($0) }, subject: row.optionalText(14),
            goods: try goods(row.optionalText(15)),
            sku: row.optionalText(4), location: row.optionalText(5), cause: try row.text(6),
            owner: try row.text(7), assignee: row.optionalText(13), suggestion: try row.text(8),
            openedAt: Timestamp(milliseconds: try row.integer(9)), due: Timestamp(milliseconds: try row.integer(10)),
            resolvedAt: row.optionalInteger(11).map { Timestamp(milliseconds: $0) }, resolution: row.optionalText(12))
    }
}

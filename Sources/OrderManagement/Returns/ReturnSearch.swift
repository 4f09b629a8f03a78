/// Finds returns: by what is in the hand (the reference on the label, the courier's number, the goods), by what people
/// know of their orders, or simply those that wait, a page at a time.
///
/// No more than `scanMax` rows are looked at for a page; when nothing (more) was found by then, the cursor says where
/// to go on.
public struct ReturnSearch: Hashable, Sendable {
    public var state: Return.State?
    public var isOpen = false
    public var location: String?
    /// As on the label: `WEB-1001-R1`.
    public var reference: String?
    /// The courier's number of what comes back.
    public var tracking: String?
    /// A reference, a courier's number, an item's SKU or barcode, or whatever finds orders.
    public var text: String?
    /// Locations to which the caller is limited.
    public var visibleAt: Set<String>?

    public init() {}

    static let scanMax = 2_000
    /// Returns that one courier's number finds.
    private static let trackedMax = 20

    /// A page of returns, and the return that it ended with: those of free text are the newest first, as orders are
    /// found; all others the oldest first.
    public func page(after cursor: ReturnID?, limit: Int, in db: any Connection) throws -> (
        found: [ReturnID], next: ReturnID?
    ) {
        if let named = try named(in: db) {
            guard cursor == nil else { return ([], nil) }
            return (try matching(named, ofItem: nil, in: db).prefix(limit).map(\.self), nil)
        }
        guard let text = text?.trimmed, !text.isEmpty else { return try walk(after: cursor, limit: limit, in: db) }
        var search = OrderSearch()
        search.hasReturn = true
        search.visibleAt = visibleAt
        search.sku = try ItemStore.sku(called: text, in: db)
        if search.sku == nil { search.text = text }
        return try page(of: search, after: cursor, limit: limit, in: db)
    }

    // MARK: By name

    private static let one = Statement(
        "SELECT number FROM returns WHERE order_id = #order_id AND number = #number")
    private static let byTracking = Statement(
        """
        SELECT order_id, number FROM returns WHERE tracking = :tracking
        ORDER BY order_id DESC, number DESC LIMIT #limit
        """)

    /// The returns that are named; nil when the search is for something else, or the free text names none.
    private func named(in db: any Connection) throws -> [ReturnID]? {
        if let reference { return try Self.id(ofReference: reference.trimmed.uppercased(), in: db).map { [$0] } ?? [] }
        if let tracking { return try Self.ids(ofScan: tracking.trimmed, in: db) }
        guard let text = text?.trimmed, !text.isEmpty else { return nil }
        if let id = ReturnID(text) { return [id] }
        if let id = try Self.id(ofReference: text.uppercased(), in: db) { return [id] }
        let tracked = try Self.ids(ofScan: text, in: db)
        return tracked.isEmpty ? nil : tracked
    }

    /// The return that bears a reference; nil for none.
    static func id(ofReference text: String, in db: any Connection) throws -> ReturnID? {
        guard let mark = text.lastIndex(of: "-"), text[mark...].hasPrefix("-R"),
            let number = Int(text[mark...].dropFirst(2)), number > 0,
            let order = try OrderStore.id(ofNumber: String(text[..<mark]), in: db)
        else { return nil }
        let known = try db.first(one, [.integer(order.value), SQLValue(number)]) { try $0.int(0) }
        return known.map { ReturnID(order, $0) }
    }

    /// By a courier's number, or by what a scanner read of it.
    private static func ids(ofScan text: String, in db: any Connection) throws -> [ReturnID] {
        try ids(ofTracking: TrackingNumber.known(text, in: db), limit: trackedMax, in: db)
    }

    /// The returns that a courier brings under a number, newest first.
    static func ids(ofTracking text: String, limit: Int, in db: any Connection) throws -> [ReturnID] {
        try db.rows(byTracking, [.text(text), SQLValue(limit)]) { ReturnID(OrderID(try $0.integer(0)), try $0.int(1)) }
    }

    // MARK: By their orders

    private static let ofOrder = Statement(
        """
        SELECT order_id, number, state, location FROM returns WHERE order_id = #order_id
        ORDER BY order_id, number
        """)
    private static let ofOrderAndItem = Statement(
        """
        SELECT r.order_id, r.number, r.state, r.location FROM returns AS r
        WHERE r.order_id = #order_id AND EXISTS (
            SELECT 1 FROM return_lines AS p JOIN order_lines AS l ON l.order_id = p.order_id AND l.number = p.line
            WHERE p.order_id = r.order_id AND p.return_number = r.number AND l.sku = :sku)
        ORDER BY r.order_id, r.number
        """)

    /// The returns of the orders that a search finds, newest first, from behind the cursor on.
    private func page(of search: OrderSearch, after cursor: ReturnID?, limit: Int, in db: any Connection) throws -> (
        found: [ReturnID], next: ReturnID?
    ) {
        // The order of the cursor is looked at once more: some of its returns may still be to come.
        let start = cursor.map { OrderID($0.order.value + 1).description }
        let orders = try search.page(after: start, limit: limit + 1, in: db)
        var found = try matching(ofOrders: orders.ids, ofItem: search.sku, in: db)
        if let cursor { found.removeAll { $0.order == cursor.order && $0.number >= cursor.number } }
        if found.count > limit { return (Array(found.prefix(limit)), found[limit - 1]) }
        return (found, orders.next.flatMap { OrderID($0) }.map { ReturnID($0, 1) })
    }

    private func matching(ofOrders orders: [OrderID], ofItem sku: String?, in db: any Connection) throws -> [ReturnID] {
        var found: [ReturnID] = []
        let keys = orders.map { [SQLValue.integer($0.value)] + (sku.map { [.text($0)] } ?? []) }
        try db.query(sku == nil ? Self.ofOrder : Self.ofOrderAndItem, keys) { row in
            if let id = try match(row) { found.append(id) }
        }
        return found.sorted { ($0.order, $0.number) > ($1.order, $1.number) }
    }

    private func matching(_ ids: [ReturnID], ofItem sku: String?, in db: any Connection) throws -> [ReturnID] {
        try matching(ofOrders: Set(ids.map(\.order)).sorted(by: >), ofItem: sku, in: db).filter(ids.contains)
    }

    // MARK: By age

    private static let openPage = Statement(
        """
        SELECT order_id, number, state, location FROM returns
        WHERE state IN ('requested', 'approved', 'in_transit', 'received', 'inspected')
            AND (order_id, number) > (#order_id, #number)
        ORDER BY order_id, number LIMIT #limit
        """)
    private static let allPage = Statement(
        """
        SELECT order_id, number, state, location FROM returns
        WHERE (order_id, number) > (#order_id, #number)
        ORDER BY order_id, number LIMIT #limit
        """)

    private func walk(after cursor: ReturnID?, limit: Int, in db: any Connection) throws -> (
        found: [ReturnID], next: ReturnID?
    ) {
        var found: [ReturnID] = []
        var last: ReturnID?
        var looked = 0
        let statement = isOpen || state?.isOpen == true ? Self.openPage : Self.allPage
        let parameters: [SQLValue] = [
            .integer(cursor?.order.value ?? 0), SQLValue(cursor?.number ?? 0), SQLValue(Self.scanMax),
        ]
        try db.query(statement, parameters) { row in
            guard found.count < limit else { return }
            looked += 1
            last = try Self.id(row)
            if let id = try match(row) { found.append(id) }
        }
        return (found, found.count == limit || looked == Self.scanMax ? last : nil)
    }

    private static func id(_ row: Row) throws -> ReturnID { ReturnID(OrderID(try row.integer(0)), try row.int(1)) }

    /// The return of a row, where it passes the filters.
    private func match(_ row: Row) throws -> ReturnID? {
        let stored = try row.text(2)
        if let state, stored != state.rawValue { return nil }
        if isOpen, Return.State(rawValue: stored)?.isOpen != true { return nil }
        if let location, row.optionalText(3) != location { return nil }
        return try Self.id(row)
    }
}

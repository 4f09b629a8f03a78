/// Who waits for a SKU: the backordered lines of it and of kits that it is part of, the longest waiting first.
public enum BackorderQueue {
    private static let first = Statement(
        "SELECT sku FROM order_lines WHERE sku = :sku AND backordered > 0 ORDER BY order_id LIMIT 1")
    private static let firstOfKits = Statement(
        "SELECT sku FROM order_line_components WHERE sku = :sku AND waiting > 0 ORDER BY order_id LIMIT 1")
    private static let next = Statement(
        """
        SELECT order_id FROM order_lines WHERE sku = :sku AND backordered > 0 AND order_id > #after
        ORDER BY order_id LIMIT #limit
        """)
    private static let nextOfKits = Statement(
        """
        SELECT order_id FROM order_line_components WHERE sku = :sku AND waiting > 0 AND order_id > #after
        ORDER BY order_id LIMIT #limit
        """)
    private static let insertPart = Statement(
        """
        INSERT INTO order_line_components (order_id, number, sku, quantity, waiting)
        VALUES (#order_id, #number, :sku, #quantity, #waiting)
        """)
    private static let updatePart = Statement(
        """
        UPDATE order_line_components SET waiting = #waiting
        WHERE order_id = #order_id AND number = #number AND sku = :sku
        """)

    /// Visits those of the SKUs that somebody waits for, some of them twice.
    static func awaited(_ skus: some Sequence<String>, in db: any Connection, _ visit: (String) -> Void) throws {
        let keys: [[SQLValue]] = skus.map { [.text($0)] }
        try db.query(first, keys) { visit(try $0.text(0)) }
        try db.query(firstOfKits, keys) { visit(try $0.text(0)) }
    }

    /// The orders that wait for a SKU, in the order in which they are served.
    static func orders(waitingFor sku: String, after: OrderID, limit: Int, in db: any Connection) throws -> [OrderID] {
        let parameters: [SQLValue] = [.text(sku), .integer(after.value), SQLValue(limit)]
        let plain = try db.rows(next, parameters) { OrderID(try $0.integer(0)) }
        let kits = try db.rows(nextOfKits, parameters) { OrderID(try $0.integer(0)) }
        guard !kits.isEmpty else { return plain }
        return Array(Set(plain).union(kits).sorted().prefix(limit))
    }

    /// Of a page of those who wait for a SKU, the orders that units of it which are there now could go to.
    ///
    /// - Returns: The orders, in the order in which they are served, and where the queue goes on; nil at its end, and
    ///   where no unit is left to give.
    static func servable(
        with sku: String, after: OrderID, limit: Int, in db: any Connection
    ) throws -> (orders: [OrderID], last: OrderID?) {
        var places: Set<String> = []
        try StockLedger.load([sku], in: db) { if $0.promisable > 0 { places.insert($0.location) } }
        guard !places.isEmpty else { return ([], nil) }
        let page = try orders(waitingFor: sku, after: after, limit: limit, in: db)
        let configuration = try Configuration.load(in: db)
        var found: [OrderID] = []
        try OrderStore.load(page, in: db) { order in
            guard let channel = configuration.channels[order.channel],
                places.contains(where: { order.mayBeFilled(from: $0, channel) })
            else { return }
            found.append(order.id)
        }
        return (found.sorted(), page.count == limit ? page.last : nil)
    }

    /// Writes what new lines of kits are made of.
    static func insert(_ lines: [(order: OrderID, line: OrderLine)], in db: any Connection) throws {
        try db.change(
            insertPart,
            lines.flatMap { order, line in
                line.components.map { part in
                    [
                        .integer(order.value), SQLValue(line.number), .text(part.sku), .integer(part.quantity),
                        .integer(line.backordered * part.quantity),
                    ]
                }
            })
    }

    /// Writes what kits wait for by now.
    static func update(_ lines: [(order: OrderID, line: OrderLine)], in db: any Connection) throws {
        try db.changeGuarded(
            updatePart,
            lines.flatMap { order, line in
                line.components.map { part in
                    [
                        .integer(line.backordered * part.quantity), .integer(order.value), SQLValue(line.number),
                        .text(part.sku),
                    ]
                }
            })
    }
}

/// While a queue is being served, those who come later leave it what it waits for.
extension Work {
    /// Who joins a queue while it is being served is served with it: its job may be past them.
    mutating func joinQueue(for line: OrderLine) {
        for part in line.goods where rows.filling[part.sku] != nil {
            enqueue(.fillBackorders, payload: part.sku, due: now)
        }
    }

    /// Units of a SKU that those who wait for it are about to get: who comes later leaves them be.
    func unitsOfQueue(for sku: String) -> Int64 {
        rows.filling[sku] == nil ? 0 : rows.waiting[sku]?.units ?? 0
    }
}

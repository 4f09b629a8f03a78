/// Returns and their lines, in their tables.
public enum ReturnStore {
    private static let ofOrder = Statement(
        """
        SELECT order_id, number, state, method, location, requested_at, updated_at, refunded, note,
               terms, tracking
        FROM returns WHERE order_id = #id ORDER BY order_id, number
        """)
    private static let linesOfOrder = Statement(
        """
        SELECT order_id, return_number, line, quantity, reason, received, restocked, refurbished, written_off,
               condition, missing, credited, worth, excess
        FROM return_lines WHERE order_id = #id ORDER BY order_id, return_number, line
        """)
    private static let insert = Statement(
        """
        INSERT INTO returns (order_id, number, state, method, location, requested_at, updated_at, refunded, note,
                             terms, tracking)
        VALUES (#order_id, #number, :state, :method, :location, #requested_at, #updated_at, #refunded, :note,
                :terms, :tracking)
        """)
    private static let update = Statement(
        """
        UPDATE returns SET state = :state, location = :location, updated_at = #updated_at, refunded = #refunded,
            note = :note, terms = :terms, tracking = :tracking
        WHERE order_id = #order_id AND number = #number
        """)
    private static let insertLine = Statement(
        """
        INSERT INTO return_lines (order_id, return_number, line, quantity, reason, received, restocked, refurbished,
                                  written_off, condition, missing, credited, worth, excess)
        VALUES (#order_id, #return_number, #line, #quantity, :reason, #received, #restocked, #refurbished,
                #written_off, :condition, #missing, #credited, #worth, #excess)
        """)
    private static let updateLine = Statement(
        """
        UPDATE return_lines SET quantity = #quantity, received = #received, restocked = #restocked,
            refurbished = #refurbished, written_off = #written_off, condition = :condition, missing = #missing,
            credited = #credited, worth = #worth, excess = #excess
        WHERE order_id = #order_id AND return_number = #return_number AND line = #line AND received <= #received
            AND credited <= #credited
        """)
    private static let uninspected = Statement(
        """
        SELECT o.number, r.number FROM returns AS r JOIN orders AS o ON o.id = r.order_id
        WHERE r.location = :location AND r.state = 'received' AND EXISTS (
            SELECT 1 FROM return_lines AS p JOIN order_lines AS l ON l.order_id = p.order_id AND l.number = p.line
            WHERE p.order_id = r.order_id AND p.return_number = r.number
                AND p.restocked + p.refurbished + p.written_off < p.received
                AND (l.sku = :sku OR EXISTS (
                    SELECT 1 FROM order_line_components AS c
                    WHERE c.order_id = l.order_id AND c.number = l.number AND c.sku = :sku)))
        ORDER BY r.order_id, r.number LIMIT #limit
        """)

    /// The references of the oldest returns that hold units at a place which nobody has judged.
    static func uninspected(at place: StockPlace, limit: Int, in db: any Connection) throws -> [String] {
        try db.rows(uninspected, [.text(place.location), .text(place.sku), SQLValue(limit)]) {
            "\(try $0.text(0))-R\(try $0.int(1))"
        }
    }

    static func load(_ keys: [[SQLValue]], in db: any Connection, _ visit: (OrderID, Return) -> Void) throws {
        var lines: [ReturnID: [Return.Line]] = [:]
        try db.query(linesOfOrder, keys) { row in
            lines[ReturnID(OrderID(try row.integer(0)), try row.int(1)), default: []].append(try line(row))
        }
        try db.query(ofOrder, keys) { row in
            let order = OrderID(try row.integer(0))
            var entry = try entry(row)
            entry.lines = lines[ReturnID(order, entry.number)] ?? []
            visit(order, entry)
        }
    }

    private static func entry(_ row: Row) throws -> Return {
        let state = try row.text(2)
        let method = try row.text(3)
        guard let state = Return.State(rawValue: state), let method = Return.Method(rawValue: method) else {
            throw BrokenInvariant("a return by \(method) in the state \(state)")
        }
        var entry = Return(
            stored: try row.int(1), state, method, row.optionalText(4), Timestamp(milliseconds: try row.integer(5)),
            Timestamp(milliseconds: try row.integer(6)), try row.integer(7), row.optionalText(8))
        entry.terms = try ReturnTerms(stored: row.optionalText(9))
        entry.terms.tracking = row.optionalText(10)
        return entry
    }

    private static func line(_ row: Row) throws -> Return.Line {
        let text = try row.text(4)
        guard let reason = Return.Reason(rawValue: text) else {
            throw BrokenInvariant("a return for the reason \(text)")
        }
        var line = Return.Line(line: try row.int(2), quantity: try row.integer(3), reason: reason)
        line.received = try row.integer(5)
        line.restocked = try row.integer(6)
        line.refurbished = try row.integer(7)
        line.writtenOff = try row.integer(8)
        line.condition = row.optionalText(9)
        line.missing = try row.integer(10)
        line.credited = try row.integer(11)
        line.worth = try row.integer(12)
        line.excess = try row.integer(13)
        return line
    }

    static func insert(_ returns: [(order: OrderID, part: Return)], in db: any Connection) throws {
        guard !returns.isEmpty else { return }
        try db.change(
            insert,
            returns.map { order, part in
                [
                    .integer(order.value), SQLValue(part.number), .text(part.state.rawValue),
                    .text(part.method.rawValue), SQLValue(part.location), .integer(part.requestedAt.milliseconds),
                    .integer(part.updatedAt.milliseconds), .integer(part.refunded), SQLValue(part.note),
                    .text(part.terms.text), SQLValue(part.terms.tracking),
                ]
            })
        try insertLines(returns.map { ($0, $1.number, $1.lines) }, in: db)
    }

    private static func insertLines(
        _ lines: [(order: OrderID, number: Int, lines: [Return.Line])], in db: any Connection
    ) throws {
        try db.change(
            insertLine,
            lines.flatMap { order, number, lines in
                lines.map { line in
                    [
                        .integer(order.value), SQLValue(number), SQLValue(line.line), .integer(line.quantity),
                        .text(line.reason.rawValue), .integer(line.received), .integer(line.restocked),
                        .integer(line.refurbished), .integer(line.writtenOff), SQLValue(line.condition),
                        .integer(line.missing), .integer(line.credited), .integer(line.worth),
                        .integer(line.excess),
                    ]
                }
            })
    }

    /// Writes what changed; what came beyond the announced lines are new lines of a known return.
    static func update(_ changes: [(order: OrderID, before: [Return], after: [Return])], in db: any Connection) throws {
        var known: [ReturnID: Int] = [:]
        for (order, before, _) in changes {
            for entry in before { known[ReturnID(order, entry.number)] = entry.lines.count }
        }
        let parts = PartChanges(changes)
        try db.changeGuarded(
            update,
            parts.updated.map { order, part in
                [
                    .text(part.state.rawValue), SQLValue(part.location), .integer(part.updatedAt.milliseconds),
                    .integer(part.refunded), SQLValue(part.note), .text(part.terms.text),
                    SQLValue(part.terms.tracking), .integer(order.value), SQLValue(part.number),
                ]
            })
        try db.changeGuarded(
            updateLine,
            parts.updated.flatMap { order, part in
                part.lines.prefix(known[ReturnID(order, part.number)] ?? 0).map { line in
                    [
                        .integer(line.quantity), .integer(line.received), .integer(line.restocked),
                        .integer(line.refurbished), .integer(line.writtenOff), SQLValue(line.condition),
                        .integer(line.missing), .integer(line.credited), .integer(line.worth), .integer(line.excess),
                        .integer(order.value), SQLValue(part.number), SQLValue(line.line),
                    ]
                }
            })
        try insertLines(
            parts.updated.map { order, part in
                (order, part.number, Array(part.lines.dropFirst(known[ReturnID(order, part.number)] ?? 0)))
            }, in: db)
        try insert(parts.inserted, in: db)
    }
}

/// The events, in their table.
public enum EventLog {
    private static let insert = Statement(
        """
        INSERT INTO events (position, type, order_id, sequence, at, principal, command, data)
        VALUES (#position, :type, #order_id, #sequence, #at, :principal, :command, :data)
        """)
    private static let after = Statement(
        """
        SELECT position, type, order_id, sequence, at, principal, command, data FROM events
        WHERE position > #after ORDER BY position LIMIT #limit
        """)
    private static let byOrder = Statement(
        """
        SELECT position, type, order_id, sequence, at, principal, command, data FROM events
        WHERE order_id = #order_id AND sequence > #after ORDER BY sequence LIMIT #limit
        """)
    private static let dataAt = Statement("SELECT position, data FROM events WHERE position = #position")
    private static let lastPosition = Statement("SELECT COALESCE(MAX(position), 0) FROM events")

    static func append(_ rows: [[SQLValue]], in db: any Connection) throws { try db.change(insert, rows) }

    /// The events behind a position, in order. Only those of `types`, when given: then no more than `scanMax` positions
    /// are looked at, and the last one looked at is said, so that a reader can go on from there.
    public static func page(after position: Int64, types: Set<String>, limit: Int, in db: any Connection) throws -> (
        events: [Event], lastLooked: Int64
    ) {
        let scanMax = types.isEmpty ? limit : 2_000
        var events: [Event] = []
        var lastLooked = position
        try db.query(after, [.integer(position), SQLValue(scanMax)]) { row in
            guard events.count < limit else { return }
            lastLooked = try row.integer(0)
            let type = try row.text(1)
            if types.isEmpty || types.contains(type) { events.append(try event(row)) }
        }
        return (events, lastLooked)
    }

    /// The events of one order behind a sequence number, in order.
    public static func page(of order: OrderID, after sequence: Int64, limit: Int, in db: any Connection) throws
        -> [Event]
    {
        try db.rows(byOrder, [.integer(order.value), .integer(sequence), SQLValue(limit)], event)
    }

    /// The newest position; 0 when nothing has happened yet.
    public static func lastPosition(in db: any Connection) throws -> Int64 {
        try db.first(lastPosition) { try $0.integer(0) } ?? 0
    }

    /// The data of events, by their positions. - Throws: `BrokenInvariant` if one is not there.
    static func data(at positions: [Int64], in db: any Connection) throws -> [Int64: String] {
        var found: [Int64: String] = [:]
        try db.query(dataAt, positions.map { [.integer($0)] }) { found[try $0.integer(0)] = try $0.text(1) }
        for position in positions where found[position] == nil {
            throw BrokenInvariant("a kept reply names the event \(position), which is not there")
        }
        return found
    }

    private static func event(_ row: Row) throws -> Event {
        Event(
            position: try row.integer(0), type: try row.text(1), order: row.optionalInteger(2).map { OrderID($0) },
            sequence: row.optionalInteger(3), at: Timestamp(milliseconds: try row.integer(4)),
            principal: try row.text(5), command: try row.text(6), data: try row.text(7))
    }
}

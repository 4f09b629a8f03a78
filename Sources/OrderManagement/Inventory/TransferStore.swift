/// Transfers and their lines, in their tables.
public enum TransferStore {
    private static let columns =
        "id, version, state, source, target, order_id, reference, planned_at, due, updated_at"
    private static let byID = Statement(
        """
        SELECT id, version, state, source, target, order_id, reference, planned_at, due, updated_at
        FROM transfers WHERE id = #id
        """)
    private static let after = Statement(
        """
        SELECT id, version, state, source, target, order_id, reference, planned_at, due, updated_at
        FROM transfers WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let linesOf = Statement(
        """
        SELECT transfer_id, number, sku, order_line, quantity, cancelled, bound, arrived, lost
        FROM transfer_lines WHERE transfer_id = #id ORDER BY transfer_id, number
        """)
    private static let insert = Statement(
        """
        INSERT INTO transfers (id, version, state, source, target, order_id, reference, planned_at, due, updated_at)
        VALUES (#id, #version, :state, :source, :target, #order_id, :reference, #planned_at, #due, #updated_at)
        """)
    private static let insertLine = Statement(
        """
        INSERT INTO transfer_lines (transfer_id, number, sku, order_line, quantity, cancelled, bound, arrived, lost)
        VALUES (#transfer_id, #number, :sku, #order_line, #quantity, #cancelled, #bound, #arrived, #lost)
        """)
    private static let update = Statement(
        """
        UPDATE transfers SET version = #version, state = :state, updated_at = #updated_at
        WHERE id = #id AND version = #before
        """)
    private static let updateLine = Statement(
        """
        UPDATE transfer_lines SET cancelled = #cancelled, bound = #bound, arrived = #arrived, lost = #lost
        WHERE transfer_id = #transfer_id AND number = #number
        """)

    /// One transfer, or nil.
    public static func transfer(_ id: TransferID, in db: any Connection) throws -> Transfer? {
        var found: Transfer?
        try load([id], in: db) { found = $0 }
        return found
    }

    static func load(_ ids: [TransferID], in db: any Connection, _ visit: (Transfer) -> Void) throws {
        guard !ids.isEmpty else { return }
        var found: [Transfer] = []
        try db.query(byID, ids.map { [.integer($0.value)] }) { found.append(try transfer($0)) }
        for transfer in try withLines(found, in: db) { visit(transfer) }
    }

    /// Which transfers are looked for.
    public struct Search: Sendable {
        public var state: Transfer.State?
        public var from: String?
        public var to: String?
        public var order: OrderID?
        public init(
            state: Transfer.State? = nil, from: String? = nil, to: String? = nil, order: OrderID? = nil
        ) {
            self.state = state
            self.from = from
            self.to = to
            self.order = order
        }
    }

    /// Transfers that pass a search, the oldest first, behind a cursor.
    public static func page(_ search: Search, after: TransferID, limit: Int, in db: any Connection) throws
        -> [Transfer]
    {
        var parts = ["id > #after"]
        var values: [String: SQLValue] = ["after": .integer(after.value), "limit": SQLValue(limit)]
        func add(_ part: String, _ name: String, _ value: SQLValue?) {
            guard let value else { return }
            parts.append(part)
            values[name] = value
        }
        add("state = :state", "state", search.state.map { .text($0.rawValue) })
        add("source = :source", "source", search.from.map { .text($0) })
        add("target = :target", "target", search.to.map { .text($0) })
        add("order_id = #order", "order", search.order.map { .integer($0.value) })
        let statement = Statement(
            composed: """
                SELECT \(columns) FROM transfers WHERE \(parts.joined(separator: " AND ")) ORDER BY id LIMIT #limit
                """)
        let found = try db.rows(statement, statement.parameters.map { values[$0.name] ?? .null }, transfer)
        return try withLines(found, in: db)
    }

    /// All transfers in the order of their ids, for those who walk them.
    static func page(after id: TransferID, limit: Int, in db: any Connection) throws -> [Transfer] {
        try withLines(try db.rows(after, [.integer(id.value), SQLValue(limit)], transfer), in: db)
    }

    static func save(_ changes: [(before: Transfer?, now: Transfer)], in db: any Connection) throws {
        let new = changes.filter { $0.before == nil }.map(\.now)
        try db.change(
            insert,
            new.map { new in
                [
                    .integer(new.id.value), .integer(new.version), .text(new.state.rawValue), .text(new.from),
                    .text(new.to), SQLValue(new.order?.value), SQLValue(new.reference),
                    .integer(new.plannedAt.milliseconds), .integer(new.due.milliseconds),
                    .integer(new.updatedAt.milliseconds),
                ]
            })
        try db.change(
            insertLine,
            new.flatMap { transfer in
                transfer.lines.map { line in
                    [
                        .integer(transfer.id.value), SQLValue(line.number), .text(line.sku),
                        SQLValue(line.orderLine.map(Int64.init)), .integer(line.quantity), .integer(line.cancelled),
                        .integer(line.bound), .integer(line.arrived), .integer(line.lost),
                    ]
                }
            })
        let old = changes.compactMap { change in change.before.map { (before: $0, now: change.now) } }
        try db.changeGuarded(
            update,
            old.map { before, now in
                [
                    .integer(now.version), .text(now.state.rawValue), .integer(now.updatedAt.milliseconds),
                    .integer(now.id.value), .integer(before.version),
                ]
            })
        try db.changeGuarded(
            updateLine,
            old.flatMap { before, now in
                zip(now.lines, before.lines).filter { $0 != $1 }.map { line, _ in
                    [
                        .integer(line.cancelled), .integer(line.bound), .integer(line.arrived), .integer(line.lost),
                        .integer(now.id.value), SQLValue(line.number),
                    ]
                }
            })
    }

    private static func withLines(_ transfers: [Transfer], in db: any Connection) throws -> [Transfer] {
        guard !transfers.isEmpty else { return [] }
        var lines: [TransferID: [Transfer.Line]] = [:]
        try db.query(linesOf, transfers.map { [.integer($0.id.value)] }) { row in
            var line = Transfer.Line(
                number: try row.int(1), sku: try row.text(2), orderLine: row.optionalInteger(3).map { Int($0) },
                quantity: try row.integer(4))
            line.cancelled = try row.integer(5)
            line.bound = try row.integer(6)
            line.arrived = try row.integer(7)
            line.lost = try row.integer(8)
            lines[TransferID(try row.integer(0)), default: []].append(line)
        }
        return transfers.map { transfer in
            var transfer = transfer
            transfer.lines = lines[transfer.id] ?? []
            return transfer
        }
    }

    private static func transfer(_ row: Row) throws -> Transfer {
        let text = try row.text(2)
        guard let state = Transfer.State(rawValue: text) else {
            throw BrokenInvariant("a transfer in the state \(text)")
        }
        return Transfer(
            stored: TransferID(try row.integer(0)), try row.integer(1), state, from: try row.text(3),
            to: try row.text(4), order: row.optionalInteger(5).map { OrderID($0) }, reference: row.optionalText(6),
            plannedAt: Timestamp(milliseconds: try row.integer(7)), due: Timestamp(milliseconds: try row.integer(8)),
            updatedAt: Timestamp(milliseconds: try row.integer(9)))
    }
}

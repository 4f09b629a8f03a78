/// Amendments and revisions as people read them; nobody decides on these rows.
public enum AmendmentStore {
    private static let insert = Statement(
        """
        INSERT INTO amendments (order_id, number, state, staged_at, staged_by, expires_at, preview)
        VALUES (#order_id, #number, :state, #staged_at, :staged_by, #expires_at, :preview)
        """)
    private static let close = Statement(
        """
        UPDATE amendments SET state = :state, closed_at = #closed_at, closed_by = :closed_by
        WHERE order_id = #order_id AND number = #number AND state = 'open'
        """)
    private static let commit = Statement(
        """
        UPDATE amendments SET state = 'committed', closed_at = #closed_at, closed_by = :closed_by,
            revision = #revision, changes = :changes
        WHERE order_id = #order_id AND number = #number AND state = 'open'
        """)
    private static let page = Statement(
        """
        SELECT number, state, staged_at, staged_by, expires_at, closed_at, closed_by, revision, preview
        FROM amendments WHERE order_id = #order_id AND number > #after ORDER BY number LIMIT #limit
        """)
    private static let revisions = Statement(
        """
        SELECT revision, number, closed_at, closed_by, changes FROM amendments
        WHERE order_id = #order_id AND revision IS NOT NULL AND revision <= #last ORDER BY revision
        """)
    private static let told = Statement(
        """
        SELECT type, data FROM events
        WHERE order_id = #order_id AND type IN ('order.amended', 'order.cancelled') ORDER BY sequence
        """)

    static func insert(
        _ id: AmendmentID, _ staged: Amendment.Staged, preview: String, in db: any Connection
    ) throws {
        try db.change(
            insert,
            [
                [
                    .integer(id.order.value), SQLValue(id.number), .text(Amendment.State.open.rawValue),
                    .integer(staged.at.milliseconds), .text(staged.by), .integer(staged.expiresAt.milliseconds),
                    .text(preview),
                ]
            ])
    }

    static func close(
        _ id: AmendmentID, as state: Amendment.State, at now: Timestamp, by principal: String, in db: any Connection
    ) throws {
        try db.changeGuarded(
            close,
            [
                [
                    .text(state.rawValue), .integer(now.milliseconds), .text(principal), .integer(id.order.value),
                    SQLValue(id.number),
                ]
            ])
    }

    static func commit(
        _ id: AmendmentID, _ revision: Int, changes: String, at now: Timestamp, by principal: String,
        in db: any Connection
    ) throws {
        try db.changeGuarded(
            commit,
            [
                [
                    .integer(now.milliseconds), .text(principal), SQLValue(revision), .text(changes),
                    .integer(id.order.value), SQLValue(id.number),
                ]
            ])
    }

    /// Amendments of an order behind a number, in the order of their staging.
    public static func page(
        of order: OrderID, after number: Int, limit: Int, in db: any Connection
    ) throws -> [StoredAmendment] {
        try db.rows(page, [.integer(order.value), SQLValue(number), SQLValue(limit)]) {
            try StoredAmendment(row: $0, of: order)
        }
    }

    /// One amendment, or nil.
    public static func amendment(_ id: AmendmentID, in db: any Connection) throws -> StoredAmendment? {
        try page(of: id.order, after: id.number - 1, limit: 1, in: db).first { $0.id == id }
    }

    /// All revisions of an order, as far as it knows of them itself.
    public static func history(of order: Order, in db: any Connection) throws -> OrderHistory {
        guard order.revision > 1 else { return try OrderHistory(order, [], cancelled: [:]) }
        let kept = try db.rows(revisions, [.integer(order.id.value), SQLValue(order.revision)]) { row in
            OrderHistory.Kept(
                number: try row.int(0), amendment: AmendmentID(order.id, try row.int(1)),
                at: Timestamp(milliseconds: try row.integer(2)), by: row.optionalText(3),
                changes: try OrderDifference(
                    stored: try JSON.stored(try row.text(4)), of: order.id, in: order.currency))
        }
        return try OrderHistory(order, kept, cancelled: try cancelled(of: order.id, in: db))
    }

    /// What was told of cancelled units: by the revision that came next, and by line number.
    private static func cancelled(of order: OrderID, in db: any Connection) throws -> [Int: [Int: Int64]] {
        var (next, units) = (2, [Int: [Int: Int64]]())
        try db.query(told, [.integer(order.value)]) { row in
            guard try row.text(0) == EventType.orderCancelled.rawValue else { return next += 1 }
            for entry in try JSON.stored(try row.text(1))["lines"]?.array ?? [] {
                guard let line = OrderLineID(try entry.text("line")) else {
                    throw BrokenInvariant("a cancellation of \(order) names no line")
                }
                units[next, default: [:]][line.number, default: 0] += try entry.integer("quantity")
            }
        }
        return units
    }
}

/// An amendment as it is shown.
public struct StoredAmendment: Sendable {
    public let id: AmendmentID
    let state: String
    let stagedAt: Timestamp
    public let stagedBy: String
    public let expiresAt: Timestamp
    let closedAt: Timestamp?
    let closedBy: String?
    let revision: Int?
    /// What staging answered: `changes`, `money`, `promises`, `put_backs`.
    public let preview: JSON

    init(row: Row, of order: OrderID) throws {
        id = AmendmentID(order, try row.int(0))
        state = try row.text(1)
        stagedAt = Timestamp(milliseconds: try row.integer(2))
        stagedBy = try row.text(3)
        expiresAt = Timestamp(milliseconds: try row.integer(4))
        closedAt = row.optionalInteger(5).map { Timestamp(milliseconds: $0) }
        closedBy = row.optionalText(6)
        revision = row.optionalInteger(7).map { Int($0) }
        preview = try JSON.stored(try row.text(8))
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("status", state)
            $0.member("staged_at", stagedAt)
            $0.member("staged_by", stagedBy)
            $0.member("expires_at", expiresAt)
            $0.member("closed_at", closedAt)
            $0.member("closed_by", closedBy)
            $0.member("revision", revision)
            for member in preview.members ?? [] { $0.member(member.name, member.value) }
        }
    }
}

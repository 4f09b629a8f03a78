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
        WHERE order_id = #order_id AND revision IS NOT NULL AND revision > #after ORDER BY revision LIMIT #limit
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

    /// Revisions of an order behind a number; the first one, its placing, is told by the order itself.
    public static func revisions(
        of order: Order, after number: Int, limit: Int, in db: any Connection
    ) throws -> [Revision] {
        let first = number < 1 ? [Revision(placing: order)] : []
        let rest = try db.rows(revisions, [.integer(order.id.value), SQLValue(number), SQLValue(limit)]) {
            try Revision(row: $0, of: order)
        }
        return Array((first + rest).prefix(limit))
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

/// An order as it was placed, or after one of its amendments: what that changed, by whom and when.
public struct Revision: Sendable {
    public let number: Int
    /// nil for the placing.
    let amendment: AmendmentID?
    public let at: Timestamp
    /// nil for the placing: the event of it says who.
    public let by: String?
    public let changes: OrderDifference

    init(placing order: Order) {
        number = 1
        amendment = nil
        at = order.placedAt
        by = nil
        changes = OrderDifference(from: order, to: order)
    }

    init(row: Row, of order: Order) throws {
        number = try row.int(0)
        amendment = AmendmentID(order.id, try row.int(1))
        at = Timestamp(milliseconds: try row.integer(2))
        by = row.optionalText(3)
        changes = try OrderDifference(
            stored: try JSON.stored(try row.text(4)), of: order.id, in: order.currency)
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("revision", number)
            $0.member("amendment", amendment?.description)
            $0.member("at", at)
            $0.member("by", by)
            $0.name("changes")
            changes.write(to: &$0)
        }
    }
}

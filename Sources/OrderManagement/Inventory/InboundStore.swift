/// Inbound supplies and their lines, in their tables.
public enum InboundStore {
    private static let columns = "id, version, state, location, reference, due, expected_at, updated_at, exception_id"
    private static let byID = Statement(
        """
        SELECT id, version, state, location, reference, due, expected_at, updated_at, exception_id
        FROM inbound WHERE id = #id
        """)
    private static let linesOf = Statement(
        """
        SELECT inbound_id, number, sku, quantity, received, missing, excess FROM inbound_lines
        WHERE inbound_id = #id ORDER BY inbound_id, number
        """)
    private static let insert = Statement(
        """
        INSERT INTO inbound (id, version, state, location, reference, due, expected_at, updated_at, exception_id)
        VALUES (#id, #version, :state, :location, :reference, #due, #expected_at, #updated_at, #exception_id)
        """)
    private static let insertLine = Statement(
        """
        INSERT INTO inbound_lines (inbound_id, number, sku, quantity, received, missing, to_come, excess)
        VALUES (#inbound_id, #number, :sku, #quantity, #received, #missing, #to_come, #excess)
        """)
    private static let update = Statement(
        """
        UPDATE inbound SET version = #version, state = :state, due = #due, updated_at = #updated_at,
            exception_id = #exception_id
        WHERE id = #id AND version = #before
        """)
    private static let updateLine = Statement(
        """
        UPDATE inbound_lines SET received = #received, missing = #missing, to_come = #to_come,
            excess = #excess
        WHERE inbound_id = #inbound_id AND number = #number
        """)
    private static let toCome = Statement(
        """
        SELECT l.sku, i.location, i.due, l.to_come FROM inbound_lines AS l JOIN inbound AS i ON i.id = l.inbound_id
        WHERE l.sku = :sku AND l.to_come > 0 ORDER BY l.sku, i.due, i.id LIMIT 1000
        """)

    private static let byReference = Statement(
        """
        SELECT location, reference, id FROM inbound
        WHERE location = :location AND reference = :reference AND state <> 'cancelled' ORDER BY id DESC LIMIT 1
        """)

    /// The supplies that bear a location's own names, other than cancelled ones.
    static func ids(
        named names: [InboundName], in db: any Connection, _ visit: (InboundName, InboundID) -> Void
    ) throws {
        try db.query(byReference, names.map { [.text($0.location), .text($0.reference)] }) { row in
            visit(
                InboundName(location: try row.text(0), reference: try row.text(1)), InboundID(try row.integer(2)))
        }
    }

    /// One inbound supply, or nil.
    public static func supply(_ id: InboundID, in db: any Connection) throws -> InboundSupply? {
        var found: InboundSupply?
        try load([id], in: db) { found = $0 }
        return found
    }

    static func load(_ ids: [InboundID], in db: any Connection, _ visit: (InboundSupply) -> Void) throws {
        guard !ids.isEmpty else { return }
        var found: [InboundSupply] = []
        try db.query(byID, ids.map { [.integer($0.value)] }) { found.append(try supply($0)) }
        for supply in try withLines(found, in: db) { visit(supply) }
    }

    /// Inbound supplies in a state or of a location, the oldest first, behind a cursor.
    public static func page(
        state: InboundSupply.State? = nil, location: String? = nil, after: InboundID, limit: Int,
        in db: any Connection
    ) throws -> [InboundSupply] {
        var parts = ["id > #after"]
        var values: [String: SQLValue] = ["after": .integer(after.value), "limit": SQLValue(limit)]
        if let state {
            parts.append("state = :state")
            values["state"] = .text(state.rawValue)
        }
        if let location {
            parts.append("location = :location")
            values["location"] = .text(location)
        }
        let statement = Statement(
            composed: """
                SELECT \(columns) FROM inbound WHERE \(parts.joined(separator: " AND ")) ORDER BY id LIMIT #limit
                """)
        let found = try db.rows(statement, statement.parameters.map { values[$0.name] ?? .null }, supply)
        return try withLines(found, in: db)
    }

    /// Units that are still to come and can be promised, by SKU the soonest first. Supply that is late is left out:
    /// when it comes is known again once it has a new date.
    ///
    /// - Parameter now: nil for late supply too.
    static func toCome(
        _ skus: some Sequence<String>, at now: Timestamp?, in db: any Connection
    ) throws -> [String: [SupplyToCome]] {
        var found: [String: [SupplyToCome]] = [:]
        try db.query(toCome, skus.map { [.text($0)] }) { row in
            let due = Timestamp(milliseconds: try row.integer(2))
            if let now, InboundSupply.lateFrom(due) <= now { return }
            found[try row.text(0), default: []].append(
                SupplyToCome(location: try row.text(1), due: due, units: try row.integer(3)))
        }
        return found
    }

    static func save(_ changes: [(before: InboundSupply?, now: InboundSupply)], in db: any Connection) throws {
        let new = changes.filter { $0.before == nil }.map(\.now)
        try db.change(
            insert,
            new.map { new in
                [
                    .integer(new.id.value), .integer(new.version), .text(new.state.rawValue), .text(new.location),
                    .text(new.reference), .integer(new.due.milliseconds), .integer(new.expectedAt.milliseconds),
                    .integer(new.updatedAt.milliseconds), SQLValue(new.exception?.value),
                ]
            })
        try db.change(
            insertLine,
            new.flatMap { supply in
                supply.lines.map { line in
                    [
                        .integer(supply.id.value), SQLValue(line.number), .text(line.sku), .integer(line.quantity),
                        .integer(line.received), .integer(line.missing), .integer(line.toCome),
                        .integer(line.excess),
                    ]
                }
            })
        let old = changes.compactMap { change in change.before.map { (before: $0, now: change.now) } }
        try db.changeGuarded(
            update,
            old.map { before, now in
                [
                    .integer(now.version), .text(now.state.rawValue), .integer(now.due.milliseconds),
                    .integer(now.updatedAt.milliseconds), SQLValue(now.exception?.value), .integer(now.id.value),
                    .integer(before.version),
                ]
            })
        try db.changeGuarded(
            updateLine,
            old.flatMap { before, now in
                zip(now.lines, before.lines).filter { $0 != $1 }.map { line, _ in
                    [
                        .integer(line.received), .integer(line.missing), .integer(line.toCome),
                        .integer(line.excess), .integer(now.id.value), SQLValue(line.number),
                    ]
                }
            })
    }

    private static func withLines(_ supplies: [InboundSupply], in db: any Connection) throws -> [InboundSupply] {
        guard !supplies.isEmpty else { return [] }
        var lines: [InboundID: [InboundSupply.Line]] = [:]
        try db.query(linesOf, supplies.map { [.integer($0.id.value)] }) { row in
            var line = InboundSupply.Line(
                number: try row.int(1), sku: try row.text(2), quantity: try row.integer(3))
            line.received = try row.integer(4)
            line.missing = try row.integer(5)
            line.excess = try row.integer(6)
            lines[InboundID(try row.integer(0)), default: []].append(line)
        }
        return supplies.map { supply in
            var supply = supply
            supply.lines = lines[supply.id] ?? []
            return supply
        }
    }

    private static func supply(_ row: Row) throws -> InboundSupply {
        let text = try row.text(2)
        guard let state = InboundSupply.State(rawValue: text) else {
            throw BrokenInvariant("an inbound supply in the state \(text)")
        }
        return InboundSupply(
            stored: InboundID(try row.integer(0)), try row.integer(1), state, location: try row.text(3),
            reference: try row.text(4), due: Timestamp(milliseconds: try row.integer(5)),
            expectedAt: Timestamp(milliseconds: try row.integer(6)),
            updatedAt: Timestamp(milliseconds: try row.integer(7)),
            exception: row.optionalInteger(8).map { ExceptionID($0) })
    }
}

/// What a location calls something that it expects: a purchase order.
struct InboundName: Hashable, Sendable {
    let location: String
    let reference: String
}

/// Units of a SKU that are still to come to a location.
struct SupplyToCome: Hashable, Sendable {
    let location: String
    let due: Timestamp
    var units: Int64
}

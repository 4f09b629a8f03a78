/// Levels and their ledger, in their tables.
enum StockLedger {
    private static let bySKU = Statement(
        """
        SELECT sku, location, available, reserved, allocated, quarantined, inbound, in_transit, shortage, safety,
               last_movement, uninspected
        FROM stock_levels WHERE sku = :sku ORDER BY location
        """)
    private static let insertLevel = Statement(
        """
        INSERT INTO stock_levels (sku, location, available, reserved, allocated, quarantined, inbound, in_transit,
                                  shortage, safety, last_movement, uninspected)
        VALUES (:sku, :location, #available, #reserved, #allocated, #quarantined, #inbound, #in_transit,
                #shortage, #safety, #last_movement, #uninspected)
        """)
    private static let insertMovement = Statement(
        """
        INSERT INTO stock_movements (id, sku, location, reason, source, target, quantity, order_id, reference, previous,
                                     at, principal)
        VALUES (#id, :sku, :location, :reason, :source, :target, #quantity, #order_id, :reference, #previous,
                #at, :principal)
        """)
    /// Guarded: nothing was moved since it was read, no bucket falls below what it holds, and what leaves quarantine
    /// leaves there what nobody has judged.
    private static let updateLevel = Statement(
        """
        UPDATE stock_levels SET available = available + #available, reserved = reserved + #reserved,
            allocated = allocated + #allocated, quarantined = quarantined + #quarantined,
            inbound = inbound + #inbound, in_transit = in_transit + #in_transit,
            shortage = shortage + #shortage, safety = safety + #safety, last_movement = #last_movement,
            uninspected = uninspected + #uninspected
        WHERE sku = :sku AND location = :location AND last_movement = #previous
            AND available + shortage + #available + #shortage >= 0 AND allocated + #allocated >= 0
            AND uninspected + #uninspected BETWEEN 0 AND quarantined + #quarantined
        """)

    /// Every level of the SKUs, each SKU's together and in the order of locations.
    static func load(_ skus: some Sequence<String>, in db: any Connection, _ visit: (StockLevel) -> Void) throws {
        try db.query(bySKU, skus.map { [.text($0)] }) { visit(try level($0)) }
    }

    static func level(_ row: Row) throws -> StockLevel {
        var level = StockLevel(sku: try row.text(0), location: try row.text(1))
        level.available = try row.integer(2)
        level.reserved = try row.integer(3)
        level.allocated = try row.integer(4)
        level.quarantined = try row.integer(5)
        level.inbound = try row.integer(6)
        level.inTransit = try row.integer(7)
        level.shortage = try row.integer(8)
        level.safety = try row.integer(9)
        level.lastMovement = try row.integer(10)
        level.uninspected = try row.integer(11)
        return level
    }

    static func insert(_ levels: [StockLevel], in db: any Connection) throws {
        try db.change(
            insertLevel,
            levels.map { level in
                [
                    .text(level.sku), .text(level.location), .integer(level.available), .integer(level.reserved),
                    .integer(level.allocated), .integer(level.quarantined), .integer(level.inbound),
                    .integer(level.inTransit), .integer(level.shortage), .integer(level.safety),
                    .integer(level.lastMovement), .integer(level.uninspected),
                ]
            })
    }

    static func update(_ changes: [(before: StockLevel, after: StockLevel)], in db: any Connection) throws {
        try db.changeGuarded(
            updateLevel,
            changes.map { before, after in
                [
                    .integer(after.available - before.available), .integer(after.reserved - before.reserved),
                    .integer(after.allocated - before.allocated), .integer(after.quarantined - before.quarantined),
                    .integer(after.inbound - before.inbound), .integer(after.inTransit - before.inTransit),
                    .integer(after.shortage - before.shortage), .integer(after.safety - before.safety),
                    .integer(after.lastMovement), .integer(after.uninspected - before.uninspected),
                    .text(after.sku), .text(after.location), .integer(before.lastMovement),
                ]
            })
    }

    /// A movement with its place in the ledger.
    struct Entry {
        let id: Int64
        let movement: StockMovement
        let previous: Int64
        let at: Timestamp
        let principal: String
    }

    static func append(_ entries: [Entry], in db: any Connection) throws {
        try db.change(
            insertMovement,
            entries.map { entry in
                let path = entry.movement.reason.path
                return [
                    .integer(entry.id), .text(entry.movement.sku), .text(entry.movement.location),
                    .text(entry.movement.reason.name), .text(path.source.rawValue), .text(path.target.rawValue),
                    .integer(entry.movement.quantity), SQLValue(entry.movement.order?.value),
                    SQLValue(entry.movement.reference), .integer(entry.previous),
                    .integer(entry.at.milliseconds), .text(entry.principal),
                ]
            })
    }
}

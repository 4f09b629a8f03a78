/// The last stock feed that a location gave: an older one is refused.
struct StockSnapshot: Hashable {
    let location: String
    let takenAt: Timestamp
    let reference: String
}

/// Stock feeds, in their table.
enum StockSnapshotStore {
    private static let byLocation = Statement(
        "SELECT location, taken_at, reference FROM stock_snapshots WHERE location = :location")
    private static let upsert = Statement(
        """
        INSERT INTO stock_snapshots (location, taken_at, reference) VALUES (:location, #taken_at, :reference)
        ON CONFLICT (location) DO UPDATE SET taken_at = excluded.taken_at, reference = excluded.reference
        """)

    static func load(_ locations: some Sequence<String>, in db: any Connection, _ visit: (StockSnapshot) -> Void)
        throws
    {
        try db.query(byLocation, locations.map { [.text($0)] }) { row in
            visit(
                StockSnapshot(
                    location: try row.text(0), takenAt: Timestamp(milliseconds: try row.integer(1)),
                    reference: try row.text(2)))
        }
    }

    static func save(_ snapshots: [StockSnapshot], in db: any Connection) throws {
        try db.change(
            upsert, snapshots.map { [.text($0.location), .integer($0.takenAt.milliseconds), .text($0.reference)] })
    }
}

/// Levels and the ledger, to be looked at.
public enum StockReading {
    private static let levelsOfSKU = Statement(
        """
        SELECT sku, location, available, reserved, allocated, quarantined, inbound, in_transit, shortage, safety,
               last_movement, uninspected
        FROM stock_levels WHERE sku = :sku AND location > :after ORDER BY location LIMIT #limit
        """)
    private static let levels = Statement(
        """
        SELECT sku, location, available, reserved, allocated, quarantined, inbound, in_transit, shortage, safety,
               last_movement, uninspected
        FROM stock_levels WHERE (sku, location) > (:sku, :after) ORDER BY sku, location LIMIT #limit
        """)
    private static let levelsAt = Statement(
        """
        SELECT sku, location, available, reserved, allocated, quarantined, inbound, in_transit, shortage, safety,
               last_movement, uninspected
        FROM stock_levels WHERE location = :location AND sku > :after ORDER BY sku LIMIT #limit
        """)
    private static let levelAt = Statement(
        """
        SELECT sku, location, available, reserved, allocated, quarantined, inbound, in_transit, shortage, safety,
               last_movement, uninspected
        FROM stock_levels WHERE sku = :sku AND location = :location
        """)
    private static let short = Statement(
        """
        SELECT sku, location, available, reserved, allocated, quarantined, inbound, in_transit, shortage, safety,
               last_movement, uninspected
        FROM stock_levels WHERE shortage > 0 ORDER BY location, sku LIMIT #limit
        """)
    private static let movement = Statement(
        """
        SELECT id, sku, location, reason, source, target, quantity, order_id, reference, previous, at, principal
        FROM stock_movements WHERE id = #id
        """)
    private static let lastMovement = Statement(
        "SELECT last_movement FROM stock_levels WHERE sku = :sku AND location = :location")
    private static let newest = Statement(
        """
        SELECT id, sku, location, reason, source, target, quantity, order_id, reference, previous, at, principal
        FROM stock_movements WHERE id < #before ORDER BY id DESC LIMIT #limit
        """)

    /// Levels of one SKU, by location.
    public static func levels(of sku: String, after location: String, limit: Int, in db: any Connection) throws
        -> [StockLevel]
    {
        try db.rows(levelsOfSKU, [.text(sku), .text(location), SQLValue(limit)], StockLedger.level)
    }

    /// Levels by SKU and location, behind a place; only those of `location`, when given.
    public static func levels(
        after place: (sku: String, location: String), at location: String?, limit: Int, in db: any Connection
    ) throws -> (levels: [StockLevel], next: (sku: String, location: String)?) {
        let found = try location.map {
            try db.rows(levelsAt, [.text($0), .text(place.sku), SQLValue(limit)], StockLedger.level)
        } ?? db.rows(levels, [.text(place.sku), .text(place.location), SQLValue(limit)], StockLedger.level)
        return (found, found.count == limit ? found.last.map { ($0.sku, $0.location) } : nil)
    }

    /// The levels of some places; those where nothing ever lay have none.
    static func levels(at places: Set<StockPlace>, in db: any Connection) throws -> [StockLevel] {
        var found: [StockLevel] = []
        try db.query(levelAt, places.sorted().map { [.text($0.sku), .text($0.location)] }) {
            found.append(try StockLedger.level($0))
        }
        return found
    }

    /// Levels that hold less than was promised.
    public static func short(limit: Int, in db: any Connection) throws -> [StockLevel] {
        try db.rows(short, [SQLValue(limit)], StockLedger.level)
    }

    /// One entry of the ledger.
    public struct Entry: Sendable {
        public let id: Int64
        public let sku: String
        public let location: String
        public let reason: String
        public let source: String
        public let target: String
        public let quantity: Int64
        public let order: OrderID?
        public let reference: String?
        public let previous: Int64
        public let at: Timestamp
        public let principal: String

        public func write(to json: inout JSONWriter) {
            json.object {
                $0.member("id", id)
                $0.member("sku", sku)
                $0.member("location", location)
                $0.member("reason", reason)
                $0.member("from", source)
                $0.member("to", target)
                $0.member("quantity", quantity)
                $0.member("order", order?.description)
                $0.member("reference", reference)
                $0.member("at", at)
                $0.member("principal", principal)
            }
        }
    }

    /// The ledger of one SKU at one location, newest first: each entry names the one before it.
    public static func ledger(
        of sku: String, at location: String, before id: Int64?, limit: Int, in db: any Connection
    ) throws -> [Entry] {
        var next: Int64
        if let id {
            guard let entry = try db.first(movement, [.integer(id)], entry), entry.sku == sku,
                entry.location == location
            else { return [] }
            next = entry.previous
        } else {
            next = try db.first(lastMovement, [.text(sku), .text(location)]) { try $0.integer(0) } ?? 0
        }
        var entries: [Entry] = []
        while next > 0, entries.count < limit, let entry = try db.first(movement, [.integer(next)], entry) {
            entries.append(entry)
            next = entry.previous
        }
        return entries
    }

    /// The whole ledger, newest first.
    public static func ledger(before id: Int64, limit: Int, in db: any Connection) throws -> [Entry] {
        try db.rows(newest, [.integer(id), SQLValue(limit)], entry)
    }

    /// What a feed of a location must know: the SKUs here, and per SKU what was counted or sent on since a moment.
    static func known(at location: String, since moment: Timestamp, in db: any Connection) throws
        -> TakeSnapshot.Known
    {
        var skus: [String] = []
        var moved: [String: Int64] = [:]
        let pageMax = 2_000
        var place: (sku: String, location: String)? = ("", "")
        while let after = place {
            let page = try levels(after: after, at: location, limit: pageMax, in: db)
            for level in page.levels where level.onHand > 0 { skus.append(level.sku) }
            place = page.next
        }
        var before = Int64.max
        scan: while true {
            let entries = try ledger(before: before, limit: 1_000, in: db)
            for entry in entries {
                if entry.at <= moment { break scan }
                if entry.location == location { moved[entry.sku, default: 0] += onHandChange(of: entry) }
            }
            guard let last = entries.last, entries.count == 1_000 else { break }
            before = last.id
        }
        return TakeSnapshot.Known(skus: skus, movedSince: moved)
    }

    /// What a movement changed of the units on hand without those in quarantine.
    private static func onHandChange(of entry: Entry) -> Int64 {
        let shelf: Set<String> = [
            Bucket.available.rawValue, Bucket.reserved.rawValue, Bucket.allocated.rawValue,
        ]
        switch (shelf.contains(entry.source), shelf.contains(entry.target)) {
        case (false, true): return entry.quantity
        case (true, false): return -entry.quantity
        case (true, true), (false, false): return 0
        }
    }

    private static func entry(_ row: Row) throws -> Entry {
        Entry(
            id: try row.integer(0), sku: try row.text(1), location: try row.text(2), reason: try row.text(3),
            source: try row.text(4), target: try row.text(5), quantity: try row.integer(6),
            order: row.optionalInteger(7).map { OrderID($0) }, reference: row.optionalText(8),
            previous: try row.integer(9), at: Timestamp(milliseconds: try row.integer(10)),
            principal: try row.text(11))
    }
}

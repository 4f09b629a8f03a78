/// The stock: the ledger is walked from its first movement to its last, and the levels are held against its sums.
///
/// A movement takes from one bucket what it gives to another, so the sum over all buckets, `outside` included, is
/// nothing for each SKU as soon as every level equals its sums.
enum StockBook {
    private static let movements = Statement(
        """
        SELECT id, sku, location, reason, source, target, quantity, previous FROM stock_movements
        WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let newest = Statement("SELECT COALESCE(MAX(id), 0) FROM stock_movements")
    private static let levels = Statement(
        """
        SELECT sku, location, available, reserved, allocated, quarantined, inbound, in_transit, shortage, safety,
               last_movement, uninspected
        FROM stock_levels WHERE sku >= :sku AND (sku > :sku OR location > :location)
        ORDER BY sku, location LIMIT #limit
        """)
    private static let openShortage = Statement(
        """
        SELECT id FROM exceptions
        WHERE sku = :sku AND location = :location AND state = 'open' AND kind = 'short' LIMIT 1
        """)

    /// `receive outside available`: every path that a reason fixes.
    private static let paths = Set(
        MovementReason.allCases.map { "\($0.name) \($0.path.source.rawValue) \($0.path.target.rawValue)" })

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let newest = try examination.db.first(newest) { try $0.integer(0) } ?? 0
        if newest > examination.counters[Counters.movement] ?? 0 {
            examination.compare(
                .stock, "counter movement", "at least", expected: newest,
                found: examination.counters[Counters.movement] ?? 0,
                "The next movement would take a number that is taken.")
        }
        var after = Int64.min
        while true {
            var looked = 0
            var findings: [(id: Int64, expected: String, found: String, explanation: String)] = []
            var ledger: [StockPlace: LedgerSum] = [:]
            swap(&ledger, &examination.ledger)
            try examination.db.query(movements, [.integer(after), SQLValue(Doctor.rowsMax)]) { row in
                looked += 1
                after = try row.integer(0)
                let place = StockPlace(sku: try row.text(1), location: try row.text(2))
                let path = "\(try row.text(3)) \(try row.text(4)) \(try row.text(5))"
                let last = ledger[place]?.last ?? 0
                let previous = try row.integer(7)
                if !paths.contains(path) {
                    findings.append(
                        (after, "a path that its reason fixes", path, "A movement went where no rule lets it go."))
                }
                if previous != last {
                    findings.append(
                        (
                            after, "previous \(last)", "previous \(previous)",
                            "The chain of movements of \(place) is broken."
                        ))
                }
                try add(row, path, to: &ledger[place, default: LedgerSum()], id: after)
            }
            swap(&ledger, &examination.ledger)
            for found in findings {
                examination.finding(.stock, "movement \(found.id)", found.expected, found.found, found.explanation)
            }
            examination.count(.stock, looked)
            progress(newest > 0 ? Double(after) / Double(newest) : 1)
            if looked < Doctor.rowsMax { break }
        }
    }

    private static func add(_ row: Row, _ path: String, to sum: inout LedgerSum, id: Int64) throws {
        let quantity = try row.integer(6)
        if let source = Bucket(rawValue: try row.text(4)) { sum.units[source, default: 0] &-= quantity }
        if let target = Bucket(rawValue: try row.text(5)) { sum.units[target, default: 0] &+= quantity }
        switch try row.text(3) {
        case MovementReason.ship.name: sum.shipped &+= quantity
        case MovementReason.returned.name: sum.returned &+= quantity
        case MovementReason.send.name where try row.text(5) == Bucket.outside.rawValue: sum.sent &+= quantity
        default: break
        }
        sum.last = id
    }

    static func examineLevels(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let placesMax = Double(max(1, examination.ledger.count))
        var after = StockPlace(sku: "", location: "")
        while true {
            let page = try examination.db.rows(
                levels, [.text(after.sku), .text(after.location), SQLValue(Doctor.rowsMax)], StockLedger.level)
            for level in page { try examine(level, in: &examination) }
            examination.count(.stock, page.count)
            examination.count(.allocations, page.count)
            progress(1 - Double(examination.ledger.count) / placesMax)
            guard let last = page.last, page.count == Doctor.rowsMax else { break }
            after = StockPlace(sku: last.sku, location: last.location)
        }
        for place in examination.ledger.keys.sorted() {
            let sum = examination.ledger[place] ?? LedgerSum()
            examination.finding(
                .stock, place.description, "a level with last_movement \(sum.last)", "no level",
                "The ledger has movements of a level that is not there.")
            AllocationBook.examine(place, sum, in: &examination)
        }
        for place in examination.holdings.keys.sorted() {
            AllocationBook.examine(place, LedgerSum(), in: &examination)
        }
    }

    private static func examine(_ level: StockLevel, in examination: inout Examination) throws {
        let place = StockPlace(sku: level.sku, location: level.location)
        let sum = examination.ledger.removeValue(forKey: place) ?? LedgerSum()
        for bucket in Bucket.allCases where bucket != .outside {
            examination.compare(
                .stock, place.description, bucket.rawValue, expected: sum[bucket], found: level[bucket],
                "A level is the sum of its movements.")
        }
        examination.compare(
            .stock, place.description, "shortage", expected: max(0, 0 &- sum[.available]), found: level.shortage,
            "The shortage is what was promised and is not there.")
        examination.compare(
            .stock, place.description, "last_movement", expected: sum.last, found: level.lastMovement,
            "A level names its newest movement.")
        examination.compare(
            .allocations, place.description, "uninspected",
            expected: examination.holdings[place]?.uninspected ?? 0, found: level.uninspected,
            "Units held in quarantine are those of returns that nobody has judged.")
        AllocationBook.examine(place, sum, in: &examination)
        guard level.shortage > 0 else { return }
        let parameters: [SQLValue] = [.text(level.sku), .text(level.location)]
        guard try examination.db.first(openShortage, parameters, { try $0.integer(0) }) == nil else { return }
        examination.finding(
            .jobs, place.description, "an open exception `short`", "none",
            "A shortage is shown to a person until it is gone.")
    }
}

/// Derives every book of the domain again from its rows and names each contradiction.
///
/// No stored sum is believed: levels are summed from the ledger, lines from fulfillments and returns, money from its
/// effects, statuses from quantities, and the states that events tell are walked through the lifecycle tables.
public struct Doctor {
    /// The orders that are looked at together; what they hold is all that is kept of orders at any time.
    static let ordersMax = 100
    /// The rows of other tables that are read at once.
    static let rowsMax = 2_000

    /// Examines one snapshot: to be called inside `Database.read`.
    ///
    /// Rows are streamed through primary keys. Memory grows with the (SKU, location) pairs that have stock, not with
    /// orders, movements or events.
    /// - Parameter progress: Called now and then with what is being examined and how much of it is done, 0 to 1.
    /// - Throws: `DatabaseUnavailable` when the database cannot be read; rows that cannot be are findings.
    public static func examine(
        in db: any Connection, progress: (_ step: String, _ done: Double) -> Void = { _, _ in }
    ) throws -> Report {
        var examination = try Examination(db)
        let steps: [(name: String, run: (inout Examination, (Double) -> Void) throws -> Void)] = [
            ("Events", EventFeedBook.examine), ("Orders", OrderRound.examine), ("Stock ledger", StockBook.examine),
            ("Transfers", TransferBook.examine), ("Supplies", SupplyBook.examine),
            ("Stock levels", StockBook.examineLevels), ("Rows without their order", RowBook.examine),
            ("Kits", KitBook.examine), ("Labels", LabelBook.examine),
            ("Days of locations", CapacityBook.examine),
            ("Store credit", StoreCreditBook.examine), ("Kept replies", IdempotencyBook.examine),
            ("Jobs", JobBook.examine), ("Messages", MessageBook.examine), ("Hand-overs", HandOverBook.examine),
            ("Courier pickups", CourierPickupBook.examine),
            ("Search words", SearchBook.examine),
        ]
        for step in steps {
            progress(step.name, 0)
            try step.run(&examination) { progress(step.name, min(max($0, 0), 1)) }
            progress(step.name, 1)
        }
        return examination.report
    }
}

/// What the books share while they are examined: the snapshot, the report, and sums per SKU and location.
struct Examination {
    let db: any Connection
    var report = Doctor.Report()
    let counters: [String: Int64]
    /// Every version of every channel that can be read.
    let channels: [String: [Int64: Channel]]
    /// Units by place as fulfillments and returns tell them.
    var holdings: [StockPlace: Holding] = [:]
    /// Units of orders that wait for transfers.
    var awaited: [TransferClaim: Int64] = [:]
    /// Units by place as the ledger tells them.
    var ledger: [StockPlace: LedgerSum] = [:]
    /// What fulfillments take of the days of locations.
    var days: [WorkDay: Int64] = [:]
    /// The words that all orders together must be found by.
    var wordCount: Int64 = 0

    init(_ db: any Connection) throws {
        self.db = db
        self.counters = try Counters.load(in: db)
        var channels: [String: [Int64: Channel]] = [:]
        var unreadable: [(String, any Error)] = []
        try db.query(Self.channelVersions) { row in
            let name = "\(try row.text(0)) version \(try row.integer(1))"
            do {
                let channel = try Channel(stored: try JSON.stored(try row.text(2)))
                channels[try row.text(0), default: [:]][try row.integer(1)] = channel
            } catch {
                unreadable.append((name, error))
            }
        }
        self.channels = channels
        for (name, error) in unreadable {
            finding(.rows, name, "a readable channel", "\(error)", "No order can be judged by it.")
        }
    }

    private static let channelVersions = Statement(
        "SELECT code, version, document FROM channels ORDER BY code, version")

    mutating func finding(
        _ book: Doctor.Book, _ subject: String, _ expected: String, _ found: String, _ explanation: String
    ) {
        report.add(
            Doctor.Finding(book: book, subject: subject, expected: expected, found: found, explanation: explanation))
    }

    /// Notes a contradiction unless both numbers are the same.
    mutating func compare(
        _ book: Doctor.Book, _ subject: String, _ what: String, expected: Int64, found: Int64, _ explanation: String
    ) {
        guard expected != found else { return }
        finding(book, subject, "\(what) \(expected)", "\(what) \(found)", explanation)
    }

    /// Notes a contradiction unless both texts are the same.
    mutating func compare(
        _ book: Doctor.Book, _ subject: String, _ what: String, expected: String?, found: String?, _ explanation: String
    ) {
        guard expected != found else { return }
        finding(book, subject, "\(what) \(expected ?? "none")", "\(what) \(found ?? "none")", explanation)
    }

    mutating func count(_ book: Doctor.Book, _ rows: Int) { report.examined[book, default: 0] += Int64(rows) }
}

/// A SKU at a location.
struct StockPlace: Hashable, Comparable, CustomStringConvertible {
    let sku: String
    let location: String
    var description: String { "\(sku)@\(location)" }
    static func < (left: Self, right: Self) -> Bool { (left.sku, left.location) < (right.sku, right.location) }
}

/// What orders, transfers and supplies say of a place: sums wrap around rather than trap, since the rows may have been
/// tampered with.
struct Holding {
    /// Units of unfinished fulfillments, and of planned transfers to a store that waits for them.
    var allocated: Int64 = 0
    /// Units of shipped, delivered and collected ones.
    var shipped: Int64 = 0
    /// Units received back.
    var returned: Int64 = 0
    /// Of these, those that nobody has judged.
    var uninspected: Int64 = 0
    /// Units of transfers that have left for elsewhere.
    var sent: Int64 = 0
    /// Units of transfers on their way here.
    var inTransit: Int64 = 0
    /// Units that are expected.
    var inbound: Int64 = 0
    /// Units of live reservations.
    var reserved: Int64 = 0
}

/// What the ledger says of a place.
struct LedgerSum {
    /// By `Bucket`, `outside` included.
    var units: [Bucket: Int64] = [:]
    var shipped: Int64 = 0
    var returned: Int64 = 0
    /// Units that left for another location.
    var sent: Int64 = 0
    /// The newest movement; 0 for none.
    var last: Int64 = 0

    subscript(bucket: Bucket) -> Int64 { units[bucket] ?? 0 }
}

import Foundation
import OrderManagement
import Synchronization
import Testing

@testable import Databases

/// A disk whose syncs wait while it is held, and fail if told to. A class, since the database's thread shares it.
private final class HeldDisk: Sendable {
    struct Broken: Error {}

    private let condition = NSCondition()
    private let state = Mutex((isHeld: false, isBroken: false, syncs: 0))

    var syncs: Int { state.withLock { $0.syncs } }

    func hold() { state.withLock { $0.isHeld = true } }
    func breakDown() { state.withLock { $0.isBroken = true } }

    func release() {
        condition.lock()
        state.withLock { $0.isHeld = false }
        condition.broadcast()
        condition.unlock()
    }

    func sync() throws {
        state.withLock { $0.syncs += 1 }
        condition.lock()
        while state.withLock({ $0.isHeld }) { condition.wait() }
        condition.unlock()
        if state.withLock({ $0.isBroken }) { throw Broken() }
    }
}

/// What happened, in its order. A class, since threads share it.
private final class Happenings: Sendable {
    private let names = Mutex<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func add(_ name: String) { names.withLock { $0.append(name) } }

    /// Looks for a while whether `count` things happen.
    func wait(for count: Int, seconds: Double = 30) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while all.count < count, Date() < deadline { usleep(1_000) }
        return all.count >= count
    }
}

@Suite("Commits made durable beside the next one")
struct SQLiteDurabilityTests {
    private let folder: DatabaseFolder
    private let disk = HeldDisk()
    private let happened = Happenings()

    init() throws { folder = try DatabaseFolder() }

    private func open(onUnknownOutcome: @escaping SQLiteDatabase.UnknownOutcomeAction = { _ in }) throws
        -> SQLiteDatabase
    {
        let database = try SQLiteDatabase.open(
            path: folder.database, mode: .readWrite, sync: { [disk] in try disk.sync() },
            onUnknownOutcome: onUnknownOutcome)
        try database.write { try $0.script(DatabaseFolder.schema) }
        return database
    }

    private func inBackground(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        Thread { [happened] in
            do {
                try body()
                happened.add(name)
            } catch {
                happened.add("\(name): \(type(of: error))")
            }
        }.start()
    }

    private func insert(_ sku: String, in database: SQLiteDatabase) throws {
        try database.write(
            { try $0.change(insertStock, [[.text(sku), 1, nil]]) },
            whenDurable: { [happened] outcome in
                if case .success = outcome { happened.add(sku) } else { happened.add("\(sku): lost") }
            })
    }

    @Test("A commit is reported only after its log is synced")
    func reported() throws {
        let database = try open()
        disk.hold()
        inBackground("written") { _ = try database.write { try $0.execute(insertStock, [["TEE", 1, nil]]) } }
        #expect(!happened.wait(for: 1, seconds: 0.2))
        disk.release()
        #expect(happened.wait(for: 1))
        #expect(happened.all == ["written"])
        #expect(try database.stockRows() == 1)
    }

    @Test("While a commit is synced others are written; one more sync serves them all, and each is told in its order")
    func overlapping() throws {
        let database = try open()
        let before = disk.syncs
        disk.hold()
        for sku in ["A", "B", "C", "D", "E"] { try insert(sku, in: database) }
        #expect(!happened.wait(for: 1, seconds: 0.1))
        disk.release()
        #expect(happened.wait(for: 5))
        #expect(happened.all == ["A", "B", "C", "D", "E"])
        #expect((1...2).contains(disk.syncs - before))
    }

    @Test("A reader gives away nothing that a power failure could take back; who decides on it may look ahead")
    func readers() throws {
        let database = try open()
        disk.hold()
        try insert("TEE", in: database)
        #expect(try database.readAhead { try $0.first(countStock) { try $0.int(0) } } == 1)
        inBackground("read") { _ = try database.stockRows() }
        #expect(!happened.wait(for: 1, seconds: 0.2))
        disk.release()
        #expect(happened.wait(for: 2))
        #expect(happened.all.sorted() == ["TEE", "read"])
    }

    @Test("Without commits under way a reader waits for nothing")
    func idle() throws {
        let database = try open()
        try insert("TEE", in: database)
        #expect(happened.wait(for: 1))
        disk.hold()
        #expect(try database.stockRows() == 1)
        disk.release()
    }

    @Test("A log that cannot be synced fails all who wait, and nothing runs any more")
    func broken() throws {
        let reasons = Failures()
        let database = try open { reasons.add($0) }
        disk.hold()
        disk.breakDown()
        try insert("TEE", in: database)
        inBackground("written") { _ = try database.write { try $0.execute(insertStock, [["CAP", 1, nil]]) } }
        inBackground("read") { _ = try database.stockRows() }
        usleep(100_000)
        disk.release()
        #expect(happened.wait(for: 3))
        #expect(happened.all.sorted() == ["TEE: lost", "read: UnknownOutcome", "written: UnknownOutcome"])
        #expect(reasons.all.count == 1)
        #expect(reasons.all.first?.contains("only known after a restart") == true)
        #expect(throws: DatabaseUnavailable.self) { try database.write { try $0.script("SELECT 1") } }
        #expect(throws: DatabaseUnavailable.self) { try database.stockRows() }
    }

    @Test("A refused transaction holds up nobody behind it")
    func refused() throws {
        let database = try open()
        #expect(throws: StaleRead.self) {
            try database.write { try $0.changeGuarded(takeStock, [[1, "NONE"]]) }
        }
        try insert("TEE", in: database)
        #expect(happened.wait(for: 1))
        #expect(try database.stockRows() == 1)
    }

    @Test("Whatever part of the log a power failure leaves, the file holds the first commits, each of them whole")
    func powerFailure() throws {
        let database = try open()
        disk.hold()
        for number in 0..<12 {
            // Two rows to a commit: one alone would be half of it.
            let rows = ["A", "B"].map { [SQLValue("SKU-\(number)\($0)"), 1, .text(String(repeating: "x", count: 700))] }
            try database.write({ try $0.change(insertStock, rows) }, whenDurable: { _ in })
        }
        let log = try Data(contentsOf: URL(fileURLWithPath: folder.database + "-wal"))
        let file = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        disk.release()
        try database.close()
        var last = 0
        for length in Array(stride(from: 0, to: log.count, by: 997)) + [log.count] {
            let left = folder.path + "/left-\(length).db"
            try file.write(to: URL(fileURLWithPath: left))
            try log.prefix(length).write(to: URL(fileURLWithPath: left + "-wal"))
            let found = try SQLiteDatabase.open(path: left, mode: .readWrite)
            let rows = try found.read { db in
                guard try db.first(Self.table, [], { try $0.int(0) }) == 1 else { return 0 }
                return try db.first(countStock) { try $0.int(0) } ?? 0
            }
            try found.close()
            #expect(rows.isMultiple(of: 2))
            #expect(rows >= last)
            last = rows
        }
        #expect(last == 24)
    }
    private static let table = Statement("SELECT count(*) FROM sqlite_schema WHERE name = 'stock'")

    @Test("Texts and numbers of many rows are kept as of one, also where the last ones fill no set of rows")
    func severalRows() throws {
        let database = try open()
        let rows = (0..<(3 * Statement.severalRows + 5)).map { number in
            [SQLValue("SKU-\(number)"), .integer(Int64(number)), number % 3 == 0 ? .null : .text("n\(number)é")]
        }
        #expect(try database.write { try $0.execute(insertStock, rows) } == rows.count)
        let kept = try database.read { db in
            var kept: [[SQLValue]] = []
            try db.query(selectStock, rows.map { [$0[0]] }) { row in
                kept.append([.text(try row.text(0)), .integer(try row.integer(1)), SQLValue(row.optionalText(2))])
            }
            return kept
        }
        #expect(kept == rows)
        #expect(throws: StaleRead.self) {
            try database.write { try $0.execute(insertStock, (24..<40).map { [SQLValue("SKU-\($0)"), 1, nil] }) }
        }
        #expect(try database.stockRows() == rows.count)
    }
}

import Foundation
import GRDBSQLite

/// The limit of placing: the rows without which an order cannot be kept, written through SQLite's own interface.
///
/// Per order: a key that must be new, one guarded stock update per line, the order, its lines, one event that holds the
/// request. Groups of orders are written set by set, with prepared statements, and made durable by one commit. No
/// rules, no places for the stock, no reply: whatever does more must be slower, and the question is how much.
///
/// A class, since it owns a connection.
final class BareSQLite {
    /// Orders per commit: as many as the system under test has callers.
    static let groupSize = 64

    /// Bytes of the event: 954 for three lines, others in proportion.
    static func eventBytes(lines: Int) -> Int { 954 * lines / 3 }

    private let handle: OpaquePointer
    private let statements: Statements
    private var placed: Int64 = 0

    init(path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK,
            let opened
        else { throw BenchmarkFailure("cannot open \(path)") }
        handle = opened
        guard sqlite3_exec(handle, Self.schema, nil, nil, nil) == SQLITE_OK else {
            throw BenchmarkFailure("bare SQLite: \(String(cString: sqlite3_errmsg(handle)))")
        }
        statements = try Statements(handle)
        guard try number("PRAGMA synchronous") == 2 else { throw BenchmarkFailure("commits would not be durable") }
        try fillStock()
    }

    deinit {
        statements.finalize()
        sqlite3_close(handle)
    }

    /// What one run did.
    struct Run {
        var orders = 0
        var seconds = 0.0
        var processorSeconds = 0.0
        var ordersPerSecond: Double { Double(orders) / seconds }
    }

    /// Places orders in groups until the time is over.
    func place(_ samples: [SampleOrders.Sample], for duration: Duration) throws -> Run {
        let data = event(of: samples[0])
        var run = Run()
        let processor = Machine.processorSeconds()
        let start = ContinuousClock.now
        while ContinuousClock.now - start < duration {
            let first = run.orders % (samples.count - Self.groupSize + 1)
            try place(group: samples[first..<first + Self.groupSize], data)
            run.orders += Self.groupSize
        }
        run.seconds = (ContinuousClock.now - start).seconds
        run.processorSeconds = Machine.processorSeconds() - processor
        return run
    }

    /// Rows inserted or updated since opening.
    var rowsChanged: Int64 { sqlite3_total_changes64(handle) }

    /// Bytes of the file with everything in it.
    func checkpointedBytes() throws -> Int64 {
        guard sqlite3_exec(handle, "PRAGMA wal_checkpoint(TRUNCATE)", nil, nil, nil) == SQLITE_OK else {
            throw failure("checkpoint")
        }
        return try number("PRAGMA page_count") * number("PRAGMA page_size")
    }

    private func event(of sample: SampleOrders.Sample) -> [UInt8] {
        let wanted = Self.eventBytes(lines: sample.lines.count)
        let body = Array(sample.body(externalID: "B00000000000").utf8.prefix(wanted))
        return body + [UInt8](repeating: 32, count: wanted - body.count)
    }

    // MARK: One group

    private func place(group: ArraySlice<SampleOrders.Sample>, _ data: [UInt8]) throws {
        try finish(statements.begin)
        let keys = (1...group.count).map { "key_benchmark POST /v1/orders " + SampleOrders.key(Int(placed) + $0) }
        for key in keys {
            bind(key, to: statements.known, 1)
            guard sqlite3_step(statements.known) == SQLITE_DONE else { throw failure("a key is not new") }
            sqlite3_reset(statements.known)
        }
        try takeStock(group)
        try insertOrders(group)
        try data.withUnsafeBytes { bytes in
            let text = bytes.bindMemory(to: CChar.self).baseAddress
            // Not copied: the bytes outlive the statement's use, the same ones for each order.
            _ = sqlite3_bind_text(statements.event, 5, text, Int32(data.count), nil)
            for offset in 1...Int64(group.count) {
                sqlite3_bind_int64(statements.event, 1, placed + offset)
                bind("order.placed", to: statements.event, 2)
                sqlite3_bind_int64(statements.event, 3, placed + offset)
                sqlite3_bind_int64(statements.event, 4, 1_767_225_600_000 + placed)
                try finish(statements.event)
            }
            sqlite3_bind_null(statements.event, 5)
        }
        for (offset, key) in keys.enumerated() {
            bind(key, to: statements.keep, 1)
            sqlite3_bind_int64(statements.keep, 2, placed + Int64(offset) + 1)
            try finish(statements.keep)
        }
        try finish(statements.commit)
        placed += Int64(group.count)
    }

    private func takeStock(_ group: ArraySlice<SampleOrders.Sample>) throws {
        for sample in group {
            for line in sample.lines {
                sqlite3_bind_int64(statements.take, 1, Int64(line.sku))
                sqlite3_bind_int64(statements.take, 2, line.quantity)
                try finish(statements.take)
                guard sqlite3_changes(handle) == 1 else { throw failure("not enough stock") }
            }
        }
    }

    private func insertOrders(_ group: ArraySlice<SampleOrders.Sample>) throws {
        for (offset, sample) in group.enumerated() {
            let id = placed + Int64(offset) + 1
            sqlite3_bind_int64(statements.order, 1, id)
            bind("X\(100_000_000_000 + id)", to: statements.order, 2)
            bind("customer.\(sample.customer)@example.com", to: statements.order, 3)
            sqlite3_bind_int64(statements.order, 4, sample.total)
            sqlite3_bind_int64(statements.order, 5, 1_767_225_600_000 + id)
            try finish(statements.order)
        }
        for (offset, sample) in group.enumerated() {
            for (index, line) in sample.lines.enumerated() {
                sqlite3_bind_int64(statements.line, 1, placed + Int64(offset) + 1)
                sqlite3_bind_int64(statements.line, 2, Int64(index + 1))
                sqlite3_bind_int64(statements.line, 3, Int64(line.sku))
                sqlite3_bind_int64(statements.line, 4, line.quantity)
                sqlite3_bind_int64(statements.line, 5, line.price)
                try finish(statements.line)
            }
        }
    }

    private func fillStock() throws {
        try finish(statements.begin)
        for sku in 0..<SampleOrders.skuCount {
            sqlite3_bind_int64(statements.stock, 1, Int64(sku))
            try finish(statements.stock)
        }
        try finish(statements.commit)
    }

    // MARK: SQLite

    private static let schema = """
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
        PRAGMA wal_autocheckpoint = 4000;
        CREATE TABLE idempotency (key TEXT NOT NULL UNIQUE, order_id INTEGER NOT NULL);
        CREATE TABLE stock (
            sku INTEGER PRIMARY KEY, on_hand INTEGER NOT NULL, reserved INTEGER NOT NULL, CHECK (reserved <= on_hand));
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY, external_id TEXT NOT NULL, customer TEXT NOT NULL, total INTEGER NOT NULL,
            at INTEGER NOT NULL);
        CREATE TABLE order_lines (
            order_id INTEGER NOT NULL, number INTEGER NOT NULL, sku INTEGER NOT NULL, quantity INTEGER NOT NULL,
            price INTEGER NOT NULL, PRIMARY KEY (order_id, number)) WITHOUT ROWID;
        CREATE TABLE events (
            position INTEGER PRIMARY KEY, type TEXT NOT NULL, order_id INTEGER NOT NULL, at INTEGER NOT NULL,
            data TEXT NOT NULL);
        """

    /// Everything prepared once.
    private struct Statements {
        let begin, commit, stock, known, take, order, line, event, keep: OpaquePointer

        init(_ handle: OpaquePointer) throws {
            func prepare(_ sql: String) throws -> OpaquePointer {
                var made: OpaquePointer?
                let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
                guard sqlite3_prepare_v3(handle, sql, -1, flags, &made, nil) == SQLITE_OK, let made else {
                    throw BenchmarkFailure("bare SQLite: \(sql): \(String(cString: sqlite3_errmsg(handle)))")
                }
                return made
            }
            begin = try prepare("BEGIN IMMEDIATE")
            commit = try prepare("COMMIT")
            stock = try prepare("INSERT INTO stock (sku, on_hand, reserved) VALUES (?1, 1000000000, 0)")
            known = try prepare("SELECT order_id FROM idempotency WHERE key = ?1")
            take = try prepare(
                "UPDATE stock SET reserved = reserved + ?2 WHERE sku = ?1 AND on_hand - reserved >= ?2")
            order = try prepare(
                "INSERT INTO orders (id, external_id, customer, total, at) VALUES (?1, ?2, ?3, ?4, ?5)")
            line = try prepare(
                "INSERT INTO order_lines (order_id, number, sku, quantity, price) VALUES (?1, ?2, ?3, ?4, ?5)")
            event = try prepare(
                "INSERT INTO events (position, type, order_id, at, data) VALUES (?1, ?2, ?3, ?4, ?5)")
            keep = try prepare("INSERT INTO idempotency (key, order_id) VALUES (?1, ?2)")
        }

        func finalize() {
            for statement in [begin, commit, stock, known, take, order, line, event, keep] {
                sqlite3_finalize(statement)
            }
        }
    }

    private func finish(_ statement: OpaquePointer) throws {
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure("a statement") }
        sqlite3_reset(statement)
    }

    private func bind(_ text: String, to statement: OpaquePointer, _ place: Int32) {
        _ = sqlite3_bind_text(statement, place, text, Int32(text.utf8.count), Self.copied)
    }

    private func number(_ sql: String) throws -> Int64 {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw failure(sql) }
        defer { sqlite3_finalize(statement) }
        guard sqlite3_step(statement) == SQLITE_ROW else { throw failure(sql) }
        return sqlite3_column_int64(statement, 0)
    }

    private func failure(_ during: String) -> BenchmarkFailure {
        BenchmarkFailure("bare SQLite: \(during): \(String(cString: sqlite3_errmsg(handle)))")
    }

    /// `SQLITE_TRANSIENT`, a macro that is not imported: SQLite copies the text before the call returns.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

import CLibPQ
import Foundation

/// The limit of placing on PostgreSQL: the rows without which an order cannot be kept, written set-wise through libpq.
///
/// The rows are those of `BareSQLite`. Per group of orders: one flush begins the transaction, looks for the keys and
/// locks the stock of all SKUs in one order; the quantities are decided here; a second flush writes everything in one
/// statement over binary arrays and commits.
///
/// A class, since it owns a connection.
final class BarePostgres {
    static let groupSize = BareSQLite.groupSize

    private let session: PostgresSession
    private var handle: OpaquePointer { session.handle }
    private var placed: Int64 = 0
    private(set) var roundTrips = 0

    init(_ session: PostgresSession) throws {
        self.session = session
        try session.run(Self.schema)
        try session.run("VACUUM ANALYZE stock")
        try session.run("SET plan_cache_mode = force_generic_plan")
        try prepare("known", Self.known, [Self.texts])
        try prepare("stock", Self.stock, [Self.numbers])
        try prepare("write", Self.write, [
            Self.texts, Self.numbers, Self.numbers, Self.numbers, Self.texts, Self.texts, Self.numbers, Self.numbers,
            Self.numbers, Self.numbers, Self.numbers, Self.numbers, Self.numbers, Self.texts,
        ])
        try prepare("begin", "BEGIN", [])
        try prepare("commit", "COMMIT", [])
        guard PQenterPipelineMode(handle) == 1 else { throw session.failure("pipeline") }
    }

    /// Places orders in groups until the time is over.
    func place(_ samples: [SampleOrders.Sample], for duration: Duration) throws -> BareSQLite.Run {
        let data = String(repeating: "x", count: BareSQLite.eventBytes(lines: samples[0].lines.count))
        var run = BareSQLite.Run()
        let processor = Machine.processorSeconds()
        let start = ContinuousClock.now
        while ContinuousClock.now - start < duration {
            let first = run.orders % (samples.count - Self.groupSize + 1)
            try place(Array(samples[first..<first + Self.groupSize]), data)
            run.orders += Self.groupSize
        }
        run.seconds = (ContinuousClock.now - start).seconds
        run.processorSeconds = Machine.processorSeconds() - processor
        return run
    }

    // MARK: One group

    private func place(_ group: [SampleOrders.Sample], _ data: String) throws {
        let keys = (1...group.count).map { "key_benchmark POST /v1/orders " + SampleOrders.key(Int(placed) + $0) }
        var wanted: [Int: Int64] = [:]
        for sample in group { for line in sample.lines { wanted[line.sku, default: 0] += line.quantity } }
        let skus = wanted.keys.sorted()
        try send("begin", [])
        try send("known", [.texts(keys)])
        try send("stock", [.numbers(skus.map(Int64.init))])
        let rows = try flush(expecting: 3)
        guard PQntuples(rows[1]) == 0 else { throw BenchmarkFailure("a key is not new") }
        try decide(rows[2], skus, wanted)
        for row in rows { PQclear(row) }
        try send("write", columns(group, keys, skus, wanted, data))
        try send("commit", [])
        for row in try flush(expecting: 2) { PQclear(row) }
        placed += Int64(group.count)
    }

    private func decide(_ rows: OpaquePointer, _ skus: [Int], _ wanted: [Int: Int64]) throws {
        guard PQntuples(rows) == Int32(skus.count) else { throw BenchmarkFailure("stock is missing") }
        for row in 0..<Int32(skus.count) {
            guard let bytes = PQgetvalue(rows, row, 1) else { throw BenchmarkFailure("no quantity") }
            let left = Int64(bigEndian: UnsafeRawPointer(bytes).loadUnaligned(as: Int64.self))
            guard left >= wanted[skus[Int(row)]] ?? 0 else { throw BenchmarkFailure("not enough stock") }
        }
    }

    private func columns(
        _ group: [SampleOrders.Sample], _ keys: [String], _ skus: [Int], _ wanted: [Int: Int64], _ data: String
    ) -> [Column] {
        let ids = (1...Int64(group.count)).map { placed + $0 }
        let lines = zip(ids, group).flatMap { id, sample in
            sample.lines.enumerated().map { (id, Int64($0 + 1), $1) }
        }
        return [
            .texts(keys), .numbers(skus.map(Int64.init)), .numbers(skus.map { wanted[$0] ?? 0 }), .numbers(ids),
            .texts(ids.map { "X\(100_000_000_000 + $0)" }),
            .texts(group.map { "customer.\($0.customer)@example.com" }), .numbers(group.map(\.total)),
            .numbers(ids.map { 1_767_225_600_000 + $0 }), .numbers(lines.map(\.0)), .numbers(lines.map(\.1)),
            .numbers(lines.map { Int64($0.2.sku) }), .numbers(lines.map(\.2.quantity)), .numbers(lines.map(\.2.price)),
            .texts(group.map { _ in data }),
        ]
    }

    // MARK: libpq

    private static let texts: UInt32 = 1009
    private static let numbers: UInt32 = 1016

    private enum Column {
        case texts([String])
        case numbers([Int64])

        /// The array in PostgreSQL's binary format.
        var bytes: [UInt8] {
            var bytes: [UInt8] = []
            func append<Number: FixedWidthInteger>(_ number: Number) {
                withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
            }
            func begin(_ element: Int32, _ count: Int) { for word in [1, 0, element, Int32(count), 1] { append(word) } }
            switch self {
            case .texts(let values):
                begin(25, values.count)
                for value in values {
                    append(Int32(value.utf8.count))
                    bytes.append(contentsOf: value.utf8)
                }
            case .numbers(let values):
                begin(20, values.count)
                for value in values {
                    append(Int32(8))
                    append(value)
                }
            }
            return bytes
        }
    }

    private func prepare(_ name: String, _ sql: String, _ types: [UInt32]) throws {
        let result = PQprepare(handle, name, sql, Int32(types.count), types)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw session.failure(sql) }
    }

    private func send(_ name: String, _ columns: [Column]) throws {
        let all = columns.map(\.bytes)
        let lengths = all.map { Int32($0.count) }
        let formats = [Int32](repeating: 1, count: all.count)
        let pinned = all.map { bytes in
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
            _ = copy.initialize(from: bytes.map { CChar(bitPattern: $0) })
            return copy
        }
        defer { for copy in pinned { copy.deallocate() } }
        let values = pinned.map { UnsafePointer($0.baseAddress) }
        guard PQsendQueryPrepared(handle, name, Int32(all.count), values, lengths, formats, 1) == 1 else {
            throw session.failure(name)
        }
    }

    private func flush(expecting count: Int) throws -> [OpaquePointer] {
        guard PQpipelineSync(handle) == 1 else { throw session.failure("sync") }
        roundTrips += 1
        var results: [OpaquePointer] = []
        for _ in 0..<count {
            guard let result = PQgetResult(handle) else { throw session.failure("no answer") }
            let status = PQresultStatus(result)
            guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else { throw session.failure("an answer") }
            results.append(result)
            guard PQgetResult(handle) == nil else { throw session.failure("an answer too many") }
        }
        guard let end = PQgetResult(handle), PQresultStatus(end) == PGRES_PIPELINE_SYNC else {
            throw session.failure("no end")
        }
        PQclear(end)
        return results
    }

    // MARK: SQL

    private static let schema = """
        CREATE TABLE idempotency (key TEXT NOT NULL UNIQUE, order_id BIGINT NOT NULL);
        CREATE TABLE stock (sku BIGINT PRIMARY KEY, on_hand BIGINT NOT NULL, reserved BIGINT NOT NULL,
            CHECK (reserved <= on_hand)) WITH (fillfactor = 40);
        CREATE TABLE orders (id BIGINT PRIMARY KEY, external_id TEXT NOT NULL, customer TEXT NOT NULL,
            total BIGINT NOT NULL, at BIGINT NOT NULL);
        CREATE TABLE order_lines (order_id BIGINT NOT NULL, number BIGINT NOT NULL, sku BIGINT NOT NULL,
            quantity BIGINT NOT NULL, price BIGINT NOT NULL, PRIMARY KEY (order_id, number));
        CREATE TABLE events (position BIGINT PRIMARY KEY, type TEXT NOT NULL, order_id BIGINT NOT NULL,
            at BIGINT NOT NULL, data TEXT NOT NULL);
        INSERT INTO stock SELECT sku, 1000000000, 0 FROM generate_series(0, \(SampleOrders.skuCount - 1)) AS sku;
        """
    private static let known = "SELECT key FROM idempotency WHERE key = ANY ($1)"
    private static let stock = "SELECT sku, on_hand - reserved FROM stock WHERE sku = ANY ($1) ORDER BY sku FOR UPDATE"
    private static let write = """
        WITH keys AS (INSERT INTO idempotency SELECT * FROM unnest($1::text[], $4::bigint[])),
        taken AS (UPDATE stock SET reserved = reserved + wanted.units
            FROM unnest($2::bigint[], $3::bigint[]) AS wanted (sku, units) WHERE stock.sku = wanted.sku),
        placed AS (INSERT INTO orders
            SELECT * FROM unnest($4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])),
        lines AS (INSERT INTO order_lines
            SELECT * FROM unnest($9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[]))
        INSERT INTO events SELECT id, 'order.placed', id, at, data
            FROM unnest($4::bigint[], $8::bigint[], $14::text[]) AS event (id, at, data)
        """
}

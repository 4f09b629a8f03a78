import Databases
import Foundation
import OrderManagement
import Synchronization

/// Placing through the one door, without HTTP: 64 callers, each sends its next order when the last is answered.
enum PlaceInProcess {
    static let callers = 64

    /// What one run did.
    struct Run {
        var orders = 0
        var seconds = 0.0
        var processorSeconds = 0.0
        var latencies = Latencies()
        var groupSize = 0.0
        var rowsPerOrder = 0.0
        var bytesPerOrder = 0.0
        var bytesWrittenPerOrder = 0.0
        var ordersPerSecond: Double { Double(orders) / seconds }
    }

    /// Places orders of a shape on a fresh company for some seconds; the doctor looks at it afterwards if wanted.
    static func run(
        _ shape: Shape, on file: RetailerFile, for duration: Duration, isExamined: Bool
    ) async throws -> Run {
        let name = try file.copy()
        defer { removeQuietly(name, of: file) }
        let bytesBefore = try file.scratch.bytes(of: name)
        let database = try Retailer.open(path: file.scratch.path(of: name))
        let waybill = OrderManagement(database: database)
        let samples = SampleOrders(shape, count: 4096).samples.map { $0.command(externalID: "") }

        let numbers = Numbers()
        _ = try await place(samples, through: waybill, for: .milliseconds(200), numbers)
        let (rows, counts, written) = (try rowsChanged(database), waybill.counts, Machine.bytesWritten())
        let processor = Machine.processorSeconds()
        let start = ContinuousClock.now
        let latencies = try await place(samples, through: waybill, for: duration, numbers)
        var run = Run(orders: latencies.microseconds.count, seconds: (ContinuousClock.now - start).seconds)
        run.processorSeconds = Machine.processorSeconds() - processor
        run.latencies = latencies
        let after = waybill.counts
        guard after.accepted - counts.accepted == run.orders, after.failed == 0 else {
            throw BenchmarkFailure("\(after.refused) orders were refused, \(after.failed) failed")
        }
        run.groupSize = Double(after.commands - counts.commands) / Double(after.groups - counts.groups)
        run.rowsPerOrder = Double(try rowsChanged(database) - rows) / Double(run.orders)
        run.bytesWrittenPerOrder = Double(Machine.bytesWritten() - written) / Double(run.orders)
        waybill.stop()
        try database.close()
        if isExamined { try PlaceOverHTTP.examine(path: file.scratch.path(of: name)) }
        run.bytesPerOrder = Double(try file.scratch.bytes(of: name) - bytesBefore) / Double(after.accepted)
        return run
    }

    /// Numbers for orders, each given once. A class, since all callers share it.
    final class Numbers: Sendable {
        private let last = Mutex(0)
        func next() -> Int {
            last.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private static func removeQuietly(_ name: String, of file: RetailerFile) {
        do {
            try file.scratch.removeDatabase(name)
        } catch {
            Progress.say("\(name) stays until the end: \(error)")
        }
    }

    private static func rowsChanged(_ database: SQLiteDatabase) throws -> Int64 {
        try database.write { db in try db.first(totalChanges) { try $0.integer(0) } ?? 0 }
    }
    private static let totalChanges = Statement("SELECT total_changes()")

    private static func place(
        _ samples: [PlaceOrder], through waybill: OrderManagement, for duration: Duration, _ numbers: Numbers
    ) async throws -> Latencies {
        let principal = Principal(name: "key_benchmark", scopes: [.ordersRead, .ordersWrite])
        let deadline = ContinuousClock.now + duration
        return try await withThrowingTaskGroup(of: Latencies.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var latencies = Latencies()
                    var start = ContinuousClock.now
                    while start < deadline {
                        let number = numbers.next()
                        var order = samples[number % samples.count]
                        order.externalID = "X\(100_000_000_000 + number)"
                        let key = IdempotencyKey(
                            principal: principal, method: "POST", path: "/v1/orders", key: SampleOrders.key(number),
                            digest: order.contentDigest)
                        _ = try await waybill.perform(order, as: principal, key: key)
                        let end = ContinuousClock.now
                        latencies.add(end - start)
                        start = end
                    }
                    return latencies
                }
            }
            var all = Latencies()
            for try await latencies in group { all.add(latencies) }
            return all
        }
    }
}

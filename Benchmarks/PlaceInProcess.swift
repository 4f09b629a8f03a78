import Databases
import Foundation
import OrderManagement
import Synchronization

/// Placing through the one door, without HTTP: 128 callers, each sends its next order when the last is answered.
///
/// So two groups of 64 are under way: one commits, as large as the bare engine's, while the other is decided.
enum PlaceInProcess {
    static let callers = 128

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
        var roundTripsPerGroup = 0.0
        var ordersPerSecond: Double { Double(orders) / seconds }
    }

    /// Places orders of a shape on a fresh company for some seconds; the doctor looks at it afterwards if wanted.
    static func run(
        _ shape: Shape, on retailer: any FoundedRetailer, callers: Int = PlaceInProcess.callers,
        for duration: Duration, isExamined: Bool
    ) async throws -> Run {
        let address = try retailer.copy()
        defer { removeQuietly(address, of: retailer) }
        let bytesBefore = try retailer.bytes(of: address)
        let database = try Retailer.open(address)
        let waybill = OrderManagement(database: database)
        let samples = SampleOrders(shape, count: 4096).samples.map { $0.command(externalID: "") }

        let numbers = Numbers()
        _ = try await place(samples, callers, through: waybill, for: .milliseconds(200), numbers)
        let rows = try retailer.rowsChanged(in: database, at: address)
        let (counts, written) = (waybill.counts, try retailer.bytesWritten(at: address))
        let roundTrips = Self.roundTrips(of: database)
        let processor = Machine.processorSeconds()
        let start = ContinuousClock.now
        let latencies = try await place(samples, callers, through: waybill, for: duration, numbers)
        var run = Run(orders: latencies.microseconds.count, seconds: (ContinuousClock.now - start).seconds)
        run.processorSeconds = Machine.processorSeconds() - processor
        run.latencies = latencies
        let after = waybill.counts
        guard after.accepted - counts.accepted == run.orders, after.failed == 0 else {
            throw BenchmarkFailure("\(after.refused) orders were refused, \(after.failed) failed")
        }
        let groups = Double(after.groups - counts.groups)
        run.groupSize = Double(after.commands - counts.commands) / groups
        run.bytesWrittenPerOrder = Double(try retailer.bytesWritten(at: address) - written) / Double(run.orders)
        run.roundTripsPerGroup = Double(Self.roundTrips(of: database) - roundTrips) / groups
        run.rowsPerOrder = Double(try retailer.rowsChanged(in: database, at: address) - rows) / Double(run.orders)
        waybill.stop()
        try database.close()
        if isExamined { try PlaceOverHTTP.examine(address) }
        run.bytesPerOrder = Double(try retailer.bytes(of: address) - bytesBefore) / Double(after.accepted)
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

    private static func removeQuietly(_ address: String, of retailer: any FoundedRetailer) {
        do {
            try retailer.remove(address)
        } catch {
            Progress.say("\(address) stays until the end: \(error)")
        }
    }

    /// Waits for a server's answer since the database was opened; none where the engine is in the process.
    private static func roundTrips(of database: any OpenedDatabase) -> Int64 {
        database.engineCounts.first { $0.name.contains("round_trips") }?.value ?? 0
    }

    private static func place(
        _ samples: [PlaceOrder], _ callers: Int, through waybill: OrderManagement, for duration: Duration,
        _ numbers: Numbers
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

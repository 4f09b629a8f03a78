import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Demonstration and replay")
struct DemonstrationTests {
    @Test("The demonstration has orders in every state, and its books are clean")
    func everyState() async throws {
        let shop = try TestSystem()
        let now = try #require(Timestamp("2026-03-02T10:00:00Z"))
        let retailer = try DemonstrationRetailer()
        let roles = DemonstrationCast.roles(of: try retailer.orders(), count: 110, at: now)
        let clock = SimulatedClock(at: (roles.first?.placedAt ?? now) + .days(-1))
        let waybill = OrderManagement(database: shop.database, clock: { clock.now })
        defer { waybill.stop() }
        try retailer.setUpPlaces(of: waybill)
        try retailer.setUpGoods(of: waybill)
        var play = DemonstrationPlay(
            on: waybill, clock: clock, jobs: JobRunner(waybill), retailer: retailer, now: now)
        try await play.run(roles) { _ in }

        let census = try DemonstrationCensus(of: waybill)
        let names = Set(census.orders.map(\.name) + census.parts.map(\.name))
        let expected: Set<String> = [
            "completed, delivered", "open, in_progress", "open, allocated", "open, backordered",
            "open, partially_shipped", "open, shipped", "cancelled, none", "stage pending: remorse",
            "stage failed: payment", "stage pending: payment", "order on hold", "fulfillment released",
            "fulfillment accepted", "fulfillment picking", "fulfillment packed", "fulfillment shipped",
            "fulfillment delivered", "fulfillment rejected", "fulfillment cancelled", "fulfillment to collect released",
            "fulfillment to collect ready", "fulfillment to collect collected", "parcel exception", "parcel in_transit",
            "return requested", "return approved", "return received", "return inspected", "return settled",
            "return rejected", "exception open: short", "exception open: stage_failed",
        ]
        #expect(expected.subtracting(names).isEmpty)
        #expect(census.orders.reduce(0) { $0 + $1.count } == 110)
        let report = try waybill.readNow { try Doctor.examine(in: $0) }
        #expect(report.isClean, "\(report.text)")
    }

    @Test("A replay takes every order to its door and accounts for every row; the books are clean")
    func replay() async throws {
        let shop = try TestSystem()
        let clock = SimulatedClock(at: .earliest)
        let waybill = OrderManagement(database: shop.database, clock: { clock.now })
        defer { waybill.stop() }
        let folder = try TemporaryFolder()
        let path = folder.file("orders.csv")
        let lines = EmbeddedDemonstration.orders.split(separator: "\n").prefix(121)
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let stream = try ReplayStream(TableFile(path: path), channel: "web")
        defer { stream.stop() }
        try DemonstrationRetailer().setUpPlaces(of: waybill)
        var replay = try Replay(
            on: waybill, clock: clock, jobs: JobRunner(waybill), pace: .asFastAsPossible, until: .delivered,
            report: try ImportReport(path: nil) { _ in })
        try await replay.run(stream) { _ in }
        try replay.result.report.finish()
        let statuses = try ReplayResult.statuses(of: waybill)
        #expect(statuses.map(\.name) == ["completed, delivered"])
        #expect(statuses.first?.count == replay.result.orders && replay.result.orders > 20)
        #expect(replay.result.report.rows == 120)
        #expect(replay.result.refusals.entries.isEmpty)
        let report = try waybill.readNow { try Doctor.examine(in: $0) }
        #expect(report.isClean, "\(report.text)")
    }
}

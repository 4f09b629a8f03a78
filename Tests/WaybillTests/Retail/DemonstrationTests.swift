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
        defer { withExtendedLifetime(shop) { waybill.stop() } }
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

    @Test("No service takes three metres, and each says its limit; what lies in an envelope goes as a letter")
    func limits() {
        func answers(_ parcel: Tariff.Parcel) -> [Tariff.Answer] {
            DemonstrationCouriers.all.map { $0.tariff.quotes(for: parcel, to: "GB", postcode: "LS1 4AP") }
        }
        let pole = answers(.init(grams: 2_000, size: .init(3_000, 50, 50)))
        #expect(pole.flatMap(\.quotes).isEmpty)
        var objections: [String: Tariff.Objection] = [:]
        for answer in pole { objections.merge(answer.objections) { first, _ in first } }
        #expect(
            objections == [
                "tracked": .tooLong(millimetresMax: 1_500), "next_day": .tooLong(millimetresMax: 1_500),
                "economy": .tooLong(millimetresMax: 2_400), "letter": .tooHeavy(gramsMax: 100),
                "large_letter": .tooHeavy(gramsMax: 750),
            ])
        for box in DemonstrationCouriers.packaging.boxes {
            let boxed = answers(.init(grams: 700, size: box.inner)).flatMap(\.quotes).map(\.service)
            #expect(boxed.contains("tracked") && boxed.contains("large_letter") == (box.code == "envelope"))
        }
    }

    @Test("A store has what its customer orders, though others wait for the same goods")
    func pickupBesideWaiting() async throws {
        let shop = try TestSystem()
        let now = try #require(Timestamp("2026-03-02T10:00:00Z"))
        let retailer = try DemonstrationRetailer()
        let orders = try retailer.orders()
        func sharesGoods(_ one: OnlineRetailOrder, _ other: OnlineRetailOrder) -> Bool {
            let skus = Set(one.lines.map(\.sku))
            return other.lines.contains { skus.contains($0.sku) }
        }
        let (waiting, collected) = try #require(
            orders.indices.lazy.compactMap { place -> (OnlineRetailOrder, OnlineRetailOrder)? in
                let other = orders[..<place].first { sharesGoods(orders[place], $0) }
                return other.map { (orders[place], $0) }
            }.first)
        let clock = SimulatedClock(at: now + .days(-1))
        let waybill = OrderManagement(database: shop.database, clock: { clock.now })
        defer { withExtendedLifetime(shop) { waybill.stop() } }
        try retailer.setUpPlaces(of: waybill)
        try retailer.setUpGoods(of: waybill)
        var play = DemonstrationPlay(
            on: waybill, clock: clock, jobs: JobRunner(waybill), retailer: retailer, now: now)
        let roles = [
            DemonstrationRole(order: waiting, scene: .soldOut, placedAt: now + .hours(-3)),
            DemonstrationRole(order: collected, scene: .pickup(.ready), placedAt: now + .hours(-2)),
        ]
        try await play.run(roles) { _ in }
        let census = try DemonstrationCensus(of: waybill)
        #expect(census.parts.contains { $0.name == "fulfillment to collect ready" })
    }

    /// Plays a table on a fresh database; the caller looks at what became of it.
    private func play(_ lines: [some StringProtocol]) async throws
        -> (TestSystem, OrderManagement, Replay, [RejectedLine])
    {
        let shop = try TestSystem()
        let clock = SimulatedClock(at: .earliest)
        let waybill = OrderManagement(database: shop.database, clock: { clock.now })
        let folder = try TemporaryFolder()
        let (path, report) = (folder.file("orders.csv"), folder.file("report.csv"))
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        let stream = try ReplayStream(TableFile(path: path), channel: "web")
        defer { stream.stop() }
        try DemonstrationRetailer().setUpPlaces(of: waybill, knowsAddresses: false)
        var replay = try Replay(
            on: waybill, clock: clock, jobs: JobRunner(waybill), pace: .asFastAsPossible, until: .delivered,
            report: try ImportReport(path: report) { _ in })
        try await replay.run(stream) { _ in }
        try replay.result.report.finish()
        let left = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n").dropFirst()
        return (shop, waybill, replay, left.map { RejectedLine(text: String($0)) })
    }

    private struct RejectedLine { let text: String }

    @Test("Cancellation notes give back what earlier orders sold: unsent units are cancelled, others return")
    func notes() async throws {
        let (shop, waybill, replay, left) = try await play([
            OnlineRetail.columns.joined(separator: ","),
            "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
            "536366,85123A,HOLDER,4,2010-12-10 08:26:00,2.55,17850,United Kingdom",
            "536367,22633,WARMER,5,2010-12-10 09:00:00,1.85,17850,United Kingdom",
            // Before the remorse period is over: not sent yet.
            "C536368,22633,WARMER,-2,2010-12-10 09:10:00,1.85,17850,United Kingdom",
            // 8 of 10: 4 of the later order and 4 of the earlier one.
            "C536369,85123A,HOLDER,-8,2010-12-20 08:26:00,2.55,17850,United Kingdom",
            // 2 are left of what was bought.
            "C536370,85123A,HOLDER,-5,2010-12-21 08:26:00,2.55,17850,United Kingdom",
            "C536371,85123A,HOLDER,-1,2010-12-21 08:26:00,2.55,13047,United Kingdom",
            "C536372,85123A,HOLDER,-1,2010-12-21 08:26:00,2.55,,United Kingdom",
        ])
        defer { withExtendedLifetime(shop) { waybill.stop() } }
        let orders = try waybill.readNow { db in
            let ids = try OrderSearch().page(after: nil, limit: 10, in: db).ids.sorted()
            let found = try OrderStore.orders(ids, in: db)
            return ids.compactMap { found[$0] }
        }
        #expect(orders.map(\.externalID) == ["536365", "536366", "536367"])
        #expect(orders.map { $0.lines[0].returned } == [6, 4, 0])
        #expect(orders.map { $0.lines[0].cancelled } == [0, 0, 2])
        #expect(orders.map(\.refunded) == [6 * 255, 4 * 255, 0])
        #expect(orders.allSatisfy { OrderStatus(of: $0).overall == .completed })
        #expect(replay.result.report.rows == 8)
        #expect(left.map { String($0.text.prefix { $0 != "," }) } == ["7", "8", "9"])
        #expect(left[0].text.contains("3 of 5 × 85123A were not bought earlier"))
        #expect(left[2].text.contains("names no customer"))
        let report = try waybill.readNow { try Doctor.examine(in: $0) }
        #expect(report.isClean, "\(report.text)")
    }

    @Test("A replay takes every order to its door and accounts for every row; the books are clean")
    func replay() async throws {
        let lines = EmbeddedDemonstration.orders.split(separator: "\n").prefix(121)
        let (shop, waybill, replay, _) = try await play(Array(lines))
        defer { withExtendedLifetime(shop) { waybill.stop() } }
        let statuses = try ReplayResult.statuses(of: waybill)
        #expect(statuses.map(\.name) == ["completed, delivered"])
        #expect(statuses.first?.count == replay.result.orders && replay.result.orders > 20)
        #expect(replay.result.report.rows == 120)
        #expect(replay.result.refusals.entries.isEmpty)
        let report = try waybill.readNow { try Doctor.examine(in: $0) }
        #expect(report.isClean, "\(report.text)")
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Locations that are paused")
struct PausedLocationTests {
    private func save(_ shop: TestSystem, paused: Bool = false, until: Timestamp? = nil) throws {
        var location = Location.warehouse("LONDON")
        location.isPaused = paused
        location.pausedUntil = until
        try shop.perform(SaveLocations(locations: [location]))
    }

    private func available(_ shop: TestSystem) throws -> Int64? {
        try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            let channel = try #require(configuration.channels["store"])
            return try Availability.of(
                ["TEE-M"], channel: channel, configuration: configuration, at: shop.now, in: db
            ).first?.available
        }
    }

    @Test("They get no work, the decision says why, and nothing of theirs is available; then those who wait are served")
    func switched() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try save(shop, paused: true)
        #expect(try available(shop) == 0)
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(id).lines[0].backordered == 2)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let sourced = try #require(events.first { $0.type == "order.sourced" })
        #expect(try JSON.parse(sourced.data)["exclusions"]?["paused"]?.integer == 1)
        try save(shop)
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].allocated == 2)
        #expect(try available(shop) == 3)
        try shop.expectClean()
    }

    @Test("A pause with an end is over at that moment, not before", arguments: [-1, 0])
    func until(offset: Int64) async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let end = shop.now + .hours(2)
        try save(shop, until: end)
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        shop.now = Timestamp(milliseconds: end.milliseconds + offset)
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].allocated == (offset < 0 ? 0 : 2))
        let next = try shop.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(next).lines[0].allocated == (offset < 0 ? 0 : 1))
        try shop.expectClean()
    }

    @Test("A place that is off for a moment fails no order: another takes it, or it waits for that place")
    func another() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let working = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 1")
        try save(shop, paused: true)
        let (there, waiting) = (
            try shop.place("1 × TEE-M at 10.00 GBP, store"), try shop.place("1 × TEE-M at 10.00 GBP, store")
        )
        #expect(try shop.order(working).fulfillments.map(\.location) == ["LONDON"])
        #expect(try shop.order(there).fulfillments.map(\.location) == ["LEEDS"])
        #expect(try shop.order(waiting).lines[0].backordered == 1)
        try save(shop)
        try await shop.runDueJobs()
        #expect(try shop.order(waiting).fulfillments.map(\.location) == ["LONDON"])
        try shop.expectClean()
    }

    @Test("A pause that is switched on with an end is over at its end")
    func switchedOnUntil() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try save(shop, paused: true, until: shop.now + .hours(2))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(id).lines[0].backordered == 2)
        shop.advance(.hours(2))
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].allocated == 2)
        try shop.expectClean()
    }
}

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

    /// Three TEE-M, open at London while their remorse period runs; then London is paused.
    private func pausedMeanwhile(_ more: String = "", elsewhere: Int64) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP" + more)
        if elsewhere > 0 { try shop.receive("TEE-M@LEEDS: \(elsewhere)") }
        try save(shop, paused: true)
        return (shop, id)
    }

    private func work(_ id: OrderID, _ shop: TestSystem) throws -> [String] {
        try shop.order(id).fulfillments.map { "\($0.location) \($0.units) \($0.state.rawValue)" }
    }

    @Test("Work that is to be released there by then is found another place, as far as there is one",
        arguments: [
            (3, ["LONDON 3 cancelled", "LEEDS 3 released"]), (2, ["LONDON 1 released", "LEEDS 2 released"]),
            (0, ["LONDON 3 released"]),
        ] as [(Int64, [String])])
    func released(elsewhere: Int64, expected: [String]) async throws {
        let (shop, id) = try pausedMeanwhile(elsewhere: elsewhere)
        #expect(try work(id, shop) == ["LONDON 3 open"])
        shop.advance(.minutes(31))
        try await shop.runDueJobs()
        #expect(try work(id, shop) == expected)
        #expect(try shop.order(id).rejectingLocations.isEmpty, "it has refused nothing")
        #expect(try shop.order(id).lines[0].allocated == 3)
        #expect(try shop.stock("TEE-M@LONDON").hasPrefix("available \(2 + elsewhere)"))
        try shop.expectClean()
    }

    @Test("So is it when somebody passes the stage, or lifts the hold that it waited for",
        arguments: ["stage", "hold", "payment"])
    func releasedBy(whom: String) async throws {
        let (shop, id) = try pausedMeanwhile(whom == "payment" ? ", unpaid" : "", elsewhere: 3)
        if whom == "hold" { try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: [])) }
        if whom != "stage" {
            shop.advance(.minutes(31))
            try await shop.runDueJobs()
            #expect(try work(id, shop) == ["LONDON 3 open"])
        }
        switch whom {
        case "hold": try shop.perform(LiftHold(hold: HoldID(id, 1)))
        case "payment": try shop.perform(PassStage(order: id, stage: "payment", hasPassed: true, note: nil))
        default: try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: true, note: nil))
        }
        #expect(try work(id, shop) == ["LONDON 3 cancelled", "LEEDS 3 released"])
        try shop.expectClean()
    }

    @Test("What was released before stays there, and so does a pickup: its customer chose the store")
    func stays() async throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let released = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let pickup = try shop.place("1 × TEE-M at 10.00 GBP, pickup at YORK")
        try shop.receive("TEE-M@LEEDS: 5")
        var york = Location.store("YORK")
        york.isPaused = true
        try shop.perform(SaveLocations(locations: [york]))
        shop.advance(.minutes(31))
        try await shop.runDueJobs()
        for id in [released, pickup] { #expect(try work(id, shop) == ["YORK 1 released"]) }
        try shop.expectClean()
    }

    @Test("A person who releases work there wants it there")
    func byHand() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-M@LEEDS: 5")
        try shop.open("slow", policy: ChannelPolicy(stages: [], release: .manual))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "slow")
        var location = Location.warehouse(try shop.order(id).fulfillments[0].location)
        location.isPaused = true
        try shop.perform(SaveLocations(locations: [location]))
        try shop.perform(ReleaseFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try work(id, shop) == ["\(location.code) 1 released"])
        try shop.expectClean()
    }
}

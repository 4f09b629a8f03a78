import OrderManagement
import TestSupport
import Testing

@Suite("Those who wait come first")
struct FairQueueTests {
    /// Nothing is left, and one order waits for two units.
    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        try shop.place("1 × TEE-M at 10.00 GBP, store")
        return (shop, try shop.place("2 × TEE-M at 10.00 GBP, store"))
    }

    private func waiting(_ id: OrderID, _ shop: TestSystem) throws -> Int64 { try shop.order(id).lines[0].backordered }

    @Test("Units that come are left to those who wait for them, before any job has run")
    func latecomer() async throws {
        let (shop, first) = try shop()
        try shop.receive("TEE-M@LEEDS: 2")
        let late = try shop.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try waiting(late, shop) == 1)
        try await shop.runDueJobs()
        #expect(try waiting(first, shop) == 0 && waiting(late, shop) == 1)
        try shop.expectClean()
    }

    @Test("What is more than those who wait need is anybody's at once")
    func more() async throws {
        let (shop, first) = try shop()
        try shop.receive("TEE-M@LEEDS: 3")
        let late = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let later = try shop.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try waiting(late, shop) == 0 && waiting(later, shop) == 1)
        try await shop.runDueJobs()
        #expect(try waiting(first, shop) == 0 && waiting(later, shop) == 1)
        try shop.expectClean()
    }

    @Test("In one group with the receipt, too: who comes after it leaves the units be")
    func sameGroup() async throws {
        let (shop, first) = try shop()
        let receipt = MoveStock(entries: [.init(reason: .receive, sku: "TEE-M", location: "LEEDS", quantity: 2)])
        let commands: [any Command] = [receipt, try PlaceOrder("1 × TEE-M at 10.00 GBP, store")]
        for answer in shop.waybill.performNow(commands.map { ($0, .system, nil) }) { _ = try answer.get() }
        try await shop.runDueJobs()
        #expect(try waiting(first, shop) == 0)
        try shop.expectClean()
    }

    @Test("A checkout's reservation takes nothing that others wait for either")
    func reservation() async throws {
        let (shop, first) = try shop()
        try shop.receive("TEE-M@LEEDS: 2")
        let wish = ReserveStock(channel: "web", lines: [.init(sku: "TEE-M", quantity: 1)], expiresIn: .minutes(15))
        try expectRefusal(.insufficientStock, at: "/lines/0/quantity", of: wish, in: shop)
        try await shop.runDueJobs()
        #expect(try waiting(first, shop) == 0)
        try shop.expectClean()
    }

    @Test("Units that those who wait cannot have are free again once they were asked")
    func unusable() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        try shop.open("london", locations: ["LONDON"])
        try shop.place("1 × TEE-M at 10.00 GBP, store")
        let first = try shop.place("1 × TEE-M at 10.00 GBP", on: "london")
        try shop.receive("TEE-M@LEEDS: 1")
        let late = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try await shop.runDueJobs()
        #expect(try waiting(first, shop) == 1 && waiting(late, shop) == 0)
        let last = try shop.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try waiting(last, shop) == 1)
        try shop.expectClean()
    }

    @Test("A long queue is walked once: those who can be served are, those at its head who cannot are passed over")
    func longQueue() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        try shop.open("london", locations: ["LONDON"])
        try shop.place("1 × TEE-M at 10.00 GBP, store")
        for _ in 1...210 { try shop.place("1 × TEE-M at 10.00 GBP", on: "london") }
        let behind = try (1...3).map { _ in try shop.place("1 × TEE-M at 10.00 GBP, store") }
        try shop.receive("TEE-M@LEEDS: 2")
        try await shop.runDueJobs()
        #expect(try behind.map { try waiting($0, shop) } == [0, 0, 1])
        // Nobody serves the queue any more: what comes later is anybody's.
        try shop.receive("TEE-M@LEEDS: 5")
        try await shop.runDueJobs()
        #expect(try waiting(behind[2], shop) == 0)
        let late = try shop.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try waiting(late, shop) == 0)
        try shop.expectClean()
    }

    @Test("Whoever is sourced by hand takes nothing that others are about to get, and keeps their own place")
    func sourcedByHand() async throws {
        let (shop, first) = try shop()
        let second = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 2")
        try shop.perform(SourceOrder(order: second))
        #expect(try waiting(second, shop) == 2)
        try await shop.runDueJobs()
        #expect(try waiting(first, shop) == 0 && waiting(second, shop) == 2)
        try shop.receive("TEE-M@LEEDS: 2")
        try shop.perform(SourceOrder(order: second))
        #expect(try waiting(second, shop) == 0)
        try await shop.runDueJobs()
        try shop.expectClean()
    }

    @Test("Units that an amendment adds come behind those who wait; what the order has stays its own")
    func amended() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        try shop.place("1 × TEE-M at 10.00 GBP, store")
        let first = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.move(.receive, 1, "TEE-M@LONDON")
        try await shop.runDueJobs()
        try shop.receive("CAP@LONDON: 1")
        let having = try shop.place("1 × CAP at 5.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 1")
        try shop.amend(having) { $0.add = [(1, "TEE-M", 1000)] }
        #expect(try shop.order(having).lines.map { [$0.allocated, $0.backordered] } == [[1, 0], [0, 1]])
        try await shop.runDueJobs()
        #expect(try waiting(first, shop) == 0 && shop.order(having).lines[1].backordered == 1)
        try shop.expectClean()
    }
}

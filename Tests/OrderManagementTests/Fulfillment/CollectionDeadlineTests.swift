import OrderManagement
import TestSupport
import Testing

@Suite("How long goods wait to be collected")
struct CollectionDeadlineTests {
    /// Ready on Monday at 10:00 for seven days, with a reminder two days before.
    private func ready() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .ready)
        return (shop, id)
    }

    private func reminders(_ id: OrderID, _ shop: TestSystem) throws -> Int {
        try shop.events(id).count { $0 == "fulfillment.reminder_due" }
    }

    @Test("The reminder is due at its moment, once, and not before")
    func reminder() async throws {
        let (shop, id) = try ready()
        let start = shop.now
        #expect(try shop.order(id).fulfillments[0].collectBy == start + .days(7))
        shop.now = Timestamp(milliseconds: (start + .days(5)).milliseconds - 1)
        try await shop.runDueJobs()
        #expect(try reminders(id, shop) == 0)
        shop.now = start + .days(5)
        try await shop.runDueJobs()
        try await shop.runDueJobs()
        #expect(try reminders(id, shop) == 1)
        try shop.expectClean()
    }

    @Test("Collected goods need no reminder")
    func collected() async throws {
        let (shop, id) = try ready()
        try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: "Ada"))
        shop.advance(.days(6))
        try await shop.runDueJobs()
        #expect(try reminders(id, shop) == 0)
        try shop.expectClean()
    }

    @Test("More time moves the end and the reminder; the goods go back when the longer time is up")
    func extended() async throws {
        let (shop, id) = try ready()
        let start = shop.now
        try shop.perform(ExtendCollection(fulfillment: id.fulfillment(1), until: start + .days(20)))
        #expect(try shop.events(id).last == "fulfillment.extended")
        try shop.expectClean()
        shop.now = start + .days(8)
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .ready)
        #expect(try reminders(id, shop) == 0)
        shop.now = start + .days(18)
        try await shop.runDueJobs()
        #expect(try reminders(id, shop) == 1)
        shop.now = Timestamp(milliseconds: (start + .days(20)).milliseconds - 1)
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .ready)
        shop.now = start + .days(20)
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .expired)
        try shop.expectClean()
    }

    @Test("What is left when a part is collected waits for as long as was agreed, neither shorter nor longer")
    func partCollected() async throws {
        for extended in [Seconds.days(20), nil] {
            let (shop, id) = try ready()
            let end = shop.now + (extended ?? .days(7))
            if extended != nil { try shop.perform(ExtendCollection(fulfillment: id.fulfillment(1), until: end)) }
            shop.advance(.days(3))
            try shop.perform(
                CollectFulfillment(
                    fulfillment: id.fulfillment(1), lines: [.init(line: id.line(1), quantity: 1)], collectedBy: "Ada"))
            #expect(try shop.order(id).fulfillments[1].collectBy == end)
            shop.now = Timestamp(milliseconds: end.milliseconds - 1)
            try await shop.runDueJobs()
            #expect(try shop.state(id.fulfillment(2)) == .ready)
            shop.now = end
            try await shop.runDueJobs()
            #expect(try shop.state(id.fulfillment(2)) == .expired)
            try shop.expectClean()
        }
    }

    @Test("Only goods that are ready wait, and only for longer than they do")
    func refused() throws {
        let (shop, id) = try ready()
        func extend(_ days: Int64) -> ExtendCollection {
            ExtendCollection(fulfillment: id.fulfillment(1), until: shop.now + .days(days))
        }
        try expectRefusal(.invalidInput, at: "/until", of: extend(7), in: shop)
        try expectRefusal(.invalidInput, at: "/until", of: extend(91), in: shop)
        try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: "Ada"))
        try expectRefusal(.illegalTransition, of: extend(10), in: shop)
        let sent = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let other = ExtendCollection(fulfillment: sent.fulfillment(1), until: shop.now + .days(9))
        try expectRefusal(.illegalTransition, of: other, in: shop)
    }

    @Test("Who else may collect, and how, is said when the order is placed")
    func delegate() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK") {
            $0.delivery.delegate = "Bob Example"
            $0.delivery.note = "Blue van, bay 3"
        }
        let order = try shop.order(id)
        #expect(order.delivery.delegate == "Bob Example")
        #expect(try JSON.parse(order.view)["delivery"]?["note"]?.string == "Blue van, bay 3")
    }
}

@Suite("Orders that wait for the rest")
struct BackorderReleaseTests {
    private func shop(_ release: SupplyPolicy.BackorderRelease) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        try shop.open("slow", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(backorderRelease: release)))
        return (shop, try shop.place("3 × TEE-M at 10.00 GBP", on: "slow"))
    }

    @Test("What is there is released at once")
    func available() throws {
        let (shop, id) = try shop(.available)
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("What is there waits for the rest, and is released with it")
    func complete() async throws {
        let (shop, id) = try shop(.complete)
        #expect(try shop.state(id.fulfillment(1)) == .open)
        try shop.expectClean()
        try shop.receive("TEE-M@LONDON: 2")
        try await shop.runDueJobs()
        #expect(try shop.order(id).fulfillments.map(\.state) == [.released, .released])
        try shop.expectClean()
    }

    @Test("What is there is released when the rest is cancelled")
    func cancelled() throws {
        let (shop, id) = try shop(.complete)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 2]), reason: .customer))
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }
}

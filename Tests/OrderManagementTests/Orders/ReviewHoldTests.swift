import OrderManagement
import TestSupport
import Testing

@Suite("Holds without an end")
struct ReviewHoldTests {
    private func held(
        _ owner: String? = nil, until: Timestamp? = nil, reviewBy: Timestamp? = nil
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.perform(
            PlaceHold(
                order: id, reason: "manual", note: "odd address.", lines: [], owner: owner, until: until,
                reviewBy: reviewBy))
        return (shop, id)
    }

    private func shown(_ shop: TestSystem) throws -> [OrderException] {
        try shop.openExceptions().filter { $0.kind == .holdOverdue }
    }

    @Test("Its owner is told after three days, or when it was said; it stands, and is told again after it was settled")
    func told() async throws {
        for days: Int64 in [3, 7] {
            let (shop, id) = try held("finance", reviewBy: days == 3 ? nil : shop(days))
            #expect(try JSON.parse(shop.order(id).view).at("holds.0.review_by")?.string
                == (shop.now + .days(days)).description)
            shop.now = shop.now + .days(days) + Seconds(-1)
            try await shop.runDueJobs()
            #expect(try shown(shop).isEmpty)
            shop.advance(Seconds(1))
            try await shop.runDueJobs()
            let told = try #require(try shown(shop).first)
            #expect(told.owner == "finance" && told.due > told.openedAt)
            #expect(told.subject == HoldID(id, 1).description)
            #expect(told.cause.contains("(manual: odd address), with no end"))
            #expect(
                told.actions(about: try shop.order(id))
                    == [.liftHold(HoldID(id, 1)), .cancelOrder(id, reason: "other")])
            #expect(try shop.order(id).isOnHold)
            shop.advance(.days(3))
            try await shop.runDueJobs()
            #expect(try shown(shop).count == 1, "told once")
            try shop.perform(ResolveException(exception: told.id, resolution: "I wait for an answer."))
            shop.advance(.days(3))
            try await shop.runDueJobs()
            #expect(try shown(shop).count == 1)
            try shop.perform(LiftHold(hold: HoldID(id, 1)))
            #expect(try shown(shop).isEmpty)
            try shop.expectClean()
        }
    }

    private func shop(_ days: Int64) throws -> Timestamp { try TestSystem().now + .days(days) }

    @Test("One that ends by itself is not asked about, and an order that is cancelled neither")
    func ended() async throws {
        let (shop, id) = try held(until: try shop(2))
        #expect(try JSON.parse(shop.order(id).view).at("holds.0.review_by")?.isNull == true)
        let (other, cancelled) = try held()
        try other.perform(CancelOrder(order: cancelled, reason: .customer), as: .supervisor)
        for system in [shop, other] {
            system.advance(.days(4))
            try await system.runDueJobs()
            #expect(try shown(system).isEmpty)
            try system.expectClean()
        }
    }

    @Test("A time to look that is over, or beside an end, is refused at its place")
    func refused() throws {
        let now = try shop(0)
        let times: [(Timestamp?, Timestamp)] = [
            (now + .days(2), now + .days(1)), (nil, now), (nil, now + Seconds(-1)),
        ]
        for (until, review) in times {
            let refusal = #expect(throws: Refusal.self) { try held(until: until, reviewBy: review) }
            #expect(refusal?.details.map(\.pointer) == ["/review_by"])
        }
    }

    @Test("The doctor finds a hold that nobody would look at")
    func doctor() throws {
        let (shop, id) = try held()
        let report = try shop.examine(tamperedBy: "DELETE FROM jobs WHERE kind = 'review_hold'")
        #expect(report.findings.map(\.subject) == [HoldID(id, 1).description])
    }
}

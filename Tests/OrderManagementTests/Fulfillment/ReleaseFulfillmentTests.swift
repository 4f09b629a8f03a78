import OrderManagement
import TestSupport
import Testing

@Suite("Releasing work")
struct ReleaseFulfillmentTests {
    @Test("Where a stage is open, a release by hand is refused, naming the stage and when it passes")
    func stagePending() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        let refusal = try expectRefusal(.stagePending, of: ReleaseFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        #expect(refusal?.explanation.contains("remorse; it passes at 2026-03-02T10:30:00Z") == true)
    }

    @Test("Automatic release happens in the commit that passes the last stage")
    func automatic() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        #expect(try shop.state(id.fulfillment(1)) == .open)
        shop.advance(.minutes(30))
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .released)
        #expect(try shop.events(id).suffix(2) == ["stage.passed", "fulfillment.released"])
        try expectRefusal(.illegalTransition, of: ReleaseFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        try shop.expectClean()
    }

    @Test("Where the channel releases by hand, nothing is released until somebody does")
    func manual() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("slow", policy: ChannelPolicy(release: .manual))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "slow")
        shop.advance(.minutes(31))
        try await shop.runDueJobs()
        #expect(try shop.order(id).stage == nil)
        #expect(try shop.state(id.fulfillment(1)) == .open)
        try shop.perform(ReleaseFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("Without stages, an order is released with its placing")
    func atOnce() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        #expect(try shop.state(id.fulfillment(1)) == .released)
        #expect(try shop.events(id) == ["order.placed", "order.sourced", "payment.authorized", "fulfillment.released"])
        try shop.expectClean()
    }
}

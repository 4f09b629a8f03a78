import OrderManagement
import TestSupport
import Testing

@Suite("Stages")
struct PassStageTests {
    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("careful", policy: ChannelPolicy(stages: ["payment", "fraud", "remorse"]))
        return (shop, try shop.place("2 × TEE-M at 10.00 GBP", on: "careful"))
    }

    @Test("The stage of an order is the first that is not passed")
    func first() throws {
        let (shop, id) = try shop()
        #expect(try shop.order(id).stage == "fraud")
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: true, note: nil))
        #expect(try shop.order(id).stage == "fraud")
        try shop.perform(PassStage(order: id, stage: "fraud", hasPassed: true, note: nil))
        #expect(try shop.order(id).stage == nil)
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("A failed stage keeps the order back and opens an exception; it may still pass later")
    func failed() async throws {
        let (shop, id) = try shop()
        try shop.perform(PassStage(order: id, stage: "fraud", hasPassed: false, note: "stolen card"))
        #expect(try shop.events(id).contains("stage.failed"))
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.kind == .stageFailed)
        #expect(exception.cause.contains("stolen card"))
        shop.advance(.minutes(31))
        try await shop.runDueJobs()
        #expect(try shop.order(id).stage == "fraud")
        #expect(try shop.state(id.fulfillment(1)) == .open)
        let refusal = try expectRefusal(.stagePending, of: ReleaseFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        #expect(refusal?.explanation.contains("has failed the stage fraud") == true)
        try shop.perform(PassStage(order: id, stage: "fraud", hasPassed: true, note: "called back"))
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("A stage passes once, and only one that the order has")
    func refusals() throws {
        let (shop, id) = try shop()
        try expectRefusal(.notFound, of: PassStage(order: id, stage: "blessing", hasPassed: true, note: nil), in: shop)
        try expectRefusal(
            .illegalTransition, of: PassStage(order: id, stage: "payment", hasPassed: true, note: nil), in: shop)
        try shop.perform(CancelOrder(order: id, reason: .fraud))
        try expectRefusal(
            .illegalTransition, of: PassStage(order: id, stage: "fraud", hasPassed: true, note: nil), in: shop)
    }

    @Test("The remorse period passes by its job, not a moment early")
    func remorse() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        shop.now = Timestamp("2026-03-02T10:29:59Z") ?? shop.now
        #expect(try await shop.runDueJobs() == 0)
        #expect(try shop.order(id).stage == "remorse")
        shop.advance(Seconds(1))
        #expect(try await shop.runDueJobs() == 1)
        #expect(try shop.order(id).stage == nil)
        try shop.expectClean()
    }

    @Test("A cancelled order's remorse job finds nothing to do")
    func cancelled() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let version = try shop.order(id).version
        shop.advance(.minutes(31))
        #expect(try await shop.runDueJobs() == 1)
        #expect(try shop.order(id).version == version)
        try shop.expectClean()
    }
}

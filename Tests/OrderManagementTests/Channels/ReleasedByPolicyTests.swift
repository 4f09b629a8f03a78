import TestSupport
import Testing

@testable import OrderManagement

@Suite("What a changed policy lets go")
struct ReleasedByPolicyTests {
    private func change(_ shop: TestSystem, _ change: (inout ChannelPolicy) -> Void) throws {
        var channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
        change(&channel.policy)
        try shop.perform(SaveChannel(channel: channel))
    }

    @Test("Orders that wait for a release by hand are released once the channel does so by itself")
    func automatic() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: [], release: .manual))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        let held = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.perform(PlaceHold(order: held, reason: "manual", note: nil, lines: []))
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .open)
        try change(shop) { $0.release = .automatic }
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .released)
        #expect(try shop.state(held.fulfillment(1)) == .open)
        try shop.expectClean()
    }

    @Test("What is there of an order that waits for the rest is released once the channel sends parts")
    func inParts() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        var policy = ChannelPolicy(stages: [])
        policy.supply.backorderRelease = .complete
        try shop.open("shop", policy: policy)
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .open && shop.order(id).lines[0].backordered == 2)
        try change(shop) { $0.supply.backorderRelease = .available }
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("Orders that wait at a stage pass it once the channel says that they do by themselves")
    func stages() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: ["gift_check"]))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try await shop.runDueJobs()
        #expect(try shop.order(id).stage == "gift_check")
        var stage = Stage("gift_check")
        stage.passesWhen = try Condition(
            stored: try JSON.parse(#"{"field": "order.total", "at_most": 100000}"#), in: Order.vocabulary)
        try change(shop) { $0.stages = [stage] }
        try await shop.runDueJobs()
        #expect(try shop.order(id).stage == nil && shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("Stages and promises of orders that change")
struct ChangedOrderStagesTests {
    @Test("The remorse period is no time to work in: the promise is for the cut-off behind it")
    func promise() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        shop.now = try #require(Timestamp("2026-03-02T15:50:00Z"))
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        #expect(try shop.order(id).fulfillments[0].shipBy == Timestamp("2026-03-03T16:00:00Z"))
        let soon = try shop.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(soon).fulfillments[0].shipBy == Timestamp("2026-03-02T16:00:00Z"))
        let home = try #require(Destination("GB-LS1 4AP"))
        let basket = PromiseBasket(channel: "web", lines: [.init(sku: "TEE-M", quantity: 1)], destination: home)
        let answer = try JSON.parse(try shop.perform(basket).body)
        #expect(answer.at("options.0.ship_by")?.string == "2026-03-03T16:00:00Z")
        try shop.expectClean()
    }

    @Test("A stage that passed since its time was over stays passed when the order is changed; one of a condition not")
    func passedByTime() async throws {
        func stage(_ name: String, upTo total: Int) throws -> Stage {
            var stage = Stage(name, kind: .custom)
            stage.passesWhen = try Condition(
                stored: JSON.parse(#"{"field": "order.total", "at_most": \#(total)}"#), in: Order.vocabulary)
            return stage
        }
        var timed = try stage("gift", upTo: 1)
        timed.within = .hours(2)
        timed.timeOut = .pass
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: [timed, try stage("small", upTo: 2_500)]))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        shop.advance(.hours(2))
        try await shop.runDueJobs()
        #expect(try shop.order(id).gates.map(\.state) == [.passed, .passed])
        try shop.amend(id) { $0.quantities = [(1, 3)] }
        #expect(try shop.order(id).gates.map(\.state) == [.passed, .pending])
        try shop.expectClean()
    }

    @Test("Work that was released before a stage is asked again goes on; its goods stay until the stage is passed")
    func askedAgain() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var policy = ChannelPolicy(stages: [Stage("approval")])
        policy.amending.addUntil = .packed
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .released)
        try shop.amend(id) { $0.quantities = [(1, 2)] }
        let stage = try #require(try shop.order(id).stage)
        for part in try shop.order(id).fulfillments where part.state == .released {
            let name = FulfillmentID(id, part.number)
            try shop.perform(AcceptFulfillment(fulfillment: name))
            try shop.perform(PickFulfillment(fulfillment: name))
            try shop.perform(PackFulfillment(fulfillment: name, parcels: nil))
            try expectRefusal(.stagePending, of: ShipFulfillment(fulfillment: name), in: shop)
            let channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
            let permission = try shop.order(id).permissions(channel, at: shop.now).first {
                $0.path == "/v1/fulfillments/\(name)/shipments"
            }
            #expect(permission?.isAllowed == false && permission?.reason?.contains(stage) == true)
        }
        try shop.walk(id, to: .shipped)
        #expect(try OrderStatus(of: shop.order(id)).fulfillment == .shipped)
        try shop.expectClean()
    }

    @Test("More to pay that nobody pays in time cancels nothing of what was agreed before: a person is told")
    func unpaidMore() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "CAP@LONDON: 5")
        var payment = Stage("payment")
        (payment.within, payment.timeOut) = (.hours(1), .cancel)
        try shop.open("shop", policy: ChannelPolicy(stages: [payment], release: .manual))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.amend(id) { $0.add = [(1, "CAP", 100)] }
        #expect(try shop.order(id).stage == "payment")
        shop.advance(.hours(2))
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines.map(\.cancelled) == [0, 0])
        #expect(try shop.openExceptions().map(\.kind).contains(.stageOverdue))
        try shop.expectClean()
    }
}

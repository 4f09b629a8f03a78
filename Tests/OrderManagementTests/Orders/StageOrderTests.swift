import TestSupport
import Testing

@testable import OrderManagement

@Suite("Answers to a stage, in whatever order they come")
struct StageOrderTests {
    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var fraud: Stage = "fraud"
        fraud.connector = "guard"
        try shop.open("shop", policy: ChannelPolicy(stages: [fraud, "approval"]))
        return (shop, try shop.place("1 × TEE-M at 10.00 GBP", on: "shop"))
    }

    private func answer(_ hasPassed: Bool, to id: OrderID, at moment: Timestamp) -> TakeStageAnswer {
        TakeStageAnswer(
            connector: "guard", subject: .id(id), stage: "fraud", answer: .init(hasPassed: hasPassed), at: moment)
    }

    private func state(_ id: OrderID, _ shop: TestSystem) throws -> Order.Gate.State? {
        try shop.order(id).gates.first { $0.name == "fraud" }?.state
    }

    @Test("Two yeses with a no between them end as their times say, in each order of coming", arguments: [
        [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
    ])
    func everyOrder(places: [Int]) throws {
        let (shop, id) = try shop()
        let start = shop.now
        shop.advance(.hours(1))
        let answers = [(true, 10), (false, 20), (true, 30)] as [(Bool, Int64)]
        for place in places {
            let (hasPassed, minute) = answers[place]
            try shop.perform(answer(hasPassed, to: id, at: start + .minutes(minute)))
        }
        #expect(try state(id, shop) == .passed)
        let passes = try shop.events(id).filter { $0 == "stage.passed" }
        #expect(passes.count <= 2 && !passes.isEmpty)
        try shop.expectClean()
    }

    @Test("Of a result and a score that come together the result holds, whoever says so; the score is kept and told")
    func resultAndScore() throws {
        for isConnector in [true, false] {
            for hasPassed in [true, false] {
                let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
                var fraud: Stage = "fraud"
                fraud.connector = "guard"
                fraud.score = FraudScore(rules: [], reviewAt: -10, failAt: 50)
                try shop.open("shop", policy: ChannelPolicy(stages: [fraud]))
                let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
                // By the channel's thresholds each score would say the opposite.
                let said = StageAnswer(hasPassed: hasPassed, score: hasPassed ? 90 : -90, note: "looked at")
                let command: any Command = isConnector
                    ? TakeStageAnswer(
                        connector: "guard", subject: .id(id), stage: "fraud", answer: said, at: shop.now)
                    : PassStage(
                        order: id, stage: "fraud", hasPassed: said.hasPassed, score: said.score, note: said.note)
                try shop.perform(command)
                let gate = try #require(try shop.order(id).gates.first)
                #expect(gate.state == (hasPassed ? .passed : .failed) && gate.score == said.score)
                #expect(gate.reason == "looked at; score \(hasPassed ? 90 : -90)")
                try shop.expectClean()
            }
        }
    }

    @Test("A later yes says nothing new of a stage that is passed, but its score is the one that counts from then on")
    func laterScore() throws {
        let (shop, id) = try shop()
        let start = shop.now
        shop.advance(.hours(1))
        for (minute, score) in [(10, 5), (20, 7), (15, 9)] as [(Int64, Int64)] {
            try shop.perform(
                TakeStageAnswer(
                    connector: "guard", subject: .id(id), stage: "fraud",
                    answer: .init(hasPassed: true, score: score), at: start + .minutes(minute)))
        }
        #expect(try shop.order(id).gates.first?.score == 7)
        try shop.expectClean()
    }

    @Test("What a connector said before a person decided overturns nothing when it comes after")
    func person() throws {
        let (shop, id) = try shop()
        let start = shop.now
        shop.advance(.hours(1))
        try shop.perform(PassStage(order: id, stage: "fraud", hasPassed: true, note: nil))
        let late = try shop.perform(answer(false, to: id, at: start + .minutes(55)))
        #expect(try JSON.parse(late.body)["applied"]?.bool == false)
        #expect(try state(id, shop) == .passed)
        shop.advance(.minutes(10))
        try shop.perform(answer(false, to: id, at: shop.now))
        #expect(try state(id, shop) == .failed)
        try shop.expectClean()
    }

    @Test("Who waited for the retailer's approval in vain pays no fee for that", arguments: ["approval", "credit"])
    func unanswered(name: String) async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var stage = Stage(name)
        (stage.within, stage.timeOut) = (.hours(2), .cancel)
        var policy = ChannelPolicy(stages: [stage])
        policy.cancelling = CancellingPolicy(fee: .init(amount: 300, percent: 0))
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        shop.advance(.hours(2))
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(OrderStatus(of: order).overall == .cancelled && order.feesOfCancelling == 0)
        #expect(order.voided == 2_000)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let told = try JSON.parse(try #require(events.last { $0.type == "order.cancelled" }).data)
        #expect(told["reason"]?.string == "merchant")
        try shop.expectClean()
    }
}

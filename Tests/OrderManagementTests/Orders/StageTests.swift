import TestSupport
import Testing

@testable import OrderManagement

@Suite("Stages as policy")
struct StageTests {
    private func shop(_ stages: [Stage], remorse: Seconds = .minutes(30)) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 50", "CAP@YORK: 5")
        try shop.open("strict", policy: ChannelPolicy(stages: stages, remorse: remorse))
        return shop
    }

    private func condition(_ text: String) throws -> Condition {
        try Condition(stored: JSON.parse(text), in: Order.vocabulary)
    }

    private func gate(_ shop: TestSystem, _ id: OrderID) throws -> Order.Gate {
        try #require(try shop.order(id).gates.first)
    }

    private func scored() throws -> Stage {
        var fraud: Stage = "fraud"
        fraud.score = FraudScore(
            rules: [
                .init(points: 40, when: try condition(#"{"field": "order.total", "at_least": 5000}"#)),
                .init(points: 50, when: try condition(#"{"field": "destination.country", "is": "FR"}"#)),
                .init(points: -20, when: try condition(#"{"field": "customer.domain", "is": "example.com"}"#)),
            ], reviewAt: 20, failAt: 70)
        return fraud
    }

    private func french(_ order: inout PlaceOrder) {
        var address = Address.example()
        (address.country, address.postcode) = ("FR", "75001")
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
    }

    // MARK: Passing by itself

    @Test("An order that meets a stage's condition passes it by itself, with the reason and the policy's version told")
    func condition() throws {
        var stage = Stage("credit", kind: .custom)
        stage.passesWhen = try condition(#"{"field": "order.total", "at_most": 2000}"#)
        let shop = try shop([stage])
        let small = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        #expect(try gate(shop, small).state == .passed)
        #expect(try shop.state(small.fulfillment(1)) == .released)
        let large = try shop.place("2 × TEE-M at 10.01 GBP", on: "strict")
        #expect(try gate(shop, large).state == .pending)
        #expect(try gate(shop, large).owner == "customer_service")
        let passed = try shop.waybill.readNow { try EventLog.page(of: small, after: 0, limit: 50, in: $0) }
            .first { $0.type == "stage.passed" }
        let data = try JSON.parse(passed?.data ?? "{}")
        #expect(data["policy_version"]?.integer == 1 && data["note"]?.string?.contains("condition") == true)
        try shop.expectClean()
    }

    @Test("A score below review passes, one between waits for a person, one from the limit on fails", arguments: [
        ("1 × TEE-M at 10.00 GBP", false, Order.Gate.State.passed, Int64(-20), OrderException.Kind?.none),
        ("6 × TEE-M at 10.00 GBP", false, .pending, 20, .stageReview),
        ("1 × TEE-M at 10.00 GBP", true, .pending, 30, .stageReview),
        ("6 × TEE-M at 10.00 GBP", true, .failed, 70, .stageFailed),
    ])
    func score(
        text: String, isFrench: Bool, state: Order.Gate.State, points: Int64, kind: OrderException.Kind?
    ) throws {
        let shop = try shop([try scored()])
        let id = try shop.place(text, on: "strict") { if isFrench { french(&$0) } }
        let gate = try gate(shop, id)
        #expect(gate.state == state && gate.score == points)
        let open = try shop.openExceptions()
        #expect(open.map(\.kind) == (kind.map { [$0] } ?? []))
        #expect(open.allSatisfy { $0.owner == "fraud" && $0.subject == "fraud" && $0.cause.contains("\(points)") })
        #expect(try shop.state(id.fulfillment(1)) == (state == .passed ? .released : .open))
        try shop.expectClean()
    }

    @Test("Whoever judges settles what was asked of people")
    func judged() throws {
        let shop = try shop([try scored()])
        let id = try shop.place("6 × TEE-M at 10.00 GBP", on: "strict")
        try shop.perform(PassStage(order: id, stage: "fraud", hasPassed: false, note: "known thief"))
        #expect(try shop.openExceptions().map(\.kind) == [.stageFailed])
        try shop.perform(PassStage(order: id, stage: "fraud", hasPassed: true, note: "a namesake"), as: .supervisor)
        #expect(try shop.openExceptions().isEmpty)
        let gate = try gate(shop, id)
        #expect(gate.reason == "a namesake" && gate.decidedBy == "usr_supervisor" )
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("A score from outside is judged by the channel's thresholds", arguments: [
        (Int64(19), Order.Gate.State.passed), (20, .pending), (69, .pending), (70, .failed),
    ])
    func outside(points: Int64, state: Order.Gate.State) throws {
        let shop = try shop([try scored()])
        let id = try shop.place("6 × TEE-M at 10.00 GBP", on: "strict")
        try shop.perform(PassStage(order: id, stage: "fraud", hasPassed: nil, score: points, note: nil))
        #expect(try gate(shop, id).state == state)
        #expect(try gate(shop, id).score == points)
        try shop.expectClean()
    }

    @Test("A score without thresholds, or for a stage that knows none, is refused at its place")
    func scoreRefused() throws {
        let shop = try shop(["fraud", "approval"])
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict")
        try expectRefusal(
            .invalidInput, at: "/result",
            of: PassStage(order: id, stage: "fraud", hasPassed: nil, score: 10, note: nil), in: shop)
        try expectRefusal(
            .invalidInput, at: "/score",
            of: PassStage(order: id, stage: "approval", hasPassed: true, score: 10, note: nil), in: shop)
    }

    @Test("An address in doubt waits with the reason; a good one and a pickup pass", arguments: [
        ("GB", "LS1 4AP", "1 High Street", nil as String?), ("GB", "LS14AP", "1 High Street", nil),
        ("GB", "12345", "1 High Street", "12345 is no postcode of GB"),
        ("GB", "", "1 High Street", "postcode is missing"),
        ("DE", "L-10115", "Weg 1", "no postcode"), ("DE", "D-10115", "Weg 1", nil), ("IE", "", "1 High Street", nil),
        ("US", "90210", "1 Main St", "the state is missing"), ("AE", "", "1 Marina", nil),
        ("NL", "1234 ab", "Weg 1", nil), ("GB", "LS1 4AP", "P.O. Box 12", "post-office boxes"),
        ("DE", "10115", "Postfach 12", "post-office boxes"),
    ])
    func address(country: String, postcode: String, line: String, objection: String?) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let courier = DeliveryService(
            code: "courier", domesticDays: 1, foreignDays: 3, domesticParcelCost: 100, foreignParcelCost: 200,
            costPerKilogram: 0, takesBoxes: false)
        try shop.open("strict", policy: ChannelPolicy(stages: ["address"], services: [courier]))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict") {
            let address = Address(name: "Ada", lines: [line], city: "Town", postcode: postcode, country: country)
            $0.delivery = Order.Delivery(method: .ship, service: "courier", address: address, location: nil)
        }
        let gate = try gate(shop, id)
        #expect((gate.state == .passed) == (objection == nil), "\(gate.reason ?? "")")
        if let objection { #expect(gate.reason?.contains(objection) == true, "\(gate.reason ?? "")") }
        #expect(try shop.openExceptions().map(\.kind) == (objection == nil ? [] : [.address]))
        try shop.expectClean()
    }

    @Test("A pickup has no address to be wrong")
    func pickup() throws {
        let shop = try shop(["address"])
        let id = try shop.place("1 × CAP at 10.00 GBP, pickup at YORK", on: "strict")
        #expect(try gate(shop, id).state == .passed)
    }

    @Test("A country that there is not is refused at placing")
    func country() throws {
        let shop = try shop([])
        var order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        var address = Address.example()
        address.country = "XX"
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        try expectRefusal(.invalidInput, at: "/delivery/address/country", of: order, in: shop)
    }

    // MARK: A second person

    @Test("Approval takes a second person: not the one who placed the order; above a limit only")
    func approval() throws {
        var stage: Stage = "approval"
        stage.passesWhen = try condition(#"{"field": "order.total", "at_most": 50000}"#)
        let shop = try shop([stage])
        let clerk = Principal(name: "usr_clerk", scopes: [.ordersWrite])
        func place(_ text: String) throws -> OrderID {
            var order = try PlaceOrder(text)
            order.channel = "strict"
            let reply = try shop.perform(order, as: clerk)
            return try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
        }
        #expect(try gate(shop, try place("1 × TEE-M at 500.00 GBP")).state == .passed)
        let id = try place("1 × TEE-M at 500.01 GBP")
        #expect(try gate(shop, id).state == .pending)
        let approve = PassStage(order: id, stage: "approval", hasPassed: true, note: nil)
        try expectRefusal(.secondPersonRequired, of: approve, in: shop, as: clerk)
        let configuration = try shop.waybill.readNow { try Configuration.load(in: $0) }
        let permissions = try shop.order(id).permissions(try configuration.channel("strict"), at: shop.now)
        let permission = try #require(permissions.first { $0.action == "stages/approval" })
        #expect(!permission.limited(to: clerk).isAllowed && permission.limited(to: .supervisor).isAllowed)
        let refuse = PassStage(order: id, stage: "approval", hasPassed: false, note: "too dear")
        try expectRefusal(.secondPersonRequired, of: refuse, in: shop, as: clerk)
        try shop.perform(refuse, as: .supervisor)
        let exception = try #require(try shop.openExceptions().first)
        let order = try shop.order(id)
        let offered = { (who: Principal) in exception.actions(about: order, for: who).map(\.name) }
        #expect(offered(clerk) == ["cancellations"])
        #expect(offered(.supervisor) == ["stages/approval", "cancellations"])
        try shop.perform(approve, as: .supervisor)
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    // MARK: Time

    @Test("A stage's time-out does what the stage says, not a moment early", arguments: Stage.TimeOut.allCases)
    func timeOut(outcome: Stage.TimeOut) async throws {
        var stage = Stage("credit")
        stage.within = .hours(2)
        stage.timeOut = outcome
        stage.owner = "credit_desk"
        let shop = try shop([stage])
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        let start = shop.now
        #expect(try gate(shop, id).due == start + .hours(2))
        shop.now = Timestamp(milliseconds: start.milliseconds + 7_199_999)
        #expect(try await shop.runDueJobs() == 0)
        #expect(try gate(shop, id).state == .pending)
        shop.now = start + .hours(2)
        #expect(try await shop.runDueJobs() == 1)
        let (order, gate) = (try shop.order(id), try gate(shop, id))
        switch outcome {
        case .pass:
            #expect(gate.state == .passed && order.fulfillments[0].state == .released)
        case .fail:
            #expect(gate.state == .failed && order.fulfillments[0].state == .open)
            #expect(try shop.openExceptions().map(\.kind) == [.stageFailed])
        case .cancel:
            #expect(OrderStatus(of: order).overall == .cancelled && order.voided == 2000)
            #expect(try shop.stock("TEE-M@LONDON") == "available 50")
        case .exception:
            #expect(gate.state == .pending && gate.isOverdue)
            let open = try shop.openExceptions()
            #expect(open.map(\.kind) == [.stageOverdue] && open.first?.owner == "credit_desk")
            try shop.perform(PassStage(order: id, stage: "credit", hasPassed: true, note: nil))
            #expect(try shop.openExceptions().isEmpty)
        }
        try shop.expectClean()
        shop.advance(.hours(3))
        #expect(try await shop.runDueJobs() == 0)
    }

    @Test("An order that is not paid for in time is cancelled as unpaid; one that is paid in time goes on")
    func unpaid() async throws {
        var payment: Stage = "payment"
        payment.within = .hours(48)
        payment.timeOut = .cancel
        let shop = try shop([payment])
        let late = try shop.place("2 × TEE-M at 10.00 GBP, unpaid", on: "strict")
        let paid = try shop.place("1 × TEE-M at 10.00 GBP, unpaid", on: "strict")
        shop.advance(.hours(47))
        try shop.perform(
            AddPayment(order: paid, payment: .init(provider: "manual", reference: "p", authorized: gbp(1000))))
        shop.advance(.hours(1))
        try await shop.runDueJobs()
        #expect(try OrderStatus(of: shop.order(late)).overall == .cancelled)
        let told = try shop.waybill.readNow { try EventLog.page(of: late, after: 0, limit: 50, in: $0) }
        #expect(told.last { $0.type == "order.cancelled" }?.data.contains("unpaid") == true)
        #expect(try shop.state(paid.fulfillment(1)) == .released)
        #expect(try shop.stock("TEE-M@LONDON") == "available 49, allocated 1")
        try shop.expectClean()
    }

    @Test("Resolving the exception by hand leaves the stage as it is, and nobody is asked twice")
    func resolved() async throws {
        let shop = try shop([try scored()])
        let id = try shop.place("6 × TEE-M at 10.00 GBP", on: "strict")
        let asked = try #require(try shop.openExceptions().first)
        try shop.perform(ResolveException(exception: asked.id, resolution: "looked at"))
        #expect(try gate(shop, id).state == .pending)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.stageOverdue])
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().count == 1)
        try shop.perform(CancelOrder(order: id, reason: .fraud))
        #expect(try shop.openExceptions().isEmpty, "nobody need judge an order that is over")
        try shop.expectClean()
    }

    @Test("The remorse period is passed early by its condition")
    func earlyRemorse() throws {
        var remorse: Stage = "remorse"
        remorse.passesWhen = try condition(#"{"field": "delivery.method", "is": "pickup"}"#)
        let shop = try shop([remorse])
        let id = try shop.place("1 × CAP at 10.00 GBP, pickup at YORK", on: "strict")
        #expect(try shop.state(id.fulfillment(1)) == .released)
    }
}

@Suite("Stages that a change asks for again")
struct ReenteredStageTests {
    /// What an amendment does to the stages: the order is as if it had been another before.
    private struct Amend: Command {
        static let name = "test-amend"
        let order: OrderID
        let before: @Sendable (inout Order) -> Void
        func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }
        func execute(in work: inout Work) throws -> Reply {
            var order = try work.order(self.order)
            let channel = try work.configuration.channel(order.channel)
            var earlier = order
            before(&earlier)
            order.reenterStages(after: earlier, channel, in: &work)
            try order.releaseWhenReady(channel, in: &work)
            work.update(order)
            return Reply(body: "{}")
        }
    }

    private static func costLess(_ order: inout Order) { order.lines[0].cancelled += 1 }
    private static func wentElsewhere(_ order: inout Order) {
        let old = Address(name: "Ada", lines: ["2 Low Street"], city: "York", postcode: "YO1 7HH", country: "GB")
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: old, location: nil)
    }

    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@YORK: 5")
        try shop.open("strict", policy: ChannelPolicy(stages: ["payment", "fraud", "address", "approval", "remorse"]))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        for stage in ["fraud", "approval", "remorse"] {
            try shop.perform(PassStage(order: id, stage: stage, hasPassed: true, note: nil), as: .supervisor)
        }
        #expect(try shop.order(id).stage == nil)
        return (shop, id)
    }

    private func pending(_ shop: TestSystem, _ id: OrderID) throws -> [String] {
        try shop.order(id).gates.filter { $0.state == .pending }.map(\.name)
    }

    @Test("More to pay asks for fraud and approval again; payment only where it is not covered; never for remorse")
    func costsMore() throws {
        let (shop, id) = try shop()
        try shop.perform(Amend(order: id, before: Self.costLess))
        #expect(try pending(shop, id) == ["fraud", "approval"])
        #expect(try shop.events(id).suffix(2) == ["stage.reopened", "stage.reopened"])
        #expect(try shop.state(id.fulfillment(1)) == .released, "what was released stays released")
        try expectRefusal(
            .secondPersonRequired, of: PassStage(order: id, stage: "approval", hasPassed: true, note: nil), in: shop)
        try shop.perform(PassStage(order: id, stage: "approval", hasPassed: true, note: nil), as: .supervisor)
        try shop.expectClean()
    }

    @Test("Another destination asks for fraud again, and for the address where it is in doubt")
    func elsewhere() throws {
        let (shop, id) = try shop()
        try shop.perform(Amend(order: id, before: Self.wentElsewhere))
        #expect(try pending(shop, id) == ["fraud"])
        try shop.expectClean()
    }

    @Test("An address that failed passes by itself once it is right")
    func addressRepaired() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("strict", policy: ChannelPolicy(stages: ["address"]))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        try shop.perform(Amend(order: id, before: { _ in }))
        let other = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict") {
            var wrong = Address.example()
            wrong.city = ""
            $0.delivery = Order.Delivery(method: .ship, service: "standard", address: wrong, location: nil)
        }
        #expect(try shop.openExceptions().map(\.kind) == [.address])
        try shop.perform(Amend(order: other, before: { _ in }))
        #expect(try pending(shop, other) == ["address"], "nothing that it depends on has changed")
        try shop.perform(MoveHome(order: other))
        #expect(try pending(shop, other).isEmpty)
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.state(other.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    /// Gives an order a good address, as an amendment does.
    private struct MoveHome: Command {
        static let name = "test-move"
        let order: OrderID
        func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }
        func execute(in work: inout Work) throws -> Reply {
            var order = try work.order(self.order)
            let (before, channel) = (order, try work.configuration.channel(order.channel))
            order.delivery = Order.Delivery(method: .ship, service: "standard", address: .example(), location: nil)
            order.reenterStages(after: before, channel, in: &work)
            try order.releaseWhenReady(channel, in: &work)
            work.update(order)
            return Reply(body: "{}")
        }
    }

    @Test("A stage that was asked for again has a new time, and its old job does nothing")
    func newTime() async throws {
        let (shop, id) = try shop()
        shop.advance(.hours(23))
        try shop.perform(Amend(order: id, before: Self.costLess))
        shop.advance(.hours(2))
        try await shop.runDueJobs()
        #expect(try pending(shop, id) == ["fraud", "approval"])
        func told() throws -> [OrderException.Kind] {  // the work that was released before is late by itself
            try shop.openExceptions().map(\.kind).filter { $0 != .workLate }
        }
        #expect(try told().isEmpty)
        shop.advance(.hours(22))
        try await shop.runDueJobs()
        #expect(try told() == [.stageOverdue, .stageOverdue])
        try shop.expectClean()
    }
}

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

    /// What is changed of an order of two T-shirts, paid for with more than it costs.
    private static let changes: [(String, @Sendable (inout Amended) -> Void, Set<Stage.Change>)] = [
        ("an item less", { $0.quantities = [(1, 1)] }, [.items]),
        ("an item more", { $0.quantities = [(1, 3)] }, [.items, .total]),
        ("swapped", { $0.swaps = [(1, 1, "CAP")] }, [.items]),
        ("another address", { leeds(&$0) }, [.address, .delivery]),
        ("another service", {
            $0.rest = { request, _ in
                request.delivery = .init(method: .ship, service: "express", address: .example(), location: nil)
            }
        }, [.delivery]),
        ("another customer", { $0.rest = { request, _ in request.customer = Customer(name: "Bob") } }, [.customer]),
        ("dearer shipping", { $0.rest = { request, _ in request.shipping = gbp(300) } }, [.total]),
        ("more money", {
            $0.rest = { request, _ in
                request.note = "paid at the desk"
                request.customer = Customer(name: "Eve")
                request.payment = .init(provider: "manual", reference: "more", authorized: gbp(100))
            }
        }, [.payment, .customer]),
    ]

    @Test("A stage of the merchant's own is asked again by what it names, and by nothing else", arguments: changes)
    func askedAgainBy(name: String, change: @Sendable (inout Amended) -> Void, expected: Set<Stage.Change>) throws {
        for asked in Stage.Change.allCases {
            let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
            var stage = Stage("engraving")
            stage.askedAgainBy = [asked]
            try shop.open("shop", policy: ChannelPolicy(stages: [stage]))
            let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
            try shop.perform(PassStage(order: id, stage: "engraving", hasPassed: true, note: nil))
            try shop.amend(id, change)
            let isAsked = expected.contains(asked)
            #expect(try shop.order(id).gates[0].state == (isAsked ? .pending : .passed), "\(name): \(asked)")
            #expect(try shop.events(id).contains("stage.reopened") == isAsked, "\(name): \(asked)")
            try shop.expectClean()
        }
    }

    @Test("Whoever staged or committed an amendment approves neither it nor a later one; another person does")
    func amendersDoNotApprove() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var stage: Stage = "approval"
        stage.passesWhen = try Condition(
            stored: JSON.parse(#"{"field": "order.total", "at_most": 5000}"#), in: Order.vocabulary)
        try shop.open("shop", policy: ChannelPolicy(stages: [stage]))
        let id = try shop.place("1 × TEE-M at 50.00 GBP", on: "shop")
        func person(_ name: String) -> Principal { Principal(name: name, scopes: [.ordersWrite, .ordersRead]) }
        func amend(_ units: Int64, by first: String, then second: String) throws {
            let request = shop.request(id) { $0.quantities = [(1, units)] }
            try shop.perform(AmendOrder(order: id, request: request), as: person(first))
            let amendment = AmendmentID(id, try shop.order(id).amendments.count)
            try shop.perform(CommitAmendment(amendment: amendment), as: person(second))
        }
        let approve = PassStage(order: id, stage: "approval", hasPassed: true, note: nil)
        try amend(2, by: "key_1", then: "key_2")
        for name in ["key_1", "key_2"] {
            try expectRefusal(.secondPersonRequired, of: approve, in: shop, as: person(name))
        }
        try shop.perform(approve, as: person("key_4"))
        try amend(3, by: "key_5", then: "key_5")
        for name in ["key_1", "key_2", "key_5"] {
            try expectRefusal(.secondPersonRequired, of: approve, in: shop, as: person(name))
        }
        try shop.perform(approve, as: person("key_4"))
        #expect(try shop.order(id).stage == nil)
        try shop.expectClean()
    }

    @Test("What was given back pays for nothing that is added: payment is asked for, though nothing costs more")
    func paymentAnew() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5", "MUG@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: ["payment"]))
        let id = try shop.place("1 × TEE-M at 10.00 GBP + 1 × CAP at 10.00 GBP", on: "shop")
        try shop.perform(CapturePayment(order: id, amount: gbp(2_000), reason: "prepaid"))
        try shop.perform(RefundPayment(order: id, amount: gbp(300), payment: nil, reason: "late"))
        let answer = try shop.amend(id) {
            $0.quantities = [(1, 0)]
            $0.add = [(1, "MUG", 1_000)]
        }
        let needed = try #require(answer.at("money.authorization_needed.amount")?.integer)
        #expect(needed == 150 && answer.at("money.due_after.amount")?.integer == 2_000)
        #expect(try shop.order(id).stage == "payment" && shop.events(id).contains("stage.reopened"))
        let asked = try shop.order(id)
        #expect(asked.missing(at: asked.gates[0]) == "1.50 GBP of 20.00 GBP is not paid for")
        for part in asked.fulfillments where part.state == .released {
            let name = id.fulfillment(part.number)
            try shop.perform(AcceptFulfillment(fulfillment: name))
            try shop.perform(PickFulfillment(fulfillment: name))
            try shop.perform(PackFulfillment(fulfillment: name, parcels: nil))
            try expectRefusal(.stagePending, of: ShipFulfillment(fulfillment: name), in: shop)
        }
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "more", authorized: gbp(needed))))
        let paid = try shop.order(id)
        #expect(paid.stage == nil && paid.missing(at: paid.gates[0]) == nil)
        try shop.walk(id, to: .delivered)
        let end = try shop.order(id)
        #expect(end.captured == 2_150 && OrderStatus(of: end).overall == .completed)
        try shop.expectClean()
    }

    @Test("Passed by hand without payment, an order that costs the same is not asked for it again")
    func passedUnpaid() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: ["payment"]))
        let id = try shop.place("1 × TEE-M at 10.00 GBP, unpaid", on: "shop")
        try shop.perform(PassStage(order: id, stage: "payment", hasPassed: true, note: "invoice"))
        try shop.amend(id) {
            $0.quantities = [(1, 0)]
            $0.add = [(1, "CAP", 1_000)]
        }
        #expect(try shop.order(id).stage == nil && !shop.events(id).contains("stage.reopened"))
    }

    @Test("A cancelled order waits at no stage and is found at none")
    func cancelled() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: ["payment"]))
        let id = try shop.place("1 × TEE-M at 10.00 GBP, unpaid", on: "shop")
        var search = OrderSearch()
        search.stage = "payment"
        #expect(try shop.waybill.readNow { try search.page(after: nil, limit: 9, in: $0) }.ids == [id])
        try shop.perform(CancelOrder(order: id, reason: .customer))
        #expect(try shop.order(id).stage == nil)
        #expect(try shop.waybill.readNow { try search.page(after: nil, limit: 9, in: $0) }.ids == [])
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

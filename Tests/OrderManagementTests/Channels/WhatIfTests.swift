import TestSupport
import Testing

@testable import OrderManagement

@Suite("What a draft of a channel would decide")
struct WhatIfTests {
    private func channel(_ shop: TestSystem) throws -> Channel {
        try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
    }

    private func draft(_ shop: TestSystem, _ change: (inout ChannelPolicy) -> Void) throws -> Channel {
        var draft = try channel(shop)
        change(&draft.policy)
        return draft
    }

    /// Asks of some orders what a draft would decide.
    private func ask(
        _ shop: TestSystem, _ draft: Channel, about ids: [OrderID], _ assumption: WhatIf.Assumption = .placedByDraft
    ) throws -> JSON {
        let present = try channel(shop)
        let page = try shop.waybill.readNow { try TriedOrder.load(ids, of: present, in: $0) }
        var whatIf = WhatIf(
            present: present, draft: draft, assumption: assumption, at: shop.now, tellsAll: ids.count == 1)
        for tried in page.orders { whatIf.ask(about: tried) }
        return JSON.written { whatIf.write(isPart: page.isPart, to: &$0) }
    }

    private func answer(_ question: String, in json: JSON, order: Int = 0) -> JSON? {
        let answers = json["data"]?.array?.dropFirst(order).first?["answers"]?.array
        return answers?.first { $0["question"]?.string == question }
    }

    /// How far an order is when it is asked about.
    static let situations: [(String, Fulfillment.State)] = [
        ("3 × TEE-M at 10.01 GBP, shipping 4.95", .open), ("3 × TEE-M at 10.01 GBP", .accepted),
        ("3 × TEE-M at 10.01 GBP", .packed), ("2 × TEE-M at 10.00 GBP + 20 × CAP at 5.00 GBP", .picking),
        ("2 × TEE-M at 10.00 GBP, pickup at YORK", .ready), ("2 × TEE-M at 10.00 GBP", .delivered),
        ("2 × TEE-M at 10.00 GBP, unpaid", .open), ("2 × TEE-M at 10.00 GBP, pickup at YORK", .collected),
    ]

    private static func change(_ policy: inout ChannelPolicy) {
        policy.stages = ["remorse"]
        policy.cancellableUntil = "accepted"
        policy.cancelling = CancellingPolicy(
            customerUntil: .open, fee: .init(amount: 250, percent: 10, from: .open, waivedFor: []))
        policy.returnDays = 5
        policy.returning.feeFixed = 300
        policy.returning.feePercent = 15
        policy.returning.exchanges = .none
        policy.amending.addressUntil = .open
        policy.amending.swapUntil = .never
    }

    private func shop(_ text: String, _ state: Fulfillment.State) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "TEE-M@YORK: 9", "CAP@LONDON: 2")
        // Without a stage it would be released at once, and walked on from there.
        try shop.open("shop", policy: ChannelPolicy(stages: ["remorse"]))
        let id = try shop.place(text, on: "shop")
        try shop.walk(id, to: state)
        return (shop, id)
    }

    @Test("What a draft is said to decide once it is published, it decides once it is", arguments: situations)
    func published(text: String, state: Fulfillment.State) throws {
        let (shop, id) = try shop(text, state)
        let draft = try draft(shop, Self.change)
        let tried = try ask(shop, draft, about: [id], .publishedNow)
        let said = try #require(tried["data"]?.array?.first?["answers"]?.array).filter { $0["by_draft"] != .null }
        try shop.perform(SaveChannel(channel: draft))
        let held = try ask(shop, try channel(shop), about: [id], .publishedNow)
        #expect(held["differing"]?.integer == 0 && held["changes"]?.array?.isEmpty == true)
        for entry in said {
            let question = try #require(entry["question"]?.string)
            #expect(answer(question, in: held)?["in_force"] == entry["by_draft"], "\(question)")
        }
        #expect(said.count >= 15)
        try shop.expectClean()
    }

    @Test("The fee that is said is the fee that cancelling takes", arguments: situations.prefix(7))
    func fee(text: String, state: Fulfillment.State) throws {
        let (shop, id) = try shop(text, state)
        var changed = try draft(shop, Self.change)
        (changed.policy.cancellableUntil, changed.policy.cancelling.customerUntil) = ("packed", nil)
        let said = try #require(answer("cancellations/customer", in: try ask(shop, changed, about: [id]))?["by_draft"])
        try shop.perform(SaveChannel(channel: changed))
        let cancel = CancelOrder(order: id, reason: .customer, isPreview: true)
        guard said["allowed"]?.bool == true else {
            #expect(throws: Refusal.self) { try shop.perform(cancel) }
            return
        }
        let preview = try JSON.parse(shop.perform(cancel).body)
        #expect(said["fee"] == preview["fee"], "\(said.text)")
        let units = (preview["lines"]?.array ?? []).reduce(Int64(0)) { $0 + ($1["quantity"]?.integer ?? 0) }
        #expect(said["units"]?.integer == units)
    }

    @Test("What was granted stays where the draft comes into force now, and counts not where orders are placed by it")
    func granted() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP", .delivered)
        shop.advance(.days(10))
        let draft = try draft(shop) { $0.returnDays = 5 }
        let placed = try #require(answer("returns/unwanted", in: try ask(shop, draft, about: [id])))
        #expect(placed["differs"]?.bool == true && placed["in_force"]?["allowed"]?.bool == true)
        #expect(placed["by_draft"]?["allowed"]?.bool == false)
        #expect(placed["by_draft"]?["reason"]?.string?.contains("5 days from delivery") == true)
        let now = try ask(shop, draft, about: [id], .publishedNow)
        #expect(now["differing"]?.integer == 0)
        #expect(answer("returns/unwanted", in: now)?["by_draft"]?["allowed"]?.bool == true)
    }

    @Test("What neither allows is decided alike, though one would have allowed it for longer")
    func refusedByBoth() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP", .delivered)
        let tried = try ask(shop, try draft(shop) { $0.cancellableUntil = "open" }, about: [id])
        #expect(tried["differing"]?.integer == 0 && tried["changes"]?.array?.count == 1)
        let (open, other) = try self.shop("2 × TEE-M at 10.00 GBP", .open)
        let differs = try ask(open, try draft(open) { $0.cancellableUntil = "open" }, about: [other])
        #expect(differs["differing"]?.integer == 1)
    }

    @Test("Over many orders it is counted which decisions differ, and only those are told; nothing is changed")
    func many() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let ids = try [1, 2, 30].map { try shop.place("\($0) × TEE-M at 10.00 GBP", on: "shop") }
        let other = try shop.place("9 × TEE-M at 10.00 GBP, store")
        let draft = try draft(shop) { policy in
            var approval = Stage("approval")
            approval.passesWhen = Condition.test("order.total", .atMost(9_999))
            policy.stages = [approval]
            policy.cancelling.fee = .init(amount: 100, percent: 0)
        }
        let before = try shop.waybill.readNow { try EventLog.lastPosition(in: $0) }
        let tried = try ask(shop, draft, about: ids + [other])
        #expect(tried["orders"]?.integer == 3, "an order of another channel is none of its")
        #expect(tried["differing"]?.integer == 3 && tried["data"]?.array?.count == 3)
        let questions = try #require(tried["questions"]?.array)
        let approval = questions.first { $0["question"]?.string == "stages/approval" }
        #expect(approval?["orders"]?.integer == 1 && approval?["differing"]?.integer == 1)
        #expect(approval?["allowed_in_force"]?.integer == 1 && approval?["allowed_by_draft"]?.integer == 0)
        let customer = questions.first { $0["question"]?.string == "cancellations/customer" }
        #expect(customer?["fees_in_force"]?["amount"]?.integer == 0)
        #expect(customer?["fees_by_draft"]?["amount"]?.integer == 300)
        #expect(questions.first { $0["question"]?.string == "cancellations/merchant" }?["differing"]?.integer == 0)
        #expect(answer("cancellations/customer", in: tried)?["by_draft"]?["fee"]?["amount"]?.integer == 100)
        #expect(answer("stages/approval", in: tried) == nil && answer("stages/approval", in: tried, order: 2) != nil)
        #expect(answer("amendments/swap", in: tried) == nil, "it does not differ")
        #expect(try shop.waybill.readNow { try EventLog.lastPosition(in: $0) } == before)
        try shop.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Preorders")
struct PreorderTests {
    /// `NEW` may leave ten days from now; `CAP` at once.
    private func shop(_ stock: String..., mailer: (any Mailer)? = nil) throws -> TestSystem {
        let shop = try TestSystem(stock: "CAP@LONDON: 9", mailer: mailer)
        try shop.perform(SaveItems(items: [.plain("NEW")]))
        for text in stock { try shop.perform(MoveStock(entries: [entry(text)])) }
        try shop.date(.days(10))
        return shop
    }

    private func entry(_ text: String) -> MoveStock.Entry {
        .init(reason: .receive, sku: "NEW", location: "LONDON", quantity: Int64(text) ?? 0)
    }

    private func line(_ id: OrderID, _ shop: TestSystem, _ member: String) throws -> String? {
        try JSON.parse(try shop.order(id).view).at("lines.0.\(member)")?.string
    }

    // MARK: The street date

    @Test("That goods are sold in advance is told with the day that the order's line says")
    func toldDay() throws {
        let shop = try shop()
        _ = try shop.expect("PO-1", ["NEW": 4], due: shop.now + .days(2))
        let id = try shop.place("2 × NEW at 10.00 GBP, store")
        let day = try #require(try line(id, shop, "expected_at"))
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 50, in: $0) }
            .first { $0.type == "order.backordered" }
        #expect(try JSON.parse(told?.data ?? "{}")["expected_at"]?.string == day)
        #expect(Timestamp(day).map { $0 >= shop.now + .days(10) } == true)
        try shop.expectClean()
    }

    @Test("Goods that are there are promised, and leave on their day, not before; the rest of the order does not wait")
    func streetDate() async throws {
        let shop = try shop("5")
        let date = shop.now + .days(10)
        let id = try shop.place("2 × NEW at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        let order = try shop.order(id)
        #expect(order.lines.map(\.allocated) == [2, 1])
        let early = try #require(order.fulfillments.first { $0.lines.contains { $0.line == 1 } })
        #expect(order.fulfillments.count == 2 && early.state == .open && early.shipBy >= date)
        #expect(order.fulfillments.contains { $0.state == .released })
        #expect(try line(id, shop, "available_from") == date.description)
        try shop.expectClean()
        let name = FulfillmentID(id, early.number)
        let refusal = try expectRefusal(.tooEarly, of: ReleaseFulfillment(fulfillment: name), in: shop)
        #expect(refusal?.explanation.contains(date.description) == true)
        let permission = try #require(
            order.permissions(.till, at: shop.now).first { $0.path.hasSuffix("\(name)/releases") })
        #expect(!permission.isAllowed && permission.reason?.contains(date.description) == true)
        shop.now = date
        try await shop.runDueJobs()
        #expect(try shop.state(name) == .released)
        #expect(try line(id, shop, "available_from") == nil)
        try shop.deliver(id)
        try shop.expectClean()
    }

    @Test("An item that has no date any more is let go at once; later orders of it are like all others")
    func dateless() async throws {
        let shop = try shop("5")
        let id = try shop.place("2 × NEW at 10.00 GBP, store")
        try shop.date(nil)
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .released)
        let later = try shop.place("1 × NEW at 10.00 GBP, store")
        #expect(try shop.state(later.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("A day that slips moves line, promise and work; the customer is told once, and again when it comes sooner")
    func slips() async throws {
        let mailer = TestMailer()
        let shop = try shop("5", mailer: mailer)
        var channel = Channel.till
        channel.policy.messages = MessagePolicy(kinds: [.promiseChanged])
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("2 × NEW at 10.00 GBP, store")
        let other = try shop.place("1 × CAP at 5.00 GBP, store")
        let date = shop.now + .days(20)
        try shop.date(.days(20))
        try await shop.runDueJobs()
        #expect(try line(id, shop, "available_from") == date.description)
        #expect(try shop.order(id).fulfillments[0].shipBy >= date)
        #expect(try shop.events(id).count { $0 == "order.promise_changed" } == 1)
        #expect(try shop.events(other).count { $0 == "order.promise_changed" } == 0)
        #expect(mailer.asked.map(\.letter.subject) == ["promise_changed en STO-1001"])
        let values = try JSON.parse(try #require(mailer.asked.first).letter.text)
        #expect(date.description.hasPrefix("2026-03-22") && values.at("lines.0.day")?.string == "Sun 22 Mar 2026")
        try shop.expectClean()
        try shop.perform(SaveItems(items: [try #require(try shop.item("NEW"))]))
        try await shop.runDueJobs()
        #expect(mailer.asked.count == 1)
        shop.advance(.days(10))
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .open)
        try shop.date(.days(1))
        try await shop.runDueJobs()
        #expect(mailer.asked.count == 2)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("A kit leaves when the last of its parts may")
    func kit() async throws {
        let shop = try shop("5")
        try shop.perform(
            SaveItems(items: [
                Item(
                    sku: "SET", name: "Set", weightGrams: 0,
                    components: [.init(sku: "NEW", quantity: 1), .init(sku: "CAP", quantity: 1)])
            ]))
        let id = try shop.place("1 × SET at 15.00 GBP, store")
        #expect(try shop.order(id).fulfillments.map(\.state) == [.open])
        try shop.date(.days(2))
        try await shop.runDueJobs()
        #expect(try line(id, shop, "available_from") == (shop.now + .days(2)).description)
        shop.advance(.days(2))
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    // MARK: How many

    @Test("As many are sold in advance as are to come and nobody waits for, even where backorders are refused")
    func withinSupply() async throws {
        let shop = try shop("1")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        _ = try shop.expect("PO-1", ["NEW": 4], due: shop.now + .days(8))
        let id = try shop.place("3 × NEW at 10.00 GBP", on: "strict")
        #expect(try shop.order(id).lines.map(\.backordered) == [2])
        #expect(try line(id, shop, "expected_at") == (shop.now + .days(14)).description)
        try await shop.runDueJobs()
        // The supply comes before the goods may leave.
        #expect(try line(id, shop, "expected_at") == (shop.now + .days(10)).description)
        var more = try PlaceOrder("3 × NEW at 10.00 GBP")
        more.channel = "strict"
        let refusal = try expectRefusal(.insufficientStock, at: "/lines/0/quantity", of: more, in: shop)
        #expect(refusal?.explanation.contains("2 more sold in advance") == true)
        try shop.place("2 × NEW at 10.00 GBP, store")
        try expectRefusal(.insufficientStock, of: try PlaceOrder("1 × NEW at 10.00 GBP, store"), in: shop)
        try shop.expectClean()
    }

    @Test("A channel's limit counts its own units that wait, whatever is to come; 0 sells nothing in advance")
    func limit() throws {
        let shop = try shop()
        var policy = ChannelPolicy(stages: [])
        policy.supply.preorderLimit = 3
        try shop.open("some", policy: policy)
        policy.supply.preorderLimit = 0
        try shop.open("none", policy: policy)
        let id = try shop.place("2 × NEW at 10.00 GBP", on: "some")
        for (channel, units) in [("some", 2), ("none", 1)] {
            var order = try PlaceOrder("\(units) × NEW at 10.00 GBP")
            order.channel = channel
            try expectRefusal(.insufficientStock, at: "/lines/0/quantity", of: order, in: shop)
        }
        try expectRefusal(
            .insufficientStock, at: "/quantities/0/quantity",
            of: AmendOrder(order: id, request: shop.request(id) { $0.quantities = [(1, 4)] }), in: shop)
        try shop.amend(id) { $0.quantities = [(1, 3)] }
        #expect(try shop.order(id).lines.map(\.backordered) == [3])
        try shop.expectClean()
    }

    @Test("Availability says from when, and how many more are sold in advance")
    func availability() throws {
        let shop = try shop("1")
        _ = try shop.expect("PO-1", ["NEW": 4], due: shop.now + .days(8))
        try shop.place("3 × NEW at 10.00 GBP, store")
        func found(at moment: Timestamp) throws -> Availability? {
            try shop.waybill.readNow { db in
                let configuration = try Configuration.load(in: db)
                return try Availability.of(
                    ["NEW"], channel: .till, configuration: configuration, at: moment, in: db
                ).first
            }
        }
        #expect(try found(at: shop.now)?.preorder?.units == 2)
        #expect(try found(at: shop.now)?.preorder?.from == shop.now + .days(10))
        #expect(try found(at: shop.now + .days(10))?.preorder == nil)
    }

    @Test("Who buys in advance is not cancelled for want of stock before the day")
    func unfillable() async throws {
        let shop = try shop()
        _ = try shop.expect("PO-1", ["NEW": 4], due: shop.now + .days(30))
        var policy = ChannelPolicy(stages: [])
        policy.cancelling.unfillableDays = 3
        try shop.open("short", policy: policy)
        let id = try shop.place("1 × NEW at 10.00 GBP + 11 × CAP at 5.00 GBP", on: "short")
        shop.advance(.days(4))
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines.map(\.cancelled) == [0, 2])
        shop.advance(.days(10))
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines.map(\.cancelled) == [1, 2])
        try shop.expectClean()
    }

    @Test("Buyers at two doors at once buy in advance what is to come, and no more")
    func race() async throws {
        let shop = try shop()
        _ = try shop.expect("PO-1", ["NEW": 10], due: shop.now + .days(8))
        let other = OrderManagement(database: shop.database, clock: { [shop] in shop.now })
        defer { other.stop() }
        let sold = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<30 {
                let order = try PlaceOrder("1 × NEW at 10.00 GBP, store, named P-\(number)")
                let door = number.isMultiple(of: 2) ? shop.waybill : other
                group.addTask {
                    do {
                        _ = try await door.perform(order, as: .system)
                        return 1
                    } catch let refusal as Refusal where refusal.code == .insufficientStock {
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sold == 10)
        try shop.expectClean()
    }

    @Test("A preorder that nothing would ever release is found")
    func tampered() throws {
        let shop = try shop("1")
        try shop.place("1 × NEW at 10.00 GBP, store")
        #expect(try !shop.examine(tamperedBy: "DELETE FROM jobs WHERE kind = 'release_preorder'").isClean)
        try shop.expectClean()
    }
}

extension TestSystem {
    /// `NEW` may leave after a span from now; at once without one.
    func date(_ span: Seconds?) throws {
        var item = Item.plain("NEW")
        item.availableFrom = span.map { now + $0 }
        try perform(SaveItems(items: [item]))
    }

    fileprivate func item(_ sku: String) throws -> Item? { try waybill.readNow { try ItemStore.item(sku, in: $0) } }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("An order that is sent only when it is complete")
struct SentTogetherTests {
    /// Five CAP are there, and no TEE-M.
    private func shop(
        _ stages: [Stage] = [], release: ChannelPolicy.Release = .automatic
    ) throws -> TestSystem {
        let shop = try TestSystem(stock: "CAP@LONDON: 5")
        try shop.perform(SaveItems(items: [.plain("TEE-M")]))
        var policy = ChannelPolicy(stages: stages, release: release)
        policy.supply.backorderRelease = .complete
        policy.messages = MessagePolicy(kinds: [.received, .promiseChanged])
        try shop.open("shop", policy: policy)
        return shop
    }

    private let text = "2 × CAP at 5.00 GBP + 1 × TEE-M at 10.00 GBP"

    private func promise(_ id: OrderID, _ shop: TestSystem) throws -> Timestamp {
        try #require(try shop.order(id).fulfillments.first { $0.state.holdsStock }).shipBy
    }

    @Test("What is there is promised with the last to come, from the answer on; the mail says that it comes together")
    func placed() async throws {
        let shop = try shop()
        let id = try shop.place(text, on: "shop")
        let last = shop.now + .days(14)
        let order = try shop.order(id)
        let part = order.fulfillments[0]
        #expect(part.state == .open && part.shipBy == last + .hours(6), "the first cut-off once it is there")
        #expect(part.deliverBy > part.shipBy)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 1, in: $0) }
        let placed = try JSON.parse(try #require(events.first).data)
        #expect(placed.at("fulfillments.0.promise.ship_by")?.string == part.shipBy.description)
        let values = try #require(try shop.waybill.readNow { try MessageValues(of: id, telling: nil, in: $0) })
        #expect(try values.json()["together"]?.string == "Mon 16 Mar 2026")
        try shop.expectClean()
    }

    @Test("A date that moves moves all of it, in the same event; once the rest is there all of it leaves at once")
    func moved() async throws {
        let shop = try shop()
        let id = try shop.place(text, on: "shop")
        let supply = try shop.expect("PO-1", ["TEE-M": 1], due: shop.now + .days(20))
        try await shop.runDueJobs()
        #expect(try promise(id, shop) == shop.now + .days(20) + .hours(6))
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        let told = try JSON.parse(try #require(events.last { $0.type == "order.promise_changed" }).data)
        #expect(told["lines"]?.array?.compactMap { $0["sku"]?.string }.sorted() == ["CAP", "TEE-M"])
        let days = Set(told["lines"]?.array?.compactMap { $0["expected_at"]?.string } ?? [])
        #expect(days == [(shop.now + .days(20)).description])
        shop.advance(.days(3))
        try shop.perform(ReceiveInbound(inbound: supply))
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.fulfillments.allSatisfy { $0.state == .released && $0.shipBy == shop.now + .hours(6) })
        #expect(order.together.isEmpty)
        try shop.expectClean()
    }

    @Test("Once the rest is given up, what is there is promised for the next day and leaves")
    func givenUp() throws {
        let shop = try shop()
        let id = try shop.place(text, on: "shop")
        let rest = [LineQuantity(line: id.line(2), quantity: 1)]
        try shop.perform(CancelOrder(order: id, lines: rest, reason: .customer))
        #expect(try promise(id, shop) == shop.now + .hours(6))
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("A day that is missed is told of all of it, with an owner")
    func missed() async throws {
        let shop = try shop()
        let id = try shop.place(text, on: "shop")
        shop.advance(.days(15))
        try await shop.runDueJobs()
        #expect(try promise(id, shop) > shop.now + .days(13))
        let shown = try shop.openExceptions()
        #expect(shown.map(\.kind) == [.backorderOverdue])
        #expect(shown[0].cause.hasSuffix("What is there of the order waits with it."))
        try shop.expectClean()
    }

    @Test("A person may let a part go before the rest: the answer and the history say so, and it is promised at once",
        arguments: [ChannelPolicy.Release.automatic, .manual])
    func before(release: ChannelPolicy.Release) throws {
        let shop = try shop(release: release)
        let id = try shop.place(text, on: "shop")
        let reply = try JSON.parse(shop.perform(ReleaseFulfillment(fulfillment: id.fulfillment(1))).body)
        #expect(reply["note"]?.string == "Let go before the rest of the order: 1 unit of it still to come.")
        #expect(reply.at("promise.ship_by")?.string == (shop.now + .hours(6)).description)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        let released = try #require(events.last { $0.type == "fulfillment.released" })
        #expect(try JSON.parse(released.data)["before_rest"]?.bool == true)
        try shop.expectClean()
    }

    @Test("A channel that sends parts promises what is there for itself")
    func inParts() throws {
        let shop = try shop()
        try shop.open("parts")
        let id = try shop.place(text, on: "parts")
        #expect(try promise(id, shop) == shop.now + .hours(6) && shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }
}

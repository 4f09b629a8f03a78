import OrderManagement
import TestSupport
import Testing

@Suite("How many locations serve an order")
struct OrderAllocationTests {
    private func shop(_ policy: ChannelPolicy) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2", "TEE-M@LEEDS: 2", "TEE-M@YORK: 2", "CAP@LONDON: 9")
        try shop.open("few", policy: policy)
        return shop
    }

    private func decision(_ id: OrderID, _ shop: TestSystem) throws -> JSON {
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        return try JSON.parse(try #require(events.last { $0.type == "order.sourced" }).data)
    }

    @Test("The limit holds where it can be kept")
    func kept() throws {
        let shop = try shop(ChannelPolicy(stages: [], locationsMax: 1))
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP", on: "few")
        #expect(try shop.order(id).fulfillments.map(\.location) == ["LONDON"])
        #expect(try decision(id, shop)["beyond_locations_max"] == nil)
        try shop.expectClean()
    }

    @Test("The limit yields where it alone would leave units waiting beside stock, and the decision says so")
    func yields() throws {
        let shop = try shop(ChannelPolicy(stages: [], locationsMax: 2))
        let id = try shop.place("6 × TEE-M at 10.00 GBP", on: "few")
        let order = try shop.order(id)
        #expect(order.lines[0].allocated == 6)
        #expect(order.fulfillments.count == 3)
        #expect(try decision(id, shop)["beyond_locations_max"]?.integer == 2)
        try shop.expectClean()
    }

    @Test("Where nobody has the units, the limit has nothing to yield to")
    func nobodyHas() throws {
        let shop = try shop(ChannelPolicy(stages: [], locationsMax: 3))
        let id = try shop.place("7 × TEE-M at 10.00 GBP", on: "few")
        #expect(try shop.order(id).lines[0].backordered == 1)
        #expect(try decision(id, shop)["beyond_locations_max"] == nil)
        try shop.expectClean()
    }

    @Test("A channel to which waiting is cheaper than another parcel has its units wait")
    func cheapToWait() throws {
        let shop = try shop(ChannelPolicy(stages: [], unfilledCost: 10, locationsMax: 1))
        let id = try shop.place("4 × TEE-M at 10.00 GBP", on: "few")
        #expect(try shop.order(id).fulfillments.count <= 1)
        #expect(try decision(id, shop)["beyond_locations_max"] == nil)
        try shop.expectClean()
    }
}

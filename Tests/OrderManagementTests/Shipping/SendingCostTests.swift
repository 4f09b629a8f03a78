import TestSupport
import Testing

@testable import OrderManagement

@Suite("What couriers cost, in sourcing")
struct SendingCostTests {
    @Test("A parcel and its kilograms are a straight line through what two parcels cost, which falls nowhere")
    func line() {
        let rising = SendingCost(light: (500, 300), heavy: (2_500, 500))
        #expect(rising.parcel == 250 && rising.kilogram == 100)
        let falling = SendingCost(light: (500, 300), heavy: (1_000, 200))
        #expect(falling.parcel == 300 && falling.kilogram == 0)
        let single = SendingCost(light: (500, 300), heavy: (500, 300))
        #expect(single.parcel == 300 && single.kilogram == 0)
        let steep = SendingCost(light: (1_000, 100), heavy: (2_000, 5_000))
        #expect(steep.parcel == 0 && steep.kilogram == 4_900)
    }

    private func shop(_ couriers: [Courier], _ change: (inout CourierPolicy) -> Void = { _ in }) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 40", "TEE-M@LEEDS: 40")
        if !couriers.isEmpty { try shop.perform(SaveCouriers(couriers: couriers)) }
        var policy = ChannelPolicy(stages: [])
        change(&policy.shipping)
        try shop.open("shop", policy: policy)
        return shop
    }

    private func decision(_ id: OrderID, _ shop: TestSystem) throws -> JSON {
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        return try JSON.parse(try #require(events.last { $0.type == "order.sourced" }).data)
    }

    private func sending(_ decision: JSON) -> Int64? {
        guard let cost = decision["chosen"]?.array?.first?["cost"] else { return nil }
        return (cost["parcels"]?.integer ?? 0) + (cost["weight"]?.integer ?? 0)
    }

    @Test("An order is weighed by what its parcel will cost, but for what is rounded up unit by unit", arguments: [
        (1, 400), (4, 400), (5, 600), (20, 600),
    ])
    func priced(units: Int64, price: Int64) throws {
        let shop = try shop([.vans])
        let id = try shop.place("\(units) × TEE-M at 10.00 GBP", on: "shop")
        let cost = try #require(try sending(decision(id, shop)))
        #expect(cost >= price - 1 && cost <= price + units, "\(cost)")
        try shop.expectClean()
    }

    @Test("Where the rules leave a location only a dear service, another one sends")
    func rules() throws {
        for (dear, other) in [("LONDON", "LEEDS"), ("LEEDS", "LONDON")] {
            let shop = try shop([.vans]) {
                $0.rules = [
                    .init(when: .test("origin.location", .isOne(of: [.text(dear)])), services: ["vans/fast"])
                ]
            }
            let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
            #expect(try shop.order(id).fulfillments.map(\.location) == [other])
            let loser = try #require(try decision(id, shop)["losers"]?.array?.first)
            #expect(loser["location"]?.string == dear && loser["reason"]?.string == "dearer")
            #expect(loser["cost"]?.integer == 1_000)  // with what it costs to use the location
            try shop.expectClean()
        }
    }

    @Test("Where nobody carries it, and where no courier is set up, what the channel reckons with holds")
    func withoutCouriers() throws {
        let abroad = "1 × TEE-M at 10.00 GBP"
        let without = try shop([])
        let with = try shop([.vans])
        var costs: [Int64?] = []
        for shop in [without, with] {
            var order = try PlaceOrder(abroad)
            order.channel = "shop"
            var address = Address.example()
            address.country = "FR"
            order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
            let reply = try JSON.parse(try shop.perform(order).body)
            let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
            costs.append(try sending(decision(id, shop)))
            try shop.expectClean()
        }
        #expect(costs == [1_220, 1_220])
    }

    @Test("More than a courier takes goes in several parcels, each of which costs")
    func severalParcels() throws {
        let shop = try shop([.vans])
        let id = try shop.place("36 × TEE-M at 10.00 GBP", on: "shop")
        let decision = try decision(id, shop)
        #expect(decision["chosen"]?.array?.first?["parcels"]?.integer == 2)
        #expect(try #require(sending(decision)) >= 1_000)
        try shop.expectClean()
    }
}

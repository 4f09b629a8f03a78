import TestSupport
import Testing

@testable import OrderManagement

@Suite("Parcels of each location, as its own couriers take them, in sourcing")
struct OriginParcelsTests {
    /// Collects at one location, for prices up to weights.
    private func courier(_ code: String, at location: String?, _ bands: [(Int64, Int64)]) -> Courier {
        var service = Tariff.Service(
            code: "s", name: "S", bands: ["home": bands.map { .init(gramsMax: $0.0, price: $0.1) }])
        service.days = 3
        var courier = Courier(
            code: code, name: code,
            tariff: Tariff(currency: pounds, zones: ["GB": "home"], services: [service]))
        courier.origins = location.map { CourierOrigins(locations: [$0]) }
        return courier
    }

    private func shop(_ stock: [String], _ couriers: [Courier], _ rules: [CourierPolicy.Rule] = []) throws
        -> TestSystem
    {
        let shop = try TestSystem()
        try shop.perform(SaveLocations(locations: ["AAA", "ZED"].map(Location.warehouse)))
        for text in stock { try shop.receive(text) }
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "Tee", weightGrams: 500)]))
        try shop.perform(SaveCouriers(couriers: couriers))
        var policy = ChannelPolicy(stages: [])
        (policy.shipping.labels, policy.shipping.rules) = (.automatic, rules)
        try shop.open("shop", policy: policy)
        return shop
    }

    private struct Decision: Equatable {
        var chosen: [String] = []
        var costs: [String: Int64] = [:]
    }

    /// Where ten units of 500 g would be sent from, and what each location that could send all of them would cost.
    private func decision(_ shop: TestSystem) throws -> (Decision, Order) {
        let id = try shop.place("10 × TEE-M at 10.00 GBP", on: "shop")
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let json = try JSON.parse(try #require(events.last { $0.type == "order.sourced" }).data)
        var decision = Decision()
        for entry in json["chosen"]?.array ?? [] {
            let location = try #require(entry["location"]?.string)
            decision.chosen.append(location)
            decision.costs[location] = entry["cost"]?["total"]?.integer
        }
        for entry in json["losers"]?.array ?? [] {
            decision.costs[try #require(entry["location"]?.string)] = entry["cost"]?.integer
        }
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil))
        try shop.expectClean()
        return (decision, try shop.order(id))
    }

    /// Four units to a parcel of 2 kg: three parcels. LONDON's courier takes all in one, for 8.00.
    private static let cases: [(code: String, price: Int64, isCheaper: Bool)] = [
        ("AAA", 100, true), ("ZED", 100, true), ("AAA", 300, false), ("ZED", 300, false),
    ]

    @Test("What a location costs is the same alone and beside others, and the cheaper one sends", arguments: Self.cases)
    func alone(code: String, price: Int64, isCheaper: Bool) throws {
        let small = courier("small", at: code, [(2_000, price)])
        let london = courier("lon", at: "LONDON", [(2_000, 400), (20_000, 800)])
        let couriers = [small, london]
        let alone = try decision(try shop(["TEE-M@\(code): 40"], couriers)).0
        let other = try decision(try shop(["TEE-M@LONDON: 40"], couriers)).0
        let (both, order) = try decision(try shop(["TEE-M@LONDON: 40", "TEE-M@\(code): 40"], couriers))
        #expect(both.costs == alone.costs.merging(other.costs) { $1 })
        #expect(both.chosen == [isCheaper ? code : "LONDON"])
        #expect(order.parcels.map(\.courier) == (isCheaper ? ["small", "small", "small"] : ["lon"]))
        let paid = order.parcels.reduce(Int64(0)) { $0 + ($1.label?.price?.amount ?? 0) }
        let reckoned = try #require(both.costs[both.chosen[0]]) - 100  // with what it costs to use the location
        #expect((paid - 10...paid + 10).contains(reckoned), "\(reckoned) for \(paid)")
    }

    @Test("The same where rules give a location its couriers, and nobody says where they collect", arguments: [
        "AAA", "ZED",
    ])
    func rules(code: String) throws {
        let small = courier("small", at: nil, [(2_000, 100)])
        let couriers = [small, courier("lon", at: nil, [(2_000, 400), (20_000, 800)])]
        let rules: [CourierPolicy.Rule] = [
            .init(when: .test("origin.location", .isOne(of: [.text(code)])), services: ["small/s"]),
            .init(when: .test("order.total", .atLeast(1)), services: ["lon/s"]),
        ]
        let alone = try decision(try shop(["TEE-M@\(code): 40"], couriers, rules)).0
        let (both, order) = try decision(try shop(["TEE-M@LONDON: 40", "TEE-M@\(code): 40"], couriers, rules))
        #expect(both.chosen == [code] && both.costs[code] == alone.costs[code])
        #expect(order.parcels.map(\.courier) == ["small", "small", "small"])
    }

    @Test("Where nobody collects costs as much as the dearest of the others, in parcels as small as theirs")
    func nobody() throws {
        let couriers = [courier("small", at: "ZED", [(2_000, 300)])]
        let (both, order) = try decision(try shop(["TEE-M@AAA: 40", "TEE-M@ZED: 40"], couriers))
        #expect(both.chosen == ["ZED"] && order.parcels.count == 3)
        #expect(try #require(both.costs["AAA"]) >= #require(both.costs["ZED"]))
    }
}

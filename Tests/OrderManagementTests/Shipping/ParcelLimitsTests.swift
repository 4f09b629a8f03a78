import TestSupport
import Testing

@testable import OrderManagement

@Suite("Goods are divided so that somebody takes each parcel")
struct ParcelLimitsTests {
    /// `vans/light` takes 10 kg, and hazardous goods; `vans/heavy` takes 25 kg and is dearer.
    private static let vans: Courier = {
        func service(_ code: String, _ gramsMax: Int64, _ price: Int64) -> Tariff.Service {
            var service = Tariff.Service(
                code: code, name: code, bands: ["home": [.init(gramsMax: gramsMax, price: price)]])
            service.days = 1
            return service
        }
        var light = service("light", 10_000, 400)
        light.capabilities = 1
        return Courier(
            code: "vans", name: "Our vans",
            tariff: Tariff(
                currency: pounds, zones: ["GB": "home"], services: [light, service("heavy", 25_000, 900)]))
    }()

    private static let always = Condition.test("order.total", .atLeast(1))

    private func shop(_ change: (inout CourierPolicy) -> Void = { _ in }) throws -> TestSystem {
        let shop = try TestSystem.labelling("LIGHTER@LONDON: 99", by: [Self.vans]) { change(&$0.shipping) }
        try shop.receive("SAFE@LONDON: 9")
        var place = Location.warehouse("LONDON")
        place.capabilities = 1
        try shop.perform(SaveLocations(locations: [place]))
        try shop.perform(
            SaveItems(items: [
                Item(sku: "LIGHTER", name: "Lighter", weightGrams: 258, requirements: 1),
                Item(sku: "SAFE", name: "Safe", weightGrams: 6_160),
            ]))
        return shop
    }

    private func packed(_ text: String, _ shop: TestSystem, service: String = "standard") throws -> [Parcel] {
        var order = try PlaceOrder(text)
        order.channel = "shop"
        order.delivery = Order.Delivery(method: .ship, service: service, address: .example(), location: nil)
        let reply = try JSON.parse(try shop.perform(order).body)
        let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
        try pack(id, shop)
        try shop.expectClean()
        return try shop.order(id).parcels
    }

    /// Packs as the system suggests.
    private func pack(_ id: OrderID, _ shop: TestSystem) throws {
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil))
    }

    @Test(
        "Hazardous goods go in as many parcels as the service that may carry them needs, by express as well",
        arguments: ["standard", "express"])
    func hazardous(service: String) throws {
        let parcels = try packed("60 × LIGHTER at 1.00 GBP", try shop(), service: service)
        #expect(parcels.map(\.weightGrams).allSatisfy { $0 <= 10_000 } && parcels.count == 2)
        #expect(parcels.map(\.service) == ["light", "light"])
    }

    @Test("What a rule allows decides how much goes into one parcel, also a rule about what a parcel weighs")
    func rules() throws {
        let only = try shop { $0.rules = [.init(when: Self.always, services: ["vans/light"])] }
        #expect(try packed("3 × SAFE at 90.00 GBP", only).map(\.service) == ["light", "light", "light"])
        let heavy = try packed("3 × SAFE at 90.00 GBP", try shop())
        #expect(heavy.map(\.service) == ["heavy"] && heavy[0].weightGrams == 18_480)
        let byWeight = try shop {
            $0.rules = [
                .init(when: .test("parcel.weight_g", .atLeast(11_000)), services: ["vans/light"]),
                .init(when: Self.always, services: ["vans/*"]),
            ]
        }
        #expect(try packed("3 × SAFE at 90.00 GBP", byWeight).allSatisfy { $0.label != nil })
    }

    @Test("A box that nobody takes is left out where smaller ones do")
    func boxes() throws {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9", by: [
            Courier.vans.changingServices { $0.lengthMax = 400 }
        ])
        try shop.perform(
            SaveItems(items: [
                Item(sku: "TEE-M", name: "Tee", weightGrams: 500, size: .init(length: 290, width: 200, height: 90))
            ]))
        var packaging = Packaging()
        packaging.boxes = [
            .init(code: "S", inner: .init(300, 210, 100)), .init(code: "L", inner: .init(600, 400, 300)),
        ]
        try shop.perform(SavePackaging(packaging: packaging))
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        try pack(id, shop)
        let parcels = try shop.order(id).parcels
        #expect(parcels.map(\.size?.length) == [300, 300, 300] && parcels.allSatisfy { $0.label != nil })
        try shop.expectClean()
    }

    /// Who takes little, and only to France.
    private func abroad(services: Int) -> Courier {
        Courier(
            code: "intl", name: "Abroad",
            tariff: Tariff(
                currency: pounds, zones: ["FR": "eu"],
                services: (1...services).map {
                    .init(code: "s\($0)", name: "S", bands: ["eu": [.init(gramsMax: 100, price: 1)]])
                }))
    }

    @Test("Reasons are told with those first that something can be done about, and alike ones together")
    func reasons() throws {
        let shop = try shop()
        try shop.perform(SaveCouriers(couriers: [abroad(services: 111)]))
        try shop.perform(
            SaveItems(items: [Item(sku: "SAFE", name: "Safe", weightGrams: 26_000)]))
        let id = try shop.place("1 × SAFE at 90.00 GBP", on: "shop")
        try pack(id, shop)
        let cause = try #require(try shop.order(id).exceptions.first { $0.kind == .labelFailed }).cause
        #expect(cause.hasSuffix(
            "vans/heavy: too heavy: at most 25000 g; vans/light: too heavy: at most 10000 g; it does not serve GB: "
                + "111 services (intl/s1, intl/s10, intl/s100, …)"), "\(cause)")
    }

    @Test("Services that are allowed are told of first: what no rule allows hides none that does not serve the country")
    func allowedFirst() throws {
        let shop = try shop { $0.rules = [.init(when: Self.always, services: ["vans/*"])] }
        try shop.perform(SaveCouriers(couriers: [abroad(services: 106)]))
        var order = try PlaceOrder("1 × SAFE at 90.00 GBP")
        order.channel = "shop"
        let address = Address(name: "B. Example", lines: ["1 Rue"], city: "Paris", postcode: "75001", country: "FR")
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        let reply = try JSON.parse(try shop.perform(order).body)
        let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
        try pack(id, shop)
        let cause = try #require(try shop.order(id).exceptions.first { $0.kind == .labelFailed }).cause
        #expect(cause.contains(
            ": it does not serve FR: 2 services (vans/heavy, vans/light); no rule of the channel allows it"),
            "\(cause)")
    }

    @Test("What one parcel of an express order cannot have, its others still have: each goes by the speed asked for")
    func expressApart() throws {
        func service(_ code: String, days: Int64, _ price: Int64, _ capabilities: UInt64) -> Tariff.Service {
            var service = Tariff.Service(
                code: code, name: code, bands: ["home": [.init(gramsMax: 25_000, price: price)]])
            (service.days, service.capabilities) = (days, capabilities)
            return service
        }
        let shop = try shop()
        try shop.perform(
            SaveCouriers(couriers: [
                Courier(
                    code: "vans", name: "Our vans",
                    tariff: Tariff(
                        currency: pounds, zones: ["GB": "home"],
                        services: [service("fast", days: 1, 900, 0), service("slow", days: 3, 300, 1)]))
            ]))
        var order = try PlaceOrder("1 × LIGHTER at 1.00 GBP + 1 × SAFE at 9.00 GBP")
        order.channel = "shop"
        order.delivery = Order.Delivery(method: .ship, service: "express", address: .example(), location: nil)
        let reply = try JSON.parse(try shop.perform(order).body)
        let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
        let promised = try shop.order(id).fulfillments[0]
        #expect(promised.deliverBy == promised.shipBy + .days(3))
        try shop.walk(id, to: .picking)
        let boxes = [1, 2].map { PackFulfillment.Box(lines: id.units([$0: 1]), weightGrams: 900) }
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: boxes))
        let packed = try shop.order(id)
        #expect(packed.parcels.map(\.service) == ["slow", "fast"])
        #expect(packed.fulfillments[0].deliverBy == promised.deliverBy)
        try shop.expectClean()
    }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("Goods are divided by what they are worth")
struct ParcelWorthTests {
    private func service(_ code: String, _ gramsMax: Int64, _ price: Int64, valueMax: Int64?) -> Tariff.Service {
        var service = Tariff.Service(
            code: code, name: code, bands: ["home": [.init(gramsMax: gramsMax, price: price)]])
        (service.days, service.valueMax) = (1, valueMax)
        return service
    }

    private func post(_ services: Tariff.Service..., currency: Currency = pounds) -> Courier {
        Courier(
            code: "post", name: "Post",
            tariff: Tariff(currency: currency, zones: ["GB": "home"], services: services))
    }

    private func shop(
        _ courier: Courier, boxes: [Packaging.Box] = [], _ change: (inout CourierPolicy) -> Void = { _ in }
    ) throws -> TestSystem {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 99", by: [courier]) { change(&$0.shipping) }
        let size = boxes.isEmpty ? nil : ItemSize(length: 100, width: 100, height: 50)
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "Tee", weightGrams: 500, size: size)]))
        var packaging = Packaging()
        packaging.boxes = boxes
        try shop.perform(SavePackaging(packaging: packaging))
        return shop
    }

    /// Units in each parcel that is suggested, all of which must have got their labels.
    private func packed(
        _ text: String, service: String = "standard", discount: Int64 = 0, in shop: TestSystem
    ) throws -> [Int64] {
        var order = try PlaceOrder(text)
        order.channel = "shop"
        order.delivery = Order.Delivery(method: .ship, service: service, address: .example(), location: nil)
        if discount > 0 {
            let line = order.lines[0]
            order.lines = [
                .init(
                    sku: line.sku, quantity: line.quantity, unitPrice: line.unitPrice, discount: gbp(discount),
                    tax: gbp(0))
            ]
            order.total = Money(order.total.amount - discount, pounds)
            order.payments = [.init(provider: "manual", reference: "p", authorized: order.total)]
        }
        let reply = try JSON.parse(try shop.perform(order).body)
        let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil))
        try shop.expectClean()
        let parcels = try shop.order(id).parcels
        let shown = try shop.openExceptions().map(\.cause)
        #expect(parcels.allSatisfy { $0.label != nil }, "\(shown)")
        return parcels.map { $0.units[1] ?? 0 }
    }

    @Test("What one parcel may not carry for what it is worth goes in several, by express as well", arguments: [
        "standard", "express",
    ])
    func divided(service: String) throws {
        let shop = try shop(post(self.service("std", 20_000, 300, valueMax: 50_000)))
        #expect(try packed("2 × TEE-M at 400.00 GBP", service: service, in: shop) == [1, 1])
        #expect(try packed("2 × TEE-M at 250.00 GBP", service: service, in: shop) == [2])
        #expect(try packed("5 × TEE-M at 200.00 GBP", service: service, in: shop) == [2, 2, 1])
    }

    @Test("The worth of a part is that which customs are told, to the penny")
    func declared() throws {
        // 3 × 333.34 less 0.02: units of 333.33, 333.33 and 333.34.
        let exact = try shop(post(service("std", 20_000, 300, valueMax: 66_666)))
        #expect(try packed("3 × TEE-M at 333.34 GBP", discount: 2, in: exact) == [2, 1])
        let short = try shop(post(service("std", 20_000, 300, valueMax: 66_665)))
        #expect(try packed("3 × TEE-M at 333.34 GBP", discount: 2, in: short) == [1, 1, 1])
    }

    @Test("Weight and worth count together: nobody takes what is heavy by one service and dear by another")
    func together() throws {
        let courier = post(service("heavy", 20_000, 500, valueMax: 5_000), service("safe", 2_000, 900, valueMax: nil))
        let shop = try shop(courier)
        #expect(try packed("10 × TEE-M at 40.00 GBP", in: shop) == [4, 4, 2])
        #expect(try packed("10 × TEE-M at 5.00 GBP", in: shop) == [10])
    }

    @Test("Goods in boxes are divided by worth as well, whatever has room")
    func boxed() throws {
        let boxes = [
            Packaging.Box(code: "S", inner: .init(110, 110, 60)), .init(code: "L", inner: .init(300, 300, 300)),
        ]
        let shop = try shop(post(service("std", 20_000, 300, valueMax: 50_000)), boxes: boxes)
        #expect(try packed("3 × TEE-M at 200.00 GBP", in: shop) == [2, 1])
        let id = try shop.place("1 × TEE-M at 900.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        #expect(try shop.openExceptions().first?.cause.contains("worth more than it may carry") == true)
    }

    @Test("A limit in another currency counts by the channel's rate, and to the penny")
    func foreign() throws {
        let euros = try #require(Currency("EUR"))
        let courier = post(service("std", 20_000, 300, valueMax: 50_000), currency: euros)
        let shop = try shop(courier) { policy in
            policy.rates = [ExchangeRate(euros, "0.8", date: "2026-03-01")].compactMap(\.self)
        }
        #expect(try packed("2 × TEE-M at 200.00 GBP", in: shop) == [2])
        #expect(try packed("2 × TEE-M at 200.01 GBP", in: shop) == [1, 1])
    }

    @Test("A rule about worth that sends by nobody who takes so much has goods divided until another rule holds")
    func rules() throws {
        let courier = post(service("low", 20_000, 300, valueMax: 30_000), service("any", 20_000, 900, valueMax: nil))
        let shop = try shop(courier) {
            $0.rules = [
                .init(when: .test("parcel.value", .atLeast(50_000)), services: ["post/low"]),
                .init(when: .test("order.total", .atLeast(1)), services: ["post/*"]),
            ]
        }
        #expect(try packed("4 × TEE-M at 200.00 GBP", in: shop).reduce(0, +) == 4)
    }
}

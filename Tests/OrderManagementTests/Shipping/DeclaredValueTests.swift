import Connectors
import TestSupport
import Testing

@testable import OrderManagement

@Suite("What goods are declared to be worth")
struct DeclaredValueTests {
    /// An order of TEE-M at 10.00 with a discount on its line, and one on the whole.
    private func order(
        _ units: Int64, discount: Int64, ofAll: Int64 = 0, tax: Int64 = 0, to country: String = "GB"
    ) throws -> PlaceOrder {
        var place = try PlaceOrder("\(units) × TEE-M at 10.00 GBP")
        let currency = place.total.currency
        place.lines = [
            .init(
                sku: "TEE-M", quantity: units, unitPrice: Money(1_000, currency), discount: Money(discount, currency),
                tax: Money(tax, currency))
        ]
        if ofAll > 0 { place.discounts = [.init(code: "promotion", amount: Money(ofAll, currency))] }
        var address = Address.example()
        (address.country, address.postcode) = (country, country == "GB" ? "LS1 4AP" : "10115")
        place.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        place.channel = "shop"
        place.total = Money(units * 1_000 - discount - ofAll, currency)
        place.payments = [.init(provider: "manual", reference: "pay-1", authorized: place.total)]
        return place
    }

    private func shop(_ courier: TestCourier) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", connections: [courier])
        var item = Item.plain("TEE-M")
        (item.commodityCode, item.originCountry) = ("61091000", "PT")
        try shop.perform(SaveItems(items: [item]))
        var post = Courier.post
        post.tariff = Tariff(
            currency: post.tariff.currency, zones: ["GB": "home", "DE": "home"], services: post.tariff.services)
        try shop.perform(SaveCouriers(couriers: [post]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        return shop
    }

    @Test("Couriers and customs are told what is paid for goods, not their list price", arguments: ["GB", "DE"])
    func discounted(country: String) async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let reply = try shop.perform(try order(2, discount: 300, ofAll: 500, to: country))
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        let request = try #require(courier.requests.last)
        #expect(request.value.amount == 1_200, "2 × 10.00 less 3.00 and 5.00")
        #expect(request.contents.map(\.quantity) == [2] && request.contents.map(\.value.amount) == [600])
        try shop.expectClean()
    }

    /// The order as its shop knows it, packed into boxes of one unit each.
    private func packed(_ place: PlaceOrder) throws -> Order {
        let shop = try shop(TestCourier())
        let reply = try shop.perform(place)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .picking)
        let units = place.lines.reduce(0) { $0 + $1.quantity }
        try shop.perform(
            PackFulfillment(
                fulfillment: id.fulfillment(1), parcels: (0..<units).map { _ in id.box([1: 1], weightGrams: 500) }))
        return try shop.order(id)
    }

    @Test("The values of all parcels add up to what is paid, to the penny")
    func parcels() throws {
        let order = try packed(try order(3, discount: 100, ofAll: 900))
        let values = order.parcels.map { order.declaredValues(of: $0)[1] ?? 0 }
        #expect(values == [666, 667, 667] && values.reduce(0, +) == 2_000)
        #expect(order.parcels.allSatisfy { !order.hasFreeGoods(in: $0) })
    }

    @Test("Goods for which nothing is paid are declared at their list price, and are known as free")
    func free() throws {
        let order = try packed(try order(2, discount: 2_000))
        #expect(order.parcels.map { order.declaredValues(of: $0)[1] } == [1_000, 1_000])
        #expect(order.parcels.allSatisfy { order.hasFreeGoods(in: $0) })
    }

    @Test("Taxes on top of net prices are no part of it, also where the whole order has a discount")
    func netPrices() throws {
        let pounds = try #require(Currency("GBP"))
        let order = Order(
            id: OrderID(1), number: "WEB-1", channel: "web", externalID: nil, contentDigest: "", currency: pounds,
            pricesIncludeTax: false, policyVersion: 1, placedAt: .earliest, updatedAt: .earliest,
            customer: Customer(name: "Ada"),
            delivery: .init(method: .ship, service: nil, address: .example(), location: nil), shipping: 0,
            shippingTax: 0, fees: [], discounts: [.init(code: "promotion", amount: 500)], total: 1_540, gates: [],
            lines: [OrderLine(number: 1, sku: "TEE-M", ordered: 2, unitPrice: 1_000, discount: 300, tax: 340)])
        func parcel(of units: Int64) -> Parcel {
            Parcel(
                number: 1, fulfillment: 1, weightGrams: 0, size: nil, lines: [.init(line: 1, quantity: units)],
                at: .earliest)
        }
        #expect(order.declaredValues(of: parcel(of: 2)) == [1: 1_200])
        #expect(order.declaredValues(of: parcel(of: 1)) == [1: 600])
    }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("What is offered for a label that failed")
struct LabelOutlookTests {
    /// A packed parcel that no courier takes, with the exception that says so.
    private func failed(
        _ shop: TestSystem, _ text: String = "1 × TEE-M at 10.00 GBP", to country: String = "GB", grams: Int64 = 500
    ) throws -> (OrderID, OrderException) {
        var place = try PlaceOrder(text)
        place.channel = "shop"
        var address = Address.example()
        if country != "GB" { (address.country, address.postcode) = (country, "6011") }
        place.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        let reply = try shop.perform(place)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .picking)
        return (id, try pack(id, grams, in: shop))
    }

    private func pack(_ id: OrderID, _ grams: Int64, in shop: TestSystem) throws -> OrderException {
        let units = try shop.order(id).lines[0].ordered
        try shop.perform(
            PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: units], weightGrams: grams)]))
        return try #require(try shop.openExceptions().first { $0.kind == .labelFailed })
    }

    /// The exception as a reader sees it now, with what is offered.
    private func shown(_ exception: OrderException, in shop: TestSystem) throws -> (String, [ExceptionAction]) {
        let order = try shop.order(try #require(exception.order))
        let known = try shop.waybill.readNow { db in
            try [exception].knowing([order.id: order], by: shop.waybill.known, at: shop.now, in: db)[0]
        }
        return (known.suggestion, known.actions(about: order))
    }

    private func expectNoLabel(_ id: OrderID, in shop: TestSystem) throws {
        try expectRefusal(.noService, of: BuyLabel(parcel: ParcelID(id, 1)), in: shop)
    }

    @Test("To a country that no courier goes to: another address, or giving it up; buying once a courier goes there")
    func unserved() throws {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9")
        let (id, exception) = try failed(shop, to: "NZ")
        let (suggestion, actions) = try shown(exception, in: shop)
        #expect(actions == [.changeAddress(id), .cancelWork(id.fulfillment(1))])
        #expect(suggestion.contains("give it an address that some courier goes to; or cancel its units; or send it by"))
        try expectNoLabel(id, in: shop)
        var vans = Courier.vans
        vans.tariff = Tariff(currency: vans.tariff.currency, zones: ["NZ": "home"], services: vans.tariff.services)
        try shop.perform(SaveCouriers(couriers: [vans]))
        #expect(try shown(exception, in: shop).1 == [.buyLabel(ParcelID(id, 1))])
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.order(id).parcels[0].state == .labelled && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test(
        "A unit that is too heavy for every service is given up; several go in other parcels", arguments: [1, 2])
    func heavy(units: Int) throws {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9")
        let (id, exception) = try failed(shop, "\(units) × TEE-M at 10.00 GBP", grams: 15_000)
        let (suggestion, actions) = try shown(exception, in: shop)
        let part = id.fulfillment(1)
        #expect(actions == (units == 1 ? [] : [.unpack(part)]) + [.cancelWork(part)])
        #expect(suggestion.contains("pack its goods in other parcels") == (units > 1))
        #expect(suggestion.contains("send it by hand, and name its courier and tracking number"))
        try expectNoLabel(id, in: shop)
        try shop.perform(CancelFulfillment(fulfillment: part))
        #expect(try !shop.openExceptions().contains { $0.kind == .labelFailed })
        try shop.expectClean()
    }

    @Test("What prices take by now is bought, though it was to be divided when it was packed")
    func mended() throws {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9")
        let (id, exception) = try failed(shop, "2 × TEE-M at 10.00 GBP", grams: 15_000)
        #expect(!exception.goods.isEmpty)
        let currency = Courier.vans.tariff.currency
        let heavy = Tariff.Service(
            code: "heavy", name: "Heavy", bands: ["home": [.init(gramsMax: 20_000, price: 1_200)]])
        let tariff = Tariff(currency: currency, zones: ["GB": "home"], services: [heavy])
        try shop.perform(SaveCouriers(couriers: [Courier(code: "vans", name: "Our vans", tariff: tariff)]))
        let (suggestion, actions) = try shown(exception, in: shop)
        #expect(actions == [.buyLabel(ParcelID(id, 1))])
        #expect(suggestion == "Some courier takes it as it is by now: buy its label.")
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.openExceptions().isEmpty)
    }

    @Test("Where no courier collects, the packing is undone for another location to do it")
    func elsewhere() throws {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9")
        try shop.receive("TEE-M@LEEDS: 1")
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .picking)
        let here = try shop.order(id).fulfillments[0].location
        var vans = Courier.vans
        vans.origins = CourierOrigins(countries: [], locations: [here == "LEEDS" ? "LONDON" : "LEEDS"])
        try shop.perform(SaveCouriers(couriers: [vans]))
        let exception = try pack(id, 500, in: shop)
        let (suggestion, actions) = try shown(exception, in: shop)
        let part = id.fulfillment(1)
        #expect(actions == [.unpack(part), .cancelWork(part)] && suggestion.contains("have another location do it"))
        try shop.perform(UnpackFulfillment(fulfillment: part))
        try shop.perform(RejectFulfillment(fulfillment: part, reason: .other))
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels.last?.state == .labelled && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test(
        "More cash than any service collects is not asked for again: one unit is given up, several are divided",
        arguments: [1, 2])
    func cash(units: Int) throws {
        let vans = Courier.vans.changingServices { $0.cashMax = 50_000 }
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9", by: [vans])
        let text = "\(units) × TEE-M at 10.00 GBP, paid by \(CashOnDelivery.provider)"
        var place = try PlaceOrder(text)
        place.channel = "shop"
        let reply = try shop.perform(place)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .picking)
        try shop.perform(SaveCouriers(couriers: [vans.changingServices { $0.cashMax = 500 }]))
        let exception = try pack(id, 500, in: shop)
        let part = id.fulfillment(1)
        #expect(try shown(exception, in: shop).1 == (units == 1 ? [] : [.unpack(part)]) + [.cancelWork(part)])
        try expectNoLabel(id, in: shop)
        try shop.perform(SaveCouriers(couriers: [vans]))
        #expect(try shown(exception, in: shop).1 == [.buyLabel(ParcelID(id, 1))])
    }

    @Test("Goods of which nobody knows the weight are weighed by whoever buys their label")
    func unweighed() throws {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 9")
        try shop.perform(SaveItems(items: [Item(sku: "TEE-M", name: "T-shirt", weightGrams: 0)]))
        let (id, exception) = try failed(shop, grams: 0)
        #expect(try shown(exception, in: shop).1 == [.buyLabel(ParcelID(id, 1), isUnweighed: true)])
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), weightGrams: 700))
        #expect(try shop.order(id).parcels[0].state == .labelled)
    }
}

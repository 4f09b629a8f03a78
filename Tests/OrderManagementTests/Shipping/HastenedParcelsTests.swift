import TestSupport
import Testing

@testable import OrderManagement

/// `vans/fast` brings on the next day what anybody may carry; `vans/slow` takes five days, and hazardous goods.
@Suite("Hazardous goods do not hold up the rest of an express order")
struct HastenedParcelsTests {
    private func vans(fastCarriesAll: Bool = false, fastDays: Int64 = 1) -> Courier {
        func service(_ code: String, _ days: Int64, _ price: Int64, carriesAll: Bool) -> Tariff.Service {
            var service = Tariff.Service(
                code: code, name: code, bands: ["home": [.init(gramsMax: 20_000, price: price)]])
            service.days = days
            service.capabilities = carriesAll ? 1 : 0
            return service
        }
        return Courier(
            code: "vans", name: "Our vans",
            tariff: Tariff(
                currency: pounds, zones: ["GB": "home"],
                services: [
                    service("fast", fastDays, 900, carriesAll: fastCarriesAll),
                    service("slow", 5, 300, carriesAll: true),
                ]))
    }

    private func parcels(_ text: String, by service: String, _ courier: Courier) throws -> [Parcel] {
        let shop = try TestSystem.labelling("LIGHTER@LONDON: 9", by: [courier])
        try shop.receive("TEE-M@LONDON: 9")
        var place = Location.warehouse("LONDON")
        place.capabilities = 1
        try shop.perform(SaveLocations(locations: [place]))
        try shop.perform(
            SaveItems(items: [Item(sku: "LIGHTER", name: "Lighter", weightGrams: 258, requirements: 1)]))
        var order = try PlaceOrder(text)
        order.channel = "shop"
        order.delivery = Order.Delivery(method: .ship, service: service, address: .example(), location: nil)
        let reply = try JSON.parse(try shop.perform(order).body)
        let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
        try shop.walk(id, to: .picking)
        let suggested = try shop.perform(SuggestBoxes(fulfillment: id.fulfillment(1)))
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil))
        try shop.expectClean()
        let parcels = try shop.order(id).parcels
        #expect(try JSON.parse(suggested.body)["parcels"]?.array?.count == parcels.count)
        return parcels
    }

    private static let both = "1 × LIGHTER at 2.00 GBP + 2 × TEE-M at 10.00 GBP"

    @Test("What may go fast goes fast, in parcels of its own; what may not goes as it can")
    func divided() throws {
        let parcels = try parcels(Self.both, by: "express", vans())
        #expect(parcels.map(\.units) == [[2: 2], [1: 1]] && parcels.map(\.service) == ["fast", "slow"])
    }

    @Test("Nothing is divided where that brings nothing sooner", arguments: [
        ("standard", false, 1), ("express", true, 1), ("express", false, 4),
    ] as [(String, Bool, Int64)])
    func together(service: String, carriesAll: Bool, days: Int64) throws {
        let parcels = try parcels(Self.both, by: service, vans(fastCarriesAll: carriesAll, fastDays: days))
        #expect(parcels.map(\.units) == [[1: 1, 2: 2]])
    }

    @Test("Hazardous goods alone, and others alone, are packed as before", arguments: [
        "3 × LIGHTER at 2.00 GBP", "3 × TEE-M at 10.00 GBP",
    ])
    func alone(text: String) throws {
        #expect(try parcels(text, by: "express", vans()).count == 1)
    }
}

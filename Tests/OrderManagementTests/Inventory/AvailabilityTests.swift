import TestSupport
import Testing

@testable import OrderManagement

@Suite("Availability")
struct AvailabilityTests {
    private func availability(
        _ shop: TestSystem, _ channel: String, _ skus: [String] = ["TEE-M"]
    ) throws -> [Availability] {
        try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            return try Availability.of(
                skus, channel: try configuration.channel(channel), configuration: configuration, in: db)
        }
    }

    @Test("A channel can promise what its locations have, less what is promised already, safety stock and its buffer")
    func perChannel() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-M@LEEDS: 4", "TEE-M@YORK: 3")
        try shop.open("south", locations: ["LONDON", "YORK"], buffer: 1)
        try shop.place("2 × TEE-M at 10.00 GBP", on: "south")
        let south = try #require(try availability(shop, "south").first)
        #expect(south.available == 5)
        #expect(south.pickup.map(\.location) == ["YORK"])
        #expect(try availability(shop, "web").first?.available == 10)
        try shop.tamper("UPDATE stock_levels SET safety = 10")
        #expect(try availability(shop, "web").first?.available == 0)
    }

    @Test("A SKU nobody knows is left out; one that nobody has is none")
    func unknown() throws {
        let shop = try TestSystem(stock: "CAP@LONDON: 1")
        try shop.perform(SaveItems(items: [.plain("TEE-M")]))
        let found = try availability(shop, "web", ["HAT", "TEE-M", "CAP"])
        #expect(found.map(\.sku) == ["TEE-M", "CAP"])
        #expect(found.map(\.available) == [0, 1])
    }

    @Test("A shortage promises nothing")
    func shortage() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-M@LEEDS: 1")
        try shop.place("6 × TEE-M at 10.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 2")
        try shop.move(.count, 2, "TEE-M@LONDON")
        #expect(try availability(shop, "web").first?.available == 2)
    }
}

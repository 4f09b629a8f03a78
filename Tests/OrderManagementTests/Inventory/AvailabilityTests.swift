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
        try shop.perform(SetSafetyStock(entries: [.init(sku: "TEE-M", location: "LEEDS", units: 3)]))
        #expect(try availability(shop, "web").first?.available == 7)
    }

    @Test("To a destination, each service says when it would be there from the soonest location with stock")
    func destination() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@YORK: 1")
        try shop.perform(CancelOrder(order: try shop.place("1 × CAP at 5.00 GBP"), reason: .customer))
        func options(_ text: String, _ sku: String = "TEE-M") throws -> [DeliveryOption] {
            let question = DeliveryQuestion(to: try #require(Destination(text)), at: shop.now)
            return try shop.waybill.readNow { db in
                let configuration = try Configuration.load(in: db)
                return try Availability.of(
                    [sku], channel: try configuration.channel("web"), configuration: configuration,
                    shippedTo: question, in: db
                ).first?.delivery ?? []
            }
        }
        let home = try options("GB-LS1 4AP")
        #expect(home.map(\.service) == ["standard", "express"])
        #expect(home.map(\.available) == [5, 5])
        #expect(home[0].deliverBy - home[0].shipBy == .days(3))
        #expect(try options("IE-D02 AF30")[0].deliverBy - home[0].shipBy == .days(8))
        try shop.place("5 × TEE-M at 10.00 GBP")
        #expect(try options("GB-LS1 4AP").isEmpty)
        #expect(try availability(shop, "web").first?.delivery == nil)
    }

    @Test("A destination is a country and a postcode; the country alone where there are none", arguments: [
        ("AE", true), ("AE-", true), ("HK", true), ("IE", true), ("AE-00000", true), ("DE", false), ("XX", false),
        ("A", false), ("", false), ("-", false), ("AE-<b>", false),
        ("GB-LS1 4AP", true), ("US-94105-1234", true), ("IE-D02AF30", true), ("GB", false), ("gb-LS1", false),
        ("GBR-LS1", false), ("GB-", false), ("GB- ", false), ("-LS1", false), ("GB-<script>", false),
        ("GB-123456789012345678901", false),
    ])
    func destinationText(text: String, isOne: Bool) { #expect((Destination(text) != nil) == isOne) }

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

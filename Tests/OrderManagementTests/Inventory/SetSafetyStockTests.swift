import OrderManagement
import TestSupport
import Testing

@Suite("Safety stock")
struct SetSafetyStockTests {
    private func set(_ units: Int64, _ sku: String = "TEE-M", at location: String = "LONDON") -> SetSafetyStock {
        SetSafetyStock(entries: [.init(sku: sku, location: location, units: units)], isList: false)
    }

    private func safety(_ shop: TestSystem) throws -> [Int64] {
        try shop.waybill.readNow { try StockReading.levels(of: "TEE-M", after: "", limit: 10, in: $0) }.map(\.safety)
    }

    @Test("What is kept back is promised to nobody, from the next command on")
    func keptBack() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.perform(set(3))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        let line = try shop.order(id).lines[0]
        #expect(line.allocated == 1 && line.backordered == 2)
        #expect(try shop.stock("TEE-M@LONDON") == "available 3, allocated 2")
        #expect(try safety(shop) == [3])
        try shop.expectClean()
    }

    @Test("Kept back no more, units serve those who wait")
    func servesWaiting() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.perform(set(5))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(id).lines[0].backordered == 2)
        try shop.perform(set(4))
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].backordered == 1)
        try shop.expectClean()
    }

    @Test("What is promised already stays promised, and movements leave the safety stock alone")
    func promisedBefore() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("4 × TEE-M at 10.00 GBP, store")
        try shop.perform(set(9))
        try shop.walk(id, to: .delivered)
        try shop.receive("TEE-M@LONDON: 3")
        #expect(try safety(shop) == [9])
        #expect(try shop.stock("TEE-M@LONDON") == "available 4")
        try shop.expectClean()
    }

    @Test("A level that never moved can have one; the first receipt finds it")
    func beforeReceipt() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        try shop.perform(set(2, at: "LEEDS"))
        try shop.receive("TEE-M@LEEDS: 5")
        #expect(try safety(shop) == [2, 0])
        let id = try shop.place("5 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(id).lines[0].backordered == 1)
        try shop.expectClean()
    }

    @Test("Set to what it is, nothing happens; a change is told")
    func told() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.perform(set(3))
        let events = try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 100, in: $0) }.events
        let event = try #require(events.last)
        #expect(event.type == "stock.safety_set")
        #expect(try JSON.parse(event.data)["safety"]?.integer == 3)
        try shop.perform(set(3))
        #expect(try shop.waybill.readNow { try EventLog.lastPosition(in: $0) } == event.position)
    }

    @Test("Another session's levels are read again after a change")
    func otherSession() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let other = OrderManagement(database: shop.database, clock: { shop.now })
        _ = try other.performNow(PlaceOrder("1 × TEE-M at 10.00 GBP, store"), as: .system)
        try shop.perform(set(4))
        _ = try other.performNow(PlaceOrder("2 × TEE-M at 10.00 GBP, store"), as: .system)
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, allocated 1")
        other.stop()
        try shop.expectClean()
    }

    @Test("Unknown items and locations are refused at their place, all or nothing")
    func wrong() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let entries: [SetSafetyStock.Entry] = [
            .init(sku: "TEE-M", location: "LONDON", units: 1), .init(sku: "HAT", location: "LONDON", units: 1),
            .init(sku: "TEE-M", location: "NOWHERE", units: 1),
        ]
        try expectRefusal(.unknownLocation, at: "/2/location", of: SetSafetyStock(entries: entries), in: shop)
        try expectRefusal(.unknownSKU, at: "/sku", of: set(1, "HAT"), in: shop)
        let clerk = Principal(name: "clerk", scopes: [.stockWrite], locations: ["YORK"])
        try expectRefusal(.unknownLocation, at: "/location", of: set(1), in: shop, as: clerk)
        let reader = Principal(name: "reader", scopes: [.stockRead])
        try expectRefusal(.forbidden, of: set(1), in: shop, as: reader)
        #expect(try safety(shop) == [0])
    }
}

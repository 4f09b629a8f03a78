import TestSupport
import Testing

@testable import OrderManagement

@Suite("Pick lists")
struct PickWalkTests {
    private func walk(_ shop: TestSystem, _ states: [Fulfillment.State] = PickWalk.states, limit: Int = 50) throws
        -> PickWalk
    {
        try shop.waybill.readNow { db in
            let location = try #require(try Configuration.load(in: db).locations["LONDON"])
            return try PickWalk(at: location, in: states, limit: limit, from: db)
        }
    }

    private func set(_ bins: [String: String?], in shop: TestSystem) throws {
        try shop.perform(SetBins(entries: bins.map { .init(sku: $0.key, location: "LONDON", bin: $0.value) }))
    }

    @Test("Units of many orders stand in walking order: by bin as people count, then by SKU, without a bin last")
    func order() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", "CAP@LONDON: 9", "MUG@LONDON: 9", "BAG@LONDON: 9")
        try set(["TEE": "A-10", "CAP": "A-9", "MUG": "a-9"], in: shop)
        let first = try shop.place("1 × TEE at 1.00 GBP + 2 × BAG at 1.00 GBP, store")
        let second = try shop.place("3 × CAP at 1.00 GBP + 1 × MUG at 1.00 GBP + 1 × TEE at 1.00 GBP, store")
        try shop.place("5 × CAP at 1.00 GBP")  // it is not handed out yet
        let walk = try walk(shop)
        #expect(
            walk.picks.map { "\($0.bin ?? "-") \($0.quantity) \($0.sku) for \($0.fulfillment.order == first ? 1 : 2)" }
                == [
                    "A-9 3 CAP for 2", "a-9 1 MUG for 2", "A-10 1 TEE for 1", "A-10 1 TEE for 2", "- 2 BAG for 1",
                ])
        #expect(walk.fulfillments.count == 2 && !walk.isPart)
        try shop.walk(second, to: .picking)
        #expect(try self.walk(shop).picks.count == 2)
        #expect(try self.walk(shop, limit: 1).isPart)
        #expect(try self.walk(shop, [.accepted]).picks.isEmpty)
        try shop.expectClean()
    }

    @Test("A kit is fetched as its parts")
    func kits() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", "CAP@LONDON: 9")
        var kit = Item.plain("SET")
        kit.components = [KitComponent(sku: "TEE", quantity: 2), KitComponent(sku: "CAP", quantity: 1)]
        try shop.perform(SaveItems(items: [kit]))
        try shop.place("2 × SET at 10.00 GBP, store")
        #expect(
            try walk(shop).picks.map { "\($0.quantity) \($0.sku) of \($0.kit ?? "-")" }
                == ["2 CAP of SET", "4 TEE of SET"])
        try shop.expectClean()
    }

    @Test("A bin is replaced, and cleared by null; the last of several entries holds")
    func bins() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        let entries = ["A-1", "A-2"].map { SetBins.Entry(sku: "TEE", location: "LONDON", bin: $0) }
        try shop.perform(SetBins(entries: entries))
        func bin() throws -> String? {
            try shop.waybill.readNow { try BinStore.bins(of: ["TEE"], at: "LONDON", in: $0)["TEE"] }
        }
        #expect(try bin() == "A-2")
        let events = try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 999, in: $0) }.events
        #expect(events.filter { $0.type == "stock.bin_set" }.count == 1)
        try set(["TEE": nil], in: shop)
        #expect(try bin() == nil)
    }

    @Test("Unknown goods and places are refused where they stand, and nothing is set")
    func unknown() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        let command = SetBins(entries: [
            .init(sku: "TEE", location: "LONDON", bin: "A"), .init(sku: "NOPE", location: "LONDON", bin: "A"),
            .init(sku: "TEE", location: "NOWHERE", bin: "A"),
        ])
        do {
            try shop.perform(command)
            Issue.record("it was taken")
        } catch let refusal as Refusal {
            #expect(
                refusal.details.map { "\($0.pointer) \($0.code.rawValue)" }
                    == ["/1/sku unknown_sku", "/2/location unknown_location"])
        }
        #expect(try shop.waybill.readNow { try BinStore.bins(of: ["TEE"], at: "LONDON", in: $0) }.isEmpty)
    }
}

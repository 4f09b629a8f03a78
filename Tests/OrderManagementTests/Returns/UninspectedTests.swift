import OrderManagement
import TestSupport
import Testing

/// Goods that came back and that nobody has judged lie in quarantine; stock movements go past them.
@Suite("Goods that nobody has judged")
struct UninspectedTests {
    /// A store with 4 units for sale and 2 that came back over the counter; of a kit, what its units are made of.
    private func shop(_ line: String = "3 × TEE-M at 10.00 GBP, store") throws -> (TestSystem, ReturnID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 6")
        try shop.perform(
            SaveItems(items: [
                Item(
                    sku: "BOX", name: "BOX", weightGrams: 500,
                    components: [KitComponent(sku: "TEE-M", quantity: 2)])
            ]))
        let id = try shop.place(line)
        try shop.deliver(id)
        try shop.receive("TEE-M@YORK: 4")
        try shop.perform(
            RequestReturn(
                order: id, method: .inStore, location: "YORK",
                lines: [.init(line: id.line(1), quantity: 2, reason: .unwanted)]))
        return (shop, id.entry(1))
    }

    private func move(
        _ reason: MoveStock.Reason, _ units: Int64, from source: MoveStock.Source? = nil, in shop: TestSystem
    ) throws -> JSON {
        try JSON.parse(
            shop.perform(
                MoveStock(
                    entries: [.init(reason: reason, sku: "TEE-M", location: "YORK", quantity: units, from: source)],
                    isList: false)
            ).body)
    }

    private func judge(_ id: ReturnID, _ units: Int64, _ disposition: Return.Disposition) -> InspectReturn {
        InspectReturn(id: id, lines: [.init(line: id.order.line(1), quantity: units, disposition: disposition)])
    }

    @Test("A write-off takes from the shelf what it would have to take from a return, and says where from")
    func shelf() throws {
        let (shop, id) = try shop()
        let reply = try move(.writeOff, 2, in: shop)
        #expect(reply["from"]?.string == "available" && reply["to"]?.string == "outside")
        #expect(reply["level"]?["uninspected"]?.integer == 2)
        #expect(try shop.stock("TEE-M@YORK") == "available 2, quarantined 2")
        try shop.perform(judge(id, 2, .restock))
        #expect(try shop.stock("TEE-M@YORK") == "available 4")
        try shop.expectClean()
    }

    @Test(
        "Neither a write-off nor a restocking takes them out of quarantine: the refusal names their return",
        arguments: [MoveStock.Reason.writeOff, .restock])
    func refused(reason: MoveStock.Reason) throws {
        let (shop, id) = try shop()
        try shop.move(.quarantine, 1, "TEE-M@YORK")
        let source: MoveStock.Source? = reason == .writeOff ? .quarantined : nil
        let refusal = try expectRefusal(
            .insufficientStock, at: "/quantity",
            of: MoveStock(
                entries: [.init(reason: reason, sku: "TEE-M", location: "YORK", quantity: 2, from: source)],
                isList: false), in: shop)
        let text = try #require(refusal?.details.first?.detail)
        #expect(text.contains("quarantined is 1; 2 more in quarantine came with STO-1001-R1"), "\(text)")
        // The one that is nobody's may go.
        let reply = try move(reason, 1, from: source, in: shop)
        #expect(reply["from"]?.string == "quarantined")
        try shop.perform(judge(id, 1, .writeOff))
        try shop.perform(judge(id, 1, .restock))
        #expect(try shop.stock("TEE-M@YORK") == (reason == .restock ? "available 5" : "available 4"))
        try shop.expectClean()
    }

    @Test("Where neither the shelf nor the rest of the quarantine has as many, the return is named as well")
    func neither() throws {
        let (shop, _) = try shop()
        let refusal = try expectRefusal(
            .insufficientStock,
            of: MoveStock(entries: [.init(reason: .writeOff, sku: "TEE-M", location: "YORK", quantity: 5)]), in: shop)
        #expect(refusal?.details.first?.detail.contains("available is 4; 2 more in quarantine came with") == true)
        let shelf = try expectRefusal(
            .insufficientStock,
            of: MoveStock(
                entries: [.init(reason: .writeOff, sku: "TEE-M", location: "YORK", quantity: 5, from: .available)]),
            in: shop)
        #expect(shelf?.details.first?.detail.contains("quarantine") == false)
    }

    @Test("A list that takes what is nobody's stops where the return's goods begin, and books nothing")
    func list() throws {
        let (shop, _) = try shop()
        try shop.move(.quarantine, 1, "TEE-M@YORK")
        let one = MoveStock.Entry(reason: .restock, sku: "TEE-M", location: "YORK", quantity: 1)
        let refusal = try expectRefusal(
            .insufficientStock, at: "/1/quantity", of: MoveStock(entries: [one, one]), in: shop)
        #expect(refusal?.details.first?.detail.contains("STO-1001-R1") == true)
        #expect(try shop.stock("TEE-M@YORK") == "available 3, quarantined 3")
    }

    @Test("What a kit is made of is held with it")
    func kit() throws {
        let (shop, id) = try shop("2 × BOX at 10.00 GBP, store")
        let refusal = try expectRefusal(
            .insufficientStock,
            of: MoveStock(entries: [.init(reason: .restock, sku: "TEE-M", location: "YORK", quantity: 1)]), in: shop)
        #expect(refusal?.details.first?.detail.contains("4 more in quarantine came with STO-1001-R1") == true)
        try shop.perform(judge(id, 2, .restock))
        #expect(try shop.stock("TEE-M@YORK") == "available 8")
        try shop.expectClean()
    }

    @Test("Goods that are to be refurbished are anybody's: a movement puts them on sale when their work is done")
    func refurbished() throws {
        let (shop, id) = try shop()
        try shop.perform(judge(id, 2, .refurbish))
        _ = try move(.restock, 2, in: shop)
        #expect(try shop.stock("TEE-M@YORK") == "available 6")
        try shop.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Revisions")
struct RevisionTests {
    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 20", "CAP@LONDON: 9", "HAT@LONDON: 9")
        return (shop, try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store"))
    }

    private func revisions(_ shop: TestSystem, _ id: OrderID) throws -> [JSON] {
        let order = try shop.order(id)
        let found = try shop.waybill.readNow { try AmendmentStore.revisions(of: order, after: 0, limit: 100, in: $0) }
        return try found.map { revision in
            var json = JSONWriter()
            revision.write(to: &json)
            return try JSON.parse(json.text)
        }
    }

    @Test("Each commitment is one: its number, who, when, and what was before and after")
    func kept() throws {
        let (shop, id) = try shop()
        try shop.amend(id) { $0.quantities = [(1, 3)] }
        shop.advance(.minutes(5))
        try shop.amend(id) { $0.swaps = [(2, 1, "HAT")] }
        let found = try revisions(shop, id)
        #expect(found.map { $0["revision"]?.integer } == [1, 2, 3])
        #expect(found[1].at("changes.lines.0.before")?.integer == 2)
        #expect(found[1].at("changes.lines.0.after")?.integer == 3)
        #expect(found[1].at("changes.total.after.amount")?.integer == 3500)
        #expect(found[2]["at"]?.string == "2026-03-02T10:05:00Z" && found[2]["by"]?.string == "system")
        #expect(found[2].at("changes.lines.1.change")?.string == "added")
        #expect(found[2].at("changes.lines.1.replaces")?.string == id.line(2).description)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
            .filter { $0.type == "order.amended" }
        #expect(try told.map { try JSON.parse($0.data).at("changes") } == found.dropFirst().map { $0["changes"] })
        try shop.expectClean()
    }

    @Test("Two revisions are compared by all that lies between; what ends as it began is not in it")
    func compared() throws {
        let (shop, id) = try shop()
        try shop.amend(id) { $0.quantities = [(1, 3)] }
        try shop.amend(id) { $0.quantities = [(1, 4), (2, 3)] }
        try shop.amend(id) { $0.quantities = [(1, 2)] }
        let order = try shop.order(id)
        let all = try shop.waybill.readNow { try AmendmentStore.revisions(of: order, after: 1, limit: 9, in: $0) }
        var json = JSONWriter()
        OrderDifference(adding: all.map(\.changes), of: order).write(to: &json)
        let sum = try JSON.parse(json.text)
        #expect(sum.at("lines")?.array?.count == 1)
        #expect(sum.at("lines.0.sku")?.string == "CAP" && sum.at("lines.0.after")?.integer == 3)
        #expect(sum.at("due.before.amount")?.integer == 2500 && sum.at("due.after.amount")?.integer == 3500)
        try shop.expectClean()
    }

    @Test("An amended order reads back as it was written, and is found by what was added")
    func stored() throws {
        let (shop, id) = try shop()
        try shop.amend(id) {
            $0.quantities = [(1, 3)]
            $0.add = [(2, "HAT", 700)]
        }
        let open = try shop.stage(id) { $0.quantities = [(3, 1)] }
        let request = try #require(try shop.order(id).openAmendment?.staged).request
        #expect(request == shop.request(id) { $0.quantities = [(3, 1)] })
        #expect(try shop.order(id).lines[0].raises.map(\.units) == [1])
        var search = OrderSearch()
        search.sku = "HAT"
        #expect(try shop.waybill.readNow { try search.page(after: nil, limit: 10, in: $0).ids } == [id])
        try shop.perform(DropAmendment(amendment: open))
        try shop.expectClean()
    }

    @Test("The same order under its external id is still the same after an amendment")
    func externalID() throws {
        let (shop, _) = try shop()
        let text = "1 × TEE-M at 10.00 GBP, store, named A-1"
        let id = try shop.place(text)
        try shop.amend(id) { $0.quantities = [(1, 2)] }
        #expect(try shop.place(text) == id)
        try shop.expectClean()
    }

    @Test("The doctor finds amendments that contradict their order", arguments: [
        "UPDATE amendments SET state = 'dropped', revision = NULL, changes = NULL WHERE number = 1",
        "DELETE FROM amendments", "UPDATE amendments SET revision = 3",
        "UPDATE order_lines SET raises = '[[9,0,0]]' WHERE number = 1",
        "UPDATE order_lines SET replaces = 9 WHERE number = 2",
        "UPDATE amendments SET changes = replace(changes, '3500', '3600')",
        "INSERT INTO amendments (order_id, number, state, staged_at, staged_by, expires_at, preview) "
            + "SELECT order_id, 2, 'open', 0, 'x', 0, '{}' FROM amendments",
    ])
    func tampered(sql: String) throws {
        let (shop, id) = try shop()
        try shop.amend(id) { $0.quantities = [(1, 3)] }
        try shop.expectClean()
        #expect(try !shop.examine(tamperedBy: sql).isClean)

    }
}

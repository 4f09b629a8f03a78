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
        return try history(shop, id).revisions.map { revision in
            var json = JSONWriter()
            revision.write(to: &json, of: order)
            return try JSON.parse(json.text)
        }
    }

    private func history(_ shop: TestSystem, _ id: OrderID) throws -> OrderHistory {
        let order = try shop.order(id)
        return try shop.waybill.readNow { try AmendmentStore.history(of: order, in: $0) }
    }

    private func difference(_ history: OrderHistory, _ from: Int, _ to: Int) throws -> JSON {
        var json = JSONWriter()
        history.difference(from: from, to: to).changes.write(to: &json)
        return try JSON.parse(json.text)
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
        let sum = try difference(try history(shop, id), 1, 4)
        #expect(sum.at("lines")?.array?.count == 1)
        #expect(sum.at("lines.0.sku")?.string == "CAP" && sum.at("lines.0.after")?.integer == 3)
        #expect(sum.at("due.before.amount")?.integer == 2500 && sum.at("due.after.amount")?.integer == 3500)
        try shop.expectClean()
    }

    @Test("The first is the order as it was placed, whatever is cancelled and amended later; each as it was left")
    func asPlaced() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        let id = try shop.place("3 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store, shipping 1.00")
        shop.advance(.minutes(1))
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .customer))
        try shop.amend(id) {
            $0.quantities = [(1, 4)]
            leeds(&$0)
        }
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        let found = try revisions(shop, id)
        #expect(found[0]["by"]?.string == "system" && found[0]["at"]?.string == "2026-03-02T10:00:00Z")
        #expect(found.map { $0.at("agreed.lines.0.quantity")?.integer } == [3, 1, 4])
        #expect(found.map { $0.at("agreed.lines.0.ordered")?.integer } == [3, 3, 6])
        #expect(found.map { $0.at("agreed.lines.0.cancelled")?.integer } == [0, 2, 2])
        #expect(found.map { $0.at("agreed.lines.1.quantity")?.integer } == [1, 1, 0])
        #expect(found.map { $0.at("agreed.lines.0.unit_price.amount")?.integer } == [1_000, 1_000, 1_000])
        #expect(found.map { $0.at("agreed.due.amount")?.integer } == [3_600, 1_600, 4_100])
        #expect(found.map { $0.at("agreed.total.amount")?.integer } == [3_600, 3_600, 6_600])
        #expect(found.map { $0.at("agreed.shipping.amount")?.integer } == [100, 100, 100])
        #expect(
            found.map { $0.at("agreed.delivery.address.lines.0")?.string }
                == ["1 High Street", "1 High Street", "2 Low Street"])
        #expect(found[0].at("agreed.customer.name")?.string == "Ada Example")
        #expect(found[1].at("cancelled.0.quantity")?.integer == 1 && found[1].at("cancelled.0.sku")?.string == "TEE-M")
        #expect(found[2].at("cancelled.0.sku")?.string == "CAP")
        #expect(found[1].at("changes.lines.0.before")?.integer == 2, "the amendment itself took one")
        let history = try history(shop, id)
        let whole = try difference(history, 1, 3)
        #expect(whole.at("lines.0.before")?.integer == 3 && whole.at("lines.0.after")?.integer == 4)
        #expect(whole.at("lines.1.after")?.integer == 0)
        #expect(whole.at("due.before.amount")?.integer == 3_600 && whole.at("due.after.amount")?.integer == 4_100)
        #expect(history.difference(from: 1, to: 3).cancelled == [1: 1, 2: 1])
        #expect(history.difference(from: 2, to: 2).cancelled == [:])
        try shop.expectClean()
    }

    @Test("What was due is right where the amendment did not change it; who placed an older order is not known")
    func due() throws {
        let (shop, id) = try shop()
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        try shop.amend(id) { leeds(&$0) }
        try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .customer))
        let found = try revisions(shop, id)
        #expect(found.map { $0.at("agreed.due.amount")?.integer } == [2_500, 1_500])
        #expect(found[1].at("changes.due") == nil)
        var old = try shop.order(id)
        old.placedBy = nil
        #expect(try shop.waybill.readNow { try AmendmentStore.history(of: old, in: $0) }.revisions[0].by == nil)
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

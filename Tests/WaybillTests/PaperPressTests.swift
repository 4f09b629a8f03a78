import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Papers")
struct PaperPressTests {
    private func facts(_ shop: TestSystem, _ id: OrderID) throws -> PaperFacts {
        try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            let order = try #require(try OrderStore.order(id, in: db))
            return try PaperFacts(order, at: "LONDON", configuration, now: shop.now, in: db)
        }
    }

    @Test("A packing slip, a pick list, a return label and a credit note are drawn of an order's own words")
    func drawn() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        let walk = try shop.waybill.readNow { db in
            let place = try #require(try Configuration.load(in: db).locations["LONDON"])
            return try PickWalk(at: place, in: PickWalk.states, limit: 9, from: db)
        }
        #expect(walk.picks.count == 1)
        try shop.walk(id, to: .delivered)
        let amount = Money(500, try facts(shop, id).order.currency)
        try shop.perform(RefundPayment(order: id, amount: amount, payment: nil, reason: "late"))
        let facts = try facts(shop, id)
        let part = try #require(facts.order.fulfillments.first)
        let memo = try #require(facts.order.memos.first)
        for paper in [Paper.packingSlip(facts, part), .pickList(walk, at: shop.now), .creditNote(facts, memo)] {
            let pdf = try PaperPress().pdf(of: [paper])
            #expect(pdf.starts(with: Array("%PDF-".utf8)) && pdf.count > 2_000)
        }
    }

    @Test("What no font has is refused by its field, and nothing is printed")
    func missing() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        var order = try PlaceOrder("1 × TEE at 10.00 GBP, store")
        var address = try #require(order.delivery.address)
        address.name = "Ada \u{E123}"
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        let reply = try shop.perform(order)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        let facts = try facts(shop, id)
        let part = try #require(facts.order.fulfillments.first)
        var refusal: Refusal?
        do throws(Refusal) {
            _ = try PaperPress().pdf(of: [.packingSlip(facts, part)])
        } catch {
            refusal = error
        }
        #expect(refusal?.code == .notPrintable && refusal?.details.first?.pointer.contains("ship_to") == true)
    }
}

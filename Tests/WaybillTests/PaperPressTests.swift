import Documents
import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Papers")
struct PaperPressTests {
    private func facts(_ shop: TestSystem, _ id: OrderID, at place: String = "LONDON") throws -> PaperFacts {
        try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            let order = try #require(try OrderStore.order(id, in: db))
            return try PaperFacts(order, at: place, configuration, now: shop.now, in: db)
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

    @Test("People read numbers of orders and returns, who pays or collects, and why and where money went")
    func words() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", "TEE@YORK: 9")
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .delivered)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)]))
        try shop.perform(ApproveReturn(id: ReturnID(id, 1)))
        let amount = Money(500, try facts(shop, id).order.currency)
        try shop.perform(RefundPayment(order: id, amount: amount, payment: nil, reason: "late"))
        let sent = try facts(shop, id)
        let slip = try #require(
            try PaperPress.document(.packingSlip(sent, sent.order.fulfillments[0])) as? PackingSlip)
        #expect(slip.number == "STO-1001/1" && slip.shipment == FulfillmentID(id, 1).description)
        #expect(slip.collectAt == nil)
        let label = try #require(try PaperPress.document(.returnLabel(sent, sent.order.returns[0])) as? ShippingLabel)
        #expect(label.code == .number("STO-1001-R1") && label.purpose == .returning(authorization: "STO-1001-R1"))
        let note = try #require(try PaperPress.document(.creditNote(sent, sent.order.memos[0])) as? CreditNote)
        #expect(note.reason == "Late delivery" && note.refunds.map(\.place) == [.source])
        #expect(note.retailer.name == "Tills" && note.billTo.name == "Ada Example")

        let pickup = try shop.place("1 × TEE at 10.00 GBP, store, pickup at YORK")
        let collected = try facts(shop, pickup, at: "YORK")
        let paper = try PaperPress.document(.packingSlip(collected, collected.order.fulfillments[0])) as? PackingSlip
        #expect(paper?.collectAt?.name == "YORK" && paper?.shipTo.name == "Ada Example")
        #expect(paper?.shipTo.lines == [])
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

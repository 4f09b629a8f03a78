@testable import OrderManagement
import TestSupport
import Testing

@Suite("What is offered, and refused, of cash at the door")
struct CashOffersTests {
    private func reason(_ action: String, _ id: OrderID, _ shop: TestSystem) throws -> String? {
        let order = try shop.order(id)
        let channel = try shop.waybill.readNow { try Configuration.load(in: $0).channel(order.channel) }
        let known = order.permissions(channel, at: shop.now).first { $0.action == action }
        return known?.isAllowed == true ? nil : known?.reason ?? "unknown"
    }

    private func card(_ id: OrderID, _ amount: Int64) -> AddPayment {
        AddPayment(order: id, payment: .init(provider: "manual", reference: "bank", authorized: gbp(amount)))
    }

    /// The first box, which asked for shipping, came back; the other was paid at its door.
    private func shippingUnasked() throws -> (TestSystem, OrderID, OrderException) {
        let shop = try TestSystem.withCash { $0.returning.undelivered = .refund }
        let id = try shop.sendTwoForCash()
        try shop.tellLater(.returnedToSender, of: 1, id)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        try shop.tellLater(.delivered, of: 2, id)
        return (shop, id, try #require(try shop.openExceptions().first))
    }

    @Test("Shipping that no door asked for is paid otherwise, or let go of: nobody has collected it")
    func shippingOfFirstBox() throws {
        var (shop, id, shown) = try shippingUnasked()
        #expect(shown.kind == .paymentFailed && shown.cause.contains("4.95 GBP"))
        let actions = try shown.actions(about: shop.order(id))
        #expect(
            actions == [
                .addPayment(id, gbp(495)), .lowerShipping(id, gbp(0), tax: gbp(0)), .writeOff(id, gbp(495)),
            ])
        try shop.perform(card(id, 495))
        #expect(try shop.openExceptions().isEmpty && shop.order(id).captured == 1496)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed && shop.order(id).cashHeld == 0)
        try shop.expectClean()

        (shop, id, shown) = try shippingUnasked()
        try shop.amend(id) { $0.rest = { request, _ in (request.shipping, request.shippingTax) = (gbp(0), gbp(0)) } }
        let order = try shop.order(id)
        #expect(try shop.openExceptions().isEmpty && order.captured == 1001 && order.cashHeld == 0)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Permissions say why nothing is paid, taken or charged beside what labels ask for")
    func permissions() throws {
        let shop = try TestSystem.withCash()
        let id = try shop.placeForCash("2 × TEE-M at 10.00 GBP, shipping 5.00")
        for action in ["payments", "captures", "amendments/shipping"] { #expect(try reason(action, id, shop) == nil) }
        try shop.walk(id, to: .packed)
        for action in ["payments", "captures", "amendments/shipping"] {
            let why = try reason(action, id, shop) ?? "allowed"
            #expect(why.contains("void the label of parcel \(ParcelID(id, 1)) first"), "\(action): \(why)")
        }
        try expectRefusal(.illegalTransition, of: card(id, 100), in: shop)
        try expectRefusal(
            .illegalTransition, of: CapturePayment(order: id, amount: gbp(100), reason: "by hand"), in: shop)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try reason("payments", id, shop)?.contains("is on its way: wait until it is there") == true)
    }

    @Test("What no label asks for yet may be paid, and a card may be taken, beside labels")
    func permittedBeside() throws {
        let shop = try TestSystem.withCash()
        let id = try shop.placeForCash("2 × TEE-M at 10.00 GBP", card: 500)
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1])]))
        #expect(try reason("captures", id, shop) == nil && reason("payments", id, shop) != nil)
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        #expect(try reason("payments", id, shop) == nil)
        try shop.perform(card(id, 100))
        try shop.perform(CapturePayment(order: id, amount: gbp(500), reason: "early"))
        try shop.expectClean()
    }

    @Test("A parcel to be paid at its door leaves by hand with nobody who collects nothing, or too little")
    func byHand() throws {
        let shop = try TestSystem.withCash { $0.shipping.labels = .manual }
        let couriers = [("walkers", nil), ("small", 2_000), ("large", 2_500)] as [(String, Int64?)]
        try shop.perform(
            SaveCouriers(
                couriers: couriers.map { code, most in
                    let vans = Courier.vans.changingServices { $0.cashMax = most }
                    return Courier(code: code, name: code, tariff: vans.tariff)
                }))
        let id = try shop.placeForCash("2 × TEE-M at 10.00 GBP, shipping 5.00")
        try shop.walk(id, to: .packed)
        func ship(_ courier: String) -> ShipFulfillment {
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: courier, tracking: "T-\(courier)")])
        }
        let none = try expectRefusal(.invalidInput, at: "/parcels/0/courier", of: ship("walkers"), in: shop)
        #expect(none?.explanation.contains("takes no cash at the door, and 25.00 GBP are to be paid there") == true)
        let less = try expectRefusal(.invalidInput, at: "/parcels/0/courier", of: ship("small"), in: shop)
        #expect(less?.explanation.contains("collects up to 20.00 GBP at the door") == true)
        #expect(try shop.order(id).parcels[0].state == .packed)
        try shop.perform(ship("large"))
        #expect(try shop.order(id).parcels[0].cash == 2500)
        // A card that pays it all lets anybody take it.
        let other = try shop.placeForCash("1 × TEE-M at 10.00 GBP")
        try shop.perform(card(other, 1_000))
        try shop.walk(other, to: .packed)
        try shop.perform(
            ShipFulfillment(
                fulfillment: other.fulfillment(1),
                parcels: [.init(parcel: ParcelID(other, 1), courier: "walkers", tracking: "T-9")]))
        try shop.expectClean()
    }
}

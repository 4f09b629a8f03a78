import TestSupport
import Testing

@testable import OrderManagement

@Suite("Payment at the door")
struct CashOnDeliveryTests {
    /// A shop whose vans take up to 500.00 at the door, and that labels as it packs.
    private func shop(
        _ stock: String = "TEE-M@LONDON: 9", _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> TestSystem {
        try TestSystem.labelling(stock, by: [Courier.vans.changingServices { $0.cashMax = 50_000 }], change)
    }

    /// An order that is paid at the door, but for what a card pays first.
    private func place(_ text: String, card: Int64 = 0, in shop: TestSystem) throws -> OrderID {
        var order = try PlaceOrder(text)
        order.channel = "shop"
        order.payments = [
            .init(provider: CashOnDelivery.provider, reference: "door", authorized: gbp(order.total.amount - card))
        ]
        if card > 0 { order.payments.append(.init(provider: "manual", reference: "card", authorized: gbp(card))) }
        let reply = try shop.perform(order)
        return try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
    }

    /// Two TEE-M at 10.01 in a parcel each, with shipping of 4.95, both labelled.
    private func twoParcels(card: Int64 = 0, in shop: TestSystem) throws -> OrderID {
        let id = try place("2 × TEE-M at 10.01 GBP, shipping 4.95", card: card, in: shop)
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1])]))
        return id
    }

    private func tell(
        _ status: Parcel.State, of parcel: Int, _ id: OrderID, at moment: Timestamp? = nil, in shop: TestSystem
    ) throws {
        let tracking = try #require(try shop.order(id).parcels[parcel - 1].tracking)
        try shop.tell(status, of: tracking, at: moment)
    }

    private func cash(_ id: OrderID, _ shop: TestSystem) throws -> Payment {
        try #require(try shop.order(id).payments.first(where: \.isCash))
    }

    @Test("A promise to pay at the door is as good as an authorization, and nothing is taken before goods change hands")
    func promised() throws {
        let shop = try shop { $0.stages = ["payment"] }
        let id = try place("2 × TEE-M at 10.00 GBP, shipping 5.00", in: shop)
        #expect(try OrderStatus(of: shop.order(id)).payment == .authorized && shop.order(id).stage == nil)
        try shop.walk(id, to: .shipped)
        var order = try shop.order(id)
        #expect(order.captured == 0 && order.parcels[0].cash == 2500 && order.cashToCome == 2500)
        #expect(try shop.openExceptions().isEmpty, "it is to be paid at the door")
        try tell(.delivered, of: 1, id, in: shop)
        order = try shop.order(id)
        #expect(order.captured == 2500 && OrderStatus(of: order).overall == .completed)
        #expect(order.effects.map(\.reason) == ["delivery"] && order.effects[0].subject == "\(ParcelID(id, 1))")
        #expect(order.effects.allSatisfy { $0.state == .done && $0.providerReference == "cash-1" })
        try shop.expectClean()
    }

    @Test("News that are told twice, late, or in another order than it happened take the cash once")
    func news() throws {
        let shop = try shop()
        let id = try place("2 × TEE-M at 10.00 GBP, shipping 5.00", in: shop)
        try shop.walk(id, to: .packed)
        let start = shop.now
        shop.advance(.days(3))
        // Told before anybody has said that it is sent: it is taken in then.
        try tell(.delivered, of: 1, id, at: start + .days(2), in: shop)
        #expect(try shop.order(id).captured == 0)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).captured == 2500)
        try tell(.delivered, of: 1, id, at: start + .days(2), in: shop)
        try tell(.inTransit, of: 1, id, at: start + .days(1), in: shop)
        try tell(.delivered, of: 1, id, at: start + .days(3), in: shop)
        let order = try shop.order(id)
        #expect(order.captured == 2500 && order.effects.count == 1)
        try shop.expectClean()
    }

    @Test("Each parcel asks for what lies in it, the first for shipping too; each is paid at its own door")
    func twoDoors() throws {
        let shop = try shop()
        let id = try twoParcels(in: shop)
        #expect(try shop.order(id).parcels.map(\.cash) == [1001 + 495, 1001])
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        try tell(.delivered, of: 2, id, in: shop)
        #expect(try shop.order(id).captured == 1001)
        #expect(try OrderStatus(of: shop.order(id)).overall == .open, "its cash is to come")
        try tell(.delivered, of: 1, id, in: shop)
        let order = try shop.order(id)
        #expect(order.captured == 2497 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Cash is what other tenders leave: they pay for the first parcel, whatever the policy's order says")
    func tenders() throws {
        let shop = try shop { $0.paying.captureOrder = [CashOnDelivery.provider] }
        let id = try twoParcels(card: 1000, in: shop)
        #expect(try shop.order(id).parcels.map(\.cash) == [496, 1001])
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).payments.map(\.captured) == [0, 1000])
        try tell(.delivered, of: 1, id, in: shop)
        try tell(.delivered, of: 2, id, in: shop)
        let order = try shop.order(id)
        #expect(order.payments.map(\.captured) == [1497, 1000] && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("A parcel that is refused at the door brings nothing: what it asked for is set off, and let go")
    func refused() throws {
        let shop = try shop { $0.returning.undelivered = .refund }
        let id = try twoParcels(card: 1000, in: shop)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        try tell(.returnedToSender, of: 2, id, in: shop)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        var order = try shop.order(id)
        #expect(order.refunded == 0 && order.memos.map(\.setOff) == [1001] && order.due == 1496)
        #expect(order.payments.map(\.voided) == [1001, 0])
        try tell(.delivered, of: 1, id, in: shop)
        order = try shop.order(id)
        #expect(order.payments.map(\.captured) == [496, 1000] && OrderStatus(of: order).overall == .completed)
        // It was delivered after all, and nobody asks for its money by itself.
        try tell(.delivered, of: 2, id, in: shop)
        #expect(try shop.order(id).captured == 1496)
        try shop.expectClean()
    }

    @Test("Where all of an order is refused nothing is owed by anybody, shipping included")
    func allRefused() throws {
        let shop = try shop { $0.returning.undelivered = .refund }
        let id = try place("2 × TEE-M at 10.00 GBP, shipping 5.00", in: shop)
        try shop.walk(id, to: .shipped)
        try tell(.returnedToSender, of: 1, id, in: shop)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 2, disposition: .restock)]))
        let order = try shop.order(id)
        #expect(order.captured == 0 && order.due == 0 && order.payments[0].voided == 2500)
        #expect(OrderStatus(of: order).overall == .completed)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A lost parcel is settled without a payment; its goods go out once more by a new order only")
    func lost() throws {
        let shop = try shop()
        let id = try twoParcels(in: shop)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        try tell(.delivered, of: 1, id, in: shop)
        try tell(.lost, of: 2, id, in: shop)
        let refusal = try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: ParcelID(id, 2)), in: shop)
        #expect(refusal?.explanation.contains("10.01 GBP were to be paid at its door") == true)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        let order = try shop.order(id)
        #expect(order.captured == 1496 && order.refunded == 0 && order.payments[0].voided == 1001)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Minor units that were rounded between parcels are nobody's debt", arguments: [1, 3])
    func rounded(lost: Int) throws {
        let shop = try shop { $0.returning.lost = .refund }
        let id = try place("3 × TEE-M at 10.00 GBP, discount 19.99", in: shop)
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(
                fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1]), id.box([1: 1])]))
        #expect(try shop.order(id).parcels.map(\.cash).reduce(0, +) == 1001)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        for parcel in 1...3 where parcel != lost { try tell(.delivered, of: parcel, id, in: shop) }
        try tell(.lost, of: lost, id, in: shop)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What is cancelled before it leaves is not asked for; a fee is kept of no promise")
    func cancelled() throws {
        let shop = try shop { $0.cancelling.fee = .init(amount: 300, percent: 0, from: .open, waivedFor: []) }
        let id = try place("2 × TEE-M at 10.00 GBP, shipping 5.00", in: shop)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        var order = try shop.order(id)
        #expect(order.due == 1500 && order.payments[0].voided == 1000 && order.feesOfCancelling == 0)
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels[0].cash == 1500)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        order = try shop.order(id)
        #expect(OrderStatus(of: order).overall == .cancelled && order.payments[0].voided == 2500)
        try shop.expectClean()
    }

    @Test("What comes back after it was paid at the door is refunded by hand, unit by unit")
    func returned() throws {
        let shop = try shop { $0.returning.refundAt = .inspection }
        let id = try twoParcels(in: shop)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        try tell(.delivered, of: 1, id, in: shop)
        // The other parcel is under way: what is to be paid at its door pays for nothing that comes back of this one.
        try shop.takeBack([1: 1], of: id)
        var order = try shop.order(id)
        #expect(order.refunded == 1001 && order.memos.map(\.setOff) == [0])
        #expect(order.effects.last?.providerReference == "cash-2")
        try tell(.delivered, of: 2, id, in: shop)
        order = try shop.order(id)
        #expect(order.captured == 2497 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("What a customer brings back was at their door: its cash was paid there, whenever its courier says so")
    func returnedFirst() throws {
        let shop = try shop { $0.returning.refundAt = .inspection }
        let id = try place("2 × TEE-M at 10.00 GBP, shipping 5.00", in: shop)
        try shop.walk(id, to: .shipped)
        try shop.perform(
            RequestReturn(
                order: id, method: .inStore, location: "LONDON",
                lines: [.init(line: OrderLineID(id, 1), quantity: 2, reason: .unwanted, disposition: .restock)]))
        #expect(try shop.order(id).parcels[0].state == .delivered)
        #expect(try [shop.order(id).captured, shop.order(id).refunded] == [2500, 2000])
        try tell(.delivered, of: 1, id, in: shop)
        let order = try shop.order(id)
        #expect([order.captured, order.refunded] == [2500, 2000] && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("A card pays for nothing that a door is asked for, and nobody takes by hand what a label asks for")
    func askedAtDoor() throws {
        let shop = try shop()
        let id = try place("2 × TEE-M at 10.00 GBP", in: shop)
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1])]))
        try expectRefusal(
            .illegalTransition, of: CapturePayment(order: id, amount: gbp(2000), reason: "by hand"), in: shop)
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        try shop.perform(HandOverFulfillment(fulfillment: id.fulfillment(1), parcels: [ParcelID(id, 1)]))
        #expect(try shop.order(id).parcels[0].cash == 1000)
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "bank", authorized: gbp(1000))))
        #expect(try shop.order(id).captured == 0 && shop.order(id).cashHeld == 1000)
        try shop.perform(
            CancelOrder(order: id, lines: [LineQuantity(line: OrderLineID(id, 1), quantity: 1)], reason: .customer))
        #expect(try shop.order(id).cashHeld == 1000)
        try tell(.delivered, of: 1, id, in: shop)
        #expect(try shop.order(id).captured == 1000)
        try shop.expectClean()
    }

    @Test("No part of its worth is given for a parcel that nobody has paid for")
    func partOfLost() throws {
        let shop = try shop()
        let id = try twoParcels(in: shop)
        try shop.walk(id, to: .shipped)
        let claim = ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund, amount: gbp(500))
        try expectRefusal(.invalidInput, at: "/amount", of: claim, in: shop)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        #expect(try shop.order(id).refunded == 0)
        try shop.expectClean()
    }

    @Test("Goods that are collected are paid at the counter, part by part")
    func counter() throws {
        let shop = try shop("TEE-M@YORK: 5")
        let id = try place("3 × TEE-M at 10.00 GBP, pickup at YORK", in: shop)
        try shop.walk(id, to: .ready)
        #expect(try shop.order(id).captured == 0)
        #expect(try shop.order(id).cash(askedFor: shop.order(id).fulfillments[0]) == 3000)
        try shop.perform(
            CollectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 1]), collectedBy: "Ada Example"))
        #expect(try shop.order(id).captured == 1000)
        try shop.walk(id, to: .collected)
        let order = try shop.order(id)
        #expect(order.captured == 3000 && order.effects.map(\.reason) == ["collection", "collection"])
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("A parcel that goes without a label asks for what was due when it left, and is paid when a person reports it")
    func withoutLabel() throws {
        let shop = try shop { $0.shipping.labels = .manual }
        let id = try place("2 × TEE-M at 10.00 GBP, shipping 5.00", in: shop)
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels[0].cash == 0)
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).captured == 0 && shop.order(id).parcels[0].cash == 2500)
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 2500 && OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Another payment that comes before the label lowers what is asked for; after it the label goes first")
    func paidOtherwise() throws {
        let shop = try shop()
        let id = try place("2 × TEE-M at 10.00 GBP, shipping 5.00", in: shop)
        func card(_ reference: String, _ amount: Int64) -> AddPayment {
            AddPayment(order: id, payment: .init(provider: "manual", reference: reference, authorized: gbp(amount)))
        }
        try shop.perform(card("early", 1500))
        #expect(try cash(id, shop).voided == 1500)
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels[0].cash == 1000)
        let refusal = try expectRefusal(.illegalTransition, of: card("late", 500), in: shop)
        #expect(refusal?.explanation.contains("void the label of parcel \(ParcelID(id, 1)) first") == true)
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.order(id).parcels[0].cash == 0)
        try shop.perform(card("late", 500))
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.order(id).parcels[0].cash == 500)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        try expectRefusal(.illegalTransition, of: card("too late", 500), in: shop)
        try tell(.delivered, of: 1, id, in: shop)
        #expect(try shop.order(id).payments.map(\.captured) == [500, 1500, 500])
        try shop.expectClean()
    }

    @Test("What a promise is can be neither pending nor over")
    func pending() throws {
        let shop = try shop()
        let id = try place("1 × TEE-M at 10.00 GBP", in: shop)
        try expectRefusal(
            .invalidInput, at: "/status",
            of: AddPayment(
                order: id,
                payment: .init(
                    provider: CashOnDelivery.provider, reference: "more", authorized: gbp(1), isPending: true)),
            in: shop)
        #expect(try cash(id, shop).expiresAt == nil)
    }

    @Test("The doctor finds a parcel that is at the door and was not paid for there")
    func doctor() throws {
        let shop = try shop()
        let id = try place("1 × TEE-M at 10.00 GBP", in: shop)
        try shop.walk(id, to: .delivered)
        try shop.expectClean()
        let report = try shop.examine(
            tamperedBy: """
                UPDATE payments SET captured = 0 WHERE order_id = \(id.value);
                DELETE FROM payment_effects WHERE order_id = \(id.value);
                """)
        #expect(report.findings.contains { $0.expected == "1000 captured" })
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Shipping")
struct ShipFulfillmentTests {
    /// An order at two locations, both packed: TEE-M in London, CAP in Leeds.
    private func packed(_ more: String = "") throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LEEDS: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store" + more)
        try shop.walk(id, to: .packed)
        return (shop, id)
    }

    /// The fulfillment at a location.
    private func fulfillment(at location: String, of id: OrderID, in shop: TestSystem) throws -> FulfillmentID {
        id.fulfillment(try #require(try shop.order(id).fulfillments.first { $0.location == location }).number)
    }

    @Test("Units leave stock, and the first shipment captures its goods with shipping and fees whole")
    func firstCapture() throws {
        let (shop, id) = try packed(", shipping 4.95")
        try shop.perform(ShipFulfillment(fulfillment: fulfillment(at: "LEEDS", of: id, in: shop)))
        #expect(try shop.stock("CAP@LEEDS") == "available 4")
        #expect(try shop.order(id).captured == 995)
        try shop.perform(ShipFulfillment(fulfillment: fulfillment(at: "LONDON", of: id, in: shop)))
        #expect(try shop.order(id).captured == 2995)
        #expect(try shop.order(id).effects.map(\.kind) == [.capture, .capture])
        try shop.expectClean()
    }

    @Test("The last shipment lets go of what was authorized beyond the total")
    func excess() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store") {
            $0.payments = [.init(provider: "manual", reference: "pay-1", authorized: gbp(2500))]
        }
        try shop.walk(id, to: .shipped)
        let order = try shop.order(id)
        #expect(order.captured == 2000)
        #expect(order.voided == 500)
        try shop.expectClean()
    }

    @Test("Several payments are taken one after the other")
    func severalPayments() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store") {
            $0.payments = [
                .init(provider: "manual", reference: "gift", authorized: gbp(700)),
                .init(provider: "manual", reference: "card", authorized: gbp(1300)),
            ]
        }
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).payments.map(\.captured) == [700, 1300])
        try shop.expectClean()
    }

    @Test("What no payment covers is sent all the same, and a person hears of it")
    func uncovered() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, unpaid")
        try shop.walk(id, to: .delivered)
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        #expect(try OrderStatus(of: shop.order(id)).overall == .open)
        try shop.expectClean()
    }

    @Test("A parcel of another fulfillment, or an empty one, cannot be named")
    func foreignParcel() throws {
        let (shop, id) = try packed()
        let london = try fulfillment(at: "LONDON", of: id, in: shop)
        let other = try #require(try shop.order(id).parcels.first { $0.fulfillment != london.number })
        try expectRefusal(
            .unknownParcel, at: "/parcels/0/parcel",
            of: ShipFulfillment(fulfillment: london, parcels: [.init(parcel: ParcelID(id, other.number))]), in: shop)
        try expectRefusal(
            .unknownParcel, at: "/parcels/0",
            of: DeliverFulfillment(fulfillment: try shipped(london, shop), parcels: [ParcelID(id, other.number)]),
            in: shop)
    }

    private func shipped(_ id: FulfillmentID, _ shop: TestSystem) throws -> FulfillmentID {
        try shop.perform(ShipFulfillment(fulfillment: id))
        return id
    }

    @Test("One of two parcels at the door leaves the fulfillment under way")
    func oneParcelDelivered() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        let ful = id.fulfillment(1)
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: ful, parcels: [id.box([1: 1]), id.box([1: 1])]))
        try shop.perform(ShipFulfillment(fulfillment: ful))
        try shop.perform(DeliverFulfillment(fulfillment: ful, parcels: [ParcelID(id, 2)]))
        #expect(try shop.state(ful) == .shipped)
        #expect(try shop.order(id).lines[0].closed == 0)
        try shop.perform(DeliverFulfillment(fulfillment: ful))
        #expect(try shop.state(ful) == .delivered)
        #expect(try shop.order(id).lines[0].closed == 2)
        try shop.expectClean()
    }

    @Test("A delivery told later counts from its own moment, and so does the time to return it")
    func deliveredEarlier() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .shipped)
        let shipped = shop.now
        shop.advance(.days(10))
        for wrong in [shipped + Seconds(-60), shop.now + .hours(1)] {
            try expectRefusal(
                .invalidInput, at: "/at", of: DeliverFulfillment(fulfillment: id.fulfillment(1), at: wrong), in: shop)
        }
        let arrival = shipped + .days(2)
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1), at: arrival))
        #expect(try shop.order(id).fulfillments[0].updatedAt == arrival)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        for type in ["parcel.delivered", "fulfillment.delivered"] {
            let event = try #require(events.last { $0.type == type })
            #expect(try JSON.parse(event.data)["delivered_at"]?.string == arrival.description)
        }
        shop.advance(.days(23))
        try expectRefusal(
            .returnWindowClosed, at: "/lines/0/quantity",
            of: RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)]), in: shop)
        try shop.expectClean()
    }

    @Test("A delivery in the second of its shipment is not before it")
    func deliveredInTheSecond() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let second = shop.now
        shop.now = Timestamp(milliseconds: second.milliseconds + 700)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .shipped)
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1), at: second))
        #expect(try shop.order(id).fulfillments[0].updatedAt == shop.now)
    }

    @Test("An order of which a part was sent says so")
    func partially() throws {
        let (shop, id) = try packed()
        try shop.perform(ShipFulfillment(fulfillment: fulfillment(at: "LEEDS", of: id, in: shop)))
        let status = try OrderStatus(of: shop.order(id))
        #expect(status.fulfillment == .partiallyShipped)
        #expect(status.payment == .partiallyCaptured)
    }
}

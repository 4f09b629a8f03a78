import OrderManagement
import TestSupport
import Testing

@Suite("Lost parcels for which less was given back than they are worth")
struct PartlyPaidParcelTests {
    /// Two TEE-M at 10.01 in a parcel each; the second is lost and 5.00 are given for it.
    private func shop(amount: Int64 = 500) throws -> (TestSystem, OrderID) {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { $0.refundAt = .inspection }
        try shop.tell(.delivered, of: 1, id)
        try shop.tell(.lost, of: 2, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund, amount: gbp(amount)))
        #expect(try shop.order(id).parcels[1].claim?.isPart == (amount < 1_001))
        shop.advance(.hours(1))
        return (shop, id)
    }

    @Test("Found, the goods are the customer's and worth the rest; nothing else is to be said of them")
    func found() throws {
        let (shop, id) = try shop()
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 2)))
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .parcelFound && shown.suggestion.hasPrefix("The customer has the goods, and 5.00 GBP of"))
        #expect(shown.actions(about: try shop.order(id)) == [.settleGoods(shown.id, .kept)])
        try shop.perform(SettleGoods(exception: shown.id, outcome: .kept))
        try shop.takeBack([1: 2], of: id)
        let order = try shop.order(id)
        #expect(order.returns[0].refunded == 2_002 - 500 && order.refunded == 2_002)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Brought back to the sender, what is left of its worth is given back")
    func broughtBack() throws {
        let (shop, id) = try shop()
        try shop.tell(.returnedToSender, of: 2, id)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        #expect(try shop.order(id).refunded == 500)
        try shop.perform(SettleReturn(agreed: id.entry(1)))
        #expect(try shop.order(id).refunded == 1_001)
        try shop.expectClean()
    }

    @Test("Of the last units of a line as well what is left of their worth is given back, once")
    func lastOfLine() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place("1 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        try shop.send(id, as: "T")
        try shop.tell(.lost, of: 1, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund, amount: gbp(500)))
        shop.advance(.hours(1))
        try shop.tell(.returnedToSender, of: 1, id)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        try shop.perform(SettleReturn(agreed: id.entry(1)))
        let order = try shop.order(id)
        #expect(order.refunded == 1_496 && OrderStatus(of: order).overall == .completed, "nothing of it came")
        try shop.expectClean()
    }

    @Test("Paid for whole, it is settled as before: the customer has the goods and the money")
    func whole() throws {
        let (shop, id) = try shop(amount: 1_001)
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 2)))
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.actions(about: try shop.order(id)).count == 2)
        #expect(shown.suggestion.hasPrefix("The customer has the goods and the money"))
    }
}

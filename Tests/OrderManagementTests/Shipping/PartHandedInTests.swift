@testable import OrderManagement
import TestSupport
import Testing

@Suite("Parcels of which a part was handed in before their courier told of them")
struct PartHandedInTests {
    private static let outcomes: [(isCash: Bool, status: Parcel.State)] = [
        (false, .lost), (false, .returnedToSender), (true, .lost), (true, .returnedToSender),
    ]

    /// A parcel of three, paid by card or at the door, of which one was handed in over a counter.
    private func shop(isCash: Bool) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem.withCash { policy in
            policy.returning.refundAt = .inspection
            policy.returning.undelivered = .refund
        }
        let text = "3 × TEE-M at 10.00 GBP, shipping 5.00"
        let id = try isCash ? shop.placeForCash(text) : shop.place(text, on: "shop")
        try shop.walk(id, to: .shipped)
        try shop.takeBack([1: 1], of: id)
        #expect(try shop.order(id).captured == 3500 && shop.order(id).refunded == 1000)
        return (shop, id)
    }

    @Test("The rest of it is settled: its loss is shown, what comes back is received, and both are refunded",
        arguments: outcomes)
    func rest(isCash: Bool, status: Parcel.State) throws {
        let (shop, id) = try shop(isCash: isCash)
        try shop.tellLater(status, of: 1, id)
        var order = try shop.order(id)
        #expect(order.parcels.map(\.units) == [[1: 2], [1: 1]])
        #expect(order.parcels[1].state == .delivered && OrderStatus(of: order).overall == .open || isCash)
        try shop.expectClean()
        let shown = try shop.openExceptions().first
        switch (status, isCash) {
        case (.lost, false):
            #expect(shown?.kind == .parcelLost && order.parcels[0].state == .lost)
            try shop.claim(1, id)
        case (.lost, true):
            // It was paid at its door, for all that is known: a person asks the customer.
            #expect(shown?.kind == .deliveryDisputed && order.parcels[0].state == .delivered)
            let lines = [LineQuantity(line: id.line(1), quantity: 2)]
            #expect(shown?.actions(about: order).first == .refundUnits(id, lines, reason: ExceptionAction.lost))
            try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "lost", lines: lines))
        default:
            #expect(shown == nil && order.parcels[0].state == .returnedToSender)
            #expect(order.returns.last?.lines.map(\.quantity) == [2])
            try shop.perform(
                ReceiveReturn(
                    id: id.entry(2), location: "LONDON",
                    lines: [.init(line: id.line(1), quantity: 2, disposition: .restock)]))
        }
        order = try shop.order(id)
        #expect(order.refunded == 3000 && order.lines[0].closed == 3, "shipping is kept: a part of it came")
        #expect(OrderStatus(of: order).overall == .completed)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Told late, twice or once more otherwise, each unit is settled once")
    func toldAgain() throws {
        let (shop, id) = try shop(isCash: false)
        try shop.tellLater(.lost, of: 1, id)
        try shop.tellLater(.lost, of: 1, id)
        try shop.tellLater(.returnedToSender, of: 1, id)
        #expect(try shop.order(id).parcels.map(\.units) == [[1: 2], [1: 1]])
        #expect(try shop.order(id).returns.last?.lines.map(\.quantity) == [2])
        try shop.expectClean()
        try shop.tellLater(.delivered, of: 1, id)
        var order = try shop.order(id)
        #expect(order.parcels.map(\.state) == [.delivered, .delivered] && OrderStatus(of: order).overall == .completed)
        try shop.takeBack([1: 2], of: id)
        order = try shop.order(id)
        #expect(order.refunded == 3000 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Of what its courier has delivered, whoever brings back a part has the rest")
    func delivered() throws {
        let (shop, id) = try shop(isCash: false)
        try shop.tellLater(.delivered, of: 1, id)
        try shop.tellLater(.lost, of: 1, id)
        try shop.tellLater(.returnedToSender, of: 1, id)
        #expect(try shop.order(id).parcels.map(\.state) == [.delivered] && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }
}

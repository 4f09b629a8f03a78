import TestSupport
import Testing

@testable import OrderManagement

@Suite("Shipping of an order of which nothing came is given back, whatever was settled first")
struct ChargesOfNothingTests {
    /// Two TEE-M, of which LONDON sends one in a box `T1` and LEEDS has one packed; shipping 4.95.
    private func halfSent(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "TEE-M@LEEDS: 1")
        var policy = ChannelPolicy(stages: [])
        policy.cancellableUntil = "packed"
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        let first = try #require(try shop.order(id).fulfillments.first { $0.location == "LONDON" }).number
        try shop.walk(id, to: .packed)
        let box = try #require(try shop.order(id).boxes(of: first).first).number
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(first),
                parcels: [.init(parcel: ParcelID(id, box), courier: "dpd", tracking: "T1")]))
        try shop.tell("T1", .lost, of: id)
        return (shop, id)
    }

    @Test("A lost box is paid back and the rest cancelled, in either order: the customer has all of their money")
    func lossAndCancellation() throws {
        for isCancelledFirst in [true, false] {
            let (shop, id) = try halfSent()
            let lost = try #require(try shop.order(id).parcels.first { $0.state == .lost }).number
            let claim = ClaimParcel(parcel: ParcelID(id, lost), resolution: .refund)
            let cancellation = CancelOrder(order: id, reason: .customer)
            if isCancelledFirst {
                try shop.perform(cancellation)
                #expect(try shop.order(id).refunded == 0, "nobody has decided about the lost box")
                try shop.perform(claim)
            } else {
                try shop.perform(claim)
                #expect(try shop.order(id).refunded == 1001, "the rest is still to come")
                try shop.perform(cancellation)
            }
            let order = try shop.order(id)
            #expect(order.captured == order.refunded && order.refunded == 1001 + 495)
            #expect(OrderStatus(of: order).overall == .completed && OrderStatus(of: order).payment == .refunded)
            try shop.expectClean()
        }
    }

    @Test("Of two lost boxes the first that is paid back keeps the shipping, since the other may be sent once more")
    func undecided() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        for parcel in [1, 2] { try shop.tell(.lost, of: parcel, id) }
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        #expect(try shop.order(id).refunded == 1001)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        #expect(try shop.order(id).refunded == 2 * 1001 + 495)
        try shop.expectClean()
    }

    @Test("Lost, sent once more, and lost, brought back or cancelled then: the first order's shipping is given back")
    func reshipped() throws {
        for end in ["lost", "brought back", "cancelled"] {
            let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
            var policy = ChannelPolicy(stages: [])
            policy.returning.undelivered = .refund
            try shop.open("shop", policy: policy)
            let id = try shop.place("1 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
            try shop.send(id, as: "T")
            let new = try shop.reship(id, 1)
            #expect(try shop.order(id).memos.allSatisfy { $0.shipping == 0 })
            switch end {
            case "lost":
                try shop.send(new, as: "N")
                try shop.tell("N1", .lost, of: new)
                try shop.perform(ClaimParcel(parcel: ParcelID(new, 1), resolution: .refund))
            case "brought back":
                try shop.send(new, as: "N")
                try shop.tell("N1", .returnedToSender, of: new)
                let line = ReceiveReturn.Line(line: new.line(1), quantity: 1, disposition: .restock)
                try shop.perform(ReceiveReturn(id: new.entry(1), location: "LONDON", lines: [line]))
            default: try shop.perform(CancelOrder(order: new, reason: .customer))
            }
            let order = try shop.order(id)
            #expect(try order.memos.reduce(0) { $0 + $1.shipping } == 495 && shop.order(new).refunded == 1001, "\(end)")
            #expect(OrderStatus(of: order).overall == .completed && order.captured == order.refunded)
            try shop.expectClean()
        }
    }

    @Test("Shipping is kept where a part came, or came after all, by the first parcel or by what went out once more")
    func kept() throws {
        for hasCome in ["once more", "after all"] {
            let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
            try shop.tell(.lost, of: 1, id)
            if hasCome == "once more" {
                try shop.deliver(try shop.reship(id, 1))
            } else {
                try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
                try shop.tell(.delivered, of: 1, id)
            }
            try shop.tell(.lost, of: 2, id)
            try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
            #expect(try shop.order(id).memos.allSatisfy { $0.shipping == 0 }, "\(hasCome)")
            try shop.expectClean()
        }
    }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("Parcels that a courier brings back, with less than was in them or nothing")
struct UndeliveredTests {
    /// Three TEE-M at 10.01 in one parcel, with shipping of 4.95, that its courier says to bring back.
    private func comingBack(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place("3 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        try shop.walk(id, to: .packed)
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "dpd", service: nil, tracking: "T1")]))
        try shop.tell(.returnedToSender, of: 1, id)
        return (shop, id)
    }

    private func receive(_ units: Int64, of id: OrderID, isComplete: Bool, in shop: TestSystem) throws {
        let lines = [ReceiveReturn.Line(line: id.line(1), quantity: units, disposition: .restock)]
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON", lines: units > 0 ? lines : [], isComplete: isComplete))
    }

    @Test("A part comes: a person is told at once that the customer waits for the money of all of it, and gives it")
    func part() throws {
        let (shop, id) = try comingBack()
        try receive(1, of: id, isComplete: true, in: shop)
        let asked = try #require(try shop.openExceptions().first)
        #expect(try shop.openExceptions().count == 1 && asked.kind == .returnUnsettled)
        #expect(asked.cause.contains("without 2 × TEE-M that its courier was to bring with it"), "\(asked.cause)")
        #expect(
            try asked.actions(about: shop.order(id)) == [.settleReturn(id.entry(1)), .reshipParcel(ParcelID(id, 1))])
        #expect(try shop.order(id).owed(for: shop.order(id).returns[0]) == 3 * 1001 + 495)
        try shop.perform(SettleReturn(agreed: id.entry(1)))
        let end = try shop.order(id)
        #expect(end.refunded == 3 * 1001 + 495 && end.lines[0].returned == 1 && end.lines[0].closed == 3)
        #expect(OrderStatus(of: end).overall == .completed)
        #expect(try shop.stock("TEE-M@LONDON") == "available 7" && shop.openExceptions().isEmpty)
        try expectRefusal(
            .illegalTransition, of: ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund), in: shop)
        try shop.expectClean()
    }

    @Test("Where policy refunds what comes back, what is missing of it is refunded with it, once it is not waited for")
    func byItself() throws {
        let (shop, id) = try comingBack { $0.undelivered = .refund }
        try receive(1, of: id, isComplete: false, in: shop)
        #expect(try shop.order(id).refunded == 1001 + 495)
        try receive(1, of: id, isComplete: false, in: shop)
        #expect(try shop.order(id).refunded == 2 * 1001 + 495)
        try receive(0, of: id, isComplete: true, in: shop)
        let end = try shop.order(id)
        #expect(end.refunded == 3 * 1001 + 495 && end.returns[0].state == .settled)
        #expect(OrderStatus(of: end).overall == .completed)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("The goods go out once more instead: all of them, for nothing, and the order is complete with that")
    func reshipped() throws {
        let (shop, id) = try comingBack()
        try receive(1, of: id, isComplete: true, in: shop)
        let reply = try JSON.parse(shop.perform(ReshipParcel(parcel: ParcelID(id, 1))).body)
        let end = try shop.order(id)
        #expect(end.returns[0].state == .settled && OrderStatus(of: end).overall == .completed, "\(reply)")
        #expect(end.refunded == 3 * 1001 && end.lines[0].closed == 3, "its money went to what goes out once more")
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, allocated 3" && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Settled as lost before, what comes of it is put on sale and the rest closes; nothing is paid twice")
    func claimedBefore() throws {
        for units in [Int64(1), 0] {
            let (shop, id) = try comingBack()
            shop.advance(.minutes(1))
            try shop.perform(DeliverParcel(parcel: ParcelID(id, 1)))
            shop.advance(.minutes(1))
            try shop.tell(.returnedToSender, of: 1, id)
            shop.advance(.minutes(1))
            try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "x", lines: id.units([1: 2])))
            let lines = [ReceiveReturn.Line(line: id.line(1), quantity: units, disposition: .restock)]
            try shop.perform(
                ReceiveReturn(
                    id: id.entry(2), location: "LONDON", lines: units > 0 ? lines : [], isComplete: true))
            if units > 0 {
                try shop.perform(SettleReturn(agreed: id.entry(2)))
            } else {
                try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
            }
            let end = try shop.order(id)
            #expect(end.refunded == 3 * 1001 + 495, "\(units)")
            #expect(OrderStatus(of: end).overall == .completed && end.lines[0].closed == 3, "\(units)")
            #expect(try shop.openExceptions().isEmpty)
            try shop.expectClean()
        }
    }

    @Test("Nothing comes: the parcel is lost, and a person decides, or policy does")
    func nothing() throws {
        for policy in [ReturningPolicy.Compensation.manual, .refund] {
            let (shop, id) = try comingBack { $0.lost = policy }
            try receive(0, of: id, isComplete: true, in: shop)
            #expect(try shop.order(id).parcels[0].state == .lost && shop.order(id).returns[0].state == .settled)
            if policy == .manual {
                let asked = try #require(try shop.openExceptions().first)
                #expect(asked.kind == .parcelLost)
                let parcel = ParcelID(id, 1)
                #expect(
                    try asked.actions(about: shop.order(id))
                        == [.refundParcel(parcel), .reshipParcel(parcel), .deliverParcel(parcel)])
                #expect(try shop.order(id).refunded == 0)
                try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
            }
            let end = try shop.order(id)
            #expect(end.refunded == 3 * 1001 + 495 && OrderStatus(of: end).overall == .completed)
            #expect(try shop.openExceptions().isEmpty)
            // It turns up at the customer's after all.
            shop.advance(.hours(1))
            try shop.tell(.delivered, of: 1, id)
            #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
            try shop.expectClean()
        }
    }

    @Test("Who gives nothing for it, or another amount, closes what is missing too")
    func otherwise() throws {
        for amount in [nil, gbp(500)] {
            let (shop, id) = try comingBack()
            try receive(2, of: id, isComplete: true, in: shop)
            try shop.perform(
                amount.map { SettleReturn(id: id.entry(1), refund: .source, amount: $0) }
                    ?? SettleReturn(id: id.entry(1), refund: .none))
            let end = try shop.order(id)
            #expect(end.refunded == (amount?.amount ?? 0) && end.lines[0].closed == 3)
            #expect(OrderStatus(of: end).overall == .completed)
            try shop.expectClean()
        }
    }

    @Test("More than was in its parcel does not come with it: what its customer has is their own return")
    func more() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place("4 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        try shop.walk(id, to: .picking)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 3]), id.box([1: 1])]))
        let parcels = [1, 2].map {
            ShipFulfillment.ParcelDetail(parcel: ParcelID(id, $0), courier: "dpd", service: nil, tracking: "T\($0)")
        }
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1), parcels: parcels))
        try shop.tell(.delivered, of: 1, id)
        try shop.tell(.returnedToSender, of: 2, id)
        let lines = [ReceiveReturn.Line(line: id.line(1), quantity: 2, disposition: .restock)]
        try expectRefusal(
            .quantityExceeded, of: ReceiveReturn(id: id.entry(1), location: "LONDON", lines: lines), in: shop)
        try receive(1, of: id, isComplete: false, in: shop)
        try shop.perform(SettleReturn(agreed: id.entry(1)))
        _ = try shop.takeBack([1: 3], of: id)
        let end = try shop.order(id)
        #expect(end.lines[0].returned == 4 && end.lines[0].closed == 4)
        try shop.expectClean()
    }

    @Test("The doctor sees that more was settled than its courier did not bring")
    func tampered() throws {
        let (shop, id) = try comingBack()
        try receive(1, of: id, isComplete: true, in: shop)
        try shop.perform(SettleReturn(agreed: id.entry(1)))
        let report = try shop.examine(
            tamperedBy: "UPDATE returns SET terms = replace(terms, '\"lost\":[[1,2]]', '\"lost\":[[1,3]]')")
        #expect(report.text.contains("no more is settled than a courier was to bring"), "\(report.text)")
    }
}

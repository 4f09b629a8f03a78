import TestSupport
import Testing

@testable import OrderManagement

@Suite("The first parcel came after all, and what went out once more comes back")
struct TwoSetsTests {
    /// One TEE-M at 10.01, with shipping of 4.95, whose parcel was lost and sent once more: that is under way as `N1`.
    private func sentTwice(
        _ lines: String = "1 × TEE-M at 10.01 GBP", boxes: [[Int: Int64]] = [[1: 1]],
        _ change: (inout ReturningPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID, new: OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place("\(lines), shipping 4.95", on: "shop")
        try shop.send(id, as: "T")
        let new = try shop.reship(id, 1)
        try shop.send(new, as: "N", boxes: boxes)
        return (shop, id, new)
    }

    private func receive(_ id: OrderID, _ units: Int64 = 1, return number: Int = 1, in shop: TestSystem) throws {
        let line = ReceiveReturn.Line(line: id.line(1), quantity: units, disposition: .restock)
        try shop.perform(ReceiveReturn(id: id.entry(number), location: "LONDON", lines: [line]))
    }

    @Test(
        "What goes out once more comes back while the customer has the first goods: put on sale, and nobody is paid",
        arguments: [ReturningPolicy.Compensation.refund, .manual])
    func broughtBack(policy: ReturningPolicy.Compensation) throws {
        let (shop, id, new) = try sentTwice { $0.undelivered = policy }
        try shop.tell("T1", .delivered, of: id)
        try shop.tell("N1", .returnedToSender, of: new)
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        try receive(new, in: shop)
        let (order, other) = (try shop.order(id), try shop.order(new))
        #expect(try shop.stock("TEE-M@LONDON") == "available 8")
        #expect(order.captured == 1496 && order.refunded == 0 && other.refunded == other.captured)
        #expect(other.effects.allSatisfy { $0.reason == "exchange" || $0.paidTo == "exchange" }, "nobody was paid")
        #expect(other.returns[0].state == .settled && other.returns[0].refunded == 0)
        let why = "the customer has the goods of parcel 1 of order \(order.number)"
        #expect(other.returns[0].note?.contains(why) == true)
        #expect(OrderStatus(of: order).overall == .completed && OrderStatus(of: other).overall == .completed)
        #expect(try shop.openExceptions().isEmpty, "nothing is left to decide")
        try shop.expectClean()
        // The first goods are the customer's as any other: they come back, and are paid for by the first order.
        try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
        #expect(try shop.order(id).refunded == 1001)
        try shop.expectClean()
    }

    @Test("The customer sends the second set back: that is handing it in, and nothing is paid")
    func sentBack() throws {
        let (shop, id, new) = try sentTwice { $0.refundAt = .receipt }
        try shop.tell("N1", .delivered, of: new)
        try shop.tell("T1", .delivered, of: id)
        _ = try shop.takeBack([1: 1], of: new)
        #expect(try shop.order(new).returns[0].state == .settled && shop.order(id).refunded == 0)
        #expect(try shop.order(new).returns[0].refunded == 0 && shop.order(id).captured == 1496)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What goes out once more is lost while the customer has the first goods: nothing is paid for that either")
    func lost() throws {
        for isByHand in [false, true] {
            let (shop, id, new) = try sentTwice { $0.lost = .refund }
            try shop.tell("T1", .delivered, of: id)
            let parcel = ParcelID(new, 1)
            if isByHand {
                let refusal = try expectRefusal(
                    .illegalTransition, of: ClaimParcel(parcel: parcel, resolution: .refund), in: shop)
                #expect(refusal?.explanation.contains("nothing is owed for it; settle it with nothing (none)") == true)
                try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: parcel), in: shop)
                try shop.perform(ClaimParcel(parcel: parcel, resolution: .none))
            } else {
                try shop.tell("N1", .lost, of: new)
            }
            let (order, other) = (try shop.order(id), try shop.order(new))
            #expect(other.parcels[0].claim?.resolution == ParcelClaim.Resolution.none)
            #expect(order.captured == 1496 && order.refunded == 0)
            #expect(OrderStatus(of: other).overall == .completed && OrderStatus(of: order).overall == .completed)
            #expect(try shop.openExceptions().isEmpty)
            try shop.expectClean()
            // It comes after all: the customer has both sets.
            try shop.tell("N1", .delivered, of: new)
            let shown = try #require(try shop.openExceptions().first)
            #expect(shown.suggestion.contains("hand one set in"), "\(shown.suggestion)")
            let offered = try shown.actions(about: shop.order(new)).map(\.key)
            #expect(offered == ["settlements/handed_in", "settlements/kept"])
            try shop.expectClean()
        }
    }

    @Test("The second parcel arrives, and the first comes back afterwards: its goods are put on sale, nothing is paid")
    func firstComesBack() throws {
        let (shop, id, new) = try sentTwice { $0.undelivered = .refund }
        try shop.tell("N1", .delivered, of: new)
        shop.advance(.hours(1))
        try shop.tell("T1", .returnedToSender, of: id)
        try receive(id, in: shop)
        #expect(try shop.stock("TEE-M@LONDON") == "available 8")
        #expect(try shop.order(id).returns[0].refunded == 0 && shop.order(new).refunded == 0)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Both come back: the second is paid for while the first was not found, or the first once it was")
    func bothComeBack() throws {
        for isFound in [false, true] {
            let (shop, id, new) = try sentTwice { $0.undelivered = .refund }
            if isFound { try shop.tell("T1", .delivered, of: id) }
            try shop.tell("N1", .returnedToSender, of: new)
            try receive(new, in: shop)
            shop.advance(.hours(1))
            try shop.tell("T1", .returnedToSender, of: id)
            try receive(id, in: shop)
            let (order, other) = (try shop.order(id), try shop.order(new))
            #expect(try shop.stock("TEE-M@LONDON") == "available 9")
            let given = isFound ? order.refunded : other.refunded + order.memos.reduce(0) { $0 + $1.shipping }
            #expect(given == 1496, "all that was paid, since nothing came")
            #expect(OrderStatus(of: order).overall == .completed && OrderStatus(of: other).overall == .completed)
            try shop.expectClean()
        }
    }

    @Test("One of two boxes comes back: nothing is paid, a person is told why; what was handed in first is paid for")
    func oneOfTwo() throws {
        for isHandedIn in [false, true] {
            let (shop, id, new) = try sentTwice("2 × TEE-M at 10.01 GBP", boxes: [[1: 1], [1: 1]]) {
                $0.undelivered = .refund
            }
            try shop.tell("T1", .delivered, of: id)
            try shop.tell("N1", .delivered, of: new)
            try shop.tell("N2", .returnedToSender, of: new)
            try receive(new, in: shop)
            let asked = try #require(try shop.openExceptions().first { $0.kind == .returnUnsettled })
            #expect(asked.suggestion.contains("Nothing is owed while they have them"), "\(asked.suggestion)")
            let other = try shop.order(new)
            let known = try shop.waybill.readNow { try [asked].knowing([new: other], in: $0) }
            #expect(known[0].actions(about: other) == [.settleReturnUnpaid(new.entry(1))])
            let source = SettleReturn(id: new.entry(1), refund: .source)
            try expectRefusal(.illegalTransition, of: source, in: shop)
            try expectRefusal(
                .illegalTransition, of: SettleReturn(id: new.entry(1), refund: .source, amount: gbp(100)), in: shop)
            if isHandedIn {
                let found = try #require(try shop.openExceptions().first { $0.kind == .parcelFound })
                try shop.perform(SettleGoods(exception: found.id, outcome: .handedIn, location: "LONDON"))
                try shop.perform(source)
                #expect(try shop.order(new).refunded == 1001)
            } else {
                try shop.perform(SettleReturn(id: new.entry(1), refund: .none))
                #expect(try shop.order(new).refunded == 0 && shop.order(id).claim(1)?.endedAt == nil)
                // The other box is sent back as well: with that, nothing of the second set is with anybody.
                _ = try shop.takeBack([1: 1], of: new)
                #expect(try shop.order(id).claim(1)?.endedAt != nil && shop.order(id).refunded == 0)
            }
            try shop.expectClean()
        }
    }

    @Test("Sent a third time, it comes back while the customer has the first goods: the first order takes all up again")
    func thirdTime() throws {
        let (shop, id, new) = try sentTwice { $0.undelivered = .refund }
        try shop.tell("N1", .lost, of: new)
        let third = try shop.reship(new, 1)
        try shop.send(third, as: "M")
        try shop.tell("T1", .delivered, of: id)
        try shop.tell("M1", .returnedToSender, of: third)
        try receive(third, in: shop)
        let order = try shop.order(id)
        #expect(order.captured == 1496 && order.refunded == 0 && order.claim(1)?.endedAt != nil)
        for other in [new, third] { #expect(try shop.order(other).captured == shop.order(other).refunded) }
        #expect(try shop.stock("TEE-M@LONDON") == "available 7")
        try shop.expectClean()
    }

    @Test("Goodwill on what goes out once more leaves it to be stopped: the first order credits it as given")
    func stoppedAfterGoodwill() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place("1 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        try shop.send(id, as: "T")
        let new = try shop.reship(id, 1)
        try shop.perform(GiveGoodwill(order: new, amount: gbp(200), reason: "patience", to: .source))
        try shop.tell("T1", .delivered, of: id)
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(SettleGoods(exception: shown.id, outcome: .stopped))
        #expect(try shop.openExceptions().isEmpty)
        let (order, other) = (try shop.order(id), try shop.order(new))
        #expect(order.captured == 1496 && order.refunded == 200 && other.refunded == 1001)
        #expect(OrderStatus(of: order).overall == .completed && OrderStatus(of: other).overall == .cancelled)
        #expect(order.memos.allSatisfy { order.outstanding(of: $0) == 0 })
        try shop.expectClean()
        try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
        #expect(try shop.order(id).refunded == 1001, "no more than the goods were worth")
        try shop.expectClean()
    }

    @Test("A found parcel whose goods went out once more suggests what is left to do once those have gone")
    func suggestion() throws {
        let (shop, id, _) = try sentTwice()
        try shop.tell("T1", .delivered, of: id)
        let (order, shown) = (try shop.order(id), try #require(try shop.openExceptions().first))
        let known = try shop.waybill.readNow { try [shown].knowing([id: order], in: $0) }
        #expect(known[0].suggestion.contains("Nothing is left to be stopped"), "\(known[0].suggestion)")
        #expect(known[0].suggestion.contains("ask the customer to hand one set in"))
        try shop.expectClean()
    }
}

extension Order {
    fileprivate func claim(_ parcel: Int) -> ParcelClaim? { parcels.first { $0.number == parcel }?.claim }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("What a customer bought beside goods that went out once more, for a parcel that came after all")
struct BoughtBesideTests {
    /// Five TEE-M at 10.01, with shipping of 4.95, whose parcel was lost and sent once more; the new order was changed
    /// and paid for, has come so far, and then the first parcel arrives.
    private func sentTwice(
        paying amount: Int64 = 1_000, _ state: Fulfillment.State = .delivered, tracked letter: String? = nil,
        _ policy: (inout ReturningPolicy) -> Void = { _ in },
        _ change: (inout Amended) -> Void = { $0.add = [(2, "CAP", 500)] }
    ) throws -> (TestSystem, OrderID, new: OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 20", "CAP@LONDON: 20")
        var channel = ChannelPolicy(stages: [])
        policy(&channel.returning)
        try shop.open("shop", policy: channel)
        let id = try shop.place("5 × TEE-M at 10.01 GBP, shipping 4.95", on: "shop")
        try shop.send(id, as: "T")
        let new = try shop.reship(id, 1)
        try shop.amend(new, change)
        try shop.perform(
            AddPayment(order: new, payment: .init(provider: "manual", reference: "own", authorized: gbp(amount))))
        if let letter { try shop.send(new, as: letter) } else { try shop.walk(new, to: state) }
        #expect(try shop.order(new).captured == 5_005 + amount, "the new order is sent and paid")
        try shop.tell("T1", .delivered, of: id)
        try shop.expectClean()
        return (shop, id, new)
    }

    private func settle(_ entry: ReturnID, in shop: TestSystem) throws {
        guard try shop.order(entry.order).returns[entry.number - 1].state == .inspected else { return }
        try shop.perform(SettleReturn(id: entry, refund: .source))
    }

    /// The first order has all its money, what is in its parcel may come back, and is paid for then.
    private func expectTakenUp(_ id: OrderID, in shop: TestSystem) throws {
        let order = try shop.order(id)
        #expect(order.captured == 5_500 && order.refunded == 0 && order.parcels[0].claim?.endedAt != nil)
        try shop.expectClean()
        try settle(shop.takeBack([1: 5], of: id), in: shop)
        #expect(try shop.order(id).refunded == 5_005)
        try shop.expectClean()
    }

    @Test(
        "It comes back like any purchase, alone, with the rest or after it, and is paid back by its own payment",
        arguments: [[[2: 2], [1: 5]], [[1: 5], [2: 2]], [[1: 5, 2: 2]], [[2: 1], [1: 3, 2: 1], [1: 2]]]
            as [[[Int: Int64]]])
    func ownPurchase(parts: [[Int: Int64]]) throws {
        let (shop, id, new) = try sentTwice()
        for units in parts {
            let entry = try shop.takeBack(units, of: new)
            try settle(entry, in: shop)
            try shop.expectClean()
        }
        let other = try shop.order(new)
        let paid = other.effects.filter { $0.kind == .refund && $0.paidTo == nil }
        #expect(paid.reduce(0) { $0 + $1.amount } == 1_000, "what they bought, and nothing for the rest")
        #expect(paid.allSatisfy { effect in other.payments.first { $0.number == effect.payment }?.reference == "own" })
        #expect(other.captured == other.refunded && OrderStatus(of: other).overall == .completed)
        try expectTakenUp(id, in: shop)
    }

    @Test("It is kept while the rest comes back: the first order takes up again, and what was bought stays paid")
    func kept() throws {
        let (shop, id, new) = try sentTwice { $0.refundAt = .receipt }
        _ = try shop.takeBack([1: 5], of: new)
        let other = try shop.order(new)
        #expect(other.returns[0].state == .settled && other.returns[0].refunded == 0)
        #expect(other.captured - other.refunded == 1_000 && OrderStatus(of: other).overall == .completed)
        try expectTakenUp(id, in: shop)
        // Later it is a return like any other.
        _ = try shop.takeBack([2: 2], of: new)
        #expect(try shop.order(new).captured == shop.order(new).refunded)
        try shop.expectClean()
    }

    @Test("With a part of the rest it is paid for by itself; of the rest a person is told, who settles it for nothing")
    func mixed() throws {
        let (shop, id, new) = try sentTwice { $0.refundAt = .inspection }
        let entry = try shop.takeBack([1: 3, 2: 2], of: new)
        var other = try shop.order(new)
        #expect(other.returns[0].state == .inspected && other.returns[0].refunded == 1_000)
        let shown = try #require(try shop.openExceptions().first { $0.kind == .returnUnsettled })
        let known = try shop.waybill.readNow { try [shown].knowing([new: other], in: $0) }
        #expect(known[0].actions(about: other).map(\.key) == ["settlements/none"])
        try expectRefusal(.illegalTransition, of: SettleReturn(id: entry, refund: .source), in: shop)
        try shop.perform(SettleReturn(id: entry, refund: .none))
        try settle(shop.takeBack([1: 2], of: new), in: shop)
        other = try shop.order(new)
        #expect(other.captured == other.refunded && other.returns.allSatisfy { $0.state == .settled })
        try expectTakenUp(id, in: shop)
    }

    @Test("An amount that a person names for it is no more than it is worth")
    func named() throws {
        let (shop, id, new) = try sentTwice()
        let entry = try shop.takeBack([1: 4, 2: 2], of: new)
        let most = try expectRefusal(
            .illegalTransition, of: SettleReturn(id: entry, refund: .source, amount: gbp(1_001)), in: shop)
        #expect(most?.explanation.contains("at most 10.00 GBP are owed") == true, "\(most?.explanation ?? "")")
        try shop.perform(SettleReturn(id: entry, refund: .source, amount: gbp(700)))
        _ = try shop.takeBack([1: 1], of: new)
        #expect(try shop.order(new).captured - shop.order(new).refunded == 300)
        try expectTakenUp(id, in: shop)
    }

    @Test("Where policy has a person settle returns, what was bought waits for that though the rest is over")
    func settledByHand() throws {
        let (shop, id, new) = try sentTwice()
        let entry = try shop.takeBack([1: 5, 2: 2], of: new)
        #expect(try shop.order(new).returns[0].state == .inspected && shop.order(new).returns[0].refunded == 0)
        #expect(try shop.order(id).parcels[0].claim?.endedAt != nil)
        try settle(entry, in: shop)
        #expect(try shop.order(new).returns[0].refunded == 1_000)
        try expectTakenUp(id, in: shop)
    }

    @Test("Paid shipping is kept with the second set back; the first order takes its goods' money up again")
    func shipping() throws {
        let (shop, id, new) = try sentTwice(paying: 200) { _ in } _: {
            $0.rest = { request, _ in request.shipping = gbp(200) }
        }
        _ = try shop.takeBack([1: 5], of: new)
        #expect(try shop.order(new).captured - shop.order(new).refunded == 200)
        try expectTakenUp(id, in: shop)
    }

    @Test("Where its courier brings all of it back, paid shipping is given back too")
    func shippingOfNothing() throws {
        let (shop, id, new) = try sentTwice(paying: 200, tracked: "N") { $0.undelivered = .refund } _: {
            $0.rest = { request, _ in request.shipping = gbp(200) }
        }
        try shop.tell("N1", .returnedToSender, of: new)
        let line = ReceiveReturn.Line(line: new.line(1), quantity: 5, disposition: .restock)
        try shop.perform(ReceiveReturn(id: new.entry(1), location: "LONDON", lines: [line]))
        #expect(try shop.order(new).captured == shop.order(new).refunded)
        try expectTakenUp(id, in: shop)
    }

    @Test("Goods in place of those that went out once more bring back what their customer paid beside")
    func dearer() throws {
        let (shop, id, new) = try sentTwice(paying: 500) { _ in } _: {
            $0.rest = { request, id in
                request.pricing = .current
                request.swaps = [
                    .init(line: id.line(1), sku: "CAP", quantity: 5, price: .init(unitPrice: gbp(1_101)))
                ]
            }
        }
        try settle(shop.takeBack([2: 5], of: new), in: shop)
        let other = try shop.order(new)
        let paid = other.effects.filter { $0.kind == .refund && $0.paidTo == nil }
        #expect(paid.reduce(0) { $0 + $1.amount } == 500 && other.captured == other.refunded)
        try expectTakenUp(id, in: shop)
    }

    @Test("Of a line that was raised, those that went out once more come back first; then what was bought is paid for")
    func raised() throws {
        let (shop, id, new) = try sentTwice(paying: 2_002) { _ in } _: { $0.quantities = [(1, 7)] }
        let first = try shop.takeBack([1: 2], of: new)
        try expectRefusal(.illegalTransition, of: SettleReturn(id: first, refund: .source), in: shop)
        try shop.perform(SettleReturn(id: first, refund: .none))
        try settle(shop.takeBack([1: 5], of: new), in: shop)
        #expect(try shop.order(new).returns[1].refunded == 2_002)
        #expect(try shop.order(new).captured == shop.order(new).refunded)
        try expectTakenUp(id, in: shop)
    }

    @Test("Lost on its way it is paid for; what went out once more with it is not")
    func lost() throws {
        let (shop, _, new) = try sentTwice(.shipped)
        let box = try #require(try shop.order(new).parcels.first { $0.units(of: 2) > 0 })
        let claim = ClaimParcel(parcel: ParcelID(new, box.number), resolution: .refund)
        try shop.perform(claim)
        let other = try shop.order(new)
        let paid = other.effects.filter { $0.kind == .refund && $0.paidTo == nil }
        #expect(paid.reduce(0) { $0 + $1.amount } == 1_000)
        try shop.expectClean()
    }

    @Test("Goods that were bought with what the first ones were worth are no purchase of their own")
    func sameMoney() throws {
        let (shop, id, new) = try sentTwice(paying: 1) { _ in } _: {
            $0.quantities = [(1, 4)]
            $0.add = [(2, "CAP", 501)]
        }
        let caps = try shop.takeBack([2: 2], of: new)
        try shop.perform(SettleReturn(id: caps, refund: .source, amount: gbp(1)))
        try settle(shop.takeBack([1: 4], of: new), in: shop)
        let other = try shop.order(new)
        #expect(other.captured == other.refunded && other.returns.reduce(0) { $0 + $1.refunded } == 1)
        try expectTakenUp(id, in: shop)
    }

    @Test("What may come back says what is paid: what was bought, and nothing for the rest")
    func returnable() throws {
        let (shop, id, new) = try sentTwice()
        let (other, channel) = try shop.waybill.readNow { db in
            (try OrderStore.order(new, in: db), try Configuration.load(in: db).channels["shop"])
        }
        let order = try #require(other)
        #expect(try shop.waybill.readNow { try order.owesOnlyBought(in: $0) })
        let first = try shop.order(id)
        #expect(try !shop.waybill.readNow { try first.owesOnlyBought(in: $0) })
        let rules = ReturnRules(
            try #require(channel), finalSales: [], at: shop.now, owesOnlyBought: true)
        #expect(order.returnable(for: .faulty, by: rules).refund == 1_000)
        #expect(order.returnable(for: .faulty, by: rules).units == 7)
        let request = RequestReturn(
            order: new, method: .inStore, location: "YORK",
            lines: [
                .init(line: new.line(1), quantity: 5, reason: .faulty),
                .init(line: new.line(2), quantity: 2, reason: .faulty),
            ])
        let configuration = try shop.waybill.readNow { try Configuration.load(in: $0) }
        let preview = try JSON.parse(request.preview(of: order, by: rules, configuration, as: .system))
        #expect(preview.at("worth.amount")?.integer == 1_000 && preview.at("refund.amount")?.integer == 1_000)
    }
}

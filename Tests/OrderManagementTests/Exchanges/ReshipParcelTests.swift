import OrderManagement
import TestSupport
import Testing

@Suite("Goods that are sent once more")
struct ReshipParcelTests {
    /// Two TEE-M at 10.01 in a parcel each, sent, with shipping of 4.95.
    private func sent(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: ["payment"], change)
        try shop.tell(.delivered, of: 1, id)
        return (shop, id)
    }

    private func reship(_ id: OrderID, _ parcel: Int = 2, in shop: TestSystem) throws -> OrderID {
        let view = try JSON.parse(shop.perform(ReshipParcel(parcel: ParcelID(id, parcel))).body)
        return try #require(view["reshipment"]?["id"]?.string.flatMap { OrderID($0) })
    }

    @Test("A lost parcel's goods go out again at no charge; its exception is settled and both orders complete")
    func lost() throws {
        let (shop, id) = try sent()
        try shop.tell(.lost, of: 2, id)
        let actions = try #require(try shop.openExceptions().first?.actions(about: shop.order(id)))
        let parcel = ParcelID(id, 2)
        #expect(actions == [.refundParcel(parcel), .reshipParcel(parcel), .deliverParcel(parcel)])
        let new = try reship(id, in: shop)
        #expect(try shop.openExceptions().isEmpty)
        let order = try shop.order(new)
        #expect(order.due == 1001 && order.captured == 1001 && order.stage == nil && order.origin?.parcel == 2)
        #expect(try shop.order(id).parcels[1].claim?.successor?.order == new)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        #expect(try shop.stock("TEE-M@LONDON") == "available 2, allocated 1")
        try shop.deliver(new)
        #expect(try OrderStatus(of: shop.order(new)).overall == .completed)
        try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: ParcelID(id, 2)), in: shop)
        try shop.expectClean()
    }

    @Test("Goods that were sent once more are returned and refunded from the new order, to the same payment")
    func returned() throws {
        let (shop, id) = try sent()
        let new = try reship(id, in: shop)
        try shop.deliver(new)
        let entry = try shop.takeBack([1: 1], of: new)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        let order = try shop.order(new)
        #expect(order.refunded == 1001 && order.payments[0].reference == "pay-1")
        try shop.expectClean()
    }

    @Test(
        "What comes back to the sender is sent again at once; its return is worth nothing any more",
        arguments: [false, true])
    func returnedToSender(isBack: Bool) throws {
        let (shop, id) = try sent { $0.undelivered = isBack ? .manual : .refund }
        try shop.tell(.returnedToSender, of: 2, id)
        let receipt = ReceiveReturn(
            id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)])
        if isBack { try shop.perform(receipt) }
        let new = try reship(id, in: shop)
        if !isBack { try shop.perform(receipt) }
        let order = try shop.order(id)
        #expect(order.returns[0].state == .settled && order.returns[0].refunded == 0)
        #expect(try shop.order(new).captured == 1001 && order.refunded == 1001)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.deliver(new)
        try shop.expectClean()
    }

    @Test("A parcel that comes after all, though its goods were sent again, is shown to a person")
    func found() throws {
        let (shop, id) = try sent()
        try shop.tell(.lost, of: 2, id)
        _ = try reship(id, in: shop)
        try shop.tell(.delivered, of: 2, id)
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        try shop.expectClean()
    }

    /// A parcel that was lost and sent once more, and has come after all. - Returns: the other order, what is shown.
    private func foundAgain(
        _ change: (inout ReturningPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID, new: OrderID, shown: OrderException) {
        let (shop, id) = try sent(change)
        try shop.tell(.lost, of: 2, id)
        let new = try reship(id, in: shop)
        try shop.tell(.delivered, of: 2, id)
        return (shop, id, new, try #require(try shop.openExceptions().first))
    }

    @Test("What goes out once more is stopped when the first parcel came: nobody pays, and both books are right")
    func stopped() throws {
        let (shop, id, new, shown) = try foundAgain()
        let outcomes: [SettleGoods.Outcome] = [.stopped, .handedIn, .kept]
        let sent = try shop.order(id)
        let known = try shop.waybill.readNow { try [shown].knowing([id: sent], in: $0) }
        #expect(known.flatMap { $0.actions(about: sent) } == outcomes.map { .settleGoods(shown.id, $0) })
        try shop.perform(SettleGoods(exception: shown.id, outcome: .stopped))
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.stock("TEE-M@LONDON") == "available 3")
        let (order, other) = (try shop.order(id), try shop.order(new))
        #expect(OrderStatus(of: other).overall == .cancelled && OrderStatus(of: other).payment == .refunded)
        #expect(order.captured == 2497 && order.refunded == 0 && OrderStatus(of: order).payment == .captured)
        #expect(OrderStatus(of: order).overall == .completed && order.memos.allSatisfy { !$0.stands })
        // No provider was asked: what moved there has moved back.
        #expect(other.effects.allSatisfy { $0.reason == "exchange" || $0.paidTo == "exchange" })
        #expect(try shop.events(id).contains("credit_memo.withdrawn"))
        try shop.expectClean()
        // What was found is the customer's as any other: it comes back, and is paid for by the first order.
        let entry = try shop.takeBack([1: 2], of: id)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        #expect(try shop.order(id).refunded == 2002)
        try shop.expectClean()
    }

    @Test("Another address leaves it to be stopped, for nothing; other goods in it do not")
    func stoppedWithChanges() throws {
        for hasOthers in [false, true] {
            let (shop, id) = try sent()
            try shop.tell(.lost, of: 2, id)
            let new = try reship(id, in: shop)
            _ = try shop.amend(new) { change in
                if hasOthers { change.quantities = [(1, 2)] } else { leeds(&change) }
            }
            try shop.tell(.delivered, of: 2, id)
            let shown = try #require(try shop.openExceptions().first)
            let stop = SettleGoods(exception: shown.id, outcome: .stopped)
            if hasOthers {
                let refusal = try expectRefusal(.illegalTransition, of: stop, in: shop)
                #expect(refusal?.explanation.contains("cancelling it pays for goods that the customer has") == true)
            } else {
                try shop.perform(stop)
                let order = try shop.order(id)
                #expect(order.captured == 2497 && order.refunded == 0 && OrderStatus(of: order).overall == .completed)
                #expect(try OrderStatus(of: shop.order(new)).overall == .cancelled)
            }
            try shop.expectClean()
        }
    }

    @Test("What has left, or is cancelled, is not stopped: the refusal says what else can be done")
    func tooLateToStop() throws {
        for isSent in [true, false] {
            let (shop, id, new, shown) = try foundAgain()
            if isSent { try shop.deliver(new) } else { try shop.perform(CancelOrder(order: new, reason: .merchant)) }
            let order = try shop.order(id)
            let known = try shop.waybill.readNow { try [shown].knowing([id: order], in: $0) }
            let offered = known.flatMap { $0.actions(about: order) }
            #expect(offered == [.settleGoods(shown.id, .handedIn), .settleGoods(shown.id, .kept)])
            let refusal = try expectRefusal(
                .illegalTransition, of: SettleGoods(exception: shown.id, outcome: .stopped), in: shop)
            #expect(refusal?.explanation.contains("hand one set in") == true)
            try shop.perform(SettleGoods(exception: shown.id, outcome: .kept))
            try shop.expectClean()
        }
    }

    @Test("An order of which a part is still to be sent takes its money as before when what goes out again is stopped")
    func stoppedWhileOpen() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 3", "TEE-M@LEEDS: 2")
        try shop.open("shop")
        let id = try shop.place("4 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(id).fulfillments.count == 2)
        let first = try #require(try shop.order(id).fulfillments.first { $0.location == "LEEDS" }).number
        try shop.walk(id, to: .packed)
        try shop.receive("TEE-M@LONDON: 5")
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(first)))
        let parcel = try #require(try shop.order(id).boxes(of: first).first).number
        let new = try reship(id, parcel, in: shop)
        try shop.perform(DeliverParcel(parcel: ParcelID(id, parcel)))
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(SettleGoods(exception: shown.id, outcome: .stopped))
        #expect(try OrderStatus(of: shop.order(new)).overall == .cancelled)
        let sent = try shop.order(id).captured
        #expect(sent == 2_000)
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).captured == 4_000 && shop.order(id).refunded == 0)
        try shop.expectClean()
    }

    @Test("Refused: a parcel that arrived, one that is not there, goods that nobody has, a return that was settled")
    func refusals() throws {
        let (shop, id) = try sent { $0.undelivered = .refund }
        try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: ParcelID(id, 1)), in: shop)
        try expectRefusal(.notFound, of: ReshipParcel(parcel: ParcelID(id, 3)), in: shop)
        var policy = ChannelPolicy(stages: [])
        policy.shortfall = .refuse
        try shop.open("shop", policy: policy)
        try shop.move(.writeOff, 3, "TEE-M@LONDON")
        try expectRefusal(.insufficientStock, of: ReshipParcel(parcel: ParcelID(id, 2)), in: shop)
        try shop.tell(.returnedToSender, of: 2, id)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: ParcelID(id, 2)), in: shop)
        try shop.expectClean()
    }

    @Test("An order that nobody has paid is sent again for nothing, and still owes what it owed")
    func unpaid() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("shop")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, unpaid", on: "shop")
        try shop.walk(id, to: .shipped)
        let new = try reship(id, 1, in: shop)
        #expect(try shop.order(new).due == 0 && shop.order(id).due == 1000)
        try shop.deliver(new)
        #expect(try OrderStatus(of: shop.order(new)).overall == .completed)
        try shop.expectClean()
    }
}

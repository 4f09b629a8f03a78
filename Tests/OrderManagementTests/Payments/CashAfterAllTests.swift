@testable import OrderManagement
import TestSupport
import Testing

@Suite("Cash that is collected after it was let go of")
struct CashAfterAllTests {
    private func found(_ shop: TestSystem) throws -> OrderException {
        try #require(try shop.openExceptions().first { $0.kind == .parcelFound })
    }

    // MARK: Settled as lost

    @Test("A parcel that comes after it was settled as lost was paid at the door: its goods are the customer's")
    func settledAndFound() throws {
        let shop = try TestSystem.withCash()
        let id = try shop.placeForCash("2 × TEE-M at 10.00 GBP, shipping 5.00")
        try shop.walk(id, to: .shipped)
        try shop.tellLater(.lost, of: 1, id)
        try shop.claim(1, id)
        #expect(try shop.order(id).due == 0 && shop.order(id).payments.map(\.voided) == [2500])
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
        try shop.tellLater(.delivered, of: 1, id)
        let order = try shop.order(id)
        #expect(order.captured == 2500 && order.due == 2500 && order.refunded == 0, "shipping is paid, too")
        #expect(order.standingMemos.isEmpty && OrderStatus(of: order).overall == .completed)
        let shown = try found(shop)
        #expect(shown.cause.contains("Its customer paid 25.00 GBP at the door."), "\(shown.cause)")
        #expect(shown.suggestion.hasPrefix("The customer paid 25.00 GBP at the door, and has what they paid for"))
        #expect(shown.actions(about: order) == [.settleGoods(shown.id, .kept)])
        try shop.expectClean()
        try shop.perform(SettleGoods(exception: shown.id, outcome: .kept))
        try shop.perform(SettleReturn(agreed: shop.takeBack([1: 2], of: id)))
        #expect(try shop.order(id).refunded == 2000 && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("It is collected once, however often that is told, and comes back with its money", arguments: [false, true])
    func foundAndBack(isTwice: Bool) throws {
        let shop = try TestSystem.withCash { $0.returning.undelivered = .refund }
        let id = try shop.sendTwoForCash()
        try shop.tellLater(.delivered, of: 1, id)
        try shop.tellLater(.lost, of: 2, id)
        try shop.claim(2, id)
        try shop.tellLater(.delivered, of: 2, id)
        #expect(try shop.order(id).captured == 2497)
        try shop.tellLater(.returnedToSender, of: 2, id)
        if isTwice {
            try shop.tellLater(.delivered, of: 2, id)
            try shop.tellLater(.returnedToSender, of: 2, id)
        }
        #expect(try shop.order(id).captured == 2497 && shop.openExceptions().isEmpty)
        let entry = try #require(try shop.order(id).returns.last)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(entry.number), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        let order = try shop.order(id)
        #expect(order.refunded == 1001 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("What a card had paid of it stays given back, and a person hears that the customer has it", arguments: [1, 2])
    func mixed(boxes: Int64) throws {
        let shop = try TestSystem.withCash()
        let id = try boxes == 2
            ? shop.sendTwoForCash(card: 500)
            : shop.placeForCash("1 × TEE-M at 10.01 GBP, shipping 4.95", card: 500)
        if boxes == 1 { try shop.walk(id, to: .shipped) }
        #expect(try shop.order(id).parcels[0].cash == 996)
        if boxes == 2 { try shop.tellLater(.delivered, of: 2, id) }
        try shop.tellLater(.lost, of: 1, id)
        try shop.claim(1, id)
        let given = try shop.order(id).refunded
        #expect(given == (boxes == 1 ? 500 : 5))
        try shop.expectClean()
        try shop.tellLater(.delivered, of: 1, id)
        let order = try shop.order(id)
        #expect(order.captured == order.total && order.refunded == given)
        #expect(try found(shop).suggestion.contains("has the goods, and \(gbp(given)) of what they had paid before"))
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
        try shop.perform(SettleReturn(agreed: shop.takeBack([1: 1], of: id)))
        #expect(try shop.order(id).refunded == (boxes == 1 ? 1001 : given + 1001))
        try shop.expectClean()
    }

    @Test("Brought back after that, it brings the customer all that they paid, at the door and before")
    func mixedAndBack() throws {
        let shop = try TestSystem.withCash { $0.returning.undelivered = .refund }
        let id = try shop.placeForCash("1 × TEE-M at 10.01 GBP, shipping 4.95", card: 500)
        try shop.walk(id, to: .shipped)
        try shop.tellLater(.lost, of: 1, id)
        try shop.claim(1, id)
        try shop.tellLater(.delivered, of: 1, id)
        try shop.tellLater(.returnedToSender, of: 1, id)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        let order = try shop.order(id)
        #expect(order.captured == 1496 && order.refunded == 1496 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Where all was settled, the door that asked for shipping brings it, and no other", arguments: [1, 2])
    func allLost(first: Int) throws {
        let shop = try TestSystem.withCash()
        let id = try shop.sendTwoForCash()
        for parcel in [1, 2] {
            try shop.tellLater(.lost, of: parcel, id)
            try shop.claim(parcel, id)
        }
        #expect(try shop.order(id).due == 0)
        try shop.tellLater(.delivered, of: first, id)
        #expect(try shop.order(id).captured == (first == 1 ? 1496 : 1001))
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
        try shop.tellLater(.delivered, of: 3 - first, id)
        let order = try shop.order(id)
        #expect(order.captured == 2497 && order.due == 2497 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("What came back of the same order stays settled: the found parcel brings its own shipping")
    func besideReturned() throws {
        let shop = try TestSystem.withCash { $0.returning.undelivered = .refund }
        let id = try shop.sendTwoForCash()
        try shop.tellLater(.lost, of: 1, id)
        try shop.claim(1, id)
        try shop.tellLater(.returnedToSender, of: 2, id)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        #expect(try shop.order(id).due == 0 && OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
        try shop.tellLater(.delivered, of: 1, id)
        let order = try shop.order(id)
        #expect(order.captured == 1496 && order.due == 1496 && order.refunded == 0)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("What was collected beyond what the order owes by then is named: it is the customer's")
    func paidTwice() throws {
        let shop = try TestSystem.withCash()
        let id = try shop.sendTwoForCash()
        try shop.tellLater(.lost, of: 1, id)
        try shop.claim(1, id)
        try shop.tellLater(.delivered, of: 2, id)
        // Shipping was asked for at the lost door: its customer pays it by their bank.
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "bank", authorized: gbp(495))))
        #expect(try shop.openExceptions().isEmpty && shop.order(id).captured == 1496)
        try shop.tellLater(.delivered, of: 1, id)
        let order = try shop.order(id)
        #expect(order.captured == 2497 && OrderStatus(of: order).overall == .completed)
        #expect(try found(shop).cause.contains("4.95 GBP more, which this order does not owe"))
        try shop.expectClean()
    }

    @Test("A parcel of which nothing was owed and nothing paid is told as that")
    func neitherPaidNorOwed() async throws {
        let refusing = TestProvider("card") { request in
            request.kind == .capture ? .refused(reason: "no funds") : .done(reference: request.id)
        }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [refusing])
        try shop.open("card", policy: ChannelPolicy(stages: []))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "card") {
            $0.payments = [.init(provider: "card", reference: "token", authorized: gbp(1_000))]
        }
        try shop.send(id, as: "T")
        try await shop.runDueJobs()
        try shop.tell("T1", .lost, of: id)
        try shop.claim(1, id)
        shop.advance(.hours(1))
        try shop.tell("T1", .delivered, of: id)
        #expect(try found(shop).suggestion.hasPrefix("The customer has the goods, and neither paid for them nor owes"))
        try shop.expectClean()
    }

    // MARK: Given up

    /// A labelled box of two that asks for 25.00, whose order was then cancelled, or left with one unit of them.
    private func unstopped(_ change: (TestSystem, OrderID) throws -> Void) throws -> (TestSystem, OrderID, String) {
        let shop = try TestSystem.withCash { $0.amending.labelled = .intercept }
        let id = try shop.placeForCash("2 × TEE-M at 10.00 GBP, shipping 5.00")
        try shop.walk(id, to: .packed)
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        try change(shop, id)
        let asked = try #require(try shop.openExceptions().first { $0.kind == .interception && !$0.goods.isEmpty })
        try shop.perform(SettleGoods(exception: asked.id, outcome: .left))
        return (shop, id, tracking)
    }

    private func cancelled() throws -> (TestSystem, OrderID, String) {
        try unstopped { try $0.perform(CancelOrder(order: $1, reason: .customer)) }
    }

    @Test("A box that left though its order was cancelled is paid at its door: kept with the goods, or given back")
    func cancelledAndDelivered() throws {
        for outcome in [SettleGoods.Outcome.kept, .handedIn] {
            let (shop, id, tracking) = try cancelled()
            #expect(try found(shop).suggestion.contains("asks for 25.00 GBP at the door"))
            shop.advance(.hours(1))
            try shop.tell(.delivered, of: tracking)
            var order = try shop.order(id)
            #expect(order.captured == 2500 && order.due == 2500 && order.owedBack == 0)
            #expect(order.cancellationFees.map(\.reason) == [Order.paidAtDoor])
            let shown = try found(shop)
            #expect(shown.cause.hasSuffix("Its customer paid 25.00 GBP for them at the door."), "\(shown.cause)")
            try shop.expectClean()
            try shop.perform(
                SettleGoods(
                    exception: shown.id, outcome: outcome, location: outcome == .handedIn ? "LONDON" : nil))
            try shop.tell(.delivered, of: tracking)
            order = try shop.order(id)
            #expect(order.captured == 2500 && order.refunded == (outcome == .handedIn ? 2500 : 0))
            #expect(try shop.openExceptions().isEmpty && OrderStatus(of: order).overall == .cancelled)
            try shop.expectClean()
        }
    }

    @Test("Who keeps the goods of such a box has paid at the door, whoever tells of it; what is lost brings nothing")
    func untold() throws {
        for status in [nil, Parcel.State.lost, .inTransit] {
            let (shop, id, tracking) = try cancelled()
            if let status { try shop.tell(status, of: tracking) }
            try shop.perform(SettleGoods(exception: found(shop).id, outcome: .kept))
            #expect(try shop.order(id).captured == (status == .lost ? 0 : 2500))
            shop.advance(.hours(1))
            try shop.tell(.delivered, of: tracking)
            #expect(try shop.order(id).captured == 2500)
            try shop.expectClean()
        }
    }

    @Test("What is told of the door before anybody says that it left is booked with that")
    func toldBefore() throws {
        let (shop, id, _) = try unstopped {
            let tracking = try #require(try $0.order($1).parcels[0].tracking)
            try $0.perform(CancelOrder(order: $1, reason: .customer))
            try $0.tell(.delivered, of: tracking)
            #expect(try $0.order($1).captured == 0)
        }
        #expect(try shop.order(id).captured == 2500)
        #expect(try found(shop).cause.hasSuffix("Its customer paid 25.00 GBP for them at the door."))
        try shop.expectClean()
    }

    @Test("Of a box with one unit too many the door asked for both: what is paid for that is given back with it")
    func inPart() throws {
        let (shop, id, tracking) = try unstopped { shop, id in try shop.amend(id) { $0.quantities = [(1, 1)] } }
        #expect(try shop.order(id).parcels[0].cash == 2500 && shop.order(id).due == 1500)
        shop.advance(.hours(1))
        try shop.tell(.delivered, of: tracking)
        #expect(try shop.order(id).captured == 2500 && shop.order(id).due == 2500)
        try shop.expectClean()
        let shown = try found(shop)
        #expect(shown.cause.hasSuffix("Its customer paid 10.00 GBP for them at the door."))
        try shop.perform(SettleGoods(exception: shown.id, outcome: .handedIn, location: "LONDON"))
        let order = try shop.order(id)
        #expect(order.refunded == 1000 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
        try shop.perform(SettleReturn(agreed: shop.takeBack([1: 1], of: id)))
        #expect(try shop.order(id).refunded == 2000)
        try shop.expectClean()
    }
}

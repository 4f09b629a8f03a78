import TestSupport
import Testing

@testable import OrderManagement

@Suite("What several doors ask for")
struct CashOfBoxesTests {
    private func found(_ sku: String, _ shop: TestSystem) throws -> OrderException {
        try #require(
            try shop.openExceptions().first { $0.kind == .parcelFound && $0.goods.map(\.sku).contains(sku) })
    }

    private func deliver(_ tracking: [String], in shop: TestSystem) throws {
        for number in tracking {
            shop.advance(.hours(1))
            try shop.tell(.delivered, of: number)
        }
    }

    // MARK: Given up, and left

    /// A TEE-M at 10.00, a CAP at 8.00 and a MUG at 3.00 with shipping of 5.00, in a box each: 15.00, 8.00 and 3.00.
    private func packed() throws -> (TestSystem, OrderID, [String]) {
        let shop = try TestSystem.withCash { $0.amending.labelled = .intercept }
        for sku in ["CAP", "MUG"] { try shop.receive("\(sku)@LONDON: 9") }
        let id = try shop.placeForCash(
            "1 × TEE-M at 10.00 GBP + 1 × CAP at 8.00 GBP + 1 × MUG at 3.00 GBP, shipping 5.00")
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(
                fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([2: 1]), id.box([3: 1])]))
        let parcels = try shop.order(id).parcels
        #expect(parcels.map(\.cash) == [1_500, 800, 300])
        return (shop, id, parcels.compactMap(\.tracking))
    }

    private func cancel(_ line: Int, of id: OrderID, in shop: TestSystem) throws {
        try shop.perform(CancelOrder(order: id, lines: id.units([line: 1]), reason: .customer))
    }

    private func asked(_ sku: String, _ shop: TestSystem) throws -> ExceptionID {
        try #require(
            try shop.openExceptions().first { $0.kind == .interception && $0.goods.map(\.sku) == [sku] }).id
    }

    /// CAP and MUG are cancelled one after the other, and all boxes have left.
    private func bothLeft() throws -> (TestSystem, OrderID, [String]) {
        let (shop, id, tracking) = try packed()
        try cancel(2, of: id, in: shop)
        try cancel(3, of: id, in: shop)
        try shop.perform(SettleGoods(exception: asked("CAP", shop), outcome: .left))
        try shop.perform(SettleGoods(exception: asked("MUG", shop), outcome: .left))
        return (shop, id, tracking)
    }

    @Test("What is handed in of two boxes is given back by itself, and what is kept stays paid")
    func twoQuestions() throws {
        let (shop, id, tracking) = try bothLeft()
        #expect(try found("MUG", shop).suggestion.contains("asks for 3.00 GBP at the door"))
        try deliver(tracking, in: shop)
        #expect(try shop.order(id).captured == 2_600)
        #expect(try found("CAP", shop).suggestion.contains("is given 8.00 GBP back"))
        #expect(try found("MUG", shop).suggestion.contains("is given 3.00 GBP back"))
        try shop.expectClean()
        try shop.perform(
            SettleGoods(exception: found("MUG", shop).id, outcome: .handedIn, location: "LONDON"))
        #expect(try shop.order(id).refunded == 300)
        try shop.perform(SettleGoods(exception: found("CAP", shop).id, outcome: .kept))
        let order = try shop.order(id)
        #expect(order.captured == 2_600 && order.refunded == 300)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Who keeps the goods of one box has paid at its door, and at no other")
    func oneKept() throws {
        let (shop, id, tracking) = try bothLeft()
        try shop.perform(SettleGoods(exception: found("CAP", shop).id, outcome: .kept))
        #expect(try shop.order(id).captured == 800)
        try deliver(Array(tracking.prefix(2)), in: shop)
        shop.advance(.hours(1))
        try shop.tell(.returnedToSender, of: tracking[2])
        #expect(try shop.order(id).captured == 2_300)
        try shop.expectClean()
    }

    @Test("Shipping that only the box asks for that was given up is paid at its door")
    func shipping() throws {
        let (shop, id, tracking) = try packed()
        try cancel(1, of: id, in: shop)
        try shop.perform(SettleGoods(exception: asked("TEE-M", shop), outcome: .left))
        try deliver(tracking, in: shop)
        let order = try shop.order(id)
        #expect(order.captured == 2_600 && order.cancellationFees.map(\.amount) == [1_000])
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        try shop.expectClean()
    }

    @Test("Boxes that were put back ask for nothing, though the one that was packed of them has left")
    func putBack() throws {
        let (shop, id, _) = try packed()
        try cancel(3, of: id, in: shop)
        try shop.perform(SettleGoods(exception: asked("MUG", shop), outcome: .putBack))
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1, 2: 1])]))
        let box = try #require(try shop.order(id).parcels.last)
        #expect(box.cash == 2_300)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let question = try #require(try shop.openExceptions().first { $0.kind == .interception })
        try shop.perform(SettleGoods(exception: question.id, outcome: .left))
        try shop.perform(SettleGoods(exception: found("CAP", shop).id, outcome: .kept))
        #expect(try shop.order(id).captured == 2_300)
        try shop.expectClean()
    }

    // MARK: Sent

    @Test("What comes back of one box is paid back though another is lost: that is settled with its own goods")
    func lostBeside() throws {
        let shop = try TestSystem.withCash { $0.returning.lost = .manual }
        let id = try shop.sendTwoForCash()
        try shop.tellLater(.delivered, of: 1, id)
        try shop.tellLater(.lost, of: 2, id)
        try shop.perform(SettleReturn(agreed: shop.takeBack([1: 1], of: id)))
        #expect(try shop.order(id).refunded == 1_001)
        try shop.tellLater(.delivered, of: 2, id)
        let order = try shop.order(id)
        #expect(order.captured == 1_496 + 1_001 && order.refunded == 1_001)
        try shop.expectClean()
    }

    @Test("What is handed in before its door is known to have paid is paid back once it has")
    func beforeNews() async throws {
        let shop = try TestSystem.withCash { $0.returning.refundAt = .inspection }
        let id = try shop.sendTwoForCash()
        try shop.takeBack([1: 1], of: id)
        #expect(try shop.order(id).refunded == 0)
        try shop.expectClean()
        try shop.tellLater(.delivered, of: 1, id)
        try await shop.runDueJobs()
        try shop.tellLater(.delivered, of: 2, id)
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.captured == 1_496 + 1_001 && order.refunded == 1_001)
        #expect(order.returns.map(\.state) == [.settled])
        try shop.expectClean()
    }

    @Test("What is written off is none of what a door asks for: it is booked when it comes")
    func writtenOff() throws {
        let shop = try TestSystem.withCash()
        var placed = try PlaceOrder("4 × TEE-M at 3.33 GBP")
        placed.channel = "shop"
        placed.payments = [.init(provider: CashOnDelivery.provider, reference: "door", authorized: gbp(700))]
        let id = try #require(OrderID(JSON.parse(shop.perform(placed).body)["id"]?.string ?? ""))
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 2]), id.box([1: 2])]))
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).parcels.map(\.cash) == [666, 34])
        try shop.perform(WriteOffDebt(order: id, reason: "bankrupt"))
        #expect(try shop.order(id).writtenOff == 632)
        try shop.tellLater(.lost, of: 2, id)
        try shop.claim(2, id)
        #expect(try shop.order(id).writtenOff == 0 && shop.order(id).cashHeld == 666)
        try shop.tellLater(.delivered, of: 1, id)
        let order = try shop.order(id)
        #expect(order.captured == 666 && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }
}

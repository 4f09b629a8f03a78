import TestSupport
import Testing

@testable import OrderManagement

@Suite("Less cash is promised than is to come")
struct CashPromiseTests {
    private func shop(_ stock: String = "TEE-M@LONDON: 2") throws -> TestSystem {
        try TestSystem.labelling(stock, by: [Courier.vans.changingServices { $0.cashMax = 50_000 }])
    }

    /// So many TEE-M at 10.00 and shipping of 5.00, promised in cash: two are there, the rest waits.
    private func place(_ units: Int64, in shop: TestSystem) throws -> OrderID {
        try shop.place(
            "\(units) × TEE-M at 10.00 GBP, shipping 5.00, paid by \(CashOnDelivery.provider)", on: "shop")
    }

    private func deliver(_ id: OrderID, in shop: TestSystem) throws {
        try shop.walk(id, to: .shipped)
        try shop.tell(.delivered, of: try #require(try shop.order(id).parcels[0].tracking))
    }

    private func failures(_ shop: TestSystem) throws -> [OrderException] {
        try shop.openExceptions().filter { $0.kind == .paymentFailed }
    }

    @Test("What leaves is asked for whole: what was added since, promised by nobody, is missing for what comes later")
    func added() throws {
        let shop = try shop()
        let id = try place(2, in: shop)
        try shop.walk(id, to: .picking)
        try shop.amend(id) { $0.quantities = [(1, 3)] }
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels.map(\.cash) == [2_500] && shop.order(id).due == 3_500)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .unfillable))
        #expect(try shop.order(id).due == 2_500)
        try deliver(id, in: shop)
        let order = try shop.order(id)
        #expect(order.captured == 2_500 && OrderStatus(of: order).overall == .completed)
        #expect(try failures(shop).isEmpty)
        try shop.expectClean()
    }

    @Test(
        "What no door asks for any more is asked for by a person, whatever took the other goods away",
        arguments: [true, false], [true, false])
    func nothingMoreToCome(byAmendment: Bool, declinedFirst: Bool) throws {
        let shop = try shop()
        let id = try place(3, in: shop)
        try shop.perform(
            AddPayment(
                order: id,
                payment: .init(provider: "manual", reference: "bank", authorized: gbp(1_000), isPending: true)))
        try deliver(id, in: shop)
        // 35.00 are due, of which the bank is to bring 10.00, and the unit that waits 10.00.
        #expect(try shop.order(id).captured == 1_500 && failures(shop).isEmpty)
        func decline() throws {
            try shop.perform(RecordPaymentOutcome(payment: PaymentID(id, 2), result: .declined, reason: "no funds"))
        }
        if declinedFirst { try decline() }
        if byAmendment {
            try shop.amend(id) { $0.quantities = [(1, 2)] }
        } else {
            try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .unfillable))
        }
        if !declinedFirst { try decline() }
        var order = try shop.order(id)
        #expect(order.due == 2_500 && order.captured == 1_500)
        let shown = try #require(try failures(shop).first { $0.subject == PaymentEffect.Kind.capture.rawValue })
        #expect(shown.cause.contains("10.00 GBP"), "\(shown.cause)")
        try shop.expectClean()
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "bank-2", authorized: gbp(1_000))))
        order = try shop.order(id)
        #expect(order.captured == 2_500 && OrderStatus(of: order).overall == .completed)
        #expect(try failures(shop).isEmpty)
        try shop.expectClean()
    }
}

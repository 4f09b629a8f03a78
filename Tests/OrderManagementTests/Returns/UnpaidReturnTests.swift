@testable import OrderManagement
import TestSupport
import Testing

@Suite("What comes back and was never paid for")
struct UnpaidReturnTests {
    private static let refusing = TestProvider("card") { request in
        request.kind == .capture ? .refused(reason: "no funds") : .done(reference: request.id)
    }

    /// Two TEE-M were sent to their customer, and the provider refused to take their 20.00.
    private func unpaid() async throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 9",
            providers: [Self.refusing])
        try shop.open("card", policy: ChannelPolicy(stages: []))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "card") {
            $0.payments = [.init(provider: "card", reference: "token", authorized: gbp(2_000))]
        }
        try shop.walk(id, to: .delivered)
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 0 && shop.openExceptions().map(\.kind) == [.paymentFailed])
        return (shop, id)
    }

    @Test("A unit that comes back unpaid is set off: only the other one is still owed, and nothing is paid out")
    func setOff() async throws {
        let (shop, id) = try await unpaid()
        try shop.settle(shop.takeBack([1: 1], of: id))
        let order = try shop.order(id)
        #expect(order.due == 1_000 && order.earned == 1_000 && order.refunded == 0)
        let memo = try #require(order.memos.last)
        #expect(memo.amount == 1_000 && memo.setOff == 1_000 && order.outstanding(of: memo) == 0)
        #expect(order.returns[0].state == .settled && order.returns[0].refunded == 0)
        try expectRefusal(
            .amountExceedsAuthorized, at: "/amount/amount",
            of: CapturePayment(order: id, amount: gbp(2_000), reason: "again"), in: shop)
        try shop.expectClean()
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "cash", authorized: gbp(1_000))))
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 1_000 && shop.openExceptions().isEmpty)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("A return says what of its worth was set off, and what is not paid back and why")
    func explained() async throws {
        let (shop, id) = try await unpaid()
        try shop.settle(shop.takeBack([1: 1], of: id))
        var order = try shop.order(id)
        func shown() throws -> JSON { JSON.written { order.returns[0].write(to: &$0, of: order) } }
        #expect(try shown().at("worth.amount")?.integer == 1_000 && shown().at("set_off.amount")?.integer == 1_000)
        #expect(try shown()["not_paid_back"]?.isNull == true && shown().at("refunded.amount")?.integer == 0)
        // Where less was taken than what came back is worth, and nothing is owed that it could be set off against.
        order.returns[0].lines[0].worth += 300
        #expect(try shown().at("not_paid_back.amount.amount")?.integer == 300)
        #expect(try shown().at("not_paid_back.reason")?.string == "exceeds_captured")
    }

    @Test("All that comes back unpaid leaves nothing owed, and nobody to ask")
    func all() async throws {
        let (shop, id) = try await unpaid()
        try shop.settle(shop.takeBack([1: 2], of: id))
        try await shop.runDueJobs()
        #expect(try shop.order(id).earned == 0 && shop.openExceptions().isEmpty)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Of an order that was paid in part, the unpaid part goes first")
    func partly() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("part", policy: ChannelPolicy(stages: []))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "part") {
            $0.payments = [.init(provider: "manual", reference: "half", authorized: gbp(1_500))]
        }
        try shop.walk(id, to: .delivered)
        try shop.settle(shop.takeBack([1: 1], of: id))
        let order = try shop.order(id)
        #expect(order.captured == 1_500 && order.memos.last?.setOff == 500 && order.refunded == 500)
        #expect(order.due == 1_500 && order.returns[0].refunded == 500)
        try shop.expectClean()
    }

    @Test("A lost parcel that was never paid for is set off, too")
    func lost() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 9",
            providers: [Self.refusing])
        try shop.open("card", policy: ChannelPolicy(stages: []))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "card") {
            $0.payments = [.init(provider: "card", reference: "token", authorized: gbp(2_000))]
        }
        try shop.walk(id, to: .packed)
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "dpd", tracking: "T1")]))
        try await shop.runDueJobs()
        #expect(try shop.tell(.lost, of: 1, id) == true)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        let order = try shop.order(id)
        #expect(order.memos.last?.setOff == 2_000 && order.parcels[0].claim?.refunded == 0 && order.earned == 0)
        try shop.expectClean()
    }

    @Test("An exchange of what was never paid for brings nothing, and says so before it is made")
    func exchange() async throws {
        let (shop, id) = try await unpaid()
        try shop.receive("TEE-L@LONDON: 5")
        let asked = id.exchange(for: [.of("TEE-L", at: 1_000)])
        let preview = try JSON.parse(
            try shop.perform(ExchangeOrder(request: asked.request, lines: asked.lines, isPreview: true)).body)
        #expect(preview["credit"]?["amount"]?.integer == 0 && preview["difference"]?["amount"]?.integer == 1_000)
    }
}

@Suite("What is rounded away unit by unit")
struct RoundedReturnTests {
    @Test("Returned one by one, units bring together what they were paid", arguments: [
        (2, 1), (10, 6), (4, 1), (7, 6),
    ])
    func closes(quantity: Int64, discount: Int64) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 100")
        try shop.open("pennies", policy: ChannelPolicy(stages: []))
        let id = try shop.place("\(quantity) × TEE-M at 0.01 GBP", on: "pennies") {
            $0.lines = [.init(sku: "TEE-M", quantity: quantity, unitPrice: gbp(1), discount: gbp(discount))]
            $0.total = gbp(quantity - discount)
            $0.payments = [.init(provider: "manual", reference: "p", authorized: gbp(quantity - discount))]
        }
        try shop.walk(id, to: .delivered)
        for _ in 1...quantity { try shop.settle(shop.takeBack([1: 1], of: id)) }
        let order = try shop.order(id)
        #expect(order.captured == quantity - discount && order.refunded == order.captured)
        try shop.expectClean()
    }
}

extension TestSystem {
    fileprivate func settle(_ entry: ReturnID) throws { try perform(SettleReturn(agreed: entry)) }
}

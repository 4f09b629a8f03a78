import TestSupport
import Testing

@testable import OrderManagement

@Suite("Shipping that amendments let go of, lower and charge once more")
struct ChargeShippingTests {
    /// Two TEE-M at 10.00 and shipping 4.95: sent and paid, paid before, or neither.
    private func order(
        _ state: Fulfillment.State? = nil, isPaid: Bool = false, gross: Bool = true
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99")
        try shop.open("shop", isGross: gross, policy: ChannelPolicy(stages: []))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, shipping 4.95", on: "shop")
        if isPaid { try shop.perform(CapturePayment(order: id, amount: gbp(2495), reason: "prepaid")) }
        if let state { try shop.walk(id, to: state) }
        return (shop, id)
    }

    @discardableResult
    private func charge(_ amount: Int64, of id: OrderID, in shop: TestSystem) throws -> JSON {
        let answer = try shop.amend(id) { $0.rest = { request, _ in request.shipping = gbp(amount) } }
        try shop.expectClean()
        return answer
    }

    private func refund(shipping: Int64, of id: OrderID) -> RefundPayment {
        RefundPayment(order: id, amount: nil, payment: nil, reason: "late", shipping: gbp(shipping))
    }

    private func pay(_ amount: Int64, of id: OrderID, in shop: TestSystem) throws {
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "more", authorized: gbp(amount))))
    }

    @Test(
        "Let go of, given back and charged once more it is a new charge beside the first, and may be given back again",
        arguments: [(.shipped, false), (nil, true)] as [(Fulfillment.State?, Bool)])
    func anew(state: Fulfillment.State?, isPaid: Bool) throws {
        let (shop, id) = try order(state, isPaid: isPaid)
        try charge(0, of: id, in: shop)
        #expect(try shop.order(id).refunded == 495)
        let answer = try charge(495, of: id, in: shop)
        #expect(answer.at("money.authorization_needed.amount")?.integer == 495)
        var order = try shop.order(id)
        #expect(order.total == 2_990 && order.due == 2_495 && order.shippingWaived == 495)
        try pay(495, of: id, in: shop)
        try shop.walk(id, to: .delivered)
        order = try shop.order(id)
        #expect(order.captured == 2_990 && order.refunded == 495)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
        try shop.perform(refund(shipping: 495, of: id))
        try expectRefusal(.amountExceedsBalance, at: "/shipping/amount", of: refund(shipping: 1, of: id), in: shop)
        #expect(try shop.order(id).refunded == 990)
        try shop.expectClean()
    }

    @Test("The order is cancelled after that: all that was taken is given back, and no penny more")
    func cancelled() throws {
        let (shop, id) = try order(isPaid: true)
        for amount in [0, 495, 200, 700] as [Int64] { try charge(amount, of: id, in: shop) }
        try pay(1_000, of: id, in: shop)
        try shop.perform(CapturePayment(order: id, amount: gbp(700), reason: "prepaid"))
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let order = try shop.order(id)
        #expect(order.captured == order.refunded && order.captured == 2_495 + 700)
        try shop.expectClean()
    }

    @Test("What was let go of before it was taken is charged again as if it never had been: the total stays")
    func untaken() throws {
        let (shop, id) = try order()
        for amount in [0, 495, 100, 495] as [Int64] { try charge(amount, of: id, in: shop) }
        let order = try shop.order(id)
        #expect(order.total == 2_495 && order.due == 2_495 && order.shippingWaived == 0)
    }

    @Test(
        "What was given of it by hand before counts as given for what is let go of, and the answer says so",
        arguments: [
            (100, 200, 195, 100), (373, 100, 22, 373), (495, 100, 0, 395), (100, 450, 0, 45), (100, 0, 395, 100),
        ] as [(Int64, Int64, Int64, Int64)])
    func given(before: Int64, cost: Int64, paid: Int64, counted: Int64) throws {
        let (shop, id) = try order(.shipped)
        try shop.perform(refund(shipping: before, of: id))
        let answer = try charge(cost, of: id, in: shop)
        #expect(answer.at("money.refunded.amount")?.integer == paid)
        #expect(answer.at("money.refunded_before.amount")?.integer == counted)
        #expect(try shop.order(id).refunded == before + paid)
        // Charged once more it is paid for once more: what was given by hand was for what was let go of.
        let again = try charge(495, of: id, in: shop)
        #expect(again.at("money.authorization_needed.amount")?.integer == 495 - cost)
    }

    @Test("Its contained tax goes with it, or is what the amendment says; a tax that no price contains is refused")
    func tax() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", isGross: true, policy: ChannelPolicy(stages: []))
        var wish = try PlaceOrder("1 × TEE-M at 10.00 GBP, shipping 6.00")
        (wish.channel, wish.shippingTax) = ("shop", gbp(100))
        let id = try #require(OrderID(JSON.parse(shop.perform(wish).body)["id"]?.string ?? ""))
        try charge(300, of: id, in: shop)
        let now = try shop.order(id).shippingNow
        #expect(now.amount == 300 && now.tax == 50)
        let request = shop.request(id) { $0.rest = { request, _ in request.shippingTax = gbp(301) } }
        try expectRefusal(.totalMismatch, at: "/shipping_tax", of: AmendOrder(order: id, request: request), in: shop)
    }

    @Test("The doctor sees what was given of shipping before and not counted, and what was given back of it twice")
    func doctor() throws {
        let (shop, id) = try order(.shipped)
        try shop.perform(refund(shipping: 100, of: id))
        try charge(200, of: id, in: shop)
        func found(_ old: String, _ new: String) throws -> Bool {
            let sql = "UPDATE orders SET document = REPLACE(document, '\(old)', '\(new)') WHERE id = \(id.value)"
            return try !shop.examine(tamperedBy: sql).isClean
        }
        #expect(try found(#""shipping_given":100"#, #""shipping_given":0"#))
        #expect(try found(#""shipping_waived":295"#, #""shipping_waived":290"#))
    }

    @Test(
        "What was set off, since nothing arrived and nothing was paid, is not let go of a second time",
        arguments: [0, 300])
    func setOff(paid: Int64) throws {
        let shop = try TestSystem.labelling(
            "TEE-M@LONDON: 9", by: [Courier.vans.changingServices { $0.cashMax = 50_000 }])
        var placed = try PlaceOrder("2 × TEE-M at 10.00 GBP, shipping 4.95")
        placed.channel = "shop"
        placed.payments = [.init(provider: CashOnDelivery.provider, reference: "door", authorized: gbp(2_495 - paid))]
        if paid > 0 { placed.payments.append(.init(provider: "manual", reference: "card", authorized: gbp(paid))) }
        let id = try #require(OrderID(JSON.parse(shop.perform(placed).body)["id"]?.string ?? ""))
        try shop.walk(id, to: .shipped)
        try shop.tell(.lost, of: try #require(try shop.order(id).parcels[0].tracking))
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        var order = try shop.order(id)
        #expect(order.due == paid && order.captured == paid && order.refunded == paid)
        for amount in [200, 0] as [Int64] {
            order.charge(shipping: amount, tax: nil)
            #expect(order.due == paid && order.uncollected == 0, "\(amount)")
        }
        order.charge(shipping: 495, tax: nil)
        order.total += order.shipping - 495  // as amendments add it up
        #expect(order.due == paid + 495 && order.shippingNow.amount == 495)
    }
}

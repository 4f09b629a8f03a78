import TestSupport
import Testing

@testable import OrderManagement

@Suite("Refunds and credit memos")
struct RefundPaymentTests {
    /// Two lines with tax, shipping and a discount over all, sent and captured.
    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        let id = try shop.place("3 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store") {
            $0.lines = [
                .init(sku: "TEE-M", quantity: 3, unitPrice: gbp(1000), discount: gbp(100), tax: gbp(580)),
                .init(sku: "CAP", quantity: 1, unitPrice: gbp(500), tax: gbp(100)),
            ]
            $0.shipping = gbp(495)
            $0.shippingTax = gbp(99)
            $0.fees = [.init(code: "wrap", amount: gbp(100), tax: gbp(20))]
            $0.discounts = [.init(code: "spring", amount: gbp(101))]
            $0.total = gbp(3480 + 600 + 594 + 120 - 101)
            $0.payments = [.init(provider: "manual", reference: "p", authorized: $0.total)]
        }
        try shop.deliver(id)
        return (shop, id)
    }

    private func refund(
        _ id: OrderID, _ amount: Int64? = nil, _ units: [Int: Int64]? = nil, shipping: Int64? = nil
    ) -> RefundPayment {
        RefundPayment(
            order: id, amount: amount.map(gbp), payment: nil, reason: "sorry", lines: units.map(id.units),
            shipping: shipping.map(gbp))
    }

    @Test("A refund of units has a credit memo that says by line what it is made of")
    func memo() throws {
        let (shop, id) = try shop()
        let reply = try JSON.parse(try shop.perform(refund(id, nil, [1: 1], shipping: 594)).body)
        let memo = try #require(shop.order(id).memos.first)
        #expect(memo.name == "CM-STO-1001" && memo.kind == .refund && memo.reason == "sorry")
        // 3480 less its share 86 of the discount, a third of it.
        let line = try #require(memo.lines.first)
        #expect(line.units == 1 && line.amount == 3394 / 3)
        #expect(line.goods - line.discount - line.orderDiscount + line.tax == line.amount)
        #expect(line.goods == 1_000 && line.discount == 34 && line.orderDiscount == 28 && line.tax == 193)
        #expect(memo.shipping == 594 && memo.shippingTax == 99 && memo.fees == 0 && memo.retained == 0)
        #expect(try memo.amount == 1131 + 594 && shop.order(id).refunded == memo.amount)
        #expect(reply["credit_memo"]?["id"]?.string == "CM-STO-1001")
        #expect(reply["order"]?["credit_memos"]?.array?.first?["outstanding"]?["amount"]?.integer == 0)
        #expect(try shop.events(id).suffix(2) == ["credit_memo.issued", "payment.refunded"])
        try shop.expectClean()
    }

    @Test("Unit by unit, or with parts of a line's value between, the last one closes the line and its parts")
    func closes() throws {
        for between: Int64? in [nil, 7, 1000] {
            let (shop, id) = try shop()
            try shop.perform(refund(id, nil, [1: 1]))
            if let between { try shop.perform(refund(id, between, [1: 2])) }
            for _ in 1...2 { try shop.perform(refund(id, nil, [1: 1])) }
            let lines = try shop.order(id).memos.flatMap(\.lines).filter { $0.line == 1 }
            #expect(lines.reduce(0) { $0 + $1.amount } == 3394, "\(String(describing: between))")
            #expect(lines.reduce(0) { $0 + $1.goods } == 3000 && lines.reduce(0) { $0 + $1.discount } == 100)
            #expect(lines.reduce(0) { $0 + $1.orderDiscount } == 86 && lines.reduce(0) { $0 + $1.tax } == 580)
            try expectRefusal(.amountExceedsBalance, at: "/amount/amount", of: refund(id, 1, [1: 1]), in: shop)
            try shop.expectClean()
        }
    }

    @Test("Units are asked for once: whoever names more than are left is told how many, and nothing is paid")
    func onceEach() throws {
        let (shop, id) = try shop()
        let entry = try shop.takeBack([1: 1], of: id)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        let before = try shop.order(id).refunded
        let refusal = try expectRefusal(
            .amountExceedsBalance, at: "/lines/0/quantity", of: refund(id, nil, [1: 3]), in: shop)
        #expect(refusal?.explanation.contains("1 credited before: 2 can be") == true)
        #expect(try shop.order(id).refunded == before)
        try shop.perform(refund(id, nil, [1: 2]))
        try expectRefusal(.amountExceedsBalance, at: "/lines/0/quantity", of: refund(id, nil, [1: 1]), in: shop)
        try shop.expectClean()
    }

    @Test("Part of a line's value is given back without goods, and what comes back later gives the rest")
    func withoutGoods() throws {
        let (shop, id) = try shop()
        try shop.perform(refund(id, 400, [2: 1]))
        #expect(try shop.order(id).memos[0].lines.map(\.units) == [0])
        let entry = try shop.takeBack([2: 1], of: id)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        // 600 less its share 15 of the discount.
        #expect(try shop.order(id).memos.map(\.amount) == [400, 185])
        #expect(try shop.order(id).memos[1].subject == entry.description)
        #expect(try shop.order(id).returns[0].refunded == 185)
        try shop.expectClean()
    }

    @Test("Named units, and shipping, give no more than they are worth")
    func balances() throws {
        let (shop, id) = try shop()
        try expectRefusal(.amountExceedsBalance, at: "/amount/amount", of: refund(id, 586, [2: 1]), in: shop)
        try expectRefusal(.amountExceedsBalance, at: "/shipping/amount", of: refund(id, shipping: 595), in: shop)
        try expectRefusal(.invalidInput, at: "/amount/amount", of: refund(id, 99, shipping: 100), in: shop)
        try expectRefusal(.invalidInput, at: "/amount", of: refund(id), in: shop)
        try shop.perform(refund(id, 294, shipping: 294))
        let refusal = try expectRefusal(
            .amountExceedsBalance, at: "/shipping/amount", of: refund(id, shipping: 301), in: shop)
        #expect(refusal?.explanation.contains("3.00 GBP") == true)
        let euro = RefundPayment(
            order: id, amount: nil, payment: nil, reason: "", shipping: Money(1, try #require(Currency("EUR"))))
        try expectRefusal(.currencyMismatch, at: "/shipping/currency", of: euro, in: shop)
        try shop.perform(refund(id, shipping: 300))
        try shop.expectClean()
    }

    @Test("An amount for nothing in particular is spread over the goods, then shipping and fees, to the last penny")
    func spread() throws {
        let (shop, id) = try shop()
        try shop.perform(refund(id, 3979))
        #expect(try shop.order(id).memos[0].lines.map(\.amount) == [3394, 585])
        #expect(try shop.order(id).memos[0].lines.map(\.units) == [3, 1])
        try expectRefusal(.amountExceedsCaptured, at: "/amount/amount", of: refund(id, 715), in: shop)
        try shop.perform(refund(id, 714))
        let last = try shop.order(id).memos[1]
        #expect(last.shipping == 594 && last.fees == 120 && last.feesTax == 20 && last.lines.isEmpty)
        #expect(try OrderStatus(of: shop.order(id)).payment == .refunded)
        try shop.expectClean()
    }

    @Test("Cancelled units that were paid for are credited as a cancellation; with the last one, shipping and fees too")
    func cancelled() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, web, shipping 4.95")
        try shop.perform(CapturePayment(order: id, amount: gbp(3495), reason: "deposit"))
        try shop.perform(refund(id, 600, [1: 3]))
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.order(id).memos.map(\.kind) == [.refund, .cancellation])
        #expect(try shop.order(id).memos[1].lines.map(\.units) == [1] && shop.order(id).memos[1].amount == 1000)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let last = try shop.order(id).memos[2]
        #expect(last.shipping == 495 && last.lines.map(\.amount) == [1400])
        #expect(try shop.order(id).refunded == 3495)
        try expectRefusal(.amountExceedsCaptured, of: refund(id, 1), in: shop)
        try shop.expectClean()
    }

    @Test("What a provider refuses to give back stays owed until it is paid another way")
    func refused() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5",
            providers: [
                TestProvider("card") { $0.kind == .refund ? .refused(reason: "closed") : .done(reference: "c") }
            ])
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store") {
            $0.payments = [
                .init(provider: "manual", reference: "cash", authorized: gbp(1000)),
                .init(provider: "card", reference: "card", authorized: gbp(1000)),
            ]
        }
        try shop.deliver(id)
        try await shop.runDueJobs()
        try shop.perform(refund(id, 700))
        try await shop.runDueJobs()
        var order = try shop.order(id)
        let memo = try #require(order.memos.first)
        #expect(order.outstanding(of: memo) == 700 && OrderStatus(of: order).overall == .open)
        #expect(try shop.openExceptions().first?.suggestion.contains("CM-STO-1001") == true)
        let permissions = order.permissions(.till, at: shop.now)
        #expect(permissions.contains { $0.path.hasSuffix("credit-memos/CM-STO-1001/refunds") })
        try expectRefusal(
            .unknownPayment, at: "/payment",
            of: PayCreditMemo(order: id, memo: memo.name, payment: PaymentID(id, 3)), in: shop)
        try shop.perform(PayCreditMemo(order: id, memo: memo.name, payment: PaymentID(id, 1)))
        order = try shop.order(id)
        #expect(order.outstanding(of: memo) == 0 && order.payments.map(\.refunded) == [700, 0])
        #expect(OrderStatus(of: order).overall == .completed)
        try expectRefusal(.illegalTransition, of: PayCreditMemo(order: id, memo: memo.name), in: shop)
        try expectRefusal(.notFound, of: PayCreditMemo(order: id, memo: "CM-STO-9999"), in: shop)
        try shop.expectClean()
    }

    @Test("Units cancelled while their money is being taken are refunded once it is known to be taken")
    func cancelledMeanwhile() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [TestProvider("card")])
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.perform(CapturePayment(order: id, amount: gbp(2000), reason: "deposit"))
        try shop.perform(CancelOrder(order: id, reason: .customer))
        #expect(try shop.order(id).memos.isEmpty)
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 2000 && shop.order(id).refunded == 2000)
        #expect(try shop.order(id).memos.map(\.kind) == [.cancellation])
        try shop.expectClean()
    }
}

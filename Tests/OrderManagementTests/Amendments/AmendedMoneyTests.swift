import OrderManagement
import TestSupport
import Testing

@Suite("The money of amendments")
struct AmendedMoneyTests {
    /// Three for 10.00 each, 1.00 off, 5.80 tax; one at 7.00; an order discount of 3.33; shipping 4.95.
    private func order(_ shop: TestSystem, on channel: String? = nil) throws -> OrderID {
        let text = "3 × TEE-M at 10.00 GBP + 1 × CAP at 7.00 GBP, shipping 4.95, discount 3.33, store"
        return try shop.place(text, on: channel) {
            $0.lines[0] = .init(
                sku: "TEE-M", quantity: 3, unitPrice: gbp(1000), discount: gbp(100), tax: gbp(580))
            $0.total = gbp(3000 - 100 + 580 + 700 + 495 - 333)
            $0.payments = [.init(provider: "manual", reference: "p", authorized: $0.total)]
        }
    }

    private func shop() throws -> TestSystem {
        try TestSystem(stock: "TEE-M@LONDON: 99", "CAP@LONDON: 99", "HAT@LONDON: 99")
    }

    @Test("Kept prices: more units cost what the line's units cost, with their part of its discount and tax")
    func keep() throws {
        let shop = try shop()
        let id = try order(shop)
        try shop.amend(id) { $0.quantities = [(1, 5)] }
        let order = try shop.order(id)
        #expect(order.lines[0].ordered == 5 && order.lines[0].discount == 167 && order.lines[0].tax == 967)
        #expect(order.total == 4342 + 2000 - 67 + 387)
        #expect(order.due == order.total)
        try shop.expectClean()
    }

    @Test("Current prices: more units are a line of their own, and must say what they cost")
    func current() throws {
        let shop = try shop()
        let id = try order(shop)
        let silent = shop.request(id) {
            $0.quantities = [(1, 5)]
            $0.swaps = [(2, 1, "HAT")]
            $0.rest = { request, _ in request.pricing = .current }
        }
        let refusal = try expectRefusal(
            .priceMissing, at: "/quantities/0/unit_price", of: AmendOrder(order: id, request: silent), in: shop)
        #expect(refusal?.details.map(\.pointer) == ["/quantities/0/unit_price", "/swap/0/unit_price"])
        try shop.amend(id) {
            $0.rest = { request, id in
                request.pricing = .current
                request.quantities = [
                    .init(line: id.line(1), quantity: 5, price: .init(unitPrice: gbp(1200), tax: gbp(480)))
                ]
            }
        }
        let order = try shop.order(id)
        #expect(order.lines.count == 3 && order.lines[2].sku == "TEE-M" && order.lines[2].ordered == 2)
        #expect(order.lines[2].revision == 2 && order.lines[2].replaces == nil)
        #expect(order.total == 4342 + 2400 + 480)
        try shop.expectClean()
    }

    @Test(
        "Swapped at kept prices, the customer pays to the penny what they paid; the lines name each other",
        arguments: [1, 2, 3] as [Int64])
    func swapKept(units: Int64) throws {
        let shop = try shop()
        let id = try order(shop)
        try shop.amend(id) { $0.swaps = [(1, units, "HAT")] }
        let order = try shop.order(id)
        #expect(order.due == 4342 && order.lines[2].sku == "HAT" && order.lines[2].replaces == 1)
        #expect(order.lines[0].wanted == 3 - units && order.lines[2].wanted == units)
        #expect(order.effects.isEmpty && order.payments.count == 1)
        try shop.expectClean()
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 4342)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test(
        "Swapped at current prices, the difference is owed one way or the other",
        arguments: [(900, -100), (1300, 300)])
    func swapCurrent(price: Int64, difference: Int64) throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        let done = try shop.amend(id) {
            $0.rest = { request, id in
                request.pricing = .current
                request.swaps = [
                    .init(line: id.line(1), sku: "HAT", quantity: 1, price: .init(unitPrice: gbp(price)))
                ]
            }
        }
        #expect(done.at("money.due_after.amount")?.integer == 3000 + difference)
        #expect(done.at("money.authorization_needed.amount")?.integer == max(0, difference))
        #expect(done.at("money.voided.amount")?.integer == max(0, -difference))
        try shop.expectClean()
    }

    @Test("Money given back for units that were given up pays for nothing that is added later")
    func notTwice() throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.perform(CapturePayment(order: id, amount: gbp(3000), reason: "deposit"))
        try shop.amend(id) { $0.quantities = [(1, 2)] }
        #expect(try shop.order(id).refunded == 1000)
        let shown = try shop.preview(id) { $0.quantities = [(1, 3)] }
        #expect(shown.at("money.authorization_needed.amount")?.integer == 1000)
        try shop.amend(id) {
            $0.quantities = [(1, 3)]
            $0.rest = { request, _ in
                request.payment = .init(provider: "manual", reference: "again", authorized: gbp(1000))
            }
        }
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured - order.refunded == 3000 && order.due == 3000)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("An amendment's payment is kept as said: its card, its end, and that its provider has not answered")
    func asSaid() async throws {
        let shop = try shop()
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let end = shop.now + .days(3)
        let payment = PlaceOrder.RequestedPayment(
            provider: "manual", reference: "more", authorized: gbp(1000), expiresAt: end, cardLast4: "4242")
        try shop.amend(id) {
            $0.quantities = [(1, 2)]
            $0.rest = { request, _ in request.payment = payment }
        }
        let added = try #require(try shop.order(id).payments.last)
        #expect(added.cardLast4 == "4242" && added.expiresAt == end && added.state == .authorized)
        let again = shop.request(id) {
            $0.quantities = [(1, 3)]
            $0.rest = { request, _ in request.payment = payment }
        }
        try expectRefusal(
            .illegalTransition, at: "/payment/reference", of: AmendOrder(order: id, request: again), in: shop)
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try shop.order(id).payments.last?.state == .expired)
        try shop.expectClean()
    }

    @Test("Shipping that is let go of is waived: due falls, the total does not; what was captured of it comes back")
    func shipping() throws {
        let shop = try shop()
        for isCaptured in [false, true] {
            let id = try shop.place("2 × TEE-M at 10.00 GBP, shipping 4.95, store")
            if isCaptured { try shop.perform(CapturePayment(order: id, amount: gbp(2495), reason: "deposit")) }
            try shop.amend(id) { $0.rest = { request, _ in request.shipping = gbp(100) } }
            let order = try shop.order(id)
            #expect(order.total == 2495 && order.due == 2100)
            #expect(order.voided == (isCaptured ? 0 : 395) && order.refunded == (isCaptured ? 395 : 0))
            try shop.amend(id) { $0.rest = { request, _ in request.shipping = gbp(600) } }
            // What was given back stays so: what is charged beyond the rest is a new charge.
            #expect(try shop.order(id).total == (isCaptured ? 2995 : 2600) && shop.order(id).due == 2600)
            try shop.expectClean()
        }
    }

    @Test(
        "Shipping that was given back and is charged again is paid again, and can be given back again",
        arguments: [false, true])
    func chargedAgain(isGivenByHand: Bool) throws {
        let shop = try shop()
        let id = try shop.place("2 × TEE-M at 10.00 GBP, shipping 4.95, store")
        try shop.perform(CapturePayment(order: id, amount: gbp(2495), reason: "deposit"))
        for again in 1...3 {
            if isGivenByHand {
                try shop.perform(
                    RefundPayment(order: id, amount: nil, payment: nil, reason: "late", shipping: gbp(495)))
            }
            try shop.amend(id) { $0.rest = { request, _ in request.shipping = gbp(0) } }
            #expect(try shop.order(id).refunded == 495 * Int64(again) && shop.order(id).due == 2000)
            try shop.amend(id) {
                $0.rest = { request, _ in
                    request.shipping = gbp(495)
                    request.payment = .init(provider: "manual", reference: "more-\(again)", authorized: gbp(495))
                }
            }
            #expect(try shop.order(id).due == 2495 && shop.order(id).covered == 2495)
            try shop.expectClean()
            try shop.perform(CapturePayment(order: id, amount: gbp(495), reason: "deposit"))
            try shop.expectClean()
        }
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 2495 + 3 * 495)
        try shop.perform(RefundPayment(order: id, amount: gbp(2495), payment: nil, reason: "late"))
        #expect(try shop.order(id).captured == shop.order(id).refunded)
        try shop.expectClean()
    }

    @Test("Units that are added behind cancelled ones, whose money was given back, bring back all that they cost")
    func raisedBehindCancelled() throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 1.00 GBP, store") { order in
            order.lines = [.init(sku: "TEE-M", quantity: 3, unitPrice: gbp(100), discount: gbp(2))]
            order.total = gbp(298)
            order.payments = [.init(provider: "manual", reference: "all", authorized: gbp(298))]
        }
        try shop.perform(CapturePayment(order: id, amount: gbp(298), reason: "deposit"))
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.order(id).refunded == 100)
        try shop.amend(id) {
            $0.rest = { request, id in
                request.quantities = [.init(line: id.line(1), quantity: 3)]
                request.payment = .init(provider: "manual", reference: "more", authorized: gbp(100))
            }
        }
        #expect(try shop.order(id).due == 298)
        try shop.walk(id, to: .delivered)
        try shop.perform(SettleReturn(id: try shop.takeBack([1: 3], of: id), refund: .source))
        let order = try shop.order(id)
        #expect(order.captured == 398 && order.refunded == 398)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Currencies of other countries and discounts beyond their goods are refused at their place")
    func wrong() throws {
        let shop = try shop()
        let id = try order(shop)
        let euro = Money(1, try #require(Currency("EUR")))
        func refuse(
            _ code: Refusal.Code, _ pointer: String, _ change: @escaping (inout AmendmentRequest, OrderID) -> Void
        ) throws {
            let request = shop.request(id) { $0.rest = change }
            try expectRefusal(code, at: pointer, of: AmendOrder(order: id, request: request), in: shop)
        }
        try refuse(.currencyMismatch, "/add/0/unit_price/currency") { request, _ in
            request.add = [.init(sku: "HAT", quantity: 1, unitPrice: euro)]
        }
        try refuse(.currencyMismatch, "/shipping/currency") { request, _ in request.shipping = euro }
        try refuse(.totalMismatch, "/add/0/discount") { request, _ in
            request.add = [.init(sku: "HAT", quantity: 1, unitPrice: gbp(5), discount: gbp(6))]
        }
        try refuse(.unknownSKU, "/swap/0/sku") { request, id in
            request.swaps = [.init(line: id.line(1), sku: "NOTHING", quantity: 1)]
        }
        try refuse(.unknownLine, "/quantities/0/line") { request, id in
            request.quantities = [.init(line: id.line(9), quantity: 1)]
        }
        try refuse(.invalidInput, "/swap/0/line") { request, id in
            request.quantities = [.init(line: id.line(1), quantity: 1)]
            request.swaps = [.init(line: id.line(1), sku: "HAT", quantity: 1)]
        }
        try refuse(.quantityExceeded, "/swap/0/quantity") { request, id in
            request.swaps = [.init(line: id.line(1), sku: "HAT", quantity: 4)]
        }
        try refuse(.invalidInput, "") { _, _ in }
    }

    @Test("The memo of a cancellation names the lines that were paid: not what was added later and never was")
    func cancelledLines() throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9", "HAT@LONDON: 9", providers: [TestProvider("card")])
        var policy = ChannelPolicy(stages: [])
        policy.release = .manual
        try shop.open("hand", policy: policy)
        for isSwapped in [false, true] {
            let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "hand")
            try shop.perform(CapturePayment(order: id, amount: gbp(2_000), reason: "early"))
            try shop.amend(id) { $0.add = [(1, "CAP", 700)] }
            if isSwapped { try shop.amend(id) { $0.swaps = [(1, 2, "HAT")] } }
            try shop.perform(CancelOrder(order: id, reason: .customer))
            let memo = try #require(try shop.order(id).memos.last)
            #expect(memo.lines.map(\.line) == [isSwapped ? 3 : 1] && memo.lines.map(\.units) == [2])
            #expect(memo.amount == 2_000 && memo.kind == .cancellation)
            try shop.expectClean()
        }
    }

    /// Pays what the order grew by.
    private func pay(_ id: OrderID, _ shop: TestSystem) throws {
        let order = try shop.order(id)
        let missing = order.due - order.covered
        guard missing > 0, OrderStatus(of: order).overall == .open else { return }
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "r", authorized: gbp(missing))))
    }

    @Test("However an order is amended, sent, cancelled and returned, its money closes to the penny", arguments: 1...40)
    func closes(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        let shop = try shop()
        let id = try order(shop)
        for step in 0..<4 {
            let order = try shop.order(id)
            guard OrderStatus(of: order).overall == .open else { break }
            let open = order.lines.filter { $0.open > 0 }
            let line = order.lines[Int(numbers.number(0...Int64(order.lines.count - 1)))]
            do {
                switch numbers.number(1...6) {
                case 1: try shop.amend(id) { $0.quantities = [(line.number, line.wanted + 2)] }
                case 2: try shop.amend(id) { $0.quantities = [(line.number, max(1, line.wanted - 1))] }
                case 3: try shop.amend(id) { $0.swaps = [(open.first?.number ?? 1, 1, "HAT")] }
                case 4: try shop.amend(id) { $0.add = [(2, "CAP", 333)] }
                case 5 where order.fulfillments.contains { $0.state == .released }:
                    try pay(id, shop)
                    try shop.walk(id, to: .shipped)
                default:
                    if let first = open.first {
                        try shop.perform(
                            CancelOrder(order: id, lines: id.units([first.number: 1]), reason: .customer))
                    }
                }
            } catch let refusal as Refusal {
                #expect([.tooLateToAmend, .tooLateToCancel, .illegalTransition, .invalidInput].contains(refusal.code))
            }
            let after = try shop.order(id)
            #expect(after.due <= after.total && after.due >= 0, "step \(step)")
            try shop.expectClean()
        }
        try pay(id, shop)
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured - order.refunded == order.due)
        for line in order.lines where line.shipped > 0 { try shop.takeBack([line.number: line.shipped], of: id) }
        for entry in try shop.order(id).returns {
            try shop.perform(SettleReturn(id: id.entry(entry.number), refund: .source))
        }
        let end = try shop.order(id)
        #expect(end.captured - end.refunded == (end.lines.contains { $0.shipped > 0 } ? end.orderWideDue : 0))
        try shop.expectClean()
    }
}

extension Order {
    /// Shipping as it is owed: all that stays when everything came back.
    fileprivate var orderWideDue: Int64 { shipping + shippingTax - shippingWaived }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("Store credit")
struct StoreCreditTests {
    private let ada = StoreCredit.Account(customer: "Ada@Example.com", currency: pounds)

    private func shop(_ balance: Int64 = 2_500) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 90")
        try shop.perform(issue(balance))
        return shop
    }

    private func issue(_ amount: Int64) -> BookStoreCredit {
        BookStoreCredit(customer: "ada@example.com", kind: .issue, amount: gbp(amount), reason: "sorry")
    }

    /// An order of some units at 10.00, so much of it paid with store credit and the rest by hand.
    private func order(_ units: Int64, credit: Int64) throws -> PlaceOrder {
        var order = try PlaceOrder("\(units) × TEE-M at 10.00 GBP, store")
        order.payments = [
            .init(provider: "manual", reference: "cash", authorized: gbp(units * 1000 - credit)),
            .init(provider: StoreCredit.provider, reference: "credit", authorized: gbp(credit)),
        ]
        return order
    }

    private func place(_ units: Int64, credit: Int64, in shop: TestSystem) throws -> OrderID {
        let reply = try shop.perform(order(units, credit: credit))
        return try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
    }

    private func ledger(_ shop: TestSystem) throws -> [String] {
        try shop.waybill.readNow { db in
            try StoreCreditStore.of("ADA@example.com", limit: 9, in: db).flatMap {
                try StoreCreditStore.entries(of: $0.id, after: 0, limit: 99, in: db)
            }
        }.map { "\($0.kind.rawValue) \($0.amount) → \($0.balance)" }
    }

    @Test("An order holds the credit from its placing on; taking it books nothing, giving back returns it")
    func life() throws {
        let shop = try shop()
        let id = try place(3, credit: 2000, in: shop)
        #expect(try ledger(shop) == ["issue 2500 → 2500", "spend 2000 → 500"])
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try ledger(shop).last == "give_back 1000 → 1500")
        try shop.deliver(id)
        #expect(try shop.order(id).payments.map(\.captured) == [1000, 1000])
        try shop.perform(RefundPayment(order: id, amount: gbp(1500), payment: nil, reason: "late"))
        #expect(try ledger(shop).last == "give_back 1000 → 2500")
        #expect(try shop.order(id).payments.map(\.refunded) == [500, 1000])
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        let events = try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 999, in: $0) }.events
        #expect(events.filter { $0.type == "store_credit.booked" }.count == 4)
        try shop.expectClean()
    }

    @Test("Asking what cancelling would bring books nothing on the credit")
    func preview() throws {
        let shop = try shop()
        let id = try place(3, credit: 2000, in: shop)
        let before = try ledger(shop)
        try shop.perform(CancelOrder(order: id, reason: .customer, isPreview: true))
        #expect(try ledger(shop) == before)
        try shop.expectClean()
    }

    @Test("More than is there is refused, over all payments of an order, and nothing is held")
    func tooMuch() throws {
        let shop = try shop(999)
        let one = try order(1, credit: 1000)
        let refusal = try expectRefusal(
            .insufficientCredit, at: "/payments/1/authorized/amount", of: one, in: shop)
        #expect(refusal?.explanation.contains("9.99 GBP") == true)
        var two = try order(1, credit: 500)
        two.payments[0] = .init(provider: StoreCredit.provider, reference: "more", authorized: gbp(500))
        try expectRefusal(.insufficientCredit, at: "/payments/1/authorized/amount", of: two, in: shop)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, unpaid")
        func add(_ amount: Int64) -> AddPayment {
            AddPayment(
                order: id,
                payment: .init(provider: StoreCredit.provider, reference: "credit", authorized: gbp(amount)))
        }
        try expectRefusal(.insufficientCredit, at: "/authorized/amount", of: add(1000), in: shop)
        try shop.perform(add(999))
        #expect(try ledger(shop).last == "spend 999 → 0")
        try expectRefusal(
            .insufficientCredit, at: "/amount/amount",
            of: BookStoreCredit(customer: "ada@example.com", kind: .expire, amount: gbp(1), reason: "old"), in: shop)
        try shop.expectClean()
    }

    @Test("Orders that spend one balance at once, together or apart, spend exactly what is there", arguments: [1, 8])
    func race(together: Int) async throws {
        let shop = try shop(10_000)
        let one = try order(1, credit: 1000)
        let accepted = await withTaskGroup(of: Int.self) { tasks in
            for _ in 0..<(24 / together) {
                tasks.addTask {
                    if together == 1 {
                        do {
                            _ = try await shop.waybill.perform(one, as: .system)
                            return 1
                        } catch { return (error as? Refusal)?.code == .insufficientCredit ? 0 : 1_000 }
                    }
                    let answers = shop.waybill.performNow(
                        (0..<together).map { _ in (command: one, principal: .system, key: nil) })
                    return answers.reduce(0) { sum, answer in
                        switch answer {
                        case .success: sum + 1
                        case .failure(let error): (error as? Refusal)?.code == .insufficientCredit ? sum : sum + 1_000
                        }
                    }
                }
            }
            return await tasks.reduce(0, +)
        }
        #expect(accepted == 10)
        #expect(try ledger(shop).last == "spend 1000 → 0" && ledger(shop).count == 11)
        try shop.expectClean()
    }

    @Test("A return settles to store credit, and so does a refund by hand, whatever it was paid with")
    func issued() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        let entry = try shop.takeBack([1: 1], of: id)
        try shop.perform(SettleReturn(id: entry, refund: .storeCredit))
        try shop.perform(
            RefundPayment(order: id, amount: gbp(400), payment: nil, reason: "late", to: .storeCredit))
        #expect(try ledger(shop) == ["issue 1000 → 1000", "issue 400 → 1400"])
        #expect(try shop.order(id).refunded == 1400 && shop.order(id).effects.last?.paidTo == "store_credit")
        try expectRefusal(
            .amountExceedsCaptured,
            of: RefundPayment(order: id, amount: gbp(1601), payment: nil, reason: "", to: .storeCredit), in: shop)
        try expectRefusal(
            .invalidInput, at: "/payment",
            of: RefundPayment(
                order: id, amount: gbp(1), payment: PaymentID(id, 1), reason: "", to: .storeCredit), in: shop)
        // What was issued buys the next one.
        let next = try place(1, credit: 1000, in: shop)
        try shop.deliver(next)
        #expect(try ledger(shop).last == "spend 1000 → 400")
        try shop.expectClean()
    }

    @Test("What a provider refuses to give back can be given as store credit, which settles the exception")
    func instead() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5",
            providers: [
                TestProvider("card") { $0.kind == .refund ? .refused(reason: "closed") : .done(reference: "c") }
            ])
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.deliver(id)
        try await shop.runDueJobs()
        try shop.perform(RefundPayment(order: id, amount: gbp(1000), payment: nil, reason: "late"))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        let memo = try #require(shop.order(id).memos.first?.name)
        try shop.perform(PayCreditMemo(order: id, memo: memo, to: .storeCredit))
        #expect(try ledger(shop) == ["issue 1000 → 1000"] && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Without the customer's address there is no store credit")
    func nobody() throws {
        let shop = try shop()
        var one = try order(1, credit: 1000)
        one.customer = Customer(name: "Ada")
        try expectRefusal(.invalidInput, at: "/customer/email", of: one, in: shop)
        one.payments = [.init(provider: "manual", reference: "cash", authorized: gbp(1000))]
        let reply = try shop.perform(one)
        let id = try #require(OrderID(JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.deliver(id)
        try expectRefusal(
            .reasonNotAllowed, at: "/to",
            of: RefundPayment(order: id, amount: gbp(1), payment: nil, reason: "", to: .storeCredit), in: shop)
        try expectRefusal(
            .reasonNotAllowed, at: "/provider",
            of: AddPayment(
                order: id, payment: .init(provider: StoreCredit.provider, reference: "c", authorized: gbp(1))),
            in: shop)
        let entry = try shop.takeBack([1: 1], of: id)
        try expectRefusal(
            .reasonNotAllowed, at: "/refund", of: SettleReturn(id: entry, refund: .storeCredit), in: shop)
        try shop.expectClean()
    }

    @Test("An amendment pays with credit that is there, as placing does; then the customer's address stays")
    func amended() throws {
        let shop = try shop(1_500)
        let id = try place(1, credit: 0, in: shop)
        let pay: (Int64) -> (inout AmendmentRequest, OrderID) -> Void = { amount in
            { request, _ in
                request.payment = .init(
                    provider: StoreCredit.provider, reference: "more", authorized: gbp(amount))
            }
        }
        let much = shop.request(id) { ($0.quantities, $0.rest) = ([(1, 3)], pay(2000)) }
        try expectRefusal(
            .insufficientCredit, at: "/payment/authorized/amount", of: AmendOrder(order: id, request: much), in: shop)
        _ = try shop.preview(id) { ($0.quantities, $0.rest) = ([(1, 2)], pay(1000)) }
        #expect(try ledger(shop) == ["issue 1500 → 1500"])
        try shop.amend(id) { ($0.quantities, $0.rest) = ([(1, 2)], pay(1000)) }
        #expect(try ledger(shop) == ["issue 1500 → 1500", "spend 1000 → 500"])
        let other = shop.request(id) {
            $0.rest = { request, _ in request.customer = Customer(name: "Ada", email: "eve@example.com") }
        }
        try expectRefusal(
            .reasonNotAllowed, at: "/customer/email", of: AmendOrder(order: id, request: other), in: shop)
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        #expect(try ledger(shop).last == "give_back 1000 → 1500")
        try shop.expectClean()
    }

    @Test("The doctor finds a balance that its ledger does not give, and credit that an order did not spend")
    func tampered() throws {
        let shop = try shop()
        let id = try place(2, credit: 1500, in: shop)
        try shop.expectClean()
        for sql in [
            "UPDATE store_credits SET balance = balance + 1", "UPDATE store_credits SET entries = entries + 1",
            "UPDATE store_credit_entries SET amount = amount + 1 WHERE number = 2",
            "DELETE FROM store_credit_entries WHERE number = 2",
            "UPDATE store_credit_entries SET payment = 1 WHERE order_id = \(id.value)",
        ] {
            let report = try shop.examine(tamperedBy: sql)
            #expect(report.counts.keys.contains(.money), "\(sql)")
        }
        try shop.expectClean()
    }
}

import TestSupport
import Testing

@testable import OrderManagement

@Suite("Payments that are pending, expire, or can be taken once")
struct PaymentOutcomeTests {
    /// A shop whose channel `card` knows rules for the provider `card`.
    private func shop(
        _ rules: PaymentPolicy.ProviderRules = .init(), stages: [Stage] = ["payment"],
        answer: @escaping @Sendable (PaymentRequest) throws -> PaymentOutcome = { .done(reference: $0.id) }
    ) throws -> TestSystem {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 50", "CAP@LEEDS: 50", providers: [TestProvider("card", answer: answer)])
        var policy = ChannelPolicy(stages: stages)
        policy.paying.providers["card"] = rules
        try shop.open("card", policy: policy)
        return shop
    }

    private func place(
        _ shop: TestSystem, _ text: String = "2 × TEE-M at 10.00 GBP", _ amount: Int64 = 2000, isPending: Bool = false,
        expiresAt: Timestamp? = nil
    ) throws -> OrderID {
        try shop.place(text, on: "card") {
            $0.payments = [
                .init(
                    provider: "card", reference: "token", authorized: gbp(amount), isPending: isPending,
                    expiresAt: expiresAt)
            ]
        }
    }

    private func outcome(
        _ id: OrderID, _ result: RecordPaymentOutcome.Result, payment: Int = 1
    ) -> RecordPaymentOutcome {
        RecordPaymentOutcome(payment: PaymentID(id, payment), result: result, reference: "done", reason: "no funds")
    }

    @Test("A pending payment waits at its gate until its outcome is told; the same news again changes nothing")
    func authorized() throws {
        let shop = try shop()
        let id = try place(shop, isPending: true)
        #expect(try shop.order(id).stage == "payment" && shop.order(id).authorized == 0)
        #expect(try OrderStatus(of: shop.order(id)).payment == .pending)
        #expect(try shop.order(id).permissions(.web, at: shop.now).contains { $0.action == "outcomes" && $0.isAllowed })
        try shop.perform(outcome(id, .authorized))
        #expect(try shop.order(id).stage == nil && shop.order(id).authorized == 2000)
        #expect(try shop.order(id).payments[0].reference == "done")
        let version = try shop.order(id).version
        try shop.perform(outcome(id, .authorized))
        #expect(try shop.order(id).version == version)
        try expectRefusal(.illegalTransition, of: outcome(id, .declined), in: shop)
        try expectRefusal(.notFound, of: outcome(id, .declined, payment: 2), in: shop)
        try shop.expectClean()
    }

    @Test("A declined payment is told, shown to a person, and settled by another payment")
    func declined() throws {
        let shop = try shop()
        let id = try place(shop, isPending: true)
        try shop.perform(outcome(id, .declined))
        #expect(try OrderStatus(of: shop.order(id)).payment == .declined)
        #expect(try shop.events(id).contains("payment.declined"))
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        try shop.perform(outcome(id, .declined))
        try expectRefusal(.illegalTransition, of: outcome(id, .authorized), in: shop)
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "cash", authorized: gbp(2000))))
        #expect(try shop.order(id).stage == nil && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What was sent unpaid is captured from the payment that comes later, and what that holds beyond it is let go")
    func paidLater() throws {
        let shop = try shop(stages: [])
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "card") { $0.payments = [] }
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).captured == 0)
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        func pay(_ amount: Int64, _ name: String) -> AddPayment {
            AddPayment(order: id, payment: .init(provider: "manual", reference: name, authorized: gbp(amount)))
        }
        try shop.perform(pay(500, "first"))
        #expect(try shop.order(id).captured == 500)
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed], "15.00 are still owed")
        try shop.perform(pay(1_800, "second"))
        let order = try shop.order(id)
        #expect(order.payments.map(\.captured) == [500, 1_500] && order.payments.map(\.voided) == [0, 300])
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("An order that was sent and paid for takes no more money, and says why")
    func paidFor() throws {
        let shop = try shop()
        let id = try place(shop)
        func takesPayments() throws -> OrderPermission? {
            try shop.order(id).permissions(.web, at: shop.now).first { $0.action == "payments" }
        }
        #expect(try takesPayments()?.isAllowed == true)
        try shop.walk(id, to: .shipped)
        #expect(try takesPayments()?.reason == "everything was sent, and nothing of it is owed")
        let more = AddPayment(order: id, payment: .init(provider: "manual", reference: "more", authorized: gbp(500)))
        try expectRefusal(.illegalTransition, of: more, in: shop)
        #expect(try shop.order(id).payments.count == 1)
        try shop.expectClean()
    }

    @Test("An authorization expires at its time and not before; the order is held until another payment is there")
    func expires() async throws {
        let shop = try shop()
        let end = shop.now + .hours(5)
        let id = try place(shop, expiresAt: end)
        shop.advance(.hours(5))
        shop.advance(Seconds(-1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).payments[0].state == .authorized)
        shop.now = end
        try await shop.runDueJobs()
        var order = try shop.order(id)
        #expect(order.payments[0].state == .expired && order.isOnHold)
        #expect(try shop.events(id).contains("payment.expired"))
        #expect(try shop.openExceptions().map(\.kind) == [.authorizationExpired])
        try expectRefusal(
            .onHold, of: AcceptFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        try expectRefusal(
            .amountExceedsAuthorized, of: CapturePayment(order: id, amount: gbp(1), reason: "late"), in: shop)
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "cash", authorized: gbp(2000))))
        order = try shop.order(id)
        #expect(!order.isOnHold)
        #expect(try shop.openExceptions().isEmpty)
        try shop.deliver(id)
        #expect(try shop.order(id).payments.map(\.captured) == [0, 2000])
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("What was sent before the end is taken, and nothing is asked of anybody; the channel knows how long it holds")
    func inTime() async throws {
        let shop = try shop(.init(authorizationDays: 7))
        let id = try place(shop)
        #expect(try shop.order(id).payments[0].expiresAt == shop.now + .days(7))
        try shop.deliver(id)
        try await shop.runDueJobs()
        shop.advance(.days(8))
        try await shop.runDueJobs()
        #expect(try shop.order(id).payments[0].state == .authorized && shop.order(id).captured == 2000)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A provider that can is asked for a new authorization; its no is shown to a person", arguments: [true, false])
    func again(agrees: Bool) async throws {
        let shop = try shop(.init(authorizationDays: 1, reauthorizes: true)) {
            let isRefused = $0.kind == .authorize && !agrees
            return isRefused ? .refused(reason: "card expired") : .done(reference: "new-\($0.reference)")
        }
        let id = try place(shop)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.payments.map(\.state) == [.expired, agrees ? .authorized : .declined])
        #expect(order.payments[1].reference == (agrees ? "new-token" : "token"))
        // Its location has let a day go by as well.
        let told = try shop.openExceptions().map(\.kind).filter { $0 != .workLate }
        #expect(told == (agrees ? [] : [.paymentFailed]))
        if agrees {
            try shop.deliver(id)
            try await shop.runDueJobs()
            #expect(try shop.order(id).payments.map(\.captured) == [0, 2000])
        }
        try shop.expectClean()
    }

    @Test(
        "With a provider that takes money once, the first shipment takes all, or the rest is authorized anew",
        arguments: PaymentPolicy.Captures.allCases)
    func once(captures: PaymentPolicy.Captures) async throws {
        let shop = try shop(.init(captures: captures), stages: [])
        let id = try place(shop, "1 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP", 1700)
        let (first, second) = (id.fulfillment(1), id.fulfillment(2))
        try send(first, in: shop)
        try await shop.runDueJobs()
        var order = try shop.order(id)
        switch captures {
        case .multiple:
            #expect(order.payments.map(\.captured).reduce(0, +) < 1500 && order.payments[0].voided == 0)
        case .whole:
            #expect(order.payments.map(\.captured) == [1500] && order.payments[0].voided == 200)
        case .reauthorize:
            #expect(order.payments.count == 2 && order.payments[0].capturable == 0)
            #expect(order.payments[0].captured + order.payments[1].authorized == 1500)
        }
        try shop.expectClean()
        try send(second, in: shop)
        try await shop.runDueJobs()
        order = try shop.order(id)
        #expect(order.captured == 1500 && order.payments.allSatisfy { $0.capturable == 0 })
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    private func send(_ id: FulfillmentID, in shop: TestSystem) throws {
        let lines = try #require(shop.order(id.order).fulfillments.first { $0.number == id.number }).lines
        let units = Dictionary(uniqueKeysWithValues: lines.map { ($0.line, $0.quantity) })
        try shop.perform(AcceptFulfillment(fulfillment: id))
        try shop.perform(PickFulfillment(fulfillment: id))
        try shop.perform(PackFulfillment(fulfillment: id, parcels: [id.order.box(units)]))
        try shop.perform(ShipFulfillment(fulfillment: id))
    }

    @Test("Goods sent while the money is being authorized anew are taken once it is there")
    func sentMeanwhile() async throws {
        let shop = try shop(stages: [])
        let id = try place(shop, isPending: true)
        try shop.deliver(id)
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        try shop.perform(outcome(id, .authorized))
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 2000 && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Tenders are taken and given back in the order of the policy: store credit last in, first out")
    func tenders() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.paying.captureOrder = ["manual", StoreCredit.provider]
        policy.paying.refundOrder = [StoreCredit.provider]
        try shop.open("till", policy: policy)
        try shop.perform(
            BookStoreCredit(customer: "ada@example.com", kind: .issue, amount: gbp(1500), reason: "late"))
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "till") {
            $0.payments = [
                .init(provider: StoreCredit.provider, reference: "credit", authorized: gbp(1500)),
                .init(provider: "manual", reference: "cash", authorized: gbp(1500)),
            ]
        }
        try shop.perform(CapturePayment(order: id, amount: gbp(1600), reason: "deposit"))
        #expect(try shop.order(id).payments.map(\.captured) == [100, 1500])
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.order(id).payments.map(\.voided) == [1000, 0])
        try shop.perform(RefundPayment(order: id, amount: gbp(300), payment: nil, reason: "late"))
        #expect(try shop.order(id).payments.map(\.refunded) == [100, 200])
        try shop.expectClean()
    }
}

@Suite("Goodwill")
struct GiveGoodwillTests {
    private let agent = Principal(name: "usr_agent", scopes: [.paymentsWrite])
    private let lead = Principal(name: "usr_lead", scopes: [.paymentsWrite])

    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.paying.goodwillPercent = 10
        policy.paying.goodwillGrants = [.init(principal: "usr_lead", percent: 50)]
        try shop.open("till", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "till")
        try shop.deliver(id)
        return (shop, id)
    }

    private func give(_ amount: Int64, _ id: OrderID, to place: RefundPlace = .source) -> GiveGoodwill {
        GiveGoodwill(order: id, amount: gbp(amount), reason: "late", to: place)
    }

    @Test("Who has given all the goodwill that they may is told so by what is permitted, and who may give more")
    func goodwillIsUsedUp() throws {
        let (shop, id) = try shop()
        let channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["till"])
        func permitted(_ principal: Principal) throws -> OrderPermission {
            let all = try shop.order(id).permissions(channel, at: shop.now)
            return try #require(all.first { $0.action == "goodwill" }).limited(to: principal)
        }
        #expect(try permitted(agent).isAllowed && permitted(lead).isAllowed)
        try shop.perform(give(200, id), as: agent)
        #expect(try permitted(agent).isAllowed == false && permitted(lead).isAllowed)
        #expect(try permitted(agent).reason?.contains("usr_lead may give 50 %") == true)
        #expect(try permitted(.system).isAllowed)
        try shop.expectClean()
    }

    @Test("Everybody gives up to their share of the order, over all goodwill on it; the refusal says who may more")
    func limits() throws {
        let (shop, id) = try shop()
        try expectRefusal(.goodwillLimit, of: give(201, id), in: shop, as: agent)
        try shop.perform(give(150, id), as: agent)
        let refusal = try expectRefusal(.goodwillLimit, of: give(51, id), in: shop, as: agent)
        #expect(refusal?.explanation.contains("0.50 GBP") == true)
        #expect(refusal?.explanation.contains("usr_lead may give 50 %") == true)
        try shop.perform(give(50, id), as: agent)
        try shop.perform(give(800, id), as: lead)
        try expectRefusal(.goodwillLimit, of: give(1, id), in: shop, as: lead)
        try shop.perform(give(1000, id))
        #expect(try shop.order(id).memos.map(\.kind) == [.goodwill, .goodwill, .goodwill, .goodwill])
        try expectRefusal(.amountExceedsCaptured, of: give(1, id), in: shop)
        try expectRefusal(.forbidden, of: give(1, id), in: shop, as: Principal(name: "x", scopes: [.ordersWrite]))
        try shop.expectClean()
    }

    @Test("Goodwill goes to store credit too, and goods that come back later give what is left of them")
    func credit() throws {
        let (shop, id) = try shop()
        try shop.perform(give(200, id, to: .storeCredit), as: agent)
        let entry = try shop.takeBack([1: 2], of: id)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        #expect(try shop.order(id).memos.map(\.amount) == [200, 1800])
        let euro = GiveGoodwill(order: id, amount: Money(1, try #require(Currency("EUR"))), reason: "", to: .source)
        try expectRefusal(.currencyMismatch, at: "/amount/currency", of: euro, in: shop)
        try shop.expectClean()
    }
}

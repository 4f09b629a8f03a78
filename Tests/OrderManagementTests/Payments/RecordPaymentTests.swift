import TestSupport
import Testing

@testable import OrderManagement

/// `domain.md`, States: every state with every action; `-` is refused.
private let states = TextTable(
    """
    state      | authorize  | decline  | expire
    pending    | authorized | declined | -
    authorized | -          | -        | expired
    declined   | -          | -        | -
    expired    | -          | -        | -
    """)

@Suite("Payments")
struct RecordPaymentTests {
    @Test("Each action leads where the table says, or is refused")
    func table() throws { try Payment.State.expect(states) }

    @Test("A payment never gives or takes more than it has: pending amounts count", arguments: [
        (PaymentEffect.Kind.capture, Int64(1001)), (.void, 1001), (.refund, 1),
    ])
    func limits(kind: PaymentEffect.Kind, amount: Int64) {
        var payment = Payment(number: 1, provider: "card", reference: "r", authorized: 1000, at: .earliest)
        let effect = PaymentEffect(
            number: 1, payment: 1, kind: kind, amount: amount, reason: "test", subject: nil, at: .earliest)
        #expect(throws: BrokenInvariant.self) { try payment.intend(effect) }
    }

    @Test("Money of a provider that nobody answers for is not taken, at placing or later")
    func unknownProvider() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let waybill = OrderManagement(
            database: shop.database, connected: Connected(providers: ["manual", "bank"]), clock: { shop.now })
        defer { waybill.stop() }
        var order = try PlaceOrder("1 × TEE-M at 10.00 GBP, unpaid")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, unpaid")
        for provider in ["manual", "bank", "bnak"] {
            let payment = PlaceOrder.RequestedPayment(provider: provider, reference: "r", authorized: order.total)
            order.payments = [payment]
            let commands: [any Command] = [order, AddPayment(order: id, payment: payment)]
            let refusals = commands.map { command -> Refusal? in
                let answer = Result { try waybill.performNow(command, as: .system) }
                guard case .failure(let error) = answer else { return nil }
                return error as? Refusal
            }
            let expected: Refusal.Code? = provider == "bnak" ? .unknownProvider : nil
            #expect(refusals[0]?.code == expected && refusals[1]?.code == expected)
            guard expected != nil else { continue }
            #expect(refusals[0]?.details.first?.pointer == "/payments/0/provider")
            #expect(refusals[1]?.details.first?.pointer == "/provider")
            #expect(refusals[0]?.explanation.contains("bank, cash_on_delivery, manual") == true)
        }
        try shop.expectClean()
    }

    private func shop(_ more: String = "", sent: Bool = true) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store" + more)
        if sent { try shop.deliver(id) }
        return (shop, id)
    }

    @Test("A refund by hand is capped by what was captured, over all refunds")
    func refundCap() throws {
        let (shop, id) = try shop()
        func refund(_ amount: Int64) -> RefundPayment {
            RefundPayment(order: id, amount: gbp(amount), payment: nil, reason: "goodwill")
        }
        try expectRefusal(.amountExceedsCaptured, of: refund(2001), in: shop)
        try shop.perform(refund(500))
        try expectRefusal(.amountExceedsCaptured, of: refund(1501), in: shop)
        try shop.perform(refund(1500))
        #expect(try OrderStatus(of: shop.order(id)).payment == .refunded)
        try expectRefusal(.amountExceedsCaptured, of: refund(1), in: shop)
        try shop.expectClean()
    }

    @Test("Before anything is captured there is nothing to refund")
    func nothingCaptured() throws {
        let (shop, id) = try shop(sent: false)
        try expectRefusal(
            .amountExceedsCaptured,
            of: RefundPayment(order: id, amount: gbp(1), payment: nil, reason: "goodwill"), in: shop)
    }

    @Test("A refund may name its payment, which must be the order's and have enough")
    func namedPayment() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store") {
            $0.payments = [
                .init(provider: "manual", reference: "gift", authorized: gbp(700)),
                .init(provider: "manual", reference: "card", authorized: gbp(1300)),
            ]
        }
        try shop.deliver(id)
        func refund(_ amount: Int64, _ payment: PaymentID) -> RefundPayment {
            RefundPayment(order: id, amount: gbp(amount), payment: payment, reason: "goodwill")
        }
        try expectRefusal(.amountExceedsCaptured, at: "/amount/amount", of: refund(701, PaymentID(id, 1)), in: shop)
        try expectRefusal(.unknownPayment, at: "/payment", of: refund(1, PaymentID(id, 3)), in: shop)
        try expectRefusal(.unknownPayment, at: "/payment", of: refund(1, PaymentID(OrderID(9), 1)), in: shop)
        try shop.perform(refund(700, PaymentID(id, 1)))
        #expect(try shop.order(id).payments.map(\.refunded) == [700, 0])
        try shop.expectClean()
    }

    @Test("A capture may name its payment, which must be the order's and have enough")
    func namedCapture() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store") {
            $0.payments = [
                .init(provider: "manual", reference: "gift", authorized: gbp(700)),
                .init(provider: "manual", reference: "card", authorized: gbp(1300)),
            ]
        }
        func capture(_ amount: Int64, _ payment: PaymentID) -> CapturePayment {
            CapturePayment(order: id, amount: gbp(amount), payment: payment, reason: "deposit")
        }
        try expectRefusal(.amountExceedsAuthorized, at: "/amount/amount", of: capture(701, PaymentID(id, 1)), in: shop)
        try expectRefusal(.unknownPayment, at: "/payment", of: capture(1, PaymentID(id, 3)), in: shop)
        try shop.perform(capture(1000, PaymentID(id, 2)))
        #expect(try shop.order(id).payments.map(\.captured) == [0, 1000])
        try shop.deliver(id)
        #expect(try shop.order(id).payments.map(\.captured) == [700, 1300])
        try shop.expectClean()
    }

    @Test("The units that an amount is for are told with it, also when a provider answers later")
    func namedUnits() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [TestProvider("card")])
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.perform(
            CapturePayment(order: id, amount: gbp(2000), reason: "deposit", lines: id.units([1: 2])))
        try await shop.runDueJobs()
        let refund = RefundPayment(
            order: id, amount: gbp(300), payment: nil, reason: "scratched", lines: id.units([1: 1]))
        let reply = try JSON.parse(try shop.perform(refund).body)
        #expect(reply["lines"]?.array?.first?["sku"]?.string == "TEE-M")
        #expect(reply["order"]?["id"]?.string == id.description)
        try await shop.runDueJobs()
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        for (type, units) in [("payment.captured", Int64(2)), ("payment.refunded", 1)] {
            let event = try #require(events.last { $0.type == type })
            let line = try JSON.parse(event.data)["lines"]?.array?.first
            #expect(line?["line"]?.string == id.line(1).description && line?["quantity"]?.integer == units)
        }
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity",
            of: RefundPayment(order: id, amount: gbp(1), payment: nil, reason: "", lines: id.units([1: 3])), in: shop)
        try expectRefusal(
            .unknownLine, at: "/lines/0/line",
            of: CapturePayment(order: id, amount: gbp(1), reason: "", lines: id.units([2: 1])), in: shop)
        try shop.expectClean()
    }

    @Test("A capture by hand is capped by what is authorized and by what is still owed")
    func captureCap() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store") {
            $0.payments = [.init(provider: "manual", reference: "p", authorized: gbp(2500))]
        }
        func capture(_ amount: Int64) -> CapturePayment {
            CapturePayment(order: id, amount: gbp(amount), reason: "deposit")
        }
        try expectRefusal(.amountExceedsAuthorized, at: "/amount/amount", of: capture(2001), in: shop)
        try shop.perform(capture(1500))
        try expectRefusal(.amountExceedsAuthorized, at: "/amount/amount", of: capture(501), in: shop)
        try shop.deliver(id)
        #expect(try shop.order(id).captured == 2000)
        try shop.expectClean()
    }

    @Test("Amounts in another currency are refused")
    func currency() throws {
        let (shop, id) = try shop()
        let euro = Money(1, try #require(Currency("EUR")))
        let commands: [any Command] = [
            CapturePayment(order: id, amount: euro, reason: ""),
            RefundPayment(order: id, amount: euro, payment: nil, reason: ""),
        ]
        for command in commands { try expectRefusal(.currencyMismatch, at: "/amount/currency", of: command, in: shop) }
        try expectRefusal(
            .currencyMismatch, at: "/authorized/currency",
            of: AddPayment(order: id, payment: .init(provider: "manual", reference: "p", authorized: euro)), in: shop)
    }

    @Test("A cancelled order takes no payment, and no order takes more than twenty")
    func payments() throws {
        let (shop, id) = try shop(sent: false)
        func named(_ name: Int) -> PlaceOrder.RequestedPayment {
            .init(provider: "manual", reference: "p\(name)", authorized: gbp(1))
        }
        for name in 2...AddPayment.paymentsMax { try shop.perform(AddPayment(order: id, payment: named(name))) }
        let payment = named(99)
        try expectRefusal(.quantityExceeded, of: AddPayment(order: id, payment: payment), in: shop)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        #expect(try shop.order(id).payments.allSatisfy { $0.voided == $0.authorized })
        try expectRefusal(.illegalTransition, of: AddPayment(order: id, payment: payment), in: shop)
        try shop.expectClean()
    }

    // MARK: A provider outside

    @Test("With a provider, the intent is committed first, and the job settles it once")
    func provider() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [TestProvider("card")])
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.deliver(id)
        #expect(try shop.order(id).captured == 0)
        #expect(try shop.order(id).payments[0].capturePending == 2000)
        #expect(try OrderStatus(of: shop.order(id)).overall == .open)
        try shop.expectClean()
        #expect(try await shop.runDueJobs() == 1)
        #expect(try shop.order(id).captured == 2000)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("A provider's no is booked, told, and shown to a person")
    func declined() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5", providers: [TestProvider("card") { _ in .refused(reason: "card expired") }])
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.captured == 0)
        #expect(order.payments[0].capturable == 2000)
        #expect(try shop.events(id).contains("payment.failed"))
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        try shop.expectClean()
    }

    @Test("A hold that its provider does not let go is asked for once, and shown to a person")
    func refusedVoid() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5",
            providers: [
                TestProvider("card") { $0.kind == .void ? .refused(reason: "not here") : .done(reference: $0.id) }
            ])
        let id = try shop.place("1 × TEE-M at 10.00 GBP, paid by card")
        try shop.perform(CancelOrder(order: id, reason: .customer))
        try await shop.runDueJobs()
        let voids = try shop.order(id).effects.filter { $0.kind == .void }
        #expect(voids.map(\.state) == [.failed] && voids.map(\.amount) == [1_000])
        #expect(try shop.openExceptions().map(\.kind) == [.paymentFailed])
        try shop.expectClean()
    }
}

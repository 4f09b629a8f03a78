import OrderManagement
import Synchronization
import TestSupport
import Testing

@Suite("Providers that refused, asked once more")
struct AskedAgainTests {
    private func shop(
        _ answer: @escaping @Sendable (PaymentRequest) -> PaymentOutcome = { .done(reference: $0.id) }
    ) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [TestProvider("card", answer: answer)])
        try shop.open("shop", policy: ChannelPolicy(stages: ["payment"]))
        return shop
    }

    private func place(_ shop: TestSystem, isPending: Bool) throws -> OrderID {
        try shop.place("2 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [
                .init(provider: "card", reference: "token", authorized: gbp(2000), isPending: isPending)
            ]
        }
    }

    @Test("A declined payment is asked for again: a yes lets the order go on, another no is told anew")
    func declined() async throws {
        let answers = Mutex([PaymentOutcome.refused(reason: "no funds")])
        let shop = try shop { request in
            answers.withLock { $0.isEmpty ? .done(reference: request.id) : $0.removeFirst() }
        }
        let id = try place(shop, isPending: true)
        try expectRefusal(.illegalTransition, of: AskPaymentAgain(payment: PaymentID(id, 1)), in: shop)
        try shop.perform(RecordPaymentOutcome(payment: PaymentID(id, 1), result: .declined, reason: "3-D Secure"))
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.actions(about: try shop.order(id)).map(\.name) == ["payments", "retries", "cancellations"])
        try shop.perform(AskPaymentAgain(payment: PaymentID(id, 1)))
        #expect(try shop.openExceptions().isEmpty && shop.order(id).payments.map(\.state) == [.declined, .pending])
        try expectRefusal(.illegalTransition, of: AskPaymentAgain(payment: PaymentID(id, 1)), in: shop)
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.subject) == ["payment-2"])
        try shop.perform(AskPaymentAgain(payment: PaymentID(id, 2)))
        try await shop.runDueJobs()
        #expect(try shop.order(id).stage == nil && shop.openExceptions().isEmpty)
        try expectRefusal(.notFound, of: AskPaymentAgain(payment: PaymentID(id, 9)), in: shop)
        try shop.expectClean()
    }

    @Test("Money that a provider did not let go of is let go once it agrees")
    func kept() async throws {
        let answers = Mutex([PaymentOutcome.refused(reason: "closed")])
        let shop = try shop { request in
            answers.withLock { $0.isEmpty ? .done(reference: request.id) : $0.removeFirst() }
        }
        let id = try place(shop, isPending: false)
        try expectRefusal(.illegalTransition, of: LetPaymentGo(payment: PaymentID(id, 1)), in: shop)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.actions(about: try shop.order(id)) == [.letPaymentGo(PaymentID(id, 1))])
        let permissions = try shop.order(id).permissions(.web, at: shop.now)
        #expect(permissions.contains { $0.action == "voids" && $0.isAllowed })
        try shop.perform(LetPaymentGo(payment: PaymentID(id, 1)))
        try await shop.runDueJobs()
        #expect(try shop.order(id).payments[0].voided == 2000 && shop.openExceptions().isEmpty)
        try expectRefusal(.notFound, of: LetPaymentGo(payment: PaymentID(id, 2)), in: shop)
        try shop.expectClean()
    }
}

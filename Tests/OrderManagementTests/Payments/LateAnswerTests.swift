import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Providers that answer when somebody has told the outcome already")
struct LateAnswerTests {
    private struct Away: Error {}

    /// A shop with an order whose first payment was declined, and whose second its provider is to be asked for.
    private func shop(
        _ answer: @escaping @Sendable (PaymentRequest) throws -> PaymentOutcome
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [TestProvider("card", answer: answer)])
        try shop.open("shop", policy: ChannelPolicy(stages: ["payment"]))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [.init(provider: "card", reference: "token", authorized: gbp(2_000), isPending: true)]
        }
        try shop.perform(declined(id, 1))
        try shop.perform(AskPaymentAgain(payment: PaymentID(id, 1)))
        return (shop, id)
    }

    /// The same, whose provider was away when it was asked first, and would say yes; somebody has declined it since.
    private func declinedWhileAway() async throws -> (TestSystem, OrderID) {
        let tries = Mutex(0)
        let (shop, id) = try shop { request in
            let isFirst = tries.withLock { tries in
                tries += 1
                return tries == 1
            }
            if isFirst { throw Away() }
            return .done(reference: request.id)
        }
        try await shop.runDueJobs()
        try shop.perform(declined(id, 2))
        return (shop, id)
    }

    private func declined(_ id: OrderID, _ number: Int) -> RecordPaymentOutcome {
        RecordPaymentOutcome(payment: PaymentID(id, number), result: .declined, reason: "no funds")
    }

    private func pay(_ id: OrderID, in shop: TestSystem) throws {
        try shop.perform(
            AddPayment(order: id, payment: .init(provider: "manual", reference: "cash", authorized: gbp(2_000))))
    }

    @Test("A payment that somebody has called declined is not asked for any more")
    func notAsked() async throws {
        let asked = Mutex(0)
        let (shop, id) = try shop { request in
            asked.withLock { $0 += 1 }
            return .done(reference: request.id)
        }
        try shop.perform(declined(id, 2))
        try pay(id, in: shop)
        try await shop.runDueJobs()
        #expect(asked.withLock { $0 } == 0)
        #expect(try shop.order(id).payments.map(\.state) == [.declined, .declined, .authorized])
        try shop.expectClean()
    }

    @Test("A yes that comes after all is in the books, and let go where others have paid")
    func letGo() async throws {
        let (shop, id) = try await declinedWhileAway()
        try pay(id, in: shop)
        shop.advance(.minutes(5))
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.payments.map(\.state) == [.declined, .declined, .authorized, .authorized])
        #expect(order.payments.map(\.voided) == [0, 0, 0, 2_000] && order.covered == 2_000)
        #expect(order.payments[3].reference == "\(PaymentID(id, 2))-authorize")
        #expect(order.stage == nil)
        try shop.expectClean()
    }

    @Test("A yes that comes after all pays for the order where nobody else has")
    func kept() async throws {
        let (shop, id) = try await declinedWhileAway()
        #expect(try shop.order(id).stage == "payment")
        shop.advance(.minutes(5))
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.payments.map(\.voided) == [0, 0, 0] && order.covered == 2_000 && order.stage == nil)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A capture of which nothing can be taken is refused, and says why")
    func takenOnce() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [TestProvider("card")])
        var policy = ChannelPolicy(stages: [])
        policy.paying.providers["card"] = .init(captures: .reauthorize)
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [.init(provider: "card", reference: "token", authorized: gbp(2_000))]
        }
        try shop.perform(CapturePayment(order: id, amount: gbp(500), reason: "deposit"))
        let again = CapturePayment(order: id, amount: gbp(300), reason: "more")
        let refusal = try expectRefusal(.amountExceedsAuthorized, at: "/amount/amount", of: again, in: shop)
        #expect(refusal?.details.first?.detail.contains("3.00 GBP of it cannot be taken") == true)
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 500)
        try shop.expectClean()
    }
}

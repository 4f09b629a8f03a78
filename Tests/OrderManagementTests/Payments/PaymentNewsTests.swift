import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

@Suite("What payment providers tell by themselves")
struct PaymentNewsTests {
    private struct Away: Error {}

    /// An order of 20.00 with a card whose provider answers as told; sent and captured where it says yes.
    private func sent(
        _ answer: @escaping @Sendable (PaymentRequest) throws -> PaymentOutcome = { .done(reference: $0.id) }
    ) async throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [TestProvider("card", answer: answer)])
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [.init(provider: "card", reference: "token", authorized: gbp(2_000))]
        }
        try shop.walk(id, to: .shipped)
        try await shop.runDueJobs()
        return (shop, id)
    }

    private func news(_ id: OrderID, _ what: String, _ outcome: PaymentOutcome, of provider: String = "card")
        -> TakePaymentNews
    {
        TakePaymentNews(provider: provider, request: "\(PaymentID(id, 1))-\(what)", outcome: outcome)
    }

    private func refund(_ id: OrderID, _ amount: Int64) -> RefundPayment {
        RefundPayment(order: id, amount: gbp(amount), payment: nil, reason: "late")
    }

    @Test("A provider's news settles what its job could not; the same news again changes nothing, and nobody is asked")
    func settles() async throws {
        let asked = Mutex(0)
        let (shop, id) = try await sent { _ in
            asked.withLock { $0 += 1 }
            throw Away()
        }
        #expect(try shop.order(id).captured == 0)
        let before = asked.withLock { $0 }
        #expect(try shop.perform(news(id, "1", .done(reference: "ch_1"))).body.contains(#""applied":true"#))
        #expect(try shop.order(id).captured == 2_000)
        let version = try shop.order(id).version
        #expect(try shop.perform(news(id, "1", .done(reference: "ch_1"))).body.contains(#""applied":false"#))
        #expect(try shop.order(id).version == version)
        shop.advance(.hours(2))
        try await shop.runDueJobs()
        #expect(asked.withLock { $0 } == before)
        #expect(try shop.events(id).filter { $0 == "payment.captured" }.count == 1)
        try shop.expectClean()
    }

    @Test("A refund that did not arrive after all is owed again, and paid by its credit memo")
    func bounced() async throws {
        let (shop, id) = try await sent()
        try shop.perform(refund(id, 500))
        try await shop.runDueJobs()
        #expect(try shop.order(id).refunded == 500)
        try shop.perform(news(id, "2", .refused(reason: "account closed")))
        #expect(try shop.order(id).refunded == 0)
        #expect(try shop.order(id).outstanding(of: shop.order(id).memos[0]) == 500)
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.kind == .paymentFailed && exception.subject == "refund-2")
        #expect(exception.cause.contains("did not arrive") && exception.cause.contains("account closed"))
        try shop.expectClean()
        try shop.perform(PayCreditMemo(order: id, memo: try shop.order(id).memos[0].name))
        try await shop.runDueJobs()
        #expect(try shop.order(id).refunded == 500 && shop.openExceptions().isEmpty)
        // The first has arrived after all, though another was paid in its place: that is for a person.
        #expect(try shop.perform(news(id, "2", .done(reference: "re_1"))).body.contains(#""applied":false"#))
        #expect(try shop.order(id).refunded == 500)
        #expect(try shop.openExceptions().map(\.subject) == ["news-2"])
        try shop.perform(news(id, "2", .done(reference: "re_1")))
        #expect(try shop.openExceptions().count == 1)
        try shop.expectClean()
    }

    @Test("A refund that was refused and went out all the same pays its memo, once")
    func late() async throws {
        let (shop, id) = try await sent { $0.kind == .refund ? .refused(reason: "busy") : .done(reference: $0.id) }
        try shop.perform(refund(id, 500))
        try await shop.runDueJobs()
        #expect(try shop.order(id).refunded == 0 && shop.openExceptions().map(\.subject) == ["refund-2"])
        try shop.perform(news(id, "2", .done(reference: "re_1")))
        #expect(try shop.order(id).refunded == 500 && shop.openExceptions().isEmpty)
        let memo = try shop.order(id).memos[0].name
        try expectRefusal(.illegalTransition, of: PayCreditMemo(order: id, memo: memo), in: shop)
        try shop.expectClean()
    }

    @Test("A capture that a provider takes back is shown to a person: the books do not follow it by themselves")
    func contradiction() async throws {
        let (shop, id) = try await sent()
        #expect(try shop.perform(news(id, "1", .refused(reason: "disputed"))).body.contains(#""applied":false"#))
        #expect(try shop.order(id).captured == 2_000)
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.cause == "card says that it did not capture 20.00 GBP after all: disputed.")
        try shop.expectClean()
    }

    @Test("An authorization that was asked for is told by its own request, too")
    func authorization() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [TestProvider("card") { _ in throw Away() }])
        try shop.open("shop", policy: ChannelPolicy(stages: ["payment"]))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [.init(provider: "card", reference: "token", authorized: gbp(2_000), isPending: true)]
        }
        try shop.perform(news(id, "authorize", .done(reference: "au_1")))
        #expect(try shop.order(id).payments[0].state == .authorized && shop.order(id).stage == nil)
        #expect(try shop.perform(news(id, "authorize", .done(reference: "au_1"))).body.contains(#""applied":false"#))
        try expectRefusal(.illegalTransition, of: news(id, "authorize", .refused(reason: "no")), in: shop)
        try shop.expectClean()
    }

    @Test("News of what a provider was never asked is refused", arguments: ["2", "01", "x", "-1", ""])
    func unknown(_ what: String) async throws {
        let (shop, id) = try await sent()
        try expectRefusal(.notFound, of: news(id, what, .done(reference: "x")), in: shop)
        try expectRefusal(.notFound, of: news(id, "1", .done(reference: "x"), of: "other"), in: shop)
        try shop.expectClean()
    }
}

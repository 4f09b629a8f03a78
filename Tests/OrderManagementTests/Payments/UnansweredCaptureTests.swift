import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

/// Money that a provider was asked for and has not told of, and money that it refuses again and again.
@Suite("Captures that nobody answers for, and refusals of one payment")
struct UnansweredCaptureTests {
    private struct Away: Error {}

    /// What the provider says; nothing while it is away. A class, since the provider and the test share it.
    private final class Answers: Sendable {
        let next = Mutex<PaymentOutcome?>(nil)
        func say(_ outcome: PaymentOutcome?) { next.withLock { $0 = outcome } }
    }

    private func shop(_ text: String = "2 × TEE-M at 10.00 GBP") throws -> (TestSystem, OrderID, Answers) {
        let answers = Answers()
        let provider = TestProvider("card") { _ in
            guard let outcome = answers.next.withLock({ $0 }) else { throw Away() }
            return outcome
        }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2", providers: [provider])
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place(text, on: "shop") { order in
            order.payments = [
                .init(
                    provider: "card", reference: "token", authorized: order.total, expiresAt: shop.now + .hours(5))
            ]
        }
        return (shop, id, answers)
    }

    private func shown(_ kind: OrderException.Kind, _ shop: TestSystem) throws -> [OrderException] {
        try shop.openExceptions().filter { $0.kind == kind }
    }

    @Test(
        "An authorization that expires while its capture is unanswered is shown, until its provider tells",
        arguments: [true, false])
    func expires(isTaken: Bool) async throws {
        let (shop, id, answers) = try shop()
        try shop.walk(id, to: .shipped)
        try await shop.runDueJobs()
        #expect(try shown(.authorizationExpired, shop).isEmpty)
        shop.advance(.hours(5))
        try await shop.runDueJobs()
        #expect(try shop.order(id).payments[0].state == .expired && shop.order(id).payments[0].capturePending == 2000)
        let exception = try #require(try shown(.authorizationExpired, shop).first)
        #expect(exception.owner == "finance" && exception.subject == "capture-1")
        #expect(exception.cause.contains("has not told whether it took 20.00 GBP"))
        #expect(exception.actions(about: try shop.order(id)) == [], "another payment may be the second")
        try shop.expectClean()
        answers.say(isTaken ? .done(reference: "c-1") : .refused(reason: "expired"))
        shop.advance(.hours(6))
        try await shop.runDueJobs()
        #expect(try shown(.authorizationExpired, shop).isEmpty)
        let settled = try shop.waybill.readNow { try ExceptionStore.exception(exception.id, in: $0) }
        #expect(settled?.resolution == "card has told that \(isTaken ? "the money was" : "it was not") taken.")
        #expect(try shop.order(id).captured == (isTaken ? 2000 : 0))
        #expect(try shown(.paymentFailed, shop).map(\.subject) == (isTaken ? [] : ["capture-1"]))
        try shop.expectClean()
    }

    @Test("What was answered in time is nobody's to look at when the authorization expires")
    func answered() async throws {
        let (shop, id, answers) = try shop()
        answers.say(.done(reference: "c-1"))
        try shop.walk(id, to: .shipped)
        try await shop.runDueJobs()
        shop.advance(.hours(5))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty && shop.order(id).captured == 2000)
        try shop.expectClean()
    }

    @Test("However often a provider refuses what was sent of one payment, one exception is open, and says the newest")
    func refusedAgain() async throws {
        let (shop, id, answers) = try shop("3 × TEE-M at 10.00 GBP")
        try shop.walk(id, to: .shipped)
        try await shop.runDueJobs()
        try shop.receive("TEE-M@LONDON: 1")
        try await shop.runDueJobs()
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).payments[0].capturePending == 3000)
        answers.say(.refused(reason: "no funds"))
        shop.advance(.hours(1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).effects.map(\.state) == [.failed, .failed])
        let open = try shown(.paymentFailed, shop)
        #expect(open.count == 1 && open.first?.cause.hasSuffix("no funds") == true)
        #expect(try shop.events(id).filter { $0 == "exception.updated" }.count == 1)
        #expect(try open.first?.actions(about: shop.order(id)).first == .capture(id, gbp(3000)))
        answers.say(.done(reference: "c-2"))
        try shop.perform(CapturePayment(order: id, amount: gbp(3000), reason: "again"))
        try await shop.runDueJobs()
        #expect(try shown(.paymentFailed, shop).isEmpty && shop.order(id).captured == 3000)
        try shop.expectClean()
    }

    @Test("Two refunds that a provider refuses are owed by two memos: each is shown by itself, and once")
    func memos() async throws {
        let (shop, id, answers) = try shop()
        answers.say(.done(reference: "c-1"))
        try shop.walk(id, to: .shipped)
        try await shop.runDueJobs()
        answers.say(.refused(reason: "account closed"))
        for _ in 1...2 {
            try shop.perform(RefundPayment(order: id, amount: gbp(100), payment: nil, reason: "late"))
            try await shop.runDueJobs()
        }
        #expect(try shown(.paymentFailed, shop).count == 2)
        let memo = try #require(try shop.order(id).memos.first)
        for _ in 1...3 {
            try shop.perform(PayCreditMemo(order: id, memo: memo.name))
            try await shop.runDueJobs()
            #expect(try shown(.paymentFailed, shop).count == 2)
        }
        try shop.expectClean()
    }
}

import OrderManagement
import Synchronization
import TestSupport
import Testing

@Suite("Returns whose money is still being captured")
struct UncapturedReturnTests {
    private struct NoAnswer: Error {}
    /// Whether the provider answers. A class, since the provider and the test share it.
    private final class Line: Sendable { let isUp = Mutex(false) }

    @Test("While nobody asks for the capture any more, having it tried again is offered: the return is paid by that")
    func buried() async throws {
        let line = Line()
        let card = TestProvider("card") { request in
            guard line.isUp.withLock({ $0 }) else { throw NoAnswer() }
            return .done(reference: request.id)
        }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [card])
        var policy = ChannelPolicy(stages: [])
        policy.returning.refundAt = .inspection
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, paid by card", on: "shop")
        try shop.walk(id, to: .delivered)
        for _ in 0..<300 where try shop.openExceptions().allSatisfy({ $0.kind != .buriedJob }) {
            shop.advance(.minutes(2))
            try await shop.runDueJobs()
        }
        let buried = try #require(try shop.openExceptions().first { $0.kind == .buriedJob })
        let job = try #require(buried.subject.flatMap { JobID($0) })
        let entry = try shop.takeBack([1: 1], of: id)
        try expectRefusal(.illegalTransition, of: SettleReturn(id: entry, refund: .source), in: shop)
        shop.advance(.days(policy.returning.answerWithinDays + 1))
        try await shop.runDueJobs()
        func shown() throws -> OrderException? {
            let (order, open) = (try shop.order(id), try shop.openExceptions())
            return try shop.waybill.readNow {
                try open.filter { $0.kind == .returnUnsettled }.knowing([id: order], in: $0).first
            }
        }
        let asked = try #require(try shown())
        #expect(asked.actions(about: try shop.order(id)) == [.retryJob(job)])
        #expect(asked.cause.contains("10.00 GBP is still being captured: card has not said"))
        #expect(asked.suggestion.hasPrefix("Nobody asks card any more: have it tried again"))
        line.isUp.withLock { $0 = true }
        try shop.perform(RetryJob(job: job))
        #expect(try shown()?.actions(about: shop.order(id)) == [], "it is asked by itself by now")
        for _ in 0..<5 {
            try await shop.runDueJobs()
            shop.advance(.hours(1))
        }
        let end = try shop.order(id)
        #expect(end.captured == 1_000 && end.refunded == 1_000)
        #expect(try shown() == nil)
        try shop.expectClean()
    }
}

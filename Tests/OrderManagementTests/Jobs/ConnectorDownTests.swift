import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Who does not answer")
struct ConnectorDownTests {
    private struct TimedOut: Error, CustomStringConvertible { let description = "timed out" }

    /// A switch that tests and a provider share.
    private final class Line: Sendable {
        private let state = Mutex(false)
        var isUp: Bool { state.withLock { $0 } }
        func mend() { state.withLock { $0 = true } }
        func cut() { state.withLock { $0 = false } }
    }

    private func shop(_ line: Line, mailer: (any Mailer)? = nil) throws -> TestSystem {
        let card = TestProvider("card") { request in
            guard line.isUp else { throw TimedOut() }
            return .done(reference: request.id)
        }
        return try TestSystem(stock: "TEE-M@LONDON: 9", providers: [card], mailer: mailer)
    }

    private func sent(in shop: TestSystem) throws -> OrderID {
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        return id
    }

    /// Lets time pass in steps, and jobs be done.
    private func pass(_ duration: Seconds, in shop: TestSystem) async throws {
        for _ in 0..<(duration.count / 10) {
            shop.advance(Seconds(10))
            try await shop.runDueJobs()
        }
    }

    @Test("A provider that is away opens one exception after some minutes, which says who, since when and what waits")
    func away() async throws {
        let line = Line()
        let shop = try shop(line)
        for _ in 0..<3 { _ = try sent(in: shop) }
        let start = shop.now
        try await shop.runDueJobs()
        try await pass(.minutes(1), in: shop)
        #expect(try shop.openExceptions().isEmpty, "most outages are over by then")
        try await pass(.minutes(8), in: shop)
        let shown = try #require(try shop.openExceptions().first)
        #expect(try shop.openExceptions().count == 1)
        #expect(shown.kind == .connectorDown && shown.subject == "payments card" && shown.owner == "operations")
        #expect(shown.cause.contains("payment provider card has not answered since \(start)"), "\(shown.cause)")
        #expect(shown.cause.contains("3 jobs wait") && shown.cause.contains("timed out"), "\(shown.cause)")
        #expect(shown.actions(about: nil) == [.retryConnector(shown.id)])
        try shop.expectClean()
    }

    @Test("What is said of it is kept current, and its next answer settles it")
    func answers() async throws {
        let line = Line()
        let shop = try shop(line)
        let first = try sent(in: shop)
        try await pass(.minutes(5), in: shop)
        let before = try #require(try shop.openExceptions().first)
        let second = try sent(in: shop)
        try await pass(.minutes(20), in: shop)
        let after = try #require(try shop.openExceptions().first)
        #expect(after.id == before.id && after.cause != before.cause && after.cause.contains("2 jobs wait"))
        line.mend()
        try await pass(.hours(1), in: shop)
        #expect(try shop.openExceptions().isEmpty)
        let told = try shop.waybill.readNow { try ExceptionStore.exception(after.id, in: $0) }
        #expect(told?.resolution == "The payment provider card answers again.")
        #expect(try shop.order(first).captured == 1_000 && shop.order(second).captured == 1_000)
        try shop.expectClean()
    }

    @Test("Somebody has all that waits tried at once; once it is settled there is nothing to try")
    func retried() async throws {
        let line = Line()
        let shop = try shop(line)
        let id = try sent(in: shop)
        try await pass(.minutes(40), in: shop)
        let shown = try #require(try shop.openExceptions().first)
        line.mend()
        #expect(try await shop.runDueJobs() == 0, "its turn is later")
        try shop.perform(RetryConnector(exception: shown.id))
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 1_000 && shop.openExceptions().isEmpty)
        try expectRefusal(.illegalTransition, of: RetryConnector(exception: shown.id), in: shop)
        try expectRefusal(.notFound, of: RetryConnector(exception: ExceptionID(1)), in: shop)
        try shop.expectClean()
    }

    @Test("A call that fails while others are answered is no outage")
    func oneBadCall() async throws {
        let card = TestProvider("card") { request in
            if request.kind == .void { throw TimedOut() }
            return .done(reference: request.id)
        }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 90", providers: [card])
        let stuck = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.perform(CancelOrder(order: stuck, reason: .customer))
        for _ in 0..<20 {
            _ = try sent(in: shop)
            shop.advance(Seconds(60))
            try await shop.runDueJobs()
        }
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A process that starts anew goes on with the exception that another one has opened")
    func restarted() async throws {
        let line = Line()
        let shop = try shop(line)
        _ = try sent(in: shop)
        try await pass(.minutes(5), in: shop)
        let before = try #require(try shop.openExceptions().first)
        let card = TestProvider("card")
        let runner = JobRunner(shop.waybill, providers: [card])
        shop.advance(.hours(1))
        while try await runner.step().ran > 0 {}
        #expect(try shop.openExceptions().isEmpty, "\(before.cause)")
        try shop.expectClean()
    }

    @Test("A mail server that is away is told of as well")
    func mail() async throws {
        let line = Line()
        let away = SendingOutcome.unknown(reason: "connection refused")
        let mailer = TestMailer(away, away, away, away, away, away, away, away, away)
        let shop = try shop(line, mailer: mailer)
        var channel = Channel.web
        channel.policy.messages.kinds = [.received]
        try shop.perform(SaveChannel(channel: channel))
        try shop.place("1 × TEE-M at 10.00 GBP")
        try await pass(.minutes(4), in: shop)
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.subject == "mail" && shown.cause.hasPrefix("The mail server has not answered since"))
        try await pass(.hours(1), in: shop)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }
}

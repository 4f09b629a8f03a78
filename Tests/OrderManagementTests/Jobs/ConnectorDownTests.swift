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

    /// A mail server that is left alone for five seconds after each call in vain.
    private final class RestingMailer: Mailer {
        private struct State {
            var calls: Int64 = 0
            var restsUntil: Timestamp?
        }
        private let state = Mutex(State())
        private let line: Line
        /// As the shop has it.
        let clock = Mutex(Timestamp(milliseconds: 0))

        init(_ line: Line) { self.line = line }

        var calls: Int64 { state.withLock { $0.calls } }

        func send(_ letter: Letter, to recipient: String, named name: String, as id: MessageID)
            async throws(ConnectorRests) -> SendingOutcome
        {
            let now = clock.withLock { $0 }
            let rest: ConnectorRests? = state.withLock { state in
                if let end = state.restsUntil, end > now {
                    let left = Double(end.milliseconds - now.milliseconds) / 1_000
                    return ConnectorRests("the mail server did not answer a moment ago", seconds: left)
                }
                state.calls += 1
                state.restsUntil = line.isUp ? nil : now + Seconds(5)
                return nil
            }
            if let rest { throw rest }
            return line.isUp ? .sent : .unknown(reason: "connection refused")
        }
    }

    private func mails(_ count: Int, by mailer: RestingMailer, _ line: Line) throws -> TestSystem {
        let shop = try shop(line, mailer: mailer)
        var channel = Channel.web
        channel.policy.messages.kinds = [.received]
        try shop.perform(SaveChannel(channel: channel))
        for _ in 0..<count { try shop.place("1 × TEE-M at 10.00 GBP") }
        return shop
    }

    private func pass(_ seconds: Int64, in shop: TestSystem, _ mailer: RestingMailer) async throws {
        for _ in 0..<seconds {
            shop.advance(Seconds(1))
            mailer.clock.withLock { $0 = shop.now }
            try await shop.runDueJobs()
        }
    }

    private func jobs(of kind: JobKind, in shop: TestSystem) throws -> [Job] {
        try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 100, in: $0) }
            .filter { $0.kind == kind }
    }

    @Test("Only calls that were made are attempts and calls in vain: who meets the rest after one waits for its end")
    func rests() async throws {
        let line = Line()
        let mailer = RestingMailer(line)
        let shop = try mails(5, by: mailer, line)
        let start = shop.now
        try await pass(150, in: shop, mailer)
        let waiting = try jobs(of: .sendMessage, in: shop)
        #expect(waiting.count == 5 && waiting.reduce(0) { $0 + $1.attempts } == mailer.calls)
        #expect(mailer.calls <= 31, "one each five seconds")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.cause.contains("5 jobs wait"), "also those that never came to ask: \(shown.cause)")
        #expect(shown.cause.contains("has not answered since \(start + Seconds(1))"))
        let told = try #require(shown.cause.split(separator: ": ").dropFirst().first?.split(separator: " ").first)
        #expect(Int64(told).map { $0 >= 5 && $0 <= mailer.calls } == true, "\(shown.cause)")
        try shop.expectClean()
    }

    @Test("Two calls in vain are no outage, however many jobs met the rest after them")
    func fewCalls() async throws {
        let line = Line()
        let mailer = RestingMailer(line)
        let shop = try mails(9, by: mailer, line)
        try await pass(1, in: shop, mailer)
        shop.advance(.minutes(3))
        try await pass(1, in: shop, mailer)
        #expect(mailer.calls == 2)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Pressing often while nobody answers neither gives jobs up nor moves their next try away")
    func pressed() async throws {
        let line = Line()
        let mailer = RestingMailer(line)
        let shop = try mails(5, by: mailer, line)
        try await pass(900, in: shop, mailer)
        let shown = try #require(try shop.openExceptions().first)
        let before = mailer.calls
        for _ in 0..<10 {
            let reply = try await shop.waybill.perform(
                RetryConnector.counted(shown.id, by: shop.waybill), as: .system)
            #expect(try JSON.parse(reply.body)["suggestion"]?.string?.hasPrefix("5 jobs were tried at") == true)
            try await pass(1, in: shop, mailer)
        }
        #expect(mailer.calls - before <= 3, "whoever rests is left alone")
        let waiting = try jobs(of: .sendMessage, in: shop)
        #expect(waiting.count == 5 && waiting.allSatisfy { $0.attempts <= 3 && $0.due <= shop.now + .minutes(1) })
        let told = try #require(try shop.openExceptions().first)
        #expect(told.suggestion.hasPrefix("5 jobs were tried at") && told.suggestion.hasSuffix(TellOutage.advice))
        try shop.expectClean()
    }

    @Test("The next answer has all that waits tried at once, and not when it would be its turn")
    func hurried() async throws {
        let line = Line()
        let mailer = RestingMailer(line)
        let shop = try mails(4, by: mailer, line)
        for _ in 0..<40 {
            shop.advance(.minutes(6))
            try await pass(30, in: shop, mailer)
        }
        let waiting = try jobs(of: .sendMessage, in: shop)
        #expect(waiting.count == 4 && waiting.allSatisfy { $0.attempts > 5 })
        #expect(waiting.contains { $0.due > shop.now + .minutes(10) }, "its turn is later")
        line.mend()
        try shop.place("1 × TEE-M at 10.00 GBP")
        try await pass(6, in: shop, mailer)
        #expect(try jobs(of: .sendMessage, in: shop).isEmpty && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Once its jobs were given up, what is said of it counts them no more")
    func givenUp() async throws {
        let line = Line()
        let shop = try shop(line)
        for _ in 0..<2 { _ = try sent(in: shop) }
        for _ in 0..<300 where try jobs(of: .settleEffect, in: shop).contains(where: { $0.state == .waiting }) {
            shop.advance(.minutes(2))
            try await shop.runDueJobs()
        }
        let shown = try shop.openExceptions()
        #expect(shown.filter { $0.kind == .buriedJob }.count == 2)
        let down = try #require(shown.first { $0.kind == .connectorDown })
        #expect(down.cause.contains("no job waits for it any more"), "\(down.cause)")
        let reply = try await shop.waybill.perform(RetryConnector.counted(down.id, by: shop.waybill), as: .system)
        #expect(try JSON.parse(reply.body)["suggestion"]?.string?.contains("no job waited") == true)
        try shop.expectClean()
    }
}

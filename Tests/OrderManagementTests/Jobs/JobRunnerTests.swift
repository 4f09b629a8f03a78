import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Jobs")
struct JobRunnerTests {
    private struct Silence: Error {}

    /// What a provider was asked, in order.
    private final class Calls: Sendable {
        let ids = Mutex<[String]>([])
        func add(_ id: String) { ids.withLock { $0.append(id) } }
        var all: [String] { ids.withLock { $0 } }
    }

    @Test("A lost answer is unknown, not failed: the same request is made again by the same id, later each time")
    func lostAnswer() async throws {
        let calls = Calls()
        let provider = TestProvider("card") { request in
            calls.add(request.id)
            if calls.all.count < 3 { throw Silence() }
            return .done(reference: "ref-1")
        }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [provider])
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        try await shop.runDueJobs()
        #expect(try await shop.runDueJobs() == 0)
        shop.advance(Seconds(2))
        #expect(try await shop.runDueJobs() == 1)
        shop.advance(Seconds(2))
        #expect(try await shop.runDueJobs() == 0)
        shop.advance(Seconds(2))
        #expect(try await shop.runDueJobs() == 1)
        #expect(calls.all.count == 3)
        #expect(Set(calls.all).count == 1)
        #expect(try shop.order(id).captured == 1000)
        try shop.expectClean()
    }

    @Test("Mail that takes its time delays nothing else: it has a lane of its own, and no job is on both")
    func lanes() async throws {
        let (shop, mail) = (try TestSystem(stock: "TEE-M@LONDON: 5"), TestMailer())
        var channel = Channel.web
        channel.policy.messages.kinds = [.received]
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        let runner = JobRunner(shop.waybill, renderer: TestRenderer(), mailer: mail)
        func due(_ lane: JobLane?) throws -> [JobKind] {
            try shop.waybill.readNow { try JobQueue.due(at: shop.now, on: lane, limit: 10, in: $0) }.map(\.kind)
        }
        shop.advance(.minutes(30))
        #expect(try due(.mail) == [.sendMessage] && due(.work) == [.stageDue])
        #expect(Set(try due(nil)) == [.sendMessage, .stageDue])
        while try await runner.step(on: .work).ran > 0 {}
        #expect(try shop.order(id).stage == nil && due(.mail) == [.sendMessage])
        let (ran, next) = try await runner.step(on: .mail)
        #expect(ran == 1 && next == nil)
        #expect(try due(nil).isEmpty)
        try shop.expectClean()
    }

    /// A courier that is asked and does not answer until it is let. A class, since test and jobs share it.
    private final class Hanging: CourierConnection {
        let name: String
        private let gate = AsyncStream<Void>.makeStream()
        let asked = Calls()

        init(name: String = "test") { self.name = name }

        func letAnswer() { gate.continuation.finish() }

        private func wait() async { for await _ in gate.stream {} }

        func rates(for request: LabelRequest) async throws -> [CourierRate] { [] }
        func buy(_ request: LabelRequest) async throws -> LabelOutcome { .refused(reason: "too late") }
        func purchase(under key: String) async throws -> LabelOutcome? {
            asked.add("purchase")
            await wait()
            return .bought(tracking: "T1", reference: nil, price: nil, document: nil)
        }
        func void(_ label: BoughtLabel) async throws -> VoidOutcome { .done }
        func news(of labels: [BoughtLabel]) async throws -> [CourierNews] {
            asked.add("news")
            await wait()
            return []
        }
        func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
            .done(reference: nil, manifest: nil)
        }
    }

    @Test("A courier that hangs delays nobody who asks another one: each connection has its jobs for itself")
    func hangingBeside() async throws {
        let (slow, quick) = (Hanging(), Hanging(name: "quick"))
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let runner = JobRunner(shop.waybill, connections: [slow, quick])
        var other = Courier.post
        (other.connection, other.isActive) = ("quick", true)
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        func packed(by courier: Courier) throws -> OrderID {
            try shop.perform(SaveCouriers(couriers: [courier]))
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
            try shop.walk(id, to: .packed)
            return id
        }
        let (stuck, fine) = (try packed(by: .post), try packed(by: other))
        let posts = runner.posts
        #expect(posts.filter { $0.lane == .labels }.map(\.asks) == [
            .connection("quick"), .connection("test"), .others(than: ["quick", "test"]),
        ])
        #expect(posts.filter { $0.lane == .work }.map(\.asks) == [.anybody])
        let waiting = Task { try await runner.step(on: .labels, asking: .connection("test")).ran }
        while slow.asked.all.isEmpty { await Task.yield() }
        quick.letAnswer()
        #expect(try await runner.step(on: .labels, asking: .connection("quick")).ran == 1)
        #expect(try shop.order(fine).parcels[0].state == .labelled)
        #expect(try shop.order(stuck).parcels[0].state == .packed)
        slow.letAnswer()
        #expect(try await waiting.value == 1)
        // A connection that is not there any more has its jobs done all the same, to be told of.
        let third = try packed(by: .post)
        let alone = JobRunner(shop.waybill, connections: [quick])
        #expect(try await alone.step(on: .labels, asking: .connection("quick")).ran == 0)
        let strangers = try #require(alone.posts.last { $0.lane == .labels })
        #expect(try await alone.step(on: .labels, asking: strangers.asks).ran == 1)
        #expect(try shop.order(third).parcels[0].labels[0].state == .pending)
        try shop.expectClean()
    }

    @Test("A courier that hangs delays no stage and no payment, and asking for news delays no label")
    func hangingCourier() async throws {
        let courier = Hanging()
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [TestProvider("card")])
        let runner = JobRunner(shop.waybill, providers: [TestProvider("card")], connections: [courier])
        try shop.perform(SaveCouriers(couriers: [.post]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        let (sent, next) = (try shop.place("1 × TEE-M at 10.00 GBP", on: "shop"), try shop.place(
            "1 × TEE-M at 10.00 GBP", on: "shop"))
        try shop.walk(sent, to: .packed)
        let waiting = Task { try await runner.step(on: .labels).ran }
        while courier.asked.all.isEmpty { await Task.yield() }
        let paid = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(paid, to: .shipped)
        #expect(try await runner.step(on: .work).ran > 0)
        #expect(try shop.order(paid).captured == 1000)
        #expect(try shop.order(sent).parcels[0].state == .packed)
        courier.letAnswer()
        #expect(try await waiting.value == 1)
        try shop.perform(ShipFulfillment(fulfillment: sent.fulfillment(1)))
        try shop.walk(next, to: .packed)
        shop.advance(.hours(4))
        func kinds(_ lane: JobLane) throws -> [JobKind] {
            try shop.waybill.readNow { try JobQueue.due(at: shop.now, on: lane, limit: 10, in: $0) }.map(\.kind)
        }
        #expect(try kinds(.labels) == [.buyLabel] && kinds(.tracking) == [.followParcel])
        #expect(try await runner.step(on: .labels).ran == 1)
        #expect(try shop.order(next).parcels[0].state == .labelled && courier.asked.all == ["purchase", "purchase"])
        try shop.expectClean()
    }

    @Test("Every kind of job has one lane, and those of a lane ask no more than their share at once")
    func shares() async throws {
        #expect(
            JobKind.allCases.filter { $0.lane == .labels } == [.buyLabel, .makeManifest, .arrangePickup, .voidLabel])
        #expect(JobKind.allCases.filter { $0.lane == .tracking } == [.followParcel, .followReturn])
        #expect(JobLane.tracking.claimMax < JobLane.labels.claimMax)
    }

    @Test("A job that never succeeds is buried after its last attempt, and a person hears of it")
    func buried() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5", providers: [TestProvider("card") { _ in throw Silence() }])
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        var ran = 0
        for _ in 1...20 {
            ran += try await shop.runDueJobs()
            shop.advance(.hours(2))
        }
        // And once the look whether its work has left in time.
        #expect(ran == Int(Job.attemptsMax) + 1)
        #expect(try shop.openExceptions().map(\.kind) == [.connectorDown, .buriedJob])
        try shop.expectClean()
    }

    @Test("A buried job is tried again when somebody says so, with all its attempts, and its exception is resolved")
    func retried() async throws {
        let isAway = Mutex(true)
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5",
            providers: [
                TestProvider("card") { request in
                    if isAway.withLock({ $0 }) { throw Silence() }
                    return .done(reference: request.id)
                }
            ])
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        for _ in 1...20 {
            try await shop.runDueJobs()
            shop.advance(.hours(2))
        }
        let job = try #require(
            try shop.waybill.readNow { try JobQueue.page(.buried, after: JobID(0), limit: 10, in: $0) }.first)
        #expect(job.attempts == Job.attemptsMax)
        #expect(try job.exception == shop.openExceptions().first { $0.kind == .buriedJob }?.id)
        let clerk = Principal(name: "clerk", scopes: Set(Scope.allCases).subtracting([.admin]))
        try expectRefusal(.forbidden, of: RetryJob(job: job.id), in: shop, as: clerk)
        isAway.withLock { $0 = false }
        try shop.perform(RetryJob(job: job.id))
        #expect(try shop.openExceptions().map(\.kind) == [.connectorDown])
        try expectRefusal(.illegalTransition, of: RetryJob(job: job.id), in: shop)
        try shop.expectClean()
        #expect(try await shop.runDueJobs() == 1)
        #expect(try shop.order(id).captured == 1000)
        #expect(try shop.openExceptions().isEmpty)
        try expectRefusal(.notFound, of: RetryJob(job: job.id), in: shop)
        try shop.expectClean()
    }

    @Test("A job that fails again after its retry is buried again, with an exception of its own")
    func buriedAgain() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5", providers: [TestProvider("card") { _ in throw Silence() }])
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        for round in 1...2 {
            for _ in 1...13 {
                try await shop.runDueJobs()
                shop.advance(.hours(2))
            }
            let buried = try shop.waybill.readNow { try JobQueue.page(.buried, after: JobID(0), limit: 10, in: $0) }
            #expect(buried.map(\.attempts) == [Job.attemptsMax])
            #expect(try shop.openExceptions().map(\.kind) == [.connectorDown, .buriedJob])
            try shop.expectClean()
            if round == 1 { try shop.perform(RetryJob(job: try #require(buried.first).id)) }
        }
    }

    @Test("A payment by a provider that is not connected is tried again later")
    func notConnected() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        #expect(try await shop.runDueJobs() == 1)
        let next = try shop.waybill.readNow { try JobQueue.nextDue(in: $0) }
        #expect(next == shop.now + Seconds(2))
        try shop.expectClean()
    }

    @Test("The wait doubles from two seconds to an hour", arguments: [
        (Int64(1), Int64(2)), (2, 4), (5, 32), (11, 2048), (12, 3600), (40, 3600),
    ])
    func backOff(attempts: Int64, seconds: Int64) {
        #expect(Job.backOff(after: attempts) == Seconds(seconds))
    }

    @Test("A job that somebody else has finished is nobody's error")
    func finishedTwice() throws {
        let shop = try TestSystem()
        let job = JobID(1)
        let commands: [any Command] = [
            FinishJob(job: job, followUp: nil), FailJob(job: job, error: "late", message: nil),
            EndStage(order: OrderID(1), stage: "remorse", job: job), SourceOrder(order: OrderID(1), job: job),
            ExpirePickup(fulfillment: OrderID(1).fulfillment(1), job: job),
            RecordEffect(order: OrderID(1), effect: 1, outcome: .done(reference: ""), job: job),
        ]
        for command in commands { try expectRefusal(.notFound, of: command, in: shop) }
    }

    @Test("Units that sourcing again frees at a place serve those who wait for that place")
    func freedBySourcing() async throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 1")
        let moving = try shop.place("1 × TEE-M at 10.00 GBP")
        let waiting = try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try await shop.runDueJobs()
        #expect(try shop.order(waiting).lines[0].backordered == 1)
        try shop.receive("TEE-M@LONDON: 1")
        try await shop.runDueJobs()
        try shop.perform(SourceOrder(order: moving))
        #expect(try shop.order(moving).fulfillments.last?.location == "LONDON")
        try await shop.runDueJobs()
        #expect(try shop.order(waiting).lines[0].allocated == 1)
        try shop.expectClean()
    }

    @Test("Sourcing again moves unreleased work where it is cheaper, and fills what waits")
    func sourceAgain() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 1")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.receive("TEE-M@LONDON: 5")
        try shop.perform(SourceOrder(order: id))
        let order = try shop.order(id)
        #expect(order.lines[0].allocated == 2)
        #expect(order.backorderedUntil == nil)
        #expect(try shop.events(id).last == "order.sourced")
        try shop.expectClean()
        try shop.walk(id, to: .released)
        try expectRefusal(.illegalTransition, of: SourceOrder(order: id), in: shop)
    }
}

import Databases
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

/// A database whose transactions become durable only when told so. A class, since threads share it.
private final class LateDatabase: Database {
    private let database: any OpenedDatabase
    private let late = Mutex<[DurabilityCompletion]>([])

    init(_ database: any OpenedDatabase) { self.database = database }

    var waiting: Int { late.withLock { $0.count } }

    /// Waits for so many transactions, then tells what became of them.
    func settle(_ count: Int, _ outcome: Result<Void, any Error> = .success(())) {
        waitFor(count)
        let settled = late.withLock { late in
            defer { late = [] }
            return late
        }
        for completion in settled { completion(outcome) }
    }

    func waitFor(_ count: Int) {
        let deadline = Date(timeIntervalSinceNow: 60)
        while waiting < count, Date() < deadline { usleep(1_000) }
        #expect(waiting == count)
    }

    func write<T>(_ body: (any Connection) throws -> T) throws -> T { try database.write(body) }
    func read<T>(_ body: (any Connection) throws -> T) throws -> T { try database.read(body) }

    func write(_ body: (any Connection) throws -> Void, whenDurable completion: @escaping DurabilityCompletion) throws {
        try database.write(body)
        late.withLock { $0.append(completion) }
    }
}

@Suite("Groups that are committed, but not durable yet")
struct LateDurabilityTests {
    private let shop: TestSystem
    private let database: LateDatabase
    private let waybill: OrderManagement
    private let order: PlaceOrder

    init() throws {
        shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        database = LateDatabase(shop.database)
        waybill = OrderManagement(database: database, clock: { [shop] in shop.now })
        var order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        order.channel = "strict"
        order.externalID = nil
        self.order = order
    }

    @Test("The next groups are decided and committed meanwhile, and nobody is answered before")
    func next() throws {
        var answers: [Answering] = []
        for count in 1...3 {
            answers.append(Answering(waybill, order))
            database.waitFor(count)
        }
        #expect(answers.map(\.isAnswered) == [false, false, false], "a refusal too rests on what may still be lost")
        database.settle(3)
        #expect(try answers.map { try $0.outcome() } == ["accepted", "accepted", "insufficient_stock"])
        waybill.stop()
        try shop.expectClean()
    }

    @Test("Where it is not known whether a group is durable, its callers hear that, and nothing else")
    func lost() throws {
        let answer = Answering(waybill, order)
        database.settle(1, .failure(BrokenInvariant("the log cannot be synced")))
        #expect(throws: BrokenInvariant.self) { try answer.get() }
        #expect(waybill.counts.failed == 1 && waybill.counts.accepted == 0)
        waybill.stop()
    }

    @Test("The door closes only after the last answer")
    func stopping() throws {
        let answer = Answering(waybill, order)
        database.waitFor(1)
        let stopped = DispatchSemaphore(value: 0)
        Thread { [waybill] in
            waybill.stop()
            stopped.signal()
        }.start()
        #expect(stopped.wait(timeout: .now() + 0.2) == .timedOut)
        database.settle(1)
        #expect(stopped.wait(timeout: .now() + 60) == .success)
        #expect(try answer.outcome() == "accepted")
        try shop.expectClean()
    }
}

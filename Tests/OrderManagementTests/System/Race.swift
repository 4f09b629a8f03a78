import Databases
import Foundation
import OrderManagement
import Synchronization
import TestSupport
import Testing

/// Two doors to one database, as two processes have them: on PostgreSQL each with connections of its own.
///
/// A class, since it closes what it opened with its last user.
final class TwoDoors: Sendable {
    let shop: TestSystem
    private let other: OrderManagement
    private let database: PostgresDatabase?

    init(_ shop: TestSystem) throws {
        self.shop = shop
        var limits = PostgresLimits()
        limits.readersMax = 2
        database =
            TestDatabase.isPostgres
            ? try PostgresDatabase.open(try PostgresAddress(shop.url), mode: .readWrite, limits: limits) : nil
        let opened: any Database = database ?? shop.database
        other = OrderManagement(database: opened, clock: { [shop] in shop.now })
    }

    deinit {
        other.stop()
        database?.close()
    }

    /// What became of two commands that were performed at the same time.
    struct Outcome: Sendable {
        /// For each, the code of its refusal, or `accepted`.
        var codes = ["", ""]
        /// What the refused ones were told.
        var told = ["", ""]
        /// Whether each began before the other had ended.
        var hasOverlapped = false
    }

    /// Performs two commands by two threads, one through each door, which start as one.
    func race(_ first: any Command, _ second: any Command) -> Outcome {
        let outcome = Mutex(Outcome())
        let start = ContinuousClock.now
        let times = Mutex([(begin: start, end: start), (begin: start, end: start)])
        let ready = Atomic<Int>(0)
        let done = DispatchSemaphore(value: 0)
        for (index, (door, command)) in [(shop.waybill, first), (other, second)].enumerated() {
            Thread {
                ready.add(1, ordering: .sequentiallyConsistent)
                while ready.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() }
                let begin = ContinuousClock.now
                var (code, told) = ("accepted", "")
                do {
                    _ = try door.performNow(command, as: .system)
                } catch {
                    code = (error as? Refusal)?.code.rawValue ?? "\(error)"
                    told = (error as? Refusal)?.explanation ?? ""
                }
                let end = ContinuousClock.now
                outcome.withLock { ($0.codes[index], $0.told[index]) = (code, told) }
                times.withLock { $0[index] = (begin: begin, end: end) }
                done.signal()
            }.start()
        }
        for _ in 0..<2 { done.wait() }
        return times.withLock { times in
            outcome.withLock { outcome in
                outcome.hasOverlapped = times[0].begin < times[1].end && times[1].begin < times[0].end
                return outcome
            }
        }
    }

    /// Races two commands over many rounds, each on things of its own, in turns from one door and from the other.
    ///
    /// - Parameters:
    ///   - prepare: Makes the commands of a round.
    ///   - check: Is told the outcomes in the order of the commands, and must find one that is legal.
    func rounds(
        _ prepare: (Int) throws -> (any Command, any Command),
        _ check: (Int, Outcome) throws -> Void
    ) throws {
        var overlapped = 0
        for round in 0..<Self.count {
            let (first, second) = try prepare(round)
            var outcome = round.isMultiple(of: 2) ? race(first, second) : race(second, first)
            if !round.isMultiple(of: 2) {
                outcome.codes.reverse()
                outcome.told.reverse()
            }
            if outcome.hasOverlapped { overlapped += 1 }
            for (code, told) in zip(outcome.codes, outcome.told) where code != "accepted" {
                #expect(!told.isEmpty, "round \(round): refused as \(code) without a reason")
            }
            try check(round, outcome)
        }
        #expect(overlapped > Self.count / 2, "of \(Self.count) rounds \(overlapped) were races")
        try shop.expectClean()
    }

    /// The same over an order of its own in each round.
    ///
    /// - Parameters:
    ///   - prepare: Makes the order of a round, and the commands that race over it.
    ///   - check: Is told the order as it is then besides.
    func orders(
        _ prepare: () throws -> (OrderID, any Command, any Command),
        _ check: (Int, Order, Outcome) throws -> Void
    ) throws {
        var made = OrderID(0)
        try rounds { _ in
            let (order, first, second) = try prepare()
            made = order
            return (first, second)
        } _: { round, outcome in
            try check(round, try shop.order(made), outcome)
        }
    }

    static let count = 20
}

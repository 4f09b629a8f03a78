import OrderManagement
import Synchronization

/// What can go wrong between the rules and the disk.
enum Fault: String, CaseIterable, Sendable {
    /// The transaction's statements have run, then the process dies: nothing of them may remain.
    case crashBeforeCommit = "crash_before_commit"
    /// The commit is durable, then the process dies before anybody is answered.
    case crashAfterCommit = "crash_after_commit"
    /// Another session was faster, so often.
    case staleRead = "stale_read"
    /// The disk is full, or the connection is refused, once.
    case unavailable
}

/// The process is gone. Whoever waits for an answer gets none.
struct SimulatedCrash: Error, CustomStringConvertible {
    let description = "the process died here"
}

/// A database that fails as planned, around one that does not.
///
/// A class, since the writer's thread meets what the simulator plans.
final class FaultyDatabase: Database {
    typealias Answers = [Result<Reply, any Error>]

    private struct State: Sendable {
        var plan: Fault?
        /// Transactions that pass before the plan comes true.
        var delay = 0
        /// How often in a row.
        var times = 1
        var isDead = false
        var lost: Answers?
        var happened: [Fault] = []

        mutating func next() -> Fault? {
            guard let plan else { return nil }
            guard delay == 0 else {
                delay -= 1
                return nil
            }
            times -= 1
            if times <= 0 { self.plan = nil }
            happened.append(plan)
            return plan
        }
    }

    private let base: any Database
    private let state = Mutex(State())

    init(_ base: any Database) { self.base = base }

    /// Has a fault happen at the transaction after `delay` others, `times` in a row.
    func plan(_ fault: Fault, after delay: Int, times: Int = 1) {
        state.withLock { state in
            state.plan = fault
            state.delay = delay
            state.times = times
        }
    }

    /// Forgets a plan that did not come true. - Returns: The faults that happened since the last call.
    func rest() -> [Fault] {
        state.withLock { state in
            state.plan = nil
            defer { state.happened = [] }
            return state.happened
        }
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    /// The process starts again. - Returns: The answers of a committed group that nobody got.
    func revive() -> Answers? {
        state.withLock { state in
            state.isDead = false
            defer { state.lost = nil }
            return state.lost
        }
    }

    func write<T>(_ body: (any Connection) throws -> T) throws -> T {
        guard !isDead else { throw SimulatedCrash() }
        switch state.withLock({ $0.next() }) {
        case nil:
            return try base.write(body)
        case .crashBeforeCommit:
            return try base.write { db in
                _ = try body(db)
                state.withLock { $0.isDead = true }
                throw SimulatedCrash()
            }
        case .crashAfterCommit:
            let answers = try base.write(body) as? Answers
            state.withLock { state in
                state.isDead = true
                state.lost = answers
            }
            throw SimulatedCrash()
        case .staleRead:
            return try base.write { db in
                _ = try body(db)
                throw StaleRead("another session was faster")
            }
        case .unavailable:
            throw DatabaseUnavailable("the disk is full")
        }
    }

    func read<T>(_ body: (any Connection) throws -> T) throws -> T {
        guard !isDead else { throw SimulatedCrash() }
        return try base.read(body)
    }
}

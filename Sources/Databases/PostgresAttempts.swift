import Foundation
import OrderManagement
import Synchronization

/// Attempts to connect, spaced out while they fail, so that a server that comes back is not overrun.
///
/// A class, since the writer and the readers of a database share it.
final class PostgresAttempts: Sendable {
    static let pauseMillisecondsMin = 50.0
    static let pauseMillisecondsMax = 2_000.0

    private struct State {
        var failures = 0
        var last = ""
        var next = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// Makes the attempt, unless it is too early after the last one that failed.
    ///
    /// - Throws: `DatabaseUnavailable` at once in that case, in the words of the last failure.
    func perform<T>(_ connect: () throws -> T) throws -> T {
        let early = state.withLock { state -> String? in
            state.failures > 0 && ContinuousClock.now < state.next ? state.last : nil
        }
        if let early { throw DatabaseUnavailable(early) }
        do {
            let connection = try connect()
            state.withLock { $0.failures = 0 }
            return connection
        } catch {
            state.withLock { state in
                let pause = min(
                    Self.pauseMillisecondsMax, Self.pauseMillisecondsMin * pow(2, Double(state.failures)))
                state.failures = min(state.failures + 1, 16)
                state.last = "\(error)"
                // A random part, so that several processes do not come all at once.
                state.next = ContinuousClock.now + .milliseconds(Int(pause * Double.random(in: 0.5...1)))
            }
            throw error
        }
    }
}

import Synchronization

/// Lets so many go at once; the others wait for their turn, first come first served.
///
/// Swift Testing starts all tests at once: without turns hundreds of servers would share two cores, and every test
/// would measure the others' load.
public final class Turns: Sendable {
    /// Test servers; no test may have more than a few of them.
    public static let ofServers = Turns(12)

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    public init(_ count: Int) { state = Mutex(State(free: count)) }

    /// A place that is given back with its last user.
    public final class Turn: Sendable {
        private let turns: Turns
        fileprivate init(_ turns: Turns) { self.turns = turns }
        deinit { turns.giveBack() }
    }

    public func take() async -> Turn {
        await withCheckedContinuation { continuation in
            let goes = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if goes { continuation.resume() }
        }
        return Turn(self)
    }

    private func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}

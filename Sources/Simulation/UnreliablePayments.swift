import OrderManagement
import Synchronization

/// A payment provider that loses answers, is away, or refuses; and that remembers what it did, for comparison.
///
/// The connectors' `TestPayments` follows a script and answers people's trials; this one follows the seed's chance and
/// keeps what the invariants compare. What they share is ten lines of remembering, and siblings do not import each
/// other: a common piece would have to stand among the rules, where a double has no place.
///
/// Asked twice by one id, it acts once and answers the same. A class, since the job runner calls what the simulator
/// reads.
final class UnreliablePayments: PaymentProvider {
    let name = "test"

    /// What was done with money under one id.
    struct Act: Hashable, Sendable {
        let kind: PaymentRequest.Kind
        let amount: Int64
        let isDone: Bool
    }

    private struct State: Sendable {
        var chance: SplitMix64
        var isReliable = false
        var isAway = false
        var acts: [String: Act] = [:]
        var lostAnswers = 0
    }

    struct NoAnswer: Error, CustomStringConvertible {
        let description = "the provider did not answer in time"
    }

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(chance: SplitMix64(seed: seed))) }

    /// From now on it answers everything.
    func becomeReliable() { state.withLock { $0.isReliable = true } }

    /// For a while it answers nothing, or it is back.
    func beAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }

    var acts: [String: Act] { state.withLock { $0.acts } }
    var lostAnswers: Int { state.withLock { $0.lostAnswers } }

    func settle(_ request: PaymentRequest) async throws -> PaymentOutcome {
        try state.withLock { state throws(NoAnswer) in
            let luck = state.isReliable ? 100 : state.isAway ? 1 : state.chance.number(1...100)
            if luck <= 10 {  // away: nothing was done
                state.lostAnswers += 1
                throw NoAnswer()
            }
            let act = state.acts[request.id]
                ?? Act(kind: request.kind, amount: request.amount.amount, isDone: luck > 16)
            state.acts[request.id] = act
            if luck > 16 && luck <= 26 {  // done, and the answer lost
                state.lostAnswers += 1
                throw NoAnswer()
            }
            return act.isDone ? .done(reference: "test-\(request.id)") : .refused(reason: "insufficient funds")
        }
    }
}

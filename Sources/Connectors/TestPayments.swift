public import OrderManagement
import Synchronization

/// A provider without a bank, named `test`: for trying things out, and scriptable for tests.
///
/// It is idempotent by the request's id, as a real provider is: asked twice, it acts once and answers the same.
/// A class, since it remembers what it was asked.
public final class TestPayments: PaymentProvider {
    /// What happens to the next requests that are new or were not answered yet.
    public enum Behavior: Sendable, Hashable {
        /// Does it and says so.
        case act
        /// Says no; asked again, it says no again.
        case refuse(reason: String)
        /// Cannot be reached: nothing is done.
        case fail
        /// Does it, but the answer is lost on the way.
        case loseAnswer
    }

    /// The provider could not be reached, or its answer was lost: the outcome is not known.
    public struct NoAnswer: Error, CustomStringConvertible {
        public let description: String
    }

    private struct State {
        var script: [Behavior] = []
        var outcomes: [String: PaymentOutcome] = [:]
        var acted: [String] = []
    }

    public let name = "test"
    private let state: Mutex<State>

    /// - Parameter script: What happens to the first requests, one after the other; then it acts.
    public init(script: [Behavior] = []) { state = Mutex(State(script: script)) }

    /// The ids of the requests that moved money, in the order in which they did.
    public var acted: [String] { state.withLock { $0.acted } }

    /// Appends to the script.
    public func next(_ behaviors: Behavior...) { state.withLock { $0.script += behaviors } }

    /// References that begin with `refuse`, `fail` or `lose` do so without a script: for trials over HTTP.
    public func settle(_ request: PaymentRequest) async throws -> PaymentOutcome {
        try state.withLock { state in
            if let known = state.outcomes[request.id] { return known }
            let behavior = state.script.isEmpty ? Self.behavior(of: request.reference) : state.script.removeFirst()
            switch behavior {
            case .act: return Self.act(on: request, &state)
            case .refuse(let reason):
                state.outcomes[request.id] = .refused(reason: reason)
                return .refused(reason: reason)
            case .fail: throw NoAnswer(description: "the provider test could not be reached")
            case .loseAnswer:
                _ = Self.act(on: request, &state)
                throw NoAnswer(description: "the answer of the provider test was lost")
            }
        }
    }

    private static func act(on request: PaymentRequest, _ state: inout State) -> PaymentOutcome {
        let outcome = PaymentOutcome.done(reference: "test-\(request.kind.rawValue)-\(request.id)")
        state.outcomes[request.id] = outcome
        state.acted.append(request.id)
        return outcome
    }

    private static func behavior(of reference: String) -> Behavior {
        if reference.hasPrefix("refuse") { return .refuse(reason: "the reference \(reference) asks for a refusal") }
        if reference.hasPrefix("fail") { return .fail }
        if reference.hasPrefix("lose") { return .loseAnswer }
        return .act
    }
}

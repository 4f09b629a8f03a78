/// A state machine is a table: which action leads where. What is not in it is refused.
public protocol Lifecycle: Hashable, CaseIterable, Sendable, RawRepresentable where RawValue == String {
    associatedtype Action: Hashable, CaseIterable, Sendable, RawRepresentable where Action.RawValue == String
    static var noun: String { get }
    var exits: [Action: Self] { get }
}

extension Lifecycle {
    /// The state that an action leads to.
    /// - Throws: `.illegalTransition`, naming the state and the moves that are open.
    public func after(_ action: Action) throws(Refusal) -> Self {
        guard let next = exits[action] else {
            let open = exits.keys.map(\.rawValue).sorted().joined(separator: ", ")
            throw Refusal(
                .illegalTransition,
                "this \(Self.noun) is \(rawValue): \(action.rawValue) is not possible; "
                    + (open.isEmpty ? "nothing more can be done with it" : "possible now: \(open)"))
        }
        return next
    }

    /// Whether nothing can follow.
    public var isFinal: Bool { exits.isEmpty }
}

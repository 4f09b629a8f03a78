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
        guard let next = exits[action] else { throw refusal(of: action.rawValue, among: exits) }
        return next
    }

    /// The refusal of what is not possible now, naming the state and the moves that are open.
    ///
    /// - Parameters:
    ///   - moves: Those of its exits that are open to the thing itself.
    ///   - reason: What else stands in the way.
    func refusal(of action: String, among moves: [Action: Self], because reason: String = "") -> Refusal {
        let open = moves.keys.map(\.rawValue).sorted().joined(separator: ", ")
        return Refusal(
            .illegalTransition,
            "this \(Self.noun) is \(rawValue)\(reason): \(action) is not possible; "
                + (open.isEmpty ? "nothing more can be done with it" : "possible now: \(open)"))
    }

    /// Whether nothing can follow.
    public var isFinal: Bool { exits.isEmpty }
}

/// A value that many hold at once. A class, since copying a reference counts once, and copying what it stands for would
/// count each text, list and table in it: an order, an item or a policy has dozens of them, and deciding on an order
/// copies them a hundred times.
public final class Kept<Value> {
    public let value: Value
    public init(_ value: Value) { self.value = value }
}

extension Kept: Sendable where Value: Sendable {}

/// A large member that changes seldom: copies of what holds it share it. It is a value all the same: a change is seen
/// by nobody else.
@propertyWrapper
public struct Shared<Value> {
    private var kept: Kept<Value>

    public init(wrappedValue: Value) { kept = Kept(wrappedValue) }

    public var wrappedValue: Value {
        get { kept.value }
        set { kept = Kept(newValue) }
    }
}

extension Shared: Sendable where Value: Sendable {}

extension Shared: Equatable where Value: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.kept === right.kept || left.kept.value == right.kept.value
    }
}

extension Shared: Hashable where Value: Hashable {
    public func hash(into hasher: inout Hasher) { hasher.combine(kept.value) }
}

/// A rule as data, never code: `{"all": [{"field": "order.total", "at_least": 50000}]}`.
///
/// It is read against a vocabulary and refused where it names what is not there, compares with a value of another type,
/// or can never be true. What a field has no value for fails every test but `{"exists": false}`.
public indirect enum Condition: Hashable, Sendable {
    case all([Condition])
    case any([Condition])
    case none([Condition])
    case test(String, Test)

    public enum Test: Hashable, Sendable {
        /// `is` and `in`.
        case isOne(of: [Value])
        case atLeast(Int64)
        case atMost(Int64)
        case startsWith(String)
        /// Whether there is a value at all.
        case exists(Bool)
    }

    public enum Value: Hashable, Sendable {
        case text(String)
        case number(Int64)
    }

    /// Something that can be asked of a subject.
    public struct Field: Sendable {
        public enum Kind: Sendable {
            case number(ClosedRange<Int64>)
            case text(Letters)
            /// One of these and nothing else.
            case words([String])
        }

        /// How letters are compared: as they stand, or all in one case.
        public enum Letters: Sendable { case exact, small, capital }

        public let name: String
        public let kind: Kind
        /// Whether a subject may have several values: then a test holds when it holds for one of them.
        public let isMany: Bool
    }

    public static let testsMax = 100
    public static let depthMax = 5

    /// Whether it is true of a subject.
    /// - Parameter values: What the subject has for a field.
    public func holds(_ values: (String) -> [Value]) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.holds(values) }
        case .any(let parts): parts.contains { $0.holds(values) }
        case .none(let parts): !parts.contains { $0.holds(values) }
        case .test(let field, let test): test.holds(values(field))
        }
    }

    /// Its tests of some fields, in their order.
    func tests(of fields: Set<String>) -> [Condition] {
        switch self {
        case .all(let parts), .any(let parts), .none(let parts): parts.flatMap { $0.tests(of: fields) }
        case .test(let field, _): fields.contains(field) ? [self] : []
        }
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .all(let parts): json.array("all") { list in for part in parts { part.write(to: &list) } }
            case .any(let parts): json.array("any") { list in for part in parts { part.write(to: &list) } }
            case .none(let parts): json.array("none") { list in for part in parts { part.write(to: &list) } }
            case .test(let field, let test):
                json.member("field", field)
                test.write(to: &json)
            }
        }
    }
}

extension Condition.Test {
    func holds(_ values: [Condition.Value]) -> Bool {
        if case .exists(let isThere) = self { return values.isEmpty != isThere }
        return values.contains(where: holds)
    }

    private func holds(_ value: Condition.Value) -> Bool {
        switch (self, value) {
        case (.isOne(let known), _): known.contains(value)
        case (.atLeast(let least), .number(let number)): number >= least
        case (.atMost(let most), .number(let number)): number <= most
        case (.startsWith(let prefix), .text(let text)): text.hasPrefix(prefix)
        case (.exists(let isThere), _): isThere
        case (.atLeast, _), (.atMost, _), (.startsWith, _): false
        }
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .isOne(let values):
            if values.count == 1, let value = values.first {
                json.name("is")
                value.write(to: &json)
            } else {
                json.array("in") { list in for value in values { value.write(to: &list) } }
            }
        case .atLeast(let least): json.member("at_least", least)
        case .atMost(let most): json.member("at_most", most)
        case .startsWith(let prefix): json.member("starts_with", prefix)
        case .exists(let isThere): json.member("exists", isThere)
        }
    }
}

extension Condition.Value {
    func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text): json.value(text)
        case .number(let number): json.value(number)
        }
    }
}

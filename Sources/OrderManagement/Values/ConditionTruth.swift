/// Whether a condition can be true at all: a rule that never is was not meant.
///
/// The condition is turned into alternatives of plain tests; each field of an alternative is tried with the values at
/// which its tests change their answer. What has more alternatives than are worth looking at passes unproven.
extension Condition {
    private static let alternativesMax = 2_000

    /// One test within an alternative, or its contrary.
    private struct Literal {
        let field: String
        let test: Test
        let isContrary: Bool
    }

    func canHold(in vocabulary: [Field]) -> Bool {
        guard let alternatives = alternatives(isContrary: false) else { return true }
        return alternatives.contains { literals in
            Dictionary(grouping: literals, by: \.field).allSatisfy { name, literals in
                vocabulary.first { $0.name == name }.map { Self.canHold(literals, of: $0) } ?? false
            }
        }
    }

    /// Lists of tests of which one must hold as a whole; nil for too many.
    private func alternatives(isContrary: Bool) -> [[Literal]]? {
        switch self {
        case .test(let field, let test): [[Literal(field: field, test: test, isContrary: isContrary)]]
        case .all(let parts): isContrary ? Self.either(parts, true) : Self.together(parts, false)
        case .any(let parts): isContrary ? Self.together(parts, true) : Self.either(parts, false)
        case .none(let parts): isContrary ? Self.either(parts, false) : Self.together(parts, true)
        }
    }

    private static func either(_ parts: [Condition], _ isContrary: Bool) -> [[Literal]]? {
        var found: [[Literal]] = []
        for part in parts {
            guard let more = part.alternatives(isContrary: isContrary) else { return nil }
            found += more
        }
        return found.count <= alternativesMax ? found : nil
    }

    private static func together(_ parts: [Condition], _ isContrary: Bool) -> [[Literal]]? {
        var found: [[Literal]] = [[]]
        for part in parts {
            guard let more = part.alternatives(isContrary: isContrary), found.count * more.count <= alternativesMax
            else { return nil }
            found = found.flatMap { first in more.map { first + $0 } }
        }
        return found
    }

    private static func canHold(_ literals: [Literal], of field: Field) -> Bool {
        let candidates = candidates(literals, of: field)
        guard field.isMany else {
            return (candidates.map { [$0] } + [[]]).contains { values in
                literals.allSatisfy { $0.test.holds(values) != $0.isContrary }
            }
        }
        // Several values: each test that must hold may have its own, and none of them may be a forbidden one.
        var mayBeNone = true, mustBeNone = false
        var wanted: [Test] = [], forbidden: [Test] = []
        for literal in literals {
            if case .exists(let isThere) = literal.test {
                if isThere != literal.isContrary { mayBeNone = false } else { mustBeNone = true }
            } else if literal.isContrary {
                forbidden.append(literal.test)
            } else {
                wanted.append(literal.test)
            }
        }
        if mustBeNone { return mayBeNone && wanted.isEmpty }
        let allowed = candidates.filter { value in !forbidden.contains { $0.holds([value]) } }
        return (mayBeNone || !allowed.isEmpty) && wanted.allSatisfy { test in allowed.contains { test.holds([$0]) } }
    }

    /// Values at which some test of a field changes its answer, and one that no test names.
    private static func candidates(_ literals: [Literal], of field: Field) -> [Value] {
        switch field.kind {
        case .words(let words): return words.map(Value.text)
        case .number(let range):
            var numbers: Set<Int64> = [range.lowerBound, range.upperBound]
            for number in literals.flatMap(\.test.numbers) {
                for near in [number &- 1, number, number &+ 1] where range.contains(near) { numbers.insert(near) }
            }
            return numbers.map(Value.number)
        case .text:
            let unnamed = "\u{10FFFD}"
            let named = literals.flatMap(\.test.texts)
            return (named + named.map { $0 + unnamed } + [unnamed]).map(Value.text)
        }
    }
}

extension Condition.Test {
    fileprivate var numbers: [Int64] {
        switch self {
        case .isOne(let values):
            values.compactMap { if case .number(let number) = $0 { number } else { nil } }
        case .atLeast(let number), .atMost(let number): [number]
        case .startsWith, .exists: []
        }
    }

    fileprivate var texts: [String] {
        switch self {
        case .isOne(let values):
            values.compactMap { if case .text(let text) = $0 { text } else { nil } }
        case .startsWith(let prefix): [prefix]
        case .atLeast, .atMost, .exists: []
        }
    }
}

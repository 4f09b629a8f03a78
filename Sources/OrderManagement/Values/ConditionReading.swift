/// Reads conditions and names everything that is wrong with them, each at its place.
extension Condition {
    /// - Parameters:
    ///   - vocabulary: The fields that may be asked for.
    ///   - pointer: Where the condition stands in its document (RFC 6901).
    /// - Returns: nil when something was noted.
    public init?(
        _ json: JSON, in vocabulary: [Field], at pointer: String = "", noting wrong: inout [Refusal.Detail]
    ) {
        var reading = Reading(vocabulary: vocabulary)
        let condition = reading.condition(json, at: pointer, depth: 1)
        if reading.tests > Self.testsMax {
            reading.note(pointer, "may have \(Self.testsMax) tests at most, has \(reading.tests)")
        }
        wrong += reading.wrong
        guard reading.wrong.isEmpty, let condition else { return nil }
        guard condition.canHold(in: vocabulary) else {
            wrong.append(.init(pointer, .invalidInput, "can never be true: its tests exclude each other"))
            return nil
        }
        self = condition
    }

    /// Reads a condition that was checked when it was saved.
    init(stored json: JSON, in vocabulary: [Field]) throws {
        var wrong: [Refusal.Detail] = []
        guard let condition = Condition(json, in: vocabulary, noting: &wrong) else {
            throw BrokenInvariant("a stored condition cannot be read: \(wrong.first?.detail ?? "")")
        }
        self = condition
    }

    private struct Reading {
        let vocabulary: [Field]
        var wrong: [Refusal.Detail] = []
        var tests = 0

        mutating func note(_ pointer: String, _ detail: String, code: Refusal.Code = .invalidInput) {
            guard wrong.count < 20 else { return }  // enough to go on with
            wrong.append(.init(pointer, code, detail))
        }

        mutating func condition(_ json: JSON, at pointer: String, depth: Int) -> Condition? {
            guard let members = json.members else {
                note(pointer, "expected a condition as an object, found \(json.kind)")
                return nil
            }
            guard depth <= Condition.depthMax else {
                note(pointer, "conditions may stand \(Condition.depthMax) deep within each other at most")
                return nil
            }
            let groups = members.filter { ["all", "any", "none"].contains($0.name) }
            guard let group = groups.first else { return test(json, members, at: pointer) }
            guard members.count == 1 else {
                note(pointer, "expected one of all, any, none, or field with one test; has \(Self.names(members))")
                return nil
            }
            let parts = parts(group.value, at: "\(pointer)/\(group.name)", depth: depth + 1)
            switch group.name {
            case "all": return .all(parts)
            case "any": return .any(parts)
            default: return Condition.none(parts)
            }
        }

        private mutating func parts(_ json: JSON, at pointer: String, depth: Int) -> [Condition] {
            guard let entries = json.array, !entries.isEmpty else {
                note(pointer, "expected a list of at least one condition")
                return []
            }
            return entries.enumerated().compactMap { condition($1, at: "\(pointer)/\($0)", depth: depth) }
        }

        private mutating func test(_ json: JSON, _ members: [JSON.Member], at pointer: String) -> Condition? {
            tests += 1
            guard let name = json["field"]?.string else {
                note(pointer, "expected one of all, any, none, or field with one test; has \(Self.names(members))")
                return nil
            }
            guard let field = vocabulary.first(where: { $0.name == name }) else {
                let known = vocabulary.map(\.name).joined(separator: ", ")
                note("\(pointer)/field", "there is no field \(name); known: \(known)", code: .unknownField)
                return nil
            }
            let others = members.filter { $0.name != "field" }
            guard others.count == 1, let member = others.first else {
                note(pointer, "expected field with one test of: \(field.tests.joined(separator: ", "))")
                return nil
            }
            guard field.tests.contains(member.name) else {
                note(
                    "\(pointer)/\(Self.step(member.name))",
                    "\(name) knows the tests \(field.tests.joined(separator: ", "))", code: .unknownField)
                return nil
            }
            return read(member, of: field, at: "\(pointer)/\(member.name)").map { .test(name, $0) }
        }

        private mutating func read(_ member: JSON.Member, of field: Field, at pointer: String) -> Test? {
            switch member.name {
            case "in":
                guard let entries = member.value.array, (1...1_000).contains(entries.count) else {
                    note(pointer, "expected a list of 1 to 1000 values")
                    return nil
                }
                let values = entries.enumerated().compactMap { value($1, of: field, at: "\(pointer)/\($0)") }
                return .isOne(of: values)
            case "is": return value(member.value, of: field, at: pointer).map { .isOne(of: [$0]) }
            case "starts_with":
                guard case .text(let text)? = value(member.value, of: field, at: pointer) else { return nil }
                return .startsWith(text)
            case "exists":
                guard let isThere = member.value.bool else {
                    note(pointer, "expected true or false, found \(member.value.kind)")
                    return nil
                }
                return .exists(isThere)
            case let bound:
                guard case .number(let number)? = value(member.value, of: field, at: pointer) else { return nil }
                return bound == "at_least" ? .atLeast(number) : .atMost(number)
            }
        }

        private mutating func value(_ json: JSON, of field: Field, at pointer: String) -> Value? {
            switch field.kind {
            case .number(let range):
                guard let number = json.integer else {
                    note(pointer, "\(field.name) is a whole number, found \(json.kind)")
                    return nil
                }
                guard range.contains(number) else {
                    note(pointer, "\(field.name) lies from \(range.lowerBound) to \(range.upperBound), is \(number)")
                    return nil
                }
                return .number(number)
            case .text(let letters):
                guard let text = json.string, (1...200).contains(text.count) else {
                    note(pointer, "\(field.name) is text of 1 to 200 characters, found \(json.kind)")
                    return nil
                }
                return .text(letters.form(of: text))
            case .words(let words):
                guard let word = json.string, words.contains(word) else {
                    let known = words.count > 20 ? words.prefix(20) + ["…"] : words[...]
                    note(pointer, "\(field.name) is one of: \(known.joined(separator: ", "))")
                    return nil
                }
                return .text(word)
            }
        }

        private static func names(_ members: [JSON.Member]) -> String {
            members.isEmpty ? "nothing" : members.map(\.name).joined(separator: ", ")
        }

        private static func step(_ name: String) -> String {
            name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
                .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
        }
    }
}

extension Condition.Field {
    /// The tests that make sense of it.
    var tests: [String] {
        switch kind {
        case .number: ["is", "in", "at_least", "at_most", "exists"]
        case .text: ["is", "in", "starts_with", "exists"]
        case .words: ["is", "in", "exists"]
        }
    }
}

extension Condition.Field.Letters {
    func form(of text: String) -> String {
        switch self {
        case .exact: text
        case .small: text.lowercased()
        case .capital: text.uppercased()
        }
    }
}

import OrderManagement

/// Everything that is wrong with a body, and where.
///
/// A class, since all readers of one body write into one list.
final class BodyProblems {
    private enum Step {
        case member(String)
        case index(Int)
    }

    /// No reply lists more wrong places than this.
    static let detailsMax = 100

    private(set) var details: [Refusal.Detail] = []
    private var place: [Step] = []

    /// - Throws: one `Refusal` with all wrong places.
    func check() throws(Refusal) {
        if !details.isEmpty { throw Refusal(details) }
    }

    /// Notes something wrong at the present place, or at a member of it.
    func note(_ code: Refusal.Code, at member: String?, _ detail: String) {
        guard details.count < Self.detailsMax else { return }
        details.append(.init(pointer + (member.map(Self.step) ?? ""), code, detail))
    }

    /// Notes something wrong below the present place, as whoever read that part has found it.
    func note(_ detail: Refusal.Detail) {
        guard details.count < Self.detailsMax else { return }
        details.append(.init(pointer + detail.pointer, detail.code, detail.detail))
    }

    func note(_ detail: String) { note(.invalidInput, at: nil, detail) }
    func note(at member: String, _ detail: String) { note(.invalidInput, at: member, detail) }

    /// JSON pointer (RFC 6901) of the present place.
    private var pointer: String {
        place.reduce(into: "") { text, step in
            switch step {
            case .member(let name): text += Self.step(name)
            case .index(let index): text += "/\(index)"
            }
        }
    }

    private static func step(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return "/" + name }
        return "/"
            + name.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }

    func within<Value>(_ member: String, _ read: () -> Value) -> Value {
        place.append(.member(member))
        defer { place.removeLast() }
        return read()
    }

    func within<Value>(_ index: Int, _ read: () -> Value) -> Value {
        place.append(.index(index))
        defer { place.removeLast() }
        return read()
    }

    /// Reads an object at the present place; members that nobody asked for are noted.
    /// - Returns: nil for a value of another type.
    func object<Value>(_ json: JSON, _ read: (inout Fields) -> Value) -> Value? {
        guard case .object(let members) = json else {
            note("expected an object, found \(found(json))")
            return nil
        }
        var fields = Fields(members, self)
        let value = read(&fields)
        fields.noteUnknown()
        return value
    }

    /// The number that stands there, where another one was expected; of what is no number its kind.
    func foundNumber(_ json: JSON) -> String { json.integer.map { String($0) } ?? found(json) }

    /// A day of the week; nil for what is none, which is noted.
    func weekday(_ json: JSON) -> Int? {
        if let day = json.integer, (1...7).contains(day) { return Int(day) }
        note("expected a weekday from 1 (Monday) to 7 (Sunday), found \(foundNumber(json))")
        return nil
    }

    /// What stands there, in words.
    func found(_ json: JSON) -> String {
        switch json {
        case .null, .bool: json.kind
        case .integer, .number, .string, .array, .object: "a " + json.kind
        }
    }
}

/// The members of one object: each is asked for by name and type; what is wrong is noted, and a stand-in given
/// that never reaches anybody, since `BodyProblems.check` throws.
struct Fields {
    private let members: [JSON.Member]
    let problems: BodyProblems
    private var asked: [String] = []
    /// A bit for each of the first 64 members that somebody asked for.
    private var taken: UInt64 = 0

    init(_ members: [JSON.Member], _ problems: BodyProblems) {
        self.members = members
        self.problems = problems
        asked.reserveCapacity(12)
    }

    /// The value of a member; nil when it is missing or null.
    mutating func value(_ name: String) -> JSON? {
        asked.append(name)
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        taken |= 1 << UInt64(index)
        let value = members[index].value
        if case .null = value { return nil }
        return value
    }

    /// Notes a member that does not go with the others, where it is there.
    mutating func refuse(_ name: String, _ reason: String) {
        if value(name) != nil { problems.note(at: name, reason) }
    }

    /// Whether a member is there, if only as null.
    func names(_ name: String) -> Bool { members.contains { $0.name == name } }
    /// Whether a member is there, with a value.
    func has(_ name: String) -> Bool { members.contains { $0.name == name && !$0.value.isNull } }

    func noteUnknown() {
        guard members.count > UInt64.bitWidth || taken.nonzeroBitCount < members.count else { return }
        let known = asked.isEmpty ? "none is known here" : "known here: \(asked.joined(separator: ", "))"
        for member in members where !asked.contains(member.name) {
            problems.note(.unknownField, at: member.name, "there is no such field; \(known)")
        }
    }

    func noteMissing(_ name: String, _ type: String) { problems.note(at: name, "is missing: expected \(type)") }

    func noteWrong(_ name: String, _ type: String, _ json: JSON) {
        problems.note(at: name, "expected \(type), found \(problems.found(json))")
    }

    // MARK: Objects and lists

    mutating func object<Value>(_ name: String, _ read: (inout Fields) -> Value) -> Value? {
        guard let json = value(name) else {
            noteMissing(name, "an object")
            return nil
        }
        return problems.within(name) { problems.object(json, read) }
    }

    mutating func optionalObject<Value>(_ name: String, _ read: (inout Fields) -> Value) -> Value? {
        guard let json = value(name) else { return nil }
        return problems.within(name) { problems.object(json, read) }
    }

    /// A list of objects.
    mutating func list<Value>(_ name: String, _ count: ClosedRange<Int>, _ read: (inout Fields) -> Value) -> [Value] {
        guard let json = value(name) else {
            noteMissing(name, "a list")
            return []
        }
        return entries(name, json, count) { json in problems.object(json, read) }
    }

    mutating func optionalList<Value>(
        _ name: String, _ count: ClosedRange<Int>, _ read: (inout Fields) -> Value
    ) -> [Value]? {
        guard let json = value(name) else { return nil }
        return entries(name, json, count) { json in problems.object(json, read) }
    }

    /// A list of plain values, each read by `read`, which notes what is wrong and returns nil then.
    mutating func values<Value>(_ name: String, _ count: ClosedRange<Int>, _ read: (JSON) -> Value?) -> [Value]? {
        guard let json = value(name) else { return nil }
        return entries(name, json, count, read)
    }

    private func entries<Value>(
        _ name: String, _ json: JSON, _ count: ClosedRange<Int>, _ read: (JSON) -> Value?
    ) -> [Value] {
        guard case .array(let entries) = json else {
            noteWrong(name, "a list", json)
            return []
        }
        guard count.contains(entries.count) else {
            let expected = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            problems.note(at: name, "must have \(expected) entries, has \(entries.count)")
            return []
        }
        var values: [Value] = []
        values.reserveCapacity(entries.count)
        problems.within(name) {
            for (index, entry) in entries.enumerated() {
                if let value = problems.within(index, { read(entry) }) { values.append(value) }
            }
        }
        return values
    }
}

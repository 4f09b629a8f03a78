import OrderManagement

/// The part of an address behind the question mark, read as forms are: `+` and `%20` are spaces.
struct Query: Sendable {
    private(set) var items: [(name: String, value: String)] = []

    init() {}

    /// A query that somebody may have added to: what cannot be read is left out, and the rest with it.
    init(tolerating text: Substring) {
        do {
            try self.init(text)
        } catch {
            self.init()
        }
    }

    /// - Throws: `.invalidInput` for text that is not percent-encoded UTF-8, and for more than 200 parameters.
    init(_ text: Substring) throws(Refusal) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decoded(parts[0], plusIsSpace: true),
                let value = PercentCoding.decoded(parts.count == 2 ? parts[1] : "", plusIsSpace: true),
                !value.utf8.contains(0)
            else { throw Refusal(.invalidInput, "the query is not percent-encoded UTF-8") }
            items.append((name, value))
        }
        guard items.count <= 200 else { throw Refusal(.invalidInput, "a query may have 200 parameters at most") }
    }

    /// - Throws: `.unknownField`, naming what the endpoint knows; `.invalidInput` for a repeated parameter.
    func check(against known: [QueryParameter]) throws(Refusal) {
        guard !items.isEmpty else { return }
        var wrong: [Refusal.Detail] = []
        for (index, item) in items.enumerated() {
            guard let parameter = known.first(where: { $0.name == item.name }) else {
                let names = known.map(\.name).joined(separator: ", ")
                wrong.append(
                    .init(
                        "?" + item.name, .unknownField,
                        "there is no query parameter \(item.name); known: \(names.isEmpty ? "none" : names)"))
                continue
            }
            if !parameter.isRepeatable, items[..<index].contains(where: { $0.name == item.name }) {
                wrong.append(.init("?" + item.name, .invalidInput, "\(item.name) may stand once only"))
            }
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    func text(_ name: String) -> String? { items.first { $0.name == name }?.value }
    func texts(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(Refusal) -> Int64? {
        guard let text = text(name) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            throw wrong(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func truth(_ name: String) throws(Refusal) -> Bool? {
        switch text(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw wrong(name, "must be true or false")
        }
    }

    func time(_ name: String) throws(Refusal) -> Timestamp? {
        guard let text = text(name) else { return nil }
        guard let time = Timestamp(text) else { throw wrong(name, "must be a time as 2026-03-01T10:15:00Z") }
        return time
    }

    func word<Word: RawRepresentable & CaseIterable>(_ name: String, _ type: Word.Type) throws(Refusal) -> Word?
    where Word.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw wrong(name, "must be one of: \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// How many entries a page may have.
    func limit() throws(Refusal) -> Int {
        Int(try integer("limit", in: 1...APIRequest.limitMax) ?? Int64(APIRequest.limitDefault))
    }

    /// The text inside an opaque cursor; nil for the first page.
    func cursor() throws(Refusal) -> String? {
        guard let text = text("cursor") else { return nil }
        guard let bytes = Base64URL.bytes(text), let inside = String(validating: bytes, as: UTF8.self) else {
            throw badCursor
        }
        return inside
    }

    /// The thing that the page before ended with; nil for the first page.
    func cursor<Subject>(_: Identifier<Subject>.Type) throws(Refusal) -> Identifier<Subject>? {
        guard let text = try cursor() else { return nil }
        guard let id = Identifier<Subject>(text) else { throw badCursor }
        return id
    }

    /// The number that the page before ended with; nil for the first page.
    func cursor(above least: Int64) throws(Refusal) -> Int64? {
        guard let text = try cursor() else { return nil }
        guard let number = Int64(text), number > least else { throw badCursor }
        return number
    }

    var badCursor: Refusal { wrong("cursor", "is none that a list gave: pass next_cursor as it came") }

    func wrong(_ name: String, _ what: String) -> Refusal {
        Refusal([.init("?" + name, .invalidInput, "\(name) \(what)")])
    }

    /// The query of the next page: this one with another cursor.
    func next(_ cursor: String) -> String {
        let kept = items.filter { $0.name != "cursor" } + [("cursor", cursor)]
        return kept.map { "\(PercentCoding.encoded($0.name))=\(PercentCoding.encoded($0.value))" }.joined(
            separator: "&")
    }
}

/// A parameter that an endpoint takes behind the question mark.
struct QueryParameter: Sendable {
    let name: String
    let schema: Schema
    let summary: String
    let isRequired: Bool
    let isRepeatable: Bool

    init(
        _ name: String, _ schema: Schema, _ summary: String, isRequired: Bool = false, isRepeatable: Bool = false
    ) {
        self.name = name
        self.schema = schema
        self.summary = summary
        self.isRequired = isRequired
        self.isRepeatable = isRepeatable
    }

    static let limit = QueryParameter("limit", .integer(1...APIRequest.limitMax), "Entries per page, 50 unless told")
    static let preview = QueryParameter("preview", .truth, "Only says what it would bring: nothing is changed")
    static let cursor = QueryParameter("cursor", .text(max: 500), "`next_cursor` of the page before")
}

/// `%20` and its like (RFC 3986, section 2.1).
enum PercentCoding {
    /// - Returns: nil for a broken escape, or bytes that are no UTF-8.
    static func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        let utf8 = text.utf8
        guard utf8.contains(where: { $0 == UInt8(ascii: "%") || plusIsSpace && $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    static func encoded(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}

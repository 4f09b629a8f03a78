/// A JSON value (RFC 8259).
///
/// The members of an object keep the order of the text; two objects are equal when their members are equal in the same
/// order. Names and strings compare as Swift strings do, by canonical equivalence.
public enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number with a fraction or an exponent, or a whole one beyond 64 bits.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value within an object.
    public struct Member: Hashable, Sendable {
        public let name: String
        public let value: JSON

        public init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }

        /// As above, for lists of members that read like the text: `.object([.init("sku", .string("85123A"))])`.
        public init(_ name: String, _ value: JSON) { self.init(name: name, value: value) }
    }
}

extension JSON {
    /// Reads one JSON text, strictly: RFC 8259, plus no repeated names, no U+0000, and the limits.
    ///
    /// - Parameter bytes: UTF-8 without a byte order mark.
    /// - Throws: `JSONError` with the place of the first fault.
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = .request) throws(JSONError) -> JSON {
        // `withUnsafeBytes` is not typed in what it throws; a Result carries the error through it.
        try bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONError) in try parse(buffer, limits: limits) }
        }.get()
    }

    /// Reads one JSON text from memory that stays valid during the call; the result shares nothing with it.
    public static func parse(
        _ buffer: UnsafeRawBufferPointer, limits: JSONLimits = .request
    ) throws(JSONError) -> JSON {
        var parser = JSONParser(buffer, limits: limits)
        return try parser.document()
    }

    /// Reads one JSON text from a string.
    public static func parse(_ text: String, limits: JSONLimits = .request) throws(JSONError) -> JSON {
        var text = text
        return try text.withUTF8 { utf8 in
            Result { () throws(JSONError) in try parse(UnsafeRawBufferPointer(utf8), limits: limits) }
        }.get()
    }

    /// What something writes of itself, as a tree: to be compared, or shown in a file.
    static func written(by write: (inout JSONWriter) -> Void) -> JSON {
        var writer = JSONWriter()
        write(&writer)
        do { return try parse(writer.text, limits: .stored) } catch {
            preconditionFailure("what was written here is no JSON: \(error)")
        }
    }

    /// The text of this value without spaces, members in order; numbers that are not finite become `null`.
    public var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.text
    }
}

/// Each property is nil where the value is of another type.
extension JSON {
    /// The value of the member with this name; nil where there is none, or where this is no object.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    public var integer: Int64? {
        if case .integer(let integer) = self { integer } else { nil }
    }

    /// Any number, whole or not; whole ones beyond 53 bits are rounded.
    public var number: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }

    public var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    public var array: [JSON]? {
        if case .array(let array) = self { array } else { nil }
    }

    public var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The type in words for people: "expected text, found a whole number".
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer: "whole number"
        case .number: "number"
        case .string: "text"
        case .array: "list"
        case .object: "object"
        }
    }
}

/// How large and how deep a JSON text may be.
public struct JSONLimits: Hashable, Sendable {
    /// Lists and objects within each other, the outermost counted; at most `depthCeiling`.
    public let depthMax: Int
    public let bytesMax: Int
    /// Members of any one object.
    public let membersMax: Int

    public init(depthMax: Int = 32, bytesMax: Int = 1_048_576, membersMax: Int = 1_000) {
        self.depthMax = min(depthMax, Self.depthCeiling)
        self.bytesMax = bytesMax
        self.membersMax = membersMax
    }

    /// No limits reach deeper: parsing, comparing and freeing a tree take stack for each level.
    public static let depthCeiling = 128

    /// For the body of a request: 1 MiB, 32 levels, 1,000 members.
    public static let request = JSONLimits()
    /// For texts that this system wrote itself: 64 MiB, 64 levels, 100,000 members.
    public static let stored = JSONLimits(depthMax: 64, bytesMax: 67_108_864, membersMax: 100_000)
}

/// Why a text is no JSON that we take, and where.
public struct JSONError: Error, Hashable, Sendable {
    /// Bytes before the fault.
    public let offset: Int
    /// From 1; lines end with a line feed.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int
    /// For people: what was found and what would be right. Never quotes more than one character of the text.
    public let reason: String
    /// Whether the text has more bytes than the limit (HTTP 413), rather than a fault of form (400).
    public let isTooLarge: Bool

    @inline(never)
    init(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ reason: String, isTooLarge: Bool = false) {
        var (line, column) = (1, 1)
        for byte in bytes[..<min(offset, bytes.count)] {
            if byte == 0x0A {
                (line, column) = (line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        (self.offset, self.line, self.column) = (offset, line, column)
        self.reason = reason
        self.isTooLarge = isTooLarge
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String { "line \(line), column \(column): \(reason)" }
}

/// The bytes that JSON is made of.
enum ASCII {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let slash = UInt8(ascii: "/")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let point = UInt8(ascii: ".")
    static let minus = UInt8(ascii: "-")
    static let plus = UInt8(ascii: "+")
    static let zero = UInt8(ascii: "0")
    static let nine = UInt8(ascii: "9")
    static let e = UInt8(ascii: "e")
    static let f = UInt8(ascii: "f")
    static let n = UInt8(ascii: "n")
    static let t = UInt8(ascii: "t")
    static let u = UInt8(ascii: "u")
}

/// Reads a JSON text in one pass over its bytes (RFC 8259; UTF-8 as in Unicode 16, table 3-7).
struct JSONParser {
    private let bytes: UnsafeRawBufferPointer
    private let limits: JSONLimits
    private var at = 0
    private var depth = 0
    /// Whether the string last scanned has a character beyond ASCII.
    private var isBeyondASCII = false
    /// The bytes of a string with escapes, kept for the next such string.
    private var unescaped: [UInt8] = []

    /// - Parameter bytes: Must stay valid as long as the parser lives.
    init(_ bytes: UnsafeRawBufferPointer, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// The one value that the text holds.
    mutating func document() throws(JSONError) -> JSON {
        guard bytes.count <= limits.bytesMax else {
            let reason = "the text has \(bytes.count) bytes; at most \(limits.bytesMax) are taken"
            throw JSONError(bytes, limits.bytesMax, reason, isTooLarge: true)
        }
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
            throw failure(0, "the text begins with a byte order mark; send UTF-8 without one")
        }
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw failure(at, "expected nothing after the value, found \(found(at))") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        guard at < bytes.count else { throw failure(at, "expected a value, found \(found(at))") }
        switch bytes[at] {
        case ASCII.quote: return .string(try string())
        case ASCII.openBrace: return .object(try object())
        case ASCII.openBracket: return .array(try array())
        case ASCII.minus, ASCII.zero...ASCII.nine: return try number()
        case ASCII.t:
            try word("true")
            return .bool(true)
        case ASCII.f:
            try word("false")
            return .bool(false)
        case ASCII.n:
            try word("null")
            return .null
        default: throw failure(at, "expected a value, found \(found(at))")
        }
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            let byte = bytes[at]
            // Most texts have no space between tokens: one comparison settles that.
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at += 1
        }
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        for index in 0..<length
        where at + index >= bytes.count || bytes[at + index] != word.utf8Start[index] {
            throw failure(at, "expected the word \(word)")
        }
        at += length
    }

    // MARK: Lists and objects

    private mutating func enter() throws(JSONError) {
        guard depth < limits.depthMax else {
            throw failure(at, "lists and objects may be nested \(limits.depthMax) deep, not deeper")
        }
        depth += 1
        at += 1
        skipSpace()
    }

    private mutating func array() throws(JSONError) -> [JSON] {
        try enter()
        var values: [JSON] = []
        if !closes(ASCII.closeBracket) {
            repeat { values.append(try value()) } while try continues(ASCII.closeBracket)
        }
        depth -= 1
        return values
    }

    private mutating func object() throws(JSONError) -> [JSON.Member] {
        try enter()
        var members: [JSON.Member] = []
        if !closes(ASCII.closeBrace) {
            members.reserveCapacity(4)
            var names = SeenNames()
            repeat {
                skipSpace()
                guard at < bytes.count, bytes[at] == ASCII.quote else {
                    throw failure(at, "expected the name of a member in double quotes, found \(found(at))")
                }
                let start = at
                let (name, mark) = try name()
                guard members.count < limits.membersMax else {
                    throw failure(start, "an object may have \(limits.membersMax) members, not more")
                }
                guard names.insert(name, mark, after: members) else {
                    throw failure(start, "this name stands twice in one object; each may stand once")
                }
                skipSpace()
                guard at < bytes.count, bytes[at] == ASCII.colon else {
                    throw failure(at, "expected \":\" after the name, found \(found(at))")
                }
                at += 1
                members.append(JSON.Member(name: name, value: try value()))
            } while try continues(ASCII.closeBrace)
        }
        depth -= 1
        return members
    }

    /// Whether the list or object that was just opened is empty.
    private mutating func closes(_ close: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == close else { return false }
        at += 1
        return true
    }

    /// After a value: true behind a comma, false behind the closing bracket.
    private mutating func continues(_ close: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == ASCII.comma || bytes[at] == close else {
            throw failure(at, "expected \",\" or \"\(Unicode.Scalar(close))\", found \(found(at))")
        }
        at += 1
        return bytes[at - 1] == ASCII.comma
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        let start = at + 1
        let end = try plainEnd(from: start)
        guard bytes[end] == ASCII.quote else { return try escapedString(from: start, escape: end) }
        at = end + 1
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// A name with a mark that differs where plain names differ most; nil for a name that is not plain.
    private mutating func name() throws(JSONError) -> (String, mark: UInt64?) {
        let start = at + 1
        isBeyondASCII = false
        let end = try plainEnd(from: start)
        guard bytes[end] == ASCII.quote else { return (try escapedString(from: start, escape: end), nil) }
        at = end + 1
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        return (name, isBeyondASCII ? nil : mark(start, end))
    }

    /// The index of the next quote or backslash; what stands before it is valid UTF-8 without control characters.
    private mutating func plainEnd(from start: Int) throws(JSONError) -> Int {
        var index = start
        while true {
            while index + 8 <= bytes.count {
                let special = Self.special(in: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                if special == 0 {
                    index += 8
                } else {
                    index += special.trailingZeroBitCount >> 3
                    break
                }
            }
            guard index < bytes.count else { throw failure(index, "expected a double quote, found the end") }
            let byte = bytes[index]
            if byte == ASCII.quote || byte == ASCII.backslash { return index }
            if byte < 0x20 {
                throw failure(index, "a control character must be escaped: \(Self.escape(of: byte))")
            }
            if byte < 0x80 {
                index += 1
            } else {
                isBeyondASCII = true
                index += try scalarLength(at: index)
            }
        }
    }

    /// Eight bytes at once: the lowest set bit is in the first byte that is a quote, a backslash, a control character
    /// or beyond ASCII; bits above it mean nothing.
    @inline(__always)
    private static func special(in word: UInt64) -> UInt64 {
        let word = UInt64(littleEndian: word)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = (word ^ (ones &* 0x22)) &- ones
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        let controls = word &- (ones &* 0x20)
        return (quotes | backslashes | controls | word) & (ones &* 0x80)
    }

    /// The length of the UTF-8 sequence that begins here, 2 to 4 bytes.
    private func scalarLength(at index: Int) throws(JSONError) -> Int {
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch bytes[index] {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0...0)
            }
        guard length > 0, index + length <= bytes.count, second.contains(bytes[index + 1]),
            (2..<4).allSatisfy({ $0 >= length || bytes[index + $0] & 0xC0 == 0x80 })
        else { throw failure(index, "the bytes here are not UTF-8; send the text in UTF-8") }
        return length
    }

    private mutating func escapedString(from start: Int, escape: Int) throws(JSONError) -> String {
        unescaped.removeAll(keepingCapacity: true)
        var (start, end) = (start, escape)
        while true {
            unescaped.append(contentsOf: bytes[start..<end])
            if bytes[end] == ASCII.quote { break }
            at = end
            try unescape()
            start = at
            end = try plainEnd(from: start)
        }
        at = end + 1
        return String(decoding: unescaped, as: UTF8.self)
    }

    private mutating func unescape() throws(JSONError) {
        let escape = at
        guard at + 1 < bytes.count else { throw failure(at + 1, "expected the rest of an escape, found the end") }
        at += 2
        switch bytes[escape + 1] {
        case ASCII.quote: unescaped.append(ASCII.quote)
        case ASCII.backslash: unescaped.append(ASCII.backslash)
        case ASCII.slash: unescaped.append(ASCII.slash)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case ASCII.f: unescaped.append(0x0C)
        case ASCII.n: unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case ASCII.t: unescaped.append(0x09)
        case ASCII.u: unescaped.append(contentsOf: try escapedScalar(escape).utf8)
        default:
            throw failure(escape, #"no such escape; JSON has \" \\ \/ \b \f \n \r \t and \u with four digits"#)
        }
    }

    /// The scalar of `\uXXXX`, or of two of them that are a surrogate pair; `at` stands behind the `u`.
    private mutating func escapedScalar(_ escape: Int) throws(JSONError) -> Unicode.Scalar {
        let unit = try fourDigits()
        if unit == 0 { throw failure(escape, "text may not contain the character U+0000, which databases cannot keep") }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let pair = "a character beyond U+FFFF is escaped as two surrogates, the high one (D800 to DBFF) first"
        guard unit < 0xDC00, at + 1 < bytes.count, bytes[at] == ASCII.backslash, bytes[at + 1] == ASCII.u else {
            throw failure(escape, pair)
        }
        at += 2
        let low = try fourDigits()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        else { throw failure(escape, pair) }
        return scalar
    }

    private mutating func fourDigits() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard at < bytes.count else { throw failure(at, "expected a hexadecimal digit, found \(found(at))") }
            let digit: UInt8? =
                switch bytes[at] {
                case ASCII.zero...ASCII.nine: bytes[at] - ASCII.zero
                case UInt8(ascii: "A")...UInt8(ascii: "F"): bytes[at] - UInt8(ascii: "A") + 10
                case UInt8(ascii: "a")...UInt8(ascii: "f"): bytes[at] - UInt8(ascii: "a") + 10
                default: nil
                }
            guard let digit else { throw failure(at, "expected a hexadecimal digit, found \(found(at))") }
            unit = unit << 4 | UInt16(digit)
            at += 1
        }
        return unit
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSON {
        let start = at
        let isNegative = bytes[at] == ASCII.minus
        if isNegative { at += 1 }
        let first = at
        var magnitude: Int64 = 0
        // Wraps beyond 18 digits; then the text is read again below.
        while let digit = digit() { magnitude = magnitude &* 10 &+ Int64(digit) }
        guard at > first else { throw failure(at, "expected a digit, found \(found(at))") }
        if bytes[first] == ASCII.zero, at > first + 1 {
            throw failure(first, "a number may not begin with zeros")
        }
        let isWhole = at == bytes.count || (bytes[at] != ASCII.point && bytes[at] | 0x20 != ASCII.e)
        if isWhole, at - first <= 18 { return .integer(isNegative ? -magnitude : magnitude) }
        try fractionAndExponent()
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw failure(start, "the number is too large; at most 1.797e308, either side of zero, is taken")
        }
        return .number(number)
    }

    @inline(__always)
    private mutating func digit() -> UInt8? {
        guard at < bytes.count, bytes[at] &- ASCII.zero < 10 else { return nil }
        at += 1
        return bytes[at - 1] &- ASCII.zero
    }

    private mutating func fractionAndExponent() throws(JSONError) {
        if at < bytes.count, bytes[at] == ASCII.point {
            at += 1
            try digits()
        }
        if at < bytes.count, bytes[at] | 0x20 == ASCII.e {
            at += 1
            if at < bytes.count, bytes[at] == ASCII.minus || bytes[at] == ASCII.plus { at += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(JSONError) {
        guard digit() != nil else { throw failure(at, "expected a digit, found \(found(at))") }
        while digit() != nil {}
    }
}

/// The marks and names by which repeated names are noticed.
extension JSONParser {
    /// Eight bytes or fewer of the name at either end, and its length.
    @inline(__always)
    private func mark(_ start: Int, _ end: Int) -> UInt64 {
        let length = end - start
        if length >= 8 {
            let head = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            let tail = bytes.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self)
            return head ^ (tail &* 31) ^ UInt64(length)
        }
        var mark = UInt64(length)
        for index in start..<end { mark = mark << 8 | UInt64(bytes[index]) }
        return mark
    }

    /// The names of one object so far.
    ///
    /// A filter of 64 bits answers for most short objects; a set takes over where comparing with all would be slow,
    /// so that no choice of names makes an object cost more than its length.
    private struct SeenNames {
        private var filter: UInt64 = 0
        private var all: Set<String> = []
        private static let comparedMax = 16

        /// - Parameter members: All that were inserted before.
        /// - Returns: False for a name that is there already.
        mutating func insert(_ name: String, _ mark: UInt64?, after members: [JSON.Member]) -> Bool {
            if members.count >= Self.comparedMax {
                if all.isEmpty { all = Set(members.map(\.name)) }
                return all.insert(name).inserted
            }
            // A name that is not plain may equal one that is spelled otherwise: from here on, all are compared.
            let bit = mark.map { 1 << (($0 &* 0x9E37_79B9_7F4A_7C15) >> 58) } ?? UInt64.max
            defer { filter |= bit }
            return filter & bit == 0 || !members.contains { $0.name == name }
        }
    }
}

/// Faults in words.
extension JSONParser {
    private func failure(_ offset: Int, _ reason: String) -> JSONError { JSONError(bytes, offset, reason) }

    private func found(_ index: Int) -> String {
        guard index < bytes.count else { return "the end" }
        let byte = bytes[index]
        return (0x21...0x7E).contains(byte) ? "\"\(Unicode.Scalar(byte))\"" : "the byte \(byte)"
    }

    private static func escape(of control: UInt8) -> String {
        switch control {
        case 0x00: "though U+0000 is not taken at all, as databases cannot keep it"
        case 0x09: #"\t"#
        case 0x0A: #"\n"#
        case 0x0D: #"\r"#
        default: #"\u00"# + (control < 16 ? "0" : "") + String(control, radix: 16)
        }
    }
}

/// Builds JSON text front to back, without a tree.
///
/// The writer places commas; the caller sees to it that names and values alternate and that what begins also ends.
/// ```swift
/// writer.object {
///     $0.member("sku", "85123A")
///     $0.array("lines") { $0.value(1) }
/// }
/// ```
public struct JSONWriter: Sendable {
    private var written: [UInt8] = []
    private var needsComma = false
    private var depth = 0

    /// - Parameter reservingCapacity: Bytes expected; more are no fault.
    public init(reservingCapacity: Int = 512) {
        written.reserveCapacity(reservingCapacity)
    }

    /// What was written so far, as UTF-8.
    public var bytes: [UInt8] {
        assert(depth == 0, "an object or list was begun and not ended")
        return written
    }

    /// What was written so far.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Objects and lists.
extension JSONWriter {
    /// Begins an object as one value; names and values follow, then `endObject`.
    public mutating func beginObject() { begin(ASCII.openBrace) }
    public mutating func endObject() { end(ASCII.closeBrace) }
    /// Begins a list as one value; values follow, then `endArray`.
    public mutating func beginArray() { begin(ASCII.openBracket) }
    public mutating func endArray() { end(ASCII.closeBracket) }

    /// An object as one value, its members written by `body`; useless after an error of `body`.
    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginObject()
        try body(&self)
        endObject()
    }

    /// A list as one value, its values written by `body`; useless after an error of `body`.
    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        beginArray()
        try body(&self)
        endArray()
    }

    public mutating func object(_ name: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.name(name)
        try object(body)
    }

    // Generic, as a literal beside a closure would be taken for a `String` in spite of the attribute.
    @_disfavoredOverload
    public mutating func object(_ name: some StringProtocol, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.name(String(name))
        try object(body)
    }

    public mutating func array(_ name: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.name(name)
        try array(body)
    }

    @_disfavoredOverload
    public mutating func array(_ name: some StringProtocol, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.name(String(name))
        try array(body)
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        written.append(bracket)
        needsComma = false
        depth += 1
    }

    private mutating func end(_ bracket: UInt8) {
        written.append(bracket)
        needsComma = true
        depth -= 1
        assert(depth >= 0, "an object or list was ended and not begun")
    }

    /// Before each value and name: the comma, if something stands before it in the same object or list.
    @inline(__always)
    private mutating func separate() {
        if needsComma { written.append(ASCII.comma) }
        needsComma = true
    }
}

/// Names and values.
extension JSONWriter {
    /// The name of the next member; a literal must be ASCII without quotes, backslashes and control characters.
    public mutating func name(_ name: StaticString) {
        assert(JSONWriter.isPlain(name), "give names with such characters as a String")
        separate()
        written.append(ASCII.quote)
        append(name)
        written.append(ASCII.quote)
        written.append(ASCII.colon)
        needsComma = false
    }

    /// The name of the next member, of any characters. Literals go to the overload above, which need not look at them.
    @_disfavoredOverload
    public mutating func name(_ name: String) {
        separate()
        quote(name)
        written.append(ASCII.colon)
        needsComma = false
    }

    private static func isPlain(_ name: StaticString) -> Bool {
        UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            .allSatisfy { (0x20..<0x7F).contains($0) && $0 != ASCII.quote && $0 != ASCII.backslash }
    }

    public mutating func null() { word("null") }

    public mutating func value(_ value: Bool) { word(value ? "true" : "false") }

    /// Text in quotes, escaped where it must be.
    public mutating func value(_ value: String) {
        separate()
        quote(value)
    }

    public mutating func value(_ value: Int) { self.value(Int64(value)) }

    public mutating func value(_ value: Int64) {
        separate()
        digits(value)
    }

    /// The shortest digits that read back as the same number; `null` where it is not finite, which JSON cannot say.
    public mutating func value(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        written.append(contentsOf: value.description.utf8)
    }

    /// RFC 3339 in UTC: `"2026-03-01T10:15:00Z"`.
    public mutating func value(_ value: Timestamp) {
        separate()
        written.append(ASCII.quote)
        value.write(to: &written)
        written.append(ASCII.quote)
    }

    /// As it describes itself: `"ord_04xk…"`.
    public mutating func value<Subject>(_ value: Identifier<Subject>) {
        separate()
        written.append(ASCII.quote)
        value.write(to: &written)
        written.append(ASCII.quote)
    }

    /// As it describes itself: `"lin_04xk…-1"`.
    public mutating func value<Subject>(_ value: PartIdentifier<Subject>) {
        separate()
        written.append(ASCII.quote)
        Identifier<Subject>(value.order.value).write(to: &written)
        written.append(ASCII.minus)
        digits(Int64(value.number))
        written.append(ASCII.quote)
    }

    /// Minor units and the ISO 4217 code: `{"amount":1999,"currency":"GBP"}`. Written as a whole, as an order tells
    /// dozens of them.
    public mutating func value(_ value: Money) {
        separate()
        append("{\"amount\":")
        digits(value.amount)
        append(",\"currency\":")
        quote(value.currency.code)
        written.append(ASCII.closeBrace)
    }

    /// A tree, members in their order.
    public mutating func value(_ value: JSON) {
        switch value {
        case .null: null()
        case .bool(let bool): self.value(bool)
        case .integer(let integer): self.value(integer)
        case .number(let number): self.value(number)
        case .string(let string): self.value(string)
        case .array(let values):
            beginArray()
            for value in values { self.value(value) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// JSON text made elsewhere, as one value; it is not looked at.
    public mutating func raw(_ text: String) {
        separate()
        written.append(contentsOf: text.utf8)
    }

    private mutating func word(_ word: StaticString) {
        separate()
        append(word)
    }

    private mutating func append(_ text: StaticString) {
        written.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func digits(_ value: Int64) {
        // 20 bytes hold any magnitude and its sign; filled from the back.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
            var first = buffer.count
            var rest = value.magnitude
            repeat {
                first -= 1
                buffer[first] = ASCII.zero + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                first -= 1
                buffer[first] = ASCII.minus
            }
            written.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[first...]))
        }
    }

    /// Escapes what RFC 8259 section 7 requires and nothing else.
    private mutating func quote(_ text: String) {
        written.append(ASCII.quote)
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            var index = 0
            while index < utf8.count {
                let byte = utf8[index]
                if byte < 0x20 || byte == ASCII.quote || byte == ASCII.backslash {
                    written.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                    escape(byte)
                    start = index + 1
                }
                index += 1
            }
            written.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        written.append(ASCII.quote)
    }

    private mutating func escape(_ byte: UInt8) {
        written.append(ASCII.backslash)
        switch byte {
        case ASCII.quote, ASCII.backslash: written.append(byte)
        case 0x08: written.append(UInt8(ascii: "b"))
        case 0x09: written.append(ASCII.t)
        case 0x0A: written.append(ASCII.n)
        case 0x0C: written.append(ASCII.f)
        case 0x0D: written.append(UInt8(ascii: "r"))
        default:
            written.append(contentsOf: [ASCII.u, ASCII.zero, ASCII.zero, ASCII.zero + byte >> 4])
            let low = byte & 0x0F
            written.append(low < 10 ? ASCII.zero + low : UInt8(ascii: "a") + low - 10)
        }
    }
}

/// A name and its value; nil is written as `null`.
extension JSONWriter {
    public mutating func member(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Int64?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Int?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Bool?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Double?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Timestamp?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Money?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member<Subject>(_ name: StaticString, _ value: Identifier<Subject>?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member<Subject>(_ name: StaticString, _ value: PartIdentifier<Subject>?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: JSON?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    /// JSON text made elsewhere, as the value; it is not looked at.
    public mutating func member(_ name: StaticString, raw text: String?) {
        self.name(name)
        if let text { raw(text) } else { null() }
    }

    // The same for names that are not literals.

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: String?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: Int64?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: Int?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: Bool?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: Double?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: Timestamp?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: Money?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, _ value: JSON?) {
        self.name(name)
        if let value { self.value(value) } else { null() }
    }

    @_disfavoredOverload
    public mutating func member(_ name: String, raw text: String?) {
        self.name(name)
        if let text { raw(text) } else { null() }
    }
}

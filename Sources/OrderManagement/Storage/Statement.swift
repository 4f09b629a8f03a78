/// One SQL text in the dialect that both engines share, with named parameters.
///
/// `:name` binds text, `#name` binds a whole number (64 bits); either may bind null. A statement is written for *one*
/// row of parameters and may be run with many: SQLite steps it once per row, PostgreSQL turns it into one
/// set-wise statement over `unnest`ed arrays. What the dialect allows is said in decision 0006.
///
/// A class, since its identity is the key of the drivers' caches of prepared statements.
public final class Statement: Sendable {
    /// A parameter, in the order of its first appearance in the text.
    public struct Parameter: Hashable, Sendable {
        public enum Kind: Sendable { case text, integer }
        public let name: String
        public let kind: Kind
    }

    /// The text as written, with `:name` and `#name`.
    public let text: String
    public let parameters: [Parameter]
    /// The text with `?1`, `?2` … in place of the parameters: what SQLite prepares.
    public let numbered: String
    /// The same INSERT for `severalRows` rows of parameters, one after the other, for engines that are faster so; nil
    /// for anything else.
    public let several: Statement?
    public static let severalRows = 8
    /// Whether drivers should keep the prepared form: true for the fixed texts of the stores, false for composed ones.
    public let isKept: Bool

    /// A fixed text: prepared once per connection and kept.
    public convenience init(_ text: StaticString) {
        self.init("\(text)", isKept: true)
    }

    /// A text composed at run time, of fixed parts only; values are always bound.
    public convenience init(composed text: String) {
        self.init(text, isKept: false)
    }

    private init(_ text: String, isKept: Bool) {
        self.text = text
        self.isKept = isKept
        (self.numbered, self.parameters) = Self.scan(text)
        several = isKept ? Self.several(of: numbered, parameters) : nil
    }

    private init(numbered: String, parameters: [Parameter]) {
        self.text = numbered
        self.numbered = numbered
        self.parameters = parameters
        isKept = true
        several = nil
    }

    /// Inserts as many rows at once; nil for anything but an INSERT of one row of values.
    private static func several(of numbered: String, _ parameters: [Parameter]) -> Statement? {
        guard numbered.hasPrefix("INSERT INTO"), numbered.hasSuffix(")"), !numbered.contains("'"),
            let values = numbered.firstRange(of: "VALUES (")
        else { return nil }
        let pieces = numbered[values.upperBound...].split(separator: "?", omittingEmptySubsequences: false)
        let rows = (0..<severalRows).map { row in
            pieces[0] + pieces.dropFirst().map { piece in
                let digits = piece.prefix { $0.isNumber }
                return "?\((Int(digits) ?? 0) + row * parameters.count)\(piece[digits.endIndex...])"
            }.joined()
        }
        return .init(
            numbered: numbered[..<values.upperBound] + rows.joined(separator: ", ("),
            parameters: Array(repeatElement(parameters, count: severalRows).joined()))
    }

    /// Finds the parameters outside of quoted text and numbers them.
    private static func scan(_ text: String) -> (String, [Parameter]) {
        var numbered = ""
        var parameters: [Parameter] = []
        var isQuoted = false
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "'" { isQuoted.toggle() }
            guard !isQuoted, character == ":" || character == "#", let first = rest.first, first.isLetter else {
                numbered.append(character)
                continue
            }
            let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            rest = rest.dropFirst(name.count)
            let parameter = Parameter(name: name, kind: character == "#" ? .integer : .text)
            let index = parameters.firstIndex(of: parameter) ?? parameters.count
            if index == parameters.count { parameters.append(parameter) }
            numbered += "?\(index + 1)"
        }
        return (numbered, parameters)
    }
}

/// A value bound to a parameter. Times are milliseconds, money is minor units, truth is 0 or 1: all whole numbers.
public enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(_ value: Int64) { self = .integer(value) }
    public init(_ value: Int) { self = .integer(Int64(value)) }
    public init(_ value: Bool) { self = .integer(value ? 1 : 0) }
    public init(_ value: String) { self = .text(value) }
    public init(_ value: Int64?) { self = value.map(SQLValue.integer) ?? .null }
    public init(_ value: String?) { self = value.map(SQLValue.text) ?? .null }
}

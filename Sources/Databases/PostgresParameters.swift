import Foundation
import OrderManagement

/// The parameters of one statement, in the binary format of PostgreSQL.
///
/// Either one row of values, or one array per parameter with the values of all rows: `ndim 1, has nulls, element type,
/// count, lower bound 1`, then each element's length and bytes, big-endian (array_recv in arrayfuncs.c).
struct PostgresParameters {
    /// Object identifiers of types (pg_type.dat).
    enum TypeID {
        static let text: UInt32 = 25
        static let bigint: UInt32 = 20
        static let texts: UInt32 = 1009
        static let bigints: UInt32 = 1016
    }

    /// Behind a first byte of no meaning, so that an empty text has an address, too: libpq takes none for null.
    private var bytes: [UInt8] = [0]
    /// Where each parameter stands in `bytes`; nil for null.
    private var places: [Range<Int>?] = []

    /// No parameters.
    init() {}

    /// One row.
    init(_ values: [SQLValue], of statement: Statement) throws {
        try Self.check(values, statement)
        for (value, parameter) in zip(values, statement.parameters) {
            let start = bytes.count
            switch value {
            case .null:
                places.append(nil)
                continue
            case .integer(let number) where parameter.kind == .integer: append(number)
            case .text(let text) where parameter.kind == .text: try append(text)
            case .integer, .text: throw Self.wrongKind(parameter, statement)
            }
            places.append(start..<bytes.count)
        }
    }

    /// Several rows, as arrays.
    ///
    /// The nulls at the end of a column are left out, which is all of it where nobody has a value: the server goes on
    /// with nulls as long as some array has values, and the first always has as many as there are rows.
    init(_ rows: ArraySlice<[SQLValue]>, of statement: Statement) throws {
        for values in rows { try Self.check(values, statement) }
        bytes.reserveCapacity(rows.count * statement.parameters.count * 24)
        for (column, parameter) in statement.parameters.enumerated() {
            let start = bytes.count
            let last = column == 0 ? rows.indices.last : rows.lastIndex { $0[column] != .null }
            let values = last.map { rows[...$0] } ?? []
            append(Int32(values.isEmpty ? 0 : 1))
            let hasNulls = bytes.count
            append(Int32(0))
            append(Int32(bitPattern: parameter.kind == .text ? TypeID.text : TypeID.bigint))
            if !values.isEmpty {
                append(Int32(values.count))
                append(Int32(1))
            }
            for row in values {
                let isValue = try append(row[column], parameter, statement)
                if !isValue { bytes[hasNulls + 3] = 1 }
            }
            places.append(start..<bytes.count)
        }
    }

    /// An element of an array: its length and its bytes. - Returns: Whether it is a value, no null.
    private mutating func append(
        _ value: SQLValue, _ parameter: Statement.Parameter, _ statement: Statement
    ) throws -> Bool {
        switch value {
        case .null:
            append(Int32(-1))
            return false
        case .integer(let number) where parameter.kind == .integer:
            append(Int32(8))
            append(number)
        case .text(let text) where parameter.kind == .text:
            append(Int32(text.utf8.count))
            try append(text)
        case .integer, .text: throw Self.wrongKind(parameter, statement)
        }
        return true
    }

    var byteCount: Int { bytes.count - 1 }

    /// Lends what `PQsendQueryPrepared` and its siblings take.
    func withPointers<T>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
    ) -> T {
        let lengths = places.map { Int32($0?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: places.count)
        return bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = places.map { place in place.flatMap { base?.advanced(by: $0.lowerBound) } }
            return body(Int32(places.count), values, lengths, formats)
        }
    }

    private static func check(_ values: [SQLValue], _ statement: Statement) throws {
        guard values.count == statement.parameters.count else {
            throw BrokenInvariant(
                "\(values.count) values for \(statement.parameters.count) parameters: \(statement.text)")
        }
    }

    private static func wrongKind(_ parameter: Statement.Parameter, _ statement: Statement) -> BrokenInvariant {
        BrokenInvariant("a value of the wrong kind for \(parameter.name): \(statement.text)")
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// - Throws: `.invalidInput` for text with U+0000, which PostgreSQL cannot keep.
    ///
    /// Nothing that came as JSON has it; a file that is imported or a search may.
    private mutating func append(_ text: String) throws {
        var text = text
        let hasNull = text.withUTF8 { utf8 in
            bytes.append(contentsOf: utf8)
            return utf8.baseAddress.map { memchr($0, 0, utf8.count) != nil } ?? false
        }
        guard !hasNull else {
            throw Refusal(.invalidInput, "text may not contain the character U+0000, which PostgreSQL cannot keep")
        }
    }
}

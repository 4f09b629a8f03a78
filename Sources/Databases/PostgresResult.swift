import CLibPQ
import OrderManagement

/// The answer to one statement. A class, since it owns memory of libpq, and visits within visits share it.
final class PostgresResult {
    private let handle: OpaquePointer
    let rowCount: Int
    private let types: [UInt32]

    init(_ handle: OpaquePointer) {
        self.handle = handle
        rowCount = Int(PQntuples(handle))
        types = (0..<PQnfields(handle)).map { PQftype(handle, $0) }
    }

    deinit { PQclear(handle) }

    /// Rows changed, as the command's tag says.
    var changed: Int { PQcmdTuples(handle).map { Int(String(cString: $0)) ?? 0 } ?? 0 }

    /// `COMMIT`, `INSERT 0 3`.
    var tag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

    func visit(_ body: (Row) throws -> Void) throws {
        for row in 0..<Int32(rowCount) { try body(Row(PostgresColumns(self, row))) }
    }

    /// Object identifiers of the types that appear in results (pg_type.dat).
    private enum TypeID {
        static let bool: UInt32 = 16
        static let bigint: UInt32 = 20
        static let smallint: UInt32 = 21
        static let int: UInt32 = 23
        static let numeric: UInt32 = 1700
    }

    fileprivate func isNull(_ row: Int32, _ column: Int) -> Bool {
        PQgetisnull(handle, row, Int32(truncatingIfNeeded: column)) == 1
    }

    private func bytes(_ row: Int32, _ column: Int) -> UnsafeRawBufferPointer {
        let place = Int32(truncatingIfNeeded: column)
        return UnsafeRawBufferPointer(
            start: PQgetvalue(handle, row, place), count: Int(PQgetlength(handle, row, place)))
    }

    fileprivate func integer(_ row: Int32, _ column: Int) -> Int64 {
        guard types.indices.contains(column) else { return 0 }
        let bytes = bytes(row, column)
        switch types[column] {
        case TypeID.bigint: return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case TypeID.int: return Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case TypeID.smallint: return Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case TypeID.bool: return bytes.first == 1 ? 1 : 0
        case TypeID.numeric: return Self.numeric(bytes)
        default: return Int64(text(row, column)) ?? 0
        }
    }

    fileprivate func text(_ row: Int32, _ column: Int) -> String {
        guard types.indices.contains(column) else { return "" }
        switch types[column] {
        case TypeID.bigint, TypeID.int, TypeID.smallint, TypeID.bool, TypeID.numeric:
            return "\(integer(row, column))"
        default: return String(decoding: bytes(row, column), as: UTF8.self)
        }
    }

    /// What `SUM` gives: digits to the base 10,000 (numeric_send in numeric.c). Fractions are cut off.
    private static func numeric(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        func short(_ place: Int) -> Int64 {
            Int64(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: place * 2, as: Int16.self)))
        }
        guard bytes.count >= 8 else { return 0 }
        let (count, weight, isNegative) = (Int(short(0)), Int(short(1)), short(2) == 0x4000)
        var value: Int64 = 0
        for place in 0...max(0, weight) where weight >= 0 {
            let digit = place < count && bytes.count >= 10 + place * 2 ? short(4 + place) : 0
            value = value &* 10_000 &+ digit
        }
        return isNegative ? -value : value
    }
}

/// The columns of one row; nothing is copied before it is asked for.
private struct PostgresColumns: RowColumns {
    private let result: PostgresResult
    private let row: Int32

    init(_ result: PostgresResult, _ row: Int32) {
        self.result = result
        self.row = row
    }

    func isNull(_ column: Int) -> Bool { result.isNull(row, column) }
    func integer(_ column: Int) -> Int64 { result.integer(row, column) }
    func text(_ column: Int) -> String { result.text(row, column) }
}

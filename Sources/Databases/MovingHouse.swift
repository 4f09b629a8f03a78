import OrderManagement

/// A database could not be moved from one engine to the other; where it came from is as it was.
public struct MoveFailed: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// Copies a whole Waybill from a SQLite file into an empty PostgreSQL database.
///
/// 1. Both schemas are this program's: an older source is refused, the target is migrated.
/// 2. Every row of every table is copied in one transaction of the target, which is there whole or not at all. Nobody
///    else writes to the source meanwhile: it is held open for writing.
/// 3. The rows of both are counted before the commit.
public struct MovingHouse {
    /// Rows in one message to the target.
    static let rowsPerMessage = 1_000

    private let source: SQLiteDatabase
    private let target: PostgresDatabase

    public init(from source: SQLiteDatabase, to target: PostgresDatabase) {
        self.source = source
        self.target = target
    }

    /// Moves everything.
    ///
    /// - Parameter progress: Called with the table and how many rows of it are copied.
    /// - Returns: The tables with their rows, in the order of copying.
    /// - Throws: `MoveFailed` if the source is not up to date or the target holds anything; `MigrationRefused`.
    public func run(progress: (_ table: String, _ rows: Int) -> Void) throws -> [(table: String, rows: Int)] {
        guard try source.pendingMigrations(MigrationFiles.all).isEmpty else {
            throw MoveFailed(description: "the schema of \(source.path) is not up to date: run `waybill migrate` first")
        }
        try target.migrate(MigrationFiles.all) { _ in }
        return try source.read { old in
            try target.write { new in
                try Self.tables.map { table in
                    guard try Self.count(table, in: new) == 0 else {
                        throw MoveFailed(description: "\(target.address) is not empty: there are rows in \(table)")
                    }
                    let rows = try Self.copy(table, from: old, to: new) { progress(table, $0) }
                    guard try Self.count(table, in: old) == rows, try Self.count(table, in: new) == rows else {
                        throw MoveFailed(description: "not every row of \(table) arrived")
                    }
                    return (table, rows)
                }
            }
        }
    }

    /// In the order in which the migrations make them: a table that points at another comes after it.
    static var tables: [String] {
        MigrationFiles.all.flatMap { $0.sql.matches(of: /CREATE TABLE (\w+) \(/).map { String($0.output.1) } }
    }

    private static func count(_ table: String, in db: any Connection) throws -> Int {
        try db.first(Statement(composed: "SELECT COUNT(*) FROM \(table)")) { try $0.int(0) } ?? 0
    }

    private static func copy(
        _ table: String, from old: any Connection, to new: any Connection, progress: (Int) -> Void
    ) throws -> Int {
        let columns = try old.rows(Statement(composed: "SELECT name, type FROM pragma_table_info('\(table)')")) {
            (name: try $0.text(0), isText: try $0.text(1) == "TEXT")
        }
        let names = columns.map(\.name).joined(separator: ", ")
        let values = columns.map { ($0.isText ? ":" : "#") + $0.name }.joined(separator: ", ")
        let insert = Statement(composed: "INSERT INTO \(table) (\(names)) VALUES (\(values))")
        var waiting: [[SQLValue]] = []
        var copied = 0
        func send() throws {
            copied += try new.execute(insert, waiting)
            waiting.removeAll(keepingCapacity: true)
            progress(copied)
        }
        try old.query(Statement(composed: "SELECT \(names) FROM \(table)")) { row in
            waiting.append(
                columns.enumerated().map { place, column in
                    column.isText ? SQLValue(row.optionalText(place)) : SQLValue(row.optionalInteger(place))
                })
            if waiting.count == rowsPerMessage { try send() }
        }
        if !waiting.isEmpty { try send() }
        return copied
    }
}

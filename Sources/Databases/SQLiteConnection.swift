import GRDBSQLite
import OrderManagement

/// One connection's statements, run through the C interface of SQLite.
///
/// A class, since it owns prepared statements. Unchecked `Sendable`: the pool lends the connection beneath to one
/// thread at a time, only that thread touches this object, and the pool's own lock orders the threads.
final class SQLiteConnection: Connection, @unchecked Sendable {
    /// Beyond this many kept statements, further ones are prepared for each use: a bound on memory.
    static let statementsKeptMax = 2000

    private let handle: OpaquePointer
    /// Prepared statements by identity; the `Statement` is held so that its identity cannot pass to another.
    private var kept: [ObjectIdentifier: (statement: Statement, prepared: OpaquePointer)] = [:]
    /// The first error of the present transaction: nothing may follow it.
    private var failure: (any Error)?
    /// For changes: no statement runs within one, so their texts can stand in one place.
    private let texts = BoundTexts()

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    // MARK: Transactions

    /// Forgets the failure of the transaction before.
    func begin() {
        failure = nil
    }

    /// Runs `body` on one snapshot, which is taken when it begins.
    ///
    /// Framed here, not by GRDB, which prepares four statements anew for each read (35 of 40 microseconds). That is
    /// for readers only: a COMMIT of changes has to be GRDB's own, since its commit hook expects that.
    func snapshot<T>(_ body: () throws -> T) throws -> T {
        begin()
        _ = try execute(Self.begin, [[]])
        // A snapshot is taken by its first statement; who asks what it may hold has to know that there is one.
        try query(Self.first, [[]]) { _ in }
        let value: T
        do {
            value = try body()
            try checkUnharmed()
        } catch {
            try endSnapshot()
            throw error
        }
        try endSnapshot()
        return value
    }

    private func endSnapshot() throws {
        begin()
        // SQLite may have ended it by itself, after an I/O error.
        if sqlite3_get_autocommit(handle) == 0 { _ = try execute(Self.rollback, [[]]) }
    }

    /// Refuses to go on after a failed statement, as PostgreSQL does.
    ///
    /// SQLite may have rolled back by itself (disk full), and whatever followed would be committed alone.
    func checkUnharmed() throws {
        if let failure { throw failure }
    }

    /// Ends all prepared statements: the connection may be closed then.
    func finalizeStatements() {
        for (_, prepared) in kept.values { sqlite3_finalize(prepared) }
        kept = [:]
    }

    // MARK: Connection

    func query(_ statement: Statement, _ parameters: [[SQLValue]], _ visit: (Row) throws -> Void) throws {
        try withPrepared(statement) { prepared in
            let row = Row(SQLiteColumns(prepared))
            for values in parameters {
                try bind([values], to: prepared, of: statement)
                var code = sqlite3_step(prepared)
                while code == SQLITE_ROW {
                    try visit(row)
                    code = sqlite3_step(prepared)
                }
                guard code == SQLITE_DONE else { throw failed(statement.text) }
                sqlite3_reset(prepared)
            }
        }
    }

    func execute(_ statement: Statement, _ parameters: [[SQLValue]]) throws -> Int {
        guard let several = statement.several, parameters.count >= Statement.severalRows else {
            return try execute(statement, parameters[...], rowsAtOnce: 1)
        }
        // Begun and ended once for several rows, an INSERT takes a sixth less time.
        let count = parameters.count - parameters.count % Statement.severalRows
        return try execute(several, parameters[..<count], rowsAtOnce: Statement.severalRows)
            + execute(statement, parameters[count...], rowsAtOnce: 1)
    }

    private func execute(_ statement: Statement, _ parameters: ArraySlice<[SQLValue]>, rowsAtOnce: Int) throws -> Int {
        guard !parameters.isEmpty else { return 0 }
        var changed = 0
        try withPrepared(statement) { prepared in
            var rest = parameters
            while !rest.isEmpty {
                try bind(rest.prefix(rowsAtOnce), to: prepared, of: statement, in: texts)
                var code = sqlite3_step(prepared)
                while code == SQLITE_ROW { code = sqlite3_step(prepared) }
                guard code == SQLITE_DONE else { throw failed(statement.text) }
                changed += Int(sqlite3_changes(handle))
                sqlite3_reset(prepared)
                rest = rest.dropFirst(rowsAtOnce)
            }
        }
        return changed
    }

    /// Runs several statements, none of which may begin or end a transaction.
    func script(_ sql: String) throws {
        try checkUnharmed()
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failed(sql) }
    }

    // MARK: Statements

    /// Lends the prepared form of `statement`, reset afterwards whatever happens.
    private func withPrepared(_ statement: Statement, _ body: (OpaquePointer) throws -> Void) throws {
        try checkUnharmed()
        // A statement that runs within a visit of itself gets a second prepared form.
        if let found = kept[ObjectIdentifier(statement)]?.prepared, sqlite3_stmt_busy(found) == 0 {
            defer { sqlite3_reset(found) }
            return try body(found)
        }
        let isKept =
            statement.isKept && kept.count < Self.statementsKeptMax
            && kept[ObjectIdentifier(statement)] == nil
        let prepared = try prepare(statement, isKept: isKept)
        if isKept { kept[ObjectIdentifier(statement)] = (statement, prepared) }
        defer {
            if isKept { sqlite3_reset(prepared) } else { sqlite3_finalize(prepared) }
        }
        try body(prepared)
    }

    private func prepare(_ statement: Statement, isKept: Bool) throws -> OpaquePointer {
        var prepared: OpaquePointer?
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        var tail: UnsafePointer<CChar>?
        let (code, hasMore) = Self.failing(statement.numbered).withCString { text in
            let code = sqlite3_prepare_v3(handle, text, -1, flags, &prepared, &tail)
            return (code, tail.map { !Self.isBlank($0) } ?? false)
        }
        guard code == SQLITE_OK else { throw failed(statement.text) }
        guard let prepared, !hasMore else {
            sqlite3_finalize(prepared)
            throw BrokenInvariant("one SQL statement was expected, not none or several: \(statement.text)")
        }
        return prepared
    }

    /// An INSERT keeps a journal of every page that it changes, in a file, to undo the rows before one that fails. Here
    /// the whole transaction goes then, so it is told to leave them (sqlite.org/lang_conflict.html).
    private static func failing(_ text: String) -> String {
        text.hasPrefix("INSERT INTO ") ? "INSERT OR FAIL INTO " + text.dropFirst("INSERT INTO ".count) : text
    }

    private static func isBlank(_ text: UnsafePointer<CChar>) -> Bool {
        String(cString: text).allSatisfy { $0.isWhitespace || $0 == ";" }
    }

    /// Binds as many rows of parameters as a statement takes; SQLite copies texts, or finds them in `texts` until the
    /// statement has run.
    private func bind(
        _ rows: ArraySlice<[SQLValue]>, to prepared: OpaquePointer, of statement: Statement,
        in texts: BoundTexts? = nil
    ) throws {
        let count = rows.reduce(0) { $0 + $1.count }
        guard count == statement.parameters.count else {
            throw BrokenInvariant("\(count) values for \(statement.parameters.count) parameters: \(statement.text)")
        }
        texts?.makeRoom(for: rows)
        var trouble: Int32 = SQLITE_OK
        var place: Int32 = 0
        for values in rows {
            for value in values {
                place += 1
                switch value {
                case .null: trouble |= sqlite3_bind_null(prepared, place)
                case .integer(let number): trouble |= sqlite3_bind_int64(prepared, place, number)
                case .text(let text):
                    if let bytes = texts?.add(text) {
                        trouble |= sqlite3_bind_text64(
                            prepared, place, bytes.baseAddress, UInt64(bytes.count), nil, UInt8(SQLITE_UTF8))
                    } else {
                        trouble |= bindCopy(text, to: prepared, place)
                    }
                }
            }
        }
        guard trouble == SQLITE_OK else { throw failed(statement.text) }
    }

    private func bindCopy(_ text: String, to prepared: OpaquePointer, _ place: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            // SQLite takes a nil address for null, and an empty text may have one.
            guard let address = bytes.baseAddress, !bytes.isEmpty else {
                return sqlite3_bind_text(prepared, place, "", 0, Self.copied)
            }
            return address.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                sqlite3_bind_text64(prepared, place, $0, UInt64(bytes.count), Self.copied, UInt8(SQLITE_UTF8))
            }
        }
    }

    /// Translates what SQLite reports and dooms the transaction.
    private func failed(_ text: String) -> any Error {
        let error = SQLiteFailure(on: handle, during: text).error
        failure = error
        return error
    }

    private static let begin = Statement("BEGIN DEFERRED")
    private static let first = Statement("SELECT 1 FROM sqlite_schema LIMIT 1")
    private static let rollback = Statement("ROLLBACK")

    /// `SQLITE_TRANSIENT`, a macro that is not imported: SQLite copies the text before the call returns.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// The columns of the row on which a prepared statement stands; nothing is copied before it is asked for.
private struct SQLiteColumns: RowColumns {
    private let prepared: OpaquePointer

    init(_ prepared: OpaquePointer) {
        self.prepared = prepared
    }

    func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(prepared, Int32(truncatingIfNeeded: column)) == SQLITE_NULL
    }

    func integer(_ column: Int) -> Int64 {
        sqlite3_column_int64(prepared, Int32(truncatingIfNeeded: column))
    }

    func text(_ column: Int) -> String {
        // In this order: asking for the text may convert it, and its length is that of the converted.
        guard let bytes = sqlite3_column_text(prepared, Int32(truncatingIfNeeded: column)) else { return "" }
        let count = Int(sqlite3_column_bytes(prepared, Int32(truncatingIfNeeded: column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}

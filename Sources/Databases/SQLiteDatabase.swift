import Foundation
import GRDBSQLite
public import OrderManagement
import Synchronization

import struct GRDB.Configuration
import struct GRDB.DatabaseError
import class GRDB.DatabasePool

/// A Waybill in one SQLite file: one writer, several readers beside it, every commit on disk before it is reported.
///
/// GRDB opens the connections, lends them and frames the transactions; statements run through the C interface.
/// A class, since it owns connections and the lock that keeps other processes from writing.
public final class SQLiteDatabase: Database, Sendable {
    public enum Mode: Sendable { case readWrite, readOnly }

    /// What happens when it is not known whether a commit reached the disk.
    public typealias UnknownOutcomeAction = @Sendable (_ reason: String) -> Void

    public let path: String
    public let mode: Mode
    private let pool: DatabasePool
    /// Nil when open for reading only.
    private let checkpoints: SQLiteCheckpoints?
    /// Nil when open for reading only: what another process writes may be lost with its machine's power until it is
    /// synced, a few milliseconds after it can be seen here.
    private let durability: SQLiteDurability?
    private let onUnknownOutcome: UnknownOutcomeAction
    private let state: Mutex<State>

    private struct State: Sendable {
        /// By the address of the SQLite connection; the pool keeps all of its connections until it is closed.
        var connections: [Int: SQLiteConnection] = [:]
        /// Why nothing runs any more, once closed or unsure of itself.
        var refusal: String?
        /// Whether the outcome of a commit is not known.
        var isUnsure = false
        var isClosed = false
        /// Held from opening to closing; nil when open for reading only.
        var lock: SQLiteLock?
    }

    // MARK: Opening

    /// Opens the file at `path`, creating it for `.readWrite` if there is none.
    ///
    /// - Parameter onUnknownOutcome: Called when a COMMIT failed in a way that leaves open whether it holds. By
    ///   default the process says why and exits with code 70: after a restart the file knows, and clients that
    ///   repeat their keys get the truth. Carrying on would answer from memory that may contradict the disk.
    /// - Throws: `DatabaseInUse` if another process writes to it; `DatabaseUnavailable` if the folder or file is
    ///   missing, not permitted or not a database, or a pragma did not take.
    public static func open(
        path: String, mode: Mode, onUnknownOutcome: @escaping UnknownOutcomeAction = exitSayingWhy
    ) throws -> SQLiteDatabase {
        try open(path: path, mode: mode, sync: nil, onUnknownOutcome: onUnknownOutcome)
    }

    /// - Parameter sync: Puts on the disk what was written to the log; by default `fdatasync`.
    static func open(
        path: String, mode: Mode, checkpoints limits: SQLiteCheckpoints.Limits = .init(),
        sync: (@Sendable () throws -> Void)? = nil, onUnknownOutcome: @escaping UnknownOutcomeAction = exitSayingWhy
    ) throws -> SQLiteDatabase {
        try checkFile(path, mode)
        let lock = mode == .readWrite ? try SQLiteLock(forDatabaseAt: path) : nil
        let pool: DatabasePool
        var checkpoints: SQLiteCheckpoints?
        do {
            pool = try DatabasePool(path: path, configuration: SQLiteSettings.configuration(mode))
            if mode == .readWrite { try SQLiteSettings.completeWriter(of: pool) }
            try SQLiteSettings.check(pool, mode)
            if mode == .readWrite {
                checkpoints = try SQLiteCheckpoints(of: pool, path: path, limits: limits) { say("\(path): \($0)") }
                try pool.writeWithoutTransaction { checkpoints?.follow($0) }
            }
        } catch let error as DatabaseError {
            throw openingError(error, path)
        }
        let log = SQLiteLogFile(ofDatabaseAt: path)
        let durability = mode == .readWrite
            ? SQLiteDurability(of: path, sync: sync ?? { try log.sync() }, onFailure: onUnknownOutcome) : nil
        return SQLiteDatabase(path, mode, pool, checkpoints, lock, durability, onUnknownOutcome)
    }

    private init(
        _ path: String, _ mode: Mode, _ pool: DatabasePool, _ checkpoints: SQLiteCheckpoints?, _ lock: SQLiteLock?,
        _ durability: SQLiteDurability?, _ onUnknownOutcome: @escaping UnknownOutcomeAction
    ) {
        self.path = path
        self.mode = mode
        self.pool = pool
        self.checkpoints = checkpoints
        self.onUnknownOutcome = onUnknownOutcome
        self.state = Mutex(State(lock: lock))
        self.durability = durability
    }

    deinit {
        do {
            try close()
        } catch {
            Self.say("closing \(path): \(error)")
        }
    }

    /// Writes the log back into the file, closes all connections and gives up the lock. Twice is harmless.
    ///
    /// - Throws: `DatabaseUnavailable` if a connection could not be closed; the lock is kept then.
    public func close() throws {
        let before = state.withLock { state in
            defer { state.refusal = state.refusal ?? "the database \(path) is closed" }
            return state
        }
        guard !before.isClosed else { return }
        do {
            try checkpoints?.stop()
            // Behind the last writer and, by closing, the last reader: nobody uses a statement any more.
            try pool.barrierWriteWithoutTransaction { db in
                checkpoints?.leave(db)
                for connection in before.connections.values { connection.finalizeStatements() }
                guard mode == .readWrite, !before.isUnsure, durability?.failure == nil else { return }
                do {
                    try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                } catch let error as DatabaseError {
                    // Harmless: the log stays beside the file, and the next start reads it.
                    Self.say("closing \(path): \(error)")
                }
            }
            durability?.stop()
            try pool.close()
        } catch let error as DatabaseError {
            throw DatabaseUnavailable("closing \(path): \(error)")
        }
        state.withLock { state in
            state.connections = [:]
            state.lock = nil
            state.isClosed = true
        }
    }

    /// Refuses early, in words, what SQLite would refuse with "unable to open database file".
    private static func checkFile(_ path: String, _ mode: Mode) throws {
        // By `stat` alone: opening and closing the file here would drop the locks that SQLite holds on it.
        var facts = stat()
        if stat(path, &facts) == 0 {
            guard facts.st_mode & S_IFMT == S_IFREG else {
                throw DatabaseUnavailable("\(path) is not a file, so it cannot be the database")
            }
            guard access(path, mode == .readWrite ? R_OK | W_OK : R_OK) == 0 else {
                throw DatabaseUnavailable("no permission to \(mode == .readWrite ? "write" : "read") \(path)")
            }
        } else if mode == .readOnly {
            throw DatabaseUnavailable("there is no database at \(path): \(String(cString: strerror(errno)))")
        }
    }

    private static func openingError(_ error: DatabaseError, _ path: String) -> any Error {
        let failure = SQLiteFailure(error, during: "opening \(path)")
        guard failure.code & 0xFF == SQLITE_NOTADB else {
            return DatabaseUnavailable("cannot open the database: \(failure.error)")
        }
        return DatabaseUnavailable("\(path) is not an SQLite database, or it is damaged from its first page on")
    }

    // MARK: Transactions

    public func write<T>(_ body: (any Connection) throws -> T) throws -> T {
        let (value, commit) = try withWriter { try transact($0, body) }
        try durability?.wait(for: commit)
        return value
    }

    public func write(
        _ body: (any Connection) throws -> Void, whenDurable completion: @escaping DurabilityCompletion
    ) throws {
        _ = try withWriter { try transact($0, then: completion, body) }
    }

    /// Runs `body` as `write` does, with foreign keys judged once at its end instead of at each statement.
    ///
    /// For migrations: a table that others point at can be rebuilt only so (sqlite.org/lang_altertable.html,
    /// section 7). Actions such as `ON DELETE CASCADE` do not run.
    func writeJudgingForeignKeysLast(_ body: (any Connection) throws -> Void) throws {
        let commit = try withWriter { db in
            // Without effect inside of a transaction, so it cannot be the body's business.
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            let outcome = Result {
                try transact(db) { connection in
                    try body(connection)
                    try connection.query(Self.foreignKeyCheck) { row in
                        throw BrokenInvariant("a row of \(try row.text(0)) points at no row of \(try row.text(2))")
                    }
                }
            }
            try db.execute(sql: "PRAGMA foreign_keys = ON")
            return try outcome.get().commit
        }
        try durability?.wait(for: commit)
    }

    private static let foreignKeyCheck = Statement("PRAGMA foreign_key_check")

    /// Lends the one writing connection, outside of any transaction.
    private func withWriter<T>(_ body: (LentConnection) throws -> T) throws -> T {
        guard mode == .readWrite else { throw DatabaseUnavailable("\(path) is open for reading only") }
        try checkOpen()
        do {
            return try pool.writeWithoutTransaction { db in
                // Again: a writer that queued behind one of unknown outcome must not go on.
                try checkOpen()
                return try body(db)
            }
        } catch let error as DatabaseError {
            throw SQLiteFailure(error, during: "a write").error
        }
    }

    /// Runs `body` and writes its commit, which is durable a moment later: then `completion` is called.
    private func transact<T>(
        _ db: LentConnection, then completion: DurabilityCompletion? = nil, _ body: (any Connection) throws -> T
    ) throws -> (value: T, commit: SQLiteDurability.Number) {
        let connection = try connection(on: db.sqliteConnection)
        try db.beginTransaction(.immediate)
        connection.begin()
        let value: T
        do {
            value = try body(connection)
            try connection.checkUnharmed()
        } catch {
            try endUncommitted { try db.rollback() }
            throw error
        }
        let commit = durability?.begin() ?? 0
        do {
            try db.commit()
        } catch let error as DatabaseError {
            durability?.wrote(commit)
            let failure = SQLiteFailure(error, during: "COMMIT")
            let unknown = failure.leavesCommitUnknown ? declareUnknown(failure) : nil
            try endUncommitted { try db.rollback() }
            throw unknown ?? failure.error
        }
        durability?.wrote(commit, completion)
        return (value, commit)
    }

    public func read<T>(_ body: (any Connection) throws -> T) throws -> T {
        let (value, seen) = try look(body)
        try durability?.wait(for: seen)
        return value
    }

    public func readAhead<T>(_ body: (any Connection) throws -> T) throws -> T { try look(body).value }

    /// What `body` sees on one snapshot, and the last commit that it may have seen, whether it is durable or not.
    private func look<T>(_ body: (any Connection) throws -> T) throws -> (value: T, seen: SQLiteDurability.Number) {
        try checkOpen()
        do {
            return try pool.unsafeRead { db in
                let connection = try connection(on: db.sqliteConnection)
                return try connection.snapshot {
                    let seen = durability?.lastBegun ?? 0
                    return (try body(connection), seen)
                }
            }
        } catch let error as DatabaseError {
            throw SQLiteFailure(error, during: "a read").error
        }
    }

    /// Lends one reader's SQLite connection, inside a snapshot of which everything is durable when it ends.
    func withReader<T>(_ body: (OpaquePointer) throws -> T) throws -> T {
        try checkOpen()
        do {
            let value = try pool.read { db in
                guard let handle = db.sqliteConnection else { throw DatabaseUnavailable("\(path) is closed") }
                return try body(handle)
            }
            if let durability { try durability.wait(for: durability.lastBegun) }
            return value
        } catch let error as DatabaseError {
            throw SQLiteFailure(error, during: "a read").error
        }
    }

    private func checkOpen() throws {
        if let refusal = state.withLock({ $0.refusal }) { throw DatabaseUnavailable(refusal) }
        if let failure = durability?.failure { throw DatabaseUnavailable(failure.description) }
    }

    private func connection(on handle: OpaquePointer?) throws -> SQLiteConnection {
        guard let handle else { throw DatabaseUnavailable("the database \(path) is closed") }
        let address = Int(bitPattern: handle)
        if let known = state.withLock({ $0.connections[address] }) { return known }
        let made = SQLiteConnection(handle)
        state.withLock { $0.connections[address] = made }
        return made
    }

    private func endUncommitted(_ rollback: () throws -> Void) throws {
        do {
            try rollback()
        } catch let error as DatabaseError {
            throw declareUnknown(SQLiteFailure(error, during: "ROLLBACK"))
        }
    }

    /// Stops everything: from here on only a restart can tell what the file holds.
    private func declareUnknown(_ failure: SQLiteFailure) -> UnknownOutcome {
        let reason =
            "\(failure.during) on \(path) failed (\(failure.message), SQLite code \(failure.code)): whether "
            + "the transaction is kept is only known after a restart"
        state.withLock { state in
            state.refusal = reason
            state.isUnsure = true
        }
        onUnknownOutcome(reason)
        return UnknownOutcome(description: reason)
    }

    /// Writes `reason` to standard error and ends the process with code 70 (`EX_SOFTWARE` of sysexits.h).
    ///
    /// At once, without closing anything: a checkpoint on the way out would build on the doubtful commit.
    public static func exitSayingWhy(_ reason: String) {
        say(reason)
        _exit(70)
    }

    private static func say(_ text: String) {
        FileHandle.standardError.write(Data("waybill: \(text)\n".utf8))
    }
}

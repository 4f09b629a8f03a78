import Foundation
public import OrderManagement
import Synchronization

/// A Waybill in a PostgreSQL database: one writer at a time among all processes, several readers beside it.
///
/// A write transaction begins by taking a lock that all Waybills share, so groups are serial, positions are gapless in
/// the order of commits, and two Waybills cannot deadlock; guards and CHECKs remain for sessions of others. Reads run
/// on a snapshot (REPEATABLE READ). Every call blocks its thread on libpq.
///
/// A class, since it owns connections. Unchecked `Sendable`: `writing` guards everything of the writer, a mutex the
/// rest.
public final class PostgresDatabase: Database, @unchecked Sendable {
    public enum Mode: Sendable { case readWrite, readOnly }

    /// What happens when it is not known whether a commit holds.
    public typealias UnknownOutcomeAction = @Sendable (_ reason: String) -> Void

    public let address: PostgresAddress
    public let mode: Mode
    let limits: PostgresLimits
    let onUnknownOutcome: UnknownOutcomeAction
    /// Held by the thread that writes.
    private let writing = NSLock()
    /// The connection that writes; only the holder of `writing` touches it.
    private var writer: PostgresConnection?
    /// Names this writer and its last commit in `commit_marks`, so that the outcome of a commit can be asked after.
    let writerID = UUID().uuidString.lowercased()
    private var commitNumber: Int64 = 0
    private let state = Mutex(State())
    private let attempts: PostgresAttempts
    private let readers: PostgresPool

    private struct State {
        /// Why nothing runs any more, once closed or unsure of itself.
        var refusal: String?
        var counts = PostgresCounts()
    }

    // MARK: Opening

    /// Connects to the database; for writing, what the engine itself keeps there is made if it is missing.
    ///
    /// - Parameters:
    ///   - onUnknownOutcome: Called when even that gave no answer. By default the process says why and exits with code
    ///     70: after a restart the database knows, and clients that repeat their keys get the truth.
    /// - Throws: `DatabaseUnavailable` in libpq's words, or if the server or the database's encoding does not do.
    public static func open(
        _ address: PostgresAddress, mode: Mode, limits: PostgresLimits = PostgresLimits(),
        onUnknownOutcome: @escaping UnknownOutcomeAction = SQLiteDatabase.exitSayingWhy
    ) throws -> PostgresDatabase {
        let database = PostgresDatabase(address, mode, limits, onUnknownOutcome)
        switch mode {
        case .readWrite: try database.prepareMarks()
        case .readOnly: try database.readers.lend { _ in }
        }
        return database
    }

    private init(
        _ address: PostgresAddress, _ mode: Mode, _ limits: PostgresLimits,
        _ onUnknownOutcome: @escaping UnknownOutcomeAction
    ) {
        self.address = address
        self.mode = mode
        self.limits = limits
        self.onUnknownOutcome = onUnknownOutcome
        let attempts = PostgresAttempts()
        self.attempts = attempts
        readers = PostgresPool(countMax: limits.readersMax, secondsMax: limits.poolSecondsMax) {
            try PostgresConnection { try attempts.perform { try PostgresLink(address, .reader, limits) } }
        }
    }

    deinit { close() }

    /// Ends all connections; what is being read is finished first. Twice is harmless.
    public func close() {
        state.withLock { $0.refusal = $0.refusal ?? "the database \(address) is closed" }
        writing.lock()
        if let writer { count(writer) }
        writer?.link.close()
        writer = nil
        writing.unlock()
        readers.close()
    }

    func checkOpen() throws {
        if let refusal = state.withLock({ $0.refusal }) { throw DatabaseUnavailable(refusal) }
    }

    // MARK: Connections

    /// The writer's connection, made again if it was lost.
    private func writerConnection() throws -> PostgresConnection {
        if let writer, writer.link.isAlive() { return writer }
        if let writer { count(writer) }
        writer?.link.close()
        writer = nil
        let fresh = try PostgresConnection { [address, limits, attempts] in
            try attempts.perform { try PostgresLink(address, .writer, limits) }
        }
        writer = fresh
        return fresh
    }

    /// From the machine's clock: when a writer was last seen is a note for operators.
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    // MARK: Counting

    /// What was done since opening, as of the last transactions that ended.
    public var counts: PostgresCounts { state.withLock { $0.counts } }

    func count(_ connection: PostgresConnection) {
        let fresh = connection.link.takeCounts()
        state.withLock { $0.counts += fresh }
    }

    func count(_ change: (inout PostgresCounts) -> Void) { state.withLock { change(&$0.counts) } }

    // MARK: Transactions

    private static let writeFrame = [
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        "SELECT pg_advisory_xact_lock(\(PostgresSettings.writersLock))",
    ]
    private static let readFrame = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"]

    public func write<T>(_ body: (any Connection) throws -> T) throws -> T {
        guard mode == .readWrite else { throw DatabaseUnavailable("\(address) is open for reading only") }
        writing.lock()
        defer { writing.unlock() }
        try checkOpen()
        let connection = try writerConnection()
        defer { count(connection) }
        connection.begin(Self.writeFrame)
        let value: T
        do {
            value = try body(connection)
            if connection.hasChanged { try mark(on: connection) }
            try connection.settleChanges()
        } catch {
            connection.end()
            throw explained(error, connection)
        }
        guard connection.hasChanged else {
            connection.end()
            return value
        }
        do {
            try connection.commit()
        } catch let failure as PostgresFailure {
            connection.end()
            guard failure.isEnd else {
                note(failure)
                throw failure.error
            }
            try settle(failure)
        }
        count { $0.commits += 1 }
        return value
    }

    public func read<T>(_ body: (any Connection) throws -> T) throws -> T {
        try checkOpen()
        return try readers.lend { connection in
            defer { count(connection) }
            connection.begin(Self.readFrame)
            defer { connection.end() }
            let value = try body(connection)
            try connection.settleChanges()
            return value
        }
    }

    /// Counts what failed, and says who is in the way if somebody is.
    private func explained(_ error: any Error, _ connection: PostgresConnection) -> any Error {
        guard let failure = connection.serverFailure else {
            if error is StaleRead { count { $0.retries += 1 } }
            return error
        }
        note(failure)
        guard failure.isLockTimeout else { return error }
        do {
            return DatabaseUnavailable("\(try lockHolder()): \(error)")
        } catch {
            return failure.error
        }
    }

    private func note(_ failure: PostgresFailure) {
        count { counts in
            if failure.error is StaleRead { counts.retries += 1 }
            if failure.isDeadlock { counts.deadlocks += 1 }
            if failure.isSerializationFailure { counts.serializationFailures += 1 }
        }
    }

    // MARK: The outcome of commits

    /// Notes that this transaction is this writer's commit number so-and-so, with its other changes.
    private func mark(on connection: PostgresConnection) throws {
        commitNumber += 1
        try connection.change(
            PostgresMarks.set,
            [[.text(writerID), .integer(commitNumber), .integer(Self.now)]])
    }

    /// Finds out whether the commit whose answer was lost is kept.
    ///
    /// On a new connection, under the writers' lock: once that is granted, the old transaction has ended, one way or
    /// the other. - Throws: `StaleRead` if it is not kept; `UnknownOutcome` if nobody can tell in time.
    private func settle(_ failure: PostgresFailure) throws {
        let deadline = ContinuousClock.now + .seconds(limits.settleSecondsMax)
        var last: any Error = failure.error
        while ContinuousClock.now < deadline {
            do {
                let connection = try writerConnection()
                defer { count(connection) }
                connection.begin(Self.writeFrame)
                defer { connection.end() }
                let number = try connection.first(PostgresMarks.find, [.text(writerID)]) { try $0.integer(0) }
                guard number == commitNumber else {
                    count { $0.commitsMissing += 1 }
                    throw StaleRead("the connection was lost at COMMIT, and nothing of it was kept")
                }
                return count { $0.commitsFound += 1 }
            } catch let stale as StaleRead {
                throw stale
            } catch {
                last = error
                usleep(100_000)
            }
        }
        let reason =
            "the answer to COMMIT was lost (\(failure.message)), and \(address) could not be asked for "
            + "\(limits.settleSecondsMax) s (\(last)): whether the transaction is kept is only known after a restart"
        state.withLock { $0.refusal = reason }
        onUnknownOutcome(reason)
        throw UnknownOutcome(description: reason)
    }
}

/// A database that holds one Waybill: the seam between the rules and an engine.
///
/// Every call blocks its thread; callers bring a thread of their own, never one of the cooperative pool.
public protocol Database: Sendable {
    /// Runs `body` in one read-write transaction and commits it durably; any error rolls back.
    ///
    /// - Throws: what `body` throws; `StaleRead` when another session was faster; `DatabaseUnavailable` (disk full,
    ///   connection lost: nothing was written).
    func write<T>(_ body: (any Connection) throws -> T) throws -> T

    /// Does the same and returns as soon as the next transaction may follow; `completion` is called, on any thread and
    /// in the order of the transactions, once this one is durable. Others do not see it before.
    ///
    /// - Throws: as `write` does, and then `completion` is not called.
    func write(_ body: (any Connection) throws -> Void, whenDurable completion: @escaping DurabilityCompletion) throws

    /// Runs `body` on one consistent snapshot, beside any writer; what it saw is durable when this returns.
    func read<T>(_ body: (any Connection) throws -> T) throws -> T

    /// The same without waiting for that: for decisions of which nobody hears before a later transaction is durable.
    func readAhead<T>(_ body: (any Connection) throws -> T) throws -> T
}

/// Hears that a transaction is durable; or that only a restart of the database can tell whether it is.
public typealias DurabilityCompletion = @Sendable (Result<Void, any Error>) -> Void

extension Database {
    /// For databases where a transaction is durable by the time the next one may follow.
    public func write(
        _ body: (any Connection) throws -> Void, whenDurable completion: @escaping DurabilityCompletion
    ) throws {
        try write(body)
        completion(.success(()))
    }

    /// For databases that show nothing that is not durable.
    public func readAhead<T>(_ body: (any Connection) throws -> T) throws -> T { try read(body) }
}

/// What a transaction runs its statements on. Valid only inside the closure that received it.
public protocol Connection: AnyObject {
    /// Runs a query once per row of parameters, as few round trips as the engine allows, and visits each row found.
    func query(_ statement: Statement, _ parameters: [[SQLValue]], _ visit: (Row) throws -> Void) throws

    /// Runs a change once per row of parameters and waits for it; the rows must not touch the same key twice.
    /// - Returns: The number of rows changed in all.
    @discardableResult
    func execute(_ statement: Statement, _ parameters: [[SQLValue]]) throws -> Int

    /// Runs a change once per row of parameters; the rows must not touch the same key twice.
    ///
    /// An engine that is reached over a network may keep changes back and send several at once: their errors come with
    /// the next query, or at the latest before the commit, and fail the transaction as a whole.
    /// - Throws: `StaleRead` if `isGuarded` and fewer rows change than were asked: a guard no longer holds.
    func change(_ statement: Statement, _ parameters: [[SQLValue]], isGuarded: Bool) throws

    /// Runs several statements without parameters: migrations only.
    func script(_ sql: String) throws
}

extension Connection {
    /// At once: for engines in the same process.
    public func change(_ statement: Statement, _ parameters: [[SQLValue]], isGuarded: Bool) throws {
        let changed = try execute(statement, parameters)
        guard !isGuarded || changed == parameters.count else {
            throw StaleRead(missed: parameters.count - changed, of: parameters.count, by: statement)
        }
    }

    /// Visits the rows that one row of parameters finds.
    public func query(_ statement: Statement, _ parameters: [SQLValue] = [], visit: (Row) throws -> Void) throws {
        try query(statement, [parameters], visit)
    }

    /// The rows that one row of parameters finds, decoded.
    public func rows<T>(_ statement: Statement, _ parameters: [SQLValue] = [], _ decode: (Row) throws -> T) throws
        -> [T]
    {
        var found: [T] = []
        try query(statement, [parameters]) { found.append(try decode($0)) }
        return found
    }

    /// The first row found, decoded.
    public func first<T>(_ statement: Statement, _ parameters: [SQLValue] = [], _ decode: (Row) throws -> T) throws
        -> T?
    {
        try rows(statement, parameters, decode).first
    }

    /// Runs a change once per row of parameters, now or together with others before the commit.
    public func change(_ statement: Statement, _ parameters: [[SQLValue]]) throws {
        guard !parameters.isEmpty else { return }
        try change(statement, parameters, isGuarded: false)
    }

    /// Runs a change whose guard stands in its WHERE clause, now or together with others before the commit.
    /// - Throws: `StaleRead` if fewer rows change than were asked: a guard no longer holds.
    public func changeGuarded(_ statement: Statement, _ parameters: [[SQLValue]]) throws {
        guard !parameters.isEmpty else { return }
        try change(statement, parameters, isGuarded: true)
    }
}

extension StaleRead {
    /// What a guarded change reports that changed fewer rows than it was asked to.
    /// - Parameters:
    ///   - missed: Rows of parameters that changed nothing.
    public init(missed: Int, of asked: Int, by statement: Statement) {
        self.init("\(missed) of \(asked) guarded changes missed: \(statement.text)")
    }
}

/// The rows decided on are no longer what the database holds: run again on fresh rows.
public struct StaleRead: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// The database cannot take writes now, and has taken none: disk full, read-only, connection refused.
public struct DatabaseUnavailable: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// The books contradict themselves: a fault of the program or of tampering, never of the caller.
public struct BrokenInvariant: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

public import OrderManagement

/// What the executable needs of a database beside its transactions, whatever the engine.
public protocol OpenedDatabase: Database {
    /// Brings the schema up to date: every step that is missing, each in a transaction of its own. Twice is harmless.
    ///
    /// - Parameter progress: Called before each step that runs.
    /// - Throws: `MigrationRefused` if a step that ran before has another text now, or the database knows steps that
    ///   this program does not; what the step threw, in which case it left nothing behind and the earlier ones stay.
    func migrate(_ migrations: [Migration], progress: (Migration) -> Void) throws

    /// The steps that have not run on this database, in their order. - Throws: `MigrationRefused` as `migrate` does.
    func pendingMigrations(_ migrations: [Migration]) throws -> [Migration]

    /// Copies the database as it is at this moment into a new file, beside running writers.
    ///
    /// - Parameter progress: Called with the share copied, from 0 to 1.
    /// - Throws: `BackupFailed` if `path` exists or the copy is not sound; `DatabaseUnavailable` if the disk is full.
    func backup(to path: String, progress: (Double) -> Void) throws

    /// What the database occupies.
    func sizeBytes() throws -> Int64

    /// What the engine counted since it was opened, for `/metrics`.
    var engineCounts: [EngineCount] { get }

    /// Ends all connections. Twice is harmless.
    func close() throws
}

/// One count of an engine, with its name in `/metrics` and what it means.
public struct EngineCount: Sendable {
    public let name: String
    public let meaning: String
    public let value: Int64
}

extension SQLiteDatabase: OpenedDatabase {
    public func sizeBytes() throws -> Int64 { try fileFacts().bytes }

    /// SQLite runs in this process: nothing of it can be lost or repeated on the way.
    public var engineCounts: [EngineCount] { [] }
}

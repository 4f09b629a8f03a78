import Foundation
public import OrderManagement

extension PostgresDatabase: OpenedDatabase {
    /// Brings the schema up to date; see `OpenedDatabase.migrate`.
    ///
    /// Each step runs in a transaction of its own, under the lock of the writers: two programs that migrate at once
    /// take turns, and a server that writes meanwhile waits. What is missing is looked up under the lock.
    public func migrate(_ migrations: [Migration], progress: (Migration) -> Void) throws {
        if try !hasHistory() { try again { try write { try $0.script(Self.createHistory) } } }
        var isDone = false
        while !isDone {
            try again {
                try write { db in
                    let applied = try Self.applied(in: db)
                    guard let next = try AppliedStep.pending(migrations, after: applied).first else {
                        isDone = true
                        return
                    }
                    progress(next)
                    try db.script(Self.withoutLimits + Self.dialect(next.sql))
                    try db.execute(
                        Self.insertStep,
                        [[SQLValue(next.number), SQLValue(next.name), SQLValue(next.checksum), .integer(Self.now)]])
                }
            }
        }
    }

    public func pendingMigrations(_ migrations: [Migration]) throws -> [Migration] {
        guard try hasHistory() else { return try AppliedStep.pending(migrations, after: []) }
        return try AppliedStep.pending(migrations, after: try read(Self.applied))
    }

    public func sizeBytes() throws -> Int64 { try read { try $0.first(Self.size) { try $0.integer(0) } ?? 0 } }

    /// A commit that turned out not to hold is run again, a few times.
    private func again(_ body: () throws -> Void) throws {
        for _ in 0..<4 {
            do { return try body() } catch is StaleRead { continue }
        }
        try body()
    }

    private func hasHistory() throws -> Bool { try read { try $0.first(Self.findHistory) { try $0.bool(0) } ?? false } }

    private static func applied(in db: any Connection) throws -> [AppliedStep] {
        try db.rows(selectSteps) {
            AppliedStep(number: try $0.int(0), name: try $0.text(1), checksum: try $0.text(2))
        }
    }

    /// Text is compared byte by byte, as SQLite does it, whatever the language of the database: lists go on behind
    /// their last key, and the doctor walks two tables side by side. Rows that change all the time find room on their
    /// own page, so that no index need follow them; long rows stay whole, since packing one costs more than keeping it.
    static func dialect(_ sql: String) -> String {
        sql.replacing(/\bTEXT\b/, with: "TEXT COLLATE \"C\"")
            .replacing("/* hot */", with: "WITH (fillfactor = 50)")
            .replacing("/* long */", with: "WITH (toast_tuple_target = 8160)")
    }

    /// A step may take as long as it needs, and walks whole tables.
    private static let withoutLimits = """
        SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;
        SET LOCAL enable_mergejoin = on;

        """
    private static let createHistory = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number BIGINT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        )
        """
    private static let findHistory = Statement("SELECT to_regclass('schema_migrations') IS NOT NULL")
    private static let selectSteps = Statement("SELECT number, name, checksum FROM schema_migrations ORDER BY number")
    private static let insertStep = Statement(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (#number, :name, :checksum, #at)")
    private static let size = Statement("SELECT pg_database_size(current_database())")
}

extension PostgresDatabase {
    public var engineCounts: [EngineCount] {
        let counts = counts
        return [
            EngineCount("round_trips", "Times that the database was waited for", counts.roundTrips),
            EngineCount("statements", "Statements sent to the database", counts.statements),
            EngineCount("sent_bytes", "Bytes of statements and parameters sent", counts.bytesSent),
            EngineCount("commits", "Write transactions committed", counts.commits),
            EngineCount("retries", "Write transactions to be run again on fresh rows", counts.retries),
            EngineCount("deadlocks", "Deadlocks with other sessions, run again", counts.deadlocks),
            EngineCount(
                "serialization_failures", "Serialization failures, run again", counts.serializationFailures),
            EngineCount("connections", "Connections opened", counts.connections),
            EngineCount("connections_lost", "Connections that ended without our doing", counts.connectionsLost),
            EngineCount("commits_found", "Commits that hold though their answer was lost", counts.commitsFound),
            EngineCount("commits_missing", "Commits that were lost with their answer", counts.commitsMissing),
        ]
    }
}

extension EngineCount {
    fileprivate init(_ name: String, _ meaning: String, _ value: Int64) {
        self.init(name: "waybill_database_\(name)_total", meaning: meaning, value: value)
    }
}

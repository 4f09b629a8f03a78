import OrderManagement

/// What each writer committed last: by this a commit whose answer was lost is found again.
///
/// One row per process that ever wrote, overwritten by each of its commits; it belongs to the engine, as the history
/// of migrations does, and no rule reads it.
enum PostgresMarks {
    static let set = Statement(
        """
        INSERT INTO commit_marks (writer, number, at) VALUES (:writer, #number, #at)
        ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at
        """)
    static let find = Statement("SELECT number FROM commit_marks WHERE writer = :writer")
    static let exists = Statement("SELECT to_regclass('commit_marks') IS NOT NULL")
    static let findOld = Statement("SELECT 1 FROM commit_marks WHERE at < #before LIMIT 1")
    static let deleteOld = Statement("DELETE FROM commit_marks WHERE at < #before")
    static let keptDays: Int64 = 30

    static let table = """
        CREATE TABLE IF NOT EXISTS commit_marks (
            writer TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            number BIGINT NOT NULL,
            at BIGINT NOT NULL
        ) WITH (fillfactor = 50)
        """

    /// Who holds the writers' lock, for a message.
    static let holder = Statement(
        """
        SELECT a.pid, COALESCE(a.application_name, ''), COALESCE(host(a.client_addr), 'local'),
            COALESCE(a.state, ''), CAST(EXTRACT(EPOCH FROM clock_timestamp() - a.xact_start) AS BIGINT)
        FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
            AND (CAST(l.classid AS BIGINT) << 32) + CAST(l.objid AS BIGINT) = #key
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """)
}

extension PostgresDatabase {
    /// Makes the table of marks if it is missing, and forgets writers of long ago.
    func prepareMarks() throws {
        let exists = try read { try $0.first(PostgresMarks.exists) { try $0.bool(0) } ?? false }
        // The first mark is set by the same transaction that makes the table.
        if !exists { try write { try $0.script(PostgresMarks.table) } }
        let before = PostgresDatabase.now - PostgresMarks.keptDays * 86_400_000
        let hasOld = try read { try $0.first(PostgresMarks.findOld, [.integer(before)]) { try $0.int(0) } != nil }
        if hasOld { try write { _ = try $0.execute(PostgresMarks.deleteOld, [[.integer(before)]]) } }
    }

    /// Names the session that holds the writers' lock.
    func lockHolder() throws -> String {
        let holder = try read { db in
            try db.first(PostgresMarks.holder, [.integer(PostgresSettings.writersLock)]) { row in
                let name = try row.text(1)
                return "session \(try row.integer(0)) (\(name.isEmpty ? "no application name" : name), from "
                    + "\(try row.text(2)), \(try row.text(3)) for \(row.optionalInteger(4) ?? 0) s)"
            }
        }
        guard let holder else { return "a lock was not granted within \(limits.lockSecondsMax) s" }
        return "\(holder) has been writing for longer than the \(limits.lockSecondsMax) s that others wait"
    }
}

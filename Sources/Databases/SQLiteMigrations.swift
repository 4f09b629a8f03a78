import Foundation
public import OrderManagement

/// The schema of the database and the steps of this program do not belong together.
public struct MigrationRefused: Error, Sendable, CustomStringConvertible {
    public let description: String
}

extension SQLiteDatabase {
    /// Brings the schema up to date: every step that is missing, each in a transaction of its own. Twice is harmless.
    ///
    /// - Parameter progress: Called before each step that runs.
    /// - Throws: `MigrationRefused` if a step that ran before has another text now, or the database knows steps that
    ///   this program does not; what the step threw, in which case it left nothing behind and the earlier ones stay.
    public func migrate(_ migrations: [Migration], progress: (Migration) -> Void) throws {
        try write { try $0.script(Self.createHistory) }
        for migration in try pendingMigrations(migrations) {
            progress(migration)
            try writeJudgingForeignKeysLast { connection in
                try connection.script(Self.dialect(migration.sql))
                try connection.execute(
                    Self.insertStep,
                    [[SQLValue(migration.number), SQLValue(migration.name), SQLValue(migration.checksum), Self.now]])
            }
        }
    }

    /// The steps that have not run on this database, in their order.
    ///
    /// - Throws: `MigrationRefused` as `migrate` does.
    public func pendingMigrations(_ migrations: [Migration]) throws -> [Migration] {
        let applied = try read { connection in
            guard try connection.first(Self.findHistory, [], { try $0.int(0) }) != nil else { return [AppliedStep]() }
            return try connection.rows(Self.selectSteps) {
                AppliedStep(number: try $0.int(0), name: try $0.text(1), checksum: try $0.text(2))
            }
        }
        return try AppliedStep.pending(migrations, after: applied)
    }

    /// Spells the two phrases of the shared dialect that SQLite spells differently; see `Migration`.
    static func dialect(_ sql: String) -> String {
        sql.replacingOccurrences(of: "BIGINT NOT NULL PRIMARY KEY", with: "INTEGER NOT NULL PRIMARY KEY")
            .replacingOccurrences(of: "/* clustered */", with: "WITHOUT ROWID")
    }

    /// From the machine's clock: when a step ran is a note for operators, and no rule reads it.
    private static var now: SQLValue { SQLValue(Int64(Date().timeIntervalSince1970 * 1000)) }

    private static let createHistory = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number INTEGER NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            applied_at BIGINT NOT NULL
        )
        """
    private static let findHistory = Statement(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'")
    private static let selectSteps = Statement("SELECT number, name, checksum FROM schema_migrations ORDER BY number")
    private static let insertStep = Statement(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (#number, :name, :checksum, #at)")
}

/// A step of the schema that a database has behind it.
struct AppliedStep: Hashable, Sendable {
    let number: Int
    let name: String
    let checksum: String

    /// The steps still to run after `applied`.
    ///
    /// - Throws: `MigrationRefused` if the past is not the one that `migrations` tell.
    static func pending(_ migrations: [Migration], after applied: [AppliedStep]) throws -> [Migration] {
        let known = Dictionary(grouping: migrations, by: \.number)
        if let twice = known.first(where: { $0.value.count > 1 }) {
            throw MigrationRefused(description: "two migrations bear the number \(twice.key)")
        }
        for step in applied {
            guard let migration = known[step.number]?.first else {
                throw MigrationRefused(
                    description: "the database is newer than this program: it has migration \(step.number) "
                        + "(\(step.name)), which this program does not know; start the newer program")
            }
            guard migration.checksum == step.checksum else {
                throw MigrationRefused(
                    description: "migration \(step.number) (\(step.name)) was changed after it ran on this "
                        + "database: its checksum is \(migration.checksum), it ran as \(step.checksum)")
            }
        }
        let behind = Set(applied.map(\.number))
        let pending = migrations.filter { !behind.contains($0.number) }.sorted { $0.number < $1.number }
        if let last = behind.max(), let early = pending.first, early.number < last {
            throw MigrationRefused(
                description: "migration \(early.number) (\(early.name)) comes before migration \(last), which has "
                    + "run on this database: steps only go forward")
        }
        return pending
    }
}

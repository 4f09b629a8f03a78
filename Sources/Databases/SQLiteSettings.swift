import GRDB
import GRDBSQLite
import OrderManagement

/// What the pool lends: GRDB calls it `Database`, the word that Waybill uses for the whole.
typealias LentConnection = GRDB.Database

/// How every connection is set up, and the proof that it is.
///
/// | setting | why |
/// |---|---|
/// | `journal_mode=WAL` | readers beside the writer |
/// | `synchronous=NORMAL` | a commit is synced beside the next one, before it is reported (`SQLiteDurability`) |
/// | `foreign_keys=ON` | off by default in SQLite |
/// | `busy_timeout` | a reader of another process may hold the file for a moment |
/// | `page_size` | of a new file: an order changes some ten pages here and there, and each is written whole |
/// | `wal_autocheckpoint=0` | the log is carried back beside the writer (`SQLiteCheckpoints`) |
/// | `journal_size_limit` | a log that grew behind a long reader shrinks again |
enum SQLiteSettings {
    static let busySeconds = 5
    /// No more, since SQLite walks through all pages of its cache after nearly every commit: dividing pages it uses a
    /// page far behind the last one for a moment, and drops afterwards whatever lies behind the last. With 64 MB that
    /// was a millisecond each time.
    static let writerCacheKibibytes = 16 * 1024
    static let readerCacheKibibytes = 16 * 1024
    static let pageBytes = 2_048
    static let journalBytesMax = 64 * 1024 * 1024
    static let readersMax = 8

    static func configuration(_ mode: SQLiteDatabase.Mode) -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.readonly = mode == .readOnly
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(busySeconds))
        configuration.maximumReaderCount = readersMax
        // Prepared statements are kept per connection, so connections must live as long as the pool.
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { db in
            let cache = db.configuration.readonly ? readerCacheKibibytes : writerCacheKibibytes
            // Without effect on a file that has pages already.
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA page_size = \(pageBytes)") }
            try db.execute(sql: "PRAGMA cache_size = -\(cache)")
            // GRDB lets readers wait for 10 seconds.
            try db.execute(sql: "PRAGMA busy_timeout = \(busySeconds * 1000)")
        }
        return configuration
    }

    /// Of the connection that carries the log back: it neither reads nor writes anything else.
    static func checkpointing() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(Double(busySeconds))
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        }
        return configuration
    }

    /// Sets what must be set after GRDB has opened the writer, since GRDB itself sets some of it at the very end.
    static func completeWriter(of pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try db.execute(sql: "PRAGMA journal_size_limit = \(journalBytesMax)")
        }
    }

    /// Reads every setting back. - Throws: `DatabaseUnavailable` naming the settings that did not take.
    static func check(_ pool: DatabasePool, _ mode: SQLiteDatabase.Mode) throws {
        if mode == .readWrite {
            try pool.writeWithoutTransaction { db in
                try compare(
                    [
                        "journal_mode": "wal", "synchronous": "1", "foreign_keys": "1",
                        "busy_timeout": "\(busySeconds * 1000)", "cache_size": "-\(writerCacheKibibytes)",
                        "wal_autocheckpoint": "0", "journal_size_limit": "\(journalBytesMax)",
                    ], on: db)
            }
        }
        try pool.read { db in
            try compare(
                [
                    "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "\(busySeconds * 1000)",
                    "cache_size": "-\(readerCacheKibibytes)",
                ], on: db)
        }
    }

    private static func compare(_ expected: [String: String], on db: LentConnection) throws {
        var wrong: [String] = []
        for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
            let found = try String.fetchOne(db, sql: "PRAGMA \(name)") ?? "nothing"
            if found != value { wrong.append("\(name) is \(found), not \(value)") }
        }
        guard wrong.isEmpty else {
            throw DatabaseUnavailable("SQLite did not take its settings: \(wrong.joined(separator: "; "))")
        }
    }
}

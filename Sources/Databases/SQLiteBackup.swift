import Foundation
import GRDBSQLite
import OrderManagement

extension SQLiteDatabase {
    /// Copies the database as it is at this moment into a new file, beside running writers.
    ///
    /// 1. A reader holds one snapshot for the whole copy, so writers neither wait nor make it start over. Meanwhile
    ///    the write-ahead log cannot start from its beginning again: it grows by what is written.
    /// 2. The pages go to `<path>.partial`; that file passes `PRAGMA integrity_check` and is synced to the disk.
    /// 3. It gets its name. A crash leaves at most the partial file and an empty one of its name.
    ///
    /// - Parameter progress: Called with the share copied, from 0 to 1, after every few megabytes.
    /// - Throws: `BackupFailed` if `path` exists or the copy is not sound; `DatabaseUnavailable` if the disk is full.
    public func backup(to path: String, progress: (Double) -> Void) throws {
        try BackupFile.reserve(path)
        do {
            let partial = path + ".partial"
            try BackupFile.remove([partial, partial + "-wal", partial + "-shm", partial + "-journal"])
            try withReader { try SQLiteFile.copyPages(from: $0, to: partial, progress: progress) }
            try SQLiteFile.checkIntegrity(of: partial)
            try BackupFile.sync(partial)
            try BackupFile.move(partial, to: path)
        } catch {
            try BackupFile.remove([path, path + ".partial"])
            throw error
        }
    }

    /// Puts the backup at `source` in the place of the database at `target`.
    ///
    /// The source is copied and the copy checked before anything changes at the target. The database it replaces is
    /// kept as `<target>.replaced` until the new one is in place, so a crash in between loses neither.
    ///
    /// - Parameter force: Whether a database at `target` may be replaced.
    /// - Throws: `DatabaseInUse` if a running process has the target open; `BackupFailed` if the target exists and
    ///   `force` is false, or the source is missing or not sound; `DatabaseUnavailable` if the disk is full.
    public static func restore(from source: String, to target: String, force: Bool = false) throws {
        let lock = try SQLiteLock(forDatabaseAt: target)
        try withExtendedLifetime(lock) {
            if BackupFile.exists(target), !force {
                throw BackupFailed(description: "\(target) exists: it is replaced only if that is forced")
            }
            let partial = target + ".partial"
            try BackupFile.remove([partial, partial + "-wal", partial + "-shm", partial + "-journal"])
            do {
                try SQLiteFile.checkIntegrity(of: source)
                try SQLiteFile.withReadOnly(source) { try SQLiteFile.copyPages(from: $0, to: partial) { _ in } }
                try SQLiteFile.checkIntegrity(of: partial)
                try BackupFile.sync(partial)
            } catch {
                try BackupFile.remove([partial])
                throw error
            }
            // The log first: a log beside a database that it does not belong to would be played into it.
            for suffix in ["-wal", ""] where BackupFile.exists(target + suffix) {
                try BackupFile.move(target + suffix, to: target + ".replaced" + suffix)
            }
            try BackupFile.remove([target + "-shm", target + "-journal"])
            try BackupFile.move(partial, to: target)
            try BackupFile.remove([target + ".replaced", target + ".replaced-wal"])
        }
    }
}

/// What backup and restore do to database files that nobody has open.
enum SQLiteFile {
    /// 4 MiB of default pages: between two such steps other threads get at the disk.
    static let pagesPerStep: Int32 = 1024

    /// Copies all pages of one snapshot of `source` into a new file.
    static func copyPages(from source: OpaquePointer, to path: String, progress: (Double) -> Void) throws {
        // A first read: a transaction takes its snapshot only then, and the copy must not straddle two.
        guard sqlite3_exec(source, "SELECT count(*) FROM sqlite_master", nil, nil, nil) == SQLITE_OK else {
            throw SQLiteFailure(on: source, during: "reading the database").error
        }
        try with(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) { copy in
            // Not journalled and not synced while it grows: a partial copy is worth nothing, the whole one is synced.
            sqlite3_exec(copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nil, nil, nil)
            guard let backup = sqlite3_backup_init(copy, "main", source, "main") else {
                throw SQLiteFailure(on: copy, during: "copying to \(path)").error
            }
            var code: Int32
            repeat {
                code = sqlite3_backup_step(backup, pagesPerStep)
                let total = sqlite3_backup_pagecount(backup)
                if total > 0 { progress(1 - Double(sqlite3_backup_remaining(backup)) / Double(total)) }
            } while code == SQLITE_OK
            guard sqlite3_backup_finish(backup) == SQLITE_OK, code == SQLITE_DONE else {
                throw SQLiteFailure(on: copy, during: "copying to \(path)").error
            }
        }
    }

    /// - Throws: `BackupFailed` with the first faults that `PRAGMA integrity_check` finds, also if it cannot run.
    static func checkIntegrity(of path: String) throws {
        try withReadOnly(path) { handle in
            var faults: [String] = []
            do {
                try SQLiteConnection(handle).query(Statement(composed: "PRAGMA integrity_check(10)")) { row in
                    faults.append(try row.text(0))
                }
            } catch {
                faults.append("\(error)")
            }
            guard faults == ["ok"] else {
                throw BackupFailed(description: "\(path) is damaged: \(faults.joined(separator: "; "))")
            }
        }
    }

    /// Opens a file that nobody writes to, without leaving anything beside it.
    static func withReadOnly(_ path: String, _ body: (OpaquePointer) throws -> Void) throws {
        guard BackupFile.exists(path) else { throw BackupFailed(description: "there is no file \(path)") }
        var log = stat()
        // `immutable` makes no log of its own; with one that holds something, it would have to be read too.
        let isWhole = stat(path + "-wal", &log) != 0 || log.st_size == 0
        var allowed = CharacterSet.urlPathAllowed
        allowed.remove(charactersIn: "?#%;")
        guard let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) else {
            throw BackupFailed(description: "\(path) is not a file name that SQLite can open")
        }
        let name = path.hasPrefix("/") ? "file://\(escaped)" : "file:\(escaped)"
        try with(name + (isWhole ? "?immutable=1" : ""), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, body)
    }

    private static func with(_ name: String, _ flags: Int32, _ body: (OpaquePointer) throws -> Void) throws {
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        defer { sqlite3_close_v2(handle) }
        guard code == SQLITE_OK, let handle else {
            let reason = String(cString: sqlite3_errstr(code))
            throw BackupFailed(description: "cannot open \(name): \(reason)")
        }
        try body(handle)
    }
}

import Foundation
import OrderManagement

/// The database belongs to another process.
public struct DatabaseInUse: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// The right to write to a database file, held by one process at a time.
///
/// SQLite itself would let several processes write. Versions 3.7.0 to 3.51.2 can damage a file when two connections
/// write and checkpoint at once (sqlite.org/wal.html, "the WAL-reset bug"), so exactly one may.
///
/// A class, since the right ends with its last holder. The file stays: removing it would let two processes lock two
/// different files of one name.
final class SQLiteLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock `<path>.lock` without waiting and writes the process number into it.
    ///
    /// - Throws: `DatabaseInUse` if it is taken, also by another holder in this process; `DatabaseUnavailable` if the
    ///   file cannot be made.
    init(forDatabaseAt path: String) throws {
        let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.unavailable(path, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { close(descriptor) }
            guard reason == EWOULDBLOCK else { throw Self.unavailable(path, reason) }
            let holder = Self.holder(descriptor)
            throw DatabaseInUse(
                description: "another Waybill (process \(holder)) has this database open: stop it, or use its API")
        }
        let text = "\(getpid())\n"
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count else {
            let reason = errno
            close(descriptor)
            throw Self.unavailable(path, reason)
        }
        self.descriptor = descriptor
    }

    deinit {
        // Said explicitly: a child process that is just being started shares the descriptor until it runs.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (48...57).contains($0) }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }

    private static func unavailable(_ path: String, _ reason: Int32) -> DatabaseUnavailable {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        switch reason {
        case ENOENT:
            return DatabaseUnavailable("the folder \(folder) of the database does not exist: create it first")
        case EACCES, EPERM:
            return DatabaseUnavailable("no permission to write in \(folder), where the database \(path) should be")
        case EROFS:
            return DatabaseUnavailable("\(folder), where the database \(path) should be, is read-only")
        default:
            return DatabaseUnavailable("cannot open \(path).lock: \(String(cString: strerror(reason)))")
        }
    }
}

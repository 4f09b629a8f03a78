import Foundation
import OrderManagement

/// A copy of a database could not be made, or is not sound.
public struct BackupFailed: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// What backups of every engine do to files.
enum BackupFile {
    static func exists(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0
    }

    /// Takes the name by an empty file. - Throws: `BackupFailed` if it is taken.
    static func reserve(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? BackupFailed(description: "\(path) exists: a backup never overwrites a file")
                : failed("create", path)
        }
        close(descriptor)
    }

    static func remove(_ paths: [String]) throws {
        for path in paths where unlink(path) != 0 && errno != ENOENT { throw failed("remove", path) }
    }

    /// Renames within one folder, durably.
    static func move(_ path: String, to target: String) throws {
        guard rename(path, target) == 0 else { throw failed("rename", path) }
        try sync(URL(fileURLWithPath: target).deletingLastPathComponent().path)
    }

    /// Waits until a file, or the names in a folder, are on the disk.
    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failed("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failed("sync", path) }
    }

    private static func failed(_ action: String, _ path: String) -> DatabaseUnavailable {
        DatabaseUnavailable("cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}

import Foundation
import OrderManagement

/// What the database occupies, for `/metrics`.
public struct SQLiteFileFacts: Hashable, Sendable {
    public let path: String
    /// Size of the database file in bytes.
    public let bytes: Int64
    /// Size of the write-ahead log in bytes; it stands at its limit while a long reader is busy.
    public let journalBytes: Int64
    /// Pages of the snapshot read, with those still in the log; `pageCount * pageBytes` is the size to come.
    public let pageCount: Int64
    public let pageBytes: Int64
    /// Pages that hold nothing and will be used before the file grows.
    public let freePageCount: Int64
}

extension SQLiteDatabase {
    /// Reads the sizes as they are now. - Throws: `DatabaseUnavailable` if the database is closed.
    public func fileFacts() throws -> SQLiteFileFacts {
        let (pages, pageBytes, free) = try read { connection in
            (
                try connection.first(Self.pageCount) { try $0.integer(0) } ?? 0,
                try connection.first(Self.pageSize) { try $0.integer(0) } ?? 0,
                try connection.first(Self.freePages) { try $0.integer(0) } ?? 0
            )
        }
        return SQLiteFileFacts(
            path: path, bytes: Self.size(path), journalBytes: Self.size(path + "-wal"), pageCount: pages,
            pageBytes: pageBytes, freePageCount: free)
    }

    /// Zero if there is no such file. By `stat` alone: closing the file here would drop SQLite's locks on it.
    private static func size(_ path: String) -> Int64 {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int64(facts.st_size) : 0
    }

    private static let pageCount = Statement("PRAGMA page_count")
    private static let pageSize = Statement("PRAGMA page_size")
    private static let freePages = Statement("PRAGMA freelist_count")
}

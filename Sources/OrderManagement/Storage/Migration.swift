/// One step of the schema: numbered, checksummed, forward only.
///
/// The text is the shared dialect; two phrases are spelled differently by SQLite, where they save a second tree per
/// table: `BIGINT NOT NULL PRIMARY KEY` (there `INTEGER …`, the row id itself) and `/* clustered */` behind
/// a table (there `WITHOUT ROWID`). PostgreSQL adds to `TEXT` that it is compared byte by byte, and takes `/* hot */`
/// (rows that change all the time) and `/* long */` (rows of several kB) as hints how to keep them. Nothing else
/// differs.
public struct Migration: Sendable, Hashable {
    /// `0004`: the order in which they run.
    public let number: Int
    /// `inventory`: the feature it belongs to.
    public let name: String
    public let sql: String
    /// Of the text as shipped; a database that ran another text under this number is refused.
    public let checksum: String

    public init(number: Int, name: String, sql: String, checksum: String) {
        self.number = number
        self.name = name
        self.sql = sql
        self.checksum = checksum
    }
}

import GRDB
import GRDBSQLite
import OrderManagement

/// A result code of SQLite with its story, on its way to becoming an error that the rules know.
struct SQLiteFailure: Sendable {
    /// Extended result code.
    let code: Int32
    let message: String
    /// What was being done: an SQL text, or a few words.
    let during: String

    init(code: Int32, message: String, during: String) {
        self.code = code
        self.message = message
        self.during = during
    }

    /// The failure that the connection reported last.
    init(on handle: OpaquePointer, during: String) {
        self.init(
            code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)), during: during)
    }

    /// A failure of a statement that GRDB ran: the frame of a transaction, or a pragma.
    init(_ error: DatabaseError, during: String) {
        self.init(
            code: error.extendedResultCode.rawValue, message: error.message ?? "no message", during: during)
    }

    /// The error that callers see.
    ///
    /// A taken key is a lost race (`StaleRead`); every other broken constraint is a fault of the program, since the
    /// rules check before they write.
    var error: any Error {
        let story = "\(message) (SQLite code \(code)), during: \(during.prefix(500))"
        switch code & 0xFF {
        case SQLITE_CONSTRAINT where Self.takenKeys.contains(code): return StaleRead(story)
        case SQLITE_BUSY: return StaleRead(story)
        case SQLITE_FULL, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PERM, SQLITE_PROTOCOL,
            SQLITE_NOLFS:
            return DatabaseUnavailable(story)
        case SQLITE_CORRUPT, SQLITE_NOTADB: return BrokenInvariant("the database file is damaged: \(story)")
        default: return BrokenInvariant(story)
        }
    }

    /// Whether a COMMIT that failed so may still be found in the file after a restart.
    ///
    /// SQLite reports these four before the commit record is complete. After any other (a failed fsync above all)
    /// the record may stand in the log, and recovery would bring it back.
    var leavesCommitUnknown: Bool {
        switch code & 0xFF {
        case SQLITE_FULL, SQLITE_BUSY, SQLITE_CONSTRAINT, SQLITE_READONLY: false
        default: true
        }
    }

    // Spelled as numbers since C macros with arithmetic are not imported: SQLITE_CONSTRAINT | n << 8.
    private static let takenKeys: Set<Int32> = [
        SQLITE_CONSTRAINT | 6 << 8,  // PRIMARYKEY
        SQLITE_CONSTRAINT | 8 << 8,  // UNIQUE
        SQLITE_CONSTRAINT | 10 << 8,  // ROWID
    ]
}

/// Whether a transaction was committed is not known: only a restart and the clients' repeated keys will tell.
public struct UnknownOutcome: Error, Sendable, CustomStringConvertible {
    public let description: String
}

import CLibPQ
import OrderManagement

/// What PostgreSQL or libpq reported, on its way to becoming an error that the rules know.
struct PostgresFailure: Error, Sendable {
    /// Five characters (Appendix A of the PostgreSQL manual); empty when libpq itself failed.
    let state: String
    let message: String
    /// What was being done: an SQL text, or a few words.
    let during: String
    /// Whether the session is over: nothing more can be said on this connection.
    let isEnd: Bool

    init(state: String = "", message: String, during: String, isEnd: Bool = false) {
        self.state = state
        self.message = message
        self.during = during
        self.isEnd = isEnd
    }

    /// The error that a result stands for.
    init(_ result: OpaquePointer, during: String) {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
        }
        // The letters are those of postgres_ext.h: PG_DIAG_SQLSTATE and its neighbours, macros that are not imported.
        let state = field("C") ?? ""
        let severity = field("V") ?? field("S") ?? ""
        var message = field("M") ?? String(cString: PQresultErrorMessage(result))
        if let detail = field("D") { message += " (\(detail))" }
        self.init(
            state: state, message: message.oneLine, during: during,
            isEnd: severity == "FATAL" || severity == "PANIC" || state.hasPrefix("08") || state.isEmpty)
    }

    /// Two transactions waited for each other, and this one was ended.
    var isDeadlock: Bool { state == "40P01" }
    var isSerializationFailure: Bool { state == "40001" }
    /// A lock was not granted in `lock_timeout`.
    var isLockTimeout: Bool { state == "55P03" }
    /// A prepared statement is not what it was: another schema, or another session behind a pooler.
    var isStalePlan: Bool { state == "26000" || state == "0A000" && message.contains("cached plan") }

    /// The error that callers see.
    ///
    /// A taken key is a lost race (`StaleRead`), as are deadlocks, serialization failures and stale plans: run again,
    /// they go through. Every other broken constraint is a fault of the program, since the rules check before they
    /// write.
    var error: any Error {
        let story = "\(message)\(state.isEmpty ? "" : " (SQLSTATE \(state))"), during: \(during.prefix(500))"
        if isEnd { return DatabaseUnavailable("the connection to the database ended: \(story)") }
        if isStalePlan { return StaleRead(story) }
        switch state {
        case "23505", "40001", "40P01": return StaleRead(story)
        case "25006": return DatabaseUnavailable("the database server takes no writes, it is read-only: \(story)")
        case "53100": return DatabaseUnavailable("the disk of the database server is full: \(story)")
        case "55P03": return DatabaseUnavailable("somebody else holds what this waits for: \(story)")
        case "57014": return DatabaseUnavailable("the statement took too long, or somebody cancelled it: \(story)")
        case "42501": return DatabaseUnavailable("the database role may not do this: \(story)")
        default: break
        }
        switch state.prefix(2) {
        case "08", "53", "57", "58": return DatabaseUnavailable(story)
        case "XX": return BrokenInvariant("the database is damaged: \(story)")
        default: return BrokenInvariant(story)
        }
    }
}

extension String {
    /// What libpq says on several lines, on one.
    var oneLine: String {
        split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
    }
}

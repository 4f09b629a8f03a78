/// The jobs, in their table.
public enum JobQueue {
    private static let insert = Statement(
        """
        INSERT INTO jobs (id, kind, order_id, payload, state, due, attempts, created_at)
        VALUES (#id, :kind, #order_id, :payload, 'waiting', #due, 0, #at)
        """)
    private static let dueJobs = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error FROM jobs
        WHERE state = 'waiting' AND due <= #now ORDER BY due, id LIMIT #limit
        """)
    private static let byID = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error FROM jobs WHERE id = #id AND state = 'waiting'
        """)
    private static let nextDue = Statement("SELECT MIN(due) FROM jobs WHERE state = 'waiting'")
    private static let delete = Statement("DELETE FROM jobs WHERE id = #id")
    private static let postpone = Statement(
        "UPDATE jobs SET due = #due, attempts = #attempts, last_error = :error WHERE id = #id AND state = 'waiting'")
    private static let bury = Statement(
        """
        UPDATE jobs SET state = 'buried', attempts = #attempts, last_error = :error
        WHERE id = #id AND state = 'waiting'
        """)

    static func add(_ rows: [[SQLValue]], in db: any Connection) throws { try db.change(insert, rows) }

    /// The jobs that are due, the longest due first.
    public static func due(at now: Timestamp, limit: Int, in db: any Connection) throws -> [Job] {
        try db.rows(dueJobs, [.integer(now.milliseconds), SQLValue(limit)], job)
    }

    /// When the next job falls due; nil when none waits.
    public static func nextDue(in db: any Connection) throws -> Timestamp? {
        try db.first(nextDue) { $0.optionalInteger(0).map { Timestamp(milliseconds: $0) } } ?? nil
    }

    static func load(_ ids: some Sequence<JobID>, in db: any Connection, _ visit: (Job) -> Void) throws {
        try db.query(byID, ids.map { [.integer($0.value)] }) { visit(try job($0)) }
    }

    static func finish(_ ids: [JobID], in db: any Connection) throws {
        try db.changeGuarded(delete, ids.map { [.integer($0.value)] })
    }

    static func postpone(_ jobs: [Job], in db: any Connection) throws {
        try db.changeGuarded(
            postpone,
            jobs.map {
                [.integer($0.due.milliseconds), .integer($0.attempts), SQLValue($0.lastError), .integer($0.id.value)]
            })
    }

    static func bury(_ jobs: [Job], in db: any Connection) throws {
        try db.changeGuarded(
            bury, jobs.map { [.integer($0.attempts), SQLValue($0.lastError), .integer($0.id.value)] })
    }

    private static func job(_ row: Row) throws -> Job {
        let text = try row.text(1)
        guard let kind = JobKind(rawValue: text) else { throw BrokenInvariant("a job of the unknown kind \(text)") }
        return Job(
            id: JobID(try row.integer(0)), kind: kind, order: row.optionalInteger(2).map { OrderID($0) },
            payload: try row.text(3), due: Timestamp(milliseconds: try row.integer(4)),
            attempts: try row.integer(5), lastError: row.optionalText(6))
    }
}

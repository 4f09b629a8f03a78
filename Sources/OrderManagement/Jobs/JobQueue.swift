/// The jobs, in their table.
public enum JobQueue {
    private static let insert = Statement(
        """
        INSERT INTO jobs (id, kind, lane, asks, order_id, payload, state, due, attempts, created_at)
        VALUES (#id, :kind, :lane, :asks, #order_id, :payload, 'waiting', #due, 0, #at)
        """)
    private static let dueJobs = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error, state, exception_id, created_at FROM jobs
        WHERE state = 'waiting' AND lane = :lane AND asks = :asks AND due <= #now ORDER BY due, id LIMIT #limit
        """)
    private static let nextAsked = Statement(
        """
        SELECT asks FROM jobs WHERE state = 'waiting' AND lane = :lane AND asks > :after ORDER BY asks LIMIT 1
        """)
    private static let byID = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error, state, exception_id, created_at FROM jobs
        WHERE id = #id
        """)
    private static let buriedPage = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error, state, exception_id, created_at FROM jobs
        WHERE state = 'buried' AND id > #after ORDER BY id LIMIT #limit
        """)
    private static let waitingPage = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error, state, exception_id, created_at FROM jobs
        WHERE state = 'waiting' AND id > #after ORDER BY id LIMIT #limit
        """)
    private static let allPage = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error, state, exception_id, created_at FROM jobs
        WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let fillingJobs = Statement(
        "SELECT payload, COUNT(*) FROM jobs WHERE state = 'waiting' AND kind = 'fill_backorders' GROUP BY payload")
    private static let nextDue = Statement(
        "SELECT due FROM jobs WHERE state = 'waiting' AND lane = :lane AND asks = :asks ORDER BY due, id LIMIT 1")
    private static let following = Statement(
        """
        SELECT id FROM jobs
        WHERE order_id = #order_id AND kind = :kind AND payload = :number AND state = 'waiting' ORDER BY id
        """)
    private static let buriedOf = Statement(
        """
        SELECT id, kind, order_id, payload, due, attempts, last_error, state, exception_id, created_at FROM jobs
        WHERE order_id = #order_id AND kind = :kind AND payload = :payload AND state = 'buried' ORDER BY id LIMIT 1
        """)
    private static let delete = Statement("DELETE FROM jobs WHERE id = #id")
    private static let postpone = Statement(
        "UPDATE jobs SET due = #due, attempts = #attempts, last_error = :error WHERE id = #id AND state = 'waiting'")
    private static let leave = Statement(
        """
        UPDATE jobs SET due = #until, last_error = COALESCE(last_error, :reason)
        WHERE id = #id AND state = 'waiting' AND due < #until
        """)
    private static let bury = Statement(
        """
        UPDATE jobs SET state = 'buried', attempts = #attempts, last_error = :error, exception_id = #exception_id
        WHERE id = #id AND state = 'waiting'
        """)
    private static let revive = Statement(
        """
        UPDATE jobs SET state = 'waiting', attempts = 0, due = #due, exception_id = NULL
        WHERE id = #id AND state = 'buried'
        """)

    static func add(_ rows: [[SQLValue]], in db: any Connection) throws { try db.change(insert, rows) }

    /// The jobs that are due, the longest due first.
    ///
    /// - Parameters:
    ///   - lane: nil for all of them.
    ///   - asked: Whom they ask.
    public static func due(
        at now: Timestamp, on lane: JobLane? = nil, asking asked: JobAsks = .anybody, limit: Int, in db: any Connection
    ) throws -> [Job] {
        let jobs = try ways(lane, asked, in: db).flatMap { lane, asked in
            try db.rows(
                dueJobs, [.text(lane.rawValue), .text(asked), .integer(now.milliseconds), SQLValue(limit)], job)
        }
        return Array(jobs.sorted { ($0.due, $0.id) < ($1.due, $1.id) }.prefix(limit))
    }

    /// Lanes, each with those who are asked there: a step over the index for each of them.
    private static func ways(
        _ lane: JobLane?, _ asked: JobAsks, in db: any Connection
    ) throws -> [(JobLane, String)] {
        try (lane.map { [$0] } ?? JobLane.allCases).flatMap { lane -> [(JobLane, String)] in
            if case .connection(let name) = asked { return [(lane, name)] }
            guard lane.isOfConnections else { return [(lane, "")] }
            var names = [""]
            while let last = names.last,
                let next = try db.first(nextAsked, [.text(lane.rawValue), .text(last)], { try $0.text(0) })
            { names.append(next) }
            if case .others(let known) = asked { names.removeAll(where: known.contains) }
            return names.map { (lane, $0) }
        }
    }

    /// When the next job falls due; nil when none waits.
    ///
    /// - Parameters:
    ///   - lane: nil for all of them.
    ///   - asked: Whom they ask.
    public static func nextDue(
        on lane: JobLane? = nil, asking asked: JobAsks = .anybody, in db: any Connection
    ) throws -> Timestamp? {
        try ways(lane, asked, in: db).compactMap { lane, asked in
            try db.first(nextDue, [.text(lane.rawValue), .text(asked)]) { Timestamp(milliseconds: try $0.integer(0)) }
        }.min()
    }

    /// How many jobs are about to serve those who wait for a SKU.
    static func filling(in db: any Connection) throws -> [String: Int] {
        var filling: [String: Int] = [:]
        try db.query(fillingJobs) { filling[try $0.text(0)] = try $0.int(1) }
        return filling
    }

    static func load(_ ids: some Sequence<JobID>, in db: any Connection, _ visit: (Job) -> Void) throws {
        try db.query(byID, ids.map { [.integer($0.value)] }) { visit(try job($0)) }
    }

    /// Jobs by age behind one of them: all, or those that wait, or those that were given up.
    public static func page(_ state: Job.State?, after: JobID, limit: Int, in db: any Connection) throws -> [Job] {
        let statement =
            switch state {
            case nil: allPage
            case .waiting: waitingPage
            case .buried: buriedPage
            }
        return try db.rows(statement, [.integer(after.value), SQLValue(limit)], job)
    }

    /// The waiting jobs that ask a courier after a parcel, or after that of a return.
    static func followers(
        _ kind: JobKind, of order: OrderID, _ number: Int, in db: any Connection
    ) throws -> [JobID] {
        try db.rows(following, [.integer(order.value), .text(kind.rawValue), .text(String(number))]) {
            JobID(try $0.integer(0))
        }
    }

    /// The job of an order that was given up, by what it carries; nil for none.
    static func buried(
        _ kind: JobKind, of order: OrderID, payload: String, in db: any Connection
    ) throws -> Job? {
        try db.first(buriedOf, [.integer(order.value), .text(kind.rawValue), .text(payload)], job)
    }

    /// Has a buried job tried again from a moment on, as if it were new.
    static func revive(_ job: JobID, due: Timestamp, in db: any Connection) throws {
        try db.changeGuarded(revive, [[.integer(due.milliseconds), .integer(job.value)]])
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

    /// Leaves jobs that nobody was asked for until a moment, with all their attempts; what is done by then is done.
    static func leave(_ jobs: [JobID], until: Timestamp, because reason: String, in db: any Connection) throws {
        try db.change(leave, jobs.map { [.integer(until.milliseconds), .text(reason), .integer($0.value)] })
    }

    static func bury(_ jobs: [Job], in db: any Connection) throws {
        try db.changeGuarded(
            bury,
            jobs.map {
                [
                    .integer($0.attempts), SQLValue($0.lastError), SQLValue($0.exception?.value),
                    .integer($0.id.value),
                ]
            })
    }

    private static func state(_ text: String) throws -> Job.State {
        guard let state = Job.State(rawValue: text) else { throw BrokenInvariant("a job in the state \(text)") }
        return state
    }

    private static func job(_ row: Row) throws -> Job {
        let text = try row.text(1)
        guard let kind = JobKind(rawValue: text) else { throw BrokenInvariant("a job of the unknown kind \(text)") }
        return Job(
            id: JobID(try row.integer(0)), kind: kind, order: row.optionalInteger(2).map { OrderID($0) },
            payload: try row.text(3), due: Timestamp(milliseconds: try row.integer(4)),
            attempts: try row.integer(5), lastError: row.optionalText(6), state: try state(row.text(7)),
            exception: row.optionalInteger(8).map { ExceptionID($0) },
            createdAt: Timestamp(milliseconds: try row.integer(9)))
    }
}

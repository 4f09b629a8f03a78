/// Commands that are asked what they would do: each is decided on a snapshot of its own and dropped. Nothing is
/// written or numbered, and no command waits for it.
struct Rehearsals: Sendable {
    let connected: Connected
    let known: KnownConfiguration

    /// - Throws: what the command throws.
    func answer(
        to command: any Command, as principal: Principal, at now: Timestamp, in db: any Connection
    ) throws -> Reply {
        let set = WorkingSet(
            try known.configuration(in: db), connected, counters: try Counters.load(in: db),
            filling: try JobQueue.filling(in: db), cache: GroupCache())
        let submission = Submission(command: command, principal: principal, key: nil)
        try GroupCommit.load([submission], set, at: now) { _, body in try body(db) }
        var work = Work(set, now: now, principal: principal, command: type(of: command).name)
        return try command.execute(in: &work)
    }
}

extension Work {
    /// What would come of changes: they are made and taken back. To be asked before the command puts anything in place.
    func rehearse<Outcome>(_ body: (inout Work) throws -> Outcome) rethrows -> Outcome {
        var rehearsal = self
        let counters = rows.counters
        defer {
            rows.takeBack()
            rows.counters = counters  // nothing was numbered
        }
        return try body(&rehearsal)
    }
}

/// Performs commands in groups: one load, one apply, one commit for all that wait, each accepted or refused by itself.
///
/// 1. Answers keys that were answered before, also earlier in the same group.
/// 2. Loads what the commands need, set-wise, each row once.
/// 3. Runs each command in the order of arrival; what a refused one changed is taken back.
/// 4. Applies the changes, with guards; appends movements, events, jobs and kept replies; commits.
/// 5. Answers everybody, when the commit is durable.
///
/// Steps 1 to 3 may run beside step 4 of the group before (`Writer`): what that group has changed is looked up in its
/// working set first, and in the database only then. A guard that fails means that another session was faster: the
/// group is performed again, loading inside of its own transaction, and split in halves if that does not help, so that
/// one command never fails its neighbours.
struct GroupCommit {
    let database: any Database
    let connected: Connected
    private let cache = GroupCache()

    init(database: any Database, connected: Connected) {
        self.database = database
        self.connected = connected
    }

    static let retriesMax = 4

    // MARK: Beside the commit of the group before

    /// Begins a group that decides on what `previous`, not committed yet, will leave behind.
    ///
    /// Where `previous` moves a counter, its commit proves that no other process was in between; otherwise the counters
    /// are read, which tell of it.
    func begin(after previous: Group?) throws -> Group {
        if let previous, previous.set.movesCounters {
            return Group(WorkingSet(after: previous.set, cache: cache))
        }
        let group = try database.readAhead { try begin(in: $0) }
        group.set.previous = previous?.set
        return group
    }

    /// Answers keys, loads and decides (1 to 3); every submission gets an answer, to be given after the commit.
    ///
    /// - Parameter settle: Waits for the commit of the group before; called when its outcome cannot be told from
    ///   its working set.
    func decide(
        _ submissions: [Submission], in group: Group, at now: Timestamp, settle: () throws -> Void
    ) throws {
        try answer(submissions, in: group, at: now) { isLate, body in
            if isLate { try settle() }
            try database.readAhead(body)
        }
    }

    /// Nothing more comes to the group: the next one may build on what it has read and changed.
    func close(_ group: Group) { cache.keep(group.set) }

    /// Applies and commits (4), and has `completion` called when that is durable. On any thread.
    func commit(_ group: Group, whenDurable completion: @escaping DurabilityCompletion) throws {
        try database.write({ try group.set.apply(in: $0) }, whenDurable: completion)
    }

    /// A group was not committed: nothing that was kept of it holds.
    func forget() { cache.forget() }

    // MARK: Alone

    /// Performs a group, the only one at that time, from the first step to the last, inside of one transaction.
    ///
    /// - Returns: One answer per submission, in their order.
    func perform(_ submissions: [Submission], at now: Timestamp) -> [Group.Answer] {
        for _ in 0..<Self.retriesMax {
            do {
                let group = try database.write { db in
                    let group = try begin(in: db)
                    try answer(submissions, in: group, at: now) { _, body in try body(db) }
                    try group.set.apply(in: db)
                    return group
                }
                cache.keep(group.set)
                return group.answers
            } catch is StaleRead {
                forget()
                continue
            } catch let unavailable as DatabaseUnavailable {
                forget()
                return submissions.map { _ in Self.answer(to: unavailable) }
            } catch {
                forget()
                // A CHECK said no: some command of the group broke a book. Find out which.
                if submissions.count == 1 {
                    if !(error is Refusal) { raiseAlarm(error, submissions[0], at: now) }
                    return [.failure(error)]
                }
                break
            }
        }
        guard submissions.count > 1 else {
            return [.failure(Refusal(.unavailable, "other work was faster each time: try again"))]
        }
        let middle = submissions.count / 2
        return perform(Array(submissions[..<middle]), at: now) + perform(Array(submissions[middle...]), at: now)
    }

    static func answer(to unavailable: DatabaseUnavailable) -> Group.Answer {
        .failure(Refusal(.unavailable, unavailable.description))
    }

    // MARK: The steps

    /// How rows are read: inside of one transaction, or each time on a fresh snapshot. `isLate`: they must be as the
    /// group before has left them.
    typealias Reading = (_ isLate: Bool, _ body: (any Connection) throws -> Void) throws -> Void

    func begin(in db: any Connection) throws -> Group {
        let counters = try Counters.load(in: db)
        if cache.counters != counters { cache.forget() }  // another process has committed meanwhile
        if cache.configuration?.version != counters[Counters.configuration] ?? 0 {
            cache.forget()
            cache.configuration = try Configuration.load(in: db)
        }
        guard let configuration = cache.configuration else { throw BrokenInvariant("there is no configuration") }
        let filling = try cache.filling ?? JobQueue.filling(in: db)
        cache.filling = filling
        return Group(WorkingSet(configuration, connected, counters: counters, filling: filling, cache: cache))
    }

    private func answer(
        _ submissions: [Submission], in group: Group, at now: Timestamp, _ read: Reading
    ) throws {
        let kept = try keptReplies(to: submissions, group.set, read)
        try Self.load(submissions.filter { $0.key.map { kept[$0.text] == nil } ?? true }, group.set, at: now, read)
        for submission in submissions {
            group.answers.append(try answer(submission, kept, group.set, at: now, read))
        }
    }

    /// What was answered to the keys before this group: to those of the group before by its own word.
    private func keptReplies(
        to submissions: [Submission], _ set: WorkingSet, _ read: Reading
    ) throws -> [String: Idempotency.Kept] {
        var kept: [String: Idempotency.Kept] = [:]
        var unknown: [String] = []
        for case let key? in submissions.lazy.map(\.key?.text) where set.keptReplies[key] == nil {
            if let known = set.previous?.keptReplies[key] { kept[key] = known } else { unknown.append(key) }
        }
        if !unknown.isEmpty {
            try read(false) { db in try kept.merge(Idempotency.find(Set(unknown), in: db)) { known, _ in known } }
        }
        return kept
    }

    /// Loads what commands need, in as many rounds as they take to know it.
    static func load(
        _ submissions: [Submission], _ set: WorkingSet, at now: Timestamp, _ read: Reading
    ) throws {
        for _ in 0..<8 {
            var needs = Needs(set)
            for submission in submissions {
                let command = submission.command
                let work = Work(set, now: now, principal: submission.principal, command: type(of: command).name)
                command.needs(&needs, given: work)
            }
            if needs.isEmpty { return }
            set.take(&needs)
            if !needs.isEmpty { try read(needs.areLate) { try set.load(needs, in: $0) } }
        }
        throw BrokenInvariant("a command names new rows without end")
    }

    /// The answer kept under the submission's key, by this group too, or that of running it.
    private func answer(
        _ submission: Submission, _ kept: [String: Idempotency.Kept], _ set: WorkingSet, at now: Timestamp,
        _ read: Reading
    ) throws -> Group.Answer {
        guard let key = submission.key, let known = kept[key.text] ?? set.keptReplies[key.text] else {
            return try run(submission, set, at: now, read)
        }
        guard known.digest == key.digest else {
            return .failure(
                Refusal(
                    .keyReused, "this Idempotency-Key came with another body before: a new request needs a new key"))
        }
        return known.answer.mapError { $0 }
    }

    private func run(
        _ submission: Submission, _ set: WorkingSet, at now: Timestamp, _ read: Reading
    ) throws -> Group.Answer {
        let command = submission.command
        var work = Work(set, now: now, principal: submission.principal, command: type(of: command).name)
        do {
            let reply = try command.execute(in: &work)
            let event = work.settle(reply)
            if let key = submission.key { set.keep(.success(reply), under: key, event: event, at: now) }
            return .success(reply)
        } catch let refusal as Refusal {
            set.takeBack()
            if let key = submission.key, refusal.code.isDecided {
                set.keep(.failure(refusal), under: key, event: nil, at: now)
            }
            return .failure(refusal)
        } catch {
            set.takeBack()
            try raiseAlarm(error, submission, set, at: now, read)
            return .failure(error)
        }
    }
}

/// A command on its way.
struct Submission: Sendable {
    let command: any Command
    let principal: Principal
    let key: IdempotencyKey?
}

/// Commands that share a commit, with their answers, which hold only after it.
///
/// A class, since it passes from the thread that decides to the one that commits. Unchecked `Sendable`: the first is
/// done changing it when it hands it over, and from then on both only read.
final class Group: @unchecked Sendable {
    typealias Answer = Result<Reply, any Error>

    let set: WorkingSet
    /// One per command, in the order of their arrival.
    fileprivate(set) var answers: [Answer] = []

    init(_ set: WorkingSet) { self.set = set }
}

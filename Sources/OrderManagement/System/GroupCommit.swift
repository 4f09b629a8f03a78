/// Performs commands in groups: one load, one apply, one commit for all that wait, each accepted or refused by itself.
///
/// 1. Answers keys that were answered before; a twin of a key in the group waits for the first one's answer.
/// 2. Loads what the commands need, set-wise, each row once.
/// 3. Runs each command in the order of arrival; what a refused one changed is taken back.
/// 4. Applies the changes, with guards; appends movements, events, jobs and kept replies; commits.
/// 5. Answers everybody, after the commit.
///
/// A guard that fails means another session was faster: the group is run again on fresh rows, and split in
/// halves if that does not help, so that one command never fails its neighbours.
struct GroupCommit {
    let database: any Database

    /// A command on its way.
    struct Submission: Sendable {
        let command: any Command
        let principal: Principal
        let key: IdempotencyKey?
    }

    typealias Answer = Result<Reply, any Error>

    static let retriesMax = 4

    /// Performs a group; gives one answer per submission, in their order.
    func perform(_ group: [Submission], at now: Timestamp) -> [Answer] {
        for _ in 0..<Self.retriesMax {
            do {
                let (answers, set) = try database.write { db in try attempt(group, at: now, in: db) }
                cache.keep(set)
                return answers
            } catch is StaleRead {
                cache.forget()
                continue
            } catch let unavailable as DatabaseUnavailable {
                cache.forget()
                return group.map { _ in .failure(Refusal(.unavailable, unavailable.description)) }
            } catch {
                cache.forget()
                // A CHECK said no: some command of the group broke a book. Find out which.
                if group.count == 1 { return [.failure(error)] }
                break
            }
        }
        guard group.count > 1 else {
            return [.failure(Refusal(.unavailable, "other work was faster each time: try again"))]
        }
        let middle = group.count / 2
        return perform(Array(group[..<middle]), at: now) + perform(Array(group[middle...]), at: now)
    }

    private func attempt(_ group: [Submission], at now: Timestamp, in db: any Connection) throws -> (
        [Answer], WorkingSet
    ) {
        let counters = try Counters.load(in: db)
        if cache.counters != counters { cache.forget() }  // another process has committed meanwhile
        let set = WorkingSet(try configuration(counters, in: db), counters: counters, cache: cache)
        var answers = [Answer?](repeating: nil, count: group.count)
        var twins: [(index: Int, first: Int)] = []

        try answerKnownKeys(of: group, &answers, &twins, in: db)
        try load(group.indices.filter { answers[$0] == nil }.map { group[$0] }, set, at: now, in: db)
        for index in group.indices where answers[index] == nil {
            guard !twins.contains(where: { $0.index == index }) else { continue }
            answers[index] = run(group[index], set, at: now)
        }
        for (index, first) in twins {
            answers[index] = twin(of: group[first], answer: answers[first], group[index], set, at: now)
        }
        try set.apply(in: db)
        return (answers.map { $0 ?? .failure(BrokenInvariant("a command was left without an answer")) }, set)
    }

    private func configuration(_ counters: [String: Int64], in db: any Connection) throws -> Configuration {
        let version = counters[Counters.configuration] ?? 0
        if let known = cache.configuration, known.version == version { return known }
        let fresh = try Configuration.load(in: db)
        cache.forget()
        cache.configuration = fresh
        return fresh
    }

    private let cache = GroupCache()

    init(database: any Database) { self.database = database }

    private func answerKnownKeys(
        of group: [Submission], _ answers: inout [Answer?], _ twins: inout [(index: Int, first: Int)],
        in db: any Connection
    ) throws {
        let keys = group.compactMap { $0.key?.text }
        guard !keys.isEmpty else { return }
        let kept = try Idempotency.find(Set(keys), in: db)
        var first: [String: Int] = [:]
        for (index, submission) in group.enumerated() {
            guard let key = submission.key else { continue }
            if let kept = kept[key.text] {
                answers[index] = kept.digest == key.digest ? kept.answer.mapError { $0 } : .failure(Self.reused(key))
            } else if let other = first[key.text] {
                twins.append((index, other))
            } else {
                first[key.text] = index
            }
        }
    }

    private static func reused(_ key: IdempotencyKey) -> Refusal {
        Refusal(.keyReused, "this Idempotency-Key came with another body before: a new request needs a new key")
    }

    private func load(_ group: [Submission], _ set: WorkingSet, at now: Timestamp, in db: any Connection) throws {
        for _ in 0..<8 {
            var needs = Needs(set)
            for submission in group {
                let command = submission.command
                let work = Work(set, now: now, principal: submission.principal, command: type(of: command).name)
                command.needs(&needs, given: work)
            }
            if needs.isEmpty { return }
            try set.load(needs, in: db)
        }
        throw BrokenInvariant("a command names new rows without end")
    }

    private func run(_ submission: Submission, _ set: WorkingSet, at now: Timestamp) -> Answer {
        let command = submission.command
        var work = Work(set, now: now, principal: submission.principal, command: type(of: command).name)
        do {
            let reply = try command.execute(in: &work)
            let event = work.settle(reply)
            if let key = submission.key {
                set.keptReplies.append(Idempotency.row(key, reply, event: event, at: now))
            }
            return .success(reply)
        } catch let refusal as Refusal {
            set.takeBack()
            if let key = submission.key, refusal.code.isDecided {
                set.keptReplies.append(Idempotency.row(key, refusal, at: now))
            }
            return .failure(refusal)
        } catch {
            set.takeBack()
            raiseAlarm(error, submission, set, at: now)
            return .failure(error)
        }
    }

    /// The books contradicted themselves: the command failed alone, and a person hears of it.
    private func raiseAlarm(_ error: any Error, _ submission: Submission, _ set: WorkingSet, at now: Timestamp) {
        let command = type(of: submission.command).name
        var work = Work(set, now: now, principal: submission.principal, command: command)
        let exception = work.open(
            .brokenInvariant, cause: "The command \(command) failed: \(error)", owner: "operations",
            suggestion: "Run `waybill doctor`: it names the contradiction and its place.")
        work.record(.exceptionOpened) {
            $0.member("exception", exception.id.description)
            $0.member("kind", exception.kind.rawValue)
            $0.member("cause", exception.cause)
            $0.member("owner", exception.owner)
        }
        _ = work.settle(Reply(body: "{}"))
    }

    /// A second request under a key of the same group: the first one's answer if that is kept, else a run of its own.
    private func twin(
        of first: Submission, answer: Answer?, _ second: Submission, _ set: WorkingSet, at now: Timestamp
    ) -> Answer {
        guard let answer, let key = second.key, let firstKey = first.key else {
            return .failure(BrokenInvariant("a twin without its key"))
        }
        if case .failure(let error) = answer, (error as? Refusal)?.code.isDecided != true {
            return run(second, set, at: now)
        }
        return key.digest == firstKey.digest ? answer : .failure(Self.reused(key))
    }
}

import Foundation

/// The two threads that perform commands and the queue before them: while one group commits, the next is decided.
///
/// The deciding thread takes what waits, decides it and adds it to the group that gathers; as soon as the group before
/// is committed, the gathered one is handed to the committing thread. So a commit takes all that arrived during the
/// one before it, without a timer, and an idle system decides and commits a command at once. Where the database makes
/// a commit durable beside the next one, its callers are answered then, by a thread of the database.
///
/// A class, since two threads and their callers share it; the lock guards everything mutable.
final class Writer: @unchecked Sendable {
    typealias Entry = (submission: Submission, answer: @Sendable (Group.Answer) -> Void)

    /// No more commands than this share a commit: bounds the wait of the first and the memory of all.
    static let groupMax = 256
    /// While a group is being committed, no more are decided before it is looked whether the committing thread is free
    /// again: it shall not wait for that.
    static let decidedAtOnceMax = 16

    private let groups: GroupCommit
    private let clock: @Sendable () -> Timestamp
    private let commits: CommitSignal
    /// Wakes the deciding thread; guards all that follows it.
    private let condition = NSCondition()
    /// What waits; `hasMate`: the next one came together with it.
    private var queue: [(entry: Entry, hasMate: Bool)] = []
    /// What the committing thread works on, or is about to.
    private var flight: Flight?
    /// Groups that are committed, but not durable yet: nobody has heard of them.
    private var unanswered = 0
    private var isStopping = false
    private var isDone = false
    private var done = WriterCounts()
    /// Wakes the committing thread; guards what it is to do next.
    private let departure = NSCondition()
    private var departing: Departure?

    private enum Departure {
        case group(Group, [Entry])
        case end
    }

    /// A group on its way to the disk.
    private struct Flight {
        let group: Group
        let entries: [Entry]
        /// nil until it is known.
        var outcome: Result<Void, any Error>?
    }

    init(_ groups: GroupCommit, clock: @escaping @Sendable () -> Timestamp, commits: CommitSignal) {
        self.groups = groups
        self.clock = clock
        self.commits = commits
        // The threads hold the writer, which holds no door: whoever owns the door stops it, and a thread that is still
        // beginning or ending then must find what it works on.
        start("deciding") { [self] in decide() }
        start("committing") { [self] in commit() }
    }

    private func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    func submit(_ submission: Submission, _ answer: @escaping @Sendable (Group.Answer) -> Void) {
        submit([(submission, answer)])
    }

    func submit(_ entries: [Entry]) {
        condition.lock()
        let isStopped = isStopping
        if !isStopped {
            for (place, entry) in entries.enumerated() { queue.append((entry, place + 1 < entries.count)) }
            condition.signal()
        }
        condition.unlock()
        if isStopped {
            for entry in entries { entry.answer(.failure(Refusal(.unavailable, "the server is stopping"))) }
        }
    }

    var queueLength: Int { locked { queue.count } }
    var counts: WriterCounts { locked { done } }

    /// Performs what was submitted, then ends the threads.
    func stop() {
        condition.lock()
        isStopping = true
        condition.broadcast()
        while !isDone { condition.wait() }
        condition.unlock()
    }

    private func locked<T>(_ body: () -> T) -> T {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }

    // MARK: The deciding thread

    /// The group that is being decided, with those who wait for it.
    private typealias Gathering = (group: Group, entries: [Entry])

    /// What the deciding thread turns to next.
    private enum Turn {
        /// Commands to decide in the group that gathers.
        case gather([Entry])
        /// The group that gathers is to be committed: nothing is before it.
        case handOver
        /// The group before is committed, or not.
        case landed(Flight)
        /// A command that shares its commit with no other.
        case alone(Entry)
        case end
    }

    private func decide() {
        var gathering: Gathering?
        while true {
            switch nextTurn(gathered: gathering?.entries.count ?? 0) {
            case .gather(let entries):
                gather(entries, &gathering)
            case .handOver:
                if let gathering { handOver(gathering.group, gathering.entries) }
                gathering = nil
            case .landed(let flight):
                land(flight, &gathering)
            case .alone(let entry):
                perform([entry])
            case .end:
                depart(.end)
                locked {
                    isDone = true
                    condition.broadcast()
                }
                return
            }
        }
    }

    private func nextTurn(gathered: Int) -> Turn {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let landed = flight, landed.outcome != nil {
                flight = nil
                return .landed(landed)
            }
            if gathered > 0, flight == nil { return .handOver }
            let isAlone = queue.first.map { Self.isAlone($0.entry) } ?? false
            if isAlone, gathered == 0, flight == nil { return .alone(queue.removeFirst().entry) }
            if !isAlone, !queue.isEmpty, gathered < Self.groupMax {
                let limit = Self.groupMax - gathered
                return .gather(takeWaiting(limit, atOnce: flight == nil ? limit : Self.decidedAtOnceMax))
            }
            if isStopping, queue.isEmpty, gathered == 0, flight == nil, unanswered == 0 { return .end }
            condition.wait()
        }
    }

    /// What waits now, up to a limit and to the first command that must be alone; of those that came together, no
    /// fewer for being many.
    private func takeWaiting(_ limit: Int, atOnce: Int) -> [Entry] {
        var count = 0
        while count < min(limit, queue.count), count < atOnce || queue[count - 1].hasMate,
            !Self.isAlone(queue[count].entry)
        { count += 1 }
        defer { queue.removeFirst(count) }
        return queue.prefix(count).map(\.entry)
    }

    private static func isAlone(_ entry: Entry) -> Bool { type(of: entry.submission.command).isAlone }

    private func gather(_ entries: [Entry], _ gathering: inout Gathering?) {
        do {
            let group = try gathering?.group ?? groups.begin(after: locked { flight?.group })
            try groups.decide(entries.map(\.submission), in: group, at: clock()) { try settle(group) }
            gathering = (group, (gathering?.entries ?? []) + entries)
        } catch {
            // What was decided half is dropped with the group; nothing of it is on the disk.
            let all = (gathering?.entries ?? []) + entries
            gathering = nil
            if let flight = waitForFlight() { land(flight, &gathering) }
            perform(all)
        }
    }

    /// Waits until the group before is committed, so that the database tells what it did.
    private func settle(_ group: Group) throws {
        guard let flight = waitForFlight() else { return }
        var none: Gathering?
        land(flight, &none)
        group.set.previous = nil
        if case .failure = flight.outcome { throw StaleRead("the group before was not committed") }
    }

    private func waitForFlight() -> Flight? {
        locked {
            while let present = flight {
                if present.outcome != nil {
                    flight = nil
                    return present
                }
                condition.wait()
            }
            return nil
        }
    }

    private func handOver(_ group: Group, _ entries: [Entry]) {
        groups.close(group)
        locked { flight = Flight(group: group, entries: entries) }
        depart(.group(group, entries))
    }

    private func depart(_ next: Departure) {
        departure.lock()
        departing = next
        departure.signal()
        departure.unlock()
    }

    /// The group before has come to its end. If it was not committed, it is performed again, alone, and so is what was
    /// decided on top of it.
    private func land(_ flight: Flight, _ gathering: inout Gathering?) {
        gathering?.group.set.previous = nil
        guard case .failure(let error) = flight.outcome else { return }
        groups.forget()
        if let unavailable = error as? DatabaseUnavailable {
            answer(flight.entries, flight.entries.map { _ in GroupCommit.answer(to: unavailable) })
        } else {
            perform(flight.entries)
        }
        if let (_, entries) = gathering {
            gathering = nil
            perform(entries)
        }
    }

    /// Performs a group by itself, nothing being decided or committed beside it.
    private func perform(_ entries: [Entry]) {
        answer(entries, groups.perform(entries.map(\.submission), at: clock()))
    }

    // MARK: The committing thread

    private func commit() {
        while case .group(let group, let entries) = nextDeparture() {
            locked { unanswered += 1 }
            let outcome = Result {
                try groups.commit(group) { [self] in finish(entries, group.answers, $0) }
            }
            locked {
                if case .failure = outcome { unanswered -= 1 }
                flight?.outcome = outcome
                condition.broadcast()
            }
        }
    }

    /// A committed group is durable, or nobody can tell.
    private func finish(_ entries: [Entry], _ answers: [Group.Answer], _ outcome: Result<Void, any Error>) {
        switch outcome {
        case .success: answer(entries, answers)
        case .failure(let error): answer(entries, entries.map { _ in .failure(error) })
        }
        locked {
            unanswered -= 1
            if isStopping { condition.broadcast() }
        }
    }

    private func nextDeparture() -> Departure {
        departure.lock()
        defer { departure.unlock() }
        while true {
            if let next = departing {
                departing = nil
                return next
            }
            departure.wait()
        }
    }

    /// Answers everybody, each once.
    private func answer(_ entries: [Entry], _ answers: [Group.Answer]) {
        locked { count(answers) }
        for (entry, answer) in zip(entries, answers) { entry.answer(answer) }
        commits.announce()
    }

    private func count(_ answers: [Group.Answer]) {
        done.groups += 1
        done.commands += Int64(answers.count)
        for answer in answers {
            switch answer {
            case .success: done.accepted += 1
            case .failure(let error): if error is Refusal { done.refused += 1 } else { done.failed += 1 }
            }
        }
    }
}

import Foundation

/// The writer's thread and the queue before it: while one group commits, the next gathers.
///
/// A class, since a thread and its callers share it; the lock guards everything mutable.
final class Writer: @unchecked Sendable {
    typealias Entry = (submission: GroupCommit.Submission, answer: @Sendable (GroupCommit.Answer) -> Void)

    /// No more commands than this share a commit: bounds the wait of the first and the memory of all.
    static let groupMax = 256

    private let group: GroupCommit
    private let clock: @Sendable () -> Timestamp
    private let commits: CommitSignal
    private let condition = NSCondition()
    private var queue: [Entry] = []
    private var isStopping = false
    private var isDone = false
    private var done = WriterCounts()

    init(_ group: GroupCommit, clock: @escaping @Sendable () -> Timestamp, commits: CommitSignal) {
        self.group = group
        self.clock = clock
        self.commits = commits
        let thread = Thread { [unowned self] in self.work() }
        thread.name = "writer"
        thread.stackSize = 4 << 20
        thread.start()
    }

    func submit(_ submission: GroupCommit.Submission, _ answer: @escaping @Sendable (GroupCommit.Answer) -> Void) {
        submit([(submission, answer)])
    }

    func submit(_ entries: [Entry]) {
        condition.lock()
        let isStopped = isStopping
        if !isStopped {
            queue.append(contentsOf: entries)
            condition.signal()
        }
        condition.unlock()
        if isStopped {
            for entry in entries { entry.answer(.failure(Refusal(.unavailable, "the server is stopping"))) }
        }
    }

    var queueLength: Int { locked { queue.count } }
    var counts: WriterCounts { locked { done } }

    /// Performs what was submitted, then ends the thread.
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

    private func work() {
        while let entries = next() {
            let answers = group.perform(entries.map(\.submission), at: clock())
            locked { count(answers) }
            for (entry, answer) in zip(entries, answers) { entry.answer(answer) }
            commits.announce()
        }
        locked {
            isDone = true
            condition.broadcast()
        }
    }

    /// What waits now, up to a group's size; a command that must be alone is alone. nil at the end: nothing waits.
    private func next() -> [Entry]? {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty {
            if isStopping { return nil }
            condition.wait()
        }
        var count = 0
        for entry in queue.prefix(Self.groupMax) {
            if type(of: entry.submission.command).isAlone { break }
            count += 1
        }
        let group = Array(queue.prefix(max(count, 1)))
        queue.removeFirst(group.count)
        return group
    }

    private func count(_ answers: [GroupCommit.Answer]) {
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

/// A thread's wait for one answer. A class, since two threads share it.
final class Waiting: @unchecked Sendable {
    private let condition = NSCondition()
    private var answer: GroupCommit.Answer?

    func finish(_ answer: GroupCommit.Answer) {
        condition.lock()
        self.answer = answer
        condition.signal()
        condition.unlock()
    }

    func result() -> GroupCommit.Answer {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let answer { return answer }
            condition.wait()
        }
    }
}

/// A few threads for reads that block. A class, since threads share its queue.
final class ReaderThreads: @unchecked Sendable {
    private let condition = NSCondition()
    private var queue: [@Sendable () -> Void] = []
    private var isStopping = false

    init(count: Int) {
        for number in 1...count {
            let thread = Thread { [weak self] in
                while let work = self?.next() { work() }
            }
            thread.name = "reader \(number)"
            thread.start()
        }
    }

    func submit(_ work: @escaping @Sendable () -> Void) {
        condition.lock()
        let isStopped = isStopping
        if !isStopped {
            queue.append(work)
            condition.signal()
        }
        condition.unlock()
        if isStopped { work() }
    }

    func stop() {
        condition.lock()
        isStopping = true
        condition.broadcast()
        condition.unlock()
    }

    private func next() -> (@Sendable () -> Void)? {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty {
            if isStopping { return nil }
            condition.wait()
        }
        return queue.removeFirst()
    }
}

/// Wakes those who wait for news: job loop, event streams. A class, since many threads share it.
public final class CommitSignal: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: [UUID: UnsafeContinuation<Void, Never>] = [:]
    private var generation: Int64 = 0

    func announce() {
        lock.lock()
        generation += 1
        let woken = waiting
        waiting.removeAll()
        lock.unlock()
        for continuation in woken.values { continuation.resume() }
    }

    /// How many commits there were; pass it to `next(after:)`.
    public var count: Int64 {
        lock.lock()
        defer { lock.unlock() }
        return generation
    }

    /// Returns when there was a commit after the one of that count, or when the task is cancelled.
    public func next(after count: Int64) async {
        let id = UUID()
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                lock.lock()
                let isNew = generation > count || Task.isCancelled
                if !isNew { waiting[id] = continuation }
                lock.unlock()
                if isNew { continuation.resume() }
            }
        } onCancel: {
            lock.lock()
            let continuation = waiting.removeValue(forKey: id)
            lock.unlock()
            continuation?.resume()
        }
    }
}

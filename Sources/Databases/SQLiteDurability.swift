import Foundation
import OrderManagement
import Synchronization

/// Makes commits durable on a thread of its own: while the log of one is synced, the next is written.
///
/// SQLite's own COMMIT with `synchronous=FULL` syncs the log while it holds the writer, who then waits for the disk a
/// fifth of the time. Here COMMIT only writes (`NORMAL`), and `fdatasync` of the log follows at once. What SQLite
/// promises of `NORMAL` is what this rests on (sqlite.org/pragma.html#pragma_synchronous): after a power failure the
/// file holds a prefix of the commits, none of them by halves, and no checkpoint carries back what is not synced. What
/// `NORMAL` leaves open, how long that prefix is, is settled here: nobody hears of a commit, and no reader gives away
/// what it saw of one, before the log is synced behind it (decision 0041).
///
/// A class, since it owns a thread and a file. Unchecked `Sendable`: the lock guards everything mutable.
final class SQLiteDurability: @unchecked Sendable {
    /// A commit, in the order in which they are written.
    typealias Number = Int64

    private let path: String
    private let sync: @Sendable () throws -> Void
    private let onFailure: @Sendable (String) -> Void
    private let condition = NSCondition()
    /// Commits that have begun: a reader may see them from here on.
    private var begun: Number = 0
    /// Commits that stand in the log.
    private var written: Number = 0
    /// Commits that the disk keeps.
    private var durable: Number = 0
    private var waiting: [(number: Number, completion: DurabilityCompletion)] = []
    private var lasting: UnknownOutcome?
    private var isStopping = false
    private var isDone = false
    /// The thread, while it runs.
    private var runner: pthread_t?

    /// - Parameters:
    ///   - path: Of the database, for what is told of a failure.
    ///   - sync: Returns when everything that was written to the log is on the disk.
    ///   - onFailure: Is told when it failed: from then on only a restart can tell which commits the file holds.
    init(
        of path: String, sync: @escaping @Sendable () throws -> Void, onFailure: @escaping @Sendable (String) -> Void
    ) {
        self.path = path
        self.sync = sync
        self.onFailure = onFailure
        // The thread holds this object, so it is there until it is stopped.
        let thread = Thread { [self] in run() }
        thread.name = "syncing"
        thread.start()
    }

    /// The next commit is about to be written. Only the thread that holds the writer calls this.
    func begin() -> Number {
        locked {
            begun += 1
            return begun
        }
    }

    /// The commit stands in the log, or it failed and nothing of it does: there is nothing to tell them apart for here.
    ///
    /// - Parameter completion: Is called once it is durable.
    func wrote(_ number: Number, _ completion: DurabilityCompletion? = nil) {
        locked {
            written = number
            if let completion { waiting.append((number, completion)) }
            condition.broadcast()
        }
    }

    /// Why nothing becomes durable any more.
    var failure: UnknownOutcome? { locked { lasting } }

    /// The last commit of which a snapshot that begins now, or began before, may hold something.
    var lastBegun: Number { locked { begun } }

    /// Returns when a commit and all before it are durable. - Throws: when that will not be known before a restart.
    func wait(for number: Number) throws {
        try locked {
            while durable < number, lasting == nil { condition.wait() }
            if durable < number, let lasting { throw lasting }
        }
    }

    /// Syncs what was written, then ends the thread. Nothing may be begun any more.
    func stop() {
        locked {
            isStopping = true
            condition.broadcast()
            // What is called here may have held the database until now: then it is closed by this very thread.
            if let runner, pthread_equal(runner, pthread_self()) != 0 { return }
            while !isDone { condition.wait() }
        }
    }

    private func locked<T>(_ body: () throws -> T) rethrows -> T {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    // MARK: The thread

    private func run() {
        locked { runner = pthread_self() }
        while let target = nextTarget() {
            do {
                try sync()
            } catch {
                fail(error)
                continue
            }
            let done = locked {
                durable = target
                condition.broadcast()
                let count = waiting.prefix { $0.number <= target }.count
                defer { waiting.removeFirst(count) }
                return waiting.prefix(count)
            }
            for entry in done { entry.completion(.success(())) }
        }
    }

    /// The newest commit that waits for its sync: it takes all before it along. nil when it is over.
    private func nextTarget() -> Number? {
        locked {
            while true {
                if lasting == nil, written > durable { return written }
                if isStopping {
                    isDone = true
                    condition.broadcast()
                    return nil
                }
                condition.wait()
            }
        }
    }

    /// Nothing more is synced: a second try would succeed without the pages that the first one lost (fsync(2)).
    private func fail(_ error: any Error) {
        let reason = UnknownOutcome(
            description: "syncing the log of \(path) failed (\(error)): which transactions are kept is only known "
                + "after a restart")
        let left = locked {
            lasting = reason
            condition.broadcast()
            defer { waiting = [] }
            return waiting
        }
        onFailure(reason.description)
        for entry in left { entry.completion(.failure(reason)) }
    }
}

/// The log file beside a database, as `fdatasync` sees it.
///
/// A class, since it owns a file descriptor. The log may be opened and closed beside SQLite, which keeps its locks on
/// the database and its index, never on the log.
final class SQLiteLogFile: Sendable {
    private let path: String
    private let descriptor = Mutex<Int32>(-1)

    init(ofDatabaseAt path: String) { self.path = path + "-wal" }

    deinit {
        descriptor.withLock { if $0 >= 0 { Glibc.close($0) } }
    }

    /// - Throws: `POSIXError` with what the system said.
    func sync() throws {
        let file = try descriptor.withLock { file in
            if file < 0 { file = open(path, O_RDWR | O_CLOEXEC) }
            guard file >= 0 else { throw Self.lastError() }
            return file
        }
        while fdatasync(file) != 0 {
            guard errno == EINTR else { throw Self.lastError() }
        }
    }

    private static func lastError() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}

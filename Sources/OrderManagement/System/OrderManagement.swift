import Foundation
import Synchronization

/// The one door: everything that changes anything goes through `perform`, everything that looks through `read`.
///
/// A class, since it owns the writer's thread and the readers' threads.
public final class OrderManagement: Sendable {
    public let database: any Database
    /// Tells the time; injected, so that tests and simulations have their own.
    public let clock: @Sendable () -> Timestamp
    /// Tells who wants to know of each commit: jobs, streams.
    public let commits = CommitSignal()
    /// Who may be asked outside.
    public let connected: Connected
    private let writer: Writer
    private let readers = ReaderThreads(count: 3)
    /// Shared by all who read.
    public let known = KnownConfiguration()
    private let rehearsals: Rehearsals
    private let rights: Rights

    /// Hears which command was answered how, before its caller does.
    public typealias Witness = @Sendable (any Command, Result<Reply, any Error>) -> Void

    /// - Parameters:
    ///   - connected: Who may be asked outside; by default every name is taken.
    ///   - witness: Hears of every answer, those to jobs too: for simulations. It is called on threads of the door.
    public init(
        database: any Database, connected: Connected = Connected(), witness: Witness? = nil,
        clock: @escaping @Sendable () -> Timestamp = Timestamp.present
    ) {
        self.database = database
        self.rights = Rights(witness)
        self.clock = clock
        self.connected = connected
        self.rehearsals = Rehearsals(connected: connected, known: known)
        self.writer = Writer(GroupCommit(database: database, connected: connected), clock: clock, commits: commits)
    }

    deinit { stop() }

    /// Stops the threads; what was submitted before is performed first.
    public func stop() {
        writer.stop()
        readers.stop()
    }

    /// Raised whenever a command of this process has taken rights away: what was read of rights before is void.
    public var rightsVersion: Int64 { rights.version.load(ordering: .acquiring) }

    /// Performs a command durably and exactly once.
    ///
    /// - Returns: What the command answers, after its commit.
    /// - Throws: `Refusal`; `BrokenInvariant` when the books contradict themselves (nothing changed then, too).
    public func perform(_ command: any Command, as principal: Principal, key: IdempotencyKey? = nil) async throws
        -> Reply
    {
        let submission = Submission(command: command, principal: principal, key: key)
        let answer = await withUnsafeContinuation { continuation in
            writer.submit(submission) { [rights] in continuation.resume(returning: rights.note(command, $0)) }
        }
        return try answer.get()
    }

    /// Performs a command and blocks the calling thread until it is answered: for tools and simulations.
    public func performNow(_ command: any Command, as principal: Principal, key: IdempotencyKey? = nil) throws -> Reply
    {
        let submission = Submission(command: command, principal: principal, key: key)
        let waiting = Waiting()
        writer.submit(submission) { [rights] in waiting.finish(rights.note(command, $0)) }
        return try waiting.result().get()
    }

    /// Performs several commands in one group, in their order, and blocks until they are answered.
    ///
    /// - Returns: One result per command.
    public func performNow(_ commands: [(command: any Command, principal: Principal, key: IdempotencyKey?)])
        -> [Result<Reply, any Error>]
    {
        let waiting = commands.map { _ in Waiting() }
        writer.submit(
            zip(commands, waiting).map { entry, waiting in
                (
                    Submission(command: entry.command, principal: entry.principal, key: entry.key),
                    { [rights] in waiting.finish(rights.note(entry.command, $0)) }
                )
            })
        return waiting.map { $0.result() }
    }

    /// Asks a command what it would do now, and drops all of it: nothing is written, and nobody waits for it.
    ///
    /// - Throws: as the command does.
    public func rehearse(_ command: any Command, as principal: Principal) async throws -> Reply {
        let now = clock()
        return try await read { [rehearsals] in try rehearsals.answer(to: command, as: principal, at: now, in: $0) }
    }

    /// Looks at one consistent snapshot, on a thread that may block.
    public func read<T: Sendable>(_ query: @escaping @Sendable (any Connection) throws -> T) async throws -> T {
        let result: Result<T, any Error> = await withUnsafeContinuation { continuation in
            readers.submit { [database] in
                continuation.resume(returning: Result { try database.read(query) })
            }
        }
        return try result.get()
    }

    /// Looks at one consistent snapshot on the calling thread.
    public func readNow<T>(_ query: (any Connection) throws -> T) throws -> T { try database.read(query) }

    /// Commands waiting for their commit: what `/metrics` shows.
    public var queueLength: Int { writer.queueLength }
    /// Groups committed and commands answered since the start.
    public var counts: WriterCounts { writer.counts }
}

/// Counts commands that took rights away, and has the witness hear of every answer. A class, since answers on their way
/// share it; they must not hold the door itself, which cannot be closed on one of its own threads.
private final class Rights: Sendable {
    let version = Atomic<Int64>(0)
    private let witness: OrderManagement.Witness?

    init(_ witness: OrderManagement.Witness?) { self.witness = witness }

    /// Raises the version before anybody hears that the command is done.
    func note(_ command: any Command, _ answer: Group.Answer) -> Group.Answer {
        witness?(command, answer)
        if type(of: command).takesRights, case .success = answer { version.add(1, ordering: .acquiringAndReleasing) }
        return answer
    }
}

/// What the writer did since the start.
public struct WriterCounts: Sendable {
    public var groups: Int64 = 0
    public var commands: Int64 = 0
    public var accepted: Int64 = 0
    public var refused: Int64 = 0
    public var failed: Int64 = 0
}

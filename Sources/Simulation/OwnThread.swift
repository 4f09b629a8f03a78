import Foundation

/// Runs asynchronous work to its end on the calling thread, one piece after the other: nothing is left to a scheduler.
///
/// A class, since other threads hand in what the calling thread then runs.
final class OwnThread: TaskExecutor, @unchecked Sendable {
    private let condition = NSCondition()
    private var pieces: [UnownedJob] = []
    private var isDone = false

    func enqueue(_ job: consuming ExecutorJob) {
        let piece = UnownedJob(job)
        condition.lock()
        pieces.append(piece)
        condition.signal()
        condition.unlock()
    }

    /// - Returns: What the work returned or threw.
    static func run<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) throws -> T {
        let thread = OwnThread()
        let outcome = Outcome<T>()
        Task(executorPreference: thread) {
            do { outcome.result = .success(try await work()) } catch { outcome.result = .failure(error) }
            thread.finish()
        }
        thread.drain()
        guard let result = outcome.result else { throw CancellationError() }
        return try result.get()
    }

    /// Written by the work, read after its end. A class, since both hold it; the condition orders the two.
    private final class Outcome<T: Sendable>: @unchecked Sendable { var result: Result<T, any Error>? }

    private func finish() {
        condition.lock()
        isDone = true
        condition.signal()
        condition.unlock()
    }

    private func drain() {
        while true {
            condition.lock()
            while pieces.isEmpty && !isDone { condition.wait() }
            let piece = pieces.isEmpty ? nil : pieces.removeFirst()
            condition.unlock()
            guard let piece else { return }
            piece.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

import Foundation

/// Threads on which papers are drawn: a wave of labels takes a second of work, which the few threads that answer
/// everybody else must not spend. Who comes while all of them draw waits for those before.
///
/// A class, since executors of tasks are objects.
final class PaperThreads: TaskExecutor {
    static let count = 2

    private let queue = OperationQueue()

    init() {
        queue.name = "papers"
        queue.maxConcurrentOperationCount = Self.count
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.addOperation { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

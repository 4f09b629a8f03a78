import Foundation

/// Wakes those who wait for news: job loop, event streams. A class, since many threads share it.
public final class CommitSignal: @unchecked Sendable {
    private let lock = NSLock()
    private var waiting: [Int64: UnsafeContinuation<Void, Never>] = [:]
    private var lastWaiter: Int64 = 0
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
        let id = register()
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

    private func register() -> Int64 {
        lock.lock()
        defer { lock.unlock() }
        lastWaiter += 1
        return lastWaiter
    }
}

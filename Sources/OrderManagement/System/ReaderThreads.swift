import Foundation

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

import Foundation

/// A thread's wait for one answer. A class, since two threads share it.
final class Waiting: @unchecked Sendable {
    private let condition = NSCondition()
    private var answer: Group.Answer?

    func finish(_ answer: Group.Answer) {
        condition.lock()
        self.answer = answer
        condition.signal()
        condition.unlock()
    }

    func result() -> Group.Answer {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let answer { return answer }
            condition.wait()
        }
    }
}

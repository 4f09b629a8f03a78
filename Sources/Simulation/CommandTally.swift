import OrderManagement
import Synchronization

/// How commands fared that jobs and sweepers performed, by their names.
///
/// A class, since the door tells it of every answer on threads of its own.
final class CommandTally: Sendable {
    private let counted = Mutex<[String: Verdict.Tally]?>(nil)

    /// Counts from now on.
    func begin() { counted.withLock { $0 = [:] } }

    /// - Returns: What was counted since the beginning.
    func end() -> [String: Verdict.Tally] {
        counted.withLock { counted in
            defer { counted = nil }
            return counted ?? [:]
        }
    }

    func note(_ command: any Command, _ answer: Result<Reply, any Error>) {
        let name = type(of: command).name
        counted.withLock { counted in
            switch answer {
            case .success: counted?[name, default: .init()].accepted += 1
            case .failure(is Refusal): counted?[name, default: .init()].refused += 1
            case .failure: break
            }
        }
    }
}

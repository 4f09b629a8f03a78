import Foundation
import OrderManagement
import Synchronization

/// Hashes passwords one after the other, on a thread of its own: each takes a tenth of a second, which the threads that
/// answer everybody else must not spend.
///
/// A class, since all who sign in share the queue.
final class PasswordQueue: Sendable {
    /// Ten seconds of work: whoever comes then is asked to come again.
    static let waitingMax = 100

    private let queue = DispatchQueue(label: "passwords")
    private let waiting = Atomic<Int>(0)

    /// Whether this is the password of a hash. - Throws: `.unavailable` where too many wait.
    func matches(_ password: String, _ hash: PasswordHash) async throws -> Bool {
        try await run { hash.matches(password) }
    }

    /// - Throws: as `matches`.
    func hash(of password: String) async throws -> PasswordHash { try await run { PasswordHash(of: password) } }

    private func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.waitingMax else {
            throw Refusal(.unavailable, "too many people sign in at the moment: try again in some seconds")
        }
        return await withUnsafeContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }
}

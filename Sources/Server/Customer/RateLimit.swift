import OrderManagement
import Synchronization

/// How often somebody may come: so many times at once, and again as time goes by.
///
/// Per client one moment is kept, at which all that they took is given back (the generic cell rate algorithm, as of
/// ATM Forum TM 4.0). A class, since all requests share it; a lock guards it.
final class RateLimit<Client: Hashable & Sendable>: Sendable {
    /// Times at once.
    private let burst: Int64
    /// Until one of them is given back, in milliseconds.
    private let interval: Int64
    /// No more clients are remembered.
    static var clientsMax: Int { 20_000 }

    private let ends = Mutex<[Client: Int64]>([:])

    init(burst: Int64, every interval: Seconds) {
        self.burst = burst
        self.interval = interval.count * 1_000
    }

    /// How many clients are remembered: for tests.
    var clientCount: Int { ends.withLock { $0.count } }

    /// Takes one time. - Returns: nil, or how long to wait where there is none left; then none is taken.
    func take(by client: Client, at now: Timestamp) -> Seconds? {
        ends.withLock { ends in
            let end = end(of: client, at: now, in: ends) + interval
            if let wait = wait(until: end, from: now) { return wait }
            if ends[client] == nil, ends.count >= Self.clientsMax { makeRoom(at: now, in: &ends) }
            ends[client] = end
            return nil
        }
    }

    /// As `take`, and takes nothing.
    func look(by client: Client, at now: Timestamp) -> Seconds? {
        ends.withLock { wait(until: end(of: client, at: now, in: $0) + interval, from: now) }
    }

    /// Takes back what was counted last: it was as it should be.
    func giveBack(to client: Client) { ends.withLock { ends in ends[client] = ends[client].map { $0 - interval } } }

    /// As if they had never come.
    func forget(_ client: Client) { _ = ends.withLock { $0.removeValue(forKey: client) } }

    private func wait(until end: Int64, from now: Timestamp) -> Seconds? {
        let over = end - now.milliseconds - burst * interval
        return over > 0 ? Seconds((over + 999) / 1_000) : nil
    }

    private func end(of client: Client, at now: Timestamp, in ends: [Client: Int64]) -> Int64 {
        // A clock that was set back keeps nobody out for longer than a full bucket takes.
        min(max(ends[client] ?? 0, now.milliseconds), now.milliseconds + burst * interval)
    }

    /// Whoever has all their times back is as one who never came. Where even so there is no room, those go who would be
    /// the next: whoever came most often stays known, however many others come.
    private func makeRoom(at now: Timestamp, in ends: inout [Client: Int64]) {
        ends = ends.filter { $0.value > now.milliseconds }
        let over = ends.count - Self.clientsMax * 9 / 10
        guard over > 0 else { return }
        for (client, _) in ends.sorted(by: { $0.value < $1.value }).prefix(over) { ends[client] = nil }
    }
}

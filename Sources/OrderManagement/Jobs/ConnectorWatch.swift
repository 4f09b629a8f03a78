import Synchronization

/// Remembers who does not answer, so that a person hears of it while jobs still try.
///
/// A class, since all jobs of a process share what it knows. It is lost with the process: whoever is still away is
/// noticed again.
final class ConnectorWatch: Sendable {
    /// One that has not answered since its last answer, or since anybody asked.
    struct Silence: Hashable, Sendable {
        var since: Timestamp
        var calls: Int64
        var error: String
        fileprivate var toldAt: Timestamp?
    }

    /// A person hears of it after this many calls in vain …
    static let callsMin: Int64 = 5
    /// … over at least this long: most outages are over by then.
    static let silenceMin = Seconds.minutes(2)
    /// And is told this often how it stands.
    static let tellEvery = Seconds.minutes(5)

    private struct State {
        var silent: [Connector: Silence] = [:]
        /// Those that answered last, of whom no exception is open.
        var settled: Set<Connector> = []
    }
    private let state = Mutex(State())

    /// Notes a call in vain.
    /// - Returns: What people are to be told now; nil for nothing.
    func failed(_ connector: Connector, because error: String, at now: Timestamp) -> Silence? {
        state.withLock { state in
            state.settled.remove(connector)
            var silence = state.silent[connector] ?? Silence(since: now, calls: 0, error: error)
            silence.calls += 1
            silence.error = error
            let isLong = silence.calls >= Self.callsMin && now - silence.since >= Self.silenceMin
            let isTold = silence.toldAt.map { now - $0 < Self.tellEvery } ?? false
            let isToBeTold = isLong && !isTold
            if isToBeTold { silence.toldAt = now }
            state.silent[connector] = silence
            return isToBeTold ? silence : nil
        }
    }

    /// Notes an answer.
    /// - Returns: Whether an exception may be open that this settles.
    func answered(_ connector: Connector) -> Bool {
        state.withLock { state in
            state.silent[connector] = nil
            return state.settled.insert(connector).inserted
        }
    }

    /// What was to be told of it could not be: it is told with the next call, or the next answer.
    func forget(_ connector: Connector) {
        state.withLock { state in
            state.silent[connector]?.toldAt = nil
            state.settled.remove(connector)
        }
    }
}

/// What jobs do about those who do not answer.
extension JobRunner {
    /// Asks somebody outside, and has people told while they do not answer.
    func ask<Answer: Sendable>(
        _ connector: Connector, _ call: () async throws -> Answer
    ) async throws -> Answer {
        do {
            let answer = try await call()
            await noteAnswer(of: connector)
            return answer
        } catch {
            await noteSilence(of: connector, because: (error as? Refusal)?.explanation ?? "\(error)")
            throw error
        }
    }

    func noteSilence(of connector: Connector, because error: String) async {
        let now = waybill.clock()
        guard let silence = watch.failed(connector, because: error, at: now) else { return }
        do {
            let (open, waiting) = try await waybill.read { db in
                (
                    try ExceptionStore.open(.connectorDown, about: connector.subject, in: db),
                    try connector.waiting(at: now, in: db)
                )
            }
            _ = try await waybill.perform(
                TellOutage(connector: connector, silence: silence, waiting: waiting, open: open), as: .system)
        } catch {
            watch.forget(connector)  // the database is away as well: it is told with the next call
        }
    }

    func noteAnswer(of connector: Connector) async {
        guard watch.answered(connector) else { return }
        do {
            let open = try await waybill.read {
                try ExceptionStore.open(.connectorDown, about: connector.subject, in: $0)
            }
            if !open.isEmpty { _ = try await waybill.perform(EndOutage(connector: connector, open: open), as: .system) }
        } catch {
            watch.forget(connector)  // settled with the next answer
        }
    }
}

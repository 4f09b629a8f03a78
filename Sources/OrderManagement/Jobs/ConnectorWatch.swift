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

    /// Those of whose silence people have been told, and whom jobs of a kind ask.
    func told(askedBy kind: JobKind) -> [(Connector, Silence)] {
        state.withLock { state in
            state.silent.filter { $0.key.isAsked(by: kind) && $0.value.toldAt != nil }.map { ($0.key, $0.value) }
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
    /// A job has met somebody who is left alone for a while.
    struct Resting: Error {
        let connector: Connector
        let rest: ConnectorRests
    }

    /// Leaves the jobs of a pass that met somebody who rests until that is over. Nobody was asked: it is no call in
    /// vain, and no attempt.
    func leave(_ met: [(job: JobID, resting: Resting)]) async {
        for (connector, met) in Dictionary(grouping: met, by: \.resting.connector) {
            guard let last = met.map(\.resting.rest).max(by: { $0.seconds < $1.seconds }) else { continue }
            // Not at once, whatever is left of it: a pass must find an end.
            let milliseconds = max(Self.restMin, Int64(min(last.seconds, Self.restMax) * 1_000))
            let until = Timestamp(milliseconds: waybill.clock().milliseconds + milliseconds)
            let command = AwaitConnector(
                connector: connector, jobs: met.map(\.job).sorted(), until: until, reason: last.description)
            do {
                _ = try await waybill.perform(command, as: .system)
            } catch {
                continue  // the database is away: they stand as they were and are found again
            }
        }
    }

    /// In milliseconds.
    private static let restMin: Int64 = 100
    /// In seconds.
    private static let restMax: Double = 3_600

    /// Has people told how it stands once a job was given up that waited for somebody who is away: nobody may ask
    /// again, and nothing else would say it.
    func noteEnd(of job: Job) async {
        for (connector, silence) in watch.told(askedBy: job.kind) { await tell(of: connector, silence) }
    }

    /// Asks somebody outside, and has people told while they do not answer.
    func ask<Answer: Sendable>(
        _ connector: Connector, _ call: () async throws -> Answer
    ) async throws -> Answer {
        do {
            let answer = try await call()
            await noteAnswer(of: connector)
            return answer
        } catch let rest as ConnectorRests {
            throw Resting(connector: connector, rest: rest)
        } catch {
            await noteSilence(of: connector, because: (error as? Refusal)?.explanation ?? "\(error)")
            throw error
        }
    }

    func noteSilence(of connector: Connector, because error: String) async {
        let now = waybill.clock()
        guard let silence = watch.failed(connector, because: error, at: now) else { return }
        await tell(of: connector, silence)
    }

    /// Says how it stands, and looks once more afterwards: of several jobs that do so at once the last to say it may
    /// have counted first.
    private func tell(of connector: Connector, _ silence: ConnectorWatch.Silence) async {
        let now = waybill.clock()
        var told: Int64?
        do {
            for _ in 0..<Self.tellingsMax {
                let (open, waiting) = try await waybill.read { db in
                    (
                        try ExceptionStore.open(.connectorDown, about: connector.subject, in: db),
                        try connector.waiting(at: now, in: db)
                    )
                }
                // Nor once it has answered meanwhile, which has settled what was said.
                if let told, told == waiting || open.isEmpty { return }
                _ = try await waybill.perform(
                    TellOutage(connector: connector, silence: silence, waiting: waiting, open: open), as: .system)
                told = waiting
            }
        } catch {
            watch.forget(connector)  // the database is away as well: it is told with the next call
        }
    }

    /// While jobs come and go all the time, what is said of their number is a moment old.
    private static let tellingsMax = 5

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

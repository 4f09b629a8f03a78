public import OrderManagement

/// A whole company in one process, over a real database: people, machines and mishaps drawn from a seed.
///
/// The same seed gives the same trace, byte for byte: time is simulated, chance is seeded, and one thing happens after
/// the other. After each step the laws of `Invariants` are checked; the first that does not hold ends the run.
public struct Simulator {
    public let seed: UInt64
    public let steps: Int
    private let open: () throws -> any Database

    /// - Parameter open: Gives an empty database with the schema in it; called once per run.
    public init(seed: UInt64, steps: Int, open: @escaping () throws -> any Database) {
        self.seed = seed
        self.steps = steps
        self.open = open
    }

    /// - Parameter progress: Called after each step with its number.
    /// - Parameter trace: Called with each line of the trace: time, command, outcome, digest of the reply.
    /// - Throws: what opening or reading the database throws; a broken law is in the verdict.
    public func run(progress: (Int) -> Void = { _ in }, trace: (String) -> Void = { _ in }) throws -> Verdict {
        var company = try Company(seed: seed, database: open())
        defer { company.close() }
        do {
            try company.found()
            for step in 1...max(1, steps) {
                try company.step(step)
                company.hand(over: trace)
                progress(step)
            }
            try company.end()
        } catch let contradiction as Contradiction {
            company.fail(contradiction)
        }
        company.hand(over: trace)
        return company.verdict
    }
}

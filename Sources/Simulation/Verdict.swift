/// What a simulation saw, and whether a law was broken.
public struct Verdict: Sendable {
    /// How a command fared.
    public struct Tally: Sendable, Hashable {
        public var accepted = 0
        public var refused = 0

        public static func + (left: Tally, right: Tally) -> Tally {
            Tally(accepted: left.accepted + right.accepted, refused: left.refused + right.refused)
        }
    }

    /// The first law that did not hold, and where to look.
    public struct Failure: Sendable, Hashable {
        public let step: Int
        /// `stock_as_counted`, `books_agree`, …
        public let law: String
        public let explanation: String
        /// The last lines of the trace before it.
        public let trace: [String]
    }

    public let seed: UInt64
    /// Steps that were taken; fewer than asked when a law was broken.
    public internal(set) var steps = 0
    public internal(set) var orders = 0
    public internal(set) var events: Int64 = 0
    public internal(set) var jobs = 0
    /// Labels that the courier sold.
    public internal(set) var labels = 0
    /// By command, in the words of its events: `place-order`; those that jobs performed too.
    public internal(set) var commands: [String: Tally] = [:]
    /// By refusal code, as on the wire.
    public internal(set) var refusals: [String: Int] = [:]
    /// By kind: crashes, stale reads, lost answers, repeated keys.
    public internal(set) var faults: [String: Int] = [:]
    /// Equal for equal seeds, steps and programs.
    public internal(set) var traceDigest = ""
    public internal(set) var failure: Failure?

    init(seed: UInt64) { self.seed = seed }

    mutating func add(_ tallies: [String: Tally]) { commands.merge(tallies) { $0 + $1 } }

    public var passed: Bool { failure == nil }
}

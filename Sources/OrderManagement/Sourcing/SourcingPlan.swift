/// Which locations ship which units, what stays unfilled, and why.
public struct SourcingPlan: Hashable, Sendable {
    /// Units of one order line.
    public struct Portion: Hashable, Sendable {
        /// Number of the order line.
        public var line: Int
        public var quantity: Int64

        public init(line: Int, quantity: Int64) {
            self.line = line
            self.quantity = quantity
        }
    }

    /// What one location ships; portions in the order of the demands.
    public struct Assignment: Hashable, Sendable {
        /// Code of the location.
        public var location: String
        public var lines: [Portion]

        public init(location: String, lines: [Portion]) {
            self.location = location
            self.lines = lines
        }
    }

    /// In the order of priority, then location code.
    public var assignments: [Assignment]
    /// Units that stay unfilled, in the order of the demands. All of them when the plan is not feasible.
    public var shortfalls: [Portion]
    /// Minor units; 0 when the plan is not feasible.
    public var cost: Int64
    /// No plan costs less than this, in minor units.
    public var bound: Int64
    /// No plan is cheaper; or, when the plan is not feasible, no feasible plan exists.
    public var isProven: Bool
    /// False: no plan that fills what must be filled was found.
    public var isFeasible: Bool
    public var explanation: SourcingExplanation

    /// How much the plan may cost above the minimum at worst, in minor units; 0 when proven.
    public var gap: Int64 { cost - bound }
}

/// Why a sourcing plan is what it is: costs by part, what came next, and who lost and why.
public struct SourcingExplanation: Hashable, Sendable {
    /// Losing candidates kept at most.
    public static let losersMax = 20

    /// Costs by part, in minor units.
    public struct Cost: Hashable, Sendable {
        public var open: Int64 = 0
        public var parcels: Int64 = 0
        public var weight: Int64 = 0
        public var picking: Int64 = 0
        public var lateness: Int64 = 0
        public var depletion: Int64 = 0

        public var total: Int64 { open + parcels + weight + picking + lateness + depletion }
    }

    /// A location of the plan.
    public struct Chosen: Hashable, Sendable {
        public var location: String
        public var units: Int64
        public var parcels: Int64
        public var cost: Cost
    }

    /// Another feasible plan, the cheapest that was met on the way.
    public struct RunnerUp: Hashable, Sendable {
        public var locations: [String]
        public var cost: Int64
    }

    /// A location that is not in the plan.
    public struct Loser: Hashable, Sendable {
        public var location: String
        public var reason: Reason
        /// Units it could ship.
        public var units: Int64
        /// What the whole need costs from this location alone, or its part; nil when excluded.
        public var cost: Int64?
    }

    /// Why a location is not in the plan.
    public enum Reason: Hashable, Sendable {
        /// It can fill the need alone, at more cost than the plan.
        case dearer
        /// It can fill the need alone at the same cost; more units, fewer locations, priority or code decided.
        case tied
        /// It can fill a part of the need only.
        case partial
        case excluded(SourcingInput.Exclusion)

        /// One word for people and texts.
        public var word: String {
            switch self {
            case .dearer: "dearer"
            case .tied: "tied"
            case .partial: "partial"
            case .excluded(let exclusion): exclusion.rawValue
            }
        }
    }

    /// How many candidates one exclusion removed.
    public struct Count: Hashable, Sendable {
        public var exclusion: SourcingInput.Exclusion
        public var candidates: Int
    }

    /// In the order of the plan's assignments.
    public var chosen: [Chosen] = []
    /// Minor units for what stays unfilled.
    public var unfilledCost: Int64 = 0
    public var runnerUp: RunnerUp?
    /// Who fills the need alone first, by cost; then who fills most of it; then who is excluded.
    public var losers: [Loser] = []
    /// Only exclusions that removed somebody, in the order of their declaration.
    public var exclusions: [Count] = []
    /// Units that all usable locations together do not have; capacity and the limit of locations left aside.
    public var lacking: [SourcingPlan.Portion] = []
}

extension SourcingExplanation {
    /// Explains a fill (nil: not feasible) from numbers that the search computed anyway.
    init(_ input: SourcingInput, _ table: SourcingTable, _ singles: SourcingSingles, _ fill: SourcingFill?) {
        if let fill {
            chosen.reserveCapacity(fill.set.count)
            for slot in fill.set.indices {
                chosen.append(Self.chosen(input, table, fill, slot))
            }
            for (line, units) in fill.unfilled.enumerated() where units > 0 {
                unfilledCost &+= units &* (input.demands[line].unfilledCost ?? 0)
            }
        }
        losers = Self.losers(input, table, singles, fill)
        exclusions = Self.counts(table)
        for (line, units) in table.available.enumerated() where units < table.quantity[line] {
            lacking.append(.init(line: input.demands[line].line, quantity: table.quantity[line] - units))
        }
    }

    private static func chosen(
        _ input: SourcingInput, _ table: SourcingTable, _ fill: SourcingFill, _ slot: Int
    ) -> Chosen {
        let row = fill.set[slot]
        let source = table.source[row]
        var cost = Cost()
        var units: Int64 = 0
        var grams: Int64 = 0
        let late = table.lateness(input, source)
        for line in 0..<table.lineCount {
            let amount = fill.amount[slot &* table.lineCount &+ line]
            guard amount > 0 else { continue }
            units &+= amount
            grams &+= amount &* table.weight[line]
            cost.weight &+= amount &* table.weightCost(line, input.candidates[source].costPerKilogram)
            if !input.candidates[source].depletion.isEmpty {
                cost.depletion &+= amount &* input.candidates[source].depletion[line]
            }
        }
        let parcels = table.parcels(grams, from: row)
        cost.open = table.open[row]
        cost.parcels = parcels &* table.parcel[row]
        cost.picking = units &* input.candidates[source].pickCost
        cost.lateness = units &* late
        return Chosen(location: input.candidates[source].location, units: units, parcels: parcels, cost: cost)
    }

    private static func losers(
        _ input: SourcingInput, _ table: SourcingTable, _ singles: SourcingSingles, _ fill: SourcingFill?
    ) -> [Loser] {
        let chosen = fill?.set ?? []
        var nearest: [Int] = []
        nearest.reserveCapacity(min(losersMax, table.count) &+ 1)
        for row in 0..<table.count where !chosen.contains(row) {
            var place = nearest.count
            while place > 0, singles.isNearer(row, than: nearest[place &- 1]) { place &-= 1 }
            guard place < losersMax else { continue }
            nearest.insert(row, at: place)
            if nearest.count > losersMax { nearest.removeLast() }
        }
        var losers: [Loser] = []
        losers.reserveCapacity(min(losersMax, nearest.count &+ table.excluded.count))
        for row in nearest {
            let reason: Reason =
                if !singles.isWhole[row] { .partial } else if singles.cost[row] == fill?.cost { .tied } else { .dearer }
            losers.append(
                Loser(
                    location: input.candidates[table.source[row]].location, reason: reason, units: singles.units[row],
                    cost: singles.cost[row]))
        }
        for (source, exclusion) in table.excluded.prefix(losersMax &- losers.count) {
            losers.append(
                Loser(location: input.candidates[source].location, reason: .excluded(exclusion), units: 0, cost: nil))
        }
        return losers
    }

    private static func counts(_ table: SourcingTable) -> [Count] {
        guard !table.excluded.isEmpty else { return [] }
        return SourcingInput.Exclusion.allCases.compactMap { exclusion in
            let candidates = table.excluded.count { $0.exclusion == exclusion }
            return candidates > 0 ? Count(exclusion: exclusion, candidates: candidates) : nil
        }
    }
}

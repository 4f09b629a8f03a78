/// Chooses the locations that fill an order, at least cost.
public enum Sourcing {
    /// Nodes of the search unless the caller says otherwise; most orders need none, a hard one some milliseconds.
    public static let nodesMax = 4_000

    /// Plans the order: exact when the search ends within its budget, otherwise a good plan with its honest bound.
    ///
    /// The cost of a plan is, over locations that ship, opening and parcels (by weight); over units, picking, weight
    /// (rounded up for each unit), lateness and depletion; and what unfilled units cost. At equal cost the plan that
    /// fills more units wins, then fewer locations, then priority (lower first), then location code. The same input
    /// gives the same plan, whatever the order of its candidates.
    /// - Parameter nodesMax: Work at most; the answer depends on it, never on time.
    public static func plan(_ input: SourcingInput, nodesMax: Int = Sourcing.nodesMax) -> SourcingPlan {
        let table = SourcingTable(input)
        let singles = SourcingSingles(table)
        var answer = Answer(table, singles)
        if !answer.isSettled(table) { answer.search(table, singles, nodesMax) }
        return answer.plan(input, table, singles)
    }
}

/// The best fill so far and what is proven about it.
private struct Answer {
    var best = SourcingFill()
    /// A lower bound for every plan that fills what must be filled.
    var bound: Int64
    /// The first good plan, when the search found a better one.
    var earlier: SourcingFill?

    init(_ table: SourcingTable, _ singles: SourcingSingles) {
        bound = singles.bound
        if let row = singles.best { best.fill(table, [row]) } else { best.fill(table, []) }
        // Made only where it can be better: most orders are filled for less than that.
        if !table.hasMust, table.emptyCost <= best.cost {
            var nothing = SourcingFill()
            nothing.fill(table, [])
            if nothing.isBetter(than: best) { best = nothing }
        }
    }

    /// The cheapest known cost that needs no further search is at or below the bound.
    func isSettled(_ table: SourcingTable) -> Bool {
        if best.missing > 0 { return bound >= SourcingSingles.unreachable }
        return best.cost < bound || best.cost == bound && best.unfilledUnits == 0
    }

    mutating func search(_ table: SourcingTable, _ singles: SourcingSingles, _ nodesMax: Int) {
        guard table.canFill(from: 0..<table.count) else {
            bound = .max
            return
        }
        let first = best
        if nodesMax > 0 {
            var subsets = SourcingSubsets(table, unitsBound: singles.unitsBound, best: best)
            let isClosed = subsets.run()
            best = subsets.best
            if isClosed {
                bound = best.missing == 0 ? best.cost : .max
                return remember(first)
            }
        }
        var greedy = SourcingGreedy(table, start: best, fillsMax: nodesMax)
        let fills = greedy.run()
        best = greedy.best
        // The bound is that of two locations: at the same cost more of them may be a tie that fewer win.
        if isSettled(table), best.set.count <= 2 { return remember(first) }
        let spent = min(fills / 4, nodesMax / 2)
        guard var search = SourcingSearch(table, best: best, nodes: spent, nodesMax: nodesMax) else {
            return remember(first)
        }
        if greedy.best.isBetter(than: first) { remember(first) }
        search.run()
        best = search.best
        bound = max(bound, search.unresolved)
        remember(greedy.best)
    }

    private mutating func remember(_ fill: SourcingFill) {
        guard fill.missing == 0, fill.set != best.set else { return }
        if earlier.map({ fill.isBetter(than: $0) }) ?? true { earlier = fill }
    }

    func plan(_ input: SourcingInput, _ table: SourcingTable, _ singles: SourcingSingles) -> SourcingPlan {
        let isFeasible = best.missing == 0
        if let nothing = table.nothingCost, !isFeasible || nothing < best.cost {
            return empty(input, table, singles, cost: nothing)
        }
        guard isFeasible else { return empty(input, table, singles, cost: nil) }
        var explanation = SourcingExplanation(input, table, singles, best)
        explanation.runnerUp = runnerUp(input, table, singles)
        var assignments: [SourcingPlan.Assignment] = []
        assignments.reserveCapacity(best.set.count)
        for (slot, row) in best.set.enumerated() {
            var lines: [SourcingPlan.Portion] = []
            lines.reserveCapacity(table.lineCount)
            for line in 0..<table.lineCount {
                let units = best.amount[slot &* table.lineCount &+ line]
                if units > 0 { lines.append(.init(line: input.demands[line].line, quantity: units)) }
            }
            assignments.append(.init(location: input.candidates[table.source[row]].location, lines: lines))
        }
        let proven = min(bound, best.cost)
        return SourcingPlan(
            assignments: assignments, shortfalls: shortfalls(input, best.unfilled), cost: best.cost, bound: proven,
            isProven: proven == best.cost, isFeasible: true, explanation: explanation)
    }

    /// Nothing ships: the cheapest way to keep an order complete (with its cost), or no plan at all (nil).
    private func empty(
        _ input: SourcingInput, _ table: SourcingTable, _ singles: SourcingSingles, cost: Int64?
    ) -> SourcingPlan {
        var explanation = SourcingExplanation(input, table, singles, nil)
        explanation.unfilledCost = cost ?? 0
        if best.missing == 0 {
            explanation.runnerUp = .init(locations: locations(input, table, best.set), cost: best.cost)
        }
        let known = cost ?? 0
        return SourcingPlan(
            assignments: [], shortfalls: shortfalls(input, table.quantity), cost: known, bound: min(bound, known),
            isProven: cost.map { bound >= $0 } ?? (bound >= SourcingSingles.unreachable), isFeasible: cost != nil,
            explanation: explanation)
    }

    private func shortfalls(_ input: SourcingInput, _ units: [Int64]) -> [SourcingPlan.Portion] {
        var shortfalls: [SourcingPlan.Portion] = []
        for (line, quantity) in units.enumerated() where quantity > 0 {
            shortfalls.append(.init(line: input.demands[line].line, quantity: quantity))
        }
        return shortfalls
    }

    /// The next best single location, or the plan that led until the search found this one.
    private func runnerUp(
        _ input: SourcingInput, _ table: SourcingTable, _ singles: SourcingSingles
    ) -> SourcingExplanation.RunnerUp? {
        let single = best.set.count == 1 && best.set.first == singles.best ? singles.second : singles.best
        let cost = single.map { singles.plan[$0] } ?? .max
        if let earlier, earlier.cost < cost {
            return .init(locations: locations(input, table, earlier.set), cost: earlier.cost)
        }
        guard let single, cost >= best.cost else { return nil }
        return .init(locations: [input.candidates[table.source[single]].location], cost: cost)
    }

    private func locations(_ input: SourcingInput, _ table: SourcingTable, _ set: [Int]) -> [String] {
        set.map { input.candidates[table.source[$0]].location }
    }
}

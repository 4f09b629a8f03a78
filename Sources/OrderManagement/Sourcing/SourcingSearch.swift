/// Search over sets of locations: open the most promising one, then do without it, cut by the bound.
struct SourcingSearch {
    /// Nodes up to which plans of equal cost are compared too; after these only cheaper ones count.
    static let tieNodesMax = 200
    private static let rootRounds = 100
    private static let nodeRounds = 10
    private static let scale: Int64 = 1 << SourcingBound.scaleBits

    private(set) var best: SourcingFill
    /// Lowest bound among the parts of the search that were left undone.
    private(set) var unresolved = Int64.max
    private(set) var nodes: Int

    private let table: SourcingTable
    private let nodesMax: Int
    /// More than any feasible plan costs.
    private let costMax: Int64
    private var bound: SourcingBound
    private var trial = SourcingFill()

    /// nil when the numbers are too large to search with.
    init?(_ table: SourcingTable, best: SourcingFill, nodes: Int, nodesMax: Int) {
        var dearest: Int64 = 1
        for cost in table.unitCost { dearest = max(dearest, cost) }
        for row in 0..<table.count { dearest = max(dearest, table.open[row], table.parcel[row]) }
        for cost in table.unfilled where cost != SourcingTable.must { dearest = max(dearest, cost) }
        let price = Self.startPrices(table, best, dearest)
        guard let bound = SourcingBound(table, rows: Array(0..<table.count), price: price) else { return nil }
        self.table = table
        self.best = best
        self.nodes = nodes
        self.nodesMax = nodesMax
        self.bound = bound
        costMax = dearest &* 4 &* max(1, table.unitsTotal)
    }

    /// The cheapest cost known, of a plan or of shipping nothing; a plan costs no more than `costMax` if there is one.
    private var target: Int64 {
        min(best.missing == 0 ? best.cost : costMax, table.nothingCost ?? costMax)
    }

    mutating func run() {
        var least = Int64.min
        for _ in 0..<2 {
            let value = ascend(Self.rootRounds / 2, isRoot: true)
            least = max(least, value)
            if isHopeless(least, opened: 0) { return }
            trim(value)
        }
        explore(least, opened: 0)
    }

    // MARK: Bound

    /// Raises the prices; returns the best bound and leaves its prices, gains and picked rows in place.
    private mutating func ascend(_ rounds: Int, isRoot: Bool) -> Int64 {
        var (least, step, stale) = (Int64.min, 1.0, 0)
        var price = bound.price
        for round in 0..<rounds {
            let value = bound.evaluate()
            if value > least {
                (least, stale) = (value, 0)
                price = bound.price
            } else {
                stale += 1
                if stale == 4 { (step, stale) = (step / 2, 0) }
            }
            if Self.lift(least) > target || bound.isFlat { break }
            if isRoot, round % 8 == 7 { attemptPicked() }
            bound.climb(step * distance(value))
        }
        bound.restore(price: price)
        return bound.evaluate()
    }

    private func distance(_ value: Int64) -> Double {
        let known = best.missing == 0 || table.nothingCost != nil
        let goal = known ? Double(target) * Double(Self.scale) : Double(value) * 1.25 + 1000
        return max(goal - Double(value), 16)
    }

    /// Scaled to minor units; a cost is whole, so the bound rounds up.
    private static func lift(_ value: Int64) -> Int64 {
        value <= 0 ? value / scale : (value &- 1) / scale &+ 1
    }

    /// Leaves out rows that no plan as cheap as the best one opens.
    private mutating func trim(_ value: Int64) {
        let rows = bound.rows.indices.filter { Self.lift(value &- min(0, bound.gain[$0])) <= target }
            .map { bound.rows[$0] }
        guard rows.count < bound.rows.count,
            let smaller = SourcingBound(table, rows: rows, price: bound.price)
        else { return }
        bound = smaller
        _ = bound.evaluate()
    }

    private static func startPrices(_ table: SourcingTable, _ best: SourcingFill, _ dearest: Int64) -> [Int64] {
        var price = [Int64](repeating: 0, count: table.lineCount)
        for (slot, row) in best.set.enumerated() {
            let cells = slot &* table.lineCount..<(slot &+ 1) &* table.lineCount
            let units = max(1, best.amount[cells].reduce(0, &+))
            let share = (table.open[row] &+ table.parcel[row]) / units
            for line in 0..<table.lineCount where best.amount[slot &* table.lineCount &+ line] > 0 {
                price[line] = max(price[line], table.unitCost[row &* table.lineCount &+ line] &+ share)
            }
        }
        for line in 0..<table.lineCount {
            if best.unfilled[line] > 0 { price[line] = dearest }
            price[line] = min(price[line], table.unfilled[line]) &* scale
        }
        return price
    }

    // MARK: Nodes

    /// `floor` is a bound of this part of the search, scaled.
    private mutating func explore(_ floor: Int64, opened: Int) {
        guard nodes < nodesMax else {
            unresolved = min(unresolved, Self.lift(floor))
            return
        }
        nodes += 1 + bound.rows.count * table.lineCount * (table.hasSteps ? 5 : 1) / 512
        let isFull = opened >= table.locationsMax
        let possible = bound.rows.indices.filter { bound.choice[$0] == .open || bound.choice[$0] == .free && !isFull }
        guard table.canFill(from: possible.lazy.map { [rows = bound.rows] in rows[$0] }) else { return }
        let price = bound.price
        let value = ascend(Self.nodeRounds, isRoot: false)
        let least = max(floor, value)
        if !isHopeless(least, opened: opened) {
            attemptPicked()
            if !isHopeless(least, opened: opened) {
                let closed = closeHopeless(value)
                branch(least, opened: opened)
                for index in closed { bound.choice[index] = .free }
            }
        }
        bound.restore(price: price)
    }

    private mutating func branch(_ least: Int64, opened: Int) {
        var next = -1
        for index in bound.rows.indices where bound.choice[index] == .free {
            if next < 0 || bound.gain[index] > bound.gain[next] { next = index }
        }
        guard next >= 0, opened < table.locationsMax else { return settle(least) }
        bound.choice[next] = .open
        explore(least, opened: opened + 1)
        bound.choice[next] = .closed
        explore(least, opened: opened)
        bound.choice[next] = .free
    }

    /// Free rows that cannot be part of a better plan here are closed; returns which.
    private mutating func closeHopeless(_ value: Int64) -> [Int] {
        var closed: [Int] = []
        for index in bound.rows.indices where bound.choice[index] == .free && bound.gain[index] < 0 {
            let needed = Self.lift(value &- bound.gain[index])
            if needed > target || needed == target && nodes > Self.tieNodesMax {
                bound.choice[index] = .closed
                closed.append(index)
            }
        }
        return closed
    }

    /// Nothing better than the best plan is to be found where no plan costs less than `least`.
    private mutating func isHopeless(_ least: Int64, opened: Int) -> Bool {
        let cost = Self.lift(least)
        if cost != target || nodes > Self.tieNodesMax { return cost >= target }
        guard best.missing == 0, best.cost == target else { return false }
        if table.unitsTotal &- best.unfilledUnits < table.available.reduce(0, &+) { return false }
        if opened == best.set.count { attempt(openRows) }
        return opened >= best.set.count
    }

    private var openRows: [Int] {
        bound.rows.indices.filter { bound.choice[$0] == .open }.map { bound.rows[$0] }
    }

    private mutating func attemptPicked() {
        let picked = bound.picked
        guard picked.count <= 64 else { return }
        let rows = bound.rows.indices.filter { bound.choice[$0] == .open || picked.contains($0) }.map { bound.rows[$0] }
        attempt(rows)
        // What the prices leave open is completed by density.
        guard trial.missing > 0, rows.count < table.locationsMax else { return }
        nodes += table.count * table.lineCount / 1024
        attempt(SourcingGreedy.collect(table, start: rows))
    }

    private mutating func attempt(_ rows: [Int]) {
        nodes += SourcingFill.nodes(table, rows: rows.count)
        trial.fill(table, rows)
        if trial.isBetter(than: best) { best = trial }
    }

    /// Every location is decided: the fill is exact, or its choices are tried one by one.
    private mutating func settle(_ least: Int64) {
        let rows = openRows
        attempt(rows)
        if trial.isExact { return }
        var exhaust = SourcingExhaust(table, rows, best: target, stepsMax: min(20_000, (nodesMax &- nodes) &* 16))
        exhaust.run()
        nodes += exhaust.steps / 16
        if let amount = exhaust.amount {
            trial.replace(table, rows, amount)
            if trial.isBetter(than: best) { best = trial }
        }
        if !exhaust.isDone { unresolved = min(unresolved, Self.lift(least)) }
    }
}

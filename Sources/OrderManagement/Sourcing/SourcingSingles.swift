/// Every usable location on its own, and what follows from that about plans of several.
struct SourcingSingles {
    /// Added to the bound when there is no plan besides the singles; beyond every cost, far from overflow.
    static let unreachable = Int64.max / 4

    /// Cost of the plan that uses this row alone; `Int64.max` when that is not feasible.
    private(set) var plan: [Int64] = []
    /// Cost for people: of the whole need, or of the part that the row can ship.
    private(set) var cost: [Int64] = []
    /// Units that the row ships alone.
    private(set) var units: [Int64] = []
    /// The row ships every unit.
    private(set) var isWhole: [Bool] = []
    /// The cheapest row that is a plan of its own; ties by units, then row.
    private(set) var best: Int?
    /// The next one.
    private(set) var second: Int?
    /// No plan that is not the best of these costs less than this.
    private(set) var bound: Int64 = 0
    /// What the units cost at least, fixed costs left aside.
    private(set) var unitsBound: Int64 = 0

    init(_ table: SourcingTable) {
        let count = table.count
        plan.reserveCapacity(count)
        cost.reserveCapacity(count)
        units.reserveCapacity(count)
        isWhole.reserveCapacity(count)
        var floor: Int64 = .max
        var fill = SourcingFill()
        for row in 0..<count {
            if table.capacity[row] != .max || table.hasSteps && table.hasOptional {
                let isExact = append(row, table, &fill)
                if !isExact { floor = min(floor, table.open[row] &+ table.parcel[row]) }
            } else {
                append(row, table)
            }
            guard plan[row] != .max else { continue }
            if best.map({ isBetter(row, than: $0) }) ?? true {
                second = best
                best = row
            } else if second.map({ isBetter(row, than: $0) }) ?? true {
                second = row
            }
        }
        for line in 0..<table.lineCount { unitsBound &+= Self.cheapest(table, line) }
        bound = unitsBound &+ Self.fixedBound(table, singleFloor: floor)
    }

    /// Order of losing candidates: who fills all comes first, by cost; then who fills most.
    func isNearer(_ row: Int, than other: Int) -> Bool {
        if isWhole[row] != isWhole[other] { return isWhole[row] }
        if units[row] != units[other] { return units[row] > units[other] }
        return cost[row] != cost[other] ? cost[row] < cost[other] : row < other
    }

    private func isBetter(_ row: Int, than other: Int) -> Bool {
        if plan[row] != plan[other] { return plan[row] < plan[other] }
        return units[row] != units[other] ? units[row] > units[other] : row < other
    }

    /// The exact plan of a row without a capacity.
    private mutating func append(_ row: Int, _ table: SourcingTable) {
        let lines = table.lineCount
        let first = row &* lines
        var (shipped, left, grams): (Int64, Int64, Int64) = (0, 0, 0)
        var amounts: Int64 = 0
        var isFeasible = true
        for line in 0..<lines {
            let unit = table.unitCost[first &+ line]
            let penalty = table.unfilled[line]
            let amount = unit <= penalty ? table.units[first &+ line] : 0
            let rest = table.quantity[line] &- amount
            amounts &+= amount
            shipped &+= amount &* unit
            grams &+= amount &* table.weight[line]
            if rest > 0 {
                if penalty == SourcingTable.must { isFeasible = false } else { left &+= rest &* penalty }
            }
        }
        if amounts > 0 { shipped &+= table.open[row] &+ table.parcels(grams, from: row) &* table.parcel[row] }
        units.append(amounts)
        isWhole.append(amounts == table.unitsTotal)
        plan.append(isFeasible ? shipped &+ left : .max)
        cost.append(shipped)
    }

    /// The plan of a row whose capacity or parcels leave a choice; returns whether it is surely the cheapest.
    private mutating func append(_ row: Int, _ table: SourcingTable, _ fill: inout SourcingFill) -> Bool {
        fill.fill(table, [row])
        let left = fill.unfilled.indices.reduce(0) { sum, line in
            table.unfilled[line] == SourcingTable.must ? sum : sum &+ fill.unfilled[line] &* table.unfilled[line]
        }
        units.append(table.unitsTotal &- fill.unfilledUnits)
        isWhole.append(fill.unfilledUnits == 0)
        plan.append(fill.missing == 0 ? fill.cost : .max)
        cost.append(fill.cost &- left)
        return fill.isExact
    }

    /// Any plan of two or more locations pays two fixed costs at least.
    private static func fixedBound(_ table: SourcingTable, singleFloor: Int64) -> Int64 {
        var (first, second) = (Int64.max, Int64.max)
        for row in 0..<table.count {
            let fixed = table.open[row] &+ table.parcel[row]
            if fixed < first {
                second = first
                first = fixed
            } else if fixed < second {
                second = fixed
            }
        }
        let several = table.locationsMax < 2 || table.count < 2 ? unreachable : first &+ second
        return min(several, singleFloor, unreachable)
    }

    /// Cost of the line's cheapest units, fixed costs left aside.
    private static func cheapest(_ table: SourcingTable, _ line: Int) -> Int64 {
        let penalty = table.unfilled[line]
        var (need, sum, floor) = (table.quantity[line], Int64(0), Int64.min)
        // Few rounds: what they leave is priced at the last level, which is a bound still.
        for round in 0..<4 where need > 0 {
            var (level, amount) = (penalty, Int64(0))
            var cell = line
            for _ in 0..<table.count {
                let unit = table.unitCost[cell]
                if table.units[cell] > 0, unit > floor, unit <= level {
                    amount = unit == level ? amount &+ table.units[cell] : table.units[cell]
                    level = unit
                }
                cell &+= table.lineCount
            }
            guard level != SourcingTable.must else { return sum }
            let taken = round == 3 || level == penalty ? need : min(need, amount)
            sum &+= taken &* level
            need &-= taken
            floor = level
        }
        return sum
    }
}

/// Tries every amount of every line at every location of a small set, where no quicker exact way is known.
struct SourcingExhaust {
    /// The cheapest amounts below the cost given at first; by place in the set, then line.
    private(set) var amount: [Int64]?
    private(set) var steps = 0
    /// Everything was tried.
    private(set) var isDone = true

    private let table: SourcingTable
    private let rows: [Int]
    private let stepsMax: Int
    private var best: Int64
    private var current: [Int64]
    private var load: [Int64]
    private var grams: [Int64]
    /// Least cost of the lines from this one on, fixed costs left aside.
    private var rest: [Int64]

    init(_ table: SourcingTable, _ rows: [Int], best: Int64, stepsMax: Int) {
        self.table = table
        self.rows = rows
        self.best = best
        self.stepsMax = stepsMax
        current = [Int64](repeating: 0, count: rows.count &* table.lineCount)
        load = [Int64](repeating: 0, count: rows.count)
        grams = load
        rest = [Int64](repeating: 0, count: table.lineCount &+ 1)
        for line in stride(from: table.lineCount &- 1, through: 0, by: -1) {
            var least = table.unfilled[line]
            for row in rows where table.units[row &* table.lineCount &+ line] > 0 {
                least = min(least, table.unitCost[row &* table.lineCount &+ line])
            }
            let isStuck = least == SourcingTable.must
            rest[line] = rest[line &+ 1] &+ (isStuck ? 0 : least &* table.quantity[line])
        }
    }

    /// Every amount and every line is a call within a call: deeper than this nothing is tried, since the steps would
    /// not suffice to get anywhere, nor perhaps the stack to get there.
    private static let depthMax = 2_000

    mutating func run() {
        guard table.lineCount > 0 else { return }
        guard table.lineCount &* (rows.count &+ 2) <= Self.depthMax else {
            isDone = false
            return
        }
        descend(0, 0, need: table.quantity[0], cost: 0)
    }

    /// `cost` is that of the units placed and of those left unfilled.
    private mutating func descend(_ line: Int, _ slot: Int, need: Int64, cost: Int64) {
        steps += 1
        guard steps < stepsMax else {
            isDone = false
            return
        }
        guard line < table.lineCount else { return finish(cost) }
        guard slot < rows.count, need > 0 else { return advance(line, need: need, cost: cost) }
        let cell = rows[slot] &* table.lineCount &+ line
        let most = min(need, table.units[cell], table.capacity[rows[slot]] &- load[slot])
        for units in stride(from: max(0, most), through: 0, by: -1) {
            place(line, slot, units)
            let placed = cost &+ units &* table.unitCost[cell]
            if fixed() &+ placed &+ rest[line &+ 1] < best {
                if table.isWhole[line], units > 0 {
                    advance(line, need: need &- units, cost: placed)
                } else {
                    descend(line, slot &+ 1, need: need &- units, cost: placed)
                }
            }
            place(line, slot, -units)
            guard isDone else { return }
        }
    }

    /// Goes on to the next line; what is still needed of this one stays unfilled.
    private mutating func advance(_ line: Int, need: Int64, cost: Int64) {
        if need > 0, table.unfilled[line] == SourcingTable.must { return }
        let next = line &+ 1
        let left = need > 0 ? cost &+ need &* table.unfilled[line] : cost
        descend(next, 0, need: next < table.lineCount ? table.quantity[next] : 0, cost: left)
    }

    private mutating func place(_ line: Int, _ slot: Int, _ units: Int64) {
        current[slot &* table.lineCount &+ line] &+= units
        load[slot] &+= units
        grams[slot] &+= units &* table.weight[line]
    }

    private func fixed() -> Int64 {
        var sum: Int64 = 0
        for slot in rows.indices where load[slot] > 0 {
            let row = rows[slot]
            sum &+= table.open[row] &+ table.parcels(grams[slot], from: row) &* table.parcel[row]
        }
        return sum
    }

    private mutating func finish(_ cost: Int64) {
        let total = cost &+ fixed()
        guard total < best else { return }
        best = total
        amount = current
    }
}

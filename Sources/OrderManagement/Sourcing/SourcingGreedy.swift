/// A good plan quickly: the locations with the least true cost per unit one after another, then drop, swap and add.
struct SourcingGreedy {
    private(set) var best = SourcingFill()
    private let table: SourcingTable
    private var trial = SourcingFill()
    /// Fills still allowed; a hard one counts as several.
    private var fillsLeft: Int

    init(_ table: SourcingTable, start: SourcingFill, fillsMax: Int) {
        self.table = table
        best = start
        fillsLeft = fillsMax
    }

    /// Returns how many fills it took.
    mutating func run() -> Int {
        let allowed = fillsLeft
        attempt(Self.collect(table))
        while fillsLeft > 0, drop() || swap() || add() {}
        return allowed &- fillsLeft
    }

    /// Fills from the rows; keeps the result when it is better.
    @discardableResult
    private mutating func attempt(_ rows: [Int]) -> Bool {
        guard rows.count <= table.locationsMax else { return false }
        fillsLeft &-= 1 &+ SourcingFill.nodes(table, rows: rows.count) &* 4
        trial.fill(table, rows)
        guard trial.isBetter(than: best) else { return false }
        best = trial
        return true
    }

    /// Rows by density, added to `start`: repeatedly the least cost per unit of what is still needed.
    static func collect(_ table: SourcingTable, start: [Int] = []) -> [Int] {
        var need = table.quantity
        var rows = start
        var isOpen = [Bool](repeating: false, count: table.count)
        for row in start {
            isOpen[row] = true
            take(table, row, &need)
        }
        while rows.count < min(table.locationsMax, table.count) {
            // The last location allowed has to take most, not to be cheap.
            let isLast = rows.count &+ 1 == table.locationsMax && table.hasMust
            var (next, least, most) = (-1, Double.infinity, Int64(0))
            for row in 0..<table.count where !isOpen[row] {
                guard let (cost, units) = offer(table, row, need) else { continue }
                let density = isLast ? Double(cost) / 1e15 - Double(units) : Double(cost) / Double(units)
                if density < least || density == least && units > most { (next, least, most) = (row, density, units) }
            }
            guard next >= 0 else { break }
            isOpen[next] = true
            rows.append(next)
            take(table, next, &need)
        }
        return rows.sorted()
    }

    /// Cost and units of what the row can add; nil when nothing, or when leaving it unfilled is cheaper.
    private static func offer(_ table: SourcingTable, _ row: Int, _ need: [Int64]) -> (cost: Int64, units: Int64)? {
        let first = row &* table.lineCount
        var (cost, units, grams, saved): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        var room = table.capacity[row]
        var isMust = false
        for line in 0..<table.lineCount where need[line] > 0 {
            let amount = min(table.units[first &+ line], need[line], room)
            guard amount > 0, table.unitCost[first &+ line] <= table.unfilled[line] else { continue }
            cost &+= amount &* table.unitCost[first &+ line]
            units &+= amount
            grams &+= amount &* table.weight[line]
            room &-= amount
            if table.unfilled[line] == SourcingTable.must {
                isMust = true
            } else {
                saved &+= amount &* table.unfilled[line]
            }
        }
        guard units > 0 else { return nil }
        cost &+= table.open[row] &+ table.parcels(grams, from: row) &* table.parcel[row]
        return isMust || cost <= saved ? (cost, units) : nil
    }

    private static func take(_ table: SourcingTable, _ row: Int, _ need: inout [Int64]) {
        var room = table.capacity[row]
        for line in 0..<table.lineCount where need[line] > 0 {
            let amount = min(table.units[row &* table.lineCount &+ line], need[line], room)
            // A whole line is never shared: what one location leaves of it stays unfilled.
            need[line] = table.isWhole[line] && amount > 0 ? 0 : need[line] &- amount
            room &-= amount
        }
    }

    private mutating func drop() -> Bool {
        for row in best.set where fillsLeft > 0 {
            if attempt(best.set.filter { $0 != row }) { return true }
        }
        return false
    }

    private mutating func swap() -> Bool {
        let rows = best.set
        for row in rows {
            let others = rows.filter { $0 != row }
            var isChanged = false
            for other in 0..<table.count where fillsLeft > 0 && !rows.contains(other) {
                if attempt(Self.inserting(other, into: others)) { isChanged = true }
            }
            if isChanged { return true }
        }
        return false
    }

    private mutating func add() -> Bool {
        let rows = best.set
        var isChanged = false
        for other in 0..<table.count where fillsLeft > 0 && !rows.contains(other) {
            if attempt(Self.inserting(other, into: rows)) { isChanged = true }
        }
        return isChanged
    }

    private static func inserting(_ row: Int, into rows: [Int]) -> [Int] {
        var rows = rows
        rows.insert(row, at: rows.firstIndex { $0 > row } ?? rows.count)
        return rows
    }
}

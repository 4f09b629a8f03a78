/// Plain search for small orders: all pairs, then all threes, … until more locations cannot pay.
struct SourcingSubsets {
    /// Sets of one size tried at most; beyond, the search by prices is quicker.
    static let setsMax = 128

    private(set) var best: SourcingFill
    private let table: SourcingTable
    /// What the units cost at least, fixed costs left aside.
    private let unitsBound: Int64
    private var trial = SourcingFill()
    private var rows: [Int] = []

    /// `best` is the best plan of at most one location.
    init(_ table: SourcingTable, unitsBound: Int64, best: SourcingFill) {
        self.table = table
        self.unitsBound = unitsBound
        self.best = best
    }

    /// Returns whether `best` is proven: no plan is better, or none is feasible.
    mutating func run() -> Bool {
        // Only where each single fill is exact.
        guard !table.hasSteps, !(table.hasWhole && table.hasCapacity) else { return false }
        guard table.count <= Self.setsMax else { return false }
        let fixed = (0..<table.count).map { table.open[$0] &+ table.parcel[$0] }.sorted()
        var least = unitsBound &+ fixed[0]
        var sets = table.count
        for size in 2..<(table.count &+ 1) {
            least &+= fixed[size &- 1]
            if size > table.locationsMax || isHopeless(least) { return true }
            sets = sets &* (table.count &- size &+ 1) / size
            guard sets <= Self.setsMax else { return false }
            descend(size, from: 0, least: unitsBound)
        }
        return true
    }

    /// No set that costs at least this is better than the best one, which has fewer or earlier locations.
    private func isHopeless(_ least: Int64) -> Bool {
        guard best.missing == 0 else { return false }
        return best.cost < least || best.cost == least && best.unfilledUnits == 0
    }

    private mutating func descend(_ size: Int, from first: Int, least: Int64) {
        guard size > 0 else {
            trial.fill(table, rows)
            if trial.isBetter(than: best) { best = trial }
            return
        }
        guard first &+ size <= table.count else { return }
        for row in first...(table.count &- size) {
            let cost = least &+ table.open[row] &+ table.parcel[row]
            if best.missing == 0, cost > best.cost { continue }
            rows.append(row)
            descend(size &- 1, from: row &+ 1, least: cost)
            rows.removeLast()
        }
    }
}

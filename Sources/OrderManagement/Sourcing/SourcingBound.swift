/// A proven lower bound: every line gets a price for its units, each location decides by itself whether that pays.
///
/// Lagrangian relaxation of "each line is filled" (Held and Karp 1971; Erlenkotter 1978 for locations). The bound is
/// valid for every price, all numbers that carry the proof are integers; only the step size is a Double.
struct SourcingBound {
    enum Choice { case free, open, closed }

    /// Prices and costs are finer than minor units by this many bits, so that rounding prices costs little.
    static let scaleBits: Int64 = 6

    let rows: [Int]
    let lineCount: Int
    private(set) var price: [Int64]
    var choice: [Choice]
    /// What opening a free row gains at the present prices, below zero when it does not pay; scaled.
    private(set) var gain: [Int64]
    /// Free rows that open at the present prices.
    private(set) var picked: [Int] = []

    private let cost: [Int64]
    private let units: [Int64]
    private let open: [Int64]
    private let parcel: [Int64]
    private let capacity: [Int64]
    private let weight: [Int64]
    private let quantity: [Int64]
    private let ceiling: [Int64]
    private let parcelGramsMax: [Int64]
    private let locationsMax: Int
    private let hasSteps: Bool
    private let hasCapacity: Bool
    /// Units of the present answer above (positive: below) the need.
    private var slope: [Int64]
    private var order: [Int] = []

    /// nil when the numbers are so large that sums could overflow.
    init?(_ table: SourcingTable, rows: [Int], price: [Int64]) {
        let lines = table.lineCount
        var dearest: Int64 = 1
        for row in rows {
            dearest = max(dearest, table.open[row], table.parcel[row])
            for line in 0..<lines { dearest = max(dearest, table.unitCost[row &* lines &+ line]) }
        }
        for line in 0..<lines where table.unfilled[line] != SourcingTable.must {
            dearest = max(dearest, table.unfilled[line])
        }
        // Prices stay below 64 times the dearest number: 2^6 for that, 2^6 for the scale.
        let (product, isTooLarge) = dearest.multipliedReportingOverflow(by: max(1, table.unitsTotal) &* 8192)
        guard !isTooLarge, !product.multipliedReportingOverflow(by: Int64(rows.count &+ 2)).overflow else { return nil }
        let heaviest = max(1, table.weight.max() ?? 1)
        guard !heaviest.multipliedReportingOverflow(by: dearest &* 64).overflow else { return nil }
        self.rows = rows
        lineCount = lines
        let bits = Self.scaleBits
        cost = rows.flatMap { row in (0..<lines).map { table.unitCost[row &* lines &+ $0] << bits } }
        units = rows.flatMap { row in (0..<lines).map { table.units[row &* lines &+ $0] } }
        open = rows.map { table.open[$0] << bits }
        parcel = rows.map { table.parcel[$0] << bits }
        capacity = rows.map { table.capacity[$0] }
        weight = table.weight
        quantity = table.quantity
        let top = dearest &* 64
        ceiling = table.unfilled.map { ($0 == SourcingTable.must ? top : $0) << bits }
        parcelGramsMax = rows.map { table.parcelGramsMax[$0] }
        locationsMax = table.locationsMax
        hasSteps = table.hasSteps
        hasCapacity = table.hasCapacity
        self.price = price
        choice = [Choice](repeating: .free, count: rows.count)
        gain = [Int64](repeating: 0, count: rows.count)
        slope = table.quantity
    }

    mutating func restore(price: [Int64]) {
        self.price = price
    }

    /// The bound at the present prices, scaled; sets `gain`, `picked` and the slope.
    mutating func evaluate() -> Int64 {
        var sum: Int64 = 0
        var opened = 0
        for line in 0..<lineCount {
            sum &+= price[line] &* quantity[line]
            slope[line] = quantity[line]
        }
        picked.removeAll(keepingCapacity: true)
        for index in rows.indices {
            switch choice[index] {
            case .closed: continue
            case .open:
                sum &-= profit(index)
                subtractUnits(index)
                opened &+= 1
            case .free:
                gain[index] = profit(index)
                if gain[index] > 0 { picked.append(index) }
            }
        }
        let room = max(0, locationsMax &- opened)
        if picked.count > room {
            let gain = gain
            picked.sort { gain[$0] != gain[$1] ? gain[$0] > gain[$1] : $0 < $1 }
            picked.removeLast(picked.count &- room)
            picked.sort()
        }
        for index in picked {
            sum &-= gain[index]
            subtractUnits(index)
        }
        return sum
    }

    /// Moves the prices along the slope; `distance` is how far the bound is from its target, scaled.
    mutating func climb(_ distance: Double) {
        var norm = 0.0
        for line in 0..<lineCount { norm += Double(slope[line]) * Double(slope[line]) }
        guard norm > 0 else { return }
        for line in 0..<lineCount {
            let step = Double(slope[line]) * distance / norm
            let bounded = max(-Double(ceiling[line]), min(step, Double(ceiling[line])))
            price[line] = max(0, min(price[line] &+ Int64(bounded + (bounded < 0 ? -0.5 : 0.5)), ceiling[line]))
        }
    }

    var isFlat: Bool { slope.allSatisfy { $0 == 0 } }

    // MARK: One location

    /// The most a location can gain at the present prices.
    private mutating func profit(_ index: Int) -> Int64 {
        if hasSteps { return steppedProfit(index) }
        return margin(index, perGram: (0, 1)) &- open[index] &- parcel[index]
    }

    /// With a share of the parcel's price paid by the gram, any share gives an upper limit; takes the lowest.
    private mutating func steppedProfit(_ index: Int) -> Int64 {
        var least = Int64.max
        for share in [Int64(0), 1, 2, 3, 4] {
            let gained = margin(index, perGram: (parcel[index] &* share / 4, parcelGramsMax[index]))
            least = min(least, gained &- open[index] &- (parcel[index] &- parcel[index] &* share / 4))
        }
        return least
    }

    private mutating func margin(_ index: Int, perGram: (Int64, Int64)) -> Int64 {
        let first = index &* lineCount
        var (sum, amount): (Int64, Int64) = (0, 0)
        for line in 0..<lineCount {
            let gained = gained(first, line, perGram)
            if gained > 0 {
                sum &+= gained &* units[first &+ line]
                amount &+= units[first &+ line]
            }
        }
        guard hasCapacity, amount > capacity[index] else { return sum }
        rank(first, perGram)
        var room = capacity[index]
        sum = 0
        for line in order where room > 0 {
            let taken = min(room, units[first &+ line])
            sum &+= taken &* gained(first, line, perGram)
            room &-= taken
        }
        return sum
    }

    private func gained(_ first: Int, _ line: Int, _ perGram: (Int64, Int64)) -> Int64 {
        let plain = price[line] &- cost[first &+ line]
        return perGram.0 == 0 || plain <= 0 ? plain : plain &- weight[line] &* perGram.0 / perGram.1
    }

    /// Lines that gain, most first.
    private mutating func rank(_ first: Int, _ perGram: (Int64, Int64)) {
        order.removeAll(keepingCapacity: true)
        for line in 0..<lineCount where units[first &+ line] > 0 {
            let gain = gained(first, line, perGram)
            guard gain > 0 else { continue }
            var place = order.count
            while place > 0, gained(first, order[place &- 1], perGram) < gain { place &-= 1 }
            order.insert(line, at: place)
        }
    }

    /// Takes the location's units off the slope.
    private mutating func subtractUnits(_ index: Int) {
        let first = index &* lineCount
        let perGram: (Int64, Int64) = hasSteps ? (parcel[index] / 2, parcelGramsMax[index]) : (0, 1)
        guard hasCapacity, capacity[index] != .max else {
            for line in 0..<lineCount where gained(first, line, perGram) > 0 { slope[line] &-= units[first &+ line] }
            return
        }
        rank(first, perGram)
        var room = capacity[index]
        for line in order where room > 0 {
            let taken = min(room, units[first &+ line])
            slope[line] &-= taken
            room &-= taken
        }
    }
}

/// The input compiled to flat numbers: usable locations only, in the order of priority, then location code.
///
/// Cell of location row *r* and line *i* is at `r * lineCount + i`.
struct SourcingTable {
    /// Unit costs above this count as this, so that no sum over an order within its limits overflows.
    static let unitCostMax: Int64 = 10_000_000_000
    /// Stands for "must be filled" where a cost of leaving a unit unfilled is kept.
    static let must: Int64 = .max

    let lineCount: Int
    /// Ordered units of each line.
    private(set) var quantity: [Int64] = []
    /// Grams of one unit of each line.
    private(set) var weight: [Int64] = []
    /// Cost of each unit left unfilled, or `must`. Ship complete makes every line a must.
    private(set) var unfilled: [Int64] = []
    private(set) var isWhole: [Bool] = []
    /// Units of each line that all usable locations have together, at most the ordered ones.
    private(set) var available: [Int64] = []

    /// Index of each row's location among the input's candidates.
    private(set) var source: [Int] = []
    private(set) var open: [Int64] = []
    private(set) var parcel: [Int64] = []
    /// Grams that a parcel of each row carries at most; `Int64.max` for no limit.
    private(set) var parcelGramsMax: [Int64] = []
    /// Units a location may take; `Int64.max` when that is no limit for this order.
    private(set) var capacity: [Int64] = []
    /// Cost of one unit without the fixed parts.
    private(set) var unitCost: [Int64] = []
    /// Units that may ship: stock, at most the ordered quantity, zero without the capabilities.
    private(set) var units: [Int64] = []
    private(set) var excluded: [(source: Int, exclusion: SourcingInput.Exclusion)] = []

    let locationsMax: Int
    /// Cost of shipping nothing at all, where ship complete allows that; it is no fill of the other lines then.
    private(set) var nothingCost: Int64?
    private(set) var unitsTotal: Int64 = 0
    private(set) var hasMust = false
    private(set) var hasOptional = false
    private(set) var hasWhole = false
    private(set) var hasCapacity = false
    /// The order may need more than one parcel at a location, and parcels cost something.
    private(set) var hasSteps = false

    var count: Int { source.count }
    /// What leaving every unit unfilled costs; only where none must be filled.
    var emptyCost: Int64 { zip(quantity, unfilled).reduce(0) { $0 &+ $1.0 &* $1.1 } }

    init(_ input: SourcingInput) {
        lineCount = input.demands.count
        locationsMax = input.locationsMax > 0 ? input.locationsMax : .max
        let grams = readDemands(input)
        available = [Int64](repeating: 0, count: lineCount)
        let candidates = input.candidates.count
        source.reserveCapacity(candidates)
        open.reserveCapacity(candidates)
        parcel.reserveCapacity(candidates)
        parcelGramsMax.reserveCapacity(candidates)
        capacity.reserveCapacity(candidates)
        unitCost.reserveCapacity(candidates &* lineCount)
        units.reserveCapacity(candidates &* lineCount)
        excluded.reserveCapacity(candidates)
        for index in Self.order(input.candidates) {
            if let exclusion = readCandidate(input, index) { excluded.append((index, exclusion)) }
        }
        for line in 0..<lineCount { available[line] = min(available[line], quantity[line]) }
        hasSteps = source.indices.contains { grams > parcelGramsMax[$0] && parcel[$0] > 0 }
    }

    /// Parcels that carry so many grams from a row; a location that ships needs one at least.
    func parcels(_ grams: Int64, from row: Int) -> Int64 {
        let most = parcelGramsMax[row]
        return grams <= most ? 1 : (grams &- 1) / most &+ 1
    }

    /// Minor units for the weight of one unit, rounded up.
    func weightCost(_ line: Int, _ costPerKilogram: Int64) -> Int64 {
        (weight[line] &* costPerKilogram &+ 999) / 1000
    }

    /// Minor units for each unit because the candidate's goods arrive after the promise.
    func lateness(_ input: SourcingInput, _ source: Int) -> Int64 {
        let arrival = input.candidates[source].arrivalDay
        guard arrival > input.promiseDay else { return 0 }
        let (days, overflow) = arrival.subtractingReportingOverflow(input.promiseDay)
        return min(input.latePerDay &* Int64(overflow ? 1_000_000 : min(days, 1_000_000)), Self.unitCostMax)
    }

    /// Whether the rows together have the stock and the capacity for every line that must be filled.
    func canFill(from rows: some Sequence<Int>) -> Bool {
        var need = quantity
        var room: Int64 = 0
        for row in rows {
            var total: Int64 = 0
            for line in 0..<lineCount {
                let amount = units[row &* lineCount &+ line]
                need[line] &-= amount
                total &+= amount
            }
            room &+= min(total, capacity[row])
        }
        var must: Int64 = 0
        for line in 0..<lineCount where unfilled[line] == Self.must {
            if need[line] > 0 { return false }
            must &+= quantity[line]
        }
        return must <= room
    }

    /// Returns the grams of the whole order.
    private mutating func readDemands(_ input: SourcingInput) -> Int64 {
        var grams: Int64 = 0
        var nothing: Int64? = 0
        quantity.reserveCapacity(lineCount)
        weight.reserveCapacity(lineCount)
        unfilled.reserveCapacity(lineCount)
        isWhole.reserveCapacity(lineCount)
        for index in 0..<lineCount {
            let amount = max(0, input.demands[index].quantity)
            let cost = input.demands[index].unfilledCost
            quantity.append(amount)
            weight.append(input.demands[index].weightGrams)
            isWhole.append(input.demands[index].isWhole)
            unfilled.append(input.isComplete ? Self.must : cost ?? Self.must)
            if let sum = nothing, let cost { nothing = sum &+ cost &* amount } else { nothing = nil }
            unitsTotal &+= amount
            grams &+= amount &* weight[index]
            if isWhole[index] { hasWhole = true }
            if unfilled[index] == Self.must { hasMust = hasMust || amount > 0 } else { hasOptional = true }
        }
        nothingCost = input.isComplete ? nothing : nil
        return grams
    }

    /// Adds a row, or returns why the location cannot have one.
    private mutating func readCandidate(_ input: SourcingInput, _ index: Int) -> SourcingInput.Exclusion? {
        if let exclusion = input.candidates[index].exclusion { return exclusion }
        guard input.candidates[index].arrivalDay <= input.latestDay else { return .tooLate }
        let limit = input.candidates[index].capacity ?? .max
        guard limit > 0 else { return .full }
        let total = (0..<lineCount).reduce(Int64(0)) { $0 &+ amount(input, index, $1) }
        guard total > 0 else {
            let hasStock = (0..<lineCount).contains { input.candidates[index].stock[$0] > 0 && quantity[$0] > 0 }
            let lacks =
                hasStock
                && !(0..<lineCount).contains { line in
                    input.candidates[index].stock[line] > 0
                        && input.demands[line].requirements & ~input.candidates[index].capabilities == 0
                }
            return lacks ? .lacksCapability : .outOfStock
        }
        appendRow(input, index)
        source.append(index)
        open.append(input.candidates[index].openCost)
        parcel.append(input.candidates[index].parcelCost)
        let most = input.candidates[index].parcelGramsMax ?? input.parcelGramsMax
        parcelGramsMax.append(most > 0 ? most : .max)
        capacity.append(limit < total ? limit : .max)
        if limit < total { hasCapacity = true }
        return nil
    }

    /// Units of a line that a candidate may ship.
    private func amount(_ input: SourcingInput, _ index: Int, _ line: Int) -> Int64 {
        guard input.demands[line].requirements & ~input.candidates[index].capabilities == 0 else { return 0 }
        let amount = max(0, min(input.candidates[index].stock[line], quantity[line]))
        // A whole line that must be filled gets nothing from a location that has a part of it.
        return isWhole[line] && amount < quantity[line] && unfilled[line] == Self.must ? 0 : amount
    }

    /// Appends the cells of a row.
    private mutating func appendRow(_ input: SourcingInput, _ index: Int) {
        let perUnit = input.candidates[index].pickCost &+ lateness(input, index)
        let perKilogram = input.candidates[index].costPerKilogram
        let hasDepletion = !input.candidates[index].depletion.isEmpty
        for line in 0..<lineCount {
            var cost = perUnit
            if perKilogram != 0 { cost &+= weightCost(line, perKilogram) }
            if hasDepletion { cost &+= input.candidates[index].depletion[line] }
            unitCost.append(min(cost, Self.unitCostMax))
            let amount = amount(input, index, line)
            units.append(amount)
            available[line] &+= amount
        }
    }

    /// Indices of the candidates by priority, then location code, so that their order in the input plays no part.
    private static func order(_ candidates: [SourcingInput.Candidate]) -> [Int] {
        var order = Array(candidates.indices)
        func isBefore(_ a: Int, _ b: Int) -> Bool {
            let (first, second) = (candidates[a].priority, candidates[b].priority)
            return first != second ? first < second : candidates[a].location < candidates[b].location
        }
        var isSorted = true
        for place in order.indices.dropFirst() where isBefore(order[place], order[place - 1]) {
            isSorted = false
            break
        }
        if !isSorted { order.sort(by: isBefore) }
        return order
    }
}

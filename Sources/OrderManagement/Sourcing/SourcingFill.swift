/// The cheapest way found to fill the need from a given set of locations.
///
/// Exact, unless several parcels at a location or a whole line under a capacity leave a choice; `isExact` tells.
struct SourcingFill {
    /// Rows that ship something, ascending.
    private(set) var set: [Int] = []
    /// Units by place in `set`, then line.
    private(set) var amount: [Int64] = []
    /// Units of each line that stay unfilled.
    private(set) var unfilled: [Int64] = []
    /// Units among them that must be filled; 0 is a feasible plan.
    private(set) var missing: Int64 = 0
    private(set) var cost: Int64 = 0
    private(set) var unfilledUnits: Int64 = 0
    private(set) var isExact = true

    /// Units taken from each place of the set.
    private var load: [Int64] = []
    private var grams: [Int64] = []
    /// Parcels are priced by the gram while units are placed.
    private var isByGram = false

    /// Work of filling from so many rows, in search nodes.
    static func nodes(_ table: SourcingTable, rows: Int) -> Int {
        let isHard = table.hasCapacity || table.hasSteps
        return isHard ? 1 &+ rows &* rows &* table.lineCount / 256 : rows &* table.lineCount / 1024
    }

    /// Order of plans: what must be filled, cost, units filled, fewest locations, then priority and code.
    func isBetter(than other: SourcingFill) -> Bool {
        if missing != other.missing { return missing < other.missing }
        if cost != other.cost { return cost < other.cost }
        if unfilledUnits != other.unfilledUnits { return unfilledUnits < other.unfilledUnits }
        if set.count != other.set.count { return set.count < other.set.count }
        return set.lexicographicallyPrecedes(other.set)
    }

    /// Fills from `rows`, which ascend; rows that ship nothing drop out.
    mutating func fill(_ table: SourcingTable, _ rows: [Int]) {
        isByGram = false
        place(table, rows)
        guard table.hasSteps else { return finish(table) }
        settleParcels(table)
        finish(table)
        var other = SourcingFill()
        other.isByGram = true
        other.place(table, rows)
        other.settleParcels(table)
        other.finish(table)
        isExact = isExact && !table.hasOptional && set.count == 1 && rows.count == 1
        other.isExact = isExact
        if other.isBetter(than: self) { self = other }
    }

    /// Takes over a finished answer of somebody else; `amount` has one row of lines for each of `rows`.
    mutating func replace(_ table: SourcingTable, _ rows: [Int], _ amount: [Int64]) {
        reset(table, rows)
        self.amount = amount
        for slot in rows.indices {
            for line in 0..<table.lineCount {
                let units = amount[slot &* table.lineCount &+ line]
                load[slot] &+= units
                grams[slot] &+= units &* table.weight[line]
                unfilled[line] &-= units
            }
        }
        finish(table)
    }

    private mutating func reset(_ table: SourcingTable, _ rows: [Int]) {
        set.removeAll(keepingCapacity: true)
        set.append(contentsOf: rows)
        Self.zero(&amount, rows.count &* table.lineCount)
        Self.zero(&load, rows.count)
        Self.zero(&grams, rows.count)
        unfilled.removeAll(keepingCapacity: true)
        unfilled.append(contentsOf: table.quantity)
        isExact = true
    }

    private static func zero(_ array: inout [Int64], _ count: Int) {
        array.removeAll(keepingCapacity: true)
        array.append(contentsOf: repeatElement(0, count: count))
    }

    /// Price of one unit while placing.
    private func price(_ table: SourcingTable, _ slot: Int, _ line: Int) -> Int64 {
        let unit = table.unitCost[set[slot] &* table.lineCount &+ line]
        guard isByGram else { return unit }
        return unit &+ table.weight[line] &* table.parcel[set[slot]] / table.parcelGramsMax[set[slot]]
    }

    private func residual(_ table: SourcingTable, _ slot: Int, _ line: Int) -> Int64 {
        table.units[set[slot] &* table.lineCount &+ line] &- amount[slot &* table.lineCount &+ line]
    }

    private mutating func move(_ table: SourcingTable, _ line: Int, _ units: Int64, to slot: Int) {
        amount[slot &* table.lineCount &+ line] &+= units
        load[slot] &+= units
        grams[slot] &+= units &* table.weight[line]
        unfilled[line] &-= units
    }

    // MARK: Placing units

    private mutating func place(_ table: SourcingTable, _ rows: [Int]) {
        reset(table, rows)
        for line in 0..<table.lineCount {
            if table.isWhole[line] { placeWhole(table, line, isCapped: false) } else { placeCheapest(table, line) }
        }
        guard table.hasCapacity, set.indices.contains(where: { load[$0] > table.capacity[set[$0]] }) else { return }
        reset(table, rows)
        if table.hasWhole {
            for line in 0..<table.lineCount where table.isWhole[line] { placeWhole(table, line, isCapped: true) }
            isExact = false
        }
        for line in 0..<table.lineCount where !table.isWhole[line] { placeByFlow(table, line) }
    }

    /// Cheapest units first; equal ones from the earlier row.
    private mutating func placeCheapest(_ table: SourcingTable, _ line: Int) {
        while unfilled[line] > 0 {
            var (best, level) = (-1, table.unfilled[line])
            for slot in set.indices where residual(table, slot, line) > 0 {
                let unit = price(table, slot, line)
                if unit < level || unit == level && best < 0 { (best, level) = (slot, unit) }
            }
            guard best >= 0 else { return }
            move(table, line, min(unfilled[line], residual(table, best, line)), to: best)
        }
    }

    private mutating func placeWhole(_ table: SourcingTable, _ line: Int, isCapped: Bool) {
        let penalty = table.unfilled[line]
        var (best, units, saving): (Int, Int64, Int64) = (-1, 0, 0)
        for slot in set.indices {
            var amount = residual(table, slot, line)
            if isCapped { amount = min(amount, table.capacity[set[slot]] &- load[slot]) }
            let unit = price(table, slot, line)
            let isMust = penalty == SourcingTable.must
            guard amount > 0, unit <= penalty, !isMust || amount >= unfilled[line] else { continue }
            let saved = (isMust ? -unit : penalty &- unit) &* amount
            if best < 0 || saved > saving || saved == saving && amount > units {
                (best, units, saving) = (slot, amount, saved)
            }
        }
        if best >= 0 { move(table, line, units, to: best) }
    }

    // MARK: Capacities: cheapest flow by shortest paths

    /// Places one more line; earlier lines give way along the cheapest chain of moves.
    ///
    /// Paths run over the set's places; the last place stands for leaving units unfilled. Successive shortest paths
    /// keep the whole placement cheapest for the lines placed so far.
    private mutating func placeByFlow(_ table: SourcingTable, _ line: Int) {
        let places = set.count &+ 1
        var pending = unfilled[line]
        while pending > 0 {
            var distance = (0..<places).map { place -> Int64 in
                if place == set.count { return table.unfilled[line] }
                return residual(table, place, line) > 0 ? price(table, place, line) : .max
            }
            var via = [(from: Int, line: Int)](repeating: (-1, line), count: places)
            var end = Self.nearest(distance) { _ in true }
            // Where the cheapest place has room no chain is cheaper: the placement so far is the cheapest.
            if end >= 0, !hasRoom(table, end) {
                shortenPaths(table, &distance, &via, line, pending)
                end = Self.nearest(distance) { hasRoom(table, $0) }
            }
            guard end >= 0 else { return }
            pending &-= push(table, via, end, line, pending)
        }
    }

    private func hasRoom(_ table: SourcingTable, _ place: Int) -> Bool {
        place == set.count || load[place] < table.capacity[set[place]]
    }

    private static func nearest(_ distance: [Int64], where isAllowed: (Int) -> Bool) -> Int {
        var end = -1
        for place in distance.indices where distance[place] != .max && isAllowed(place) {
            if end < 0 || distance[place] < distance[end] { end = place }
        }
        return end
    }

    /// Bellman and Ford, over the cheapest move between each two places.
    private func shortenPaths(
        _ table: SourcingTable, _ distance: inout [Int64], _ via: inout [(from: Int, line: Int)], _ last: Int,
        _ pending: Int64
    ) {
        let places = distance.count
        var moves = [(step: Int64, line: Int)](repeating: (.max, -1), count: places &* places)
        // Later lines are not placed yet and have nothing to give.
        for line in 0...last where !table.isWhole[line] {
            for from in 0..<places {
                guard held(table, from, line) > (line == last && from == set.count ? pending : 0) else { continue }
                for to in 0..<places where to != from {
                    guard let step = step(table, from, to, line) else { continue }
                    if step < moves[from &* places &+ to].step { moves[from &* places &+ to] = (step, line) }
                }
            }
        }
        for _ in 0..<places {
            var isChanged = false
            for from in 0..<places where distance[from] != .max {
                for to in 0..<places {
                    let move = moves[from &* places &+ to]
                    guard move.line >= 0, distance[from] &+ move.step < distance[to] else { continue }
                    distance[to] = distance[from] &+ move.step
                    via[to] = (from, move.line)
                    isChanged = true
                }
            }
            if !isChanged { return }
        }
    }

    private func held(_ table: SourcingTable, _ place: Int, _ line: Int) -> Int64 {
        if place < set.count { return amount[place &* table.lineCount &+ line] }
        return table.unfilled[line] == SourcingTable.must ? 0 : unfilled[line]
    }

    /// Price of moving one unit of the line; nil when it cannot move there.
    private func step(_ table: SourcingTable, _ from: Int, _ to: Int, _ line: Int) -> Int64? {
        let old = from == set.count ? table.unfilled[line] : price(table, from, line)
        if to == set.count { return table.unfilled[line] == SourcingTable.must ? nil : table.unfilled[line] &- old }
        return residual(table, to, line) > 0 ? price(table, to, line) &- old : nil
    }

    /// Pushes as many units as the path takes; returns how many.
    private mutating func push(
        _ table: SourcingTable, _ via: [(from: Int, line: Int)], _ end: Int, _ line: Int, _ pending: Int64
    ) -> Int64 {
        var units = pending
        if end < set.count { units = min(units, table.capacity[set[end]] &- load[end]) }
        var place = end
        while true {
            if place < set.count { units = min(units, residual(table, place, via[place].line)) }
            let (from, moved) = via[place]
            guard from >= 0 else { break }
            units = min(units, held(table, from, moved) &- (moved == line && from == set.count ? pending : 0))
            place = from
        }
        place = end
        while true {
            let (from, moved) = via[place]
            if place < set.count { move(table, moved, units, to: place) }
            guard from >= 0 else { break }
            if from < set.count { move(table, moved, -units, to: from) }
            // A unit that leaves "unfilled" was counted there already, one that arrives is counted by the move.
            place = from
        }
        return units
    }

    // MARK: Several parcels

    /// Moves units between places as long as that lowers the cost, so that parcels are full or not needed.
    private mutating func settleParcels(_ table: SourcingTable) {
        var isChanged = true
        var rounds = 0
        while isChanged, rounds < 8 {
            isChanged = false
            rounds += 1
            for line in 0..<table.lineCount {
                for from in set.indices {
                    for to in set.indices where to != from {
                        if settle(table, line, from, to) { isChanged = true }
                    }
                }
            }
        }
    }

    /// Moves the best of three amounts: all, what saves a parcel here, what fits into a parcel there.
    private mutating func settle(_ table: SourcingTable, _ line: Int, _ from: Int, _ to: Int) -> Bool {
        let held = amount[from &* table.lineCount &+ line]
        guard held > 0 else { return false }
        let room = min(residual(table, to, line), table.capacity[set[to]] &- load[to])
        let most = min(held, room)
        guard most > 0, !table.isWhole[line] || most == held else { return false }
        var tries = (most, Int64(0), Int64(0))
        let weight = table.weight[line]
        if !table.isWhole[line], weight > 0 {
            let (out, into) = (set[from], set[to])
            let over = grams[from] &- (table.parcels(grams[from], from: out) &- 1) &* table.parcelGramsMax[out]
            let slack = table.parcels(grams[to], from: into) &* table.parcelGramsMax[into] &- grams[to]
            tries.1 = (over &+ weight &- 1) / weight
            tries.2 = slack / weight
        }
        var (best, saving): (Int64, Int64) = (0, 0)
        for units in [tries.0, tries.1, tries.2] where units > 0 && units <= most {
            let change = self.change(table, line, units, from, to)
            if change < saving { (best, saving) = (units, change) }
        }
        guard best > 0 else { return false }
        move(table, line, -best, to: from)
        move(table, line, best, to: to)
        return true
    }

    private func change(_ table: SourcingTable, _ line: Int, _ units: Int64, _ from: Int, _ to: Int) -> Int64 {
        let lines = table.lineCount
        let moved = units &* table.weight[line]
        let unit = table.unitCost[set[to] &* lines &+ line] &- table.unitCost[set[from] &* lines &+ line]
        let before = fixed(table, from, load[from], grams[from]) &+ fixed(table, to, load[to], grams[to])
        let after =
            fixed(table, from, load[from] &- units, grams[from] &- moved)
            &+ fixed(table, to, load[to] &+ units, grams[to] &+ moved)
        return units &* unit &+ after &- before
    }

    private func fixed(_ table: SourcingTable, _ slot: Int, _ units: Int64, _ grams: Int64) -> Int64 {
        let row = set[slot]
        return units == 0 ? 0 : table.open[row] &+ table.parcels(grams, from: row) &* table.parcel[row]
    }

    // MARK: Result

    /// Drops places that ship nothing and adds up.
    private mutating func finish(_ table: SourcingTable) {
        let lines = table.lineCount
        (cost, missing, unfilledUnits) = (0, 0, 0)
        var kept = 0
        for slot in set.indices where load[slot] > 0 {
            cost &+= fixed(table, slot, load[slot], grams[slot])
            for line in 0..<lines {
                let units = amount[slot &* lines &+ line]
                if units > 0 { cost &+= units &* table.unitCost[set[slot] &* lines &+ line] }
                amount[kept &* lines &+ line] = units
            }
            set[kept] = set[slot]
            load[kept] = load[slot]
            grams[kept] = grams[slot]
            kept &+= 1
        }
        set.removeLast(set.count &- kept)
        for line in 0..<lines where unfilled[line] > 0 {
            unfilledUnits &+= unfilled[line]
            if table.unfilled[line] == SourcingTable.must {
                missing &+= unfilled[line]
            } else {
                cost &+= unfilled[line] &* table.unfilled[line]
            }
        }
    }
}

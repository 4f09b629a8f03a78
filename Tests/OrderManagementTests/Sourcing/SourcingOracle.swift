@testable import OrderManagement

/// Small random orders, and their cheapest plans by trying everything.
///
/// Written from the cost model alone, sharing nothing with the engine.
enum SourcingOracle {
    struct Answer: Equatable {
        var cost: Int64
        var unfilled: Int64
        /// By priority, then code.
        var locations: [String]
        var ranks: [Int]
    }

    static func unitCost(_ input: SourcingInput, _ candidate: Int, _ line: Int) -> Int64 {
        let (location, demand) = (input.candidates[candidate], input.demands[line])
        let late = Int64(max(0, location.arrivalDay - input.promiseDay)) * input.latePerDay
        let weight = (demand.weightGrams * location.costPerKilogram + 999) / 1000
        return location.pickCost + weight + late + (location.depletion.isEmpty ? 0 : location.depletion[line])
    }

    /// Cost of shipping `units` (by candidate, then line); nil when a rule is broken.
    static func cost(_ input: SourcingInput, _ units: [[Int64]]) -> Int64? {
        var cost: Int64 = 0
        var used = 0
        for (number, location) in input.candidates.enumerated() {
            let total = units[number].reduce(0, +)
            guard total > 0 else { continue }
            used += 1
            if location.exclusion != nil || location.arrivalDay > input.latestDay { return nil }
            if let capacity = location.capacity, total > capacity { return nil }
            var grams: Int64 = 0
            for (line, demand) in input.demands.enumerated() where units[number][line] > 0 {
                if units[number][line] > location.stock[line] { return nil }
                if demand.requirements & ~location.capabilities != 0 { return nil }
                grams += units[number][line] * demand.weightGrams
                cost += units[number][line] * unitCost(input, number, line)
            }
            let limit = location.parcelGramsMax ?? input.parcelGramsMax
            let most = limit > 0 ? limit : .max
            cost += location.openCost + max(1, grams / most + (grams % most > 0 ? 1 : 0)) * location.parcelCost
        }
        if input.locationsMax > 0, used > input.locationsMax { return nil }
        for (line, demand) in input.demands.enumerated() {
            let sources = units.count { $0[line] > 0 }
            let rest = demand.quantity - units.reduce(0) { $0 + $1[line] }
            if rest < 0 || demand.isWhole && sources > 1 { return nil }
            guard rest > 0 else { continue }
            guard let price = demand.unfilledCost, !input.isComplete || used == 0 else { return nil }
            cost += rest * price
        }
        return cost
    }

    /// What is wrong with a plan that says it is feasible.
    static func fault(in plan: SourcingPlan, for input: SourcingInput) -> String? {
        var units = input.candidates.map { _ in [Int64](repeating: 0, count: input.demands.count) }
        for assignment in plan.assignments {
            guard let number = input.candidates.firstIndex(where: { $0.location == assignment.location }),
                !assignment.lines.isEmpty
            else { return "strange assignment" }
            for portion in assignment.lines {
                guard let line = input.demands.firstIndex(where: { $0.line == portion.line }), portion.quantity > 0,
                    units[number][line] == 0
                else { return "strange portion" }
                units[number][line] = portion.quantity
            }
        }
        for (line, demand) in input.demands.enumerated() {
            let rest = demand.quantity - units.reduce(0) { $0 + $1[line] }
            if rest != plan.shortfalls.first(where: { $0.line == demand.line })?.quantity ?? 0 { return "shortfall" }
        }
        guard let cost = cost(input, units) else { return "breaks a rule" }
        let parts = plan.explanation.chosen.reduce(plan.explanation.unfilledCost) { $0 + $1.cost.total }
        return cost == plan.cost && parts == cost ? nil : "cost \(cost), said \(plan.cost), explained \(parts)"
    }

    /// The best plan; nil when there is none.
    static func best(_ input: SourcingInput) -> Answer? {
        var best: Answer?
        let order = input.candidates.indices.sorted {
            (input.candidates[$0].priority, input.candidates[$0].location)
                < (input.candidates[$1].priority, input.candidates[$1].location)
        }
        var units = input.candidates.map { _ in [Int64](repeating: 0, count: input.demands.count) }
        func tryAll(_ line: Int, _ candidate: Int, _ need: Int64) {
            if line == input.demands.count { return compare() }
            if candidate == input.candidates.count {
                return tryAll(line + 1, 0, line + 1 < input.demands.count ? input.demands[line + 1].quantity : 0)
            }
            for amount in 0...max(0, min(need, input.candidates[candidate].stock[line])) {
                units[candidate][line] = amount
                tryAll(line, candidate + 1, need - amount)
            }
            units[candidate][line] = 0
        }
        func compare() {
            guard let cost = cost(input, units), best.map({ cost <= $0.cost }) ?? true else { return }
            let ranks = order.indices.filter { units[order[$0]].contains { $0 > 0 } }
            let filled = units.reduce(0) { $0 + $1.reduce(0, +) }
            let answer = Answer(
                cost: cost, unfilled: input.demands.reduce(0) { $0 + $1.quantity } - filled,
                locations: ranks.map { input.candidates[order[$0]].location }, ranks: ranks)
            if best.map({ isBefore(answer, $0) }) ?? true { best = answer }
        }
        tryAll(0, 0, input.demands.first?.quantity ?? 0)
        return best
    }

    private static func isBefore(_ a: Answer, _ b: Answer) -> Bool {
        if a.cost != b.cost { return a.cost < b.cost }
        if a.unfilled != b.unfilled { return a.unfilled < b.unfilled }
        if a.ranks.count != b.ranks.count { return a.ranks.count < b.ranks.count }
        return a.ranks.lexicographicallyPrecedes(b.ranks)
    }

    /// Small enough to try everything; every feature appears, costs are coarse so that ties do too.
    static func instance(_ random: inout SplitMix) -> SourcingInput {
        func pick(_ range: ClosedRange<Int64>) -> Int64 { .random(in: range, using: &random) }
        func chance(_ percent: Int64) -> Bool { pick(1...100) <= percent }
        let lines = Int(pick(1...3))
        let most = lines == 3 ? 3 : 4
        let coarse: Int64 = chance(50) ? 50 : 1
        let (hasCapacity, hasParcels, hasPrice) = (chance(35), chance(35), chance(50))
        let demands = (1...lines).map { line in
            SourcingInput.Demand(
                line: line, sku: "S\(line)", quantity: pick(1...(lines == 3 ? 2 : 3)), weightGrams: pick(1...4) * 100,
                requirements: chance(15) ? 1 : 0,
                unfilledCost: hasPrice && chance(80) ? pick(0...8) * coarse : nil, isWhole: chance(15))
        }
        let candidates = (1...Int(pick(1...Int64(most)))).map { number in
            SourcingInput.Candidate(
                location: "L\(number)", priority: Int(pick(1...2)), openCost: pick(0...3) * coarse,
                parcelCost: pick(0...5) * coarse,
                parcelGramsMax: hasParcels && chance(30) ? pick(0...9) * 100 : nil, pickCost: pick(0...2) * coarse,
                costPerKilogram: chance(30) ? pick(0...300) : 0, arrivalDay: Int(pick(1...4)),
                capabilities: chance(80) ? 1 : 0, capacity: hasCapacity && chance(60) ? pick(0...4) : nil,
                stock: (1...lines).map { _ in pick(-1...3) },
                depletion: chance(30) ? (1...lines).map { _ in pick(0...2) * coarse } : [],
                exclusion: chance(5) ? .paused : nil)
        }
        return SourcingInput(
            demands: demands, candidates: candidates, parcelGramsMax: hasParcels ? pick(4...9) * 100 : 0,
            locationsMax: chance(30) ? Int(pick(1...2)) : 0, isComplete: chance(20), promiseDay: 2,
            latestDay: chance(30) ? 3 : 9, latePerDay: chance(50) ? coarse : 0)
    }
}

/// Random numbers that are the same everywhere (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Orders and plans as short texts: "lines | location | … | options", "location units sku …; short … = cost".
enum Situation {
    static func parse(_ text: String) -> SourcingInput {
        let parts = text.split(separator: "|", omittingEmptySubsequences: false).map(words)
        let lines = text.split(separator: "|")[0].split(separator: ",").map(words)
        var input = SourcingInput(demands: [], candidates: [])
        for (index, words) in lines.enumerated() {
            input.demands.append(
                .init(
                    line: index + 1, sku: words[1], quantity: number(words[0]), weightGrams: number(words[2]),
                    requirements: UInt64(value("needs", words) ?? 0), unfilledCost: value("short", words),
                    isWhole: words.contains("whole")))
        }
        for words in parts.dropFirst() where !words.isEmpty {
            if words.count > 1, words[1].contains("+") {
                input.candidates.append(candidate(words, lines.count))
            } else {
                input.parcelGramsMax = value("parcel", words) ?? 0
                input.locationsMax = Int(value("locations", words) ?? 0)
                input.isComplete = words.contains("complete")
                input.promiseDay = Int(value("promise", words) ?? 0)
                input.latestDay = Int(value("latest", words) ?? 99)
                input.latePerDay = value("late", words) ?? 0
            }
        }
        return input
    }

    static func text(_ plan: SourcingPlan) -> String {
        guard plan.isFeasible else { return "infeasible" }
        let names = ["", "TEE", "MUG"]
        func portions(_ portions: [SourcingPlan.Portion]) -> String {
            portions.map { "\($0.quantity) \(names[$0.line])" }.joined(separator: " ")
        }
        var parts = plan.assignments.map { "\($0.location) \(portions($0.lines))" }
        if !plan.shortfalls.isEmpty { parts.append("short \(portions(plan.shortfalls))") }
        return parts.joined(separator: "; ") + " = \(plan.cost)"
    }

    private static func candidate(_ words: [String], _ lines: Int) -> SourcingInput.Candidate {
        let costs = words[1].split(separator: "+").map { number(String($0)) }
        return .init(
            location: words[0], priority: Int(value("priority", words) ?? 1), openCost: costs[0],
            parcelCost: costs[1], pickCost: costs[2], costPerKilogram: value("kilogram", words) ?? 0,
            arrivalDay: Int(value("day", words) ?? 0), capabilities: UInt64(value("can", words) ?? 0),
            capacity: value("room", words), stock: words[2..<2 + lines].map(number),
            depletion: value("deplete", words).map { [Int64](repeating: $0, count: lines) } ?? [],
            exclusion: words.contains("paused") ? .paused : nil)
    }

    private static func words(_ text: Substring) -> [String] { text.split(separator: " ").map(String.init) }

    private static func number(_ word: String) -> Int64 {
        guard let number = Int64(word) else { preconditionFailure("not a number: \(word)") }
        return number
    }

    private static func value(_ name: String, _ words: [String]) -> Int64? {
        words.first { $0.hasPrefix(name + "=") }.map { number(String($0.dropFirst(name.count + 1))) }
    }
}

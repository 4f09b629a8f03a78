import Testing

@testable import OrderManagement

@Suite("Sourcing an order")
struct SourcingTests {
    // MARK: Situations

    @Test(
        "The cheapest plan wins, whatever the rules leave",
        arguments: [
            // Lines "quantity sku grams", locations "code open+parcel+unit stock…", options.
            ("2 TEE 400 | EAST 100+500+10 5", "EAST 2 TEE = 620"),
            ("2 TEE 400 | EAST 100+500+10 5 | WEST 100+450+10 5", "WEST 2 TEE = 570"),
            (
                "1 TEE 400, 1 MUG 300 | EAST 100+500+10 5 0 | WEST 100+450+10 0 5 | NORTH 0+900+10 1 1",
                "NORTH 1 TEE 1 MUG = 920"
            ),
            (
                "1 TEE 400, 1 MUG 300 | EAST 0+100+10 5 0 | WEST 0+100+10 0 5 | NORTH 0+900+10 1 1",
                "EAST 1 TEE; WEST 1 MUG = 220"
            ),
            // Stock: a unit more than one location has.
            ("3 TEE 400 | EAST 0+100+10 2 | WEST 0+200+10 2", "EAST 2 TEE; WEST 1 TEE = 330"),
            ("3 TEE 400 | EAST 0+100+10 2", "infeasible"),
            ("3 TEE 400 | EAST 0+100+10 -4", "infeasible"),
            // Unfilled units: only at a price.
            ("3 TEE 400 short=90 | EAST 0+100+10 2", "EAST 2 TEE; short 1 TEE = 210"),
            ("3 TEE 400 short=30 | EAST 0+100+10 2", "short 3 TEE = 90"),
            ("1 TEE 400 short=110 | EAST 0+100+10 2", "EAST 1 TEE = 110"),
            ("1 TEE 400 short=0 | EAST 0+0+0 2", "EAST 1 TEE = 0"),
            // Weight, rounded up for each unit; parcels by weight.
            ("2 TEE 450 | EAST 0+100+10 2 kilogram=3", "EAST 2 TEE = 124"),
            ("3 TEE 400 | EAST 0+100+10 3 | WEST 5+150+10 3 | parcel=800", "EAST 3 TEE = 230"),
            ("3 TEE 400 | EAST 0+100+10 3 | WEST 5+150+10 3 | parcel=500", "EAST 3 TEE = 330"),
            ("3 TEE 400 | EAST 0+100+10 3 | WEST 190+0+10 3 | parcel=500", "WEST 3 TEE = 220"),
            // Days: lateness costs, the latest day excludes.
            ("1 TEE 400 | EAST 0+100+10 3 day=5 | WEST 0+150+10 3 day=3 | promise=3 late=30", "WEST 1 TEE = 160"),
            ("1 TEE 400 | EAST 0+100+10 3 day=5 | WEST 0+150+10 3 day=3 | promise=3 late=20", "EAST 1 TEE = 150"),
            ("1 TEE 400 | EAST 0+100+10 3 day=5 | WEST 0+150+10 3 day=3 | latest=4", "WEST 1 TEE = 160"),
            ("1 TEE 400 | EAST 0+100+10 3 day=5 | latest=4", "infeasible"),
            // Capabilities: every one that the line needs.
            ("1 TEE 400 needs=3 | EAST 0+100+10 3 can=1 | WEST 0+150+10 3 can=7", "WEST 1 TEE = 160"),
            // Capacity: units, over all lines.
            (
                "2 TEE 400, 2 MUG 300 | EAST 0+100+10 5 5 room=3 | WEST 0+150+20 5 5",
                "WEST 2 TEE 2 MUG = 230"
            ),
            (
                "2 TEE 400, 2 MUG 300 | EAST 0+100+10 5 5 room=3 | WEST 0+150+20 1 1",
                "EAST 2 TEE 1 MUG; WEST 1 MUG = 300"
            ),
            ("1 TEE 400 | EAST 0+100+10 5 room=0", "infeasible"),
            // Depletion.
            ("1 TEE 400 | EAST 0+100+10 5 deplete=60 | WEST 0+150+10 5", "WEST 1 TEE = 160"),
            // Limit of locations.
            (
                "1 TEE 400, 1 MUG 300 | EAST 0+100+10 5 0 | WEST 0+100+10 0 5 | NORTH 0+900+10 1 1 | locations=1",
                "NORTH 1 TEE 1 MUG = 920"
            ),
            ("1 TEE 400, 1 MUG 300 | EAST 0+100+10 5 0 | WEST 0+100+10 0 5 | locations=1", "infeasible"),
            // Ship complete: all or nothing.
            ("2 TEE 400 short=500, 1 MUG 300 short=80 | EAST 0+100+10 2 0", "EAST 2 TEE; short 1 MUG = 200"),
            (
                "2 TEE 400 short=500, 1 MUG 300 short=80 | EAST 0+100+10 2 0 | complete",
                "short 2 TEE 1 MUG = 1080"
            ),
            ("2 TEE 400 short=50, 1 MUG 300 short=80 | EAST 0+300+10 2 1 | complete", "short 2 TEE 1 MUG = 180"),
            ("2 TEE 400 short=500, 1 MUG 300 | EAST 0+100+10 2 0 | complete", "infeasible"),
            // Whole lines: one location only.
            ("3 TEE 400 whole | EAST 0+100+10 2 | WEST 0+200+10 2 | NORTH 0+900+10 3", "NORTH 3 TEE = 930"),
            ("3 TEE 400 whole short=400 | EAST 0+100+10 2 | WEST 0+200+10 2", "EAST 2 TEE; short 1 TEE = 520"),
            // Rules compiled by the caller.
            ("1 TEE 400 | EAST 0+100+10 5 paused | WEST 0+150+10 5", "WEST 1 TEE = 160"),
            // Ties: units filled, fewest locations, priority, code.
            ("1 TEE 400 | WEST 0+100+10 5 | EAST 0+100+10 5", "EAST 1 TEE = 110"),
            ("1 TEE 400 | EAST 0+100+10 5 priority=2 | WEST 0+100+10 5", "WEST 1 TEE = 110"),
            ("2 TEE 400 | EAST 0+100+0 1 | NORTH 0+100+0 1 | WEST 0+200+0 2 priority=9", "WEST 2 TEE = 200"),
            (
                "2 TEE 400 | EAST 0+100+0 1 priority=3 | NORTH 0+100+0 1 | WEST 0+100+0 1",
                "NORTH 1 TEE; WEST 1 TEE = 200"
            ),
            // Nothing to do, and nowhere to do it.
            ("0 TEE 400 | EAST 0+100+0 1", " = 0"),
            ("1 TEE 400 short=7 |", "short 1 TEE = 7"),
            ("1 TEE 400 |", "infeasible"),
        ])
    func situations(situation: String, expected: String) {
        let plan = Sourcing.plan(Situation.parse(situation))
        #expect(Situation.text(plan) == expected)
        #expect(plan.isProven)
        #expect(plan.bound == plan.cost)
    }

    @Test("An infeasible plan names the units that nobody has")
    func lacking() {
        let plan = Sourcing.plan(Situation.parse("3 TEE 400, 1 MUG 300 | EAST 0+100+10 1 1 | WEST 0+100+10 1 0"))
        #expect(!plan.isFeasible && plan.isProven && plan.assignments.isEmpty && plan.cost == 0)
        #expect(plan.shortfalls == [.init(line: 1, quantity: 3), .init(line: 2, quantity: 1)])
        #expect(plan.explanation.lacking == [.init(line: 1, quantity: 1)])
    }

    // MARK: Explanation

    @Test("The explanation adds up and says who lost why")
    func explanation() throws {
        let plan = Sourcing.plan(
            Situation.parse(
                "2 TEE 450 needs=1, 1 MUG 300 short=70 | EAST 5+100+10 2 0 kilogram=100 day=4 deplete=3 can=1"
                    + " | WEST 5+600+10 2 1 can=1 | NORTH 5+100+10 1 0 can=1 | SOUTH 0+0+0 5 0 | BAY 0+0+0 5 5 paused"
                    + " | DOCK 0+0+0 0 0 | ISLE 0+0+0 5 5 day=9 can=1 | promise=3 late=2 latest=8"))
        #expect(Situation.text(plan) == "EAST 2 TEE; short 1 MUG = 295")
        let chosen = try #require(plan.explanation.chosen.first)
        #expect(plan.explanation.chosen.count == 1 && chosen.units == 2 && chosen.parcels == 1)
        let cost = chosen.cost
        #expect(cost.open == 5 && cost.parcels == 100 && cost.weight == 90 && cost.picking == 20)
        #expect(cost.lateness == 4 && cost.depletion == 6)
        #expect(cost.total + plan.explanation.unfilledCost == plan.cost)
        #expect(plan.explanation.runnerUp == .init(locations: ["WEST"], cost: 635))
        let losers = plan.explanation.losers.map {
            "\($0.location) \($0.reason.word) \($0.units) \($0.cost.map { "\($0)" } ?? "-")"
        }
        #expect(
            losers == [
                "WEST dearer 3 635", "NORTH partial 1 115", "BAY paused 0 -", "DOCK out_of_stock 0 -",
                "ISLE too_late 0 -", "SOUTH lacks_capability 0 -",
            ])
        #expect(
            plan.explanation.exclusions.map { "\($0.exclusion.rawValue) \($0.candidates)" } == [
                "paused 1", "too_late 1", "lacks_capability 1", "out_of_stock 1",
            ])
    }

    @Test("Of many losing locations the nearest twenty are kept")
    func losersMax() {
        let locations = (10..<60).map { "L\($0) 0+\($0)+0 5" }.joined(separator: " | ")
        let plan = Sourcing.plan(Situation.parse("1 TEE 400 | " + locations))
        #expect(plan.explanation.losers.map(\.location) == (11...30).map { "L\($0)" })
        #expect(plan.explanation.losers.first == .init(location: "L11", reason: .dearer, units: 1, cost: 11))
    }

    // MARK: Limits

    @Test("Numbers at the edge of the limits do not trap")
    func extremes() {
        let cost: Int64 = 1_000_000_000
        let demands = (1...500).map {
            SourcingInput.Demand(
                line: $0, sku: "S", quantity: 1_000_000, weightGrams: cost, unfilledCost: $0 % 2 == 0 ? cost : nil)
        }
        let candidates = (0..<4).map {
            SourcingInput.Candidate(
                location: "L\($0)", openCost: cost, parcelCost: cost, pickCost: cost, costPerKilogram: cost,
                arrivalDay: .max, capacity: $0 == 0 ? 400_000_000 : nil,
                stock: [Int64](repeating: .max, count: 500), depletion: [Int64](repeating: cost, count: 500))
        }
        let plan = Sourcing.plan(
            SourcingInput(
                demands: demands, candidates: candidates, parcelGramsMax: cost, promiseDay: .min, latePerDay: cost),
            nodesMax: 10)
        #expect(plan.isFeasible && plan.bound <= plan.cost)
    }

    @Test("Without a budget the plan is still valid and its bound honest")
    func noBudget() {
        var random = SplitMix(state: 5)
        for _ in 0..<200 {
            let input = SourcingOracle.instance(&random)
            let plan = Sourcing.plan(input, nodesMax: 0)
            let best = SourcingOracle.best(input)
            if plan.isFeasible {
                #expect(SourcingOracle.fault(in: plan, for: input) == nil)
                #expect(best.map { plan.bound <= $0.cost && plan.cost >= $0.cost } == true)
            } else {
                #expect(!plan.isProven || best == nil)
            }
        }
    }

    // MARK: Properties

    @Test("The order of the candidates plays no part", arguments: 1...20)
    func shuffled(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<20 {
            var input = SourcingOracle.instance(&random)
            let plan = Sourcing.plan(input)
            for _ in 0..<3 {
                input.candidates.shuffle(using: &random)
                #expect(Sourcing.plan(input) == plan)
            }
        }
    }

    @Test("Three thousand small orders agree with trying everything", arguments: 1...10)
    func oracle(seed: UInt64) throws {
        var random = SplitMix(state: seed &* 1000)
        var proven = 0
        for number in 0..<300 {
            let input = SourcingOracle.instance(&random)
            let plan = Sourcing.plan(input)
            let best = SourcingOracle.best(input)
            let place: Comment = "seed \(seed), order \(number)"
            if plan.isProven { proven += 1 }
            guard plan.isFeasible else {
                #expect(!plan.isProven || best == nil, place)
                continue
            }
            #expect(SourcingOracle.fault(in: plan, for: input) == nil, place)
            let answer = try #require(best, place)
            #expect(plan.bound <= answer.cost && answer.cost <= plan.cost, place)
            guard plan.isProven else { continue }
            #expect(plan.cost == answer.cost, place)
            // Ties are decided among the sets of locations that the search compares: all, without steps and capacity.
            let isFree = input.candidates.allSatisfy { $0.capacity == nil && $0.parcelGramsMax ?? 0 == 0 }
            if input.parcelGramsMax == 0, isFree {
                #expect(plan.assignments.map(\.location) == answer.locations, place)
            }
        }
        #expect(proven >= 297)
    }

    @Test("The search by prices alone agrees with trying everything", arguments: 1...4)
    func search(seed: UInt64) throws {
        var random = SplitMix(state: seed &* 7919)
        for number in 0..<250 {
            let input = SourcingOracle.instance(&random)
            let table = SourcingTable(input)
            var empty = SourcingFill()
            empty.fill(table, [])
            var search = try #require(SourcingSearch(table, best: empty, nodes: 0, nodesMax: 4000))
            search.run()
            let place: Comment = "seed \(seed), order \(number)"
            #expect(search.unresolved == .max, place)
            let cost = search.best.missing == 0 ? search.best.cost : .max
            #expect(min(cost, table.nothingCost ?? .max) == SourcingOracle.best(input)?.cost ?? .max, place)
        }
    }

    @Test("Where nothing costs anything the fewest locations ship")
    func noCosts() {
        let singles = (10..<40).map { "L\($0) 0+0+0 \($0 % 2) \(1 - $0 % 2)" }.joined(separator: " | ")
        let both = "M1 0+0+0 1 3 priority=5 | M2 0+0+0 3 1 priority=5"
        let plan = Sourcing.plan(Situation.parse("4 TEE 100, 4 MUG 100 | \(singles) | \(both)"))
        #expect(Situation.text(plan) == "M1 1 TEE 3 MUG; M2 3 TEE 1 MUG = 0")
        #expect(plan.isProven)
    }

    @Test("A thousand lines over many locations are planned without going too deep")
    func deep() {
        var random = SplitMix(state: 11)
        let demands = (1...1_000).map {
            SourcingInput.Demand(
                line: $0, sku: "S\($0)", quantity: .random(in: 1...9, using: &random), weightGrams: 700,
                unfilledCost: 1_000_000)
        }
        let candidates = (10..<24).map { number in
            SourcingInput.Candidate(
                location: "L\(number)", openCost: .random(in: 50...150, using: &random), parcelCost: 400,
                pickCost: .random(in: 5...50, using: &random), costPerKilogram: 40,
                stock: demands.map { _ in .random(in: 0...9, using: &random) })
        }
        let input = SourcingInput(demands: demands, candidates: candidates, parcelGramsMax: 30_000)
        let plan = Sourcing.plan(input, nodesMax: 500)
        #expect(plan.isFeasible)
        #expect(SourcingOracle.fault(in: plan, for: input) == nil)
    }

    @Test("A hundred locations are searched within the budget, the same way every time")
    func large() {
        var random = SplitMix(state: 3)
        let demands = (1...12).map {
            SourcingInput.Demand(
                line: $0, sku: "S\($0)", quantity: .random(in: 1...3, using: &random), weightGrams: 500)
        }
        let candidates = (100..<200).map { number in
            SourcingInput.Candidate(
                location: "L\(number)", openCost: .random(in: 50...150, using: &random), parcelCost: 400,
                pickCost: .random(in: 5...50, using: &random),
                stock: demands.map { _ in .random(in: -4...3, using: &random) })
        }
        let plan = Sourcing.plan(SourcingInput(demands: demands, candidates: candidates))
        #expect(plan.isFeasible && plan.isProven && plan.assignments.count > 1)
        #expect(SourcingOracle.fault(in: plan, for: .init(demands: demands, candidates: candidates)) == nil)
        #expect(Sourcing.plan(SourcingInput(demands: demands, candidates: candidates.reversed())) == plan)
    }
}

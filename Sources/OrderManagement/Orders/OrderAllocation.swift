/// Units of an order find their places: shared by placing, sourcing again and filling backorders.
struct OrderAllocation {
    /// Units of a line that want a place.
    struct Want {
        let line: Int
        var units: Int64
    }

    /// What sourcing decided, with its promise per location.
    struct Outcome {
        var plan: SourcingPlan
        /// What was decided after it, of units that it left: see `OrderAllocation.placeRest`.
        var further: [SourcingPlan] = []
        /// The channel's most locations, where units would have waited beside stock had it not yielded.
        let yieldedLimit: Int?
        /// What other locations bring to the store of a pickup; nil where nothing is brought.
        var supply: Supply?
        var allocated: Int64
        /// What of the order's reservation was not taken.
        var reserved: [Reservation.Claim]
        /// What of the units that it had before was not taken.
        var own: [Reservation.Claim]
        var shortfalls: [Want]
        /// Why no courier keeps the fast service that the order asks for; nil where one does, or none is asked for.
        var unkeptSpeed: String?
        /// Where couriers that are often late were reckoned with.
        var risks: [SendingRisk]

        /// The decision as members of a JSON object.
        func write(to json: inout JSONWriter, of order: OrderID) {
            plan.write(to: &json, of: order)
            if !further.isEmpty {
                json.array("further") { list in
                    for plan in further { list.object { plan.write(to: &$0, of: order) } }
                }
            }
            SendingRisk.write(risks, of: plan, to: &json)
            if let supply { json.object("by_transfer") { supply.plan.write(to: &$0, of: order) } }
            if let yieldedLimit { json.member("beyond_locations_max", yieldedLimit) }
        }
    }

    /// Locations that must not be asked (again), such as one that just rejected the units.
    var leavingOut: Set<String> = []
    /// What a checkout has kept for the order: taken before what is available.
    var reserved: [Reservation.Claim] = []
    /// Whether its units come behind all who wait already.
    var isNew = false
    /// Whether nobody orders yet: what cannot be had is told in the outcome, and not refused.
    var isQuestion = false
    /// Units that the order had before and has given back for this plan: promised to it already, they are kept back
    /// for nobody else, and stay at places that take no new work.
    var own: [Reservation.Claim] = []
    /// Units that the order itself waits for, by SKU: their place in the queue is theirs.
    var waited: [String: Int64] = [:]
    /// Locations that the same order is filled from already: using them costs no more.
    var opened: Set<String> = []

    /// Sources units, takes them from stock and makes fulfillments of them; changes `order` and `work` together.
    ///
    /// 1. Puts what each location could do into a `SourcingInput`.
    /// 2. Plans; the channel's `locationsMax` yields where it alone would leave units waiting beside stock.
    /// 3. Moves the units from `available` to `allocated`, line by line.
    /// 4. Makes one fulfillment per location, with its promise: the channel's day, or that of its courier if it is
    ///    later.
    /// 5. Looks again for what lines that share parts of kits have left.
    /// 6. Has other locations bring what the store of a pickup lacks, where the channel does so.
    ///
    /// Units that nobody has are given back as shortfalls; the caller decides what becomes of them.
    /// - Throws: `.deliveryNotOffered` for a new order by a fast service that no courier keeps.
    func allocate(_ wants: [Want], of order: inout Order, channel: Channel, in work: inout Work) throws -> Outcome {
        let known = order.fulfillments.count
        var outcome = try place(wants, of: &order, channel: channel, in: &work)
        if sharesParts(wants, of: order) {
            try placeRest(&outcome, since: known, of: &order, channel: channel, in: &work)
        }
        try checkSpeed(outcome, of: order)
        outcome.supply = try supply(
            outcome.shortfalls, keeping: &outcome.reserved, of: &order, channel: channel, in: &work)
        for portion in outcome.supply?.plan.assignments.flatMap(\.lines) ?? [] {
            outcome.allocated += portion.quantity
            for index in outcome.shortfalls.indices where outcome.shortfalls[index].line == portion.line {
                outcome.shortfalls[index].units -= portion.quantity
            }
        }
        outcome.shortfalls.removeAll { $0.units == 0 }
        return outcome
    }

    /// A new order that asks for speed which no courier has is refused; one that stands in for another is sent as well
    /// as it can be, and so is one that was accepted before.
    private func checkSpeed(_ outcome: Outcome, of order: Order) throws(Refusal) {
        guard isNew, !isQuestion, order.origin == nil, let reason = outcome.unkeptSpeed else { return }
        throw Refusal([.init("/delivery/service", .deliveryNotOffered, reason)])
    }

    /// One decision: takes the units from stock and makes fulfillments of them.
    func place(
        _ wants: [Want], of order: inout Order, channel: Channel, in work: inout Work
    ) throws -> Outcome {
        let merged = Self.merged(wants, of: order)
        let (input, candidates) = input(merged, of: order, channel: channel, in: work)
        var (plan, yieldedLimit) = reservedPlan(input, merged, of: order) ?? Self.plan(input)
        if merged.count < wants.count { Self.deal(out: &plan, among: wants, of: order) }
        var allocated: Int64 = 0
        let known = order.fulfillments.count
        var (kept, ownLeft) = (reserved, own)
        for assignment in plan.assignments {
            guard let candidate = candidates.first(where: { $0.location.code == assignment.location }) else { continue }
            let lines = assignment.lines.map { Fulfillment.Line(line: $0.line, quantity: $0.quantity) }
            for line in lines {
                for part in order.lines[line.line - 1].goods {
                    let units = line.quantity * part.quantity
                    let taken = Self.take(units, of: part.sku, at: assignment.location, from: &kept)
                    _ = Self.take(units - taken, of: part.sku, at: assignment.location, from: &ownLeft)
                    try work.move(
                        StockMovement(
                            .allocateReserved, taken, of: part.sku, at: assignment.location, order: order.id))
                    try work.move(
                        StockMovement(
                            .allocate, units - taken, of: part.sku, at: assignment.location, order: order.id))
                }
                order.lines[line.line - 1].allocated += line.quantity
                allocated += line.quantity
            }
            order.addWork(lines, at: candidate.location, in: work, transit: candidate.deliverBy - candidate.shipBy)
        }
        let unkept = order.promiseByCouriers(from: known, on: channel, in: work)
        return Outcome(
            plan: plan, yieldedLimit: yieldedLimit, supply: nil, allocated: allocated, reserved: kept, own: ownLeft,
            shortfalls: plan.shortfalls.map { Want(line: $0.line, units: $0.quantity) }, unkeptSpeed: unkept,
            risks: candidates.flatMap(\.risks))
    }

    /// The cheapest plan within the limit of locations; without the limit where it is the limit that leaves units
    /// unfilled, and their cost says that filling them is worth it.
    private static func plan(_ input: SourcingInput) -> (plan: SourcingPlan, yieldedLimit: Int?) {
        let plan = Sourcing.plan(input, nodesMax: nodesMax)
        let isBinding = input.locationsMax > 0 && plan.assignments.count >= input.locationsMax
        guard isBinding, !plan.shortfalls.isEmpty else { return (plan, nil) }
        var unlimited = input
        unlimited.locationsMax = 0
        let wider = Sourcing.plan(unlimited, nodesMax: nodesMax)
        let missing = { (plan: SourcingPlan) in plan.shortfalls.reduce(Int64(0)) { $0 + $1.quantity } }
        return missing(wider) < missing(plan) ? (wider, input.locationsMax) : (plan, nil)
    }

    /// The plan that takes nothing but what was reserved; nil where that does not fill the need.
    private func reservedPlan(
        _ input: SourcingInput, _ wants: [Want], of order: Order
    ) -> (plan: SourcingPlan, yieldedLimit: Int?)? {
        guard !reserved.isEmpty else { return nil }
        var kept = input
        for index in kept.candidates.indices {
            let location = kept.candidates[index].location
            kept.candidates[index].stock = Self.offers(to: wants, of: order) { sku in
                [reserved.reduce(Int64(0)) { $0 + ($1.sku == sku && $1.location == location ? $1.units : 0) }]
            }.map { $0[0] }
        }
        let plan = Sourcing.plan(kept, nodesMax: Self.nodesMax)
        return plan.shortfalls.isEmpty ? (plan, nil) : nil
    }

    /// Sourcing sees each SKU once: lines of one SKU draw on the same shelves.
    static func merged(_ wants: [Want], of order: Order) -> [Want] {
        var merged: [Want] = []
        var places = [String: Int](minimumCapacity: wants.count)
        for want in wants {
            let key = order.lines[want.line - 1].goodsKey
            if let place = places[key] {
                merged[place].units += want.units
            } else {
                places[key] = merged.count
                merged.append(want)
            }
        }
        return merged
    }

    /// Gives what a plan chose for a SKU to the lines that want it, the first line first.
    static func deal(out plan: inout SourcingPlan, among wants: [Want], of order: Order) {
        var rest = wants
        func dealt(_ portions: [SourcingPlan.Portion]) -> [SourcingPlan.Portion] {
            var dealt: [SourcingPlan.Portion] = []
            for portion in portions {
                var units = portion.quantity
                let key = order.lines[portion.line - 1].goodsKey
                for index in rest.indices
                where rest[index].units > 0 && order.lines[rest[index].line - 1].goodsKey == key {
                    let part = min(units, rest[index].units)
                    guard part > 0 else { break }
                    dealt.append(.init(line: rest[index].line, quantity: part))
                    rest[index].units -= part
                    units -= part
                }
            }
            return dealt.sorted { $0.line < $1.line }
        }
        for index in plan.assignments.indices {
            plan.assignments[index].lines = dealt(plan.assignments[index].lines)
        }
        plan.shortfalls = dealt(plan.shortfalls)
    }

    /// A location with what it would promise.
    struct Candidate {
        let location: Location
        let shipBy: Timestamp
        /// From when on couriers with cut-offs of their own may take it.
        let readyAt: Timestamp
        let deliverBy: Timestamp
        /// Couriers that it was reckoned with and that are often late.
        var risks: [SendingRisk] = []
    }

    private func input(_ wants: [Want], of order: Order, channel: Channel, in work: Work) -> (
        SourcingInput, [Candidate]
    ) {
        let isPickup = order.delivery.method == .pickup
        let service = channel.service(of: order)
        let from = order.workableFrom(work)
        let locations = work.configuration.sortedLocations
        let canServe: (OrderLine, Int) -> Bool = { work.requirements(of: $0) & ~locations[$1].capabilities == 0 }
        let offers = Self.offers(to: wants, of: order, where: canServe) { offer(of: $0, channel: channel, in: work) }
        let owned = own.isEmpty
            ? [] : Self.offers(to: wants, of: order, where: canServe) { ownUnits(of: $0, in: work) }
        var candidates: [Candidate] = []
        var offered: [SourcingInput.Candidate] = []
        candidates.reserveCapacity(locations.count)
        offered.reserveCapacity(locations.count)
        for (place, location) in locations.enumerated() {
            if isPickup && location.code != order.delivery.location { continue }
            let candidate = promise(of: location, from: from, order, service: service, in: work)
            let isAbroad = order.isAbroad(from: location)
            let barred = exclusion(of: location, channel: channel, isPickup: isPickup, at: work.now)
                ?? (isFull(location, for: wants, of: order, in: work) ? .full : nil)
            let staysThere = barred?.leavesWorkBe == true && owned.contains { $0[place] > 0 }
            candidates.append(candidate)
            offered.append(
                SourcingInput.Candidate(
                    location: location.code, priority: location.priority,
                    openCost: opened.contains(location.code) ? 0 : location.handlingCost,
                    parcelCost: isPickup
                        ? 0 : (isAbroad ? service?.foreignParcelCost : service?.domesticParcelCost) ?? 0,
                    pickCost: 0, costPerKilogram: isPickup ? 0 : service?.costPerKilogram ?? 0,
                    arrivalDay: Int((candidate.deliverBy - work.now).count / 86_400),
                    capabilities: location.capabilities, capacity: nil,
                    stock: (staysThere ? owned : offers).map { $0[place] }, depletion: [],
                    exclusion: staysThere ? nil : barred))
        }
        askCouriers(about: wants, of: order, channel: channel, &candidates, &offered, in: work)
        let demands = wants.map { want in
            let line = order.lines[want.line - 1]
            return SourcingInput.Demand(
                line: want.line, sku: line.sku, quantity: want.units, weightGrams: work.weightGrams(of: line),
                requirements: work.requirements(of: line), unfilledCost: channel.policy.unfilledCost, isWhole: false)
        }
        let soonest = offered.lazy.filter { $0.exclusion == nil }.map(\.arrivalDay).min() ?? 0
        return (
            SourcingInput(
                demands: demands, candidates: offered, parcelGramsMax: Self.parcelGramsMax,
                locationsMax: channel.policy.locationsMax, isComplete: false, promiseDay: soonest, latestDay: 3_650,
                latePerDay: Self.latePerDay), candidates
        )
    }

    /// Grams that a parcel carries at most where no courier says more.
    static let parcelGramsMax: Int64 = 30_000

    /// Search steps that one order may take inside a group: others wait for it.
    static let nodesMax = 500

    /// What a day later than the soonest costs per unit, in minor units.
    static let latePerDay: Int64 = 5

    private func exclusion(
        of location: Location, channel: Channel, isPickup: Bool, at now: Timestamp
    ) -> SourcingInput.Exclusion? {
        if leavingOut.contains(location.code) { return .rejected }
        if !channel.sells(from: location.code) { return .notInChannel }
        if location.isPaused(at: now) { return .paused }
        if isPickup { return location.offersPickup ? nil : .notForPickup }
        return location.canShip ? nil : .cannotShip
    }

    /// Whether a location has no day in sight for all of the work that it would get.
    private func isFull(_ location: Location, for wants: [Want], of order: Order, in work: Work) -> Bool {
        guard location.countsDays else { return false }
        var trial = order
        let units = wants.map { Fulfillment.Line(line: $0.line, quantity: $0.units) }
        return !trial.addWork(units, at: location, in: work, transit: Seconds(0))
    }

    private func promise(
        of location: Location, from: Timestamp, _ order: Order, service: DeliveryService?, in work: Work
    ) -> Candidate {
        let shipBy = work.shipBy(of: location, from: from, beside: order) ?? work.cutoff(of: location, from: from)
        let readyAt = location.readyAt(from: from, dueBy: shipBy)
        guard order.delivery.method == .ship, let service else {
            return Candidate(location: location, shipBy: shipBy, readyAt: readyAt, deliverBy: shipBy)
        }
        return Candidate(
            location: location, shipBy: shipBy, readyAt: readyAt,
            deliverBy: shipBy + Self.transit(from: location, of: order, by: service))
    }

    /// How long goods of an order are on their way from a location.
    static func transit(from location: Location, of order: Order, by service: DeliveryService) -> Seconds {
        .days(order.isAbroad(from: location) ? service.foreignDays : service.domesticDays)
    }
}

extension Order {
    /// From when its goods may be worked on, as far as the clock alone decides: when its remorse period is over.
    func workableFrom(_ work: Work) -> Timestamp {
        guard let gate = gates.first(where: { $0.kind == .remorse && $0.state == .pending }),
            let channel = work.configuration.channels[channel]
        else { return work.now }
        return max(
            work.now, gate.due ?? work.now + (channel.policy.stage(of: gate).within ?? channel.policy.remorse))
    }

    /// Whether its goods go to another country than that of a location.
    func isAbroad(from location: Location) -> Bool {
        location.address.country != (delivery.address?.country ?? location.address.country)
    }

    /// Makes a job of units that a location has. Goods that may not leave yet are a job of their own, for the first
    /// cut-off from their date on, and hold up nothing else.
    ///
    /// - Returns: Whether every job has a day that takes it.
    @discardableResult
    fileprivate mutating func addWork(
        _ units: [Fulfillment.Line], at location: Location, in work: Work, transit: Seconds
    ) -> Bool {
        var hasDays = true
        let from = workableFrom(work)
        let dates = Set(units.map { line($0.line)?.availableFrom })
        for date in dates.sorted(by: { ($0 ?? .earliest) < ($1 ?? .earliest) }) {
            let moment = max(date ?? .earliest, from)
            let free = work.shipBy(of: location, from: moment, beside: self)
            let shipBy = free ?? work.cutoff(of: location, from: moment)
            var part = Fulfillment(
                number: nextFulfillmentNumber, location: location.code, method: delivery.method, shipBy: shipBy,
                deliverBy: shipBy + transit, lines: units.filter { line($0.line)?.availableFrom == date }, at: work.now)
            if location.countsDays, free != nil { part.workDay = location.calendar.day(of: shipBy) }
            fulfillments.append(part)
            hasDays = hasDays && free != nil
        }
        return hasDays
    }
}

extension Channel {
    /// The service that an order travels by; nil where the channel ships nothing.
    func service(of order: Order) -> DeliveryService? {
        policy.services.first { $0.code == order.delivery.service } ?? policy.services.first
    }

    /// Whether an order's service is faster than another of the channel on the way from a location.
    func hurries(_ order: Order, from location: Location) -> Bool {
        guard let service = service(of: order) else { return false }
        let isAbroad = order.isAbroad(from: location)
        func days(_ service: DeliveryService) -> Int64 { isAbroad ? service.foreignDays : service.domesticDays }
        return policy.services.contains { days($0) > days(service) }
    }
}

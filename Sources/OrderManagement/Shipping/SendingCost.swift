/// What sending goods from a location costs, as sourcing reckons: so much for each parcel, so much for each kilogram.
struct SendingCost: Hashable {
    /// Minor units.
    let parcel: Int64
    /// Minor units.
    let kilogram: Int64

    /// Beyond that goods are sent from anywhere else, whatever they weigh.
    private static let kilogramMax = Money.amountMax / 1_000

    /// What is dearer of both, by parcel and by weight.
    init(_ one: SendingCost, orDearer other: SendingCost) {
        (parcel, kilogram) = (max(one.parcel, other.parcel), max(one.kilogram, other.kilogram))
    }

    /// The straight line through what two parcels cost, by the weight of the goods in them; it falls nowhere.
    init(light: (grams: Int64, cost: Int64), heavy: (grams: Int64, cost: Int64)) {
        let more = heavy.grams - light.grams
        kilogram = more > 0 ? min(Self.kilogramMax, max(0, (heavy.cost - light.cost) * 1_000 / more)) : 0
        let weight = Int128(kilogram) * Int128(light.grams) / 1_000
        parcel = max(0, light.cost - Int64(clamping: weight))
    }
}

/// What couriers would ask for an order's goods, location by location, before anything is packed.
///
/// `CourierChoice` is asked about two parcels: the lightest that the order could be sent in, one unit, and the
/// heaviest that its goods are suggested to go in, as those take them who collect at the location. For these the cost
/// is that of the tariff, but for what sourcing rounds up with each unit's weight; between them, where an order is
/// split, a tariff's steps lie off the line. What is known of couriers' punctuality counts as it does when the label is
/// bought.
struct SendingEstimate {
    private let order: Order
    private let channel: Channel
    private let couriers: [Courier]
    private let goods: [BoxSuggestion.Goods]
    private let lightest: [BoxSuggestion.Goods]
    private let namesOrigins: Bool
    private let countsDays: Bool
    /// What rules ask of where a parcel starts.
    private let questions: [Condition]
    private var parcels: [Parcels] = []
    /// Whose boxes they are, by their limits, and by whom the limits are of.
    private var places: [Takers: Int?] = [:]
    private var boxed: [Limits: Int?] = [:]
    private var known: [Case: CourierChoice.Option?] = [:]

    /// What an order costs from a location.
    struct Answer {
        /// nil where no courier takes both parcels from there.
        let cost: SendingCost?
        /// By whom it was reckoned that is often late.
        let risks: [SendingRisk]
        /// Goods that one parcel carries at most, in grams; 0 where all of them go into one.
        let parcelGramsMax: Int64
    }

    private struct Parcels {
        let light: Parcel
        let heavy: Parcel
        let gramsMax: Int64
    }

    private struct Parcel {
        let tariff: Tariff.Parcel
        /// Without the box.
        let goodsGrams: Int64
    }

    /// All that the limits of parcels depend on: locations of which it is the same share their boxes.
    private struct Takers: Hashable {
        /// Who collects there; nil for everybody.
        let couriers: [String]?
        /// What rules are told of where parcels start.
        let answers: [Bool]
        let hurries: Bool
    }

    /// Those of all goods, and those of the lightest unit.
    private struct Limits: Hashable {
        let all: ParcelLimits
        let one: ParcelLimits
    }

    /// All that the answer depends on while order and tariffs stay the same.
    private struct Case: Hashable {
        /// What couriers come to at hours of its own, or are known to be late from; nil for all others.
        let origin: String?
        let parcels: Int
        let isHeavy: Bool
        let services: [String]?
        /// Who collects there; nil for everybody.
        let couriers: [String]?
        let transit: Seconds
        /// Where a service counts days of the week, the day of leaving counts as well.
        let leavesAt: Timestamp?
        let hurries: Bool
    }

    /// Beyond so many units boxes are filled by volume: an order that is placed cannot wait for more.
    private static let arrangedUnitsMax: Int64 = 60

    /// Units that an estimate is made of: what many more cost follows from these.
    private static let sampleMax: Int64 = 500

    /// The same goods, fewer of each where there are very many.
    private static func sample(of goods: [BoxSuggestion.Goods]) -> [BoxSuggestion.Goods] {
        let units = goods.reduce(0) { $0 + $1.count }
        guard units > sampleMax else { return goods }
        return goods.map { $0.counting(max(1, $0.count * sampleMax / units)) }
    }

    /// - Returns: nil where nobody carries parcels, nothing is sent, or the goods have no weights.
    init?(of wants: [OrderAllocation.Want], of order: Order, on channel: Channel, in work: Work) {
        couriers = work.configuration.sortedCouriers
        guard order.delivery.method == .ship, !couriers.isEmpty else { return nil }
        goods = Self.sample(of: order.goods(wants.map { ($0.line, $0.units) }, in: work))
        guard let unit = goods.filter({ $0.grams > 0 }).min(by: { ($0.grams, $0.line) < ($1.grams, $1.line) })
        else { return nil }
        lightest = [unit.counting(1)]
        (self.order, self.channel) = (order, channel)
        namesOrigins = couriers.contains { $0.origins != nil }
        countsDays = couriers.contains { courier in
            !courier.holidays.isEmpty || courier.tariff.services.contains { $0.deliveryDays != nil }
        }
        questions = channel.policy.shipping.rules.flatMap { $0.when.tests(of: ParcelFact.ofOrigin) }
    }

    /// - Returns: nil where nobody collects there.
    mutating func cost(from candidate: OrderAllocation.Candidate, in work: Work) -> Answer? {
        let location = candidate.location
        let collecting = namesOrigins ? couriers.filter { $0.collects(at: location) }.map(\.code) : nil
        let takers = Takers(
            couriers: collecting, answers: questions.map { $0.holds(location.values(named:)) },
            hurries: channel.hurries(order, from: location))
        guard collecting?.isEmpty != true, let place = boxes(from: location, takers, in: work) else { return nil }
        let both = parcels[place]
        let records = work.courierRecords(from: location.code, to: order.delivery.address)
        guard let least = option(for: both.light, of: place, isHeavy: false, from: candidate, takers, records),
            let most = option(for: both.heavy, of: place, isHeavy: true, from: candidate, takers, records)
        else { return Answer(cost: nil, risks: [], parcelGramsMax: both.gramsMax) }
        var risks: [SendingRisk] = []
        for option in [least, most] where option.risk > 0 {
            let risk = SendingRisk(option, from: location.code)
            if !risks.contains(risk) { risks.append(risk) }
        }
        return Answer(
            cost: SendingCost(light: (both.light.goodsGrams, least.cost), heavy: (both.heavy.goodsGrams, most.cost)),
            risks: risks, parcelGramsMax: both.gramsMax)
    }

    /// The parcels that those who collect at a location take, by their place among all that were looked for.
    private mutating func boxes(from location: Location, _ takers: Takers, in work: Work) -> Int? {
        if let place = places[takers] { return place }
        let limits = Limits(
            all: order.parcelLimits(of: goods, from: location, on: channel, in: work),
            one: order.parcelLimits(of: lightest, from: location, on: channel, in: work))
        if boxed[limits] == nil {
            let found = boxes(within: limits, in: work)
            boxed[limits] = .some(found.map { _ in parcels.count })
            if let found { parcels.append(found) }
        }
        let place = boxed[limits] ?? nil
        places[takers] = .some(place)
        return place
    }

    private func boxes(within limits: Limits, in work: Work) -> Parcels? {
        func parcels(_ goods: [BoxSuggestion.Goods], _ limits: ParcelLimits) -> [Parcel] {
            let suggestion = order.suggestion(
                of: goods, within: limits, arrangedUnitsMax: Self.arrangedUnitsMax, parcelsMax: .max)
            return suggestion.parcels.map { parcel in
                Parcel(
                    tariff: order.tariffParcel(of: parcel.units, grams: parcel.grams, size: parcel.size, in: work),
                    goodsGrams: goods.reduce(0) { $0 + (parcel.units[$1.line] ?? 0) * $1.grams })
            }
        }
        let all = parcels(goods, limits.all)
        guard let light = parcels(lightest, limits.one).first,
            let heavy = all.max(by: { $0.goodsGrams < $1.goodsGrams })
        else { return nil }
        let total = all.reduce(0) { $0 + $1.goodsGrams }
        return Parcels(
            light: light, heavy: heavy, gramsMax: all.count > 1 ? (total - 1) / Int64(all.count) + 1 : 0)
    }

    private mutating func option(
        for parcel: Parcel, of place: Int, isHeavy: Bool, from candidate: OrderAllocation.Candidate, _ takers: Takers,
        _ records: [CourierRecord]
    ) -> CourierChoice.Option? {
        let location = candidate.location
        let shipment = CourierChoice.Shipment(
            parcel: parcel.tariff, order: order, origin: location, leavesAt: candidate.shipBy,
            readyAt: candidate.readyAt, deliverBy: candidate.deliverBy, hurries: takers.hurries)
        let services = channel.policy.shipping.services(for: shipment)
        let isItsOwn = !location.courierCutoffs.isEmpty || records.contains { !$0.way.origin.isEmpty }
        let key = Case(
            origin: isItsOwn ? location.code : nil, parcels: place, isHeavy: isHeavy, services: services,
            couriers: takers.couriers, transit: candidate.deliverBy - candidate.shipBy,
            leavesAt: countsDays ? candidate.shipBy : nil, hurries: takers.hurries)
        if let answer = known[key] { return answer }
        let choice = CourierChoice(
            of: shipment, among: couriers, by: channel.policy.shipping, in: order.currency, records)
        known[key] = .some(choice.best)
        return choice.best
    }
}

/// A courier's service by which a location would send, and that is often late: what that counted, for who asks why an
/// order is sent from where it is. What is known of couriers changes with every parcel; the decision keeps what it
/// went by.
struct SendingRisk: Hashable {
    let location: String
    let courier: String
    let service: String
    let onTimePercent: Int64
    /// For one parcel, in minor units of the order's currency.
    let cost: Int64

    init(_ option: CourierChoice.Option, from location: String) {
        self.location = location
        (courier, service) = (option.courier, option.service)
        (onTimePercent, cost) = (option.onTimePercent ?? 100, option.risk)
    }

    /// Of the locations that a decision names.
    static func write(_ risks: [SendingRisk], of plan: SourcingPlan, to json: inout JSONWriter) {
        guard !risks.isEmpty else { return }
        let named = Set(
            plan.explanation.chosen.map(\.location) + plan.explanation.losers.filter { $0.units > 0 }.map(\.location))
        let told = risks.filter { named.contains($0.location) }
        guard !told.isEmpty else { return }
        json.array("punctuality") { list in
            for risk in told {
                list.object {
                    $0.member("location", risk.location)
                    $0.member("courier", risk.courier)
                    $0.member("service", risk.service)
                    $0.member("on_time_percent", risk.onTimePercent)
                    $0.member("cost", risk.cost)
                }
            }
        }
    }
}

extension OrderAllocation {
    /// Where couriers are set up, what they would ask at each location, and the parcels that they take there, go before
    /// what the channel reckons with for its services.
    func askCouriers(
        about wants: [Want], of order: Order, channel: Channel, _ candidates: inout [Candidate],
        _ offered: inout [SourcingInput.Candidate], in work: Work
    ) {
        guard !work.configuration.sortedCouriers.isEmpty else { return }
        let asked = offered.indices.filter { index in
            offered[index].exclusion == nil && offered[index].stock.contains { $0 > 0 }
        }
        guard !asked.isEmpty, var estimate = SendingEstimate(of: wants, of: order, on: channel, in: work)
        else { return }
        var dearest: SendingCost?
        var smallest = Int64.max
        var uncarried: [Int] = []
        for index in asked {
            let answer = estimate.cost(from: candidates[index], in: work)
            offered[index].parcelGramsMax = answer?.parcelGramsMax
            guard let answer, let cost = answer.cost else {
                uncarried.append(index)
                continue
            }
            (offered[index].parcelCost, offered[index].costPerKilogram) = (cost.parcel, cost.kilogram)
            candidates[index].risks = answer.risks
            dearest = SendingCost(dearest ?? cost, orDearer: cost)
            if answer.parcelGramsMax > 0 { smallest = min(smallest, answer.parcelGramsMax) }
        }
        // What no courier takes from there waits until a person finds somebody: it is no cheaper than what one takes
        // from elsewhere, and a day later.
        guard let dearest else { return }
        for index in uncarried {
            let parcel = max(offered[index].parcelCost, dearest.parcel)
            offered[index].parcelCost = min(Money.amountMax, parcel + channel.policy.shipping.latePerDay)
            offered[index].costPerKilogram = max(offered[index].costPerKilogram, dearest.kilogram)
            offered[index].parcelGramsMax = smallest < .max ? smallest : 0
        }
    }
}

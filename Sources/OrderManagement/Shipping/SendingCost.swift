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
/// heaviest that its goods are suggested to go in. For these the cost is that of the tariff, but for what sourcing
/// rounds up with each unit's weight; between them, where an order is split, a tariff's steps lie off the line. What is
/// known of couriers' punctuality counts as it does when the label is bought.
struct SendingEstimate {
    /// Goods that one parcel carries at most, in grams; 0 where all of them go into one.
    let parcelGramsMax: Int64
    private let order: Order
    private let channel: Channel
    private let couriers: [Courier]
    private let light: Parcel
    private let heavy: Parcel
    private let namesOrigins: Bool
    private let countsDays: Bool
    private var known: [Case: CourierChoice.Option?] = [:]

    private struct Parcel {
        let tariff: Tariff.Parcel
        /// Without the box.
        let goodsGrams: Int64
    }

    /// All that the answer depends on while order and tariffs stay the same.
    private struct Case: Hashable {
        /// What couriers come to at hours of its own, or are known to be late from; nil for all others.
        let origin: String?
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
        return goods.map {
            .init(line: $0.line, count: max(1, $0.count * sampleMax / units), grams: $0.grams, size: $0.size)
        }
    }

    /// - Parameter origin: A location that may send them: what goes into one parcel is reckoned as from there.
    /// - Returns: nil where nobody carries parcels, nothing is sent, or the goods have no weights.
    init?(
        of wants: [OrderAllocation.Want], of order: Order, on channel: Channel, from origin: Location, in work: Work
    ) {
        let couriers = work.configuration.sortedCouriers
        guard order.delivery.method == .ship, !couriers.isEmpty else { return nil }
        let goods = Self.sample(of: order.goods(wants.map { ($0.line, $0.units) }, in: work))
        guard let lightest = goods.filter({ $0.grams > 0 }).min(by: { ($0.grams, $0.line) < ($1.grams, $1.line) })
        else { return nil }
        func parcels(_ goods: [BoxSuggestion.Goods]) -> [Parcel] {
            let suggestion = order.suggestion(
                of: goods, from: origin, on: channel, arrangedUnitsMax: Self.arrangedUnitsMax, parcelsMax: .max,
                in: work)
            return suggestion.parcels.map { parcel in
                Parcel(
                    tariff: order.tariffParcel(of: parcel.units, grams: parcel.grams, size: parcel.size, in: work),
                    goodsGrams: goods.reduce(0) { $0 + (parcel.units[$1.line] ?? 0) * $1.grams })
            }
        }
        let all = parcels(goods)
        let one = parcels([.init(line: lightest.line, count: 1, grams: lightest.grams, size: lightest.size)])
        guard let light = one.first, let heavy = all.max(by: { $0.goodsGrams < $1.goodsGrams }) else { return nil }
        let total = all.reduce(0) { $0 + $1.goodsGrams }
        parcelGramsMax = all.count > 1 ? (total - 1) / Int64(all.count) + 1 : 0
        (self.order, self.channel, self.couriers) = (order, channel, couriers)
        namesOrigins = couriers.contains { $0.origins != nil }
        countsDays = couriers.contains { courier in
            !courier.holidays.isEmpty || courier.tariff.services.contains { $0.deliveryDays != nil }
        }
        (self.light, self.heavy) = (light, heavy)
    }

    /// - Returns: nil where no courier takes both parcels from there; with whom it was reckoned that is often late.
    mutating func cost(
        from candidate: OrderAllocation.Candidate, in work: Work
    ) -> (cost: SendingCost, risks: [SendingRisk])? {
        guard let least = option(for: light, isHeavy: false, from: candidate, in: work),
            let most = option(for: heavy, isHeavy: true, from: candidate, in: work)
        else { return nil }
        var risks: [SendingRisk] = []
        for option in [least, most] where option.risk > 0 {
            let risk = SendingRisk(option, from: candidate.location.code)
            if !risks.contains(risk) { risks.append(risk) }
        }
        return (SendingCost(light: (light.goodsGrams, least.cost), heavy: (heavy.goodsGrams, most.cost)), risks)
    }

    private mutating func option(
        for parcel: Parcel, isHeavy: Bool, from candidate: OrderAllocation.Candidate, in work: Work
    ) -> CourierChoice.Option? {
        let location = candidate.location
        let shipment = CourierChoice.Shipment(
            parcel: parcel.tariff, order: order, origin: location, leavesAt: candidate.shipBy,
            readyAt: candidate.readyAt, deliverBy: candidate.deliverBy,
            hurries: channel.hurries(order, from: location))
        let services = channel.policy.shipping.services(for: shipment)
        let records = work.courierRecords(from: location.code, to: order.delivery.address)
        let isItsOwn = !location.courierCutoffs.isEmpty || records.contains { !$0.way.origin.isEmpty }
        let key = Case(
            origin: isItsOwn ? location.code : nil, isHeavy: isHeavy, services: services,
            couriers: namesOrigins ? couriers.filter { $0.collects(at: location) }.map(\.code) : nil,
            transit: candidate.deliverBy - candidate.shipBy, leavesAt: countsDays ? candidate.shipBy : nil,
            hurries: shipment.hurries)
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
    /// Where couriers are set up, what they would ask goes before what the channel reckons with for its services.
    ///
    /// - Returns: Grams that one parcel carries at most; 0 for no limit.
    func askCouriers(
        about wants: [Want], of order: Order, channel: Channel, _ candidates: inout [Candidate],
        _ offered: inout [SourcingInput.Candidate], in work: Work
    ) -> Int64 {
        let asked = offered.indices.filter { index in
            offered[index].exclusion == nil && offered[index].stock.contains { $0 > 0 }
        }
        let (couriers, places) = (work.configuration.sortedCouriers, candidates)
        let first = asked.first { index in couriers.contains { $0.collects(at: places[index].location) } }
        guard let first,
            var estimate = SendingEstimate(
                of: wants, of: order, on: channel, from: candidates[first].location, in: work)
        else { return Self.parcelGramsMax }
        var dearest: SendingCost?
        var uncarried: [Int] = []
        for index in asked {
            guard let answer = estimate.cost(from: candidates[index], in: work) else {
                uncarried.append(index)
                continue
            }
            (offered[index].parcelCost, offered[index].costPerKilogram) = (answer.cost.parcel, answer.cost.kilogram)
            candidates[index].risks = answer.risks
            dearest = SendingCost(dearest ?? answer.cost, orDearer: answer.cost)
        }
        // What no courier takes from there waits until a person finds somebody: it is no cheaper than what one takes
        // from elsewhere, and a day later.
        if let dearest {
            for index in uncarried {
                let parcel = max(offered[index].parcelCost, dearest.parcel)
                offered[index].parcelCost = min(Money.amountMax, parcel + channel.policy.shipping.latePerDay)
                offered[index].costPerKilogram = max(offered[index].costPerKilogram, dearest.kilogram)
            }
        }
        return estimate.parcelGramsMax
    }
}

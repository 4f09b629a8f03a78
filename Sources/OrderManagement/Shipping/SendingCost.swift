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
/// rounds up with each unit's weight; between them, where an order is split, a tariff's steps lie off the line.
/// Punctuality is left out: it is the same service's wherever it starts.
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
    private var known: [Case: Int64?] = [:]

    private struct Parcel {
        let tariff: Tariff.Parcel
        /// Without the box.
        let goodsGrams: Int64
    }

    /// All that the answer depends on while order and tariffs stay the same.
    private struct Case: Hashable {
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
        countsDays = couriers.contains { $0.tariff.services.contains { $0.deliveryDays != nil } }
        (self.light, self.heavy) = (light, heavy)
    }

    /// - Returns: nil where no courier takes both parcels from there.
    mutating func cost(from location: Location, leavesAt: Timestamp, deliverBy: Timestamp) -> SendingCost? {
        guard let least = cost(of: light, isHeavy: false, from: location, leavesAt, deliverBy),
            let most = cost(of: heavy, isHeavy: true, from: location, leavesAt, deliverBy)
        else { return nil }
        return SendingCost(light: (light.goodsGrams, least), heavy: (heavy.goodsGrams, most))
    }

    private mutating func cost(
        of parcel: Parcel, isHeavy: Bool, from location: Location, _ leavesAt: Timestamp, _ deliverBy: Timestamp
    ) -> Int64? {
        let shipment = CourierChoice.Shipment(
            parcel: parcel.tariff, order: order, origin: location, leavesAt: leavesAt, deliverBy: deliverBy,
            hurries: channel.hurries(order, from: location))
        let services = channel.policy.shipping.services(for: shipment)
        let key = Case(
            isHeavy: isHeavy, services: services,
            couriers: namesOrigins ? couriers.filter { $0.collects(at: location) }.map(\.code) : nil,
            transit: deliverBy - leavesAt, leavesAt: countsDays ? leavesAt : nil, hurries: shipment.hurries)
        if let answer = known[key] { return answer }
        let choice = CourierChoice(
            of: shipment, among: couriers, by: channel.policy.shipping, in: order.currency)
        known[key] = .some(choice.best?.cost)
        return choice.best?.cost
    }
}

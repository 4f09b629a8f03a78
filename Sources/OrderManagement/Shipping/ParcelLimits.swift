/// What one parcel of an order's goods may weigh, measure and be worth for some service to take it: one that collects
/// there, serves the destination, may carry what the goods need, and that the channel's rules allow. More is divided.
struct ParcelLimits: Hashable {
    let gramsMax: Int64
    /// Those that some service takes, each up to what it takes of that size.
    let boxes: [Packaging.Box]
    /// What parcels of each box may weigh and be worth together, by its code, and those without one by the empty text;
    /// empty where nobody looks at what goods are worth.
    private(set) var allowances: [String: [Allowance]] = [:]

    /// What some service takes: so heavy, and worth so much in the order's currency.
    struct Allowance: Hashable {
        var gramsMax: Int64
        var valueMax: Int64

        func admits(_ grams: Int64, worth value: Int64) -> Bool { grams <= gramsMax && value <= valueMax }
    }

    /// Whether parcels are divided by what their goods are worth.
    var countsWorth: Bool { !allowances.isEmpty }

    /// What a parcel may weigh and be worth; empty for any worth.
    func allowances(in box: Packaging.Box?) -> [Allowance] { allowances[box?.code ?? ""] ?? [] }

    /// A service's limits on the way that the goods go.
    struct Taker {
        let courier: String
        let service: Tariff.Service
        let bands: [Tariff.Band]
        /// What goods may be worth, in the order's currency; the most there is for any worth.
        var valueMax = Int64.max

        /// What a parcel of a size may weigh, nil for no such parcel. - Parameter size: nil for what nobody measured.
        func gramsMax(of size: Tariff.Size?) -> Int64? {
            guard let size else { return (bands.last { $0.size == nil } ?? bands.last)?.gramsMax }
            guard size.edges[0] <= service.lengthMax ?? .max,
                size.lengthAndGirth <= service.lengthAndGirthMax ?? .max,
                let most = bands.last(where: { $0.size.map(size.fits) ?? true })?.gramsMax
            else { return nil }
            guard let each = service.cubicMillimetresPerGram else { return most }
            return size.volume.flatMap { ($0 - 1) / each + 1 <= most ? most : nil }
        }
    }

    /// - Parameter most: What no parcel weighs more than, whoever takes it.
    init?(of takers: [Taker], _ boxes: [Packaging.Box], most: Int64) {
        guard let loose = Self.heaviest(of: nil, takers, most) else { return nil }
        var (taken, heaviest) = ([Packaging.Box](), loose)
        let countsWorth = takers.contains { $0.valueMax < .max }
        for box in boxes {
            guard let limit = Self.heaviest(of: box.inner, takers, most) else { continue }
            heaviest = max(heaviest, limit)
            if countsWorth { allowances[box.code] = Self.allowances(of: box.inner, takers, most) }
            taken.append(
                Packaging.Box(
                    code: box.code, inner: box.inner, weightGrams: box.weightGrams,
                    gramsMax: min(box.gramsMax ?? limit, limit)))
        }
        // Where no box is small enough, the reasons against the parcel say by how much.
        self.boxes = taken.isEmpty ? boxes : taken
        gramsMax = min(most, heaviest)
        guard countsWorth else { return }
        allowances[""] = Self.allowances(of: nil, takers, most)
        // Where as heavy parcels are taken whatever they are worth, as most do, there is nothing to look at.
        if allowances.values.allSatisfy({ $0.count == 1 && $0[0].valueMax == .max }) { allowances = [:] }
    }

    /// The same, of parcels that are worth no more than that.
    func capped(gramsMax most: Int64, valueMax: Int64) -> ParcelLimits {
        var capped = ParcelLimits(gramsMax: min(gramsMax, most), boxes: boxes)
        guard countsWorth || valueMax < .max else { return capped }
        for code in [""] + boxes.map(\.code) {
            let known = allowances[code] ?? [Allowance(gramsMax: .max, valueMax: .max)]
            capped.allowances[code] = known.map {
                Allowance(gramsMax: min($0.gramsMax, most), valueMax: min($0.valueMax, valueMax))
            }
        }
        return capped
    }

    /// What goods of a parcel may be worth at most, whatever it weighs.
    var valueMax: Int64 { allowances.isEmpty ? .max : allowances.values.joined().map(\.valueMax).max() ?? .max }

    /// Whether some service takes so much in one parcel of some size.
    func admits(_ grams: Int64, worth value: Int64) -> Bool {
        grams <= gramsMax && (!countsWorth || allowances.values.joined().contains { $0.admits(grams, worth: value) })
    }

    /// What services take of a size, but for what another one takes as well: the heaviest first, which are worth least.
    private static func allowances(of size: Tariff.Size?, _ takers: [Taker], _ most: Int64) -> [Allowance] {
        var all: [Allowance] = []
        for taker in takers {
            guard let grams = taker.gramsMax(of: size) else { continue }
            all.append(Allowance(gramsMax: min(grams, most), valueMax: taker.valueMax))
        }
        all.sort { ($0.gramsMax, $0.valueMax) > ($1.gramsMax, $1.valueMax) }
        var worthMost: Int64 = -1
        return all.filter { allowance in
            guard allowance.valueMax > worthMost else { return false }
            worthMost = allowance.valueMax
            return true
        }
    }

    /// Looks no further than to the first that takes as much as any parcel weighs.
    private static func heaviest(of size: Tariff.Size?, _ takers: [Taker], _ most: Int64) -> Int64? {
        var found: Int64?
        for taker in takers {
            guard let limit = taker.gramsMax(of: size), limit > found ?? 0 else { continue }
            found = limit
            if limit >= most { break }
        }
        return found
    }

    init(gramsMax: Int64, boxes: [Packaging.Box]) { (self.gramsMax, self.boxes) = (gramsMax, boxes) }
}

extension Order {
    /// Rules may ask what a parcel weighs: so often the answer is looked for.
    private static let limitRoundsMax = 10

    /// Boxes for some of its goods, so divided that somebody takes each from a location, as far as that can be.
    func suggestion(
        of goods: [BoxSuggestion.Goods], from origin: Location, on channel: Channel,
        arrangedUnitsMax: Int64 = BoxSuggestion.unitsMax, parcelsMax: Int = PackFulfillment.parcelsMax, in work: Work
    ) -> BoxSuggestion {
        suggestion(
            of: goods, within: parcelLimits(of: goods, from: origin, on: channel, in: work),
            arrangedUnitsMax: arrangedUnitsMax, parcelsMax: parcelsMax)
    }

    /// Boxes for some of its goods, each within limits.
    /// - Parameter fulfillment: Whose goods they are, where they are a fulfillment's.
    func suggestion(
        of goods: [BoxSuggestion.Goods], within limits: ParcelLimits, ofFulfillment fulfillment: Int? = nil,
        arrangedUnitsMax: Int64 = BoxSuggestion.unitsMax, parcelsMax: Int = PackFulfillment.parcelsMax
    ) -> BoxSuggestion {
        var goods = goods
        if limits.countsWorth {
            let worths = declaredWorths(of: goods.map(\.line), besides: fulfillment)
            for index in goods.indices { goods[index].worth = worths[goods[index].line] }
        }
        return BoxSuggestion(of: goods, within: limits, arrangedUnitsMax: arrangedUnitsMax, parcelsMax: parcelsMax)
    }

    /// Of what weighs more than a rule speaks of, the parts may be under another rule: the limit is looked for again
    /// with each weight that is found, until a parcel of it is taken.
    func parcelLimits(
        of goods: [BoxSuggestion.Goods], from origin: Location, on channel: Channel, in work: Work
    ) -> ParcelLimits {
        let (boxes, most) = (work.configuration.packaging.boxes, work.configuration.heaviestParcel)
        let any = ParcelLimits(gramsMax: most, boxes: boxes)
        guard delivery.method == .ship, let address = delivery.address else { return any }
        let requirements = goods.reduce(UInt64(0)) { sum, entry in
            line(entry.line).map { sum | work.requirements(of: $0) } ?? sum
        }
        let policy = channel.policy.shipping
        let isPaidAtDoor = cashHeld > 0
            && cash(for: goods.reduce(into: [:]) { $0[$1.line, default: 0] += $1.count }) > 0
        let charges = shippingDue + feesWithTax
        let all = work.configuration.sortedCouriers.filter { $0.collects(at: origin) }.flatMap { courier in
            courier.tariff.takers(to: address, for: requirements, paidAtDoor: isPaidAtDoor).map {
                let worth = $0.service.valueMax.map { policy.limit($0, in: courier.tariff.currency, currency) }
                // What is asked for at a door is what lies in the parcel; with one of them shipping and fees.
                let cash = (isPaidAtDoor ? $0.service.cashMax : nil).map {
                    let most = policy.limit($0, in: courier.tariff.currency, currency) - charges
                    return max(1, goodsWorth(ofPaid: most, for: goods.map(\.line)))
                }
                return ParcelLimits.Taker(
                    courier: courier.code, service: $0.service, bands: $0.bands,
                    valueMax: min(worth ?? .max, cash ?? .max))
            }
        }
        // Where the customer asked for speed, a service that says no time is none for them.
        let timed = channel.hurries(self, from: origin) ? all.filter { $0.service.days != nil } : all
        let takers = timed.isEmpty ? all : timed
        guard let first = ParcelLimits(of: takers, boxes, most: most) else { return any }
        guard !policy.rules.isEmpty else { return first }
        let counts = goods.reduce(into: [:]) { $0[$1.line, default: 0] += $1.count }
        let whole = tariffParcel(of: counts, grams: 0, size: nil, in: work)
        var (found, grams, cap) = (any, min(most, max(1, whole.grams)), most)
        var (value, valueCap) = (whole.value, Int64.max)
        for _ in 0..<Self.limitRoundsMax {
            let parcel = Tariff.Parcel(grams: grams, value: value, requirements: requirements, cash: whole.cash)
            let allowed = policy.services(
                for: .init(parcel: parcel, order: self, origin: origin, leavesAt: work.now, deliverBy: nil))
            let allowing = allowed.map(AllowedServices.init)
            let left = takers.filter { allowing?.include($0.courier, $0.service.code) ?? true }
            guard let limits = ParcelLimits(of: left, boxes, most: most) else { break }
            // What weighs more than was asked about may be under another rule.
            found = limits.capped(gramsMax: cap, valueMax: valueCap)
            guard !limits.admits(grams, worth: value) else { break }
            let next = (min(grams, limits.gramsMax), min(value, limits.valueMax))
            guard next != (grams, value) else { break }
            if next.0 < grams { cap = next.0 }
            if next.1 < value { valueCap = next.1 }
            (grams, value) = next
        }
        return found
    }

    /// What goods of some lines are worth at most whose customer pays no more than an amount for them, in whatever
    /// numbers: less than it where taxes are paid on top of their prices.
    private func goodsWorth(ofPaid amount: Int64, for numbers: [Int]) -> Int64 {
        guard !pricesIncludeTax else { return amount }
        let values = lineValues
        let least = numbers.reduce(amount) { least, number in
            guard let line = line(number), let worth = declaredValues(of: [number: line.ordered])[number] else {
                return least
            }
            return min(least, Self.part(of: amount, worth, max(worth, values[number - 1])))
        }
        return least - Int64(numbers.count)  // what rounding may add to each
    }
}

extension CourierPolicy {
    /// The most of a currency's minor units that a courier's limit of worth allows; without a rate it counts as it is,
    /// as it does where the courier is chosen (`CourierChoice`).
    fileprivate func limit(_ valueMax: Int64, in charged: Currency, _ currency: Currency) -> Int64 {
        guard charged != currency, let rate = rates.first(where: { $0.currency == charged }) else { return valueMax }
        var (most, beyond) = (Int64(0), Money.amountMax + 1)
        while most + 1 < beyond {
            let middle = most + (beyond - most) / 2
            // What is beyond every amount is compared as it is there, and so it is here.
            if rate.amount(middle, of: currency) ?? middle <= valueMax { most = middle } else { beyond = middle }
        }
        return most
    }
}

/// The services that a rule allows, looked up: `royal_mail/tracked24`, or `royal_mail/*` for all of a courier's.
struct AllowedServices {
    private let names: Set<String>
    private let couriers: Set<String>

    init(_ services: [String]) {
        names = Set(services)
        couriers = Set(services.filter { $0.hasSuffix("/*") }.map { String($0.dropLast(2)) })
    }

    func include(_ courier: String, _ service: String) -> Bool {
        couriers.contains(courier) || names.contains(courier + "/" + service)
    }
}

/// What one parcel of an order's goods may weigh and measure for some service to take it: one that collects there,
/// serves the destination, may carry what the goods need, and that the channel's rules allow. More is divided.
struct ParcelLimits {
    let gramsMax: Int64
    /// Those that some service takes, each up to what it takes of that size.
    let boxes: [Packaging.Box]

    /// A service's limits on the way that the goods go.
    struct Taker {
        let courier: String
        let service: Tariff.Service
        let bands: [Tariff.Band]

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
        for box in boxes {
            guard let limit = Self.heaviest(of: box.inner, takers, most) else { continue }
            heaviest = max(heaviest, limit)
            taken.append(
                Packaging.Box(
                    code: box.code, inner: box.inner, weightGrams: box.weightGrams,
                    gramsMax: min(box.gramsMax ?? limit, limit)))
        }
        // Where no box is small enough, the reasons against the parcel say by how much.
        self.boxes = taken.isEmpty ? boxes : taken
        gramsMax = min(most, heaviest)
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
        let limits = parcelLimits(of: goods, from: origin, on: channel, in: work)
        return BoxSuggestion(
            of: goods, in: limits.boxes, gramsMax: limits.gramsMax, arrangedUnitsMax: arrangedUnitsMax,
            parcelsMax: parcelsMax)
    }

    /// Of what weighs more than a rule speaks of, the parts may be under another rule: the limit is looked for again
    /// with each weight that is found, until a parcel of it is taken.
    private func parcelLimits(
        of goods: [BoxSuggestion.Goods], from origin: Location, on channel: Channel, in work: Work
    ) -> ParcelLimits {
        let (boxes, most) = (work.configuration.packaging.boxes, work.configuration.heaviestParcel)
        let any = ParcelLimits(gramsMax: most, boxes: boxes)
        guard delivery.method == .ship, let address = delivery.address else { return any }
        let requirements = goods.reduce(UInt64(0)) { sum, entry in
            line(entry.line).map { sum | work.requirements(of: $0) } ?? sum
        }
        let isPaidAtDoor = cashHeld > 0
            && cash(for: goods.reduce(into: [:]) { $0[$1.line, default: 0] += $1.count }) > 0
        let takers = work.configuration.sortedCouriers.filter { $0.collects(at: origin) }.flatMap { courier in
            courier.tariff.takers(to: address, for: requirements, paidAtDoor: isPaidAtDoor).map {
                ParcelLimits.Taker(courier: courier.code, service: $0.service, bands: $0.bands)
            }
        }
        guard let first = ParcelLimits(of: takers, boxes, most: most) else { return any }
        guard !channel.policy.shipping.rules.isEmpty else { return first }
        let counts = goods.reduce(into: [:]) { $0[$1.line, default: 0] += $1.count }
        let whole = tariffParcel(of: counts, grams: 0, size: nil, in: work)
        var (found, grams, cap) = (any, min(most, max(1, whole.grams)), most)
        for _ in 0..<Self.limitRoundsMax {
            let parcel = Tariff.Parcel(
                grams: grams, value: whole.value, requirements: requirements, cash: whole.cash)
            let allowed = channel.policy.shipping.services(
                for: .init(parcel: parcel, order: self, origin: origin, leavesAt: work.now, deliverBy: nil))
            let allowing = allowed.map(AllowedServices.init)
            let left = takers.filter { allowing?.include($0.courier, $0.service.code) ?? true }
            guard let limits = ParcelLimits(of: left, boxes, most: most) else { break }
            // What weighs more than was asked about may be under another rule.
            found = ParcelLimits(gramsMax: min(limits.gramsMax, cap), boxes: limits.boxes)
            guard limits.gramsMax < grams else { break }
            (grams, cap) = (limits.gramsMax, limits.gramsMax)
        }
        return found
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

/// What a person should look at in a price list that is taken all the same.
extension Tariff {
    public enum Oddity: Hashable, Sendable {
        /// Services have prices for a zone in which no country and no postcode is.
        case zoneOfNowhere(String)
        /// No service has a price for a zone; the countries that are in it.
        case zoneWithoutPrices(String, countries: [String])
        /// What weighs more costs less, in these zones.
        case cheaperWhenHeavier(service: String, zones: [String], Band, than: Band)
    }

    /// In the order in which people read a price list: zones first, then services.
    public var oddities: [Oddity] {
        var priced: Set<String> = []
        for service in services { priced.formUnion(service.bands.keys) }
        var countries: [String: Set<String>] = [:]
        for (country, zone) in zones { countries[zone, default: []].insert(country) }
        for (country, places) in postcodeZones {
            for zone in places.values { countries[zone, default: []].insert(country) }
        }
        return priced.subtracting(countries.keys).sorted().map { .zoneOfNowhere($0) }
            + Set(countries.keys).subtracting(priced).sorted().map {
                .zoneWithoutPrices($0, countries: (countries[$0] ?? []).sorted())
            } + services.flatMap(Self.cheaper)
    }

    private struct Pair: Hashable {
        let light: Band
        let heavy: Band
    }

    /// Neighbours of one size of which the heavier costs less: the same in several zones is said once.
    private static func cheaper(in service: Service) -> [Oddity] {
        var zones: [Pair: [String]] = [:]
        for (zone, bands) in service.bands {
            for ofSize in Dictionary(grouping: bands, by: \.size).values {
                for (light, heavy) in zip(ofSize, ofSize.dropFirst()) where heavy.price < light.price {
                    zones[Pair(light: light, heavy: heavy), default: []].append(zone)
                }
            }
        }
        let sorted = zones.sorted {
            ($0.key.heavy.gramsMax, $0.key.heavy.price, $0.value.min() ?? "")
                < ($1.key.heavy.gramsMax, $1.key.heavy.price, $1.value.min() ?? "")
        }
        return sorted.map { .cheaperWhenHeavier(service: service.code, zones: $1.sorted(), $0.heavy, than: $0.light) }
    }
}

extension Courier {
    /// Sentences that are said at once; a list of prices may repeat one mistake a thousand times.
    public static let odditiesMax = 200

    /// All that is odd in it where it stands beside locations, for people; it can be saved all the same.
    public func oddities(beside locations: some Sequence<Location>) -> [String] {
        let all = originOddities(beside: locations) + tariff.oddities.map { $0.words(in: tariff.currency) }
        let rest = all.count - Self.odditiesMax
        return Array(all.prefix(Self.odditiesMax)) + (rest > 0 ? ["and \(rest) more"] : [])
    }

    /// What is odd in where it collects, for people.
    public func originOddities(beside locations: some Sequence<Location>) -> [String] {
        let shipping = locations.filter(\.canShip).sorted { $0.code < $1.code }
        let collected = shipping.filter(collects)
        let countries = Set(shipping.map(\.address.country)).sorted()
        var said: [String] = []
        if origins == nil, countries.count > 1 {
            said.append(
                "it does not say where it collects, and locations in \(countries.joined(separator: ", ")) ship: its "
                    + "prices count from all of them; name its origins")
        } else if !shipping.isEmpty, collected.isEmpty {
            said.append("none of its origins is a location that ships: it is never offered")
        }
        let idle = shipping.filter { location in
            !collects(at: location) && location.courierCutoffs.contains { $0.courier == code }
        }.map(\.code)
        if !idle.isEmpty {
            said.append(
                "\(idle.prefix(10).joined(separator: ", ")) has cut-offs for it, and is none of its origins: it does "
                    + "not collect there")
        }
        for (country, start) in zoneStarts.sorted(by: { $0.key < $1.key }) {
            let others = collected.filter { location in
                location.address.country != country
                    || !Postcode.beginnings(of: location.address.postcode, in: country).contains(start)
            }.map(\.code)
            if !others.isEmpty {
                said.append(
                    "its zones in \(country) are those of parcels that start at \(start), and it collects at "
                        + "\(others.prefix(10).joined(separator: ", ")) as well: a courier for each origin, with its "
                        + "own zones, has the right prices")
            }
        }
        return said
    }
}

extension Configuration {
    /// What is odd in where couriers collect that carry parcels now, once locations are changed; for people.
    func originOddities(beside changed: [Location]) -> [String] {
        let next = locations.merging(changed.map { ($0.code, $0) }) { $1 }.values
        let all = sortedCouriers.flatMap { courier in
            courier.originOddities(beside: next).map { "courier \(courier.code): \($0)" }
        }
        return Array(all.prefix(Courier.odditiesMax))
    }
}

extension Tariff.Oddity {
    private static func some(_ names: [String]) -> String {
        let rest = names.count - 10
        return names.prefix(10).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    /// For people.
    public func words(in currency: Currency) -> String {
        switch self {
        case .zoneOfNowhere(let zone): "no country is in the zone \(zone): its prices are never asked"
        case .zoneWithoutPrices(let zone, let countries):
            "no service has a price for the zone \(zone) (\(Self.some(countries))): nothing goes there"
        case .cheaperWhenHeavier(let service, let zones, let heavy, let light):
            "\(service) costs \(Money(light.price, currency)) up to \(light.gramsMax) g, and "
                + "\(Money(heavy.price, currency)) up to \(heavy.gramsMax) g, in \(Self.some(zones)): what is lighter "
                + "is charged more"
        }
    }
}

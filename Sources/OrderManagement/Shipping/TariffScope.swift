/// Where a tariff reaches.
extension Tariff {
    /// Zones that countries or postcodes are in, and those that services have prices for.
    public var knownZones: Set<String> {
        var known = Set(zones.values)
        for places in postcodeZones.values { known.formUnion(places.values) }
        for service in services { known.formUnion(service.bands.keys) }
        return known
    }

    /// Countries that it has a zone for.
    public var knownCountries: Set<String> { Set(zones.keys).union(postcodeZones.keys) }
}

extension Tariff.Surcharge {
    /// The same for nothing: two that are alike in all but the amount are one thing charged twice.
    public var free: Self {
        Self(
            name, .fixed(0), services: services, postcodes: postcodes, countries: countries, zones: zones,
            isForCash: isForCash)
    }

    /// Why a beginning is of no postcode that it may be asked for; nil where it is one.
    public func objection(toBeginning text: String, in tariff: Tariff) -> String? {
        let places = (countries ?? tariff.knownCountries).sorted()
        let objections = places.map { Postcode.objection(toBeginning: text, in: $0) }
        guard let first = objections.first, objections.allSatisfy({ $0 != nil }) else { return nil }
        if objections.count == 1 { return first }
        return "\(text) begins no postcode of \(places.prefix(10).joined(separator: ", "))"
    }
}

/// Which surcharges of a tariff are never asked: what they name is not there, or no destination is all of it at once.
public struct SurchargeReach {
    /// What a surcharge is limited by, as documents name it.
    public enum Member: String, Sendable { case services, countries, zones, postcodes }

    private let tariff: Tariff
    private let countries: Set<String>
    /// By country and the beginning of a postcode: the zones of longer ones.
    private let longer: [String: [String: Set<String>]]
    /// Services that have prices, by zone.
    private let services: [String: Set<String>]

    private static let namedMax = 10

    public init(of tariff: Tariff) {
        self.tariff = tariff
        countries = tariff.knownCountries
        longer = tariff.postcodeZones.reduce(into: [:]) { known, entry in
            let (country, places) = entry
            for (place, zone) in places {
                for beginning in Postcode.beginnings(of: place, in: country) {
                    known[country, default: [:]][beginning, default: []].insert(zone)
                }
            }
        }
        services = tariff.services.reduce(into: [:]) { known, service in
            for zone in service.bands.keys { known[zone, default: []].insert(service.code) }
        }
    }

    /// What the tariff does not know of all that a surcharge names, for people; nil where it knows everything.
    public func unknown(of surcharge: Tariff.Surcharge) -> String? {
        let known = tariff.services.map(\.code)
        if let gone = surcharge.services?.subtracting(known).min() { return "the service \(gone)" }
        if let gone = surcharge.zones?.subtracting(tariff.knownZones).min() { return "the zone \(gone)" }
        return surcharge.countries?.subtracting(countries).min().map { "the country \($0)" }
    }

    /// Why no parcel has all that a surcharge names, each of which is known; nil where there may be one.
    public func contradiction(of surcharge: Tariff.Surcharge) -> (member: Member, words: String)? {
        let places = surcharge.countries ?? countries
        var reached: Set<String> = []
        for country in places { reached.formUnion(zones(in: country)) }
        var meant = surcharge.zones.map { reached.intersection($0) } ?? reached
        guard !meant.isEmpty else {
            let isEverywhere = surcharge.countries == nil
            let whose = isEverywhere ? "no destination" : "none of \(Self.some(places))"
            let those = isEverywhere || reached.isEmpty ? "" : "; there the zones are \(Self.some(reached))"
            if let zones = surcharge.zones, zones.isEmpty {
                return (.zones, "it names no zone: leave zones out to mean all of them")
            }
            let named = surcharge.zones.map(Self.some) ?? "any zone of the tariff"
            return (.zones, "\(whose) is in \(named)\(those)")
        }
        if let postcodes = surcharge.postcodes {
            var begun: Set<String> = []
            for country in places { begun.formUnion(zones(of: postcodes, in: country)) }
            meant.formIntersection(begun)
            guard !meant.isEmpty else {
                let those = begun.isEmpty ? "" : "; they are in \(Self.some(begun))"
                return (.postcodes, "none of these postcodes is in \(Self.some(surcharge.zones ?? reached))\(those)")
            }
        }
        var carried: Set<String> = []
        for zone in meant { carried.formUnion(services[zone] ?? []) }
        guard surcharge.services.map({ carried.isDisjoint(with: $0) }) ?? carried.isEmpty else { return nil }
        let member: Member =
            if surcharge.services != nil { .services } else if surcharge.zones != nil { .zones }
            else { surcharge.countries != nil ? .countries : .postcodes }
        let whose = surcharge.services.map { "none of \(Self.some($0))" } ?? "no service"
        return (member, "\(whose) has a price for \(meant.count == 1 ? "the zone" : "the zones") \(Self.some(meant))")
    }

    /// All zones that somebody in a country is in.
    private func zones(in country: String) -> Set<String> {
        var found = Set((tariff.postcodeZones[country] ?? [:]).values)
        if let own = tariff.zones[country] { found.insert(own) }
        return found
    }

    /// The zones of what begins so: that of the longest known beginning of it, and those of longer ones.
    private func zones(of postcodes: [String], in country: String) -> Set<String> {
        var found: Set<String> = []
        for text in postcodes where Postcode.objection(toBeginning: text, in: country) == nil {
            let beginning = Postcode.beginning(text, in: country)
            found.formUnion(longer[country]?[beginning] ?? [])
            let known = tariff.postcodeZones[country] ?? [:]
            let nearest = Postcode.beginnings(of: beginning, in: country).lazy.compactMap { known[$0] }.first
            if let zone = nearest ?? tariff.zones[country] { found.insert(zone) }
        }
        return found
    }

    private static func some(_ names: Set<String>) -> String {
        let rest = names.count - namedMax
        return names.sorted().prefix(namedMax).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

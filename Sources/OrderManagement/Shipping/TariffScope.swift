/// Where a tariff reaches, and which of its surcharges never count.
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
        Self(name, .fixed(0), services: services, postcodes: postcodes, countries: countries, zones: zones)
    }

    /// What a tariff does not know of all that it is limited to, for people; nil where it knows everything.
    public func objection(in tariff: Tariff) -> String? {
        if let gone = services?.subtracting(tariff.services.map(\.code)).min() { return "the service \(gone)" }
        if let gone = zones?.subtracting(tariff.knownZones).min() { return "the zone \(gone)" }
        return countries?.subtracting(tariff.knownCountries).min().map { "the country \($0)" }
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

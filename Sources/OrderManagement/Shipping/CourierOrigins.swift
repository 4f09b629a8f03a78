/// Where a courier collects: in whole countries, and at single locations. Its prices hold for what starts there.
public struct CourierOrigins: Hashable, Sendable {
    /// ISO 3166-1 alpha-2.
    public var countries: Set<String>
    /// Locations by their codes.
    public var locations: Set<String>

    public static let locationsMax = 1_000

    public init(countries: Set<String> = [], locations: Set<String> = []) {
        (self.countries, self.locations) = (countries, locations)
    }

    func include(_ location: Location) -> Bool {
        countries.contains(location.address.country) || locations.contains(location.code)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.array("countries") { list in for code in countries.sorted() { list.value(code) } }
            $0.array("locations") { list in for code in locations.sorted() { list.value(code) } }
        }
    }

    init(stored json: JSON) {
        countries = Set((json["countries"]?.array ?? []).compactMap(\.string))
        locations = Set((json["locations"]?.array ?? []).compactMap(\.string))
    }
}

extension Courier {
    /// Whether it takes parcels along at a location: everywhere, where it does not say where it collects.
    func collects(at location: Location) -> Bool { origins?.include(location) ?? true }
}

extension Configuration {
    /// What is wrong with where couriers collect that are to be saved: there is no such location.
    func objections(toOriginsOf couriers: [Courier]) -> [Refusal.Detail] {
        couriers.enumerated().flatMap { index, courier in
            (courier.origins?.locations ?? []).sorted().filter { locations[$0] == nil }.map { code in
                .init(
                    "/couriers/\(index)/origins/locations", .unknownLocation,
                    "there is no location \(code); \(courier.code) can collect at: "
                        + locations.keys.sorted().prefix(20).joined(separator: ", "))
            }
        }
    }
}

/// A tariff as a spreadsheet has it: four tables, read into a `Tariff` with all that is odd in them said.
///
/// Price lists found in the wild have gaps, doubles and loose ends. None of them stops the reading, none is passed over
/// in silence, and a row that cannot be used is left out whole.
public struct TariffTables: Sendable {
    /// A row by its column names, as a CSV with a header has it.
    public typealias Row = [String: String]

    /// `country_iso2`, `zone`.
    public var countries: [Row]
    /// `zone`, `method`.
    public var methodsOfZones: [Row]
    /// `method`, `name`.
    public var methods: [Row]
    /// `method`, `min_weight_kg`, `max_weight_kg`, `price_…`, `parcel_size`.
    public var prices: [Row]
    /// What the names in `parcel_size` mean; a parcel of a size without a name here may have any.
    public var sizes: [String: Tariff.Size]
    public var currency: Currency

    /// Zones of postcodes, which no country need be in.
    public var zonesOfPostcodes: Set<String>

    public init(
        countries: [Row], methodsOfZones: [Row], methods: [Row], prices: [Row], sizes: [String: Tariff.Size],
        currency: Currency, zonesOfPostcodes: Set<String> = []
    ) {
        self.zonesOfPostcodes = zonesOfPostcodes
        (self.countries, self.methodsOfZones, self.methods) = (countries, methodsOfZones, methods)
        (self.prices, self.sizes, self.currency) = (prices, sizes, currency)
    }

    /// Something in the tables that a person should look at.
    public enum Oddity: Hashable, Sendable {
        /// The row is left out.
        case noCountry(String)
        case countryTwice(String, first: String, other: String)
        case methodUnknown(String)
        /// Offered in a zone, but never priced: the service does not exist.
        case methodWithoutPrice(String)
        case pricesWithoutZone(String)
        /// Grams that no band of a method has; they are charged as the next heavier band.
        case gap(method: String, from: Int64, to: Int64)
        case overlap(method: String, at: Int64)
        case notReadable(table: String, row: Int, column: String)
        /// A band that begins above its end: the row is left out.
        case upsideDown(method: String, row: Int)
        /// A price of nothing, which every choice would take.
        case free(method: String, upTo: Int64)
        /// A zone in which methods are offered, and in which no country is.
        case zoneOfNowhere(String)
    }

    public struct Reading: Hashable, Sendable {
        public let tariff: Tariff
        public let oddities: [Oddity]
    }

    /// One gram between bands is how price lists write "up to and including": it is no gap.
    private static let gramsBetweenBands: Int64 = 1
    /// Kilograms and prices; `2.000` is as good as `2`.
    private static let numbers = DecimalText(excess: .zeros, takesBarePoint: true)

    public func read() -> Reading {
        var oddities: [Oddity] = []
        let zones = readZones(&oddities)
        let (bands, ranges) = readPrices(&oddities)
        var zonesOfMethods: [String: [String]] = [:]
        for row in methodsOfZones {
            guard let zone = row["zone"], let method = row["method"] else { continue }
            zonesOfMethods[method, default: []].append(zone)
        }
        var names: [String: String] = [:]
        for row in methods { if let method = row["method"] { names[method] = row["name"] ?? "" } }
        var services: [Tariff.Service] = []
        for method in zonesOfMethods.keys.sorted() {
            guard let priced = bands[method] else {
                oddities.append(.methodWithoutPrice(method))
                continue
            }
            if names[method] == nil { oddities.append(.methodUnknown(method)) }
            let byZone = (zonesOfMethods[method] ?? []).reduce(into: [:]) { $0[$1] = priced }
            let name = names[method] ?? ""
            services.append(Tariff.Service(code: method, name: name.isEmpty ? method : name, bands: byZone))
        }
        for method in bands.keys.sorted() where zonesOfMethods[method] == nil {
            oddities.append(.pricesWithoutZone(method))
        }
        let known = zonesOfPostcodes.union(countries.compactMap { $0["zone"] })
        oddities += Set(methodsOfZones.compactMap { $0["zone"] }).subtracting(known).sorted().map { .zoneOfNowhere($0) }
        oddities += Self.breaks(in: ranges)
        return Reading(
            tariff: Tariff(currency: currency, zones: zones, services: services), oddities: oddities)
    }

    private func readZones(_ oddities: inout [Oddity]) -> [String: String] {
        var zones: [String: String] = [:]
        for row in countries {
            guard let country = row["country_iso2"], let zone = row["zone"] else { continue }
            guard Country.isKnown(country) else {
                oddities.append(.noCountry(country))
                continue
            }
            if let first = zones[country] {
                oddities.append(.countryTwice(country, first: first, other: zone))
            } else {
                zones[country] = zone
            }
        }
        return zones
    }

    private struct Range { let from: Int64; let to: Int64 }
    private struct Kind: Hashable { let method: String; let size: String }

    private func readPrices(_ oddities: inout [Oddity]) -> ([String: [Tariff.Band]], [Kind: [Range]]) {
        var bands: [String: [Tariff.Band]] = [:]
        var ranges: [Kind: [Range]] = [:]
        let priceColumn = "price_" + currency.code.lowercased()
        for (number, row) in prices.enumerated() {
            guard let method = row["method"], !method.isEmpty else {
                oddities.append(.notReadable(table: "prices", row: number, column: "method"))
                continue
            }
            var numbers: [Int64] = []
            for (column, decimals) in [("min_weight_kg", 3), ("max_weight_kg", 3), (priceColumn, currency.decimals)] {
                guard let value = Self.numbers.units(row[column] ?? "", decimals: decimals) else {
                    oddities.append(.notReadable(table: "prices", row: number, column: column))
                    break
                }
                numbers.append(value)
            }
            guard numbers.count == 3 else { continue }
            guard (1...Tariff.gramsMax).contains(numbers[1]) else {
                oddities.append(.notReadable(table: "prices", row: number, column: "max_weight_kg"))
                continue
            }
            guard numbers[0] <= numbers[1] else {
                oddities.append(.upsideDown(method: method, row: number))
                continue
            }
            if numbers[2] == 0 { oddities.append(.free(method: method, upTo: numbers[1])) }
            let size = row["parcel_size"] ?? ""
            bands[method, default: []].append(
                Tariff.Band(gramsMax: numbers[1], size: sizes[size], price: numbers[2]))
            ranges[Kind(method: method, size: size), default: []].append(Range(from: numbers[0], to: numbers[1]))
        }
        return (bands, ranges)
    }

    private static func breaks(in ranges: [Kind: [Range]]) -> [Oddity] {
        var oddities: [Oddity] = []
        for (kind, ranges) in ranges.sorted(by: { ($0.key.method, $0.key.size) < ($1.key.method, $1.key.size) }) {
            let sorted = ranges.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
            if let first = sorted.first, first.from > gramsBetweenBands {
                oddities.append(.gap(method: kind.method, from: 1, to: first.from - 1))
            }
            let neighbours = zip(sorted, sorted.dropFirst())
            // Lists that write "to 2, from 2" throughout mean no more than those that write "to 2, from 2.001": only
            // where both stand in one list a common end is a slip.
            let isExact = neighbours.contains { $1.from == $0.to + gramsBetweenBands }
            for (range, next) in neighbours {
                if next.from > range.to + gramsBetweenBands {
                    oddities.append(.gap(method: kind.method, from: range.to + 1, to: next.from - 1))
                } else if next.from < range.to || next.from == range.to && isExact {
                    oddities.append(.overlap(method: kind.method, at: next.from))
                }
            }
        }
        return oddities
    }
}

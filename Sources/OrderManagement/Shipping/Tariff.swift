/// What a courier charges: a price list by service, zone, weight and size, with surcharges. A value; no clock, no rows.
///
/// All amounts are minor units of `currency`. Weights are grams, lengths millimetres.
public struct Tariff: Hashable, Sendable {
    /// Prices up to a weight, for parcels up to a size.
    public struct Band: Hashable, Sendable {
        /// A parcel of exactly so many grams is in it; the next band begins one gram above.
        public let gramsMax: Int64
        /// Length, width and height, the longest first; nil when any size may be sent.
        public let size: Size?
        public let price: Int64

        public init(gramsMax: Int64, size: Size? = nil, price: Int64) {
            (self.gramsMax, self.size, self.price) = (gramsMax, size, price)
        }
    }

    /// Three edges in millimetres, held with the longest first, so that a parcel may lie on any side.
    public struct Size: Hashable, Sendable {
        public let edges: [Int64]

        public init(_ length: Int64, _ width: Int64, _ height: Int64) {
            edges = [length, width, height].sorted(by: >)
        }

        public init(_ size: ItemSize) { self.init(size.length, size.width, size.height) }

        /// Length and girth: once along the longest edge, and once around the other two, as couriers measure.
        var lengthAndGirth: Int64 {
            edges.dropFirst().reduce(edges[0]) { sum, edge in
                let (around, isTooMuch) = edge.multipliedReportingOverflow(by: 2)
                let (next, isBeyond) = sum.addingReportingOverflow(around)
                return isTooMuch || isBeyond ? .max : next
            }
        }

        func fits(in other: Size) -> Bool { zip(edges, other.edges).allSatisfy { $0 <= $1 } }

        /// Cubic millimetres; nil beyond what 64 bits hold.
        var volume: Int64? {
            var volume: Int64 = 1
            for edge in edges {
                let (product, isTooMuch) = volume.multipliedReportingOverflow(by: edge)
                if isTooMuch { return nil }
                volume = product
            }
            return volume
        }
    }

    public struct Service: Hashable, Sendable {
        public let code: String
        public let name: String
        /// By zone; bands in the order of weight, then of price.
        public let bands: [String: [Band]]
        /// Cubic millimetres that count as a gram: 5,000 is the usual "divisor 5000" of cubic centimetres a kilogram.
        /// nil: only the scales count.
        public let cubicMillimetresPerGram: Int64?
        /// Days from the courier's van to the door, as it promises; nil when it promises none.
        public var days: Int64?
        /// Weekdays on which it comes to doors, Monday 1 to Sunday 7; then `days` are counted by these. nil: on all.
        public var deliveryDays: Set<Int>?
        /// What it may carry beside ordinary goods, a bit each, as items require it (`Location.capabilities`).
        public var capabilities: UInt64 = 0
        /// Longer parcels are not taken; nil for any length. What nobody measured is not held to it.
        public var lengthMax: Int64?
        /// Parcels of more length and girth together are not taken; nil for any. What nobody measured is not held to
        /// it.
        public var lengthAndGirthMax: Int64?
        /// Goods worth no more than this, in minor units of the tariff's currency; nil for any.
        public var valueMax: Int64?
        /// What it takes in cash at the door at most, in minor units of the tariff's currency; nil where it takes none.
        public var cashMax: Int64?

        public init(code: String, name: String, bands: [String: [Band]], cubicMillimetresPerGram: Int64? = nil) {
            (self.code, self.name) = (code, name)
            self.cubicMillimetresPerGram = cubicMillimetresPerGram
            self.bands = bands.mapValues { bands in bands.sorted { ($0.gramsMax, $0.price) < ($1.gramsMax, $1.price) } }
        }
    }

    /// What comes on top of the band's price; in order, each on what stands before it.
    public struct Surcharge: Hashable, Sendable {
        public enum Amount: Hashable, Sendable {
            case fixed(Int64)
            /// Hundredths of a percent, rounded half up.
            case share(Int64)
        }

        public let name: String
        public let amount: Amount
        /// Only for services of these codes; nil: for all.
        public let services: Set<String>?
        /// Only for postcodes that begin so, in capitals, as `Postcode.beginnings` has it; nil: everywhere.
        public let postcodes: [String]?
        /// Only in these countries; nil: everywhere.
        public let countries: Set<String>?
        /// Only in these zones; nil: in all of them.
        public let zones: Set<String>?
        /// Only where cash is taken at the door.
        public let isForCash: Bool
        /// The postcodes to look up in, as British postcodes are read, and as all others are.
        private let british: Set<String>
        private let others: Set<String>

        public init(
            _ name: String, _ amount: Amount, services: Set<String>? = nil, postcodes: [String]? = nil,
            countries: Set<String>? = nil, zones: Set<String>? = nil, isForCash: Bool = false
        ) {
            (self.name, self.amount, self.services, self.postcodes) = (name, amount, services, postcodes)
            (self.countries, self.zones, self.isForCash) = (countries, zones, isForCash)
            british = Set((postcodes ?? []).map { Postcode.beginning($0, in: "GB") })
            others = Set((postcodes ?? []).map { $0.uppercased().filter { $0 != " " && $0 != "-" } })
        }

        /// - Parameter beginnings: All those of the postcode.
        fileprivate func applies(
            to service: Service, _ parcel: Parcel, in country: String, _ zone: String, _ beginnings: [String]
        ) -> Bool {
            guard !isForCash || parcel.cash > 0, services?.contains(service.code) ?? true,
                countries?.contains(country) ?? true, zones?.contains(zone) ?? true
            else { return false }
            guard postcodes != nil else { return true }
            return beginnings.contains(where: (Postcode.hasInwardCode(country) ? british : others).contains)
        }
    }

    /// What a parcel may weigh at all.
    public static let gramsMax: Int64 = 100_000_000

    public let currency: Currency
    /// By country (ISO 3166-1 alpha-2).
    public let zones: [String: String]
    /// By country and the beginning of the postcode, as `Postcode.beginnings` has it; the longest that fits goes first.
    public let postcodeZones: [String: [String: String]]
    public let services: [Service]
    public let surcharges: [Surcharge]

    public init(
        currency: Currency, zones: [String: String], postcodeZones: [String: [String: String]] = [:],
        services: [Service], surcharges: [Surcharge] = []
    ) {
        (self.currency, self.zones, self.postcodeZones) = (currency, zones, postcodeZones)
        (self.services, self.surcharges) = (services, surcharges)
    }

    // MARK: Asking

    public struct Parcel: Hashable, Sendable {
        public let grams: Int64
        /// nil when nobody measured it: then only bands without a size are offered.
        public let size: Size?
        /// What its goods are worth, in minor units of the tariff's currency.
        public let value: Int64
        /// What its goods require, a bit each.
        public let requirements: UInt64
        /// What is to be paid for it at the door, in minor units of the tariff's currency.
        public let cash: Int64

        public init(grams: Int64, size: Size? = nil, value: Int64 = 0, requirements: UInt64 = 0, cash: Int64 = 0) {
            (self.grams, self.size, self.value, self.requirements) = (grams, size, value, requirements)
            self.cash = cash
        }
    }

    public struct Quote: Hashable, Sendable {
        public let service: String
        public let zone: String
        /// What the price was found by: the scales' weight or the volume's, whichever is more.
        public let chargedGrams: Int64
        public let base: Int64
        /// Name and amount, in order.
        public let surcharges: [Line]
        public let price: Money

        public struct Line: Hashable, Sendable {
            public let name: String
            public let amount: Int64
        }
    }

    /// Why a service carries a parcel not.
    public enum Objection: Hashable, Sendable {
        case noZone
        case zoneNotServed(String)
        case tooHeavy(gramsMax: Int64)
        /// nil where it is beyond all reckoning.
        case tooLarge(Size?)
        case tooLong(millimetresMax: Int64)
        case tooMuchGirth(millimetresMax: Int64)
        /// What it takes of that weight has a size, and nobody measured the parcel.
        case notMeasured(Size)
        case tooValuable(valueMax: Int64)
        /// It takes no cash at the door.
        case noCash
        case tooMuchCash(cashMax: Int64, due: Int64)
        /// The goods require what the service may not carry.
        case notCarried
    }

    public struct Answer: Hashable, Sendable {
        /// By price, then by code.
        public let quotes: [Quote]
        public let objections: [String: Objection]
    }

    /// What each service asks for a parcel, and why the others do not take it.
    public func quotes(for parcel: Parcel, to country: String, postcode: String) -> Answer {
        let beginnings = Postcode.beginnings(of: postcode, in: country)
        guard let zone = zone(of: country, beginnings) else {
            return Answer(quotes: [], objections: services.reduce(into: [:]) { $0[$1.code] = .noZone })
        }
        var quotes: [Quote] = []
        var objections: [String: Objection] = [:]
        for service in services {
            switch quote(service, parcel, zone, in: country, beginnings) {
            case .success(let quote): quotes.append(quote)
            case .failure(let no): objections[service.code] = no.objection
            }
        }
        quotes.sort { ($0.price.amount, $0.service) < ($1.price.amount, $1.service) }
        return Answer(quotes: quotes, objections: objections)
    }

    /// Services that go to an address and may carry what goods need, each with its prices there.
    /// - Parameter paid: Whether they are to take cash at the door.
    func takers(
        to address: Address, for requirements: UInt64, paidAtDoor paid: Bool = false
    ) -> [(service: Service, bands: [Band])] {
        guard let zone = zone(of: address.country, Postcode.beginnings(of: address.postcode, in: address.country))
        else { return [] }
        return services.compactMap { service in
            guard requirements & ~service.capabilities == 0, !paid || service.cashMax != nil,
                let bands = service.bands[zone], !bands.isEmpty
            else { return nil }
            return (service, bands)
        }
    }

    private struct No: Error { let objection: Objection }

    private func zone(of country: String, _ beginnings: [String]) -> String? {
        guard let known = postcodeZones[country] else { return zones[country] }
        return beginnings.lazy.compactMap { known[$0] }.first ?? zones[country]
    }

    private func quote(
        _ service: Service, _ parcel: Parcel, _ zone: String, in country: String, _ beginnings: [String]
    ) -> Result<Quote, No> {
        guard parcel.requirements & ~service.capabilities == 0 else { return .failure(No(objection: .notCarried)) }
        if let most = service.valueMax, parcel.value > most {
            return .failure(No(objection: .tooValuable(valueMax: most)))
        }
        if parcel.cash > 0 {
            guard let most = service.cashMax else { return .failure(No(objection: .noCash)) }
            guard parcel.cash <= most else {
                return .failure(No(objection: .tooMuchCash(cashMax: most, due: parcel.cash)))
            }
        }
        guard let bands = service.bands[zone], let heaviest = bands.last else {
            return .failure(No(objection: .zoneNotServed(zone)))
        }
        if let size = parcel.size {
            if let most = service.lengthMax, size.edges[0] > most {
                return .failure(No(objection: .tooLong(millimetresMax: most)))
            }
            if let most = service.lengthAndGirthMax, size.lengthAndGirth > most {
                return .failure(No(objection: .tooMuchGirth(millimetresMax: most)))
            }
        }
        var grams = parcel.grams
        if let each = service.cubicMillimetresPerGram, let size = parcel.size {
            guard let volume = size.volume else { return .failure(No(objection: .tooLarge(nil))) }
            grams = max(grams, (volume - 1) / each + 1)
        }
        func fits(_ band: Band) -> Bool { band.size.map { parcel.size?.fits(in: $0) ?? false } ?? true }
        // The lightest band that takes it, and of several of that weight (small, medium) the cheapest.
        guard let band = bands.first(where: { grams <= $0.gramsMax && fits($0) }) else {
            return .failure(No(objection: Self.objection(to: parcel, of: grams, bands, heaviest.gramsMax)))
        }
        var sum = band.price
        var lines: [Quote.Line] = []
        for surcharge in surcharges where surcharge.applies(to: service, parcel, in: country, zone, beginnings) {
            let asked: Int64
            switch surcharge.amount {
            case .fixed(let fixed): asked = fixed
            case .share(let share): asked = (sum * share + 5_000) / 10_000
            }
            // Shares of shares grow beyond all bounds: no price is more than the largest amount.
            let amount = min(asked, Money.amountMax - sum)
            lines.append(Quote.Line(name: surcharge.name, amount: amount))
            sum += amount
        }
        return .success(
            Quote(
                service: service.code, zone: zone, chargedGrams: grams, base: band.price, surcharges: lines,
                price: Money(sum, currency)))
    }

    /// Why no band takes it: it is beyond the heaviest, or beyond the largest of those that take its weight.
    private static func objection(
        to parcel: Parcel, of grams: Int64, _ bands: [Band], _ gramsMax: Int64
    ) -> Objection {
        let sizes = bands.lazy.filter { grams <= $0.gramsMax }.compactMap(\.size)
        guard let largest = sizes.max(by: { ($0.volume ?? .max) < ($1.volume ?? .max) }) else {
            return .tooHeavy(gramsMax: gramsMax)
        }
        return parcel.size == nil ? .notMeasured(largest) : .tooLarge(largest)
    }
}

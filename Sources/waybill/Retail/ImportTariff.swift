import ArgumentParser
import Foundation
import OrderManagement

/// The options of `waybill import tariff` and `waybill import zones`.
struct TariffImportOptions: ParsableArguments {
    @Option(help: "tariff, zones, tracking: the courier that it is of.") var courier: String?
    @Option(help: "tariff: what people call the courier (default: as before, else its code).") var name: String?
    @Option(help: "tariff: the currency of the column price_… (default GBP).") var currency = "GBP"
    @Option(
        help: """
            tariff: what names of sizes mean, in mm: small=450x350x160,medium=610x460x460. letter and large_letter are \
            those of services that are letters by their name (default letter=240x165x5,large_letter=353x250x25), other \
            is that of prices without any (default: any size).
            """)
    var sizes: String?
    @Option(
        help: """
            tariff: days from the van to the door, by services; * stands for anything, the first that fits counts: \
            *GUARANTEED*=1,*=3. Without days a service is the last choice, and none for express.
            """)
    var days: String?
    @Option(
        help: """
            tariff: where the courier collects, countries and locations: GB,LEEDS. Its prices hold for what starts \
            there (default: as before, else everywhere).
            """)
    var origins: String?
    @Option(help: "zones: the country whose postcodes they are (default US).") var country = "US"
    @Option(help: "zones: where parcels start, the first three digits of the warehouse's ZIP code.") var origin: String?
    @Flag(help: "zones: take them in the place of the zones of another origin.") var replace = false

    /// Sizes by their names in small letters. - Throws: `ValidationError`.
    func sizesByName() throws -> [String: Tariff.Size] {
        var found: [String: Tariff.Size] = [:]
        for text in (sizes ?? "").split(separator: ",") {
            let parts = text.split(separator: "=")
            let edges = parts.count == 2 ? parts[1].split(separator: "x").compactMap { Int64($0) } : []
            guard edges.count == 3, edges.allSatisfy({ (1...100_000).contains($0) }) else {
                throw ValidationError("--sizes has \(text): expected a name and three edges in mm, small=450x350x160")
            }
            found[parts[0].lowercased()] = Tariff.Size(edges[0], edges[1], edges[2])
        }
        return found
    }

    /// Days by patterns of services, in their order. - Throws: `ValidationError`.
    func daysByPattern() throws -> [ServiceDays] {
        try (days ?? "").split(separator: ",").map { text in
            let parts = text.split(separator: "=")
            guard parts.count == 2, let days = Int64(parts[1]), (0...365).contains(days) else {
                throw ValidationError("--days has \(text): expected a service and its days, FIRST_CLASS=1 or *=3")
            }
            return ServiceDays(pattern: String(parts[0]), days: days)
        }
    }

    /// Where the courier collects; nil where nothing is said. A location goes before a country of that code.
    /// - Throws: `ValidationError`.
    func courierOrigins(among known: Configuration) throws -> CourierOrigins? {
        guard let origins else { return nil }
        var found = CourierOrigins()
        for name in origins.split(separator: ",").map(String.init) {
            if known.locations[name] != nil {
                found.locations.insert(name)
            } else if Country.isKnown(name) {
                found.countries.insert(name)
            } else {
                let places = known.locations.keys.sorted().prefix(20).joined(separator: ", ")
                throw ValidationError(
                    "--origins has \(name), which is no country (two capitals as GB) and no location; locations are: "
                        + places)
            }
        }
        return found == CourierOrigins() ? nil : found
    }

    /// - Throws: `ValidationError`.
    func courierCode() throws -> String {
        guard let courier, !courier.isEmpty, courier.count <= PlainCode.charactersMax else {
            throw ValidationError("say whose it is: --courier CODE, of up to \(PlainCode.charactersMax) characters")
        }
        if let words = PlainCode.objection(to: courier) { throw ValidationError("--courier \(courier) \(words)") }
        return courier
    }
}

/// Takes a courier's price list in from a folder of four tables, with all that is odd in them said.
///
/// What the tables do not say stays as it was: who sells the labels, days, abilities and lengths of services that there
/// were before, zones of postcodes, surcharges of services that are still there. A method's `max_cart_value_…` is the
/// most that goods may be worth.
struct ImportTariff {
    let waybill: OrderManagement
    let folder: String
    let options: TariffImportOptions
    let isDryRun: Bool

    private static let tables = ["country_to_zone.csv", "zone_to_method.csv", "methods.csv", "prices.csv"]

    /// - Throws: `CommandRefused` for tables that are no price list; `Refusal`; `ValidationError`.
    func run() throws -> CourierImport {
        let code = try options.courierCode()
        guard let currency = Currency(options.currency) else {
            throw ValidationError("--currency \(options.currency) is not known here: expected one as GBP (ISO 4217)")
        }
        var remarks: [String] = []
        let rows = try Self.tables.map { try table($0, &remarks) }
        let formats = try TariffFormats(prices: rows[3], methods: rows[2], given: options.sizesByName())
        let sizes = try sizes(of: rows[3])
        let known = try waybill.readNow { try Configuration.load(in: $0) }
        let (before, origins) = (known.couriers[code], try options.courierOrigins(among: known))
        let reading = TariffTables(
            countries: rows[0], methodsOfZones: rows[1], methods: rows[2], prices: formats.prices,
            sizes: sizes.merging(formats.sizes) { named, _ in named }, currency: currency,
            zonesOfPostcodes: Set(before?.tariff.postcodeZones.values.flatMap(\.values) ?? [])
        ).read()
        remarks += reading.oddities.map(Self.sentence) + formats.remarks
        let services = try timed(services(reading.tariff, before: before, rows[2], &remarks), &remarks)
        let listed = Tariff(
            currency: currency, zones: reading.tariff.zones, postcodeZones: before?.tariff.postcodeZones ?? [:],
            services: services)
        let reach = SurchargeReach(of: listed)
        let surcharges = (before?.tariff.surcharges ?? []).filter { surcharge in
            if let gone = reach.unknown(of: surcharge) {
                remarks.append(
                    "the surcharge \(surcharge.name) goes, as it is on \(gone), which the list has no more")
                return false
            }
            guard let never = reach.contradiction(of: surcharge) else { return true }
            remarks.append("the surcharge \(surcharge.name) goes, as it would never be asked: \(never.words)")
            return false
        }
        var courier = before ?? Courier(code: code, name: code, tariff: reading.tariff)
        if let name = options.name { courier.name = name }
        if let origins { courier.origins = origins }
        courier.tariff = Tariff(
            currency: currency, zones: listed.zones, postcodeZones: listed.postcodeZones, services: services,
            surcharges: surcharges)
        remarks += Self.oddities(of: courier, beside: known, said: reading.oddities)
        return try CourierImport.save(
            courier, before: before, remarks, isDryRun: isDryRun, on: waybill,
            said: "\(services.count) services, \(courier.tariff.zones.count) countries, "
                + "\(services.reduce(0) { $0 + $1.bands.values.reduce(0) { $0 + $1.count } }) prices")
    }

    /// What is odd in the courier that comes of it; not what was said of the tables already.
    private static func oddities(
        of courier: Courier, beside known: Configuration, said: [TariffTables.Oddity]
    ) -> [String] {
        courier.originOddities(beside: known.locations.values)
            + courier.tariff.oddities.compactMap { oddity in
                if case .zoneOfNowhere(let zone) = oddity, said.contains(.zoneOfNowhere(zone)) { return nil }
                return oddity.words(in: courier.tariff.currency)
            }
    }

    private func table(_ name: String, _ remarks: inout [String]) throws -> [TariffTables.Row] {
        var rows: [TariffTables.Row] = []
        let path = (folder as NSString).appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandRefused("\(folder) lacks \(name): a tariff is \(Self.tables.joined(separator: ", "))")
        }
        try TableFile(path: path).read { record in
            switch record {
            case .success(let record):
                rows.append(record.names.reduce(into: [:]) { $0[$1] = record.value($1) ?? "" })
            case .failure(let wrong): remarks.append("\(name):\(wrong.line): \(wrong.reason): the row is left out")
            }
        }
        guard !rows.isEmpty else { throw CommandRefused("\(name) has no rows") }
        return rows
    }

    /// Every size that prices name must be said: with less, small parcels would be cheap for all.
    private func sizes(of prices: [TariffTables.Row]) throws -> [String: Tariff.Size] {
        let given = try options.sizesByName()
        let named = Set(prices.compactMap { $0["parcel_size"] }.filter { !$0.isEmpty })
        let missing = named.filter { given[$0.lowercased()] == nil }.sorted()
        guard missing.isEmpty else {
            let example = missing.map { "\($0.lowercased())=LxWxH" }.joined(separator: ",")
            throw CommandRefused(
                "prices are by the sizes \(missing.joined(separator: ", ")): say what they are, in mm, as "
                    + "--sizes \(example)")
        }
        return named.reduce(into: [:]) { $0[$1] = given[$1.lowercased()] }
    }

    /// Services with the days that the options give them.
    ///
    /// - Throws: `ValidationError` for a pattern that no service fits.
    private func timed(_ services: [Tariff.Service], _ remarks: inout [String]) throws -> [Tariff.Service] {
        let patterns = try options.daysByPattern()
        for entry in patterns where !services.contains(where: { entry.fits($0.code) }) {
            throw ValidationError("--days names \(entry.pattern), and no service of the list is called so")
        }
        let timed = services.map { service in
            var service = service
            if let entry = patterns.first(where: { $0.fits(service.code) }) { service.days = entry.days }
            return service
        }
        let untimed = timed.filter { $0.days == nil }
        if let first = untimed.first {
            remarks.append(
                "\(untimed.count) of \(timed.count) services (\(first.code)"
                    + "\(untimed.count > 1 ? ", …" : "")) have no days: no time is known of "
                    + "them, so they are chosen last and never for express; --days *=3 says them")
        }
        return timed
    }

    private func services(
        _ tariff: Tariff, before: Courier?, _ methods: [TariffTables.Row], _ remarks: inout [String]
    ) throws -> [Tariff.Service] {
        let suffix = tariff.currency.code.lowercased()
        var least: [String] = []
        var values: [String: Int64] = [:]
        for row in methods {
            guard let method = row["method"] else { continue }
            let (most, from) = (row["max_cart_value_" + suffix] ?? "", row["min_cart_value_" + suffix] ?? "")
            values[method] = Self.amount(most, tariff.currency)
            if !most.isEmpty, values[method] == nil {
                remarks.append("methods.csv: \(method) is for goods up to \(most), which is no amount: for any")
            }
            if Self.amount(from, tariff.currency).map({ $0 > 0 }) == true { least.append(method) }
        }
        if let first = least.sorted().first {
            remarks.append(
                "\(least.count) methods (\(first), …) are meant for goods of a value and more; tariffs know no such "
                    + "limit, so they are offered for less as well, for their price")
        }
        let old = Dictionary(
            (before?.tariff.services ?? []).map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        return try tariff.services.map { service in
            guard !service.code.contains("/"), service.code.count <= 100 else {
                throw CommandRefused("\(service.code) can be no service: up to 100 characters, and no /")
            }
            var bands: [String: [Tariff.Band]] = [:]
            for (zone, each) in service.bands { bands[zone] = Self.once(each, of: service.code, zone, &remarks) }
            var taken = Tariff.Service(
                code: service.code, name: service.name, bands: bands,
                cubicMillimetresPerGram: old[service.code]?.cubicMillimetresPerGram)
            taken.days = old[service.code]?.days
            taken.deliveryDays = old[service.code]?.deliveryDays
            taken.capabilities = old[service.code]?.capabilities ?? 0
            taken.lengthMax = old[service.code]?.lengthMax
            taken.lengthAndGirthMax = old[service.code]?.lengthAndGirthMax
            taken.valueMax = values[service.code]
            taken.cashMax = old[service.code]?.cashMax
            return taken
        }
    }

    /// Two prices for one weight and size: the dearer one stands, since nobody can say which is meant.
    private static func once(
        _ bands: [Tariff.Band], of service: String, _ zone: String, _ remarks: inout [String]
    ) -> [Tariff.Band] {
        var kept: [Tariff.Band] = []
        for band in bands {
            guard let last = kept.lastIndex(where: { $0.gramsMax == band.gramsMax && $0.size == band.size }) else {
                kept.append(band)
                continue
            }
            if kept[last].price != band.price {
                remarks.append("\(service) has two prices up to \(band.gramsMax) g in \(zone): the dearer one stands")
            }
            kept[last] = band  // they come by price
        }
        return kept
    }

    /// Digits as a table has them; nil for none.
    private static func amount(_ text: String, _ currency: Currency) -> Int64? {
        Money(text, in: currency, read: DecimalText(takesBarePoint: true))?.amount
    }

    static func sentence(_ oddity: TariffTables.Oddity) -> String {
        switch oddity {
        case .noCountry(let code): "\(code) is no country (ISO 3166-1): its row is left out"
        case .countryTwice(let code, let first, let other) where first == other:
            "\(code) is twice in the zone \(first)"
        case .countryTwice(let code, let first, let other):
            "\(code) is in the zones \(first) and \(other): the first one stands"
        case .methodUnknown(let method): "\(method) is not in methods.csv: it goes by its code"
        case .methodWithoutPrice(let method): "\(method) has no price: there is no such service"
        case .pricesWithoutZone(let method): "\(method) has prices and no zone: there is no such service"
        case .gap(let method, let from, let to):
            "\(method) has no price from \(from) g to \(to) g: they are charged as the next heavier"
        case .overlap(let method, let grams):
            "\(method) has more than one price at \(grams) g: the lightest band takes it"
        case .notReadable(let table, let row, let column):
            "\(table).csv:\(row + 2): the column \(column) cannot be read: the row is left out"
        case .upsideDown(let method, let row):
            "prices.csv:\(row + 2): \(method) begins above its max_weight_kg: the row is left out"
        case .free(let method, let grams):
            "\(method) costs nothing up to \(grams) g: it is chosen before all others"
        case .zoneOfNowhere(let zone): "no country is in the zone \(zone): nothing goes there"
        }
    }
}

/// What became of a courier that a file describes.
struct CourierImport {
    /// `added`, `changed`, `unchanged`.
    let outcome: String
    let courier: String
    /// What was found, in numbers.
    let said: String
    /// What a person should look at.
    let remarks: [String]

    static func save(
        _ courier: Courier, before: Courier?, _ remarks: [String], isDryRun: Bool, on waybill: OrderManagement,
        said: String
    ) throws -> CourierImport {
        guard courier.tariff.services.count <= Courier.servicesMax,
            courier.tariff.services.allSatisfy({ $0.bands.values.reduce(0) { $0 + $1.count } <= Courier.bandsMax })
        else {
            throw CommandRefused(
                "a courier has up to \(Courier.servicesMax) services with \(Courier.bandsMax) prices each")
        }
        if courier != before, !isDryRun {
            _ = try waybill.performNow(SaveCouriers(couriers: [courier]), as: .system)
        }
        return CourierImport(
            outcome: before == nil ? "added" : before == courier ? "unchanged" : "changed", courier: courier.code,
            said: said, remarks: remarks)
    }

    private static let remarksMax = 200

    func show(on console: Console, isDryRun: Bool) {
        for remark in remarks.prefix(Self.remarksMax) { console.out("- \(remark)") }
        if remarks.count > Self.remarksMax { console.out("- and \(remarks.count - Self.remarksMax) more") }
        console.out("courier \(courier) \(outcome): \(said)\(isDryRun ? "; nothing was changed" : "")")
    }

    func write(to json: inout JSONWriter) {
        json.member("courier", courier)
        json.member("outcome", outcome)
        json.member("found", said)
        json.array("remarks") { list in for remark in remarks { list.value(remark) } }
    }
}

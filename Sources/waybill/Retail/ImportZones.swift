import ArgumentParser
import OrderManagement

/// Takes a post's zones in, which go by where a parcel starts and where it ends: those of one origin, as tariffs have
/// the zones of one warehouse's parcels: the courier keeps which (`zone_starts`), and zones of another origin take
/// their place only where that is asked for. Warehouses with zones of their own have a courier each.
///
/// Columns: `origin_zip3`, `dest_zip3`, `zone`, and where there are any `has_five_digit_exceptions`.
struct ImportZones {
    let waybill: OrderManagement
    let table: TableFile
    let options: TariffImportOptions
    let isDryRun: Bool

    /// How many of what is odd are named.
    private static let named = 5

    /// - Throws: `CommandRefused` for an origin without zones; `ValidationError`; `Refusal`.
    func run() throws -> CourierImport {
        let code = try options.courierCode()
        guard let origin = options.origin, Self.isPlace(origin) else {
            throw ValidationError("say where parcels start: --origin and three digits, as --origin 100")
        }
        guard Country.isKnown(options.country) else {
            throw ValidationError("--country \(options.country) is no country: expected two capitals as US")
        }
        let known = try waybill.readNow { try Configuration.load(in: $0) }
        guard let before = known.couriers[code] else {
            throw CommandRefused("there is no courier \(code): its prices come first, by `waybill import tariff`")
        }
        var reading = Reading(origin: origin)
        try table.read { reading.take($0) }
        guard reading.missing.isEmpty else {
            throw CommandRefused(
                "the file has no column \(reading.missing.joined(separator: " nor ")): zones are in "
                    + "\(Reading.columns.joined(separator: ", ")); it has \(reading.names.joined(separator: ", "))")
        }
        guard !reading.zones.isEmpty else {
            let near = reading.origins.sorted().filter { $0.first == origin.first }.prefix(Self.named)
            throw CommandRefused(
                "no row starts at \(origin): there are \(reading.origins.count) origins"
                    + (near.isEmpty ? "" : ", near it \(near.joined(separator: ", "))"))
        }
        for place in reading.zones.keys.sorted() {
            guard let words = Postcode.objection(toBeginning: place, in: options.country) else { continue }
            throw CommandRefused("\(words): zones go by how postcodes begin; --country says whose they are")
        }
        if let start = before.zoneStarts[options.country], start != origin, !options.replace {
            throw CommandRefused(
                "the zones of \(code) in \(options.country) are those of parcels that start at \(start): take "
                    + "these in for a courier of their own, with the same prices and its origins, or with --replace in "
                    + "the place of the others")
        }
        var postcodeZones = before.tariff.postcodeZones
        postcodeZones[options.country] = reading.zones
        var courier = before
        courier.tariff = Tariff(
            currency: before.tariff.currency, zones: before.tariff.zones, postcodeZones: postcodeZones,
            services: before.tariff.services, surcharges: before.tariff.surcharges)
        courier.zoneStarts[options.country] = origin
        return try CourierImport.save(
            courier, before: before,
            remarks(of: reading, courier) + replaced(in: before, by: reading)
                + courier.originOddities(beside: known.locations.values), isDryRun: isDryRun, on: waybill,
            said: "\(reading.zones.count) destinations of \(origin) in \(Set(reading.zones.values).count) zones")
    }

    private func replaced(in before: Courier, by reading: Reading) -> [String] {
        let (places, start) = (before.tariff.postcodeZones[options.country] ?? [:], before.zoneStarts[options.country])
        guard !places.isEmpty, start != options.origin, places != reading.zones else { return [] }
        let whose = start.map { "that start at \($0)" } ?? "of which nobody said where they start"
        return ["the zones of \(places.count) destinations in \(options.country) for parcels \(whose) are replaced"]
    }

    private func remarks(of reading: Reading, _ courier: Courier) -> [String] {
        var remarks = reading.remarks
        let missing = reading.destinations.subtracting(reading.zones.keys).sorted()
        if let first = missing.first {
            let rest = courier.tariff.zones[options.country].map { "they are in the country's zone \($0)" }
                ?? "nobody carries there"
            remarks.append(
                "\(missing.count) destinations (\(first)\(missing.count > 1 ? ", …" : "")) have no zone from "
                    + "\(reading.origin): \(rest)")
        }
        if !reading.exceptions.isEmpty {
            let first = reading.exceptions.sorted().prefix(Self.named).joined(separator: ", ")
            let more = reading.exceptions.count > Self.named ? ", …" : ""
            remarks.append(
                "\(reading.exceptions.count) destinations (\(first)\(more)) have five-digit exceptions, which are not "
                    + "in the file: they go by their three digits")
        }
        let priced = courier.tariff.services.reduce(into: Set<String>()) { $0.formUnion($1.bands.keys) }
        let unpriced = Set(reading.zones.values).subtracting(priced).sorted()
        let reach = SurchargeReach(of: courier.tariff)
        for surcharge in courier.tariff.surcharges {
            if let gone = reach.unknown(of: surcharge) {
                remarks.append("the surcharge \(surcharge.name) is on \(gone), which there is no more")
            } else if let never = reach.contradiction(of: surcharge) {
                remarks.append("the surcharge \(surcharge.name) is never asked any more: \(never.words)")
            }
        }
        if !unpriced.isEmpty {
            remarks.append("no service has prices for the zones \(unpriced.joined(separator: ", "))")
        }
        return remarks
    }

    private static func isPlace(_ text: String) -> Bool {
        text.utf8.count == 3 && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private struct Reading {
        let origin: String
        var zones: [String: String] = [:]
        var origins: Set<String> = []
        var destinations: Set<String> = []
        var exceptions: Set<String> = []
        var remarks: [String] = []
        /// The file's columns, and those that it lacks.
        var names: [String] = []
        var missing: [String] = []
        static let columns = ["origin_zip3", "dest_zip3", "zone"]

        init(origin: String) { self.origin = origin }

        mutating func take(_ record: Result<TableRecord, RejectedRow>) {
            let row: TableRecord
            switch record {
            case .success(let record): row = record
            case .failure(let wrong): return remarks.append("line \(wrong.line): \(wrong.reason): the row is left out")
            }
            if names.isEmpty {
                names = row.names
                missing = Self.columns.filter { !names.contains($0) }
            }
            guard missing.isEmpty else { return }
            let texts = Self.columns.map { row.value($0) ?? "" }
            guard ImportZones.isPlace(texts[0]), ImportZones.isPlace(texts[1]), !texts[2].isEmpty, texts[2].count <= 64
            else {
                return remarks.append(
                    "line \(row.line): expected three digits in origin_zip3 and dest_zip3, and a zone: it is left out")
            }
            origins.insert(texts[0])
            destinations.insert(texts[1])
            guard texts[0] == origin else { return }
            if let first = zones[texts[1]], first != texts[2] {
                return remarks.append(
                    "line \(row.line): \(texts[1]) has the zone \(first), and \(texts[2]): the first one stands")
            }
            zones[texts[1]] = texts[2]
            if row.value("has_five_digit_exceptions") == "true" { exceptions.insert(texts[1]) }
        }
    }
}

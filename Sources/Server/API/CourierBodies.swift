import OrderManagement

/// Couriers, their tariffs, and boxes, as bodies.
extension Fields {
    /// Of one edge of a parcel.
    fileprivate static let millimetresMax: Int64 = 100_000

    /// - Parameter name: the code, where the path says it; nil where the body does.
    mutating func courier(named name: String?) -> Courier {
        let code = plainCode(name)
        let title = text("name")
        let connection = optionalText("connection", max: 64) ?? Courier.ownConnection
        let account = optionalText("account", max: 100)
        let isActive = optionalTruth("active") ?? true
        let origins = optionalObject("origins") { $0.courierOrigins() } ?? nil
        var starts: [String: String] = [:]
        _ = optionalList("zone_starts", 0...300) { fields in
            let (country, text) = (fields.country("country"), fields.text("postcode", max: 16))
            if let objection = Postcode.objection(toBeginning: text, in: country) {
                return fields.problems.note(at: "postcode", objection)
            }
            if starts[country] != nil {
                fields.problems.note(at: "country", "\(country) stands there twice: a courier has one origin of zones")
            }
            starts[country] = Postcode.beginning(text, in: country)
        }
        var courier = Courier(
            code: code, name: title, connection: connection, account: account, isActive: isActive, origins: origins,
            tariff: tariff(), words: courierWords())
        (courier.zoneStarts, courier.holidays) = (starts, holidays(atMost: Courier.holidaysMax))
        return courier
    }

    private mutating func courierOrigins() -> CourierOrigins? {
        let problems = problems
        let countries = values("countries", 0...300) { json -> String? in
            guard let code = problems.text(json, max: 2) else { return nil }
            if !Country.isKnown(code) {
                problems.note("\(code) is no country: expected two capitals as GB (ISO 3166-1)")
            }
            return code
        }
        let locations = values("locations", 0...CourierOrigins.locationsMax) { problems.text($0, max: 64) }
        let origins = CourierOrigins(countries: Set(countries ?? []), locations: Set(locations ?? []))
        if countries ?? [] == [], locations ?? [] == [] {
            noteMissing("countries", "a country or a location where it collects; leave origins out for everywhere")
        }
        return origins
    }

    private mutating func courierWords() -> CourierWords {
        var known: Set<String> = []
        let entries = optionalList("words", 0...CourierWords.countMax) { fields in
            let word = fields.text("word", max: CourierWords.lengthMax)
            if !known.insert(CourierWords.plain(word)).inserted {
                fields.problems.note(at: "word", "there is a meaning of \(word) already")
            }
            if !fields.names("status") {
                fields.noteMissing("status", "a status, or null for what is no news")
            }
            let status = fields.optionalText("status", max: 64)
            if let status, !CourierWords.meanings.contains(status) {
                let known = CourierWords.meanings.joined(separator: ", ")
                fields.problems.note(at: "status", "couriers tell of parcels that they are \(known); not \(status)")
            }
            if status == CourierWords.broughtBack { return CourierWords.Entry(broughtBack: word) }
            return CourierWords.Entry(word, status.flatMap { Parcel.State(rawValue: $0) })
        }
        return CourierWords(entries ?? [])
    }

    private mutating func tariff() -> Tariff {
        let currency = currency("currency")
        var zones: [String: String] = [:]
        var postcodes: [String: [String: String]] = [:]
        _ = list("zones", 1...20_000) { fields in
            let (country, zone) = (fields.country("country"), fields.text("zone", max: 64))
            if let text = fields.optionalText("postcode", max: 16) {
                fields.postcode(text, of: country, in: zone, &postcodes)
            } else if let first = zones[country], first != zone {
                fields.problems.note(at: "country", "\(country) has the zone \(first) already")
            } else {
                zones[country] = zone
            }
        }
        let services = list("services", 1...Courier.servicesMax) { $0.courierService() }
        let known = Set(services.map(\.code))
        if known.count < services.count {
            problems.note(at: "services", "name a service twice: codes of services are their identity")
        }
        let bare = Tariff(currency: currency, zones: zones, postcodeZones: postcodes, services: services)
        let reach = SurchargeReach(of: bare)
        var charged: Set<Tariff.Surcharge> = []
        let surcharges = optionalList("surcharges", 0...200) { fields -> Tariff.Surcharge in
            let surcharge = fields.surcharge(of: known, on: bare)
            if !charged.insert(surcharge.free).inserted {
                fields.problems.note(at: "name", "\(surcharge.name) stands there twice, and would be charged twice")
            }
            if reach.unknown(of: surcharge) == nil, let never = reach.contradiction(of: surcharge) {
                fields.problems.note(at: never.member.rawValue, "it would never be asked: \(never.words)")
            }
            return surcharge
        } ?? []
        return Tariff(
            currency: currency, zones: zones, postcodeZones: postcodes, services: services,
            surcharges: surcharges)
    }

    /// A zone of postcodes that begin alike; no beginning is of two.
    private func postcode(
        _ text: String, of country: String, in zone: String, _ known: inout [String: [String: String]]
    ) {
        if let objection = Postcode.objection(toBeginning: text, in: country) {
            return problems.note(at: "postcode", objection)
        }
        let beginning = Postcode.beginning(text, in: country)
        if let first = known[country]?[beginning], first != zone {
            return problems.note(at: "postcode", "\(country) \(beginning) has the zone \(first) already")
        }
        known[country, default: [:]][beginning] = zone
    }

    mutating func country(_ name: String) -> String {
        let code = text(name, max: 2)
        if !code.isEmpty { check(country: code, at: name) }
        return code
    }

    func check(country code: String, at name: String) {
        guard !Country.isKnown(code) else { return }
        problems.note(at: name, "\(code) is no country: expected two capitals as GB (ISO 3166-1)")
    }

    private mutating func courierService() -> Tariff.Service {
        let (code, name) = (text("code", max: 100), text("name"))
        if code.contains("/") { problems.note(at: "code", "may not have a /: rules name services as courier/service") }
        let days = optionalInteger("days", in: 0...365)
        let problems = problems
        let weekdays = values("delivery_days", 1...7) { problems.weekday($0) }
        let capabilities = needs("capabilities")
        let valueMax = optionalInteger("value_max", in: 0...Money.amountMax)
        let cashMax = optionalInteger("cash_max", in: 1...Money.amountMax)
        let lengthMax = optionalInteger("length_mm_max", in: 1...Self.millimetresMax)
        let girthMax = optionalInteger("length_and_girth_mm_max", in: 1...Self.millimetresMax * 5)
        let cubic = optionalInteger("cubic_mm_per_g", in: 1...1_000_000_000)
        var bands: [String: [Tariff.Band]] = [:]
        _ = list("bands", 1...Courier.bandsMax) { fields in
            let zone = fields.text("zone", max: 64)
            let band = Tariff.Band(
                gramsMax: fields.integer("weight_g_max", in: 1...Tariff.gramsMax), size: fields.edges("size_mm"),
                price: fields.integer("price", in: 0...Money.amountMax))
            if bands[zone]?.contains(where: { $0.gramsMax == band.gramsMax && $0.size == band.size }) ?? false {
                fields.problems.note(
                    at: "weight_g_max", "the zone \(zone) has a price up to \(band.gramsMax) g and that size already")
            }
            bands[zone, default: []].append(band)
        }
        var service = Tariff.Service(code: code, name: name, bands: bands, cubicMillimetresPerGram: cubic)
        (service.days, service.capabilities, service.valueMax) = (days, capabilities, valueMax)
        (service.lengthMax, service.lengthAndGirthMax, service.cashMax) = (lengthMax, girthMax, cashMax)
        service.deliveryDays = weekdays.map { Set($0) }
        return service
    }

    /// - Parameter tariff: What it comes on top of.
    private mutating func surcharge(of known: Set<String>, on tariff: Tariff) -> Tariff.Surcharge {
        let name = text("name")
        let share = optionalInteger("percent_hundredths", in: 0...100_000)
        let fixed = optionalInteger("amount", in: 0...Money.amountMax)
        if has("percent_hundredths") == has("amount") {
            let found = has("amount") ? "not both" : "found neither"
            problems.note(at: "amount", "expected either an amount or percent_hundredths, \(found)")
        }
        let problems = problems
        let services = values("services", 1...Courier.servicesMax) { json -> String? in
            guard let code = problems.text(json, max: 100) else { return nil }
            if !known.contains(code) { problems.note("there is no service \(code)") }
            return code
        }
        let (zonesKnown, countriesKnown) = (tariff.knownZones, tariff.knownCountries)
        let countries = values("countries", 1...300) { json -> String? in
            guard let code = problems.text(json, max: 2) else { return nil }
            if !countriesKnown.contains(code) { problems.note("the courier has no zone for \(code)") }
            return code
        }
        let zones = values("zones", 1...1_000) { json -> String? in
            guard let zone = problems.text(json, max: 64) else { return nil }
            if !zonesKnown.contains(zone) {
                let some = zonesKnown.sorted().prefix(20).joined(separator: ", ")
                problems.note("there is no zone \(zone); zones are: \(some)")
            }
            return zone
        }
        let isForCash = optionalTruth("cash") ?? false
        if isForCash, !tariff.services.contains(where: { $0.cashMax != nil && services?.contains($0.code) ?? true }) {
            problems.note(at: "cash", "it would never be asked: none of its services has a cash_max")
        }
        let scope = Tariff.Surcharge(name, .fixed(0), countries: countries.map { Set($0) })
        let postcodes = values("postcodes", 1...5_000) { json -> String? in
            guard let text = problems.text(json, max: 16) else { return nil }
            if let objection = scope.objection(toBeginning: text, in: tariff) { problems.note(objection) }
            return text
        }
        return Tariff.Surcharge(
            name, share.map { .share($0) } ?? .fixed(fixed ?? 0), services: services.map { Set($0) },
            postcodes: postcodes?.map { $0.uppercased() }, countries: scope.countries, zones: zones.map { Set($0) },
            isForCash: isForCash)
    }

    /// Three edges in millimetres; nil where they are missing.
    mutating func edges(_ name: String) -> Tariff.Size? {
        let problems = problems
        let edges = values(name, 3...3) { json -> Int64? in
            guard let edge = json.integer, (1...Self.millimetresMax).contains(edge) else {
                let found = problems.foundNumber(json)
                problems.note("expected millimetres from 1 to \(Self.millimetresMax), found \(found)")
                return nil
            }
            return edge
        }
        guard let edges, edges.count == 3 else { return nil }
        return Tariff.Size(edges[0], edges[1], edges[2])
    }

    mutating func packaging() -> Packaging {
        var packaging = Packaging()
        packaging.companyPrefix = optionalText("gs1_company_prefix", max: 12)
        packaging.extensionDigit = Int(optionalInteger("sscc_extension_digit", in: 0...9) ?? 0)
        packaging.boxes = optionalList("boxes", 0...Packaging.boxesMax) { fields in
            let inner = fields.edges("inner_mm")
            if inner == nil, !fields.has("inner_mm") { fields.noteMissing("inner_mm", "three edges in millimetres") }
            return Packaging.Box(
                code: fields.text("code", max: 64), inner: inner ?? Tariff.Size(1, 1, 1),
                weightGrams: fields.optionalInteger("weight_g", in: 0...1_000_000) ?? 0,
                gramsMax: fields.optionalInteger("weight_g_max", in: 1...Tariff.gramsMax))
        } ?? []
        if Set(packaging.boxes.map(\.code)).count < packaging.boxes.count {
            problems.note(at: "boxes", "name a box twice: their codes are their identity")
        }
        return packaging
    }
}

extension Shapes {
    static let newCourier: [Schema.Property] = [
        .must("name", .shortText), .may("connection", .text(max: 64)), .may("account", .nullable(.text(max: 100))),
        .may("active", .truth), .may("origins", .nullable(courierOrigins)),
        .may("holidays", holidays(atMost: Courier.holidaysMax)),
        .may(
            "zone_starts",
            .list(.object([.must("country", .text(max: 2)), .must("postcode", .text(max: 16))]), max: 300)),
        .must("currency", .text(max: 3)),
        .must(
            "zones",
            .list(
                .object([
                    .must("country", .text(max: 2)), .may("postcode", .text(max: 16)), .must("zone", .text(max: 64)),
                ]), max: 20_000)), .must("services", .list(service, max: Courier.servicesMax)),
        .may(
            "surcharges",
            .list(
                .object([
                    .must("name", .shortText), .may("amount", .integer(0...Money.amountMax)),
                    .may("percent_hundredths", .integer(0...100_000)),
                    .may("services", .list(.text(max: 100), max: Courier.servicesMax)),
                    .may("countries", .list(.text(max: 2), max: 300)),
                    .may("zones", .list(.text(max: 64), max: 1_000)),
                    .may("postcodes", .list(.text(max: 16), max: 5_000)), .may("cash", .truth),
                ]), max: 200)),
        .may(
            "words",
            .list(
                .object([
                    .must("word", .text(max: CourierWords.lengthMax)),
                    .must("status", .nullable(.words(CourierWords.meanings))),
                ]), max: CourierWords.countMax)),
    ]

    private static let courierOrigins = Schema.named(
        "CourierOrigins",
        .object([
            .may("countries", .list(.text(max: 2), max: 300)),
            .may("locations", .list(.text(max: 64), max: CourierOrigins.locationsMax)),
        ]))

    private static let service = Schema.named(
        "CourierService",
        .object([
            .must("code", .text(max: 100)), .must("name", .shortText), .may("days", .nullable(.integer(0...365))),
            .may("delivery_days", .list(.integer(1...7), max: 7)),
            .may("capabilities", .count), .may("value_max", .nullable(.integer(0...Money.amountMax))),
            .may("cash_max", .nullable(.integer(1...Money.amountMax))),
            .may("length_mm_max", .nullable(.integer(1...Fields.millimetresMax))),
            .may("length_and_girth_mm_max", .nullable(.integer(1...Fields.millimetresMax * 5))),
            .may("cubic_mm_per_g", .nullable(.integer(1...1_000_000_000))),
            .must(
                "bands",
                .list(
                    .object([
                        .must("zone", .text(max: 64)), .must("weight_g_max", .integer(1...Tariff.gramsMax)),
                        .may("size_mm", .list(.integer(1...100_000), max: 3)),
                        .must("price", .integer(0...Money.amountMax)),
                    ]), max: Courier.bandsMax)),
        ]))

    static let courier = Schema.named("Courier", .object([.must("code", .text(max: 64))] + newCourier))

    static let savedCourier = Schema.named(
        "SavedCourier",
        .object(
            [.must("code", .text(max: 64))] + newCourier
                + [.must("oddities", oddities)]))

    static let packaging = Schema.named(
        "Packaging",
        .object([
            .may("gs1_company_prefix", .nullable(.text(max: 12))), .may("sscc_extension_digit", .integer(0...9)),
            .may(
                "boxes",
                .list(
                    .object([
                        .must("code", .text(max: 64)), .must("inner_mm", .list(.integer(1...100_000), max: 3)),
                        .may("weight_g", .integer(0...1_000_000)),
                        .may("weight_g_max", .nullable(.integer(1...Tariff.gramsMax))),
                    ]), max: Packaging.boxesMax)),
        ]))

    static let label = Schema.named(
        "Label",
        .object([
            .must("label", .count), .must("status", .words(Label.State.self)), .must("courier", .text(max: 64)),
            .must("service", .text(max: 100)), .must("quoted", .money), .must("price", .nullable(.money)),
            .must("tracking", optionalText), .must("routing", optionalText), .must("zone", optionalText),
            .must("reason", optionalText), .must("named", .truth), .must("chosen_at", .time),
            .must("printed_at", .nullable(.time)), .must("print_run", .nullable(.id("prn"))),
        ]))

    static let courierChoice = Schema.named(
        "CourierChoice",
        .object([
            .must(
                "options",
                .list(
                    .object([
                        .must("courier", .text(max: 64)), .must("service", .text(max: 100)),
                        .must("name", .shortText), .must("price", .money), .must("zone", .text(max: 64)),
                        .must("charged_weight_g", .count),
                        .must(
                            "surcharges",
                            .list(.object([.must("name", .shortText), .must("amount", .money)]), max: nil)),
                        .must("leaves_at", .time), .must("arrives_at", .nullable(.time)), .must("time_known", .truth),
                        .must("days_late", .nullable(.count)),
                        .must("on_time_percent", .nullable(.integer(0...100))), .must("counted", .money),
                        .may(
                            "exchange_rate",
                            .object([
                                .must("currency", .text(max: 3)), .must("rate", .text(max: 30)),
                                .must("date", .text(max: 10)),
                            ])), .must("cost", .money),
                    ]), max: nil)),
            .must(
                "refused",
                .list(
                    .object([.must("service", .text(max: 165)), .must("reason", .text(max: 1_000))]), max: nil)),
        ]))
}

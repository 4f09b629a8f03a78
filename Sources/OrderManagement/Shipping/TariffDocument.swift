/// A tariff as documents have it: lists of zones, services with their bands, surcharges.
extension Tariff {
    func write(to json: inout JSONWriter) {
        json.member("currency", currency.code)
        json.array("zones") { list in
            for country in zones.keys.sorted() {
                list.object {
                    $0.member("country", country)
                    $0.member("zone", zones[country])
                }
            }
            for country in postcodeZones.keys.sorted() {
                for (postcode, zone) in (postcodeZones[country] ?? [:]).sorted(by: { $0.key < $1.key }) {
                    list.object {
                        $0.member("country", country)
                        $0.member("postcode", postcode)
                        $0.member("zone", zone)
                    }
                }
            }
        }
        json.array("services") { list in for service in services { service.write(to: &list) } }
        json.array("surcharges") { list in for surcharge in surcharges { surcharge.write(to: &list) } }
    }

    init(stored json: JSON) throws {
        guard let currency = Currency(try json.text("currency")) else {
            throw BrokenInvariant("a tariff in an unknown currency")
        }
        var zones: [String: String] = [:]
        var postcodes: [String: [String: String]] = [:]
        for row in json["zones"]?.array ?? [] {
            let (country, zone) = (try row.text("country"), try row.text("zone"))
            if let postcode = row["postcode"]?.string {
                postcodes[country, default: [:]][postcode] = zone
            } else {
                zones[country] = zone
            }
        }
        self.init(
            currency: currency, zones: zones, postcodeZones: postcodes,
            services: try (json["services"]?.array ?? []).map(Service.init(stored:)),
            surcharges: try (json["surcharges"]?.array ?? []).map(Surcharge.init(stored:)))
    }
}

extension Tariff.Service {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("code", code)
            $0.member("name", name)
            $0.member("days", days)
            if let deliveryDays {
                $0.array("delivery_days") { list in for day in deliveryDays.sorted() { list.value(day) } }
            }
            $0.member("capabilities", Int64(bitPattern: capabilities))
            $0.member("value_max", valueMax)
            $0.member("cash_max", cashMax)
            $0.member("length_mm_max", lengthMax)
            $0.member("length_and_girth_mm_max", lengthAndGirthMax)
            $0.member("cubic_mm_per_g", cubicMillimetresPerGram)
            $0.array("bands") { list in
                for zone in bands.keys.sorted() {
                    for band in bands[zone] ?? [] {
                        list.object {
                            $0.member("zone", zone)
                            $0.member("weight_g_max", band.gramsMax)
                            if let size = band.size {
                                $0.array("size_mm") { for edge in size.edges { $0.value(edge) } }
                            }
                            $0.member("price", band.price)
                        }
                    }
                }
            }
        }
    }

    init(stored json: JSON) throws {
        var bands: [String: [Tariff.Band]] = [:]
        for row in json["bands"]?.array ?? [] {
            let edges = (row["size_mm"]?.array ?? []).compactMap(\.integer)
            bands[try row.text("zone"), default: []].append(
                Tariff.Band(
                    gramsMax: try row.integer("weight_g_max"),
                    size: edges.count == 3 ? Tariff.Size(edges[0], edges[1], edges[2]) : nil,
                    price: try row.integer("price")))
        }
        self.init(
            code: try json.text("code"), name: try json.text("name"), bands: bands,
            cubicMillimetresPerGram: json["cubic_mm_per_g"]?.integer)
        days = json["days"]?.integer
        deliveryDays = (json["delivery_days"]?.array).map { Set($0.compactMap { $0.integer.map(Int.init) }) }
        capabilities = UInt64(bitPattern: json["capabilities"]?.integer ?? 0)
        valueMax = json["value_max"]?.integer
        cashMax = json["cash_max"]?.integer
        lengthMax = json["length_mm_max"]?.integer
        lengthAndGirthMax = json["length_and_girth_mm_max"]?.integer
    }
}

extension Tariff.Surcharge {
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("name", name)
            switch amount {
            case .fixed(let fixed): $0.member("amount", fixed)
            case .share(let share): $0.member("percent_hundredths", share)
            }
            if isForCash { $0.member("cash", true) }
            if let services { $0.array("services") { list in for code in services.sorted() { list.value(code) } } }
            if let countries { $0.array("countries") { list in for code in countries.sorted() { list.value(code) } } }
            if let zones { $0.array("zones") { list in for zone in zones.sorted() { list.value(zone) } } }
            if let postcodes { $0.array("postcodes") { list in for prefix in postcodes { list.value(prefix) } } }
        }
    }

    init(stored json: JSON) throws {
        let share = json["percent_hundredths"]?.integer
        self.init(
            try json.text("name"), try share.map { .share($0) } ?? .fixed(json.integer("amount")),
            services: (json["services"]?.array).map { Set($0.compactMap(\.string)) },
            postcodes: (json["postcodes"]?.array).map { $0.compactMap(\.string) },
            countries: (json["countries"]?.array).map { Set($0.compactMap(\.string)) },
            zones: (json["zones"]?.array).map { Set($0.compactMap(\.string)) },
            isForCash: json["cash"]?.bool ?? false)
    }
}

import Foundation
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Tariff")
struct TariffTests {
    private func tariff(_ surcharges: [Tariff.Surcharge] = [], cubic: Int64? = nil) throws -> Tariff {
        let small = Tariff.Size(450, 350, 160)
        let standard = Tariff.Service(
            code: "standard", name: "Standard",
            bands: [
                "home": [
                    Tariff.Band(gramsMax: 2_000, price: 495), Tariff.Band(gramsMax: 1_000, size: small, price: 285),
                    Tariff.Band(gramsMax: 1_000, price: 390), Tariff.Band(gramsMax: 20_000, price: 1_210),
                ],
                "far": [Tariff.Band(gramsMax: 2_000, price: 1_495)],
            ], cubicMillimetresPerGram: cubic)
        let express = Tariff.Service(
            code: "express", name: "Express", bands: ["home": [Tariff.Band(gramsMax: 5_000, price: 645)]])
        return Tariff(
            currency: try #require(Currency("GBP")), zones: ["GB": "home", "US": "far"],
            postcodeZones: ["GB": ["JE": "far", "JE3": "home"]], services: [standard, express], surcharges: surcharges)
    }

    private func prices(_ answer: Tariff.Answer) -> [String: Int64] {
        answer.quotes.reduce(into: [:]) { $0[$1.service] = $1.price.amount }
    }

    /// Grams, what standard and express ask; the limit belongs to the lighter band.
    @Test("The weight finds the band", arguments: [
        (1, 390, 645), (1_000, 390, 645), (1_001, 495, 645), (2_000, 495, 645), (2_001, 1_210, 645),
        (5_000, 1_210, 645), (5_001, 1_210, nil), (20_000, 1_210, nil), (20_001, nil, nil),
    ] as [(Int64, Int64?, Int64?)])
    func bands(grams: Int64, standard: Int64?, express: Int64?) throws {
        let answer = try tariff().quotes(for: Tariff.Parcel(grams: grams), to: "GB", postcode: "LS1 4AP")
        #expect(prices(answer)["standard"] == standard && prices(answer)["express"] == express)
        if standard == nil { #expect(answer.objections["standard"] == .tooHeavy(gramsMax: 20_000)) }
        if express == nil { #expect(answer.objections["express"] == .tooHeavy(gramsMax: 5_000)) }
    }

    @Test("A small parcel is cheaper, whichever side it lies on, and an unmeasured one is not small")
    func sizes() throws {
        func price(_ size: Tariff.Size?) throws -> Int64? {
            prices(try tariff().quotes(for: Tariff.Parcel(grams: 900, size: size), to: "GB", postcode: ""))["standard"]
        }
        #expect(try price(Tariff.Size(160, 450, 350)) == 285)
        #expect(try price(Tariff.Size(161, 350, 450)) == 390)
        #expect(try price(nil) == 390)
    }

    @Test("A service takes what is no longer and has no more girth than it says, of what was measured", arguments: [
        ([1_500, 400, 300], nil), ([1_501, 10, 10], .tooLong(millimetresMax: 1_500)),
        ([10, 1_501, 10], .tooLong(millimetresMax: 1_500)), ([1_000, 500, 500], nil),
        ([500, 1_000, 501], .tooMuchGirth(millimetresMax: 3_000)), (nil, nil),
    ] as [([Int64]?, Tariff.Objection?)])
    func lengths(edges: [Int64]?, objection: Tariff.Objection?) throws {
        var service = Tariff.Service(
            code: "tracked", name: "Tracked", bands: ["home": [Tariff.Band(gramsMax: 9_000, price: 345)]])
        (service.lengthMax, service.lengthAndGirthMax) = (1_500, 3_000)
        let listed = Tariff(currency: gbp(0).currency, zones: ["GB": "home"], services: [service])
        let tariff = try Tariff(stored: .written { json in json.object { listed.write(to: &$0) } })
        #expect(tariff == listed)
        let parcel = Tariff.Parcel(grams: 900, size: edges.map { Tariff.Size($0[0], $0[1], $0[2]) })
        #expect(tariff.quotes(for: parcel, to: "GB", postcode: "").objections["tracked"] == objection)
    }

    @Test("What is too large for each price of its weight is told the largest size, and so is what nobody measured")
    func largest() throws {
        let (letter, large) = (Tariff.Size(240, 165, 5), Tariff.Size(353, 250, 25))
        let service = Tariff.Service(
            code: "letter", name: "Letter",
            bands: [
                "home": [
                    Tariff.Band(gramsMax: 100, size: letter, price: 95),
                    Tariff.Band(gramsMax: 750, size: large, price: 155),
                ]
            ])
        let tariff = Tariff(currency: gbp(0).currency, zones: ["GB": "home"], services: [service])
        func objection(_ grams: Int64, _ size: Tariff.Size?) -> Tariff.Objection? {
            tariff.quotes(for: .init(grams: grams, size: size), to: "GB", postcode: "").objections["letter"]
        }
        #expect(objection(90, large) == nil && objection(90, .init(353, 250, 26)) == .tooLarge(large))
        #expect(objection(751, letter) == .tooHeavy(gramsMax: 750) && objection(700, nil) == .notMeasured(large))
        let words = objection(90, .init(353, 250, 26))?.explanation(in: gbp(0).currency)
        #expect(words == "too large: at most 353 × 250 × 25 mm")
    }

    @Test("A large light parcel is charged by its volume, rounded up")
    func volume() throws {
        let parcel = Tariff.Parcel(grams: 900, size: Tariff.Size(300, 200, 101))
        let answer = try tariff(cubic: 5_000).quotes(for: parcel, to: "GB", postcode: "")
        let quote = answer.quotes.first { $0.service == "standard" }
        // 6,060,000 mm³ are 1,212 g.
        #expect(quote?.chargedGrams == 1_212 && quote?.price.amount == 495)
        let huge = Tariff.Parcel(grams: 1, size: Tariff.Size(.max, 2, 1))
        let answers = try tariff(cubic: 5_000).quotes(for: huge, to: "GB", postcode: "")
        #expect(answers.objections["standard"] == .tooLarge(nil))
    }

    @Test("The country finds the zone, and the longest beginning of a postcode a nearer one")
    func zones() throws {
        func zone(_ country: String, _ postcode: String) throws -> String? {
            try tariff().quotes(for: Tariff.Parcel(grams: 1), to: country, postcode: postcode).quotes.first?.zone
        }
        #expect(try zone("GB", "LS1 4AP") == "home" && zone("GB", "je2 3xy") == "far")
        #expect(try zone("GB", "JE3 1AA") == "home")
        #expect(try zone("US", "") == "far" && zone("FR", "") == nil)
        let answer = try tariff().quotes(for: Tariff.Parcel(grams: 1), to: "FR", postcode: "")
        #expect(answer.objections == ["standard": .noZone, "express": .noZone])
        let far = try tariff().quotes(for: Tariff.Parcel(grams: 1), to: "US", postcode: "")
        #expect(far.objections == ["express": .zoneNotServed("far")])
    }

    @Test("A British postcode begins with whole parts: L1 is not L10, L is not LS, and a space parts a sector",
        arguments: [
            ("L", "L1 4AP", true), ("L", "LS1 4AP", false), ("LS", "LS14 4AP", true), ("L1", "L1 8AB", true),
            ("L1", "L10 8AB", false), ("L1", "L108AB", false), ("L1", "l18ab", true), ("L10", "L1 0AB", false),
            ("EC1", "EC1A 1BB", true), ("EC1A", "EC1A 1BB", true), ("EC1A", "EC1Y 1BB", false),
            ("EC1", "EC12 1BB", false), ("LS14", "LS1 4AP", false), ("LS1 4", "LS1 4AP", true),
            ("LS1 4", "LS14 4AP", false), ("LS1 4", "LS1", false), ("LS1", "LS1", true), ("ls14ap", "LS1 4AP", true),
        ])
    func britishZones(beginning: String, postcode: String, isNear: Bool) throws {
        let service = Tariff.Service(
            code: "standard", name: "Standard",
            bands: ["near": [Tariff.Band(gramsMax: 9, price: 100)], "home": [Tariff.Band(gramsMax: 9, price: 200)]])
        #expect(Postcode.objection(toBeginning: beginning, in: "GB") == nil)
        let tariff = Tariff(
            currency: try #require(Currency("GBP")), zones: ["GB": "home"],
            postcodeZones: ["GB": [Postcode.beginning(beginning, in: "GB"): "near"]], services: [service],
            surcharges: [Tariff.Surcharge("near", .fixed(7), postcodes: [beginning.uppercased()])])
        let quote = tariff.quotes(for: Tariff.Parcel(grams: 1), to: "GB", postcode: postcode).quotes.first
        #expect(quote?.price.amount == (isNear ? 107 : 200))
    }

    @Test("Elsewhere a postcode begins with its first characters, whatever stands before it", arguments: [
        ("US", "100", "10001", true), ("US", "100", "10001-1234", true), ("US", "100", "11001", false),
        ("DE", "2", "D-22767", true), ("NL", "10", "1012 AB", true), ("CA", "M5", "M5V 2T6", true),
        ("LU", "18", "L-1855", true), ("FR", "97", "75001", false),
    ])
    func otherZones(country: String, beginning: String, postcode: String, isNear: Bool) {
        let found = Postcode.beginnings(of: postcode, in: country)
        #expect(found.contains(Postcode.beginning(beginning, in: country)) == isNear)
    }

    @Test("What begins no postcode is said to be none", arguments: [
        ("GB", "L1X4"), ("GB", "LSX"), ("GB", "1"), ("GB", "LS1 AP"), ("GB", "LS 4"), ("US", "A1"),
        ("US", "1234567890"), ("DE", "123456"), ("GB", " "),
    ])
    func noBeginning(country: String, text: String) {
        #expect(Postcode.objection(toBeginning: text, in: country) != nil)
    }

    @Test("Surcharges follow each other, where they apply, to the penny")
    func surcharges() throws {
        let tariff = try tariff([
            Tariff.Surcharge("handling", .fixed(30)), Tariff.Surcharge("fuel", .share(725)),
            Tariff.Surcharge("remote", .fixed(250), postcodes: ["IV", "KW"]),
            Tariff.Surcharge("peak", .share(1_000), services: ["express"]),
        ])
        let answer = tariff.quotes(for: Tariff.Parcel(grams: 500), to: "GB", postcode: "iv51 9xb")
        let standard = answer.quotes.first { $0.service == "standard" }
        // 390 + 30 = 420; 7.25 % of it is 30.45, so 30; and 250.
        #expect(standard?.surcharges.map(\.amount) == [30, 30, 250] && standard?.price.amount == 700)
        #expect(standard?.surcharges.map(\.name) == ["handling", "fuel", "remote"])
        let express = answer.quotes.first { $0.service == "express" }
        // 645 + 30 = 675; 48.94 is 49; 974; a tenth is 97.4.
        #expect(express?.surcharges.map(\.amount) == [30, 49, 250, 97] && express?.price.amount == 1_071)
        #expect(answer.quotes.map(\.service) == ["standard", "express"])
    }

    @Test("A surcharge that no destination is all of is known, by what it is limited by last", arguments: [
        (.init("all", .fixed(1)), nil), (.init("home", .fixed(1), countries: ["GB"], zones: ["home"]), nil),
        (.init("a", .fixed(1), countries: ["US"], zones: ["home"]), .zones),
        (.init("b", .fixed(1), zones: ["near"]), .zones),
        (.init("c", .fixed(1), postcodes: ["JE"], zones: ["home"]), nil),
        (.init("d", .fixed(1), postcodes: ["JE2", "JE4 9"], zones: ["home"]), .postcodes),
        (.init("e", .fixed(1), postcodes: ["JE3 1"], zones: ["far"]), .postcodes),
        (.init("f", .fixed(1), postcodes: ["LS"], countries: ["US"]), .postcodes),
        (.init("g", .fixed(1), services: ["express"], countries: ["US"]), .services),
        (.init("h", .fixed(1), services: ["express", "standard"], countries: ["US"]), nil),
        (.init("i", .fixed(1), countries: ["CA"]), .countries), (.init("j", .fixed(1), zones: ["away"]), .zones),
    ] as [(Tariff.Surcharge, SurchargeReach.Member?)])
    func contradictions(surcharge: Tariff.Surcharge, member: SurchargeReach.Member?) throws {
        let listed = try tariff()
        let tariff = Tariff(
            currency: gbp(0).currency, zones: listed.zones.merging(["CA": "away"]) { one, _ in one },
            postcodeZones: listed.postcodeZones, services: listed.services)
        #expect(SurchargeReach(of: tariff).contradiction(of: surcharge)?.member == member)
    }

    @Test("A surcharge of nowhere is told so in a whole sentence, also where it or the tariff names no zone")
    func surchargeOfNowhere() throws {
        let words: (Tariff, Set<String>?) -> String? = { tariff, zones in
            SurchargeReach(of: tariff).contradiction(of: .init("a", .fixed(1), zones: zones))?.words
        }
        let bare = Tariff(currency: gbp(0).currency, zones: [:], services: [])
        #expect(words(bare, nil) == "no destination is in any zone of the tariff")
        #expect(words(bare, ["far"]) == "no destination is in far")
        #expect(words(bare, [])?.contains("leave zones out") == true)
    }

    @Test("A surcharge may be of some countries or zones alone, and is kept so")
    func scopedSurcharges() throws {
        let tariff = try tariff([
            .init("far", .fixed(100), zones: ["far"]), .init("customs", .fixed(20), countries: ["US"]),
            .init("isles", .fixed(3), postcodes: ["JE"], countries: ["GB"]),
        ])
        func names(_ country: String, _ postcode: String) -> [String] {
            tariff.quotes(for: Tariff.Parcel(grams: 900), to: country, postcode: postcode)
                .quotes.first { $0.service == "standard" }?.surcharges.map(\.name) ?? ["none"]
        }
        #expect(names("GB", "LS1 4AP") == [])
        #expect(names("GB", "JE1 1AA") == ["far", "isles"])
        #expect(names("US", "10001") == ["far", "customs"])
        let courier = Courier(code: "x", name: "X", tariff: tariff)
        let shop = try TestSystem()
        try shop.perform(SaveCouriers(couriers: [courier]))
        #expect(try shop.waybill.readNow { try Configuration.load(in: $0) }.couriers["x"] == courier)
    }

    @Test("More weight never costs less, and a quote's parts add up")
    func monotonous() throws {
        let tariff = try tariff([Tariff.Surcharge("fuel", .share(725))], cubic: 5_000)
        var last: Int64 = 0
        for grams in stride(from: Int64(1), through: 20_000, by: 37) {
            let answer = tariff.quotes(for: Tariff.Parcel(grams: grams), to: "GB", postcode: "")
            let quote = try #require(answer.quotes.first { $0.service == "standard" })
            #expect(quote.price.amount >= last)
            #expect(quote.base + quote.surcharges.reduce(0) { $0 + $1.amount } == quote.price.amount)
            last = quote.price.amount
        }
    }

    // MARK: Tables

    @Test("Tables are read with all that is odd in them")
    func tables() throws {
        let tables = TariffTables(
            countries: [
                ["country_iso2": "GB", "zone": "Z"], ["country_iso2": "NF", "zone": "Z"],
                ["country_iso2": "NF", "zone": "Y"], ["country_iso2": "PT-20", "zone": "Y"],
            ],
            methodsOfZones: [
                ["zone": "Z", "method": "A"], ["zone": "Y", "method": "A"], ["zone": "Z", "method": "NOPRICE"],
                ["zone": "Z", "method": "NONAME"], ["zone": "MOON", "method": "A"], ["zone": "NORTH", "method": "A"],
            ],
            methods: [["method": "A", "name": "Letter"]],
            prices: [
                price("A", "0.001", "0.100", "1.05"), price("A", "0.101", "0.500", "2"),
                price("A", "0.502", "1", "3.10"), price("NONAME", "0", "1.000", "1"),
                price("NONAME", "0.5", "2.000", "9"), price("LOOSE", "0", "1", "1"),
                price("A", "0.001", "x", "1.05"), price("A", "0.001", "1", "1.055"), price("", "0", "1", "1"),
                price("A", "2.001", "1", "6.00"), price("NONAME", "2.001", "3", "0.00"),
            ],
            sizes: [:], currency: try #require(Currency("GBP")), zonesOfPostcodes: ["NORTH"])
        let reading = tables.read()
        #expect(
            Set(reading.oddities) == [
                .noCountry("PT-20"), .countryTwice("NF", first: "Z", other: "Y"), .methodWithoutPrice("NOPRICE"),
                .methodUnknown("NONAME"), .pricesWithoutZone("LOOSE"), .gap(method: "A", from: 501, to: 501),
                .overlap(method: "NONAME", at: 500), .notReadable(table: "prices", row: 6, column: "max_weight_kg"),
                .notReadable(table: "prices", row: 7, column: "price_gbp"),
                .notReadable(table: "prices", row: 8, column: "method"), .upsideDown(method: "A", row: 9),
                .free(method: "NONAME", upTo: 3_000), .zoneOfNowhere("MOON"),
            ])
        #expect(reading.oddities.count == 13)
        let answer = reading.tariff.quotes(for: Tariff.Parcel(grams: 501), to: "GB", postcode: "")
        // The gram of the gap is charged as the heavier band.
        #expect(prices(answer) == ["A": 310, "NONAME": 100])
    }

    @Test("A list that begins above a gram is odd, and so is a common end of two bands where others have none")
    func ends() throws {
        func oddities(_ ranges: (String, String)...) throws -> [TariffTables.Oddity] {
            TariffTables(
                countries: [["country_iso2": "GB", "zone": "UK"]], methodsOfZones: [["zone": "UK", "method": "A"]],
                methods: [["method": "A", "name": "A"]], prices: ranges.map { price("A", $0.0, $0.1, "1.00") },
                sizes: [:], currency: try #require(Currency("GBP"))
            ).read().oddities
        }
        #expect(try oddities(("0", "2"), ("2", "5"), ("5", "10")) == [])
        #expect(try oddities(("0.001", "0.010"), ("0.011", "0.020"), ("0.020", "0.100")) == [
            .overlap(method: "A", at: 20)
        ])
        #expect(try oddities(("0.100", "0.250")) == [.gap(method: "A", from: 1, to: 99)])
    }

    private func price(_ method: String, _ from: String, _ to: String, _ price: String) -> TariffTables.Row {
        ["method": method, "min_weight_kg": from, "max_weight_kg": to, "price_gbp": price, "parcel_size": ""]
    }

    // MARK: A real price list, when it lies beside the checkout

    private static let folder = (0..<5).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }.appendingPathComponent("shared/data/rates/royal_mail_2016")

    private func rows(_ name: String) throws -> [TariffTables.Row] {
        let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
        let lines = text.split(separator: "\n").map { line in
            line.filter { $0 != "\"" && $0 != "\r" }.split(separator: ",", omittingEmptySubsequences: false)
                .map(String.init)
        }
        let header = lines.first ?? []
        return lines.dropFirst().map { cells in
            zip(header, cells).reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    @Test("Royal Mail's price list of 2016 is read with the oddities that are known, and every price is its own",
        .enabled(if: FileManager.default.fileExists(atPath: folder.path), "the price list is not beside the checkout"))
    func royalMail() throws {
        let prices = try rows("prices.csv")
        let sizes = ["SMALL": Tariff.Size(450, 350, 160), "MEDIUM": Tariff.Size(610, 460, 460)]
        let reading = TariffTables(
            countries: try rows("country_to_zone.csv"), methodsOfZones: try rows("zone_to_method.csv"),
            methods: try rows("methods.csv"), prices: prices, sizes: sizes, currency: try #require(Currency("GBP"))
        ).read()
        // Keys for islands (Azores, Madeira, Balearics, Canaries, Corsica) that are no countries of ISO 3166-1.
        let noCountries = ["PT-20", "IB", "PT-30", "IC", "FR-H", "NQAQ"].map { TariffTables.Oddity.noCountry($0) }
        let nine = "UK_GUARANTEED_ROYAL_MAIL_SPECIAL_DELIVERY_9AM_"
        // Letters of 20 g are in two bands; for medium parcels the first band begins at 2 kg.
        let letters = ["EU", "ONE", "TWO"].flatMap { zone in
            ["", "_EXTRA_INSURANCE"].map { "WORLD_ZONE_\(zone)_INTERNATIONAL_SIGNED_LETTER\($0)" }
        }.map { TariffTables.Oddity.overlap(method: $0, at: 20) }
        let parcels = ["STANDARD_", "CONFIRMED_ROYAL_MAIL_SIGNED_FOR_"].flatMap { kind in
            ["FIRST", "SECOND"].map { "UK_\(kind)\($0)_CLASS_MEDIUM_PARCEL" }
        }.map { TariffTables.Oddity.gap(method: $0, from: 1, to: 2_000) }
        #expect(
            Set(reading.oddities) == Set(noCountries + letters + parcels).union([
                .countryTwice("BQ", first: "WORLD_ZONE_ONE", other: "WORLD_ZONE_ONE"),
                .countryTwice("NF", first: "WORLD_ZONE_ONE", other: "WORLD_ZONE_TWO"),
                .methodWithoutPrice(nine + "500"), .pricesWithoutZone(nine + "1000"),
            ]))
        #expect(reading.tariff.services.count == 106)
        // Each row of the list, asked for at its own limit, is quoted at its own price.
        let zones = Set(reading.tariff.zones.values)
        var asked = 0
        for service in reading.tariff.services {
            let zone = try #require(service.bands.keys.sorted().first)
            let countries = reading.tariff.zones.filter { $0.value == zone }.keys
            guard zones.contains(zone), let country = countries.min() else { continue }
            for band in service.bands[zone] ?? [] {
                let parcel = Tariff.Parcel(grams: band.gramsMax, size: band.size)
                let answer = reading.tariff.quotes(for: parcel, to: country, postcode: "")
                let quote = answer.quotes.first { $0.service == service.code }
                #expect(quote?.base == band.price, "\(service.code) \(band)")
                asked += 1
            }
        }
        #expect(asked > 500)
    }
}

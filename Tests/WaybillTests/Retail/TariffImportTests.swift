import ArgumentParser
import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Import of tariffs and zones")
struct TariffImportTests {
    private static let tables = [
        "country_to_zone.csv": "country_iso2,zone\nGB,UK\nFR,EU\nPT-20,EU\nFR,WORLD\nDE,EU\n",
        "zone_to_method.csv": "zone,method\nUK,PARCEL\nUK,LETTER\nEU,PARCEL\nEU,GHOST\nUK,INSURED\n",
        "methods.csv": """
            method,min_cart_value_gbp,max_cart_value_gbp,max_insurance_gbp,name,method_group
            PARCEL,0,50,50,Parcel,parcel
            LETTER,0,20,20,Letter,letter
            GHOST,0,20,20,Ghost,letter
            INSURED,50.01,250,250,"Parcel, insured",parcel

            """,
        "prices.csv": """
            method,min_weight_kg,max_weight_kg,price_gbp,max_insurance_gbp,parcel_size
            LETTER,0.001,0.100,0.64,20,
            PARCEL,0.001,2.000,3.35,50,SMALL
            PARCEL,0.001,2.000,5.65,50,MEDIUM
            PARCEL,2.001,10.000,8.90,50,MEDIUM
            INSURED,0.001,2.000,6.35,250,
            INSURED,0.001,2.000,6.45,250,
            INSURED,3.000,x,6.45,250,

            """,
    ]

    private func folder(without missing: String? = nil) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, text) in Self.tables where name != missing {
            try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
        }
        return folder
    }

    private func options(_ arguments: String...) throws -> TariffImportOptions {
        try TariffImportOptions.parse(["--courier", "royal"] + arguments)
    }

    private func take(
        _ folder: String, _ shop: TestSystem, _ options: TariffImportOptions, isDryRun: Bool = false
    ) throws -> CourierImport {
        try ImportTariff(waybill: shop.waybill, folder: folder, options: options, isDryRun: isDryRun).run()
    }

    private func courier(_ shop: TestSystem, _ code: String = "royal") throws -> Courier? {
        try shop.waybill.readNow { try Configuration.load(in: $0) }.couriers[code]
    }

    @Test("A price list goes in with all that is odd said; the second time nothing changes")
    func tariff() throws {
        let (shop, folder) = (try TestSystem(), try folder())
        let sizes = try options("--name", "Royal", "--sizes", "small=450x350x160,Medium=610x460x460")
        let planned = try take(folder.path, shop, sizes, isDryRun: true)
        #expect(planned.outcome == "added")
        #expect(try courier(shop) == nil)
        let first = try take(folder.path, shop, sizes)
        #expect(first.outcome == "added" && first.said == "3 services, 3 countries, 8 prices")
        #expect(
            Set(first.remarks) == [
                "PT-20 is no country (ISO 3166-1): its row is left out",
                "FR is in the zones EU and WORLD: the first one stands",
                "GHOST has no price: there is no such service",
                "prices.csv:8: the column max_weight_kg cannot be read: the row is left out",
                "INSURED has more than one price at 1 g: the lightest band takes it",
                "INSURED has two prices up to 2000 g in UK: the dearer one stands",
                "1 methods (INSURED, …) are meant for goods of a value and more; tariffs know no such limit, so they "
                    + "are offered for less as well, for their price",
                "1 services (LETTER) are letters by their name and say no size: they take what fits "
                    + "letter=240x165x5 mm; --sizes letter=LxWxH says another",
                "1 services (INSURED) have prices without a size: they are offered for parcels of any size, and of "
                    + "none; --sizes other=LxWxH limits them",
                "3 of 3 services (INSURED, …) have no days: no time is known of them, so they are chosen last and "
                    + "never for express; --days *=3 says them",
            ])
        let saved = try #require(try courier(shop))
        #expect(saved.name == "Royal" && saved.connection == Courier.ownConnection)
        #expect(
            saved.tariff.services.map { "\($0.code) \($0.name) \($0.valueMax ?? -1)" } == [
                "INSURED Parcel, insured 25000", "LETTER Letter 2000", "PARCEL Parcel 5000",
            ])
        let parcel = Tariff.Parcel(grams: 1_500, size: Tariff.Size(300, 200, 100), value: 3_000)
        let quotes = saved.tariff.quotes(for: parcel, to: "GB", postcode: "LS1 4AP").quotes
        #expect(quotes.map { "\($0.service) \($0.price)" } == ["PARCEL 3.35 GBP", "INSURED 6.45 GBP"])
        let second = try take(folder.path, shop, sizes)
        #expect(second.outcome == "unchanged" && second.remarks == first.remarks)
    }

    @Test("Letters take no parcels, prices without a size take what the options say, and days come by patterns")
    func formats() throws {
        let (shop, folder) = (try TestSystem(), try folder())
        let sizes = "small=450x350x160,medium=610x460x460,letter=200x100x4,other=500x400x300"
        let taken = try take(folder.path, shop, options("--sizes", sizes, "--days", "LET*=2,*=3"))
        #expect(taken.remarks.contains { $0.contains("take what fits letter=200x100x4 mm") })
        #expect(!taken.remarks.contains { $0.contains("without a size") || $0.contains("no days") })
        let tariff = try #require(try courier(shop)).tariff
        #expect(tariff.services.map { "\($0.code) \($0.days ?? -1)" } == ["INSURED 3", "LETTER 2", "PARCEL 3"])
        func services(_ size: Tariff.Size?) -> [String] {
            let parcel = Tariff.Parcel(grams: 80, size: size, value: 1_000)
            return tariff.quotes(for: parcel, to: "GB", postcode: "LS1 4AP").quotes.map(\.service)
        }
        #expect(services(Tariff.Size(190, 90, 3)) == ["LETTER", "PARCEL", "INSURED"])
        #expect(services(Tariff.Size(190, 90, 5)) == ["PARCEL", "INSURED"])
        #expect(services(Tariff.Size(9_000, 10, 10)).isEmpty)
        #expect(services(nil).isEmpty)
        for wrong in ["PARCEL", "PARCEL=x", "PARCEL=400", "NOSUCH=1"] {
            let asked = try options("--sizes", sizes, "--days", wrong)
            #expect(throws: ValidationError.self, "\(wrong)") { try take(folder.path, shop, asked) }
        }
        let patterns = [("A*C", "ABC", true), ("*B*", "ABC", true), ("A*C", "AB", false), ("AB", "ABC", false)]
        for (pattern, code, fits) in patterns {
            #expect(ServiceDays(pattern: pattern, days: 1).fits(code) == fits, "\(pattern) \(code)")
        }
    }

    @Test("What tables do not say stays: who sells the labels, days, zones of postcodes, surcharges that still fit")
    func kept() throws {
        let (shop, folder) = (try TestSystem(), try folder())
        var service = Tariff.Service(code: "PARCEL", name: "Old", bands: ["UK": [.init(gramsMax: 1, price: 1)]])
        (service.days, service.capabilities) = (2, 4)
        let old = Tariff.Service(code: "OLD", name: "Old", bands: ["UK": [.init(gramsMax: 1, price: 1)]])
        let fuel = Tariff.Surcharge("Fuel", .share(500))
        let before = Courier(
            code: "royal", name: "Before", connection: "test", account: "a",
            tariff: Tariff(
                currency: .pounds, zones: ["GB": "UK"], postcodeZones: ["GB": ["HS": "FAR"]], services: [service, old],
                surcharges: [
                    fuel, .init("Old", .fixed(5), services: ["OLD"]),
                    .init("Isles", .fixed(9), postcodes: ["HS"], zones: ["UK"]),
                ]))
        _ = try shop.waybill.performNow(SaveCouriers(couriers: [before]), as: .system)
        let outcome = try take(folder.path, shop, options("--sizes", "small=1x2x3,medium=2x3x4"))
        #expect(outcome.outcome == "changed")
        #expect(
            outcome.remarks.contains("the surcharge Old goes, as it is on the service OLD, which the list has no more"))
        #expect(outcome.remarks.contains { $0.hasPrefix("the surcharge Isles goes, as it would never be asked: none") })
        let saved = try #require(try courier(shop))
        #expect(saved.name == "Before" && saved.connection == "test" && saved.account == "a")
        #expect(saved.tariff.postcodeZones == ["GB": ["HS": "FAR"]] && saved.tariff.surcharges == [fuel])
        let parcel = saved.tariff.services.first { $0.code == "PARCEL" }
        #expect(parcel?.name == "Parcel" && parcel?.days == 2 && parcel?.capabilities == 4)
    }

    @Test("A folder that is no price list, and sizes that nobody explains, change nothing")
    func wrong() throws {
        let shop = try TestSystem()
        let (full, partly) = (try folder(), try folder(without: "prices.csv"))
        for (path, arguments, message) in [
            (full.path, [], "prices are by the sizes MEDIUM, SMALL: say what they are"),
            (full.path, ["--sizes", "small=450x350"], "--sizes has small=450x350"),
            (full.path, ["--currency", "QQQ"], "--currency QQQ is not known"),
            (partly.path, [], "lacks prices.csv"),
        ] {
            let error = #expect(throws: (any Error).self) {
                try take(path, shop, try TariffImportOptions.parse(["--courier", "royal"] + arguments))
            }
            #expect(error.map { "\($0)".contains(message) } == true, "\(message): \(error.map { "\($0)" } ?? "")")
        }
        for code in ["DHL Express", "a/b", "ü", String(repeating: "a", count: 65)] {
            let other = try TariffImportOptions.parse(["--courier", code, "--sizes", "small=1x2x3,medium=2x3x4"])
            #expect(throws: ValidationError.self) { try take(full.path, shop, other) }
        }
        let nobody = try TariffImportOptions.parse([])
        #expect(throws: (any Error).self) { try take(full.path, shop, nobody) }
        #expect(try courier(shop) == nil)
    }

    // MARK: Zones

    private static let zones = """
        origin_zip3,dest_zip3,zone,specific_to_priority_mail,same_ndc,has_five_digit_exceptions
        100,005,2,false,false,false
        100,900,8,false,false,true
        100,900,7,false,false,false
        101,770,6,false,false,false
        100,1000,4,false,false,false

        """

    private func zones(
        _ shop: TestSystem, _ arguments: [String], text: String = zones
    ) throws -> CourierImport {
        try ImportZones(
            waybill: shop.waybill, table: TableFile(text: text, name: "test"),
            options: try TariffImportOptions.parse(arguments), isDryRun: false
        ).run()
    }

    @Test("Zones of one origin go into a courier's tariff, with what is missing named; others are refused")
    func zones() throws {
        let shop = try TestSystem()
        let usps = Courier(
            code: "usps", name: "USPS",
            tariff: Tariff(
                currency: .pounds, zones: ["GB": "abroad"],
                services: [.init(code: "fast", name: "Fast", bands: ["2": [.init(gramsMax: 453, price: 900)]])]))
        _ = try shop.waybill.performNow(SaveCouriers(couriers: [usps]), as: .system)
        let first = try zones(shop, ["--courier", "usps", "--origin", "100"])
        #expect(first.outcome == "changed" && first.said == "2 destinations of 100 in 2 zones")
        #expect(
            first.remarks == [
                "line 4: 900 has the zone 8, and 7: the first one stands",
                "line 6: expected three digits in origin_zip3 and dest_zip3, and a zone: it is left out",
                "1 destinations (770) have no zone from 100: nobody carries there",
                "1 destinations (900) have five-digit exceptions, which are not in the file: they go by their three "
                    + "digits",
                "no service has prices for the zones 8",
                "its zones in US are those of parcels that start at 100, and it collects at LEEDS, LONDON, YORK as "
                    + "well: a courier for each origin, with its own zones, has the right prices",
            ])
        #expect(try courier(shop, "usps")?.tariff.postcodeZones == ["US": ["005": "2", "900": "8"]])
        let answer = try #require(try courier(shop, "usps")).tariff
            .quotes(for: .init(grams: 400), to: "US", postcode: "00501-1234")
        #expect(answer.quotes.map(\.zone) == ["2"])
        #expect(try zones(shop, ["--courier", "usps", "--origin", "100"]).outcome == "unchanged")
        for (arguments, message) in [
            (["--courier", "usps", "--origin", "199"], "no row starts at 199: there are 2 origins, near it 100, 101"),
            (["--courier", "usps"], "say where parcels start"),
            (["--courier", "ups", "--origin", "100"], "there is no courier ups"),
            (["--courier", "usps", "--origin", "100", "--country", "QQ"], "--country QQ is no country"),
            (["--courier", "usps", "--origin", "100", "--country", "GB"], "005 is neither an area as LS"),
        ] {
            let error = #expect(throws: (any Error).self) { try zones(shop, arguments) }
            #expect(error.map { "\($0)".contains(message) } == true, "\(message)")
        }
    }

    @Test("A file without the columns of zones is refused, with those that it lacks and those that it has")
    func noZones() throws {
        let shop = try TestSystem()
        _ = try shop.waybill.performNow(SaveCouriers(couriers: [.vans]), as: .system)
        let error = #expect(throws: CommandRefused.self) {
            try zones(shop, ["--courier", "vans", "--origin", "100"], text: "zone,price\n1,2\n")
        }
        let words = "the file has no column origin_zip3 nor dest_zip3: zones are in origin_zip3, dest_zip3, zone; "
            + "it has zone, price"
        #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("Zones keep where they start, and another origin's take their place only where that is asked for")
    func otherOrigin() throws {
        let shop = try TestSystem()
        let usps = Courier(
            code: "usps", name: "USPS", origins: CourierOrigins(locations: ["LEEDS"]),
            tariff: Tariff(
                currency: .pounds, zones: ["GB": "abroad"],
                services: [.init(code: "fast", name: "Fast", bands: ["2": [.init(gramsMax: 453, price: 900)]])]))
        _ = try shop.waybill.performNow(SaveCouriers(couriers: [usps]), as: .system)
        let first = try zones(shop, ["--courier", "usps", "--origin", "100"])
        #expect(try courier(shop, "usps")?.zoneStarts == ["US": "100"])
        #expect(first.remarks.contains { $0.contains("start at 100, and it collects at LEEDS as well") })
        let error = #expect(throws: CommandRefused.self) {
            try zones(shop, ["--courier", "usps", "--origin", "101"])
        }
        let words = "the zones of usps in US are those of parcels that start at 100"
        #expect(error.map { "\($0)".contains(words) } == true)
        #expect(try courier(shop, "usps")?.tariff.postcodeZones["US"] == ["005": "2", "900": "8"])
        let second = try zones(shop, ["--courier", "usps", "--origin", "101", "--replace"])
        #expect(second.outcome == "changed")
        #expect(second.remarks.contains(
            "the zones of 2 destinations in US for parcels that start at 100 are replaced"))
        #expect(try courier(shop, "usps")?.zoneStarts == ["US": "101"])
        #expect(try courier(shop, "usps")?.tariff.postcodeZones["US"] == ["770": "6"])
    }

    @Test("A price list is of where its courier collects: that stays, may be said, and its lack is told")
    func origins() throws {
        let (shop, folder) = (try TestSystem(), try folder())
        let sizes = ["--courier", "royal", "--sizes", "small=1x2x3,medium=2x3x4"]
        func importing(_ more: String...) throws -> CourierImport {
            try take(folder.path, shop, try TariffImportOptions.parse(sizes + more))
        }
        var abroad = Location.warehouse("NY")
        abroad.address = Address(name: "NY", lines: [], city: "New York", postcode: "10118", country: "US")
        _ = try shop.waybill.performNow(SaveLocations(locations: [abroad]), as: .system)
        let silent = "it does not say where it collects, and locations in GB, US ship"
        #expect(try importing().remarks.contains { $0.hasPrefix(silent) })
        #expect(throws: ValidationError.self) { try importing("--origins", "MOON") }
        #expect(!(try importing("--origins", "GB,NY")).remarks.contains { $0.contains("where it collects") })
        #expect(try courier(shop)?.origins == CourierOrigins(countries: ["GB"], locations: ["NY"]))
        #expect(try importing().outcome == "unchanged")
    }

    // MARK: Real tables, when they lie beside the checkout

    private static let rates = (0..<5).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }.appendingPathComponent("shared/data/rates")

    @Test(
        "Royal Mail's price list of 2016 and the zones of USPS go in whole, and again without a change",
        .enabled(if: FileManager.default.fileExists(atPath: rates.path), "the tables are not beside the checkout"))
    func real() throws {
        let shop = try TestSystem()
        let folder = Self.rates.appendingPathComponent("royal_mail_2016").path
        let sizes = try options("--sizes", "small=450x350x160,medium=610x460x460")
        let first = try take(folder, shop, sizes)
        #expect(first.outcome == "added" && first.said.hasPrefix("106 services"))
        #expect(first.remarks.contains("NF is in the zones WORLD_ZONE_ONE and WORLD_ZONE_TWO: the first one stands"))
        #expect(try take(folder, shop, sizes).outcome == "unchanged")
        #expect(first.remarks.contains { $0.hasPrefix("106 of 106 services") })
        let sized = ["--sizes", "small=450x350x160,medium=610x460x460"]
        // As the help of the command has it.
        let days = try TariffImportOptions.parse(["--courier", "royal", "--days", "*GUARANTEED*=1,*=3"] + sized)
        let timed = try take(folder, shop, days)
        #expect(timed.outcome == "changed" && !timed.remarks.contains { $0.contains("have no days") })
        let tariff = try #require(try courier(shop)).tariff
        let pole = Tariff.Parcel(grams: 500, size: Tariff.Size(9_000, 10, 10), value: 500)
        let takers = tariff.quotes(for: pole, to: "GB", postcode: "LS1 4AP").quotes.map(\.service)
        #expect(!takers.contains { $0.contains("LETTER") }, "\(takers)")
        let file = Self.rates.appendingPathComponent("usps_zones_2018_zip3_sample.csv.gz").path
        let zones = try ImportZones(
            waybill: shop.waybill, table: TableFile(path: file), options: try options("--origin", "100"),
            isDryRun: false
        ).run()
        #expect(zones.outcome == "changed")
        #expect(zones.remarks.contains { $0.contains("have no zone from 100") })
    }
}

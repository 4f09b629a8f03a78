import OrderManagement

/// The couriers and boxes of the demonstration retailer: made up, with prices as a small contract has them, and with
/// limits like those that British parcel carriers, letter post and pallet networks publish.
enum DemonstrationCouriers {
    static let all = [
        Courier(
            code: "parcel_post", name: "Parcel Post", origins: home,
            tariff: Tariff(
                currency: .pounds, zones: zones,
                services: [
                    service(
                        "tracked", "Tracked", days: 3, parcelLimits,
                        [
                            "home": [(2_000, 345), (10_000, 525), (25_000, 880)],
                            "europe": [(2_000, 1_120), (25_000, 2_450)], "world": [(2_000, 1_640), (25_000, 4_900)],
                        ], cashMax: 50_000),
                    service(
                        "next_day", "Next day", days: 1, parcelLimits, ["home": [(2_000, 695), (25_000, 1_150)]]),
                ],
                surcharges: [
                    .init("Highlands and islands", .fixed(450), postcodes: ["HS", "IV", "KW", "ZE", "BT"]),
                    .init("Cash on delivery", .fixed(275), services: ["tracked"], isForCash: true),
                ])),
        Courier(
            code: "letter_post", name: "Letter Post", origins: home,
            tariff: Tariff(
                currency: .pounds, zones: zones,
                services: [
                    letters("letter", "Letter, tracked", Tariff.Size(240, 165, 5), [(100, 165)]),
                    letters(
                        "large_letter", "Large letter, tracked", Tariff.Size(353, 250, 25),
                        [(100, 215), (250, 255), (500, 295), (750, 325)]),
                ])),
        Courier(
            code: "pallet_line", name: "Pallet Line", origins: home,
            tariff: Tariff(
                currency: .pounds, zones: zones,
                services: [
                    service(
                        "economy", "Economy freight", days: 8, palletLimits,
                        ["home": [(25_000, 990), (1_000_000, 6_500)], "europe": [(1_000_000, 14_500)],
                         "world": [(1_000_000, 39_000)]], cashMax: 100_000)
                ])),
    ]

    /// A company prefix of GS1's own examples; boxes as shops have them.
    static let packaging: Packaging = {
        var packaging = Packaging()
        packaging.companyPrefix = "0614141"
        packaging.boxes = [
            .init(code: "envelope", inner: .init(345, 245, 22), weightGrams: 30, gramsMax: 750),
            .init(code: "small", inner: .init(220, 160, 100), weightGrams: 90),
            .init(code: "medium", inner: .init(350, 250, 160), weightGrams: 210),
            .init(code: "large", inner: .init(450, 350, 350), weightGrams: 480),
        ]
        return packaging
    }()

    /// They collect where the retailer's locations are.
    private static let home = CourierOrigins(countries: ["GB"])

    /// Every country has a zone: the neighbours in Europe, home, and the rest.
    private static let zones: [String: String] = {
        let europe = [
            "AT", "BE", "CH", "CY", "CZ", "DE", "DK", "ES", "FI", "FR", "GR", "IE", "IS", "IT", "LT", "MT", "NL", "NO",
            "PL", "PT", "SE",
        ]
        return Country.codes.reduce(into: [:]) { zones, code in
            zones[code] = code == "GB" ? "home" : europe.contains(code) ? "europe" : "world"
        }
    }()

    /// Millimetres of a parcel's longest edge, and of its length and girth together.
    private typealias Limits = (length: Int64, lengthAndGirth: Int64)
    private static let parcelLimits: Limits = (1_500, 3_000)
    /// A full pallet of 1,200 × 1,000 mm, up to 2,200 mm high, or something long on one.
    private static let palletLimits: Limits = (2_400, 6_800)

    /// Letters go at home alone, and only what was measured is one.
    private static func letters(
        _ code: String, _ name: String, _ size: Tariff.Size, _ prices: [(Int64, Int64)]
    ) -> Tariff.Service {
        var service = Tariff.Service(
            code: code, name: name,
            bands: ["home": prices.map { Tariff.Band(gramsMax: $0.0, size: size, price: $0.1) }])
        service.days = 3
        return service
    }

    private static func service(
        _ code: String, _ name: String, days: Int64, _ limits: Limits, _ bands: [String: [(Int64, Int64)]],
        cashMax: Int64? = nil
    ) -> Tariff.Service {
        var service = Tariff.Service(
            code: code, name: name,
            bands: bands.mapValues { $0.map { Tariff.Band(gramsMax: $0.0, price: $0.1) } })
        service.days = days
        (service.lengthMax, service.lengthAndGirthMax) = limits
        service.cashMax = cashMax
        return service
    }
}

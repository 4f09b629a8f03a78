import OrderManagement

/// The couriers and boxes of the demonstration retailer: made up, with prices as a small contract has them.
enum DemonstrationCouriers {
    static let all = [
        Courier(
            code: "parcel_post", name: "Parcel Post",
            tariff: Tariff(
                currency: .pounds, zones: zones,
                services: [
                    service(
                        "tracked", "Tracked", days: 3,
                        [
                            "home": [(2_000, 345), (10_000, 525), (25_000, 880)],
                            "europe": [(2_000, 1_120), (25_000, 2_450)], "world": [(2_000, 1_640), (25_000, 4_900)],
                        ]), service("next_day", "Next day", days: 1, ["home": [(2_000, 695), (25_000, 1_150)]]),
                ],
                surcharges: [
                    .init("Highlands and islands", .fixed(450), postcodes: ["HS", "IV", "KW", "ZE", "BT"])
                ])),
        Courier(
            code: "pallet_line", name: "Pallet Line",
            tariff: Tariff(
                currency: .pounds, zones: zones,
                services: [
                    service(
                        "economy", "Economy freight", days: 8,
                        ["home": [(25_000, 990), (1_000_000, 6_500)], "europe": [(1_000_000, 14_500)],
                         "world": [(1_000_000, 39_000)]])
                ])),
    ]

    /// A company prefix of GS1's own examples; boxes as shops have them.
    static let packaging: Packaging = {
        var packaging = Packaging()
        packaging.companyPrefix = "0614141"
        packaging.boxes = [
            .init(code: "small", inner: .init(220, 160, 100), weightGrams: 90),
            .init(code: "medium", inner: .init(350, 250, 160), weightGrams: 210),
            .init(code: "large", inner: .init(450, 350, 350), weightGrams: 480),
        ]
        return packaging
    }()

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

    private static func service(
        _ code: String, _ name: String, days: Int64, _ bands: [String: [(Int64, Int64)]]
    ) -> Tariff.Service {
        var service = Tariff.Service(
            code: code, name: name,
            bands: bands.mapValues { $0.map { Tariff.Band(gramsMax: $0.0, price: $0.1) } })
        service.days = days
        return service
    }
}

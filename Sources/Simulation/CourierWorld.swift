import OrderManagement

/// By whom the company's parcels go: its own vans and somebody who sells labels, both in each of the two currencies.
extension World {
    static func couriers(_ chance: inout SplitMix64) -> [Courier] {
        let pounds = Currency("GBP"), other = Currency(chance.one(of: ["JPY", "EUR", "KWD"]))
        guard let pounds, let other else { return [] }
        return [
            ("vans", Courier.ownConnection, pounds), ("post", UnreliableCourier.connection, pounds),
            ("bikes", Courier.ownConnection, other), ("kurier", UnreliableCourier.connection, other),
        ].map { code, connection, currency in
            let isOwn = connection == Courier.ownConnection
            return Courier(
                code: code, name: "Carrier \(code)", connection: connection, isActive: chance.chance(isOwn ? 60 : 95),
                tariff: tariff(in: currency, &chance, from: isOwn ? 400 : 100))
        }
    }

    /// Two services, often with gaps: of countries, weights, sizes, values, and of goods that not everybody carries.
    ///
    /// - Parameter least: What the lightest parcel costs at least.
    static func tariff(in currency: Currency, _ chance: inout SplitMix64, from least: Int64 = 100) -> Tariff {
        let services = ["day", "fast"].map { code in
            let base = chance.number(least...900)
            var bands: [String: [Tariff.Band]] = [:]
            for zone in ["home", "far"] where zone == "home" || chance.chance(85) {
                let size = chance.chance(15) ? Tariff.Size(400, 300, 200) : nil
                bands[zone] = [
                    .init(gramsMax: 2_000, size: size, price: base),
                    .init(gramsMax: chance.number(8_000...30_000), price: base * 2),
                ]
            }
            var service = Tariff.Service(
                code: code, name: code, bands: bands, cubicMillimetresPerGram: chance.chance(30) ? 5_000 : nil)
            service.days = chance.chance(80) ? chance.number(1...4) : nil
            service.capabilities = chance.chance(85) ? 1 : 0
            service.valueMax = chance.chance(15) ? chance.number(2_000...20_000) : nil
            service.cashMax = base % 4 == 0 ? nil : base * 60
            return service
        }
        let surcharges = chance.chance(40) ? [Tariff.Surcharge("Fuel", .share(chance.number(100...900)))]
            : [Tariff.Surcharge("Cash", .fixed(150), isForCash: true)]
        return Tariff(
            currency: currency, zones: ["GB": "home", "DE": "far"], services: services, surcharges: surcharges)
    }

    static func packaging(_ chance: inout SplitMix64) -> Packaging {
        var packaging = Packaging()
        packaging.companyPrefix = chance.chance(70) ? "5012345" : nil
        let boxes = [
            Packaging.Box(code: "S", inner: .init(200, 150, 100), weightGrams: 60, gramsMax: 3_000),
            Packaging.Box(code: "M", inner: .init(400, 300, 200), weightGrams: 150),
            Packaging.Box(code: "L", inner: .init(600, 400, 400), weightGrams: 400, gramsMax: 20_000),
        ]
        packaging.boxes = boxes.filter { _ in chance.chance(75) }
        return packaging
    }

    static func size(_ chance: inout SplitMix64) -> ItemSize {
        ItemSize(length: chance.number(20...350), width: chance.number(20...250), height: chance.number(10...200))
    }

    static func shipping(
        among couriers: [Courier], from locations: [Location], _ chance: inout SplitMix64
    ) -> CourierPolicy {
        var policy = CourierPolicy()
        policy.labels = chance.chance(80) ? .automatic : .manual
        policy.latePerDay = chance.number(0...900)
        if chance.chance(40) {
            policy.rules.append(
                .init(
                    when: .test("parcel.weight_g", .atLeast(chance.number(500...6_000))),
                    services: [chance.one(of: couriers).code + "/*"]))
        }
        if chance.chance(25) {
            policy.rules.append(
                .init(
                    when: .test("origin.location", .isOne(of: [.text(chance.one(of: locations).code)])),
                    services: couriers.map { $0.code + "/fast" }))
        }
        return policy
    }
}

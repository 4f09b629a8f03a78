import TestSupport
import Testing

@testable import OrderManagement

@Suite("Where couriers collect")
struct CourierOriginsTests {
    /// Leeds, in Great Britain, and New York, which is the cheaper one to use.
    private func shop(_ couriers: [Courier]) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LEEDS: 5")
        var place = Location.warehouse("NY")
        place.address = Address(
            name: "NY", lines: ["350 5th Ave"], city: "New York", region: "NY", postcode: "10118", country: "US")
        place.handlingCost = 0
        try shop.perform(SaveLocations(locations: [place]))
        try shop.receive("TEE-M@NY: 5")
        try shop.perform(SaveCouriers(couriers: couriers))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        return shop
    }

    private func collecting(_ courier: Courier, _ origins: CourierOrigins?) -> Courier {
        var courier = courier
        courier.origins = origins
        return courier
    }

    @Test("An order is sent from where a courier collects, though another location is cheaper to use", arguments: [
        CourierOrigins(countries: ["GB"]), CourierOrigins(locations: ["LEEDS"]),
    ])
    func sourced(origins: CourierOrigins) throws {
        let everywhere = try shop([.vans])
        let before = try everywhere.place("2 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try everywhere.order(before).fulfillments.map(\.location) == ["NY"])
        let shop = try shop([collecting(.vans, origins)])
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(id).fulfillments.map(\.location) == ["LEEDS"])
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).parcels.map(\.courier) == ["vans"])
        try shop.expectClean()
    }

    @Test("What only lies where nobody collects is still sent from there, and its label says why there is none")
    func nobodyCollects() throws {
        let shop = try shop([collecting(.vans, CourierOrigins(countries: ["GB"]))])
        let id = try shop.place("9 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(id).fulfillments.map(\.location).sorted() == ["LEEDS", "NY"])
        try shop.walk(id, to: .packed)
        let failed = try #require(try shop.order(id).exceptions.first { $0.kind == .labelFailed })
        #expect(failed.cause.contains("it does not collect at NY: 2 services (vans/day, vans/fast)"), "\(failed.cause)")
        try shop.expectClean()
    }

    @Test("The choice offers a courier where it collects, and says so elsewhere")
    func choice() throws {
        let shop = try shop([.vans])
        let order = try shop.order(try shop.place("1 × TEE-M at 10.00 GBP", on: "shop"))
        func choice(from code: String, _ origins: CourierOrigins?) throws -> CourierChoice {
            let known = try shop.waybill.readNow { try Configuration.load(in: $0) }
            return CourierChoice(
                of: .init(
                    parcel: Tariff.Parcel(grams: 900), order: order, origin: try known.location(code),
                    leavesAt: shop.now, deliverBy: nil),
                among: [collecting(.vans, origins)], by: CourierPolicy(), in: pounds)
        }
        #expect(try choice(from: "NY", nil).options.count == 2)
        #expect(try choice(from: "NY", .init(countries: ["US"])).options.count == 2)
        #expect(try choice(from: "NY", .init(countries: ["GB"], locations: ["NY"])).options.count == 2)
        let none = try choice(from: "NY", .init(countries: ["GB"], locations: ["LEEDS"]))
        #expect(none.objections["vans/day"] == "it does not collect at NY" && none.isOutOfReach)
    }

    @Test("Where a courier collects is kept as saved; a location that there is not is refused at its place")
    func saved() throws {
        var courier = collecting(.vans, CourierOrigins(countries: ["GB", "IE"], locations: ["NY"]))
        courier.zoneStarts = ["US": "101"]
        let shop = try shop([courier])
        #expect(try shop.waybill.readNow { try Configuration.load(in: $0) }.couriers["vans"] == courier)
        try expectRefusal(
            .unknownLocation, at: "/couriers/0/origins/locations",
            of: SaveCouriers(couriers: [collecting(.vans, CourierOrigins(locations: ["MOON"]))]), in: shop)
        let file = ApplyConfiguration(
            channels: [], locations: [.warehouse("MOON")],
            couriers: [collecting(.vans, CourierOrigins(locations: ["MOON"]))])
        try shop.perform(file)
        #expect(try shop.waybill.readNow { try Configuration.load(in: $0) }.couriers["vans"]?.origins?.locations
            == ["MOON"])
    }

    @Test("A courier that names no origins is odd where locations of several countries ship, and so is one for nobody")
    func odd() {
        var abroad = Location.warehouse("NY")
        abroad.address = Address(name: "NY", lines: [], city: "New York", postcode: "10118", country: "US")
        let places = [Location.warehouse("LEEDS"), abroad]
        #expect(Courier.vans.originOddities(beside: [places[0]]).isEmpty)
        #expect(Courier.vans.originOddities(beside: places).map { $0.prefix(73) } == [
            "it does not say where it collects, and locations in GB, US ship: its pric"
        ])
        #expect(collecting(.vans, .init(countries: ["GB"])).originOddities(beside: places).isEmpty)
        #expect(collecting(.vans, .init(countries: ["FR"])).originOddities(beside: places) == [
            "none of its origins is a location that ships: it is never offered"
        ])
        var usps = collecting(.vans, .init(countries: ["US"]))
        usps.zoneStarts = ["US": "101"]
        #expect(usps.originOddities(beside: places).isEmpty)
        usps.zoneStarts = ["US": "902"]
        #expect(usps.originOddities(beside: places).first?.contains("start at 902, and it collects at NY") == true)
    }

    @Test("A price list is odd where a zone is nowhere, where one has no price, and where what weighs more costs less")
    func oddPrices() {
        let service = Tariff.Service(
            code: "day", name: "Day",
            bands: [
                "home": [.init(gramsMax: 1_000, price: 500), .init(gramsMax: 2_000, price: 400)],
                "NOZONE": [.init(gramsMax: 1_000, price: 500), .init(gramsMax: 2_000, price: 400)],
            ])
        let tariff = Tariff(
            currency: pounds, zones: ["GB": "home", "FR": "europe"], postcodeZones: ["GB": ["HS": "isles"]],
            services: [service])
        #expect(tariff.oddities.map { $0.words(in: pounds) } == [
            "no country is in the zone NOZONE: its prices are never asked",
            "no service has a price for the zone europe (FR): nothing goes there",
            "no service has a price for the zone isles (GB): nothing goes there",
            "day costs 5.00 GBP up to 1000 g, and 4.00 GBP up to 2000 g, in NOZONE, home: what is lighter is charged "
                + "more",
        ])
        #expect(Courier.vans.oddities(beside: []).isEmpty)
    }

    @Test("A service that delivers on some weekdays counts its days by them, and is at no door on others", arguments: [
        // 2026-03-06 is a Friday.
        (1, [1, 2, 3, 4, 5, 6, 7], 1), (1, [1, 2, 3, 4, 5, 6], 1), (2, [1, 2, 3, 4, 5, 6], 3), (1, [1, 2, 3, 4, 5], 3),
        (6, [1, 2, 3, 4, 5], 10), (0, [6], 1), (0, [5], 0),
    ])
    func deliveryDays(days: Int64, open: [Int], expected: Int64) throws {
        var service = Courier.vans.tariff.services[0]
        (service.days, service.deliveryDays) = (days, Set(open))
        let friday = try #require(Timestamp("2026-03-06T16:00:00Z"))
        let arrival = service.arrival(leaving: friday, by: Location.warehouse("LEEDS").calendar)
        #expect(arrival == friday + .days(expected))
        service.days = nil
        #expect(service.arrival(leaving: friday, by: Location.warehouse("LEEDS").calendar) == nil)
    }

    @Test("An order is promised for a day on which its courier delivers")
    func promised() throws {
        let vans = Courier.vans.changingServices { $0.deliveryDays = [1, 2, 3, 4, 5] }
        let shop = try TestSystem.labelling(by: [vans])
        shop.advance(.days(3))  // Thursday, 5 March: by the channel's three days it would be there on a Sunday
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        let order = try shop.order(id)
        let weekday = BusinessCalendar.weekday(ofDay: order.fulfillments[0].deliverBy.milliseconds / 86_400_000)
        #expect(weekday <= 5, "\(order.fulfillments[0].deliverBy)")
        try shop.expectClean()
    }
}

import Connectors
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Cut-offs and holidays of couriers")
struct CourierCutoffTests {
    /// London by its clock, 16:00 being its own cut-off.
    private func london(_ cutoffs: [CourierCutoff], open: Set<Int> = Set(1...7)) throws -> Location {
        var place = Location.warehouse("LONDON")
        place.calendar = try #require(BusinessCalendar(zone: "Europe/London", openWeekdays: open, cutoffMinutes: 960))
        place.courierCutoffs = cutoffs
        return place
    }

    /// `16:30`, or `12:00 on 6`.
    private func cutoff(_ text: String, of courier: String = "vans") throws -> CourierCutoff {
        let parts = text.split(separator: " ").map(String.init)
        return CourierCutoff(
            courier: courier, minutes: try #require(CourierCutoff.minutes(parts[0])),
            days: parts.count > 2 ? Set(parts[2].compactMap(\.wholeNumberValue)) : nil)
    }

    private static let vans = TextTable(
        """
        cut-offs                   | moment               | next van
        # Before it, at it, and after it; 2 March 2026 is a Monday.
        16:30                      | 2026-03-02T16:29:59Z | 2026-03-02T16:30:00Z
        16:30                      | 2026-03-02T16:30:00Z | 2026-03-03T16:30:00Z
        16:30                      | 2026-03-02T16:30:01Z | 2026-03-03T16:30:00Z
        # Twice a day, and at another hour on Saturdays.
        12:00, 17:00               | 2026-03-02T11:59:59Z | 2026-03-02T12:00:00Z
        12:00, 17:00               | 2026-03-02T12:00:00Z | 2026-03-02T17:00:00Z
        12:00 on 6, 17:00 on 12345 | 2026-03-06T17:00:00Z | 2026-03-07T12:00:00Z
        12:00 on 6, 17:00 on 12345 | 2026-03-07T12:00:00Z | 2026-03-09T17:00:00Z
        # Clocks go forward on 29 March (01:30 does not exist), and back on 25 October.
        16:30                      | 2026-03-28T16:30:00Z | 2026-03-29T15:30:00Z
        01:30                      | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z
        01:30                      | 2026-03-29T01:00:00Z | 2026-03-30T00:30:00Z
        16:30                      | 2026-10-24T15:30:00Z | 2026-10-25T16:30:00Z
        """)

    @Test("What is ready before a courier's cut-off leaves by that, and at it or after it with the next van",
          arguments: vans.rows)
    func nextVan(row: TextTable.Row) throws {
        let cutoffs = try row["cut-offs"].split(separator: ",").map { try cutoff(String($0)) }
        let moment = try #require(Timestamp(row["moment"]))
        let place = try london(cutoffs)
        #expect(place.nextCutoff(of: .vans, from: moment).description == row["next van"])
        // Who has no hour of its own there comes by that of the location.
        #expect(place.nextCutoff(of: .post, from: moment) == place.calendar.nextCutoff(from: moment))
    }

    @Test("A courier comes neither on its own holidays nor while the location is closed")
    func daysOff() throws {
        var vans = Courier.vans
        // Good Friday and Easter Monday of 2026.
        vans.holidays = try Set(["2026-04-03", "2026-04-06"].map { try #require(BusinessCalendar.day(ofDate: $0)) })
        let thursday = try #require(Timestamp("2026-04-02T15:30:00Z"))
        let weekdays = try london([cutoff("16:30")], open: [1, 2, 3, 4, 5])
        #expect(weekdays.nextCutoff(of: vans, from: thursday).description == "2026-04-07T15:30:00Z")
        #expect(try london([]).nextCutoff(of: vans, from: thursday).description == "2026-04-04T15:00:00Z")
        let before = thursday + Seconds(-1)
        #expect(weekdays.nextCutoff(of: vans, from: before) == thursday)
        // Days on which the location is not open any more are no days: its own cut-off is what is left.
        let never = try london([cutoff("16:30 on 6")], open: [1, 2, 3, 4, 5])
        #expect(never.nextCutoff(of: .vans, from: before).description == "2026-04-03T15:00:00Z")
    }

    @Test("Days of a service are counted without its courier's holidays", arguments: [
        // 2026-12-24 is a Thursday.
        (1, "1234567", "2026-12-25", "2026-12-26"), (2, "1234567", "2026-12-25", "2026-12-27"),
        (1, "123456", "2026-12-25", "2026-12-26"), (1, "12345", "2026-12-25", "2026-12-28"),
        (1, "123456", "2026-12-25 2026-12-26", "2026-12-28"), (0, "1234567", "2026-12-24 2026-12-25", "2026-12-26"),
        (5, "12345", "2026-12-25 2026-12-28 2027-01-01", "2027-01-05"), (1, "12345", "2027-01-01", "2026-12-25"),
    ])
    func arrival(days: Int64, open: String, holidays: String, expected: String) throws {
        var service = Courier.vans.tariff.services[0]
        (service.days, service.deliveryDays) = (days, Set(open.compactMap(\.wholeNumberValue)))
        let off = Set(holidays.split(separator: " ").compactMap { BusinessCalendar.day(ofDate: String($0)) })
        let leaving = try #require(Timestamp("2026-12-24T16:00:00Z"))
        let arrival = service.arrival(leaving: leaving, by: try london([]).calendar, except: off)
        #expect(arrival?.description == expected + "T16:00:00Z")
    }

    @Test("A van late in the evening before clocks go forward arrives on the day that it would otherwise")
    func daylightSaving() throws {
        var service = Courier.vans.tariff.services[0]
        service.days = 1
        let evening = try #require(Timestamp("2026-03-28T23:30:00Z"))
        let calendar = try london([]).calendar
        #expect(service.arrival(leaving: evening, by: calendar, except: [0])?.description == "2026-03-29T22:30:00Z")
    }

    @Test("The choice counts from each courier's own van; another hour of the promised day is in time", arguments: [
        ("2026-03-02T12:29:59Z", "2026-03-02T12:30:00Z", 0), ("2026-03-02T12:30:00Z", "2026-03-03T12:30:00Z", 1),
    ])
    func choice(moment: String, leaves: String, late: Int64) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let order = try shop.order(try shop.place("1 × TEE-M at 10.00 GBP, store"))
        let now = try #require(Timestamp(moment))
        let place = try london([cutoff("12:30"), cutoff("18:00", of: "post")])
        let choice = CourierChoice(
            of: .init(
                parcel: Tariff.Parcel(grams: 900), order: order, origin: place,
                leavesAt: place.calendar.nextCutoff(from: now), readyAt: now,
                deliverBy: try #require(Timestamp("2026-03-04T10:00:00Z"))),
            among: [.vans, .post], by: CourierPolicy(), in: pounds)
        let day = try #require(choice.options.first { $0.service == "day" })
        #expect(day.leavesAt.description == leaves && day.daysLate == late)
        #expect(day.arrivesAt == day.leavesAt + .days(2))
        let parcel = try #require(choice.options.first { $0.service == "parcel" })
        #expect(parcel.leavesAt.description == "2026-03-02T18:00:00Z" && parcel.daysLate == 1)
    }

    /// A shop of our vans alone, which come to London at 12:30 and need three days by day, and one by night.
    private func shop(_ change: (inout Courier) -> Void = { _ in }) throws -> TestSystem {
        var vans = Courier.vans.changingServices { $0.days = $0.code == "day" ? 3 : 1 }
        change(&vans)
        let shop = try TestSystem.labelling(by: [vans])
        try shop.perform(SaveLocations(locations: [try london([cutoff("12:30")])]))
        return shop
    }

    @Test("An order's work is due by the van that it is promised by, and promised a day later once that has gone",
          arguments: [
              // The channel promises three days from the location's cut-off, at 16:00.
              ("12:29:59", "2026-03-02T12:30:00Z", "2026-03-05T16:00:00Z"),
              ("12:30:00", "2026-03-02T16:00:00Z", "2026-03-06T12:30:00Z"),
              ("15:59:59", "2026-03-02T16:00:00Z", "2026-03-06T12:30:00Z"),
              ("16:00:00", "2026-03-03T12:30:00Z", "2026-03-06T16:00:00Z"),
          ])
    func promise(clock: String, ships: String, arrives: String) async throws {
        let shop = try shop()
        shop.now = try #require(Timestamp("2026-03-02T\(clock)Z"))
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        let part = try shop.order(id).fulfillments[0]
        #expect(part.shipBy.description == ships && part.deliverBy.description == arrives)
        let asked = PromiseBasket(
            channel: "shop", lines: [.init(sku: "TEE-M", quantity: 1)],
            destination: Destination("GB-LS1 4AP"))
        let answer = try JSON.parse(try await shop.waybill.rehearse(asked, as: .system).body)
        let standard = try #require(answer["options"]?.array?.first { $0["service"]?.string == "standard" })
        #expect(standard["ship_by"]?.string == ships && standard["deliver_by"]?.string == arrives)
        try shop.expectClean()
    }

    @Test("What is packed after the van has gone leaves with the next, and its customer is told of the later day")
    func packedLate() throws {
        let shop = try shop()
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        shop.advance(Seconds(2 * 3_600 + 30 * 60))
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).fulfillments[0].deliverBy.description == "2026-03-06T12:30:00Z")
        #expect(try shop.events(id).contains("order.promise_changed"))
        try shop.expectClean()
    }

    @Test("Where the courier is away when the order would leave, it is promised by the day on which it comes again")
    func awayAtFirst() throws {
        let shop = try shop { vans in
            vans = vans.changingServices { $0.days = 3 }
            vans.holidays = Set(["2026-03-02", "2026-03-04"].compactMap(BusinessCalendar.day(ofDate:)))
        }
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        // Tuesday's van; Thursday, Friday and Saturday are its days.
        #expect(try shop.order(id).fulfillments[0].deliverBy.description == "2026-03-07T12:30:00Z")
        try shop.expectClean()
    }

    @Test("A labelled parcel that its own courier did not take is shown two hours after that courier's cut-off")
    func watched() async throws {
        let shop = try shop()
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        shop.advance(Seconds(4 * 3_600 + 30 * 60 - 1))  // 14:29:59
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.notHandedOver])
        try shop.expectClean()
    }

    @Test("Punctuality counts from the courier's own van, and without its holidays", arguments: [
        // Handed over on Monday at 12 or at 13; delivered so many hours later.
        (2, 35, nil, "fast 1/1"), (2, 37, nil, "fast 0/1"), (3, 58, nil, "fast 1/1"), (3, 60, nil, "fast 0/1"),
        (2, 37, "2026-03-03", "fast 1/1"), (2, 61, "2026-03-03", "fast 0/1"),
    ] as [(Int64, Int64, String?, String)])
    func punctuality(hours: Int64, later: Int64, holiday: String?, expected: String) throws {
        let shop = try shop { $0.holidays = Set([holiday].compactMap { $0.flatMap(BusinessCalendar.day(ofDate:)) }) }
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "fast")))
        shop.advance(.hours(hours))
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        shop.advance(.hours(later))
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1)))
        let counted = try shop.waybill.readNow {
            try CourierRecordStore.page(after: .init(courier: "", service: "", origin: "", area: ""), limit: 9, in: $0)
        }
        #expect(counted.filter { $0.way.origin.isEmpty }.map { "\($0.way.service) \($0.onTime)/\($0.parcels)" }
            == [expected])
        try shop.expectClean()
    }

    @Test("A cut-off of a courier that there is not is refused at its place, in a file as well; a file may bring both")
    func unknown() throws {
        let shop = try TestSystem()
        let place = try london([cutoff("16:30"), cutoff("16:30", of: "moon")])
        try shop.perform(SaveCouriers(couriers: [.vans]))
        let refusal = try expectRefusal(
            .unknownCourier, at: "/courier_cutoffs/1/courier", of: SaveLocations(locations: [place], isList: false),
            in: shop)
        #expect(refusal?.explanation.contains("there is no courier moon; couriers are: vans") == true)
        try expectRefusal(
            .unknownCourier, at: "/locations/0/courier_cutoffs/1/courier", of: SaveLocations(locations: [place]),
            in: shop)
        try expectRefusal(
            .unknownCourier, at: "/locations/0/courier_cutoffs/1/courier",
            of: ApplyConfiguration(channels: [], locations: [place]), in: shop)
        var moon = Courier.post
        moon = Courier(code: "moon", name: "Moon", tariff: moon.tariff)
        moon.holidays = [20_000, 20_001]
        try shop.perform(ApplyConfiguration(channels: [], locations: [place], couriers: [moon]))
        let known = try shop.waybill.readNow { try Configuration.load(in: $0) }
        #expect(known.locations["LONDON"] == place && known.couriers["moon"] == moon)
    }

    @Test("A location that has cut-offs of a courier which does not collect there is odd, and so is a second country")
    func odd() throws {
        let shop = try TestSystem()
        var vans = Courier.vans
        try shop.perform(SaveCouriers(couriers: [vans]))
        func oddities(_ locations: Location...) throws -> [String] {
            let reply = try shop.perform(SaveLocations(locations: locations))
            return try JSON.parse(reply.body)["oddities"]?.array?.compactMap(\.string) ?? []
        }
        #expect(try oddities(.warehouse("LONDON")) == [])
        var abroad = Location.warehouse("PARIS")
        abroad.address = Address(name: "Paris", lines: ["1 rue"], city: "Paris", postcode: "75001", country: "FR")
        let said = try oddities(abroad)
        #expect(said.count == 1 && said[0].hasPrefix("courier vans: it does not say where it collects, and locations"))
        vans.origins = CourierOrigins(countries: ["FR"])
        try shop.perform(SaveCouriers(couriers: [vans]))
        #expect(try oddities(try london([cutoff("16:30")])) == [
            "courier vans: LONDON has cut-offs for it, and is none of its origins: it does not collect there"
        ])
    }
}

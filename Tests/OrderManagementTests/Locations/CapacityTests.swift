import OrderManagement
import TestSupport
import Testing

@Suite("What a location can do in a day")
struct CapacityTests {
    /// LONDON takes so many jobs a day.
    private func shop(_ capacity: Int64?, closes: Bool = false, _ stock: String...) throws -> TestSystem {
        let shop = try TestSystem()
        try shop.limit(capacity, closes: closes)
        for text in stock { try shop.receive(text) }
        return shop
    }

    private func shipBy(_ id: OrderID, _ shop: TestSystem) throws -> Timestamp {
        try #require(try shop.order(id).fulfillments.last).shipBy
    }

    @Test("A full day passes work on to the next one, while that costs less than another location")
    func nextDay() throws {
        let shop = try shop(2, "TEE@LONDON: 9")
        let dates = try (1...5).map { _ in try shipBy(try shop.place("1 × TEE at 10.00 GBP, store"), shop) }
        let first = dates[0]
        #expect(dates == [first, first, first + .days(1), first + .days(1), first + .days(2)])
        #expect(try shop.days() == ["2026-03-02 2", "2026-03-03 2", "2026-03-04 1"])
        try shop.expectClean()
    }

    @Test("Cancelled and rejected work gives its place back; what was sent has used it")
    func places() throws {
        let shop = try shop(2, "TEE@LONDON: 9")
        let orders = try (1...3).map { _ in try shop.place("1 × TEE at 10.00 GBP, store") }
        try shop.perform(CancelOrder(order: orders[0], reason: .customer))
        try shop.perform(RejectFulfillment(fulfillment: orders[2].fulfillment(1), reason: .other))
        #expect(try shop.days() == ["2026-03-02 1", "2026-03-03 0"])
        try shop.deliver(orders[1])
        #expect(try shop.days() == ["2026-03-02 1", "2026-03-03 0"])
        let next = try shop.place("1 × TEE at 10.00 GBP, store")
        #expect(try shop.days().first == "2026-03-02 2")
        #expect(try shop.order(next).fulfillments.map(\.location) == ["LONDON"])
        try shop.expectClean()
    }

    @Test("A location without a day in sight is left out, and the decision says why")
    func full() throws {
        let shop = try shop(0, "TEE@LONDON: 9", "TEE@LEEDS: 1")
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        #expect(try shop.order(id).fulfillments.map(\.location) == ["LEEDS"])
        #expect(try shop.order(id).lines[0].backordered == 1)
        let decision = try #require(
            try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 9, in: $0) }
                .first { $0.type == "order.sourced" })
        #expect(try JSON.parse(decision.data).at("exclusions.full")?.integer == 1)
        try shop.limit(nil)
        try shop.perform(SourceOrder(order: id))
        #expect(try shop.order(id).lines[0].backordered == 0)
        try shop.expectClean()
    }

    @Test("Who waits beside stock for a day is served when one comes, and when the location can do more")
    func served() async throws {
        let shop = try shop(1, "TEE@LONDON: 99")
        let orders = try (1...17).map { _ in try shop.place("1 × TEE at 10.00 GBP, store") }
        func waiting() throws -> Int { try orders.count { try shop.order($0).lines[0].backordered > 0 } }
        #expect(try waiting() == 3)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try waiting() == 2)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try waiting() == 1)
        try shop.limit(9)
        try await shop.runDueJobs()
        #expect(try waiting() == 0)
        try shop.expectClean()
    }

    @Test("Goods that may not leave yet take of the day on which they will")
    func preorder() async throws {
        let shop = try shop(1, "TEE@LONDON: 9")
        var item = Item.plain("TEE")
        item.availableFrom = shop.now + .days(20)
        try shop.perform(SaveItems(items: [item]))
        try shop.place("1 × TEE at 10.00 GBP, store")
        try shop.place("1 × TEE at 10.00 GBP, store")
        #expect(try shop.days() == ["2026-03-22 1", "2026-03-23 1"])
        item.availableFrom = shop.now + .days(40)
        try shop.perform(SaveItems(items: [item]))
        try await shop.runDueJobs()
        #expect(try shop.days() == ["2026-03-22 0", "2026-03-23 0", "2026-04-11 1", "2026-04-12 1"])
        try shop.expectClean()
    }

    @Test("A rejection for want of capacity closes the day, where the location is set up so")
    func closes() throws {
        let shop = try shop(nil, closes: true, "TEE@LONDON: 9")
        let id = try shop.place("1 × TEE at 10.00 GBP, store")
        let today = try shipBy(id, shop)
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .noCapacity))
        #expect(try shop.order(id).lines[0].backordered == 1)
        #expect(try shop.told().contains("location.day_closed"))
        #expect(try shipBy(try shop.place("1 × TEE at 10.00 GBP, store"), shop) == today + .days(1))
        try shop.expectClean()
        try shop.limit(nil, closes: false)
        #expect(try shipBy(try shop.place("1 × TEE at 10.00 GBP, store"), shop) == today)
        try shop.expectClean()
    }

    @Test("What can be promised to a destination knows full days")
    func promised() throws {
        let shop = try shop(1, "TEE@LONDON: 9")
        func soonest() throws -> Timestamp? {
            try shop.waybill.readNow { db in
                let configuration = try Configuration.load(in: db)
                let question = DeliveryQuestion(to: try #require(Destination("GB-LS1 4AP")), at: shop.now)
                return try Availability.of(
                    ["TEE"], channel: .web, configuration: configuration, shippedTo: question, at: shop.now, in: db
                ).first?.delivery?.first?.shipBy
            }
        }
        let before = try #require(try soonest())
        try shop.place("1 × TEE at 10.00 GBP, store")
        #expect(try soonest() == before + .days(1))
    }

    @Test("Orders at two doors at once take no more of a day than it has")
    func race() async throws {
        let shop = try shop(5, "TEE@LONDON: 99")
        let other = OrderManagement(database: shop.database, clock: { [shop] in shop.now })
        defer { other.stop() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                let order = try PlaceOrder("1 × TEE at 10.00 GBP, store, named C-\(number)")
                let door = number.isMultiple(of: 2) ? shop.waybill : other
                group.addTask { _ = try await door.perform(order, as: .system) }
            }
            try await group.waitForAll()
        }
        #expect(
            try shop.days() == ["2026-03-02 5", "2026-03-03 5", "2026-03-04 5", "2026-03-05 5", "2026-03-06 4"])
        try shop.expectClean()
    }

    @Test("Tampered days are found")
    func tampered() throws {
        let shop = try shop(5, "TEE@LONDON: 9")
        try shop.place("1 × TEE at 10.00 GBP, store")
        for sql in [
            "UPDATE location_days SET taken = 2", "UPDATE location_days SET taken = 1, capacity = 0",
            "DELETE FROM location_days", "UPDATE fulfillments SET work_day = 7",
        ] { #expect(try !shop.examine(tamperedBy: sql).isClean, "\(sql)") }
        try shop.expectClean()
    }
}

extension TestSystem {
    /// LONDON takes so many jobs a day from now on.
    fileprivate func limit(_ capacity: Int64?, closes: Bool = false) throws {
        var london = Location.warehouse("LONDON")
        london.capacityPerDay = capacity
        london.closesForNoCapacity = closes
        try perform(SaveLocations(locations: [london]))
    }

    /// What LONDON has taken on, day by day: `2026-03-02 2`.
    fileprivate func days() throws -> [String] {
        try waybill.readNow { try WorkDayStore.days(of: "LONDON", from: 0, limit: 99, in: $0) }
            .map { "\(BusinessCalendar.date(ofDay: $0.day)) \($0.load.taken)" }
    }
}

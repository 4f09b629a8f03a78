import TestSupport
import Testing

@testable import OrderManagement

@Suite("Units that do not come on the day on which they were expected")
struct BackorderOverdueTests {
    /// One TEE-M is there; the channel tells its customers of new dates.
    private func shop(days: Int64 = 14, _ release: SupplyPolicy.BackorderRelease = .available) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "CAP@LONDON: 5")
        var policy = ChannelPolicy(
            stages: [], backorderDays: days, supply: SupplyPolicy(backorderRelease: release))
        policy.messages = MessagePolicy(kinds: [.promiseChanged])
        try shop.open("shop", policy: policy)
        return shop
    }

    private func expected(_ id: OrderID, _ shop: TestSystem) throws -> Timestamp? {
        let order = try shop.order(id)
        return try order.expectedDate(of: #require(order.lines.first { $0.backordered > 0 }))
    }

    private func told(_ id: OrderID, _ shop: TestSystem) throws -> Int {
        try shop.events(id).count { $0 == "order.promise_changed" }
    }

    private func mails(_ id: OrderID, _ shop: TestSystem) throws -> Int {
        try shop.waybill.readNow { try MessageStore.of(id, in: $0) }.count
    }

    private func shown(_ shop: TestSystem) throws -> OrderException? {
        let open = try shop.openExceptions().filter { $0.kind == .backorderOverdue }
        #expect(open.count <= 1)
        return open.first
    }

    /// The day of which is over.
    private func pass(_ date: Timestamp?, _ shop: TestSystem) async throws {
        shop.now = try #require(date) + .days(1)
        try await shop.runDueJobs()
    }

    @Test("Once the day is over who waits is promised another one and told, and customer service hears of it",
        arguments: [14, 1, 0])
    func lapsed(days: Int64) async throws {
        let shop = try shop(days: days)
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        let day = try #require(try expected(id, shop))
        #expect(day == shop.now + .days(days))
        shop.now = day + .hours(1)
        try await shop.runDueJobs()
        #expect(try expected(id, shop) == day && shown(shop) == nil, "its day is not over")
        try await pass(day, shop)
        // The job ran once the day was over in UTC; what it told counts from then on.
        let next = try #require(try expected(id, shop))
        #expect(next > shop.now + .days(2) && next <= shop.now + .days(max(3, days)))
        #expect(try told(id, shop) == 1 && mails(id, shop) == 1)
        let shown = try #require(try shown(shop))
        #expect(shown.owner == "customer_service" && shown.sku == "TEE-M" && shown.due == shown.openedAt + .days(1))
        #expect(shown.cause.hasPrefix("2 × TEE-M of order SHOP-1001 should have come by \(day)"))
        #expect(shown.cause.contains("The new date is \(next), by the channel's days: no supply is known"))
        #expect(
            shown.actions(about: try shop.order(id))
                == [.cancelWaiting(id, [LineQuantity(line: id.line(1), quantity: 2)])])
        try shop.expectClean()
    }

    @Test("Each day that is missed is told again, and the exception says the newest; one that was settled comes anew")
    func again() async throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        try await pass(try expected(id, shop), shop)
        let first = try #require(try shown(shop))
        let second = try #require(try expected(id, shop))
        try await pass(second, shop)
        #expect(try told(id, shop) == 2 && mails(id, shop) == 2)
        let now = try #require(try shown(shop))
        #expect(now.id == first.id && now.cause.contains("\(second)"))
        try shop.perform(ResolveException(exception: now.id, resolution: "They wait gladly."))
        try await shop.runDueJobs()
        #expect(try shown(shop) == nil)
        try await pass(try expected(id, shop), shop)
        #expect(try shown(shop) != nil)
        try shop.expectClean()
    }

    @Test("A channel that promises no day keeps its customers in peace: the dates are further and further apart")
    func noDays() async throws {
        let shop = try shop(days: 0)
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        let begin = shop.now
        var spans: [Int64] = []
        for day in 1...60 {
            let before = try expected(id, shop)
            shop.now = begin + .days(Int64(day))
            try await shop.runDueJobs()
            let (now, date) = (try expected(id, shop), try #require(try expected(id, shop)))
            if now != before { spans.append((date - shop.now).count / Seconds.days(1).count) }
            #expect(try told(id, shop) == spans.count && mails(id, shop) == spans.count)
        }
        #expect(spans.first == 3 && spans == spans.sorted() && spans.last == 14 && spans.count <= 8, "\(spans)")
        try shop.expectClean()
    }

    /// What settles it, by name.
    private static let ends = ["the units are there", "given up", "the order is cancelled", "swapped"]

    @Test("It is settled by itself when the units are there or are not wanted any more", arguments: ends)
    func settled(end: String) async throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        try await pass(try expected(id, shop), shop)
        #expect(try shown(shop) != nil)
        switch end {
        case "the units are there":
            try shop.receive("TEE-M@LONDON: 1")
            try await shop.runDueJobs()
            #expect(try shown(shop) != nil, "one is still missing")
            try shop.receive("TEE-M@LONDON: 1")
            try await shop.runDueJobs()
        case "given up":
            let two = [LineQuantity(line: id.line(1), quantity: 2)]
            try shop.perform(CancelOrder(order: id, lines: two, reason: .unfillable))
        case "swapped":
            try shop.amend(id) { $0.swaps = [(1, 2, "CAP")] }
        default: try shop.perform(CancelOrder(order: id, reason: .customer), as: .supervisor)
        }
        #expect(try shown(shop) == nil)
        let before = try told(id, shop)
        shop.advance(.days(40))
        try await shop.runDueJobs()
        #expect(try shown(shop) == nil && told(id, shop) == before)
        try shop.expectClean()
    }

    @Test("Supply that is known by then makes the promise; supply that fails leaves no day that is over")
    func supply() async throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        let supply = try shop.expect("PO-1", ["TEE-M": 2], due: shop.now + .days(20))
        try await shop.runDueJobs()
        #expect(try expected(id, shop) == shop.now + .days(20), "beyond the channel's days")
        let other = try shop.expect("PO-2", ["TEE-M": 9], due: shop.now + .days(30))
        try await pass(try expected(id, shop), shop)
        #expect(try expected(id, shop) == shop.now + .days(9))
        #expect(try shown(shop)?.cause.contains("when supply is to come") == true)
        for gone in [supply, other] { try shop.perform(CloseInbound(inbound: gone, isCancellation: true)) }
        try await shop.runDueJobs()
        #expect(try expected(id, shop) == shop.now + .days(14), "the channel's first days were over long ago")
        try shop.expectClean()
    }

    @Test("Units that lie where nobody works are named, with the place")
    func paused() async throws {
        let shop = try shop()
        var york = Location.store("YORK")
        york.isPaused = true
        try shop.receive("TEE-M@YORK: 4")
        try shop.perform(SaveLocations(locations: [york]))
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        try await pass(try expected(id, shop), shop)
        let shown = try #require(try shown(shop))
        #expect(shown.cause.hasSuffix("At locations that are paused lie 4 × TEE-M at YORK."))
        #expect(shown.suggestion.hasPrefix("End the pause"))
        try shop.perform(SaveLocations(locations: [.store("YORK")]))
        try await shop.runDueJobs()
        #expect(try self.shown(shop) == nil && shop.order(id).lines[0].backordered == 0)
        try shop.expectClean()
    }

    @Test("What was sold in advance is overdue once the day of its item is over, not when the channel's days are")
    func preorder() async throws {
        let shop = try shop()
        try shop.perform(
            SaveItems(items: [
                Item(sku: "NEW", name: "New", weightGrams: 500, availableFrom: shop.now + .days(30))
            ]))
        var policy = ChannelPolicy(stages: [])
        policy.supply.preorderLimit = 9
        try shop.open("early", policy: policy)
        let id = try shop.place("2 × NEW at 10.00 GBP", on: "early")
        let day = try expected(id, shop)
        #expect(day == shop.now + .days(30))
        shop.now = try #require(day) + .hours(1)
        try await shop.runDueJobs()
        #expect(try expected(id, shop) == day && shown(shop) == nil)
        try await pass(day, shop)
        #expect(try shown(shop)?.sku == "NEW")
        #expect(try #require(try expected(id, shop)) > shop.now)
        try shop.expectClean()
    }

    @Test("An order that waits for nothing has no job for it; the doctor finds one that nobody would look at")
    func doctor() throws {
        let shop = try shop()
        let waiting = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        _ = try shop.place("3 × CAP at 10.00 GBP", on: "shop")
        let jobs = try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 99, in: $0) }
        #expect(jobs.filter { $0.kind == .chaseBackorder }.map(\.order) == [waiting])
        let report = try shop.examine(tamperedBy: "DELETE FROM jobs WHERE kind = 'chase_backorder'")
        #expect(report.findings.map(\.subject) == ["SHOP-1001"])
    }
}

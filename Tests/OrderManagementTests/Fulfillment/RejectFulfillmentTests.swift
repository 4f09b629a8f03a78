import OrderManagement
import TestSupport
import Testing

@Suite("Rejecting work")
struct RejectFulfillmentTests {
    /// What becomes of 2 of 5 units at the location that rejects them; another location has 5 more.
    private static let reasons = TextTable(
        """
        reason      | rejecting location
        not_found   | available 3
        damaged     | available 3, quarantined 2
        no_capacity | available 5
        closed      | available 5
        cannot_ship | available 5
        other       | available 5
        """)

    @Test("Units go where the reason says, and the order finds another location", arguments: reasons.rows)
    func reason(row: TextTable.Row) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 5")
        let reason = try #require(RejectionReason(rawValue: row["reason"]))
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: reason))
        #expect(try shop.stock("TEE-M@LONDON") == row["rejecting location"])
        #expect(try shop.stock("TEE-M@LEEDS") == "available 3, allocated 2")
        #expect(try shop.state(id.fulfillment(1)) == .rejected)
        #expect(try shop.state(id.fulfillment(2)) == .released)
        #expect(try shop.events(id).contains("fulfillment.rejected"))
        try shop.expectClean()
    }

    @Test("The table names every reason")
    func allReasons() {
        #expect(Self.reasons.rows.map { $0["reason"] } == RejectionReason.allCases.map(\.rawValue))
    }

    @Test("A part that is rejected becomes a fulfillment of its own; the rest goes on")
    func part() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 5")
        try shop.perform(
            RejectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 1]), reason: .damaged))
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.released, .rejected, .released])
        #expect(order.fulfillments.map(\.units) == [2, 1, 1])
        #expect(order.fulfillments.map(\.location) == ["LONDON", "LONDON", "LEEDS"])
        try shop.expectClean()
    }

    @Test("Units that nobody else has are backordered, and a person hears of it")
    func nowhere() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .closed))
        #expect(try shop.order(id).lines[0].backordered == 2)
        #expect(try shop.openExceptions().map(\.kind) == [.rejectedEverywhere])
        #expect(try shop.events(id).suffix(3).contains("exception.opened"))
        try shop.expectClean()
    }

    @Test("A location that rejected an order is not asked again for the next rejection's units")
    func notAskedAgain() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.receive("TEE-M@LEEDS: 5")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .closed))
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(2), reason: .closed))
        #expect(try shop.order(id).lines[0].backordered == 2)
        #expect(try shop.stock("TEE-M@LONDON") == "available 5")
        try shop.expectClean()
    }

    @Test("Arriving stock fills a rejected order from elsewhere only: its rejecting location is left out for good")
    func leftOutWhenFilled() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .closed))
        try shop.receive("TEE-M@LONDON: 5")
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].backordered == 2)
        let next = try shop.place("1 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(next).fulfillments.map(\.location) == ["LONDON"])
        try shop.receive("TEE-M@LEEDS: 1")
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.lines[0].backordered == 1)
        #expect(order.fulfillments.map(\.location) == ["LONDON", "LEEDS"])
        try shop.expectClean()
    }

    @Test("Sourcing again leaves the rejecting location out, and says so")
    func leftOutWhenSourcedAgain() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .cannotShip))
        try shop.perform(SourceOrder(order: id))
        #expect(try shop.order(id).lines[0].backordered == 2)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let sourced = try #require(events.last { $0.type == "order.sourced" })
        #expect(try JSON.parse(sourced.data)["exclusions"]?["rejected"]?.integer == 1)
        try shop.receive("TEE-M@LEEDS: 5")
        try shop.perform(SourceOrder(order: id))
        #expect(try shop.order(id).fulfillments.map(\.location) == ["LONDON", "LEEDS"])
        try shop.expectClean()
    }

    @Test("Open work at a location that rejected other units keeps its place when the order is sourced again")
    func openWorkStays() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2", "CAP@LONDON: 1")
        try shop.open("slow", policy: ChannelPolicy(stages: [], release: .manual))
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 2 × CAP at 5.00 GBP", on: "slow")
        try shop.perform(ReleaseFulfillment(fulfillment: id.fulfillment(1)))
        try shop.receive("CAP@LONDON: 1")
        try shop.perform(SourceOrder(order: id))
        try shop.perform(
            RejectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 1]), reason: .other))
        try shop.perform(SourceOrder(order: id))
        let order = try shop.order(id)
        #expect(order.fulfillments.first { $0.number == 2 }?.state == .open)
        #expect(order.lines.map(\.backordered) == [1, 0])
        try shop.expectClean()
    }

    @Test("Units that a count has missed already are not counted down twice when they are not found")
    func afterCount() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("5 × TEE-M at 10.00 GBP, store")
        try shop.move(.count, 2, "TEE-M@LONDON")
        try shop.perform(
            RejectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 3]), reason: .notFound))
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 2")
        try shop.expectClean()
    }

    @Test("Damaged units of a promise that is short are first those that the count has missed")
    func damagedWhileShort() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("5 × TEE-M at 10.00 GBP, store")
        try shop.move(.count, 2, "TEE-M@LONDON")
        try shop.perform(
            RejectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 2]), reason: .damaged))
        #expect(try shop.stock("TEE-M@LONDON") == "available -1, allocated 3, shortage 1")
        try shop.perform(
            RejectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 2]), reason: .damaged))
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 1, quarantined 1")
        try shop.expectClean()
    }

    @Test("More units than the fulfillment has cannot be rejected")
    func tooMany() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity",
            of: RejectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 3]), reason: .other), in: shop)
        try expectRefusal(
            .unknownLine, at: "/lines/0/line",
            of: RejectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([2: 1]), reason: .other), in: shop)
    }
}

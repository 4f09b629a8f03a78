import OrderManagement
import TestSupport
import Testing

@Suite("When waiting units are expected")
struct BackorderPromiseTests {
    private func shop() throws -> TestSystem { try TestSystem(stock: "TEE-M@LONDON: 1") }

    private func expected(_ id: OrderID, _ shop: TestSystem) throws -> String? {
        let view = try JSON.parse(try shop.order(id).view)
        return view["lines"]?.array?.first?["expected_at"]?.string
    }

    private func told(_ id: OrderID, _ shop: TestSystem) throws -> Int {
        try shop.events(id).count { $0 == "order.promise_changed" }
    }

    @Test("Supply promises its day, to the longest waiting first; beyond it the channel's days hold")
    func queue() async throws {
        let shop = try shop()
        let orders = try (1...3).map { _ in try shop.place("3 × TEE-M at 10.00 GBP, store") }
        let days = (shop.now + .days(14)).description
        #expect(try expected(orders[0], shop) == days)
        // Waiting: 2, 3 and 3 units.
        _ = try shop.expect("PO-1", ["TEE-M": 2], due: shop.now + .days(9))
        _ = try shop.expect("PO-2", ["TEE-M": 4], due: shop.now + .days(5))
        try await shop.runDueJobs()
        #expect(try expected(orders[0], shop) == (shop.now + .days(5)).description)
        #expect(try expected(orders[1], shop) == (shop.now + .days(9)).description)
        #expect(try expected(orders[2], shop) == days)
        #expect(try orders.map { try told($0, shop) } == [1, 1, 0])
        try shop.expectClean()
        // The unit that is left goes to the third order: nobody overtakes it.
        let late = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try await shop.runDueJobs()
        #expect(try expected(late, shop) == days)
        try shop.expectClean()
    }

    @Test("A date that slips is told once; supply that fails leaves the channel's days")
    func slips() async throws {
        let shop = try shop()
        let order = try shop.place("3 × TEE-M at 10.00 GBP, store")
        let days = (shop.now + .days(14)).description
        let supply = try shop.expect("PO-1", ["TEE-M": 2], due: shop.now + .days(5))
        try await shop.runDueJobs()
        try shop.perform(RescheduleInbound(inbound: supply, due: shop.now + .days(8)))
        try await shop.runDueJobs()
        try await shop.runDueJobs()
        #expect(try expected(order, shop) == (shop.now + .days(8)).description)
        #expect(try told(order, shop) == 2)
        try shop.perform(CloseInbound(inbound: supply, isCancellation: true))
        try await shop.runDueJobs()
        #expect(try expected(order, shop) == days)
        #expect(try told(order, shop) == 3)
        try shop.expectClean()
    }

    @Test("Late supply promises nothing: once its day is over who waits is told, until it has a new date")
    func late() async throws {
        let shop = try shop()
        let order = try shop.place("3 × TEE-M at 10.00 GBP, store")
        let days = (shop.now + .days(14)).description
        let due = shop.now + .days(3)
        let supply = try shop.expect("PO-1", ["TEE-M": 4], due: due)
        try await shop.runDueJobs()
        shop.now = due + .hours(1)
        try await shop.runDueJobs()
        #expect(try expected(order, shop) == due.description && told(order, shop) == 1)
        shop.now = due + .days(1)
        try await shop.runDueJobs()
        #expect(try expected(order, shop) == days && told(order, shop) == 2)
        let newcomer = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try await shop.runDueJobs()
        #expect(try expected(newcomer, shop) == (shop.now + .days(14)).description)
        let again = shop.now + .days(2)
        try shop.perform(RescheduleInbound(inbound: supply, due: again))
        try await shop.runDueJobs()
        #expect(try expected(order, shop) == again.description && told(order, shop) == 3)
        #expect(try expected(newcomer, shop) == again.description)
        try shop.expectClean()
    }

    @Test("Supply at a place that the order cannot be filled from promises it nothing")
    func elsewhere() async throws {
        let shop = try shop()
        let order = try shop.place("3 × TEE-M at 10.00 GBP, store, pickup at YORK")
        _ = try shop.expect("PO-1", ["TEE-M": 9], due: shop.now + .days(5))
        try await shop.runDueJobs()
        #expect(try expected(order, shop) == (shop.now + .days(14)).description)
        #expect(try told(order, shop) == 0)
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Nearer supply that becomes free")
struct SupplyAheadTests {
    /// Five units are due in five days and more in eleven; A waits for four of them, B for three.
    private func queue() async throws -> (shop: TestSystem, a: OrderID, b: OrderID, soon: String, late: String) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        let a = try shop.place("5 × TEE-M at 10.00 GBP, store")
        let b = try shop.place("3 × TEE-M at 10.00 GBP, store")
        let (soon, late) = (shop.now + .days(5), shop.now + .days(11))
        _ = try shop.expect("PO-1", ["TEE-M": 5], due: soon)
        _ = try shop.expect("PO-2", ["TEE-M": 9], due: late)
        try await shop.runDueJobs()
        #expect(try expected(a, shop) == soon.description && expected(b, shop) == late.description)
        return (shop, a, b, soon.description, late.description)
    }

    private func expected(_ id: OrderID, _ shop: TestSystem) throws -> String? {
        try JSON.parse(try shop.order(id).view).at("lines.0.expected_at")?.string
    }

    private func told(_ id: OrderID, _ shop: TestSystem) throws -> Int {
        try shop.events(id).count { $0 == "order.promise_changed" }
    }

    @Test("Who asks for fewer units reads the nearer day in the preview, in the answer and on the line, and it is told")
    func amended() async throws {
        let (shop, _, b, soon, late) = try await queue()
        let known = try told(b, shop)
        let preview = try shop.preview(b) { $0.quantities = [(1, 1)] }
        #expect(preview["expected_at"]?.string == soon)
        #expect(try expected(b, shop) == late && told(b, shop) == known)
        let done = try shop.amend(b) { $0.quantities = [(1, 1)] }
        #expect(done["expected_at"]?.string == soon)
        #expect(try expected(b, shop) == soon && told(b, shop) == known + 1)
        try await shop.runDueJobs()
        #expect(try expected(b, shop) == soon && told(b, shop) == known + 1)
        try shop.expectClean()
    }

    @Test("Who asks for more units reads the later day at once")
    func raised() async throws {
        let (shop, a, _, soon, late) = try await queue()
        #expect(try shop.preview(a) { $0.quantities = [(1, 6)] }["expected_at"]?.string == soon)
        #expect(try shop.preview(a) { $0.quantities = [(1, 7)] }["expected_at"]?.string == late)
        #expect(try shop.amend(a) { $0.quantities = [(1, 7)] }["expected_at"]?.string == late)
        #expect(try expected(a, shop) == late)
        try await shop.runDueJobs()
        #expect(try expected(a, shop) == late)
        try shop.expectClean()
    }

    @Test("Units given up by a cancellation bring the rest nearer at once")
    func partlyCancelled() async throws {
        let (shop, _, b, soon, _) = try await queue()
        let known = try told(b, shop)
        try shop.perform(CancelOrder(order: b, lines: [.init(line: b.line(1), quantity: 2)], reason: .customer))
        #expect(try expected(b, shop) == soon && told(b, shop) == known + 1)
        try await shop.runDueJobs()
        #expect(try expected(b, shop) == soon && told(b, shop) == known + 1)
        try shop.expectClean()
    }

    @Test("Who waits behind an order that is cancelled, or asks for less, is told the nearer day")
    func behind() async throws {
        let (shop, a, b, soon, late) = try await queue()
        let known = try told(b, shop)
        try shop.amend(a) { $0.quantities = [(1, 4)] }
        try await shop.runDueJobs()
        #expect(try expected(b, shop) == late && told(b, shop) == known)
        try shop.amend(a) { $0.quantities = [(1, 3)] }
        try await shop.runDueJobs()
        #expect(try expected(b, shop) == soon && told(b, shop) == known + 1)
        let c = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try await shop.runDueJobs()
        #expect(try expected(c, shop) == late)
        try shop.perform(CancelOrder(order: a, reason: .customer))
        try await shop.runDueJobs()
        #expect(try expected(c, shop) == soon && told(c, shop) == 2)
        #expect(try shop.order(b).lines[0].backordered == 2, "it has the unit that was A's")
        #expect(try expected(b, shop) == soon && told(b, shop) == known + 1)
        try shop.expectClean()
    }

    @Test("Who waits behind an order that is served from elsewhere is told the nearer day")
    func served() async throws {
        let (shop, a, b, soon, _) = try await queue()
        try shop.receive("TEE-M@LONDON: 4")
        try await shop.runDueJobs()
        #expect(try shop.order(a).lines[0].backordered == 0)
        #expect(try expected(b, shop) == soon)
        try shop.expectClean()
    }

    @Test("Goods that an amendment brings are promised the day on which they come for it")
    func added() async throws {
        let (shop, _, _, _, late) = try await queue()
        try shop.receive("CAP@LONDON: 3")
        let id = try shop.place("1 × CAP at 5.00 GBP, store")
        let brought: (inout Amended) -> Void = { $0.add = [(2, "TEE-M", 1_000)] }
        #expect(try shop.preview(id, brought)["expected_at"]?.string == late)
        #expect(try shop.amend(id, brought)["expected_at"]?.string == late)
        #expect(try JSON.parse(shop.order(id).view).at("lines.1.expected_at")?.string == late)
        #expect(try told(id, shop) == 0, "it is the first day that is said")
        try await shop.runDueJobs()
        #expect(try told(id, shop) == 0)
        try shop.expectClean()
    }

    @Test("A store that an order is collected from instead promises only what comes there")
    func elsewhere() async throws {
        let (shop, _, b, _, late) = try await queue()
        let days = (shop.now + .days(14)).description
        let known = try told(b, shop)
        let collected: (inout Amended) -> Void = { change in
            change.rest = { request, _ in
                request.delivery = .init(method: .pickup, service: nil, address: nil, location: "YORK")
            }
        }
        #expect(try expected(b, shop) == late)
        #expect(try shop.preview(b, collected)["expected_at"]?.string == days)
        try shop.amend(b, collected)
        #expect(try expected(b, shop) == days && told(b, shop) == known + 1)
        try await shop.runDueJobs()
        #expect(try expected(b, shop) == days && told(b, shop) == known + 1)
        try shop.expectClean()
    }

    @Test("A kit of fewer units comes when the last of its parts does")
    func kits() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        try shop.perform(
            SaveItems(items: [
                .plain("CAP"),
                Item(
                    sku: "SET", name: "Set", weightGrams: 0,
                    components: [.init(sku: "TEE-M", quantity: 1), .init(sku: "CAP", quantity: 1)])
            ]))
        _ = try shop.place("5 × TEE-M at 10.00 GBP, store")
        _ = try shop.place("2 × SET at 12.00 GBP, store")
        let last = try shop.place("3 × SET at 12.00 GBP, store")
        let (soon, late) = (shop.now + .days(5), shop.now + .days(11))
        _ = try shop.expect("PO-1", ["TEE-M": 7, "CAP": 3], due: soon)
        _ = try shop.expect("PO-2", ["TEE-M": 9, "CAP": 9], due: late)
        try await shop.runDueJobs()
        #expect(try expected(last, shop) == late.description)
        let fewer: (inout Amended) -> Void = { $0.quantities = [(1, 1)] }
        #expect(try shop.preview(last, fewer)["expected_at"]?.string == soon.description)
        try shop.amend(last, fewer)
        #expect(try expected(last, shop) == soon.description)
        let known = try told(last, shop)
        try await shop.runDueJobs()
        #expect(try expected(last, shop) == soon.description && told(last, shop) == known)
        try shop.expectClean()
    }

    @Test("Behind a long queue the day that was said stands until the job has worked out the new one")
    func longQueue() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        for _ in 0..<202 { try shop.place("1 × TEE-M at 10.00 GBP, store") }
        let last = try shop.place("3 × TEE-M at 10.00 GBP, store")
        let (soon, late) = (shop.now + .days(5), shop.now + .days(11))
        _ = try shop.expect("PO-1", ["TEE-M": 202], due: soon)
        _ = try shop.expect("PO-2", ["TEE-M": 9], due: late)
        try await shop.runDueJobs()
        #expect(try expected(last, shop) == late.description)
        #expect(try shop.amend(last) { $0.quantities = [(1, 1)] }["expected_at"]?.string == late.description)
        #expect(try expected(last, shop) == late.description)
        try await shop.runDueJobs()
        #expect(try expected(last, shop) == soon.description)
        try shop.expectClean()
    }
}

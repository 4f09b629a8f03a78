import OrderManagement
import TestSupport
import Testing

@Suite("Moving stock")
struct MoveStockTests {
    /// One SKU with 5 units: what each reason makes of it, or the code of its refusal.
    private static let cases = TextTable(
        """
        before                      | reason     | units | after
        available 5                 | receive    | 3     | available 8
        available 5                 | quarantine | 2     | available 3, quarantined 2
        available 5                 | quarantine | 6     | insufficient_stock
        available 3, quarantined 2  | restock    | 2     | available 5
        available 3, quarantined 2  | restock    | 3     | insufficient_stock
        available 3, quarantined 2  | write_off  | 2     | available 3
        available 3, quarantined 2  | write_off  | 3     | quarantined 2
        available 5                 | write_off  | 5     | nothing
        available 5                 | write_off  | 6     | insufficient_stock
        available 5                 | count_up   | 1     | available 6
        available 5                 | count_down | 5     | nothing
        available 5                 | count_down | 6     | insufficient_stock
        available 5                 | count      | 7     | available 7
        available 5                 | count      | 5     | available 5
        available 5                 | count      | 0     | nothing
        available 3, quarantined 2  | count      | 4     | available 4, quarantined 2
        available 5                 | put_away   | 1     | insufficient_stock
        """)

    @Test("Units go from bucket to bucket as the reason says, or stay where they are", arguments: cases.rows)
    func reasons(row: TextTable.Row) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        if row["before"].contains("quarantined") { try shop.move(.quarantine, 2, "TEE-M@LONDON") }
        #expect(try shop.stock("TEE-M@LONDON") == row["before"])
        let reason = try #require(MoveStock.Reason(rawValue: row["reason"]))
        let units = try #require(Int64(row["units"]))
        let move = MoveStock(entries: [.init(reason: reason, sku: "TEE-M", location: "LONDON", quantity: units)])
        if let code = Refusal.Code(rawValue: row["after"]) {
            try expectRefusal(code, at: "/0/quantity", of: move, in: shop)
        } else {
            try shop.perform(move)
            #expect(try shop.stock("TEE-M@LONDON") == row["after"])
        }
        try shop.expectClean()
    }

    @Test("A list is booked whole or not at all; each wrong place is named")
    func list() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let refusal = try expectRefusal(
            .unknownLocation, at: "/1/location",
            of: MoveStock(entries: [
                .init(reason: .receive, sku: "TEE-M", location: "LONDON", quantity: 1),
                .init(reason: .receive, sku: "TEE-M", location: "MARS", quantity: 1),
                .init(reason: .receive, sku: "tee-m", location: "LONDON", quantity: 1),
            ]), in: shop)
        #expect(refusal?.details.map(\.pointer) == ["/1/location", "/2/sku"])
        #expect(refusal?.details.map(\.code) == [.unknownLocation, .unknownSKU])
    }

    @Test("A single movement's pointer has no index")
    func single() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let entry = MoveStock.Entry(reason: .receive, sku: "HAT", location: "LONDON", quantity: 1)
        try expectRefusal(.unknownSKU, at: "/sku", of: MoveStock(entries: [entry], isList: false), in: shop)
    }

    @Test("Callers of one location do not see, and do not book, another's stock")
    func foreignLocation() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let clerk = Principal(name: "usr_1", scopes: [.stockWrite], locations: ["YORK"])
        let move = MoveStock(entries: [.init(reason: .receive, sku: "TEE-M", location: "LONDON", quantity: 1)])
        try expectRefusal(.unknownLocation, of: move, in: shop, as: clerk)
        try expectRefusal(
            .forbidden, of: move, in: shop, as: Principal(name: "usr_2", scopes: [.stockRead, .ordersWrite]))
    }

    @Test("A count below what is promised is booked, opens an exception, and sources elsewhere what it hits")
    func shortage() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("slow", policy: ChannelPolicy(stages: [], release: .manual))
        let id = try shop.place("4 × TEE-M at 10.00 GBP", on: "slow")
        try shop.receive("TEE-M@LEEDS: 5")
        try shop.move(.count, 1, "TEE-M@LONDON")
        #expect(try shop.stock("TEE-M@LONDON") == "available -3, allocated 4, shortage 3")
        let exception = try #require(try shop.openExceptions().first)
        #expect(exception.kind == .short)
        #expect(exception.owner == "LONDON")
        try shop.expectClean()
        let early = ResolveException(exception: exception.id, resolution: "found")
        try expectRefusal(.illegalTransition, of: early, in: shop)
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].allocated == 4)
        #expect(try !shop.stock("TEE-M@LONDON").contains("shortage"))
        #expect(try shop.openExceptions().isEmpty, "the shortage is gone: nobody need look any more")
        let again = ResolveException(exception: exception.id, resolution: "again")
        try expectRefusal(.illegalTransition, of: again, in: shop)
        try expectRefusal(.notFound, of: ResolveException(exception: ExceptionID(1), resolution: "?"), in: shop)
        try shop.expectClean()
    }

    @Test("One exception tells of a shortage, and of how much it is by now: more went missing, or some is settled")
    func currentShortage() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("4 × TEE-M at 10.00 GBP, store")
        try shop.move(.countDown, 2, "TEE-M@LONDON")
        try await shop.runDueJobs()
        let first = try #require(try shop.openExceptions().first)
        #expect(first.cause == "LONDON has 1 × TEE-M less than it has promised.")
        try shop.move(.countDown, 2, "TEE-M@LONDON")
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.id) == [first.id])
        #expect(try shop.openExceptions()[0].cause == "LONDON has 3 × TEE-M less than it has promised.")
        let told = try shop.waybill.readNow { try EventLog.page(after: 0, types: [], limit: 1_000, in: $0) }.events
            .last { $0.type == "exception.updated" }
        #expect(try JSON.parse(told?.data ?? "{}")["cause"]?.string?.contains("3 × TEE-M") == true)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .unfillable))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions()[0].cause == "LONDON has 2 × TEE-M less than it has promised.")
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 2]), reason: .unfillable))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A shortage that nobody else can fill stays visible until the promise is resolved")
    func lastingShortage() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("4 × TEE-M at 10.00 GBP, store")
        try shop.move(.countDown, 3, "TEE-M@LONDON")
        try await shop.runDueJobs()
        #expect(try shop.stock("TEE-M@LONDON") == "available -2, allocated 4, shortage 2")
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 2]), reason: .unfillable))
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 2")
        try shop.expectClean()
    }

    @Test("Units that arrive serve the waiting orders, the longest waiting first")
    func fairQueue() async throws {
        let shop = try TestSystem(stock: "CAP@LONDON: 1")
        try shop.perform(SaveItems(items: [.plain("TEE-M")]))
        var waiting: [OrderID] = []
        for units in [2, 3, 1] {
            shop.advance(.minutes(1))
            waiting.append(try shop.place("\(units) × TEE-M at 10.00 GBP, store"))
        }
        try shop.receive("TEE-M@LONDON: 4")
        try await shop.runDueJobs()
        #expect(try waiting.map { try shop.order($0).lines[0].allocated } == [2, 2, 0])
        try shop.receive("TEE-M@YORK: 9")
        try await shop.runDueJobs()
        #expect(try waiting.map { try shop.order($0).lines[0].backordered } == [0, 0, 0])
        #expect(try waiting.allSatisfy { try shop.order($0).backorderedUntil == nil })
        try shop.expectClean()
    }

    @Test("Two hundred buyers in one group for the last twenty units: exactly twenty are sold")
    func lastUnits() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 12", "TEE-M@LEEDS: 8")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        var order = try PlaceOrder("1 × TEE-M at 10.00 GBP")
        order.channel = "strict"
        let results = shop.waybill.performNow((1...200).map { _ in (order, .system, nil) })
        var sold = 0
        for result in results {
            switch result {
            case .success: sold += 1
            case .failure(let error): #expect((error as? Refusal)?.code == .insufficientStock)
            }
        }
        #expect(sold == 20)
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 12")
        #expect(try shop.stock("TEE-M@LEEDS") == "allocated 8")
        try shop.expectClean()
    }
}

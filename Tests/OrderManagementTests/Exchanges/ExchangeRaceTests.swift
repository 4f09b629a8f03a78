import TestSupport
import Testing

@testable import OrderManagement

@Suite("Races for exchanges")
struct ExchangeRaceTests {
    private func shop(_ shipping: ReturningPolicy.Shipping = .onReceipt) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5")
        try shop.exchanging(shipping)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(id)
        return (shop, id)
    }

    private func race(_ commands: [any Command], in shop: TestSystem) async -> [Refusal.Code] {
        await withTaskGroup(of: Refusal.Code?.self) { tasks in
            for command in commands {
                tasks.addTask {
                    do {
                        _ = try await shop.waybill.perform(command, as: .system)
                        return nil
                    } catch { return (error as? Refusal)?.code ?? .unavailable }
                }
            }
            return await tasks.reduce(into: []) { codes, code in if let code { codes.append(code) } }
        }
    }

    @Test("Of two exchanges of one unit one is made; the other finds nothing left", arguments: 1...4)
    func twoExchanges(round: Int) async throws {
        let (shop, id) = try shop()
        let commands = ["TEE-L", "TEE-M"].map { id.exchange(for: [.of($0)]) }
        #expect(await race(round % 2 == 0 ? commands : commands.reversed(), in: shop) == [.notReturnable])
        #expect(try shop.order(id).returns.count == 1)
        try shop.expectClean()
    }

    @Test("A return that is received twice pays its exchange once", arguments: 1...4)
    func receivedTwice(round: Int) async throws {
        let (shop, id) = try shop(round % 2 == 0 ? .onReceipt : .atOnce)
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        let receipt = ReceiveReturn(
            id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)])
        #expect(await race([receipt, receipt], in: shop).count == 1)
        #expect(try shop.order(new).captured == 1000 && shop.order(id).refunded == 1000)
        try shop.expectClean()
    }

    @Test("A return that comes while its new order is cancelled pays one of both, never both", arguments: 1...6)
    func receivedAndCancelled(round: Int) async throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        let receipt = ReceiveReturn(
            id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)])
        let commands: [any Command] = [receipt, CancelOrder(order: new, reason: .customer)]
        #expect(await race(round % 2 == 0 ? commands : commands.reversed(), in: shop).isEmpty)
        let (old, order) = (try shop.order(id), try shop.order(new))
        let gone = old.effects.filter { $0.kind == .refund && $0.paidTo == nil }.reduce(0) { $0 + $1.amount }
        #expect(gone + order.refunded == 1000 && OrderStatus(of: order).overall == .cancelled)
        try shop.expectClean()
    }

    @Test("A refund by hand and an exchange of the same unit give its worth once", arguments: 1...4)
    func refundAndExchange(round: Int) async throws {
        let (shop, id) = try shop(.atOnce)
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        let receipt = ReceiveReturn(
            id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)])
        let commands: [any Command] = [
            receipt, RefundPayment(order: id, amount: gbp(700), payment: nil, reason: "late"),
        ]
        _ = await race(round % 2 == 0 ? commands : commands.reversed(), in: shop)
        let order = try shop.order(id)
        #expect(order.refunded == 1000)
        #expect(try shop.openExceptions().map(\.kind) == (shop.order(new).captured == 1000 ? [] : [.exchangeUnpaid]))
        try shop.expectClean()
    }

    @Test("The doctor sees an exchange that brought another amount, and one that only one side knows")
    func tampered() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.receive(id.entry(1))
        let wrong = try shop.examine(
            tamperedBy: "UPDATE orders SET document = REPLACE(document, '\"brought\":1000', '\"brought\":900')")
        #expect(wrong.findings.contains { $0.explanation.contains("What an exchange brings") })
        let alone = try shop.examine(
            tamperedBy: "UPDATE returns SET terms = REPLACE(terms, '\"successor\":', '\"nobody\":')")
        #expect(alone.findings.contains { $0.explanation.contains("name each other") })
        #expect(try shop.order(new).origin?.brought == 1000)
    }

    @Test(
        "The first parcel is found while the second is received: nothing is paid, or a person is asked for the goods",
        arguments: 1...4)
    func foundAndReceived(round: Int) async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var policy = ChannelPolicy(stages: [])
        policy.returning.undelivered = .refund
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.send(id, as: "T")
        let new = try shop.reship(id, 1)
        try shop.send(new, as: "N")
        try shop.tell("N1", .returnedToSender, of: new)
        let found = RecordTracking(courier: "dpd", tracking: "T1", status: .delivered, at: shop.now, candidates: [id])
        let receipt = ReceiveReturn(
            id: new.entry(1), location: "LONDON", lines: [.init(line: new.line(1), quantity: 1, disposition: .restock)])
        #expect(await race(round % 2 == 0 ? [found, receipt] : [receipt, found], in: shop).isEmpty)
        let (order, other) = (try shop.order(id), try shop.order(new))
        let gone = other.effects.filter { $0.kind == .refund && $0.paidTo == nil }.reduce(0) { $0 + $1.amount }
        #expect(try gone == (shop.openExceptions().isEmpty ? 0 : 1000), "who was paid is asked for the goods")
        #expect((order.parcels[0].claim?.endedAt != nil) == (gone == 0) && order.captured == 1000)
        try shop.expectClean()
    }
}

import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Races for money")
struct MoneyRaceTests {
    /// Sent and taken: 20.00.
    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        return (shop, id)
    }

    /// Performs commands at once, each by its own task. - Returns: the codes of those that were refused.
    private func race(
        _ commands: [any Command], in shop: TestSystem, key: IdempotencyKey? = nil
    ) async -> [Refusal.Code] {
        await withTaskGroup(of: Refusal.Code?.self) { tasks in
            for command in commands {
                tasks.addTask {
                    do {
                        _ = try await shop.waybill.perform(command, as: .system, key: key)
                        return nil
                    } catch { return (error as? Refusal)?.code ?? .unavailable }
                }
            }
            return await tasks.reduce(into: []) { codes, code in if let code { codes.append(code) } }
        }
    }

    private func refund(_ id: OrderID, _ amount: Int64) -> RefundPayment {
        RefundPayment(order: id, amount: gbp(amount), payment: nil, reason: "late")
    }

    @Test("Of two refunds of 60 % one is made; the other hears what is left")
    func sixtyPercent() async throws {
        let (shop, id) = try shop()
        #expect(await race([refund(id, 1200), refund(id, 1200)], in: shop) == [.amountExceedsCaptured])
        #expect(try shop.order(id).refunded == 1200 && shop.order(id).memos.count == 1)
        let refusal = try expectRefusal(.amountExceedsCaptured, of: refund(id, 1200), in: shop)
        #expect(refusal?.explanation.contains("8.00 GBP") == true)
        try shop.expectClean()
    }

    @Test("A double click is one refund")
    func doubleClick() async throws {
        let (shop, id) = try shop()
        let key = IdempotencyKey(principal: .system, method: "POST", path: "/refunds", key: "k", digest: "d")
        #expect(await race((0..<8).map { _ in refund(id, 500) }, in: shop, key: key).isEmpty)
        #expect(try shop.order(id).refunded == 500 && shop.order(id).memos.count == 1)
        try shop.expectClean()
    }

    @Test("A capture and the cancellation that lets the same money go: what was taken is given back", arguments: 1...6)
    func captureAndCancel(round: Int) async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        let commands: [any Command] = [
            CapturePayment(order: id, amount: gbp(2000), reason: "deposit"), CancelOrder(order: id, reason: .customer),
        ]
        let refused = await race(round % 2 == 0 ? commands : commands.reversed(), in: shop)
        let order = try shop.order(id)
        #expect(refused == (order.captured == 0 ? [.amountExceedsAuthorized] : []))
        #expect(order.captured == order.refunded && order.captured + order.voided == 2000)
        try shop.expectClean()
    }

    @Test("A refund and a return that give back the same units give their worth once", arguments: 1...4)
    func refundAndReturn(round: Int) async throws {
        let (shop, id) = try shop()
        let entry = try shop.takeBack([1: 2], of: id)
        let commands: [any Command] = [refund(id, 1500), SettleReturn(id: entry, refund: .source)]
        _ = await race(round % 2 == 0 ? commands : commands.reversed(), in: shop)
        #expect(try shop.order(id).refunded == 2000)
        try shop.expectClean()
    }

    @Test("A refund whose answer was lost is asked for again by the same name and made once")
    func lostAnswer() async throws {
        let made = Mutex<[String: Int]>([:])
        let provider = TestProvider("card") { request in
            let count = made.withLock { made in
                made[request.id, default: 0] += 1
                return made[request.id] ?? 0
            }
            if request.kind == .refund, count == 1 { throw Refusal(.unavailable, "the answer was lost") }
            return .done(reference: request.id)
        }
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [provider])
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.deliver(id)
        try await shop.runDueJobs()
        try shop.perform(refund(id, 1200))
        try await shop.runDueJobs()
        #expect(try shop.order(id).payments[0].refundPending == 1200)
        try expectRefusal(.amountExceedsCaptured, of: refund(id, 1200), in: shop)
        shop.advance(.hours(1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).refunded == 1200)
        let askedTwice = made.withLock { made in made.filter { $0.value == 2 }.count }
        #expect(askedTwice == 1)
        try shop.expectClean()
    }
}

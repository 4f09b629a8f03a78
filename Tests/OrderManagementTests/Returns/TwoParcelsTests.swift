import OrderManagement
import TestSupport
import Testing

@Suite("A return that comes in more than one parcel")
struct TwoParcelsTests {
    /// Three TEE-M at 10.00, delivered, announced to come back by post, all or some, agreed to.
    private func announced(
        _ units: Int64 = 3, _ change: (inout ReturningPolicy) -> Void = { _ in }
    ) throws -> (shop: TestSystem, order: OrderID, entry: ReturnID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.returning.overdueDays = 20
        policy.returning.sendWithinDays = 10
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: units, reason: .unwanted)]))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        return (shop, id, id.entry(1))
    }

    private func receive(_ units: Int64, of id: ReturnID, isComplete: Bool = false) -> ReceiveReturn {
        let lines = units > 0 ? [ReceiveReturn.Line(line: id.order.line(1), quantity: units)] : []
        return ReceiveReturn(id: id, location: "LEEDS", lines: lines, isComplete: isComplete)
    }

    private func judge(_ units: Int64, of id: ReturnID) -> InspectReturn {
        InspectReturn(id: id, lines: [.init(line: id.order.line(1), quantity: units, disposition: .restock)])
    }

    private func entry(_ id: ReturnID, in shop: TestSystem) throws -> Return { try shop.order(id.order).returns[0] }

    @Test("What came first is judged, and the return waits for the rest; judged as well, it is inspected")
    func twoParcels() throws {
        let (shop, id, entry) = try announced()
        try shop.perform(receive(1, of: entry))
        try shop.perform(judge(1, of: entry))
        let waiting = try self.entry(entry, in: shop)
        #expect(waiting.state == .received && waiting.lines[0].expected == 2 && waiting.lines[0].missing == 0)
        #expect(try shop.stock("TEE-M@LEEDS") == "available 1")
        try shop.expectClean()
        try shop.perform(receive(2, of: entry))
        try shop.perform(judge(2, of: entry))
        #expect(try self.entry(entry, in: shop).state == .inspected)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        #expect(try shop.order(id).refunded == 3_000)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Paid after inspection, each parcel is paid for once it is judged, not before")
    func paidByPart() throws {
        let (shop, id, entry) = try announced { $0.refundAt = .inspection }
        try shop.perform(receive(1, of: entry))
        #expect(try shop.order(id).refunded == 0)
        try shop.perform(judge(1, of: entry))
        #expect(try shop.order(id).refunded == 1_000 && self.entry(entry, in: shop).state == .received)
        try shop.perform(receive(1, of: entry))
        #expect(try shop.order(id).refunded == 1_000)
        try shop.perform(judge(1, of: entry))
        #expect(try shop.order(id).refunded == 2_000)
        try shop.perform(receive(0, of: entry, isComplete: true))
        let closed = try self.entry(entry, in: shop)
        #expect(closed.state == .settled && closed.lines[0].missing == 1 && closed.refunded == 2_000)
        try shop.expectClean()
    }

    @Test("Somebody says that nothing more comes: the return goes on with what is here")
    func nothingMore() throws {
        let (shop, _, entry) = try announced()
        try shop.perform(receive(2, of: entry))
        try shop.perform(judge(2, of: entry))
        try shop.perform(receive(0, of: entry, isComplete: true))
        let closed = try self.entry(entry, in: shop)
        #expect(closed.state == .inspected && closed.lines[0].missing == 1)
        try expectRefusal(.illegalTransition, of: receive(1, of: entry), in: shop)
        try shop.expectClean()
    }

    @Test("Each part that comes gives the rest its time again; when that is over, the return goes on with what is here")
    func deadline() async throws {
        let (shop, id, entry) = try announced { $0.refundAt = .inspection }
        shop.advance(.days(5))
        try shop.perform(receive(1, of: entry))
        try shop.perform(judge(1, of: entry))
        #expect(try self.entry(entry, in: shop).awaitedUntil == shop.now + .days(20))
        shop.advance(.days(15))
        try await shop.runDueJobs()
        try shop.perform(receive(1, of: entry))
        try shop.perform(judge(1, of: entry))
        shop.advance(Seconds(20 * 86_400 - 1))
        try await shop.runDueJobs()
        #expect(try self.entry(entry, in: shop).state == .received)
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        let closed = try self.entry(entry, in: shop)
        #expect(closed.state == .settled && closed.lines[0].missing == 1 && closed.awaitedUntil == nil)
        // Twice goods have come, of which the customer hears; that no more are waited for is another thing.
        #expect(try shop.events(id).count { $0 == "return.received" } == 2)
        #expect(try shop.events(id).contains("return.waiting_ended"))
        #expect(try shop.order(id).refunded == 2_000 && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What may still be sent is waited for until then, and at its end nobody forgets what is not judged")
    func unjudgedAtTheEnd() async throws {
        let (shop, _, entry) = try announced { ($0.overdueDays, $0.sendWithinDays, $0.answerWithinDays) = (2, 30, 3) }
        try shop.perform(receive(1, of: entry))
        #expect(try self.entry(entry, in: shop).awaitedUntil == shop.now + .days(30))
        shop.advance(.days(30))
        try await shop.runDueJobs()
        let ended = try self.entry(entry, in: shop)
        #expect(ended.state == .received && ended.lines[0].missing == 2)
        try shop.expectClean()
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnUnsettled])
        try shop.perform(judge(1, of: entry))
        #expect(try self.entry(entry, in: shop).state == .inspected)
        try shop.expectClean()
    }

    @Test("An exchange is paid once, by all that comes: its first parcel alone brings nothing yet")
    func exchange() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.returning.refundAt = .inspection
        policy.returning.approvesItself = true
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(id)
        let request = RequestReturn(
            order: id, method: .byPost, location: nil,
            lines: [.init(line: id.line(1), quantity: 2, reason: .wrongSize)])
        try shop.perform(ExchangeOrder(request: request, lines: [.init(sku: "TEE-M", quantity: 2)]))
        let link = try #require(try shop.order(id).returns[0].terms.successor)
        let entry = id.entry(1)
        try shop.perform(receive(1, of: entry))
        try shop.perform(judge(1, of: entry))
        #expect(try shop.order(link.order).captured == 0 && self.entry(entry, in: shop).state == .received)
        try shop.perform(receive(1, of: entry))
        try shop.perform(judge(1, of: entry))
        #expect(try shop.order(link.order).captured == 2_000 && self.entry(entry, in: shop).state == .settled)
        try shop.expectClean()
    }

    @Test("Two who count the same parcel take it in once: the second is told what came, and may say that more did")
    func countedTwice() throws {
        let (shop, _, entry) = try announced(2)
        try shop.perform(receive(1, of: entry))
        let refusal = try expectRefusal(.quantityExceeded, at: "/lines/0/quantity", of: receive(2, of: entry), in: shop)
        #expect(refusal?.details[0].detail.contains("announces 2 × TEE-M, of which 1 came already") == true)
        #expect(try shop.stock("TEE-M@LEEDS") == "quarantined 1")
        try shop.perform(receive(1, of: entry))
        try expectRefusal(.quantityExceeded, at: "/lines/0/quantity", of: receive(1, of: entry), in: shop)
        try shop.perform(
            ReceiveReturn(
                id: entry, location: "LEEDS", lines: [.init(line: entry.order.line(1), quantity: 1)],
                isMoreThanAnnounced: true))
        let line = try self.entry(entry, in: shop).lines[0]
        #expect(line.quantity == 3 && line.received == 3 && line.excess == 1)
        try shop.expectClean()
    }
}

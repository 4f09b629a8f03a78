import OrderManagement
import TestSupport
import Testing

@Suite("Parcels of returns that turn up after these were closed")
struct LateReturnTests {
    /// TEE-M delivered, and the return of two of them to LEEDS by RT-1 approved.
    private func approved(
        of ordered: Int = 2, _ change: (inout ReturningPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.returning.location = "LEEDS"
        policy.returning.refundAt = .inspection
        (policy.returning.sendWithinDays, policy.returning.receiveWithinDays) = (14, 3)
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place("\(ordered) × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(id)
        let entry = try shop.approveReturn(2, of: id)
        try shop.perform(LabelReturn(id: entry, courier: "postman", tracking: "RT-1"))
        return (shop, id)
    }

    /// The same, sent, and closed since nothing came.
    private func closed(
        of ordered: Int = 2, _ change: (inout ReturningPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let (shop, id) = try approved(of: ordered, change)
        try shop.perform(SendReturn(id: id.entry(1)))
        try close(id, in: shop)
        return (shop, id)
    }

    private func close(_ id: OrderID, in shop: TestSystem) throws {
        try shop.perform(ReceiveReturn(id: id.entry(1), location: "LEEDS", lines: [], isComplete: true))
        #expect(try shop.order(id).returns[0].state == .settled)
        shop.advance(.days(1))
    }

    private func tell(_ status: Parcel.State, in shop: TestSystem) throws -> String? {
        try shop.tell(status, of: "RT-1", by: "postman")
    }

    private func receive(_ units: Int64, of id: ReturnID, in shop: TestSystem) throws {
        let line = ReceiveReturn.Line(line: id.order.line(1), quantity: units, disposition: .restock)
        try shop.perform(ReceiveReturn(id: id, location: "LEEDS", lines: [line]))
    }

    private func shown(_ shop: TestSystem) throws -> OrderException? {
        try shop.openExceptions().first { $0.kind == .returnTurnedUp }
    }

    @Test("One that arrives after nothing had come is told to its location, taken back after all, and paid for once")
    func delivered() throws {
        let (shop, id) = try closed()
        #expect(try tell(.inTransit, in: shop) == "moved")
        #expect(try shop.openExceptions().isEmpty, "it is nowhere yet")
        shop.advance(.hours(1))
        #expect(try tell(.delivered, in: shop) == "moved")
        #expect(try tell(.delivered, in: shop) == "repeated")
        let shown = try #require(try shown(shop))
        #expect(shown.owner == "LEEDS" && shown.location == "LEEDS" && shown.order == id)
        for words in ["RT-1", try shop.order(id).returns[0].reference(in: shop.order(id)), "at LEEDS"] {
            #expect(shown.cause.contains(words))
        }
        #expect(shown.actions(about: try shop.order(id)) == [.reopenReturn(id.entry(1))])
        try shop.perform(ReopenReturn(id: id.entry(1)))
        #expect(try shop.openExceptions().isEmpty)
        let entry = try #require(try shop.order(id).returns.last)
        #expect(entry.state == .inTransit && entry.terms.way?.state == .delivered && entry.terms.tracking == "RT-1")
        #expect(entry.lines.map(\.quantity) == [2] && entry.lines.map(\.reason) == [.unwanted])
        try expectRefusal(.illegalTransition, of: ReopenReturn(id: id.entry(1)), in: shop)
        try shop.expectClean()
        try receive(2, of: id.entry(2), in: shop)
        #expect(try shop.order(id).refunded == 2000 && shop.stock("TEE-M@LEEDS") == "available 2")
        #expect(try OrderStatus(of: shop.order(id)).returns == .returned)
        try expectRefusal(.illegalTransition, of: ReopenReturn(id: id.entry(1)), in: shop)
        try shop.expectClean()
    }

    @Test("One that expired before it was sent is told of as well; what is taken back is received in time")
    func expired() async throws {
        let (shop, id) = try approved()
        shop.advance(.days(15))
        try await shop.runDueJobs()
        #expect(try shop.order(id).returns[0].state == .expired)
        #expect(try tell(.delivered, in: shop) == "moved")
        #expect(try shown(shop)?.cause.contains("which is expired") == true)
        try shop.perform(ReopenReturn(id: id.entry(1)))
        shop.advance(.days(4))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnUnreceived])
        try receive(2, of: id.entry(2), in: shop)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What was paid for as lost is not paid for again when it turns up and is taken back")
    func paidBefore() throws {
        let (shop, id) = try approved()
        try shop.perform(SendReturn(id: id.entry(1)))
        _ = try tell(.lost, in: shop)
        let units = [LineQuantity(line: id.line(1), quantity: 2)]
        try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "lost", lines: units))
        try close(id, in: shop)
        #expect(try tell(.delivered, in: shop) == "moved")
        try shop.perform(ReopenReturn(id: id.entry(1)))
        try receive(2, of: id.entry(2), in: shop)
        #expect(try shop.order(id).refunded == 2000 && shop.stock("TEE-M@LEEDS") == "available 2")
        try shop.expectClean()
    }

    @Test("One that goes back to the customer is told to customer service; that it arrived after all is told anew")
    func goesBack() throws {
        let (shop, id) = try closed()
        #expect(try tell(.returnedToSender, in: shop) == "moved")
        let first = try #require(try shown(shop))
        #expect(first.owner == "customer_service" && first.location == nil && first.cause.contains("to the customer"))
        #expect(first.actions(about: try shop.order(id)) == [])
        shop.advance(.hours(1))
        #expect(try tell(.delivered, in: shop) == "moved")
        let second = try #require(try shown(shop))
        #expect(second.id != first.id && second.owner == "LEEDS")
        try shop.perform(ResolveException(exception: second.id, resolution: "Sent back to the customer."))
        #expect(try shop.openExceptions().isEmpty)
        #expect(try tell(.delivered, in: shop) == "repeated")
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Of what came with a return later news are no question; of one that brought a part what is told since")
    func received() throws {
        let (shop, id) = try approved()
        try shop.perform(SendReturn(id: id.entry(1)))
        try receive(2, of: id.entry(1), in: shop)
        shop.advance(.hours(1))
        #expect(try tell(.delivered, in: shop) == "passed")
        #expect(try shop.openExceptions().isEmpty)
        try expectRefusal(.illegalTransition, of: ReopenReturn(id: id.entry(1)), in: shop)
        let (other, part) = try approved()
        try other.perform(SendReturn(id: part.entry(1)))
        let before = other.now
        other.advance(.hours(1))
        try receive(1, of: part.entry(1), in: other)
        try other.perform(ReceiveReturn(id: part.entry(1), location: "LEEDS", lines: [], isComplete: true))
        try other.tell(.delivered, of: "RT-1", by: "postman", at: before)
        #expect(try other.openExceptions().isEmpty, "that is what came")
        other.advance(.hours(1))
        _ = try other.tell(.inTransit, of: "RT-1", by: "postman", at: before + Seconds(60))
        #expect(try other.openExceptions().isEmpty)
        try other.perform(ReopenReturn(id: part.entry(1)))
        #expect(try other.order(part).returns[1].lines.map(\.quantity) == [1])
        try receive(1, of: part.entry(2), in: other)
        #expect(try other.order(part).refunded == 2000)
        try other.expectClean()
    }

    @Test("Where its units come by another return they are received with that")
    func otherReturn() throws {
        let (shop, id) = try closed()
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 2, reason: .unwanted)]))
        #expect(try tell(.delivered, in: shop) == "moved")
        let offered = try #require(try shown(shop)).actions(about: try shop.order(id))
        if try shop.order(id).returns[1].state == .requested {
            #expect(offered == [.approveReturn(id.entry(2))])
            try shop.perform(ApproveReturn(id: id.entry(2)))
        }
        let all = [LineQuantity(line: id.line(1), quantity: 2)]
        #expect(
            try shown(shop)?.actions(about: try shop.order(id)) == [
                .receiveReturn(id.entry(2), location: "LEEDS", all)
            ])
        try expectRefusal(.illegalTransition, of: ReopenReturn(id: id.entry(1)), in: shop)
        try receive(2, of: id.entry(2), in: shop)
        #expect(try shop.openExceptions().isEmpty && shop.order(id).refunded == 2000)
        try shop.expectClean()
    }

    @Test("A parcel is taken back after all once, however many units its customer has")
    func once() throws {
        let (shop, id) = try closed(of: 5)
        #expect(try tell(.delivered, in: shop) == "moved")
        try shop.perform(ReopenReturn(id: id.entry(1)))
        try expectRefusal(.illegalTransition, of: ReopenReturn(id: id.entry(1)), in: shop)
        try receive(2, of: id.entry(2), in: shop)
        try expectRefusal(.illegalTransition, of: ReopenReturn(id: id.entry(1)), in: shop)
        #expect(try shop.order(id).refunded == 2000 && shop.order(id).returns.count == 2)
        try shop.expectClean()
    }

    @Test("What the parcel of another return is to bring is not received from this one: it is taken back by itself")
    func ownParcel() throws {
        let (shop, id) = try closed(of: 5)
        try shop.approveReturn(3, of: id)
        try shop.perform(LabelReturn(id: id.entry(2), courier: "postman", tracking: "RT-2"))
        #expect(try tell(.delivered, in: shop) == "moved")
        #expect(try shown(shop)?.actions(about: try shop.order(id)) == [.reopenReturn(id.entry(1))])
        // Without a parcel of its own it may be what is here, but no more than that was to bring.
        let (other, order) = try closed(of: 5)
        try other.approveReturn(3, of: order)
        #expect(try tell(.delivered, in: other) == "moved")
        let two = [LineQuantity(line: order.line(1), quantity: 2)]
        #expect(
            try shown(other)?.actions(about: try other.order(order)).first
                == .receiveReturn(order.entry(2), location: "LEEDS", two))
    }

    @Test("What was paid for as lost is not offered once more where something else came in its parcel")
    func somethingElse() throws {
        let (shop, id) = try approved(of: 5)
        try shop.perform(SaveItems(items: [.plain("HAT")]))
        try shop.perform(SendReturn(id: id.entry(1)))
        let units = [LineQuantity(line: id.line(1), quantity: 2)]
        try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "lost", lines: units))
        #expect(try shop.order(id).refunded == 2000)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LEEDS", lines: [], found: [.init(sku: "HAT", quantity: 1, note: nil)],
                isComplete: true))
        let shown = try #require(try shop.openExceptions().first { $0.kind == .wrongItem })
        let outcomes: [SettleGoods.Outcome] = [.restocked, .sentBack, .writtenOff]
        #expect(try shown.actions(about: shop.order(id)) == outcomes.map { .settleGoods(shown.id, $0) })
        try shop.expectClean()
    }

    @Test("What was received by hand under another return when it came is not asked about once its courier tells of it")
    func receivedByHand() throws {
        for isToldFirst in [true, false] {
            let (shop, id) = try closed()
            let arrived = shop.now
            let other = try shop.approveReturn(2, of: id)
            if isToldFirst {
                #expect(try tell(.delivered, in: shop) == "moved")
                #expect(try shown(shop) != nil)
            }
            shop.advance(.hours(1))
            try receive(2, of: other, in: shop)
            if !isToldFirst { #expect(try shop.tell(.delivered, of: "RT-1", by: "postman", at: arrived) == "moved") }
            #expect(try shown(shop) == nil, "nothing of it is left to receive")
            try shop.expectClean()
        }
    }
}

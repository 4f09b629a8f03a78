import OrderManagement
import TestSupport
import Testing

@Suite("Cancelling")
struct CancelOrderTests {
    private func shop(_ text: String, at state: Fulfillment.State = .released) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
        let id = try shop.place(text)
        try shop.walk(id, to: state)
        return (shop, id)
    }

    @Test("A whole order gives back its units and all of its money", arguments: [
        Fulfillment.State.open, .released, .accepted, .picking, .packed,
    ])
    func whole(state: Fulfillment.State) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, shipping 4.95")
        try shop.walk(id, to: state)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let order = try shop.order(id)
        let status = OrderStatus(of: order)
        #expect(try shop.stock("TEE-M@LONDON") == "available 5")
        #expect(order.due == 0)
        #expect(order.voided == 2495)
        #expect(status.overall == .cancelled)
        #expect(status.fulfillment == .none)
        #expect(status.payment == .voided)
        #expect(try shop.state(id.fulfillment(1)) == .cancelled)
        // Goods that were picked have to go back to their shelf.
        #expect((order.fulfillments[0].note != nil) == (state == .picking || state == .packed))
        try shop.expectClean()
    }

    @Test("One of two units: one goes back, its money is let go, the other is sent")
    func oneUnit() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, allocated 1")
        #expect(try shop.order(id).due == 1000)
        #expect(try shop.order(id).voided == 1000)
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 1000)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("A line of two: the other goes on")
    func oneLine() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .merchant))
        #expect(try shop.order(id).lines.map(\.cancelled) == [0, 1])
        #expect(try shop.stock("CAP@LONDON") == "available 5")
        try shop.expectClean()
    }

    @Test("A part of what is packed opens the boxes again")
    func partOfPacked() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store", at: .packed)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        let order = try shop.order(id)
        #expect(order.fulfillments[0].state == .picking)
        #expect(order.fulfillments[0].note != nil)
        #expect(order.parcels[0].lines.isEmpty)
        try shop.expectClean()
        try shop.walk(id, to: .delivered)
        try shop.expectClean()
    }

    @Test("A part of what waits to be collected leaves the rest ready")
    func partOfReady() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .ready)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.state(id.fulfillment(1)) == .ready)
        #expect(try shop.stock("TEE-M@YORK") == "available 4, allocated 1")
        try shop.walk(id, to: .collected)
        #expect(try shop.order(id).captured == 1000)
        try shop.expectClean()
    }

    @Test("Of a pickup, packed ends when it is ready to collect, and ready when it is collected", arguments: [
        (Fulfillment.State.packed, "packed", true), (.ready, "packed", false), (.ready, "ready", true),
    ])
    func packedOrReady(state: Fulfillment.State, last: String, isPossible: Bool) throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        try shop.open("desk", policy: ChannelPolicy(stages: [], cancellableUntil: last))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, pickup at YORK", on: "desk")
        try shop.walk(id, to: state)
        let channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["desk"])
        let found = try shop.order(id).permissions(channel, at: shop.now).filter { $0.path.hasSuffix("cancellations") }
        #expect(found.count == 2 && found.allSatisfy { $0.isAllowed == isPossible && $0.untilState == last })
        let cancel = CancelOrder(order: id, reason: .customer)
        guard !isPossible else {
            try shop.perform(cancel)
            return try shop.expectClean()
        }
        #expect(found.allSatisfy { $0.reason?.contains("until they were ready to collect") == true }, "\(found)")
        let refusal = try expectRefusal(.tooLateToCancel, of: cancel, in: shop)
        #expect(refusal?.explanation.contains("possible until they were ready to collect") == true)
        try expectRefusal(.tooLateToCancel, of: CancelFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        #expect(try shop.state(id.fulfillment(1)) == .ready)
    }

    @Test("What was sent cannot be cancelled")
    func sent() throws {
        for state: Fulfillment.State in [.shipped, .delivered] {
            let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store", at: state)
            try expectRefusal(.tooLateToCancel, of: CancelOrder(order: id, reason: .customer), in: shop)
            try expectRefusal(
                .tooLateToCancel, at: "/lines/0/quantity",
                of: CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer), in: shop)
        }
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity",
            of: CancelOrder(order: id, lines: id.units([1: 2]), reason: .customer), in: shop)
    }

    @Test("After a part was sent, the rest can be cancelled, and the money closes")
    func restOfSent() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        let id = try shop.place("3 × TEE-M at 10.01 GBP, store, shipping 4.95")
        try shop.walk(id, to: .delivered)
        try shop.perform(CancelOrder(order: id, reason: .unfillable))
        let order = try shop.order(id)
        #expect(order.due == 1001 + 495)
        #expect(order.captured == order.due)
        #expect(order.captured + order.voided == order.authorized)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Beyond the state that policy names, it is too late", arguments: [
        (Fulfillment.State.released, true), (.accepted, false), (.picking, false), (.packed, false),
    ])
    func policy(state: Fulfillment.State, isAllowed: Bool) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.open("quick", policy: ChannelPolicy(stages: [], cancellableUntil: "released"))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "quick")
        try shop.walk(id, to: state)
        if isAllowed {
            try shop.perform(CancelOrder(order: id, reason: .customer))
        } else {
            try expectRefusal(.tooLateToCancel, of: CancelOrder(order: id, reason: .customer), in: shop)
        }
        try shop.expectClean()
    }

    @Test("A line that is named twice is given up by the sum; beyond what is open nothing is")
    func namedTwice() throws {
        let (shop, id) = try shop("3 × TEE-M at 10.00 GBP, store")
        let line = OrderLineID(id, 1)
        func lines(_ units: Int64...) -> [LineQuantity] { units.map { LineQuantity(line: line, quantity: $0) } }
        try expectRefusal(
            .quantityExceeded, at: "/lines/1/quantity",
            of: CancelOrder(order: id, lines: lines(2, 2), reason: .customer), in: shop)
        try shop.perform(CancelOrder(order: id, lines: lines(1, 1), reason: .customer))
        #expect(try shop.order(id).lines[0].cancelled == 2)
        try shop.expectClean()
    }

    @Test("Backordered units are given up first")
    func backorderedFirst() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 2]), reason: .customer))
        let line = try shop.order(id).lines[0]
        #expect(line.backordered == 0)
        #expect(line.allocated == 1)
        #expect(try shop.order(id).backorderedUntil == nil)
        try shop.expectClean()
    }

    @Test("Units captured by hand before they are cancelled are refunded")
    func capturedBefore() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(CapturePayment(order: id, amount: gbp(2000), reason: "deposit"))
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.order(id).refunded == 1000)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        #expect(try shop.order(id).refunded == 2000)
        #expect(try OrderStatus(of: shop.order(id)).payment == .refunded)
        try shop.expectClean()
    }

    @Test("Units that come free serve those who wait")
    func servesWaiting() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        let first = try shop.place("2 × TEE-M at 10.00 GBP, store")
        let second = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.perform(CancelOrder(order: first, reason: .customer))
        try await shop.runDueJobs()
        #expect(try shop.order(second).lines[0].allocated == 1)
        #expect(try shop.state(second.fulfillment(1)) == .released)
        try shop.expectClean()
    }

    @Test("Lines of another order, and units beyond what is open, are refused at their place")
    func wrongUnits() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store")
        let other = try shop.place("1 × CAP at 5.00 GBP, store")
        try expectRefusal(
            .unknownLine, at: "/lines/1/line",
            of: CancelOrder(order: id, lines: id.units([1: 1]) + other.units([1: 1]), reason: .customer), in: shop)
        try expectRefusal(
            .quantityExceeded, at: "/lines/1/quantity",
            of: CancelOrder(order: id, lines: id.units([1: 2]) + id.units([1: 1]), reason: .customer), in: shop)
        try expectRefusal(.notFound, of: CancelOrder(order: OrderID(1), reason: .customer), in: shop)
    }

    @Test("A caller who saw another version is refused")
    func stale() throws {
        let (shop, id) = try shop("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(NoteOrder(order: id, text: "Call first."))
        try expectRefusal(.staleVersion, of: CancelOrder(order: id, reason: .customer, version: 1), in: shop)
        try expectRefusal(
            .staleVersion, of: AtVersion(NoteOrder(order: id, text: "No."), order: id, version: 1), in: shop)
        try shop.perform(CancelOrder(order: id, reason: .customer, version: 2))
    }

    @Test("Cancelling one fulfillment cancels its units in the order")
    func oneFulfillment() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LEEDS: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        let number = try #require(try shop.order(id).fulfillments.first { $0.location == "LEEDS" }).number
        try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(number)))
        let order = try shop.order(id)
        #expect(order.lines.map(\.cancelled) == [0, 1])
        #expect(order.voided == 500)
        #expect(try shop.stock("CAP@LEEDS") == "available 5")
        try shop.expectClean()
    }
}

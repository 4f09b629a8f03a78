import OrderManagement
import TestSupport
import Testing

@Suite("Returning")
struct RequestReturnTests {
    private func delivered(
        _ text: String = "3 × TEE-M at 10.01 GBP, store, shipping 4.95"
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
        let id = try shop.place(text)
        try shop.deliver(id)
        return (shop, id)
    }

    private func request(
        _ units: [Int: Int64], of id: OrderID, _ method: Return.Method = .byPost, at location: String? = nil
    ) -> RequestReturn {
        RequestReturn(
            order: id, method: method, location: location,
            lines: units.keys.sorted().map {
                .init(line: id.line($0), quantity: units[$0] ?? 0, reason: .wrongSize)
            })
    }

    @Test("By post: requested, approved, received into quarantine, restocked, refunded")
    func byPost() throws {
        let (shop, id) = try delivered()
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(
            ReceiveReturn(id: id.entry(1), location: "LEEDS", lines: [.init(line: id.line(1), quantity: 2)]))
        #expect(try shop.stock("TEE-M@LEEDS") == "quarantined 2")
        #expect(try shop.order(id).lines[0].returned == 2)
        try shop.perform(
            InspectReturn(id: id.entry(1), lines: [.init(line: id.line(1), quantity: 2, disposition: .restock)]))
        #expect(try shop.stock("TEE-M@LEEDS") == "available 2")
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        #expect(try shop.order(id).refunded == 2002)
        #expect(try shop.order(id).returns[0].refunded == 2002)
        #expect(
            try shop.events(id).suffix(6) == [
                "return.requested", "return.approved", "return.received", "return.inspected", "payment.refunded",
                "return.settled",
            ] || shop.events(id).last == "order.completed")
        try shop.expectClean()
    }

    @Test("Over a counter: received with the request, wherever it was sent from")
    func inStore() throws {
        let (shop, id) = try delivered()
        let reply = try shop.perform(request([1: 1], of: id, .inStore, at: "YORK"))
        #expect(try JSON.parse(reply.body)["status"]?.string == "received")
        #expect(try shop.stock("TEE-M@YORK") == "quarantined 1")
        try shop.expectClean()
    }

    @Test("Each disposition puts the units where it says", arguments: [
        (Return.Disposition.restock, "available 1"), (.refurbish, "quarantined 1"), (.writeOff, "nothing"),
    ])
    func dispositions(disposition: Return.Disposition, stock: String) throws {
        let (shop, id) = try delivered()
        try shop.takeBack([1: 1], of: id, as: disposition)
        #expect(try shop.stock("TEE-M@YORK") == stock)
        try shop.expectClean()
    }

    @Test("The condition in which units came is kept on the line and told; a second one stands behind the first")
    func condition() throws {
        let (shop, id) = try delivered()
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        for condition in ["box opened", "box opened"] {
            try shop.perform(
                ReceiveReturn(
                    id: id.entry(1), location: "LEEDS",
                    lines: [.init(line: id.line(1), quantity: 1, condition: condition)]))
        }
        #expect(try shop.order(id).returns[0].lines[0].condition == "box opened")
        try shop.perform(request([1: 1], of: id, .inStore, at: "YORK"))
        #expect(try shop.order(id).returns[1].lines[0].condition == nil)
        try shop.perform(
            InspectReturn(id: id.entry(1), lines: [.init(line: id.line(1), quantity: 2, disposition: .refurbish)]))
        let view = try JSON.parse(try shop.order(id).view)["returns"]?.array?.first
        #expect(view?["lines"]?.array?.first?["condition"]?.string == "box opened")
        try shop.expectClean()
    }

    @Test("Different conditions of the units of a line stand behind each other")
    func conditions() throws {
        let (shop, id) = try delivered()
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LEEDS",
                lines: [
                    .init(line: id.line(1), quantity: 1, condition: "new"),
                    .init(line: id.line(1), quantity: 1, condition: "torn"),
                ]))
        #expect(try shop.order(id).returns[0].lines[0].condition == "new; torn")
        try shop.expectClean()
    }

    @Test("An amount makes no sense where nothing is refunded")
    func amountOfNothing() throws {
        let (shop, id) = try delivered()
        try shop.takeBack([1: 1], of: id)
        try expectRefusal(
            .invalidInput, at: "/amount", of: SettleReturn(id: id.entry(1), refund: .none, amount: gbp(5)), in: shop)
    }

    @Test("A disposition given at receipt inspects in the same commit")
    func atReceipt() throws {
        let (shop, id) = try delivered()
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 2, disposition: .restock)]))
        #expect(try shop.order(id).returns[0].state == .inspected)
        #expect(try shop.stock("TEE-M@LONDON") == "available 4")
        try shop.expectClean()
    }

    @Test("Restocked units serve the longest waiting order first")
    func servesQueue() async throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 2")
        let sold = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.deliver(sold)
        var waiting: [OrderID] = []
        for _ in 1...3 {
            shop.advance(.minutes(1))
            waiting.append(try shop.place("1 × TEE-M at 10.00 GBP, store"))
        }
        try shop.takeBack([1: 2], of: sold)
        try await shop.runDueJobs()
        #expect(try waiting.map { try shop.order($0).lines[0].allocated } == [1, 1, 0])
        try shop.expectClean()
    }

    @Test("Returns in pieces give back the goods' value exactly, never the shipping")
    func pieces() throws {
        let (shop, id) = try delivered("3 × TEE-M at 10.00 GBP, store, shipping 4.95, discount 0.01")
        var refunds: [Int64] = []
        for _ in 1...3 {
            let before = try shop.order(id).refunded
            try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
            refunds.append(try shop.order(id).refunded - before)
        }
        #expect(refunds.reduce(0, +) == 2999)
        #expect(try OrderStatus(of: shop.order(id)).payment == .partiallyRefunded)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("A settlement may give less, or nothing; not more than was captured")
    func settlements() throws {
        let (shop, id) = try delivered()
        let first = try shop.takeBack([1: 1], of: id)
        func settle(_ id: ReturnID, _ refund: SettleReturn.Refund, _ amount: Money? = nil) -> SettleReturn {
            SettleReturn(id: id, refund: refund, amount: amount)
        }
        try expectRefusal(.amountExceedsCaptured, of: settle(first, .source, gbp(3499)), in: shop)
        let euro = Money(1, try #require(Currency("EUR")))
        try expectRefusal(.currencyMismatch, at: "/amount/currency", of: settle(first, .source, euro), in: shop)
        try shop.perform(settle(first, .source, gbp(500)))
        #expect(try shop.order(id).refunded == 500)
        try shop.perform(settle(try shop.takeBack([1: 1], of: id), .none))
        #expect(try shop.order(id).refunded == 500)
        try shop.expectClean()
    }

    // MARK: Refusals

    @Test("Only what was sent, and is not announced or back already, can come back")
    func notSent() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try expectRefusal(.notReturnable, at: "/lines/0/quantity", of: request([1: 1], of: id), in: shop)
        try shop.deliver(id)
        try shop.perform(request([1: 2], of: id))
        try expectRefusal(.notReturnable, at: "/lines/0/quantity", of: request([1: 2], of: id), in: shop)
        try shop.perform(RejectReturn(id: id.entry(1), note: nil))
        try shop.perform(request([1: 3], of: id))
        try shop.expectClean()
    }

    @Test("A final sale does not come back")
    func finalSale() throws {
        let (shop, id) = try delivered()
        var item = Item.plain("TEE-M")
        item.isReturnable = false
        try shop.perform(SaveItems(items: [item]))
        try expectRefusal(.notReturnable, at: "/lines/0/line", of: request([1: 1], of: id), in: shop)
    }

    @Test("The window closes so many days after delivery, to the second")
    func window() throws {
        let (shop, id) = try delivered()
        shop.advance(.days(30))
        try shop.perform(request([1: 1], of: id))
        shop.advance(Seconds(1))
        let refusal = try expectRefusal(
            .returnWindowClosed, at: "/lines/0/quantity", of: request([1: 1], of: id), in: shop)
        #expect(refusal?.explanation.contains("2026-04-01T10:00:00Z") == true)
    }

    @Test("The location must take returns, be known, and be named for a counter")
    func locations() throws {
        let (shop, id) = try delivered()
        var office = Location.warehouse("OFFICE")
        office.takesReturns = false
        try shop.perform(SaveLocations(locations: [office]))
        let cases: [(String?, Refusal.Code)] = [
            (nil, .invalidInput), ("MARS", .unknownLocation), ("OFFICE", .notReturnable),
        ]
        for (location, code) in cases {
            try expectRefusal(code, at: "/location", of: request([1: 1], of: id, .inStore, at: location), in: shop)
        }
        try shop.perform(request([1: 1], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try expectRefusal(
            .notReturnable, at: "/location",
            of: ReceiveReturn(id: id.entry(1), location: "OFFICE", lines: [.init(line: id.line(1), quantity: 1)]),
            in: shop)
    }

    @Test("Not more comes in than the customer can have, nor is more judged than came in")
    func quantities() throws {
        let (shop, id) = try delivered()
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity",
            of: ReceiveReturn(id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 4)]),
            in: shop)
        try shop.perform(
            ReceiveReturn(id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1)]))
        try expectRefusal(
            .quantityExceeded, at: "/lines/0/quantity",
            of: InspectReturn(id: id.entry(1), lines: [.init(line: id.line(1), quantity: 2, disposition: .restock)]),
            in: shop)
        try expectRefusal(.notFound, of: ApproveReturn(id: id.entry(2)), in: shop)
        try shop.expectClean()
    }
}

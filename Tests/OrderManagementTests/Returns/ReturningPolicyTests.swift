import OrderManagement
import TestSupport
import Testing

@Suite("What the returning policy grants")
struct ReturningPolicyTests {
    /// Three TEE-M at 10.01 and one CAP at 5.00, delivered, on a channel with this policy.
    private func delivered(
        _ text: String = "3 × TEE-M at 10.01 GBP + 1 × CAP at 5.00 GBP, shipping 4.95",
        _ change: (inout ReturningPolicy) -> Void
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place(text, on: "shop")
        try shop.deliver(id)
        return (shop, id)
    }

    private func request(
        _ units: [Int: Int64], of id: OrderID, _ reason: Return.Reason = .unwanted, _ method: Return.Method = .byPost,
        at location: String? = nil, as disposition: Return.Disposition? = nil
    ) -> RequestReturn {
        RequestReturn(
            order: id, method: method, location: location,
            lines: units.keys.sorted().map {
                .init(line: id.line($0), quantity: units[$0] ?? 0, reason: reason, disposition: disposition)
            })
    }

    private func receive(
        _ units: [Int: Int64], of id: ReturnID, as disposition: Return.Disposition? = nil, isComplete: Bool = false
    ) -> ReceiveReturn {
        ReceiveReturn(
            id: id, location: "LEEDS",
            lines: units.keys.sorted().map {
                .init(line: id.order.line($0), quantity: units[$0] ?? 0, disposition: disposition)
            }, isComplete: isComplete)
    }

    // MARK: What may come back

    @Test("Each unit has its own time: what came later may come back longer")
    func ownDates() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "TEE-M@LEEDS: 1")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(id).fulfillments.count == 2)
        try shop.walk(id, to: .shipped)
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1)))
        shop.advance(.days(10))
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(2)))
        shop.advance(.days(20))
        let rules = ReturnRules(.till, finalSales: [], at: shop.now)
        #expect(try shop.order(id).returnable(1, for: .unwanted, by: rules)?.units == 2)
        shop.advance(Seconds(1))
        try expectRefusal(.returnWindowClosed, at: "/lines/0/quantity", of: request([1: 2], of: id), in: shop)
        try shop.perform(request([1: 1], of: id))
        try shop.expectClean()
    }

    @Test("A rule gives a reason or an item its own days, or makes it a final sale; the first that fits holds")
    func rules() throws {
        let (shop, id) = try delivered {
            $0.rules = [
                .init(reasons: [.faulty], days: 700), .init(skus: ["CAP"], isFinalSale: true),
                .init(skus: ["TEE-M"], days: 5),
            ]
        }
        try expectRefusal(.notReturnable, at: "/lines/0/line", of: request([2: 1], of: id), in: shop)
        shop.advance(.days(6))
        try expectRefusal(.returnWindowClosed, of: request([1: 1], of: id), in: shop)
        shop.advance(.days(600))
        try shop.perform(request([1: 1, 2: 1], of: id, .faulty))
        shop.advance(.days(101))
        try expectRefusal(.returnWindowClosed, of: request([1: 1], of: id, .faulty), in: shop)
    }

    @Test("A reason that the channel does not take is refused with those that it takes; the system's own always")
    func reasons() throws {
        let (shop, id) = try delivered { $0.reasons = [.faulty, .damaged] }
        let refusal = try expectRefusal(
            .reasonNotAllowed, at: "/lines/0/reason", of: request([1: 1], of: id, .unwanted), in: shop)
        #expect(refusal?.explanation.contains("faulty, damaged") == true)
        try expectRefusal(.reasonNotAllowed, of: request([1: 1], of: id, .undelivered), in: shop)
        try shop.perform(request([1: 1], of: id, .damaged))
    }

    @Test("Returns approve themselves up to a value, and know where to go and until when")
    func approval() throws {
        let (shop, id) = try delivered {
            $0.approvesItself = true
            $0.approvesItselfUpTo = 2002
            $0.location = "YORK"
        }
        try shop.perform(request([1: 2], of: id))
        try shop.perform(request([1: 1, 2: 1], of: id))
        let (small, large) = try (shop.order(id).returns[0], shop.order(id).returns[1])
        #expect(small.state == .approved && large.state == .requested, "what is on its way counts together")
        #expect(small.terms.destination?.location == "YORK")
        #expect(small.terms.expiresAt == shop.now + .days(30))
        let (other, dear) = try delivered {
            $0.approvesItself = true
            $0.approvesItselfUpTo = 2001
        }
        try other.perform(request([1: 2], of: dear))
        #expect(try other.order(dear).returns[0].state == .requested)
        // What has come back is not on its way any more.
        try shop.perform(receive([1: 2], of: id.entry(1)))
        try shop.perform(RejectReturn(id: id.entry(2), note: "asked for too much"))
        try shop.perform(request([1: 1, 2: 1], of: id))
        #expect(try shop.order(id).returns[2].state == .approved)
        try shop.expectClean()
    }

    @Test("A return by post that has nowhere to go approves itself for nobody: a person answers it")
    func nowhereToGo() throws {
        let (shop, id) = try delivered { $0.approvesItself = true }
        var closed = Location.warehouse("LONDON")
        closed.takesReturns = false
        try shop.perform(SaveLocations(locations: [closed]))
        try shop.perform(request([1: 1], of: id))
        #expect(try shop.order(id).returns[0].state == .requested)
        try shop.expectClean()
    }

    @Test("The return location of a channel must be known and take returns")
    func location() throws {
        let shop = try TestSystem()
        var office = Location.warehouse("OFFICE")
        office.takesReturns = false
        try shop.perform(SaveLocations(locations: [office]))
        for (code, refusal) in [("MARS", Refusal.Code.unknownLocation), ("OFFICE", .notReturnable)] {
            var channel = Channel.web
            channel.policy.returning.location = code
            try expectRefusal(refusal, at: "/policy/returning/location", of: SaveChannel(channel: channel), in: shop)
        }
    }

    // MARK: Money

    @Test("A fee is kept of what came back, once per return and by share, and of no line that is the merchant's doing")
    func fee() throws {
        let (shop, id) = try delivered {
            $0.feeFixed = 250
            $0.feePercent = 10
        }
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(receive([1: 2], of: id.entry(1), as: .restock))
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        #expect(try shop.order(id).returns[0].refunded == 2002 - 250 - 200)
        #expect(try shop.order(id).returns[0].terms.postage == .customer)
        try shop.perform(request([1: 1], of: id, .faulty))
        try shop.perform(ApproveReturn(id: id.entry(2)))
        try shop.perform(receive([1: 1], of: id.entry(2), as: .writeOff))
        try shop.perform(SettleReturn(id: id.entry(2), refund: .source))
        #expect(try shop.order(id).returns[1].refunded == 1001)
        #expect(try shop.order(id).returns[1].terms.postage == .merchant)
        try shop.expectClean()
    }

    @Test("Paid at receipt, each part as it comes: exact in any grouping, each unit once", arguments: [
        [1, 1, 1], [2, 1], [3],
    ])
    func atReceipt(parts: [Int64]) throws {
        let (shop, id) = try delivered("3 × TEE-M at 10.01 GBP, discount 0.02") {
            $0.refundAt = .receipt
            $0.feePercent = 33
        }
        try shop.perform(request([1: 3], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        var paid: Int64 = 0
        for part in parts {
            try shop.perform(receive([1: part], of: id.entry(1)))
            let refunded = try shop.order(id).refunded
            #expect(refunded > paid)
            paid = refunded
        }
        #expect(paid == 3001 - 3001 * 33 / 100)
        try expectRefusal(.quantityExceeded, of: receive([1: 1], of: id.entry(1)), in: shop)
        try shop.perform(
            InspectReturn(id: id.entry(1), lines: [.init(line: id.line(1), quantity: 3, disposition: .restock)]))
        #expect(try shop.order(id).returns[0].state == .settled)
        #expect(try shop.order(id).refunded == paid)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Over the counter from scan to available and refunded in one commit, a waiting customer first")
    func oneCommit() async throws {
        let (shop, id) = try delivered("3 × TEE-M at 10.01 GBP") { $0.refundAt = .inspection }
        let before = try shop.order(id).version
        let reply = try shop.perform(request([1: 2], of: id, .unwanted, .inStore, at: "YORK", as: .restock))
        #expect(try JSON.parse(reply.body)["status"]?.string == "settled")
        #expect(try shop.order(id).version == before + 1)
        #expect(try shop.order(id).refunded == 2002)
        #expect(try shop.stock("TEE-M@YORK") == "available 2")
        try expectRefusal(
            .invalidInput, at: "/lines/0/disposition", of: request([1: 1], of: id, as: .restock), in: shop)
        try shop.expectClean()
    }

    @Test("Money that is still being captured when goods come is given back as soon as it is there")
    func captureUnderWay() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [TestProvider("card")])
        var policy = ChannelPolicy(stages: [])
        policy.returning.refundAt = .inspection
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, paid by card", on: "shop")
        try shop.deliver(id)
        try shop.perform(request([1: 1], of: id, .unwanted, .inStore, at: "YORK", as: .restock))
        #expect(try shop.order(id).returns[0].state == .inspected)
        try await shop.runDueJobs()
        #expect(try shop.order(id).refunded == 0)
        shop.advance(.minutes(1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).refunded == 1000)
        #expect(try shop.order(id).returns[0].state == .settled)
        try shop.expectClean()
    }

    // MARK: Time

    @Test("An approved return that is not sent in time expires; its units may be announced again")
    func expiry() async throws {
        let (shop, id) = try delivered { $0.sendWithinDays = 14 }
        try shop.perform(request([1: 3], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        shop.advance(Seconds(14 * 86_400 - 1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).returns[0].state == .approved)
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        #expect(try shop.order(id).returns[0].state == .expired)
        #expect(try shop.events(id).contains("return.expired"))
        try shop.perform(request([1: 3], of: id))
        try shop.expectClean()
    }

    @Test("Goods that were sent and do not come are shown to a person, once, and wait on")
    func overdue() async throws {
        let (shop, id) = try delivered { ($0.overdueDays, $0.silentDays) = (20, 90) }
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "R-1"))
        #expect(try shop.events(id).contains("return.in_transit"))
        shop.advance(Seconds(20 * 86_400 - 1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        shop.advance(.days(40))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnOverdue])
        try shop.perform(receive([1: 1], of: id.entry(1), as: .restock))
        #expect(try shop.order(id).returns[0].state == .received)
        try shop.perform(receive([:], of: id.entry(1), isComplete: true))
        #expect(try shop.order(id).returns[0].state == .inspected)
        #expect(try shop.order(id).returns[0].lines[0].missing == 1)
        try shop.expectClean()
    }

    @Test("A request that nobody answers is shown to a person, who answers there and then")
    func unanswered() async throws {
        let (shop, id) = try delivered { ($0.answerWithinDays, $0.sendWithinDays) = (3, 1) }
        try shop.perform(request([1: 2], of: id))
        try shop.perform(request([2: 1], of: id))
        shop.advance(.days(3))
        try await shop.runDueJobs()
        let shown = try shop.openExceptions()
        #expect(shown.map(\.kind) == [.returnUnanswered, .returnUnanswered])
        let order = try shop.order(id)
        #expect(
            shown.flatMap { $0.actions(about: order) } == [1, 2].flatMap {
                [.approveReturn(id.entry($0)), .rejectReturn(id.entry($0))]
            })
        try shop.perform(RejectReturn(id: id.entry(2), note: "worn"))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.order(id).returns.map(\.state) == [.approved, .rejected])
        try shop.expectClean()
    }

    @Test("The time for an answer that is over does not end the time for sending")
    func answered() async throws {
        let (shop, id) = try delivered { ($0.answerWithinDays, $0.sendWithinDays) = (3, 10) }
        try shop.perform(request([1: 2], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try shop.order(id).returns[0].state == .approved)
        shop.advance(.days(7))
        try await shop.runDueJobs()
        #expect(try shop.order(id).returns[0].state == .expired)
        #expect(try shop.openExceptions().isEmpty)
    }

    // MARK: What really came

    @Test("More than announced is taken in as far as the customer can have it, other lines too")
    func surplus() throws {
        let (shop, id) = try delivered { _ in }
        try shop.perform(request([1: 1], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        func receive(_ units: [Int64], mayExceed: Bool = true) -> ReceiveReturn {
            ReceiveReturn(
                id: id.entry(1), location: "LEEDS",
                lines: units.enumerated().map {
                    .init(line: id.line($0 + 1), quantity: $1, disposition: .restock)
                }, isMoreThanAnnounced: mayExceed)
        }
        try expectRefusal(.quantityExceeded, at: "/lines/0/quantity", of: receive([4]), in: shop)
        try expectRefusal(.quantityExceeded, at: "/lines/1/quantity", of: receive([1, 1], mayExceed: false), in: shop)
        try shop.perform(receive([2, 1]))
        let entry = try shop.order(id).returns[0]
        #expect(entry.lines.map(\.quantity) == [2, 1] && entry.state == .inspected)
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        #expect(try shop.order(id).refunded == 2002 + 500)
        #expect(try shop.stock("CAP@LEEDS") == "available 1")
        try shop.expectClean()
    }

    @Test("Foreign goods in the parcel are set apart at the location and shown to a person")
    func wrongItem() throws {
        let (shop, id) = try delivered { _ in }
        try shop.perform(SaveItems(items: [.plain("HAT")]))
        try shop.perform(request([1: 1], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        func found(_ sku: String) -> ReceiveReturn {
            ReceiveReturn(
                id: id.entry(1), location: "LEEDS", lines: [],
                found: [.init(sku: sku, quantity: 2, note: "worn")], isComplete: true)
        }
        try expectRefusal(.unknownSKU, at: "/found/0/sku", of: found("NO-SUCH"), in: shop)
        try shop.perform(found("HAT"))
        #expect(try shop.stock("HAT@LEEDS") == "quarantined 2")
        #expect(try shop.openExceptions().map(\.kind) == [.wrongItem])
        #expect(try shop.order(id).returns[0].state == .inspected)
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        #expect(try shop.order(id).refunded == 0)
        try shop.expectClean()
    }

    @Test("A receipt of nothing is refused")
    func nothing() throws {
        let (shop, id) = try delivered { _ in }
        try shop.perform(request([1: 1], of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try expectRefusal(.invalidInput, at: "/lines", of: receive([:], of: id.entry(1)), in: shop)
    }

    @Test("What was to be refurbished is restocked or written off later, even when the return is settled")
    func refurbished() throws {
        let (shop, id) = try delivered { _ in }
        let entry = try shop.takeBack([1: 3], of: id, as: .refurbish)
        func judge(_ units: Int64, _ disposition: Return.Disposition) -> InspectReturn {
            InspectReturn(id: entry, lines: [.init(line: id.line(1), quantity: units, disposition: disposition)])
        }
        try shop.perform(judge(1, .restock))
        #expect(try shop.stock("TEE-M@YORK") == "available 1, quarantined 2")
        try shop.perform(SettleReturn(id: entry, refund: .source))
        try shop.perform(judge(1, .writeOff))
        try expectRefusal(.illegalTransition, of: judge(2, .restock), in: shop)
        try expectRefusal(.illegalTransition, of: judge(1, .refurbish), in: shop)
        try shop.perform(judge(1, .restock))
        #expect(try shop.stock("TEE-M@YORK") == "available 2")
        #expect(try shop.events(id).filter { $0 == "return.judged_again" }.count == 3)
        #expect(try shop.order(id).refunded == 3003)
        try shop.expectClean()
    }

    @Test("Refurbished units that a stock movement took out of quarantine are not judged again")
    func takenOut() throws {
        let (shop, id) = try delivered { _ in }
        let entry = try shop.takeBack([1: 1], of: id, as: .refurbish)
        try shop.move(.writeOff, 1, "TEE-M@YORK")
        // What came back with another return is not theirs.
        try shop.perform(request([1: 1], of: id, .unwanted, .inStore, at: "YORK"))
        func judge(_ id: ReturnID) -> InspectReturn {
            InspectReturn(id: id, lines: [.init(line: id.order.line(1), quantity: 1, disposition: .restock)])
        }
        try expectRefusal(.insufficientStock, of: judge(entry), in: shop)
        try shop.perform(judge(id.entry(2)))
        #expect(try shop.stock("TEE-M@YORK") == "available 1")
        try shop.expectClean()
    }
}

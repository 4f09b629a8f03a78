import OrderManagement
import TestSupport
import Testing

@Suite("Goods of exceptions: what became of them")
struct SettleGoodsTests {
    /// Three TEE-M and a CAP, picked in London and cancelled.
    private func picked() throws -> (TestSystem, OrderID, OrderException) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        try shop.walk(id, to: .picking)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        return (shop, id, try #require(try shop.openExceptions().first))
    }

    @Test("Goods are put back: where is kept, the damaged are set apart, the missing counted down")
    func putBack() throws {
        let (shop, id, shown) = try picked()
        #expect(shown.kind == .putBack)
        #expect(shown.goods == [.init(sku: "CAP", quantity: 1), .init(sku: "TEE-M", quantity: 3)])
        #expect(shown.actions(about: try shop.order(id)) == [.settleGoods(shown.id, .putBack)])
        try shop.perform(
            SettleGoods(
                exception: shown.id, outcome: .putBack, place: "A-12", damaged: [.init(sku: "TEE-M", quantity: 1)],
                missing: [.init(sku: "CAP", quantity: 1)]))
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, quarantined 1")
        #expect(try shop.stock("CAP@LONDON") == "available 4")
        let after = try #require(try shop.waybill.readNow { try ExceptionStore.exception(shown.id, in: $0) })
        #expect(after.resolution == "Put back; A-12; 1 × TEE-M damaged; 1 × CAP missing." && !after.isOpen)
        #expect(try shop.order(id).exceptions.isEmpty && shop.events(id).last == "exception.resolved")
        try expectRefusal(.illegalTransition, of: SettleGoods(exception: shown.id, outcome: .putBack), in: shop)
        try shop.expectClean()
    }

    @Test("Only what it is about is damaged or missing; only what fits its kind can be said of it")
    func refused() throws {
        let (shop, _, shown) = try picked()
        func settle(
            _ outcome: SettleGoods.Outcome = .putBack, damaged: Int64 = 0, missing: Int64 = 0, _ sku: String = "TEE-M",
            location: String? = nil
        ) -> SettleGoods {
            SettleGoods(
                exception: shown.id, outcome: outcome, location: location,
                damaged: damaged > 0 ? [.init(sku: sku, quantity: damaged)] : [],
                missing: missing > 0 ? [.init(sku: sku, quantity: missing)] : [])
        }
        try expectRefusal(.invalidInput, at: "/damaged/0/quantity", of: settle(damaged: 4), in: shop)
        try expectRefusal(.invalidInput, at: "/missing/0/quantity", of: settle(damaged: 2, missing: 2), in: shop)
        try expectRefusal(.invalidInput, at: "/missing/0/sku", of: settle(missing: 1, "HAT"), in: shop)
        try expectRefusal(.invalidInput, at: "/outcome", of: settle(.handedIn), in: shop)
        try expectRefusal(.invalidInput, at: "/location", of: settle(location: "YORK"), in: shop)
        try expectRefusal(.notFound, of: SettleGoods(exception: ExceptionID(1), outcome: .putBack), in: shop)
        let york = Principal(name: "york", scopes: [.ordersWrite, .stockWrite], locations: ["YORK"])
        try expectRefusal(.notFound, of: settle(), in: shop, as: york)
        let clerk = Principal(name: "clerk", scopes: [.ordersWrite])
        try expectRefusal(.forbidden, of: settle(damaged: 1), in: shop, as: clerk)
        // All were promised to others meanwhile: what is damaged is missing to them, and they are sourced elsewhere.
        try shop.place("5 × TEE-M at 10.00 GBP, store")
        try expectRefusal(.insufficientStock, of: settle(damaged: 1), in: shop)
        try shop.perform(settle(missing: 1))
        #expect(try shop.openExceptions().map(\.kind) == [.short])
        try shop.expectClean()
    }

    @Test("Those who work at a location settle what lies there, damaged and missing units too, and nothing elsewhere")
    func ownGoods() throws {
        let (shop, id, shown) = try picked()
        let settling = SettleGoods(
            exception: shown.id, outcome: .putBack, damaged: [.init(sku: "TEE-M", quantity: 1)],
            missing: [.init(sku: "CAP", quantity: 1)])
        func key(_ scopes: Scope..., at place: String? = nil) -> Principal {
            Principal(name: "key", scopes: Set(scopes), locations: place.map { [$0] })
        }
        try expectRefusal(.notFound, of: settling, in: shop, as: key(.fulfillmentsWrite, at: "YORK"))
        try expectRefusal(.forbidden, of: settling, in: shop, as: key(.fulfillmentsRead, at: "LONDON"))
        let refused = #expect(throws: Refusal.self) {
            try shop.perform(settling, as: key(.fulfillmentsRead, at: "LONDON"))
        }
        #expect(refused?.explanation.contains("lacks the scope fulfillments:write") == true, "the least that does")
        try expectRefusal(.forbidden, of: settling, in: shop, as: key(.stockWrite))
        let london = key(.fulfillmentsWrite, at: "LONDON")
        let offered = try #require(shown.actions(about: try shop.order(id)).first)
        #expect(shown.isAllowed(offered, to: london) && !shown.isAllowed(offered, to: key(.stockWrite)))
        #expect(!shown.isAllowed(offered, to: key(.fulfillmentsWrite, at: "YORK")))
        try shop.perform(settling, as: london)
        #expect(try shop.stock("TEE-M@LONDON") == "available 4, quarantined 1")
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What came without being announced takes stock in or out: that needs the right to it, at a location too")
    func ownExcess() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let reply = try shop.perform(
            ExpectInbound(
                location: "LONDON", reference: "PO-7", due: shop.now + .days(3),
                lines: [.init(sku: "TEE-M", quantity: 3)]))
        let id = try #require(InboundID(JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 5)]))
        let shown = try #require(try shop.openExceptions().first)
        let writing = SettleGoods(exception: shown.id, outcome: .writtenOff)
        let london = Principal(name: "london", scopes: [.fulfillmentsWrite], locations: ["LONDON"])
        try expectRefusal(.forbidden, of: writing, in: shop, as: london)
        let clerk = Principal(name: "clerk", scopes: [.fulfillmentsWrite, .stockWrite], locations: ["LONDON"])
        try shop.perform(writing, as: clerk)
        #expect(try shop.stock("TEE-M@LONDON") == "available 8")
        try shop.expectClean()
    }

    @Test("A parcel that was not stopped is taken out of stock, and customer service settles it with the customer")
    func left() async throws {
        let shop = try TestSystem.labelling { $0.amending.labelled = .intercept }
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        var request = AmendmentRequest()
        request.quantities = [.init(line: id.line(1), quantity: 1)]
        try shop.perform(AmendOrder(order: id, request: request))
        try shop.perform(CommitAmendment(amendment: AmendmentID(id, 1)))
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .interception && shown.goods == [.init(sku: "TEE-M", quantity: 1)])
        try shop.perform(SettleGoods(exception: shown.id, outcome: .left))
        // The unit that the order still wants was in the same parcel: it is shipped, and followed by the old number.
        #expect(try shop.stock("TEE-M@LONDON") == "available 7")
        let sent = try shop.order(id)
        #expect(sent.fulfillments.map(\.state) == [.shipped] && sent.captured == 1_000)
        #expect(sent.lines[0].shipped == 1 && OrderStatus(of: sent).fulfillment == .shipped)
        #expect(sent.parcels.count == 1 && sent.parcels[0].lines.map(\.quantity) == [1])
        let tracking = try #require(sent.parcels[0].tracking)
        try shop.perform(
            RecordTracking(courier: "vans", tracking: tracking, status: .delivered, at: shop.now, candidates: [id]))
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        let found = try #require(try shop.openExceptions().first)
        #expect(found.kind == .parcelFound && found.owner == "customer_service" && found.goods == shown.goods)
        try expectRefusal(
            .invalidInput, at: "/location", of: SettleGoods(exception: found.id, outcome: .handedIn), in: shop)
        try expectRefusal(
            .unknownLocation, at: "/location",
            of: SettleGoods(exception: found.id, outcome: .handedIn, location: "NOWHERE"), in: shop)
        try shop.perform(
            SettleGoods(
                exception: found.id, outcome: .handedIn, location: "YORK", damaged: [.init(sku: "TEE-M", quantity: 1)]))
        #expect(try shop.stock("TEE-M@YORK") == "quarantined 1")
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Of a parcel that left, only what was picked was in it: what an amendment put in its place waits its turn")
    func leftBeforeTheSwap() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        policy.amending.labelled = .intercept
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        var request = AmendmentRequest()
        request.swaps = [.init(line: id.line(1), sku: "CAP", quantity: 1)]
        try shop.perform(AmendOrder(order: id, request: request))
        try shop.perform(CommitAmendment(amendment: AmendmentID(id, 1)))
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(SettleGoods(exception: shown.id, outcome: .left))
        let order = try shop.order(id)
        #expect(order.lines.map(\.shipped) == [1, 0] && order.lines.map(\.allocated) == [0, 1])
        #expect(try shop.stock("TEE-M@LONDON") == "available 7")
        #expect(try shop.stock("CAP@LONDON") == "available 8, allocated 1")
        try shop.expectClean()
        try shop.walk(id, to: .shipped)
        #expect(try shop.order(id).lines.map(\.shipped) == [1, 1])
        try shop.expectClean()
    }

    @Test("What came beyond the announced stays, is sent back or written off; each settles it", arguments: [
        (SettleGoods.Outcome.accepted, "available 5"), (.sentBack, "available 3"), (.writtenOff, "available 3"),
    ])
    func excess(outcome: SettleGoods.Outcome, stock: String) throws {
        let shop = try TestSystem(stock: "CAP@LONDON: 1")
        try shop.perform(SaveItems(items: [.plain("TEE-M")]))
        let reply = try shop.perform(
            ExpectInbound(
                location: "LONDON", reference: "PO-7", due: shop.now + .days(3),
                lines: [.init(sku: "TEE-M", quantity: 3)]))
        let id = try #require(try JSON.parse(reply.body)["id"]?.string.flatMap { InboundID($0) })
        try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 5)]))
        let shown = try #require(try shop.openExceptions().first)
        let outcomes: [SettleGoods.Outcome] = [.accepted, .sentBack, .writtenOff]
        #expect(shown.kind == .excess && shown.goods == [.init(sku: "TEE-M", quantity: 2)])
        #expect(shown.actions(about: nil) == outcomes.map { .settleGoods(shown.id, $0) })
        try shop.perform(SettleGoods(exception: shown.id, outcome: outcome))
        #expect(try shop.stock("TEE-M@LONDON") == stock && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What came beyond the announced and was promised meanwhile is not sent back")
    func excessIsPromised() throws {
        let shop = try TestSystem(stock: "CAP@LONDON: 1")
        try shop.perform(SaveItems(items: [.plain("TEE-M")]))
        let reply = try shop.perform(
            ExpectInbound(
                location: "LONDON", reference: "PO-7", due: shop.now + .days(3),
                lines: [.init(sku: "TEE-M", quantity: 3)]))
        let id = try #require(try JSON.parse(reply.body)["id"]?.string.flatMap { InboundID($0) })
        try shop.perform(ReceiveInbound(inbound: id, lines: [.init(sku: "TEE-M", quantity: 5)]))
        let shown = try #require(try shop.openExceptions().first)
        try shop.place("4 × TEE-M at 10.00 GBP, store")
        try expectRefusal(.insufficientStock, of: SettleGoods(exception: shown.id, outcome: .sentBack), in: shop)
        try shop.perform(SettleGoods(exception: shown.id, outcome: .accepted))
        try shop.expectClean()
    }

    @Test("What never came from another location turns up where somebody says, a part of it too; or it is lost")
    func lostOnTheWay() throws {
        for isFound in [true, false] {
            let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
            let reply = try shop.perform(
                PlanTransfer(from: "LONDON", to: "YORK", lines: [.init(sku: "TEE-M", quantity: 3)]))
            let id = try #require(try JSON.parse(reply.body)["id"]?.string.flatMap { TransferID($0) })
            try shop.perform(SendTransfer(transfer: id))
            try shop.perform(
                ReceiveTransfer(transfer: id, lines: [.init(sku: "TEE-M", quantity: 1)], isShort: true))
            let shown = try #require(try shop.openExceptions().first)
            let outcomes: [SettleGoods.Outcome] = [.found, .lost]
            #expect(shown.kind == .transferShort && shown.goods == [.init(sku: "TEE-M", quantity: 2)])
            #expect(shown.actions(about: nil) == outcomes.map { .settleGoods(shown.id, $0) })
            try shop.perform(
                isFound
                    ? SettleGoods(
                        exception: shown.id, outcome: .found, location: "YORK",
                        missing: [.init(sku: "TEE-M", quantity: 1)])
                    : SettleGoods(exception: shown.id, outcome: .lost))
            #expect(try shop.stock("TEE-M@YORK") == (isFound ? "available 2" : "available 1"))
            #expect(try shop.stock("TEE-M@LONDON") == "available 2" && shop.openExceptions().isEmpty)
            try shop.expectClean()
        }
    }

    @Test("What nobody expected is put on sale, written off or sent back; what should have come, paid", arguments: [
        (SettleGoods.Outcome.restocked, "available 2"), (.writtenOff, "nothing"), (.sentBack, "nothing"),
    ])
    func wrongItem(outcome: SettleGoods.Outcome, stock: String) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.perform(SaveItems(items: [.plain("HAT")]))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 1, reason: .wrongItem)]))
        if try shop.order(id).returns[0].state == .requested { try shop.perform(ApproveReturn(id: id.entry(1))) }
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "YORK", lines: [], found: [.init(sku: "HAT", quantity: 2, note: nil)]))
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.subject == id.entry(1).description)
        let offered = shown.actions(about: try shop.order(id))
        let outcomes: [SettleGoods.Outcome] = [.restocked, .sentBack, .writtenOff]
        #expect(Array(offered.prefix(3)) == outcomes.map { ExceptionAction.settleGoods(shown.id, $0) })
        #expect(Array(offered[3...]).map(\.name) == ["refunds"])
        try shop.perform(
            RefundPayment(order: id, amount: nil, payment: nil, reason: "wrong_item", lines: id.units([1: 1])))
        #expect(try shop.order(id).refunded == 1000)
        #expect(shown.actions(about: try shop.order(id)).count == 3)
        try shop.perform(SettleGoods(exception: shown.id, outcome: outcome))
        #expect(try shop.stock("HAT@YORK") == stock)
        #expect(try !shop.openExceptions().contains { $0.kind == .wrongItem })
        try shop.expectClean()
    }

    @Test("Of units for which something else came, no more are offered to be paid than nobody was credited for")
    func wrongItemPaidBefore() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.perform(SaveItems(items: [.plain("HAT")]))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        let announced = RequestReturn.Line(line: id.line(1), quantity: 2, reason: .wrongItem)
        try shop.perform(RequestReturn(order: id, method: .byPost, location: nil, lines: [announced]))
        if try shop.order(id).returns[0].state == .requested { try shop.perform(ApproveReturn(id: id.entry(1))) }
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "YORK", lines: [], found: [.init(sku: "HAT", quantity: 2, note: nil)]))
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "sorry", lines: id.units([1: 2])))
        let offered = try #require(shown.actions(about: try shop.order(id)).last)
        #expect(offered == .refundUnits(id, id.units([1: 1]), reason: "wrong_item"))
        try shop.perform(
            RefundPayment(order: id, amount: nil, payment: nil, reason: "wrong_item", lines: id.units([1: 1])))
        #expect(try shop.order(id).refunded == 3000 && shown.actions(about: try shop.order(id)).count == 3)
        try shop.expectClean()
    }
}

@Suite("Pickups that nobody collects, where a person decides")
struct UncollectedTests {
    private func waiting() async throws -> (TestSystem, OrderID, OrderException) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        var policy = ChannelPolicy(stages: [])
        policy.supply.uncollected = .ask
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP, pickup at YORK", on: "shop")
        try shop.walk(id, to: .ready)
        try expectRefusal(.tooEarly, of: GiveUpCollection(fulfillment: id.fulfillment(1)), in: shop)
        shop.advance(.days(7))
        try await shop.runDueJobs()
        return (shop, id, try #require(try shop.openExceptions().first))
    }

    @Test("Nothing happens by itself when the time is over: a person gives more time, and is asked again at its end")
    func extended() async throws {
        let (shop, id, shown) = try await waiting()
        #expect(shown.kind == .notCollected && shown.location == "YORK")
        #expect(try shop.state(id.fulfillment(1)) == .ready)
        #expect(shown.actions(about: try shop.order(id)) == [
            .extendCollection(id.fulfillment(1)), .giveUpCollection(id.fulfillment(1)),
        ])
        try expectRefusal(
            .illegalTransition, of: ResolveException(exception: shown.id, resolution: "later"), in: shop)
        let now = ExtendCollection(fulfillment: id.fulfillment(1), until: shop.now)
        try expectRefusal(.invalidInput, at: "/until", of: now, in: shop)
        try shop.perform(ExtendCollection(fulfillment: id.fulfillment(1), until: shop.now + .days(3)))
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.notCollected])
        try shop.perform(CollectFulfillment(fulfillment: id.fulfillment(1), collectedBy: "Ada"))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Given up, the goods are for sale and the money is let go; whoever may not is refused")
    func givenUp() async throws {
        let (shop, id, _) = try await waiting()
        let reader = Principal(name: "reader", scopes: [.fulfillmentsRead])
        try expectRefusal(.forbidden, of: GiveUpCollection(fulfillment: id.fulfillment(1)), in: shop, as: reader)
        try shop.perform(GiveUpCollection(fulfillment: id.fulfillment(1)))
        #expect(try shop.state(id.fulfillment(1)) == .expired)
        #expect(try shop.stock("TEE-M@YORK") == "available 5")
        let order = try shop.order(id)
        #expect(order.payments[0].voided == 2000 && OrderStatus(of: order).overall == .cancelled)
        #expect(try shop.openExceptions().map(\.kind) == [.putBack])
        try expectRefusal(.illegalTransition, of: GiveUpCollection(fulfillment: id.fulfillment(1)), in: shop)
        try shop.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

/// York has 1 of 3 tees that its customer wants; London has 10 and brings the other two.
@Suite("Pickups that are filled by transfer")
struct ShipToStoreTests {
    private func shop(_ change: (inout ChannelPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 1", "TEE-M@LONDON: 10", "TEE-M@LEEDS: 1")
        var policy = ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true))
        change(&policy)
        try shop.open("click", policy: policy)
        let id = try shop.place("3 × TEE-M at 10.00 GBP, pickup at YORK", on: "click")
        return (shop, id)
    }

    private func only(_ id: OrderID, in shop: TestSystem) throws -> Transfer {
        try #require(try shop.transfers(for: id).last)
    }

    @Test("What is late to come to a store stays shown to a person until it came, or is given up: words settle nothing")
    func late() async throws {
        let (shop, id) = try shop()
        shop.advance(.days(9))
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first { $0.kind == .transferOverdue })
        try expectRefusal(
            .illegalTransition, of: ResolveException(exception: shown.id, resolution: "on its way"), in: shop)
        try shop.expectClean()
        try shop.perform(CancelTransfer(transfer: try only(id, in: shop).id))
        #expect(try !shop.openExceptions().contains { $0.kind == .transferOverdue })
        try shop.expectClean()
    }

    @Test("The store's own units first; another location holds and brings the rest; all of it is collected")
    func whole() throws {
        let (shop, id) = try shop()
        var order = try shop.order(id)
        #expect(order.lines[0].allocated == 3)
        #expect(order.fulfillments.map(\.location) == ["YORK", "YORK"])
        #expect(order.fulfillments.map(\.units) == [1, 2])
        #expect(order.fulfillments.map(\.state) == [.released, .open])
        let transfer = try only(id, in: shop)
        #expect(order.fulfillments[1].transfer == transfer.id)
        #expect(transfer.from == "LONDON")
        #expect(try shop.stock("TEE-M@LONDON") == "available 8, allocated 2")
        try shop.expectClean()
        try expectRefusal(.illegalTransition, of: ReleaseFulfillment(fulfillment: id.fulfillment(2)), in: shop)

        try shop.perform(SendTransfer(transfer: transfer.id))
        #expect(try shop.stock("TEE-M@LONDON") == "available 8")
        #expect(try shop.stock("TEE-M@YORK") == "allocated 1, in_transit 2")
        try shop.expectClean()
        try shop.perform(ReceiveTransfer(transfer: transfer.id))
        #expect(try shop.stock("TEE-M@YORK") == "allocated 3")
        order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.released, .released])
        try shop.walk(id, to: .collected)
        #expect(OrderStatus(of: try shop.order(id)).overall == .completed)
        #expect(try shop.events(id).filter { $0.hasPrefix("transfer.") }
            == ["transfer.planned", "transfer.sent", "transfer.arrived"])
        try shop.expectClean()
    }

    @Test("Of a pickup that is given up in part, what has not left yet goes first; what is on the road comes")
    func onTheRoad() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2", "TEE-M@LEEDS: 2")
        try shop.open("click", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true)))
        let id = try shop.place("4 × TEE-M at 10.00 GBP, pickup at YORK", on: "click")
        let transfers = try shop.transfers(for: id)
        #expect(transfers.map(\.state) == [.planned, .planned])
        // Whichever of the two has left, it is the other that is given up.
        try shop.perform(SendTransfer(transfer: transfers[0].id))
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 2]), reason: .customer))
        let after = try shop.transfers(for: id)
        #expect(after.first { $0.id == transfers[0].id }?.state == .sent)
        #expect(after.first { $0.id == transfers[1].id }?.state == .cancelled)
        try shop.expectClean()
        try shop.perform(ReceiveTransfer(transfer: transfers[0].id))
        #expect(try shop.stock("TEE-M@YORK") == "allocated 2")
        try shop.expectClean()
    }

    @Test("It is ready after the sender's cut-off, the days on the way, and the store's next cut-off")
    func promise() throws {
        let (shop, id) = try shop { $0.supply.transferDays = 3 }
        let fulfillment = try shop.order(id).fulfillments[1]
        // Placed on Monday at 10:00; London's cut-off is at 16:00, three days later York's is at 16:00.
        #expect(fulfillment.shipBy == Timestamp("2026-03-05T16:00:00Z").map { $0 + .days(1) })
        #expect(fulfillment.shipBy == (try only(id, in: shop).due))
        let view = try JSON.parse(try shop.order(id).view)["fulfillments"]?.array?[1]
        #expect(view?["transfer"]?.string == (try only(id, in: shop).id.description))
    }

    @Test("Goods do not travel before the order has passed its gates, nor while it is held")
    func gates() throws {
        let (shop, id) = try shop { $0.stages = ["gift_check"] }
        let transfer = try only(id, in: shop).id
        try expectRefusal(.stagePending, of: SendTransfer(transfer: transfer), in: shop)
        try shop.perform(PassStage(order: id, stage: "gift_check", hasPassed: true, note: nil))
        try shop.perform(PlaceHold(order: id, reason: "fraud", note: nil, lines: []))
        try expectRefusal(.onHold, of: SendTransfer(transfer: transfer), in: shop)
        try shop.expectClean()
    }

    @Test("Units cancelled before they are sent are free where they are; the transfer of none is cancelled")
    func cancelledBefore() throws {
        let (shop, id) = try shop()
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.stock("TEE-M@LONDON") == "available 9, allocated 1")
        try shop.expectClean()
        try shop.perform(CancelOrder(order: id, reason: .customer))
        #expect(try shop.stock("TEE-M@LONDON") == "available 10")
        #expect(try only(id, in: shop).state == .cancelled)
        #expect(try shop.events(id).contains("transfer.cancelled"))
        try shop.expectClean()
    }

    @Test("Units cancelled on their way arrive for everybody")
    func cancelledAfter() throws {
        let (shop, id) = try shop()
        let transfer = try only(id, in: shop).id
        try shop.perform(SendTransfer(transfer: transfer))
        try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(2)))
        #expect(try shop.stock("TEE-M@YORK") == "allocated 1, in_transit 2")
        try shop.expectClean()
        try shop.perform(ReceiveTransfer(transfer: transfer))
        #expect(try shop.stock("TEE-M@YORK") == "available 2, allocated 1")
        try shop.expectClean()
    }

    @Test("A part that arrives can be worked on; the rest waits, and is sourced again when it is lost")
    func short() throws {
        let (shop, id) = try shop()
        let transfer = try only(id, in: shop).id
        try shop.perform(SendTransfer(transfer: transfer))
        try shop.perform(ReceiveTransfer(transfer: transfer, lines: [.init(sku: "TEE-M", quantity: 1)]))
        #expect(try shop.order(id).fulfillments.map(\.state) == [.released, .open, .released])
        try shop.expectClean()
        try shop.perform(ReceiveTransfer(transfer: transfer, lines: [], isShort: true))
        let second = try only(id, in: shop)
        #expect(second.id != transfer && second.from == "LEEDS")
        #expect(try shop.order(id).fulfillments.map(\.state) == [.released, .cancelled, .released, .open])
        #expect(try shop.openExceptions().map(\.kind) == [.transferShort])
        try shop.expectClean()
        // Leeds cannot send it either: nobody else has it.
        try shop.move(.count, 0, "TEE-M@LONDON")
        try shop.perform(CancelTransfer(transfer: second.id))
        #expect(try shop.order(id).lines[0].backordered == 1)
        #expect(try shop.stock("TEE-M@LEEDS") == "available 1")
        try shop.expectClean()
    }

    @Test("What a sender does not find it does not send: another location brings it")
    func partSent() throws {
        let (shop, id) = try shop()
        let transfer = try only(id, in: shop).id
        try shop.perform(SendTransfer(transfer: transfer, lines: [.init(sku: "TEE-M", quantity: 1)]))
        let second = try only(id, in: shop)
        #expect(second.from == "LEEDS")
        #expect(try shop.stock("TEE-M@LEEDS") == "allocated 1")
        #expect(try shop.stock("TEE-M@LONDON") == "available 9")
        try shop.expectClean()
    }

    @Test("A sender that gave a transfer up is not asked again; where it alone has the units, a person hears of it")
    func givenUp() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 10")
        try shop.open("click", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true)))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, pickup at YORK", on: "click")
        let transfer = try only(id, in: shop).id
        try shop.perform(CancelTransfer(transfer: transfer))
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].backordered == 3 && only(id, in: shop).id == transfer)
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .rejectedEverywhere && shown.location == "LONDON")
        #expect(shown.cause.hasPrefix("LONDON gave up to send units of order "))
        try shop.expectClean()
        // It has them, and stays left out, whoever sources the order; until a person says so.
        try shop.receive("TEE-M@LONDON: 1")
        try await shop.runDueJobs()
        let answer = try JSON.parse(try shop.perform(SourceOrder(order: id)).body)
        #expect(answer.at("left_out.0.location")?.string == "LONDON" && answer["backordered"]?.integer == 3)
        let asking = ExceptionAction.askAgain(id, ["LONDON"])
        #expect(shown.actions(about: try shop.order(id)).contains(asking))
        try shop.perform(SourceOrder(order: id, askingAgain: ["LONDON"]))
        #expect(try only(id, in: shop).lines.map(\.quantity) == [3] && shop.order(id).lines[0].backordered == 0)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Where others have them, they bring what a sender gave up, and it is not asked for the rest either")
    func givenUpByOne() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 10", "TEE-M@LEEDS: 3")
        try shop.open("click", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true)))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, pickup at YORK", on: "click")
        let first = try only(id, in: shop)
        try shop.perform(CancelTransfer(transfer: first.id))
        let second = try only(id, in: shop)
        #expect(Set([first.from, second.from]) == ["LONDON", "LEEDS"] && second.state == .planned)
        #expect(try shop.openExceptions().isEmpty)
        try shop.perform(CancelTransfer(transfer: second.id))
        #expect(try shop.transfers(for: id).count == 2 && shop.order(id).lines[0].backordered == 3)
        #expect(try shop.openExceptions().map(\.kind) == [.rejectedEverywhere])
        try shop.expectClean()
    }

    @Test("Of units that a count did not find no more is sent than is there, and the transfer says what it lacks")
    func countedShort() async throws {
        let (shop, id) = try shop()
        let transfer = try only(id, in: shop)
        func short() throws -> [TransferShortage] {
            try shop.waybill.readNow { try TransferShortage.of([transfer], in: $0)[transfer.id] ?? [] }
        }
        #expect(try short().isEmpty)
        try shop.move(.count, 1, "TEE-M@LONDON")
        #expect(try short().map { [$0.quantity, $0.available] } == [[2, 1]])
        let refusal = try expectRefusal(
            .insufficientStock, at: "/lines/0/quantity", of: SendTransfer(transfer: transfer.id), in: shop)
        #expect(refusal?.details.first?.detail.contains("a count found 1 at LONDON") == true)
        try shop.expectClean()
        try shop.perform(SendTransfer(transfer: transfer.id, lines: [.init(sku: "TEE-M", quantity: 1)]))
        #expect(try only(id, in: shop).from == "LEEDS")
        try await shop.runDueJobs()
        #expect(try !shop.openExceptions().map(\.kind).contains(.short), "what is not there is promised to nobody")
        try shop.expectClean()
    }

    @Test("Where the sender alone has the units, what it did not send is served before all who come later")
    func stranded() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 10")
        try shop.open("click", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true)))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, pickup at YORK", on: "click")
        let transfer = try only(id, in: shop).id
        try shop.perform(SendTransfer(transfer: transfer, lines: [.init(sku: "TEE-M", quantity: 1)]))
        #expect(try shop.order(id).lines[0].backordered == 2)
        try await shop.runDueJobs()
        let later = try shop.place("10 × TEE-M at 10.00 GBP", on: "click")
        #expect(try shop.order(id).lines[0].backordered == 0)
        #expect(try only(id, in: shop).lines.map(\.quantity) == [2])
        #expect(try shop.order(later).lines[0].backordered == 3)
        try shop.expectClean()
    }

    @Test("Sent to the door instead: what was planned is free where it is, what is under way arrives for everybody")
    func amended() throws {
        let door = Order.Delivery(method: .ship, service: "standard", address: .example(), location: nil)
        for isSent in [false, true] {
            let (shop, id) = try shop()
            let transfer = try only(id, in: shop).id
            if isSent { try shop.perform(SendTransfer(transfer: transfer)) }
            try shop.amend(id) { $0.rest = { request, _ in request.delivery = door } }
            let live = try shop.order(id).fulfillments.filter { $0.state.holdsStock }
            #expect(live.allSatisfy { $0.transfer == nil && $0.method == .ship })
            #expect(live.reduce(0) { $0 + $1.units } == 3)
            #expect(try only(id, in: shop).state == (isSent ? .sent : .cancelled))
            try shop.expectClean()
            if isSent { try shop.perform(ReceiveTransfer(transfer: transfer)) }
            try shop.expectClean()
        }
    }

    @Test("More of what is brought is brought by a transfer of its own")
    func raised() throws {
        let (shop, id) = try shop()
        try shop.amend(id) { $0.quantities = [(line: 1, units: 5)] }
        #expect(try shop.transfers(for: id).map { $0.lines.map(\.quantity) } == [[2], [2]])
        #expect(try shop.order(id).fulfillments.map(\.units) == [1, 2, 2])
        try shop.expectClean()
    }

    @Test("A channel that does not bring goods to stores backorders what the store lacks")
    func policyOff() throws {
        let (shop, id) = try shop { $0.supply.pickupByTransfer = false }
        #expect(try shop.order(id).lines[0].backordered == 2)
        #expect(try shop.transfers(for: id).isEmpty)
    }

    @Test("The decision says who brings what, and why")
    func explanation() throws {
        let (shop, id) = try shop()
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let sourced = try #require(events.first { $0.type == "order.sourced" })
        let brought = try JSON.parse(sourced.data)["by_transfer"]
        #expect(brought?["assignments"]?.array?.first?["location"]?.string == "LONDON")
        #expect(brought?["losers"]?.array?.first?["location"]?.string == "LEEDS")
    }

    @Test("What a transfer brings and what a fulfillment waits for are held against each other")
    func tampering() throws {
        let (shop, id) = try shop()
        let transfer = try only(id, in: shop).id
        func found(_ sql: String) throws -> Set<String> {
            Set(try shop.examine(tamperedBy: sql).findings.map { "\($0.book.rawValue) \($0.subject)" })
        }
        #expect(
            try found("UPDATE transfer_lines SET bound = 1")
                == ["transfers \(transfer)", "allocations TEE-M@LONDON"])
        #expect(
            try found("UPDATE fulfillments SET transfer_id = NULL")
                == [
                    "transfers \(transfer)", "allocations TEE-M@YORK", "jobs \(id.fulfillment(2))",
                ])
        #expect(
            try found("UPDATE transfers SET state = 'sent'")
                == ["allocations TEE-M@LONDON", "allocations TEE-M@YORK"])
        #expect(try found("DELETE FROM transfers").contains("transfers \(transfer)"))
    }

    @Test("A store that could not find its own units still hands out what others bring")
    func rejected() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 3", "TEE-M@LONDON: 10")
        try shop.open("click", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true)))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, pickup at YORK", on: "click")
        try shop.walk(id, to: .accepted)
        try shop.perform(
            RejectFulfillment(
                fulfillment: id.fulfillment(1), lines: [.init(line: id.line(1), quantity: 1)], reason: .notFound))
        let order = try shop.order(id)
        #expect(order.lines.map { [$0.allocated, $0.backordered] } == [[3, 0]])
        #expect(try only(id, in: shop).from == "LONDON")
        try shop.perform(SendTransfer(transfer: try only(id, in: shop).id))
        try shop.perform(ReceiveTransfer(transfer: try only(id, in: shop).id))
        try shop.walk(id, to: .collected)
        #expect(OrderStatus(of: try shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Goods that may not leave yet come by a transfer of their own, and hold up nothing")
    func dates() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "NEW@LONDON: 5")
        try shop.date(.days(10))
        try shop.open("click", policy: ChannelPolicy(stages: [], supply: SupplyPolicy(pickupByTransfer: true)))
        let id = try shop.place("1 × TEE-M at 10.00 GBP + 1 × NEW at 10.00 GBP, pickup at YORK", on: "click")
        let transfers = try shop.transfers(for: id)
        #expect(Set(transfers.map { $0.lines.map(\.sku) }) == [["TEE-M"], ["NEW"]])
        let work = try shop.order(id).fulfillments
        #expect(work.count == 2)
        let late = try #require(work.first { $0.lines.map(\.line) == [2] })
        let soon = try #require(work.first { $0.lines.map(\.line) == [1] })
        #expect(late.shipBy >= shop.now + .days(10) && soon.shipBy < shop.now + .days(5))
        let first = try #require(transfers.first { $0.lines.map(\.sku) == ["TEE-M"] })
        try shop.perform(SendTransfer(transfer: first.id))
        try shop.perform(ReceiveTransfer(transfer: first.id))
        #expect(try shop.order(id).fulfillments.map(\.state).contains(.released))
        try shop.expectClean()
    }
}

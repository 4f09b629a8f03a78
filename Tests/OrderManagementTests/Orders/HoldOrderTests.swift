import OrderManagement
import TestSupport
import Testing

@Suite("Holds")
struct HoldOrderTests {
    @Test("A held order is not released, however its stages pass; lifted, it goes on by itself")
    func order() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        let reply = try shop.perform(PlaceHold(order: id, reason: "manual", note: "address looks odd", lines: []))
        let hold = try #require(HoldID(JSON.parse(reply.body)["id"]?.string ?? ""))
        shop.advance(.minutes(31))
        try await shop.runDueJobs()
        #expect(try shop.order(id).stage == nil)
        #expect(try shop.order(id).isOnHold)
        #expect(try shop.state(id.fulfillment(1)) == .open)
        try shop.perform(LiftHold(hold: hold))
        #expect(try shop.state(id.fulfillment(1)) == .released)
        #expect(try shop.events(id).suffix(2) == ["order.hold_lifted", "fulfillment.released"])
        try shop.expectClean()
    }

    @Test("A held line stops the fulfillments that have it, and no other")
    func line() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LEEDS: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: [id.line(2)]))
        for fulfillment in try shop.order(id).fulfillments {
            let accept = AcceptFulfillment(fulfillment: id.fulfillment(fulfillment.number))
            if fulfillment.location == "LEEDS" {
                try expectRefusal(.onHold, of: accept, in: shop)
            } else {
                try shop.perform(accept)
            }
        }
        try shop.expectClean()
    }

    @Test("Under a hold, work stands still: only giving it up, refusing it and its arrival are taken")
    func work() throws {
        let steps: [(Fulfillment.State, (FulfillmentID) -> any Command)] = [
            (.released, { AcceptFulfillment(fulfillment: $0) }),
            (.accepted, { PickFulfillment(fulfillment: $0) }),
            (.picking, { PackFulfillment(fulfillment: $0, parcels: [$0.order.box([1: 2])]) }),
            (.packed, { ShipFulfillment(fulfillment: $0) }),
            (.packed, { UnpackFulfillment(fulfillment: $0) }),
        ]
        for (state, step) in steps {
            let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
            let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
            try shop.walk(id, to: state)
            try shop.perform(PlaceHold(order: id, reason: "fraud", note: nil, lines: []))
            let refusal = try expectRefusal(.onHold, of: step(id.fulfillment(1)), in: shop)
            #expect(refusal?.explanation.contains("fraud") == true)
            try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(1)))
            try shop.expectClean()
        }
    }

    @Test("A held pickup is neither made ready nor collected")
    func pickup() throws {
        for state: Fulfillment.State in [.packed, .ready] {
            let shop = try TestSystem(stock: "TEE-M@YORK: 5")
            let id = try shop.place("2 × TEE-M at 10.00 GBP, store, pickup at YORK")
            try shop.walk(id, to: state)
            try shop.perform(PlaceHold(order: id, reason: "fraud", note: nil, lines: []))
            let ful = id.fulfillment(1)
            let step: any Command = state == .packed
                ? MakeFulfillmentReady(fulfillment: ful) : CollectFulfillment(fulfillment: ful, collectedBy: "Ada")
            try expectRefusal(.onHold, of: step, in: shop)
        }
    }

    @Test("What is under way arrives and what a location refuses moves on, hold or not")
    func notStopped() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let sent = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(sent, to: .shipped)
        let refused = try shop.place("1 × TEE-M at 10.00 GBP, store")
        for id in [sent, refused] { try shop.perform(PlaceHold(order: id, reason: "fraud", note: nil, lines: [])) }
        try shop.perform(DeliverFulfillment(fulfillment: sent.fulfillment(1)))
        try shop.perform(RejectFulfillment(fulfillment: refused.fulfillment(1), reason: .closed))
        try shop.expectClean()
    }

    @Test("A hold is lifted once, and only where it is")
    func lifting() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try expectRefusal(.notFound, of: LiftHold(hold: HoldID(id, 1)), in: shop)
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        try shop.perform(LiftHold(hold: HoldID(id, 1)))
        try expectRefusal(.illegalTransition, of: LiftHold(hold: HoldID(id, 1)), in: shop)
        #expect(try !shop.order(id).isOnHold)
        try shop.expectClean()
    }

    @Test("Nothing is left to hold in an order that is over, and no line of another order can be held")
    func nothingToHold() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try expectRefusal(
            .unknownLine, of: PlaceHold(order: id, reason: "manual", note: nil, lines: [id.line(2)]), in: shop)
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let hold = PlaceHold(order: id, reason: "manual", note: nil, lines: [])
        try expectRefusal(.illegalTransition, of: hold, in: shop)
    }

    @Test("A hold of an order that is cancelled stops nothing any more: it is lifted with its last unit")
    func cancelled() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: [id.line(1)]))
        let one = [LineQuantity(line: id.line(1), quantity: 1)]
        try shop.perform(CancelOrder(order: id, lines: one, reason: .customer))
        #expect(try shop.order(id).holds.allSatisfy(\.stands))
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let order = try shop.order(id)
        #expect(!order.isOnHold && order.holds.allSatisfy { $0.liftedBy == order.holds[0].by })
        #expect(try shop.events(id).count { $0 == "order.hold_lifted" } == 2)
        try shop.expectClean()
    }

    @Test("What would not be possible without the hold either is refused for its state: lifting would not help")
    func notTheHold() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.perform(PlaceHold(order: id, reason: "fraud", note: nil, lines: []))
        let part = id.fulfillment(1)
        let impossible: [any Command] = [
            ReleaseFulfillment(fulfillment: part), PickFulfillment(fulfillment: part),
            ShipFulfillment(fulfillment: part), UnpackFulfillment(fulfillment: part),
        ]
        for command in impossible { try expectRefusal(.illegalTransition, of: command, in: shop) }
        try expectRefusal(.onHold, of: AcceptFulfillment(fulfillment: part), in: shop)
    }

    @Test("Two holds: both must be lifted")
    func two() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, unpaid")
        try shop.perform(PlaceHold(order: id, reason: "fraud", note: nil, lines: []))
        try shop.perform(PlaceHold(order: id, reason: "address", note: nil, lines: [id.line(1)]))
        try shop.perform(LiftHold(hold: HoldID(id, 1)))
        try expectRefusal(.onHold, of: AcceptFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        try shop.perform(LiftHold(hold: HoldID(id, 2)))
        try shop.perform(AcceptFulfillment(fulfillment: id.fulfillment(1)))
        try shop.expectClean()
    }

    @Test("Notes are kept in their order, up to a limit")
    func notes() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        for number in 1...NoteOrder.notesMax { try shop.perform(NoteOrder(order: id, text: "Note \(number)")) }
        #expect(try shop.order(id).notes.map(\.text).last == "Note 200")
        #expect(try shop.events(id).last == "order.noted")
        try expectRefusal(.quantityExceeded, of: NoteOrder(order: id, text: "One more"), in: shop)
        try shop.expectClean()
    }
}

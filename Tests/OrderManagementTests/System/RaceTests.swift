import OrderManagement
import TestSupport
import Testing

/// Two at once: one of the legal outcomes, whichever was first; who lost is told why, and the books are clean.
@Suite("Races through two doors")
struct RaceTests {
    private func doors() throws -> TwoDoors { try TwoDoors(try TestSystem(stock: "TEE-M@LONDON: 999")) }

    @Test("Cancelling and shipping: it is sent and paid for, or it is given up and on its shelf")
    func cancelAndShip() throws {
        let doors = try doors()
        let shop = doors.shop
        var sent: Int64 = 0
        try doors.orders {
            let made = try shop.place("3 × TEE-M at 10.00 GBP, store")
            try shop.walk(made, to: .packed)
            let ship = ShipFulfillment(fulfillment: made.fulfillment(1))
            return (made, CancelOrder(order: made, reason: .customer), ship)
        } _: { round, order, outcome in
            if outcome.codes[1] == "accepted" {
                sent += 3
                #expect(outcome.codes[0] == "too_late_to_cancel", "round \(round)")
                #expect(order.lines[0].shipped == 3 && order.captured == 3_000 && order.voided == 0)
            } else {
                #expect(outcome.codes == ["accepted", "illegal_transition"], "round \(round)")
                #expect(order.lines[0].cancelled == 3 && order.captured == 0 && order.voided == 3_000)
            }
            let left = try shop.stock("TEE-M@LONDON")
            #expect(left == "available \(999 - sent)")
        }
    }

    @Test("Amending and picking: the location picks what the order is then, or the amendment is stale")
    func amendAndPick() throws {
        let doors = try doors()
        let shop = doors.shop
        try doors.orders {
            let made = try shop.place("3 × TEE-M at 10.00 GBP, store")
            try shop.walk(made, to: .accepted)
            let amendment = try shop.stage(made) { $0.quantities = [(1, 1)] }
            return (made, CommitAmendment(amendment: amendment), PickFulfillment(fulfillment: made.fulfillment(1)))
        } _: { round, order, outcome in
            #expect(outcome.codes[1] == "accepted" && ["accepted", "stale_version"].contains(outcome.codes[0]))
            #expect(order.lines[0].wanted == (outcome.codes[0] == "accepted" ? 1 : 3), "round \(round)")
            #expect(order.fulfillments[0].lines[0].picked == order.lines[0].wanted, "round \(round)")
        }
    }

    @Test("Two agents amending: one change is staged, the other agent hears of it")
    func twoAgents() throws {
        let doors = try doors()
        let shop = doors.shop
        try doors.orders {
            let made = try shop.place("3 × TEE-M at 10.00 GBP, store")
            let wishes = [1, 2].map { units in shop.request(made) { $0.quantities = [(1, units)] } }
            return (made, AmendOrder(order: made, request: wishes[0]), AmendOrder(order: made, request: wishes[1]))
        } _: { round, order, outcome in
            #expect(outcome.codes.sorted() == ["accepted", "amendment_open"], "round \(round)")
            #expect(order.amendments.count == 1)
        }
    }

    @Test("Two refunds of 60 %: one is made, the other hears what is left")
    func twoRefunds() throws {
        let doors = try doors()
        let shop = doors.shop
        try doors.orders {
            let made = try shop.place("2 × TEE-M at 10.00 GBP, store")
            try shop.deliver(made)
            let refund = RefundPayment(order: made, amount: gbp(1_200), payment: nil, reason: "late")
            return (made, refund, refund)
        } _: { round, order, outcome in
            #expect(outcome.codes.sorted() == ["accepted", "amount_exceeds_captured"], "round \(round)")
            #expect(outcome.told.contains { $0.contains("8.00 GBP") }, "round \(round): \(outcome.told)")
            #expect(order.refunded == 1_200 && order.memos.count == 1)
        }
    }

    @Test("Capturing and letting go: what was taken is given back, or there is nothing to take any more")
    func captureAndVoid() throws {
        let doors = try doors()
        let shop = doors.shop
        try doors.orders {
            let made = try shop.place("2 × TEE-M at 10.00 GBP")
            return (
                made,
                CapturePayment(order: made, amount: gbp(2_000), reason: "deposit"),
                CancelOrder(order: made, reason: .customer)
            )
        } _: { round, order, outcome in
            #expect(outcome.codes[1] == "accepted", "round \(round)")
            #expect(["accepted", "amount_exceeds_authorized"].contains(outcome.codes[0]), "round \(round)")
            #expect(order.captured == (outcome.codes[0] == "accepted" ? 2_000 : 0))
            #expect(order.captured == order.refunded && order.captured + order.voided == 2_000, "round \(round)")
        }
    }

    @Test("A return settled and a refund by hand: the goods are paid back once")
    func returnAndRefund() throws {
        let doors = try doors()
        let shop = doors.shop
        try doors.orders {
            let made = try shop.place("2 × TEE-M at 10.00 GBP, store")
            try shop.deliver(made)
            let entry = try shop.takeBack([1: 2], of: made)
            return (
                made,
                SettleReturn(id: entry, refund: .source),
                RefundPayment(order: made, amount: gbp(1_500), payment: nil, reason: "angry")
            )
        } _: { round, order, outcome in
            #expect(outcome.codes[0] == "accepted", "round \(round)")
            #expect(["accepted", "amount_exceeds_captured"].contains(outcome.codes[1]), "round \(round)")
            #expect(order.refunded == 2_000, "round \(round)")
        }
    }

    @Test("Counting and placing: the order is refused, or it has its promise and a person hears of the shortage")
    func countAndPlace() throws {
        let doors = try doors()
        let shop = doors.shop
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        try doors.rounds { round in
            try shop.receive("CUP-\(round)@LONDON: 5")
            var order = try PlaceOrder("4 × CUP-\(round) at 10.00 GBP")
            order.channel = "strict"
            let count = MoveStock.Entry(reason: .countDown, sku: "CUP-\(round)", location: "LONDON", quantity: 3)
            return (MoveStock(entries: [count]), order)
        } _: { round, outcome in
            #expect(outcome.codes[0] == "accepted", "round \(round)")
            let stock = try shop.stock("CUP-\(round)@LONDON")
            if outcome.codes[1] == "accepted" {
                #expect(stock == "available -2, allocated 4, shortage 2", "round \(round)")
                let told = try shop.openExceptions()
                #expect(told.contains { $0.sku == "CUP-\(round)" && $0.kind == .short }, "round \(round)")
            } else {
                #expect(outcome.codes[1] == "insufficient_stock" && stock == "available 2", "round \(round)")
            }
        }
    }

    @Test("Two counters taking the same goods back: they are back once, and the other counter is told")
    func twoCounters() throws {
        let doors = try doors()
        let shop = doors.shop
        try doors.orders {
            let made = try shop.place("1 × TEE-M at 10.00 GBP, store")
            try shop.deliver(made)
            func taken(at location: String) -> RequestReturn {
                RequestReturn(
                    order: made, method: .inStore, location: location,
                    lines: [.init(line: made.line(1), quantity: 1, reason: .unwanted, disposition: .restock)])
            }
            return (made, taken(at: "YORK"), taken(at: "LEEDS"))
        } _: { round, order, outcome in
            #expect(outcome.codes.sorted() == ["accepted", "not_returnable"], "round \(round)")
            #expect(order.lines[0].returned == 1)
        }
    }

    @Test("One reservation used by two checkouts: one has the units, the other hears that it is over")
    func oneReservation() throws {
        let doors = try doors()
        let shop = doors.shop
        try doors.rounds { _ in
            let reply = try shop.perform(
                ReserveStock(channel: "web", lines: [.init(sku: "TEE-M", quantity: 2)], expiresIn: .minutes(15)))
            var order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
            order.reservation = ReservationID(try JSON.parse(reply.body)["id"]?.string ?? "")
            return (order, order)
        } _: { round, outcome in
            #expect(outcome.codes.sorted() == ["accepted", "reservation_ended"], "round \(round)")
        }
    }
}

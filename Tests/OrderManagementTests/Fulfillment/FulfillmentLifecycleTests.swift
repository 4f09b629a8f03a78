import OrderManagement
import TestSupport
import Testing

/// `domain.md`, States: every state with every action; `-` is refused. Picking goes on until all is packed.
private let states = TextTable(
    """
    state     | release  | accept   | reject   | pick    | pack   | unpack  | ship    | deliver   | make_ready | collect   | expire  | cancel
    open      | released | -        | -        | -       | -      | -       | -       | -         | -          | -         | -       | cancelled
    released  | -        | accepted | rejected | -       | -      | -       | -       | -         | -          | -         | -       | cancelled
    accepted  | -        | -        | rejected | picking | -      | -       | -       | -         | -          | -         | -       | cancelled
    picking   | -        | -        | rejected | picking | packed | -       | -       | -         | -          | -         | -       | cancelled
    packed    | -        | -        | -        | -       | -      | picking | shipped | -         | ready      | -         | -       | cancelled
    shipped   | -        | -        | -        | -       | -      | -       | -       | delivered | -          | -         | -       | -
    delivered | -        | -        | -        | -       | -      | -       | -       | -         | -          | -         | -       | -
    ready     | -        | -        | -        | -       | -      | -       | -       | -         | -          | collected | expired | cancelled
    collected | -        | -        | -        | -       | -      | -       | -       | -         | -          | -         | -       | -
    expired   | -        | -        | -        | -       | -      | -       | -       | -         | -          | -         | -       | -
    rejected  | -        | -        | -        | -       | -      | -       | -       | -         | -          | -         | -       | -
    cancelled | -        | -        | -        | -       | -      | -       | -       | -         | -          | -         | -       | -
    """)

private typealias State = Fulfillment.State

@Suite("The lifecycle of a fulfillment")
struct FulfillmentLifecycleTests {
    @Test("Each action leads where the table says, or is refused")
    func table() throws { try Fulfillment.State.expect(states) }

    @Test("A refusal names the moves that are open")
    func openMoves() throws {
        let refusal = #expect(throws: Refusal.self) { try State.picking.after(.ship) }
        #expect(refusal?.explanation.hasSuffix("possible now: cancel, pack, pick, reject") == true)
    }

    @Test("What its method never does is refused with the state and the moves that are left to it")
    func movesOfMethod() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let sent = try shop.place("1 × TEE-M at 10.00 GBP, store").fulfillment(1)
        let kept = try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK").fulfillment(1)
        for id in [sent, kept] { try shop.walk(id.order, to: .packed) }
        let ready = try expectRefusal(.illegalTransition, of: MakeFulfillmentReady(fulfillment: sent), in: shop)
        #expect(
            ready?.explanation == "this fulfillment is packed and goes by ship: make_ready is not possible; "
                + "possible now: cancel, ship, unpack")
        let shipped = try expectRefusal(.illegalTransition, of: ShipFulfillment(fulfillment: kept), in: shop)
        #expect(shipped?.explanation.hasSuffix("possible now: cancel, make_ready, unpack") == true)
        let extended = try expectRefusal(
            .illegalTransition, of: ExtendCollection(fulfillment: kept, until: shop.now + .days(9)), in: shop)
        #expect(
            extended?.explanation
                == "this fulfillment is packed: extend is not possible; possible now: cancel, make_ready, unpack")
    }

    /// A state that a fulfillment of one method can come to.
    struct Situation: Sendable, CustomTestStringConvertible {
        let state: Fulfillment.State
        let method: Fulfillment.Method
        var testDescription: String { "\(state.rawValue) (\(method.rawValue))" }

        static let all: [Situation] = Fulfillment.Method.allCases.flatMap { method in
            Fulfillment.State.allCases.filter { $0.isReached(by: method) }.map { Situation(state: $0, method: method) }
        }
    }

    /// A shop with one order whose only fulfillment is in that state; it was never released by itself.
    private func shop(in situation: Situation) async throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5", "CAP@LEEDS: 1")
        try shop.open("shop", policy: ChannelPolicy(stages: [], release: .manual))
        let text = "2 × TEE-M at 10.00 GBP" + (situation.method == .pickup ? ", pickup at YORK" : "")
        let id = try shop.place(text, on: "shop")
        switch situation.state {
        case .open: break
        case .released, .accepted, .picking, .packed, .shipped, .delivered, .ready, .collected:
            try shop.walk(id, to: situation.state)
        case .rejected:
            try shop.walk(id, to: .released)
            try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .closed))
        case .cancelled:
            try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(1)))
        case .expired:
            try shop.walk(id, to: .ready)
            shop.advance(.days(8))
            try await shop.runDueJobs()
        }
        #expect(try shop.state(id.fulfillment(1)) == situation.state)
        return (shop, id)
    }

    private func command(
        _ action: Fulfillment.State.Action, _ order: Order, _ method: Fulfillment.Method
    ) -> (any Command)? {
        let id = order.id.fulfillment(1)
        switch action {
        case .release: return ReleaseFulfillment(fulfillment: id)
        case .accept: return AcceptFulfillment(fulfillment: id)
        case .reject: return RejectFulfillment(fulfillment: id, reason: .other)
        case .pick: return PickFulfillment(fulfillment: id)
        case .pack: return PackFulfillment(fulfillment: id, parcels: method == .pickup ? [] : [order.id.box([1: 2])])
        case .unpack: return UnpackFulfillment(fulfillment: id)
        case .ship: return ShipFulfillment(fulfillment: id)
        case .deliver: return DeliverFulfillment(fulfillment: id)
        case .makeReady: return MakeFulfillmentReady(fulfillment: id)
        case .collect: return CollectFulfillment(fulfillment: id, collectedBy: "Ada Example")
        case .expire: return nil  // by its job only
        case .cancel: return CancelFulfillment(fulfillment: id)
        }
    }

    @Test("Each call does what the table says, or is refused and changes nothing", arguments: Situation.all)
    func calls(situation: Situation) async throws {
        let row = try #require(states.rows.first { $0["state"] == situation.state.rawValue })
        let (shop, id) = try await shop(in: situation)
        for action in Fulfillment.State.Action.allCases {
            let order = try shop.order(id)
            guard let command = command(action, order, situation.method) else { continue }
            let isOfOtherMethod =
                action == .ship && situation.method == .pickup || action == .makeReady && situation.method == .ship
            guard let next = State(rawValue: row[action.rawValue]), !isOfOtherMethod else {
                try expectRefusal(.illegalTransition, of: command, in: shop)
                continue
            }
            let (other, same) = try await self.shop(in: situation)
            try other.perform(try #require(self.command(action, try other.order(same), situation.method)))
            #expect(try other.state(same.fulfillment(1)) == next, "\(situation.testDescription) \(action)")
            try other.expectClean()
        }
        try shop.expectClean()
    }

    @Test("A pickup that nobody collects expires by its job: back to stock, its money let go")
    func expiry() async throws {
        let (shop, id) = try await shop(in: Situation(state: .expired, method: .pickup))
        #expect(try shop.stock("TEE-M@YORK") == "available 5")
        let order = try shop.order(id)
        #expect(order.voided == 2000)
        #expect(OrderStatus(of: order).overall == .cancelled)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 50, in: $0) }
            .filter { $0.type == "order.cancelled" }.map { try JSON.parse($0.data) }
        #expect(told.map { $0["reason"]?.string } == ["not_collected"], "shops and customers hear of it")
        #expect(told.first?["whole"]?.bool == true && told.first?["lines"]?.array?.first?["quantity"]?.integer == 2)
        try shop.expectClean()
    }

    @Test("A job of expiry finds a pickup that was collected in time, and does nothing")
    func noExpiry() async throws {
        let (shop, id) = try await shop(in: Situation(state: .collected, method: .pickup))
        shop.advance(.days(8))
        try await shop.runDueJobs()
        #expect(try shop.state(id.fulfillment(1)) == .collected)
        try shop.expectClean()
    }

    @Test("There is no fulfillment of a number that the order does not have")
    func unknown() throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        for number in [2, 99] {
            try expectRefusal(.notFound, of: AcceptFulfillment(fulfillment: id.fulfillment(number)), in: shop)
        }
        try expectRefusal(.notFound, of: AcceptFulfillment(fulfillment: OrderID(7).fulfillment(1)), in: shop)
    }
}

extension Fulfillment.State {
    fileprivate func isReached(by method: Fulfillment.Method) -> Bool {
        switch self {
        case .open, .released, .accepted, .picking, .packed, .rejected, .cancelled: true
        case .shipped, .delivered: method == .ship
        case .ready, .collected, .expired: method == .pickup
        }
    }
}

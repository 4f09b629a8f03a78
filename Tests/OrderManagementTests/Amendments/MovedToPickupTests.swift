import TestSupport
import Testing

@testable import OrderManagement

@Suite("Orders that are to be collected, of which a box has left by post")
struct MovedToPickupTests {
    private func york(_ change: inout Amended) {
        change.rest = { request, _ in
            request.delivery = .init(method: .pickup, service: nil, address: nil, location: "YORK")
        }
    }

    /// What of the first line is where: `LONDON cancelled 2, YORK open 2`.
    private func whereabouts(_ order: Order) -> String {
        order.fulfillments.map { "\($0.location) \($0.state.rawValue) \($0.units)" }.joined(separator: ", ")
    }

    @Test("The rest of an order is moved to a store: what has left stays on its way, the others wait there")
    func rest() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "TEE-M@LEEDS: 1")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        let first = try #require(try shop.order(id).fulfillments.first { $0.location == "LONDON" }).number
        try shop.receive("TEE-M@YORK: 5")
        while try shop.state(id.fulfillment(first)) != .packed {
            switch try shop.state(id.fulfillment(first)) {
            case .released: try shop.perform(AcceptFulfillment(fulfillment: id.fulfillment(first)))
            case .accepted: try shop.perform(PickFulfillment(fulfillment: id.fulfillment(first)))
            default: try shop.perform(PackFulfillment(fulfillment: id.fulfillment(first), parcels: [id.box([1: 1])]))
            }
        }
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(first)))
        try shop.amend(id, york)
        let order = try shop.order(id)
        #expect(order.lines[0].shipped == 1 && order.lines[0].allocated == 1 && order.captured == 1_000)
        let open = order.fulfillments.filter(\.state.holdsStock)
        #expect(open.map(\.location) == ["YORK"] && open.map(\.units) == [1])
        #expect(try shop.stock("TEE-M@LEEDS") == "available 1")
        try shop.expectClean()
    }

    /// Two TEE-M, labelled in LONDON and to be collected at YORK since, where they are; with the question whether the
    /// parcel was stopped.
    private func moved(
        _ state: Fulfillment.State = .open
    ) throws -> (TestSystem, OrderID, question: OrderException) {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 5") {
            ($0.amending.labelled, $0.amending.methodUntil) = (.intercept, .packed)
        }
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try shop.receive("TEE-M@YORK: 5")
        try shop.amend(id, york)
        if state != .open { try shop.walk(id, to: state) }
        let asked = try #require(try shop.openExceptions().first { $0.kind == .interception })
        return (shop, id, asked)
    }

    @Test(
        "A box left though its goods are to be collected: they are sent by that, and do not wait at the store as well",
        arguments: [Fulfillment.State.released, .ready])
    func left(state: Fulfillment.State) throws {
        let (shop, id, asked) = try moved(state)
        let number = try #require(try shop.order(id).parcels[0].labels.last?.tracking)
        try shop.perform(SettleGoods(exception: asked.id, outcome: .left))
        let order = try shop.order(id)
        #expect(whereabouts(order) == "LONDON cancelled 2, YORK cancelled 2, LONDON shipped 2")
        #expect(order.lines[0].shipped == 2 && order.lines[0].allocated == 0 && order.captured == 2_000)
        #expect(try shop.stock("TEE-M@LONDON") == "available 3" && shop.stock("TEE-M@YORK") == "available 5")
        let kinds: Set<OrderException.Kind> = state == .ready ? [.putBack, .parcelFound] : [.parcelFound]
        #expect(try Set(shop.openExceptions().map(\.kind)) == kinds)
        let found = try #require(try shop.openExceptions().first { $0.kind == .parcelFound })
        #expect(found.owner == "customer_service" && found.goods.isEmpty)
        #expect(
            found.cause == "The parcel of order \(order.number) left LONDON by its old label, though it was to be "
                + "collected at YORK.")
        let box = ParcelID(id, 1)
        let kept = ExceptionAction.settleGoods(found.id, .kept)
        #expect(found.actions(about: order) == [kept, .refundParcel(box), .reshipParcel(box)])
        try shop.tell(.delivered, of: number)
        let units = [LineQuantity(line: id.line(1), quantity: 2)]
        #expect(
            found.actions(about: try shop.order(id))
                == [kept, .refundUnits(id, units, reason: ExceptionAction.lost), .reshipParcel(box)])
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("What others were promised meanwhile cannot be sent in the books: what waits at the store is held")
    func promised() throws {
        let (shop, id, asked) = try moved()
        let other = try shop.place("5 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try shop.order(other).lines[0].allocated == 5)
        try shop.perform(SettleGoods(exception: asked.id, outcome: .left))
        let order = try shop.order(id)
        #expect(order.holds.map(\.reason) == ["left_by_post"] && order.holds.map(\.lines) == [[1]])
        #expect(try shop.openExceptions().contains { $0.kind == .parcelFound && $0.goods.first?.quantity == 2 })
        try expectRefusal(
            .onHold, of: AcceptFulfillment(fulfillment: id.fulfillment(2)), in: shop)
        try shop.expectClean()
    }

    @Test("One that was stopped waits at the store alone")
    func stopped() throws {
        let (shop, id, asked) = try moved()
        try shop.perform(SettleGoods(exception: asked.id, outcome: .putBack))
        #expect(try whereabouts(shop.order(id)) == "LONDON cancelled 2, YORK released 2")
        #expect(try shop.stock("TEE-M@LONDON") == "available 5")
        try shop.expectClean()
    }
}

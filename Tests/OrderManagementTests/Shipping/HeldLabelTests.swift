import Connectors
import OrderManagement
import TestSupport
import Testing

@Suite("Labels of orders that are on hold")
struct HeldLabelTests {
    private func hold(_ id: OrderID, in shop: TestSystem) throws -> HoldID {
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        return HoldID(id, 1)
    }

    @Test("A label that failed on a held order is asked for anew once the hold is lifted, which is what is offered")
    func failed() async throws {
        let shop = try TestSystem.labelling(
            by: [.post], connections: [TestCourier(script: [.refuse(reason: "no such street")])])
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        let hold = try hold(id, in: shop)
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(try shown.kind == .labelFailed && shown.actions(about: shop.order(id)) == [.liftHold(hold)])
        try shop.perform(LiftHold(hold: hold))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .labelled && shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A hold that lifts by itself has its labels asked for as well; where packing buys none, nobody is")
    func byItself() async throws {
        for labels in [CourierPolicy.Labels.automatic, .manual] {
            let shop = try TestSystem.labelling(
                by: [.post], connections: [TestCourier(script: [.refuse(reason: "no such street")])])
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
            try shop.walk(id, to: .packed)
            try shop.perform(
                PlaceHold(order: id, reason: "manual", note: nil, lines: [], until: shop.now + .hours(1)))
            try await shop.runDueJobs()
            var policy = ChannelPolicy(stages: [])
            policy.shipping.labels = labels
            try shop.open("shop", policy: policy)
            shop.advance(.hours(2))
            try await shop.runDueJobs()
            #expect(try (shop.order(id).parcels[0].state == .labelled) == (labels == .automatic))
            #expect(try shop.openExceptions().isEmpty == (labels == .automatic))
            try shop.expectClean()
        }
    }

    @Test("A parcel that left unshipped while its order is held offers to lift the hold, and then to ship it")
    func leftUnshipped() throws {
        let (shop, id, number) = try TestSystem.withLabelledParcel()
        let hold = try hold(id, in: shop)
        try shop.tell(.delivered, of: number)
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .leftUnshipped && shown.suggestion.hasPrefix("Lift the hold of its order"))
        #expect(try shown.actions(about: shop.order(id)) == [.liftHold(hold)])
        try shop.perform(LiftHold(hold: hold))
        #expect(try shown.actions(about: shop.order(id)) == [.ship(id.fulfillment(1))])
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }
}

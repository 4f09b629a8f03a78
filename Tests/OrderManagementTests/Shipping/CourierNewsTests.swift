import OrderManagement
import TestSupport
import Testing

@Suite("What couriers tell of the future")
struct FutureNewsTests {
    @Test("News from beyond tomorrow are refused; a clock that is hours ahead holds back nothing that comes later")
    func future() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        func news(_ status: Parcel.State, at moment: Timestamp) -> RecordTracking {
            RecordTracking(courier: "dpd", tracking: "T1", status: status, at: moment, candidates: [id])
        }
        try expectRefusal(.invalidInput, at: "/at", of: news(.inTransit, at: shop.now + .days(2)), in: shop)
        try shop.perform(news(.inTransit, at: shop.now + .hours(2)))
        shop.advance(.minutes(5))
        try shop.perform(news(.outForDelivery, at: shop.now))
        try shop.perform(news(.delivered, at: shop.now))
        #expect(try shop.order(id).parcels[0].state == .delivered)
        try shop.expectClean()
    }

    @Test("A courier's word moves no parcel whose goods nobody has shipped yet: it leaves by its shipment")
    func early() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        for status in [Parcel.State.handedOver, .inTransit, .delivered] {
            let reply = try shop.perform(
                RecordTracking(courier: "vans", tracking: tracking, status: status, at: shop.now, candidates: [id]))
            #expect(try JSON.parse(reply.body)["changed"]?.bool == false)
            try shop.expectClean()
        }
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).parcels[0].state == .handedOver)
        try shop.expectClean()
    }
}

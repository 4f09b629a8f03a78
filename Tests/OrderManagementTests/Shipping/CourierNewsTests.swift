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
}

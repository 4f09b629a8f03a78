import TestSupport
import Testing

@testable import OrderManagement

@Suite("How punctual couriers are")
struct PunctualityTests {
    private func counted(_ shop: TestSystem) throws -> [String] {
        try shop.waybill.readNow {
            try CourierRecordStore.page(
                after: .init(courier: "", service: "", origin: "", area: ""), limit: 9, in: $0)
        }.filter { $0.way.origin.isEmpty }.map { "\($0.way.service) \($0.onTime)/\($0.parcels)" }
    }

    /// A parcel whose label is there since Monday, 10 o'clock, handed over some days later.
    private func sent(
        _ service: String = "day", by courier: Courier = .vans, after days: Int64, hours: Int64 = 0
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem.labelling(by: [courier])
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: (courier.code, service)))
        shop.advance(.hours(24 * days + hours))
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        return (shop, id)
    }

    private func deliver(_ shop: TestSystem, _ id: OrderID, after hours: Int64) throws {
        shop.advance(.hours(hours))
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1)))
    }

    @Test("A parcel that was handed over late and came within its service's days was on time, whatever was promised")
    func lateHandOver() throws {
        let (shop, id) = try sent("fast", after: 6)
        try deliver(shop, id, after: 20)
        #expect(try shop.order(id).parcels[0].updatedAt > shop.order(id).fulfillments[0].deliverBy)
        #expect(try counted(shop) == ["fast 1/1"])
        try shop.expectClean()
    }

    @Test("A slow courier under a long promise was late")
    func longPromise() throws {
        let (shop, id) = try sent("fast", after: 0)
        try deliver(shop, id, after: 50)
        #expect(try shop.order(id).parcels[0].updatedAt < shop.order(id).fulfillments[0].deliverBy)
        #expect(try counted(shop) == ["fast 0/1"])
    }

    @Test("Days count from the cut-off after the hand-over, and last until the evening", arguments: [
        // Handed over on Monday at 12, before the cut-off at 16; at 20 it is Tuesday's.
        (2, 35, "fast 1/1"), (2, 37, "fast 0/1"), (10, 51, "fast 1/1"), (10, 53, "fast 0/1"),
    ])
    func cutoff(hours: Int64, later: Int64, expected: String) throws {
        let (shop, id) = try sent("fast", after: 0, hours: hours)
        try deliver(shop, id, after: later)
        #expect(try counted(shop) == [expected])
    }

    @Test("Of a service that says no days the promise counts, and weekdays of delivery count where they are said")
    func days() throws {
        let silent = Courier.vans.changingServices { $0.days = nil }
        let (shop, id) = try sent("fast", by: silent, after: 0)
        try deliver(shop, id, after: 50)
        #expect(try counted(shop) == ["fast 1/1"])
        let weekly = Courier.vans.changingServices { $0.deliveryDays = [1] }
        let (other, second) = try sent("fast", by: weekly, after: 0)
        try deliver(other, second, after: 7 * 24)
        #expect(try counted(other) == ["fast 1/1"])
    }

    @Test("The count is the same in whatever order news come, also of a scan before the hand-over was recorded")
    func anyOrder() throws {
        let news: [(Parcel.State, Int64)] = [(.inTransit, -48), (.outForDelivery, 1), (.delivered, 2)]
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            let (shop, id) = try sent("fast", after: 3)
            let handedOver = shop.now
            let tracking = try #require(try shop.order(id).parcels[0].tracking)
            shop.advance(.days(1))
            for place in order {
                try shop.tell(news[place].0, of: tracking, at: handedOver + .hours(news[place].1))
            }
            #expect(try counted(shop) == ["fast 0/1"], "\(order)")
            try shop.expectClean()
        }
    }
}

import Connectors
import Databases
import OrderManagement
import TestSupport
import Testing

@Suite("Labels that were taken off, and scanned all the same")
struct OldLabelTests {
    private func tell(
        _ status: Parcel.State, of tracking: String, by courier: String = "vans", in shop: TestSystem
    ) throws -> String? {
        try shop.tell(status, of: tracking, by: courier)
    }

    @Test("A parcel that its courier has under a label that was taken off is shown, and goes by that label again")
    func restored() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        let parcel = ParcelID(id, 1)
        try shop.perform(BuyLabel(parcel: parcel, service: ("vans", "fast")))
        let new = try #require(try shop.order(id).parcels[0].tracking)
        shop.advance(.hours(1))
        #expect(try tell(.handedOver, of: old, in: shop) == "old_label")
        #expect(try shop.openExceptions() == [], "that a label was scanned at the counter proves nothing")
        #expect(try tell(.inTransit, of: old, in: shop) == "old_label")
        #expect(try tell(.inTransit, of: old, in: shop) == "repeated")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .oldLabelUsed && shown.owner == "LONDON" && shown.cause.contains(new))
        #expect(shown.actions(about: try shop.order(id)) == [.restoreLabel(parcel, label: 1)])

        try shop.perform(RestoreLabel(parcel: parcel, label: 1))
        let labelled = try shop.order(id).parcels[0]
        #expect(labelled.tracking == old && labelled.service == "day")
        #expect(labelled.labels.map(\.state) == [.bought, .voided])
        #expect(try shop.openExceptions().map(\.kind) == [.leftUnshipped])
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).parcels[0].state == .inTransit)
        #expect(try tell(.delivered, of: old, in: shop) == "moved")
        #expect(try tell(.inTransit, of: new, in: shop) == "old_label")
        try shop.expectClean()
    }

    @Test("Labels that were taken off before their numbers were kept are found by what their parcels know of them")
    func older() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "fast")))
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "day")))
        let numbers = try shop.order(id).parcels[0].labels.compactMap(\.tracking)
        func found() throws -> [[OrderID]] {
            try numbers.map { number in try shop.waybill.readNow { try TrackingNumber.orders(number, in: $0) } }
        }
        #expect(numbers.count == 3 && numbers.first == old)
        try shop.tamper("DELETE FROM old_labels")
        #expect(try found() == [[], [], [id]])
        let step = try #require(MigrationFiles.all.first { $0.number == 113 })
        for _ in 1...2 { try shop.tamper(step.sql) }
        #expect(try found() == [[id], [id], [id]])
        #expect(try tell(.inTransit, of: old, in: shop) == "old_label")
        try shop.expectClean()
    }

    @Test("A parcel that was sent under a new label, and goes by the old one, is followed by the old one")
    func sentUnderNew() async throws {
        let courier = TestCourier()
        let (shop, id) = try await TestSystem.withSoldLabel(by: courier)
        let parcel = ParcelID(id, 1)
        try shop.perform(BuyLabel(parcel: parcel, again: true))
        try await shop.runDueJobs()
        #expect(courier.voided == ["T1001"])
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        shop.advance(.hours(2))
        courier.tell(CourierNews(tracking: "T1001", status: .inTransit, at: shop.now, event: "sorted"))
        shop.advance(.hours(3))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.oldLabelUsed], "its courier is asked after both")
        #expect(try tell(.outForDelivery, of: "T1001", by: "post", in: shop) == "old_label")
        #expect(try shop.order(id).parcels[0].state == .handedOver)
        try shop.perform(RestoreLabel(parcel: parcel, label: 1))
        try await shop.runDueJobs()
        let sent = try shop.order(id).parcels[0]
        #expect(try shop.events(id).contains("parcel.label_restored"))
        #expect(sent.state == .outForDelivery && sent.tracking == "T1001" && courier.voided == ["T1001", "T1002"])
        #expect(try shop.openExceptions() == [])
        try expectRefusal(.illegalTransition, of: RestoreLabel(parcel: parcel, label: 2), in: shop)
        try shop.expectClean()
    }

    @Test("Of a parcel that was unpacked nothing goes by its old label: a person is told, who may count its goods")
    func unpacked() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try tell(.delivered, of: old, in: shop) == "old_label")
        let shown = try #require(try shop.openExceptions().first)
        let offered = shown.actions(about: try shop.order(id))
        #expect(shown.kind == .oldLabelUsed && offered == [.count(sku: "TEE-M", location: "LONDON")])
        try expectRefusal(.illegalTransition, of: RestoreLabel(parcel: ParcelID(id, 1), label: 1), in: shop)
        try shop.expectClean()
    }

    @Test("Of a cancelled box that left, as a person says, nobody is asked what its old label was on; of its way back")
    func leftAfterCancelling() throws {
        for isToldBefore in [true, false] {
            let (shop, id, old) = try TestSystem.withLabelledParcel()
            try shop.perform(CancelOrder(order: id, reason: .customer))
            if isToldBefore {
                #expect(try tell(.inTransit, of: old, in: shop) == "old_label")
                #expect(try shop.openExceptions().map(\.kind).contains(.oldLabelUsed))
            }
            let asked = try #require(try shop.openExceptions().first { $0.kind == .interception })
            try shop.perform(SettleGoods(exception: asked.id, outcome: .left))
            #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
            shop.advance(.hours(1))
            #expect(try tell(.delivered, of: old, in: shop) == "old_label")
            let found = try #require(try shop.openExceptions().first)
            #expect(try shop.openExceptions() == [found] && found.kind == .parcelFound)
            try shop.perform(SettleGoods(exception: found.id, outcome: .kept))
            #expect(try shop.openExceptions().isEmpty)
            shop.advance(.hours(1))
            #expect(try tell(.returnedToSender, of: old, in: shop) == "old_label")
            #expect(try shop.openExceptions().map(\.kind) == [.oldLabelUsed], "its goods are to be counted")
            try shop.expectClean()
        }
    }

    @Test("No other label is bought for a parcel that its courier has already")
    func notReplaced() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        #expect(try tell(.delivered, of: old, in: shop) == "not_sent")
        try expectRefusal(
            .illegalTransition, of: BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "fast")), in: shop)
        #expect(try shop.order(id).parcels[0].tracking == old)
    }
}

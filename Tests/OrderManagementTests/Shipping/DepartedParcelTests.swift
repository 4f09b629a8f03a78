import OrderManagement
import TestSupport
import Testing

@Suite("Parcels that have left, or must not")
struct DepartedParcelTests {
    /// An order of two, packed into two parcels of one.
    private func twoParcels() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1])]))
        return (shop, id)
    }

    @Test("Who names one parcel of two names both: none leaves without having been said")
    func allNamed() throws {
        let (shop, id) = try twoParcels()
        let first = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 1), courier: "rm", tracking: "RM1")
        let refusal = try expectRefusal(
            .invalidInput, at: "/parcels",
            of: ShipFulfillment(fulfillment: id.fulfillment(1), parcels: [first]), in: shop)
        let detail = try #require(refusal?.details.first?.detail)
        #expect(detail.hasPrefix("names 1 of 2 parcels") && detail.hasSuffix("leaves out \(ParcelID(id, 2))"))
        #expect(try shop.order(id).parcels.map(\.state) == [.packed, .packed])
        let second = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 2), courier: "rm", tracking: "RM2")
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1), parcels: [first, second]))
        #expect(try shop.order(id).parcels.map(\.state) == [.handedOver, .handedOver])
        try shop.expectClean()
    }

    @Test("Neither does one that bears its label leave unnamed, whatever the other bears")
    func allNamedWithLabels() throws {
        let (shop, id) = try twoParcels()
        try shop.perform(SaveCouriers(couriers: [.vans]))
        let (one, two) = (ParcelID(id, 1), ParcelID(id, 2))
        for labelled in [one, two] {
            try shop.perform(BuyLabel(parcel: labelled, service: ("vans", "day")))
            for named in [one, two] {
                try expectRefusal(
                    .invalidInput, at: "/parcels",
                    of: ShipFulfillment(fulfillment: id.fulfillment(1), parcels: [.init(parcel: named)]), in: shop)
            }
        }
        #expect(try shop.order(id).parcels.map(\.state) == [.labelled, .labelled])
        try shop.expectClean()
        try shop.perform(
            ShipFulfillment(fulfillment: id.fulfillment(1), parcels: [.init(parcel: two), .init(parcel: one)]))
        #expect(try shop.order(id).parcels.map(\.state) == [.handedOver, .handedOver])
        try shop.expectClean()
    }

    @Test("What its courier has delivered is neither cancelled, nor unpacked, nor is its label taken off")
    func delivered() throws {
        let (shop, id, tracking) = try TestSystem.withLabelledParcel()
        try shop.perform(
            RecordTracking(courier: "vans", tracking: tracking, status: .delivered, at: shop.now, candidates: [id]))
        let work = id.fulfillment(1)
        for reason in [CancelOrder.Reason.customer, .merchant] {
            try expectRefusal(.tooLateToCancel, of: CancelOrder(order: id, reason: reason), in: shop)
        }
        try expectRefusal(.tooLateToCancel, of: CancelFulfillment(fulfillment: work), in: shop)
        try expectRefusal(.illegalTransition, of: UnpackFulfillment(fulfillment: work), in: shop)
        try expectRefusal(.illegalTransition, of: VoidLabel(parcel: ParcelID(id, 1)), in: shop)
        #expect(try shop.openExceptions().map(\.kind) == [.leftUnshipped])
        try shop.perform(ShipFulfillment(fulfillment: work))
        #expect(try shop.order(id).parcels[0].state == .delivered)
        try shop.expectClean()
    }

    @Test("A person who says that it never left may take it apart again")
    func neverLeft() throws {
        let (shop, id, tracking) = try TestSystem.withLabelledParcel()
        try shop.perform(
            RecordTracking(courier: "vans", tracking: tracking, status: .delivered, at: shop.now, candidates: [id]))
        let shown = try #require(try shop.openExceptions().first)
        try shop.perform(ResolveException(exception: shown.id, resolution: "It stands here."))
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        try shop.expectClean()
    }

    @Test("A parcel that bears its label when its order is cancelled is stopped, or has left: both can be said")
    func cancelled() throws {
        for outcome in [SettleGoods.Outcome.putBack, .left] {
            let (shop, id, _) = try TestSystem.withLabelledParcel()
            try shop.perform(CancelOrder(order: id, reason: .customer))
            let shown = try #require(try shop.openExceptions().first)
            #expect(shown.kind == .interception)
            try shop.perform(SettleGoods(exception: shown.id, outcome: outcome))
            #expect(try shop.stock("TEE-M@LONDON") == (outcome == .left ? "available 4" : "available 5"))
            #expect(try shop.openExceptions().map(\.kind) == (outcome == .left ? [.parcelFound] : []))
            try shop.expectClean()
        }
    }

    @Test("Packed without a word is what was picked: units that were not are asked after")
    func notPicked() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .accepted)
        try shop.perform(
            PickFulfillment(fulfillment: id.fulfillment(1), lines: [.init(line: id.line(1), quantity: 2)]))
        let wordless = PackFulfillment(fulfillment: id.fulfillment(1), parcels: nil)
        let refusal = try expectRefusal(.unitsUncovered, at: "/parcels", of: wordless, in: shop)
        #expect(refusal?.explanation.contains("1 × TEE-M not picked yet") == true)
        try shop.perform(PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 3])]))
        try shop.expectClean()
    }
}

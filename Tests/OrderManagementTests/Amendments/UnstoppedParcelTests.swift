@testable import OrderManagement
import TestSupport
import Testing

@Suite("Labelled parcels that were to be stopped, and left")
struct UnstoppedParcelTests {
    private func labelled(_ units: Int64 = 2, _ boxes: [(units: Int64, grams: Int64)]? = nil) throws
        -> (TestSystem, OrderID)
    {
        let shop = try TestSystem.labelling("TEE-M@LONDON: 70") { $0.amending.labelled = .intercept }
        let id = try shop.place("\(units) × TEE-M at 10.00 GBP", on: "shop")
        if let boxes {
            try shop.walk(id, to: .picking)
            try shop.perform(
                PackFulfillment(
                    fulfillment: id.fulfillment(1),
                    parcels: boxes.map { id.box([1: $0.units], weightGrams: $0.grams) }))
        } else {
            try shop.walk(id, to: .packed)
        }
        return (shop, id)
    }

    private func first(_ kind: OrderException.Kind, in shop: TestSystem) throws -> OrderException {
        try #require(try shop.openExceptions().first { $0.kind == kind })
    }

    @Test("Several parcels leave as they were: each with its goods, weight, number and label")
    func severalParcels() throws {
        let (shop, id) = try labelled(60, [(27, 7_770), (27, 7_771), (6, 1_770)])
        let before = try shop.order(id).parcels
        try shop.amend(id, leeds)
        try shop.perform(SettleGoods(exception: first(.interception, in: shop).id, outcome: .left))
        let after = try shop.order(id)
        #expect(after.parcels.map(\.state) == [.handedOver, .handedOver, .handedOver])
        #expect(after.parcels.map(\.lines) == before.map(\.lines))
        #expect(after.parcels.map(\.weightGrams) == before.map(\.weightGrams))
        #expect(after.parcels.map(\.tracking) == before.map(\.tracking) && Set(before.map(\.tracking)).count == 3)
        #expect(after.parcels.map(\.service) == before.map(\.service))
        #expect(after.parcels.map { $0.labels.map(\.state) } == [[.bought], [.bought], [.bought]])
        #expect(try shop.stock("TEE-M@LONDON") == "available 10" && after.captured == 60_000)
        try shop.tell(.delivered, of: #require(before[2].tracking))
        #expect(try OrderStatus(of: shop.order(id)).overall == .open)
        try shop.tell(.lost, of: #require(before[0].tracking))
        let lost = try first(.parcelLost, in: shop)
        #expect(try !lost.actions(about: shop.order(id)).isEmpty)
        try shop.expectClean()
    }

    @Test("A box that bore no label has not left: its goods stay picked, as work of their own")
    func unlabelledBox() throws {
        let (shop, id) = try labelled(2, [(1, 500), (1, 20_000)])
        #expect(try shop.order(id).parcels.map(\.state) == [.labelled, .packed])
        try shop.amend(id, leeds)
        try shop.perform(SettleGoods(exception: first(.interception, in: shop).id, outcome: .left))
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.shipped, .picking])
        #expect(order.fulfillments[1].lines.map(\.picked) == [1])
        #expect(try shop.stock("TEE-M@LONDON") == "available 68, allocated 1" && order.captured == 1_000)
        try shop.expectClean()
        try shop.walk(id, to: .delivered)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    enum GivingUp: CaseIterable { case order, work, rejection }

    @Test("Who is asked whether a parcel was stopped still is once it is given up", arguments: GivingUp.allCases)
    func givenUp(_ how: GivingUp) throws {
        for outcome in [SettleGoods.Outcome.putBack, .left] {
            let (shop, id) = try labelled()
            try shop.amend(id, leeds)
            switch how {
            case .order: try shop.perform(CancelOrder(order: id, reason: .customer))
            case .work: try shop.perform(CancelFulfillment(fulfillment: id.fulfillment(1)))
            case .rejection: try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .cannotShip))
            }
            let shown = try first(.interception, in: shop)
            #expect(try shop.openExceptions().filter { $0.kind == .interception || $0.kind == .putBack } == [shown])
            #expect(shown.goods == [.init(sku: "TEE-M", quantity: 2)])
            let order = try shop.order(id)
            #expect(
                shown.actions(about: order) == [.settleGoods(shown.id, .putBack), .settleGoods(shown.id, .left)])
            try shop.perform(SettleGoods(exception: shown.id, outcome: outcome))
            #expect(try shop.stock("TEE-M@LONDON") == (outcome == .left ? "available 68" : "available 70"))
            let found = try shop.openExceptions().filter { $0.kind == .parcelFound }
            #expect(found.map(\.goods) == (outcome == .left ? [shown.goods] : []))
            if outcome == .left { #expect(found[0].cause.contains("another address")) }
            #expect(try shop.order(id).captured == 0)
            try shop.expectClean()
        }
    }

    @Test("Goods of such a parcel that are not found may have left: customer service hears of it")
    func notFound() throws {
        let (shop, id) = try labelled()
        try shop.amend(id, leeds)
        try shop.perform(RejectFulfillment(fulfillment: id.fulfillment(1), reason: .notFound))
        let found = try first(.parcelFound, in: shop)
        #expect(found.goods == [.init(sku: "TEE-M", quantity: 2)] && found.owner == "customer_service")
        #expect(try shop.stock("TEE-M@LONDON") == "available 68")
        #expect(try shop.openExceptions().allSatisfy { $0.kind != .interception })
        try shop.expectClean()
    }

    @Test("Given up in part, the rest leaves with it, and nobody gets what is said twice", arguments: [true, false])
    func inPart(isAmended: Bool) throws {
        let (shop, id) = try labelled()
        try shop.amend(id, leeds)
        if isAmended {
            try shop.amend(id) { $0.quantities = [(1, 1)] }
        } else {
            try shop.perform(
                CancelOrder(order: id, lines: [.init(line: id.line(1), quantity: 1)], reason: .customer))
        }
        let asked = try #require(try shop.openExceptions().first { !$0.goods.isEmpty })
        #expect(asked.kind == .interception && asked.goods == [.init(sku: "TEE-M", quantity: 1)])
        try shop.perform(SettleGoods(exception: asked.id, outcome: .left))
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.shipped] && order.parcels.map(\.units) == [[1: 1]])
        #expect(try shop.stock("TEE-M@LONDON") == "available 68" && order.captured == 1_000)
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        try shop.expectClean()
    }

    @Test("Fewer units and another address at once: both are told of a parcel that left", arguments: [true, false])
    func fewerElsewhere(isAtOnce: Bool) throws {
        let (shop, id) = try labelled()
        if isAtOnce {
            try shop.amend(id) {
                leeds(&$0)
                $0.quantities = [(1, 1)]
            }
        } else {
            try shop.amend(id) { $0.quantities = [(1, 1)] }
            try shop.amend(id, leeds)
        }
        let shown = try first(.interception, in: shop)
        if isAtOnce { #expect(shown.cause.contains("It is to be delivered to another address, too.")) }
        try shop.perform(SettleGoods(exception: shown.id, outcome: .left))
        let found = try first(.parcelFound, in: shop)
        #expect(found.goods == [.init(sku: "TEE-M", quantity: 1)])
        #expect(found.cause.contains("1 × TEE-M") && found.cause.contains("another address"), "\(found.cause)")
        #expect(try found.actions(about: shop.order(id)).contains(.reshipParcel(ParcelID(id, 1))))
        #expect(try shop.stock("TEE-M@LONDON") == "available 68")
        try shop.expectClean()
    }

    @Test("Each question is about the parcel that it was asked of: what was packed anew since does not leave with it")
    func packedAnew() throws {
        let (shop, id) = try labelled()
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        let old = try first(.interception, in: shop)
        try shop.walk(id, to: .packed)
        try shop.amend(id, leeds)
        try shop.perform(SettleGoods(exception: old.id, outcome: .left))
        let order = try shop.order(id)
        #expect(order.fulfillments.map(\.state) == [.picking] && order.captured == 0)
        #expect(try shop.openExceptions().map(\.kind) == [.interception, .parcelFound])
        #expect(try shop.stock("TEE-M@LONDON") == "available 68, allocated 1")
        let new = try first(.interception, in: shop)
        try shop.perform(SettleGoods(exception: new.id, outcome: .left))
        #expect(try shop.order(id).parcels.map(\.units) == [[:], [1: 1]])
        #expect(try shop.stock("TEE-M@LONDON") == "available 68")
        try shop.expectClean()
    }

    @Test("What went to the wrong door is paid back or sent once more, also from there; it comes back by itself")
    func wrongDoor() throws {
        let (shop, id) = try labelled()
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        try shop.amend(id, leeds)
        try shop.perform(SettleGoods(exception: first(.interception, in: shop).id, outcome: .left))
        let found = try first(.parcelFound, in: shop)
        let parcel = ParcelID(id, 1)
        let (kept, order) = (ExceptionAction.settleGoods(found.id, .kept), try shop.order(id))
        #expect(found.actions(about: order) == [kept, .refundParcel(parcel), .reshipParcel(parcel)])
        try shop.tell(.delivered, of: tracking)
        let units = [LineQuantity(line: id.line(1), quantity: 2)]
        #expect(
            try found.actions(about: shop.order(id)) == [
                kept, .refundUnits(id, units, reason: ExceptionAction.lost), .reshipParcel(parcel),
            ])
        #expect(found.suggestion.contains("from the wrong door have it fetched"))
        shop.advance(.hours(1))
        try shop.tell(.returnedToSender, of: tracking)
        #expect(try shop.openExceptions().allSatisfy { $0.kind != .parcelFound })
        try shop.expectClean()
    }

    /// A parcel that was delivered to the door that its order is not delivered to any more.
    private func atWrongDoor() throws -> (TestSystem, OrderID, ParcelID) {
        let (shop, id) = try labelled()
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        try shop.amend(id, leeds)
        try shop.perform(SettleGoods(exception: first(.interception, in: shop).id, outcome: .left))
        try shop.tell(.delivered, of: tracking)
        return (shop, id, ParcelID(id, 1))
    }

    @Test("What was delivered to the wrong door goes out once more to the right one: it is paid and returned once")
    func sentFromWrongDoor() throws {
        let (shop, id, parcel) = try atWrongDoor()
        let before = try shop.order(id)
        try shop.perform(ReshipParcel(parcel: parcel))
        #expect(try shop.openExceptions().isEmpty)
        let order = try shop.order(id)
        let claim = try #require(order.parcels[0].claim)
        let new = try #require(claim.successor?.order)
        #expect(claim.foundAt != nil && order.parcels[0].state == .delivered)
        #expect(try shop.order(new).delivery == before.delivery && shop.order(new).captured == 2_000)
        #expect(order.captured == 2_000 && order.refunded == 2_000)
        #expect(try shop.stock("TEE-M@LONDON") == "available 66, allocated 2")
        try shop.expectClean()
        try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: parcel), in: shop)
        try expectRefusal(.illegalTransition, of: ClaimParcel(parcel: parcel, resolution: .refund), in: shop)
        try expectRefusal(
            .notReturnable,
            of: RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)]), in: shop)
        try shop.walk(new, to: .delivered)
        #expect(try OrderStatus(of: shop.order(new)).overall == .completed)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Who got it from the wrong door after all keeps it: what goes out once more is stopped, and nobody pays")
    func stoppedFromWrongDoor() throws {
        let (shop, id, parcel) = try atWrongDoor()
        try expectRefusal(.illegalTransition, of: DeliverParcel(parcel: parcel), in: shop)
        try shop.perform(ReshipParcel(parcel: parcel))
        let new = try #require(try shop.order(id).parcels[0].claim?.successor?.order)
        shop.advance(.hours(2))
        try shop.perform(DeliverParcel(parcel: parcel))
        let known = try #require(try shop.openExceptions().first)
        #expect(known.kind == .parcelFound && known.cause.contains("by way of another door"))
        try expectRefusal(.illegalTransition, of: DeliverParcel(parcel: parcel), in: shop)
        let actions = known.actions(about: try shop.order(id))
        #expect(actions.contains(.settleGoods(known.id, .stopped)))
        try shop.expectClean()
        try shop.perform(SettleGoods(exception: known.id, outcome: .stopped))
        let order = try shop.order(id)
        #expect(order.captured == 2_000 && order.refunded == 0 && order.parcels[0].claim?.foundAt == shop.now)
        #expect(OrderStatus(of: order).overall == .completed && !order.parcels[0].isAtOldAddress)
        #expect(try OrderStatus(of: shop.order(new)).overall == .cancelled)
        #expect(try shop.stock("TEE-M@LONDON") == "available 68" && shop.openExceptions().isEmpty)
        try shop.expectClean()
        try shop.perform(SettleReturn(agreed: shop.takeBack([1: 2], of: id)))
        #expect(try shop.order(id).refunded == 2_000)
        try shop.expectClean()
    }

    @Test("What has gone out once more by then is not stopped: a set is handed in, or kept", arguments: [true, false])
    func tooLateFromWrongDoor(isHandedIn: Bool) throws {
        let (shop, id, parcel) = try atWrongDoor()
        try shop.perform(ReshipParcel(parcel: parcel))
        let new = try #require(try shop.order(id).parcels[0].claim?.successor?.order)
        try shop.walk(new, to: .shipped)
        try shop.perform(DeliverParcel(parcel: parcel))
        let shown = try #require(try shop.openExceptions().first)
        try expectRefusal(.illegalTransition, of: SettleGoods(exception: shown.id, outcome: .stopped), in: shop)
        try shop.perform(
            SettleGoods(
                exception: shown.id, outcome: isHandedIn ? .handedIn : .kept,
                location: isHandedIn ? "LONDON" : nil))
        #expect(try shop.openExceptions().isEmpty)
        if isHandedIn { try expectRefusal(.illegalTransition, of: DeliverParcel(parcel: parcel), in: shop) }
        try shop.expectClean()
    }

    @Test("What was paid back from the wrong door, or is well there, does not go out once more")
    func settledAtWrongDoor() throws {
        let (shop, id, parcel) = try atWrongDoor()
        try shop.perform(
            RefundPayment(
                order: id, amount: nil, payment: nil, reason: ExceptionAction.lost,
                lines: [.init(line: id.line(1), quantity: 2)]))
        try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: parcel), in: shop)
        try shop.expectClean()
        let (other, _, well) = try atWrongDoor()
        try other.perform(SettleGoods(exception: first(.parcelFound, in: other).id, outcome: .kept))
        try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: well), in: other)
        try other.expectClean()
    }

    @Test("What a location was told to do is not told any more once it is done")
    func notes() throws {
        let (shop, id) = try labelled()
        try shop.amend(id) { $0.quantities = [(1, 1)] }
        let shown = try first(.interception, in: shop)
        #expect(try shop.order(id).fulfillments[0].note?.hasPrefix("Put back 1 × TEE-M") == true)
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).fulfillments[0].note?.hasPrefix("Put back 1 × TEE-M") == true, "still to be done")
        try shop.perform(SettleGoods(exception: shown.id, outcome: .putBack))
        #expect(try shop.order(id).fulfillments[0].note == nil)
        try shop.amend(id, leeds)
        #expect(try shop.order(id).fulfillments[0].note == "The address was changed: pack and label it anew.")
        try shop.walk(id, to: .packed)
        #expect(try shop.order(id).fulfillments[0].note == nil)
        try shop.expectClean()
    }

    @Test("Who changes the address of a parcel that its courier has scanned is warned of it")
    func scanned() throws {
        let (shop, id) = try labelled()
        let tracking = try #require(try shop.order(id).parcels[0].tracking)
        try shop.tell(.inTransit, of: tracking)
        if try shop.openExceptions().contains(where: { $0.kind == .leftUnshipped }) {
            try expectRefusal(
                .tooLateToAmend, at: "/delivery", of: AmendOrder(order: id, request: shop.request(id, leeds)),
                in: shop)
            return
        }
        let preview = try shop.preview(id, leeds)
        #expect(preview.at("put_backs.0.told")?.string == "in_transit")
        try shop.amend(id, leeds)
        #expect(try first(.interception, in: shop).cause.contains("in_transit: it may have left already"))
        try shop.expectClean()
    }
}

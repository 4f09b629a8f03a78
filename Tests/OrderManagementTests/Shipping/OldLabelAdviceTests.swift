import Connectors
import OrderManagement
import TestSupport
import Testing

/// What is advised about a label that was taken off and is scanned all the same: it can be done there and then.
@Suite("What can be done about labels that were taken off")
struct OldLabelAdviceTests {
    /// A parcel that was sent under its second label an hour ago.
    private func sent(
        _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> (shop: TestSystem, order: OrderID, old: String, new: String) {
        try TestSystem.withReplacedLabel(sentBefore: .hours(1), change)
    }

    private func offered(_ shop: TestSystem, _ id: OrderID) throws -> [ExceptionAction] {
        try shop.oldLabelQuestion()?.actions(about: try shop.order(id)) ?? []
    }

    private func receive(_ units: Int64, of id: ReturnID, in shop: TestSystem) throws {
        let line = ReceiveReturn.Line(line: id.order.line(1), quantity: units, disposition: .restock)
        try shop.perform(ReceiveReturn(id: id, location: "LONDON", lines: [line]))
    }

    private let count = ExceptionAction.count(sku: "TEE-M", location: "LONDON")

    // MARK: Lost

    @Test("A parcel that is lost by its new label may arrive by the old one, or be settled: it is paid for once")
    func lost() throws {
        let (shop, id, old, new) = try sent()
        let parcel = ParcelID(id, 1)
        try shop.tell(.lost, of: new)
        try shop.tell(.inTransit, of: old)
        #expect(try offered(shop, id) == [.deliverParcel(parcel), .refundParcel(parcel), .reshipParcel(parcel)])
        let first = try #require(try shop.oldLabelQuestion())
        #expect(first.suggestion.contains("refund its units or send its goods once more"))
        try shop.perform(ClaimParcel(parcel: parcel, resolution: .refund))
        let told = try #require(try shop.oldLabelQuestion())
        #expect(told.id == first.id && told.cause.contains("settled (refund)"), "it says what is so now")
        #expect(told.suggestion.contains("then shown to you") && !told.suggestion.contains("refund its units"))
        #expect(try shop.events(id).contains("exception.updated"))
        #expect(try offered(shop, id) == [.deliverParcel(parcel)])
        shop.advance(.hours(1))
        try shop.tell(.delivered, of: old)
        try shop.perform(DeliverParcel(parcel: parcel))
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        #expect(try shop.order(id).refunded == 1000)
        try shop.expectClean()
    }

    @Test("A lost parcel that comes back by its old label goes by that, and is expected; it is paid for once")
    func lostAndComesBack() throws {
        for isClaimed in [false, true] {
            let (shop, id, old, new) = try sent()
            let parcel = ParcelID(id, 1)
            try shop.tell(.lost, of: new)
            if isClaimed { try shop.perform(ClaimParcel(parcel: parcel, resolution: .refund)) }
            try shop.tell(.inTransit, of: old)
            let restore = RestoreLabel(parcel: parcel, label: 1)
            try expectRefusal(.illegalTransition, of: restore, in: shop)
            try shop.tell(.returnedToSender, of: old)
            #expect(try offered(shop, id) == [.restoreLabel(parcel, label: 1)])
            #expect(try shop.oldLabelQuestion()?.suggestion.contains("it is expected back") == true)
            try shop.perform(restore)
            #expect(try shop.oldLabelQuestion() == nil)
            let order = try shop.order(id)
            #expect(order.parcels[0].state == .returnedToSender && order.parcels[0].tracking == old)
            #expect(order.returns.map(\.state) == [.inTransit])
            try shop.expectClean()
            try receive(1, of: id.entry(1), in: shop)
            if try shop.order(id).returns[0].state != .settled {
                try shop.perform(SettleReturn(agreed: id.entry(1)))
            }
            #expect(try shop.order(id).refunded == 1000)
            #expect(try shop.stock("TEE-M@LONDON") == "available 5")
            try shop.expectClean()
        }
    }

    @Test("That it has arrived settles the question, however far ahead its courier's clock is")
    func clockAhead() throws {
        let (shop, id, old, new) = try sent()
        try shop.tell(.lost, of: new)
        try shop.tell(.inTransit, of: old, at: shop.now + .hours(10))
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 1)))
        #expect(try shop.openExceptions().isEmpty)
        try shop.tell(.inTransit, of: old, at: shop.now + .hours(9))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    // MARK: Arrived

    @Test("A parcel that has arrived, and is scanned later by its old label, is a question; an older scan is none")
    func arrived() throws {
        let (shop, id, old, new) = try sent()
        let before = shop.now
        shop.advance(.hours(2))
        try shop.tell(.delivered, of: new)
        #expect(try shop.tell(.inTransit, of: old, at: before) == "old_label")
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(.hours(1))
        try shop.tell(.inTransit, of: old)
        let units = [LineQuantity(line: id.line(1), quantity: 1)]
        #expect(try offered(shop, id) == [.refundUnits(id, units, reason: ExceptionAction.lost), count])
        let shown = try #require(try shop.oldLabelQuestion())
        #expect(shown.cause.contains("delivered by \(new)") && shown.suggestion.contains("refund its units"))
        try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "lost", lines: units))
        #expect(try shop.oldLabelQuestion() == nil, "what was in it is paid back")
        shop.advance(.hours(1))
        try shop.tell(.delivered, of: old)
        let again = try #require(try shop.oldLabelQuestion())
        #expect(again.suggestion.contains("paid back"))
        #expect(again.actions(about: try shop.order(id)) == [])
        try shop.perform(ResolveException(exception: again.id, resolution: "They keep it."))
        #expect(try shop.order(id).refunded == 1000)
        try shop.expectClean()
    }

    @Test("What arrives by both numbers has arrived, in whatever order that is told")
    func both() throws {
        for isOldFirst in [false, true] {
            let (shop, _, old, new) = try sent()
            let (early, late) = (shop.now, shop.now + .hours(1))
            shop.advance(.hours(2))
            let news = [(new, early), (old, late)]
            for (number, moment) in isOldFirst ? news.reversed() : news {
                try shop.tell(.delivered, of: number, at: moment)
            }
            #expect(try shop.openExceptions().isEmpty)
            try shop.expectClean()
        }
    }

    @Test("A parcel that has arrived and comes back later by its old label goes by that, and is expected")
    func arrivedAndComesBack() throws {
        let (shop, id, old, new) = try sent()
        try shop.tell(.delivered, of: new)
        let restore = RestoreLabel(parcel: ParcelID(id, 1), label: 1)
        try expectRefusal(.illegalTransition, of: restore, in: shop)
        shop.advance(.hours(1))
        try shop.tell(.returnedToSender, of: old)
        #expect(try offered(shop, id) == [.restoreLabel(ParcelID(id, 1), label: 1)])
        try shop.perform(restore)
        #expect(try shop.order(id).returns.map(\.state) == [.inTransit])
        try receive(1, of: id.entry(1), in: shop)
        #expect(try shop.stock("TEE-M@LONDON") == "available 5" && shop.order(id).lines[0].returned == 1)
        try shop.expectClean()
    }

    @Test("What its customer has sent back does not come back once more by the old label: its goods are counted")
    func returnedBefore() throws {
        let (shop, id, old, new) = try sent()
        try shop.tell(.delivered, of: new)
        let request = RequestReturn.Line(line: id.line(1), quantity: 1, reason: .unwanted, disposition: .restock)
        try shop.perform(RequestReturn(order: id, method: .inStore, location: "LONDON", lines: [request]))
        let refunded = try shop.order(id).refunded
        shop.advance(.hours(1))
        try shop.tell(.returnedToSender, of: old)
        try expectRefusal(.illegalTransition, of: RestoreLabel(parcel: ParcelID(id, 1), label: 1), in: shop)
        #expect(try offered(shop, id).contains(count))
        #expect(try shop.order(id).refunded == refunded && shop.stock("TEE-M@LONDON") == "available 5")
        try shop.expectClean()
    }

    // MARK: Came back

    @Test("What is here, and is told to have been delivered by its old label later, is counted; earlier news are none")
    func received() throws {
        let (shop, id, old, new) = try sent()
        let before = shop.now
        shop.advance(.hours(1))
        try shop.tell(.returnedToSender, of: new)
        try receive(1, of: id.entry(1), in: shop)
        try shop.tell(.delivered, of: old, at: before)
        #expect(try shop.oldLabelQuestion() == nil, "it was refused at the door")
        shop.advance(.hours(1))
        try shop.tell(.delivered, of: old)
        let shown = try #require(try shop.oldLabelQuestion())
        #expect(shown.cause.contains("was received") && shown.suggestion.contains("Its goods are here"))
        #expect(shown.actions(about: try shop.order(id)) == [count])
        try expectRefusal(.illegalTransition, of: DeliverParcel(parcel: ParcelID(id, 1)), in: shop)
        try shop.move(.countDown, 1, "TEE-M@LONDON")
        try shop.perform(ResolveException(exception: shown.id, resolution: "One more had left: counted."))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What comes back by one number, and is somewhere by the other, is received, has arrived, or is closed")
    func comesBack() throws {
        let (shop, id, old, new) = try sent()
        try shop.tell(.returnedToSender, of: new)
        try shop.tell(.inTransit, of: old)
        let all = [LineQuantity(line: id.line(1), quantity: 1)]
        #expect(
            try offered(shop, id) == [
                .deliverParcel(ParcelID(id, 1)), .receiveReturn(id.entry(1), location: "LONDON", all),
                .closeReturn(id.entry(1), location: "LONDON"),
            ])
        try receive(1, of: id.entry(1), in: shop)
        #expect(try shop.oldLabelQuestion() == nil)
        try shop.expectClean()
    }

    // MARK: Not sent

    @Test("While its courier is asked to take a label back nothing can be done, which is said; then it can")
    func beingVoided() async throws {
        let (shop, id) = try await TestSystem.withSoldLabel(by: TestCourier())
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        try shop.tell(.inTransit, of: "T1001", by: "post")
        let shown = try #require(try shop.oldLabelQuestion())
        #expect(shown.suggestion.contains("just asked to take that label back"))
        #expect(shown.actions(about: try shop.order(id)) == [])
        try await shop.runDueJobs()
        #expect(try offered(shop, id) == [.restoreLabel(ParcelID(id, 1), label: 1)])
        #expect(try shop.oldLabelQuestion()?.suggestion.contains("say that the parcel goes by it") == true)
        try shop.perform(RestoreLabel(parcel: ParcelID(id, 1), label: 1))
        #expect(try shop.oldLabelQuestion() == nil)
        try shop.expectClean()
    }

    @Test("A label that was put on again is taken off again, though another one was bought and voided since")
    func takenOffAgain() async throws {
        let (shop, id) = try await TestSystem.withSoldLabel(by: TestCourier())
        let parcel = ParcelID(id, 1)
        try shop.perform(VoidLabel(parcel: parcel))
        try await shop.runDueJobs()
        try shop.perform(BuyLabel(parcel: parcel))
        try await shop.runDueJobs()
        try shop.perform(RestoreLabel(parcel: parcel, label: 1))
        #expect(try shop.order(id).parcels[0].label?.number == 1)
        try shop.perform(VoidLabel(parcel: parcel))
        #expect(try shop.order(id).parcels[0].label == nil && shop.order(id).parcels[0].state == .packed)
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].labels.map(\.state) == [.voided, .voided])
        try expectRefusal(.illegalTransition, of: VoidLabel(parcel: parcel), in: shop)
        try shop.expectClean()
    }

    @Test("Goods that were packed anew, and left by the old label, are sent by its number, one call after the other")
    func packedAnew() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        try shop.tell(.inTransit, of: old)
        #expect(try offered(shop, id) == [count])
        #expect(try shop.oldLabelQuestion()?.suggestion.contains("pack them anew") == true)
        try shop.walk(id, to: .packed)
        #expect(try offered(shop, id) == [.takeLabelOff(ParcelID(id, 2)), count])
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        let ship = ExceptionAction.shipBy(
            ParcelID(id, 2), of: id.fulfillment(1), courier: "vans", tracking: old)
        #expect(try offered(shop, id) == [ship, count])
        try shop.perform(PlaceHold(order: id, reason: "manual", note: nil, lines: []))
        #expect(try offered(shop, id) == [count])
        #expect(try shop.oldLabelQuestion()?.suggestion.contains("the order is on hold") == true)
        let hold = try #require(try shop.order(id).holds.first)
        try shop.perform(LiftHold(hold: HoldID(id, hold.number)))
        #expect(try offered(shop, id) == [ship, count])
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 2), courier: "vans", tracking: old)]))
        #expect(try shop.oldLabelQuestion() == nil && shop.order(id).parcels[1].state == .inTransit)
        try shop.expectClean()
    }

    @Test("What was cancelled and is delivered all the same is counted where it is missing; no courier is to bring it")
    func cancelled() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        try shop.perform(CancelOrder(order: id, reason: .merchant))
        try shop.tell(.delivered, of: old)
        let shown = try #require(try shop.oldLabelQuestion())
        #expect(shown.actions(about: try shop.order(id)) == [count])
        #expect(shown.suggestion.contains("ask the customer to hand them in"))
        #expect(!shown.suggestion.contains("bring it back"))
        try shop.perform(ResolveException(exception: shown.id, resolution: "They pay for it by a new order."))
        try shop.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

/// Questions about labels that were taken off: they stay until a person has answered them.
@Suite("Labels that were replaced, and what becomes of their questions")
struct ReplacedLabelTests {
    /// A parcel that was sent under its second label yesterday.
    private func sentUnderNew() throws -> (shop: TestSystem, order: OrderID, old: String, new: String) {
        try TestSystem.withReplacedLabel(sentBefore: .days(1))
    }

    private func ship(_ id: OrderID, by tracking: String, in shop: TestSystem) throws {
        let number = try #require(try shop.order(id).parcels.last?.number)
        let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, number), courier: "vans", tracking: tracking)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1), parcels: [detail]))
    }

    // MARK: Ends

    @Test("A claimed parcel that arrived under its old label is a question until a person says that it has arrived")
    func claimed() throws {
        let (shop, id, old, new) = try sentUnderNew()
        let parcel = ParcelID(id, 1)
        try shop.tell(.lost, of: new)
        try shop.perform(ClaimParcel(parcel: parcel, resolution: .refund))
        shop.advance(.days(1))
        #expect(try shop.tell(.delivered, of: old) == "old_label")
        let shown = try #require(try shop.oldLabelQuestion())
        for words in ["delivered", "lost by \(new)", "settled (refund)", old] { #expect(shown.cause.contains(words)) }
        #expect(shown.suggestion.contains("say that it has arrived"))
        #expect(shown.actions(about: try shop.order(id)) == [.deliverParcel(parcel)])
        let refusal = #expect(throws: Refusal.self) { try shop.perform(RestoreLabel(parcel: parcel, label: 1)) }
        #expect(refusal?.explanation.contains("its way has ended") == true)
        #expect(refusal?.explanation.contains("say that it has arrived") == true)
        try shop.perform(DeliverParcel(parcel: parcel))
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound], "a person hears of the money")
        try shop.expectClean()
    }

    @Test("A parcel that comes back and arrived under its old label is a question as well")
    func comingBack() throws {
        let (shop, id, old, new) = try sentUnderNew()
        try shop.tell(.returnedToSender, of: new)
        #expect(try shop.tell(.delivered, of: old) == "old_label")
        let shown = try #require(try shop.oldLabelQuestion())
        let all = [LineQuantity(line: id.line(1), quantity: 1)]
        #expect(
            shown.actions(about: try shop.order(id)) == [
                .deliverParcel(ParcelID(id, 1)), .receiveReturn(id.entry(1), location: "LONDON", all),
                .closeReturn(id.entry(1), location: "LONDON"),
            ])
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 1)))
        #expect(try shop.oldLabelQuestion() == nil)
        try shop.expectClean()
    }

    @Test("The end of a way is told anew where a person was told of its beginning; of what has arrived nobody is told")
    func toldAnew() throws {
        let (shop, id, old, new) = try sentUnderNew()
        try shop.tell(.inTransit, of: old)
        let first = try #require(try shop.oldLabelQuestion())
        #expect(first.cause.contains("in_transit"))
        shop.advance(.days(1))
        try shop.tell(.delivered, of: old)
        let second = try #require(try shop.oldLabelQuestion())
        #expect(second.id != first.id && second.cause.contains("delivered"))
        #expect(try shop.openExceptions().filter { $0.kind == .oldLabelUsed }.count == 1)
        try shop.tell(.delivered, of: new)
        #expect(try shop.oldLabelQuestion() == nil)
        try shop.tell(.returnedToSender, of: old)
        #expect(try shop.oldLabelQuestion() == nil)
        #expect(try shop.order(id).parcels[0].state == .delivered)
        try shop.expectClean()
    }

    // MARK: Taken off

    @Test("Who takes the label off a parcel of which its courier told that it left is told so at once")
    func departed() throws {
        for unpacks in [false, true] {
            let (shop, id, old) = try TestSystem.withLabelledParcel()
            #expect(try shop.tell(.inTransit, of: old) == "not_sent")
            #expect(try shop.openExceptions() == [])
            if unpacks {
                try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
            } else {
                try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
            }
            let shown = try #require(try shop.oldLabelQuestion())
            #expect(shown.cause.contains(old) && shown.cause.contains("in_transit"))
            let offered = shown.actions(about: try shop.order(id))
            let expected: ExceptionAction = unpacks
                ? .count(sku: "TEE-M", location: "LONDON") : .restoreLabel(ParcelID(id, 1), label: 1)
            #expect(offered == [expected])
            try shop.expectClean()
        }
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        #expect(try shop.tell(.handedOver, of: old) == "not_sent")
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.openExceptions() == [], "that it was scanned at the counter proves nothing")
    }

    @Test("What was packed anew and is sent by the old number goes where was told under it: nothing is asked any more")
    func sentByOldNumber() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        try shop.perform(UnpackFulfillment(fulfillment: id.fulfillment(1)))
        try shop.tell(.delivered, of: old)
        #expect(try shop.oldLabelQuestion() != nil)
        try shop.walk(id, to: .packed)
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        try ship(id, by: old, in: shop)
        #expect(try shop.order(id).parcels[1].state == .delivered)
        #expect(try shop.oldLabelQuestion() == nil)
        try shop.expectClean()
    }

    // MARK: Numbers

    @Test("A number that was named by hand is known after another label was put on, and may be gone by again")
    func namedByHand() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        let parcel = ParcelID(id, 1)
        try shop.perform(VoidLabel(parcel: parcel))
        try ship(id, by: "HAND1", in: shop)
        shop.advance(.hours(1))
        try shop.perform(RestoreLabel(parcel: parcel, label: 1))
        #expect(try shop.order(id).parcels[0].tracking == old)
        #expect(try shop.order(id).parcels[0].labels.map(\.state) == [.bought, .voided])
        #expect(try shop.tell(.inTransit, of: "HAND1") == "old_label")
        let shown = try #require(try shop.oldLabelQuestion())
        #expect(shown.actions(about: try shop.order(id)) == [.restoreLabel(parcel, label: 2)])
        try shop.perform(RestoreLabel(parcel: parcel, label: 2))
        let sent = try shop.order(id).parcels[0]
        #expect(sent.tracking == "HAND1" && sent.state == .inTransit)
        #expect(try shop.openExceptions() == [])
        try shop.expectClean()
    }

    @Test("A label is not put on again whose number another parcel is under way by, or that its parcel bears already")
    func numberTaken() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        let other = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(other, to: .packed)
        try shop.perform(VoidLabel(parcel: ParcelID(other, 1)))
        try ship(other, by: old, in: shop)
        let refusal = #expect(throws: Refusal.self) {
            try shop.perform(RestoreLabel(parcel: ParcelID(id, 1), label: 1))
        }
        #expect(refusal?.code == .illegalTransition)
        #expect(refusal?.explanation.contains(try shop.order(other).number) == true)
        #expect(try shop.order(id).parcels[0].tracking == nil)
        try shop.tell(.delivered, of: old)
        try shop.perform(RestoreLabel(parcel: ParcelID(id, 1), label: 1))
        #expect(try shop.order(id).parcels[0].tracking == old, "its way has ended")
        try expectRefusal(.illegalTransition, of: RestoreLabel(parcel: ParcelID(id, 1), label: 1), in: shop)
        try shop.expectClean()
    }

    @Test("Permissions name the restoration of a label, and why it is not possible")
    func permissions() throws {
        let (shop, id, old) = try TestSystem.withLabelledParcel()
        func permission() throws -> OrderPermission? {
            let configuration = try shop.waybill.readNow { try Configuration.load(in: $0) }
            let channel = try #require(configuration.channels["shop"])
            return try shop.order(id).permissions(channel, at: shop.now).first { $0.action == "restorations" }
        }
        #expect(try permission() == nil, "no label was taken off")
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        #expect(try permission()?.isAllowed == true)
        #expect(try permission()?.path == "/v1/parcels/\(ParcelID(id, 1))/restorations")
        try ship(id, by: old, in: shop)
        #expect(try permission()?.isAllowed == false)
        #expect(try permission()?.reason?.contains("goes by \(old) already") == true)
        try shop.tell(.delivered, of: old)
        #expect(try permission() == nil)
    }

    // MARK: Lists

    @Test("A list that was closed stays what was handed over, whatever its parcels go by later")
    func closedList() throws {
        let (shop, id, _, new) = try sentUnderNew()
        let reply = try shop.perform(CloseHandOver(fulfillments: [id.fulfillment(1)]))
        let names = try JSON.parse(reply.body)["hand_overs"]?.array
        let name = try #require(HandOverID(names?.first?.string ?? ""))
        func list() throws -> [String] {
            try shop.waybill.readNow { db in
                let closed = try #require(try ClosedHandOverStore.handOver(name, in: db))
                let london = try #require(try Configuration.load(in: db).locations["LONDON"])
                return try HandOver(closed, at: london, by: .vans, from: db).entries.map {
                    "\($0.parcel.service ?? "") \($0.parcel.tracking ?? "") \($0.parcel.weightGrams)"
                }
            }
        }
        let before = try list()
        #expect(before.count == 1 && before[0].hasPrefix("fast \(new) "))
        try shop.perform(RestoreLabel(parcel: ParcelID(id, 1), label: 1))
        #expect(try shop.order(id).parcels[0].service == "day")
        #expect(try list() == before)
        try shop.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

/// `domain.md`, States: every state with every action; `-` is refused. Couriers leave news out, so steps of the way may
/// be passed over; the way back leads through `exception` only. One end may follow another (decision 0032).
private let states = TextTable(
    """
    state              | label    | unlabel | hand_over   | move       | send_out         | deliver   | fail      | lose | return_to_sender
    packed             | labelled | -       | handed_over | -          | -                | -         | -         | -    | -
    labelled           | -        | packed  | handed_over | -          | -                | -         | -         | -    | -
    handed_over        | -        | -       | -           | in_transit | out_for_delivery | delivered | exception | lost | returned_to_sender
    in_transit         | -        | -       | -           | -          | out_for_delivery | delivered | exception | lost | returned_to_sender
    out_for_delivery   | -        | -       | -           | -          | -                | delivered | exception | lost | returned_to_sender
    exception          | -        | -       | handed_over | in_transit | out_for_delivery | delivered | -         | lost | returned_to_sender
    delivered          | -        | -       | -           | -          | -                | -         | -         | -    | returned_to_sender
    lost               | -        | -       | -           | -          | -                | delivered | -         | -    | returned_to_sender
    returned_to_sender | -        | -       | -           | -          | -                | delivered | -         | lost | -
    """)

/// The action that a courier's word for a state stands for.
private let news: [Parcel.State: Parcel.State.Action] = [
    .handedOver: .handOver, .inTransit: .move, .outForDelivery: .sendOut, .delivered: .deliver, .exception: .fail,
    .lost: .lose, .returnedToSender: .returnToSender,
]

@Suite("The lifecycle of a parcel")
struct ParcelTests {
    @Test("Each action leads where the table says, or is refused")
    func table() throws { try Parcel.State.expect(states) }

    /// A shop whose one parcel a courier has brought to a state.
    private func shop(parcel state: Parcel.State) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "royal_mail", tracking: "RM1")]))
        if state != .handedOver { try tell(state, of: id, to: shop) }
        return (shop, id)
    }

    @discardableResult
    private func tell(_ status: Parcel.State, of id: OrderID, to shop: TestSystem) throws -> Reply {
        shop.advance(Seconds(1))
        return try shop.perform(
            RecordTracking(courier: "royal_mail", tracking: "RM1", status: status, at: shop.now, candidates: [id]))
    }

    @Test(
        "News moves a parcel where the table allows it; old or repeated news changes nothing",
        arguments: Parcel.State.allCases.filter { $0 != .packed && $0 != .labelled })
    func courierNews(state: Parcel.State) throws {
        let row = try #require(states.rows.first { $0["state"] == state.rawValue })
        for status in Parcel.State.allCases {
            let (shop, id) = try shop(parcel: state)
            #expect(try shop.order(id).parcels[0].state == state)
            let events = try shop.events(id)
            let reply = try tell(status, of: id, to: shop)
            let next = news[status].flatMap { Parcel.State(rawValue: row[$0.rawValue]) }
            #expect(try shop.order(id).parcels[0].state == next ?? state, "\(state), told \(status)")
            // What was delivered is not lost: a person is told.
            let isDisputed = state == .delivered && status == .lost
            #expect(try JSON.parse(reply.body)["changed"]?.bool == (next != nil || isDisputed))
            // Told later once more: then it was delivered then.
            let isCorrected = state == .delivered && status == .delivered
            let more = isCorrected ? ["parcel.delivery_corrected"] : []
            if next == nil, !isDisputed { #expect(try shop.events(id) == events + more) }
            try shop.expectClean()
        }
    }

    @Test("News that happened before the newest that is known changes nothing, even where the table would allow it")
    func lateNews() throws {
        let (shop, id) = try shop(parcel: .handedOver)
        shop.advance(.hours(5))
        func tell(_ status: Parcel.State, hoursAgo: Int64) throws -> Bool? {
            let reply = try shop.perform(
                RecordTracking(
                    courier: "royal_mail", tracking: "RM1", status: status, at: shop.now + .hours(-hoursAgo),
                    courierEvent: "E\(hoursAgo)", candidates: [id]))
            return try JSON.parse(reply.body)["changed"]?.bool
        }
        #expect(try tell(.exception, hoursAgo: 1) == true)
        #expect(try tell(.inTransit, hoursAgo: 2) == false)
        #expect(try shop.order(id).parcels[0].state == .exception)
        #expect(try tell(.outForDelivery, hoursAgo: 0) == true)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let event = try #require(events.last { $0.type == "parcel.exception" })
        #expect(try JSON.parse(event.data)["courier_event_id"]?.string == "E1")
        #expect(try JSON.parse(event.data)["courier_at"]?.string == (shop.now + .hours(-1)).description)
        try shop.expectClean()
    }

    @Test("What a courier says of the moment of delivery counts, but not before the shipment nor after now")
    func momentOfDelivery() throws {
        for (hours, expected) in [(Int64(-2), Int64(3)), (-9, 0), (4, 5)] {
            let (shop, id) = try shop(parcel: .handedOver)
            let shipped = shop.now
            shop.advance(.hours(5))
            try shop.perform(
                RecordTracking(
                    courier: "royal_mail", tracking: "RM1", status: .delivered, at: shop.now + .hours(hours),
                    candidates: [id]))
            #expect(try shop.order(id).fulfillments[0].updatedAt == shipped + .hours(expected))
        }
    }

    @Test("The last parcel at the door closes its fulfillment and the order")
    func lastParcel() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        try shop.perform(
            PackFulfillment(fulfillment: id.fulfillment(1), parcels: [id.box([1: 1]), id.box([1: 1])]))
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [
                    .init(parcel: ParcelID(id, 1), courier: "dpd", tracking: "A"),
                    .init(parcel: ParcelID(id, 2), courier: "dpd", tracking: "B"),
                ]))
        for (tracking, state) in [("A", Fulfillment.State.shipped), ("B", .delivered)] {
            try shop.perform(
                RecordTracking(courier: "dpd", tracking: tracking, status: .delivered, at: shop.now, candidates: [id]))
            #expect(try shop.state(id.fulfillment(1)) == state)
        }
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("News of a parcel that nobody sent is refused")
    func unknown() throws {
        let (shop, id) = try shop(parcel: .handedOver)
        try expectRefusal(
            .unknownParcel, at: "/tracking",
            of: RecordTracking(
                courier: "royal_mail", tracking: "RM2", status: .delivered, at: shop.now, candidates: [id]),
            in: shop)
        try expectRefusal(
            .unknownParcel,
            of: RecordTracking(courier: "dpd", tracking: "RM1", status: .delivered, at: shop.now, candidates: [id]),
            in: shop)
    }

    @Test("News by a courier that nobody has set up name the couriers that are there")
    func unknownCourier() throws {
        let (shop, _, tracking) = try TestSystem.withLabelledParcel()
        let refusal = try expectRefusal(
            .unknownCourier, at: "/courier",
            of: RecordTracking(
                courier: "nocour", tracking: tracking, status: .delivered, at: shop.now, candidates: []), in: shop)
        #expect(refusal?.explanation.contains("couriers are: vans") == true)
        try expectRefusal(
            .unknownParcel, at: "/tracking",
            of: RecordTracking(courier: "vans", tracking: "X", status: .delivered, at: shop.now, candidates: []),
            in: shop)
    }
}

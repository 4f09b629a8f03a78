import Connectors
import OrderManagement
import TestSupport
import Testing

@Suite("Parcels that should have gone, or arrived")
struct ParcelWatchTests {
    /// A shop that labels as it packs; one TEE-M, packed in London, where couriers come at 16:00.
    private func packed(
        _ courier: Courier = .vans, _ connection: TestCourier = TestCourier()
    ) async throws -> (TestSystem, OrderID) {
        let shop = try TestSystem.labelling(by: [courier], connections: [connection])
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        return (shop, id)
    }

    private func kinds(_ shop: TestSystem) throws -> [OrderException.Kind] { try shop.openExceptions().map(\.kind) }

    /// A parcel that the post has taken, and told of once since.
    private func sent(by courier: TestCourier, telling status: Parcel.State) async throws -> (TestSystem, OrderID) {
        let (shop, id) = try await packed(.post, courier)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        courier.tell(CourierNews(tracking: "T1001", status: status, at: shop.now + .hours(1), event: "e1"))
        shop.advance(.hours(4))
        try await shop.runDueJobs()
        return (shop, id)
    }

    @Test("A labelled parcel that lies there two hours after the cut-off is shown to its location, until it leaves")
    func waiting() async throws {
        let (shop, id) = try await packed()
        shop.advance(Seconds(8 * 3_600 - 1))  // 17:59:59
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.notHandedOver] && shop.openExceptions().first?.owner == "LONDON")
        #expect(try shop.openExceptions().first?.cause.contains("and \(Courier.vans.name) did not take it") == true)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try kinds(shop) == [])
        try shop.expectClean()
    }

    @Test("Silence a day after the promise is shown, once; news settle it, and a parcel at its end is not chased")
    func silent() async throws {
        let (shop, id) = try await packed()
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        let order = try shop.order(id)
        let end = order.fulfillments[0].deliverBy + .days(1)
        shop.now = end + Seconds(-1)
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        shop.now = end
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.trackingSilent])
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.actions(about: try shop.order(id)) == [
            .deliverParcel(ParcelID(id, 1)), .refundParcel(ParcelID(id, 1)), .reshipParcel(ParcelID(id, 1)),
        ])
        let tracking = try #require(order.parcels[0].tracking)
        try shop.perform(
            RecordTracking(courier: "vans", tracking: tracking, status: .inTransit, at: shop.now, candidates: [id]))
        #expect(try kinds(shop) == [])
        let settled = try shop.waybill.readNow { try ExceptionStore.exception(shown.id, in: $0) }
        #expect(settled?.resolution == "Its courier has told of it.")
        try shop.perform(DeliverFulfillment(fulfillment: id.fulfillment(1)))
        shop.advance(.days(9))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        try shop.expectClean()
    }

    @Test("What a person decides about a silent parcel settles it in their name, and not in its courier's")
    func decided() async throws {
        let gone = "the parcel does not arrive any more"
        let ends: [(String, (ParcelID) -> any Command)] = [
            ("the parcel has arrived", { DeliverParcel(parcel: $0) }),
            (gone, { ClaimParcel(parcel: $0, resolution: .refund) }), (gone, { ReshipParcel(parcel: $0) }),
        ]
        for (words, command) in ends {
            let (shop, id) = try await packed()
            try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
            shop.now = try shop.order(id).fulfillments[0].deliverBy + .days(1)
            try await shop.runDueJobs()
            let shown = try #require(try shop.openExceptions().first { $0.kind == .trackingSilent })
            try shop.perform(command(ParcelID(id, 1)), as: .supervisor)
            let settled = try shop.waybill.readNow { try ExceptionStore.exception(shown.id, in: $0) }
            #expect(settled?.resolution == "usr_supervisor has said that \(words).")
            try shop.expectClean()
        }
    }

    @Test("A late parcel of which its courier tells each day is not silent; a day after its last word it is")
    func late() async throws {
        let (shop, id) = try await packed()
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        let order = try shop.order(id)
        let tracking = try #require(order.parcels[0].tracking)
        shop.now = order.fulfillments[0].deliverBy + .hours(12)
        try shop.perform(
            RecordTracking(courier: "vans", tracking: tracking, status: .inTransit, at: shop.now, candidates: [id]))
        shop.advance(.hours(23))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [])
        shop.advance(.hours(1))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.trackingSilent])
        // A scan settles it, and a day of silence after that is told again.
        try shop.perform(
            RecordTracking(
                courier: "vans", tracking: tracking, status: .outForDelivery, at: shop.now, candidates: [id]))
        #expect(try kinds(shop) == [])
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try kinds(shop) == [.trackingSilent])
        try shop.expectClean()
    }

    @Test("A courier that can be asked is asked until the parcel is at its end, and told things twice only once")
    func followed() async throws {
        let courier = TestCourier()
        let (shop, id) = try await sent(by: courier, telling: .inTransit)
        #expect(try shop.order(id).parcels[0].state == .inTransit)
        courier.tell(CourierNews(tracking: "T1001", status: .delivered, at: shop.now + .hours(2), event: "e2"))
        shop.advance(.hours(4))
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.parcels[0].state == .delivered && OrderStatus(of: order).overall == .completed)
        #expect(try shop.events(id).filter { $0 == "parcel.in_transit" }.count == 1)
        shop.advance(.days(2))
        #expect(try await shop.runDueJobs() <= 1)
        try shop.expectClean()
    }

    private func asks(_ shop: TestSystem, _ kind: JobKind = .followParcel) throws -> Int {
        try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 99, in: $0) }
            .filter { $0.kind == kind }.count
    }

    @Test("A lost parcel is asked after for sixty days, and hears that it was found; then nobody asks any more")
    func lost() async throws {
        let courier = TestCourier()
        let (shop, id) = try await sent(by: courier, telling: .lost)
        #expect(try shop.order(id).parcels[0].state == .lost && asks(shop) == 1)
        try shop.expectClean()
        courier.tell(CourierNews(tracking: "T1001", status: .delivered, at: shop.now + .days(45), event: "e2"))
        for _ in 1...13 {
            shop.advance(.days(4))
            try await shop.runDueJobs()
        }
        #expect(try shop.order(id).parcels[0].state == .delivered)
        shop.advance(.days(5))
        try await shop.runDueJobs()
        #expect(try asks(shop) == 0 && !shop.order(id).parcels[0].isAsked)
        try shop.expectClean()
    }

    @Test("What stays lost is asked after no more once sixty days are over")
    func stayedLost() async throws {
        let courier = TestCourier()
        let (shop, id) = try await sent(by: courier, telling: .lost)
        shop.advance(.days(59))
        try await shop.runDueJobs()
        #expect(try asks(shop) == 1)
        shop.advance(.days(5))
        try await shop.runDueJobs()
        #expect(try asks(shop) == 0)
        // Whatever is told of it otherwise is heard, and has it asked after again.
        try shop.perform(
            RecordTracking(
                courier: "post", tracking: "T1001", status: .returnedToSender, at: shop.now, candidates: [id]))
        #expect(try asks(shop) == 1)
        try shop.expectClean()
    }

    @Test("What goes back to its sender is asked after until it is received, once only, and hears what becomes of it")
    func returning() async throws {
        let courier = TestCourier()
        let (shop, id) = try await sent(by: courier, telling: .delivered)
        #expect(try asks(shop) == 0)
        for status in [Parcel.State.returnedToSender, .lost, .returnedToSender] {
            shop.advance(.minutes(1))
            try shop.perform(
                RecordTracking(courier: "post", tracking: "T1001", status: status, at: shop.now, candidates: [id]))
            #expect(try asks(shop) == 1)
            try shop.expectClean()
        }
        let entry = try #require(try shop.order(id).returns.last { $0.state == .inTransit })
        try shop.perform(
            ReceiveReturn(
                id: ReturnID(id, entry.number), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try asks(shop) == 0)
        try shop.expectClean()
    }

    @Test("News from the future wait until they have happened, and hold back nothing else that is told with them")
    func early() async throws {
        let courier = TestCourier()
        let (shop, id) = try await packed(.post, courier)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        courier.tell(
            CourierNews(tracking: "T1001", status: .inTransit, at: shop.now + .hours(1), event: "e1"),
            CourierNews(tracking: "T1001", status: .delivered, at: shop.now + .days(3), event: "e2"))
        shop.advance(.hours(4))
        #expect(try await shop.runDueJobs() == 1)
        #expect(try shop.order(id).parcels[0].state == .inTransit)
        #expect(try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 9, in: $0) }.allSatisfy {
            $0.attempts == 0
        })
        shop.advance(.days(2))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].state == .delivered)
        try shop.expectClean()
    }

    @Test("A parcel of which nothing is heard is asked after less and less often, but for good")
    func silence() async throws {
        let courier = TestCourier()
        let (shop, id) = try await packed(.post, courier)
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        func next() throws -> Timestamp? {
            try shop.waybill.readNow { try JobQueue.nextDue(on: .tracking, in: $0) }
        }
        #expect(try next() == shop.now + .hours(4))
        shop.advance(.hours(4))
        try await shop.runDueJobs()
        #expect(try next() == shop.now + .hours(4))
        shop.advance(Seconds(32 * 86_400 - 4 * 3_600))
        try await shop.runDueJobs()
        #expect(try next() == shop.now + .days(2))
        courier.tell(CourierNews(tracking: "T1001", status: .inTransit, at: shop.now + .hours(1), event: "e1"))
        shop.advance(.days(2))
        try await shop.runDueJobs()
        #expect(try next() == shop.now + .hours(4))
        try shop.expectClean()
    }

    @Test("A courier that is away over a weekend is asked again: neither news nor voidings are given up meanwhile")
    func away() async throws {
        let courier = TestCourier()
        let (shop, id) = try await packed(.post, courier)
        for _ in 1...30 { courier.next(.fail) }
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        for _ in 1...31 {
            try await shop.runDueJobs()
            shop.advance(.hours(2))
        }
        #expect(try shop.order(id).parcels[0].labels.map(\.state) == [.voided])
        #expect(try kinds(shop) == [.workLate], "a parcel without a label lies there")
        try shop.expectClean()
    }
}

import Connectors
import OrderManagement
import TestSupport
import Testing

@Suite("The way back of returns")
struct ReturnTrackingTests {
    /// Two TEE-M delivered, and their return by post approved: from where couriers bring it to LEEDS.
    private func approved(
        _ courier: TestCourier = TestCourier(), _ change: (inout ReturningPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", connections: [courier])
        try shop.perform(SaveCouriers(couriers: [.post, .vans]))
        var policy = ChannelPolicy(stages: [])
        policy.returning.location = "LEEDS"
        policy.returning.overdueDays = 60
        change(&policy.returning)
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(id)
        try shop.approveReturn(2, of: id)
        return (shop, id)
    }

    @discardableResult
    private func tell(
        _ status: Parcel.State, at moment: Timestamp? = nil, of tracking: String = "RT-1", by courier: String = "post",
        _ shop: TestSystem
    ) throws -> String {
        let candidates = try shop.waybill.readNow { try TrackingNumber.orders(tracking, in: $0) }
        let reply = try shop.perform(
            RecordTracking(
                courier: courier, tracking: tracking, status: status, at: moment ?? shop.now, candidates: candidates))
        return try JSON.parse(reply.body)["outcome"]?.string ?? ""
    }

    private func way(_ shop: TestSystem, _ id: OrderID) throws -> Parcel.State? {
        try shop.order(id).returns[0].terms.way?.state
    }

    @Test("News fold into one story, in whatever order they come; that it arrived receives nothing")
    func story() throws {
        let (shop, id) = try approved()
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        let start = shop.now
        shop.advance(.days(2))
        #expect(try tell(.outForDelivery, at: start + .hours(30), shop) == "moved")
        #expect(try tell(.handedOver, at: start + .hours(1), shop) == "late")
        #expect(try tell(.inTransit, at: start + .hours(2), shop) == "late")
        #expect(try tell(.exception, at: start + .hours(3), shop) == "late")
        #expect(try tell(.outForDelivery, at: start + .hours(30), shop) == "repeated")
        #expect(try tell(.labelled, shop) == "no_news")
        #expect(try tell(.delivered, at: start + .hours(31), shop) == "moved")
        #expect(try tell(.inTransit, shop) == "passed")
        let entry = try shop.order(id).returns[0]
        #expect(entry.state == .inTransit && entry.terms.way?.state == .delivered)
        #expect(entry.terms.way?.at == start + .hours(31) && entry.lines[0].received == 0)
        #expect(try shop.events(id).filter { $0 == "return.tracked" }.count == 2)
        #expect(try shop.stock("TEE-M@LEEDS") == "nothing")
        try shop.perform(
            ReceiveReturn(id: id.entry(1), location: "LEEDS", lines: [.init(line: id.line(1), quantity: 2)]))
        #expect(try tell(.exception, shop) == "passed")
        try shop.expectClean()
    }

    @Test("A number that a parcel bore until it arrived is that of a return that comes by it")
    func usedBefore() throws {
        let (shop, id) = try approved()
        let other = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(other, to: .packed)
        let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(other, 1), courier: "post", tracking: "RT-1")
        try shop.perform(ShipFulfillment(fulfillment: other.fulfillment(1), parcels: [detail]))
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        shop.advance(.days(1))
        let arrived = shop.now
        #expect(try tell(.delivered, shop) == "unclear", "the parcel and the return are under way")
        try shop.perform(IdentifyParcel(parcel: ParcelID(other, 1)))
        #expect(try way(shop, id) == nil && shop.order(other).parcels[0].state == .delivered)
        shop.advance(.days(1))
        #expect(try tell(.delivered, at: arrived, shop) == "repeated")
        #expect(try tell(.inTransit, shop) == "moved")
        #expect(try way(shop, id) == .inTransit)
        #expect(try shop.order(other).parcels[0].state == .delivered)
        try shop.expectClean()
    }

    @Test("A return that was delivered and is then called lost is shown to its location at once, until that is cleared")
    func disputed() async throws {
        let (shop, id) = try approved { $0.receiveWithinDays = 3 }
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        #expect(try tell(.delivered, shop) == "moved")
        shop.advance(.hours(1))
        #expect(try tell(.lost, shop) == "disputed")
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .returnUnreceived && shown.owner == "LEEDS" && shown.cause.contains("called it lost"))
        shop.advance(.hours(1))
        #expect(try tell(.delivered, shop) == "repeated")
        #expect(try shop.openExceptions().isEmpty)
        let end = shop.now + .days(3)
        shop.now = end + Seconds(-1)
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        shop.now = end
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnUnreceived])
        try shop.expectClean()
    }

    @Test("What was lost and turns up is not late: it is to be received where it lies")
    func found() async throws {
        let (shop, id) = try approved { ($0.overdueDays, $0.silentDays) = (20, 60) }
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        try tell(.lost, shop)
        #expect(try shop.openExceptions().map(\.kind) == [.returnOverdue])
        shop.advance(.hours(1))
        try tell(.returnedToSender, shop)
        #expect(try shop.openExceptions().map(\.kind) == [.returnOverdue])
        shop.advance(.days(19))
        try tell(.delivered, shop)
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(.days(7))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnUnreceived])
        try shop.expectClean()
    }

    @Test("News from before the order are of another parcel: refused, and left out where its courier is asked")
    func tooEarly() async throws {
        let courier = TestCourier()
        let (shop, id) = try approved(courier)
        try shop.perform(LabelReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        let past = try shop.order(id).placedAt + .days(-2)
        try expectRefusal(
            .invalidInput, at: "/at", of: RecordTracking(
                courier: "post", tracking: "RT-1", status: .delivered, at: past, candidates: [id]), in: shop)
        courier.tell(
            CourierNews(tracking: "RT-1", status: .delivered, at: past, event: "e1"),
            CourierNews(tracking: "RT-1", status: .inTransit, at: shop.now + .hours(1), event: "e2"))
        shop.advance(.hours(4))
        try await shop.runDueJobs()
        #expect(try way(shop, id) == .inTransit)
        try shop.expectClean()
    }

    @Test("A label that is known before says by its courier's first news that the goods were handed in")
    func handedIn() throws {
        let (shop, id) = try approved()
        try shop.perform(LabelReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        #expect(try shop.order(id).returns[0].state == .approved)
        #expect(try tell(.handedOver, shop) == "moved")
        #expect(try shop.order(id).returns[0].state == .inTransit)
        let told = try shop.events(id).filter { $0.hasPrefix("return.") }
        #expect(told.suffix(3) == ["return.labelled", "return.in_transit", "return.tracked"])
        // A number that was wrong is corrected: the story begins anew.
        try shop.perform(LabelReturn(id: id.entry(1), courier: "post", tracking: "RT-2"))
        #expect(try way(shop, id) == nil)
        try expectRefusal(
            .unknownParcel, of: RecordTracking(
                courier: "post", tracking: "RT-1", status: .delivered, at: shop.now, candidates: [id]), in: shop)
        #expect(try tell(.inTransit, of: "RT-2", shop) == "moved")
        try expectRefusal(
            .unknownCourier, of: RecordTracking(
                courier: "dpd", tracking: "RT-2", status: .delivered, at: shop.now, candidates: [id]), in: shop)
        try shop.expectClean()
    }

    @Test("No label is named for what is not approved, is here, or comes otherwise")
    func refused() throws {
        let (shop, id) = try approved()
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LEEDS",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)], isComplete: true))
        try expectRefusal(
            .illegalTransition, of: LabelReturn(id: id.entry(1), courier: "post", tracking: "RT-1"), in: shop)
        try shop.perform(
            RequestReturn(
                order: id, method: .inStore, location: "YORK",
                lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)]))
        try expectRefusal(
            .illegalTransition, of: LabelReturn(id: id.entry(2), courier: "post", tracking: "RT-1"), in: shop)
        let (other, sent) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        try other.tell(.exception, of: 2, sent)
        try other.tell(.returnedToSender, of: 2, sent)
        try expectRefusal(
            .illegalTransition, of: LabelReturn(id: sent.entry(1), courier: "dpd", tracking: "T9"), in: other)
        let clerk = Principal(name: "key_1", scopes: [.fulfillmentsWrite])
        try expectRefusal(
            .forbidden, of: LabelReturn(id: id.entry(1), courier: "post", tracking: "RT-1"), in: shop, as: clerk)
    }

    @Test("What has arrived and is not received in time is shown to its location, until it is")
    func unreceived() async throws {
        let (shop, id) = try approved { $0.receiveWithinDays = 3 }
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        try tell(.delivered, shop)
        shop.advance(Seconds(3 * 86_400 - 1))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(Seconds(1))
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .returnUnreceived && shown.owner == "LEEDS" && shown.location == "LEEDS")
        let action = try #require(shown.actions(about: try shop.order(id)).first)
        #expect(
            action == .receiveReturn(
                id.entry(1), location: "LEEDS", [LineQuantity(line: id.line(1), quantity: 2)]))
        shop.advance(.days(30))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnUnreceived])
        try shop.perform(
            ReceiveReturn(id: id.entry(1), location: "LEEDS", lines: [.init(line: id.line(1), quantity: 2)]))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What was handed in and went silent is shown to a person; its courier's next word settles it")
    func silent() async throws {
        let (shop, id) = try approved { $0.silentDays = 5 }
        try shop.perform(SendReturn(id: id.entry(1), courier: "dpd", tracking: "RT-1"))
        shop.advance(.days(4))
        try tell(.inTransit, by: "dpd", shop)
        shop.advance(.days(4))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().isEmpty)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        let shown = try #require(try shop.openExceptions().first)
        #expect(shown.kind == .trackingSilent && shown.subject == id.entry(1).description)
        #expect(shown.actions(about: try shop.order(id)) == [.closeReturn(id.entry(1), location: "LEEDS")])
        shop.advance(.hours(1))
        try tell(.outForDelivery, by: "dpd", shop)
        #expect(try shop.openExceptions().isEmpty)
        // It is watched on.
        shop.advance(.days(5))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.trackingSilent])
        try shop.expectClean()
    }

    @Test(
        "A parcel that is lost, or goes back to the customer, is shown at once",
        arguments: [Parcel.State.lost, .returnedToSender])
    func missing(status: Parcel.State) async throws {
        let (shop, id) = try approved { $0.overdueDays = 20 }
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        try tell(status, shop)
        #expect(try shop.openExceptions().map(\.kind) == [.returnOverdue])
        let shown = try #require(try shop.openExceptions().first)
        let refund = ExceptionAction.refundUnits(id, id.units([1: 2]), reason: "lost")
        let close = ExceptionAction.closeReturn(id.entry(1), location: "LEEDS")
        #expect(try shown.actions(about: shop.order(id)) == (status == .lost ? [refund, close] : [close]))
        shop.advance(.days(40))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnOverdue])
        #expect(try tell(.delivered, shop) == "moved", "it was found, or delivered after all")
        try shop.perform(
            ReceiveReturn(id: id.entry(1), location: "LEEDS", lines: [], isComplete: true))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("A courier that can be asked is asked until the parcel is here, and sooner when it says to have news")
    func followed() async throws {
        let courier = TestCourier()
        let (shop, id) = try approved(courier)
        try shop.perform(LabelReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        courier.tell(CourierNews(tracking: "RT-1", status: .inTransit, at: shop.now + .hours(1), event: "e1"))
        shop.advance(.hours(4))
        try await shop.runDueJobs()
        #expect(try way(shop, id) == .inTransit && shop.order(id).returns[0].state == .inTransit)
        courier.tell(CourierNews(tracking: "RT-1", status: .delivered, at: shop.now, event: "e2"))
        shop.advance(.minutes(2))
        let followers = try shop.waybill.readNow { try HearOfParcels.followers(of: "RT-1", by: "test", in: $0) }
        #expect(followers.count == 1)
        #expect(try shop.waybill.readNow { try HearOfParcels.followers(of: "RT-1", by: "karrio", in: $0) } == [])
        try shop.perform(HearOfParcels(followers: followers))
        try await shop.runDueJobs()
        #expect(try way(shop, id) == .delivered)
        try shop.expectClean()
        func asks() throws -> [JobKind] {
            try shop.waybill.readNow { try JobQueue.page(nil, after: JobID(0), limit: 99, in: $0) }.map(\.kind)
        }
        #expect(try !asks().contains(.followReturn))
        // Delivered, and then on its way back to the customer: it is asked after again, and once only.
        try tell(.returnedToSender, shop)
        #expect(try asks().filter { $0 == .followReturn }.count == 1)
        courier.tell(CourierNews(tracking: "RT-1", status: .delivered, at: shop.now + .days(2), event: "e3"))
        shop.advance(.days(3))
        try await shop.runDueJobs()
        #expect(try way(shop, id) == .delivered)
        shop.advance(.days(1))
        try await shop.runDueJobs()
        #expect(try !asks().contains(.followReturn) && !shop.order(id).returns[0].terms.isAsked)
    }

    @Test("A return without its follower, and one that nobody watches, are found by the doctor")
    func examined() throws {
        let (shop, id) = try approved()
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        for kind in ["follow_return", "chase_return"] {
            let report = try shop.examine(tamperedBy: "DELETE FROM jobs WHERE kind = '\(kind)'")
            #expect(report.findings.contains { $0.subject == id.entry(1).description && $0.expected.contains(kind) })
        }
        let report = try shop.examine(tamperedBy: "UPDATE jobs SET asks = 'test' WHERE kind = 'chase_return'")
        #expect(report.findings.contains { $0.expected == "nobody asked" })
    }

    @Test("Two returns of an order do not come under one number: news would be of both")
    func oneNumber() throws {
        let (shop, id) = try approved()
        try shop.perform(SendReturn(id: id.entry(1), courier: "post", tracking: "RT-1"))
        let other = try shop.place("1 × TEE-M at 10.00 GBP + 1 × TEE-M at 12.00 GBP", on: "shop")
        try shop.deliver(other)
        for line in 1...2 {
            try shop.perform(
                RequestReturn(
                    order: other, method: .byPost, location: nil,
                    lines: [.init(line: other.line(line), quantity: 1, reason: .unwanted)]))
            try shop.perform(ApproveReturn(id: other.entry(line)))
        }
        try shop.perform(LabelReturn(id: other.entry(1), courier: "post", tracking: "RT-2"))
        try expectRefusal(
            .invalidInput, at: "/tracking",
            of: LabelReturn(id: other.entry(2), courier: "post", tracking: "RT-2"), in: shop)
        try expectRefusal(
            .invalidInput, at: "/tracking",
            of: SendReturn(id: other.entry(2), courier: "post", tracking: "RT-2"), in: shop)
        try shop.perform(LabelReturn(id: other.entry(1), courier: "post", tracking: "RT-2"))
        try shop.perform(LabelReturn(id: other.entry(2), courier: "vans", tracking: "RT-2"))
        try shop.expectClean()
    }
}

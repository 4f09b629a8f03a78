import Connectors
import OrderManagement
import TestSupport
import Testing

/// Sells every label under one number.
private struct OneNumber: CourierConnection {
    let name = "test"
    let courier: TestCourier

    private func renumbered(_ outcome: LabelOutcome?) -> LabelOutcome? {
        guard case .bought(_, let reference, let price, let document, let routing)? = outcome else { return outcome }
        return .bought(tracking: "1Z", reference: reference, price: price, document: document, routing: routing)
    }

    func rates(for request: LabelRequest) async throws -> [CourierRate] { try await courier.rates(for: request) }
    func buy(_ request: LabelRequest) async throws -> LabelOutcome {
        let outcome = try await courier.buy(request)
        return renumbered(outcome) ?? outcome
    }
    func purchase(under key: String) async throws -> LabelOutcome? {
        renumbered(try await courier.purchase(under: key))
    }
    func void(_ label: BoughtLabel) async throws -> VoidOutcome { .done }
    func news(of labels: [BoughtLabel]) async throws -> [CourierNews] { try await courier.news(of: labels) }
    func handOver(_ labels: [BoughtLabel], key: String) async throws -> HandOverOutcome {
        try await courier.handOver(labels, key: key)
    }
}

@Suite("Numbers that a courier uses again")
struct SharedNumberTests {
    private func shop(_ courier: TestCourier = TestCourier()) throws -> TestSystem {
        try .labelling(by: [.post], connections: [OneNumber(courier: courier)]) { $0.returning.location = "LEEDS" }
    }

    /// A parcel that is on its way under the number 1Z.
    private func sent(in shop: TestSystem) async throws -> OrderID {
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        return id
    }

    /// What was delivered under the number 1Z, and comes back under it.
    private func comingBack(in shop: TestSystem) async throws -> OrderID {
        let id = try await sent(in: shop)
        shop.advance(.days(2))
        #expect(try tell(.delivered, in: shop) == "moved")
        shop.advance(.days(2))
        try shop.perform(LabelReturn(id: try shop.approveReturn(1, of: id), courier: "post", tracking: "1Z"))
        return id
    }

    private func way(_ id: OrderID, in shop: TestSystem) throws -> Parcel.State? {
        try shop.order(id).returns[0].terms.way?.state
    }

    @discardableResult
    private func tell(_ status: Parcel.State, at moment: Timestamp? = nil, in shop: TestSystem) throws -> String? {
        let candidates = try shop.waybill.readNow { try TrackingNumber.orders("1Z", in: $0) }
        let reply = try shop.perform(
            RecordTracking(
                courier: "post", tracking: "1Z", status: status, at: moment ?? shop.now, candidates: candidates))
        return try JSON.parse(reply.body)["outcome"]?.string
    }

    private func states(_ ids: [OrderID], in shop: TestSystem) throws -> [Parcel.State] {
        try ids.map { try shop.order($0).parcels[0].state }
    }

    @Test("News of a number that was used three times are each of the parcel that bore it then, also late ones")
    func threeTimes() async throws {
        let shop = try shop()
        var (ids, sentAt): ([OrderID], [Timestamp]) = ([], [])
        for _ in 1...3 {
            ids.append(try await sent(in: shop))
            sentAt.append(shop.now)
            shop.advance(.days(2))
            #expect(try tell(.outForDelivery, in: shop) == "moved")
            #expect(try tell(.delivered, in: shop) == "moved")
            shop.advance(.days(90))
        }
        #expect(try states(ids, in: shop) == [.delivered, .delivered, .delivered])
        #expect(try tell(.inTransit, at: sentAt[1] + .days(1), in: shop) == "late")
        #expect(try tell(.returnedToSender, at: sentAt[1] + .days(5), in: shop) == "moved")
        #expect(try states(ids, in: shop) == [.delivered, .returnedToSender, .delivered])
        try shop.expectClean()
    }

    @Test("Where several parcels of one number are under way, none moves until a person says which it is")
    func underWay() async throws {
        let shop = try shop()
        var ids: [OrderID] = []
        for _ in 1...3 { ids.append(try await sent(in: shop)) }
        shop.advance(.hours(5))
        #expect(try tell(.inTransit, in: shop) == "unclear")
        #expect(try tell(.delivered, in: shop) == "unclear")
        #expect(try states(ids, in: shop) == [.handedOver, .handedOver, .handedOver])
        let shown = try shop.openExceptions().filter { $0.kind == .numberShared }
        #expect(shown.count == 3)
        #expect(try shown.allSatisfy { exception in
            try ids.allSatisfy { exception.cause.contains(try shop.order($0).number) }
        })
        let mine = try #require(shown.first { $0.order == ids[1] })
        let offered = mine.actions(about: try shop.order(ids[1]))
        let numbers = try ids.map { try shop.order($0).number }
        #expect(offered.map(\.label) == [1, 2, 0].map { "It is parcel 1 of \(numbers[$0]), to Leeds LS1 4AP GB" })
        #expect(Set(offered.map(\.key)) == Set(ids.map { "identifications/\(ParcelID($0, 1))" }))

        try shop.perform(IdentifyParcel(parcel: ParcelID(ids[1], 1)))
        #expect(try states(ids, in: shop) == [.handedOver, .delivered, .handedOver])
        #expect(try shop.openExceptions().filter { $0.kind == .numberShared } == [])
        shop.advance(.hours(5))
        #expect(try tell(.returnedToSender, in: shop) == "moved")
        #expect(try states(ids, in: shop) == [.handedOver, .returnedToSender, .handedOver])
        try expectRefusal(.illegalTransition, of: IdentifyParcel(parcel: ParcelID(ids[0], 1)), in: shop)
        try shop.expectClean()
    }

    @Test("A number that a return and a parcel bear, both of them under way, is asked of a person as well")
    func returnAndParcel() async throws {
        let shop = try shop()
        let back = try await comingBack(in: shop)
        let out = try await sent(in: shop)
        shop.advance(.hours(5))
        #expect(try tell(.inTransit, in: shop) == "unclear")
        #expect(try states([out], in: shop) == [.handedOver] && way(back, in: shop) == nil)
        let shown = try shop.openExceptions().filter { $0.kind == .numberShared }
        #expect(Set(shown.map(\.subject)) == ["\(ParcelID(out, 1))", "\(back.entry(1))"])
        let ofReturn = try #require(shown.first { $0.order == back })
        let (offered, number) = (ofReturn.actions(about: try shop.order(back)), try shop.order(back).number)
        #expect(offered.first?.label.hasPrefix("It is the return \(number)-R1, to ") ?? false)
        #expect(offered.map(\.key) == ["identifications/\(back.entry(1))", "identifications/\(ParcelID(out, 1))"])
        let channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
        let path = "/v1/returns/\(back.entry(1))/identifications"
        func mayBeIdentified() throws -> Bool {
            try shop.order(back).permissions(channel, at: shop.now).contains { $0.path == path && $0.isAllowed }
        }
        #expect(try mayBeIdentified())

        try shop.perform(IdentifyReturn(id: back.entry(1)))
        #expect(try !mayBeIdentified())
        #expect(try states([out], in: shop) == [.handedOver] && way(back, in: shop) == .inTransit)
        #expect(try shop.openExceptions().filter { $0.kind == .numberShared } == [])
        try expectRefusal(.illegalTransition, of: IdentifyReturn(id: back.entry(1)), in: shop)
        shop.advance(.hours(5))
        #expect(try tell(.delivered, in: shop) == "moved")
        #expect(try states([out], in: shop) == [.handedOver] && way(back, in: shop) == .delivered)
        shop.advance(.hours(5))
        #expect(try tell(.outForDelivery, in: shop) == "moved")
        #expect(try states([out], in: shop) == [.outForDelivery])
        try shop.expectClean()
    }

    @Test("Where a person names the parcel, the return's turn comes once that parcel's way has ended")
    func parcelBeforeReturn() async throws {
        let shop = try shop()
        let back = try await comingBack(in: shop)
        let out = try await sent(in: shop)
        shop.advance(.hours(5))
        #expect(try tell(.inTransit, in: shop) == "unclear")
        try shop.perform(IdentifyParcel(parcel: ParcelID(out, 1)))
        #expect(try states([out], in: shop) == [.inTransit] && way(back, in: shop) == nil)
        shop.advance(.hours(5))
        #expect(try tell(.delivered, in: shop) == "moved")
        #expect(try states([out], in: shop) == [.delivered] && way(back, in: shop) == nil)
        shop.advance(.hours(5))
        #expect(try tell(.inTransit, in: shop) == "moved")
        #expect(try states([out], in: shop) == [.delivered] && way(back, in: shop) == .inTransit)
        try shop.expectClean()
    }

    @Test("News that can only be of one of the two ask nobody: of before the return, known of one, back at our door")
    func certain() async throws {
        let shop = try shop()
        let out = try await sent(in: shop)
        let (first, start) = (try await sent(in: shop), shop.now)
        shop.advance(.hours(1))
        #expect(try tell(.inTransit, in: shop) == "unclear")
        try shop.perform(IdentifyParcel(parcel: ParcelID(first, 1)))
        shop.advance(.hours(1))
        #expect(try tell(.delivered, in: shop) == "moved")
        shop.advance(.days(3))
        try shop.perform(LabelReturn(id: try shop.approveReturn(1, of: first), courier: "post", tracking: "1Z"))
        #expect(try tell(.inTransit, at: start + .days(1), in: shop) == "moved", "nobody had asked for the return then")
        #expect(try states([out], in: shop) == [.inTransit])
        #expect(try tell(.inTransit, at: start + .days(1), in: shop) == "repeated")
        var post = Courier.post
        post.words = CourierWords([.init(broughtBack: "Back with sender")])
        try shop.perform(SaveCouriers(couriers: [post]))
        let candidates = try shop.waybill.readNow { try TrackingNumber.orders("1Z", in: $0) }
        let home = RecordTracking(
            courier: "post", tracking: "1Z", status: nil, at: shop.now, word: "Back with sender",
            candidates: candidates)
        #expect(try JSON.parse(shop.perform(home).body)["outcome"]?.string == "unclear")
        let shown = try #require(try shop.openExceptions().first { $0.kind == .numberShared })
        let parcels = [out, first].map { "identifications/\(ParcelID($0, 1))" }
        #expect(shown.actions(about: try shop.order(out)).map(\.key) == parcels, "a return is not at its sender's door")
        try shop.expectClean()
    }

    @Test("A courier that is asked after one of them is not believed to tell of that one")
    func asked() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let ids = [try await sent(in: shop), try await sent(in: shop)]
        courier.tell(CourierNews(tracking: "1Z", status: .delivered, at: shop.now, event: "at the door"))
        shop.advance(.hours(5))
        try await shop.runDueJobs()
        #expect(try states(ids, in: shop) == [.handedOver, .handedOver])
        #expect(try shop.openExceptions().map(\.kind) == [.numberShared, .numberShared])
        try shop.perform(IdentifyParcel(parcel: ParcelID(ids[0], 1)))
        shop.advance(.hours(5))
        try await shop.runDueJobs()
        #expect(try states(ids, in: shop) == [.delivered, .handedOver])
        #expect(try shop.openExceptions().map(\.kind) == [])
        try shop.expectClean()
    }

    @Test("Once the parcel that a person named has arrived, what is told under its number is of the other one")
    func nextOne() async throws {
        let shop = try shop()
        let ids = [try await sent(in: shop), try await sent(in: shop)]
        shop.advance(.hours(5))
        #expect(try tell(.inTransit, in: shop) == "unclear")
        let channel = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels["shop"])
        func mayBeIdentified(_ id: OrderID) throws -> Bool {
            try shop.order(id).permissions(channel, at: shop.now).contains {
                $0.action == "identifications" && $0.isAllowed
            }
        }
        #expect(try mayBeIdentified(ids[0]))
        try shop.perform(IdentifyParcel(parcel: ParcelID(ids[0], 1)))
        #expect(try !mayBeIdentified(ids[0]) && !mayBeIdentified(ids[1]))
        shop.advance(.hours(5))
        #expect(try tell(.delivered, in: shop) == "moved")
        let arrived = shop.now
        #expect(try states(ids, in: shop) == [.delivered, .handedOver])
        shop.advance(.days(1))
        #expect(try tell(.delivered, at: arrived, in: shop) == "repeated")
        #expect(try tell(.inTransit, in: shop) == "moved")
        #expect(try states(ids, in: shop) == [.delivered, .inTransit])
        shop.advance(.hours(5))
        #expect(try tell(.delivered, in: shop) == "moved")
        #expect(try states(ids, in: shop) == [.delivered, .delivered])
        try shop.expectClean()
    }

    @Test("Of two labels of one number the news are the parcel's, whichever of them it goes by")
    func twoLabels() async throws {
        let shop = try shop()
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        let parcel = ParcelID(id, 1)
        try shop.perform(BuyLabel(parcel: parcel, again: true))
        try await shop.runDueJobs()
        #expect(try shop.order(id).parcels[0].labels.map(\.tracking) == ["1Z", "1Z"])
        #expect(try tell(.handedOver, in: shop) == "not_sent")
        try expectRefusal(.illegalTransition, of: RestoreLabel(parcel: parcel, label: 1), in: shop)
        try shop.perform(VoidLabel(parcel: parcel))
        try await shop.runDueJobs()
        try shop.perform(RestoreLabel(parcel: parcel, label: 1))
        let restored = try shop.order(id).parcels[0]
        #expect(restored.news[.handedOver] != nil && restored.labels.map(\.state) == [.bought, .voided])
        try shop.expectClean()
    }
}

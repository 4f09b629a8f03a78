import OrderManagement
import TestSupport
import Testing

/// Something that a courier tells, so many minutes after the parcel was sent.
private struct Told: CustomStringConvertible {
    let status: Parcel.State
    let minute: Int64

    /// `lost@1`
    init(_ text: String) {
        let parts = text.split(separator: "@")
        status = Parcel.State(rawValue: String(parts[0]))!  // a typing error in the test below
        minute = Int64(parts[1])!  // the same
    }

    var description: String { "\(status.rawValue)@\(minute)" }
}

@Suite("What couriers tell, in any order")
struct NewsInAnyOrderTests {
    private static let sets = [
        ("in_transit@1 exception@2 delivered@3", Parcel.State.delivered),
        ("exception@2 exception@4 in_transit@3", .exception),
        ("exception@2 in_transit@3 out_for_delivery@4", .outForDelivery),
        ("out_for_delivery@1 in_transit@3 exception@2", .inTransit),
        ("in_transit@1 handed_over@5 exception@3", .handedOver),
        ("in_transit@2 out_for_delivery@1", .outForDelivery),
        ("returned_to_sender@1 in_transit@3", .returnedToSender),
        ("returned_to_sender@1 delivered@5", .delivered),
        ("delivered@1 returned_to_sender@5", .returnedToSender),
        ("lost@1 delivered@5", .delivered),
        ("delivered@1 delivered@4 in_transit@2", .delivered),
        ("delivered@1 returned_to_sender@3 delivered@5 delivered@7", .delivered),
        ("lost@5 delivered@1", .delivered),
        ("lost@1 returned_to_sender@5", .returnedToSender),
        ("lost@5 returned_to_sender@1", .lost),
        ("lost@3 in_transit@5", .lost),
        ("delivered@1 returned_to_sender@3 lost@5", .lost),
        ("delivered@1 lost@3 returned_to_sender@5", .returnedToSender),
        ("returned_to_sender@1 lost@3 delivered@5", .delivered),
        ("lost@1 returned_to_sender@3 delivered@2 exception@4", .returnedToSender),
        ("delivered@1 lost@5 delivered@9", .delivered),
        ("delivered@2 returned_to_sender@2 lost@2", .delivered),
        ("returned_to_sender@1 delivered@3 returned_to_sender@5 in_transit@2", .returnedToSender),
    ]

    private static func permutations<Element>(_ list: [Element]) -> [[Element]] {
        guard list.count > 1 else { return [list] }
        return list.indices.flatMap { index in
            var rest = list
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    /// What became of a parcel, and what people have to do.
    private struct End: Hashable {
        let state: Parcel.State
        let awaited: Int
        let exceptions: [String]
        let closed: Int64
        let refunded: Int64
        /// In minutes after the shipment.
        let arrival: Int64?
        /// Of the fulfillment, where its parcel is at the door: one that comes back may never have been delivered.
        let delivery: Int64?
        /// Parcels of its service that are counted, and those in time.
        let counted: [Int64]
    }

    private func end(of news: [Told]) throws -> End {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: [], service: "day") { _ in }
        let sent = shop.now
        try shop.tell(.delivered, of: 2, id)
        shop.advance(.hours(1))
        for told in news {
            try shop.perform(
                RecordTracking(
                    courier: "dpd", tracking: "T1", status: told.status, at: sent + .minutes(told.minute),
                    candidates: [id]))
            try shop.expectClean()
        }
        let order = try shop.order(id)
        let isThere = order.parcels[0].state == .delivered
        let counted = try shop.waybill.readNow {
            try CourierRecordStore.page(after: .init(courier: "", service: "", origin: "", area: ""), limit: 9, in: $0)
        }
        func minutes(_ moment: Timestamp) -> Int64 { (moment - sent).count / 60 }
        return End(
            state: order.parcels[0].state, awaited: order.returns.filter(\.state.isOpen).count,
            exceptions: try shop.openExceptions().map(\.kind.rawValue).sorted(), closed: order.lines[0].closed,
            refunded: order.refunded, arrival: isThere ? minutes(order.parcels[0].updatedAt) : nil,
            delivery: isThere ? minutes(order.fulfillments[0].updatedAt) : nil,
            counted: counted.flatMap { [$0.parcels, $0.onTime] })
    }

    @Test(
        "The same news end the same in whatever order they come: parcel, what is expected, and what people must do",
        arguments: sets)
    func anyOrder(text: String, state: Parcel.State) throws {
        let news = text.split(separator: " ").map { Told(String($0)) }
        var ends: [End: [Told]] = [:]
        for order in Self.permutations(news) { ends[try end(of: order)] = order }
        #expect(ends.count == 1, "\(ends)")
        #expect(ends.keys.allSatisfy { $0.state == state }, "\(ends)")
        #expect(ends.keys.allSatisfy { $0.awaited == (state == .returnedToSender ? 1 : 0) }, "\(ends)")
        let last = news.filter { $0.status == .delivered }.map(\.minute).max()
        #expect(ends.keys.allSatisfy { $0.arrival == (state == .delivered ? last : nil) }, "\(ends)")
    }

    @Test("A courier whose clock is ahead delivers once: later scans do not move the day")
    func clockAhead() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        shop.advance(.hours(1))
        func tell(_ status: Parcel.State, at moment: Timestamp) throws {
            try shop.perform(
                RecordTracking(courier: "dpd", tracking: "T1", status: status, at: moment, candidates: [id]))
        }
        let heard = shop.now
        try tell(.delivered, at: heard + .hours(1))
        for _ in 1...3 {
            shop.advance(.minutes(1))
            try tell(.inTransit, at: shop.now)
        }
        #expect(try shop.order(id).parcels.first { $0.tracking == "T1" }?.updatedAt == heard)
        #expect(try !shop.events(id).contains("parcel.delivery_corrected"))
        try shop.expectClean()
    }

    @Test("Who listens to events hears of it when a parcel was delivered at another time than was told first")
    func correctedDelivery() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        let sent = shop.now
        shop.advance(.hours(1))
        for minute: Int64 in [10, 10, 30, 20] {
            try shop.perform(
                RecordTracking(
                    courier: "dpd", tracking: "T1", status: .delivered, at: sent + .minutes(minute), candidates: [id]))
        }
        #expect(try shop.events(id).filter { $0.hasPrefix("parcel.deliver") } == [
            "parcel.delivered", "parcel.delivery_corrected",
        ])
        #expect(try shop.order(id).parcels[0].updatedAt == sent + .minutes(30))
        try shop.expectClean()
    }

    /// What became of a return, and what people have to do at once, after three days, and after eleven.
    private struct ReturnEnd: Hashable {
        let state: Return.State
        let way: ReturnWay?
        let terms: ReturnTerms
        var exceptions: [[String]] = []
    }

    /// A return by post whose label is known; its courier has told nothing yet.
    private func returning(by tracking: String, in shop: TestSystem) throws -> OrderID {
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)]))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(LabelReturn(id: id.entry(1), courier: "vans", tracking: tracking))
        return id
    }

    /// What becomes of returns that are each told of the same news in another order.
    private func returnEnds(of news: [[Told]]) async throws -> [ReturnEnd] {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var policy = ChannelPolicy(stages: [])
        (policy.returning.receiveWithinDays, policy.returning.silentDays, policy.returning.overdueDays) = (2, 7, 9)
        try shop.open("shop", policy: policy)
        let sent = shop.now
        let ids = try news.indices.map { try returning(by: "RT-\($0)", in: shop) }
        shop.advance(.hours(1))
        for (place, told) in news.enumerated() {
            for entry in told {
                try shop.perform(
                    RecordTracking(
                        courier: "vans", tracking: "RT-\(place)", status: entry.status,
                        at: sent + .minutes(entry.minute), candidates: [ids[place]]))
            }
        }
        var ends = try ids.map { id in
            let entry = try shop.order(id).returns[0]
            var terms = entry.terms
            terms.tracking = nil
            return ReturnEnd(state: entry.state, way: entry.terms.way, terms: terms)
        }
        for days: Int64 in [0, 3, 8] {
            shop.advance(.days(days))
            try await shop.runDueJobs()
            for (place, id) in ids.enumerated() {
                ends[place].exceptions.append(try shop.order(id).exceptions.map(\.kind.rawValue).sorted())
            }
        }
        try shop.expectClean()
        return ends
    }

    @Test(
        "The parcel of a return goes by the same rule: the same news end the same, now and in the days after",
        arguments: sets)
    func returnInAnyOrder(text: String, state: Parcel.State) async throws {
        let ends = try await returnEnds(of: Self.permutations(text.split(separator: " ").map { Told(String($0)) }))
        #expect(Set(ends).count == 1, "\(ends)")
        let end = try #require(ends.first)
        #expect(end.way?.state == state && end.state == .inTransit)
        let needsPerson = state == .lost || state == .returnedToSender
        #expect(end.exceptions[0].contains("return_overdue") == needsPerson, "\(end)")
        #expect(end.exceptions[1].contains("return_unreceived") == (state == .delivered), "\(end)")
        // What lies where it arrived is not late.
        #expect(end.exceptions[2].contains("return_overdue") == (state != .delivered), "\(end)")
    }

    @Test("News that come before the shipment are kept, and tell where the parcel is once it is shipped")
    func beforeShipment() throws {
        for text in ["in_transit@1", "exception@3 in_transit@1", "delivered@2", "lost@1", "returned_to_sender@2"] {
            let news = text.split(separator: " ").map { Told(String($0)) }
            let (shop, id, tracking) = try TestSystem.withLabelledParcel()
            let start = shop.now
            shop.advance(.minutes(10))
            for told in news {
                let reply = try shop.perform(
                    RecordTracking(
                        courier: "vans", tracking: tracking, status: told.status, at: start + .minutes(told.minute),
                        candidates: [id]))
                #expect(try JSON.parse(reply.body)["outcome"]?.string == "not_sent")
                #expect(try shop.order(id).parcels[0].state == .labelled)
                try shop.expectClean()
            }
            try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
            #expect(try shop.order(id).parcels[0].state == news[0].status, "\(news)")
            #expect(try !shop.openExceptions().map(\.kind).contains(.leftUnshipped))
            try shop.expectClean()
        }
    }

    @Test("A parcel that its courier has and nobody has shipped is shown: at once when it arrived, else after a day")
    func leftUnshipped() async throws {
        for (status, isAtOnce) in [(Parcel.State.delivered, true), (.inTransit, false)] {
            let (shop, id, tracking) = try TestSystem.withLabelledParcel()
            try shop.perform(
                RecordTracking(courier: "vans", tracking: tracking, status: status, at: shop.now, candidates: [id]))
            #expect(try shop.openExceptions().map(\.kind) == (isAtOnce ? [.leftUnshipped] : []))
            shop.advance(.days(1))
            try await shop.runDueJobs()
            let shown = try #require(try shop.openExceptions().first)
            #expect(try shop.openExceptions().map(\.kind) == [.leftUnshipped] && shown.owner == "LONDON")
            #expect(shown.actions(about: try shop.order(id)) == [.ship(id.fulfillment(1))])
            try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
            #expect(try shop.openExceptions().isEmpty)
            #expect(try shop.order(id).parcels[0].state == status)
            try shop.expectClean()
        }
    }

    @Test("News of a label that was taken off are of no parcel any more")
    func otherLabel() throws {
        let (shop, id, tracking) = try TestSystem.withLabelledParcel()
        try shop.perform(
            RecordTracking(courier: "vans", tracking: tracking, status: .inTransit, at: shop.now, candidates: [id]))
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.order(id).parcels[0].news.isEmpty)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        #expect(try shop.order(id).parcels[0].state == .handedOver)
        try shop.expectClean()
    }

    @Test("News from before there was such a parcel are refused: a wrong date, or a number that is used again")
    func tooEarly() throws {
        let (shop, id, tracking) = try TestSystem.withLabelledParcel()
        try shop.perform(ShipFulfillment(fulfillment: id.fulfillment(1)))
        func news(_ at: Timestamp) -> RecordTracking {
            RecordTracking(courier: "vans", tracking: tracking, status: .delivered, at: at, candidates: [id])
        }
        try expectRefusal(.invalidInput, at: "/at", of: news(shop.now + .days(-2)), in: shop)
        #expect(try shop.order(id).parcels[0].state == .handedOver)
        try shop.perform(news(shop.now + .hours(-2)))  // a clock of another zone
        #expect(try shop.order(id).fulfillments[0].updatedAt == shop.now)
        try shop.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Parcels that came after all")
struct DeliverParcelTests {
    private func sent(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: [], change)
        try shop.tell(.delivered, of: 1, id)
        shop.advance(.hours(1))
        return (shop, id)
    }

    private func may(_ action: String, _ parcel: Int, of id: OrderID, in shop: TestSystem) throws -> Bool? {
        let order = try shop.order(id)
        let channel = try #require(
            try shop.waybill.readNow { try Configuration.load(in: $0) }.channels[order.channel])
        return order.permissions(channel, at: shop.now).first {
            $0.action == action && $0.path == "/v1/parcels/\(ParcelID(id, parcel))/\(action)"
        }?.isAllowed
    }

    @Test("A person ends a wrong return to the sender: nothing is expected back, and the same news moves it no more")
    func wronglyReturned() throws {
        let (shop, id) = try sent()
        try shop.tell(.returnedToSender, of: 2, id)
        let told = shop.now
        #expect(try may("deliveries", 2, of: id, in: shop) == true)
        shop.advance(.hours(1))
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 2)))
        let order = try shop.order(id)
        #expect(order.parcels[1].state == .delivered && order.returns.map(\.state) == [.expired])
        #expect(OrderStatus(of: order).overall == .completed && order.lines[0].closed == 2)
        #expect(try may("deliveries", 2, of: id, in: shop) == nil)
        try shop.perform(
            RecordTracking(courier: "dpd", tracking: "T2", status: .returnedToSender, at: told, candidates: [id]))
        #expect(try shop.order(id).parcels[1].state == .delivered)
        shop.advance(.minutes(1))
        try shop.tell(.returnedToSender, of: 2, id)  // it is refused at the door later
        #expect(try shop.order(id).returns.map(\.state) == [.expired, .inTransit])
        try shop.expectClean()
    }

    @Test("What a person says of a parcel is no news of its courier")
    func noScan() throws {
        let (shop, id) = try sent()
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 2)))
        #expect(try shop.order(id).parcels.map { $0.news.scans.map(\.state) } == [[.delivered], []])
        try shop.expectClean()
    }

    @Test("A lost parcel that a person knows to have arrived has arrived; what was paid for it is shown to a person")
    func lost() throws {
        for isPaid in [false, true] {
            let (shop, id) = try sent()
            try shop.tell(.lost, of: 2, id)
            if isPaid { try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund)) }
            let moment = shop.now + .minutes(-30)
            try shop.perform(DeliverParcel(parcel: ParcelID(id, 2), at: moment))
            #expect(try shop.order(id).parcels[1].state == .delivered)
            #expect(try shop.order(id).parcels[1].claim?.foundAt == (isPaid ? moment : nil))
            #expect(try shop.openExceptions().map(\.kind) == (isPaid ? [.parcelFound] : []))
            #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
            try shop.expectClean()
        }
    }

    @Test("What was expected back and never came is settled as lost")
    func neverBack() throws {
        let (shop, id) = try sent()
        try shop.tell(.returnedToSender, of: 2, id)
        let claim = ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund)
        try expectRefusal(.illegalTransition, of: claim, in: shop)
        try shop.perform(ReceiveReturn(id: id.entry(1), location: "LONDON", lines: [], isComplete: true))
        #expect(try may("claims", 2, of: id, in: shop) == true)
        try shop.perform(claim)
        #expect(try shop.order(id).parcels[1].state == .lost && shop.order(id).refunded == 1001)
        #expect(try shop.order(id).lines[0].closed == 2)
        try shop.expectClean()
    }

    @Test("The doctor sees goods that are expected back of a parcel that does not come back")
    func expectedInVain() throws {
        let (shop, id) = try sent()
        try shop.tell(.returnedToSender, of: 2, id)
        let report = try shop.examine(
            tamperedBy: "UPDATE parcels SET state = 'lost', news = replace(news, 'returned_to_sender', 'lost') "
                + "WHERE number = 2")
        #expect(report.text.contains("A parcel is expected back once, and while it comes back."))
        try shop.expectClean()
    }

    @Test("Refused: parcels that arrived, are not sent, or whose goods were received here; and times out of bounds")
    func refusals() throws {
        let (shop, id) = try sent()
        let delivery = DeliverParcel(parcel: ParcelID(id, 2))
        try expectRefusal(.illegalTransition, of: DeliverParcel(parcel: ParcelID(id, 1)), in: shop)
        try expectRefusal(.notFound, of: DeliverParcel(parcel: ParcelID(id, 3)), in: shop)
        for moment in [shop.now + .hours(1), shop.now + .days(-9)] {
            try expectRefusal(
                .invalidInput, at: "/at", of: DeliverParcel(parcel: ParcelID(id, 2), at: moment), in: shop)
        }
        let reader = Principal(name: "reader", scopes: [.ordersRead])
        try expectRefusal(.forbidden, of: delivery, in: shop, as: reader)
        try shop.tell(.returnedToSender, of: 2, id)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1)]))
        try expectRefusal(.illegalTransition, of: delivery, in: shop)
        #expect(try may("deliveries", 2, of: id, in: shop) == false)
        // Nor does its courier's word bring it anywhere else: its goods are here.
        shop.advance(.hours(1))
        #expect(try shop.tell(.delivered, of: 2, id) == false)
        #expect(try shop.tell(.lost, of: 2, id) == false)
        #expect(try shop.order(id).parcels[1].state == .returnedToSender)
        try shop.expectClean()
    }

    @Test("A lost parcel that comes back after it was paid for brings goods, and no money a second time")
    func backAfterClaim() throws {
        for resolution in [ParcelClaim.Resolution.refund, .none] {
            let (shop, id) = try sent()
            try shop.tell(.lost, of: 2, id)
            try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: resolution))
            let refunded = try shop.order(id).refunded
            shop.advance(.hours(1))
            try shop.tell(.returnedToSender, of: 2, id)
            try shop.perform(
                ReceiveReturn(
                    id: id.entry(1), location: "LONDON",
                    lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
            let order = try shop.order(id)
            #expect(order.returns.map(\.state) == [.settled] && order.refunded == refunded)
            #expect(OrderStatus(of: order).overall == .completed)
            #expect(try shop.openExceptions().isEmpty)
            try shop.expectClean()
        }
    }

    @Test("What was paid for, found and then comes back settles what was shown of it")
    func foundAndBack() throws {
        let (shop, id) = try sent()
        try shop.tell(.lost, of: 2, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        shop.advance(.hours(1))
        try shop.tell(.delivered, of: 2, id)
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        shop.advance(.hours(1))
        try shop.tell(.returnedToSender, of: 2, id)
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.order(id).returns.map(\.state) == [.inTransit])
        try shop.expectClean()
    }

    @Test("Trouble on the way is shown in the courier's words, once, until more is told")
    func trouble() throws {
        let (shop, id) = try sent()
        func trouble() throws {
            try shop.perform(
                RecordTracking(
                    courier: "dpd", tracking: "T2", status: .exception, at: shop.now, word: "Nobody at home.",
                    candidates: [id]))
        }
        try trouble()
        shop.advance(.minutes(1))
        try trouble()
        let shown = try #require(try shop.openExceptions().first)
        #expect(try shop.openExceptions().map(\.kind) == [.deliveryProblem])
        #expect(shown.cause.hasSuffix("order \(try shop.order(id).number): Nobody at home."))
        #expect(shown.owner == "customer_service" && shown.due == shop.now + .days(1) + .minutes(-1))
        let parcel = ParcelID(id, 2)
        #expect(
            shown.actions(about: try shop.order(id)) == [
                .deliverParcel(parcel), .refundParcel(parcel), .reshipParcel(parcel),
            ])
        shop.advance(.minutes(1))
        try shop.tell(.outForDelivery, of: 2, id)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Goods that their customer has sent back were delivered, whatever their courier says then", arguments: [
        (Parcel.State.lost, true), (.lost, false), (.returnedToSender, true), (.returnedToSender, false),
    ])
    func sentBack(news: Parcel.State, isTold: Bool) throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { $0.refundAt = .inspection }
        if isTold { for parcel in [1, 2] { try shop.tell(.delivered, of: parcel, id) } }
        try shop.takeBack([1: 2], of: id)
        shop.advance(.hours(1))
        try shop.tell(news, of: 1, id)
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.order(id).parcels[0].state == (isTold ? .delivered : .handedOver))
        try shop.expectClean()
    }

    @Test(
        "Nobody waits for news of what is here again; of a part of it a person says that it had arrived",
        arguments: [1, 2])
    func silent(units: Int64) async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var policy = ChannelPolicy(stages: [])
        policy.returning.refundAt = .inspection
        try shop.open("shop", policy: policy)
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.send(id, as: "T", boxes: [[1: 2]])
        try shop.takeBack([1: units], of: id)
        if units == 2 { try shop.tell(.lost, of: 1, id) }
        shop.now = try shop.order(id).fulfillments[0].deliverBy + .days(3)
        try await shop.runDueJobs()
        let shown = try shop.openExceptions()
        #expect(shown.map(\.kind) == (units == 1 ? [.trackingSilent] : []))
        #expect(shown.allSatisfy { $0.suggestion == "It has reached its customer: say that it has arrived." })
        for exception in shown {
            #expect(exception.actions(about: try shop.order(id)) == [.deliverParcel(ParcelID(id, 1))])
            try shop.takeBack([1: 1], of: id)
        }
        #expect(try shop.openExceptions().isEmpty && OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("A delivered parcel that its courier calls lost is for a person to judge, who may refund its units")
    func disputed() throws {
        let (shop, id) = try sent()
        let reply = try shop.perform(
            RecordTracking(courier: "dpd", tracking: "T1", status: .lost, at: shop.now, candidates: [id]))
        #expect(try JSON.parse(reply.body)["outcome"]?.string == "disputed")
        let shown = try #require(try shop.openExceptions().first)
        #expect(try shown.kind == .deliveryDisputed && shop.order(id).parcels[0].state == .delivered)
        let lines = [LineQuantity(line: id.line(1), quantity: 1)]
        let refund = ExceptionAction.refundUnits(id, lines, reason: "lost")
        #expect(shown.actions(about: try shop.order(id)) == [refund, .reshipParcel(ParcelID(id, 1))])
        try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "lost", lines: lines))
        #expect(try shop.openExceptions().isEmpty, "whoever has nothing has their money")
        shop.advance(.hours(1))
        try shop.tell(.delivered, of: 1, id)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("What comes back to the sender is received where it was sent from, though customers may send nothing there")
    func noCounter() throws {
        let (shop, id) = try sent()
        try shop.tell(.returnedToSender, of: 2, id)
        var london = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.locations["LONDON"])
        london.takesReturns = false
        var york = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.locations["YORK"])
        york.takesReturns = false
        try shop.perform(SaveLocations(locations: [london, york]))
        func receipt(at location: String) -> ReceiveReturn {
            ReceiveReturn(
                id: id.entry(1), location: location,
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)])
        }
        try expectRefusal(.notReturnable, at: "/location", of: receipt(at: "YORK"), in: shop)
        try shop.perform(receipt(at: "LONDON"))
        #expect(try shop.order(id).returns[0].state == .inspected)
        try shop.expectClean()
    }

    @Test("What was called delivered and then lost is sent once more; that it came after all is asked about as ever")
    func disputedAndSentAgain() throws {
        for isHad in [true, false] {
            let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { $0.undelivered = .refund }
            for status in [Parcel.State.delivered, .lost] {
                shop.advance(.hours(1))
                try shop.tell(status, of: 1, id)
            }
            let shown = try #require(try shop.openExceptions().first)
            #expect(try shown.actions(about: shop.order(id)).map(\.name) == ["refunds", "reshipments"])
            let new = try shop.reship(id, 1)
            #expect(try shop.openExceptions().isEmpty && shop.order(id).lines[0].closed == 1)
            try shop.send(new, as: "N")
            if isHad {
                try shop.perform(DeliverParcel(parcel: ParcelID(id, 1)))
                #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
            }
            try shop.tell("N1", .returnedToSender, of: new)
            let line = ReceiveReturn.Line(line: new.line(1), quantity: 1, disposition: .restock)
            try shop.perform(ReceiveReturn(id: new.entry(1), location: "LONDON", lines: [line]))
            let given = try shop.order(new).effects.filter { $0.kind == .refund && $0.paidTo != "exchange" }
            #expect(given.map(\.amount) == (isHad ? [] : [1001]), "paid for where the customer has nothing")
            try shop.expectClean()
        }
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Parcels that do not arrive")
struct ClaimParcelTests {
    /// Two TEE-M at 10.01 in a parcel each, sent, with shipping of 4.95, on a channel with this policy.
    private func sent(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        try TestSystem.withTwoParcelsSent(stages: [], change)
    }

    @Test("A lost parcel is shown to a person; refunding it closes its units and completes the order")
    func refund() throws {
        let (shop, id) = try sent()
        try shop.tell(.delivered, of: 1, id)
        try shop.tell(.lost, of: 2, id)
        #expect(try shop.openExceptions().map(\.kind) == [.parcelLost])
        #expect(try shop.order(id).fulfillments[0].state == .delivered)
        #expect(try OrderStatus(of: shop.order(id)).overall == .open)
        let refund = ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund, note: "claim 17")
        try shop.perform(refund)
        let order = try shop.order(id)
        #expect(order.refunded == 1001 && order.lines[0].closed == 2 && order.parcels[1].state == .lost)
        #expect(OrderStatus(of: order).overall == .completed)
        #expect(try shop.openExceptions().isEmpty)
        #expect(try shop.events(id).contains("parcel.claimed"))
        try expectRefusal(.illegalTransition, of: refund, in: shop)
        let rules = ReturnRules(.till, finalSales: [], at: shop.now)
        #expect(order.returnable(1, for: .unwanted, by: rules)?.units == 1)
        try shop.expectClean()
    }

    @Test("When nothing of an order came, shipping goes back with the last parcel: all that was paid")
    func everything() throws {
        let (shop, id) = try sent { $0.lost = .refund }
        try shop.tell(.lost, of: 1, id)
        #expect(try shop.order(id).refunded == 1001)
        try shop.tell(.lost, of: 2, id)
        #expect(try shop.order(id).refunded == 2002 + 495)
        #expect(try shop.openExceptions().isEmpty)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try expectRefusal(.illegalTransition, of: DeliverFulfillment(fulfillment: id.fulfillment(1)), in: shop)
        try shop.expectClean()
    }

    @Test("A lost parcel that comes before anything is decided has simply come; afterwards a person is told, once")
    func found() throws {
        let (shop, id) = try sent()
        try shop.tell(.lost, of: 1, id)
        #expect(try shop.tell(.delivered, of: 1, id) == true)
        #expect(try shop.tell(.delivered, of: 1, id) == false)
        #expect(try shop.order(id).parcels[0].claim == nil)
        #expect(try shop.openExceptions().isEmpty)
        try shop.tell(.lost, of: 2, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        #expect(try shop.tell(.delivered, of: 2, id) == true)
        #expect(try shop.tell(.delivered, of: 2, id) == false)
        #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
        #expect(try shop.events(id).contains("parcel.found"))
        #expect(try shop.order(id).parcels.map(\.state) == [.delivered, .delivered])
        #expect(try shop.events(id).filter { $0 == "fulfillment.delivered" }.count == 1)
        let rules = ReturnRules(.till, finalSales: [], at: shop.now)
        #expect(try shop.order(id).returnable(1, for: .unwanted, by: rules)?.units == 1)
        try shop.expectClean()
    }

    @Test("A parcel that was found, went back and comes once more is asked about once more, and paid for once")
    func foundAgain() throws {
        let (shop, id) = try sent()
        try shop.tell(.lost, of: 1, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        var found: Set<Timestamp?> = []
        for _ in 1...2 {
            shop.advance(.hours(1))
            try shop.tell(.delivered, of: 1, id)
            #expect(try shop.openExceptions().map(\.kind) == [.parcelFound])
            found.insert(try shop.order(id).parcels[0].claim?.foundAt)
            shop.advance(.hours(1))
            try shop.tell(.returnedToSender, of: 1, id)
            #expect(try shop.openExceptions().isEmpty, "it comes back")
            try shop.expectClean()
        }
        #expect(found.count == 2 && !found.contains(nil))
        #expect(try shop.order(id).returns.map(\.state) == [.expired, .inTransit])
        try shop.perform(
            ReceiveReturn(
                id: id.entry(2), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        shop.advance(.hours(1))
        try shop.tell(.delivered, of: 1, id)
        #expect(try shop.order(id).parcels[0].state == .returnedToSender, "its goods are here")
        #expect(try shop.openExceptions().isEmpty && shop.order(id).refunded == 1001)
        try shop.expectClean()
    }

    @Test("A parcel of which the courier is silent is declared lost by its claim; nothing may be given for it")
    func silent() throws {
        let (shop, id) = try sent()
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .none))
        #expect(try shop.order(id).parcels[0].state == .lost)
        #expect(try shop.order(id).lines[0].closed == 1)
        #expect(try shop.order(id).refunded == 0)
        try shop.expectClean()
    }

    @Test("A parcel that goes back to the sender is a return of the system's: received, judged, paid with its shipping")
    func returnedToSender() async throws {
        let (shop, id) = try sent { $0.undelivered = .refund }
        for parcel in [1, 2] { try shop.tell(.returnedToSender, of: parcel, id) }
        #expect(try shop.order(id).returns.map(\.state) == [.inTransit, .inTransit])
        for number in [1, 2] {
            try shop.perform(
                ReceiveReturn(
                    id: id.entry(number), location: "LONDON",
                    lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        }
        let order = try shop.order(id)
        #expect(order.returns.map(\.state) == [.settled, .settled])
        #expect(order.refunded == 2002 + 495 && order.lines[0].closed == 2)
        #expect(try shop.stock("TEE-M@LONDON") == "available 5")
        #expect(OrderStatus(of: order).overall == .completed)
        try expectRefusal(.illegalTransition, of: ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund), in: shop)
        try shop.expectClean()
    }

    @Test("What comes back undelivered is watched: a person hears when it is late")
    func lateReturn() async throws {
        let (shop, id) = try sent { $0.overdueDays = 7 }
        try shop.tell(.delivered, of: 1, id)
        try shop.tell(.returnedToSender, of: 2, id)
        shop.advance(.days(7))
        try await shop.runDueJobs()
        #expect(try shop.openExceptions().map(\.kind) == [.returnOverdue])
        #expect(try OrderStatus(of: shop.order(id)).overall == .open)
        try shop.expectClean()
    }

    @Test("Claims are refused for parcels that arrived, for wrong amounts, and for those that are not there")
    func refusals() throws {
        let (shop, id) = try sent()
        try shop.tell(.delivered, of: 1, id)
        func claim(
            _ number: Int, _ resolution: ParcelClaim.Resolution = .refund, _ amount: Money? = nil
        ) -> ClaimParcel { ClaimParcel(parcel: ParcelID(id, number), resolution: resolution, amount: amount) }
        try expectRefusal(.illegalTransition, of: claim(1), in: shop)
        try expectRefusal(.notFound, of: claim(3), in: shop)
        try expectRefusal(.invalidInput, at: "/amount", of: claim(2, .none, gbp(1)), in: shop)
        try expectRefusal(.amountExceedsCaptured, of: claim(2, .refund, gbp(2498)), in: shop)
        let euro = Money(1, try #require(Currency("EUR")))
        try expectRefusal(.currencyMismatch, at: "/amount/currency", of: claim(2, .refund, euro), in: shop)
        try shop.perform(claim(2, .refund, gbp(2000)))
        #expect(try shop.order(id).refunded == 2000)
        try shop.expectClean()
    }

    @Test("Money that is still being captured leaves a lost parcel to a person, who can settle it later")
    func captureUnderWay() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", providers: [TestProvider("card")])
        var policy = ChannelPolicy(stages: [])
        policy.returning.lost = .refund
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP, paid by card", on: "shop")
        try shop.walk(id, to: .packed)
        try shop.perform(
            ShipFulfillment(
                fulfillment: id.fulfillment(1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "dpd", tracking: "T1")]))
        try shop.tell(.lost, of: 1, id)
        #expect(try shop.openExceptions().map(\.kind) == [.parcelLost])
        let claim = ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund)
        try expectRefusal(.illegalTransition, of: claim, in: shop)
        try await shop.runDueJobs()
        try shop.perform(claim)
        try await shop.runDueJobs()
        #expect(try shop.order(id).refunded == 1000)
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }
}

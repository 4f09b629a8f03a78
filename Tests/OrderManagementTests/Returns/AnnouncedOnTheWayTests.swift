import OrderManagement
import TestSupport
import Testing

@Suite("Returns of what is still under way")
struct AnnouncedOnTheWayTests {
    private func request(_ units: Int64, of id: OrderID) -> RequestReturn {
        RequestReturn(
            order: id, method: .byPost, location: nil,
            lines: [.init(line: id.line(1), quantity: units, reason: .unwanted)])
    }

    private func receive(_ units: Int64, of id: ReturnID, isComplete: Bool = false) -> ReceiveReturn {
        ReceiveReturn(
            id: id, location: "LEEDS",
            lines: units == 0
                ? [] : [.init(line: id.order.line(1), quantity: units, disposition: .restock)], isComplete: isComplete)
    }

    @Test("Units that were announced while under way come back once: by the courier, or by the customer")
    func onceOnly() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        try shop.perform(request(2, of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.tell(.exception, of: 2, id)
        try shop.tell(.returnedToSender, of: 2, id)
        try expectRefusal(.quantityExceeded, at: "/lines/0/quantity", of: receive(2, of: id.entry(1)), in: shop)
        try shop.perform(receive(1, of: id.entry(1)))
        try shop.perform(receive(1, of: id.entry(2)))
        let line = try shop.order(id).lines[0]
        #expect(line.returned == 2 && line.closed == 2)
        try shop.perform(receive(0, of: id.entry(1), isComplete: true))
        try shop.expectClean()
    }

    @Test("Units of a lost parcel that is settled do not come back as the customer's too")
    func lostAndAnnounced() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        try shop.perform(request(2, of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.tell(.lost, of: 2, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        try expectRefusal(.quantityExceeded, at: "/lines/0/quantity", of: receive(2, of: id.entry(1)), in: shop)
        try shop.perform(receive(1, of: id.entry(1), isComplete: true))
        #expect(try shop.order(id).lines[0].closed == 2 && shop.order(id).lines[0].returned == 1)
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        #expect(try shop.order(id).refunded == 2002)
        try shop.expectClean()
    }

    @Test("A return of which nothing can come any more, since its goods never came, ends by itself")
    func nothingCanCome() async throws {
        for isAgreed in [true, false] {
            let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
            try shop.perform(request(2, of: id))
            if isAgreed { try shop.perform(ApproveReturn(id: id.entry(1))) }
            try shop.tell(.lost, of: 1, id)
            try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
            try await shop.runDueJobs()
            #expect(try shop.order(id).returns[0].state.isOpen, "a part of it can come yet")
            try shop.tell(.lost, of: 2, id)
            try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .none))
            try await shop.runDueJobs()
            let order = try shop.order(id)
            #expect(order.returns[0].state == (isAgreed ? .expired : .rejected))
            #expect(order.returns[0].note == "Its goods never came: nothing of it can be sent back.")
            #expect(order.returns[0].endedBeforeItsTime == isAgreed)
            #expect(OrderStatus(of: order).overall == .completed)
            #expect(try shop.openExceptions().allSatisfy { $0.kind != .returnUnanswered })
            try shop.expectClean()
        }
    }

    @Test("A return that is closed without a unit having come is over with that, and none")
    func nothingCame() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.deliver(id)
        try shop.perform(request(1, of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(receive(0, of: id.entry(1), isComplete: true))
        let order = try shop.order(id)
        #expect(order.returns[0].state == .settled && order.memos.isEmpty)
        #expect(OrderStatus(of: order).returns == .none && OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("A parcel whose goods the customer has sent back is not lost, whatever its courier says")
    func cameBack() throws {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: []) { _ in }
        try shop.perform(request(2, of: id))
        try shop.perform(ApproveReturn(id: id.entry(1)))
        try shop.perform(receive(2, of: id.entry(1)))
        #expect(try shop.tell(.lost, of: 2, id) == false)
        try expectRefusal(.illegalTransition, of: ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund), in: shop)
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        #expect(try shop.order(id).lines[0].closed == 2 && OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }
}

import TestSupport
import Testing

@testable import OrderManagement

/// A return that is exchanged bears no fee where policy waives it, as long as something is exchanged.
@Suite("The fee that an exchange waives")
struct WaivedFeeTests {
    /// Three TEE-M at 10.01, sent and taken: one that comes back costs 2.00 and a tenth of it, 3.00.
    private func shop(
        _ shipping: ReturningPolicy.Shipping = .onReceipt, _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5")
        try shop.exchanging(shipping) { policy in
            (policy.returning.feeFixed, policy.returning.feePercent) = (200, 10)
            change(&policy)
        }
        let id = try shop.place("3 × TEE-M at 10.01 GBP", on: "shop")
        try shop.deliver(id)
        return (shop, id)
    }

    /// What customers were given of both orders in the end.
    private func given(_ shop: TestSystem, _ id: OrderID, _ new: OrderID) throws -> Int64 {
        try shop.order(id).effects.filter { $0.kind == .refund && $0.paidTo == nil }.reduce(0) { $0 + $1.amount }
            + shop.order(new).refunded
    }

    @Test("An exchange that goes on bears none")
    func exchanged() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.receive(id.entry(1))
        try shop.deliver(new)
        #expect(try shop.order(id).returns[0].terms.feeTaken == 0 && shop.order(new).captured == 1001)
        try shop.expectClean()
    }

    @Test("Cancelled before the goods are back: the return is an ordinary one, and keeps its fee")
    func before() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        let preview = try JSON.parse(
            shop.perform(CancelOrder(order: new, reason: .customer, isPreview: true)).body)
        let done = try JSON.parse(shop.perform(CancelOrder(order: new, reason: .customer)).body)
        for reply in [preview, done] {
            #expect(reply.at("kept_of_return.amount")?.integer == 300 && reply.at("fee.amount")?.integer == 0)
        }
        #expect(try shop.events(id).filter { $0 == "return.fee_agreed" }.count == 1)
        try shop.receive(id.entry(1))
        let old = try shop.order(id)
        #expect(old.returns[0].terms.feeTaken == 300 && old.refunded == 701 && old.memos.map(\.retained) == [300])
        #expect(try shop.order(new).captured == 0 && shop.order(new).cancellationFees.isEmpty)
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.expectClean()
    }

    @Test("Cancelled when the goods are back: what is given back of the new order is less the fee")
    func after() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.receive(id.entry(1))
        let reply = try JSON.parse(shop.perform(CancelOrder(order: new, reason: .customer)).body)
        #expect(reply.at("fee.amount")?.integer == 300 && reply.at("kept_of_return.amount")?.integer == 0)
        #expect(reply.at("order.cancellation_fees.0.return_fee.amount")?.integer == 300)
        let (old, order) = (try shop.order(id), try shop.order(new))
        #expect(order.refunded == 701 && order.memos.map(\.retained) == [300] && order.feesOfCancelling == 300)
        #expect(old.returns[0].terms.feeTaken == 0 && old.refunded == 1001)
        #expect(try shop.events(new).filter { $0 == "order.fee_charged" }.count == 1)
        #expect(try !shop.events(id).contains("return.fee_agreed"))
        try shop.expectClean()
    }

    @Test("Over a counter the goods are back at once: what was to follow and is cancelled costs the fee")
    func counter() throws {
        let (shop, id) = try shop(.atOnce)
        let new = try shop.exchange(id, for: [.of("TEE-L")], method: .inStore, disposition: .restock)
        try shop.perform(CancelOrder(order: new, reason: .customer))
        #expect(try given(shop, id, new) == 701)
        try shop.expectClean()
    }

    @Test("What is given up in parts costs it with the last of them, and nothing where a part was sent")
    func parts() throws {
        for isSent in [false, true] {
            let (shop, id) = try shop()
            let new = try shop.exchange(id, 2, for: [.of("TEE-L", 2)])
            try shop.receive(id.entry(1), 2)
            try shop.perform(CancelOrder(order: new, lines: new.units([1: 1]), reason: .customer))
            #expect(try given(shop, id, new) == 1001)
            if isSent {
                try shop.deliver(new)
            } else {
                try shop.perform(CancelOrder(order: new, reason: .customer))
            }
            #expect(try given(shop, id, new) == (isSent ? 1001 : 2002 - 400))
            try shop.expectClean()
        }
    }

    @Test(
        "Nobody pays for what others than the customer gave up: all of it, or a part before the customer does the rest",
        arguments: CancelOrder.Reason.allCases.filter { $0 != .customer }, [false, true])
    func byOthers(reason: CancelOrder.Reason, isReceived: Bool) throws {
        for isWhole in [true, false] {
            let (shop, id) = try shop()
            let new = try shop.exchange(id, 2, for: [.of("TEE-L", 2)])
            if isReceived { try shop.receive(id.entry(1), 2) }
            try shop.perform(CancelOrder(order: new, lines: isWhole ? nil : new.units([1: 1]), reason: reason))
            if !isWhole { try shop.perform(CancelOrder(order: new, reason: .customer)) }
            if !isReceived { try shop.receive(id.entry(1), 2) }
            #expect(try given(shop, id, new) == 2002)
            try shop.expectClean()
        }
    }

    @Test("Units that missed their day excuse who does not wait any longer")
    func lapsed() async throws {
        let (shop, id) = try shop(.atOnce) { $0.backorderDays = 3 }
        let new = try shop.exchange(id, 1, for: [.of("TEE-L", 9, at: 100)], payments: [.card(900)])
        #expect(try shop.order(new).lines[0].backordered == 4)
        shop.advance(.days(5))
        try await shop.runDueJobs()
        #expect(try !shop.order(new).lapsed.isEmpty)
        try shop.perform(CancelOrder(order: new, reason: .customer))
        #expect(try shop.order(new).origin?.isExcused == true)
        try shop.receive(id.entry(1))
        #expect(try given(shop, id, new) == 1001)
        try shop.expectClean()
    }

    @Test("No more is kept than the return brought to the new order")
    func cheaper() throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L", at: 100)])
        try shop.receive(id.entry(1))
        try shop.perform(CancelOrder(order: new, reason: .customer))
        #expect(try shop.order(new).feesOfCancelling == 100 && given(shop, id, new) == 901)
        try shop.expectClean()
    }

    @Test("It comes beside what cancelling costs, out of what is held for the order")
    func besideCancelling() throws {
        let (shop, id) = try shop { $0.cancelling.fee = .init(amount: 150, percent: 0) }
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        try shop.receive(id.entry(1))
        try shop.perform(CancelOrder(order: new, reason: .customer))
        let order = try shop.order(new)
        #expect(order.cancellationFees.map(\.amount) == [450] && order.cancellationFees.map(\.returnFee) == [300])
        #expect(order.refunded == 551)
        try shop.expectClean()
    }

    @Test("Where there was none to waive none is kept: a free reason, and a return that bore its fee all the same")
    func nothingWaived() throws {
        for isFree in [true, false] {
            let (shop, id) = try shop {
                if isFree { $0.returning.freeReasons = [.wrongSize] } else { $0.returning.exchangeBearsFees = true }
            }
            let new = try shop.exchange(id, for: [.of("TEE-L", at: 500)])
            try shop.receive(id.entry(1))
            try shop.perform(CancelOrder(order: new, reason: .customer))
            #expect(try given(shop, id, new) == (isFree ? 1001 : 701))
            #expect(try shop.order(new).cancellationFees.isEmpty)
            try shop.expectClean()
        }
    }

    @Test("The goods arrive while their customer cancels: the fee is kept once, here or there", arguments: 1...6)
    func race(round: Int) async throws {
        let (shop, id) = try shop()
        let new = try shop.exchange(id, for: [.of("TEE-L")])
        let receipt = ReceiveReturn(
            id: id.entry(1), location: "LONDON", lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)])
        let commands: [any Command] = [receipt, CancelOrder(order: new, reason: .customer)]
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for command in round % 2 == 0 ? commands : commands.reversed() {
                tasks.addTask { _ = try await shop.waybill.perform(command, as: .system) }
            }
            try await tasks.waitForAll()
        }
        #expect(try given(shop, id, new) == 701)
        try shop.expectClean()
    }
}

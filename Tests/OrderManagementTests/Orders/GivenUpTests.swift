import TestSupport
import Testing

@testable import OrderManagement

@Suite("What is given up")
struct GivenUpTests {
    @Test("Cancelled goods that were picked are a task of their location until somebody has put them back")
    func putBack() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let whole = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(whole, to: .packed)
        try shop.perform(CancelOrder(order: whole, reason: .customer))
        let part = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.walk(part, to: .packed)
        try shop.perform(CancelOrder(order: part, lines: part.units([1: 1]), reason: .customer))
        let work = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(work, to: .picking)
        try shop.perform(CancelFulfillment(fulfillment: work.fulfillment(1)))
        let unpicked = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.perform(CancelOrder(order: unpicked, reason: .customer))
        let tasks = try shop.openExceptions()
        #expect(tasks.map(\.kind) == [.putBack, .putBack, .putBack] && tasks.allSatisfy { $0.owner == "LONDON" })
        #expect(tasks.map { $0.cause.prefix(9) } == ["1 × TEE-M", "1 × TEE-M", "2 × TEE-M"])
        try shop.expectClean()
    }

    @Test("What is given up passes no gate, and a preview numbers nothing")
    func noVerdict() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy()
        var approval = Stage("approval")
        approval.passesWhen = .test("order.total", .atMost(500))
        policy.stages = [approval]
        try shop.open("shop", policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        let numbers = try [true, true, false].map { isPreview -> String in
            if isPreview {
                try shop.perform(CancelOrder(order: id, reason: .merchant, isPreview: true))
                return ""
            }
            return try shop.order(try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")).number
        }
        #expect(numbers.last?.hasSuffix("1002") ?? false)
        try shop.perform(CancelOrder(order: id, reason: .merchant))
        #expect(try shop.events(id).filter { $0 == "stage.passed" } == [])
        #expect(try OrderStatus(of: shop.order(id)).overall == .cancelled)
        try shop.expectClean()
    }

    @Test("Goods that were not collected in time are a task of their store, as those of a cancelled pickup are")
    func uncollected() async throws {
        let shop = try TestSystem(stock: "TEE-M@YORK: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .ready)
        let one = CollectFulfillment(fulfillment: id.fulfillment(1), lines: id.units([1: 1]), collectedBy: "Ada")
        try shop.perform(one)
        shop.advance(.days(7))
        try await shop.runDueJobs()
        let task = try #require(try shop.openExceptions().first)
        #expect(task.kind == .putBack && task.owner == "YORK" && task.subject == id.fulfillment(2).description)
        #expect(task.goods == [SKUQuantity(sku: "TEE-M", quantity: 2)])
        #expect(task.cause.hasSuffix("were not collected at YORK in time."))
        #expect(try shop.stock("TEE-M@YORK") == "available 4")
        try shop.perform(SettleGoods(exception: task.id, outcome: .putBack))
        #expect(try shop.openExceptions().isEmpty)
        try shop.expectClean()
    }

    @Test("Nobody is asked to put back what nobody has picked", arguments: [true, false])
    func unpicked(isWhole: Bool) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        let id = try shop.place("3 × TEE-M at 10.00 GBP + 2 × CAP at 5.00 GBP, store")
        try shop.walk(id, to: .accepted)
        try shop.perform(
            PickFulfillment(fulfillment: id.fulfillment(1), lines: [.init(line: id.line(1), quantity: 2)]))
        if isWhole {
            try shop.perform(CancelOrder(order: id, reason: .customer))
        } else {
            try shop.perform(CancelOrder(order: id, lines: id.units([1: 2, 2: 2]), reason: .customer))
        }
        // Of three, two were picked: of two that are given up, one lies on its shelf.
        let goods = try shop.openExceptions().flatMap(\.goods)
        #expect(goods == [SKUQuantity(sku: "TEE-M", quantity: isWhole ? 2 : 1)])
        let other = try shop.place("1 × CAP at 5.00 GBP, store")
        try shop.walk(other, to: .accepted)
        try shop.perform(PickFulfillment(fulfillment: other.fulfillment(1), lines: []))
        try shop.perform(CancelOrder(order: other, reason: .customer))
        #expect(try shop.openExceptions().count == 1 && shop.order(other).fulfillments[0].note == nil)
        try shop.expectClean()
    }

    @Test("A job is cancelled until the state that policy says, and costs what policy says")
    func policy() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        func open(until state: String) throws -> Channel {
            var policy = ChannelPolicy(stages: [])
            policy.cancellableUntil = state
            policy.cancelling = CancellingPolicy(fee: .init(amount: 300, percent: 0, from: .picking, waivedFor: []))
            try shop.open("strict", policy: policy)
            return try shop.waybill.readNow { try Configuration.load(in: $0).channel("strict") }
        }
        let strict = try open(until: "accepted")
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        try shop.walk(id, to: .packed)
        let cancel = CancelFulfillment(fulfillment: id.fulfillment(1))
        try expectRefusal(.tooLateToCancel, of: cancel, in: shop)
        func offered(_ channel: Channel) throws -> OrderPermission? {
            try shop.order(id).permissions(channel, at: shop.now).first { $0.path.hasSuffix("-1/cancellations") }
        }
        #expect(try offered(strict)?.isAllowed == false)
        let free = try open(until: "packed")
        #expect(try offered(free)?.isAllowed == true)
        try shop.perform(cancel)
        let order = try shop.order(id)
        #expect(order.feesOfCancelling == 300 && order.captured == 300 && order.voided == 1_700)
        let events = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let told = try JSON.parse(try #require(events.last { $0.type == "order.cancelled" }).data)
        #expect(told["reason"]?.string == "merchant")
        try shop.expectClean()
    }
}

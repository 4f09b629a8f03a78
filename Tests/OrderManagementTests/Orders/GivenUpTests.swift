import OrderManagement
import TestSupport
import Testing

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
}

import OrderManagement
import TestSupport
import Testing

@Suite("What was granted stays granted")
struct RightsStayTests {
    /// Two orders that were delivered, one before the policy changed and one after.
    private func shop(
        _ before: (inout ChannelPolicy) -> Void, then after: (inout ChannelPolicy) -> Void
    ) throws -> (TestSystem, old: OrderID, new: OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        before(&policy)
        try shop.open("shop", policy: policy)
        let old = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        after(&policy)
        try shop.open("shop", policy: policy)
        let new = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        try shop.deliver(old)
        try shop.deliver(new)
        return (shop, old, new)
    }

    private func request(_ id: OrderID, _ reason: Return.Reason = .unwanted, _ units: Int64 = 1) -> RequestReturn {
        RequestReturn(
            order: id, method: .byPost, location: nil,
            lines: [.init(line: id.line(1), quantity: units, reason: reason)])
    }

    /// Until when, as permissions say; nil where it is not allowed.
    private func until(_ id: OrderID, _ shop: TestSystem) throws -> Timestamp? {
        let order = try shop.order(id)
        let (channel, agreed) = try shop.waybill.readNow { db in
            let channel = try #require(try Configuration.load(in: db).channels["shop"])
            return (channel, try order.agreedChannel(beside: channel, in: db))
        }
        let found = order.permissions(channel, agreed: agreed, at: shop.now).first { $0.action == "returns" }
        return found?.isAllowed == true ? found?.until : nil
    }

    @Test("A shorter window is for those who buy from now on")
    func shorter() throws {
        let (shop, old, new) = try shop({ $0.returnDays = 30 }, then: { $0.returnDays = 10 })
        let start = shop.now
        #expect(try until(old, shop) == start + .days(30) && until(new, shop) == start + .days(10))
        shop.advance(.days(20))
        try expectRefusal(.returnWindowClosed, of: request(new), in: shop)
        #expect(try until(new, shop) == nil)
        try shop.perform(request(old))
        let entry = try #require(try shop.order(old).returns.first)
        #expect(try entry.terms.policyVersion == shop.order(old).policyVersion)
        shop.advance(.days(11))
        try expectRefusal(.returnWindowClosed, of: request(old), in: shop)
        try shop.expectClean()
    }

    @Test("A longer window is for everybody")
    func longer() throws {
        let (shop, old, new) = try shop({ $0.returnDays = 10 }, then: { $0.returnDays = 60 })
        #expect(try until(old, shop) == until(new, shop))
        shop.advance(.days(50))
        try shop.perform(request(old))
        try shop.perform(request(new))
        try shop.expectClean()
    }

    @Test("Fees that are new, or higher, are not kept of those who bought before; lower ones are for everybody")
    func fees() throws {
        let (shop, old, new) = try shop(
            { ($0.returning.feeFixed, $0.returning.feePercent) = (300, 0) },
            then: { ($0.returning.feeFixed, $0.returning.feePercent) = (100, 20) })
        try shop.perform(request(old))
        try shop.perform(request(new))
        let (before, after) = (try shop.order(old).returns[0].terms, try shop.order(new).returns[0].terms)
        #expect(before.feeFixed == 100 && before.feePercent == 0)
        #expect(after.feeFixed == 100 && after.feePercent == 20)
    }

    @Test("A final sale, a reason that is taken no more, and postage do not reach back")
    func kinds() throws {
        let (shop, old, new) = try shop(
            { $0.returning.postage = .merchant },
            then: {
                $0.returning.postage = .customer
                $0.returning.reasons = [.faulty, .unwanted]
                $0.returning.rules = [.init(skus: ["TEE-M"], reasons: [.unwanted], isFinalSale: true)]
            })
        try expectRefusal(.notReturnable, of: request(new), in: shop)
        try expectRefusal(.reasonNotAllowed, of: request(new, .wrongSize), in: shop)
        try shop.perform(request(old))
        try shop.perform(request(old, .wrongSize))
        #expect(try shop.order(old).returns.allSatisfy { $0.terms.postage == .merchant })
        try shop.perform(request(new, .faulty))
        try shop.expectClean()
    }

    @Test("Money and its moment are the better of both; how returns are run is as it is now")
    func money() throws {
        let (shop, old, new) = try shop(
            {
                $0.returning.refundAt = .receipt
                $0.returning.approvesItself = true
            },
            then: {
                ($0.returning.refundAt, $0.returning.refundTo) = (.settlement, .storeCredit)
                $0.returning.isRefundFixed = true
                $0.returning.approvesItself = false
            })
        try shop.perform(request(old))
        try shop.perform(request(new))
        let (before, after) = (try shop.order(old).returns[0], try shop.order(new).returns[0])
        #expect(before.terms.refundAt == .receipt && before.terms.refundTo == .source && !before.terms.isRefundFixed)
        #expect(after.terms.refundAt == .settlement && after.terms.isRefundFixed)
        #expect(before.state == .requested && after.state == .requested)
    }

    @Test("An exchange is judged by the same")
    func exchange() throws {
        let (shop, old, new) = try shop({ $0.returnDays = 30 }, then: { $0.returnDays = 10 })
        shop.advance(.days(20))
        let line = ExchangeOrder.Line(sku: "TEE-M", quantity: 1)
        try shop.perform(ExchangeOrder(request: request(old), lines: [line]))
        try expectRefusal(
            .returnWindowClosed, of: ExchangeOrder(request: request(new), lines: [line]), in: shop)
        try shop.expectClean()
    }
}

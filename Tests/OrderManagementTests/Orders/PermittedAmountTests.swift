import TestSupport
import Testing

@testable import OrderManagement

@Suite("How much may be named")
struct PermittedAmountTests {
    private func captures(_ id: OrderID, in shop: TestSystem) throws -> JSON? {
        let channel = try shop.waybill.readNow { try Configuration.load(in: $0).channels["shop"] }
        let list = try shop.order(id).permissions(try #require(channel), at: shop.now)
        var json = JSONWriter()
        list.first { $0.action == "captures" }?.write(to: &json)
        return try JSON.parse(json.text)
    }

    @Test("A capture says the most that may be taken: what is authorized, and still owed")
    func captures() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "shop")
        #expect(try captures(id, in: shop)?.at("amount_max.amount")?.integer == 2_000)
        try shop.perform(CapturePayment(order: id, amount: gbp(600), reason: "test"))
        #expect(try captures(id, in: shop)?.at("amount_max.amount")?.integer == 1_400)
        try shop.perform(CancelOrder(order: id, lines: [.init(line: id.line(1), quantity: 1)], reason: .customer))
        #expect(try captures(id, in: shop)?.at("amount_max.amount")?.integer == 400)
        let beyond = CapturePayment(order: id, amount: gbp(401), reason: "test")
        try expectRefusal(.amountExceedsAuthorized, at: "/amount/amount", of: beyond, in: shop)
        try shop.perform(CapturePayment(order: id, amount: gbp(400), reason: "test"))
        let last = try captures(id, in: shop)
        #expect(last?["allowed"]?.bool == false && last?["amount_max"]?.isNull == true)
        try shop.expectClean()
    }
}

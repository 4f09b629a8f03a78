import TestSupport
import Testing

@testable import OrderManagement

@Suite("Money without goods, by who may give it")
struct FreeAmountTests {
    private let clerk = Principal(
        name: "key_clerk", scopes: [.ordersRead, .ordersWrite, .returnsRead, .returnsWrite], locations: nil)
    private let agent = Principal(name: "key_agent", scopes: [.ordersRead, .goodwillWrite])

    /// An order of a tee for 10.00 and a cap for 5.00, paid and shipped to the given state.
    private func shop(_ state: Fulfillment.State) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        let id = try shop.place("1 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP")
        try shop.walk(id, to: state)
        return (shop, id)
    }

    @Test("Who takes returns in gives what the goods are worth, and no more without the right to refund")
    func returns() throws {
        let (shop, id) = try shop(.delivered)
        try shop.perform(
            RequestReturn(
                order: id, method: .inStore, location: "LONDON",
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted, disposition: .restock)]))
        let entry = ReturnID(id, 1)
        try expectRefusal(
            .forbidden, of: SettleReturn(agreed: entry, amount: gbp(1_500)), in: shop, as: clerk)
        #expect(try shop.order(id).refunded == 0)
        try shop.perform(SettleReturn(agreed: entry, amount: gbp(1_000)), as: clerk)
        #expect(try shop.order(id).refunded == 1_000)
        try shop.expectClean()
    }

    @Test("Who settles a lost parcel gives what was in it, and no more without the right to refund")
    func claims() throws {
        let (shop, id) = try shop(.shipped)
        try shop.perform(
            GiveGoodwill(order: id, amount: gbp(100), reason: "late", to: .source))
        let parcel = ParcelID(id, 1)
        try expectRefusal(
            .forbidden, of: ClaimParcel(parcel: parcel, resolution: .refund, amount: gbp(1_401)), in: shop, as: clerk)
        try shop.perform(ClaimParcel(parcel: parcel, resolution: .refund, amount: gbp(1_400)), as: clerk)
        #expect(try shop.order(id).refunded == 1_500)
        try shop.expectClean()
    }

    @Test("The right to goodwill alone gives goodwill within its limit, and refunds nothing else")
    func goodwill() throws {
        let (shop, id) = try shop(.delivered)
        try expectRefusal(
            .forbidden, of: RefundPayment(order: id, amount: gbp(100), payment: nil, reason: "goodwill"), in: shop,
            as: agent)
        try expectRefusal(
            .goodwillLimit, of: GiveGoodwill(order: id, amount: gbp(301), reason: "late", to: .source), in: shop,
            as: agent)
        try shop.perform(GiveGoodwill(order: id, amount: gbp(300), reason: "late", to: .source), as: agent)
        #expect(try shop.order(id).refunded == 300)
        let order = try shop.order(id)
        let permissions = order.permissions(.web, at: shop.now).map { $0.limited(to: agent) }
        #expect(permissions.first { $0.action == "refunds" }?.reason == "this key lacks the scope payments:write")
        #expect(permissions.first { $0.action == "goodwill" }?.isAllowed == false)
    }
}

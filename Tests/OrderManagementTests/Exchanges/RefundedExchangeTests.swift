import OrderManagement
import TestSupport
import Testing

@Suite("Exchanges of goods that were refunded by hand")
struct RefundedExchangeTests {
    /// Two TEE-M at 10.01, delivered, of which some were refunded by hand.
    private func shop(refunded units: Int64) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5")
        try shop.exchanging(.atOnce)
        let id = try shop.place("2 × TEE-M at 10.01 GBP", on: "shop")
        try shop.deliver(id)
        try shop.perform(
            RefundPayment(order: id, amount: nil, payment: nil, reason: "sorry", lines: id.units([1: units])))
        return (shop, id)
    }

    @Test("They pay for nothing: what goes out for them costs what they did", arguments: [
        (Int64(2), Int64(1), Int64(0), Int64(1_001)), (1, 2, 1_001, 1_001), (1, 1, 0, 1_001), (2, 2, 0, 2_002),
    ])
    func fullPrice(refunded: Int64, units: Int64, credit: Int64, difference: Int64) throws {
        let (shop, id) = try shop(refunded: refunded)
        let wish = id.exchange(units, for: [.of("TEE-L", units)], method: .inStore, disposition: .restock)
        for isPreview in [true, false] {
            let reply = try shop.perform(
                ExchangeOrder(request: wish.request, lines: wish.lines, isPreview: isPreview))
            let answer = try JSON.parse(reply.body)
            #expect(answer["credit"]?["amount"]?.integer == credit, "\(isPreview)")
            #expect(answer["difference"]?["amount"]?.integer == difference, "\(isPreview)")
        }
        let new = try #require(try shop.order(id).returns[0].terms.successor?.order)
        let order = try shop.order(new)
        #expect(order.total == 1_001 * units && order.due - order.covered == difference)
        #expect(order.isOnHold, "it waits for the money")
        try shop.perform(AddPayment(order: new, payment: .card(difference)))
        try shop.expectClean()
    }

    @Test("A swap of goods that are not sent says that they were refunded: what takes their place goes out for that")
    func swapped() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5")
        try shop.exchanging()
        let id = try shop.place("2 × TEE-M at 10.01 GBP", on: "shop")
        try shop.perform(CapturePayment(order: id, amount: gbp(2_002), reason: "prepaid"))
        try shop.perform(
            RefundPayment(order: id, amount: nil, payment: nil, reason: "sorry", lines: id.units([1: 1])))
        let shown = try shop.preview(id) { $0.swaps = [(1, 2, "TEE-L")] }
        #expect(shown.at("money.swapped_refunded")?.array?.first?["quantity"]?.integer == 1)
        #expect(shown.at("money.authorization_needed.amount")?.integer == 0)
    }
}

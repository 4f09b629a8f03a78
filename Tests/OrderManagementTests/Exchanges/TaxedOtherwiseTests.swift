import TestSupport
import Testing

@testable import OrderManagement

@Suite("What goes out for an order whose channel has changed how its prices contain tax")
struct TaxedOtherwiseTests {
    /// A shop with an order of three TEE-M at 10.00 and 6.01 of tax, contained or on top, which has come so far; prices
    /// contain tax the other way round since.
    private func shop(wasGross: Bool, _ state: Fulfillment.State = .delivered) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "TEE-L@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.returning.exchanges = .atOnce
        policy.returning.approvesItself = true
        try shop.open("shop", isGross: wasGross, policy: policy)
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop") { order in
            order.lines = [.init(sku: "TEE-M", quantity: 3, unitPrice: gbp(1_000), tax: gbp(601))]
            order.total = gbp(wasGross ? 3_000 : 3_601)
            order.payments = [.init(provider: "manual", reference: "pay-1", authorized: order.total)]
        }
        try shop.walk(id, to: state)
        try shop.open("shop", isGross: !wasGross, policy: policy)
        return (shop, id)
    }

    @Test("Exchanged at the price that was kept, it is worth the same to the penny", arguments: [true, false])
    func exchange(wasGross: Bool) throws {
        let (shop, id) = try shop(wasGross: wasGross)
        let new = try shop.exchange(id, 2, for: [.of("TEE-L", 2)])
        let (order, line) = (try shop.order(new), try shop.order(new).lines[0])
        #expect(order.pricesIncludeTax != wasGross)
        #expect(order.total == (wasGross ? 2_000 : 2_400) && line.discount >= 0 && line.discount < 2)
        #expect(line.tax == 401)
        try shop.receive(id.entry(1), 2)
        #expect(try shop.order(new).covered == order.total && shop.order(id).refunded == order.total)
        try shop.expectClean()
    }

    @Test("Sent once more, it is worth the same to the penny", arguments: [true, false])
    func reshipment(wasGross: Bool) throws {
        let (shop, id) = try shop(wasGross: wasGross, .shipped)
        let reply = try shop.perform(ReshipParcel(parcel: ParcelID(id, 1)))
        let new = try #require(JSON.parse(reply.body)["reshipment"]?["id"]?.string.flatMap { OrderID($0) })
        let order = try shop.order(new)
        #expect(order.total == (wasGross ? 3_000 : 3_601) && order.captured == order.total)
        #expect(order.lines[0].discount >= 0 && order.lines[0].tax == 601)
        try shop.expectClean()
    }

    @Test("Its collection code follows from the digest of the first order, which strangers do not know")
    func code() throws {
        let (shop, id) = try shop(wasGross: true)
        let (old, new) = (try shop.order(id), try shop.order(shop.exchange(id, for: [.of("TEE-L")])))
        #expect(new.contentDigest == old.contentDigest && !new.contentDigest.isEmpty)
        #expect(new.collectionCode != old.collectionCode)
    }
}

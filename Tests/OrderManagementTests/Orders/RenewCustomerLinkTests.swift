import OrderManagement
import TestSupport
import Testing

@Suite("Another link for a customer")
struct RenewCustomerLinkTests {
    @Test("The number of an order's link rises, is told, and ends at a limit that permissions know")
    func renewal() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        #expect(try shop.order(id).linkNumber == 1)
        try shop.perform(RenewCustomerLink(order: id))
        #expect(try shop.order(id).linkNumber == 2)
        #expect(try shop.events(id).last == "order.link_renewed")
        let keys = Principal(name: "key_1", scopes: [.ordersRead])
        try expectRefusal(.forbidden, of: RenewCustomerLink(order: id), in: shop, as: keys)
        try expectRefusal(.notFound, of: RenewCustomerLink(order: OrderID(1)), in: shop)
        for _ in 1..<RenewCustomerLink.renewalsMax { try shop.perform(RenewCustomerLink(order: id)) }
        try expectRefusal(.quantityExceeded, of: RenewCustomerLink(order: id), in: shop)
        let permission = try shop.order(id).permissions(.web, at: shop.now).first { $0.action == "customer-links" }
        #expect(permission?.isAllowed == false && permission?.reason != nil)
        try shop.expectClean()
    }

    @Test("The doctor notices a link that nobody told of")
    func untold() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP")
        try shop.perform(RenewCustomerLink(order: id))
        let report = try shop.examine(
            tamperedBy: "UPDATE events SET type = 'order.noted' WHERE type = 'order.link_renewed'")
        #expect(!report.isClean && report.text.contains("Each other link of an order was told."))
    }
}

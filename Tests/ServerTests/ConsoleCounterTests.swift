import OrderManagement
import TestSupport
import Testing

@testable import Server

/// A returns counter: the order is found without a receipt, what may come back is told, and the goods are taken in.
@Suite("A returns counter at the console")
struct ConsoleCounterTests {
    private static let clerk: Set<Scope> = [.ordersRead, .returnsRead, .returnsWrite]

    /// An order of 3 TEE and 1 CAP from London, delivered and paid by a card; the channel keeps a fee for what is
    /// unwanted and pays at receipt.
    private func shop() throws -> (shop: TestSystem, order: OrderID) {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", "CAP@LONDON: 9")
        var cap = Item.plain("CAP")
        cap.barcode = "5012345678900"
        try shop.perform(SaveItems(items: [cap]))
        var policy = ChannelPolicy(stages: [])
        policy.returning.feeFixed = 150
        policy.returning.feePercent = 10
        policy.returning.refundAt = .receipt
        try shop.perform(
            SaveChannel(
                channel: Channel(
                    code: "store", name: "Tills", currency: Channel.till.currency, numberPrefix: "STO-",
                    policy: policy)))
        var order = try PlaceOrder("3 × TEE at 10.00 GBP + 1 × CAP at 5.00 GBP, store")
        order.payments = [.init(provider: "manual", reference: "pay-1", authorized: order.total, cardLast4: "4242")]
        let reply = try JSON.parse(shop.perform(order).body)
        let id = try #require(reply["id"]?.string.flatMap { OrderID($0) })
        try shop.walk(id, to: .delivered)
        return (shop, id)
    }

    @Test("An order of another location is found by card and goods, shown with its terms, priced, and taken back")
    func withoutReceipt() async throws {
        let (shop, id) = try shop()
        let browser = try ConsoleBrowser.signedIn(shop, scopes: Self.clerk, locations: ["YORK"])
        try await browser.open("/console/counter")
        #expect(browser.page.contains("Which order is it?") && browser.page.contains(">Counter</a>"))
        for query in [
            "q=STO-1001", "q=ada%40example.com", "item=5012345678900&card_last4=4242", "item=tee&q=LS1+4AP",
            "q=example&card_last4=4242",
        ] {
            try await browser.open("/console/counter?" + query)
            #expect(browser.page.contains("STO-1001") && browser.page.contains("Take back</a>"), "\(query)")
        }
        for (query, advice) in [
            ("item=TEE", "add a name, a postcode"), ("card_last4=4242", "Many cards end in these digits"),
            ("card_last4=42", "last four digits"), ("item=XXX", "no item with the SKU or barcode XXX"),
            ("q=example", "scan the goods as well"), ("q=%25", "No order found"),
        ] {
            try await browser.open("/console/counter?" + query)
            #expect(browser.page.contains(advice) && !browser.page.contains("STO-1001"), "\(query)")
        }
        try await browser.open("/console/orders/\(id)/return")
        #expect(browser.page.contains("3 until 1 Apr: 25.50 GBP back, 4.50 GBP kept as the fee"), "\(browser.page)")
        #expect(browser.page.contains("3 until 1 Apr: 30.00 GBP back, no fee; we pay the postage"))
        #expect(!browser.page.contains("The whole order"), "it is not theirs to see")
        try await browser.submit(
            "/actions/returns",
            [
                "units-1": "2", "reason-1": "unwanted", "disposition-1": "restock",
                "units-2": "1", "reason-2": "faulty", "disposition-2": "write_off", "condition-2": "torn",
            ])
        for text in [
            "2 × TEE: unwanted, restock", "1 × CAP: faulty, write off", "25.00 GBP", "− 3.50 GBP", "21.50 GBP",
            "to where it came from: manual •••• 4242", "at once",
        ] { #expect(browser.page.contains(text), "\(text)") }
        #expect(try shop.order(id).returns.isEmpty && shop.order(id).refunded == 0)
        try await browser.submit("/returns/commitments")
        #expect(browser.flash == "STO-1001-R1 was taken in: 21.50 GBP goes back.", "\(browser.flash ?? "")")
        let order = try shop.order(id)
        #expect(order.refunded == 2_150 && order.returns[0].state == .settled)
        #expect(order.returns[0].lines.map(\.reason) == [.unwanted, .faulty])
        #expect(order.returns[0].lines[1].condition == "torn")
        #expect(try shop.stock("TEE@YORK") == "available 2" && shop.stock("CAP@YORK") == "nothing")
        #expect(browser.page.contains("3 ordered, 3 sent, 2 back") && browser.page.contains("No unit of CAP"))
        try shop.expectClean()
    }

    @Test("What cannot come back is told with its reason, and what was typed stays")
    func refusals() async throws {
        let (shop, id) = try shop()
        let browser = try ConsoleBrowser.signedIn(shop, scopes: Self.clerk, locations: ["YORK"])
        try await browser.open("/console/orders/STO-1001/return")
        try await browser.submit("/actions/returns", ["units-1": "4", "reason-1": "faulty"])
        #expect(browser.page.contains("Units of TEE must be a whole number in digits alone, from 0 to 3"))
        try await browser.submit("/actions/returns", ["units-1": "2", "reason-1": ""])
        #expect(browser.page.contains("Not done: Why TEE comes back is missing"))
        #expect(browser.page.contains("value=\"2\""))
        try await browser.submit("/actions/returns", ["units-1": "", "units-2": ""])
        #expect(browser.page.contains("no unit was chosen"))
        shop.advance(.days(40))
        let later = try ConsoleBrowser.signedIn(shop, scopes: Self.clerk.union([.stockRead]), locations: ["YORK"])
        try await later.open("/console/orders/\(id)/return?return=units-1%3D1%26reason-1%3Dfaulty%26method%3Dby_post")
        #expect(later.page.contains("3 × TEE could be returned until 1 Apr"), "\(later.page)")
        #expect(!later.page.contains("Show the money") && later.page.contains("Not done:"))
        #expect(try shop.order(id).returns.isEmpty)
    }

    @Test("Who takes nothing back is told so, and sees no orders of others")
    func rights() async throws {
        let (shop, id) = try shop()
        let reader = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .returnsRead], locations: ["YORK"])
        try await reader.send("GET", "/console/counter")
        #expect(reader.status == 403)
        try await reader.send("GET", "/console/orders/\(id)/return")
        #expect(reader.status == 404)
        let office = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .returnsRead, .stockRead])
        try await office.open("/console/orders/\(id)/return")
        #expect(office.status == 200 && office.page.contains("lacks returns:write"))
        #expect(!office.page.contains("Show the money"))
        try await office.send(
            "POST", "/console/orders/\(id)/actions/returns/commitments",
            "form_token=token-of-ada&method=by_post&units-1=1&reason-1=faulty")
        #expect(try shop.order(id).returns.isEmpty)
    }

    @Test("An announced return is found by its label and its parcel, and received line by line over any counter")
    func announced() async throws {
        let (shop, id) = try shop()
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [
                    .init(line: OrderLineID(id, 1), quantity: 2, reason: .unwanted),
                    .init(line: OrderLineID(id, 2), quantity: 1, reason: .faulty),
                ]))
        let back = ReturnID(id, 1)
        try shop.perform(ApproveReturn(id: back))
        try shop.perform(SendReturn(id: back, courier: "postman", tracking: "RB-9"))
        let office = try ConsoleBrowser.signedIn(shop)
        for query in ["", "?q=STO-1001-R1", "?q=rb-9", "?q=RB-9", "?q=5012345678900", "?q=ada", "?status=in_transit"] {
            try await office.open("/console/returns" + query)
            #expect(office.page.contains("STO-1001-R1") == (query != "?q=rb-9"), "\(query)")
        }
        try await office.open("/console/orders?q=STO-1001-R1")
        #expect(office.page.contains("1 order,"))
        try await office.open("/console/returns?status=requested")
        #expect(office.page.contains("No return"))
        let clerk = try ConsoleBrowser.signedIn(shop, scopes: Self.clerk, locations: ["YORK"])
        try await clerk.open("/console/counter?q=RB-9")
        #expect(clerk.page.contains("STO-1001"))
        try await clerk.open("/console/orders/\(id)/return")
        #expect(clerk.page.contains("If all of it is here, 21.50 GBP goes back at once."), "\(clerk.page)")
        try await clerk.submit(
            "/receipts", ["location": "YORK", "disposition-1": "restock", "disposition-2": "refurbish"])
        #expect(clerk.flash == "Return 1 of STO-1001 was received at YORK.", "\(clerk.flash ?? "")")
        #expect(try shop.order(id).refunded == 2_150)
        let lines = try shop.order(id).returns[0].lines
        #expect(lines.map(\.restocked) == [2, 0] && lines.map(\.refurbished) == [0, 1])
        try await clerk.open("/console/returns?status=all")
        #expect(clerk.page.contains("STO-1001-R1"), "it has come to them")
        try shop.expectClean()
    }

    @Test("A cancellation shows its fee, its refund and what is let go before anything is done")
    func cancelling() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.cancelling = CancellingPolicy(fee: .init(amount: 250, percent: 10))
        try shop.perform(
            SaveChannel(
                channel: Channel(
                    code: "store", name: "Tills", currency: Channel.till.currency, numberPrefix: "STO-",
                    policy: policy)))
        let id = try shop.place("3 × TEE at 10.00 GBP, store")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        try await browser.submit("/actions/cancellations", ["units-1": "2", "reason": "customer"])
        for text in [
            "Cancellation, not done yet", "2 × TEE, for the reason customer", "4.50 GBP is kept as the fee",
            "15.50 GBP that was authorized is let go.", "Due is then 14.50 GBP.", "back to stock: 2 × TEE at LONDON",
        ] { #expect(browser.page.contains(text), "\(text)") }
        #expect(try shop.order(id).lines[0].cancelled == 0)
        try await browser.submit("/cancellations/commitments")
        #expect(
            browser.flash == "Cancelled: 2 × TEE. 4.50 GBP is kept as the fee. 4.50 GBP is taken for it. "
                + "15.50 GBP that was authorized is let go. Due is then 14.50 GBP.", "\(browser.flash ?? "")")
        #expect(try shop.order(id).lines[0].cancelled == 2)
        try await browser.submit("/actions/cancellations", ["units-1": "2", "reason": "customer"])
        #expect(browser.flash?.hasPrefix("Not done:") == true)
        try shop.expectClean()
    }
}

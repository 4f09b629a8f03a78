import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Cash at the door by the interface")
struct CashAtTheDoorTests {
    private static let courier = #"""
        {"name": "Vans", "currency": "GBP", "zones": [{"country": "GB", "zone": "home"}],
         "services": [{"code": "day", "name": "Day", "days": 2, "cash_max": 50000,
                       "bands": [{"zone": "home", "weight_g_max": 9000, "price": 400}]}],
         "surcharges": [{"name": "Cash", "amount": 150, "cash": true}]}
        """#

    @Test("What a service collects, and what comes on top for it, is saved and shown as it was said")
    func saved() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9"))
        let answer = try await server.send("PUT", "/v1/couriers/vans", Self.courier)
        #expect(answer.status == 200, "\(answer.text)")
        let shown = try await server.send("GET", "/v1/couriers/vans").json
        #expect(shown["services"]?.array?.first?["cash_max"]?.integer == 50_000)
        #expect(shown["surcharges"]?.array?.first?["cash"]?.bool == true)
        let none = try await server.send(
            "PUT", "/v1/couriers/vans", Self.courier.replacing(#""cash_max": 50000,"#, with: ""))
        #expect(none.errors == ["/surcharges/0/cash invalid_input"], "\(none.text)")
        let zero = try await server.send("PUT", "/v1/couriers/vans", Self.courier.replacing("50000", with: "0"))
        #expect(zero.errors.contains("/services/0/cash_max invalid_input"), "\(zero.text)")
    }

    @Test("A customer who pays at the door is told the amount by mail and by their page until it is paid")
    func told() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", renderer: MustacheRenderer(), mailer: TestMailer())
        var channel = Channel.till
        channel.policy.messages.kinds = [.shipped]
        try shop.perform(SaveChannel(channel: channel))
        let server = try await TestServer(shop)
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, shipping 4.95, paid by \(CashOnDelivery.provider)")
        try shop.walk(id, to: .packed)
        // News find the parcel by its number.
        try shop.perform(
            ShipFulfillment(
                fulfillment: FulfillmentID(id, 1),
                parcels: [.init(parcel: ParcelID(id, 1), courier: "dpd", tracking: "T1")]))
        try await shop.runDueJobs()
        let log = try await server.send("GET", "/v1/orders/\(id)/messages")
        let text = try #require(log.json["data"]?.array?.first?["text"]?.string, "\(log.text)")
        #expect(text.contains("dpd: T1\n\nPlease have 24.95 GBP ready: you pay when it is delivered."))
        let parcel = try await server.send("GET", "/v1/orders/\(id)").json["fulfillments"]?.array?.first?["parcels"]
        #expect(parcel?.array?.first?["cash"]?["amount"]?.integer == 2_495)
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.page.contains("Please have £24.95 ready: you pay when it is delivered."))
        try shop.walk(id, to: .delivered)
        try await browser.open()
        #expect(!browser.page.contains("Please have"))
        try shop.expectClean()
    }

    @Test("A promise to pay is not pending, and a basket is asked about with it")
    func asked() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9"))
        #expect(try await server.send("PUT", "/v1/couriers/vans", Self.courier).status == 200)
        let basket = #"""
            {"channel": "store", "destination": "GB-LS1 4AP", "payment_provider": "cash_on_delivery",
             "lines": [{"sku": "TEE-M", "quantity": 1, "unit_price": {"amount": 60000, "currency": "GBP"}}]}
            """#
        let options = try await server.send("POST", "/v1/promises", basket).json["options"]?.array ?? []
        let words = options.compactMap { $0["unavailable"]?.string }
        #expect(words.contains { $0.contains("collects up to 500.00 GBP at the door, 600.00 GBP are due") })
        let order = try server.system.place("1 × TEE-M at 10.00 GBP, store")
        let pending = try await server.send(
            "POST", "/v1/orders/\(order)/payments",
            #"""
            {"provider": "cash_on_delivery", "reference": "door", "status": "pending",
             "authorized": {"amount": 1, "currency": "GBP"}}
            """#, once: "door")
        #expect(pending.errors == ["/status invalid_input"], "\(pending.text)")
    }
}

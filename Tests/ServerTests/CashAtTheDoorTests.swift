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

    /// A shop whose vans collect at the door and that labels as it packs; with an order of 24.95 in two boxes.
    private func labelled() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", renderer: MustacheRenderer())
        try shop.perform(SaveCouriers(couriers: [Courier.vans.changingServices { $0.cashMax = 50_000 }]))
        var channel = Channel.till
        channel.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store, shipping 4.95, paid by \(CashOnDelivery.provider)")
        try shop.walk(id, to: .picking)
        let box = PackFulfillment.Box(lines: [.init(line: OrderLineID(id, 1), quantity: 1)], weightGrams: 500)
        try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [box, box]))
        return (shop, id)
    }

    @Test("A hand-over says what its courier collects, parcel by parcel and in all, before it leaves and after")
    func handedOver() async throws {
        let (shop, id) = try labelled()
        let server = try await TestServer(shop)
        let path = "/v1/hand-overs?location=LONDON&courier=vans"
        let waiting = try await server.send("GET", path).json
        func amounts(_ list: JSON?) -> [Int64?] { (list?.array ?? []).map { $0["cash"]?["amount"]?.integer } }
        #expect(amounts(waiting["parcels"]) == [1_495, 1_000])
        #expect(waiting["cash"]?.array?.map { $0["amount"]?.integer } == [2_495])
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/hand-overs?location=LONDON")
        #expect(browser.page.contains("24.95 GBP to be collected at the door"))
        let left = try await server.send(
            "POST", "/v1/hand-overs", #"{"fulfillments": ["\#(FulfillmentID(id, 1))"]}"#, once: "leaves")
        let closed = try #require(left.json["hand_overs"]?.array?.first?["id"]?.string, "\(left.text)")
        let list = try await server.send("GET", "/v1/hand-overs/\(closed)").json
        #expect(amounts(list["list"]) == [1_495, 1_000] && list["cash"]?.array?.first?["currency"]?.string == "GBP")
        let other = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(other, to: .packed)
        let paid = try await server.send("GET", path).json
        #expect(paid["cash"]?.array?.isEmpty == true && paid["parcels"]?.array?.first?["cash"]?.isNull == true)
    }

    @Test("The order's page says what each parcel asks for, or brought, and what is still to come")
    func shown() async throws {
        let (shop, id) = try labelled()
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        #expect(browser.page.contains("asks for 14.95 GBP at the door"))
        #expect(browser.page.contains("asks for 10.00 GBP at the door"))
        #expect(browser.page.contains("Promised at the door") && browser.page.contains("24.95 GBP"))
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1)))
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 1)))
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        try await browser.open("/console/orders/\(id)")
        #expect(browser.page.contains("14.95 GBP paid at the door"))
        #expect(browser.page.contains("asked for 10.00 GBP at the door, not paid"))
        #expect(!browser.page.contains("Promised at the door"))
        try shop.expectClean()
    }
}

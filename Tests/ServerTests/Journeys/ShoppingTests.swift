import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// The first journey: from the first look at a shop's page to an order that is accepted.
@Suite("The customer shops")
struct ShoppingTests {
    @Test("What is promised is there: seen, reserved, let go, reserved again and bought, and the shop is told of it")
    func shops() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-M@YORK: 2"))
        // One of London's five is kept back, so that six can be promised: four sent from there, two at the store.
        try await story.put(
            "/v1/stock/safety", #"[{"sku": "TEE-M", "location": "LONDON", "safety": 1}]"#)
        #expect(try await story.available("TEE-M") == "6, to ship 6, at YORK 2")
        let dated = try await story.get("/v1/availability?channel=web&sku=TEE-M&destination=GB-LS1%204AP")
        let delivery = dated["data"]?.array?.first?["delivery"]?.array?.first
        #expect(delivery?["ship_by"]?.string == "2026-03-02T16:00:00Z", "\(dated.text)")

        // A checkout keeps three for a quarter of an hour. Everybody else sees three.
        let reserving = #"{"channel": "web", "lines": [{"sku": "TEE-M", "quantity": 3}], "expires_in": 900}"#
        let seen = dated["data"]?.array?.first?["position"]?.integer ?? 0
        try await story.post("/v1/reservations", reserving, expect: 201)
        #expect(try await story.available("TEE-M").hasPrefix("3, "))
        #expect(try await story.events("stock.", after: seen).contains("stock.reserved"))

        // The customer walks away. The quarter is over, and the units are back by themselves.
        try await story.wait(.minutes(14))
        #expect(try await story.available("TEE-M").hasPrefix("3, "))
        try await story.wait(.minutes(1))
        #expect(try await story.available("TEE-M") == "6, to ship 6, at YORK 2")

        // And comes again, and buys: what was reserved becomes the order's, in the same commit.
        let kept = try await story.post("/v1/reservations", reserving, expect: 201)
        var basket = Basket(.init("TEE-M", 3, at: 1_000))
        basket.reservation = kept["id"]?.string
        let order = try await story.place(basket)
        #expect(
            try await story.order(order)
                == "open allocated authorized; TEE-M 3: allocated 3; due 3495 captured 0 refunded 0")
        #expect(try await story.available("TEE-M").hasPrefix("3, "))
        let held = [try story.stock("TEE-M@LONDON"), try story.stock("TEE-M@YORK")]
        #expect(held.contains { $0.contains("allocated") } && !held.contains { $0.contains("reserved") })
        try story.server.system.expectClean()
    }

    @Test("An order is placed once, however often the shop sends it, and nothing is sold twice")
    func placesOnce() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 5"))
        var basket = Basket(.init("TEE-M", 2, at: 1_000))
        basket.externalID = "100000123"
        let first = try await story.server.send("POST", "/v1/orders", basket.text, once: "checkout-1")
        #expect(first.status == 201 && first.header("Location") != nil)
        // The answer was lost on the way: the same request brings the same reply.
        let again = try await story.server.send("POST", "/v1/orders", basket.text, once: "checkout-1")
        #expect(again.status == 201 && again.text == first.text)
        // The shop was restarted and has forgotten its key: its own number brings the order.
        let later = try await story.server.send("POST", "/v1/orders", basket.text, once: "checkout-2")
        #expect(later.status == 200 && later.json["id"] == first.json["id"])
        // The same number for something else is a mistake of the shop.
        basket.lines = [.init("TEE-M", 1, at: 1_000)]
        try await story.refused("/v1/orders", basket.text, "external_id_used")
        #expect(try story.stock("TEE-M@LONDON") == "available 3, allocated 2")
        let found = try await story.get("/v1/orders?external_id=100000123")
        #expect(found["data"]?.array?.count == 1)
        try story.server.system.expectClean()
    }

    @Test("What is not there is refused or promised by its supply, as the channel says; units are taken for both")
    func beyondStock() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 3"))
        try await story.put(
            "/v1/channels/outlet",
            #"""
            {"name": "Outlet", "currency": "GBP", "buffer": 1, "policy": {"stages": [], "shortfall": "refuse"}}
            """#)
        #expect(try await story.available("TEE-M", on: "outlet").hasPrefix("2, "))
        let no = try await story.refused(
            "/v1/orders", Basket(.init("TEE-M", 3, at: 1_000), on: "outlet").text, "insufficient_stock")
        #expect(no.contains("TEE-M") && no.contains("2"), "\(no)")
        #expect(try story.stock("TEE-M@LONDON") == "available 3")

        // Five hundred are on their way. The page shows when; who orders ten gets three now and a date for seven.
        try await story.post(
            "/v1/stock/inbound",
            #"""
            {"location": "LONDON", "reference": "PO-7", "due": "2026-03-09T08:00:00Z",
             "lines": [{"sku": "TEE-M", "quantity": 500}]}
            """#, expect: 201)
        let page = try await story.get("/v1/availability?channel=web&sku=TEE-M")
        #expect(page["data"]?.array?.first?["next_supply"]?.text == #"{"date":"2026-03-09","quantity":500}"#)
        let order = try await story.place(Basket(.init("TEE-M", 10, at: 1_000)))
        #expect(try await story.order(order).contains("TEE-M 10: backordered 7, allocated 3"))
        try await story.server.system.runDueJobs()
        let line = try await story.get("/v1/orders/" + order)["lines"]?.array?.first
        #expect(line?["expected_at"]?.string?.hasPrefix("2026-03-09") == true, "\(line?.text ?? "")")
        #expect(try await story.available("TEE-M").hasPrefix("0, "))

        // The supply comes, and the seven are the customer's before anybody else's.
        let inbound = try await story.get("/v1/stock/inbound")["data"]?.array?.first?["id"]?.string ?? ""
        try await story.post("/v1/stock/inbound/\(inbound)/receipts")
        try await story.server.system.runDueJobs()
        #expect(try await story.order(order).contains("TEE-M 10: allocated 10"))
        #expect(try await story.available("TEE-M").hasPrefix("493, "))
        try story.server.system.expectClean()
    }
}

import Connectors
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Couriers come when they are called, and what customers send back is followed: all by calls, and at the console.
@Suite("Couriers are called, and bring back")
struct CollectingTests {
    private func shop(_ courier: TestCourier) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", connections: [courier])
        try shop.perform(SaveCouriers(couriers: [.post, .vans]))
        var till = Channel.till
        till.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: till))
        return shop
    }

    @Test("A courier is called for what waits, comes otherwise, and is told not to come")
    func pickups() async throws {
        let courier = TestCourier()
        let story = try await Story(try shop(courier))
        let window = #""ready": "2026-03-02T14:00:00Z", "closes": "2026-03-02T16:00:00Z""#
        let nothing = #"{"location": "LONDON", "courier": "post", \#(window)}"#
        try await story.refused("/v1/courier-pickups", nothing, "invalid_input")
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "store"))
        try await story.pack(try await story.part(order, at: "LONDON"))
        try await story.server.system.runDueJobs()
        let called = try await story.post("/v1/courier-pickups", nothing, expect: 201)
        let path = "/v1/courier-pickups/" + (called["id"]?.string ?? "")
        #expect(called["status"]?.string == "requested" && called["parcels"]?.integer == 1)
        #expect((called["weight_g"]?.integer ?? 0) > 0)
        try await story.server.system.runDueJobs()
        let booked = try await story.get(path)
        #expect(booked["status"]?.string == "booked" && booked["reference"]?.string == "pickup-1")
        let changed = try await story.post(path + "/changes", #"{"parcels": 4}"#, expect: 201)
        #expect(changed["status"]?.string == "changing" && changed.at("change.parcels")?.integer == 4)
        try await story.server.system.runDueJobs()
        #expect(try await story.get(path)["parcels"]?.integer == 4)
        try await story.post(path + "/cancellations", "{}", expect: 201)
        try await story.server.system.runDueJobs()
        for query in ["", "&courier=post"] {
            let page = try await story.get("/v1/courier-pickups?location=LONDON" + query)
            #expect(page.at("data.0.status")?.string == "cancelled" && page["next_cursor"]?.isNull == true)
        }
        #expect(try await story.get("/v1/courier-pickups?location=LONDON&courier=vans").at("data.0") == nil)
        try await story.refused(path + "/cancellations", "{}", "illegal_transition")
        try await story.refused(
            "/v1/courier-pickups", #"{"location": "LONDON", "courier": "dhl", "parcels": 1, \#(window)}"#,
            "unknown_courier")
        try story.server.system.expectClean()
    }

    @Test("What a customer sends back is followed under its number, by the same call as parcels")
    func returns() async throws {
        let story = try await Story(try shop(TestCourier()))
        let order = try await story.place(Basket(.init("TEE-M", 1, at: 1_000), on: "store"))
        let part = try await story.part(order, at: "LONDON")
        try await story.pack(part)
        try await story.server.system.runDueJobs()
        try await story.post(part + "/shipments")
        try await story.post(part + "/deliveries")
        let back = try await story.post(
            "/v1/returns",
            #"""
            {"order": "\#(order)", "method": "by_post", "location": "LONDON",
             "lines": [{"line": "\#(story.line(order))", "quantity": 1, "reason": "unwanted"}]}
            """#, expect: 201)
        let path = "/v1/returns/" + (back["id"]?.string ?? "")
        #expect(back["way"]?.isNull == true)
        try await story.post(path + "/approvals")
        let labelled = try await story.post(path + "/labels", #"{"courier": "post", "tracking": "RT-1"}"#)
        #expect(labelled["tracking"]?.string == "RT-1" && labelled["status"]?.string == "approved")
        let told = try await story.post(
            "/v1/tracking-events",
            #"{"courier": "post", "tracking": "RT-1", "status": "in_transit", "at": "\#(story.server.system.now)"}"#,
            expect: 201)
        #expect(told.at("return.status")?.string == "in_transit" && told["parcel"] == nil)
        #expect(told.at("return.way.status")?.string == "in_transit" && told["outcome"]?.string == "moved")
        let events = try await story.events("return.")
        #expect(events.suffix(3).map { $0.split(separator: " ")[0] } == [
            "return.labelled", "return.in_transit", "return.tracked",
        ])
        try story.server.system.expectClean()
    }

    @Test("The hand-over page shows what waits, hands it over and calls who takes it")
    func page() async throws {
        let courier = TestCourier()
        let shop = try shop(courier)
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        let browser = try ConsoleBrowser.signedIn(shop)
        // Without a location it opens where parcels wait, and says how many.
        try await browser.open("/console/hand-overs")
        #expect(browser.page.contains("LONDON (1)") && !browser.page.contains("LEEDS ("))
        #expect(browser.page.contains("The post") && browser.page.contains("1 parcel, 1.0 kg"))
        #expect(browser.page.contains("Nothing waits") && browser.links("List").count == 1)
        try await browser.submit(
            "/console/courier-pickups", ["day": "2026-03-02", "ready": "14:00", "closes": "16:30", "note": "ring"],
            button: "Call the courier")
        #expect(browser.flash == "The courier is called." && browser.page.contains("Being called"))
        try await shop.runDueJobs()
        #expect(courier.pickups == ["2026-03-02 14:00-16:30 1"])
        try await browser.open("/console/hand-overs?location=LONDON")
        #expect(browser.page.contains("Comes") && browser.page.contains("2 Mar, 14:00"))
        try await browser.submit("/changes", ["closes": "noon"])
        #expect(browser.flash?.hasPrefix("Not done: Until must be a time of a day") == true)
        try await browser.submit("/changes", ["closes": "17:00", "parcels": "2"])
        try await shop.runDueJobs()
        #expect(courier.pickups.last == "2026-03-02 14:00-17:00 2")
        try await browser.open("/console/hand-overs?location=LONDON")
        try await browser.submit("/console/hand-overs", button: "Hand over")
        #expect(browser.flash?.hasPrefix("Handed over.") == true)
        #expect(browser.page.contains("Manifest asked for") && browser.links("List").count >= 1)
        #expect(browser.page.contains(#"data-label="By"><bdi>Ada Byron</bdi>"#), "people have names")
        #expect(try shop.order(id).fulfillments[0].state == .shipped)
        try await browser.submit("/cancellations", button: "Cancel")
        try await shop.runDueJobs()
        try await browser.open("/console/hand-overs?location=LONDON")
        #expect(browser.page.contains("Cancelled"))
        let reader = try ConsoleBrowser.signedIn(shop, scopes: [.fulfillmentsRead, .ordersRead])
        try await reader.open("/console/hand-overs")
        #expect(reader.status == 200 && !reader.page.contains("Call the courier"))
        try await reader.open("/console/hand-overs?location=PARIS")
        #expect(reader.page.contains("Choose a location"))
        try shop.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Some of several boxes have left, by call and at the console")
struct BoxSettlementTests {
    /// Two boxes with a label each, of an order that was cancelled since.
    private func shop() throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var channel = Channel.till
        channel.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        let box = PackFulfillment.Box(lines: [.init(line: OrderLineID(id, 1), quantity: 1)], weightGrams: 500)
        try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [box, box]))
        try shop.perform(CancelOrder(order: id, reason: .customer))
        return (shop, id)
    }

    @Test("The exception offers it, and asks which; a box that is named twice is refused, the answer settles it")
    func call() async throws {
        let (shop, id) = try shop()
        let server = try await TestServer(shop)
        let shown = try #require(try await server.send("GET", "/v1/exceptions").json["data"]?.array?.first)
        let action = try #require(shown["actions"]?.array?.last)
        #expect(action["missing"]?.array?.map(\.string) == ["parcels"] && action["action"]?.string == "settlements")
        #expect(action["body"]?["outcome"]?.string == "left")
        let path = action["path"]?.string ?? ""
        let wrong = try await server.send("POST", path, #"{"outcome": "left", "parcels": []}"#, once: "a")
        #expect(wrong.status == 400, "\(wrong.text)")
        let twice = #"{"outcome": "left", "parcels": ["\#(ParcelID(id, 2))", "\#(ParcelID(id, 2))"]}"#
        let doubled = try await server.send("POST", path, twice, once: "c")
        #expect(doubled.errors == ["/parcels/1 invalid_input"], "\(doubled.text)")
        #expect(doubled.text.contains("named before, at /parcels/0"), "\(doubled.text)")
        let body = #"{"outcome": "left", "parcels": ["\#(ParcelID(id, 2))"]}"#
        let done = try await server.send("POST", path, body, once: "b")
        #expect(done.status == 201 && done.json["resolution"]?.string?.contains("box 2; no other left") == true)
        #expect(try shop.stock("TEE@LONDON") == "available 8")
        try shop.expectClean()
    }

    @Test("At the console somebody says of each box whether it was stopped")
    func console() async throws {
        let (shop, _) = try shop()
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/exceptions")
        try await browser.submit("/actions", ["box-1": "stopped", "box-2": "stopped"], button: "Some boxes have left")
        let words = "Not done: no box is said to have left: choose \u{201C}It has left\u{201D} for each that did; "
            + "where all were stopped, it is \u{201C}Put back\u{201D} that says so."
        #expect(browser.flash == words, "\(browser.flash ?? "")")
        try await browser.submit("/actions", ["box-1": "left"], button: "Some boxes have left")
        #expect(browser.flash == "Done: Some boxes have left.")
        #expect(try shop.stock("TEE@LONDON") == "available 8")
        try shop.expectClean()
    }
}

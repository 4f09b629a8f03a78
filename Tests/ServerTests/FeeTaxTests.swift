import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Fees are shares of what was paid, taxes included, and answers say which part of them is taxes.
@Suite("Fees and their taxes")
struct FeeTaxTests {
    /// Two units at 10.00 net with 4.00 tax, on a channel that keeps a tenth of what is given up or comes back.
    private func order(paidBy provider: String = "manual") async throws -> (server: TestServer, id: OrderID) {
        let server = try await TestServer(
            try TestSystem(stock: "TEE-M@LONDON: 9", providers: [TestProvider("card")]))
        let saved = try await server.send(
            "PUT", "/v1/channels/web",
            #"""
            {"name": "Web", "currency": "GBP", "number_prefix": "WEB-",
             "policy": {"stages": [], "cancelling": {"fee": {"percent": 10}},
                        "returning": {"fee_percent": 10, "refund_at": "receipt"}}}
            """#)
        #expect(saved.status == 200, "\(saved.text)")
        let placed = try await server.place([#""provider": "manual""#: #""provider": "\#(provider)""#])
        return (server, try #require(placed.json["id"]?.string.flatMap { OrderID($0) }))
    }

    private func amounts(_ json: JSON, _ names: String...) -> [Int64?] {
        names.map { json[$0]?["amount"]?.integer }
    }

    @Test("A cancellation's preview and the cancellation itself say the same")
    func cancelling() async throws {
        let (server, id) = try await order()
        let line = OrderLineID(id, 1)
        let body = #"{"reason": "customer", "lines": [{"line": "\#(line)", "quantity": 1}]}"#
        for query in ["?preview=true", ""] {
            let path = "/v1/orders/\(id)/cancellations\(query)"
            let answer = try await server.send("POST", path, body, once: "c\(query)")
            #expect(amounts(answer.json, "fee", "fee_tax") == [120, 20], "\(answer.text)")
        }
        try server.system.expectClean()
    }

    @Test("A return's preview and the return itself mean the same by worth, fee and refund")
    func returning() async throws {
        let (server, id) = try await order()
        try server.system.walk(id, to: .delivered)
        func body(_ reason: String) -> String {
            #"""
            {"order": "\#(id)", "method": "in_store", "location": "YORK",
             "lines": [{"line": "\#(OrderLineID(id, 1))", "quantity": 1, "reason": "\#(reason)",
                        "disposition": "restock"}]}
            """#
        }
        try await server.system.runDueJobs()
        let preview = try await server.send("POST", "/v1/returns?preview=true", body("unwanted"), once: "p").json
        #expect(amounts(preview, "worth", "fee", "fee_tax", "set_off", "refund") == [1_200, 120, 20, 0, 1_080])
        #expect(preview["not_paid_back"]?.isNull == true)
        #expect(try amounts(#require(preview["return"]), "worth", "fee") == [0, 0], "nothing is credited yet")
        let done = try await server.send("POST", "/v1/returns", body("unwanted"), once: "r").json
        #expect(amounts(done, "worth", "fee", "fee_tax", "refunded") == [1_200, 120, 20, 1_080])
        let free = try await server.send("POST", "/v1/returns", body("faulty"), once: "f").json
        #expect(amounts(free, "worth", "fee", "fee_tax", "refunded") == [1_200, 0, 0, 1_200])
        try server.system.expectClean()
    }

    @Test("What is still being captured is not paid back at once: the preview says so")
    func capturing() async throws {
        let (server, id) = try await order(paidBy: "card")
        try server.system.walk(id, to: .delivered)
        let body = #"""
            {"order": "\#(id)", "method": "by_post",
             "lines": [{"line": "\#(OrderLineID(id, 1))", "quantity": 1, "reason": "faulty"}]}
            """#
        let early = try await server.send("POST", "/v1/returns?preview=true", body, once: "e").json
        #expect(amounts(early, "worth", "fee", "refund") == [1_200, 0, 0], "what is faulty costs no fee")
        #expect(early["not_paid_back"]?["amount"]?["amount"]?.integer == 1_200)
        #expect(early["not_paid_back"]?["reason"]?.string == "capture_pending")
        try await server.system.runDueJobs()
        let late = try await server.send("POST", "/v1/returns?preview=true", body, once: "l").json
        #expect(amounts(late, "refund") == [1_200] && late["not_paid_back"]?.isNull == true)
    }

    @Test("What was never paid for is set off in the preview as in the return")
    func setOff() async throws {
        let (server, _) = try await order()
        let paid = #""authorized": {"amount": 2895"#
        let text = NewOrderText.changed([paid: paid.replacing("2895", with: "1000")])
        let placed = try await server.send("POST", "/v1/orders", text, once: "u")
        guard let id = placed.json["id"]?.string.flatMap({ OrderID($0) }) else { return }
        try server.system.walk(id, to: .delivered)
        try await server.system.runDueJobs()
        let body = #"""
            {"order": "\#(id)", "method": "in_store", "location": "YORK",
             "lines": [{"line": "\#(OrderLineID(id, 1))", "quantity": 2, "reason": "faulty", "disposition": "restock"}]}
            """#
        let preview = try await server.send("POST", "/v1/returns?preview=true", body, once: "p").json
        let done = try await server.send("POST", "/v1/returns", body, once: "r").json
        #expect(amounts(preview, "worth", "refund") == [2_400, done["refunded"]?["amount"]?.integer])
        #expect(amounts(preview, "set_off") == [1_895] && amounts(done, "set_off") == [1_895])
        let browser = try ConsoleBrowser.signedIn(server.system)
        try await browser.open("/console/orders/\(id)")
        #expect(browser.page.contains("18.95 GBP set off: the customer still owed that"))
        try server.system.expectClean()
    }
}

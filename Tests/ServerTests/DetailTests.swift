import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// What a request says beside its quantities is used, and shown again.
@Suite("What requests say is used")
struct DetailTests {
    private func post(_ server: TestServer, _ path: String, _ body: String) async throws -> TestServer.Answer {
        try await server.send("POST", path, body, once: UUID().uuidString)
    }

    /// An order on the tills, walked to a state.
    private func order(_ text: String, at state: Fulfillment.State, _ server: TestServer) throws -> OrderID {
        let id = try server.system.place(text + " at 10.00 GBP, store")
        try server.system.walk(id, to: state)
        return id
    }

    private func units(_ id: OrderID, _ quantity: Int64) -> String {
        #"[{"line": "\#(OrderLineID(id, 1))", "quantity": \#(quantity)}]"#
    }

    @Test("captures and refunds: payment and lines")
    func payments() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let id = try order("2 × TEE-M", at: .accepted, server)
        let path = "/v1/orders/\(id)/"
        let pounds = #""amount": {"amount": 500, "currency": "GBP"}"#
        let own = #""payment": "\#(PaymentID(id, 1))""#
        let foreign = #""payment": "\#(PaymentID(id, 2))""#
        for noun in ["captures", "refunds"] {
            let wrong = try await post(server, path + noun, "{\(pounds), \(foreign)}")
            #expect(wrong.status == 422 && wrong.errors == ["/payment unknown_payment"], "\(wrong.text)")
            let many = try await post(server, path + noun, #"{\#(pounds), "lines": \#(units(id, 3))}"#)
            #expect(many.errors == ["/lines/0/quantity quantity_exceeded"], "\(many.text)")
            let done = try await post(server, path + noun, #"{\#(pounds), \#(own), "lines": \#(units(id, 1))}"#)
            #expect(done.status == 201, "\(done.text)")
            #expect(done.json["payment"]?.string == PaymentID(id, 1).description)
            #expect(done.json["lines"]?.array?.first?["quantity"]?.integer == 1)
            #expect(done.json["order"]?["id"]?.string == id.description)
        }
        let over = try await post(server, path + "refunds", "{\(pounds)}")
        #expect(over.code == "amount_exceeds_captured" && over.errors.first?.hasPrefix("/amount") == true)
        try server.system.expectClean()
    }

    @Test("deliveries: at")
    func deliveries() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let id = try order("1 × TEE-M", at: .shipped, server)
        let path = "/v1/fulfillments/\(FulfillmentID(id, 1))/deliveries"
        server.system.advance(.hours(3))
        for wrong in ["2026-03-01T10:00:00Z", "2026-03-03T10:00:00Z"] {
            let answer = try await post(server, path, #"{"at": "\#(wrong)"}"#)
            #expect(answer.errors == ["/at invalid_input"], "\(answer.text)")
        }
        let done = try await post(server, path, #"{"at": "2026-03-02T11:30:00Z"}"#)
        #expect(done.json["updated_at"]?.string == "2026-03-02T11:30:00Z", "\(done.text)")
    }

    @Test("collections: code")
    func collections() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@YORK: 5"))
        let id = try server.system.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try server.system.walk(id, to: .ready)
        let path = "/v1/fulfillments/\(FulfillmentID(id, 1))"
        let code = try #require(try await server.send("GET", path).json["collection_code"]?.string)
        let wrong = try await post(server, path + "/collections", #"{"collected_by": "Ada", "code": "x"}"#)
        #expect(wrong.status == 422 && wrong.errors == ["/code wrong_code"], "\(wrong.text)")
        let done = try await post(server, path + "/collections", #"{"collected_by": "Ada", "code": "\#(code)"}"#)
        #expect(done.json["status"]?.string == "collected", "\(done.text)")
    }

    @Test("receipts: condition; a return below its order carries the order, one by itself names it")
    func returns() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let id = try order("2 × TEE-M", at: .delivered, server)
        let line = #"{"line": "\#(OrderLineID(id, 1))", "quantity": 1, "reason": "unwanted"}"#
        let below = try await post(
            server, "/v1/orders/\(id)/returns", #"{"method": "by_post", "lines": [\#(line)]}"#)
        #expect(below.status == 201 && below.json["order"]?["return_status"]?.string == "requested", "\(below.text)")
        let path = "/v1/returns/" + (below.json["id"]?.string ?? "")
        _ = try await post(server, path + "/approvals", "{}")
        let received = try await post(
            server, path + "/receipts",
            #"""
            {"location": "LONDON",
             "lines": [{"line": "\#(OrderLineID(id, 1))", "quantity": 1, "condition": "box torn"}]}
            """#)
        #expect(received.json["lines"]?.array?.first?["condition"]?.string == "box torn", "\(received.text)")
        #expect(received.json["order"]?.string == id.description)
        let foreign = try await post(
            server, "/v1/returns",
            #"{"order": "ord_0000000000000", "method": "by_post", "lines": [\#(line)]}"#)
        #expect(foreign.status == 422 && foreign.code == "unknown_order", "\(foreign.text)")
        #expect(foreign.errors.first?.hasPrefix("/order ") == true)
        try server.system.expectClean()
    }

    @Test("availability: destination")
    func destination() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let path = "/v1/availability?channel=web&sku=TEE-M"
        #expect(try await server.send("GET", path).json["data"]?.array?.first?["delivery"] == nil)
        let wrong = try await server.send("GET", path + "&destination=Leeds")
        #expect(wrong.status == 400 && wrong.errors == ["?destination invalid_input"], "\(wrong.text)")
        let found = try await server.send("GET", path + "&destination=GB-LS1%204AP")
        let options = found.json["data"]?.array?.first?["delivery"]?.array
        #expect(options?.map { $0["service"]?.string } == ["standard", "express"], "\(found.text)")
        #expect(options?.first?["deliver_by"]?.string != nil)
        let many = try await post(
            server, "/v1/availability", #"{"channel": "web", "skus": ["TEE-M"], "destination": "nowhere"}"#)
        #expect(many.errors == ["/destination invalid_input"], "\(many.text)")
    }

    @Test("tracking events: at, and what is told once more changes nothing")
    func tracking() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let id = try order("1 × TEE-M", at: .packed, server)
        func tell(_ status: String, _ at: String, _ event: String) async throws -> TestServer.Answer {
            try await server.send(
                "POST", "/v1/tracking-events",
                #"""
                {"courier": "postman", "tracking": "T-1", "status": "\#(status)", "at": "\#(at)",
                 "courier_event_id": "\#(event)"}
                """#)
        }
        let early = try await tell("in_transit", "2026-03-02T10:00:00Z", "E1")
        #expect(early.status == 422 && early.errors == ["/tracking unknown_parcel"], "\(early.text)")
        _ = try await post(
            server, "/v1/fulfillments/\(FulfillmentID(id, 1))/shipments",
            #"{"parcels": [{"parcel": "\#(ParcelID(id, 1))", "courier": "postman", "tracking": "T-1"}]}"#)
        server.system.advance(.hours(4))
        let first = try await tell("in_transit", "2026-03-02T10:00:00Z", "E1")
        #expect(first.status == 201 && first.json["changed"]?.bool == true, "\(first.text)")
        #expect(try await tell("exception", "2026-03-02T12:00:00Z", "E2").json["changed"]?.bool == true)
        #expect(try await tell("in_transit", "2026-03-02T10:00:00Z", "E1").json["changed"]?.bool == false)
        #expect(try await tell("in_transit", "2026-03-02T11:00:00Z", "E3").json["changed"]?.bool == false)
        #expect(try server.system.order(id).parcels[0].state == .exception)
        try server.system.expectClean()
    }

    @Test("channels: version and If-Match")
    func channels() async throws {
        let server = try await TestServer(try TestSystem())
        let path = "/v1/channels/web"
        let read = try await server.send("GET", path)
        let changed = read.text.replacingOccurrences(of: #""buffer":0"#, with: #""buffer":2"#)
        let saved = try await server.send("PUT", path, changed)
        #expect(saved.status == 200 && saved.json["buffer"]?.integer == 2, "\(saved.text)")
        let stale = try await server.send("PUT", path, read.text)
        #expect(stale.status == 412 && stale.code == "stale_version", "\(stale.text)")
        let matched = try await server.send(
            "PUT", path, saved.text, headers: ["If-Match": read.header("ETag") ?? ""])
        #expect(matched.status == 412, "\(matched.text)")
        #expect(try await server.send("PUT", path, saved.text).status == 200)
    }

    @Test("channels: stages once each, a state that can be cancelled, numbers of their own")
    func channelRules() async throws {
        let server = try await TestServer(try TestSystem())
        let body = #"{"name": "Shop", "currency": "GBP", "number_prefix": "PREFIX", "policy": {POLICY}}"#
        func save(_ policy: String, prefix: String = "NEW-") async throws -> TestServer.Answer {
            try await server.send(
                "PUT", "/v1/channels/new",
                body.replacingOccurrences(of: "POLICY", with: policy).replacingOccurrences(of: "PREFIX", with: prefix))
        }
        let twice = try await save(#""stages": ["fraud", "fraud"]"#)
        #expect(twice.errors == ["/policy/stages invalid_input"], "\(twice.text)")
        let sent = try await save(#""cancellable_until": "shipped""#)
        #expect(sent.errors == ["/policy/cancellable_until invalid_input"], "\(sent.text)")
        for prefix in ["WEB-", "WEB-1", "WEB-10"] {
            let taken = try await save("", prefix: prefix)
            #expect(taken.errors == ["/number_prefix invalid_input"], "\(prefix): \(taken.text)")
        }
        #expect(try await save("", prefix: "WEB-B-").status == 200)
    }

    @Test("picks: short units move stock, and need a key")
    func picks() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let id = try order("2 × TEE-M", at: .accepted, server)
        let path = "/v1/fulfillments/\(FulfillmentID(id, 1))/picks"
        let short = #"{"lines": [{"line": "\#(OrderLineID(id, 1))", "quantity": 1, "short": 1}]}"#
        let refused = try await server.send("POST", path, short)
        #expect(refused.status == 400 && refused.code == "key_required", "\(refused.text)")
        #expect(try await post(server, path, short).json["status"]?.string == "picking")
        #expect(try await server.send("POST", path, "{}").status == 200)
        try server.system.expectClean()
    }

    @Test("settlements: an amount goes with a refund only")
    func settlements() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let id = try order("1 × TEE-M", at: .delivered, server)
        try server.system.perform(
            RequestReturn(
                order: id, method: .inStore, location: "YORK",
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)]))
        let path = "/v1/returns/\(ReturnID(id, 1))"
        _ = try await post(
            server, path + "/inspections",
            #"{"lines": [{"line": "\#(OrderLineID(id, 1))", "quantity": 1, "disposition": "restock"}]}"#)
        let answer = try await post(
            server, path + "/settlements", #"{"refund": "none", "amount": {"amount": 5, "currency": "GBP"}}"#)
        #expect(answer.errors == ["/amount invalid_input"], "\(answer.text)")
    }
}

import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// An order's life by calls alone.
@Suite("An order walks over HTTP")
struct WalkingTests {
    private func post(_ server: TestServer, _ path: String, _ body: String, expect status: Int = 200) async throws
        -> JSON
    {
        let answer = try await server.send("POST", path, body, once: UUID().uuidString)
        #expect(answer.status == status, "\(path): \(answer.text)")
        return answer.json
    }

    @Test("From placing to the door, and back by return with its refund")
    func wholeWay() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 10"))
        let placed = try await server.place().json
        let order = "/v1/orders/" + (placed["id"]?.string ?? "")
        let name = placed["fulfillments"]?.array?.first?["id"]?.string ?? ""
        let line = placed["lines"]?.array?.first?["id"]?.string ?? ""
        let fulfillment = "/v1/fulfillments/" + name
        _ = try await post(server, order + "/stages/remorse", #"{"result": "passed"}"#)
        for (noun, body, state) in [
            ("acceptances", "{}", "accepted"), ("picks", "{}", "picking"),
            (
                "packings", #"{"parcels": [{"lines": [{"line": "\#(line)", "quantity": 2}], "weight_g": 900}]}"#,
                "packed"
            ),
            ("unpackings", "{}", "picking"),
            (
                "packings",
                #"{"parcels": [{"lines": [{"line": "\#(line)", "quantity": 2}], "weight_g": 9, "size_mm": [3,2,1]}]}"#,
                "packed"
            ),
        ] {
            let view = try await post(server, fulfillment + "/" + noun, body)
            #expect(view["status"]?.string == state)
        }
        let packed = try await server.send("GET", fulfillment).json
        let parcel = packed["parcels"]?.array?.last?["id"]?.string ?? ""
        let shipped = try await post(
            server, fulfillment + "/shipments",
            #"{"parcels": [{"parcel": "\#(parcel)", "courier": "postman", "tracking": "T-1"}]}"#)
        #expect(shipped["status"]?.string == "shipped")
        _ = try await post(
            server, "/v1/tracking-events",
            #"{"courier": "postman", "tracking": "T-1", "status": "in_transit", "at": "2026-03-02T11:00:00Z"}"#,
            expect: 201)
        _ = try await post(server, fulfillment + "/deliveries", "{}")
        try await server.system.runDueJobs()
        let done = try await server.send("GET", order).json
        #expect(done["status"]?.string == "completed", "\(done.text)")
        #expect(done["payment_status"]?.string == "captured")

        let back = try await post(
            server, order + "/returns",
            #"""
            {"method": "by_post", "location": "LONDON",
             "lines": [{"line": "\#(line)", "quantity": 1, "reason": "unwanted"}]}
            """#,
            expect: 201)
        let id = "/v1/returns/" + (back["id"]?.string ?? "")
        if back["status"]?.string == "requested" { _ = try await post(server, id + "/approvals", "{}") }
        _ = try await post(
            server, id + "/receipts",
            #"{"location": "LONDON", "lines": [{"line": "\#(line)", "quantity": 1, "disposition": "restock"}]}"#)
        let settled = try await post(server, id + "/settlements", #"{"refund": "source"}"#)
        #expect(settled["status"]?.string == "settled", "\(settled.text)")
        try await server.system.runDueJobs()
        #expect(try await server.send("GET", order).json["refunded"]?["amount"]?.integer ?? 0 > 0)
        #expect(try server.system.stock("TEE-M@LONDON") == "available 9")
        try server.system.expectClean()
    }

    @Test("Holds stop it, and are lifted under their own name")
    func holds() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 10"))
        let placed = try await server.place().json
        let order = "/v1/orders/" + (placed["id"]?.string ?? "")
        let held = try await post(server, order + "/holds", #"{"reason": "manual", "note": "call"}"#, expect: 201)
        #expect(held["order"]?["on_hold"]?.bool == true)
        let hold = held["id"]?.string ?? ""
        let lifted = try await post(server, order + "/holds/\(hold)/liftings", "{}")
        #expect(lifted["order"]?["on_hold"]?.bool == false)
        _ = try await post(server, order + "/holds/\(hold)/liftings", "{ }", expect: 409)
    }

    @Test("Stock is received, counted, fed, promised and told")
    func stock() async throws {
        let server = try await TestServer(try TestSystem())
        let item = try await server.send("PUT", "/v1/items/MUG%2F1", #"{"name": "Mug", "weight_g": 300}"#)
        #expect(item.status == 200 && item.json["sku"]?.string == "MUG/1", "\(item.text)")
        #expect(try await server.send("GET", "/v1/items/MUG%2F1").json["weight_g"]?.integer == 300)
        let gift = #"{"name": "Mug", "weight_g": 300, "customs_value": {"amount": 450, "currency": "GBP"}}"#
        #expect(try await server.send("PUT", "/v1/items/MUG%2F1", gift).status == 200)
        let value = try await server.send("GET", "/v1/items/MUG%2F1").json["customs_value"]
        #expect(value?["amount"]?.integer == 450 && value?["currency"]?.string == "GBP")
        let nothing = try await server.send("PUT", "/v1/items/MUG%2F1", gift.replacing("450", with: "0"))
        #expect(nothing.errors == ["/customs_value/amount invalid_input"], "\(nothing.text)")
        _ = try await post(
            server, "/v1/stock/movements",
            #"{"reason": "receive", "sku": "MUG/1", "location": "LONDON", "quantity": 10, "reference": "PO-7"}"#,
            expect: 201)
        _ = try await post(
            server, "/v1/stock/movements",
            #"""
            [{"reason": "count", "sku": "MUG/1", "location": "LONDON", "counted": 8},
             {"reason": "receive", "sku": "MUG/1", "location": "YORK", "quantity": 1}]
            """#,
            expect: 201)
        let levels = try await server.send("GET", "/v1/stock?sku=MUG/1").json["data"]?.array
        #expect(levels?.map { $0["available"]?.integer } == [8, 1])
        let ledger = try await server.send("GET", "/v1/stock/movements?sku=MUG/1&location=LONDON").json["data"]?.array
        #expect(ledger?.map { $0["reason"]?.string } == ["count_down", "receive"])
        let offered = try await server.send("GET", "/v1/availability?channel=web&sku=MUG/1")
        #expect(offered.json["data"]?.array?.map { $0["available"]?.integer } == [9], "\(offered.text)")
        _ = try await post(
            server, "/v1/stock/snapshots",
            #"""
            {"location": "LONDON", "mode": "full", "taken_at": "2026-03-02T10:00:00Z", "reference": "F-1",
             "lines": [{"sku": "MUG/1", "on_hand": 5}]}
            """#,
            expect: 201)
        let many = try await post(server, "/v1/availability", #"{"channel": "web", "skus": ["MUG/1"]}"#)
        #expect(many["data"]?.array?.first?["available"]?.integer == 6)
        try server.system.expectClean()
    }

    @Test("Configuration that is read can be saved again and changes nothing")
    func configuration() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 1"))
        for path in ["/v1/channels/web", "/v1/locations/YORK", "/v1/items/TEE-M"] {
            let read = try await server.send("GET", path)
            let saved = try await server.send("PUT", path, read.text)
            #expect(saved.status == 200 && saved.text == read.text, "\(path): \(saved.text)")
        }
        let other = try await server.send("PUT", "/v1/items/TEE-M", #"{"sku": "TEE-L", "name": "Tee"}"#)
        #expect(other.errors == ["/sku invalid_input"])
    }
}

import OrderManagement
import TestSupport
import Testing

@testable import Server

/// `POST /v1/orders`, as callers see it.
@Suite("Placing over HTTP")
struct PlacingTests {
    private func server(_ stock: String = "TEE-M@LONDON: 10") async throws -> TestServer {
        try await TestServer(try TestSystem(stock: stock))
    }

    @Test("A placed order is answered whole, with its address and version, and is there to be read")
    func placed() async throws {
        let server = try await server()
        let answer = try await server.place()
        #expect(answer.status == 201, "\(answer.text)")
        let id = try #require(answer.json["id"]?.string)
        #expect(answer.header("Location") == "/v1/orders/\(id)")
        #expect(answer.header("ETag") == "\"1\"")
        #expect(answer.header("Content-Type") == "application/json")
        #expect(answer.json["number"]?.string == "WEB-1001")
        #expect(answer.json["status"]?.string == "open" && answer.json["stage"]?.string == "remorse")
        #expect(answer.json["payment_status"]?.string == "authorized")
        #expect(answer.json["fulfillment_status"]?.string == "allocated")
        #expect(answer.json["lines"]?.array?.first?["allocated"]?.integer == 2)
        #expect(answer.json["fulfillments"]?.array?.first?["location"]?.string == "LONDON")

        let read = try await server.send("GET", "/v1/orders/\(id)")
        #expect(read.status == 200 && read.text == answer.text && read.header("ETag") == "\"1\"")
        #expect(try server.system.stock("TEE-M@LONDON") == "available 8, allocated 2")
        try server.system.expectClean()
    }

    @Test("Where the order lies, its events, its sourcing and its permissions can be read")
    func parts() async throws {
        let server = try await server()
        let id = try #require(try await server.place().json["id"]?.string)
        let events = try await server.send("GET", "/v1/orders/\(id)/events")
        #expect(
            events.json["data"]?.array?.map { $0["type"]?.string } == [
                "order.placed", "order.sourced", "payment.authorized", "stage.passed",
            ])
        #expect(events.json["next_cursor"]?.isNull == true)
        #expect(try await server.send("GET", "/v1/orders/\(id)/sourcing").status == 200)
        let permissions = try await server.send("GET", "/v1/orders/\(id)/permissions")
        #expect(permissions.json["data"]?.array?.isEmpty == false)
    }

    /// What is changed in the order's text, the status, and `pointer code` of each wrong place.
    static let refusals: [([String: String], Int, [String])] = [
        (["\"web\"": "\"mars\""], 422, ["/channel unknown_channel"]),
        (["\"TEE-M\"": "\"tee-m\""], 422, ["/lines/0/sku unknown_sku"]),
        (["\"quantity\": 2": "\"quantity\": 0"], 400, ["/lines/0/quantity invalid_input"]),
        (["\"quantity\": 2": "\"quantity\": 1000001"], 400, ["/lines/0/quantity invalid_input"]),
        (["\"quantity\": 2": "\"quantity\": 2.5"], 400, ["/lines/0/quantity invalid_input"]),
        (["\"quantity\": 2": "\"quantity\": \"2\""], 400, ["/lines/0/quantity invalid_input"]),
        (["\"quantity\": 2": "\"qty\": 2"], 400, ["/lines/0/quantity invalid_input", "/lines/0/qty unknown_field"]),
        (
            ["{\"amount\": 2895, \"currency\": \"GBP\"},\n": "{\"amount\": 2894, \"currency\": \"GBP\"},\n"], 422,
            ["/total/amount total_mismatch"]
        ),
        (
            [
                "\"unit_price\": {\"amount\": 1000, \"currency\": \"GBP\"}":
                    "\"unit_price\": {\"amount\": 1000, \"currency\": \"EUR\"}"
            ],
            422, ["/lines/0/unit_price/currency currency_mismatch"]
        ),
        (
            [
                "\"unit_price\": {\"amount\": 1000, \"currency\": \"GBP\"}":
                    "\"unit_price\": {\"amount\": 1000, \"currency\": \"ZZZ\"}"
            ],
            400, ["/lines/0/unit_price/currency invalid_input"]
        ),
        (
            ["\"unit_price\": {\"amount\": 1000,": "\"unit_price\": {\"amount\": -1,"], 400,
            ["/lines/0/unit_price/amount invalid_input"]
        ),
        (
            ["\"unit_price\": {\"amount\": 1000,": "\"unit_price\": {\"amount\": 10.5,"], 400,
            ["/lines/0/unit_price/amount invalid_input"]
        ),
        (
            ["\"unit_price\": {\"amount\": 1000,": "\"unit_price\": {\"amount\": 1000000000001,"], 400,
            ["/lines/0/unit_price/amount invalid_input"]
        ),
        (["\"standard\"": "\"rocket\""], 422, ["/delivery/service delivery_not_offered"]),
        (["\"method\": \"ship\"": "\"method\": \"fly\""], 400, ["/delivery/method invalid_input"]),
        (["\"country\": \"GB\"": "\"country\": \"gb\""], 400, ["/delivery/address/country invalid_input"]),
        (["\"city\": \"Leeds\"": "\"city\": \" \""], 400, ["/delivery/address/city invalid_input"]),
        (["\"city\": \"Leeds\"": "\"city\": \"Le\\u0007eds\""], 400, ["/delivery/address/city invalid_input"]),
        (["\"name\": \"A. Example\", \"email\"": "\"email\""], 400, ["/customer/name invalid_input"]),
        (["a@example.com": "a example.com"], 400, ["/customer/email invalid_input"]),
        (["2026-03-01T10:15:00Z": "yesterday"], 400, ["/placed_at invalid_input"]),
        (["2026-03-01T10:15:00Z": "1999-03-01T10:15:00Z"], 400, ["/placed_at invalid_input"]),
        (["\"fees\": []": "\"fees\": {}"], 400, ["/fees invalid_input"]),
        (["\"fees\": []": "\"fees\": [7]"], 400, ["/fees/0 invalid_input"]),
        (
            [
                "\"authorized\": {\"amount\": 2895, \"currency\": \"GBP\"}":
                    "\"authorized\": {\"amount\": 2895, \"currency\": \"EUR\"}"
            ],
            422, ["/payment/authorized/currency currency_mismatch"]
        ),
    ]

    @Test("What is wrong is said where it is wrong, and nothing happens", arguments: refusals)
    func refused(changes: [String: String], status: Int, errors: [String]) async throws {
        let server = try await server()
        let answer = try await server.place(changes)
        #expect(answer.status == status, "\(answer.text)")
        #expect(answer.errors == errors, "\(answer.text)")
        #expect(try server.system.stock("TEE-M@LONDON") == "available 10")
    }

    @Test("Everything that is wrong is said at once")
    func everything() async throws {
        let answer = try await server().place([
            "\"quantity\": 2": "\"quantity\": 0", "\"country\": \"GB\"": "\"country\": 7",
            "\"fees\": []": "\"fee\": []",
        ])
        #expect(
            Set(answer.errors) == [
                "/lines/0/quantity invalid_input", "/delivery/address/country invalid_input", "/fee unknown_field",
            ])
    }

    @Test("Without stock, a channel that refuses backorders answers 409, naming SKU, asked and available")
    func insufficient() async throws {
        let server = try await server("TEE-M@LONDON: 1")
        var channel = Channel.web
        channel.policy.shortfall = .refuse
        try server.system.perform(SaveChannel(channel: channel))
        let answer = try await server.place()
        #expect(answer.status == 409 && answer.code == "insufficient_stock")
        #expect(answer.errors == ["/lines/0/quantity insufficient_stock"])
        #expect(answer.json["errors"]?.array?.first?["detail"]?.string == "TEE-M: asked 2, available 1")
    }

    @Test("The same name of a channel and the same content is the same order; other content is refused")
    func externalID() async throws {
        let server = try await server()
        let named = ["\"external_id\": null": "\"external_id\": \"1000\""]
        let first = try await server.place(named)
        #expect(first.status == 201)
        let again = try await server.place(
            named.merging(["\"fees\": [], ": "", "\"quantity\": 2": "\"quantity\":2"]) { a, _ in a })
        #expect(again.status == 200 && again.json["id"] == first.json["id"])
        let other = try await server.place(named.merging(["1 High Street": "2 High Street"]) { a, _ in a })
        #expect(other.status == 409 && other.errors == ["/external_id external_id_used"])
        #expect(try server.system.stock("TEE-M@LONDON") == "available 8, allocated 2")
    }

    @Test("A batch answers each order by itself, in its place, and repeats its answers under its key")
    func batch() async throws {
        let server = try await server()
        let orders = [
            NewOrderText.text, NewOrderText.changed(["\"TEE-M\"": "\"NONE\""]), "{\"channel\": 7}",
            NewOrderText.changed(["\"external_id\": null": "\"external_id\": \"b-3\""]),
        ]
        let body = "[" + orders.joined(separator: ",") + "]"
        let answer = try await server.send("POST", "/v1/orders:batch", body, once: "batch")
        #expect(answer.status == 200, "\(answer.text)")
        let statuses = answer.json["data"]?.array?.map { $0["status"]?.integer }
        #expect(statuses == [201, 422, 400, 201])
        #expect(answer.json["data"]?.array?[1]["body"]?["code"]?.string == "unknown_sku")
        let again = try await server.send("POST", "/v1/orders:batch", body, once: "batch")
        #expect(again.text == answer.text)
        #expect(try server.system.stock("TEE-M@LONDON") == "available 6, allocated 4")
        let many = "[" + Array(repeating: "{}", count: 501).joined(separator: ",") + "]"
        #expect(try await server.send("POST", "/v1/orders:batch", many, once: "many").status == 400)
    }
}

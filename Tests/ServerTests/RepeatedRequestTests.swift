import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Idempotency-Key, ETag and If-Match.
@Suite("Repeated and stale requests")
struct RepeatedRequestTests {
    private func server() async throws -> TestServer {
        try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 10"))
    }

    @Test("The same key and body get the same status and bytes again, a refusal included")
    func sameBytes() async throws {
        let server = try await server()
        let first = try await server.place(once: "a")
        let again = try await server.place(once: "a")
        #expect(first.status == 201 && again.status == 201 && again.text == first.text)
        #expect(again.header("ETag") == first.header("ETag") && again.header("Location") == first.header("Location"))
        let refused = try await server.place(["\"TEE-M\"": "\"LATER\""], once: "b")
        try server.system.receive("LATER@LONDON: 5")
        let refusedAgain = try await server.place(["\"TEE-M\"": "\"LATER\""], once: "b")
        #expect(refused.status == 422 && refusedAgain.text == refused.text)
        #expect(try server.system.stock("TEE-M@LONDON") == "available 8, allocated 2")
    }

    @Test("Another body under the key is refused; what was never decided may be sent again")
    func otherBody() async throws {
        let server = try await server()
        _ = try await server.place(once: "a")
        let other = try await server.place(["1 High Street": "2 High Street"], once: "a")
        #expect(other.status == 422 && other.code == "key_reused")
        #expect(try await server.place(["\"quantity\": 2": "\"quantity\": 0"], once: "c").status == 400)
        #expect(try await server.place(once: "c").status == 201)
    }

    @Test("A key is the caller's own and the path's own")
    func scope() async throws {
        let server = try await server()
        let other = try server.key([.ordersWrite])
        let first = try await server.place(once: "a")
        let second = try await server.place(key: other, once: "a")
        #expect(second.status == 201 && second.json["id"] != first.json["id"])
        let batch = try await server.send("POST", "/v1/orders:batch", "[\(NewOrderText.text)]", once: "a")
        #expect(batch.json["data"]?.array?.first?["status"]?.integer == 201)
    }

    @Test("Twins in flight are one request")
    func twins() async throws {
        let server = try await server()
        let answers = try await withThrowingTaskGroup(of: TestServer.Answer.self) { group in
            for _ in 0..<8 { group.addTask { try await server.place(once: "twin") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.text)).count == 1 && answers.allSatisfy { $0.status == 201 })
        #expect(try server.system.stock("TEE-M@LONDON") == "available 8, allocated 2")
    }

    @Test("A stale If-Match is refused with 412 by calls on orders and on fulfillments; the present one goes through")
    func versions() async throws {
        let server = try await server()
        let placed = try await server.place()
        let id = try #require(placed.json["id"]?.string)
        let noted = try await server.send(
            "POST", "/v1/orders/\(id)/notes", #"{"text": "call first"}"#, headers: ["If-Match": "\"1\""])
        #expect(noted.status == 201 && noted.header("ETag") == "\"2\"", "\(noted.text)")
        let stale = try await server.send(
            "POST", "/v1/orders/\(id)/notes", #"{"text": "late"}"#, headers: ["If-Match": "\"1\""])
        #expect(stale.status == 412 && stale.code == "stale_version")
        let bad = try await server.send("POST", "/v1/orders/\(id)/notes", #"{"text": "x"}"#, headers: ["If-Match": "2"])
        #expect(bad.status == 400)
        let fulfillment = try #require(placed.json["fulfillments"]?.array?.first?["id"]?.string)
        let early = try await server.send(
            "POST", "/v1/fulfillments/\(fulfillment)/releases", "{}", headers: ["If-Match": "\"1\""])
        #expect(early.status == 412)
        let pending = try await server.send(
            "POST", "/v1/fulfillments/\(fulfillment)/releases", nil, headers: ["If-Match": "\"2\""])
        #expect(pending.status == 409 && pending.code == "stage_pending")
        let cancelled = try await server.send(
            "POST", "/v1/orders/\(id)/cancellations", #"{"reason": "customer"}"#, once: "c",
            headers: ["If-Match": "*"])
        #expect(cancelled.status == 201 && cancelled.json["order"]?["status"]?.string == "cancelled")
    }

    @Test("A new key's text is shown once; the repeated request gets the same key without it")
    func keyText() async throws {
        let server = try await server()
        let body = #"{"name": "shop", "scopes": ["orders:read"]}"#
        let first = try await server.send("POST", "/v1/api-keys", body, once: "k")
        let text = try #require(first.json["key"]?.string)
        #expect(try await server.send("GET", "/v1/orders", key: text).status == 200)
        let again = try await server.send("POST", "/v1/api-keys", body, once: "k")
        #expect(again.json["key"]?.isNull == true && again.json["api_key"] == first.json["api_key"])
        let id = try #require(first.json["api_key"]?["id"]?.string)
        #expect(try await server.send("DELETE", "/v1/api-keys/\(id)").status == 204)
        #expect(try await server.send("GET", "/v1/orders", key: text).status == 401)
        #expect(try await server.send("DELETE", "/v1/api-keys/\(id)").status == 404)
    }
}

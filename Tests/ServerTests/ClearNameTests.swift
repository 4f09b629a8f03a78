import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Names of nothing, and names that nothing may have.
@Suite("Clear answers to wrong names")
struct ClearNameTests {
    @Test("Items and locations that are not there are named, not answered with nothing")
    func unknown() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE@LONDON: 5"))
        let some = try await server.send("GET", "/v1/availability?channel=web&sku=TEE&sku=NOPE")
        #expect(some.status == 422 && some.errors == ["?sku unknown_sku"], "\(some.text)")
        #expect(some.text.contains("there is no item NOPE"))
        #expect(try await server.send("GET", "/v1/availability?channel=web&sku=TEE").status == 200)
        let many = try await server.send("POST", "/v1/availability", #"{"channel": "web", "skus": ["TEE", "A", "B"]}"#)
        #expect(many.errors == ["/skus/1 unknown_sku", "/skus/2 unknown_sku"], "\(many.text)")
        let york = try server.key([.stockRead, .fulfillmentsRead], locations: ["YORK"])
        for path in ["/v1/fulfillments", "/v1/stock"] {
            let nowhere = try await server.send("GET", path + "?location=NOPE")
            #expect(nowhere.status == 422 && nowhere.errors == ["?location unknown_location"], "\(nowhere.text)")
            #expect(try await server.send("GET", path + "?location=LONDON").status == 200)
            // What somebody may not see is to them as what is not there.
            #expect(try await server.send("GET", path + "?location=LONDON", key: york).status == 422)
            #expect(try await server.send("GET", path + "?location=YORK", key: york).status == 200)
        }
    }

    @Test("Codes have letters, digits and -_. only", arguments: ["locations", "channels", "couriers"])
    func codes(noun: String) async throws {
        let server = try await TestServer(try TestSystem())
        let endpoint = try #require(
            server.calls.first { $0.method == .put && $0.path.hasPrefix("/v1/\(noun)/{") && $0.path.hasSuffix("}") })
        let body = try #require(endpoint.sampleBody())
        for code in ["royal%20mail", "a%2Fb", "M%C3%BCnchen", "a%3Fb"] {
            let answer = try await server.send("PUT", "/v1/\(noun)/\(code)", body)
            #expect(answer.status == 400 && answer.text.contains("digits, -, _ and . only"), "\(answer.text)")
        }
        let good = try await server.send("PUT", "/v1/\(noun)/A-1_b.c", body)
        #expect(!good.text.contains("digits, -, _ and . only"), "\(good.text)")
    }

    @Test("Goodwill is granted to users and keys, each once; one of another system may be named")
    func grants() async throws {
        let server = try await TestServer(try TestSystem())
        for (principals, errors) in [
            (["usr_1g235qeg00001", "key_1g235qeg00001"], []),
            (["jo", "usr_", "ord_1g235qeg00001"], [0, 1, 2].map { "/policy/paying/goodwill_grants/\($0)/principal" }),
            (["usr_1g235qeg00001", "usr_1g235qeg00001"], ["/policy/paying/goodwill_grants"]),
        ] {
            let grants = principals.map { #"{"principal": "\#($0)", "percent": 5}"# }.joined(separator: ", ")
            let answer = try await server.send(
                "PUT", "/v1/channels/web",
                #"{"name": "W", "currency": "GBP", "policy": {"paying": {"goodwill_grants": [\#(grants)]}}}"#)
            #expect(answer.status == (errors.isEmpty ? 200 : 400), "\(answer.text)")
            #expect(answer.errors == errors.map { $0 + " invalid_input" }, "\(answer.text)")
        }
    }

    @Test("A language of two letters must be one")
    func languages() async throws {
        let server = try await TestServer(try TestSystem())
        for (language, isOne) in [("xx", false), ("de-AT", true), ("en", true), ("fil", true), ("qq-DE", false)] {
            let answer = try await server.send(
                "PUT", "/v1/channels/web",
                #"{"name": "W", "currency": "GBP", "policy": {"messages": {"language": "\#(language)"}}}"#)
            #expect(answer.status == (isOne ? 200 : 400), "\(answer.text)")
            if !isOne { #expect(answer.text.contains("is no language: expected one as en or de-AT")) }
        }
    }
}

import OrderManagement
import TestSupport
import Testing

@testable import Server

/// What holds for every call, made from the endpoints themselves: a new one is tested by being there.
@Suite("Every endpoint")
struct EveryEndpointTests {
    private func server() async throws -> TestServer { try await TestServer(try TestSystem()) }

    private func send(_ endpoint: Endpoint, to server: TestServer, _ body: String? = nil, key: String? = nil)
        async throws -> TestServer.Answer
    {
        try await server.send(
            endpoint.method.rawValue, endpoint.samplePath + endpoint.sampleQuery, body ?? endpoint.sampleBody(),
            key: key, once: endpoint.key == .none ? nil : "key \(endpoint.path)")
    }

    @Test("answers 401 to callers without a key, with one that is unknown, or with another scheme")
    func unauthorized() async throws {
        let server = try await server()
        for endpoint in server.calls where endpoint.access != .everybody {
            for key in ["", "wb_unknown"] {
                let answer = try await send(endpoint, to: server, key: key)
                #expect(answer.status == 401, "\(endpoint.method) \(endpoint.path)")
                #expect(answer.code == "unauthorized" && answer.header("WWW-Authenticate") != nil)
            }
        }
        let basic = try await server.send("GET", "/v1/orders", key: "", headers: ["Authorization": "Basic eDp5"])
        #expect(basic.status == 401)
    }

    @Test("answers 403 to a key without its scope, naming it")
    func forbidden() async throws {
        let server = try await server()
        for endpoint in server.calls {
            guard case .scope(let scope) = endpoint.access else { continue }
            let others = Set(Scope.allCases).subtracting(scope.wider.union([scope, .admin]))
            let answer = try await send(endpoint, to: server, key: try server.key(others))
            #expect(answer.status == 403, "\(endpoint.method) \(endpoint.path): \(answer.text)")
            #expect(answer.json["detail"]?.string?.contains(scope.rawValue) == true)
        }
    }

    @Test("answers 404 to names of nothing, and to names that can be none")
    func missing() async throws {
        let server = try await server()
        for endpoint in server.calls where !endpoint.parameters.isEmpty && endpoint.method != .put {
            let answer = try await send(endpoint, to: server)
            #expect(answer.status == 404, "\(endpoint.method) \(endpoint.path): \(answer.text)")
            let strange = try await server.send(
                endpoint.method.rawValue,
                endpoint.path.replacing(/\{[a-z]+\}/, with: "%F0%9F%93%A6"), endpoint.sampleBody(),
                once: endpoint.key == .none ? nil : "strange")
            #expect(strange.status == 404, "\(endpoint.method) \(endpoint.path): \(strange.text)")
        }
        #expect(try await server.send("GET", "/v2").status == 404)
        #expect(try await server.send("GET", "/v1/orders/").status == 404)
        #expect(try await server.send("GET", "/v1/orders/%zz").status == 404)
    }

    @Test("answers 405 to other methods, saying which are allowed")
    func wrongMethod() async throws {
        let server = try await server()
        for endpoint in server.calls {
            let answer = try await server.send("PATCH", endpoint.samplePath)
            #expect(answer.status == 405, "\(endpoint.path)")
            let allowed = server.calls.filter { $0.path == endpoint.path }.map(\.method.rawValue)
            for method in allowed { #expect(answer.header("Allow")?.contains(method) == true) }
            #expect(answer.header("Content-Type") == "application/problem+json")
        }
    }

    @Test("refuses unknown fields at their place")
    func unknownField() async throws {
        let server = try await server()
        for endpoint in server.calls {
            guard case .object(let members)? = endpoint.body?.sample(all: false) else { continue }
            let body = JSON.object(members + [.init("no/such~field", .integer(1))]).text
            let answer = try await send(endpoint, to: server, body)
            #expect(answer.status == 400, "\(endpoint.path): \(answer.text)")
            #expect(answer.errors.contains("/no~1such~0field unknown_field"), "\(endpoint.path): \(answer.text)")
        }
    }

    @Test("knows every field that its description shows")
    func describedFields() async throws {
        let server = try await server()
        for endpoint in server.calls where endpoint.body != nil {
            let answer = try await send(endpoint, to: server, endpoint.sampleBody(all: true))
            #expect(!answer.text.contains("unknown_field"), "\(endpoint.path): \(answer.text)")
            #expect(answer.status != 500, "\(endpoint.path): \(answer.text)")
        }
    }

    @Test("answers what is no JSON with 400 and the place, never with 500")
    func malformed() async throws {
        let server = try await server()
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let bodies = [
            "{", "{\"a\": 1,}", deep, "nonsense", "{\"a\": 1, \"a\": 2}", "\u{FEFF}{}", "{\"a\": \"\\ud800\"}",
        ]
        for endpoint in server.calls where endpoint.body != nil {
            for body in bodies {
                let answer = try await send(endpoint, to: server, body)
                #expect(answer.status == 400, "\(endpoint.path) \(body.prefix(20)): \(answer.text)")
                #expect(answer.json["detail"]?.string?.contains("line 1, column") == true, "\(answer.text)")
            }
        }
    }

    @Test("answers values of wrong types with 400, never with 500")
    func wrongTypes() async throws {
        let server = try await server()
        let values: [JSON] = [
            .null, .bool(true), .integer(-1), .integer(.max), .number(1e300), .string(""), .string("\u{1}"),
            .array([]), .array([.null]), .object([]),
        ]
        for endpoint in server.calls {
            guard let sample = endpoint.body?.sample(all: true) else { continue }
            // A batch refuses each of its entries by itself.
            for value in values
            where value.text != "{}" && !(value.text == "[null]" && endpoint.path.hasSuffix(":batch")) {
                #expect(
                    try await send(endpoint, to: server, value.text).status == 400, "\(endpoint.path) \(value.text)")
            }
            guard case .object(let members) = sample else { continue }
            for index in members.indices {
                for value in values {
                    var changed = members
                    changed[index] = .init(members[index].name, value)
                    let answer = try await send(endpoint, to: server, JSON.object(changed).text)
                    #expect(answer.status < 500, "\(endpoint.path) \(members[index].name) \(value): \(answer.text)")
                }
            }
        }
    }

    @Test("refuses other content types with 415 and bodies that are too large with 413")
    func mediaTypeAndSize() async throws {
        let server = try await server()
        for endpoint in server.calls where endpoint.body != nil {
            let answer = try await server.send(
                endpoint.method.rawValue, endpoint.samplePath, "a=b", once: "media",
                headers: ["Content-Type": "application/x-www-form-urlencoded"])
            #expect(answer.status == 415, "\(endpoint.path)")
        }
        let large = "[\"" + String(repeating: "x", count: 1 << 20) + "\"]"
        #expect(try await server.send("POST", "/v1/orders", large, once: "large").status == 413)
        let charset = try await server.send(
            "POST", "/v1/orders", "{}", once: "charset", headers: ["Content-Type": "Application/JSON; charset=UTF-8"])
        #expect(charset.code == "invalid_input")
    }

    @Test("that moves stock or money needs an Idempotency-Key of 1 to 255 printable characters")
    func keys() async throws {
        let server = try await server()
        for endpoint in server.calls where endpoint.key == .required {
            let answer = try await server.send("POST", endpoint.samplePath, endpoint.sampleBody())
            #expect(answer.status == 400 && answer.code == "key_required", "\(endpoint.path): \(answer.text)")
        }
        let long = try await server.send("POST", "/v1/orders", "{}", once: String(repeating: "k", count: 256))
        #expect(long.status == 400 && long.code == "invalid_input")
    }

    @Test("refuses unknown query parameters")
    func unknownQuery() async throws {
        let server = try await server()
        for endpoint in server.calls where endpoint.method == .get {
            let answer = try await server.send("GET", endpoint.samplePath + "?no_such=1")
            #expect(
                answer.status == 400 && answer.errors == ["?no_such unknown_field"], "\(endpoint.path): \(answer.text)")
        }
        #expect(try await server.send("GET", "/v1/orders?limit=201").errors == ["?limit invalid_input"])
        #expect(try await server.send("GET", "/v1/orders?limit=1&limit=2").status == 400)
        #expect(try await server.send("GET", "/v1/orders?cursor=%21").errors == ["?cursor invalid_input"])
        #expect(try await server.send("GET", "/v1/orders?status=lost").errors == ["?status invalid_input"])
    }

    @Test("is in the description, which is JSON and counts no call twice")
    func described() async throws {
        let server = try await server()
        let answer = try await server.send("GET", "/openapi.json", key: "")
        #expect(answer.status == 200 && answer.json["openapi"]?.string == "3.1.0")
        var operations: [String] = []
        for endpoint in server.calls {
            let call = answer.json["paths"]?[endpoint.path]?[endpoint.method.rawValue.lowercased()]
            #expect(call != nil, "\(endpoint.method) \(endpoint.path)")
            operations.append(call?["operationId"]?.string ?? "")
        }
        #expect(Set(operations).count == operations.count)
    }

    @Test("HEAD is GET without the body")
    func head() async throws {
        let server = try await server()
        let answer = try await server.send("HEAD", "/health/live", key: "")
        #expect(answer.status == 200 && answer.text.isEmpty && answer.header("Request-Id") != nil)
    }
}

import Foundation
import Hummingbird
import Logging
import OrderManagement
import TestSupport
import Testing

@testable import Server

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A real server on a port of the loopback, over a database of its own, with keys for callers of several kinds.
///
/// A class, since it ends the server with its last user.
final class TestServer: Sendable {
    let system: TestSystem
    let server: Server
    private let routes: Routes
    let port: Int
    /// The text of a key that may do everything.
    let admin: String
    private let serving: Task<Void, any Error>
    private let turn: Turns.Turn

    /// - Parameter makeSystem: What it serves, made when it is its turn.
    init(
        _ makeSystem: @autoclosure () throws -> TestSystem, paperwork: (any Paperwork)? = nil,
        courierWebhooks: [CourierWebhook] = [], publicURL: String? = nil, proxies: TrustedProxies = TrustedProxies()
    ) async throws {
        turn = await Turns.ofServers.take()
        system = try makeSystem()
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        var options = Server.Options(host: "127.0.0.1", port: 0)
        options.paperwork = paperwork
        options.courierWebhooks = courierWebhooks
        options.publicURL = publicURL
        options.proxies = proxies
        options.onListening = { listening.yield($0) }
        let server = Server(
            waybill: system.waybill, options: options,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        self.server = server
        routes = Routes(server.endpoints)
        serving = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { throw CancellationError() }
        self.port = port
        admin = try Self.key(.init(Scope.allCases), in: system)
    }

    deinit { serving.cancel() }

    /// Every call of the interface; the console has its own tests.
    var calls: [Endpoint] { server.endpoints.filter(\.isDescribed) }

    /// Makes a key.
    func key(_ scopes: Set<Scope>, locations: Set<String>? = nil) throws -> String {
        try Self.key(scopes, locations: locations, in: system)
    }

    private static func key(_ scopes: Set<Scope>, locations: Set<String>? = nil, in system: TestSystem) throws -> String
    {
        let text = KeyText()
        try system.perform(CreateKey(name: "test", digest: text.digest, scopes: scopes, locations: locations))
        return text.text
    }

    /// What came back.
    struct Answer: Sendable {
        let status: Int
        let text: String
        let headers: [String: String]

        /// The body as a tree; null where it is none.
        var json: JSON {
            do { return try JSON.parse(text, limits: .stored) } catch { return .null }
        }
        var code: String? { json["code"]?.string }
        /// `pointer code` of each wrong place.
        var errors: [String] {
            (json["errors"]?.array ?? []).map { "\($0["pointer"]?.string ?? "") \($0["code"]?.string ?? "")" }
        }
        func header(_ name: String) -> String? { headers[name.lowercased()] }
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - key: The caller's key; the administrator's unless told otherwise, "" for none.
    ///   - once: Idempotency-Key.
    func send(
        _ method: String, _ path: String, _ body: String? = nil, key: String? = nil, once: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        let key = key ?? admin
        if !key.isEmpty { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        if let once { request.setValue(once, forHTTPHeaderField: "Idempotency-Key") }
        if let body {
            request.httpBody = Data(body.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await Self.session.data(for: request)
        guard let http = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        var found: [String: String] = [:]
        for (name, value) in http.allHeaderFields { found["\(name)".lowercased()] = "\(value)" }
        let answer = Answer(status: http.statusCode, text: String(decoding: data, as: UTF8.self), headers: found)
        if method != "HEAD" { compare(answer, with: method, path) }
        return answer
    }

    /// Every answer of every test is as the interface's description says.
    private func compare(_ answer: Answer, with method: String, _ target: String) {
        let path = target.split(separator: "?", maxSplits: 1).first.map(String.init) ?? target
        guard case .found(let route, _) = routes.match(method, path), route.endpoint.isDescribed else { return }
        let breaches = route.endpoint.breaches(of: answer)
        if !breaches.isEmpty {
            let told = breaches.prefix(8).joined(separator: "; ")
            Issue.record("\(method) \(route.endpoint.path) \(answer.status): \(told)")
        }
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 8
        configuration.timeoutIntervalForRequest = 120  // a busy machine is no fault of the program
        return URLSession(configuration: configuration)
    }()

    /// Places the order of the contract's example, changed as told: by text replaced in it.
    func place(_ changes: [String: String] = [:], key: String? = nil, once: String? = UUID().uuidString) async throws
        -> Answer
    {
        try await send("POST", "/v1/orders", NewOrderText.changed(changes), key: key, once: once)
    }
}

/// The body of an order: two of TEE-M at 10.00, tax 4.00, shipping 4.95.
enum NewOrderText {
    static let text = """
        {"channel": "web", "external_id": null, "placed_at": "2026-03-01T10:15:00Z",
         "customer": {"name": "A. Example", "email": "a@example.com", "phone": "+44 20 7946 0000"},
         "delivery": {"method": "ship", "service": "standard", "address": {"name": "A. Example",
           "lines": ["1 High Street"], "city": "Leeds", "region": null, "postcode": "LS1 4AP", "country": "GB"}},
         "lines": [{"sku": "TEE-M", "quantity": 2, "unit_price": {"amount": 1000, "currency": "GBP"},
                    "discount": {"amount": 0, "currency": "GBP"}, "tax": {"amount": 400, "currency": "GBP"}}],
         "shipping": {"amount": 495, "currency": "GBP"}, "shipping_tax": {"amount": 0, "currency": "GBP"},
         "fees": [], "discounts": [], "total": {"amount": 2895, "currency": "GBP"},
         "payment": {"provider": "manual", "reference": "pay-1", "authorized": {"amount": 2895, "currency": "GBP"}}}
        """

    /// The text with parts replaced; a part that is not in it would make a test that tests nothing.
    static func changed(_ changes: [String: String]) -> String {
        changes.reduce(text) { text, change in
            precondition(text.contains(change.key), "not in the order's text: \(change.key)")
            return text.replacingOccurrences(of: change.key, with: change.value)
        }
    }
}

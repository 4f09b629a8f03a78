import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Lists, the feed, and who may see what.
@Suite("Lists, the feed and limited callers")
struct ListTests {
    private func server() async throws -> TestServer {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 20", "CAP@YORK: 9"))
        for number in 1...5 { try server.system.place("1 × TEE-M at 10.00 GBP, named N-\(number)") }
        return server
    }

    @Test("Pages follow each other by their cursor or their link, and each order is on one of them")
    func pages() async throws {
        let server = try await server()
        var path: String? = "/v1/orders?limit=2&channel=web"
        var numbers: [String] = []
        var pages = 0
        while let next = path {
            let page = try await server.send("GET", next)
            #expect(page.status == 200, "\(page.text)")
            numbers += (page.json["data"]?.array ?? []).compactMap { $0["number"]?.string }
            let cursor = page.json["next_cursor"]?.string
            path = page.header("Link").map { String($0.dropFirst().prefix { $0 != ">" }) }
            #expect((cursor == nil) == (path == nil))
            pages += 1
        }
        #expect(pages == 3 && numbers == (1001...1005).reversed().map { "WEB-\($0)" })
    }

    @Test("Orders are found by number, external id, customer, SKU and words")
    func search() async throws {
        let server = try await server()
        for query in ["number=WEB-1003", "external_id=N-3", "q=N-3", "q=web-1003"] {
            let found = try await server.send("GET", "/v1/orders?\(query)").json["data"]?.array
            #expect(found?.map { $0["number"]?.string } == ["WEB-1003"], "\(query)")
        }
        for (query, count) in [
            ("customer=ADA@example.com", 5), ("sku=TEE-M", 5), ("sku=CAP", 0), ("q=ada", 5), ("status=cancelled", 0),
        ] {
            #expect(try await server.send("GET", "/v1/orders?\(query)").json["data"]?.array?.count == count, "\(query)")
        }
    }

    @Test("Work of a location is listed page by page")
    func fulfillments() async throws {
        let server = try await server()
        let first = try await server.send("GET", "/v1/fulfillments?location=LONDON&status=open&limit=3")
        #expect(first.json["data"]?.array?.count == 3, "\(first.text)")
        let cursor = try #require(first.json["next_cursor"]?.string)
        let second = try await server.send(
            "GET", "/v1/fulfillments?location=LONDON&status=open&limit=3&cursor=\(cursor)")
        #expect(second.json["data"]?.array?.count == 2)
    }

    @Test("A caller who is limited to a location sees its orders, work and stock only")
    func limited() async throws {
        let server = try await server()
        let york = try server.key(Set(Scope.allCases).subtracting([.admin]), locations: ["YORK"])
        let hidden = try #require(try await server.send("GET", "/v1/orders?limit=1").json["data"]?.array?.first)
        let order = hidden["id"]?.string ?? ""
        let seen = try server.system.place("1 × CAP at 5.00 GBP")
        let fulfillment = order.replacingOccurrences(of: "ord_", with: "ful_") + "-1"
        for path in [
            "/v1/orders/\(order)", "/v1/orders/\(order)/events", "/v1/fulfillments/\(fulfillment)",
            "/v1/locations/LONDON",
        ] {
            #expect(try await server.send("GET", path, key: york).status == 404, "\(path)")
        }
        #expect(try await server.send("GET", "/v1/stock?location=LONDON", key: york).code == "unknown_location")
        for (noun, body) in [("notes", #"{"text": "x"}"#), ("cancellations", #"{"reason": "other"}"#)] {
            let answer = try await server.send("POST", "/v1/orders/\(order)/\(noun)", body, key: york, once: noun)
            #expect(answer.status == 404, "\(answer.text)")
        }
        let accept = try await server.send("POST", "/v1/fulfillments/\(fulfillment)/acceptances", "{}", key: york)
        #expect(accept.status == 404)
        #expect(try await server.send("GET", "/v1/orders/\(seen)", key: york).status == 200)
        #expect(try await server.send("GET", "/v1/orders", key: york).json["data"]?.array?.count == 1)
        let stock = try await server.send("GET", "/v1/stock", key: york).json["data"]?.array
        #expect(stock?.map { $0["location"]?.string } == ["YORK"])
        #expect(
            try await server.send("GET", "/v1/availability?channel=web&sku=TEE-M", key: york)
                .json["data"]?.array?.first?["available"]?.integer == 0)
        #expect(try await server.send("GET", "/v1/events", key: york).status == 403)
    }

    @Test("The feed is read behind a position, some types of it, to its end")
    func feed() async throws {
        let server = try await server()
        let all = try await server.send("GET", "/v1/events?limit=200").json["data"]?.array ?? []
        #expect(all.map { $0["position"]?.integer } == (1...Int64(all.count)).map { $0 })
        let placed = try await server.send("GET", "/v1/events?types=order.placed&limit=3")
        #expect(placed.json["data"]?.array?.count == 3)
        let cursor = try #require(placed.json["next_cursor"]?.string)
        let rest = try await server.send("GET", "/v1/events?types=order.placed&cursor=\(cursor)")
        #expect(rest.json["data"]?.array?.count == 2)
        let end = try await server.send("GET", "/v1/events?after=\(all.count)")
        #expect(end.json["data"]?.array?.isEmpty == true && end.json["next_cursor"]?.isNull == true)
        #expect(try await server.send("GET", "/v1/events?types=order.lost").status == 400)
    }

    @Test("The stream goes on behind Last-Event-ID and tells what happens as it happens", .timeLimit(.minutes(10)))
    func stream() async throws {
        let server = try await server()
        let listener = StreamListener()
        let last = try await server.send("GET", "/v1/events?limit=200").json["data"]?.array?.count ?? 0
        var request = URLRequest(
            url: try #require(URL(string: "http://127.0.0.1:\(server.port)/v1/events/stream?types=order.placed")))
        request.setValue("Bearer \(server.admin)", forHTTPHeaderField: "Authorization")
        request.setValue(String(last), forHTTPHeaderField: "Last-Event-ID")
        let session = URLSession(configuration: .ephemeral, delegate: listener, delegateQueue: nil)
        session.dataTask(with: request).resume()
        var lines = listener.lines.makeAsyncIterator()
        #expect(await lines.next() == ": begins behind \(last)")
        try server.system.place("1 × TEE-M at 10.00 GBP")
        var found: [String] = []
        while found.count < 3, let line = await lines.next() { if !line.isEmpty { found.append(line) } }
        #expect(found[0].hasPrefix("id: ") && found[1] == "event: order.placed" && found[2].hasPrefix("data: {"))
        session.invalidateAndCancel()
    }

    @Test("A stream ends when its key is revoked, and tells nothing of what comes later", .timeLimit(.minutes(10)))
    func revokedStream() async throws {
        let server = try await server()
        let key = try server.key([.eventsRead])
        let listener = StreamListener()
        let url = "http://127.0.0.1:\(server.port)/v1/events/stream?types=order.placed"
        var request = URLRequest(url: try #require(URL(string: url)))
        request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
        let session = URLSession(configuration: .ephemeral, delegate: listener, delegateQueue: nil)
        session.dataTask(with: request).resume()
        var lines = listener.lines.makeAsyncIterator()
        #expect(await lines.next()?.hasPrefix(": begins") == true)
        let keys = try await server.send("GET", "/v1/api-keys?limit=200").json["data"]?.array
        let id = try #require(keys?.last?["id"]?.string)
        #expect(try await server.send("DELETE", "/v1/api-keys/\(id)").status == 204)
        try server.system.place("1 × TEE-M at 10.00 GBP")
        var found: [String] = []
        while found.last != ": this key is not valid any more", let line = await lines.next() {
            if !line.isEmpty { found.append(line) }
            if found.contains(where: { $0.hasPrefix("data:") }) { break }
        }
        #expect(found.filter { $0 != ":" && $0 != ": " } == [": this key is not valid any more"])
        session.invalidateAndCancel()
    }

    @Test("Health, readiness and metrics are open, and count")
    func operations() async throws {
        let server = try await server()
        for path in ["/health/live", "/health/ready"] {
            #expect(try await server.send("GET", path, key: "").status == 200)
        }
        _ = try await server.send("GET", "/v1/orders")
        let metrics = try await server.send("GET", "/metrics", key: "")
        #expect(metrics.text.contains("waybill_requests_total{method=\"GET\",route=\"/v1/orders\",status=\"200\"} 1\n"))
        #expect(metrics.text.contains("waybill_events_position "))
    }

    @Test("An exception is listed and resolved")
    func exceptions() async throws {
        let server = try await server()
        let order = try server.system.place("1 × TEE-M at 10.00 GBP")
        try server.system.perform(PassStage(order: order, stage: "remorse", hasPassed: false, note: nil))
        let open = try await server.send("GET", "/v1/exceptions").json["data"]?.array ?? []
        let id = try #require(open.first?["id"]?.string)
        let path = "/v1/exceptions/\(id)/resolutions"
        let done = try await server.send("POST", path, #"{"resolution": "found behind the shelf"}"#)
        #expect(done.status == 201 && done.json["status"]?.string == "resolved", "\(done.text)")
        #expect(try await server.send("POST", path, #"{"resolution": "again"}"#).status == 409)
    }

    @Test("A store's clerk finds a pickup that waits for goods, though nothing lies there yet")
    func waitingPickup() async throws {
        let server = try await server()
        let york = try server.key(Set(Scope.allCases).subtracting([.admin]), locations: ["YORK"])
        try server.system.perform(SaveItems(items: [.plain("RARE")]))
        let id = try server.system.place("1 × RARE at 5.00 GBP, pickup at YORK")
        let listed = try await server.send("GET", "/v1/orders", key: york)
        #expect(listed.json["data"]?.array?.map { $0["id"]?.string } == [id.description])
        let leeds = try server.key(Set(Scope.allCases).subtracting([.admin]), locations: ["LEEDS"])
        #expect(try await server.send("GET", "/v1/orders", key: leeds).json["data"]?.array?.contains {
            $0["id"]?.string == id.description
        } == false)
        try server.system.expectClean()
    }

    @Test("Moments beyond all orders find all of them, or none", arguments: [
        ("placed_to=9999-12-31T23:59:59Z", 1), ("placed_from=9999-12-31T23:59:59Z", 0),
        ("placed_from=2200-01-01T00:00:00Z", 0), ("placed_to=2200-01-01T00:00:00Z", 1),
    ])
    func farMoments(query: String, count: Int) async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 5"))
        try server.system.place("1 × TEE-M at 10.00 GBP, store")
        let answer = try await server.send("GET", "/v1/orders?\(query)")
        #expect(answer.status == 200 && answer.json["data"]?.array?.count == count)
    }
}

/// Hands over the lines of a stream as they come. A class, as delegates of sessions are.
private final class StreamListener: NSObject, URLSessionDataDelegate {
    let lines: AsyncStream<String>
    private let found: AsyncStream<String>.Continuation

    override init() { (lines, found) = AsyncStream.makeStream(of: String.self) }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            found.yield(String(line))
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        found.finish()
    }
}

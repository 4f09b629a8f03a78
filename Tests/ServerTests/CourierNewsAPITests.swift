import Connectors
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Couriers' news by calls")
struct CourierNewsAPITests {
    private static let secret = "whsec_0123456789abcdef"

    private static func webhook() throws -> CourierWebhook {
        try #require(
            CourierWebhook(
                connection: "test", header: KarrioCourier.secretHeader, secret: secret,
                parcels: KarrioCourier.parcels(ofCall:)))
    }

    /// A server whose one parcel, T1001, is on its way with a courier that is asked for news.
    private func server(_ courier: TestCourier = TestCourier()) async throws -> (TestServer, OrderID) {
        let server = try await TestServer(
            try TestSystem(stock: "TEE-M@LONDON: 9", connections: [courier]), courierWebhooks: [try Self.webhook()])
        let shop = server.system
        try shop.perform(SaveCouriers(couriers: [.post]))
        var till = Channel.till
        till.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: till))
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1)))
        return (server, id)
    }

    private func call(
        _ server: TestServer, _ body: String, secret: String? = secret, of connection: String = "test"
    ) async throws -> TestServer.Answer {
        try await server.send(
            "POST", "/v1/tracking-events/\(connection)", body, key: "",
            headers: secret.map { ["X-Event-Id": $0] } ?? [:])
    }

    @Test("A connection's webhook has the parcel asked after; what the call says of it is not believed")
    func hint() async throws {
        let courier = TestCourier()
        let (server, id) = try await server(courier)
        courier.tell(CourierNews(tracking: "T1001", status: .inTransit, at: server.system.now, event: "e1"))
        let body = #"{"event": "tracker_updated", "data": {"tracking_number": "T1001", "status": "delivered"}}"#
        for _ in 1...3 {
            let answer = try await call(server, body)
            #expect(answer.status == 200 && answer.json["asked"]?.integer == 1)
        }
        server.system.advance(.minutes(1))
        try await server.system.runDueJobs()
        #expect(try server.system.order(id).parcels[0].state == .inTransit)
        let metrics = try await server.send("GET", "/metrics", key: "").text
        #expect(metrics.contains("\nwaybill_courier_hints_total 3\n"))
        try server.system.expectClean()
    }

    @Test("Without the secret a call is refused and learns nothing; with it, what is unknown is taken and passed over")
    func strangers() async throws {
        let (server, _) = try await server()
        let known = #"{"event": "tracker_updated", "data": {"tracking_number": "T1001"}}"#
        for secret in [nil, "", "whsec_0123456789abcdeF", Self.secret + "0", String(Self.secret.dropLast())] {
            let answer = try await call(server, known, secret: secret)
            #expect(answer.status == 401 && !answer.text.contains("T1001"))
        }
        #expect(try await call(server, known, of: "karrio").status == 404)
        let harmless = [
            #"{"event": "tracker_updated", "data": {"tracking_number": "T9"}}"#, #"{"event": "order_created"}"#, "[]",
            #"{"data": {"tracking_number": 7}}"#, #"{"data": []}"#, "{}", "null",
        ]
        for body in harmless {
            let answer = try await call(server, body)
            #expect(answer.status == 200 && answer.json["asked"]?.integer == 0, "\(body)")
        }
        #expect(try await call(server, "{").status == 400)
        #expect(try await call(server, #"{"x": "\#(String(repeating: "y", count: 1 << 20))"}"#).status == 413)
        let metrics = try await server.send("GET", "/metrics", key: "").text
        #expect(metrics.contains("\nwaybill_courier_hints_refused_total 5\n"))
        #expect(metrics.contains("\nwaybill_courier_hints_ignored_total 7\n"))
        let openAPI = try await server.send("GET", "/openapi.json", key: "").text
        #expect(openAPI.contains("/v1/tracking-events/{connection}") && !openAPI.contains(Self.secret))
    }

    @Test("A courier's words are saved with it, shown as they were written, and read in the news")
    func words() async throws {
        let (server, id) = try await server()
        let shown = try await server.send("GET", "/v1/couriers/post")
        var body = shown.json.members?.filter { $0.name != "code" } ?? []
        #expect(shown.json["words"] == nil)
        let words = try JSON.parse(
            #"""
            [{"word": "Zugestellt", "status": "delivered"}, {"word": "Label da", "status": null},
             {"word": "Zurück beim Absender", "status": "brought_back"}]
            """#)
        body.append(.init("words", words))
        let saved = try await server.send("PUT", "/v1/couriers/post", JSON.object(body).text)
        #expect(saved.status == 200 && saved.json["words"] == words)
        #expect(try await server.send("GET", "/v1/couriers/post").json["words"] == words)
        func news(_ fields: String) async throws -> TestServer.Answer {
            try await server.send(
                "POST", "/v1/tracking-events",
                #"{"courier": "post", "tracking": "T1001", "at": "\#(server.system.now)", \#(fields)}"#)
        }
        #expect(try await news(#""word": "label DA""#).json["outcome"]?.string == "no_news")
        #expect(try await news(#""word": "Verloren""#).errors == ["/word invalid_input"])
        #expect(try await news(#""courier_event_id": "x""#).errors == ["/status invalid_input"])
        let told = try await news(#""word": "zugestellt", "status": "exception""#)
        #expect(told.json["outcome"]?.string == "moved" && told.json["changed"]?.bool == true)
        #expect(try server.system.order(id).parcels[0].state == .delivered)
        server.system.advance(.hours(1))
        let back = try await news(#""word": "Zurück beim Absender", "status": "delivered""#)
        #expect(back.json.at("parcel.status")?.string == "returned_to_sender")
        #expect(try server.system.order(id).returns[0].terms.way?.state == .delivered)
    }

    @Test("A table of words that contradicts itself is refused at its places")
    func wrongWords() async throws {
        let (server, _) = try await server()
        let shown = try await server.send("GET", "/v1/couriers/post")
        var body = shown.json.members?.filter { $0.name != "code" } ?? []
        body.append(
            .init(
                "words",
                try JSON.parse(
                    #"""
                    [{"word": "A", "status": "delivered"}, {"word": " a ", "status": "lost"}, {"word": "b"},
                     {"word": "c", "status": "packed"}, {"word": "d", "status": "gone"}]
                    """#)))
        let answer = try await server.send("PUT", "/v1/couriers/post", JSON.object(body).text)
        #expect(
            answer.errors == [
                "/words/1/word invalid_input", "/words/2/status invalid_input", "/words/3/status invalid_input",
                "/words/4/status invalid_input",
            ])
    }

    @Test("A courier that counts its news anew for each parcel loses none, and may correct what it said under a number")
    func numberedNews() async throws {
        let (server, id) = try await server()
        let shop = server.system
        let other = try shop.place("1 × TEE-M at 10.00 GBP, store")
        try shop.walk(other, to: .packed)
        try await shop.runDueJobs()
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(other, 1)))
        let second = try #require(try shop.order(other).parcels[0].tracking)
        func news(_ tracking: String, _ status: String) async throws -> TestServer.Answer {
            shop.advance(Seconds(1))
            return try await server.send(
                "POST", "/v1/tracking-events",
                #"{"courier": "post", "tracking": "\#(tracking)", "status": "\#(status)", "at": "\#(shop.now)", "#
                    + #""courier_event_id": "7"}"#)
        }
        for (tracking, status) in [("T1001", "in_transit"), (second, "delivered"), ("T1001", "delivered")] {
            let told = try await news(tracking, status)
            #expect(told.json["changed"]?.bool == true, "\(tracking) \(status): \(told.text)")
        }
        #expect(try shop.order(id).parcels[0].state == .delivered && shop.order(other).parcels[0].state == .delivered)
    }
}

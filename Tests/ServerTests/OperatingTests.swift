import Foundation
import OrderManagement
import Synchronization
import TestSupport
import Testing

@testable import Server

/// What those who run a shop set and settle: keys, safety stock, jobs that were given up.
@Suite("Operating over HTTP")
struct OperatingTests {
    @Test("A key that is revoked is unknown to the next request, whoever revoked it in this process")
    func revoked() async throws {
        let server = try await TestServer(try TestSystem())
        let keys = try (0..<2).map { _ in try server.key([.ordersRead]) }
        for key in keys { #expect(try await server.send("GET", "/v1/orders", key: key).status == 200) }
        let listed = try await server.send("GET", "/v1/api-keys").json["data"]?.array
        let ids = (listed ?? []).suffix(2).compactMap { $0["id"]?.string }
        #expect(try await server.send("DELETE", "/v1/api-keys/\(ids[0])").status == 204)
        #expect(try await server.send("GET", "/v1/orders", key: keys[0]).status == 401)
        #expect(try await server.send("GET", "/v1/orders", key: keys[1]).status == 200)
        // As `waybill key revoke` does through the admin socket: past the interface, through the same door.
        try server.system.perform(RevokeKey(key: try #require(KeyID(ids[1]))))
        #expect(try await server.send("GET", "/v1/orders", key: keys[1]).status == 401)
    }

    @Test("What another process revokes is believed for no longer than five seconds")
    func revokedElsewhere() async throws {
        let server = try await TestServer(try TestSystem())
        let key = try server.key([.ordersRead])
        #expect(try await server.send("GET", "/v1/orders", key: key).status == 200)
        try server.system.tamper("UPDATE api_keys SET revoked_at = 1 WHERE id = (SELECT MAX(id) FROM api_keys)")
        server.system.advance(Seconds(4))
        #expect(try await server.send("GET", "/v1/orders", key: key).status == 200)
        server.system.advance(Seconds(1))
        #expect(try await server.send("GET", "/v1/orders", key: key).status == 401)
        #expect(Authentication.believedFor == Seconds(5))
    }

    @Test("Safety stock is set, one level or many, and availability shows it at once")
    func safety() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 10", "CAP@YORK: 4"))
        let one = try await server.send(
            "PUT", "/v1/stock/safety", #"{"sku": "TEE-M", "location": "LONDON", "safety": 4}"#)
        #expect(one.status == 200 && one.json["safety"]?.integer == 4, "\(one.text)")
        let offered = try await server.send("GET", "/v1/availability?channel=web&sku=TEE-M")
        #expect(offered.json["data"]?.array?.first?["available"]?.integer == 6, "\(offered.text)")
        let many = try await server.send(
            "PUT", "/v1/stock/safety",
            #"""
            [{"sku": "TEE-M", "location": "LONDON", "safety": 0}, {"sku": "CAP", "location": "YORK", "safety": 4}]
            """#)
        #expect(many.json["data"]?.array?.map { $0["safety"]?.integer } == [0, 4], "\(many.text)")
        let wrong = try await server.send(
            "PUT", "/v1/stock/safety",
            #"""
            [{"sku": "TEE-M", "location": "LONDON", "safety": 9}, {"sku": "NONE", "location": "YORK", "safety": 4}]
            """#)
        #expect(wrong.status == 422 && wrong.errors == ["/1/sku unknown_sku"], "\(wrong.text)")
        let negative = try await server.send(
            "PUT", "/v1/stock/safety", #"[{"sku": "TEE-M", "location": "LONDON", "safety": -1}]"#)
        #expect(negative.errors == ["/0/safety invalid_input"], "\(negative.text)")
        let level = try await server.send("GET", "/v1/stock?sku=TEE-M").json["data"]?.array?.first
        #expect(level?["safety"]?.integer == 0)
        try server.system.expectClean()
    }

    /// A shop in which a capture was given up, and a switch that mends the provider.
    private func shopInTrouble() async throws -> (TestSystem, OrderID, mend: @Sendable () -> Void) {
        struct Silence: Error {}
        let state = Switch()
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 5",
            providers: [
                TestProvider("card") { request in
                    if !state.isOn { throw Silence() }
                    return .done(reference: request.id)
                }
            ])
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by card")
        try shop.walk(id, to: .shipped)
        for _ in 1...13 {
            try await shop.runDueJobs()
            shop.advance(.hours(2))
        }
        return (shop, id, { state.turnOn() })
    }

    @Test("Buried jobs are listed and tried again")
    func jobs() async throws {
        let (shop, id, mend) = try await shopInTrouble()
        let server = try await TestServer(shop)
        let listed = try await server.send("GET", "/v1/jobs?state=buried")
        let job = try #require(listed.json["data"]?.array?.first)
        #expect(job["kind"]?.string == "settle_effect" && job["order"]?.string == id.description)
        #expect(try await server.send("GET", "/v1/jobs?state=waiting").json["data"]?.array?.isEmpty == true)
        let path = "/v1/jobs/\(job["id"]?.string ?? "")/retries"
        mend()
        let retried = try await server.send("POST", path, "{}", once: "1")
        #expect(retried.status == 201 && retried.json["state"]?.string == "waiting", "\(retried.text)")
        #expect(try await server.send("POST", path, "{}", once: "1").text == retried.text)
        #expect(try await server.send("POST", path, "{}", once: "2").code == "illegal_transition")
        let left = try await server.send("GET", "/v1/exceptions").json["data"]?.array
        #expect(left?.compactMap { $0["kind"]?.string } == ["connector_down"])
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 1000)
        #expect(try await server.send("GET", "/v1/exceptions").json["data"]?.array?.isEmpty == true)
        try shop.expectClean()
    }

    @Test("The queue of exceptions says what can be done about each, and the call it names does it")
    func exceptions() async throws {
        let (shop, id, mend) = try await shopInTrouble()
        let server = try await TestServer(shop)
        let listed = try await server.send("GET", "/v1/exceptions?kind=buried_job&order=\(id)")
        let exception = try #require(listed.json["data"]?.array?.first, "\(listed.text)")
        let action = try #require(exception["actions"]?.array?.first)
        #expect(action["action"]?.string == "retries" && action["missing"]?.array?.isEmpty == true)
        let path = "/v1/exceptions/\(exception["id"]?.string ?? "")/assignments"
        try shop.perform(CreateUser(email: "ada@example.com", name: "Ada", passwordHash: "none", scopes: [.admin]))
        let assigned = try await server.send("POST", path, #"{"assignee": "Ada", "due": "2026-05-01T10:00:00Z"}"#)
        #expect(assigned.status == 201 && assigned.json["assignee"]?.string == "Ada", "\(assigned.text)")
        #expect(try await server.send("POST", path, #"{"assignee": 7}"#).errors == ["/assignee invalid_input"])
        let groups = try await server.send("GET", "/v1/exceptions/groups").json["data"]?.array
        let counts = (groups ?? []).map { "\($0["count"]?.integer ?? 0) × \($0["kind"]?.string ?? "")" }
        #expect(Set(counts) == ["1 × buried_job", "1 × connector_down"])
        mend()
        #expect(try await server.send("POST", action["path"]?.string ?? "", "{}", once: "9").status == 201)
        let left = try await server.send("GET", "/v1/exceptions?kind=buried_job").json["data"]?.array
        #expect(left?.isEmpty == true)
        let all = try await server.send("GET", "/v1/exceptions?status=all&assignee=Ada").json["data"]?.array
        #expect(all?.first?["status"]?.string == "resolved" && all?.first?["actions"]?.array?.isEmpty == true)
        for wrong in ["status=shut", "kind=odd", "order=7", "overdue=maybe", "cursor=QUFB"] {
            #expect(try await server.send("GET", "/v1/exceptions?\(wrong)").code == "invalid_input", "\(wrong)")
        }
    }

    @Test("The console's list of exceptions is grouped by cause, and its buttons do what they say")
    func exceptionList() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.perform(PassStage(order: id, stage: "remorse", hasPassed: false, note: "called us"))
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/exceptions?kind=stage_failed")
        #expect(browser.page.contains("Stage failed") && browser.page.contains("WEB-1001"))
        try await browser.submit("/assignments", button: "Take on")
        #expect(browser.flash == "You have taken it on.")
        try await browser.submit("/actions", button: "Pass the stage remorse")
        #expect(browser.flash == "Done: Pass the stage remorse.")
        #expect(try shop.order(id).exceptions.isEmpty && shop.order(id).stage == nil)
        try await browser.open("/console/exceptions?overdue=true")
        #expect(browser.page.contains("Nothing is open"))
    }

    @Test("The console's home page shows a buried job with a button, to those who may press it")
    func console() async throws {
        let (shop, id, mend) = try await shopInTrouble()
        let clerk = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .ordersWrite])
        try await clerk.open("/console")
        #expect(!clerk.page.contains("/retries") && clerk.page.contains("Settle effect") == false)
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console")
        #expect(browser.page.contains("Given up") && browser.page.contains("STO-1001"))
        mend()
        try await browser.submit("/retries", button: "Try again")
        #expect(browser.flash == "The job is tried again.")
        try await shop.runDueJobs()
        #expect(try shop.order(id).captured == 1000)
        try shop.expectClean()
    }
}

/// Something that a test turns on. A class, since a provider shares it.
private final class Switch: Sendable {
    private let state = Mutex(false)
    var isOn: Bool { state.withLock { $0 } }
    func turnOn() { state.withLock { $0 = true } }
}

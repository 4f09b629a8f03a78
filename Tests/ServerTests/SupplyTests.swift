import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// Units that are not simply there, as callers of the interface see them.
@Suite("Transfers, inbound supply and reservations by HTTP")
struct SupplyTests {
    private func server() async throws -> TestServer {
        try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 10", "TEE-M@YORK: 1"))
    }

    private func post(_ path: String, _ body: String, to server: TestServer) async throws -> TestServer.Answer {
        try await server.send("POST", path, body, once: UUID().uuidString)
    }

    @Test("Supply that should have come before is taken, said to be overdue, and shown to a person at once")
    func lateDocument() async throws {
        let server = try await server()
        func body(_ reference: String, _ due: String) -> String {
            """
            {"location": "LONDON", "reference": "\(reference)", "due": "\(due)",
             "lines": [{"sku": "TEE-M", "quantity": 5}]}
            """
        }
        let late = try await post("/v1/stock/inbound", body("PO-1", "2026-02-20T10:00:00Z"), to: server)
        #expect(late.status == 201 && late.json["overdue"]?.bool == true, "\(late.text)")
        let due = try await post("/v1/stock/inbound", body("PO-2", "2026-03-09T10:00:00Z"), to: server)
        #expect(due.status == 201 && due.json["overdue"]?.bool == false)
        try await server.system.runDueJobs()
        let shown = try await server.send("GET", "/v1/exceptions?kind=inbound_overdue")
        #expect(shown.json["data"]?.array?.map { $0["subject"]?.string } == [late.json["id"]?.string])
        let list = try await server.send("GET", "/v1/stock/inbound")
        #expect(list.json["data"]?.array?.map { $0["overdue"]?.bool } == [true, false])
        let id = try #require(late.json["id"]?.string)
        let here = try await post("/v1/stock/inbound/\(id)/receipts", "{}", to: server)
        #expect(here.json["overdue"]?.bool == false)
    }

    @Test("A channel that brings goods to its stores: placed, sent, arrived, with the transfer found by its order")
    func shipToStore() async throws {
        let server = try await server()
        let channel = """
            {"name": "Click", "currency": "GBP", "number_prefix": "CLK-",
             "policy": {"stages": [], "supply": {"pickup_by_transfer": true, "transfer_days": 1}}}
            """
        let saved = try await server.send("PUT", "/v1/channels/click", channel)
        #expect(saved.json["policy"]?["supply"]?["pickup_by_transfer"]?.bool == true, "\(saved.text)")
        let address = """
            "method": "ship", "service": "standard", "address": {"name": "A. Example",
               "lines": ["1 High Street"], "city": "Leeds", "region": null, "postcode": "LS1 4AP", "country": "GB"}
            """
        let placed = try await server.place([
            address: #""method": "pickup", "location": "YORK", "delegate": "Bob", "note": "Blue van""#,
            #""channel": "web""#: #""channel": "click""#,
        ])
        #expect(placed.status == 201, "\(placed.text)")
        let order = try #require(placed.json["id"]?.string)
        let list = try await server.send("GET", "/v1/stock/transfers?status=planned&from=LONDON&order=\(order)")
        let transfer = try #require(list.json["data"]?.array?.first?["id"]?.string, "\(list.text)")
        #expect(try await post("/v1/stock/transfers/\(transfer)/sendings", "{}", to: server).status == 200)
        let again = try await server.send("POST", "/v1/stock/transfers/\(transfer)/sendings", "{}", once: "other")
        #expect(again.status == 409 && again.code == "illegal_transition")
        let arrived = try await post("/v1/stock/transfers/\(transfer)/arrivals", "{}", to: server)
        #expect(arrived.json["status"]?.string == "arrived", "\(arrived.text)")
        let shown = try await server.send("GET", "/v1/orders/\(order)")
        let states = (shown.json["fulfillments"]?.array ?? []).compactMap { $0["status"]?.string }
        #expect(states == ["released", "released"])
        // The store sees whom to expect.
        let browser = try ConsoleBrowser.signedIn(server.system)
        try await browser.open("/console/fulfillments?location=YORK")
        #expect(browser.page.contains("or Bob · Blue van"))
        let listed = try await server.send("GET", "/v1/fulfillments?location=YORK")
        let pickup = listed.json["data"]?.array?.first?["pickup"]
        #expect(pickup?.text == #"{"customer":"A. Example","delegate":"Bob","note":"Blue van"}"#, "\(listed.text)")
        try await browser.open("/console/orders/\(order)")
        #expect(browser.page.contains("May collect too") && browser.page.contains("Bob"))
        #expect(browser.page.contains("Blue van"))
        try server.system.expectClean()
    }

    @Test("A transfer by hand comes short; callers of one location see theirs only")
    func transfer() async throws {
        let server = try await server()
        let lines = #""lines": [{"sku": "TEE-M", "quantity": 4}]"#
        let planned = try await post(
            "/v1/stock/transfers", #"{"from": "LONDON", "to": "YORK", \#(lines)}"#, to: server)
        #expect(planned.status == 201 && planned.header("Location") != nil, "\(planned.text)")
        let path = try #require(planned.header("Location"))
        #expect(try await server.send("GET", path).json["shortages"] == planned.json["shortages"])
        _ = try await post(path + "/sendings", "{}", to: server)
        #expect(try await server.send("GET", path).json["shortages"] == nil, "it is planned no more")
        let short = try await post(
            path + "/arrivals", #"{"short": true, "lines": [{"sku": "TEE-M", "quantity": 3}]}"#, to: server)
        #expect(short.json["status"]?.string == "short", "\(short.text)")
        #expect(short.json["lines"]?.array?.first?["lost"]?.integer == 1)
        let stranger = try server.key([.stockRead], locations: ["LEEDS"])
        #expect(try await server.send("GET", path, key: stranger).status == 404)
        #expect(try await server.send("GET", "/v1/stock/transfers?order=x").errors == ["?order invalid_input"])
        try server.system.expectClean()
    }

    @Test("Expected units are shown as the next supply, received, and closed")
    func inbound() async throws {
        let server = try await server()
        let body = """
            {"location": "LONDON", "reference": "PO-7", "due": "2026-03-09T08:00:00Z",
             "lines": [{"sku": "TEE-M", "quantity": 500}]}
            """
        let expected = try await post("/v1/stock/inbound", body, to: server)
        let path = try #require(expected.header("Location"), "\(expected.text)")
        let availability = try await server.send("GET", "/v1/availability?channel=web&sku=TEE-M")
        #expect(
            availability.json["data"]?.array?.first?["next_supply"]?.text
                == #"{"date":"2026-03-09","quantity":500}"#)
        let moved = try await post(path + "/due-dates", #"{"due": "2026-03-12T08:00:00Z"}"#, to: server)
        #expect(moved.json["due"]?.string == "2026-03-12T08:00:00Z")
        let part = try await post(path + "/receipts", #"{"lines": [{"sku": "TEE-M", "quantity": 20}]}"#, to: server)
        #expect(part.json["lines"]?.array?.first?["to_come"]?.integer == 480, "\(part.text)")
        let closed = try await post(path + "/closings", "{}", to: server)
        #expect(closed.json["status"]?.string == "short")
        let list = try await server.send("GET", "/v1/stock/inbound?status=short&location=LONDON")
        #expect(list.json["data"]?.array?.count == 1)
        try server.system.expectClean()
    }

    @Test("A checkout reserves, places with its reservation, and cannot use it twice")
    func reservation() async throws {
        let server = try await server()
        let body = #"{"channel": "web", "lines": [{"sku": "TEE-M", "quantity": 2}], "expires_in": 900}"#
        let reserved = try await post("/v1/reservations", body, to: server)
        let id = try #require(reserved.json["id"]?.string, "\(reserved.text)")
        let named = [#"{"channel": "web","#: #"{"reservation": "\#(id)", "channel": "web","#]
        let placed = try await server.place(named)
        #expect(placed.status == 201, "\(placed.text)")
        let second = try await server.place(named)
        #expect(second.status == 409 && second.errors == ["/reservation reservation_ended"], "\(second.text)")
        let shown = try await server.send("GET", "/v1/reservations/\(id)")
        #expect(shown.json["status"]?.string == "used")
        #expect(shown.json["order"]?.string == placed.json["id"]?.string)
        let other = try await server.send("POST", "/v1/reservations", body, once: "other")
        let path = try #require(other.header("Location"))
        #expect(try await server.send("DELETE", path).status == 204)
        #expect(try await server.send("DELETE", "/v1/reservations/\(id)").status == 409)
        try server.system.expectClean()
    }
}

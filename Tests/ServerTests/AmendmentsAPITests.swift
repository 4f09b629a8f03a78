import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Amending over HTTP")
struct AmendmentsAPITests {
    private func server() async throws -> (TestServer, OrderID) {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9", "TEE-M@YORK: 9"))
        return (server, try server.system.place("2 × TEE-M at 10.00 GBP, store"))
    }

    private func quantity(_ id: OrderID, _ units: Int) -> String {
        #"{"quantities": [{"line": "\#(OrderLineID(id, 1))", "quantity": \#(units)}]}"#
    }

    @Test("An agent looks, stages, commits once, and reads what became of it")
    func journey() async throws {
        let (server, id) = try await server()
        let path = "/v1/orders/\(id)/amendments"
        let body = #"""
            {"add": [{"sku": "CAP", "quantity": 1, "unit_price": {"amount": 500, "currency": "GBP"}}],
             "quantities": [{"line": "\#(OrderLineID(id, 1))", "quantity": 1}], "note": "called",
             "payment": {"provider": "manual", "reference": "p-2", "authorized": {"amount": 5, "currency": "GBP"}}}
            """#
        let asked = server.system.waybill.counts.commands
        let shown = try await server.send("POST", path + "?preview=true", body)
        #expect(server.system.waybill.counts.commands == asked, "nobody waits for it")
        #expect(shown.status == 200 && shown.json["status"]?.string == "preview", "\(shown.text)")
        #expect(shown.json["money"]?["due_after"]?["amount"]?.integer == 1500)
        #expect(try server.system.order(id).version == 1)

        let staged = try await server.send("POST", path, body)
        let name = try #require(staged.json["id"]?.string, "\(staged.text)")
        #expect(staged.status == 201 && staged.header("Location") == "\(path)/\(name)")
        let second = try await server.send("POST", path, quantity(id, 5))
        #expect(second.status == 409 && second.code == "amendment_open", "\(second.text)")

        let keyless = try await server.send("POST", "\(path)/\(name)/commitments", "{}")
        #expect(keyless.status == 400 && keyless.code == "key_required")
        let stale = try await server.send(
            "POST", "\(path)/\(name)/commitments", "{}", once: "old", headers: ["If-Match": "\"1\""])
        #expect(stale.status == 412 && stale.code == "stale_version")
        let done = try await server.send("POST", "\(path)/\(name)/commitments", "{}", once: "c-1")
        #expect(done.status == 201 && done.json["revision"]?.integer == 2, "\(done.text)")
        #expect(done.json["order"]?["revision"]?.integer == 2)
        #expect(try await server.send("POST", "\(path)/\(name)/commitments", "{}", once: "c-1").text == done.text)
        let again = try await server.send("POST", "\(path)/\(name)/commitments", "{}", once: "c-2")
        #expect(again.status == 409 && again.code == "illegal_transition")

        let list = try await server.send("GET", path)
        #expect(list.json["data"]?.array?.map { $0["status"]?.string } == ["committed"])
        let one = try await server.send("GET", "\(path)/\(name)")
        #expect(one.json["request"]?["note"]?.string == "called" && one.json["revision"]?.integer == 2)
        try server.system.expectClean()
    }

    @Test("A pickup that moves keeps its delegate and what was said of the curb, unless that is said anew", arguments: [
        (#""location": "BATH""#, "Bob", "Blue van"), (#""location": "BATH", "delegate": null"#, nil, "Blue van"),
        (#""location": "YORK", "delegate": "Eve", "note": "Bay 4""#, "Eve", "Bay 4"),
    ] as [(String, String?, String?)])
    func movedPickup(change: String, delegate: String?, note: String?) async throws {
        let (server, _) = try await server()
        try server.system.perform(SaveLocations(locations: [.store("BATH")]))
        try server.system.receive("TEE-M@BATH: 5")
        let placed = try await server.place([
            #""channel": "web""#: #""channel": "store""#,
            """
            "method": "ship", "service": "standard", "address": {"name": "A. Example",
               "lines": ["1 High Street"], "city": "Leeds", "region": null, "postcode": "LS1 4AP", "country": "GB"}
            """: #""method": "pickup", "location": "YORK", "delegate": "Bob", "note": "Blue van""#,
        ])
        let order = try #require(placed.json["id"]?.string, "\(placed.text)")
        let path = "/v1/orders/\(order)/amendments"
        let staged = try await server.send("POST", path, #"{"delivery": {"method": "pickup", \#(change)}}"#)
        let name = try #require(staged.json["id"]?.string, "\(staged.text)")
        let done = try await server.send("POST", "\(path)/\(name)/commitments", "{}", once: "c")
        let delivery = done.json["order"]?["delivery"]
        #expect(delivery?["delegate"]?.string == delegate && delivery?["note"]?.string == note, "\(done.text)")
        try server.system.expectClean()
    }

    @Test("Revisions are listed page by page, shown, and compared")
    func revisions() async throws {
        let (server, id) = try await server()
        for units in [3, 4, 1] { try server.system.amendNow(id, units) }
        let path = "/v1/orders/\(id)/revisions"
        let first = try await server.send("GET", path + "?limit=3")
        #expect(first.json["data"]?.array?.map { $0["revision"]?.integer } == [1, 2, 3], "\(first.text)")
        let cursor = try #require(first.json["next_cursor"]?.string)
        let rest = try await server.send("GET", path + "?limit=3&cursor=\(cursor)")
        #expect(rest.json["data"]?.array?.map { $0["revision"]?.integer } == [4])
        #expect(rest.json["next_cursor"]?.isNull == true)
        let two = try await server.send("GET", path + "/3")
        #expect(two.json["changes"]?["lines"]?.array?.first?["before"]?.integer == 3)
        for (from, to) in [(1, 4), (4, 1)] {
            let sum = try await server.send("GET", path + "/\(from)?compare=\(to)")
            let line = sum.json["changes"]?["lines"]?.array?.first
            #expect(line?["before"]?.integer == 2 && line?["after"]?.integer == 1, "\(sum.text)")
        }
        let same = try await server.send("GET", path + "/3?compare=3")
        #expect(same.json["changes"]?["lines"]?.array?.isEmpty == true, "\(same.text)")
        for wrong in ["/0", "/5", "/x"] { #expect(try await server.send("GET", path + wrong).status == 404) }
        #expect(try await server.send("GET", path + "/1?compare=9").status == 400)
        #expect(try await server.send("GET", path + "?cursor=x").status == 400)
    }

    @Test("A dropped amendment answers with the order; amendments of other orders are not found")
    func dropped() async throws {
        let (server, id) = try await server()
        let other = try server.system.place("1 × TEE-M at 10.00 GBP, store")
        let staged = try await server.send("POST", "/v1/orders/\(id)/amendments", quantity(id, 1))
        let name = try #require(staged.json["id"]?.string)
        #expect(try await server.send("DELETE", "/v1/orders/\(other)/amendments/\(name)").status == 404)
        let done = try await server.send("DELETE", "/v1/orders/\(id)/amendments/\(name)")
        #expect(done.status == 200 && done.json["status"]?.string == "dropped", "\(done.text)")
        #expect(done.json["order"]?["id"]?.string == id.description)
        #expect(try await server.send("DELETE", "/v1/orders/\(id)/amendments/\(name)").status == 409)
    }

    @Test("What is wrong in a body is named at its place, and changes nothing")
    func wrong() async throws {
        let (server, id) = try await server()
        let line = OrderLineID(id, 1)
        let pound = #"{"amount": 1, "currency": "GBP"}"#
        let bodies: [(String, String)] = [
            (#"{"quantities": [{"line": "\#(line)", "quantity": -1}]}"#, "/quantities/0/quantity invalid_input"),
            (#"{"quantities": [{"line": "\#(line)", "quantity": 1, "unit_price": \#(pound)}]}"#,
                "/quantities/0/unit_price invalid_input"),
            (#"{"swap": [{"line": "\#(line)", "quantity": 1}]}"#, "/swap/0/sku invalid_input"),
            (#"{"swap": [{"line": "\#(line)", "sku": "NOTHING", "quantity": 1}]}"#, "/swap/0/sku unknown_sku"),
            (#"{"price": "cheap"}"#, "/price invalid_input"), (#"{"lines": []}"#, "/lines unknown_field"),
            (#"{"delivery": {"method": "pickup", "location": "MARS"}}"#, "/delivery/location unknown_location"),
            (#"{"customer": {"name": "A", "email": "nowhere"}}"#, "/customer/email invalid_input"),
        ]
        for (body, error) in bodies {
            let answer = try await server.send("POST", "/v1/orders/\(id)/amendments", body)
            #expect(answer.errors == [error], "\(body): \(answer.text)")
        }
        #expect(try server.system.order(id).version == 1)
    }

    @Test("channels: the policy of amending is saved, shown, and refused where it is wrong")
    func policy() async throws {
        let (server, _) = try await server()
        func save(_ amending: String) async throws -> TestServer.Answer {
            try await server.send(
                "PUT", "/v1/channels/new",
                #"{"name": "New", "currency": "GBP", "policy": {"amending": \#(amending)}}"#)
        }
        let wrong = try await save(#"{"add_until": "shipped", "expiry_seconds": 5, "picked_goods": "burn"}"#)
        #expect(
            wrong.errors == [
                "/policy/amending/add_until invalid_input", "/policy/amending/picked_goods invalid_input",
                "/policy/amending/expiry_seconds invalid_input",
            ], "\(wrong.text)")
        let saved = try await save(#"{"method_until": "never", "picked_goods": "refuse"}"#)
        let shown = try await server.send("GET", "/v1/channels/new").json["policy"]?["amending"]
        #expect(saved.status == 200 && shown?["method_until"]?.string == "never", "\(saved.text)")
        #expect(shown?["picked_goods"]?.string == "refuse" && shown?["expiry_seconds"]?.integer == 3_600)
    }

    @Test("The order's page tells its revisions")
    func console() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        try shop.amendNow(id, 3)
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        #expect(browser.page.contains("Revision 2: TEE-M 2 → 3"), "\(browser.page)")
    }
}

extension TestSystem {
    /// Brings the first line of an order to so many units.
    fileprivate func amendNow(_ id: OrderID, _ units: Int) throws {
        var request = AmendmentRequest()
        request.quantities = [.init(line: OrderLineID(id, 1), quantity: Int64(units))]
        try perform(AmendOrder(order: id, request: request))
        try perform(CommitAmendment(amendment: AmendmentID(id, try order(id).amendments.count)))
    }
}

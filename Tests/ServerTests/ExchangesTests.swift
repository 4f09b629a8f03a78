import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Exchanges, goods sent again, and cards' last digits over HTTP")
struct ExchangesTests {
    private func server() async throws -> (TestServer, OrderID) {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 20", "TEE-L@LONDON: 9"))
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP, store")
        order.payments = [
            .init(provider: "manual", reference: "pay-1", authorized: order.total, cardLast4: "0042")
        ]
        let reply = try server.system.perform(order)
        let id = try #require(JSON.parse(reply.body)["id"]?.string.flatMap { OrderID($0) })
        try server.system.walk(id, to: .delivered)
        return (server, id)
    }

    private func line(_ id: OrderID) -> String { OrderLineID(id, 1).description }

    @Test("An exchange is previewed, made, seen in both orders, and settled by the receipt of its return")
    func exchange() async throws {
        let (server, id) = try await server()
        let body = """
            {"return": {"method": "by_post", "lines": [{"line": "\(line(id))", "quantity": 1, "reason": "wrong_size"}]},
             "lines": [{"sku": "TEE-L", "quantity": 1}]}
            """
        let asked = server.system.waybill.counts.commands
        let preview = try await server.send("POST", "/v1/orders/\(id)/exchanges?preview=true", body)
        #expect(server.system.waybill.counts.commands == asked, "nobody waits for it")
        #expect(preview.status == 200, "\(preview.text)")
        #expect(preview.json["difference"]?["amount"]?.integer == 0)
        let made = try await server.send("POST", "/v1/orders/\(id)/exchanges", body, once: "x-1")
        #expect(made.status == 201, "\(made.text)")
        #expect(made.json["order"]?["id"]?.string == id.description)
        let entry = try #require(made.json["return"]?["id"]?.string)
        let new = try #require(made.json["exchange"]?["id"]?.string)
        #expect(made.json["return"]?["exchange"]?["order"]?.string == new)
        let again = try await server.send("POST", "/v1/orders/\(id)/exchanges", body, once: "x-1")
        #expect(again.json["exchange"]?["id"]?.string == new)
        try server.system.perform(ApproveReturn(id: try #require(ReturnID(entry))))
        let receipt = try await server.send(
            "POST", "/v1/returns/\(entry)/receipts",
            #"{"location": "LONDON", "lines": [{"line": "\#(line(id))", "quantity": 1, "disposition": "restock"}]}"#,
            once: "r-1")
        #expect(receipt.json["status"]?.string == "settled", "\(receipt.text)")
        let order = try await server.send("GET", "/v1/orders/\(new)").json
        #expect(order["exchange"]?["order"]?.string == id.description)
        #expect(order["exchange"]?["brought"]?["amount"]?.integer == 1000)
        #expect(order["payments"]?.array?.first?["card_last4"]?.string == "0042")
    }

    @Test("Wrong exchanges are answered at their places; a lone payment is named as it stands")
    func wrong() async throws {
        let (server, id) = try await server()
        let units = #"[{"line": "\#(line(id))", "quantity": 9, "reason": "other"}]"#
        let back = #""return": {"method": "by_post", "lines": \#(units)}"#
        for (lines, more, pointer) in [
            (#"[{"sku": "TEE-L", "quantity": 1}]"#, "", "/return/lines/0/quantity"),
            (#"[{"sku": "TEE-L", "quantity": 1, "tax": {"amount": 1, "currency": "GBP"}}]"#, "", "/lines/0/tax"),
            ("[]", "", "/lines"),
            (
                #"[{"sku": "TEE-L", "quantity": 1}]"#,
                #", "payment": {"provider": "manual", "reference": "r", "card_last4": "12", "#
                    + #""authorized": {"amount": 1, "currency": "GBP"}}"#, "/payment/card_last4"
            ),
        ] {
            let reply = try await server.send(
                "POST", "/v1/orders/\(id)/exchanges", "{\(back), \"lines\": \(lines)\(more)}",
                once: "w\(pointer)")
            let pointers = (reply.json["errors"]?.array ?? []).compactMap { $0["pointer"]?.string }
            #expect(pointers.contains(pointer), "\(reply.text)")
        }
    }

    @Test("The goods of a parcel that never came are sent again")
    func reship() async throws {
        let (server, _) = try await server()
        let id = try server.system.place("1 × TEE-M at 10.00 GBP, store")
        try server.system.walk(id, to: .shipped)
        let parcel = ParcelID(id, 1)
        let permissions = try await server.send("GET", "/v1/orders/\(id)/permissions")
        let paths = (permissions.json["data"]?.array ?? []).compactMap { $0["path"]?.string }
        #expect(paths.contains("/v1/parcels/\(parcel)/reshipments") && paths.contains("/v1/orders/\(id)/exchanges"))
        let path = "/v1/parcels/\(parcel)/reshipments"
        let reply = try await server.send("POST", path, #"{"note": "silent"}"#, once: "s-1")
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.json["reshipment"]?["reshipment"]?["parcel"]?.string == parcel.description)
        #expect(reply.json["parcel"]?["claim"]?["resolution"]?.string == "reship")
    }

    @Test("An order is found by the card's last digits together with something else, and never by them alone")
    func cards() async throws {
        let (server, id) = try await server()
        for query in ["q=ada", "placed_from=2026-01-01T00:00:00Z", "email=ada@example.com", "sku=TEE-M"] {
            let found = try await server.send("GET", "/v1/orders?card_last4=0042&\(query)")
            #expect(found.json["data"]?.array?.map { $0["id"]?.string } == [id.description], "\(found.text)")
            let none = try await server.send("GET", "/v1/orders?card_last4=0043&\(query)")
            #expect(none.json["data"]?.array?.isEmpty == true)
        }
        #expect(try await server.send("GET", "/v1/orders?card_last4=0042").status == 400)
        #expect(try await server.send("GET", "/v1/orders?card_last4=42&q=ada").status == 400)
        #expect(try await server.send("GET", "/v1/orders?q=0042").json["data"]?.array?.isEmpty == true)
        let other = try server.system.place("1 × TEE-M at 10.00 GBP, unpaid")
        let body = """
            {"provider": "manual", "reference": "later", "card_last4": "9911",
             "authorized": {"amount": 1000, "currency": "GBP"}}
            """
        let added = try await server.send("POST", "/v1/orders/\(other)/payments", body, once: "p-1")
        #expect(added.status == 201, "\(added.text)")
        let found = try await server.send("GET", "/v1/orders?card_last4=9911&q=ada")
        #expect(found.json["data"]?.array?.map { $0["id"]?.string } == [other.description])
        try server.system.expectClean()
    }
}

import OrderManagement
import TestSupport
import Testing

@testable import Server

/// What somebody holds in their hands finds the order and the return: a label, a parcel, the goods, a card.
@Suite("Found by what is in the hand")
struct FindingTests {
    private struct Desk {
        let server: TestServer
        let order: String
        let number: String
        let back: String
    }

    /// An order from London that came back in part: under the number RB-9, with a return before it that was rejected.
    private func desk() async throws -> Desk {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@YORK: 9"))
        let shop = server.system
        var cap = Item.plain("CAP")
        cap.barcode = "5012345678900"
        try shop.perform(SaveItems(items: [cap]))
        for _ in 1...3 { try shop.place("1 × CAP at 5.00 GBP, store") }
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        try shop.walk(id, to: .delivered)
        let line = OrderLineID(id, 1)
        for number in 1...2 {
            try shop.perform(
                RequestReturn(
                    order: id, method: .byPost, location: nil,
                    lines: [.init(line: line, quantity: 1, reason: .unwanted)]))
            let back = ReturnID(id, number)
            if number == 1 {
                try shop.perform(RejectReturn(id: back, note: nil))
            } else {
                try shop.perform(ApproveReturn(id: back))
                try shop.perform(SendReturn(id: back, courier: "postman", tracking: "RB-9"))
            }
        }
        return Desk(
            server: server, order: id.description, number: try shop.order(id).number,
            back: ReturnID(id, 2).description)
    }

    private func numbers(_ path: String, _ desk: Desk, key: String? = nil) async throws -> [String?] {
        let answer = try await desk.server.send("GET", path, key: key)
        #expect(answer.status == 200, "\(path): \(answer.text)")
        return (answer.json["data"]?.array ?? []).map { $0["number"]?.string }
    }

    private func returns(_ query: String, _ desk: Desk) async throws -> [String?] {
        let answer = try await desk.server.send("GET", "/v1/returns?\(query)")
        #expect(answer.status == 200, "\(query): \(answer.text)")
        return (answer.json["data"]?.array ?? []).map { $0["reference"]?.string }
    }

    @Test("The label of a return, in any case of letters, and its courier's number find the order")
    func ofReturns() async throws {
        let desk = try await desk()
        let reference = "\(desk.number)-R2"
        for query in [
            "q=\(reference)", "q=\(reference.lowercased())", "number=\(reference)", "q=RB-9", "tracking=RB-9",
            "q=RB-9&placed_from=2026-01-01T00:00:00Z", "number=\(reference)&updated_from=2026-01-01T00:00:00Z",
        ] {
            #expect(try await numbers("/v1/orders?\(query)", desk) == [desk.number], "\(query)")
        }
        for query in [
            "q=\(desk.number)-R3", "number=\(desk.number)-R3", "number=\(desk.number)-R0", "tracking=RB-8",
            "number=\(reference)&placed_to=2026-01-01T00:00:00Z", "q=RB-9&updated_from=2030-01-01T00:00:00Z",
        ] {
            #expect(try await numbers("/v1/orders?\(query)", desk) == [], "\(query)")
        }
    }

    @Test("The goods find their orders by SKU and by the barcode on them, page by page, beside words that are the same")
    func ofItems() async throws {
        let desk = try await desk()
        for query in ["q=CAP", "q=cap", "q=5012345678900", "barcode=5012345678900", "sku=CAP"] {
            #expect(
                try await numbers("/v1/orders?\(query)", desk) == ["STO-1003", "STO-1002", "STO-1001"], "\(query)")
        }
        // Somebody is called as the item is.
        let caps = try PlaceOrder("1 × TEE-M at 10.00 GBP, store")
        var named = caps
        named.customer = Customer(name: "Kit Cap", email: nil, phone: nil)
        try desk.server.system.perform(named)
        var path: String? = "/v1/orders?q=cap&limit=2"
        var found: [String?] = []
        while let next = path {
            let page = try await desk.server.send("GET", next)
            found += (page.json["data"]?.array ?? []).map { $0["number"]?.string }
            path = page.header("Link").map { String($0.dropFirst().prefix { $0 != ">" }) }
        }
        #expect(found == ["STO-1005", "STO-1003", "STO-1002", "STO-1001"])
        #expect(try await numbers("/v1/orders?q=kit%20cap", desk) == ["STO-1005"])
        try desk.server.system.expectClean()
    }

    @Test("Signs are no wild cards: alone they are refused, elsewhere they stand for themselves")
    func signs() async throws {
        let desk = try await desk()
        for list in ["/v1/orders", "/v1/returns"] {
            for text in ["%25", "_", "%25%25", "*", "%20%25%20", "%3F"] {
                let answer = try await desk.server.send("GET", "\(list)?q=\(text)")
                #expect(answer.status == 400 && answer.errors == ["?q invalid_input"], "\(text): \(answer.text)")
            }
        }
        for text in ["CA%25", "_AP", "ST%25", "%25ad%25", "RB_9"] {
            #expect(try await numbers("/v1/orders?q=\(text)", desk) == [], "\(text)")
            #expect(try await returns("q=\(text)", desk) == [], "\(text)")
        }
        #expect(try await numbers("/v1/orders?q=", desk).count == 4, "nothing was typed")
        for query in ["number=%25", "sku=%25", "customer=%25", "tracking=_"] {
            #expect(try await numbers("/v1/orders?\(query)", desk) == [], "\(query)")
        }
    }

    @Test("Returns are found by reference, courier's number, goods and whatever finds their order")
    func returnsThemselves() async throws {
        let desk = try await desk()
        let (first, second) = ("\(desk.number)-R1", "\(desk.number)-R2")
        for query in [
            "reference=\(second)", "reference=\(second.lowercased())", "tracking=RB-9", "q=RB-9", "q=\(second)",
            "q=\(desk.back)", "q=TEE-M&open=true", "q=\(desk.number)&status=in_transit", "open=true",
        ] {
            #expect(try await returns(query, desk) == [second], "\(query)")
        }
        #expect(try await returns("q=TEE-M", desk) == [second, first], "the newest first")
        #expect(try await returns("q=\(desk.number)", desk) == [second, first])
        #expect(try await returns("q=ada@example.com", desk) == [second, first])
        #expect(try await returns("q=example", desk) == [second, first])
        for query in ["reference=\(first)&open=true", "q=CAP", "tracking=X", "reference=nothing", "q=nobody"] {
            #expect(try await returns(query, desk) == [], "\(query)")
        }
        let page = try await desk.server.send("GET", "/v1/returns?q=TEE-M&limit=1")
        let next = try #require(page.json["next_cursor"]?.string)
        #expect(page.json["data"]?.array?.first?["reference"]?.string == second)
        #expect(try await returns("q=TEE-M&limit=1&cursor=\(next)", desk) == [first])
    }

    @Test("A counter finds orders from anywhere by what names them or by goods with a name, and nobody by a name alone")
    func counter() async throws {
        let desk = try await desk()
        let york = try desk.server.key([.ordersRead, .returnsRead, .returnsWrite], locations: ["YORK"])
        for query in [
            "q=RB-9", "q=\(desk.number)-R2", "tracking=RB-9", "q=ada@example.com&sku=TEE-M", "sku=TEE-M&q=LS1%204AP",
            "q=\(desk.number)",
        ] {
            #expect(
                try await numbers("/v1/orders?counter=true&\(query)", desk, key: york) == [desk.number], "\(query)")
            #expect(try await numbers("/v1/orders?\(query)", desk, key: york) == [], "not without the word counter")
        }
        for query in ["q=TEE-M", "sku=TEE-M", "barcode=1", "q=grace"] {
            #expect(try await numbers("/v1/orders?counter=true&\(query)", desk, key: york) == [], "\(query)")
        }
        let answer = try await desk.server.send("GET", "/v1/orders?counter=true", key: york)
        #expect(answer.errors == ["?counter invalid_input"], "\(answer.text)")
    }

    @Test("A counter finds the orders of its own location by anything alone, and by that no other's")
    func ownOrders() async throws {
        let desk = try await desk()
        let shop = desk.server.system
        func place(_ text: String) throws -> String {
            var order = try PlaceOrder(text)
            order.payments = [
                .init(provider: "manual", reference: "pay-1", authorized: order.total, cardLast4: "4242")
            ]
            let reply = try JSON.parse(shop.perform(order).body)
            return try #require(reply["number"]?.string)
        }
        let own = try place("1 × CAP at 7.00 GBP, store")
        let other = try place("1 × TEE-M at 7.00 GBP, store")
        let york = try desk.server.key([.ordersRead, .returnsRead, .returnsWrite], locations: ["YORK"])
        #expect(try await numbers("/v1/orders?counter=true&card_last4=4242", desk, key: york) == [own])
        for query in ["sku=CAP", "barcode=5012345678900", "q=CAP", "q=ada", "q=LS1%204AP"] {
            let found = try await numbers("/v1/orders?counter=true&\(query)", desk, key: york)
            #expect(found.count == 4 && found[0] == own, "\(query): \(found)")
            let first = try await desk.server.send("GET", "/v1/orders?counter=true&\(query)&limit=3", key: york)
            let next = try #require(first.json["next_cursor"]?.string)
            let rest = "/v1/orders?counter=true&\(query)&limit=3&cursor=\(next)"
            #expect(try await numbers(rest, desk, key: york).count == 1, "\(query)")
        }
        for query in ["barcode=5012345678900&card_last4=4242", "sku=CAP&card_last4=4242"] {
            #expect(try await numbers("/v1/orders?\(query)", desk) == [own], "\(query)")
            #expect(try await numbers("/v1/orders?counter=true&\(query)", desk, key: york) == [own], "\(query)")
        }
        #expect(try await numbers("/v1/orders?counter=true&sku=TEE-M&card_last4=4242", desk, key: york) == [other])
        #expect(try await desk.server.send("GET", "/v1/orders?card_last4=4242").errors == ["?card_last4 invalid_input"])
    }
}

import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// A story told by calls alone: what is done, and what is to be seen then.
struct Story {
    let server: TestServer

    /// - Parameter stock: As `TestSystem` takes it, with `MUG@LONDON: 3` and the like on the shelves.
    init(_ makeSystem: @autoclosure () throws -> TestSystem) async throws {
        server = try await TestServer(try makeSystem())
    }

    // MARK: Doing

    /// A call that must go well. - Returns: What it answers.
    @discardableResult
    func post(
        _ path: String, _ body: String = "{}", expect status: Int = 200, key: String? = nil,
        at place: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let answer = try await server.send("POST", path, body, key: key, once: UUID().uuidString)
        #expect(answer.status == status, "\(path): \(answer.text)", sourceLocation: place)
        return answer.json
    }

    /// A call that must be refused. - Returns: The code, and what it says.
    @discardableResult
    func refused(
        _ path: String, _ body: String = "{}", _ code: String, key: String? = nil,
        at place: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let answer = try await server.send("POST", path, body, key: key, once: UUID().uuidString)
        #expect(answer.code == code, "\(path): \(answer.text)", sourceLocation: place)
        return answer.json["detail"]?.string ?? ""
    }

    func put(_ path: String, _ body: String, at place: SourceLocation = #_sourceLocation) async throws {
        let answer = try await server.send("PUT", path, body)
        #expect(answer.status == 200, "\(path): \(answer.text)", sourceLocation: place)
    }

    func get(_ path: String, at place: SourceLocation = #_sourceLocation) async throws -> JSON {
        let answer = try await server.send("GET", path)
        #expect(answer.status == 200, "\(path): \(answer.text)", sourceLocation: place)
        return answer.json
    }

    /// Places an order. - Returns: Its name.
    func place(_ basket: Basket, key: String? = nil, at place: SourceLocation = #_sourceLocation) async throws -> String
    {
        let order = try await post("/v1/orders", basket.text, expect: 201, key: key, at: place)
        return order["id"]?.string ?? ""
    }

    /// Time goes by, and what is due by then is done.
    func wait(_ span: Seconds) async throws {
        server.system.advance(span)
        try await server.system.runDueJobs()
    }

    // MARK: Looking

    /// An order in a line: `open allocated authorized; TEE-M 2: allocated 2; due 2495 captured 0 refunded 0`.
    func order(_ id: String) async throws -> String {
        let order = try await get("/v1/orders/" + id)
        let statuses = ["status", "fulfillment_status", "payment_status"].map { order[$0]?.string ?? "" }
        let lines = (order["lines"]?.array ?? []).map { line in
            let parts = ["cancelled", "backordered", "allocated", "shipped", "returned"].compactMap { name in
                (line[name]?.integer ?? 0) == 0 ? nil : "\(name) \(line[name]?.integer ?? 0)"
            }
            return "\(line["sku"]?.string ?? "") \(line["ordered"]?.integer ?? 0): " + parts.joined(separator: ", ")
        }
        let money = ["due", "captured", "refunded"].map { "\($0) \(order[$0]?["amount"]?.integer ?? -1)" }
        return ([statuses.joined(separator: " ")] + lines + [money.joined(separator: " ")]).joined(separator: "; ")
    }

    /// The parts of an order by their places: `LONDON released, YORK ready`.
    func work(_ id: String) async throws -> String {
        let parts = try await get("/v1/orders/" + id)["fulfillments"]?.array ?? []
        return parts.map { "\($0["location"]?.string ?? "") \($0["status"]?.string ?? "")" }.sorted()
            .joined(separator: ", ")
    }

    /// The path of an order's part at a location: the newest.
    func part(_ id: String, at location: String) async throws -> String {
        let parts = try await get("/v1/orders/" + id)["fulfillments"]?.array ?? []
        let part = parts.last { $0["location"]?.string == location }
        return "/v1/fulfillments/" + (part?["id"]?.string ?? "none")
    }

    /// The name of an order's line.
    func line(_ id: String, _ number: Int = 1) -> String {
        id.replacingOccurrences(of: "ord_", with: "lin_") + "-\(number)"
    }

    /// What a channel can promise of a SKU: `6, to ship 4, at YORK 2`.
    func available(_ sku: String, on channel: String = "web") async throws -> String {
        let answer = try await get("/v1/availability?channel=\(channel)&sku=\(sku)")
        guard let entry = answer["data"]?.array?.first else { return "nothing" }
        let pickups = (entry["pickup"]?.array ?? []).map {
            ", at \($0["location"]?.string ?? "") \($0["available"]?.integer ?? -1)"
        }
        return "\(entry["available"]?.integer ?? -1), to ship \(entry["ship"]?.integer ?? -1)" + pickups.joined()
    }

    func stock(_ place: String) throws -> String { try server.system.stock(place) }

    /// The types of the events behind a position that begin with a text, in their order.
    func events(_ prefix: String, after position: Int64 = 0) async throws -> [String] {
        let page = try await get("/v1/events?limit=200&after=\(position)")["data"]?.array ?? []
        return page.compactMap { $0["type"]?.string }.filter { $0.hasPrefix(prefix) }
    }

    /// The kinds of what needs a person.
    func exceptions() async throws -> [String] {
        (try await get("/v1/exceptions")["data"]?.array ?? []).compactMap { $0["kind"]?.string }
    }

    /// Takes a part from acceptance to its boxes, one of all its units.
    func pack(_ part: String) async throws {
        try await post(part + "/acceptances")
        try await post(part + "/picks")
        let lines = try await get(part)["lines"]?.array ?? []
        let units = lines.map {
            #"{"line": "\#($0["line"]?.string ?? "")", "quantity": \#($0["quantity"]?.integer ?? 0)}"#
        }
        try await post(
            part + "/packings", #"{"parcels": [{"lines": [\#(units.joined(separator: ","))], "weight_g": 900}]}"#)
    }
}

/// What a customer orders: lines without tax, net prices in GBP.
struct Basket {
    struct Line {
        let sku: String
        let quantity: Int64
        let price: Int64
        init(_ sku: String, _ quantity: Int64, at price: Int64) {
            (self.sku, self.quantity, self.price) = (sku, quantity, price)
        }
    }

    var channel = "web"
    var lines: [Line]
    var shipping: Int64 = 495
    /// The store where it is collected; nil: it is sent.
    var pickup: String?
    var isPaid = true
    var externalID: String?
    var reservation: String?

    init(_ lines: Line..., on channel: String = "web", pickup: String? = nil) {
        (self.lines, self.channel, self.pickup) = (lines, channel, pickup)
    }

    var total: Int64 { lines.reduce(shipping) { $0 + $1.price * $1.quantity } }

    var text: String {
        func money(_ amount: Int64) -> String { #"{"amount": \#(amount), "currency": "GBP"}"# }
        let goods = lines.map {
            #"{"sku": "\#($0.sku)", "quantity": \#($0.quantity), "unit_price": \#(money($0.price))}"#
        }
        let address = #"""
            {"name": "A. Example", "lines": ["1 High Street"], "city": "Leeds", "postcode": "LS1 4AP", "country": "GB"}
            """#
        let delivery = pickup.map { #"{"method": "pickup", "location": "\#($0)"}"# }
            ?? #"{"method": "ship", "service": "standard", "address": \#(address)}"#
        var members = [
            #""channel": "\#(channel)", "customer": {"name": "A. Example", "email": "a@example.com"}"#,
            #""delivery": \#(delivery), "lines": [\#(goods.joined(separator: ", "))]"#,
            #""shipping": \#(money(shipping)), "total": \#(money(total))"#,
        ]
        if isPaid {
            members.append(
                #""payment": {"provider": "manual", "reference": "pay-1", "authorized": \#(money(total))}"#)
        }
        if let externalID { members.append(#""external_id": "\#(externalID)""#) }
        if let reservation { members.append(#""reservation": "\#(reservation)""#) }
        return "{" + members.joined(separator: ", ") + "}"
    }
}

extension JSON {
    /// A value within, by names and places: `parcels.0.box`.
    func at(_ path: String) -> JSON? {
        path.split(separator: ".").reduce(self as JSON?) { value, step in
            if let place = Int(step) {
                guard let list = value?.array, list.indices.contains(place) else { return nil }
                return list[place]
            }
            return value?[String(step)]
        }
    }
}

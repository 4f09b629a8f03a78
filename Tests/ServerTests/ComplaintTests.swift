import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// What users of other systems complain about, tried here from outside; docs/complaints.md names each.
@Suite("Complaints about other systems")
struct ComplaintTests {
    private func channel(_ locations: String...) -> String {
        let names = locations.map { "\"\($0)\"" }.joined(separator: ", ")
        return #"{"name": "Web shop", "currency": "GBP", "number_prefix": "WEB-", "locations": [\#(names)]}"#
    }

    @Test("A location that joins a live channel adds what it holds, once; one that does not join adds nothing")
    func locationsAdded() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-M@LEEDS: 3"))
        try await story.put("/v1/channels/web", channel("LONDON"))
        #expect(try await story.available("TEE-M") == "5, to ship 5")
        for _ in 1...2 {
            try await story.put("/v1/channels/web", channel("LONDON", "LEEDS"))
            #expect(try await story.available("TEE-M") == "8, to ship 8")
        }
        let york = try await story.get("/v1/locations/YORK")
        try await story.put("/v1/locations/BATH", york.text.replacing("YORK", with: "BATH"))
        try story.server.system.receive("TEE-M@BATH: 2")
        #expect(try await story.available("TEE-M") == "8, to ship 8")
        try story.server.system.expectClean()
    }

    @Test("An item renamed between sale and refund comes back under its own SKU, and is paid back to the penny")
    func renamed() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 2"))
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "store"))
        let part = try await story.part(order, at: "LONDON")
        try await story.pack(part)
        try await story.post(part + "/shipments")
        try await story.post(part + "/deliveries")
        try await story.put("/v1/items/TEE-M", #"{"name": "Shirt, medium", "weight_g": 500}"#)
        try await story.put("/v1/items/SHIRT-M", #"{"name": "Shirt, medium", "weight_g": 500}"#)
        let other = try await story.server.send("PUT", "/v1/items/TEE-M", #"{"sku": "SHIRT-M", "name": "Shirt"}"#)
        #expect(other.errors == ["/sku invalid_input"])
        let back = try await story.post(
            "/v1/returns",
            #"""
            {"order": "\#(order)", "method": "in_store", "location": "YORK",
             "lines": [{"line": "\#(story.line(order))", "quantity": 2, "reason": "other", "disposition": "restock"}]}
            """#, expect: 201)
        try await story.post("/v1/returns/\(back["id"]?.string ?? "")/settlements", #"{"refund": "source"}"#)
        #expect(try story.stock("TEE-M@YORK") == "available 2" && story.stock("SHIRT-M@YORK") == "nothing")
        #expect(try await story.order(order).hasSuffix("captured 2495 refunded 2000"))
        try story.server.system.expectClean()
    }

    @Test("Units of one line that come from several places leave each place in a parcel of its own")
    func severalPlaces() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 3", "TEE-M@LEEDS: 2"))
        let order = try await story.place(Basket(.init("TEE-M", 5, at: 1_000), on: "store"))
        for location in ["LONDON", "LEEDS"] {
            let part = try await story.part(order, at: location)
            try await story.pack(part)
            let sent = try await story.post(part + "/shipments")
            let units = sent["parcels"]?.array?.map { $0["lines"]?.array?.first?["quantity"]?.integer }
            #expect(units == [location == "LONDON" ? 3 : 2] && sent["location"]?.string == location)
            #expect(try story.stock("TEE-M@" + location) == "nothing")
        }
        #expect(try await story.order(order).contains("TEE-M 5: shipped 5"))
        try story.server.system.expectClean()
    }

    @Test("What a pickup was promised is not given to an order that is to be sent")
    func promisedToPickup() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@YORK: 2"))
        let pickup = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "store", pickup: "YORK"))
        let other = try await story.place(Basket(.init("TEE-M", 1, at: 1_000), on: "store"))
        #expect(try await story.order(other).contains("TEE-M 1: backordered 1"))
        try await story.post("/v1/orders/\(other)/sourcings", expect: 201)
        try await story.server.system.runDueJobs()
        #expect(try await story.order(other).contains("TEE-M 1: backordered 1"))
        #expect(try await story.order(pickup).contains("TEE-M 2: allocated 2"))
        #expect(try story.stock("TEE-M@YORK") == "allocated 2")
        try story.server.system.expectClean()
    }

    @Test("No call on a fulfillment can name another location than its own")
    func ownLocation() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 2", "CAP@LEEDS: 2"))
        let order = try await story.place(Basket(.init("TEE-M", 1, at: 1_000), on: "store"))
        let part = try await story.part(order, at: "LONDON")
        let calls = story.server.calls.filter { $0.method == .post && $0.path.hasPrefix("/v1/fulfillments/{id}/") }
        #expect(calls.count >= 11)
        for call in calls {
            guard case .object(let members)? = call.body?.sample(all: false) else { continue }
            let body = JSON.object(members + [.init("location", .string("LEEDS"))]).text
            let path = call.path.replacing("/v1/fulfillments/{id}", with: part)
            let answer = try await story.server.send("POST", path, body, once: UUID().uuidString)
            #expect(answer.errors.contains("/location unknown_field"), "\(path): \(answer.text)")
        }
        #expect(try story.stock("CAP@LEEDS") == "available 2")
        try story.server.system.expectClean()
    }

    @Test("A line that an amendment added is given back by its units, and stands at the console beside the others")
    func addedLine() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 2", "CAP@LONDON: 2"))
        let order = try await story.place(Basket(.init("TEE-M", 1, at: 1_000), on: "store"))
        let path = "/v1/orders/" + order
        let price = #"{"amount": 500, "currency": "GBP"}"#
        let staged = try await story.post(
            path + "/amendments",
            #"""
            {"add": [{"sku": "CAP", "quantity": 1, "unit_price": \#(price)}],
             "payment": {"provider": "manual", "reference": "pay-2", "authorized": \#(price)}}
            """#, expect: 201)
        try await story.post(path + "/amendments/\(staged["id"]?.string ?? "")/commitments", expect: 201)
        try story.server.system.walk(try #require(OrderID(order)), to: .delivered)
        try await story.server.system.runDueJobs()
        let browser = try ConsoleBrowser.signedIn(story.server.system)
        try await browser.open("/console/orders/" + order)
        #expect(browser.page.contains("Units of TEE-M") && browser.page.contains("Units of CAP"))
        try await story.post(
            path + "/refunds", #"{"lines": [{"line": "\#(story.line(order, 2))", "quantity": 1}]}"#, expect: 201)
        #expect(try await story.order(order).hasSuffix("due 1995 captured 1995 refunded 500"))
        try story.server.system.expectClean()
    }

    @Test("What waits for stock belongs to no part, and shipping the parts one by one leaves it waiting as it was")
    func waitingBesideSplit() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 3", "TEE-M@LEEDS: 1"))
        let order = try await story.place(Basket(.init("TEE-M", 6, at: 1_000), on: "store"))
        #expect(try await story.order(order).contains("TEE-M 6: backordered 2, allocated 4"))
        for (location, left) in [("LONDON", "allocated 1, shipped 3"), ("LEEDS", "shipped 4")] {
            let part = try await story.part(order, at: location)
            try await story.pack(part)
            try await story.post(part + "/shipments")
            try await story.server.system.runDueJobs()
            #expect(try await story.order(order).contains("TEE-M 6: backordered 2, \(left)"))
        }
        try story.server.system.receive("TEE-M@LEEDS: 5")
        try await story.server.system.runDueJobs()
        #expect(try await story.order(order).contains("TEE-M 6: allocated 2, shipped 4"))
        #expect(try story.stock("TEE-M@LEEDS") == "available 3, allocated 2")
        try story.server.system.expectClean()
    }

    @Test("Of two that wait, one asks for less: the other waits on, and nobody is given what nobody has")
    func smallerBackorder() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 1"))
        let first = try await story.place(Basket(.init("TEE-M", 4, at: 1_000), on: "store"))
        let second = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "store"))
        try await story.post(
            "/v1/orders/\(first)/cancellations",
            #"{"reason": "customer", "lines": [{"line": "\#(story.line(first))", "quantity": 2}]}"#, expect: 201)
        try await story.server.system.runDueJobs()
        #expect(try await story.order(first).contains("TEE-M 4: cancelled 2, backordered 1, allocated 1"))
        #expect(try await story.order(second).contains("TEE-M 2: backordered 2"))
        #expect(try story.stock("TEE-M@LONDON") == "allocated 1")
        #expect(try await story.available("TEE-M").hasPrefix("0, "))
        try story.server.system.expectClean()
    }

    @Test("A pickup that its store rejects is not sent instead: it waits, and a person hears of it")
    func rejectedPickup() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@YORK: 2", "TEE-M@LONDON: 9"))
        let order = try await story.place(Basket(.init("TEE-M", 2, at: 1_000), on: "store", pickup: "YORK"))
        try await story.post(try await story.part(order, at: "YORK") + "/rejections", #"{"reason": "no_capacity"}"#)
        try await story.server.system.runDueJobs()
        let parts = try await story.get("/v1/orders/" + order)["fulfillments"]?.array ?? []
        #expect(parts.allSatisfy { $0["method"]?.string == "pickup" })
        #expect(try await story.order(order).contains("TEE-M 2: backordered 2"))
        #expect(try await story.exceptions() == ["rejected_everywhere"])
        #expect(try story.stock("TEE-M@LONDON") == "available 9")
        try story.server.system.expectClean()
    }

    @Test("Where every held unit is can be read: the parts of the orders at a location are what it holds for them")
    func heldUnits() async throws {
        let story = try await Story(
            try TestSystem(stock: "TEE-M@LONDON: 3", "TEE-M@LEEDS: 4", "CAP@YORK: 2", "CAP@LEEDS: 1"))
        for basket in [
            Basket(.init("TEE-M", 4, at: 1_000), .init("CAP", 1, at: 500)), Basket(.init("TEE-M", 2, at: 1_000)),
            Basket(.init("CAP", 1, at: 500), on: "store", pickup: "YORK"),
        ] { _ = try await story.place(basket) }
        var held: [String: Int64] = [:]
        for part in try await story.get("/v1/fulfillments?limit=200")["data"]?.array ?? [] {
            for line in part["lines"]?.array ?? [] {
                let place = "\(line["sku"]?.string ?? "")@\(part["location"]?.string ?? "")"
                held[place, default: 0] += line["quantity"]?.integer ?? 0
            }
        }
        for sku in ["TEE-M", "CAP"] {
            for level in try await story.get("/v1/stock?sku=\(sku)")["data"]?.array ?? [] {
                let place = "\(sku)@\(level["location"]?.string ?? "")"
                #expect(level["allocated"]?.integer == held[place] ?? 0, "\(place)")
            }
        }
        #expect(held.values.reduce(0, +) == 8)
        try story.server.system.expectClean()
    }

    @Test("An order of as many lines as there may be is placed, shown whole and released")
    func manyLines() async throws {
        let count = PlaceOrder.linesMax
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 9000"))
        var basket = Basket(on: "store")
        basket.lines = (0..<count).map { Basket.Line("TEE-M", 1, at: Int64($0) + 1) }
        let order = try await story.place(basket)
        let shown = try await story.get("/v1/orders/" + order)
        #expect(shown["lines"]?.array?.count == count)
        #expect(try await story.work(order) == "LONDON released")
        let browser = try ConsoleBrowser.signedIn(story.server.system)
        try await browser.open("/console/orders/" + order)
        #expect(browser.status == 200 && browser.page.components(separatedBy: "TEE-M").count > count)
        try story.server.system.expectClean()
    }

    @Test("Sourced again, units move only to a place that has them: of two orders at once, one moves")
    func movedUnits() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@YORK: 4"))
        let basket = Basket(.init("TEE-M", 2, at: 1_000), on: "web")
        let orders = [try await story.place(basket), try await story.place(basket)]
        for order in orders { try await story.post("/v1/orders/\(order)/sourcings", expect: 201) }
        #expect(try story.stock("TEE-M@YORK") == "allocated 4" && story.stock("TEE-M@LONDON") == "nothing")
        // London is the better place, and has enough for one of them.
        try story.server.system.receive("TEE-M@LONDON: 2")
        async let first = story.post("/v1/orders/\(orders[0])/sourcings", expect: 201)
        async let second = story.post("/v1/orders/\(orders[1])/sourcings", expect: 201)
        _ = try await (first, second)
        #expect(try story.stock("TEE-M@LONDON") == "allocated 2")
        #expect(try story.stock("TEE-M@YORK") == "available 2, allocated 2")
        let work = [try await story.work(orders[0]), try await story.work(orders[1])]
        #expect(work.filter { $0.contains("LONDON open") }.count == 1, "\(work)")
        try story.server.system.expectClean()
    }

    @Test("The list needs no setting and no repair: after each step an order is found by what it is, and by that only")
    func listIsTheOrders() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 5"))
        let shop = story.server.system
        let id = try shop.place("2 × TEE-M at 10.00 GBP")
        try shop.place("1 × TEE-M at 10.00 GBP, store")
        func isFound(by filter: String) async throws -> Bool {
            let found = try await story.get("/v1/orders?" + filter)["data"]?.array ?? []
            return found.contains { $0["id"]?.string == id.description }
        }
        for state in [Fulfillment.State.open, .released, .picking, .packed, .shipped, .delivered] {
            try shop.walk(id, to: state)
            let status = OrderStatus(of: try shop.order(id))
            for other in OrderStatus.Overall.allCases {
                #expect(try await isFound(by: "status=\(other.rawValue)") == (other == status.overall))
            }
            for other in OrderStatus.FulfillmentStatus.allCases {
                let filter = "fulfillment_status=\(other.rawValue)"
                #expect(try await isFound(by: filter) == (other == status.fulfillment), "\(state): \(filter)")
            }
            for other in OrderStatus.PaymentStatus.allCases {
                let filter = "payment_status=\(other.rawValue)"
                #expect(try await isFound(by: filter) == (other == status.payment), "\(state): \(filter)")
            }
        }
    }
}

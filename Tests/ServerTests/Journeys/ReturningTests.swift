import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

/// The fourth journey: goods and money go back.
@Suite("The order is returned")
struct ReturningTests {
    /// Sent from London and delivered: units of TEE-M at 10.00, with shipping 4.95, all taken.
    private func delivered(_ units: Int64, in story: Story) async throws -> String {
        let order = try await story.place(Basket(.init("TEE-M", units, at: 1_000), on: "store"))
        let part = try await story.part(order, at: "LONDON")
        try await story.pack(part)
        try await story.post(part + "/shipments")
        try await story.post(part + "/deliveries")
        try await story.server.system.runDueJobs()
        return order
    }

    @Test("By post: agreed to, sent, received, judged, paid back; good units are for sale in the same commit")
    func byPost() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 4"))
        let order = try await delivered(4, in: story)
        #expect(try story.stock("TEE-M@LONDON") == "nothing")
        #expect(try await story.order(order).hasSuffix("TEE-M 4: shipped 4; due 4495 captured 4495 refunded 0"))
        let line = story.line(order)
        let can = try await story.get("/v1/orders/\(order)/returnable")
        #expect(can["data"]?.array?.first?["returnable"]?.integer == 4)
        try await story.wait(.days(3))
        let back = try await story.post(
            "/v1/returns",
            #"""
            {"order": "\#(order)", "method": "by_post", "location": "LONDON",
             "lines": [{"line": "\#(line)", "quantity": 3, "reason": "wrong_size"}]}
            """#, expect: 201)
        let path = "/v1/returns/" + (back["id"]?.string ?? "")
        if back["status"]?.string == "requested" { try await story.post(path + "/approvals") }
        // What is announced cannot be announced again.
        try await story.refused(
            "/v1/orders/\(order)/returns",
            #"{"method": "by_post", "lines": [{"line": "\#(line)", "quantity": 2, "reason": "other"}]}"#,
            "not_returnable")
        try await story.post(path + "/sendings", #"{"courier": "postman", "tracking": "R-1"}"#)
        // Three came. Two are as new, and for sale the moment the receipt is booked; one is looked at.
        let position = try await story.get("/v1/availability?channel=web&sku=TEE-M")
        #expect(position["data"]?.array?.first?["available"]?.integer == 0)
        try await story.post(
            path + "/receipts",
            #"""
            {"location": "LONDON", "lines": [{"line": "\#(line)", "quantity": 2, "disposition": "restock"},
                                             {"line": "\#(line)", "quantity": 1, "condition": "stained"}]}
            """#)
        #expect(try story.stock("TEE-M@LONDON") == "available 2, quarantined 1")
        #expect(try await story.available("TEE-M").hasPrefix("2, "))
        try await story.post(
            path + "/inspections",
            #"{"lines": [{"line": "\#(line)", "quantity": 1, "disposition": "write_off"}]}"#)
        #expect(try story.stock("TEE-M@LONDON") == "available 2")
        if try await story.get(path)["status"]?.string != "settled" {
            try await story.post(path + "/settlements", #"{"refund": "source"}"#)
        }
        try await story.server.system.runDueJobs()
        #expect(
            try await story.order(order)
                == "completed delivered partially_refunded; TEE-M 4: shipped 4, returned 3; "
                + "due 4495 captured 4495 refunded 3000")
        let memos = try await story.get("/v1/orders/\(order)/credit-memos")["data"]?.array ?? []
        #expect(memos.map { $0["outstanding"]?["amount"]?.integer } == [0])
        try story.server.system.expectClean()
    }

    @Test("Over the counter of a store that did not send it: refunded and for sale at once, to whoever waits first")
    func overAnyCounter() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 2"))
        try await story.put(
            "/v1/channels/store",
            #"""
            {"name": "Tills", "currency": "GBP", "number_prefix": "STO-",
             "policy": {"stages": [], "returning": {"refund_at": "receipt"}}}
            """#)
        let order = try await delivered(2, in: story)
        // Somebody else waits for one, since yesterday; nothing is left to sell.
        let waiting = try await story.place(Basket(.init("TEE-M", 1, at: 1_000), on: "store"))
        #expect(try await story.order(waiting).contains("TEE-M 1: backordered 1"))
        try await story.wait(.days(1))
        // The counter at York sees its own work only, and takes this order's goods all the same.
        let counter = try story.server.key([.ordersRead, .returnsRead, .returnsWrite], locations: ["YORK"])
        try await story.post(
            "/v1/returns",
            #"""
            {"order": "\#(order)", "method": "in_store", "location": "YORK",
             "lines": [{"line": "\#(story.line(order))", "quantity": 2, "reason": "unwanted",
                        "disposition": "restock"}]}
            """#, expect: 201, key: counter)
        let ledger = try await story.get("/v1/stock/movements?sku=TEE-M&location=YORK")["data"]?.array ?? []
        #expect(Set(ledger.compactMap { $0["reason"]?.string }) == ["return", "restock"], "\(ledger)")
        #expect(Set(ledger.compactMap { $0["at"]?.string }).count == 1)
        let back = try await story.order(order)
        #expect(back.hasSuffix("TEE-M 2: shipped 2, returned 2; due 2495 captured 2495 refunded 2000"), "\(back)")
        // The one who waited is served first; the other unit is for sale.
        try await story.server.system.runDueJobs()
        #expect(try await story.order(waiting).contains("TEE-M 1: allocated 1"))
        #expect(try await story.work(waiting).contains("YORK"))
        #expect(try story.stock("TEE-M@YORK") == "available 1, allocated 1")
        #expect(
            try await story.order(order)
                == "completed delivered partially_refunded; TEE-M 2: shipped 2, returned 2; "
                + "due 2495 captured 2495 refunded 2000")
        try story.server.system.expectClean()
    }

    @Test("Too late is too late, and says since when; what was never sent cannot come back")
    func windows() async throws {
        let story = try await Story(try TestSystem(stock: "TEE-M@LONDON: 4"))
        let order = try await delivered(1, in: story)
        let fresh = try await story.place(Basket(.init("TEE-M", 1, at: 1_000), on: "store"))
        func ask(_ order: String) -> String {
            #"""
            {"order": "\#(order)", "method": "by_post",
             "lines": [{"line": "\#(story.line(order))", "quantity": 1, "reason": "unwanted"}]}
            """#
        }
        try await story.refused("/v1/returns", ask(fresh), "not_returnable")
        try await story.wait(.days(400))
        let why = try await story.refused("/v1/returns", ask(order), "return_window_closed")
        #expect(why.contains("2026"), "\(why)")
        #expect(try story.stock("TEE-M@LONDON") == "available 2, allocated 1")
        try story.server.system.expectClean()
    }
}

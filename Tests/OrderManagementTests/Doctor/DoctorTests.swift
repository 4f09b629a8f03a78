import Foundation
import OrderManagement
import TestSupport
import Testing

@Suite("The doctor")
struct DoctorTests {
    @Test("An empty system is clean")
    func empty() throws {
        let shop = try TestSystem()
        try shop.expectClean()
    }

    @Test("Orders in every state leave clean books")
    func everyState() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 100", "TEE-M@YORK: 20", "CAP@LEEDS: 30")
        let states: [Fulfillment.State] = [.open, .released, .accepted, .picking, .packed, .shipped, .delivered]
        for channel in ["web", "store"] {
            for state in states {
                let order = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, \(channel), shipping 4.95")
                try shop.walk(order, to: state)
                try shop.expectClean()
            }
        }
        for state in [Fulfillment.State.ready, .collected] {
            try shop.walk(try shop.place("2 × TEE-M at 10.00 GBP, pickup at YORK"), to: state)
            try shop.expectClean()
        }
    }

    @Test("Time passing, couriers of money and buried jobs leave clean books")
    func time() async throws {
        let shop = try TestSystem(
            stock: "TEE-M@LONDON: 10", "TEE-M@YORK: 2",
            providers: [
                TestProvider("card"), TestProvider("strict") { _ in .refused(reason: "no funds") },
                TestProvider("dead") { _ in throw ProviderIsAway() },
            ])
        let order = try shop.place("2 × TEE-M at 10.00 GBP, paid by card")
        let pickup = try shop.place("1 × TEE-M at 10.00 GBP, store, pickup at YORK")
        try shop.walk(pickup, to: .ready)
        shop.advance(.minutes(31))
        #expect(try await shop.runDueJobs() == 1)
        #expect(try shop.order(order).fulfillments[0].state == .released)
        for provider in ["card", "strict", "dead"] {
            let sent = try shop.place("1 × TEE-M at 10.00 GBP, store, paid by \(provider)")
            try shop.walk(sent, to: .shipped)
            try shop.expectClean()
        }
        for _ in 0..<15 {
            try await shop.runDueJobs()
            try shop.expectClean()
            shop.advance(.hours(2))
        }
        shop.advance(.days(8))
        try await shop.runDueJobs()
        #expect(try shop.order(pickup).fulfillments[0].state == .expired)
        try shop.expectClean()
    }

    @Test("Cancelling, rejecting, holding and sourcing again leave clean books")
    func changes() async throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 10", "TEE-M@LEEDS: 10", "MUG@LONDON: 2")
        for state in [Fulfillment.State.open, .picking, .packed] {
            let whole = try shop.place("2 × TEE-M at 10.00 GBP, shipping 1.00")
            try shop.walk(whole, to: state)
            try shop.perform(CancelOrder(order: whole, reason: .customer))
            let part = try shop.place("3 × TEE-M at 10.00 GBP, discount 1.00")
            try shop.walk(part, to: state)
            let line = LineQuantity(line: OrderLineID(part, 1), quantity: 1)
            try shop.perform(CancelOrder(order: part, lines: [line], reason: .customer))
            try shop.expectClean()
        }
        for reason in RejectionReason.allCases {
            let order = try shop.place("1 × TEE-M at 10.00 GBP, store")
            try shop.perform(RejectFulfillment(fulfillment: FulfillmentID(order, 1), reason: reason))
            try shop.expectClean()
        }
        let waiting = try shop.place("5 × MUG at 4.00 GBP")
        try shop.expectClean()
        try shop.perform(SourceOrder(order: waiting))
        try shop.perform(PlaceHold(order: waiting, reason: "manual", note: nil, lines: []))
        try shop.receive("MUG@LEEDS: 9")
        try await shop.runDueJobs()
        try shop.perform(LiftHold(hold: HoldID(waiting, 1)))
        #expect(try shop.order(waiting).lines[0].backordered == 0)
        try shop.expectClean()
    }

    @Test("Counts, shortages and returns leave clean books")
    func returns() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 10", "HAT@LEEDS: 2")
        let order = try shop.place("3 × TEE-M at 9.99 GBP, store, shipping 4.95, discount 1.00")
        try shop.walk(order, to: .delivered)
        let line = OrderLineID(order, 1)
        try shop.perform(
            RequestReturn(
                order: order, method: .byPost, location: "LEEDS",
                lines: [.init(line: line, quantity: 2, reason: .late)]))
        try shop.perform(ApproveReturn(id: ReturnID(order, 1)))
        try shop.expectClean()
        try shop.perform(
            ReceiveReturn(
                id: ReturnID(order, 1), location: "LEEDS",
                lines: [
                    .init(line: line, quantity: 1, disposition: .restock),
                    .init(line: line, quantity: 1, disposition: nil),
                ]))
        try shop.expectClean()
        try shop.perform(
            InspectReturn(id: ReturnID(order, 1), lines: [.init(line: line, quantity: 1, disposition: .writeOff)]))
        try shop.perform(SettleReturn(id: ReturnID(order, 1), refund: .source))
        try shop.expectClean()
        try shop.perform(
            RequestReturn(
                order: order, method: .inStore, location: "YORK",
                lines: [.init(line: line, quantity: 1, reason: .other)]))
        try shop.expectClean()
        try shop.place("2 × HAT at 7.00 GBP")
        try shop.move(.count, 1, "HAT@LEEDS")
        #expect(try shop.stock("HAT@LEEDS") == "available -1, allocated 2, shortage 1")
        try shop.move(.quarantine, 2, "TEE-M@LONDON")
        try shop.expectClean()
    }

    @Test("A report says the same as table and as JSON")
    func report() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 10")
        #expect(try shop.examine().text.hasSuffix("Every book agrees with its rows.\n"))
        try shop.tamper("UPDATE stock_levels SET available = 11")
        let report = try shop.examine()
        #expect(!report.isClean && report.count == 1)
        #expect(report.text.contains("stock: TEE-M@LONDON\n    expected  available 10\n    found     available 11\n"))
        var json = JSONWriter()
        report.write(to: &json)
        let parsed = try JSON.parse(json.text)
        #expect(parsed["clean"] == .bool(false) && parsed["count"] == .integer(1))
        #expect(parsed["findings"]?.array?.first?["subject"] == .string("TEE-M@LONDON"))
    }

    @Test("Findings beyond a thousand are counted and not kept")
    func cap() throws {
        let shop = try TestSystem()
        try shop.tamper(
            """
            INSERT INTO stock_levels WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
            SELECT 'SKU-' || i, 'LONDON', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM n
            """)
        let report = try shop.examine()
        #expect(report.findings.count == 1_000 && report.count == 1_500)
        #expect(report.text.contains("… and 500 more"))
    }

    @Test("Progress names each step and ends each at its end")
    func progress() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 10")
        var last: [String: Double] = [:]
        let report = try shop.waybill.readNow { db in try Doctor.examine(in: db) { last[$0] = $1 } }
        #expect(report.isClean)
        #expect(last.count == 17 && last.values.allSatisfy { $0 == 1 })
    }
}

private struct ProviderIsAway: Error {}

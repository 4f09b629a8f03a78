import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OrderManagement

@Suite("Cancelling as policy")
struct CancellingPolicyTests {
    private func shop(_ cancelling: CancellingPolicy, stages: [Stage] = []) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
        var policy = ChannelPolicy(stages: stages)
        policy.cancelling = cancelling
        try shop.open("strict", policy: policy)
        return shop
    }

    // MARK: Fee

    @Test("The fee is kept of authorized money, the rest is let go, and the order says what was kept")
    func fee() throws {
        let shop = try shop(CancellingPolicy(fee: .init(amount: 250, percent: 10)))
        let id = try shop.place("2 × TEE-M at 10.00 GBP, shipping 4.95", on: "strict")
        let reply = try JSON.parse(shop.perform(CancelOrder(order: id, reason: .customer)).body)
        let order = try shop.order(id)
        #expect(order.due == 450 && order.captured == 450 && order.voided == 2495 - 450)
        #expect(reply["fee"]?["amount"]?.integer == 450)
        #expect(reply["captured"]?["amount"]?.integer == 450)
        #expect(reply["voided"]?["amount"]?.integer == 2045)
        #expect(reply["order"]?["cancellation_fees"]?.array?.first?["reason"]?.string == "customer")
        #expect(try shop.events(id).contains("order.fee_charged"))
        let status = OrderStatus(of: order)
        #expect(status.overall == .cancelled && status.payment == .captured)
        #expect(try shop.stock("TEE-M@LONDON") == "available 5")
        try shop.expectClean()
    }

    @Test("Units given up one by one cost no more than they are worth, and the rest closes to the penny")
    func oneByOne() throws {
        let shop = try shop(CancellingPolicy(fee: .init(amount: 900, percent: 50)))
        let id = try shop.place("3 × TEE-M at 10.01 GBP, shipping 4.95", on: "strict")
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.order(id).feesOfCancelling == 1001)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        #expect(try shop.order(id).feesOfCancelling == 2002)
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured == 1001 + 495 + 2002 && order.captured == order.due)
        #expect(OrderStatus(of: order).overall == .completed)
        try shop.expectClean()
    }

    @Test("Captured money is given back less the fee")
    func captured() throws {
        let shop = try shop(CancellingPolicy(fee: .init(amount: 500, percent: 0)))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        try shop.perform(CapturePayment(order: id, amount: gbp(2000), reason: "deposit"))
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let order = try shop.order(id)
        #expect(order.captured == 2000 && order.refunded == 1500 && order.due == 500)
        try shop.expectClean()
    }

    @Test("Nothing is kept for waived reasons, before the state that costs, nor of what nobody paid", arguments: [
        ("2 × TEE-M at 10.00 GBP", Fulfillment.State.packed, CancelOrder.Reason.merchant, Int64(0)),
        ("2 × TEE-M at 10.00 GBP", .packed, .unfillable, 0), ("2 × TEE-M at 10.00 GBP", .packed, .customer, 300),
        ("2 × TEE-M at 10.00 GBP", .picking, .customer, 300), ("2 × TEE-M at 10.00 GBP", .accepted, .customer, 0),
        ("2 × TEE-M at 10.00 GBP, unpaid", .packed, .customer, 0),
    ])
    func waived(text: String, state: Fulfillment.State, reason: CancelOrder.Reason, fee: Int64) throws {
        let shop = try shop(CancellingPolicy(fee: .init(amount: 300, percent: 0, from: .picking)))
        let id = try shop.place(text, on: "strict")
        try shop.walk(id, to: state)
        try shop.perform(CancelOrder(order: id, reason: reason))
        #expect(try shop.order(id).feesOfCancelling == fee)
        #expect(try shop.order(id).captured == fee)
        try shop.expectClean()
    }

    @Test("What was given by hand before uses up no fee: it is kept beside that")
    func given() throws {
        for kind in [CreditMemo.Kind.refund, .goodwill] {
            let shop = try shop(CancellingPolicy(fee: .init(amount: 500, percent: 0)))
            let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
            try shop.perform(CapturePayment(order: id, amount: gbp(2000), reason: "deposit"))
            try shop.perform(
                kind == .refund
                    ? RefundPayment(order: id, amount: gbp(900), payment: nil, reason: "sorry")
                    : GiveGoodwill(order: id, amount: gbp(900), reason: "sorry", to: .source))
            let reply = try JSON.parse(shop.perform(CancelOrder(order: id, reason: .customer)).body)
            #expect(reply["fee"]?["amount"]?.integer == 500 && reply["refunded"]?["amount"]?.integer == 600)
            let order = try shop.order(id)
            #expect(order.captured - order.refunded == 500 && order.due == 500 && order.owedBack == 0, "\(kind)")
            #expect(OrderStatus(of: order).overall == .cancelled)
            try shop.expectClean()
        }
    }

    @Test("A fee that is not what was told, or more than the units were worth, is found")
    func tampered() throws {
        let shop = try shop(CancellingPolicy(fee: .init(amount: 300, percent: 0)))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        try shop.perform(CancelOrder(order: id, reason: .customer))
        let report = try shop.examine(
            tamperedBy: """
                UPDATE orders SET document = REPLACE(document, '"number":1,"amount":300', '"number":1,"amount":3000')
                """)
        let findings = report.findings.map(\.explanation)
        #expect(findings.contains { $0.hasPrefix("What cancelling costs is told") })
        #expect(findings.contains { $0.hasPrefix("Cancelling costs no more") })
    }

    // MARK: Preview

    @Test("A preview says what a cancellation brings, and changes nothing")
    func preview() throws {
        let shop = try shop(CancellingPolicy(fee: .init(amount: 100, percent: 0)))
        let id = try shop.place("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP", on: "strict")
        let before = try shop.books()
        func ask(_ isPreview: Bool) throws -> JSON {
            let lines = id.units([1: 1])
            return try JSON.parse(
                shop.perform(CancelOrder(order: id, lines: lines, reason: .customer, isPreview: isPreview)).body)
        }
        let preview = try ask(true)
        #expect(try shop.books() == before)
        #expect(preview["preview"]?.bool == true && preview["fee"]?["amount"]?.integer == 100)
        #expect(preview["freed"]?.array?.first?["location"]?.string == "LONDON")
        let real = try ask(false)
        for name in ["fee", "captured", "voided", "refunded", "freed", "lines"] {
            #expect(real[name] == preview[name], "\(name)")
        }
        try expectRefusal(
            .tooLateToCancel, of: try late(shop, id), in: shop)
        try shop.expectClean()
    }

    @Test("What was looked at can be asked for by the version that came with it")
    func versionOfPreview() throws {
        let shop = try shop(CancellingPolicy())
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        let looked = try shop.perform(CancelOrder(order: id, reason: .customer, isPreview: true))
        let version = try #require(looked.version)
        #expect(try shop.order(id).version == version)
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer, version: version))
        #expect(try shop.order(id).version == version + 1)
    }

    /// A preview of what is too late.
    private func late(_ shop: TestSystem, _ id: OrderID) throws -> CancelOrder {
        try shop.walk(id, to: .shipped)
        return CancelOrder(order: id, reason: .customer, isPreview: true)
    }

    // MARK: Until when

    @Test("The customer may cancel until an earlier state than the merchant; permissions say both")
    func customerUntil() throws {
        let shop = try shop(CancellingPolicy(customerUntil: .released))
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "strict")
        try shop.walk(id, to: .accepted)
        let refusal = try expectRefusal(.tooLateToCancel, of: CancelOrder(order: id, reason: .customer), in: shop)
        let text = "cannot be cancelled any more: cancelling was possible until they were accepted, and 2 units of it "
            + "were accepted by LONDON at 2026-03-02T10:00:00Z"
        #expect(refusal?.explanation.contains(text) == true, "\(refusal?.explanation ?? "")")
        let channel = try shop.waybill.readNow { try Configuration.load(in: $0).channel("strict") }
        let permissions = try shop.order(id).permissions(channel, at: shop.now)
        #expect(permissions.first { $0.action == "cancellations" }?.isAllowed == true)
        #expect(permissions.first { $0.action == "cancellations_by_customer" }?.isAllowed == false)
        try shop.perform(CancelOrder(order: id, reason: .merchant))
        try shop.expectClean()
    }

    // MARK: By itself

    @Test("Units that wait for stock too long are cancelled, not a moment early; what came meanwhile is kept")
    func unfillable() async throws {
        let shop = try shop(CancellingPolicy(unfillableDays: 10))
        let id = try shop.place("8 × TEE-M at 10.00 GBP", on: "strict")
        let start = shop.now
        shop.advance(.days(2))
        try shop.receive("TEE-M@LONDON: 1")
        try await shop.runDueJobs()
        shop.now = Timestamp(milliseconds: (start + .days(10)).milliseconds - 1)
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].backordered == 2)
        shop.now = start + .days(10)
        try await shop.runDueJobs()
        let order = try shop.order(id)
        #expect(order.lines[0].cancelled == 2 && order.lines[0].allocated == 6 && order.voided == 2000)
        #expect(order.backorderedSince == nil)
        try shop.expectClean()
    }

    @Test("Units that began to wait again have their own time")
    func waitsAgain() async throws {
        let shop = try shop(CancellingPolicy(unfillableDays: 10))
        let id = try shop.place("6 × TEE-M at 10.00 GBP", on: "strict")
        shop.advance(.days(9))
        try shop.receive("TEE-M@LONDON: 1")
        try await shop.runDueJobs()
        #expect(try shop.order(id).backorderedSince == nil)
        shop.advance(.days(2))
        try await shop.runDueJobs()
        #expect(try shop.order(id).lines[0].cancelled == 0)
        try shop.expectClean()
    }

    @Test("A hold with an end lifts by itself, not a moment early; one whose end is past is refused")
    func hold() async throws {
        let shop = try shop(CancellingPolicy(), stages: ["remorse"])
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict")
        let end = shop.now + .hours(2)
        try expectRefusal(
            .invalidInput, at: "/until",
            of: PlaceHold(order: id, reason: "manual", note: nil, lines: [], until: shop.now), in: shop)
        try shop.perform(
            PlaceHold(order: id, reason: "manual", note: nil, lines: [], owner: "finance", until: end))
        #expect(try shop.order(id).holds.first?.owner == "finance")
        shop.now = Timestamp(milliseconds: end.milliseconds - 1)
        try await shop.runDueJobs()
        #expect(try shop.order(id).isOnHold && shop.order(id).stage == nil)
        shop.now = end
        try await shop.runDueJobs()
        #expect(try !shop.order(id).isOnHold)
        #expect(try shop.state(id.fulfillment(1)) == .released)
        try shop.expectClean()
    }
}

/// Two callers at once: one of them is first, and the other is told so.
@Suite("Races of an order's life")
struct OrderRaceTests {
    /// Performs two commands at the same time; on PostgreSQL, in two processes' worth of systems.
    private func race(_ first: any Command, _ second: any Command, in shop: TestSystem) throws -> [String] {
        let other = TestDatabase.isPostgres
            ? OrderManagement(database: shop.database, clock: { [shop] in shop.now }) : shop.waybill
        defer { if TestDatabase.isPostgres { other.stop() } }
        let outcomes = Mutex<[Int: String]>([:])
        DispatchQueue.concurrentPerform(iterations: 2) { index in
            let (waybill, command) = index == 0 ? (shop.waybill, first) : (other, second)
            var outcome = "accepted"
            do {
                _ = try waybill.performNow(command, as: .supervisor)
            } catch let refusal as Refusal {
                outcome = refusal.code.rawValue
            } catch {
                outcome = "\(error)"
            }
            outcomes.withLock { $0[index] = outcome }
        }
        return outcomes.withLock { [$0[0] ?? "", $0[1] ?? ""] }
    }

    @Test("Cancelled and shipped at once: either all of it, and the loser is told")
    func cancelAndShip() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 100")
        var seen: Set<[String]> = []
        for round in 0..<20 {
            let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
            try shop.walk(id, to: .packed)
            let cancel = CancelOrder(order: id, reason: .customer)
            let ship = ShipFulfillment(fulfillment: id.fulfillment(1))
            let outcomes = round % 2 == 0
                ? try race(cancel, ship, in: shop) : Array(try race(ship, cancel, in: shop).reversed())
            seen.insert(outcomes)
            let line = try shop.order(id).lines[0]
            #expect(line.cancelled + line.shipped == 1)
            let expected = line.shipped == 1 ? ["too_late_to_cancel", "accepted"] : ["accepted", "illegal_transition"]
            #expect(outcomes == expected)
        }
        #expect(!seen.isEmpty)
        try shop.expectClean()
    }

    @Test("A stage passed twice at once passes once")
    func passTwice() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 100")
        try shop.open("strict", policy: ChannelPolicy(stages: ["fraud"]))
        for _ in 0..<20 {
            let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "strict")
            let pass = PassStage(order: id, stage: "fraud", hasPassed: true, note: nil)
            #expect(try race(pass, pass, in: shop).sorted() == ["accepted", "illegal_transition"])
            #expect(try shop.events(id).filter { $0 == "stage.passed" }.count == 1)
            #expect(try shop.state(id.fulfillment(1)) == .released)
        }
        try shop.expectClean()
    }
}

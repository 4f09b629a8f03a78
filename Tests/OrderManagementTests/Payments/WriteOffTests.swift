import TestSupport
import Testing

@testable import OrderManagement

@Suite("What was sent and is never paid")
struct WriteOffTests {
    private static let refusing = TestProvider("card") { request in
        request.kind == .capture ? .refused(reason: "no funds") : .done(reference: request.id)
    }

    private func shop(_ paying: PaymentPolicy = PaymentPolicy()) throws -> TestSystem {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", providers: [Self.refusing])
        var policy = ChannelPolicy(stages: [])
        policy.paying = paying
        try shop.open("shop", policy: policy)
        return shop
    }

    /// Three TEE-M are with their customer, of whose 30.00 a part was paid in advance.
    private func unpaid(_ shop: TestSystem, paid: Int64 = 0) throws -> OrderID {
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = paid == 0 ? [] : [.init(provider: "manual", reference: "part", authorized: gbp(paid))]
        }
        try shop.walk(id, to: .delivered)
        return id
    }

    private func writeOff(_ id: OrderID, _ amount: Int64? = nil) -> WriteOffDebt {
        WriteOffDebt(order: id, amount: amount.map(gbp), reason: "gone away")
    }

    private func pay(_ id: OrderID, _ amount: Int64, _ reference: String = "late") -> AddPayment {
        AddPayment(order: id, payment: .init(provider: "manual", reference: reference, authorized: gbp(amount)))
    }

    private func overall(_ id: OrderID, in shop: TestSystem) throws -> OrderStatus.Overall {
        try OrderStatus(of: shop.order(id)).overall
    }

    @Test("Written off, the order completes, and says how much and why; what it was worth, and what was paid, stays")
    func completes() throws {
        let shop = try shop()
        let id = try unpaid(shop, paid: 1_000)
        let exception = try #require(try shop.openExceptions().first)
        #expect(try exception.kind == .paymentFailed && overall(id, in: shop) == .open)
        let rest = gbp(2_000)
        #expect(try exception.actions(about: shop.order(id)) == [.addPayment(id, rest), .writeOff(id, rest)])
        let reply = try JSON.parse(shop.perform(writeOff(id)).body)
        #expect(reply.at("amount.amount")?.integer == 2_000 && reply.at("order.written_off.amount")?.integer == 2_000)
        let order = try shop.order(id)
        #expect(order.writtenOff == 2_000 && order.due == 3_000 && order.captured == 1_000)
        #expect(OrderStatus(of: order).overall == .completed && OrderStatus(of: order).payment == .partiallyCaptured)
        #expect(try shop.openExceptions().isEmpty)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 99, in: $0) }
        let event = try JSON.parse(try #require(told.first { $0.type == "order.written_off" }).data)
        #expect(event.at("written_off.amount")?.integer == 2_000 && event["reason"]?.string == "gone away")
        #expect(told.contains { $0.type == "order.completed" })
        let settled = try shop.waybill.readNow { try ExceptionStore.exception(exception.id, in: $0) }
        #expect(settled?.resolution == "What was sent and is not paid for is written off.")
        try shop.expectClean()
    }

    @Test("In parts, and never more than is owed: what is left is asked for as before")
    func parts() throws {
        let shop = try shop()
        let id = try unpaid(shop)
        try shop.perform(writeOff(id, 1_200))
        #expect(try overall(id, in: shop) == .open && shop.openExceptions().count == 1)
        #expect(try shop.openExceptions()[0].actions(about: shop.order(id)).contains(.addPayment(id, gbp(1_800))))
        let refusal = try expectRefusal(.amountExceedsOwed, at: "/amount/amount", of: writeOff(id, 1_801), in: shop)
        #expect(refusal?.explanation == "18.01 GBP asked; 18.00 GBP is owed for what was sent, and nobody pays it")
        let foreign = WriteOffDebt(order: id, amount: Money(1, try #require(Currency("EUR"))), reason: "x")
        try expectRefusal(.currencyMismatch, at: "/amount/currency", of: foreign, in: shop)
        #expect(try shop.order(id).writtenOff == 1_200)
        try shop.perform(writeOff(id))
        #expect(try overall(id, in: shop) == .completed && shop.order(id).writtenOff == 3_000)
        let again = try expectRefusal(.illegalTransition, of: writeOff(id), in: shop)
        #expect(again?.explanation.hasSuffix("can be written off: nothing is owed") == true)
        try shop.expectClean()
    }

    @Test("It takes the right to payments, and beyond the channel's limit an administrator")
    func limits() throws {
        let shop = try shop(PaymentPolicy(writeOffMax: 1_000))
        let id = try unpaid(shop)
        let clerk = Principal(name: "clerk", scopes: [.paymentsWrite])
        func permission(_ principal: Principal) throws -> OrderPermission? {
            try shop.order(id).permissions(Channel(shop, "shop"), at: shop.now).first { $0.action == "write-offs" }?
                .limited(to: principal)
        }
        let giver = Principal(name: "giver", scopes: [.goodwillWrite, .ordersWrite])
        try expectRefusal(.forbidden, of: writeOff(id), in: shop, as: giver)
        #expect(try permission(giver)?.isAllowed == false && permission(clerk)?.isAllowed == true)
        try expectRefusal(.writeOffLimit, of: writeOff(id), in: shop, as: clerk)
        try shop.perform(writeOff(id, 1_000), as: clerk)
        let refusal = try expectRefusal(.writeOffLimit, of: writeOff(id, 1), in: shop, as: clerk)
        #expect(refusal?.explanation.contains("you may still write off 0.00 GBP. Somebody with the scope") == true)
        #expect(try permission(clerk)?.reason?.contains("as much of this order is written off as you may") == true)
        try shop.perform(writeOff(id))
        #expect(try shop.order(id).writtenOff == 3_000)
        try shop.expectClean()
    }

    @Test("What is paid after all is taken, and written off no more; what it holds beyond that is let go")
    func paidLater() throws {
        let shop = try shop()
        let id = try unpaid(shop)
        try shop.perform(writeOff(id))
        let offered = try shop.order(id).permissions(Channel(shop, "shop"), at: shop.now)
        #expect(offered.first { $0.action == "payments" }?.isAllowed == true)
        try shop.perform(pay(id, 1_000))
        #expect(try shop.order(id).captured == 1_000 && shop.order(id).writtenOff == 2_000)
        #expect(try overall(id, in: shop) == .completed && shop.events(id).contains("order.write_off_reduced"))
        try shop.expectClean()
        try shop.perform(pay(id, 2_500, "all"))
        let order = try shop.order(id)
        #expect(order.captured == 3_000 && order.writtenOff == 0 && order.payments.map(\.voided) == [0, 500])
        #expect(OrderStatus(of: order).payment == .captured && OrderStatus(of: order).overall == .completed)
        try expectRefusal(.illegalTransition, of: pay(id, 1, "more"), in: shop)
        try shop.expectClean()
    }

    @Test("A payment that is asked for and comes late is taken; one whose capture is refused is owed again")
    func pendingPayment() async throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [
                .init(provider: "manual", reference: "invoice", authorized: gbp(1_000), isPending: true),
                .init(provider: "card", reference: "token", authorized: gbp(2_000), isPending: true),
            ]
        }
        try shop.walk(id, to: .delivered)
        try shop.perform(writeOff(id))
        #expect(try overall(id, in: shop) == .completed && shop.order(id).writtenOff == 3_000)
        try shop.perform(RecordPaymentOutcome(payment: PaymentID(id, 1), result: .authorized))
        #expect(try shop.order(id).captured == 1_000 && shop.order(id).writtenOff == 2_000)
        try shop.perform(RecordPaymentOutcome(payment: PaymentID(id, 2), result: .authorized))
        let open = try expectRefusal(.illegalTransition, of: writeOff(id), in: shop)
        #expect(open?.explanation.contains("its provider has not answered") == true)
        try await shop.runDueJobs()
        #expect(try overall(id, in: shop) == .open && shop.openExceptions().map(\.kind) == [.paymentFailed])
        #expect(try shop.order(id).writtenOff == 0)
        try shop.perform(writeOff(id))
        try await shop.runDueJobs()
        #expect(try overall(id, in: shop) == .completed && shop.order(id).writtenOff == 2_000)
        #expect(try shop.order(id).payments[1].voided == 2_000, "what is held of it is let go")
        try shop.expectClean()
    }

    @Test("What comes back was not paid for first: money that was never taken is not given back, nor written off")
    func comesBack() throws {
        let shop = try shop()
        let id = try unpaid(shop, paid: 1_000)
        try shop.perform(writeOff(id))
        for (written, refunded) in [(1_000, 0), (0, 0), (0, 1_000)] as [(Int64, Int64)] {
            try shop.perform(SettleReturn(agreed: shop.takeBack([1: 1], of: id)))
            #expect(try shop.order(id).writtenOff == written && shop.order(id).refunded == refunded)
            #expect(try overall(id, in: shop) == .completed)
            try shop.expectClean()
        }
        #expect(try shop.events(id).filter { $0 == "order.write_off_reduced" }.count == 2)
    }

    @Test("By hand, and as goodwill, no more is given back than was taken")
    func givenByHand() throws {
        let shop = try shop()
        let id = try unpaid(shop, paid: 1_000)
        try shop.perform(writeOff(id))
        for amount in [1_001, 3_000] as [Int64] {
            let refund = RefundPayment(order: id, amount: gbp(amount), payment: nil, reason: "late")
            try expectRefusal(.amountExceedsCaptured, of: refund, in: shop)
        }
        let whole = RefundPayment(
            order: id, amount: nil, payment: nil, reason: "late", lines: id.units([1: 3]))
        try expectRefusal(.amountExceedsCaptured, of: whole, in: shop)
        try shop.perform(RefundPayment(order: id, amount: gbp(1_000), payment: nil, reason: "late"))
        #expect(try shop.order(id).refunded == 1_000 && shop.order(id).writtenOff == 2_000)
        try expectRefusal(
            .amountExceedsCaptured, of: GiveGoodwill(order: id, amount: gbp(1), reason: "late", to: .source), in: shop)
        try shop.expectClean()
    }

    @Test("Only what was sent is written off; what is sent behind it is asked for, or cancelled")
    func partlySent() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        var policy = ChannelPolicy(stages: [])
        policy.supply.backorderRelease = .available
        try shop.open("shop", policy: policy)
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop") { $0.payments = [] }
        try expectRefusal(.illegalTransition, of: writeOff(id), in: shop)
        try shop.walk(id, to: .shipped)
        try expectRefusal(.amountExceedsOwed, at: "/amount/amount", of: writeOff(id, 2_001), in: shop)
        try shop.perform(writeOff(id))
        #expect(try shop.order(id).writtenOff == 2_000 && shop.openExceptions().isEmpty)
        try shop.perform(pay(id, 1_000))
        #expect(try shop.order(id).captured == 1_000 && shop.order(id).writtenOff == 1_000, "it pays what was sent")
        try shop.perform(CancelOrder(order: id, reason: .unpaid))
        try shop.walk(id, to: .delivered)
        #expect(try overall(id, in: shop) == .completed && shop.order(id).due == 2_000)
        try shop.expectClean()
    }

    @Test("What is to be paid at a door that is still to come is not given up")
    func atTheDoor() throws {
        let shop = try shop()
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop") {
            $0.payments = [.init(provider: CashOnDelivery.provider, reference: "door", authorized: gbp(3_000))]
        }
        try shop.walk(id, to: .shipped)
        let refusal = try expectRefusal(.illegalTransition, of: writeOff(id), in: shop)
        #expect(refusal?.explanation.contains("paid where the goods are handed over") == true)
    }

    @Test(
        "The doctor finds what is written off and not told, or more than is owed; a row takes no more than is due",
        arguments: [
            ("UPDATE orders SET written_off = 500", "500"), ("UPDATE orders SET written_off = 3000", "3000"),
        ])
    func tampering(sql: String, found: String) throws {
        let shop = try shop()
        let id = try unpaid(shop, paid: 1_000)
        try shop.perform(writeOff(id, 700))
        try shop.expectClean()
        let findings = try shop.examine(tamperedBy: sql).findings.filter { $0.found.hasSuffix(found) }
        #expect(findings.contains { $0.book == .events }, "\(findings)")
        #expect(findings.contains { $0.book == .money } == (found == "3000"))
        #expect(throws: (any Error).self) { try shop.tamper("UPDATE orders SET written_off = due + 1") }
        #expect(throws: (any Error).self) { try shop.tamper("UPDATE orders SET written_off = -1") }
    }
}

extension Channel {
    fileprivate init(_ shop: TestSystem, _ code: String) throws {
        self = try #require(try shop.waybill.readNow { try Configuration.load(in: $0) }.channels[code])
    }
}

import OrderManagement
import TestSupport
import Testing

@Suite("Units that were refunded by hand")
struct CoveredUnitsTests {
    private func sent(_ change: (inout ReturningPolicy) -> Void = { _ in }) throws -> (TestSystem, OrderID) {
        let (shop, id) = try TestSystem.withTwoParcelsSent(stages: [], change)
        try shop.tell(.delivered, of: 1, id)
        return (shop, id)
    }

    private func refund(_ units: Int64, of id: OrderID, in shop: TestSystem) throws {
        try shop.perform(
            RefundPayment(
                order: id, amount: nil, payment: nil, reason: "lost",
                lines: [LineQuantity(line: id.line(1), quantity: units)]))
    }

    @Test("A lost parcel whose units were refunded by hand is settled by that: nothing is paid twice, and it is said")
    func claim() throws {
        for policy in [ReturningPolicy.Compensation.manual, .refund] {
            let (shop, id) = try sent { $0.lost = policy }
            try refund(1, of: id, in: shop)
            try shop.tell(.lost, of: 2, id)
            if policy == .manual {
                let actions = try #require(try shop.openExceptions().first).actions(about: try shop.order(id))
                #expect(actions == [.refundParcel(ParcelID(id, 2)), .deliverParcel(ParcelID(id, 2))])
                let reply = try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
                let claim = try JSON.parse(reply.body)["parcel"]?["claim"]
                #expect(claim?["already_refunded"]?.array?.first?["quantity"]?.integer == 1)
                #expect(claim?["refunded"]?["amount"]?.integer == 0)
            }
            #expect(try shop.order(id).refunded == 1001)
            #expect(try shop.order(id).parcels[1].claim?.covered == [1: 1])
            #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
            try shop.expectClean()
        }
    }

    @Test("Who names an amount has decided: it is paid beside what was refunded by hand")
    func named() throws {
        let (shop, id) = try sent()
        try refund(1, of: id, in: shop)
        try shop.tell(.lost, of: 2, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund, amount: gbp(500)))
        #expect(try shop.order(id).refunded == 1501)
        try shop.expectClean()
    }

    @Test("Goods whose money the customer has are not sent once more for nothing", arguments: [true, false])
    func reship(byLines: Bool) throws {
        let (shop, id) = try sent()
        try shop.tell(.lost, of: 2, id)
        if byLines {
            try refund(1, of: id, in: shop)
        } else {
            try shop.perform(RefundPayment(order: id, amount: gbp(2497), payment: nil, reason: "lost"))
        }
        try expectRefusal(.illegalTransition, of: ReshipParcel(parcel: ParcelID(id, 2)), in: shop)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .refund))
        #expect(try shop.order(id).refunded == (byLines ? 1001 : 2497))
        try shop.expectClean()
    }

    @Test("The return of a unit that was refunded by hand is worth nothing more; the next one is")
    func returned() throws {
        let (shop, id) = try sent()
        try shop.tell(.delivered, of: 2, id)
        try refund(1, of: id, in: shop)
        let order = try shop.order(id)
        var json = JSONWriter()
        json.object { order.writeReturnable(by: ReturnRules(.till, finalSales: [], at: shop.now), to: &$0) }
        let reason = try JSON.parse(json.text)["data"]?.array?.first?["reasons"]?.array?.first
        #expect(reason?["already_refunded"]?.integer == 1 && reason?["refund"]?["amount"]?.integer == 1001)
        let first = try shop.takeBack([1: 1], of: id)
        try shop.perform(SettleReturn(id: first, refund: .source))
        #expect(try shop.order(id).refunded == 1001 && shop.order(id).returns[0].terms.covered == [1: 1])
        let second = try shop.takeBack([1: 1], of: id)
        try shop.perform(SettleReturn(id: second, refund: .source))
        #expect(try shop.order(id).refunded == 2002)
        try shop.expectClean()
    }

    @Test("The doctor sees a loss that says it was paid for by more than was refunded by hand")
    func tampered() throws {
        let (shop, id) = try sent()
        try shop.tell(.lost, of: 2, id)
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 2), resolution: .none))
        let report = try shop.examine(
            tamperedBy: """
                UPDATE parcels SET claim = replace(claim, '"refunded":0', '"refunded":0,"covered":[[1,1]]')
                WHERE claim IS NOT NULL
                """)
        #expect(report.findings.contains { $0.subject == id.line(1).description })
        #expect(report.text.contains("is paid for by a refund by hand once"))
    }
}

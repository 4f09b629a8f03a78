import TestSupport
import Testing

@testable import OrderManagement

/// What is given back is paid from the money of goods that were sent, and credited to those.
@Suite("Money given back while other goods are not sent")
struct CreditOfSentGoodsTests {
    private static let text = "1 × TEE-M at 12.00 GBP + 1 × CAP at 6.00 GBP"

    /// The TEE-M was sent and its money taken; the CAP waits for stock.
    private func shop(
        _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "TEE-L@LONDON: 5", "CAP@LONDON: 1")
        try shop.move(.writeOff, 1, "CAP@LONDON")
        try shop.exchanging { policy in
            policy.shortfall = .backorder
            change(&policy)
        }
        let id = try shop.place(Self.text, on: "shop")
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 1_200 && shop.order(id).lines[1].backordered == 1)
        return (shop, id)
    }

    /// The CAP comes, is sent, taken for and comes back.
    private func sendAndReturnTheRest(_ id: OrderID, in shop: TestSystem) throws {
        try shop.receive("CAP@LONDON: 1")
        if try shop.order(id).lines[1].backordered > 0 { try shop.perform(SourceOrder(order: id)) }
        try shop.walk(id, to: .delivered)
        try shop.perform(SettleReturn(id: try shop.takeBack([2: 1], of: id), refund: .source))
    }

    private func returnable(_ line: Int, of id: OrderID, in shop: TestSystem) throws -> Int64? {
        let order = try shop.order(id)
        let channel = try #require(
            try shop.waybill.readNow { try Configuration.load(in: $0) }.channels[order.channel])
        var json = JSONWriter()
        json.object { order.writeReturnable(by: ReturnRules(channel, finalSales: [], at: shop.now), to: &$0) }
        let answers = try JSON.parse(json.text)["data"]?.array?[line - 1]["reasons"]?.array
        return answers?.first { $0["reason"]?.string == "unwanted" }?["refund"]?["amount"]?.integer
    }

    @Test(
        "Goodwill and amounts are spread over what was sent: all that comes back gives all money back, and no less",
        arguments: [CreditMemo.Kind.goodwill, .refund])
    func spread(kind: CreditMemo.Kind) throws {
        let (shop, id) = try shop()
        try shop.perform(
            kind == .goodwill
                ? GiveGoodwill(order: id, amount: gbp(300), reason: "late", to: .source)
                : RefundPayment(order: id, amount: gbp(300), payment: nil, reason: "late"))
        #expect(try shop.order(id).memos[0].lines.map(\.line) == [1])
        #expect(try returnable(1, of: id, in: shop) == 900)
        try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
        #expect(try shop.order(id).refunded == 1_200)
        try sendAndReturnTheRest(id, in: shop)
        let end = try shop.order(id)
        #expect(end.captured == 1_800 && end.refunded == 1_800 && OrderStatus(of: end).overall == .completed)
        try shop.expectClean()
    }

    @Test("A lost parcel and an even exchange are worth what is left of the goods that were sent")
    func lostAndExchanged() throws {
        let (shop, id) = try shop()
        try shop.perform(GiveGoodwill(order: id, amount: gbp(300), reason: "late", to: .source))
        let wish = id.exchange(for: [.of("TEE-L")])
        let answer = try JSON.parse(
            shop.perform(ExchangeOrder(request: wish.request, lines: wish.lines, isPreview: true)).body)
        #expect(answer["credit"]?["amount"]?.integer == 900 && answer["difference"]?["amount"]?.integer == 0)
    }

    @Test("Units whose money is not taken are not refunded by hand: they are to be cancelled")
    func notTaken() throws {
        let (shop, id) = try shop()
        func refund(_ line: Int, _ amount: Int64? = nil) -> RefundPayment {
            RefundPayment(
                order: id, amount: amount.map(gbp), payment: nil, reason: "sorry", lines: id.units([line: 1]))
        }
        for amount in [nil, 100] as [Int64?] {
            let refusal = try #require(try expectRefusal(.amountExceedsCaptured, of: refund(2, amount), in: shop))
            #expect(refusal.details[0].pointer == "/lines/0/quantity")
            #expect(refusal.details[0].detail.contains("(cancellations)"))
        }
        try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .customer))
        let order = try shop.order(id)
        #expect(order.voided == 600 && OrderStatus(of: order).overall == .completed)
        try shop.perform(refund(1))
        #expect(try shop.order(id).refunded == 1_200)
        try shop.expectClean()
    }

    @Test("What was taken in advance may be given back of goods that are not sent, and pays for no others")
    func ahead() throws {
        let (shop, id) = try shop()
        try shop.perform(CapturePayment(order: id, amount: gbp(600), reason: "prepaid"))
        try shop.perform(
            RefundPayment(order: id, amount: nil, payment: nil, reason: "sorry", lines: id.units([2: 1])))
        #expect(try returnable(1, of: id, in: shop) == 1_200)
        try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
        #expect(try shop.order(id).refunded == 1_800)
        try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .customer))
        let end = try shop.order(id)
        #expect(end.captured == end.refunded && OrderStatus(of: end).overall == .completed)
        try shop.expectClean()
    }

    @Test("What was given back of goods that are not sent does not pay for those that are sent next")
    func paysForNoOthers() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 1")
        try shop.move(.writeOff, 1, "CAP@LONDON")
        try shop.exchanging { $0.shortfall = .backorder }
        let id = try shop.place(Self.text, on: "shop")
        try shop.perform(CapturePayment(order: id, amount: gbp(600), reason: "deposit"))
        try shop.perform(
            RefundPayment(order: id, amount: nil, payment: nil, reason: "sorry", lines: id.units([2: 1])))
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 1_800)
        try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
        let order = try shop.order(id)
        #expect(order.refunded == 1_800 && order.returns[0].refunded == 1_200)
        try shop.expectClean()
    }

    /// Until now the money of sent goods could be given back for others: such a memo, as it was written then.
    private func oldMemo(_ lines: String, _ amount: Int64, of id: OrderID, in shop: TestSystem) throws {
        let kind = lines.hasPrefix("[[2") ? CreditMemo.Kind.refund : .goodwill
        try shop.perform(
            kind == .goodwill
                ? GiveGoodwill(order: id, amount: gbp(amount), reason: "late", to: .source)
                : RefundPayment(order: id, amount: gbp(amount), payment: nil, reason: "late"))
        try shop.tamper("UPDATE credit_memos SET lines = '\(lines)'")
        // What another process has committed has the first one read its rows anew.
        let other = OrderManagement(database: shop.database, clock: { [shop] in shop.now })
        defer { other.stop() }
        _ = try other.performNow(SaveItems(items: [.plain("OTHER")]), as: .system, key: nil)
    }

    @Test("Of older orders too all that comes back gives all money back: what was given for others is set off")
    func setOff() throws {
        for (lines, amount) in [("[[1,0,200,0,0,0,200],[2,0,100,0,0,0,100]]", 300), ("[[2,1,600,0,0,0,600]]", 600)]
            as [(String, Int64)]
        {
            let (shop, id) = try shop()
            try oldMemo(lines, amount, of: id, in: shop)
            try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
            var order = try shop.order(id)
            let ofOthers = amount == 300 ? Int64(100) : 600
            #expect(order.refunded == 1_200 && order.memos[1].setOff == ofOthers && order.due == 1_800 - ofOthers)
            try sendAndReturnTheRest(id, in: shop)
            order = try shop.order(id)
            #expect(order.refunded == order.captured && order.captured == order.due, "\(lines)")
            #expect(OrderStatus(of: order).overall == .completed)
        }
    }

    @Test("Of older orders, units that were refunded and are cancelled leave the others to be taken for, by itself")
    func letGo() throws {
        let (shop, id) = try shop()
        try oldMemo("[[2,1,600,0,0,0,600]]", 600, of: id, in: shop)
        try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .customer))
        let order = try shop.order(id)
        #expect(order.captured == 1_800 && order.payments[0].capturable == 0)
        #expect(OrderStatus(of: order).overall == .completed)
    }
}

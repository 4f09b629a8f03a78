import TestSupport
import Testing

@testable import OrderManagement

/// The tax of an amount is the tax of the price that was paid, kept or given back.
@Suite("Taxes of what is kept, given back and moved to another order")
struct KeptTaxTests {
    /// One unit at 12.00, of which 2.00 are tax, on its way or delivered.
    private func shop(
        isGross: Bool = false, _ units: Int64 = 1, to state: Fulfillment.State? = .delivered,
        _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "TEE-L@LONDON: 9")
        var policy = ChannelPolicy(stages: [])
        policy.returning.exchanges = .atOnce
        policy.returning.approvesItself = true
        change(&policy)
        try shop.open("shop", isGross: isGross, policy: policy)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop") { order in
            order.lines = [
                .init(
                    sku: "TEE-M", quantity: units, unitPrice: gbp(isGross ? 1_200 : 1_000), tax: gbp(200 * units))
            ]
            order.total = gbp(1_200 * units)
            order.payments = [.init(provider: "manual", reference: "pay-1", authorized: order.total)]
        }
        if let state { try shop.walk(id, to: state) }
        return (shop, id)
    }

    /// What of the taxes of an order was credited, less what was kept of it.
    private func taxCredited(_ order: Order) -> Int64 {
        order.memos.reduce(0) { sum, memo in
            memo.lines.reduce(sum - order.taxes(keptBy: memo)) { $0 + $1.tax }
        }
    }

    @Test("Exchanged, or sent once more, goods bear the tax of what was left of their price", arguments: [true, false])
    func keptPrice(isGross: Bool) throws {
        for isLost in [false, true] {
            let (shop, id) = try shop(isGross: isGross, to: isLost ? .shipped : .delivered)
            try shop.perform(GiveGoodwill(order: id, amount: gbp(200), reason: "late", to: .source))
            let new: OrderID
            if isLost {
                let reply = try shop.perform(ReshipParcel(parcel: ParcelID(id, 1)))
                new = try #require(JSON.parse(reply.body)["reshipment"]?["id"]?.string.flatMap { OrderID($0) })
            } else {
                new = try shop.exchange(id, for: [.of("TEE-L")])
                try shop.receive(id.entry(1))
            }
            let order = try shop.order(new)
            #expect(order.total == 1_000 && order.covered == 1_000 && order.lines[0].tax == 167)
            #expect(order.lines[0].unitPrice == (isGross ? 1_200 : 1_000))
            #expect(try taxCredited(shop.order(id)) == 200)
            try shop.expectClean()
        }
    }

    @Test("What a return's fee has kept is given back with its tax, piece by piece, and called that")
    func feeGivenBack() throws {
        let (shop, id) = try shop { policy in
            policy.returning.feeFixed = 270
            policy.returning.freeReasons = []
        }
        try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source))
        var order = try shop.order(id)
        #expect(order.memos[0].retained == 270 && order.taxes(keptBy: order.memos[0]) == 45)
        try shop.perform(GiveGoodwill(order: id, amount: gbp(100), reason: "sorry", to: .source))
        try shop.perform(RefundPayment(order: id, amount: gbp(170), payment: nil, reason: "sorry"))
        order = try shop.order(id)
        #expect(order.memos.map(\.retained) == [270, -100, -170])
        #expect(order.memos.map { order.taxes(keptBy: $0) } == [45, -17, -28])
        #expect(order.refunded == 1_200 && taxCredited(order) == 200)
        try shop.expectClean()
    }

    @Test("A cancellation's fee bears its tax wherever it stands, and its units are credited whole, less the fee")
    func cancellationFee() throws {
        let (shop, id) = try shop(2, to: nil) { $0.cancelling = CancellingPolicy(fee: .init(amount: 300, percent: 0)) }
        try shop.perform(CapturePayment(order: id, amount: gbp(2_400), reason: "prepaid"))
        let reply = try JSON.parse(shop.perform(CancelOrder(order: id, reason: .customer)).body)
        #expect(reply["fee_tax"]?["amount"]?.integer == 50)
        #expect(reply.at("order.cancellation_fees")?.array?.first?["tax"]?["amount"]?.integer == 50)
        let order = try shop.order(id)
        let memo = try #require(order.memos.first)
        #expect(memo.amount == 2_100 && memo.retained == 300 && order.taxes(keptBy: memo) == 50)
        #expect(memo.lines.map(\.units) == [2] && memo.lines.map(\.goods) == [2_000] && memo.lines.map(\.tax) == [400])
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        let event = try #require(told.first { $0.type == "order.fee_charged" })
        #expect(try JSON.parse(event.data)["tax"]?["amount"]?.integer == 50)
        try shop.expectClean()
    }

    @Test(
        "What was kept for cancelling can be given back, with its tax and up to that, taken before or for it",
        arguments: [true, false], [RefundPlace.source, .storeCredit])
    func cancellationFeeGivenBack(isPrepaid: Bool, place: RefundPlace) throws {
        let (shop, id) = try shop(2, to: nil) { $0.cancelling = CancellingPolicy(fee: .init(amount: 300, percent: 0)) }
        if isPrepaid { try shop.perform(CapturePayment(order: id, amount: gbp(2_400), reason: "prepaid")) }
        try shop.perform(CancelOrder(order: id, reason: .customer))
        #expect(try may("refunds", id, shop) && may("goodwill", id, shop))
        try shop.perform(GiveGoodwill(order: id, amount: gbp(100), reason: "sorry", to: .source))
        let more = RefundPayment(order: id, amount: gbp(201), payment: nil, reason: "sorry")
        try expectRefusal(.amountExceedsCaptured, of: more, in: shop)
        if place == .storeCredit {
            try shop.perform(RefundPayment(order: id, amount: gbp(200), payment: nil, reason: "sorry"))
        } else {
            try shop.perform(GiveGoodwill(order: id, amount: gbp(200), reason: "sorry", to: .source))
        }
        let order = try shop.order(id)
        #expect(order.captured == order.refunded && OrderStatus(of: order).overall == .cancelled)
        let given = order.memos.filter { $0.kind != .cancellation }
        #expect(given.map(\.retained) == [-100, -200] && given.map { order.taxes(keptBy: $0) } == [-17, -33])
        #expect(try !may("refunds", id, shop) && !may("goodwill", id, shop))
        try shop.expectClean()
    }

    private func may(_ action: String, _ id: OrderID, _ shop: TestSystem) throws -> Bool {
        let order = try shop.order(id)
        let channel = try #require(
            try shop.waybill.readNow { try Configuration.load(in: $0) }.channels[order.channel])
        return order.permissions(channel, at: shop.now).contains { $0.action == action && $0.isAllowed }
    }

    @Test("Units are credited at their price: what is rounded lands in their discount")
    func rounding() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, discount 0.01", on: "shop")
        try shop.deliver(id)
        for _ in 1...2 { try shop.perform(SettleReturn(id: try shop.takeBack([1: 1], of: id), refund: .source)) }
        let lines = try shop.order(id).memos.flatMap(\.lines)
        #expect(lines.map(\.goods) == [1_000, 1_000] && lines.map(\.amount) == [999, 1_000])
        #expect(lines.map { $0.discount + $0.orderDiscount } == [1, 0])
        try shop.expectClean()
    }

    @Test("What was given back before is taken from price and tax alike, also where others of the line stay")
    func taxBehindGoodwill() throws {
        let (shop, id) = try shop(3)
        try shop.perform(GiveGoodwill(order: id, amount: gbp(170), reason: "late", to: .source))
        for number in 1...3 {
            try shop.perform(
                RequestReturn(
                    order: id, method: .inStore, location: "LONDON",
                    lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted, disposition: .restock)]))
            if try shop.order(id).returns[number - 1].state != .settled {
                try shop.perform(SettleReturn(id: id.entry(number), refund: .source))
            }
            let line = try #require(try shop.order(id).memos.last?.lines.first)
            #expect(abs(line.tax * 6 - line.amount) <= 12, "tax \(line.tax) of \(line.amount)")
        }
        #expect(try taxCredited(shop.order(id)) == 600 && shop.order(id).refunded == 3_600)
        try shop.expectClean()
    }
}

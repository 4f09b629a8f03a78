import TestSupport
import Testing

@testable import OrderManagement

/// Units that were refunded by hand and are cancelled, or amended away, behind that.
@Suite("Units that were refunded by hand and then given up")
struct RefundedUnitsTests {
    private static let six = "6 × TEE-M at 3.06 GBP, shipping 4.95"

    /// An order of six units whose money is all taken, or as much of it.
    private func order(
        _ text: String = six, captured: Int64? = nil, under policy: ChannelPolicy? = nil
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99", "CAP@LONDON: 99")
        try shop.open("shop", policy: policy ?? ChannelPolicy(stages: []))
        let id = try shop.place(text, on: "shop")
        let amount = try captured ?? shop.order(id).total
        if amount > 0 { try shop.perform(CapturePayment(order: id, amount: gbp(amount), reason: "prepaid")) }
        return (shop, id)
    }

    private func refund(_ units: Int64, of id: OrderID, line: Int = 1, in shop: TestSystem) throws {
        try shop.perform(
            RefundPayment(
                order: id, amount: nil, payment: nil, reason: "sorry",
                lines: [LineQuantity(line: id.line(line), quantity: units)]))
    }

    /// Cancels, having looked at it before. - Returns: What is refunded, and for how many units nothing.
    @discardableResult
    private func cancel(_ units: [Int: Int64]?, of id: OrderID, in shop: TestSystem) throws -> [Int64?] {
        let lines = units.map { $0.map { LineQuantity(line: id.line($0.key), quantity: $0.value) } }
        func brought(_ isPreview: Bool) throws -> [Int64?] {
            let reply = try JSON.parse(
                shop.perform(CancelOrder(order: id, lines: lines, reason: .customer, isPreview: isPreview)).body)
            let covered = (reply["already_refunded"]?.array ?? []).compactMap { $0["quantity"]?.integer }
            return [
                reply["refunded"]?["amount"]?.integer, covered.reduce(0, +),
                reply["refunded_before"]?["amount"]?.integer,
            ]
        }
        let shown = try brought(true)
        #expect(try brought(false) == shown)
        try shop.expectClean()
        return shown
    }

    @Test("The same units are paid for once, and the order ends with what its other units cost")
    func same() throws {
        let (shop, id) = try order()
        try refund(2, of: id, in: shop)
        #expect(try cancel([1: 2], of: id, in: shop) == [0, 2, 612])
        try shop.walk(id, to: .delivered)
        let end = try shop.order(id)
        #expect(end.captured - end.refunded == end.due && end.due == 4 * 306 + 495)
        #expect(OrderStatus(of: end).overall == .completed && end.owedBack == 0)
        #expect(try shop.events(id).filter { $0 == "credit_memo.issued" }.count == 1)
        try shop.expectClean()
    }

    @Test("Of more units than were refunded only the others are paid, and what is left may come back for its worth")
    func more() throws {
        let (shop, id) = try order()
        try refund(2, of: id, in: shop)
        #expect(try cancel([1: 4], of: id, in: shop) == [612, 2, 612])
        try shop.walk(id, to: .delivered)
        let entry = try shop.takeBack([1: 2], of: id)
        try shop.perform(SettleReturn(id: entry, refund: .source))
        let end = try shop.order(id)
        #expect(end.returns[0].refunded == 612 && end.returns[0].terms.covered.isEmpty)
        #expect(end.captured - end.refunded == 495)
        try shop.expectClean()
    }

    @Test("Units are used up once: what is cancelled behind those that were refunded is paid")
    func again() throws {
        let (shop, id) = try order()
        try refund(2, of: id, in: shop)
        #expect(try cancel([1: 1], of: id, in: shop) == [0, 1, 306])
        #expect(try cancel([1: 2], of: id, in: shop) == [306, 1, 306])
        #expect(try cancel([1: 1], of: id, in: shop) == [306, 0, 0])
        #expect(try cancel(nil, of: id, in: shop) == [612 + 495, 0, 0])
        let end = try shop.order(id)
        #expect(end.refunded == end.captured && end.due == 0)
    }

    @Test("Where all were refunded nothing but the shipping is given back")
    func all() throws {
        let (shop, id) = try order()
        try refund(6, of: id, in: shop)
        #expect(try cancel([1: 2], of: id, in: shop) == [0, 2, 612])
        #expect(try cancel(nil, of: id, in: shop) == [495, 4, 1224])
        #expect(try OrderStatus(of: shop.order(id)).overall == .cancelled)
    }

    @Test("An amount that is for no units covers none of them, as with losses and returns")
    func amount() throws {
        let (shop, id) = try order()
        try shop.perform(RefundPayment(order: id, amount: gbp(612), payment: nil, reason: "sorry"))
        #expect(try cancel([1: 2], of: id, in: shop) == [612, 0, 0])
        #expect(try cancel(nil, of: id, in: shop) == [612 + 495, 0, 612], "it was given of the last four")
    }

    @Test("An amendment down pays them no second time and says so; what is added later is paid anew")
    func amended() throws {
        let (shop, id) = try order()
        try refund(2, of: id, in: shop)
        let staged = try shop.preview(id) { $0.quantities = [(1, 3)] }
        let done = try shop.amend(id) { $0.quantities = [(1, 3)] }
        for answer in [staged, done] {
            #expect(answer.at("money.refunded.amount")?.integer == 306)
            #expect(answer.at("money.refunded_before.amount")?.integer == 612)
            #expect(answer.at("money.already_refunded")?.array?.first?["quantity"]?.integer == 2)
        }
        let shown = try shop.preview(id) { $0.quantities = [(1, 6)] }
        #expect(shown.at("money.authorization_needed.amount")?.integer == 918)
        let order = try shop.order(id)
        #expect(order.captured - order.refunded == order.due)
        try shop.expectClean()
    }

    @Test("A swap keeps its money in the order: nobody is asked for what takes the place of its units")
    func swapped() throws {
        let (shop, id) = try order()
        try refund(2, of: id, in: shop)
        let answer = try shop.amend(id) { $0.swaps = [(1, 2, "CAP")] }
        #expect(answer.at("money.authorization_needed.amount")?.integer == 0)
        #expect(answer.at("money.refunded.amount")?.integer == 0)
        #expect(try cancel([1: 2], of: id, in: shop) == [0, 2, 612])
    }

    @Test("Discounts close to the minor unit, whichever units were refunded")
    func discounts() throws {
        for (first, second) in [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2)] as [(Int64, Int64)] {
            let (shop, id) = try order("5 × TEE-M at 3.35 GBP + 2 × CAP at 7.01 GBP, shipping 4.95, discount 3.33")
            try refund(first, of: id, in: shop)
            try refund(1, of: id, line: 2, in: shop)
            try cancel([1: second, 2: 1], of: id, in: shop)
            let now = try shop.order(id)
            // What was refunded for units that are kept is the only difference, to the minor unit.
            let kept = now.memos.reduce(Int64(0)) { $0 + $1.amount } - (now.total - now.due)
            #expect(now.captured - now.refunded == now.due - kept && (first > second || kept <= 1))
            try cancel(nil, of: id, in: shop)
            let end = try shop.order(id)
            #expect(end.refunded == end.captured && end.due == 0, "\(first) \(second)")
        }
    }

    @Test("Nothing sent, a deposit taken: what was refunded of it is still to be taken for the units that are kept")
    func deposit() throws {
        let (shop, id) = try order(captured: 1000)
        try refund(2, of: id, in: shop)
        #expect(try cancel([1: 2], of: id, in: shop) == [0, 2, 612])
        #expect(try shop.order(id).voided == 0)
        try shop.walk(id, to: .delivered)
        let end = try shop.order(id)
        #expect(end.captured == 2331 && end.captured - end.refunded == end.due)
        try shop.expectClean()
    }

    @Test("Of an order whose money was never taken all is let go, as before")
    func unpaid() throws {
        let (shop, id) = try order(captured: 0)
        #expect(try cancel([1: 2], of: id, in: shop) == [0, 0, 0])
        try shop.walk(id, to: .delivered)
        try refund(2, of: id, in: shop)
        #expect(try shop.order(id).unitsRefundedByHand(1) == 2 && shop.order(id).voided == 612)
        try shop.expectClean()
    }

    @Test("What was refunded for goods that were sent is not asked for again when the others are cancelled untaken")
    func damaged() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2")
        try shop.open("shop", policy: ChannelPolicy(stages: []))
        let id = try shop.place(Self.six, on: "shop")
        try shop.walk(id, to: .delivered)
        try refund(2, of: id, in: shop)
        #expect(try cancel([1: 4], of: id, in: shop) == [0, 0, 0])
        let end = try shop.order(id)
        #expect(end.captured == 1107 && end.voided == 1224 && OrderStatus(of: end).overall == .completed)
        try shop.expectClean()
    }

    @Test("No fee is kept of what was given back before")
    func fee() throws {
        var policy = ChannelPolicy(stages: [])
        policy.cancelling = CancellingPolicy(fee: .init(amount: 0, percent: 50))
        let (shop, id) = try order(under: policy)
        try refund(2, of: id, in: shop)
        #expect(try cancel([1: 4], of: id, in: shop) == [306, 2, 612])
        #expect(try shop.order(id).feesOfCancelling == 306)
    }

    @Test("The doctor sees cancelled units that more was refunded for than there was")
    func tampered() throws {
        let (shop, id) = try order()
        try refund(2, of: id, in: shop)
        try cancel([1: 2], of: id, in: shop)
        let report = try shop.examine(
            tamperedBy: "UPDATE orders SET document = replace(document, '[1,2,612]', '[1,3,613]')")
        #expect(report.findings.contains { $0.subject == id.line(1).description })
        #expect(report.text.contains("is paid for by a refund by hand once"))
    }
}

import TestSupport
import Testing

@testable import OrderManagement

/// What was given back of goods that were paid in advance goes where their units go: to what takes their place, or to
/// what is given up. Once all is back or cancelled, the customer has paid what was to be kept, and no penny else.
@Suite("Money given back of goods that are swapped, cancelled or amended away before they are sent")
struct CreditTakenOverTests {
    private static let two = "2 × TEE-M at 12.00 GBP, shipping 4.80"

    private func order(
        _ text: String = two, captured: Int64? = nil, _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 99", "CAP@LONDON: 99", "HAT@LONDON: 99")
        try shop.exchanging(.atOnce, change)
        let id = try shop.place(text, on: "shop")
        let amount = try captured ?? shop.order(id).total
        if amount > 0 { try shop.perform(CapturePayment(order: id, amount: gbp(amount), reason: "prepaid")) }
        return (shop, id)
    }

    private func goodwill(_ amount: Int64, on id: OrderID, in shop: TestSystem) throws {
        try shop.perform(GiveGoodwill(order: id, amount: gbp(amount), reason: "late", to: .source))
    }

    private func refund(_ units: [Int: Int64], of id: OrderID, in shop: TestSystem) throws {
        try shop.perform(
            RefundPayment(order: id, amount: nil, payment: nil, reason: "sorry", lines: id.units(units)))
    }

    /// - Returns: What is paid for units that come back.
    private func takeBack(_ units: [Int: Int64], of id: OrderID, in shop: TestSystem) throws -> Int64 {
        let before = try shop.order(id).refunded
        try shop.perform(SettleReturn(id: try shop.takeBack(units, of: id), refund: .source))
        try shop.expectClean()
        return try shop.order(id).refunded - before
    }

    private func swap(
        _ line: Int, _ units: Int64, for sku: String, at price: Int64, paying more: Int64 = 0, of id: OrderID,
        in shop: TestSystem
    ) throws {
        try shop.amend(id) {
            $0.rest = { request, id in
                request.pricing = .current
                request.swaps = [
                    .init(line: id.line(line), sku: sku, quantity: units, price: .init(unitPrice: gbp(price)))
                ]
                if more > 0 { request.payment = .card(more) }
            }
        }
        try shop.expectClean()
    }

    // MARK: Swaps

    @Test("Goodwill goes with the units that it was given for: what takes their place is worth what is left of them")
    func goodwillSwapped() throws {
        let (shop, id) = try order()
        try goodwill(500, on: id, in: shop)
        try shop.amend(id) { $0.swaps = [(1, 2, "CAP")] }
        try shop.walk(id, to: .delivered)
        #expect(try takeBack([2: 2], of: id, in: shop) == 1_900)
        let end = try shop.order(id)
        #expect(end.captured - end.refunded == 480 && OrderStatus(of: end).overall == .completed)
    }

    @Test("It is cancelled, lost or exchanged for what is left of it, too")
    func otherEnds() throws {
        for end in ["cancelled", "lost", "exchanged"] {
            let (shop, id) = try order()
            try goodwill(500, on: id, in: shop)
            try shop.amend(id) { $0.swaps = [(1, 2, "CAP")] }
            switch end {
            case "cancelled": try shop.perform(CancelOrder(order: id, reason: .customer))
            case "lost":
                try shop.walk(id, to: .shipped)
                try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
            default:
                try shop.walk(id, to: .delivered)
                let wish = ExchangeOrder(
                    request: RequestReturn(
                        order: id, method: .byPost, location: nil,
                        lines: [.init(line: id.line(2), quantity: 2, reason: .wrongSize)]),
                    lines: [.of("HAT", 2)], isPreview: true)
                #expect(try JSON.parse(shop.perform(wish).body)["credit"]?["amount"]?.integer == 1_900)
                continue
            }
            let order = try shop.order(id)
            #expect(order.captured == 2_880 && order.refunded == 2_880, "\(end)")
            try shop.expectClean()
        }
    }

    @Test("Units that were refunded by hand stay so through a chain of swaps: each is paid once")
    func chain() throws {
        let (shop, id) = try order()
        try refund([1: 1], of: id, in: shop)
        try shop.amend(id) { $0.swaps = [(1, 2, "CAP")] }
        try shop.amend(id) { $0.swaps = [(2, 2, "HAT")] }
        #expect(try shop.order(id).unitsRefundedByHand(3) == 1)
        try shop.walk(id, to: .delivered)
        #expect(try takeBack([3: 1], of: id, in: shop) == 0)
        #expect(try takeBack([3: 1], of: id, in: shop) == 1_200)
        let end = try shop.order(id)
        #expect(end.returns.map(\.terms.covered) == [[3: 1], [:]] && end.captured - end.refunded == 480)
    }

    @Test("What takes the place of refunded units and costs more is worth the difference that was paid for it")
    func dearer() throws {
        let (shop, id) = try order()
        try refund([1: 2], of: id, in: shop)
        try swap(1, 2, for: "CAP", at: 1_700, paying: 1_000, of: id, in: shop)
        try shop.walk(id, to: .delivered)
        #expect(try shop.order(id).captured == 3_880)
        #expect(try takeBack([2: 1], of: id, in: shop) + takeBack([2: 1], of: id, in: shop) == 1_000)
    }

    @Test("What takes their place and costs less takes over what it is worth: the rest was given for the difference")
    func cheaper() throws {
        let (shop, id) = try order("1 × TEE-M at 14.40 GBP")
        try goodwill(1_000, on: id, in: shop)
        try swap(1, 1, for: "CAP", at: 600, of: id, in: shop)
        let order = try shop.order(id)
        #expect(order.refunded == 1_440 && order.due == 600 && order.owedBack == 0)
        try shop.walk(id, to: .delivered)
        #expect(try takeBack([2: 1], of: id, in: shop) == 0)
        #expect(try shop.order(id).captured == 1_440)
    }

    @Test("The taxes of all memos are those of the goods that came back, whatever took the place of what")
    func taxes() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9", "CAP@LONDON: 9")
        try shop.exchanging()
        let id = try shop.place("3 × TEE-M at 10.00 GBP", on: "shop") {
            $0.lines[0] = .init(sku: "TEE-M", quantity: 3, unitPrice: gbp(1_000), tax: gbp(571))
            $0.total = gbp(3_571)
            $0.payments = [.card(3_571)]
        }
        try shop.perform(CapturePayment(order: id, amount: gbp(3_571), reason: "prepaid"))
        try goodwill(333, on: id, in: shop)
        try shop.amend(id) { $0.swaps = [(1, 3, "CAP")] }
        try shop.walk(id, to: .delivered)
        #expect(try takeBack([2: 1], of: id, in: shop) + takeBack([2: 2], of: id, in: shop) == 3_571 - 333)
        #expect(try shop.order(id).memos.flatMap(\.lines).reduce(0) { $0 + $1.tax } == 571)
    }

    @Test("The doctor sees a line that took over more than was given")
    func tampered() throws {
        let (shop, id) = try order()
        try goodwill(500, on: id, in: shop)
        try shop.amend(id) { $0.swaps = [(1, 2, "CAP")] }
        let report = try shop.examine(
            tamperedBy: "UPDATE orders SET document = replace(document, '[2,0,500]', '[2,0,501]')")
        #expect(report.findings.contains { $0.subject == id.line(2).description })
        #expect(report.text.contains("was given of the units that it took the place of"))
    }

    // MARK: Partly paid

    private static let partly = "1 × TEE-M at 12.00 GBP + 1 × CAP at 12.00 GBP, shipping 4.80"

    @Test("Goodwill on units that are cancelled behind it is a part of what is given back for them")
    func cancelledBehindGoodwill() throws {
        for isAmended in [false, true] {
            let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 1")
            try shop.move(.writeOff, 1, "CAP@LONDON")
            try shop.exchanging { $0.shortfall = .backorder }
            let id = try shop.place(Self.partly, on: "shop")
            try shop.walk(id, to: .delivered)
            try shop.perform(CapturePayment(order: id, amount: gbp(600), reason: "deposit"))
            try goodwill(1_500, on: id, in: shop)
            if isAmended {
                try shop.amend(id) { $0.quantities = [(2, 0)] }
            } else {
                try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .customer))
            }
            let order = try shop.order(id)
            #expect(order.captured == 2_280 && order.refunded == 1_800, "300 of the goodwill were of the deposit")
            #expect(try takeBack([1: 1], of: id, in: shop) == 0)
        }
    }

    @Test("What was given of a deposit for cancelled units pays for no others")
    func cancelledBehindDeposit() throws {
        let (shop, id) = try order(Self.partly, captured: 600)
        try shop.perform(RefundPayment(order: id, amount: gbp(600), payment: nil, reason: "sorry"))
        try shop.perform(CancelOrder(order: id, lines: id.units([2: 1]), reason: .customer))
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured - order.refunded == 1_380, "all but the 300 that were given of what was sent")
        #expect(try takeBack([1: 1], of: id, in: shop) == 900)
        #expect(OrderStatus(of: order).overall == .completed)
    }

    @Test("Shipping that was refunded by hand and is let go of is given no second time")
    func waived() throws {
        let (shop, id) = try order()
        try shop.perform(RefundPayment(order: id, amount: nil, payment: nil, reason: "late", shipping: gbp(480)))
        try shop.amend(id) {
            $0.swaps = [(1, 1, "CAP")]
            $0.rest = { request, _ in request.shipping = gbp(0) }
        }
        #expect(try shop.order(id).refunded == 480)
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured - order.refunded == 2_400)
        #expect(try takeBack([1: 1, 2: 1], of: id, in: shop) == 2_400)
    }

    // MARK: Fees, and whose money it is

    @Test("A cancellation keeps no fee where nothing is left of the money but the fee before it")
    func feeOnce() throws {
        let (shop, id) = try order("2 × TEE-M at 10.70 GBP") {
            $0.cancelling = CancellingPolicy(fee: .init(amount: 214, percent: 0))
        }
        try shop.perform(RefundPayment(order: id, amount: gbp(1_700), payment: nil, reason: "sorry"))
        for _ in 1...2 {
            try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
            try shop.expectClean()
        }
        let order = try shop.order(id)
        #expect(order.feesOfCancelling == 214 && order.captured - order.refunded == 214)
        #expect(try shop.events(id).filter { $0 == "order.fee_charged" }.count == 1)
    }

    @Test("A fee is given back as a fee, not as shipping that nobody has paid")
    func feeGivenBack() throws {
        let (shop, id) = try order("2 × TEE-M at 10.00 GBP, shipping 4.80", captured: 0) {
            $0.cancelling = CancellingPolicy(fee: .init(amount: 214, percent: 0))
        }
        try shop.perform(CancelOrder(order: id, lines: id.units([1: 1]), reason: .customer))
        try expectRefusal(
            .amountExceedsBalance,
            of: RefundPayment(order: id, amount: nil, payment: nil, reason: "sorry", shipping: gbp(100)), in: shop)
        try shop.perform(RefundPayment(order: id, amount: gbp(214), payment: nil, reason: "sorry"))
        #expect(try shop.order(id).memos[0].retained == -214)
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured - order.refunded == 1_480)
        try shop.expectClean()
    }

    @Test("Goodwill on what is not sent is of what was paid for: not of what was added since, and is not paid yet")
    func paidFirst() throws {
        let (shop, id) = try order("1 × TEE-M at 10.00 GBP + 1 × CAP at 10.00 GBP")
        try shop.amend(id) {
            $0.quantities = [(1, 6)]
            $0.add = [(1, "HAT", 3_000)]
            $0.rest = { request, _ in request.payment = .card(8_000) }
        }
        try goodwill(400, on: id, in: shop)
        #expect(try shop.order(id).memos[0].lines.map { [Int64($0.line), $0.amount] } == [[1, 200], [2, 200]])
        try shop.amend(id) { $0.quantities = [(1, 1), (3, 0)] }
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured == 2_000 && order.refunded == 400)
        #expect(try takeBack([1: 1, 2: 1], of: id, in: shop) == 1_600)
    }

    @Test("Units are credited at their price also where hardly anything is left of it by discounts", arguments: [
        "5 × TEE-M at 3.00 GBP, discount 14.99", "5 × TEE-M at 3.00 GBP, discount 15.00",
        "5 × TEE-M at 3.00 GBP, discount 7.77",
    ])
    func discounted(text: String) throws {
        let (shop, id) = try order(text)
        try shop.walk(id, to: .delivered)
        for units in [1, 3, 1] as [Int64] { _ = try takeBack([1: units], of: id, in: shop) }
        let parts = try shop.order(id).memos.flatMap(\.lines)
        #expect(parts.allSatisfy { $0.goods == 300 * $0.units })
    }
}

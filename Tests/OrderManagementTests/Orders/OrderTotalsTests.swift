import TestSupport
import Testing

@testable import OrderManagement

/// An order of the size of a basket, and what may happen to it, made by numbers.
private struct Basket {
    var order: Order
    /// What the parts add up to, added here and not by the code under test.
    let sum: Int64

    init(_ numbers: inout SeededNumbers) {
        let isGross = numbers.chance(50)
        var lines: [OrderLine] = []
        var goods: Int64 = 0
        for number in 1...Int(numbers.number(1...6)) {
            let ordered = numbers.number(1...12)
            let price = numbers.chance(10) ? 0 : numbers.number(1...5_000)
            let discount = numbers.chance(30) ? numbers.number(0...price * ordered) : 0
            let tax = numbers.chance(50) ? (price * ordered - discount) / 5 : 0
            var line = OrderLine(
                number: number, sku: "S\(number)", ordered: ordered, unitPrice: price, discount: discount, tax: tax)
            line.allocated = ordered
            lines.append(line)
            goods += price * ordered - discount + (isGross ? 0 : tax)
        }
        let shipping = numbers.chance(70) ? numbers.number(0...999) : 0
        let fee = numbers.chance(20) ? numbers.number(1...200) : 0
        let discount = numbers.chance(40) ? numbers.number(0...goods) : 0
        let shippingTax = shipping / 5
        sum = goods - discount + shipping + fee + (isGross ? 0 : shippingTax)
        order = Order(
            id: OrderID(1), number: "T-1", channel: "t", externalID: nil, contentDigest: "", currency: pounds,
            pricesIncludeTax: isGross, policyVersion: 1, placedAt: .earliest, updatedAt: .earliest,
            customer: Customer(name: "T"),
            delivery: .init(method: .ship, service: nil, address: .example(), location: nil), shipping: shipping,
            shippingTax: shippingTax, fees: fee > 0 ? [.init(code: "wrap", amount: fee, tax: 0)] : [],
            discounts: discount > 0 ? [.init(code: "spring", amount: discount)] : [], total: sum, gates: [],
            lines: lines)
    }

    /// Sends or cancels some units of a line. - Returns: whether any were left to do it with.
    mutating func step(_ numbers: inout SeededNumbers) -> Bool {
        let open = order.lines.indices.filter { order.lines[$0].allocated > 0 }
        guard let index = open.randomElement(using: &numbers) else { return false }
        let units = numbers.number(1...order.lines[index].allocated)
        order.lines[index].allocated -= units
        if numbers.chance(75) { order.lines[index].shipped += units } else { order.lines[index].cancelled += units }
        return true
    }
}

@Suite("The money of an order")
struct OrderTotalsTests {
    @Test("Any grouping of shipments and cancellations closes to the penny, and so does any grouping of returns")
    func closes() {
        var numbers = SeededNumbers(seed: 2026)
        for number in 1...20_000 {
            var basket = Basket(&numbers)
            guard basket.order.lineValues.reduce(0, +) + basket.order.orderWideCharges == basket.sum,
                basket.order.lineValues.allSatisfy({ $0 >= 0 }), basket.order.due == basket.sum
            else {
                Issue.record("case \(number): shares do not add up to \(basket.sum)")
                return
            }
            var (due, earned) = (basket.order.due, Int64(0))
            while basket.step(&numbers) {
                let now = (due: basket.order.due, earned: basket.order.earned)
                // Cancelling never raises what is due, sending never lowers what is earned, nothing is negative.
                guard now.due <= due, now.earned >= earned, now.due >= 0, now.earned <= now.due else {
                    Issue.record("case \(number): due \(due) → \(now.due), earned \(earned) → \(now.earned)")
                    return
                }
                (due, earned) = now
            }
            guard earned == due, returnsClose(basket.order, &numbers) else {
                Issue.record("case \(number): earned \(earned), due \(due), or the returns do not close")
                return
            }
        }
    }

    /// Whether everything that was sent, returned in any order and grouping, gives back exactly the goods' value.
    private func returnsClose(_ order: Order, _ numbers: inout SeededNumbers) -> Bool {
        var order = order
        var left = order.lines.map(\.shipped)
        var refunds: Int64 = 0
        while let index = left.indices.filter({ left[$0] > 0 }).randomElement(using: &numbers) {
            let units = numbers.number(1...left[index])
            let balance = order.creditBalance
            let value = order.creditWorth(of: [index + 1: units], balance)[index + 1] ?? 0
            if value < 0 { return false }
            var draft = CreditDraft(kind: .returned, reason: "return", lines: order.lines.map { _ in 0 })
            draft.lines[index] = value
            draft.units = [index + 1: units]
            order.memos.append(order.memo(of: draft, named: "CM", at: .earliest, by: "test"))
            refunds += value
            left[index] -= units
        }
        let isAnythingSent = order.lines.contains { $0.shipped > 0 }
        return refunds == order.earned - (isAnythingSent ? order.orderWideCharges : 0)
    }

    @Test("Once every unit is cancelled, shipping and fees are not due either")
    func allCancelled() {
        var numbers = SeededNumbers(seed: 7)
        var basket = Basket(&numbers)
        for index in basket.order.lines.indices {
            basket.order.lines[index].cancelled = basket.order.lines[index].ordered
            basket.order.lines[index].allocated = 0
        }
        #expect(basket.order.due == 0)
        #expect(basket.order.earned == 0)
    }

    @Test("The parts add up as the channel's prices say", arguments: [(false, Int64(2_864)), (true, 2_395)])
    func total(isGross: Bool, sum: Int64) {
        let total = OrderTotals.total(
            lines: [(unitPrice: 1000, quantity: 2, discount: 100, tax: 380)], shipping: 495, shippingTax: 69,
            fees: [.init(code: "wrap", amount: 100, tax: 20)], discounts: [.init(code: "spring", amount: 100)],
            pricesIncludeTax: isGross)
        #expect(total == sum)
    }

    @Test("The same through the commands: sent, cancelled and returned in pieces, every book closes", arguments: 1...12)
    func commands(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let shop = try TestSystem(stock: "A@LONDON: 40", "B@LEEDS: 40", "C@YORK: 40")
        let text = "\(numbers.number(1...9)) × A at 9.99 GBP + \(numbers.number(1...9)) × B at 0.07 GBP "
            + "+ \(numbers.number(1...9)) × C at 33.33 GBP, store, shipping 4.95, discount 0.07"
        let id = try shop.place(text)
        for _ in 1...4 {
            guard let line = try shop.order(id).lines.filter({ $0.allocated > 0 }).randomElement(using: &numbers) else {
                break
            }
            let units = numbers.number(1...line.allocated)
            if numbers.chance(50) {
                try shop.perform(CancelOrder(order: id, lines: id.units([line.number: units]), reason: .customer))
            } else if let part = try shop.order(id).fulfillments.first(where: { fulfillment in
                fulfillment.state.holdsStock && fulfillment.lines.contains { $0.line == line.number }
            }) {
                try send(id.fulfillment(part.number), in: shop)
            }
        }
        try shop.walk(id, to: .delivered)
        let sent = try shop.order(id)
        #expect(sent.captured == sent.due)
        #expect(sent.captured + sent.voided == sent.authorized)
        while let line = try shop.order(id).lines.filter({ $0.shipped > $0.returned }).randomElement(using: &numbers) {
            let entry = try shop.takeBack([line.number: numbers.number(1...line.shipped - line.returned)], of: id)
            try shop.perform(SettleReturn(id: entry, refund: .source))
        }
        let order = try shop.order(id)
        #expect(order.refunded == (order.lines.contains { $0.shipped > 0 } ? order.captured - 495 : 0))
        try shop.expectClean()
    }

    /// Brings one fulfillment to the courier, whatever was done to it before.
    private func send(_ id: FulfillmentID, in shop: TestSystem) throws {
        while true {
            let part = try #require(try shop.order(id.order).fulfillments.first { $0.number == id.number })
            let units = Dictionary(uniqueKeysWithValues: part.lines.map { ($0.line, $0.quantity) })
            switch part.state {
            case .released: try shop.perform(AcceptFulfillment(fulfillment: id))
            case .accepted: try shop.perform(PickFulfillment(fulfillment: id))
            case .picking: try shop.perform(PackFulfillment(fulfillment: id, parcels: [id.order.box(units)]))
            case .packed: try shop.perform(ShipFulfillment(fulfillment: id))
            case .open, .shipped, .delivered, .ready, .collected, .expired, .rejected, .cancelled: return
            }
        }
    }
}

import TestSupport
import Testing

@testable import OrderManagement

/// `domain.md`, States: units of one line, one payment, and what the order is called by them. The first row of each
/// status's own table that holds names it.
private let table = TextTable(
    """
    # cancelled, backordered, allocated, shipped, closed; authorized, captured, voided, refunded (10 a unit)
    units     | money       | work      | overall   | fulfillment         | payment
    0 0 2 0 0 | 20 0 0 0    | open      | open      | allocated           | authorized
    0 0 2 0 0 | 0 0 0 0     | open      | open      | allocated           | pending
    0 0 2 0 0 | 15 0 0 0    | open      | open      | allocated           | pending
    0 0 2 0 0 | 20 0 0 0    | released  | open      | in_progress         | authorized
    0 1 1 0 0 | 20 0 0 0    | open      | open      | partially_allocated | authorized
    0 1 1 0 0 | 20 0 0 0    | released  | open      | in_progress         | authorized
    0 2 0 0 0 | 20 0 0 0    | none      | open      | backordered         | authorized
    0 1 0 1 0 | 20 10 0 0   | shipped   | open      | partially_shipped   | partially_captured
    0 0 1 1 1 | 20 10 0 0   | released  | open      | partially_shipped   | partially_captured
    0 0 0 2 0 | 20 20 0 0   | shipped   | open      | shipped             | captured
    0 0 0 2 1 | 20 20 0 0   | shipped   | open      | shipped             | captured
    0 0 0 2 2 | 20 20 0 0   | delivered | completed | delivered           | captured
    0 0 0 2 2 | 20 10 0 0   | delivered | open      | delivered           | partially_captured
    0 0 0 2 2 | 0 0 0 0     | delivered | open      | delivered           | pending
    1 0 0 1 1 | 20 10 10 0  | delivered | completed | delivered           | captured
    1 0 1 0 0 | 20 0 10 0   | open      | open      | allocated           | authorized
    2 0 0 0 0 | 20 0 20 0   | cancelled | cancelled | none                | voided
    2 0 0 0 0 | 0 0 0 0     | cancelled | cancelled | none                | not_required
    2 0 0 0 0 | 20 20 0 20  | cancelled | cancelled | none                | refunded
    0 0 0 2 2 | 20 20 0 20  | delivered | completed | delivered           | refunded
    0 0 0 2 2 | 20 20 0 5   | delivered | completed | delivered           | partially_refunded
    """)

@Suite("The statuses of an order")
struct OrderStatusTests {
    private func order(_ row: TextTable.Row) throws -> Order {
        let units = row["units"].split(separator: " ").compactMap { Int64($0) }
        let money = row["money"].split(separator: " ").compactMap { Int64($0) }
        var order = Order(
            id: OrderID(1), number: "T-1", channel: "t", externalID: nil, contentDigest: "", currency: pounds,
            pricesIncludeTax: false, policyVersion: 1, placedAt: .earliest, updatedAt: .earliest,
            customer: Customer(name: "T"),
            delivery: .init(method: .ship, service: nil, address: .example(), location: nil), shipping: 0,
            shippingTax: 0, fees: [], discounts: [], total: 20, gates: [])
        var line = OrderLine(number: 1, sku: "TEE-M", ordered: 2, unitPrice: 10, discount: 0, tax: 0)
        (line.cancelled, line.backordered, line.allocated) = (units[0], units[1], units[2])
        (line.shipped, line.closed) = (units[3], units[4])
        order.lines = [line]
        if row["work"] == "released" {
            var work = Fulfillment(
                number: 1, location: "LONDON", method: .ship, shipBy: .earliest, deliverBy: .earliest,
                lines: [.init(line: 1, quantity: 1)], at: .earliest)
            try work.apply(.release, at: .earliest)
            order.fulfillments = [work]
        }
        if money[0] > 0 { order.payments = [try payment(money)] }
        if money[3] > 0 {
            var refund = PaymentEffect(
                number: 1, payment: 1, kind: .refund, amount: money[3], reason: "return", subject: nil, at: .earliest)
            refund.settle(.done, providerReference: nil)
            order.effects = [refund]
        }
        return order
    }

    private func payment(_ money: [Int64]) throws -> Payment {
        var payment = Payment(number: 1, provider: "manual", reference: "p", authorized: money[0], at: .earliest)
        for (kind, amount) in [(PaymentEffect.Kind.capture, money[1]), (.void, money[2]), (.refund, money[3])]
        where amount > 0 {
            let effect = PaymentEffect(
                number: 1, payment: 1, kind: kind, amount: amount, reason: "test", subject: nil, at: .earliest)
            try payment.intend(effect)
            payment.settle(effect, succeeded: true)
        }
        return payment
    }

    @Test("Quantities and money name the statuses", arguments: table.rows)
    func derived(row: TextTable.Row) throws {
        let status = OrderStatus(of: try order(row))
        #expect(status.overall.rawValue == row["overall"])
        #expect(status.fulfillment.rawValue == row["fulfillment"])
        #expect(status.payment.rawValue == row["payment"])
    }

    @Test("A return is open business: the order is completed again when it is settled")
    func returns() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, store")
        #expect(try OrderStatus(of: shop.order(id)).returns == .none)
        try shop.deliver(id)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: id.line(1), quantity: 1, reason: .unwanted)]))
        #expect(try OrderStatus(of: shop.order(id)).returns == .requested)
        #expect(try OrderStatus(of: shop.order(id)).overall == .open)
        try shop.perform(ApproveReturn(id: id.entry(1)))
        #expect(try OrderStatus(of: shop.order(id)).returns == .inProgress)
        try shop.perform(
            ReceiveReturn(
                id: id.entry(1), location: "LONDON",
                lines: [.init(line: id.line(1), quantity: 1, disposition: .restock)]))
        #expect(try OrderStatus(of: shop.order(id)).returns == .partiallyReturned)
        try shop.perform(SettleReturn(id: id.entry(1), refund: .source))
        #expect(try OrderStatus(of: shop.order(id)).overall == .completed)
        try shop.takeBack([1: 1], of: id)
        #expect(try OrderStatus(of: shop.order(id)).returns == .returned)
        try shop.expectClean()
    }
}

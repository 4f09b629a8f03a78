import OrderManagement
import TestSupport
import Testing

/// What tests of exchanges begin with.
extension TestSystem {
    /// A channel `shop` with this returning policy, in net prices, without stages unless said otherwise.
    func exchanging(
        _ shipping: ReturningPolicy.Shipping = .onReceipt, stages: [String] = [],
        _ change: (inout ChannelPolicy) -> Void = { _ in }
    ) throws {
        var policy = ChannelPolicy()
        policy.stages = stages.map { Stage($0) }
        policy.returning.exchanges = shipping
        policy.returning.approvesItself = true
        change(&policy)
        try open("shop", policy: policy)
    }

    /// Exchanges units of an order's first line by post. - Returns: the order that goes out for them.
    func exchange(
        _ id: OrderID, _ units: Int64 = 1, for lines: [ExchangeOrder.Line],
        payments: [PlaceOrder.RequestedPayment] = [], method: Return.Method = .byPost,
        disposition: Return.Disposition? = nil
    ) throws -> OrderID {
        let reply = try perform(
            id.exchange(units, for: lines, payments: payments, method: method, disposition: disposition))
        let view = try JSON.parse(reply.body)
        return try #require(view["exchange"]?["id"]?.string.flatMap { OrderID($0) })
    }

    /// The units of a return come to London, and are judged.
    func receive(_ entry: ReturnID, _ units: Int64 = 1, isComplete: Bool = false) throws {
        try perform(
            ReceiveReturn(
                id: entry, location: "LONDON",
                lines: units == 0
                    ? [] : [.init(line: entry.order.line(1), quantity: units, disposition: .restock)],
                isComplete: isComplete))
    }
}

extension OrderID {
    func exchange(
        _ units: Int64 = 1, for lines: [ExchangeOrder.Line], payments: [PlaceOrder.RequestedPayment] = [],
        method: Return.Method = .byPost, disposition: Return.Disposition? = nil
    ) -> ExchangeOrder {
        ExchangeOrder(
            request: RequestReturn(
                order: self, method: method, location: method == .inStore ? "YORK" : nil,
                lines: [.init(line: line(1), quantity: units, reason: .wrongSize, disposition: disposition)]),
            lines: lines, payments: payments)
    }
}

extension ExchangeOrder.Line {
    /// Goods at the price of what comes back, or at another.
    static func of(_ sku: String, _ quantity: Int64 = 1, at price: Int64? = nil) -> Self {
        .init(sku: sku, quantity: quantity, price: price.map { .init(unitPrice: gbp($0)) })
    }
}

extension PlaceOrder.RequestedPayment {
    static func card(_ amount: Int64, _ reference: String = "more") -> Self {
        .init(provider: "manual", reference: reference, authorized: gbp(amount))
    }
}

/// One SKU of an order, unit by unit. Always: ordered = cancelled + backordered + allocated + shipped.
public struct OrderLine: Hashable, Sendable {
    /// From 1, in the order they were placed.
    public let number: Int
    public let sku: String
    public let ordered: Int64
    public var cancelled: Int64 = 0
    public var backordered: Int64 = 0
    public var allocated: Int64 = 0
    /// Sent or collected.
    public var shipped: Int64 = 0
    /// Of the shipped: delivered, collected, or settled as lost or returned to sender.
    public var closed: Int64 = 0
    public var returned: Int64 = 0
    /// Minor units; net or gross as the channel's prices are.
    public let unitPrice: Int64
    /// For the whole line.
    public let discount: Int64
    /// For the whole line, after its discount.
    public let tax: Int64

    public init(number: Int, sku: String, ordered: Int64, unitPrice: Int64, discount: Int64, tax: Int64) {
        self.number = number
        self.sku = sku
        self.ordered = ordered
        self.unitPrice = unitPrice
        self.discount = discount
        self.tax = tax
    }

    /// Units that may still be given up: neither cancelled nor gone.
    public var open: Int64 { backordered + allocated }

    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("id", OrderLineID(order.id, number).description)
            $0.member("sku", sku)
            $0.member("ordered", ordered)
            $0.member("cancelled", cancelled)
            $0.member("backordered", backordered)
            $0.member("allocated", allocated)
            $0.member("shipped", shipped)
            $0.member("returned", returned)
            $0.member("unit_price", Money(unitPrice, order.currency))
            $0.member("discount", Money(discount, order.currency))
            $0.member("tax", Money(tax, order.currency))
            if backordered > 0 { $0.member("expected_at", order.expected[number] ?? order.backorderedUntil) }
        }
    }
}

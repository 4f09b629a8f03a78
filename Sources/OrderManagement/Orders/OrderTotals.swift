/// The arithmetic of an order's money, in minor units; every share is exact and all shares add up.
public enum OrderTotals {
    /// What the parts of an order add up to.
    ///
    /// Σ (unit price × quantity − discount) + shipping + fees − order discounts, plus all taxes where prices are net.
    static func total(
        lines: [(unitPrice: Int64, quantity: Int64, discount: Int64, tax: Int64)], shipping: Int64, shippingTax: Int64,
        fees: [Order.Fee], discounts: [Order.OrderDiscount], pricesIncludeTax: Bool
    ) -> Int64 {
        var total = shipping + fees.reduce(0) { $0 + $1.amount } - discounts.reduce(0) { $0 + $1.amount }
        for line in lines { total += line.unitPrice * line.quantity - line.discount }
        guard !pricesIncludeTax else { return total }
        return total + shippingTax + lines.reduce(0) { $0 + $1.tax } + fees.reduce(0) { $0 + $1.tax }
    }
}

extension Order {
    /// Each line's whole value: price less its discount, its tax where prices are net, less its share of the order-wide
    /// discounts (largest remainder).
    var lineValues: [Int64] {
        let values = lines.map { line in
            line.unitPrice * line.ordered - line.discount + (pricesIncludeTax ? 0 : line.tax)
        }
        guard !discounts.isEmpty else { return values }
        return zip(values, orderDiscountShares).map { $0 - $1 }
    }

    /// Each line's share of the order-wide discounts, in proportion to the lines' values before them.
    var orderDiscountShares: [Int64] {
        let discount = discounts.reduce(0) { $0 + $1.amount }
        guard discount > 0 else { return lines.map { _ in 0 } }
        return discount.split(
            by: lines.map { line in
                line.unitPrice * line.ordered - line.discount + (pricesIncludeTax ? 0 : line.tax)
            })
    }

    /// Shipping as it is paid: with its tax where prices are net.
    var shippingWithTax: Int64 { shipping + (pricesIncludeTax ? 0 : shippingTax) }
    /// Fees as they are paid: with their taxes where prices are net.
    var feesWithTax: Int64 { fees.reduce(0) { $0 + $1.amount + (pricesIncludeTax ? 0 : $1.tax) } }

    /// Shipping and fees, with their taxes where prices are net: taken whole by the first capture.
    var orderWideCharges: Int64 { shippingWithTax + feesWithTax }

    /// The value of the first `units` of a line: cumulative, so that any grouping of parts closes to the penny.
    static func value(ofFirst units: Int64, of line: OrderLine, worth value: Int64) -> Int64 {
        guard units < line.ordered else { return value }
        let product = value.magnitude.multipliedFullWidth(by: UInt64(units))
        return Int64(UInt64(line.ordered).dividingFullWidth(product).quotient) * (value < 0 ? -1 : 1)
    }

    /// Total less the cancelled units' share; nothing once every unit is cancelled.
    public var due: Int64 {
        guard lines.contains(where: { $0.cancelled > 0 }) else { return total }
        guard lines.contains(where: { $0.cancelled < $0.ordered }) else { return 0 }
        return zip(lines, lineValues).reduce(orderWideCharges) { sum, part in
            sum + Self.value(ofFirst: part.0.ordered - part.0.cancelled, of: part.0, worth: part.1)
        }
    }

    /// What has been earned: the shipped units' share, and shipping and fees with the first of them.
    public var earned: Int64 {
        guard lines.contains(where: { $0.shipped > 0 }) else { return 0 }
        return zip(lines, lineValues).reduce(orderWideCharges) { sum, part in
            sum + Self.value(ofFirst: part.0.shipped, of: part.0, worth: part.1)
        }
    }

    public var authorized: Int64 { payments.reduce(0) { $0 + $1.authorized } }
    public var captured: Int64 { payments.reduce(0) { $0 + $1.captured } }
    public var refunded: Int64 { payments.reduce(0) { $0 + $1.refunded } }
    public var voided: Int64 { payments.reduce(0) { $0 + $1.voided } }
    /// Authorized and still good: neither void nor expired.
    public var covered: Int64 {
        payments.reduce(0) {
            $0 + ($1.state == .authorized
                ? $1.authorized - $1.voided - $1.voidPending : $1.captured + $1.capturePending)
        }
    }
}

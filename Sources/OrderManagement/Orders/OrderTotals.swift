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
    /// What the units that each line began with are worth: price less discount, tax where prices are net, less the
    /// share of the order-wide discounts (largest remainder).
    ///
    /// Order-wide discounts are those of the placing, so only lines that were placed have a share: what amendments add
    /// moves no value that money was taken or given back for.
    var lineValues: [Int64] {
        let values = lines.map { line in
            let discount = line.raises.reduce(line.discount) { $0 - $1.discount }
            let tax = line.raises.reduce(line.tax) { $0 - $1.tax }
            return line.unitPrice * line.begun - discount + (pricesIncludeTax ? 0 : tax)
        }
        let discount = discounts.reduce(0) { $0 + $1.amount }
        guard discount > 0 else { return values }
        let weights = zip(lines, values).map { $0.revision == nil ? $1 : 0 }
        return zip(values, discount.split(by: weights)).map { $0 - $1 }
    }

    /// Shipping and fees, with their taxes where prices are net, less what amendments let go of: taken whole by the
    /// first capture.
    var orderWideCharges: Int64 {
        let fees = fees.reduce(0) { $0 + $1.amount + (pricesIncludeTax ? 0 : $1.tax) }
        return shippingDue + fees
    }

    /// What shipping costs by now, with its tax where prices are net.
    var shippingDue: Int64 { shipping + (pricesIncludeTax ? 0 : shippingTax) - shippingWaived }

    /// The value of the first `units` of a line: cumulative, so that any grouping of parts closes to the penny. Units
    /// that were added stand behind those that it began with.
    func value(ofFirst units: Int64, of line: OrderLine, worth value: Int64) -> Int64 {
        let begun = line.begun
        guard units > begun else { return Self.share(of: value, units, begun) }
        var (rest, sum) = (units - begun, value)
        for raise in line.raises where rest > 0 {
            let part = min(rest, raise.units)
            let whole = line.unitPrice * raise.units - raise.discount + (pricesIncludeTax ? 0 : raise.tax)
            sum += Self.share(of: whole, part, raise.units)
            rest -= part
        }
        return sum
    }

    /// `value` × `units` ÷ `whole`, rounded towards zero.
    private static func share(of value: Int64, _ units: Int64, _ whole: Int64) -> Int64 {
        guard units < whole else { return value }
        let product = value.magnitude.multipliedFullWidth(by: UInt64(units))
        return Int64(UInt64(whole).dividingFullWidth(product).quotient) * (value < 0 ? -1 : 1)
    }

    /// Total less the cancelled units' share; nothing once every unit is cancelled.
    public var due: Int64 {
        guard lines.contains(where: { $0.cancelled > 0 }) else { return total - shippingWaived }
        guard lines.contains(where: { $0.cancelled < $0.ordered }) else { return 0 }
        return zip(lines, lineValues).reduce(orderWideCharges) { sum, part in
            sum + value(ofFirst: part.0.wanted, of: part.0, worth: part.1)
        }
    }

    /// What has been earned: the shipped units' share, and shipping and fees with the first of them.
    public var earned: Int64 {
        guard lines.contains(where: { $0.shipped > 0 }) else { return 0 }
        return zip(lines, lineValues).reduce(orderWideCharges) { sum, part in
            sum + value(ofFirst: part.0.shipped, of: part.0, worth: part.1)
        }
    }

    /// What `units` more returned units of a line are worth, behind those `already` refunded.
    func value(ofReturned units: Int64, behind already: Int64, line number: Int) -> Int64 {
        guard let line = line(number) else { return 0 }
        let value = lineValues[number - 1]
        return self.value(ofFirst: already + units, of: line, worth: value)
            - self.value(ofFirst: already, of: line, worth: value)
    }

    public var authorized: Int64 { payments.reduce(0) { $0 + $1.authorized } }
    public var captured: Int64 { payments.reduce(0) { $0 + $1.captured } }
    public var refunded: Int64 { payments.reduce(0) { $0 + $1.refunded } }
    public var voided: Int64 { payments.reduce(0) { $0 + $1.voided } }
    /// Authorized and still good: neither void nor expired.
    public var covered: Int64 {
        payments.reduce(0) { $0 + ($1.state == .authorized ? $1.authorized - $1.voided - $1.voidPending : $1.captured) }
    }
}

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

    /// The taxes in an amount that is kept of what units are worth, as its share of the taxes that stand in that: minor
    /// units.
    ///
    /// - Parameter worths: By line number, taxes included.
    func taxes(in kept: Int64, of worths: [Int: Int64]) -> Int64 {
        let worth = worths.values.reduce(0, +)
        guard kept > 0, worth >= kept else { return 0 }
        let taxes = zip(lines, lineValues).reduce(Int64(0)) { sum, pair in
            let (line, value) = pair
            guard let part = worths[line.number], part > 0, value >= part else { return sum }
            return sum + line.tax.split(by: [part, value - part])[0]
        }
        return min(kept, taxes.split(by: [kept, worth - kept])[0])
    }

    /// The tax in a part of what a line is worth: minor units.
    func tax(in part: Int64, of line: OrderLine) -> Int64 {
        let value = lineValues[line.number - 1]
        guard part > 0, value > 0 else { return 0 }
        return part >= value ? line.tax : line.tax.split(by: [part, value - part])[0]
    }

    /// The taxes in what a credit memo keeps back; below zero those in what it gives back of that: minor units.
    public func taxes(keptBy memo: CreditMemo) -> Int64 {
        guard memo.retained < 0 else {
            let fee = cancellationFees.first { $0.at == memo.at && $0.amount == memo.retained }
            if memo.kind == .cancellation, let tax = fee?.tax { return tax }
            let worths = Dictionary(memo.lines.map { ($0.line, $0.amount) }, uniquingKeysWith: +)
            return taxes(in: memo.retained, of: worths)
        }
        // Out of one pot: what was kept by then, with the taxes in it; the last of it gives back the last of those.
        var (pot, given) = ((kept: Int64(0), tax: Int64(0)), Int64(0))
        var fees = cancellationFees[...]
        for known in memos where known.number <= memo.number && known.kind != .cancellation {
            while let fee = fees.first, fee.at <= known.at {
                pot.kept += fee.amount
                pot.tax += fee.tax ?? 0
                fees.removeFirst()
            }
            if known.retained > 0 {
                pot.kept += known.retained
                pot.tax += taxes(keptBy: known)
            } else if known.retained < 0 {
                let amount = min(-known.retained, pot.kept)
                given = amount > 0 ? pot.tax.split(by: [amount, pot.kept - amount])[0] : 0
                pot.kept -= amount
                pot.tax -= given
            }
        }
        return -given
    }

    /// What the units that a line began with are worth before order-wide discounts.
    private func begunValue(of line: OrderLine) -> Int64 {
        line.raises.reduce(line.unitPrice * line.ordered - line.discount + (pricesIncludeTax ? 0 : line.tax)) {
            $0 - value(of: $1, in: line)
        }
    }

    private func value(of raise: OrderLine.Raise, in line: OrderLine) -> Int64 {
        line.unitPrice * raise.units - raise.discount + (pricesIncludeTax ? 0 : raise.tax)
    }

    /// Each line's share of the order-wide discounts, in proportion to the lines' values before them.
    ///
    /// Order-wide discounts are those of the placing, so only what was placed has a share: what amendments add moves
    /// no value that money was taken or given back for.
    var orderDiscountShares: [Int64] {
        let discount = discounts.reduce(0) { $0 + $1.amount }
        guard discount > 0 else { return lines.map { _ in 0 } }
        return discount.split(by: lines.map { $0.revision == nil ? begunValue(of: $0) : 0 })
    }

    /// Shipping as it is paid: with its tax where prices are net.
    var shippingWithTax: Int64 { shipping + (pricesIncludeTax ? 0 : shippingTax) }
    /// The same less what amendments let go of.
    var shippingDue: Int64 { shippingWithTax - shippingWaived }
    /// Fees as they are paid: with their taxes where prices are net.
    var feesWithTax: Int64 { fees.reduce(0) { $0 + $1.amount + (pricesIncludeTax ? 0 : $1.tax) } }

    /// Shipping and fees, with their taxes where prices are net: taken whole by the first capture.
    var orderWideCharges: Int64 { shippingDue + feesWithTax }

    /// The value of the first `units` of a line: cumulative, so that any grouping of parts closes to the penny. Units
    /// that amendments added stand behind those that it began with.
    func value(ofFirst units: Int64, of line: OrderLine, worth value: Int64) -> Int64 {
        guard !line.raises.isEmpty else { return Self.part(of: value, units, line.ordered) }
        var (rest, sum) = (units - line.begun, line.raises.reduce(value) { $0 - self.value(of: $1, in: line) })
        guard rest > 0 else { return Self.part(of: sum, units, line.begun) }
        for raise in line.raises where rest > 0 {
            let part = min(rest, raise.units)
            sum += Self.part(of: self.value(of: raise, in: line), part, raise.units)
            rest -= part
        }
        return sum
    }

    /// `value` × `units` ÷ `whole`, rounded towards zero.
    static func part(of value: Int64, _ units: Int64, _ whole: Int64) -> Int64 {
        guard units < whole else { return value }
        let product = value.magnitude.multipliedFullWidth(by: UInt64(units))
        return Int64(UInt64(whole).dividingFullWidth(product).quotient) * (value < 0 ? -1 : 1)
    }

    /// What was kept for cancelled units.
    public var feesOfCancelling: Int64 { cancellationFees.reduce(0) { $0 + $1.amount } }

    /// What came back, or never came, before it was paid for: nobody is asked for that any more, unless it came after
    /// all. Without the shipping in it that was let go of since: that is not asked for already.
    private var setOff: Int64 { setOffByMemos - setOffWaived }

    /// What memos say that stand, whatever was let go of since.
    var setOffByMemos: Int64 { standingMemos.reduce(0) { $0 + $1.setOff } }

    /// Shipping that was set off first, and let go of afterwards.
    private var setOffWaived: Int64 {
        guard shippingWaived > 0, memos.contains(where: { $0.setOff > 0 }) else { return 0 }
        return min(setOffByMemos, CreditGiven(of: self).chargesGivenUp.shipping)
    }

    /// Total less the cancelled units' share and what was set off, and what was kept for cancelling; nothing else once
    /// every unit is cancelled.
    public var due: Int64 {
        guard lines.contains(where: { $0.cancelled > 0 }) else { return total - shippingWaived - setOff }
        guard lines.contains(where: { $0.cancelled < $0.ordered }) else { return feesOfCancelling }
        return zip(lines, lineValues).reduce(orderWideCharges + feesOfCancelling - setOff) { sum, part in
            sum + value(ofFirst: part.0.wanted, of: part.0, worth: part.1)
        }
    }

    /// What has been earned: the shipped units' share, shipping and fees with the first of them, and what cancelling
    /// costs, less what was set off.
    public var earned: Int64 {
        guard lines.contains(where: { $0.shipped > 0 }) else { return feesOfCancelling }
        return zip(lines, lineValues).reduce(orderWideCharges + feesOfCancelling - setOff) { sum, part in
            sum + value(ofFirst: part.0.shipped, of: part.0, worth: part.1)
        }
    }

    /// What is to be taken by now: what was earned, and beside it what was given back of goods that were not sent,
    /// since that money pays for nothing else; never more than is due.
    var toTake: Int64 {
        let earned = earned
        guard !memos.isEmpty, !isGivenUp else { return earned }
        return max(earned, min(due, earned + creditBalance.givenAhead))
    }

    // Of all these, money that came back from another order is counted once: as if it had never left.
    public var authorized: Int64 { payments.reduce(-broughtBack) { $0 + $1.authorized } }
    public var captured: Int64 { payments.reduce(-broughtBack) { $0 + $1.captured } }
    public var refunded: Int64 { payments.reduce(-broughtBack) { $0 + $1.refunded } }
    /// Captured or on its way, whatever for.
    var collected: Int64 { payments.reduce(-broughtBack) { $0 + $1.captured + $1.capturePending } }
    /// Whether some of it is on its way.
    var isBeingCaptured: Bool { payments.contains { $0.capturePending > 0 } }
    public var voided: Int64 { payments.reduce(0) { $0 + $1.voided } }
    /// Authorized and still good: neither void nor expired, nor credited for units that were cancelled. What is written
    /// off nobody waits for.
    public var covered: Int64 {
        payments.reduce(writtenOff - creditedAsCancelled - broughtBack) {
            $0 + ($1.state == .authorized
                ? $1.authorized - $1.voided - $1.voidPending : $1.captured + $1.capturePending)
        }
    }
    /// What was taken, or is being taken, and was not for units that were cancelled since.
    var taken: Int64 { collected - creditedAsCancelled }
    /// Owed back for units that were cancelled, or given back for them before: that money pays for nothing that is
    /// added later.
    private var creditedAsCancelled: Int64 {
        guard !memos.isEmpty else { return 0 }
        let charges = CreditGiven(of: self).chargesGivenUp.sum - setOffWaived
        let given = refundedCancelled.values.reduce(charges) { $0 + $1.amount }
        return memos.reduce(given) { $1.kind == .cancellation ? $0 + $1.amount : $0 }
    }
}

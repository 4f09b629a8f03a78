/// What shipping costs from now on, as amendments have it: less is let go of, more is charged.
///
/// An order keeps the most that its shipping ever cost, as it keeps the units that were ever ordered: what is let go
/// of is waived. What was given back of that stays given back: charged once more, it is a new charge beside the first,
/// as a line is that is added again, and nothing of it was credited yet.
extension Order {
    /// What shipping costs now, and the tax in it, or on it where prices are net: minor units.
    public var shippingNow: (amount: Int64, tax: Int64) {
        let waived = shippingWaived - (pricesIncludeTax ? 0 : shippingTaxWaived)
        return (max(0, shipping - waived), max(0, shippingTax - shippingTaxWaived))
    }

    /// What shipping costs from now on; nil for what it cost before. A contained tax of which nothing is said keeps its
    /// share of the price.
    ///
    /// 1. What was given of it by hand counts as given for what is let go of, as far as that goes.
    /// 2. What was let go of and not given back is charged as if it had been due all along.
    /// 3. What was given back stays so: what costs more than that leaves is a new charge.
    mutating func charge(shipping amount: Int64?, tax: Int64?) {
        let (now, given) = (shippingNow, CreditGiven(of: self))
        let amount = amount ?? now.amount
        let tax = tax ?? taxKept(by: amount, of: now)
        let due = amount + (pricesIncludeTax ? 0 : tax)
        let letGo = max(0, shippingDue - due)
        shippingGiven = given.chargesGivenUp.shipping + min(letGo, given.keptCharges.shipping)
        let givenBack = given.cancelledCharges.shipping - given.chargesGivenUp.shipping + shippingGiven

        shipping = max(shipping, amount)
        shippingTax = max(shippingTax, tax)
        shippingWaived = shippingWithTax - due
        let anew = givenBack - shippingWaived
        if anew > 0 {
            let parts = pricesIncludeTax
                ? [anew, Self.part(of: tax, anew, amount)] : anew.split(by: [amount, tax])
            shipping += parts[0]
            shippingTax += parts[1]
            shippingWaived = givenBack
        }
        shippingTaxWaived = shippingTax - tax
    }

    private func taxKept(by amount: Int64, of now: (amount: Int64, tax: Int64)) -> Int64 {
        guard pricesIncludeTax, amount < now.amount else { return now.tax }
        return Self.part(of: now.tax, amount, now.amount)
    }

    /// What was given back of shipping that amendments let go of, before that or for it: minor units.
    var shippingGivenBack: Int64 {
        standingMemos.reduce(shippingGiven) { $1.kind == .cancellation ? $0 + $1.shipping : $0 }
    }
}

/// Goods at a price, as somebody asks for them: what is looked at before any of them are added up, since a thousand
/// lines within the limit add up without overflow, and one beyond it may not.
struct PricedUnits {
    /// Minor units.
    let unitPrice: Int64
    let units: Int64
    /// Of all units together.
    var discount: Int64 = 0
    /// The tax in their price, of all units together; 0 where prices are net.
    var containedTax: Int64 = 0

    /// What they cost before the discount; nil beyond what a line may be worth.
    var value: Int64? {
        let (value, overflows) = unitPrice.multipliedReportingOverflow(by: units)
        return overflows || value > Money.amountMax ? nil : value
    }

    /// Why no order has such a line; nil if it may. - Parameter currency: The order's.
    func objection(at pointer: @autoclosure () -> String, in currency: Currency) -> Refusal.Detail? {
        guard let value else {
            return .init(pointer(), .invalidInput, "a line may be worth \(Money(Money.amountMax, currency)) at most")
        }
        guard discount >= 0 else {
            return .init(
                pointer() + "/discount", .invalidInput, "a discount is not below zero: raise the price instead")
        }
        guard discount <= value else {
            return .init(pointer() + "/discount", .totalMismatch, "a discount may not exceed its line's \(value)")
        }
        return Self.objection(to: containedTax, within: value - discount, at: pointer() + "/tax", in: currency)
    }

    /// Why a tax is not contained in an amount; nil where it may be. Order-wide discounts are not looked at: a tax may
    /// be that of the price before them.
    static func objection(
        to tax: Int64, within amount: Int64, at pointer: @autoclosure () -> String, in currency: Currency
    ) -> Refusal.Detail? {
        guard tax > max(0, amount) else { return nil }
        return .init(
            pointer(), .totalMismatch,
            "prices contain their taxes: \(Money(max(0, amount), currency)) cannot contain \(Money(tax, currency))")
    }
}

extension PlaceOrder.RequestedLine {
    /// - Parameter isGross: Whether the price contains its tax.
    func priced(isGross: Bool) -> PricedUnits {
        PricedUnits(
            unitPrice: unitPrice.amount, units: quantity, discount: discount?.amount ?? 0,
            containedTax: isGross ? tax?.amount ?? 0 : 0)
    }
}

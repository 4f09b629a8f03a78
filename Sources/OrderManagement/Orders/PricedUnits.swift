/// Goods at a price, as somebody asks for them: what is looked at before any of them are added up, since a thousand
/// lines within the limit add up without overflow, and one beyond it may not.
struct PricedUnits {
    /// Minor units.
    let unitPrice: Int64
    let units: Int64
    /// Of all units together.
    var discount: Int64 = 0

    /// What they cost before the discount; nil beyond what a line may be worth.
    var value: Int64? {
        let (value, overflows) = unitPrice.multipliedReportingOverflow(by: units)
        return overflows || value > Money.amountMax ? nil : value
    }

    /// Why no order has such a line; nil if it may. - Parameter currency: The order's.
    func objection(at pointer: String, in currency: Currency) -> Refusal.Detail? {
        guard let value else {
            return .init(pointer, .invalidInput, "a line may be worth \(Money(Money.amountMax, currency)) at most")
        }
        guard discount >= 0 else {
            return .init(pointer + "/discount", .invalidInput, "a discount is not below zero: raise the price instead")
        }
        guard discount <= value else {
            return .init(pointer + "/discount", .totalMismatch, "a discount may not exceed its line's \(value)")
        }
        return nil
    }
}

extension PlaceOrder.RequestedLine {
    var priced: PricedUnits {
        PricedUnits(unitPrice: unitPrice.amount, units: quantity, discount: discount?.amount ?? 0)
    }
}

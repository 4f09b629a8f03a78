/// Goods in a parcel as customs want to know them: what lies in the box, so that a kit is its parts.
public struct CustomsContent: Hashable, Sendable {
    public let sku: String
    public let quantity: Int64
    /// Of all units together; 0 where nobody knows.
    public let weightGrams: Int64
    /// Of all units together, in minor units of the order's currency; 0 where that is not known.
    public let value: Int64
    /// What is missing to know the value of what is given for nothing, for people; nil for nothing.
    public var valueGap: String?
    public let commodityCode: String?
    public let originCountry: String?
}

/// What goods are worth that are given for nothing, their unit price being 0: customs take no value of 0 for them, so
/// that their items say what one is worth (`customs_value`).
public struct CustomsWorth: Sendable {
    /// The order's.
    let currency: Currency
    /// The channel's.
    let rates: [ExchangeRate]

    public init(in currency: Currency, by rates: [ExchangeRate]) { (self.currency, self.rates) = (currency, rates) }

    /// What so many of an item are worth; nil where it does not say, or is valued in a currency without a rate.
    fileprivate func value(of units: Int64, _ item: Item?) -> Int64? {
        guard let each = item?.customsValue else { return nil }
        let rate = rates.first { $0.currency == each.currency }
        guard let amount = each.currency == currency ? each.amount : rate?.amount(each.amount, in: currency) else {
            return nil
        }
        let (product, isTooMuch) = max(1, amount).multipliedReportingOverflow(by: units)
        return isTooMuch ? Money.amountMax : min(Money.amountMax, product)
    }

    /// What is missing to know it, where `value` does not.
    fileprivate func gap(of item: Item?) -> String {
        guard let currency = item?.customsValue?.currency else { return "customs_value" }
        return "customs_value is in \(currency), of which the channel has no rate"
    }
}

extension OrderLine {
    /// What units of it are to customs.
    ///
    /// The parts of a kit share its value by what they weigh, to the penny (largest remainder), or by their number
    /// where the weight of one is not known: a kit has one price, and nobody says what a part of it is worth. Code and
    /// origin are the part's own, or else those of the kit. Of a kit that is given for nothing the kit's own value is
    /// shared, or else each part has its own.
    ///
    /// - Parameters:
    ///   - worth: What all of them are declared to be worth (`Order.declaredValues`).
    ///   - free: What they are worth where their price is 0.
    public func customsContents(
        of quantity: Int64, worth: Int64, orElse free: CustomsWorth, _ item: (String) -> Item?
    ) -> [CustomsContent] {
        let kit = item(sku)
        let isFree = unitPrice == 0
        let given = isFree ? free.value(of: quantity, kit) : worth
        guard !components.isEmpty else {
            return [
                CustomsContent(
                    sku: sku, quantity: quantity, weightGrams: quantity * (kit?.weightGrams ?? 0), value: given ?? 0,
                    valueGap: given == nil ? free.gap(of: kit) : nil, commodityCode: kit?.commodityCode,
                    originCountry: kit?.originCountry)
            ]
        }
        let units = components.map { quantity * $0.quantity }
        let own = zip(components, units).map { $1 * (item($0.sku)?.weightGrams ?? 0) }
        let isWeighed = own.allSatisfy { $0 > 0 }
        let values = given?.split(by: isWeighed ? own : units)
        // A kit that was weighed as a whole says more than some of its parts.
        let whole = quantity * (kit?.weightGrams ?? 0)
        let weights = isWeighed || whole == 0 ? own : whole.split(by: units)
        return components.indices.map { place in
            let part = item(components[place].sku)
            let value = values?[place] ?? free.value(of: units[place], part)
            return CustomsContent(
                sku: components[place].sku, quantity: units[place], weightGrams: weights[place], value: value ?? 0,
                valueGap: value == nil ? free.gap(of: part) : nil,
                commodityCode: part?.commodityCode ?? kit?.commodityCode,
                originCountry: part?.originCountry ?? kit?.originCountry)
        }
    }
}

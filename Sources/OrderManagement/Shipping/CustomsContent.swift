/// Goods in a parcel as customs want to know them: what lies in the box, so that a kit is its parts.
public struct CustomsContent: Hashable, Sendable {
    public let sku: String
    public let quantity: Int64
    /// Of all units together; 0 where nobody knows.
    public let weightGrams: Int64
    /// Of all units together, in minor units of the order's currency.
    public let value: Int64
    public let commodityCode: String?
    public let originCountry: String?
}

extension OrderLine {
    /// What units of it are to customs.
    ///
    /// The parts of a kit share its value by what they weigh, to the penny (largest remainder), or by their number
    /// where the weight of one is not known: a kit has one price, and nobody says what a part of it is worth. Code and
    /// origin are the part's own, or else those of the kit.
    ///
    /// - Parameter worth: What all of them are declared to be worth (`Order.declaredValues`).
    public func customsContents(of quantity: Int64, worth: Int64, _ item: (String) -> Item?) -> [CustomsContent] {
        let kit = item(sku)
        guard !components.isEmpty else {
            return [
                CustomsContent(
                    sku: sku, quantity: quantity, weightGrams: quantity * (kit?.weightGrams ?? 0), value: worth,
                    commodityCode: kit?.commodityCode, originCountry: kit?.originCountry)
            ]
        }
        let units = components.map { quantity * $0.quantity }
        let own = zip(components, units).map { $1 * (item($0.sku)?.weightGrams ?? 0) }
        let isWeighed = own.allSatisfy { $0 > 0 }
        let values = worth.split(by: isWeighed ? own : units)
        // A kit that was weighed as a whole says more than some of its parts.
        let whole = quantity * (kit?.weightGrams ?? 0)
        let weights = isWeighed || whole == 0 ? own : whole.split(by: units)
        return components.indices.map { place in
            let part = item(components[place].sku)
            return CustomsContent(
                sku: components[place].sku, quantity: units[place], weightGrams: weights[place], value: values[place],
                commodityCode: part?.commodityCode ?? kit?.commodityCode,
                originCountry: part?.originCountry ?? kit?.originCountry)
        }
    }
}

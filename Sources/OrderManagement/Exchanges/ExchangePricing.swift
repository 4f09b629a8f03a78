/// What the goods of an exchange cost: as asked, or what the units that come back for them were worth.
extension ExchangeOrder {
    /// A line as asked for.
    public struct Line: Hashable, Sendable {
        public let sku: String
        public let quantity: Int64
        /// nil keeps the price of the units that come back.
        public let price: AmendmentRequest.Price?
        /// Which line's units it stands in for; nil where that is clear.
        public let replaces: OrderLineID?

        public init(
            sku: String, quantity: Int64, price: AmendmentRequest.Price? = nil, replaces: OrderLineID? = nil
        ) {
            self.sku = sku
            self.quantity = quantity
            self.price = price
            self.replaces = replaces
        }
    }

    /// The lines of the new order.
    ///
    /// - Parameter worths: What the units that come back are worth, by line; those that were refunded by hand at the
    ///   price that was paid for them, since nothing is left of that to pay for others.
    /// - Throws: `.priceMissing` where no returned line says a price; `.unknownLine`; `.quantityExceeded`;
    ///   `.invalidInput` for a line that is worth more than one may be.
    func priced(
        of order: Order, worths: [Int: Int64], isGross: Bool
    ) throws(Refusal) -> [PlaceOrder.RequestedLine] {
        var used: [Int: Int64] = [:]
        var wrong: [Refusal.Detail] = []
        var priced: [PlaceOrder.RequestedLine] = []
        for (place, line) in lines.enumerated() {
            if let price = line.price {
                let asked = PlaceOrder.RequestedLine(
                    sku: line.sku, quantity: line.quantity, unitPrice: price.unitPrice, discount: price.discount,
                    tax: price.tax)
                asked.priced(isGross: isGross).objection(at: "/lines/\(place)", in: order.currency)
                    .map { wrong.append($0) }
                priced.append(asked)
                continue
            }
            do throws(Refusal) {
                let source = try source(of: line, at: place, in: order)
                let whole = source.units
                let before = used[source.line.number] ?? 0
                guard before + line.quantity <= whole else {
                    throw Refusal([
                        .init(
                            "/lines/\(place)/quantity", .quantityExceeded,
                            "\(whole) × \(source.line.sku) come back: more goods than that need a unit_price")
                    ])
                }
                used[source.line.number] = before + line.quantity
                let worth = worths[source.line.number] ?? 0
                let value = Order.part(of: worth, before + line.quantity, whole) - Order.part(of: worth, before, whole)
                priced.append(
                    .kept(line.sku, line.quantity, worth: value, of: source.line, in: order, isGross: isGross))
            } catch { wrong += error.details }
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        return priced
    }

    private func source(
        of line: Line, at place: Int, in order: Order
    ) throws(Refusal) -> (line: OrderLine, units: Int64) {
        let known = request.lines
        let named: RequestReturn.Line?
        if let replaces = line.replaces {
            named = known.first { $0.line == replaces }
            if named == nil {
                throw Refusal([
                    .init("/lines/\(place)/replaces", .unknownLine, "no unit of \(replaces) comes back for it")
                ])
            }
        } else {
            let same = known.filter { order.line($0.line.number)?.sku == line.sku }
            named = same.count == 1 ? same.first : known.count == 1 ? known.first : nil
        }
        guard let named, let found = order.line(named.line.number) else {
            throw Refusal([
                .init(
                    "/lines/\(place)/unit_price", .priceMissing,
                    "is missing, and it is not clear for which of the returned lines \(line.sku) goes out: name that "
                        + "by replaces, or say the price")
            ])
        }
        return (found, named.quantity)
    }
}

extension PlaceOrder.RequestedLine {
    /// Goods for what units of a line were worth, to the penny, with the tax that stands in that.
    ///
    /// - Parameter isGross: Whether the prices of the new order are.
    static func kept(
        _ sku: String, _ units: Int64, worth: Int64, of line: OrderLine, in order: Order, isGross: Bool
    ) -> Self {
        let tax = order.tax(in: worth, of: line)
        let price = order.pricesIncludeTax == isGross
            ? AmendedPrice(of: units, worth: worth, tax: tax, of: line, isGross: isGross)
            : AmendedPrice(of: units, worth: worth, tax: tax, isGross: isGross)
        let currency = order.currency
        return .init(
            sku: sku, quantity: units, unitPrice: Money(price.unitPrice, currency),
            discount: Money(price.discount, currency), tax: Money(price.tax, currency))
    }
}

extension PlaceOrder {
    /// What the parts of a new order add up to.
    static func total(
        _ lines: [RequestedLine], shipping: Int64 = 0, shippingTax: Int64 = 0, isGross: Bool, in currency: Currency
    ) -> Money {
        let parts = lines.map { ($0.unitPrice.amount, $0.quantity, $0.discount?.amount ?? 0, $0.tax?.amount ?? 0) }
        return Money(
            OrderTotals.total(
                lines: parts, shipping: shipping, shippingTax: shippingTax, fees: [], discounts: [],
                pricesIncludeTax: isGross), currency)
    }
}

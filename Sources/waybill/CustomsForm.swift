import Documents
import OrderManagement

/// The customs declaration of a parcel, out of the order: what lies in it, what it weighs and is worth.
struct CustomsForm {
    private let facts: PaperFacts
    private let parcel: Parcel

    init(_ facts: PaperFacts, _ parcel: Parcel) { (self.facts, self.parcel) = (facts, parcel) }

    /// - Throws: `.notPrintable` for a parcel whose weight nobody knows, and for goods given for nothing of which
    ///   nobody has said what they are worth: customs take no value of 0.
    func declaration() throws(Refusal) -> CustomsDeclaration {
        let order = facts.order
        guard let address = order.delivery.address else {
            throw Refusal(.notPrintable, "order \(order.number) is collected: nothing of it passes customs")
        }
        let (items, gross) = try contents()
        let value = Money(items.reduce(0) { $0 + $1.value.amount }, order.currency)
        let isShort = CustomsArea.takesShortForm(value) && items.count <= (CustomsDeclaration.itemsMax[.cn22] ?? 0)
        let policy = facts.channel.policy.shipping
        var declaration = CustomsDeclaration(
            form: isShort ? .cn22 : .cn23, sender: Party(facts.retailer),
            recipient: Party(address.legible, phone: order.customer.phone), category: .saleOfGoods,
            items: Self.fitting(items, isShort ? .cn22 : .cn23), grossWeightGrams: gross,
            postage: parcel.label?.price, invoice: order.number,
            senderReference: policy.customs.exporter(from: facts.location.address),
            importerReference: policy.customs.importer(of: value, to: address, by: policy.rates),
            tracking: parcel.tracking ?? "\(order.number)-\(parcel.number)", date: try facts.date,
            language: facts.language)
        declaration.hasDangerousGoods = facts.isHazardous(parcel)
        declaration.hasFreeGoods = order.hasFreeGoods(in: parcel)
        return declaration
    }

    /// The goods, kits by their parts, and what the parcel weighs. Where no weight is known of some goods, they share
    /// what the others leave of the parcel's; where the scales say less than the goods do, the scales are believed.
    private func contents() throws(Refusal) -> ([CustomsDeclaration.Item], Int64) {
        let order = facts.order
        let (values, units) = (order.declaredValues(of: parcel), parcel.units.sorted { $0.key < $1.key })
        let free = CustomsWorth(in: order.currency, by: facts.channel.policy.shipping.rates)
        let goods = units.flatMap { number, quantity in
            order.line(number)?.customsContents(of: quantity, worth: values[number] ?? 0, orElse: free) {
                facts.items[$0]
            } ?? []
        }
        let unvalued = goods.compactMap { entry in entry.valueGap.map { "\(entry.sku) (\($0))" } }
        guard unvalued.isEmpty else {
            throw Refusal(
                .notPrintable,
                "customs take no goods of the value 0: say with the items what those are worth that are given for "
                    + "nothing: \(unvalued.joined(separator: ", "))")
        }
        let known = goods.reduce(0) { $0 + $1.weightGrams }
        let unknown = goods.reduce(0) { $0 + ($1.weightGrams == 0 ? $1.quantity : 0) }
        guard parcel.weightGrams > 0 || unknown == 0, !goods.isEmpty else {
            let skus = goods.filter { $0.weightGrams == 0 }.map(\.sku).joined(separator: ", ")
            throw Refusal(.notPrintable, "no weight is known of \(skus): weigh the parcel, or give the items weights")
        }
        let gross = parcel.weightGrams > 0 ? parcel.weightGrams : known
        let left = max(0, gross - known)
        let items = goods.map { entry in
            var grams = entry.weightGrams > 0 ? entry.weightGrams : left * entry.quantity / max(1, unknown)
            if known > gross { grams = Self.share(of: gross, grams, of: known) }
            return CustomsDeclaration.Item(
                description: facts.printedName(of: entry.sku), quantity: entry.quantity,
                netWeightGrams: max(1, grams), value: Money(entry.value, order.currency),
                tariffNumber: entry.commodityCode, origin: entry.originCountry)
        }
        return (items, max(gross, items.reduce(0) { $0 + $1.netWeightGrams }))
    }

    private static func share(of gross: Int64, _ grams: Int64, of known: Int64) -> Int64 {
        let (high, low) = grams.multipliedFullWidth(by: gross)
        return known.dividingFullWidth((high, low)).quotient
    }

    /// More kinds of goods than the form has lines stand together in its last one.
    private static func fitting(
        _ items: [CustomsDeclaration.Item], _ form: CustomsDeclaration.Form
    ) -> [CustomsDeclaration.Item] {
        let most = CustomsDeclaration.itemsMax[form] ?? items.count
        guard items.count > most else { return items }
        let rest = items[(most - 1)...]
        let names = rest.prefix(restNamed).map { $0.description.shortened(to: restNameMax) }.joined(separator: ", ")
        let more = rest.count > restNamed ? " and \(rest.count - restNamed) other kinds" : ""
        let last = CustomsDeclaration.Item(
            description: names + more, quantity: rest.reduce(0) { $0 + $1.quantity },
            netWeightGrams: rest.reduce(0) { $0 + $1.netWeightGrams },
            value: Money(rest.reduce(0) { $0 + $1.value.amount }, rest[rest.startIndex].value.currency))
        return Array(items[..<(most - 1)]) + [last]
    }

    private static let restNamed = 3
    /// Letters of each of their names: the three share a line of the smallest form.
    private static let restNameMax = 24
}

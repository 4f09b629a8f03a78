import OrderManagement

/// Items of goods that a file of orders names and does not describe.
enum MadeUpItem {
    /// Grams: the source has no weights, so each item gets this one.
    static let weightGrams: Int64 = 400

    /// An item with the name of its first description; without one, the SKU is its name.
    static func item(_ line: OnlineRetailOrder.Line) -> Item {
        let name = line.description.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return Item(sku: line.sku, name: name.isEmpty ? line.sku : name, weightGrams: weightGrams)
    }
}

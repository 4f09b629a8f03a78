/// Items in their table.
public enum ItemStore {
    private static let bySKU = Statement(
        """
        SELECT sku, name, weight_g, length_mm, width_mm, height_mm, barcode, requirements, returnable,
               components, available_from, commodity_code, origin_country, customs_value, customs_currency
        FROM items WHERE sku = :sku
        """)
    private static let page = Statement(
        """
        SELECT sku, name, weight_g, length_mm, width_mm, height_mm, barcode, requirements, returnable,
               components, available_from, commodity_code, origin_country, customs_value, customs_currency
        FROM items WHERE sku > :after ORDER BY sku LIMIT #limit
        """)
    private static let upsert = Statement(
        """
        INSERT INTO items (sku, name, weight_g, length_mm, width_mm, height_mm, barcode, requirements, returnable,
                           components, available_from, commodity_code, origin_country, customs_value,
                           customs_currency)
        VALUES (:sku, :name, #weight_g, #length_mm, #width_mm, #height_mm, :barcode, #requirements, #returnable,
                :components, #available_from, :commodity_code, :origin_country, #customs_value, :customs_currency)
        ON CONFLICT (sku) DO UPDATE SET name = excluded.name, weight_g = excluded.weight_g,
            length_mm = excluded.length_mm, width_mm = excluded.width_mm, height_mm = excluded.height_mm,
            barcode = excluded.barcode, requirements = excluded.requirements, returnable = excluded.returnable,
            components = excluded.components, available_from = excluded.available_from,
            commodity_code = excluded.commodity_code, origin_country = excluded.origin_country,
            customs_value = excluded.customs_value, customs_currency = excluded.customs_currency
        """)
    private static let kitsOf = Statement("SELECT sku, kit FROM kit_components WHERE sku = :sku ORDER BY kit LIMIT 1")
    private static let allKitsOf = Statement("SELECT kit FROM kit_components WHERE sku = :sku ORDER BY kit")
    private static let addPart = Statement("INSERT INTO kit_components (sku, kit) VALUES (:sku, :kit)")
    private static let removePart = Statement("DELETE FROM kit_components WHERE sku = :sku AND kit = :kit")

    private static let byBarcode = Statement(
        "SELECT sku FROM items WHERE barcode = :barcode ORDER BY sku LIMIT 1")

    /// The first item that bears a barcode, or nil.
    public static func sku(ofBarcode barcode: String, in db: any Connection) throws -> String? {
        try db.first(byBarcode, [.text(barcode)]) { try $0.text(0) }
    }

    private static let knownSKU = Statement("SELECT sku FROM items WHERE sku = :sku")

    /// The item that somebody names by the code on it or by its SKU, in any case of letters; nil for none.
    public static func sku(called text: String, in db: any Connection) throws -> String? {
        if let sku = try sku(ofBarcode: text, in: db) { return sku }
        for sku in Set([text, text.uppercased()]).sorted(by: >) {
            if let known = try db.first(knownSKU, [.text(sku)], { try $0.text(0) }) { return known }
        }
        return nil
    }

    private static let finalSales = Statement(
        """
        SELECT i.sku FROM order_lines AS l JOIN items AS i ON i.sku = l.sku
        WHERE l.order_id = #order_id AND i.returnable = 0
        """)

    /// SKUs of an order that never come back.
    public static func finalSales(of order: OrderID, in db: any Connection) throws -> Set<String> {
        Set(try db.rows(finalSales, [.integer(order.value)]) { try $0.text(0) })
    }

    static func load(_ skus: some Sequence<String>, in db: any Connection, _ visit: (Item) -> Void) throws {
        try db.query(bySKU, skus.map { [.text($0)] }) { visit(try item($0)) }
    }

    /// Those of some SKUs that there are items of.
    public static func known(of skus: Set<String>, in db: any Connection) throws -> Set<String> {
        var known: Set<String> = []
        try load(skus.sorted(), in: db) { known.insert($0.sku) }
        return known
    }

    /// What items are called; those without a name are left out.
    public static func names(of skus: Set<String>, in db: any Connection) throws -> [String: String] {
        var names: [String: String] = [:]
        try load(skus.sorted(), in: db) { names[$0.sku] = $0.name.isEmpty ? nil : $0.name }
        return names
    }

    /// One item, or nil.
    public static func item(_ sku: String, in db: any Connection) throws -> Item? {
        try db.first(bySKU, [.text(sku)], item)
    }

    /// Items in the order of their SKUs, behind `after`.
    public static func page(after: String, limit: Int, in db: any Connection) throws -> [Item] {
        try db.rows(page, [.text(after), SQLValue(limit)], item)
    }

    static func save(_ items: [Item], in db: any Connection) throws {
        try db.change(
            upsert,
            items.map { item in
                [
                    .text(item.sku), .text(item.name), .integer(item.weightGrams), SQLValue(item.size?.length),
                    SQLValue(item.size?.width), SQLValue(item.size?.height), SQLValue(item.barcode),
                    .integer(Int64(bitPattern: item.requirements)), SQLValue(item.isReturnable),
                    SQLValue(KitComponent.text(of: item.components)),
                    SQLValue(item.availableFrom?.milliseconds), SQLValue(item.commodityCode),
                    SQLValue(item.originCountry), SQLValue(item.customsValue?.amount),
                    SQLValue(item.customsValue?.currency.code),
                ]
            })
    }

    /// Items with a kit that they are part of.
    static func kits(of skus: some Sequence<String>, in db: any Connection, _ visit: (String, String) -> Void) throws {
        try db.query(kitsOf, skus.map { [.text($0)] }) { visit(try $0.text(0), try $0.text(1)) }
    }

    /// The kits that an item is part of.
    static func allKits(of sku: String, in db: any Connection) throws -> [String] {
        try db.rows(allKitsOf, [.text(sku)]) { try $0.text(0) }
    }

    /// Has kits found by their new parts, and no more by the old ones.
    static func saveParts(_ changes: [(before: Item?, now: Item)], in db: any Connection) throws {
        func parts(_ item: Item?) -> Set<String> { Set((item?.components ?? []).map(\.sku)) }
        var (gone, come): ([[SQLValue]], [[SQLValue]]) = ([], [])
        for (before, now) in changes {
            gone += parts(before).subtracting(parts(now)).sorted().map { [.text($0), .text(now.sku)] }
            come += parts(now).subtracting(parts(before)).sorted().map { [.text($0), .text(now.sku)] }
        }
        try db.change(removePart, gone)
        try db.change(addPart, come)
    }

    private static func item(_ row: Row) throws -> Item {
        var size: ItemSize?
        if let length = row.optionalInteger(3), let width = row.optionalInteger(4), let height = row.optionalInteger(5)
        {
            size = ItemSize(length: length, width: width, height: height)
        }
        var customsValue: Money?
        if let amount = row.optionalInteger(13), let currency = row.optionalText(14).flatMap({ Currency($0) }) {
            customsValue = Money(amount, currency)
        }
        return Item(
            sku: try row.text(0), name: try row.text(1), weightGrams: try row.integer(2), size: size,
            barcode: row.optionalText(6), requirements: UInt64(bitPattern: try row.integer(7)),
            isReturnable: try row.bool(8), components: try KitComponent.components(of: row.optionalText(9)),
            availableFrom: row.optionalInteger(10).map { Timestamp(milliseconds: $0) },
            commodityCode: row.optionalText(11), originCountry: row.optionalText(12), customsValue: customsValue)
    }
}

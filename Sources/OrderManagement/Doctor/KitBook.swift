/// Kits: what their lines take and wait for, and what finds them, is what they are made of.
enum KitBook {
    private static let parts = Statement(
        """
        SELECT order_id, number, sku, quantity, waiting FROM order_line_components WHERE order_id = #id
        ORDER BY order_id, number, sku
        """)
    private static let items = Statement("SELECT sku, components FROM items WHERE components IS NOT NULL ORDER BY sku")
    private static let found = Statement("SELECT kit, sku FROM kit_components ORDER BY kit, sku")

    /// A row of what a line of a kit takes.
    struct Part: Hashable {
        let line: Int
        let sku: String
        let quantity: Int64
        let waiting: Int64
    }

    /// By order, the rows of its kits.
    static func parts(of keys: [[SQLValue]], in db: any Connection) throws -> [OrderID: [Part]] {
        var found: [OrderID: [Part]] = [:]
        try db.query(parts, keys) { row in
            found[OrderID(try row.integer(0)), default: []].append(
                Part(
                    line: try row.int(1), sku: try row.text(2), quantity: try row.integer(3),
                    waiting: try row.integer(4)))
        }
        return found
    }

    static func examine(_ file: OrderFile, in examination: inout Examination) {
        for line in file.order.lines {
            let expected = line.components.map {
                Part(line: line.number, sku: $0.sku, quantity: $0.quantity, waiting: line.backordered &* $0.quantity)
            }
            let found = file.parts.filter { $0.line == line.number }
            guard Set(expected) != Set(found) else { continue }
            examination.finding(
                .lines, OrderLineID(file.order.id, line.number).description, "parts \(text(expected))",
                "parts \(text(found))", "A kit takes its parts, and its backordered units wait for them.")
        }
        for part in file.parts where file.order.line(part.line) == nil {
            examination.finding(
                .rows, "order_line_components of \(file.order.id)", "a line \(part.line)", "none",
                "Every part has its kit's line.")
        }
    }

    private static func text(_ parts: [Part]) -> String {
        let names = parts.sorted { $0.sku < $1.sku }.map { "\($0.quantity) × \($0.sku), \($0.waiting) awaited" }
        return names.isEmpty ? "none" : names.joined(separator: "; ")
    }

    /// Kits of the catalog are found by all of their parts, and no part is a kit.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var kits: [String: Set<String>] = [:]
        for (sku, text) in try examination.db.rows(items, [], { (try $0.text(0), try $0.text(1)) }) {
            kits[sku] = Set(try KitComponent.components(of: text).map(\.sku))
        }
        var found: [String: Set<String>] = [:]
        try examination.db.query(Self.found) { found[try $0.text(0), default: []].insert(try $0.text(1)) }
        for sku in Set(kits.keys).union(found.keys).sorted() where kits[sku] != found[sku] {
            examination.compare(
                .rows, "kit \(sku)", "found by", expected: kits[sku].map { $0.sorted().joined(separator: ", ") },
                found: found[sku].map { $0.sorted().joined(separator: ", ") }, "A kit is found by each of its parts.")
        }
        for (sku, parts) in kits.sorted(by: { $0.key < $1.key }) {
            guard let nested = parts.sorted().first(where: { kits[$0] != nil }) else { continue }
            examination.finding(.rows, "kit \(sku)", "no kit in it", nested, "A kit is made of no other kits.")
        }
        progress(1)
    }
}

/// Units of an item that one unit of a kit is made of.
public struct KitComponent: Hashable, Sendable {
    public let sku: String
    /// Above zero.
    public let quantity: Int64

    public init(sku: String, quantity: Int64) {
        self.sku = sku
        self.quantity = quantity
    }

    /// No kit is made of more items than this.
    public static let countMax = 50
    /// No kit takes more units of one item than this.
    public static let quantityMax: Int64 = 1_000

    static func write(_ components: [KitComponent], to json: inout JSONWriter) {
        guard !components.isEmpty else { return }
        json.array("components") { list in
            for component in components {
                list.object {
                    $0.member("sku", component.sku)
                    $0.member("quantity", component.quantity)
                }
            }
        }
    }

    /// `[["TEE-M", 2], …]`; nil for none.
    static func text(of components: [KitComponent]) -> String? {
        guard !components.isEmpty else { return nil }
        var json = JSONWriter()
        json.array { list in
            for component in components {
                list.array {
                    $0.value(component.sku)
                    $0.value(component.quantity)
                }
            }
        }
        return json.text
    }

    static func components(of text: String?) throws -> [KitComponent] {
        guard let text else { return [] }
        return try (JSON.stored(text).array ?? []).map { entry in
            guard let parts = entry.array, parts.count == 2, let sku = parts[0].string,
                let quantity = parts[1].integer, quantity > 0
            else { throw BrokenInvariant("what a kit is made of cannot be read: \(text.prefix(100))") }
            return KitComponent(sku: sku, quantity: quantity)
        }
    }
}

extension Array where Element == KitComponent {
    /// How many kits can be made of what is there, by item. - Parameter units: nil for as many as anybody wants.
    func kits(of units: (String) -> Int64) -> Int64 {
        self.map { Swift.max(0, units($0.sku)) / $0.quantity }.min() ?? 0
    }
}

extension KitComponent {
    /// What one unit of something takes from the shelves: the parts of a kit, else the item itself.
    static func goods(of sku: String, _ components: [KitComponent]) -> [KitComponent] {
        components.isEmpty ? [KitComponent(sku: sku, quantity: 1)] : components
    }
}

extension OrderLine {
    /// What one unit of it takes from the shelves.
    var goods: [KitComponent] { KitComponent.goods(of: sku, components) }
    var isKit: Bool { !components.isEmpty }

    /// Grams of one unit: the kit's own weight, or that of its parts.
    ///
    /// - Parameter item: Of a SKU, as far as it is known.
    public func weightGrams(_ item: (String) -> Item?) -> Int64 { weightGrams(ofEach: { item($0)?.weightGrams }) }

    /// - Parameter grams: Of one unit of a SKU, as far as it is known.
    func weightGrams(ofEach grams: (String) -> Int64?) -> Int64 {
        let own = grams(sku) ?? 0
        guard own == 0 else { return own }
        // No more than any parcel may weigh, so that a line's weight never overflows.
        return min(Tariff.gramsMax, components.reduce(0) { $0 + $1.quantity * (grams($1.sku) ?? 0) })
    }

    /// Units that it takes of an item, for one of its own; 0 for none.
    func units(of part: String) -> Int64 {
        components.isEmpty ? (sku == part ? 1 : 0) : components.first { $0.sku == part }?.quantity ?? 0
    }

    /// Lines of one key draw on the same shelves for the same goods.
    var goodsKey: String { KitComponent.text(of: components).map { "\(sku)\u{1F}\($0)" } ?? sku }
}

extension Order {
    /// Moves what units of a line are made of, all parts at one place.
    func move(
        _ reason: MovementReason, _ units: Int64, ofLine line: Int, at location: String, in work: inout Work
    ) throws {
        for part in lines[line - 1].goods {
            try work.move(StockMovement(reason, units * part.quantity, of: part.sku, at: location, order: id))
        }
    }
}

extension Work {
    /// Some kit that an item is part of, for commands that asked.
    func kit(of sku: String) -> String? { rows.kits[sku] ?? nil }

    /// Has those served who wait for what a line is made of.
    mutating func serveBackorders(ofGoodsOf line: OrderLine) {
        for part in line.goods { serveBackorders(of: part.sku) }
    }

    func weightGrams(of line: OrderLine) -> Int64 { line.weightGrams(ofEach: { keptItem($0)?.value.weightGrams }) }

    /// What a location must be able to do to ship a line: of the item and of every part of it.
    func requirements(of line: OrderLine) -> UInt64 {
        line.components.reduce(keptItem(line.sku)?.value.requirements ?? 0) {
            $0 | (keptItem($1.sku)?.value.requirements ?? 0)
        }
    }

    /// Why no stock of an item is booked by itself: it is a kit; nil where it may be.
    func objectionToKit(_ sku: String, at pointer: String) -> Refusal.Detail? {
        guard let components = keptItem(sku)?.value.components, !components.isEmpty else { return nil }
        let parts = components.map { "\($0.quantity) × \($0.sku)" }.joined(separator: ", ")
        return .init(pointer, .invalidInput, "\(sku) is a kit, which has no stock of its own: name its parts, \(parts)")
    }
}

extension Work {
    /// What is wrong with the goods of a list, at `/lines/…/sku`: unknown ones, kits, and what stands twice.
    ///
    /// - Parameter list: What the list is called.
    func objections(toLinesOf skus: [String], in list: String) -> [Refusal.Detail] {
        var seen = Set<String>()
        return skus.enumerated().compactMap { index, sku in
            let pointer = "/lines/\(index)/sku"
            if item(sku) == nil { return .init(pointer, .unknownSKU, "there is no item \(sku)") }
            if let kit = objectionToKit(sku, at: pointer) { return kit }
            guard !seen.insert(sku).inserted else { return nil }
            return .init(pointer, .invalidInput, "\(sku) stands twice in the \(list)")
        }
    }
}

extension Needs {
    /// An item that somebody wants, and all levels of what it is made of.
    mutating func goods(of sku: String, given work: Work) {
        stock(sku)
        queue(for: sku)
        guard let known = work.keptItem(sku) else { return item(sku) }
        for part in known.value.components {
            item(part.sku)
            stock(part.sku)
            queue(for: part.sku)
        }
    }

    /// The items and the stock of a line of an order, and who else waits for them.
    mutating func goods(of line: OrderLine) {
        item(line.sku)
        for part in line.goods {
            item(part.sku)
            stock(part.sku)
            backorders(part.sku)
        }
    }
}

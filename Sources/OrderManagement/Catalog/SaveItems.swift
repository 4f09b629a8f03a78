/// Adds items, or changes what is known of them; the SKU is their identity.
///
/// 1. Checks what kits are made of: known items that are no kits themselves, each once.
/// 2. An item becomes a kit only while none of it lies anywhere, is expected or is waited for: a kit has no stock of
///    its own. Orders keep what they were sold with.
/// 3. Saves those that differ; orders that were sold an item in advance hear of another date, by a job, and labels
///    that failed since nobody knew what an item weighs are asked for anew.
///
/// - Throws: `.unknownSKU`, `.invalidInput`, each with its place; `.illegalTransition` for an item with stock.
public struct SaveItems: Command {
    public static let name = "save-items"
    public static var isAlone: Bool { true }
    public static let itemsMax = 5_000
    public let items: [Item]
    /// Whether they came as a list, and are answered as one.
    public let isList: Bool

    public init(items: [Item], isList: Bool = true) {
        self.items = items
        self.isList = isList
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for item in items {
            needs.item(item.sku)
            guard !item.components.isEmpty else { continue }
            for part in item.components { needs.item(part.sku) }
            needs.stock(item.sku)
            needs.backorders(item.sku)
            needs.kit(of: item.sku)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        try check(in: work)
        var changed: [String: Item] = [:]
        for item in items where work.item(item.sku) != item { changed[item.sku] = item }
        let saved = changed.values.sorted { $0.sku < $1.sku }
        if !saved.isEmpty {
            let before = saved.map { (before: work.item($0.sku), now: $0) }
            work.write {
                try ItemStore.save(saved, in: $0)
                try ItemStore.saveParts(before, in: $0)
            }
            for (old, item) in before where old != nil && old?.availableFrom != item.availableFrom {
                work.enqueue(.movePreorders, payload: item.sku, due: work.now)
            }
            if before.contains(where: { $0.before?.weightGrams == 0 && $0.now.weightGrams > 0 }) {
                work.enqueue(.askForLabels, due: work.now)
            }
            work.changeConfiguration()
            work.record(.configurationChanged) {
                $0.member("kind", "items")
                $0.member("changed", saved.count)
            }
        }
        var json = JSONWriter()
        json.object {
            $0.member("items", items.count)
            $0.member("changed", saved.count)
        }
        return Reply(body: json.text)
    }

    // MARK: Kits

    private func check(in work: Work) throws(Refusal) {
        let named = Dictionary(items.map { ($0.sku, $0) }, uniquingKeysWith: { _, last in last })
        var wrong: [Refusal.Detail] = []
        for (index, item) in items.enumerated() where !item.components.isEmpty {
            let pointer = isList ? "/items/\(index)" : ""
            for (place, part) in item.components.enumerated() {
                objection(to: part, of: item, named, in: work).map {
                    wrong.append(.init("\(pointer)/components/\(place)/sku", $0.code, $0.detail))
                }
            }
            objection(toKit: item, named, in: work).map {
                wrong.append(.init("\(pointer)/components", $0.code, $0.detail))
            }
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        try checkParts(in: work)
    }

    private func objection(
        to part: KitComponent, of kit: Item, _ named: [String: Item], in work: Work
    ) -> (code: Refusal.Code, detail: String)? {
        if part.sku == kit.sku { return (.invalidInput, "\(kit.sku) cannot be part of itself") }
        guard let item = named[part.sku] ?? work.item(part.sku) else {
            return (.unknownSKU, "there is no item \(part.sku)")
        }
        guard item.components.isEmpty else {
            return (.invalidInput, "\(part.sku) is a kit itself: name its parts instead")
        }
        guard kit.components.count(where: { $0.sku == part.sku }) == 1 else {
            return (.invalidInput, "\(part.sku) stands twice in the kit: say its quantity once")
        }
        return nil
    }

    /// Why an item cannot be a kit, or not yet.
    private func objection(
        toKit item: Item, _ named: [String: Item], in work: Work
    ) -> (code: Refusal.Code, detail: String)? {
        if let kit = work.kit(of: item.sku), named[kit]?.components.contains(where: { $0.sku == item.sku }) ?? true {
            return (.invalidInput, "\(item.sku) is part of the kit \(kit): a kit is made of no other kits")
        }
        guard work.item(item.sku)?.components.isEmpty ?? false else { return nil }
        let held = work.levels(of: item.sku).first { level in
            Bucket.allCases.contains { level[$0] != 0 }
        }
        if let held {
            return (
                .illegalTransition,
                "\(item.sku) has stock of its own at \(held.location), held or expected: a kit has none"
            )
        }
        guard !work.isAwaited(item.sku) else {
            return (.illegalTransition, "orders wait for \(item.sku) as it was sold: fill or cancel them first")
        }
        return nil
    }

    /// A SKU that stands twice with different parts in one request would hide which of them counts.
    private func checkParts(in work: Work) throws(Refusal) {
        var seen: [String: [KitComponent]] = [:]
        for (index, item) in items.enumerated() {
            let known = seen.updateValue(item.components, forKey: item.sku)
            guard let known, known != item.components else { continue }
            throw Refusal([
                .init(
                    isList ? "/items/\(index)/components" : "/components", .invalidInput,
                    "\(item.sku) stands twice, made of different parts")
            ])
        }
    }
}

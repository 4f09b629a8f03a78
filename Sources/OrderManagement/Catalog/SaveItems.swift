/// Adds items, or changes what is known of them; the SKU is their identity.
public struct SaveItems: Command {
    public static let name = "save-items"
    public static var isAlone: Bool { true }
    public static let itemsMax = 5_000
    public let items: [Item]

    public init(items: [Item]) { self.items = items }

    public func needs(_ needs: inout Needs, given work: Work) { for item in items { needs.item(item.sku) } }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        var changed: [String: Item] = [:]
        for item in items where work.item(item.sku) != item { changed[item.sku] = item }
        let saved = changed.values.sorted { $0.sku < $1.sku }
        if !saved.isEmpty {
            work.write { try ItemStore.save(saved, in: $0) }
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
}

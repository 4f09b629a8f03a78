/// What groups read again and again, as the last commit left it: configuration, items, stock levels, and how punctual
/// couriers are.
///
/// Nothing rests on it. Once another process has committed, which the counters tell, and after any failed commit, all
/// of it is forgotten and read again; a level that moved unseen would fail its guard (`last_movement`). Items are
/// forgotten with every change of the configuration. A class, since it outlives the groups; only the deciding thread
/// touches it.
final class GroupCache {
    /// SKUs whose levels are kept; beyond that everything is forgotten and the busy ones soon come back.
    static let skusMax = 50_000
    /// The same of areas that couriers go to: retailers send to some hundreds in each country.
    static let areasMax = 2_000

    var configuration: Configuration?
    /// As the last commit left them; nil when nothing is kept.
    private(set) var counters: [String: Int64]?
    private(set) var stock: [String: [StockLevel]] = [:]
    private(set) var items: [String: Kept<Item>] = [:]
    /// By area and origin, until a parcel is counted there.
    private(set) var courierRecords: [String: [String: [CourierRecord]]] = [:]
    /// How many jobs are about to serve those who wait for a SKU; nil when nothing is kept.
    var filling: [String: Int]?

    /// Takes over what a committed group has read and changed.
    func keep(_ set: WorkingSet) {
        let version = set.counters[Counters.configuration] ?? 0
        if configuration?.version != version || stock.count > Self.skusMax { forget() }
        for (sku, levels) in set.stock.rows { stock[sku] = levels }
        for (sku, item) in set.items { if let item { items[sku] = item } }
        if courierRecords.count > Self.areasMax { courierRecords.removeAll(keepingCapacity: true) }
        for area in set.settledAreas { courierRecords[area] = set.courierRecords[area] }
        for area in set.countedAreas { courierRecords[area] = nil }
        counters = set.counters
        filling = set.filling
    }

    func forget() {
        counters = nil
        filling = nil
        stock.removeAll(keepingCapacity: true)
        courierRecords.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
    }
}

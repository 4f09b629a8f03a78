/// Sets how many units of a SKU a location keeps back from every promise.
///
/// 1. Checks SKUs and locations, all before anything is set.
/// 2. Sets each level's safety stock and tells those that changed.
/// 3. Units that are no longer kept back are offered to waiting orders.
///
/// No unit moves: what is promised already stays promised. Every reader of levels hears of it, since levels that other
/// sessions keep are dropped with a change of the configuration.
/// - Throws: `.unknownSKU`, `.unknownLocation`, each with its place.
public struct SetSafetyStock: Command {
    public static let name = "set-safety-stock"
    public static let entriesMax = 1_000
    public static var isAlone: Bool { true }

    public struct Entry: Hashable, Sendable {
        public let sku: String
        public let location: String
        /// Whole units, from 0.
        public let units: Int64
        public init(sku: String, location: String, units: Int64) {
            self.sku = sku
            self.location = location
            self.units = units
        }
    }

    public let entries: [Entry]
    /// Whether they came as a list, and are answered as one.
    public let isList: Bool

    public init(entries: [Entry], isList: Bool = true) {
        self.entries = entries
        self.isList = isList
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for entry in entries {
            needs.item(entry.sku)
            needs.stock(entry.sku)
            needs.backorders(entry.sku)
        }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockWrite)
        try check(in: work)
        var isChanged = false
        for entry in entries {
            let before = work.level(of: entry.sku, at: entry.location)
            guard before.safety != entry.units else { continue }
            isChanged = true
            work.keepBack(entry.units, of: entry.sku, at: entry.location)
            work.record(.stockSafetySet) {
                $0.member("sku", entry.sku)
                $0.member("location", entry.location)
                $0.member("safety", entry.units)
                $0.member("before", before.safety)
                $0.member("available", before.available)
            }
            if entry.units < before.safety { work.serveBackorders(of: entry.sku) }
        }
        if isChanged { work.changeConfiguration() }
        return reply(in: work)
    }

    private func check(in work: Work) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        for (index, entry) in entries.enumerated() {
            let pointer = isList ? "/\(index)" : ""
            wrong += work.objections(toStockOf: entry.sku, at: entry.location, pointer: pointer)
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    private func reply(in work: Work) -> Reply {
        var json = JSONWriter(reservingCapacity: 256 * entries.count)
        if isList {
            json.object {
                $0.array("data") { list in
                    for entry in entries { work.level(of: entry.sku, at: entry.location).write(to: &list) }
                }
            }
        } else if let entry = entries.first {
            work.level(of: entry.sku, at: entry.location).write(to: &json)
        }
        return Reply(body: json.text)
    }
}

extension Work {
    /// Changes a level's safety stock; a level that was never moved begins with it.
    fileprivate mutating func keepBack(_ units: Int64, of sku: String, at location: String) {
        var levels = levels(of: sku)
        if let place = levels.firstIndex(where: { $0.location == location }) {
            levels[place].safety = units
        } else {
            var level = StockLevel(sku: sku, location: location)
            level.safety = units
            levels.insert(level, at: levels.firstIndex { $0.location > location } ?? levels.count)
        }
        rows.stock.put(sku, levels)
    }
}

/// What is still to come of a SKU that nobody waits for already.
public struct SupplyOutlook: Hashable, Sendable {
    /// The soonest first.
    let toCome: [SupplyToCome]

    private static let claims = Statement(
        """
        SELECT sku, CAST(SUM(backordered) AS BIGINT) FROM order_lines
        WHERE sku = :sku AND backordered > 0 GROUP BY sku
        """)

    private static let claimsOfKits = Statement(
        """
        SELECT sku, CAST(SUM(waiting) AS BIGINT) FROM order_line_components
        WHERE sku = :sku AND waiting > 0 GROUP BY sku
        """)

    /// The outlook of SKUs at some locations: what backorders wait for is taken off, the soonest supply first, and what
    /// is late by now is not counted on.
    static func of(
        _ skus: some Sequence<String>, from sells: (String) -> Bool, at now: Timestamp?, in db: any Connection
    ) throws -> [String: SupplyOutlook] {
        let supplies = try InboundStore.toCome(skus, at: now, in: db)
        guard !supplies.isEmpty else { return [:] }
        var claimed: [String: Int64] = [:]
        try db.query(claims, supplies.keys.sorted().map { [.text($0)] }) { row in
            claimed[try row.text(0), default: 0] += try row.integer(1)
        }
        try db.query(claimsOfKits, supplies.keys.sorted().map { [.text($0)] }) { row in
            claimed[try row.text(0), default: 0] += try row.integer(1)
        }
        return supplies.mapValues { _ in SupplyOutlook(toCome: []) }.merging(
            supplies.map { sku, toCome in
                var rest = claimed[sku] ?? 0
                let free = toCome.filter { sells($0.location) }.compactMap { supply -> SupplyToCome? in
                    let taken = min(rest, supply.units)
                    rest -= taken
                    return supply.units > taken
                        ? SupplyToCome(location: supply.location, due: supply.due, units: supply.units - taken) : nil
                }
                return (sku, SupplyOutlook(toCome: free))
            }, uniquingKeysWith: { _, new in new })
    }

    /// The next day on which units come that nobody waits for, in UTC, and how many come on it.
    var next: (date: String, units: Int64)? {
        guard let first = toCome.first else { return nil }
        let date = Self.date(of: first.due)
        return (date, toCome.reduce(0) { $0 + (Self.date(of: $1.due) == date ? $1.units : 0) })
    }

    /// The same of a kit: the first day on which some place has more of them than now, and how many more then.
    ///
    /// - Parameter here: What a place has of an item by now.
    static func next(
        of kit: [KitComponent], _ outlooks: [String: SupplyOutlook], here: (String, String) -> Int64
    ) -> (date: String, units: Int64)? {
        let toCome = kit.map { (sku: $0.sku, supplies: outlooks[$0.sku]?.toCome ?? []) }
        let places = Set(toCome.flatMap(\.supplies).map(\.location)).sorted()
        for day in Set(toCome.flatMap(\.supplies).map { date(of: $0.due) }).sorted() {
            let more = places.reduce(Int64(0)) { sum, place in
                let now = kit.kits { here($0, place) }
                let then = kit.kits { sku in
                    (outlooks[sku]?.toCome ?? []).reduce(here(sku, place)) {
                        $1.location == place && date(of: $1.due) <= day ? $0 + $1.units : $0
                    }
                }
                return sum + max(0, then - now)
            }
            if more > 0 { return (day, more) }
        }
        return nil
    }

    private static func date(of moment: Timestamp) -> String { String(moment.description.prefix(10)) }
}

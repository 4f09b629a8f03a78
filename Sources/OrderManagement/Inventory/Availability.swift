/// What a channel can promise of its SKUs right now.
public struct Availability: Sendable {
    public let sku: String
    public let channel: String
    /// Over the channel's locations, less its buffer.
    public let available: Int64
    /// Of it, what locations that ship have.
    public let ship: Int64
    /// By store that hands out orders.
    public let pickup: [(location: String, available: Int64)]
    /// The ways to ship it to a destination; nil where none was named.
    public let delivery: [DeliveryOption]?
    /// The next units that come and that nobody waits for, and the day (UTC); nil for none.
    public let nextSupply: (date: String, units: Int64)?
    /// From when its goods may leave, and how many more are sold in advance until then; nil for what may leave.
    public let preorder: (from: Timestamp, units: Int64)?
    /// The newest event when this was read.
    public let position: Int64

    /// The SKUs asked for, in their order; one nobody knows is left out.
    ///
    /// - Parameter now: Locations that are paused then are left out; nil leaves out none.
    public static func of(
        _ skus: [String], channel: Channel, configuration: Configuration,
        shippedTo question: DeliveryQuestion? = nil, at now: Timestamp? = nil, in db: any Connection
    ) throws -> [Availability] {
        let position = try EventLog.lastPosition(in: db)
        var known: [String: [KitComponent]] = [:]
        var dates: [String: Timestamp] = [:]
        try ItemStore.load(Set(skus), in: db) {
            known[$0.sku] = $0.components
            dates[$0.sku] = $0.availableFrom
        }
        let parts = Set(known.flatMap { $1.isEmpty ? [$0] : $1.map(\.sku) })
        try ItemStore.load(parts.subtracting(known.keys), in: db) { dates[$0.sku] = $0.availableFrom }
        let waiting = try dates.isEmpty ? [:] : WaitingUnits.load(parts.sorted(), in: db)
        var levels: [String: [String: StockLevel]] = [:]
        try StockLedger.load(parts, in: db) { levels[$0.sku, default: [:]][$0.location] = $0 }
        let outlooks = try SupplyOutlook.of(parts.sorted(), from: channel.sells, at: now, in: db)
        let places = configuration.sortedLocations.filter { location in
            channel.sells(from: location.code) && now.map { !location.isPaused(at: $0) } ?? true
        }
        let loads = try question == nil ? [:] : WorkDayStore.loads(of: places, from: now, in: db)
        return skus.compactMap { sku in
            guard let components = known[sku] else { return nil }
            let goods = KitComponent.goods(of: sku, components)
            let here = { (sku: String, location: String) in levels[sku]?[location]?.promisable ?? 0 }
            let found = places.map { place in (place, goods.kits { here($0, place.code) }) }.filter { $0.1 > 0 }
            // Of a kit the channel keeps its buffer of every part.
            let most = goods.kits { part in places.reduce(-channel.buffer) { $0 + here(part, $1.code) } }
            let available = min(found.reduce(Int64(0)) { $0 + $1.1 }, most)
            let shipping = found.filter { $0.0.canShip }
            let ship = min(shipping.reduce(Int64(0)) { $0 + $1.1 }, available)
            let from = ([sku] + goods.map(\.sku)).compactMap { dates[$0] }.max().flatMap { date in
                now.map { $0 < date } ?? true ? date : nil
            }
            let inAdvance = goods.kits { part in
                (waiting[part] ?? WaitingUnits()).room(on: channel, (levels[part] ?? [:]).values)
            }
            return Availability(
                sku: sku, channel: channel.code, available: available, ship: ship,
                pickup: found.filter { $0.0.offersPickup }.map { ($0.0.code, min($0.1, available)) },
                delivery: question.map {
                    $0.options(for: ship, at: shipping.map(\.0), of: channel) { $0.isFull($1, in: loads) }
                },
                nextSupply: components.isEmpty
                    ? outlooks[sku]?.next : SupplyOutlook.next(of: components, outlooks, here: here),
                preorder: from.map { ($0, inAdvance) }, position: position)
        }
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("sku", sku)
            $0.member("channel", channel)
            $0.member("available", available)
            $0.member("ship", ship)
            $0.array("pickup") { list in
                for store in pickup {
                    list.object {
                        $0.member("location", store.location)
                        $0.member("available", store.available)
                    }
                }
            }
            if let delivery {
                $0.array("delivery") { list in for option in delivery { option.write(to: &list) } }
            }
            $0.name("next_supply")
            if let nextSupply {
                $0.object {
                    $0.member("date", nextSupply.date)
                    $0.member("quantity", nextSupply.units)
                }
            } else {
                $0.null()
            }
            if let preorder {
                $0.member("available_from", preorder.from)
                $0.member("preorder", preorder.units)
            }
            $0.member("position", position)
        }
    }
}

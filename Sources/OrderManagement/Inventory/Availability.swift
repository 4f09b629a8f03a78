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
        var known: Set<String> = []
        try ItemStore.load(Set(skus), in: db) { known.insert($0.sku) }
        var levels: [String: [StockLevel]] = [:]
        try StockLedger.load(Set(skus), in: db) { levels[$0.sku, default: []].append($0) }
        let outlooks = try SupplyOutlook.of(known.sorted(), at: channel.sells, in: db)
        return skus.filter(known.contains).map { sku in
            var (all, ship) = (Int64(0), Int64(0))
            var pickup: [(location: String, available: Int64)] = []
            var shipping: [Location] = []
            for level in levels[sku] ?? [] where level.promisable > 0 && channel.sells(from: level.location) {
                guard let location = configuration.locations[level.location],
                    now.map({ !location.isPaused(at: $0) }) ?? true
                else { continue }
                all += level.promisable
                if location.canShip {
                    ship += level.promisable
                    shipping.append(location)
                }
                if location.offersPickup { pickup.append((level.location, level.promisable)) }
            }
            let available = max(0, all - channel.buffer)
            return Availability(
                sku: sku, channel: channel.code, available: available, ship: min(ship, available),
                pickup: pickup.map { ($0.location, min($0.available, available)) },
                delivery: question.map { $0.options(for: min(ship, available), at: shipping, of: channel) },
                nextSupply: outlooks[sku]?.next, position: position)
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
            $0.member("position", position)
        }
    }
}

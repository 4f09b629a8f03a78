/// An order with everything that its papers name, from one snapshot.
public struct PaperFacts: Sendable {
    public let order: Order
    public let channel: Channel
    /// The items of its lines and their parts, by SKU.
    public let items: [String: Item]
    /// The location that hands the goods out, or takes them in.
    public let location: Location
    /// What couriers and their services are called, by `courier` and `courier/service`.
    public let carriers: [String: String]
    /// Which of its boxes were packed together.
    public let together: PackedTogether
    /// When it is printed.
    public let at: Timestamp

    /// - Parameter location: Its code.
    /// - Throws: `BrokenInvariant` for an order of a channel or a location that is gone.
    public init(
        _ order: Order, at location: String, _ configuration: Configuration, now: Timestamp, in db: any Connection
    ) throws {
        guard let channel = configuration.channels[order.channel] else {
            throw BrokenInvariant("order \(order.number) is of the unknown channel \(order.channel)")
        }
        guard let place = configuration.locations[location] else {
            throw BrokenInvariant("order \(order.number) is at the unknown location \(location)")
        }
        let goods = order.lines.flatMap { [$0.sku] + $0.goods.map(\.sku) }
        var items: [String: Item] = [:]
        try ItemStore.load(Set(goods).sorted(), in: db) { items[$0.sku] = $0 }
        var carriers: [String: String] = [:]
        for parcel in order.parcels {
            guard let code = parcel.courier, let courier = configuration.couriers[code] else { continue }
            carriers[code] = courier.name
            let service = courier.tariff.services.first { $0.code == parcel.service }
            carriers["\(code)/\(parcel.service ?? "")"] = service?.name
        }
        for code in order.returns.compactMap(\.terms.courier) { carriers[code] = configuration.couriers[code]?.name }
        self.carriers = carriers
        together = try PackedTogether(order, in: db)
        (self.order, self.channel, self.items, self.location, self.at) = (order, channel, items, place, now)
    }

    /// Whether a line's goods, or parts of them, are dangerous to carry.
    public func isHazardous(_ line: OrderLine) -> Bool {
        ([line.sku] + line.components.map(\.sku)).contains { items[$0]?.isHazardous ?? false }
    }

    /// Whether something in a parcel is.
    public func isHazardous(_ parcel: Parcel) -> Bool {
        parcel.lines.contains { order.line($0.line).map(isHazardous) ?? false }
    }

    /// What an item is called; one without a name is called by its SKU.
    public func name(of sku: String) -> String { items[sku].flatMap { $0.name.isEmpty ? nil : $0.name } ?? sku }
}

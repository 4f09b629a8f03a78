import OrderManagement

/// All that a customer's page shows, from one snapshot.
struct CustomerReading: Sendable {
    let order: Order
    let channel: Channel
    /// As it was when the order was placed; nil where that is the same.
    let agreed: Channel?
    let configuration: Configuration
    /// What items are called, by SKU.
    let names: [String: String]
    /// SKUs of the order that never come back.
    let finalSales: Set<String>
    /// What was told of its parcels, the oldest first.
    let news: [Event]
    let now: Timestamp
    /// Whether it was to send goods once more, of a parcel that came after all.
    let isStoppedReshipment: Bool
    let owesOnlyBought: Bool

    /// Events that are looked at: an order has few.
    static let eventsMax = 2_000

    /// - Returns: nil when there is no such order, or its link is another by now.
    init?(_ token: LinkToken, known: KnownConfiguration, at now: Timestamp, in db: any Connection) throws {
        guard let order = try OrderStore.order(token.order, in: db), order.linkNumber == token.number else {
            return nil
        }
        configuration = try known.configuration(in: db)
        guard let channel = configuration.channels[order.channel] else {
            throw BrokenInvariant("order \(order.number) is of the unknown channel \(order.channel)")
        }
        (self.order, self.channel, self.now) = (order, channel, now)
        agreed = try order.agreedChannel(beside: channel, in: db)
        names = try ItemStore.names(of: Set(order.lines.map(\.sku)), in: db)
        isStoppedReshipment = try order.isStoppedReshipment(in: db)
        owesOnlyBought = try order.owesOnlyBought(in: db)
        finalSales = try ItemStore.finalSales(of: order.id, in: db)
        news = try EventLog.page(of: order.id, after: 0, limit: Self.eventsMax, in: db)
            .filter { $0.type.hasPrefix("parcel.") }
    }

    /// The customer's own language, or the channel's.
    var language: CustomerLanguage {
        CustomerLanguage(tag: order.customer.language ?? channel.policy.messages.language)
    }

    /// Of the place that the goods come from, or are collected at.
    var clock: CustomerClock {
        let place = order.delivery.location ?? order.fulfillments.last { $0.state.isLive }?.location
            ?? order.fulfillments.first?.location
        let zone = place.flatMap { configuration.locations[$0]?.calendar.zone }
        return CustomerClock(now: now, zone: zone ?? WallClock.home, language: language)
    }

    /// What an item is called; one without a name by its SKU.
    func name(of line: Int) -> String {
        guard let sku = order.line(line)?.sku else { return "" }
        return names[sku].flatMap { $0.isEmpty ? nil : $0 } ?? sku
    }

    /// What may come back, by what was agreed as the order was placed and since.
    var returnRules: ReturnRules {
        ReturnRules(channel, agreed: agreed, finalSales: finalSales, at: now, owesOnlyBought: owesOnlyBought)
    }

    /// What the customer may do now.
    var offers: CustomerOffers { CustomerOffers(self) }
}

extension Fulfillment.State {
    /// Whether the customer has its goods from it, or will.
    var isLive: Bool {
        switch self {
        case .open, .released, .accepted, .picking, .packed, .shipped, .delivered, .ready, .collected: true
        case .expired, .rejected, .cancelled: false
        }
    }

    /// Whether its goods are still in the house, and not ready to be collected.
    var isInPreparation: Bool {
        switch self {
        case .open, .released, .accepted, .picking, .packed: true
        case .shipped, .delivered, .ready, .collected, .expired, .rejected, .cancelled: false
        }
    }
}

/// Says how a basket could be had if it were ordered now: by each delivery service, and at each store.
///
/// 1. Checks channel, items and quantities, each wrong place named.
/// 2. By each service of the channel, then at each store that has some of it: places the basket on the present stock as
///    an order is placed, asks who would carry it, and takes all of it back.
/// 3. Answers with dates and costs: first what is shipped, the soonest first; then the stores that have some of it,
///    those that have all of it first.
///
/// To be rehearsed (`OrderManagement.rehearse`), not performed: it changes nothing.
/// - Throws: `.unknownChannel`, `.unknownSKU`, `.invalidInput` for a country that there is not, and for a line that is
///   worth more than one may be.
public struct PromiseBasket: Command {
    public static let name = "promise-basket"
    public static let linesMax = 200
    /// Stores that are looked at: those that have most of the basket.
    public static let storesMax = 20

    public struct Line: Hashable, Sendable {
        public let sku: String
        public let quantity: Int64
        /// For rules about value; nil counts as nothing.
        public let unitPrice: Money?
        public init(sku: String, quantity: Int64, unitPrice: Money? = nil) {
            (self.sku, self.quantity, self.unitPrice) = (sku, quantity, unitPrice)
        }
    }

    public let channel: String
    public let lines: [Line]
    /// nil: only the stores are asked.
    public let destination: Destination?
    /// By whom it would be paid; nil where nobody has said so yet.
    public let provider: String?

    public init(channel: String, lines: [Line], destination: Destination?, paidBy provider: String? = nil) {
        (self.channel, self.lines, self.destination, self.provider) = (channel, lines, destination, provider)
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.placing(lines.map(\.sku), given: work)
        needs.punctuality(to: destination?.address, on: channel, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.stockRead)
        var channel = try work.configuration.channel(self.channel)
        if let seen = work.principal.locations { channel.locations = Set(seen.filter(channel.sells)) }
        try check(channel, in: work)
        // An empty set would mean all of them: whoever sees no location is promised nothing.
        let isBlind = work.principal.locations != nil && channel.locations.isEmpty
        let options = isBlind ? [] : try options(of: channel, in: work)
        var json = JSONWriter(reservingCapacity: 2_048)
        json.object {
            $0.member("channel", channel.code)
            $0.member("asked_at", work.now)
            $0.array("options") { list in for option in options { option.write(to: &list) } }
        }
        return Reply(body: json.text)
    }

    private func check(_ channel: Channel, in work: Work) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        for (index, line) in lines.enumerated() {
            if work.item(line.sku) == nil {
                wrong.append(.init("/lines/\(index)/sku", .unknownSKU, "there is no item \(line.sku)"))
            }
            if let price = line.unitPrice, price.currency != channel.currency {
                wrong.append(
                    .init(
                        "/lines/\(index)/unit_price/currency", .currencyMismatch,
                        "channel \(channel.code) sells in \(channel.currency), not in \(price.currency)"))
            }
            PricedUnits(unitPrice: line.unitPrice?.amount ?? 0, units: line.quantity)
                .objection(at: "/lines/\(index)", in: channel.currency).map { wrong.append($0) }
        }
        if let provider { work.objection(to: provider, at: "/payment_provider").map { wrong.append($0) } }
        if let country = destination?.country, !Country.isKnown(country) {
            wrong.append(
                .init("/destination", .invalidInput, "\(country) is no country (ISO 3166-1), as GB is"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    private func options(of channel: Channel, in work: Work) throws -> [PromiseOption] {
        var shipped: [PromiseOption] = []
        if let destination {
            for service in channel.policy.services {
                let delivery = Order.Delivery(
                    method: .ship, service: service.code, address: destination.address, location: nil)
                shipped.append(try option(delivery, channel, in: work))
            }
        }
        let collected = try stores(of: channel, in: work).map { store in
            try option(
                Order.Delivery(method: .pickup, service: nil, address: nil, location: store), channel, in: work)
        }
        return shipped.sorted { $0.isSooner(than: $1) } + collected.filter(\.hasUnits).sorted { $0.isSooner(than: $1) }
    }

    private func option(_ delivery: Order.Delivery, _ channel: Channel, in work: Work) throws -> PromiseOption {
        try work.rehearse { work in
            var order = order(delivery, channel, in: work)
            let wants = order.lines.map { OrderAllocation.Want(line: $0.number, units: $0.ordered) }
            let outcome = try OrderAllocation(isNew: true, isQuestion: true)
                .allocate(wants, of: &order, channel: channel, in: &work)
            return PromiseOption(order, outcome, channel, in: work)
        }
    }

    /// As it would be ordered, without a number; unpaid, or with all that the goods cost promised by who is named.
    private func order(_ delivery: Order.Delivery, _ channel: Channel, in work: Work) -> Order {
        let worth = provider == nil ? 0 : lines.reduce(0) { $0 + ($1.unitPrice?.amount ?? 0) * $1.quantity }
        var order = Order(
            id: work.nextIdentifier(at: work.now), number: "", channel: channel.code, externalID: nil,
            contentDigest: "", currency: channel.currency, pricesIncludeTax: channel.pricesIncludeTax,
            policyVersion: channel.version, placedAt: work.now, updatedAt: work.now, customer: Customer(name: ""),
            delivery: delivery, shipping: 0, shippingTax: 0, fees: [], discounts: [], total: worth,
            gates: channel.policy.stages.map { Order.Gate($0, due: nil) })
        order.lines = lines.enumerated().map { index, line in
            OrderLine(
                number: index + 1, sku: line.sku, ordered: line.quantity, unitPrice: line.unitPrice?.amount ?? 0,
                in: work)
        }
        if let provider {
            order.payments = [Payment(number: 1, provider: provider, reference: "", authorized: worth, at: work.now)]
        }
        return order
    }

    /// Those that hand out orders, as many as are looked at: the more of the basket they have, the sooner.
    private func stores(of channel: Channel, in work: Work) -> [String] {
        let places = work.configuration.sortedLocations
        var units = [Int64](repeating: 0, count: places.count)
        for line in lines {
            let goods = KitComponent.goods(of: line.sku, work.item(line.sku)?.components ?? [])
            let offers = goods.map { OrderAllocation(isNew: true).offer(of: $0.sku, channel: channel, in: work) }
            for place in places.indices {
                let kits = zip(goods, offers).map { $1[place] / $0.quantity }.min() ?? 0
                units[place] += min(line.quantity, kits)
            }
        }
        let asked = places.indices.filter { place in
            let store = places[place]
            return store.offersPickup && channel.sells(from: store.code) && !store.isPaused(at: work.now)
                && (units[place] > 0 || channel.policy.supply.pickupByTransfer)
        }
        return asked.sorted { (units[$1], places[$0].code) < (units[$0], places[$1].code) }
            .prefix(Self.storesMax).map { places[$0].code }
    }
}

extension Destination {
    /// As far as it is known before there is an order.
    var address: Address {
        Address(name: "", lines: [], city: "", region: nil, postcode: postcode, country: country)
    }
}

/// Kits among what wants a place: what they could take, and what lines that share parts leave to each other.
///
/// Sourcing thinks of each line's stock as its own. Where two lines want the same part, each location offers it to the
/// first line, and to the next one only what the first would leave there: nothing is promised twice. What the later
/// lines lack may then lie where the first one did not take it, so they are asked for again until nothing is found.
extension OrderAllocation {
    /// What each place could give to each want, in whole kits.
    ///
    /// - Parameters:
    ///   - canServe: Whether a place may send a line at all: one that may not takes nothing from those that share its
    ///     parts.
    ///   - pool: The units of a SKU, place by place.
    static func offers(
        to wants: [Want], of order: Order, where canServe: (OrderLine, Int) -> Bool = { _, _ in true },
        _ pool: (String) -> [Int64]
    ) -> [[Int64]] {
        guard wants.contains(where: { order.lines[$0.line - 1].isKit }) else {
            return wants.map { pool(order.lines[$0.line - 1].sku) }
        }
        var pools: [String: [Int64]] = [:]
        return wants.map { want in
            let line = order.lines[want.line - 1]
            let goods = line.goods
            for part in goods where pools[part.sku] == nil { pools[part.sku] = pool(part.sku) }
            let places = pools[goods[0].sku]?.indices ?? 0..<0
            return places.map { place in
                guard canServe(line, place) else { return 0 }
                let kits = goods.kits { pools[$0]?[place] ?? 0 }
                for part in goods { pools[part.sku]?[place] -= min(kits, want.units) * part.quantity }
                return kits
            }
        }
    }

    /// Whether two of the wants need units of the same SKU, one of them as part of a kit.
    func sharesParts(_ wants: [Want], of order: Order) -> Bool {
        guard wants.contains(where: { order.lines[$0.line - 1].isKit }) else { return false }
        var keys: [String: String] = [:]
        for line in wants.map({ order.lines[$0.line - 1] }) {
            for part in line.goods {
                let other = keys.updateValue(line.goodsKey, forKey: part.sku)
                if let other, other != line.goodsKey { return true }
            }
        }
        return false
    }

    /// Looks again for what lines with shared parts have left, and joins the work of one location.
    func placeRest(
        _ outcome: inout Outcome, since known: Int, of order: inout Order, channel: Channel, in work: inout Work
    ) throws {
        while !outcome.shortfalls.isEmpty {
            var again = self
            again.reserved = outcome.reserved
            again.own = outcome.own
            again.opened = Set(order.fulfillments.dropFirst(known).map(\.location))
            let next = try again.place(outcome.shortfalls, of: &order, channel: channel, in: &work)
            guard next.allocated > 0 else { break }
            outcome.further.append(next.plan)
            outcome.allocated += next.allocated
            outcome.reserved = next.reserved
            outcome.own = next.own
            outcome.shortfalls = next.shortfalls
            outcome.unkeptSpeed = outcome.unkeptSpeed ?? next.unkeptSpeed
        }
        for index in order.fulfillments.indices.dropFirst(known).reversed() {
            let part = order.fulfillments[index]
            let place = order.fulfillments.indices.dropFirst(known).first {
                $0 < index && order.fulfillments[$0].location == part.location
                    && isOneDay(order.fulfillments[$0], part, in: work)
            }
            guard let place else { continue }
            let first = order.fulfillments[place]
            order.fulfillments[place].shipBy = min(first.shipBy, part.shipBy)
            order.fulfillments[place].deliverBy = max(first.deliverBy, part.deliverBy)
            order.fulfillments[place].take(in: part.lines)
            order.fulfillments.remove(at: index)
        }
    }

    /// Whether work of one location is due on the same day: couriers may come at several hours of it.
    private func isOneDay(_ one: Fulfillment, _ other: Fulfillment, in work: Work) -> Bool {
        guard one.shipBy != other.shipBy, let place = work.configuration.locations[one.location] else {
            return one.shipBy == other.shipBy
        }
        return place.calendar.day(of: one.shipBy) == place.calendar.day(of: other.shipBy)
    }
}

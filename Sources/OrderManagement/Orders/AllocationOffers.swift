/// What shelves offer to an order: to everybody, to those who reserved, and to the order itself that had units there.
extension OrderAllocation {
    /// What each location, in the order of codes, could give of a SKU to this channel: beyond safety stock, less the
    /// channel's buffer and what others wait for, which are taken where most is; and what the order had there before.
    func offer(of sku: String, channel: Channel, in work: Work) -> [Int64] {
        let own = self.own.isEmpty ? nil : ownUnits(of: sku, in: work)
        var offer = units(of: sku, in: work) { max(0, $1.available - (own?[$0] ?? 0) - $1.safety) }
        var buffer = channel.buffer + (isNew ? max(0, work.unitsOfQueue(for: sku) - (waited[sku] ?? 0)) : 0)
        while buffer > 0, let most = offer.indices.max(by: { (offer[$0], $1) < (offer[$1], $0) }), offer[most] > 0 {
            let kept = min(buffer, offer[most])
            offer[most] -= kept
            buffer -= kept
        }
        let locations = work.configuration.sortedLocations
        for claim in reserved where claim.sku == sku {
            if let place = locations.firstIndex(where: { $0.code == claim.location }) { offer[place] += claim.units }
        }
        return own.map { zip(offer, $0).map(+) } ?? offer
    }

    /// What the order had of a SKU, location by location, and still finds there.
    func ownUnits(of sku: String, in work: Work) -> [Int64] {
        units(of: sku, in: work) { _, level in
            let had = own.reduce(Int64(0)) { sum, claim in
                claim.sku == sku && claim.location == level.location ? sum + claim.units : sum
            }
            return max(0, min(had, level.available))
        }
    }

    /// A number of each location, in the order of codes, by its level of a SKU; 0 where there is none.
    private func units(of sku: String, in work: Work, _ count: (Int, StockLevel) -> Int64) -> [Int64] {
        let locations = work.configuration.sortedLocations
        var units = [Int64](repeating: 0, count: locations.count)
        var place = 0
        for level in work.levels(of: sku) {
            while place < locations.count, locations[place].code < level.location { place += 1 }
            guard place < locations.count else { break }
            if locations[place].code == level.location { units[place] = count(place, level) }
        }
        return units
    }

    /// Takes units from what was reserved at a place. - Returns: how many there were.
    static func take(
        _ units: Int64, of sku: String, at location: String, from kept: inout [Reservation.Claim]
    ) -> Int64 {
        var rest = units
        for index in kept.indices where kept[index].sku == sku && kept[index].location == location {
            let part = min(rest, kept[index].units)
            rest -= part
            kept[index] = .init(sku: sku, location: location, units: kept[index].units - part)
        }
        return units - rest
    }
}

extension SourcingInput.Exclusion {
    /// Whether it keeps new work away, and leaves a place what it has promised already.
    var leavesWorkBe: Bool {
        switch self {
        case .paused, .full, .notInChannel, .closed: true
        case .cannotShip, .rejected, .notForPickup, .filtered, .tooLate, .lacksCapability, .outOfStock: false
        }
    }
}

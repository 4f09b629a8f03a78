/// The promises: units in the ledger's buckets against the fulfillments and returns that put them there.
enum AllocationBook {
    /// Adds what one order holds at each place, and what it waits for from elsewhere.
    static func add(
        _ order: Order, to holdings: inout [StockPlace: Holding], awaiting awaited: inout [TransferClaim: Int64]
    ) {
        // By number, not by place: a line may be missing.
        let goods = Dictionary(order.lines.map { ($0.number, $0.goods) }, uniquingKeysWith: { first, _ in first })
        for fulfillment in order.fulfillments {
            for line in fulfillment.lines {
                guard let parts = goods[line.line] else { continue }
                if let transfer = fulfillment.transfer, fulfillment.state.holdsStock {
                    awaited[TransferClaim(transfer: transfer, line: line.line), default: 0] &+= line.quantity
                    continue
                }
                for part in parts {
                    let place = StockPlace(sku: part.sku, location: fulfillment.location)
                    if fulfillment.state.holdsStock {
                        holdings[place, default: Holding()].allocated &+= line.quantity &* part.quantity
                    } else if fulfillment.state.hasLeft {
                        holdings[place, default: Holding()].shipped &+= line.quantity &* part.quantity
                    }
                }
            }
        }
        for entry in order.returns {
            guard let location = entry.location else { continue }
            for line in entry.lines where line.received > 0 {
                for part in goods[line.line] ?? [] {
                    let place = StockPlace(sku: part.sku, location: location)
                    holdings[place, default: Holding()].returned &+= line.received &* part.quantity
                    holdings[place, default: Holding()].uninspected &+= line.toInspect &* part.quantity
                }
            }
            for found in entry.terms.found {
                let place = StockPlace(sku: found.sku, location: location)
                holdings[place, default: Holding()].returned &+= found.quantity
            }
        }
    }

    /// Holds the ledger of a place against the orders, and forgets the place.
    static func examine(_ place: StockPlace, _ sum: LedgerSum, in examination: inout Examination) {
        let holding = examination.holdings.removeValue(forKey: place) ?? Holding()
        let subject = place.description
        examination.compare(
            .allocations, subject, "allocated", expected: holding.allocated, found: sum[.allocated],
            "Allocated units are those of unfinished fulfillments at the location, and of planned transfers from it.")
        examination.compare(
            .allocations, subject, "in_transit", expected: holding.inTransit, found: sum[.inTransit],
            "Units in transit are those of sent transfers to the location.")
        examination.compare(
            .allocations, subject, "inbound", expected: holding.inbound, found: sum[.inbound],
            "Inbound units are those that supplies are still to bring.")
        examination.compare(
            .allocations, subject, "sent", expected: holding.sent, found: sum.sent,
            "Units sent elsewhere are those of the transfers that have left.")
        examination.compare(
            .allocations, subject, "reserved", expected: holding.reserved, found: sum[.reserved],
            "Reserved units are those of live reservations at the location.")
        examination.compare(
            .allocations, subject, "shipped", expected: holding.shipped, found: sum.shipped,
            "Units that left the location are those of its shipped and collected fulfillments.")
        examination.compare(
            .allocations, subject, "returned", expected: holding.returned, found: sum.returned,
            "Units that came back to the location are those that its returns received.")
    }
}

extension Fulfillment.State {
    /// Whether its units are with the customer, or on their way.
    var hasLeft: Bool {
        switch self {
        case .shipped, .delivered, .collected: true
        case .open, .released, .accepted, .picking, .packed, .ready, .expired, .rejected, .cancelled: false
        }
    }
}

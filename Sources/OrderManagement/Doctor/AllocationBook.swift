/// The promises: units in the ledger's buckets against the fulfillments and returns that put them there.
enum AllocationBook {
    /// Adds what one order holds at each place.
    static func add(_ order: Order, to holdings: inout [StockPlace: Holding]) {
        // By number, not by place: a line may be missing.
        let skus = Dictionary(order.lines.map { ($0.number, $0.sku) }, uniquingKeysWith: { first, _ in first })
        for fulfillment in order.fulfillments {
            for line in fulfillment.lines {
                guard let sku = skus[line.line] else { continue }
                let place = StockPlace(sku: sku, location: fulfillment.location)
                if fulfillment.state.holdsStock {
                    holdings[place, default: Holding()].allocated &+= line.quantity
                } else if fulfillment.state.hasLeft {
                    holdings[place, default: Holding()].shipped &+= line.quantity
                }
            }
        }
        for entry in order.returns {
            guard let location = entry.location else { continue }
            for line in entry.lines where line.received > 0 {
                guard let sku = skus[line.line] else { continue }
                holdings[StockPlace(sku: sku, location: location), default: Holding()].returned &+= line.received
            }
            for goods in entry.terms.found {
                let place = StockPlace(sku: goods.sku, location: location)
                holdings[place, default: Holding()].returned &+= goods.quantity
            }
        }
    }

    /// Holds the ledger of a place against the orders, and forgets the place.
    static func examine(_ place: StockPlace, _ sum: LedgerSum, in examination: inout Examination) {
        let holding = examination.holdings.removeValue(forKey: place) ?? Holding()
        let subject = place.description
        examination.compare(
            .allocations, subject, "allocated", expected: holding.allocated, found: sum[.allocated],
            "Allocated units are those of unfinished fulfillments at the location.")
        // No verb reserves yet, so no unit may be reserved.
        examination.compare(
            .allocations, subject, "reserved", expected: 0, found: sum[.reserved],
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

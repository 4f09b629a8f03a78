/// What follows when gates open: shared by placing, passing a stage, lifting a hold, filling a backorder.
extension Order {
    /// Releases the open fulfillments once every gate is passed, nothing is held, and the channel does so by itself.
    mutating func releaseWhenReady(_ channel: Channel, in work: inout Work) throws {
        promiseTogether(channel, in: work)
        guard stage == nil, channel.policy.release == .automatic, !waitsForRest(channel.policy) else { return }
        try leavePausedLocations(channel, in: &work)
        for index in fulfillments.indices where fulfillments[index].state == .open {
            guard fulfillments[index].transfer == nil, hold(on: fulfillments[index].lines.map(\.line)) == nil else {
                continue
            }
            if objectionToLeaving(fulfillments[index], at: work.now) != nil { continue }
            try release(index, in: &work)
        }
    }

    /// Releases one fulfillment to its location.
    mutating func release(_ index: Int, in work: inout Work) throws {
        try requireUnits(forReleaseOf: index)
        try requireStreetDate(of: fulfillments[index], at: work.now)
        try fulfillments[index].apply(.release, at: work.now)
        record(.fulfillmentReleased, fulfillments[index], in: &work)
    }

    /// Open work whose units are at its location can be released.
    /// - Throws: `.illegalTransition`.
    func requireUnits(forReleaseOf index: Int) throws(Refusal) {
        let part = fulfillments[index]
        _ = try part.after(.release)
        guard let transfer = part.transfer else { return }
        throw part.state.refusal(
            of: "release", among: part.moves.filter { $0.key != .release },
            because: " and waits for the transfer \(transfer) to \(part.location)")
    }

    /// Tells of a fulfillment: what it is now, and its units; of one that was delivered, those that arrived.
    /// - Parameter whole: What it was a part of until now.
    mutating func record(
        _ type: EventType, _ fulfillment: Fulfillment, restOf whole: FulfillmentID? = nil, in work: inout Work
    ) {
        let snapshot = self
        work.record(type, on: &self) {
            $0.member("fulfillment", FulfillmentID(snapshot.id, fulfillment.number).description)
            $0.member("location", fulfillment.location)
            $0.member("status", fulfillment.state.rawValue)
            if let whole { $0.member("rest_of", whole.description) }
            if type == .fulfillmentReleased, snapshot.together.contains(fulfillment.number) {
                $0.member("before_rest", true)
            }
            if type == .fulfillmentDelivered { $0.member("delivered_at", fulfillment.updatedAt) }
            if type == .fulfillmentReady { $0.member("collection_code", snapshot.collectionCode) }
            if type == .fulfillmentCollected {
                $0.member("collected_by", fulfillment.collectedBy)
                $0.member("checked", fulfillment.collectorCheck?.rawValue)
            }
            $0.array("lines") { list in
                for line in fulfillment.lines {
                    let missed = type == .fulfillmentDelivered ? snapshot.missed(line.line, of: fulfillment) : 0
                    guard line.quantity > missed else { continue }
                    list.object {
                        $0.member("line", OrderLineID(snapshot.id, line.line).description)
                        $0.member("sku", snapshot.line(line.line)?.sku)
                        $0.member("quantity", line.quantity - missed)
                    }
                }
            }
        }
    }

    /// Units of a line that went with a fulfillment's parcels and did not arrive.
    private func missed(_ line: Int, of fulfillment: Fulfillment) -> Int64 {
        boxes(of: fulfillment.number).reduce(0) {
            $1.state.isMissed ? $0 + $1.units(of: line) : $0
        }
    }
}

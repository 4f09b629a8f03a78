/// The goods are set aside at the store, ready to collect.
///
/// A packed pickup is made ready; its time to be collected begins.
/// - Throws: `.illegalTransition`; `.onHold`.
public struct MakeFulfillmentReady: Command {
    public static let name = "make-fulfillment-ready"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(fulfillment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: .makeReady, in: work)
        try step.order.fulfillments[step.index].apply(.makeReady, at: work.now)
        let channel = try work.configuration.channel(step.order.channel)
        step.order.awaitCollection(
            step.index, until: work.now + .days(channel.policy.pickupDays), channel, in: &work)
        step.order.record(.fulfillmentReady, step.fulfillment, in: &work)
        return step.finish(in: &work)
    }
}

/// The customer has taken the goods, or some of them; the rest stays ready as a fulfillment of its own.
///
/// 1. Asks of whoever comes what the channel's policy says: a name that is known, or the order's code.
/// 2. Takes the units from stock: they are shipped and closed at once.
/// 3. Boxes that are given away whole are handed over and delivered, over the counter; one of which a part stays is
///    opened there, and stays with the rest.
/// 4. Captures what they are worth.
///
/// - Throws: `.illegalTransition`; `.onHold`; `.wrongCode`; `.quantityExceeded`; `.unknownLine`.
public struct CollectFulfillment: Command {
    public static let name = "collect-fulfillment"
    public let fulfillment: FulfillmentID
    public let lines: [LineQuantity]?
    public let collectedBy: String
    /// What the customer showed (`Order.collectionCode`); nil where nobody asked.
    public let code: String?

    public init(fulfillment: FulfillmentID, lines: [LineQuantity]? = nil, collectedBy: String, code: String? = nil) {
        self.fulfillment = fulfillment
        self.lines = lines
        self.collectedBy = collectedBy
        self.code = code
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: .collect, in: work)
        let units = try step.order.units(lines, in: step.fulfillment).filter { $0.value > 0 }
        let whole = step.fulfillment
        _ = try whole.after(.collect)
        try step.requirePassedStages()
        let channel = try work.configuration.channel(step.order.channel)
        let proof = try step.order.require(code, of: collectedBy, as: channel.policy.pickupCheck)
        guard !units.isEmpty else { throw Refusal(.quantityExceeded, "at least one unit must be collected") }
        if !step.order.take(units, outOf: step.index) {
            let rest = step.fulfillment.lines
            step.order.fulfillments.append(whole.split(rest, as: step.order.nextFulfillmentNumber))
            // The rest is kept for as long as all of it was: what the customer was told stands.
            step.order.awaitCollection(
                step.order.fulfillments.count - 1,
                until: whole.collectBy ?? work.now + .days(channel.policy.pickupDays), channel, in: &work)
            step.order.keepBoxes(less: units, from: step.index, in: step.order.fulfillments.count - 1)
        }
        step.order.fulfillments[step.index].lines = units.keys.sorted().map {
            Fulfillment.Line(line: $0, quantity: units[$0] ?? 0, picked: units[$0] ?? 0)
        }
        try step.order.fulfillments[step.index].apply(.collect, at: work.now)
        step.order.fulfillments[step.index].collectedBy = collectedBy
        step.order.fulfillments[step.index].collectorCheck = proof
        step.order.fulfillments[step.index].note = "Collected by \(collectedBy)."
        try step.order.send(step.index, closing: true, in: &work)
        try step.order.giveOut(step.index, in: &work)
        step.order.record(.fulfillmentCollected, step.fulfillment, in: &work)
        try step.order.settleShipment(step.index, in: &work)
        return step.finish(in: &work)
    }
}

extension Order {
    /// Of the boxes of a pickup those that its customer takes whole go with them: the most that the units fill. What
    /// else they take is taken out of the other boxes, which wait with the rest.
    fileprivate mutating func keepBoxes(less units: [Int: Int64], from index: Int, in rest: Int) {
        var left = units
        var others: [Int] = []
        for place in parcels.indices where parcels[place].fulfillment == fulfillments[index].number {
            let held = parcels[place].units
            guard !held.isEmpty else { continue }
            if held.allSatisfy({ (left[$0.key] ?? 0) >= $0.value }) {
                left = left.without(held)
            } else {
                others.append(place)
            }
        }
        for place in others {
            var kept = parcels[place].lines
            for entry in kept.indices {
                let taken = min(kept[entry].quantity, left[kept[entry].line] ?? 0)
                kept[entry].quantity -= taken
                left[kept[entry].line]? -= taken
            }
            parcels[place].lines = kept.filter { $0.quantity > 0 }
            parcels[place].fulfillment = fulfillments[rest].number
        }
    }

    /// Boxes that a customer takes along over the counter have had their way: nobody carries them. What was cancelled
    /// while they waited was taken out of them.
    fileprivate mutating func giveOut(_ index: Int, in work: inout Work) throws {
        var given = fulfillments[index].unitsByLine
        for place in parcels.indices where parcels[place].fulfillment == fulfillments[index].number {
            for entry in parcels[place].lines.indices {
                let line = parcels[place].lines[entry].line
                let units = min(parcels[place].lines[entry].quantity, given[line] ?? 0)
                parcels[place].lines[entry].quantity = units
                given[line]? -= units
            }
            parcels[place].lines.removeAll { $0.quantity == 0 }
            guard !parcels[place].lines.isEmpty else { continue }
            try parcels[place].apply(.handOver, at: work.now)
            record(.parcelHandedOver, parcels[place], in: &work)
            try arrive(place, at: work.now, in: &work)
        }
    }
}

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
/// 3. Captures what they are worth.
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
        try step.order.require(code, of: collectedBy, as: channel.policy.pickupCheck)
        guard !units.isEmpty else { throw Refusal(.quantityExceeded, "at least one unit must be collected") }
        if !step.order.take(units, outOf: step.index) {
            let rest = step.fulfillment.lines
            step.order.fulfillments.append(whole.split(rest, as: step.order.nextFulfillmentNumber))
            // The rest is kept for as long as all of it was: what the customer was told stands.
            step.order.awaitCollection(
                step.order.fulfillments.count - 1,
                until: whole.collectBy ?? work.now + .days(channel.policy.pickupDays), channel, in: &work)
        }
        step.order.fulfillments[step.index].lines = units.keys.sorted().map {
            Fulfillment.Line(line: $0, quantity: units[$0] ?? 0, picked: units[$0] ?? 0)
        }
        try step.order.fulfillments[step.index].apply(.collect, at: work.now)
        step.order.fulfillments[step.index].note = "Collected by \(collectedBy)."
        try step.order.send(step.index, closing: true, in: &work)
        step.order.record(.fulfillmentCollected, step.fulfillment, in: &work)
        try step.order.settleShipment(step.index, in: &work)
        return step.finish(in: &work)
    }
}

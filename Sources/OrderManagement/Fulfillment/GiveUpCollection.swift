/// Goods that were not collected in their time go back to stock, and their units are cancelled.
///
/// 1. The units are free at once, for whoever waits for them; shops and customers are told that they are cancelled.
/// 2. Their location is asked to put them back on their shelf.
/// 3. The money is let go, or given back.
///
/// - Throws: `.illegalTransition` unless they are ready; `.tooEarly` while the customer still has time.
public struct GiveUpCollection: Command {
    public static let name = "give-up-collection"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        _ = try step.fulfillment.after(.expire)
        if let objection = step.fulfillment.objectionToGivingUp(at: work.now) { throw Refusal(.tooEarly, objection) }
        try step.order.expirePickup(step.index, in: &work)
        return step.finish(in: &work)
    }
}

/// Job: the time of goods that wait to be collected is up. They go back to stock, or a person is asked, as the
/// channel's policy says.
struct ExpirePickup: Command {
    static let name = "expire-pickup"
    let fulfillment: FulfillmentID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderWithStock(fulfillment.order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(fulfillment.order)
        let index = try order.indexOfFulfillment(fulfillment.number)
        // A customer who was given more time has a job of their own for its end.
        guard order.fulfillments[index].state == .ready, order.fulfillments[index].collectBy ?? work.now <= work.now
        else { return Reply(body: "{}") }
        switch try work.configuration.channel(order.channel).policy.supply.uncollected {
        case .expire: try order.expirePickup(index, in: &work)
        case .ask: order.askAboutCollection(of: index, in: &work)
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Fulfillment {
    /// Why its customer may still come; nil once their time is over.
    public func objectionToGivingUp(at now: Timestamp) -> String? {
        guard let collectBy, collectBy > now else { return nil }
        return "the customer may collect until \(collectBy): cancel it if they do not want it any more"
    }
}

extension Order {
    /// The goods go back to stock, their units are cancelled, and the money is let go or given back.
    fileprivate mutating func expirePickup(_ index: Int, in work: inout Work) throws {
        let units = fulfillments[index].unitsByLine
        try takeBack(units, from: index, TakingBack(end: .expired), in: &work)
        bookCancelled(units, because: CancelOrder.Reason.notCollected.rawValue, in: &work)
        try voidExcess(reason: "not_collected", in: &work)
        try refundExcess(reason: "not_collected", in: &work)
        passGates(in: &work)
        try releaseWhenReady(try work.configuration.channel(channel), in: &work)
    }

    fileprivate mutating func askAboutCollection(of index: Int, in work: inout Work) {
        let (part, name) = (fulfillments[index], FulfillmentID(id, fulfillments[index].number).description)
        guard !exceptions.contains(where: { $0.isOpen && $0.kind == .notCollected && $0.subject == name }) else {
            return
        }
        open(
            .notCollected, subject: name, location: part.location,
            cause: "Nobody has collected \(part.units.unitText) of order \(number) at \(part.location) by "
                + "\(part.collectBy ?? work.now).",
            owner: "customer_service",
            suggestion: "Ask the customer: give them more time, or put the goods back and give the money back.",
            in: &work)
    }

    /// The pickup that an exception is about, while its customer has not come and has no more time.
    func uncollected(_ subject: String?, since moment: Timestamp) -> Fulfillment? {
        guard let id = subject.flatMap({ FulfillmentID($0) }) else { return nil }
        return fulfillments.first {
            $0.number == id.number && $0.state == .ready && ($0.collectBy ?? moment) <= moment
        }
    }
}

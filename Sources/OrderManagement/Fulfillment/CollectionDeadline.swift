/// A pickup that is ready waits for its customer until a moment; shortly before, the customer is reminded.
extension Order {
    /// The goods wait from now on: ends their time, and the reminder before it, by jobs.
    mutating func awaitCollection(_ index: Int, until deadline: Timestamp, _ channel: Channel, in work: inout Work) {
        fulfillments[index].collectBy = deadline
        let number = String(fulfillments[index].number)
        work.enqueue(.expirePickup, of: id, payload: number, due: deadline)
        let (messages, supply) = (channel.policy.messages, channel.policy.supply)
        let days = messages.reminds ? messages.reminderDays : supply.reminderDays
        let reminder = Timestamp(milliseconds: deadline.milliseconds - Seconds.days(days).count * 1000)
        if days > 0, reminder > work.now {
            work.enqueue(.remindPickup, of: id, payload: "\(number) \(deadline.milliseconds)", due: reminder)
        }
    }
}

/// Gives the customer more time to collect.
///
/// - Throws: `.illegalTransition` unless the goods are ready; `.invalidInput` for a time that is not later than the
///   present one, or further away than `daysMax`.
public struct ExtendCollection: Command {
    public static let name = "extend-collection"
    /// The longest that goods may wait from now on.
    public static let daysMax: Int64 = 90
    public let fulfillment: FulfillmentID
    public let until: Timestamp

    public init(fulfillment: FulfillmentID, until: Timestamp) {
        self.fulfillment = fulfillment
        self.until = until
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(fulfillment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        guard step.fulfillment.state == .ready else {
            throw step.fulfillment.state.refusal(of: "extend", among: step.fulfillment.moves)
        }
        let present = max(step.fulfillment.collectBy ?? work.now, work.now)
        guard until > present, until <= work.now + .days(Self.daysMax) else {
            throw Refusal([
                .init(
                    "/until", .invalidInput,
                    "the goods wait until \(present): name a later time, \(Self.daysMax) days from now at most")
            ])
        }
        let channel = try work.configuration.channel(step.order.channel)
        step.order.awaitCollection(step.index, until: until, channel, in: &work)
        let (part, order) = (fulfillment.description, step.order.id)
        work.record(.fulfillmentExtended, on: &step.order) {
            $0.member("fulfillment", part)
            $0.member("order", order.description)
            $0.member("collect_by", until)
        }
        return step.finish(in: &work)
    }
}

/// Job: goods that are ready were not collected yet, and their time is nearly up. Told as an event, and to the
/// customer.
struct RemindPickup: Command {
    static let name = "remind-pickup"
    let fulfillment: FulfillmentID
    /// The end that it reminds of: a customer who was given more time is reminded later.
    let deadline: Timestamp
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(fulfillment.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(fulfillment.order)
        let part = order.fulfillments[try order.indexOfFulfillment(fulfillment.number)]
        guard part.state == .ready, part.collectBy == deadline else { return Reply(body: "{}") }
        let (code, snapshot) = (order.collectionCode, order)
        work.record(.fulfillmentReminderDue, on: &order) {
            $0.member("fulfillment", fulfillment.description)
            $0.member("location", part.location)
            $0.member("collect_by", deadline)
            $0.member("collection_code", code)
            snapshot.writeUnits(part.unitsByLine, to: &$0)
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

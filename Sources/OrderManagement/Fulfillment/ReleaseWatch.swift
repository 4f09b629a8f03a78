/// Job: the units of a fulfillment should have left by now, or be ready, and nobody has released them, on a channel
/// that leaves that to people. They are told, and it is looked at again after each of the location's days.
struct ChaseRelease: Command {
    static let name = "chase-release"
    let fulfillment: FulfillmentID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(fulfillment.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(fulfillment.order)
        let part = order.fulfillments[try order.indexOfFulfillment(fulfillment.number)]
        let channel = try work.configuration.channel(order.channel)
        guard order.waitsForRelease(part, channel.policy) else { return Reply(body: "{}") }
        if part.lateFrom <= work.now, order.tellUnreleased(part, channel, in: &work) { work.update(order) }
        work.watchRelease(part, of: order)
        return Reply(body: "{}")
    }
}

extension Work {
    /// Has work that waits for nothing but its release by a person looked at once it is late.
    mutating func watchRelease(from before: Order?, to after: Order) {
        guard let channel = configuration.channels[after.channel], channel.policy.release == .manual else { return }
        let policy = channel.policy
        let known = Set((before?.fulfillments ?? []).lazy.filter { before?.waitsForRelease($0, policy) == true }
            .map(\.number))
        for part in after.fulfillments where after.waitsForRelease(part, policy) && !known.contains(part.number) {
            watchRelease(part, of: after)
        }
    }

    fileprivate mutating func watchRelease(_ part: Fulfillment, of order: Order) {
        enqueue(.chaseRelease, of: order.id, payload: String(part.number), due: nextLook(at: part))
    }
}

extension Order {
    /// Whose task it is to release what a channel leaves to people.
    static let releaseOwner = "operations"

    /// Whether nothing but a person's release is missing: no stage, hold, date, transfer or rest of the order.
    func waitsForRelease(_ part: Fulfillment, _ policy: ChannelPolicy) -> Bool {
        policy.release == .manual && part.state == .open && stage == nil && part.transfer == nil
            && hold(on: part.lines.map(\.line)) == nil && streetDate(of: part) == nil && !waitsForRest(policy)
    }

    /// - Returns: Whether they were told now, and not before.
    fileprivate mutating func tellUnreleased(
        _ part: Fulfillment, _ channel: Channel, in work: inout Work
    ) -> Bool {
        let name = FulfillmentID(id, part.number).description
        guard !exceptions.contains(where: { $0.isOpen && $0.kind == .workLate && $0.subject == name }) else {
            return false
        }
        open(
            .workLate, subject: name, location: part.location,
            cause: "\(wasDue(part)), and nobody has released them: \(channel.name) leaves that to people.",
            owner: Self.releaseOwner, suggestion: "Release it, or cancel its units.", in: &work)
        return true
    }

    /// The fulfillment that an exception is about, while somebody is to release it.
    func unreleased(_ subject: String?) -> Fulfillment? {
        guard let name = subject.flatMap({ FulfillmentID($0) }), name.order == id else { return nil }
        return fulfillments.first { $0.number == name.number && $0.state == .open }
    }
}

extension OrderException {
    /// Whether late work is not its location's to do, but still to be released.
    var isOfRelease: Bool { kind == .workLate && owner == Order.releaseOwner && owner != location }
}

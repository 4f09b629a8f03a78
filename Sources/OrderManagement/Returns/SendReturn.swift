/// The customer has sent the goods of an approved return; under a number that is known, its parcel is followed.
///
/// - Throws: `.illegalTransition`; `.invalidInput` for a number under which another return of the order comes.
public struct SendReturn: Command {
    public static let name = "send-return"
    public let id: ReturnID
    public let courier: String?
    public let tracking: String?

    public init(id: ReturnID, courier: String? = nil, tracking: String? = nil) {
        self.id = id
        self.courier = courier
        self.tracking = tracking.map(TrackingNumber.entered)
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(id.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        _ = try step.order.returns[step.index].state.after(.send)
        // What was said with the label holds, unless something else is said now.
        let known = step.order.returns[step.index].terms
        try step.order.requireOwnNumber(tracking, by: courier ?? known.courier, of: step.index)
        step.order.follow(step.index, by: courier ?? known.courier, tracking ?? known.tracking, in: &work)
        try step.order.send(step.index, in: &work)
        return step.finish(in: &work)
    }
}

/// Job: a return's time is up, or its goods are gone. One that was never sent expires, and so does one of which nothing
/// can come any more, since its goods never came to the customer; one of which a part came goes on with that; of a
/// request without an answer, of goods of which nothing came in time, and of goods that are here and not settled, a
/// person hears.
struct ExpireReturn: Command {
    static let name = "expire-return"
    let id: ReturnID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderWithReturn(id, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        let entry = order.returns[index]
        if entry.isUnsettled {
            if try order.watchSettlement(of: index, in: &work) { return Reply(body: "{}") }
            order.askForSettlement(of: index, in: &work)
            work.update(order)
            return Reply(body: "{}")
        }
        switch entry.state {
        case .requested where !order.canCome(entry):
            try order.returns[index].apply(.reject, at: work.now)
            order.returns[index].note = order.noteOnNothing(entry)
            try order.endExchange(of: index, in: &work)
            order.record(.returnRejected, order.returns[index], in: &work)
        case .requested: order.askForAnswer(to: index, in: &work)
        case .approved:
            // The time for the answer may end while that for sending runs.
            let isPossible = order.canCome(entry)
            guard !isPossible || entry.terms.expiresAt.map({ $0 <= work.now }) ?? true else { return Reply(body: "{}") }
            try order.returns[index].apply(.expire, at: work.now)
            if !isPossible { order.returns[index].note = order.noteOnNothing(entry) }
            try order.endExchange(of: index, in: &work)
            order.record(.returnExpired, order.returns[index], in: &work)
        case .received:
            guard entry.isWaiting, !entry.terms.isOverdue, entry.terms.overdueAt.map({ $0 <= work.now }) ?? true else {
                return Reply(body: "{}")
            }
            try order.endWaiting(forReturn: index, in: &work)
        case .inTransit:
            guard entry.isWaiting, !entry.terms.isOverdue, entry.terms.overdueAt.map({ $0 <= work.now }) ?? true else {
                return Reply(body: "{}")
            }
            // What lies where it arrived is not late: that it is received is watched by another job.
            if entry.isUnreceived { return Reply(body: "{}") }
            order.returns[index].terms.isOverdue = true
            let missing = entry.lines.reduce(Int64(0)) { $0 + $1.expected }
            order.open(
                .returnOverdue, subject: id.description,
                cause: "\(missing.unitText) of the return \(entry.reference(in: order)) "
                    + (missing == 1 ? "has not come." : "have not come."),
                owner: "customer_service",
                suggestion: "Ask the customer or the courier; receive what came, or close the rest.", in: &work)
        case .inspected, .settled, .rejected, .expired: return Reply(body: "{}")
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Return {
    /// Whether it expired before its customer's time to send it was over, since nothing of it could come.
    public var endedBeforeItsTime: Bool { state == .expired && terms.expiresAt.map { updatedAt < $0 } ?? false }
}

extension Order {
    /// Whether its customer has, or is to have, something of what a return announces and has not brought.
    func canCome(_ entry: Return) -> Bool {
        entry.lines.contains { line in
            line.expected > 0 && kept(line.line, beside: entry.number).contains { $0.units > 0 }
        }
    }

    /// What a return that nobody has sent says that ended since nothing of it can come.
    fileprivate func noteOnNothing(_ entry: Return) -> String {
        (entry.note.map { $0 + " " } ?? "") + "Its goods never came: nothing of it can be sent back."
    }

    /// A parcel was settled: announced returns of which nothing can come any more end by themselves.
    func endReturnsOfNothing(in work: inout Work) {
        for entry in returns where entry.hasOwnParcel && (entry.state == .approved || entry.state == .requested) {
            guard !canCome(entry) else { continue }
            work.enqueue(.expireReturn, of: id, payload: String(entry.number), due: work.now)
        }
    }

    /// Agrees to a return by post: it has an address to go to and a time in which to be sent.
    mutating func approve(_ index: Int, in work: inout Work) throws {
        try returns[index].apply(.approve, at: work.now)
        let policy = try work.configuration.channel(channel).policy.returning
        returns[index].terms.destination = destination(of: returns[index], policy, in: work)
        let until = work.now + .days(policy.sendWithinDays)
        returns[index].terms.expiresAt = until
        work.enqueue(.expireReturn, of: id, payload: String(returns[index].number), due: until)
        record(.returnApproved, returns[index], in: &work)
    }

    /// Where a return by post goes; nil where no location that takes returns is known.
    private func destination(of entry: Return, _ policy: ReturningPolicy, in work: Work) -> ReturnTerms.Destination? {
        let codes = [entry.location, policy.location] + fulfillments.map(\.location)
        let places = codes.compactMap { $0 }.compactMap { work.configuration.locations[$0] }
        return places.first(where: \.takesReturns).map { .init(location: $0.code, address: $0.address) }
    }

    /// Whether a return by post needs nobody's word: the policy says so, there is where to send it, and what is
    /// announced of the order and not here yet is worth no more than the policy's limit, however it is split.
    func mayApproveItself(_ entry: Return, by policy: ReturningPolicy, in work: Work) -> Bool {
        guard policy.approvesItself, destination(of: entry, policy, in: work) != nil else { return false }
        guard let limit = policy.approvesItselfUpTo else { return true }
        let others = returns.filter { other in
            other.number != entry.number && [.requested, .approved, .inTransit].contains(other.state)
        }
        let worth = (others + [entry]).reduce(Int64(0)) { $0 + self.worth(of: $1).values.reduce(0, +) }
        return worth <= limit
    }

    fileprivate mutating func askForAnswer(to index: Int, in work: inout Work) {
        let id = ReturnID(id, returns[index].number)
        let units = returns[index].lines.reduce(Int64(0)) { $0 + $1.quantity }
        open(
            .returnUnanswered, subject: id.description,
            cause: "The customer asks to send back \(units.unitText) as \(returns[index].reference(in: self)), "
                + "since \(returns[index].requestedAt).",
            owner: "customer_service",
            suggestion: "Let it come back, or turn it down: the customer is told.", in: &work)
    }

    /// Goods that are here are settled within the time for answers: has a person told where they are not.
    ///
    /// - Returns: Whether there is time yet.
    @discardableResult
    mutating func watchSettlement(of index: Int, in work: inout Work) throws(Refusal) -> Bool {
        let days = try work.configuration.channel(channel).policy.returning.answerWithinDays
        let due = returns[index].updatedAt + .days(days)
        guard returns[index].isUnsettled, due > work.now else { return false }
        work.enqueue(.expireReturn, of: id, payload: String(returns[index].number), due: due)
        return true
    }

    mutating func askForSettlement(of index: Int, in work: inout Work) {
        let entry = returns[index]
        let id = ReturnID(id, entry.number)
        guard !exceptions.contains(where: { $0.isOpen && $0.kind == .returnUnsettled && $0.subject == id.description })
        else { return }
        let isJudged = entry.state == .inspected
        let missing = entry.undelivered.isEmpty
            ? "" : ", without \(goods(entry.undelivered)) that its courier was to bring with it,"
        if isJudged, let set = work.firstSet(of: self) {
            return open(
                .returnUnsettled, subject: id.description,
                cause: "The return \(entry.reference(in: self)) is here\(missing) and not settled: \(set.reason).",
                owner: "customer_service",
                suggestion: "Nothing is owed while they have them: settle it with no refund. Where they hand the first "
                    + "goods in, say so first.", in: &work)
        }
        open(
            .returnUnsettled, subject: id.description, location: isJudged ? nil : entry.location,
            cause: "The return \(entry.reference(in: self)) is here\(missing) and not "
                + "\(isJudged ? "settled" : "judged"): its customer waits for the money.",
            owner: isJudged ? "customer_service" : entry.location ?? "customer_service",
            suggestion: isJudged
                ? missing.isEmpty ? "Give the money." : "Give the money of all of it, or send its goods once more."
                : "Say what becomes of the goods: the money follows by the channel's terms.",
            in: &work)
    }

    /// A part of a return has come: the rest has the policy's time to follow it, and no less than it had.
    mutating func awaitRest(of index: Int, in work: inout Work) throws(Refusal) {
        guard returns[index].isWaiting else { return }
        let days = try work.configuration.channel(channel).policy.returning.overdueDays
        let known = [returns[index].terms.expiresAt, returns[index].terms.overdueAt].compactMap { $0 }
        returns[index].terms.isOverdue = false
        watch(index, until: known.reduce(work.now + .days(days), max), in: &work)
    }

    /// The time of what has not come with the rest is over: the return goes on with what is here.
    fileprivate mutating func endWaiting(forReturn index: Int, in work: inout Work) throws {
        returns[index].giveUpWaiting()
        returns[index].updatedAt = work.now
        record(.returnWaitingEnded, returns[index], in: &work)
        try goOn(withReturn: index, in: &work)
    }

    /// Has a person told when goods on their way do not come.
    mutating func watch(_ index: Int, until moment: Timestamp, in work: inout Work) {
        returns[index].terms.overdueAt = moment
        work.enqueue(.expireReturn, of: id, payload: String(returns[index].number), due: moment)
    }
}

/// Job: supply should be here by now. What is still to come is shown to a person at its location, one exception for all
/// its goods: whether or not somebody waits for them, they were promised on; who waits makes it urgent.
struct ChaseInbound: Command {
    static let name = "chase-inbound"
    let inbound: InboundID
    let job: JobID

    /// - Throws: `BrokenInvariant` where the job names no supply.
    init(job: Job) throws(BrokenInvariant) {
        guard let id = Int64(job.payload) else { throw BrokenInvariant("the job \(job.id) names no inbound supply") }
        (inbound, self.job) = (InboundID(id), job.id)
    }

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.inboundWithStock(inbound, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var supply = try work.inbound(inbound)
        // It may have come, or have another day by now: that day has a job of its own.
        guard supply.isOverdue(at: work.now), supply.exception == nil else { return Reply(body: "{}") }
        work.tellOverdue(&supply)
        _ = work.update(supply)
        return Reply(body: "{}")
    }
}

extension InboundSupply {
    /// By when somebody at the location should have seen to it: soon where customers wait.
    static let overdueMax = (awaited: Seconds.hours(4), other: Seconds.days(1))
    /// No more goods than this are named.
    private static let namesMax = 3

    /// Whether some of it should be here and is not.
    func isOverdue(at now: Timestamp) -> Bool { state == .expected && Self.lateFrom(due) <= now }

    /// "3 × TEE-M, 2 × CAP and others"
    fileprivate var toComeText: String {
        let open = lines.filter { $0.toCome > 0 }
        let names = open.prefix(Self.namesMax).map { "\($0.toCome) × \($0.sku)" }.joined(separator: ", ")
        return open.count > Self.namesMax ? names + " and others" : names
    }
}

extension Work {
    /// Has somebody told once supply is late; one that is late as it is announced at once.
    mutating func watch(_ supply: InboundSupply) {
        enqueue(
            .chaseInbound, payload: String(supply.id.value), due: max(now, InboundSupply.lateFrom(supply.due)))
    }

    fileprivate mutating func tellOverdue(_ supply: inout InboundSupply) {
        let awaited = supply.lines.filter { $0.toCome > 0 && isAwaited($0.sku) }.map(\.sku)
        let waiting = awaited.isEmpty ? "" : " Customers wait for \(awaited.prefix(3).joined(separator: ", "))."
        let exception = open(
            .inboundOverdue, subject: supply.id.description, location: supply.location,
            cause: "\(supply.reference) should have come to \(supply.location) by \(supply.due): "
                + "\(supply.toComeText) are still to come.\(waiting)",
            owner: supply.location,
            suggestion: "Ask who sends it: give it a new date, receive what is there, or close what does not come.",
            within: awaited.isEmpty ? InboundSupply.overdueMax.other : InboundSupply.overdueMax.awaited)
        supply.exception = exception.id
        record(.exceptionOpened) { exception.writeOpening(to: &$0) }
    }

    /// What told people that supply is overdue is settled once it has come, is given up, or has another day.
    mutating func settleOverdue(_ supply: inout InboundSupply) {
        guard let id = supply.exception, !supply.isOverdue(at: now) else { return }
        supply.exception = nil
        guard let shown = exception(id), shown.isOpen else { return }
        resolve(shown, because: supply.state.isFinal ? "Nothing of it is to come any more." : "It has a new date.")
    }
}

extension Needs {
    /// An inbound supply, with what has shown that it is overdue.
    mutating func inbound(_ id: InboundID, given work: Work) {
        inbound(id)
        if let shown = work.peek(id)?.exception { exception(shown) }
    }
}

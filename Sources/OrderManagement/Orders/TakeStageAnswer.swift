/// News from a connector about an order's stage, repeated and out of order as they come.
///
/// The newest answer counts, a person's among them, in whatever order they come: one that is not newer, or about an
/// order that is over, is acknowledged and changes nothing. A newer one may also take a passed stage back; what is
/// released stays released. Of a result and a score, the result holds, and the score is kept beside it.
///
/// - Throws: `.notFound` for a connector that no channel names; `.unknownOrder`; `.unknownStage`;
///   `.secondPersonRequired`; `.invalidInput` for a score that nothing judges, and for news from the future.
public struct TakeStageAnswer: Command {
    public static let name = "take-stage-answer"

    /// How a connector names an order.
    public enum Subject: Hashable, Sendable {
        case id(OrderID)
        case name(ExternalName)
    }

    public let connector: String
    public let subject: Subject
    public let stage: String
    public let answer: StageAnswer
    /// When it was given, by the connector's clock.
    public let at: Timestamp

    public init(connector: String, subject: Subject, stage: String, answer: StageAnswer, at: Timestamp) {
        self.connector = connector
        self.subject = subject
        self.stage = stage
        self.answer = answer
        self.at = at
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        if case .name(let name) = subject { needs.externalName(name) }
        if let id = id(in: work) { needs.orderToRelease(id, given: work) }
    }

    private func id(in work: Work) -> OrderID? {
        switch subject {
        case .id(let id): id
        case .name(let name): work.order(named: name)
        }
    }

    /// How far a connector's clock may be ahead. An answer of later on would outdo every true one until then.
    private static let clockSkew = Seconds.minutes(5)

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        if let objection = at.objectionToFact(at: "/at", now: work.now, skew: Self.clockSkew) {
            throw Refusal([objection])
        }
        let connectors = Set(work.configuration.channels.values.flatMap { $0.policy.stages.compactMap(\.connector) })
        guard connectors.contains(connector) else {
            let known = connectors.isEmpty ? "none does" : "known: " + connectors.sorted().joined(separator: ", ")
            throw Refusal(
                .notFound,
                "there is no connector \(connector): a channel's stage names those that may answer for it (\(known))")
        }
        guard let id = id(in: work), var order = work.peek(id), order.isVisible(to: work.principal) else {
            throw Refusal([.init("/order", .unknownOrder, "there is no such order")])
        }
        let channel = try work.configuration.channel(order.channel)
        guard let index = order.gates.firstIndex(where: { $0.name == stage }),
            channel.policy.stage(of: order.gates[index]).connector == connector
        else {
            throw Refusal([
                .init(
                    "/stage/name", .unknownStage,
                    "order \(order.number) has no stage \(stage) that \(connector) answers for")
            ])
        }
        let before = order
        if let reason = reasonToLeave(order, index) { return reply(order, index, left: reason) }
        order.gates[index].answeredAt = at
        if order.gates[index].state == .passed, answer.hasPassed == true {
            if let score = answer.score, order.gates[index].kind == .fraud { order.gates[index].score = score }
            // It says nothing new, but later than all before it: what is older than it comes too late from now on.
            order = work.update(order)
            return reply(order, index, left: "the stage was passed already")
        }
        try order.take(answer, at: index, channel, in: &work)
        order.passGates(in: &work)
        try order.releaseWhenReady(channel, in: &work)
        if order != before { order = work.update(order) }
        return reply(order, index, left: nil)
    }

    /// Why the answer changes nothing; nil when it counts.
    private func reasonToLeave(_ order: Order, _ index: Int) -> String? {
        let gate = order.gates[index]
        let overall = OrderStatus(of: order).overall
        if overall != .open { return "the order is \(overall.rawValue)" }
        if let newest = gate.answeredAt, at <= newest { return "the answer of \(newest) is as new or newer" }
        return nil
    }

    private func reply(_ order: Order, _ index: Int, left reason: String?) -> Reply {
        let gate = order.gates[index]
        var json = JSONWriter()
        json.object {
            $0.member("order", order.id.description)
            $0.member("stage", gate.name)
            $0.member("status", gate.state.rawValue)
            $0.member("applied", reason == nil)
            $0.member("reason", reason)
        }
        return Reply(body: json.text, version: order.version)
    }
}

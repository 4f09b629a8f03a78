/// What the policies of a channel say to one question about an order, at a moment.
public struct OrderDecision: Hashable, Sendable {
    /// Whether it may be done; of a stage, whether the order passes it by itself at once.
    public var isAllowed: Bool
    /// Until when, where time decides.
    public var until: Timestamp?
    /// The last state of work in which it is possible, where work decides.
    public var untilState: String?
    /// Of cancelling and returning: how many units, what is kept of their money in minor units, and what goes back.
    public var units: Int64?
    public var fee: Int64?
    public var refund: Int64?
    /// Of a stage: how long the order may wait there, and what happens then.
    public var waits: Seconds?
    public var timeOut: Stage.TimeOut?
    /// Why not: words for people, which say nothing that the rest does not.
    public var reason: String?

    init(isAllowed: Bool, reason: String?) { (self.isAllowed, self.reason) = (isAllowed, reason) }

    init(_ permission: OrderPermission) {
        self.init(isAllowed: permission.isAllowed, reason: permission.reason)
        (until, untilState) = (permission.until, permission.untilState)
    }

    /// Whether another policy says the same, in whatever words.
    func agrees(with other: OrderDecision?) -> Bool {
        guard var other else { return false }
        other.reason = reason
        // Until when it might have been is no other decision for an order of which it may not be.
        if !isAllowed, !other.isAllowed { (other.until, other.untilState) = (until, untilState) }
        return self == other
    }

    public func write(to json: inout JSONWriter, in currency: Currency) {
        json.object {
            $0.member("allowed", isAllowed)
            $0.member("until", until)
            $0.member("until_state", untilState)
            if let units { $0.member("units", units) }
            if let fee { $0.member("fee", Money(fee, currency)) }
            if let refund { $0.member("refund", Money(refund, currency)) }
            if let waits { $0.member("within_seconds", waits.count) }
            if let timeOut { $0.member("on_time_out", timeOut.rawValue) }
            $0.member("reason", reason)
        }
    }
}

extension Order {
    /// What a channel's policies decide of the order, question by question: the stages that it would wait at, who may
    /// still cancel it and at what fee, what may be amended, what may come back for which reason, and be exchanged.
    ///
    /// - Parameters:
    ///   - agreed: The channel as it was when the order was placed, where what was granted then stays; nil where only
    ///     `channel` counts.
    ///   - now: The moment at which everything is asked.
    func decisions(
        by channel: Channel, agreed: Channel?, finalSales: Set<String>, at now: Timestamp
    ) -> [(question: String, decision: OrderDecision)] {
        var list: [(question: String, decision: OrderDecision)] = []
        for stage in channel.policy.stages {
            guard let wait = wait(at: stage, channel.policy) else { continue }
            var decision = OrderDecision(isAllowed: false, reason: wait.reason)
            decision.waits = wait.isFailed ? nil : stage.within ?? channel.policy.remorse
            decision.timeOut = wait.isFailed ? .fail : stage.timeOut
            list.append(("stages/\(stage.name)", decision))
        }
        let cancelling = cancellationPermissions(channel, at: now)
        for reason in [CancelOrder.Reason.merchant, .customer] {
            let own = cancelling.first { $0.action == "cancellations_by_customer" }
            guard let permission = reason == .customer ? own ?? cancelling.first : cancelling.first else { continue }
            var decision = OrderDecision(permission)
            let cost = costOfCancelling(for: reason, channel.policy)
            (decision.units, decision.fee) = (cost.units, cost.fee)
            list.append(("cancellations/\(reason.rawValue)", decision))
        }
        for permission in amendmentPermissions(channel, at: now) where permission.untilState != nil {
            list.append((permission.action, OrderDecision(permission)))
        }
        return list + returning(by: ReturnRules(channel, agreed: agreed, finalSales: finalSales, at: now))
    }

    private func returning(by rules: ReturnRules) -> [(question: String, decision: OrderDecision)] {
        var (list, units): ([(question: String, decision: OrderDecision)], Int64) = ([], 0)
        for reason in Return.Reason.ofCustomers {
            let answer = returnable(for: reason, by: rules)
            units = max(units, answer.units)
            var decision = OrderDecision(isAllowed: answer.units > 0, reason: answer.objection)
            (decision.until, decision.units) = (answer.until, answer.units)
            (decision.fee, decision.refund) = (answer.fee, answer.refund)
            list.append(("returns/\(reason.rawValue)", decision))
        }
        let isOffered = rules.policy.exchanges != .none
        list.append(
            (
                "exchanges",
                OrderDecision(
                    isAllowed: isOffered && units > 0,
                    reason: !isOffered ? "the channel exchanges nothing" : units > 0 ? nil : "nothing may come back")
            ))
        return list
    }
}

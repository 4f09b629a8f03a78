/// How an order comes through its gates: what passes by itself, what waits for whom, and what a change asks for again.
extension Order {
    /// What an order says of a gate without anybody's help.
    private enum Verdict {
        case pass(String)
        case fail(String)
        /// Somebody must look, for this reason.
        case review(OrderException.Kind, String)
        case wait
    }

    /// Stands before all of its gates: at placing.
    mutating func enterStages(_ channel: Channel, in work: inout Work) {
        enter(Array(gates.indices), channel, in: &work)
    }

    /// Stands again before the gates whose verdict depends on what an amendment changed; those that still pass by
    /// themselves stay passed. More to pay asks for payment, fraud and approval, another destination for address and
    /// fraud, and for a custom stage what that names; time that has passed has passed. Payment is asked for also where
    /// nothing costs more: what was given back pays for nothing that is added. Work that is released goes on, and
    /// leaves when they are passed; the caller releases the rest.
    /// A gate that is not passed again in time cancels nothing: what was agreed before stands, and a person is told.
    ///
    /// - Parameter before: The order as it was.
    mutating func reenterStages(after before: Order, _ channel: Channel, in work: inout Work) {
        var entered: [Int] = []
        for index in gates.indices {
            let gate = gates[index]
            let stage = channel.policy.stage(of: gate)
            guard depends(gate, stage, on: before, channel.policy) else { continue }
            if gate.state == .passed, case .pass = verdict(stage, gate, channel.policy.services) { continue }
            entered.append(index)
            guard gate.state != .pending else { continue }
            gates[index].state = .pending
            gates[index].decidedBy = nil
            gates[index].answeredAt = nil
            work.record(.stageReopened, on: &self) {
                $0.member("stage", gate.name)
                $0.member("policy_version", channel.version)
            }
        }
        enter(entered, channel, in: &work)
        for index in entered where gates[index].timeOut == .cancel { gates[index].timeOut = .exception }
    }

    private func depends(_ gate: Gate, _ stage: Stage, on before: Order, _ policy: ChannelPolicy) -> Bool {
        let costsMore = due > before.due
        let goesElsewhere = delivery != before.delivery
        switch gate.kind {
        case .payment: return gate.state == .passed && (costsMore || authorizationNeeded > before.authorizationNeeded)
        case .fraud: return costsMore || goesElsewhere || customer != before.customer
        case .address: return goesElsewhere
        case .approval: return costsMore
        case .remorse: return false
        case .custom:
            if stage.askedAgainBy.contains(where: { isChanged($0, since: before) }) { return true }
            // By its condition: what passed because its time was over stays so.
            guard gate.state == .passed, gate.decidedBy == nil else { return false }
            if case .pass = before.verdict(stage, gate, policy.services) { return true }
            return false
        }
    }

    /// What is due, and neither held or taken nor to come by an exchange.
    private var authorizationNeeded: Int64 { max(0, due - secured) }

    private func isChanged(_ part: Stage.Change, since before: Order) -> Bool {
        switch part {
        case .items: wantedUnits != before.wantedUnits
        case .total: due > before.due
        case .address: delivery.address != before.delivery.address
        case .delivery: delivery != before.delivery
        case .customer: customer != before.customer
        case .payment: payments.count > before.payments.count
        }
    }

    /// By SKU: at another price it is the same item.
    private var wantedUnits: [String: Int64] {
        lines.reduce(into: [:]) { units, line in
            if line.wanted > 0 { units[line.sku, default: 0] += line.wanted }
        }
    }

    /// Passes or fails what can be decided now, gives the rest its time and tells those who must look.
    private mutating func enter(_ entered: [Int], _ channel: Channel, in work: inout Work) {
        for index in entered {
            let stage = channel.policy.stage(of: gates[index])
            gates[index].due = work.now + (stage.within ?? channel.policy.remorse)
            gates[index].timeOut = stage.timeOut
            gates[index].owner = stage.owner
            gates[index].isOverdue = false
            gates[index].reason = nil
            gates[index].score = stage.score?.points(of: self)
            switch verdict(stage, gates[index], channel.policy.services) {
            case .pass: break
            case .wait:
                if let reason = unanswerableReason(gates[index], in: work) {
                    ask(for: index, .stageReview, reason, in: &work)
                }
            case .fail(let reason): fail(index, reason, by: nil, in: &work)
            case .review(let kind, let reason): ask(for: index, kind, reason, in: &work)
            }
        }
        passGates(in: &work)
        for index in entered where gates[index].state == .pending {
            guard let due = gates[index].due else { continue }
            work.enqueue(.stageDue, of: id, payload: gates[index].name, due: due)
        }
    }

    /// Passes gates that need nobody: a paid order's `payment`, conditions that are met, time that is up.
    mutating func passGates(in work: inout Work) {
        liftPaymentHolds(in: &work)
        // Nobody judges what is given up: that nothing is due any more approves nothing.
        guard !isGivenUp else { return }
        let channel = work.configuration.channels[channel]
        for index in gates.indices where gates[index].state == .pending {
            let gate = gates[index]
            if gate.timeOut == .pass, let due = gate.due, due <= work.now {
                pass(index, "its time is up", by: nil, in: &work)
            } else if let policy = channel?.policy,
                case .pass(let reason) = verdict(policy.stage(of: gate), gate, policy.services)
            {
                pass(index, reason, by: nil, in: &work)
            }
        }
    }

    /// - Parameter services: Of the channel.
    private func verdict(_ stage: Stage, _ gate: Gate, _ services: [DeliveryService]) -> Verdict {
        if let condition = stage.passesWhen, meets(condition) { return .pass("it meets the stage's condition") }
        switch stage.kind {
        case .payment: return secured >= due ? .pass("it is paid for") : .wait
        case .fraud:
            guard let score = stage.score, gate.answeredAt == nil else { return .wait }
            let points = score.points(of: self)
            if points < score.reviewAt { return .pass("score \(points), below \(score.reviewAt)") }
            if points >= score.failAt { return .fail("score \(points), failed from \(score.failAt) on") }
            return .review(.stageReview, "score \(points), to be looked at from \(score.reviewAt) on")
        case .address:
            guard let address = delivery.address else { return .pass("it is collected") }
            let service = services.first { $0.code == delivery.service }
            let wrong = address.objections(forbidsBoxes: service?.takesBoxes == false)
            guard !wrong.isEmpty else { return .pass("the address is complete") }
            return .review(.address, wrong.joined(separator: "; "))
        case .approval, .remorse, .custom: return .wait
        }
    }

    /// Why an order would wait at a stage if it came to it as it is now; nil where it passes by itself at once.
    func wait(at stage: Stage, _ policy: ChannelPolicy) -> (isFailed: Bool, reason: String)? {
        switch verdict(stage, Gate(stage, due: nil), policy.services) {
        case .pass: nil
        case .fail(let reason): (true, reason)
        case .review(_, let reason): (false, reason)
        case .wait: (false, stage.timeOut == .pass ? "its time is to pass" : "somebody is to pass it")
        }
    }

    /// How much is not paid for where a gate of payment waits; nil for what waits for something else.
    func missing(at gate: Gate) -> String? {
        guard gate.kind == .payment, gate.state == .pending, authorizationNeeded > 0 else { return nil }
        return "\(Money(authorizationNeeded, currency)) of \(Money(due, currency)) is not paid for"
    }

    // MARK: One gate

    mutating func pass(_ index: Int, _ reason: String?, by decidedBy: String?, in work: inout Work) {
        gates[index].state = .passed
        gates[index].reason = reason
        gates[index].decidedBy = decidedBy
        tell(.stagePassed, gates[index], in: &work)
    }

    /// Keeps the order back until somebody passes the gate after all.
    mutating func fail(_ index: Int, _ reason: String?, by decidedBy: String?, in work: inout Work) {
        gates[index].state = .failed
        gates[index].reason = reason
        gates[index].decidedBy = decidedBy
        let gate = gates[index]
        tell(.stageFailed, gate, in: &work)
        withdraw(gate, in: &work)
        open(
            .stageFailed, subject: gate.name,
            cause: "Order \(number) failed the stage \(gate.name)"
                + (reason.map { ": " + $0.withoutFinalStop } ?? "") + ".",
            owner: gate.owner, suggestion: "Cancel the order, or pass the stage when the reason is settled.",
            in: &work)
    }

    /// Has its owner look at a gate that stays pending.
    mutating func ask(for index: Int, _ kind: OrderException.Kind, _ reason: String, in work: inout Work) {
        let gate = gates[index]
        gates[index].reason = reason
        withdraw(gate, in: &work)
        let suggestion =
            switch gate.kind {
            case .address: "Amend the address, or pass the stage if it is right as it is."
            case .payment: "Have the payment made, or cancel the order."
            case .approval where unanswerableReason(gate, in: work) != nil: Self.unanswerableSuggestion
            case .fraud, .approval, .remorse, .custom: "Pass the stage or fail it."
            }
        open(
            kind, subject: gate.name,
            cause: "Order \(number) waits at the stage \(gate.name): \(reason.withoutFinalStop).",
            owner: gate.owner, suggestion: suggestion, in: &work)
    }

    /// Takes back what was asked of people about a gate, before something else is.
    private mutating func withdraw(_ gate: Gate, in work: inout Work) {
        guard let asked = exception(of: gate) else { return }
        resolve(asked, because: "Something newer is asked for.", in: &work)
    }

    private mutating func tell(_ type: EventType, _ gate: Gate, in work: inout Work) {
        let (version, isAlone) = (work.configuration.channels[channel]?.version, isDecidedAlone(gate))
        work.record(type, on: &self) {
            $0.member("stage", gate.name)
            $0.member("note", gate.reason)
            if let score = gate.score { $0.member("score", score) }
            if isAlone { $0.member("alone", true) }
            $0.member("policy_version", version)
        }
    }

    /// What of a gate needs a person and is not settled.
    func exception(of gate: Gate) -> OrderException? {
        exceptions.first { $0.kind.isOfStage && $0.subject == gate.name }
    }
}

extension ChannelPolicy {
    /// A gate's stage as it is set up now; with the defaults of its kind where the channel has it no longer.
    func stage(of gate: Order.Gate) -> Stage {
        stages.first { $0.name == gate.name } ?? Stage(gate.name, kind: gate.kind)
    }
}

/// What of an order's line may come back for a reason: how many units, until when, at what fee, and why no more.
public struct Returnable: Hashable, Sendable {
    public let line: Int
    public let reason: Return.Reason
    public let units: Int64
    /// Until when all these units may be announced; nil where they are still under way.
    public let until: Timestamp?
    public let postage: ReturningPolicy.Payer
    public let isFree: Bool
    /// Why no more: a code with its sentence; nil where all that the customer has may come back.
    public let objection: Objection?

    public struct Objection: Hashable, Sendable {
        public let code: Refusal.Code
        public let text: String
    }
}

/// What of a whole order may come back for a reason.
struct Returning: Hashable, Sendable {
    var units: Int64 = 0
    /// nil where all of it is still under way.
    var until: Timestamp?
    /// Minor units kept of what it is worth.
    var fee: Int64 = 0
    var refund: Int64 = 0
    /// Why nothing may come back; nil where something may.
    var objection: String?
}

/// The questions that a return is asked by: what a channel granted as the order was placed and what it grants now, on a
/// day. Of the two, the customer has the better in each respect; nobody takes away what was granted to those who have
/// bought (docs/decisions/0033-rights-stay.md).
public struct ReturnRules: Sendable {
    /// What it grants, and how returns are run now.
    public let policy: ReturningPolicy
    /// The policy of each version that counts, with its days from delivery where no rule says otherwise.
    private let grants: [(policy: ReturningPolicy, days: Int64)]
    /// The version that the order was placed by.
    public let version: Int64
    /// SKUs of the order that never come back.
    public let finalSales: Set<String>
    public let now: Timestamp
    /// Whether only what was bought beside goods that went out once more is owed: the customer has the first ones.
    public let owesOnlyBought: Bool

    /// - Parameters:
    ///   - channel: As it is now.
    ///   - agreed: As it was when the order was placed; nil where that is the same.
    public init(
        _ channel: Channel, agreed: Channel? = nil, finalSales: Set<String>, at now: Timestamp,
        owesOnlyBought: Bool = false
    ) {
        self.owesOnlyBought = owesOnlyBought
        let versions = [channel] + (agreed.map { [$0] } ?? [])
        grants = versions.map { ($0.policy.returning, $0.policy.returnDays) }
        policy = agreed.map { channel.policy.returning.noWorse(than: $0.policy.returning) } ?? channel.policy.returning
        version = (agreed ?? channel).version
        self.finalSales = finalSales
        self.now = now
    }

    /// For one order, asked in a command.
    init(for order: Order, in work: Work) throws(Refusal) {
        self.init(
            try work.configuration.channel(order.channel), agreed: work.agreedChannel(of: order),
            finalSales: Set(order.lines.map(\.sku).filter { work.item($0)?.isReturnable == false }), at: work.now,
            owesOnlyBought: work.firstSet(of: order) != nil)
    }

    /// Days from delivery in which a unit may come back; nil for a final sale.
    func days(for sku: String, _ reason: Return.Reason) -> Int64? {
        grants.compactMap { grant in
            grant.policy.reasons.contains(reason) ? grant.policy.days(for: sku, reason, otherwise: grant.days) : nil
        }.max()
    }
}

extension Order {
    /// The channel as it was when the order was placed; nil where it is the same now. One query where it is not.
    public func agreedChannel(beside present: Channel, in db: any Connection) throws -> Channel? {
        guard policyVersion != present.version else { return nil }
        return try ChannelStore.channel(channel, version: policyVersion, in: db)
    }
}

extension Work {
    /// The channel as it was when an order was placed, for commands that asked; nil where it is the same now.
    fileprivate func agreedChannel(of order: Order) -> Channel? {
        rows.channelVersions[ChannelStore.Name(code: order.channel, version: order.policyVersion)] ?? nil
    }
}

extension Needs {
    /// What an order's channel granted as the order was placed, where it has changed since.
    mutating func agreedChannel(of id: OrderID, given work: Work) {
        guard let order = work.peek(id), let present = work.configuration.channels[order.channel],
            order.policyVersion != present.version
        else { return }
        channelVersion(ChannelStore.Name(code: order.channel, version: order.policyVersion))
    }
}

extension Order {
    /// When units of a line came to the customer, the first ones first; nil for those still under way. Lost units and
    /// those that the courier brought back are not among them.
    func arrivals(of line: Int) -> [(at: Timestamp?, units: Int64)] {
        var found: [(at: Timestamp?, units: Int64)] = []
        for fulfillment in fulfillments where fulfillment.state.hasLeft {
            let boxes = boxes(of: fulfillment.number)
            if fulfillment.method == .pickup || boxes.isEmpty {
                let units = fulfillment.lines.reduce(Int64(0)) { $1.line == line ? $0 + $1.quantity : $0 }
                found.append((fulfillment.state == .shipped ? nil : fulfillment.updatedAt, units))
                continue
            }
            for box in boxes where !box.isGone {
                found.append((box.arrivedAt, box.units(of: line)))
            }
        }
        return found.filter { $0.units > 0 }.sorted { ($0.at ?? .latest) < ($1.at ?? .latest) }
    }

    /// Units of a line that customers have returned or announced, beside one return.
    private func used(_ line: Int, beside number: Int?) -> Int64 {
        returns.reduce(0) { sum, entry in
            guard entry.number != number else { return sum }
            return entry.lines.reduce(sum) { sum, part in
                guard part.line == line, part.reason != .undelivered else { return sum }
                return sum + part.received + (entry.state.isOpen ? part.expected : 0)
            }
        }
    }

    /// Units of a line that a customer has, or will have, and no return speaks of; those that came first are taken to
    /// have gone back first.
    func kept(_ line: Int, beside number: Int? = nil) -> [(at: Timestamp?, units: Int64)] {
        var gone = used(line, beside: number)
        return arrivals(of: line).compactMap { arrival in
            let taken = min(gone, arrival.units)
            gone -= taken
            return arrival.units > taken ? (arrival.at, arrival.units - taken) : nil
        }
    }

    /// What of a line may come back, for each reason of the policy.
    func returnable(_ line: OrderLine, by rules: ReturnRules) -> [Returnable] {
        let kept = kept(line.number)
        return rules.policy.reasons.map { returnable(line, for: $0, of: kept, by: rules) }
    }

    public func returnable(_ number: Int, for reason: Return.Reason, by rules: ReturnRules) -> Returnable? {
        line(number).map { returnable($0, for: reason, of: kept(number), by: rules) }
    }

    private func returnable(
        _ line: OrderLine, for reason: Return.Reason, of kept: [(at: Timestamp?, units: Int64)], by rules: ReturnRules
    ) -> Returnable {
        let isFree = rules.policy.freeReasons.contains(reason)
        func answer(_ units: Int64, until: Timestamp?, _ objection: Returnable.Objection?) -> Returnable {
            Returnable(
                line: line.number, reason: reason, units: units, until: until,
                postage: isFree ? .merchant : rules.policy.postage, isFree: isFree, objection: objection)
        }
        guard rules.policy.reasons.contains(reason) else {
            let words = rules.policy.reasons.map(\.rawValue).joined(separator: ", ")
            return answer(
                0, until: nil, .init(
                    code: .reasonNotAllowed,
                    text: "channel \(channel) takes nothing back as \(reason.rawValue); its reasons are: \(words)"))
        }
        guard let days = rules.days(for: line.sku, reason),
            !rules.finalSales.contains(line.sku)
        else { return answer(0, until: nil, .init(code: .notReturnable, text: "\(line.sku) is a final sale")) }
        let open = kept.filter { $0.at.map { $0 + .days(days) >= rules.now } ?? true }
        let units = open.reduce(Int64(0)) { $0 + $1.units }
        let until = open.compactMap { $0.at.map { $0 + .days(days) } }.min()
        if let last = kept.filter({ $0.at.map { $0 + .days(days) < rules.now } ?? false }).last?.at {
            let lateUnits = kept.reduce(Int64(0)) { $0 + $1.units } - units
            return answer(
                units, until: until, .init(
                    code: .returnWindowClosed,
                    text: "\(lateUnits) × \(line.sku) could be returned until \(last + .days(days)), "
                        + "\(days) days from delivery"))
        }
        guard units == 0 else { return answer(units, until: until, nil) }
        return answer(
            0, until: nil, .init(
                code: .notReturnable,
                text: "no unit of \(line.sku) is with the customer: \(line.shipped) sent, \(line.returned) returned, "
                    + "\(announced(line.number)) announced"))
    }

    /// Of units that may come back, those that are paid for, and those that were refunded by hand before.
    private func owed(_ answer: Returnable, by rules: ReturnRules) -> (units: Int64, refunded: Int64) {
        let units = rules.owesOnlyBought
            ? bought(among: [answer.line: answer.units], areHere: false)[answer.line] ?? 0 : answer.units
        let refunded = min(units, unitsRefundedByHand(answer.line))
        return (units - refunded, refunded)
    }

    /// What is paid of what is owed, and not set off.
    func paid(ofOwed amount: Int64, by rules: ReturnRules) -> Int64 {
        min(parts(ofOwed: amount).paid, rules.owesOnlyBought ? refundableBeside : .max)
    }

    /// What of a whole order may come back for a reason: units, until when the last of them, what is kept of their
    /// worth, and what is given back; or why nothing may.
    func returnable(for reason: Return.Reason, by rules: ReturnRules) -> Returning {
        let scale = CreditScale(self, creditBalance)
        var (sum, worth, objection) = (Returning(), Int64(0), String?.none)
        for line in lines {
            let answer = returnable(line, for: reason, of: kept(line.number), by: rules)
            objection = objection ?? answer.objection?.text
            guard answer.units > 0 else { continue }
            sum.units += answer.units
            sum.until = max(sum.until ?? .earliest, answer.until ?? .earliest)
            worth += scale.worth(of: owed(answer, by: rules).units, ofLine: line.number)
        }
        if sum.until == .earliest { sum.until = nil }
        var terms = ReturnTerms()
        if !rules.policy.freeReasons.contains(reason) {
            (terms.feeFixed, terms.feePercent) = (rules.policy.feeFixed, rules.policy.feePercent)
        }
        sum.fee = terms.fee(ofGoodsWorth: worth)
        sum.refund = paid(ofOwed: worth - sum.fee, by: rules)
        sum.objection = sum.units > 0 ? nil : objection ?? "nothing was sent"
        return sum
    }

    /// The lines of an order with what may come back of each, and for which reason.
    public func writeReturnable(by rules: ReturnRules, to json: inout JSONWriter) {
        let scale = CreditScale(self, creditBalance)
        let answersOfLines = lines.map { returnable($0, by: rules) }
        json.array("data") { list in
            for (line, answers) in zip(lines, answersOfLines) {
                let most = answers.max { ($0.units, $0.until ?? .latest) < ($1.units, $1.until ?? .latest) }
                list.object {
                    $0.member("line", OrderLineID(id, line.number).description)
                    $0.member("sku", line.sku)
                    $0.member("shipped", line.shipped)
                    $0.member("returned", line.returned)
                    $0.member("announced", announced(line.number))
                    $0.member("returnable", most?.units ?? 0)
                    $0.member("until", most?.until)
                    $0.member("reason", most?.units == 0 ? most?.objection?.text : nil)
                    $0.array("reasons") { list in
                        for answer in answers { write(answer, by: rules, scale, to: &list) }
                    }
                }
            }
        }
    }

    private func write(
        _ answer: Returnable, by rules: ReturnRules, _ scale: CreditScale, to json: inout JSONWriter
    ) {
        var terms = ReturnTerms()
        if !answer.isFree { (terms.feeFixed, terms.feePercent) = (rules.policy.feeFixed, rules.policy.feePercent) }
        let (units, refunded) = owed(answer, by: rules)
        let worth = scale.worth(of: units, ofLine: answer.line)
        let fee = terms.fee(ofGoodsWorth: worth)
        json.object {
            $0.member("reason", answer.reason.rawValue)
            $0.member("returnable", answer.units)
            $0.member("until", answer.until)
            $0.member("postage", answer.postage.rawValue)
            $0.member("fee", Money(fee, currency))
            $0.member("refund", Money(paid(ofOwed: worth - fee, by: rules), currency))
            $0.member("already_refunded", refunded)
            $0.member("code", answer.objection?.code.rawValue)
            $0.member("why_not", answer.objection?.text)
        }
    }
}

extension Parcel {
    /// Whether its units never came to the customer.
    var isGone: Bool {
        switch state {
        case .lost, .delivered: arrivedAt == nil
        case .returnedToSender: true
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception: false
        }
    }

    /// When it came to the door.
    var arrivedAt: Timestamp? {
        if let claim {
            switch claim.resolution {
            case .arrived: return claim.at
            // It is paid for: what is found after all is the customer's like any other.
            case .none: return claim.foundAt
            // Its money is back, or other goods are there instead: what is found is not theirs by this order.
            case .refund: return claim.isPart ? claim.foundAt : nil
            case .reship: return claim.endedAt == nil ? nil : claim.foundAt
            }
        }
        return state == .delivered ? updatedAt : nil
    }
}

/// Giving a customer what came back: each unit is credited once, and exact to the minor unit in whatever parts and
/// order the goods come, since a credit memo goes on where the one before it ended.
extension Order {
    /// The units of a return that are here and not credited, by line; and those that its courier did not bring with
    /// them. Where it brought nothing at all its parcel is lost, and settled as such.
    func uncredited(_ index: Int) -> [Int: Int64] {
        let entry = returns[index]
        var units: [Int: Int64] = [:]
        for line in entry.lines where line.received > line.credited {
            units[line.line] = line.received - line.credited
        }
        guard !entry.isEmpty else { return units }
        for (line, missing) in entry.undelivered { units[line, default: 0] += missing - (entry.terms.lost[line] ?? 0) }
        return units.filter { $0.value > 0 }
    }

    /// What its courier did not bring of a return is settled with it: nobody has to see to those units any more.
    mutating func closeUndelivered(of index: Int) {
        returns[index].terms.lost = returns[index].undelivered
        countClosed(returns[index].lines.map(\.line))
    }

    /// Whether a return is paid only once it is known what became of money that is still being captured.
    func awaitsCapture(for entry: Return) -> Bool {
        isBeingCaptured && worth(of: entry).values.reduce(0, +) > refundable()
    }

    /// Gives back what the received units are worth by the return's terms, as far as it was not given yet.
    ///
    /// - Parameter target: nil for where it was agreed to go.
    /// - Returns: false while money that it takes is still being captured; nothing is given then.
    mutating func payReturn(_ index: Int, to target: CreditTarget? = nil, in work: inout Work) throws -> Bool {
        var units = uncredited(index)
        if returns[index].terms.successor?.kind == .reshipment || isSettledAsLost(returns[index]) {
            returns[index].credit([:])  // what the units are worth was given when they were lost, or sent once more
            closeUndelivered(of: index)
            return true
        }
        var isPart = false
        if work.firstSet(of: self) != nil {
            if canEndReshipment(in: work) {
                try endReshipment(settledBeside: returns[index].number, in: &work)
                closeUndelivered(of: index)
                units = uncredited(index)
                if units.isEmpty { try giveBackCharges(settling: .entry(returns[index].number), in: &work) }
            } else {
                (units, isPart) = (bought(among: units), true)
                guard !units.isEmpty else { return false }
            }
        }
        guard !units.isEmpty else {
            try endExchange(of: index, in: &work)
            return true
        }
        let covered = covered(units)
        let uncovered = units.without(covered)
        let worth = creditWorth(of: uncovered, creditBalance)
        var credited = returns[index]
        credited.credit(worth, units: isPart ? units : nil)
        credited.terms.covered.merge(covered, uniquingKeysWith: +)
        let fee = credited.terms.feeTaken - returns[index].terms.feeTaken
        let refundable = isPart ? refundableBeside : refundable()
        let owed = worth.values.reduce(0, +) - fee + charges(of: index, in: work)
            - givenBefore(for: returns[index], of: worth, uncovered)
        if owed > refundable, isBeingCaptured { return false }
        if !isPart, isPaidByDoors(owed, of: returns[index].terms.parcel) { return false }
        returns[index] = credited
        closeUndelivered(of: index)
        let place = target ?? agreedTarget(of: index)
        // What was never paid for is set off before anything is paid out.
        let (setOff, payable) = parts(ofOwed: owed, of: returns[index].terms.parcel)
        let paid = min(payable, refundable)
        guard setOff + paid + fee > 0 || isRoundedAway(worth) else {
            try endExchange(of: index, in: &work)
            return true
        }
        try credit(setOff + paid + fee, of: uncovered, retained: fee, setOff: setOff, to: place, for: index, in: &work)
        if setOff > 0 { try settleUnpaid(in: &work) }
        try giveBackChargesOfFirst(settling: .entry(returns[index].number), in: &work)
        return true
    }

    /// Whether something of what is owed is to come from doors that parcels are on their way to: it waits for that.
    private func isPaidByDoors(_ owed: Int64, of parcel: Int?) -> Bool {
        guard cashUnderWay > 0 else { return false }
        let (setOff, paid) = parts(ofOwed: owed, of: parcel)
        return setOff + paid < owed
    }

    /// What doors brought, or do not bring any more, is not waited for: returns that did are paid by a job.
    func payReturnsThatWaited(since before: Order, in work: inout Work) {
        guard !returns.isEmpty, cashUnderWay < before.cashUnderWay else { return }
        for entry in returns where entry.state == .received || entry.state == .inspected {
            work.enqueue(.settleReturn, of: id, payload: String(entry.number), due: work.now)
        }
    }

    /// Whether units are worth nothing by themselves and something together: they too are credited, one after another,
    /// so that the last of them close what their line is worth.
    func isRoundedAway(_ worth: [Int: Int64]) -> Bool {
        let values = lineValues
        return worth.values.allSatisfy { $0 == 0 } && worth.keys.contains { values[$0 - 1] > 0 }
    }

    /// What a return would give for the units that are not credited, less its fee, as far as money was taken: minor
    /// units.
    ///
    /// - Parameter isAllHere: Whether units that are still to come are taken to be here.
    public func owed(for entry: Return, isAllHere: Bool = false) -> Int64 {
        guard let index = returns.firstIndex(where: { $0.number == entry.number }) else { return 0 }
        var units = uncredited(index)
        if isAllHere { for line in entry.lines { units[line.line, default: 0] += line.expected } }
        units = units.filter { $0.value > 0 }
        let worth = creditWorth(of: units, creditBalance)
        var credited = entry
        credited.credit(worth)
        let owed = worth.values.reduce(0, +) - (credited.terms.feeTaken - entry.terms.feeTaken)
            + charges(of: index, in: nil)
            - givenBefore(for: entry, of: worth, units)
        return max(0, parts(ofOwed: owed, of: entry.terms.parcel).paid)
    }

    /// What was given for a parcel when it was lost, less than it was worth, and was not reckoned with yet: it comes
    /// off what its goods are worth that their courier brings back.
    ///
    /// The last units of a line are worth what is left of it: that was reckoned with by then.
    private func givenBefore(for entry: Return, of worth: [Int: Int64], _ units: [Int: Int64]) -> Int64 {
        let parcel = parcels.first { $0.number == entry.terms.parcel }
        guard let claim = parcel?.claim, claim.isPart, claim.refunded > 0 else { return 0 }
        let scale = CreditScale(self, creditBalance)
        let left = worth.values.reduce(0, +)
        let reckoned = max(0, units.reduce(0) { $0 + scale.wholeWorth(of: $1.value, ofLine: $1.key) } - left)
        return min(left, max(0, claim.refunded - reckoned - (entry.worth - entry.refunded)))
    }

    /// What of the units that were credited for a return paid what the customer still owed: minor units.
    public func setOff(for entry: Return) -> Int64 {
        let subject = ReturnID(id, entry.number).description
        return standingMemos.reduce(0) { $1.subject == subject ? $0 + $1.setOff : $0 }
    }

    /// What was not paid back of what a return is worth, and why; nil where all was.
    public func notPaidBack(for entry: Return) -> NotPaidBack? {
        NotPaidBack(entry.worth - entry.terms.feeTaken - setOff(for: entry) - entry.refunded, of: self)
    }

    private func agreedTarget(of index: Int) -> CreditTarget {
        switch returns[index].terms.refundTo {
        case .source: .source()
        case .storeCredit: creditAccount == nil ? .source() : .storeCredit
        }
    }

    /// What goes back beside the goods: shipping and fees, where the courier brought all of an order back.
    private func charges(of index: Int, in work: Work?) -> Int64 {
        guard returns[index].lines.allSatisfy({ $0.reason == .undelivered }) else { return 0 }
        return chargesOfNothing(settling: .entry(returns[index].number), in: work)
    }

    /// Gives an amount that a person names for the units that are here and not credited.
    ///
    /// - Throws: `.amountExceedsCaptured` when less was taken; `.amountExceedsBalance` when less is left to credit;
    ///   `.forbidden`.
    mutating func give(_ amount: Int64, to target: CreditTarget, for index: Int, in work: inout Work) throws {
        var units = uncredited(index)
        // Beside goods that go out once more, and whose first ones the customer has, only their own purchase is paid.
        let isPart = work.firstSet(of: self)?.isWhole == true
        if isPart { units = bought(among: units) }
        let worth = creditWorth(of: units, creditBalance).values.reduce(charges(of: index, in: work), +)
        try requireRight(toGive: amount, forGoodsWorth: worth, in: work)
        returns[index].credit([:], units: isPart ? units : nil)
        closeUndelivered(of: index)
        guard amount > 0 else { return try endExchange(of: index, in: &work) }
        try credit(amount, of: units, retained: 0, setOff: 0, to: target, for: index, in: &work)
    }

    private mutating func credit(
        _ amount: Int64, of units: [Int: Int64], retained: Int64, setOff: Int64, to target: CreditTarget,
        for index: Int, in work: inout Work
    ) throws {
        let subject = ReturnID(id, returns[index].number).description
        guard var draft = draft(amount, .returned, reason: "return", subject: subject, units: units) else {
            let left = refundable()
            throw amount > left ? amountExceedsCaptured(amount, left) : amountExceedsBalance(amount)
        }
        draft.retained += retained
        draft.setOff = setOff
        if retained == 0, payments.contains(where: \.isCash), let charges = draft.takeOutChargesSetOff() {
            try credit(charges, in: &work)
        }
        returns[index].refunded += draft.payable
        guard let other = try successor(of: index, in: work) else {
            try credit(draft, to: target, in: &work)
            return
        }
        let memo = issue(draft, in: &work)
        let moved = try move(memo, upTo: draft.payable, to: other, in: &work)
        try pay(memo, moved.reduce(draft.payable) { $0 - $1.amount }, to: target, in: &work)
        try endExchange(of: index, bringing: moved, in: &work)
    }

    /// Whether the agreed time to pay for what is here of a return has come.
    fileprivate func isPayable(_ index: Int, in work: Work) throws -> Bool {
        let isDone = returns[index].state == .inspected
        // While its customer has the first parcel's goods, only what they bought beside those is paid.
        if work.firstSet(of: self) != nil {
            if isDone, canEndReshipment(in: work) { return true }
            guard !bought(among: uncredited(index)).isEmpty else { return false }
        }
        switch returns[index].terms.refundAt {
        case .settlement: return false
        case .inspection: guard isDone || returns[index].isJudged else { return false }
        case .receipt: break
        }
        // What goes out in exchange is paid for once, by all that comes.
        return try isDone || !returns[index].isWaiting || successor(of: index, in: work) == nil
    }

    /// Ends what went out once more, where a return has brought the last of it. What was bought beside waits for the
    /// time that was agreed for its money.
    ///
    /// - Returns: Whether nothing is to be paid for the return any more.
    private mutating func endReshipment(with index: Int, in work: inout Work) throws -> Bool {
        guard canEndReshipment(in: work) else { return false }
        try endReshipment(settledBeside: returns[index].number, in: &work)
        guard uncredited(index).isEmpty else { return false }
        closeUndelivered(of: index)
        try giveBackCharges(settling: .entry(returns[index].number), in: &work)
        return true
    }

    /// What the agreed time of the refund asks for now that a return has moved on: paid at receipt or once it is
    /// judged, each part as it comes; closed once all of it is. Money that is still being captured is waited for by a
    /// job.
    mutating func followTerms(of index: Int, in work: inout Work) throws {
        let isDone = returns[index].state == .inspected
        let isOver = try isDone && endReshipment(with: index, in: &work)
        guard try isOver || isPayable(index, in: work) else {
            if isDone, work.firstSet(of: self) != nil { askForSettlement(of: index, in: &work) }
            return
        }
        guard try payReturn(index, in: &work) else {
            guard isBeingCaptured else { return }  // a door's news has it paid
            work.enqueue(
                .settleReturn, of: id, payload: String(returns[index].number), due: work.now + .minutes(1))
            return
        }
        guard isDone else { return }
        if work.firstSet(of: self) != nil, !uncredited(index).isEmpty { return askForSettlement(of: index, in: &work) }
        try returns[index].apply(.settle, at: work.now)
        record(.returnSettled, returns[index], in: &work)
    }
}

/// What is not paid back of what units are worth, though no fee was kept of it and nothing set off.
public struct NotPaidBack: Hashable, Sendable {
    public enum Reason: String, CaseIterable, Sendable {
        /// No more was taken of the customer that they have not had back.
        case exceedsCaptured = "exceeds_captured"
        /// Money is still being captured: a return that is paid before that is done waits for it.
        case capturePending = "capture_pending"
    }

    /// Minor units, above zero.
    public let amount: Int64
    public let reason: Reason

    /// - Returns: nil for nothing.
    init?(_ amount: Int64, of order: Order) {
        guard amount > 0 else { return nil }
        self.amount = amount
        self.reason = order.isBeingCaptured ? .capturePending : .exceedsCaptured
    }
}

extension NotPaidBack? {
    /// As the member `not_paid_back`.
    func write(to json: inout JSONWriter, in currency: Currency) {
        json.name("not_paid_back")
        guard let self else { return json.null() }
        json.object {
            $0.member("amount", Money(self.amount, currency))
            $0.member("reason", self.reason.rawValue)
        }
    }
}

/// Job: money of a return that was still being captured when the goods came is given back now.
///
/// - Throws: `.illegalTransition` while it is not captured yet: the job is tried again.
struct PayReturn: Command {
    static let name = "pay-return"
    let id: ReturnID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderWithReturn(id, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        _ = try work.waiting(job)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        let state = order.returns[index].state
        guard state == .received || state == .inspected, try order.isPayable(index, in: work) else {
            work.finish(job)
            return Reply(body: "{}")  // a person was quicker, or more came that is to be judged first
        }
        guard try order.payReturn(index, in: &work) else {
            guard order.isBeingCaptured else {
                work.finish(job)
                return Reply(body: "{}")  // a door's news has it paid
            }
            throw Refusal(.illegalTransition, "the money of order \(order.number) is still being captured")
        }
        work.finish(job)
        try order.followTerms(of: index, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

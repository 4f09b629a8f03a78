/// What units that came back are worth, and giving it to the customer: each unit once, and exact to the minor unit in
/// whatever parts and order the goods come.
extension Order {
    /// Units of a line whose worth is settled.
    func credited(_ line: Int) -> Int64 {
        returns.reduce(0) { sum, entry in entry.lines.reduce(sum) { $1.line == line ? $0 + $1.credited : $0 } }
    }

    /// Settles what the units that are here and not settled are worth, behind all that was settled before.
    private mutating func credit(_ index: Int) {
        for place in returns[index].lines.indices {
            let line = returns[index].lines[place]
            let units = line.received - line.credited
            guard units > 0 else { continue }
            returns[index].lines[place].worth += value(
                ofReturned: units, behind: credited(line.line), line: line.line)
            returns[index].lines[place].credited = line.received
        }
        let terms = returns[index].terms
        let liable = returns[index].lines.reduce(Int64(0)) {
            terms.freeLines.contains($1.line) ? $0 : $0 + $1.worth
        }
        returns[index].terms.feeTaken = max(terms.feeTaken, terms.fee(ofGoodsWorth: liable))
    }

    /// Gives back what the received units are worth and was not given yet.
    ///
    /// - Returns: false while money that it takes is still being captured; nothing is given then.
    mutating func payReturn(_ index: Int, in work: inout Work) throws -> Bool {
        credit(index)
        let owed = max(0, returns[index].worth - returns[index].refunded)
        let refundable = payments.reduce(Int64(0)) { $0 + $1.refundable }
        if owed > refundable, payments.contains(where: { $0.capturePending > 0 }) { return false }
        try give(min(owed, refundable), for: index, in: &work)
        return true
    }

    /// Gives an amount to the customer for a return. - Throws: `.amountExceedsCaptured`.
    mutating func give(_ amount: Int64, for index: Int, in work: inout Work) throws {
        credit(index)
        guard amount > 0 else { return }
        try refund(
            amount, reason: "return", subject: ReturnID(id, returns[index].number).description, in: &work)
        returns[index].refunded += amount
    }

    /// What the agreed time of the refund asks for now that a return has moved on: paid at receipt, or paid and closed
    /// once all of it is judged. Money that is still being captured is waited for by a job.
    mutating func followTerms(of index: Int, in work: inout Work) throws {
        let isDone = returns[index].state == .inspected
        switch returns[index].terms.refundAt {
        case .settlement: return
        case .inspection: guard isDone else { return }
        case .receipt: break
        }
        guard try payReturn(index, in: &work) else {
            work.enqueue(
                .settleReturn, of: id, payload: String(returns[index].number), due: work.now + .minutes(1))
            return
        }
        guard isDone else { return }
        try returns[index].apply(.settle, at: work.now)
        record(.returnSettled, returns[index], in: &work)
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
        needs.order(id.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        guard work.job(job) != nil else { throw Refusal(.notFound, "the job \(job) is done already") }
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        let state = order.returns[index].state
        guard state == .received || state == .inspected else {
            work.finish(job)
            return Reply(body: "{}")  // a person was quicker
        }
        guard try order.payReturn(index, in: &work) else {
            throw Refusal(.illegalTransition, "the money of order \(order.number) is still being captured")
        }
        work.finish(job)
        try order.followTerms(of: index, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

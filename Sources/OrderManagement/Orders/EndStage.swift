/// Job: a stage's time is up. An order that is over, or a stage that was decided meanwhile, leaves nothing to do.
///
/// 1. Passes what passes by itself by now.
/// 2. Does to the order what the stage's time-out says: pass, fail, cancel, or tell its owner.
/// 3. Releases what is ready.
struct EndStage: Command {
    static let name = "end-stage"
    let order: OrderID
    let stage: String
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderWithStock(order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(self.order)
        // A stage that was entered again has another job for its new time.
        guard OrderStatus(of: order).overall == .open,
            let index = order.gates.firstIndex(where: { $0.name == stage }), order.gates[index].state == .pending,
            let due = order.gates[index].due, due <= work.now, !order.gates[index].isOverdue
        else { return Reply(body: "{}") }
        order.passGates(in: &work)
        if order.gates[index].state == .pending { try order.endTime(of: index, in: &work) }
        try order.releaseWhenReady(try work.configuration.channel(order.channel), in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Order {
    fileprivate mutating func endTime(of index: Int, in work: inout Work) throws {
        let reason = "its time was up at \(gates[index].due ?? work.now)"
        switch gates[index].timeOut {
        case .pass: pass(index, reason, by: nil, in: &work)
        case .fail: fail(index, reason, by: nil, in: &work)
        case .cancel:
            let units = unreleased
            guard !units.isEmpty else { return remind(index, reason, in: &work) }
            let cause: CancelOrder.Reason =
                switch gates[index].kind {
                case .payment: .unpaid
                case .fraud: .fraud
                case .approval, .custom: .merchant  // the retailer did not answer: their customer pays nothing for that
                case .address, .remorse: .other
                }
            try giveUp(
                units, for: cause, until: .open, try work.configuration.channel(channel), in: &work)
            if OrderStatus(of: self).overall == .open, gates[index].state == .pending {
                remind(index, reason, in: &work)
            }
        case .exception: remind(index, reason, in: &work)
        }
    }

    /// Tells the owner that time is up, once; one who was asked before keeps what was asked.
    private mutating func remind(_ index: Int, _ reason: String, in work: inout Work) {
        gates[index].isOverdue = true
        guard exception(of: gates[index]) == nil else { return }
        let alone = unanswerableReason(gates[index], in: work).map { ", and \($0)" } ?? ""
        ask(for: index, .stageOverdue, reason + alone, in: &work)
    }

    /// Units that no location works on yet.
    private var unreleased: [Int: Int64] {
        var units: [Int: Int64] = [:]
        for line in lines where line.backordered > 0 { units[line.number] = line.backordered }
        for fulfillment in fulfillments where fulfillment.state == .open {
            for line in fulfillment.lines { units[line.line, default: 0] += line.quantity }
        }
        return units
    }
}

/// Job: somebody should have looked by now at a hold that has no end. Its owner is told, once at a time; it stands on,
/// and is looked at again.
struct ReviewHold: Command {
    static let name = "review-hold"
    let hold: HoldID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(hold.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(hold.order)
        let overall = OrderStatus(of: order).overall
        guard overall != .cancelled, let index = order.holds.firstIndex(where: { $0.number == hold.number }),
            order.holds[index].stands, let due = order.holds[index].reviewBy
        else { return Reply(body: "{}") }
        let next = work.now + Order.Hold.reviewedWithin
        order.holds[index].reviewBy = next
        work.enqueue(.reviewHold, of: order.id, payload: String(hold.number), due: next)
        if overall == .open { order.tellUnseen(order.holds[index], due: due, in: &work) }
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Order {
    fileprivate mutating func tellUnseen(_ hold: Hold, due: Timestamp, in work: inout Work) {
        let name = HoldID(id, hold.number).description
        guard !exceptions.contains(where: { $0.isOpen && $0.kind == .holdOverdue && $0.subject == name }) else {
            return
        }
        let what = hold.lines.isEmpty ? "Order \(number)" : "A part of order \(number)"
        let note = hold.note.map { ": \($0.withoutFinalStop)" } ?? ""
        open(
            .holdOverdue, subject: name,
            cause: "\(what) is on hold since \(hold.at) (\(hold.reason)\(note)), with no end. It was to be looked at "
                + "by \(due).",
            owner: hold.owner,
            suggestion: "Lift it when its reason is settled, or cancel the order. It does not lift by itself.",
            within: .days(1), in: &work)
    }

    /// The standing hold that an exception is about.
    func standingHold(_ subject: String?) -> Hold? {
        guard let name = subject.flatMap({ HoldID($0) }), name.order == id else { return nil }
        return holds.first { $0.number == name.number && $0.stands }
    }
}

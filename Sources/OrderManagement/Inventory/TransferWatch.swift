/// Job: what another location brings to a store for an order should be there by now. Where it is not, a person hears of
/// it: at the location that has not sent it, or at the store that has not received it.
struct ChaseTransfer: Command {
    static let name = "chase-transfer"
    let order: OrderID
    let transfer: TransferID
    let job: JobID

    /// - Throws: `BrokenInvariant` where the job names no transfer.
    init(job: Job, of order: OrderID) throws(BrokenInvariant) {
        guard let id = Int64(job.payload) else { throw BrokenInvariant("the job \(job.id) names no transfer") }
        (self.order, transfer, self.job) = (order, TransferID(id), job.id)
    }

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(order)
        needs.transfer(transfer)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(self.order)
        let transfer = try work.transfer(self.transfer)
        order.tellOverdue(transfer, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Transfer {
    /// How long after its day it may still be under way.
    static let grace = Seconds.days(1)

    fileprivate var toComeText: String {
        lines.filter { $0.toCome > 0 }.map { "\($0.toCome) × \($0.sku)" }.joined(separator: ", ")
    }
}

extension Order {
    /// Has somebody told when what is brought for it does not come.
    func watch(_ transfer: Transfer, in work: inout Work) {
        work.enqueue(
            .chaseTransfer, of: id, payload: String(transfer.id.value),
            due: max(transfer.due, work.now) + Transfer.grace)
    }

    /// What had not left has: it is with somebody else to see to it from now on.
    mutating func watchSent(_ transfer: Transfer, in work: inout Work) {
        let shown = exceptions.first { $0.kind == .transferOverdue && $0.subject == transfer.id.description }
        guard let shown, shown.isOpen else { return }
        resolve(shown, because: "It has left \(transfer.from).", in: &work)
        watch(transfer, in: &work)
    }

    fileprivate mutating func tellOverdue(_ transfer: Transfer, in work: inout Work) {
        let name = transfer.id.description
        guard fulfillments.contains(where: { $0.transfer == transfer.id }),
            !exceptions.contains(where: { $0.isOpen && $0.kind == .transferOverdue && $0.subject == name })
        else { return }
        let isSent = transfer.state == .sent
        let place = isSent ? transfer.to : transfer.from
        open(
            .transferOverdue, subject: name, location: place,
            cause: "\(transfer.toComeText) of order \(number) should have come from \(transfer.from) to "
                + "\(transfer.to) by \(transfer.due), and " + (isSent ? "never did." : "have not been sent."),
            owner: place,
            suggestion: isSent
                ? "Look for it: say what has arrived, or that nothing more comes, and its units find another place."
                : "Send it now; or give it up, and its units find another place.",
            in: &work)
    }
}

/// Orders whose approval nobody is left to give, since somebody was ended who might have given it.
extension JobRunner {
    /// Orders that one job looks at before it makes way.
    static let waitingMax = 100

    /// Walks along the orders that wait at some stage, and has those told of whose approval nobody is left to give.
    func reviewApprovals(_ job: Job) async throws {
        let place = try OrderStore.StagePlace(job.payload)
        let (page, alone) = try await waybill.read { db in
            let page = try OrderStore.waiting(after: place, limit: Self.waitingMax, in: db)
            let (orders, people) = (
                try OrderStore.orders(page.map(\.order), in: db), try UserStore.approvers(in: db)
            )
            return (page, page.map(\.order).filter { orders[$0]?.waitsForNobody(among: people) == true })
        }
        for order in alone { _ = try await waybill.perform(TellLoneApproval(order: order), as: .system) }
        let next = page.count == Self.waitingMax ? page.last : nil
        _ = try await waybill.perform(
            FinishJob(job: job.id, followUp: next.map { (.reviewApprovals, $0.text) }), as: .system)
    }
}

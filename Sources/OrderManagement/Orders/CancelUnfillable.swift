/// Job: units have waited for stock as long as the channel lets them. What still waits is cancelled as unfillable.
struct CancelUnfillable: Command {
    static let name = "cancel-unfillable"
    let order: OrderID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderWithStock(order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(self.order)
        let channel = try work.configuration.channel(order.channel)
        guard let since = order.backorderedSince, let days = channel.policy.cancelling.unfillableDays else {
            return Reply(body: "{}")
        }
        let end = since + .days(days)
        guard end <= work.now else {
            work.enqueue(.cancelUnfillable, of: order.id, due: end)
            return Reply(body: "{}")
        }
        var units: [Int: Int64] = [:]
        var latest: Timestamp?
        for line in order.lines where line.backordered > 0 {
            // Who buys in advance waits for the date, not for stock.
            if line.isPreorder(at: work.now) {
                latest = [latest, line.availableFrom].compactMap { $0 }.max()
            } else {
                units[line.number] = line.backordered
            }
        }
        if let latest { work.enqueue(.cancelUnfillable, of: order.id, due: latest + .days(days)) }
        guard !units.isEmpty else { return Reply(body: "{}") }
        try order.giveUp(units, for: .unfillable, channel, in: &work)
        try order.releaseWhenReady(channel, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

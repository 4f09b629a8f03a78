/// Gives units that arrived to an order that waits for them: one order of the queue of a SKU.
///
/// 1. Sources the backordered units of that SKU, leaving out the locations that rejected units of the order.
/// 2. Releases what is ready.
///
/// A job asks it for each waiting order in the order of their placing, until nothing is left to give.
struct FillBackorders: Command {
    static let name = "fill-backorders"
    let order: OrderID
    let sku: String

    func needs(_ needs: inout Needs, given work: Work) { needs.orderWithStock(order, given: work) }

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        let before = try work.order(self.order)
        var order = before
        let channel = try work.configuration.channel(order.channel)
        var wanted: [Int: Int64] = [:]
        let leftOut = order.rejectingLocations
        let offered = work.levels(of: sku).reduce(Int64(0)) { sum, level in
            channel.sells(from: level.location) && !leftOut.contains(level.location) ? sum + level.promisable : sum
        }
        guard offered > 0 else { return Reply(body: "{}") }
        for line in order.lines where line.units(of: sku) > 0 && line.backordered > 0 {
            wanted[line.number] = line.backordered
            order.lines[line.number - 1].backordered = 0
        }
        guard !wanted.isEmpty else { return Reply(body: "{}") }
        let filled = try order.source(wanted, channel: channel, in: &work)
        guard filled > 0 else {
            throw Refusal(.insufficientStock, "no unit of \(sku) is left for order \(order.number)")
        }
        order.leaveQueues(since: before, serving: sku, in: &work)
        try order.releaseWhenReady(channel, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

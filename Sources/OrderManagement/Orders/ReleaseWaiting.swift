/// Looks at an order anew since its channel was changed: what the policy lets go now does not wait for another cause.
///
/// 1. Passes the gates that pass by themselves as the channel is now.
/// 2. Releases what is ready.
struct ReleaseWaiting: Command {
    static let name = "release-waiting"
    let order: OrderID

    func needs(_ needs: inout Needs, given work: Work) { needs.orderWithStock(order, given: work) }

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        var order = try work.order(self.order)
        let before = order
        order.passGates(in: &work)
        try order.releaseWhenReady(try work.configuration.channel(order.channel), in: &work)
        if order != before { work.update(order) }
        return Reply(body: "{}")
    }
}

/// Gives up the units of one fulfillment: they are cancelled in the order and go back to stock.
///
/// It is a cancellation by the merchant, as one of the same units of the order is: the channel's policy says until
/// when, and what it costs.
///
/// 1. Checks that the policy lets its units be cancelled in the state that they are in.
/// 2. Gives them back to stock in the same commit; a location that has picked them is asked to put them back.
/// 3. Keeps what policy says that cancelling costs, and lets go of the money that will never be earned.
///
/// - Throws: `.illegalTransition` once they have left, or were rejected; `.tooLateToCancel`.
public struct CancelFulfillment: Command {
    public static let name = "cancel-fulfillment"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        _ = try step.fulfillment.after(.cancel)
        let channel = try work.configuration.channel(step.order.channel)
        if let objection = step.fulfillment.objectionToCancelling(channel.policy) {
            throw Refusal(.tooLateToCancel, objection)
        }
        try step.order.giveUp(workAt: step.index, for: .merchant, channel, in: &work)
        try step.order.releaseWhenReady(channel, in: &work)
        return step.finish(in: &work)
    }
}

extension Fulfillment {
    /// Why policy lets nobody cancel its units any more; nil while it does.
    func objectionToCancelling(_ policy: ChannelPolicy) -> String? {
        let end = policy.cancellableUntil(for: .merchant)
        guard !State.cancellable(until: end).contains(state) else { return nil }
        return "its units \(standing(of: 2)): cancelling was possible until "
            + ChannelPolicy.endOfCancelling(end, of: method, isOver: true)
    }
}

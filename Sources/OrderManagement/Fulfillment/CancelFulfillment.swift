/// Gives up the units of one fulfillment: they are cancelled in the order and go back to stock.
///
/// - Throws: `.illegalTransition` once they have left, or were rejected.
public struct CancelFulfillment: Command {
    public static let name = "cancel-fulfillment"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        let units = try step.order.units(nil, in: step.fulfillment)
        let wasPicked = step.fulfillment.lines.contains { $0.picked > 0 }
        try step.order.fulfillments[step.index].apply(.cancel, at: work.now)
        for number in units.keys.sorted() {
            guard let count = units[number] else { continue }
            try step.order.release(count, ofLine: number, from: step.fulfillment, in: &work)
            step.order.lines[number - 1].allocated -= count
            step.order.lines[number - 1].cancelled += count
        }
        step.order.fulfillments[step.index].transfer = nil
        if wasPicked { step.order.fulfillments[step.index].note = "Put the goods back: the work was cancelled." }
        step.order.record(.fulfillmentCancelled, step.fulfillment, in: &work)
        if wasPicked {
            let picked = step.fulfillment.lines.filter { $0.picked > 0 }.map { ($0.line, $0.picked) }
            step.order.askToPutBack(
                Dictionary(picked, uniquingKeysWith: +), of: step.fulfillment, in: &work)
        }
        step.order.tellCancelled(units, because: "fulfillment_cancelled", in: &work)
        try step.order.voidExcess(reason: "cancellation", in: &work)
        try step.order.refundExcess(reason: "cancellation", in: &work)
        step.order.passGates(in: &work)
        try step.order.releaseWhenReady(try work.configuration.channel(step.order.channel), in: &work)
        return step.finish(in: &work)
    }
}

/// Says by which label an approved return will come, or corrects the number of one that is under way.
///
/// Its courier's first news of it say that it was handed in; where the courier can be asked, it is.
/// - Throws: `.illegalTransition` for a return that does not come by a parcel of its own, or no more; `.invalidInput`
///   for a number under which another return of the order comes; `.unknownCourier` for one that is not set up, where
///   couriers are, unless the customer has sent it by that one already.
public struct LabelReturn: Command {
    public static let name = "label-return"
    public let id: ReturnID
    public let courier: String
    public let tracking: String

    public init(id: ReturnID, courier: String, tracking: String) {
        (self.id, self.courier, self.tracking) = (id, courier, TrackingNumber.entered(tracking))
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(id.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        let index = step.index
        if let objection = step.order.returns[index].objectionToLabel { throw Refusal(.illegalTransition, objection) }
        if courier != step.order.returns[index].terms.courier,
            let objection = work.configuration.objection(toCourier: courier, at: "/courier")
        {
            throw Refusal([objection])
        }
        try step.order.requireOwnNumber(tracking, by: courier, of: index)
        step.order.follow(index, by: courier, tracking, in: &work)
        step.order.returns[index].updatedAt = work.now
        step.order.watchWay(
            of: index, by: try work.configuration.channel(step.order.channel).policy.returning, in: &work)
        step.order.record(.returnLabelled, step.order.returns[index], in: &work)
        return step.finish(in: &work)
    }
}

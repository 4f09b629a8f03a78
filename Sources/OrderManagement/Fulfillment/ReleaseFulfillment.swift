/// The calls on one fulfillment, from release to delivery, have the same frame: find, check, move on, tell.
struct FulfillmentStep {
    var order: Order
    let index: Int

    /// Finds the fulfillment, and checks what holds for every step.
    ///
    /// - Parameter action: What a hold stops; nil for what may be done all the same. Where it is not possible anyway,
    ///   the state is the reason, not the hold.
    /// - Throws: `.forbidden`; `.notFound`, also for a location that the caller may not see; `.onHold`, or
    ///   `.illegalTransition` for what would not be possible without the hold either.
    init(_ id: FulfillmentID, heldUp action: Fulfillment.State.Action?, in work: Work) throws(Refusal) {
        try work.principal.require(.fulfillmentsWrite)
        order = try work.order(id.order)
        index = try order.indexOfFulfillment(id.number)
        guard work.principal.sees(location: order.fulfillments[index].location) else {
            throw Refusal(.notFound, "there is no fulfillment \(id)")
        }
        guard let action, order.hold(on: fulfillment.lines.map(\.line)) != nil else { return }
        _ = try fulfillment.after(action)
        try order.requireNoHold(on: fulfillment.lines.map(\.line))
    }

    var fulfillment: Fulfillment { order.fulfillments[index] }

    /// Work that was released goes on while an amendment has a stage asked again; its goods leave when it is passed.
    /// - Throws: `.stagePending`, naming the stage.
    func requirePassedStages() throws(Refusal) {
        guard let objection = order.objectionOfStages else { return }
        throw Refusal(.stagePending, objection)
    }

    /// Whoever packs without saying what packs what was picked, all of it.
    /// - Throws: `.unitsUncovered` for units that were not picked.
    func requirePicked() throws(Refusal) {
        let missing = fulfillment.lines.filter { $0.picked < $0.quantity }
        guard !missing.isEmpty else { return }
        let goods = order.goods(Dictionary(missing.map { ($0.line, $0.quantity - $0.picked) }, uniquingKeysWith: +))
        throw Refusal([
            .init(
                "/parcels", .unitsUncovered,
                "\(goods) not picked yet: pick it, say that it is short, or say what the parcels hold")
        ])
    }

    /// Puts the order in place and answers with the fulfillment as it is now.
    mutating func finish(in work: inout Work) -> Reply {
        order = work.update(order)
        let (order, fulfillment) = (order, fulfillment)
        var json = JSONWriter(reservingCapacity: 1024)
        fulfillment.write(to: &json, of: order)
        return Reply(body: json.text, version: order.version)
    }
}

extension Order {
    /// Why goods of work that was released before may not leave now; nil where they may.
    var objectionOfStages: String? {
        stage.map { name in
            gates.contains { $0.name == name && $0.state == .failed }
                ? "the order has failed the stage \(name): its goods stay until somebody passes it"
                : "the order is asked for the stage \(name) again: its goods stay until it is passed"
        }
    }

    /// That it has not passed a stage, and what it waits for.
    fileprivate func objection(ofStage name: String) -> String {
        guard let gate = gates.first(where: { $0.name == name }) else { return "order \(number) stands at \(name)" }
        if gate.state == .failed { return "order \(number) has failed the stage \(name): somebody must pass it first" }
        let start = "order \(number) has not passed the stage \(name)"
        guard let due = gate.due else { return start }
        return gate.timeOut == .pass ? start + "; it passes at \(due)" : start + "; an answer is due by \(due)"
    }
}

/// Gives work to its location: an open fulfillment of an order that has passed its gates. Whoever releases what was to
/// wait for the rest of the order sends it before that, and the answer says so; work of a location that is paused is
/// given to it all the same: a person wants it there.
///
/// - Throws: `.stagePending`, naming the stage; `.illegalTransition`; `.onHold`; `.tooEarly` for goods that may not
///   leave yet.
public struct ReleaseFulfillment: Command {
    public static let name = "release-fulfillment"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(fulfillment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: nil, in: work)
        try step.order.requireUnits(forReleaseOf: step.index)
        if let stage = step.order.stage {
            throw Refusal(.stagePending, step.order.objection(ofStage: stage))
        }
        try step.order.requireStreetDate(of: step.fulfillment, at: work.now)
        try step.order.requireNoHold(on: step.fulfillment.lines.map(\.line))
        let channel = try work.configuration.channel(step.order.channel)
        if step.order.waitsForRest(channel.policy) {
            try step.order.releaseBeforeRest(step.index, in: &work)
        } else {
            try step.order.release(step.index, in: &work)
        }
        return step.finish(in: &work)
    }
}

/// The location takes the work on.
///
/// - Throws: `.illegalTransition`; `.onHold`.
public struct AcceptFulfillment: Command {
    public static let name = "accept-fulfillment"
    public let fulfillment: FulfillmentID
    public init(fulfillment: FulfillmentID) { self.fulfillment = fulfillment }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(fulfillment.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, heldUp: .accept, in: work)
        try step.order.fulfillments[step.index].apply(.accept, at: work.now)
        step.order.record(.fulfillmentAccepted, step.fulfillment, in: &work)
        return step.finish(in: &work)
    }
}

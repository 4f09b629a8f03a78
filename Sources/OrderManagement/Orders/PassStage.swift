/// Says that an order passed a stage, or failed it.
///
/// - Throws: `.notFound` for a stage that the order does not have; `.illegalTransition` when it passed already.
public struct PassStage: Command {
    public static let name = "pass-stage"
    public let order: OrderID
    public let stage: String
    public let hasPassed: Bool
    public let note: String?

    public init(order: OrderID, stage: String, hasPassed: Bool, note: String?) {
        self.order = order
        self.stage = stage
        self.hasPassed = hasPassed
        self.note = note
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        guard let index = order.gates.firstIndex(where: { $0.name == stage }) else {
            let known = order.gates.map(\.name).joined(separator: ", ")
            throw Refusal(.notFound, "order \(order.number) has no stage \(stage); its stages are: \(known)")
        }
        let overall = OrderStatus(of: order).overall
        guard overall == .open, order.gates[index].state != .passed else {
            throw Refusal(
                .illegalTransition,
                "stage \(stage) of order \(order.number) is \(order.gates[index].state.rawValue), "
                    + "the order is \(overall.rawValue)"
            )
        }
        order.gates[index].state = hasPassed ? .passed : .failed
        work.record(hasPassed ? .stagePassed : .stageFailed, on: &order) {
            $0.member("stage", stage)
            $0.member("note", note)
        }
        if hasPassed {
            order.passGates(in: &work)
            try order.releaseWhenReady(try work.configuration.channel(order.channel), in: &work)
        } else {
            order.open(
                .stageFailed, subject: stage,
                cause: "Order \(order.number) failed the stage \(stage)"
                    + (note.map { ": " + $0.withoutFinalStop } ?? "") + ".",
                owner: "customer_service",
                suggestion: "Cancel the order, or pass the stage when the reason is settled.", in: &work)
        }
        order = work.update(order)
        return .part(of: order) {
            $0.member("stage", stage)
            $0.member("result", hasPassed ? "passed" : "failed")
        }
    }
}

/// Job: a stage's time is up. An order that is over, or a stage that was decided meanwhile, leaves nothing to do.
struct PassDueStages: Command {
    static let name = "pass-due-stages"
    let order: OrderID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(order)
    }

    func execute(in work: inout Work) throws -> Reply {
        guard work.job(job) != nil else { throw Refusal(.notFound, "the job \(job) is done already") }
        work.finish(job)
        var order = try work.order(self.order)
        guard OrderStatus(of: order).overall == .open, order.stage != nil else { return Reply(body: "{}") }
        order.passGates(in: &work)
        try order.releaseWhenReady(try work.configuration.channel(order.channel), in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

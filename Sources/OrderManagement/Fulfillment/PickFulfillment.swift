/// The location has picked units from the shelf; what it could not find is rejected with its reason.
///
/// 1. Notes the picked units; without lines, all of them.
/// 2. Takes short units out, as `RejectFulfillment` does, and sources them elsewhere.
///
/// - Throws: `.illegalTransition`; `.onHold`; `.quantityExceeded`; `.unknownLine`.
public struct PickFulfillment: Command {
    public static let name = "pick-fulfillment"

    public struct Line: Hashable, Sendable {
        public let line: OrderLineID
        public let quantity: Int64
        public let short: Int64
        public let reason: RejectionReason
        public init(line: OrderLineID, quantity: Int64, short: Int64 = 0, reason: RejectionReason = .notFound) {
            self.line = line
            self.quantity = quantity
            self.short = short
            self.reason = reason
        }
    }

    public let fulfillment: FulfillmentID
    public let lines: [Line]?

    public init(fulfillment: FulfillmentID, lines: [Line]? = nil) {
        self.fulfillment = fulfillment
        self.lines = lines
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(fulfillment.order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try FulfillmentStep(fulfillment, in: work)
        let channel = try work.configuration.channel(step.order.channel)
        let named = try lines.map { lines in
            try step.order.units(
                lines.map { LineQuantity(line: $0.line, quantity: $0.quantity + $0.short) }, in: step.fulfillment)
        }
        try step.order.fulfillments[step.index].apply(.pick, at: work.now)
        try notePicked(&step, named)
        step.order.record(.fulfillmentPicking, step.fulfillment, in: &work)
        for reason in RejectionReason.allCases {
            var short: [Int: Int64] = [:]
            for line in lines ?? [] where line.short > 0 && line.reason == reason {
                short[line.line.number, default: 0] += line.short
            }
            guard !short.isEmpty else { continue }
            try step.order.reject(short, of: step.index, reason: reason, in: &work)
            try step.order.sourceRejected(short, from: step.fulfillment.location, channel: channel, in: &work)
        }
        return step.finish(in: &work)
    }

    private func notePicked(_ step: inout FulfillmentStep, _ named: [Int: Int64]?) throws {
        for index in step.fulfillment.lines.indices {
            let line = step.fulfillment.lines[index]
            let picked = lines.map { lines in
                lines.reduce(Int64(0)) { $0 + ($1.line.number == line.line ? $1.quantity : 0) }
            }
            let sum = min(line.quantity, line.picked + (picked ?? line.quantity))
            step.order.fulfillments[step.index].lines[index].picked = picked == nil ? line.quantity : sum
        }
    }
}

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
        /// The parts of a kit that were short.
        public let components: [String]
        public init(
            line: OrderLineID, quantity: Int64, short: Int64 = 0, reason: RejectionReason = .notFound,
            components: [String] = []
        ) {
            self.components = components
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
        var step = try FulfillmentStep(fulfillment, heldUp: .pick, in: work)
        let channel = try work.configuration.channel(step.order.channel)
        let named = try lines.map { lines in
            try step.order.units(
                lines.map { LineQuantity(line: $0.line, quantity: $0.quantity + $0.short) }, in: step.fulfillment)
        }
        try step.order.fulfillments[step.index].apply(.pick, at: work.now)
        try notePicked(&step, named)
        step.order.record(.fulfillmentPicking, step.fulfillment, in: &work)
        for reason in RejectionReason.allCases { try reject(for: reason, &step, channel, in: &work) }
        return step.finish(in: &work)
    }

    /// Takes out what was short for one reason; kits with other missing parts go on their own.
    private func reject(
        for reason: RejectionReason, _ step: inout FulfillmentStep, _ channel: Channel, in work: inout Work
    ) throws {
        var (short, places): ([Set<String>: [Int: Int64]], [Set<String>: Int]) = ([:], [:])
        for (place, line) in (lines ?? []).enumerated() where line.short > 0 && line.reason == reason {
            let parts = Set(line.components)
            short[parts, default: [:]][line.line.number, default: 0] += line.short
            places[parts] = places[parts] ?? place
        }
        for (parts, place) in places.sorted(by: { $0.value < $1.value }) {
            let (units, rejection) = (short[parts] ?? [:], Rejection(reason: reason, components: parts))
            try step.order.check(rejection, of: units, at: "/lines/\(place)/components")
            try step.order.reject(units, of: step.index, rejection, in: &work)
            try step.order.sourceRejected(units, from: step.fulfillment.location, channel: channel, in: &work)
        }
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

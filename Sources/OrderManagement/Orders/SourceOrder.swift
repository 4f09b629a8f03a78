/// Sources an order again: its backordered units, and its unreleased ones where that makes a better plan.
///
/// 1. Forgets that the locations rejected units of the order which somebody says to ask again.
/// 2. Puts the units of open fulfillments back, within this command.
/// 3. Plans them anew together with what is backordered; none that was there before goes to anybody else.
/// 4. Records the decision; has those served who wait for what was freed; releases what is ready.
///
/// The answer names units that lie at a location which rejected units of the order before, and which is left out.
/// Released work stays where it is, and so does open work at a location that rejected other units of the order:
/// such a location is not asked anew.
/// - Throws: `.illegalTransition` when the order has no unit that could be sourced; `.invalidInput` for a location to
///   ask again that rejected nothing.
public struct SourceOrder: Command {
    public static let name = "source-order"
    public let order: OrderID
    /// Locations that rejected units of the order, and are asked again all the same.
    public let askedAgain: [String]
    /// Set when a job asks.
    let job: JobID?

    public init(order: OrderID, askingAgain locations: [String] = []) {
        self.order = order
        self.askedAgain = locations
        self.job = nil
    }

    init(order: OrderID, job: JobID) {
        self.order = order
        self.askedAgain = []
        self.job = job
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        if let job { needs.job(job) }
        needs.orderWithStock(order, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        if let job {
            try work.end(job)
        }
        var order = try work.order(self.order)
        let (before, channel) = (order, try work.configuration.channel(order.channel))
        try order.forgetRejections(at: askedAgain)
        var wanted: [Int: Int64] = [:]
        try takeBackOpenWork(of: &order, &wanted, in: &work)
        let moved = Array(wanted.keys)
        for line in order.lines where line.backordered > 0 {
            wanted[line.number, default: 0] += line.backordered
            order.lines[line.number - 1].backordered = 0
        }
        guard !wanted.isEmpty else {
            guard job == nil else { return Reply(body: "{}") }
            throw Refusal(
                .illegalTransition,
                "order \(order.number) is \(OrderStatus(of: order).overall.rawValue) and has no unit to source: "
                    + "nothing is backordered and no fulfillment is open")
        }
        let placed = try order.source(
            wanted, since: before, askingAgain: askedAgain, channel: channel, in: &work)
        // Units that found a better place leave the old one to those who wait.
        for number in moved.sorted() { work.serveBackorders(ofGoodsOf: order.lines[number - 1]) }
        order.leaveQueues(since: before, in: &work)
        try order.releaseWhenReady(channel, in: &work)
        order = work.update(order)
        let leftOut = order.leftOut(channel, in: work)
        return .part(of: order, status: 201, location: "/v1/orders/\(order.id)/sourcing") {
            $0.member("placed", placed)
            $0.member("backordered", order.lines.reduce(0) { $0 + $1.backordered })
            $0.array("left_out") { list in for entry in leftOut { entry.write(to: &list) } }
        }
    }

    private func takeBackOpenWork(of order: inout Order, _ wanted: inout [Int: Int64], in work: inout Work) throws {
        let rejecting = order.rejectingLocations
        for index in order.fulfillments.indices where order.fulfillments[index].state == .open {
            // What comes by transfer goes on its way.
            guard order.fulfillments[index].transfer == nil else { continue }
            // It would be left out of the new plan, and its units would lose the place that they have.
            guard !rejecting.contains(order.fulfillments[index].location) else { continue }
            for line in order.fulfillments[index].lines {
                wanted[line.line, default: 0] += line.quantity
                order.lines[line.line - 1].allocated -= line.quantity
                try order.move(
                    .deallocate, line.quantity, ofLine: line.line, at: order.fulfillments[index].location, in: &work)
            }
            try order.fulfillments[index].apply(.cancel, at: work.now)
            order.record(.fulfillmentCancelled, order.fulfillments[index], in: &work)
        }
    }
}

/// Units that an order waits for and that lie at a location which is not asked: it rejected units of the order before.
struct LeftOut {
    let location: String
    let sku: String
    let available: Int64

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("location", location)
            $0.member("sku", sku)
            $0.member("available", available)
            $0.member("reason", SourcingInput.Exclusion.rejected.rawValue)
        }
    }
}

extension Order {
    /// What it waits for and could have, had its place not rejected units of it.
    func leftOut(_ channel: Channel, in work: Work) -> [LeftOut] {
        let waiting = Set(lines.filter { $0.backordered > 0 }.flatMap(\.goods).map(\.sku))
        return waiting.sorted().flatMap { sku in
            work.levels(of: sku).compactMap { level in
                guard level.promisable > 0, channel.sells(from: level.location),
                    rejectingLocations.contains(level.location)
                else { return nil }
                return LeftOut(location: level.location, sku: sku, available: level.promisable)
            }
        }
    }

    /// Finds places for units, but none that rejected units of this order; what nobody else has waits as backorder.
    ///
    /// - Parameter before: The order as it was, where it gave units back to be planned anew: those are its own, what
    ///   it waited for keeps its place in the queue, and what is new comes behind all who wait. nil where units have
    ///   lost their place, or have been served.
    /// - Returns: How many units found a place.
    @discardableResult
    mutating func source(
        _ units: [Int: Int64], leavingOut others: Set<String> = [], since before: Order? = nil,
        askingAgain asked: [String] = [], channel: Channel, in work: inout Work
    ) throws -> Int64 {
        let wants = units.keys.sorted().map { OrderAllocation.Want(line: $0, units: units[$0] ?? 0) }
        var allocation = OrderAllocation(leavingOut: rejectingLocations.union(others))
        if let before {
            allocation.isNew = true
            allocation.own = givenBack(since: before)
            allocation.waited = before.waitingUnits
        }
        let outcome = try allocation.allocate(wants, of: &self, channel: channel, in: &work)
        for short in outcome.shortfalls {
            lines[short.line - 1].backordered += short.units
            work.await(lines[short.line - 1], more: short.units, on: channel.code)
            work.awaitDays(for: lines[short.line - 1], of: self)
        }
        let isWaiting = lines.contains { $0.backordered > 0 }
        if !isWaiting { backorderedSince = nil }
        backorderedUntil = isWaiting ? backorderedUntil ?? work.now + .days(channel.policy.backorderDays) : nil
        let id = self.id
        work.record(.orderSourced, on: &self) {
            outcome.write(to: &$0, of: id)
            $0.member("policy_version", channel.version)
            if !asked.isEmpty { $0.array("asked_again") { list in for location in asked { list.value(location) } } }
        }
        if let supply = outcome.supply { recordPlanned(supply.transfers, in: &work) }
        if !outcome.shortfalls.isEmpty { recordBackorder(in: &work) }
        return outcome.allocated
    }

    /// Has locations asked again that rejected units of it: a person knows that they can do now what they could not.
    ///
    /// - Throws: `.invalidInput` for one that rejected nothing.
    fileprivate mutating func forgetRejections(at locations: [String]) throws(Refusal) {
        let known = rejectingLocations
        for (index, location) in locations.enumerated() where !known.contains(location) {
            let all = known.isEmpty ? "none did" : known.sorted().joined(separator: ", ")
            throw Refusal([
                .init(
                    "/ask_again/\(index)", .invalidInput,
                    "\(location) rejected no unit of order \(number); those that did and are left out: \(all)")
            ])
        }
        for part in fulfillments where part.state == .rejected && locations.contains(part.location) {
            forgottenRejections.insert(part.number)
        }
        missedSenders.subtract(locations)
    }

    /// The units of work that was taken back since, where they were.
    private func givenBack(since before: Order) -> [Reservation.Claim] {
        zip(before.fulfillments, fulfillments).flatMap { old, new in
            // What comes by transfer was held elsewhere.
            guard old.state.holdsStock, new.state == .cancelled, old.transfer == nil else {
                return [Reservation.Claim]()
            }
            return old.lines.flatMap { entry in
                lines[entry.line - 1].goods.map {
                    Reservation.Claim(sku: $0.sku, location: old.location, units: entry.quantity * $0.quantity)
                }
            }
        }
    }

    /// What its lines wait for, kits taken apart, by SKU.
    var waitingUnits: [String: Int64] {
        var units: [String: Int64] = [:]
        for line in lines where line.backordered > 0 {
            for part in line.goods { units[part.sku, default: 0] += line.backordered * part.quantity }
        }
        return units
    }
}

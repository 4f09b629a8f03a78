/// Gives up units of an order: all that are open, or those named.
///
/// 1. Checks which units may still be given up: those neither cancelled nor gone, up to the state that policy allows.
/// 2. Takes backordered units first, then those whose work has not begun, then picked and packed ones.
/// 3. Gives allocated units back to stock in the same commit; their location is asked to put back what it has picked.
/// 4. Keeps what policy says that cancelling costs, and lets go of the money that will never be earned. Of an exchange
///    that is given up whole the fee is kept that its return would have borne.
///
/// - Throws: `.tooLateToCancel`, naming what is left, also for units that were sent; `.unknownLine`;
///   `.quantityExceeded`.
public struct CancelOrder: Command {
    public static let name = "cancel-order"

    public enum Reason: String, CaseIterable, Sendable {
        case customer, merchant, fraud, unpaid, unfillable, notCollected = "not_collected", other
    }

    public let order: OrderID
    /// nil for everything that is open.
    public let lines: [LineQuantity]?
    public let reason: Reason
    /// The version that the caller saw (`If-Match`).
    public let version: Int64?
    /// Whether only to say what it would bring: nothing is changed.
    public let isPreview: Bool

    public init(
        order: OrderID, lines: [LineQuantity]? = nil, reason: Reason, version: Int64? = nil, isPreview: Bool = false
    ) {
        self.order = order
        self.lines = lines
        self.reason = reason
        self.version = version
        self.isPreview = isPreview
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(order, given: work)
        needs.origin(of: order, given: work)
        let waiting = (work.peek(order)?.lines ?? []).filter { $0.backordered > 0 }
        needs.supplyAhead(of: order, for: waiting, given: work)
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        let before = try work.order(self.order)
        try before.require(version)
        let units = try cancellable(of: before)
        let waived = before.waivedByOpenReturn(in: work)
        let order = isPreview
            ? try work.rehearse { try cancel(units, of: before, in: &$0) } : try cancel(units, of: before, in: &work)
        let reply = Reply.part(of: order, status: isPreview ? 200 : 201, location: "/v1/orders/\(order.id)") {
            $0.member("preview", isPreview)
            $0.member("reason", reason.rawValue)
            order.writeUnits(units, to: &$0)
            order.writeCancellation(since: before, to: &$0)
            let ofReturn = order.isUnwished(reason, after: before) ? waived : 0
            $0.member("kept_of_return", Money(ofReturn, order.currency))
        }
        return isPreview ? reply.previewing(before) : reply
    }

    /// - Returns: The order as stored.
    private func cancel(_ units: [Int: Int64], of before: Order, in work: inout Work) throws -> Order {
        var order = before
        let channel = try work.configuration.channel(order.channel)
        try order.giveUp(units, for: reason, channel, in: &work)
        try order.releaseWhenReady(channel, in: &work)
        return work.update(order)
    }

    private func cancellable(of order: Order) throws(Refusal) -> [Int: Int64] {
        if let lines { return try named(lines, of: order) }
        var all: [Int: Int64] = [:]
        for line in order.lines where line.open > 0 { all[line.number] = line.open }
        guard !all.isEmpty else {
            let status = OrderStatus(of: order)
            throw Refusal(
                .tooLateToCancel,
                "order \(order.number) has no open units: "
                    + "it is \(status.overall.rawValue), \(status.fulfillment.rawValue)"
            )
        }
        return all
    }
}

extension CancelOrder {
    /// The units of named lines. - Throws: `.tooLateToCancel` for those that were sent, `.quantityExceeded` beyond.
    private func named(_ lines: [LineQuantity], of order: Order) throws(Refusal) -> [Int: Int64] {
        let units = try order.units(of: lines, atMost: \.ordered, what: "ordered")
        var wrong: [Refusal.Detail] = []
        for (index, entry) in lines.enumerated() {
            guard let line = order.line(entry.line.number), let asked = units[line.number], asked > line.open else {
                continue
            }
            let code: Refusal.Code = asked <= line.open + line.shipped ? .tooLateToCancel : .quantityExceeded
            wrong.append(
                .init(
                    "/lines/\(index)/quantity", code,
                    "\(asked) × \(line.sku) asked; \(line.open) still open, \(line.shipped) sent, "
                        + "\(line.cancelled) cancelled before"))
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        return units
    }
}

extension Needs {
    /// An order, its stock, and who else waits for its items: what most verbs of an order need.
    mutating func orderWithStock(_ id: OrderID, given work: Work) {
        order(id)
        guard let known = work.peek(id) else { return }
        for line in known.lines { goods(of: line) }
        workDays(of: known, given: work)
        punctuality(of: known, given: work)
        for fulfillment in known.fulfillments { fulfillment.transfer.map { transfer($0) } }
    }
}

extension Order {
    /// - Throws: `.staleVersion` when the caller saw another version.
    func require(_ version: Int64?) throws(Refusal) {
        guard let version, version != self.version else { return }
        throw Refusal(.staleVersion, "order \(number) is at version \(self.version), not \(version): read it again")
    }

    /// Gives up units, the cheapest to give up first.
    mutating func cancel(_ units: [Int: Int64], reason: String, policy: ChannelPolicy, in work: inout Work) throws {
        var rest = units
        for number in rest.keys.sorted() {
            let waiting = min(rest[number] ?? 0, lines[number - 1].backordered)
            lines[number - 1].backordered -= waiting
            lines[number - 1].cancelled += waiting
            rest[number, default: 0] -= waiting
        }
        for state in Fulfillment.State.cancellable(until: policy.cancellableUntil) {
            let parts = fulfillments.indices.filter { fulfillments[$0].state == state }
            let onTheRoad = Set(parts.filter { isOnTheRoad(fulfillments[$0], in: work) })
            // What is on its way to a store comes there all the same: given up last.
            for index in parts.filter({ !onTheRoad.contains($0) }) + parts.filter(onTheRoad.contains) {
                try cancel(&rest, in: index, work: &work)
            }
        }
        let left = rest.filter { $0.value > 0 }
        guard left.isEmpty else {
            let beyond = fulfillments.filter { part in
                part.state.holdsStock && part.lines.contains { left[$0.line] != nil }
            }
            let standing = beyond.map { ", and \($0.units.unitText) of it \($0.standing(of: $0.units))" }.joined()
            let end = ChannelPolicy.endOfCancelling(
                policy.cancellableUntil, of: beyond.first?.method ?? .ship, isOver: true)
            throw Refusal(
                .tooLateToCancel,
                "\(goods(left)) of order \(number) cannot be cancelled any more: cancelling was possible until \(end)"
                    + standing)
        }
        if lines.allSatisfy({ $0.backordered == 0 }) { (backorderedSince, backorderedUntil) = (nil, nil) }
        bookCancelled(units, because: reason, in: &work)
    }

    /// Whether units of a pickup have left for its store.
    private func isOnTheRoad(_ fulfillment: Fulfillment, in work: Work) -> Bool {
        fulfillment.transfer.flatMap { work.peek($0) }?.state == .sent
    }

    /// Has refunds by hand pay for units, now counted as cancelled, and tells that they were given up.
    mutating func bookCancelled(_ units: [Int: Int64], because reason: String, in work: inout Work) {
        let before = self
        cover(cancelled: units)
        let (snapshot, version) = (self, work.policyVersion(of: channel))
        work.record(.orderCancelled, on: &self) {
            $0.member("reason", reason)
            $0.member("policy_version", version)
            $0.member("whole", snapshot.isGivenUp)
            snapshot.writeUnits(units, to: &$0)
            snapshot.tellRefunded(since: before, to: &$0)
        }
        liftHoldsOfNothing(in: &work)
    }

    /// Takes units out of one fulfillment and back to stock; cancels it when none are left.
    ///
    /// - Parameter asks: Whether the location is asked to put back what it has picked; whoever gives up for another
    ///   reason says so itself.
    mutating func cancel(
        _ rest: inout [Int: Int64], in index: Int, asks: Bool = true, work: inout Work
    ) throws {
        let taken = fulfillments[index].take(&rest)
        try takeBack(taken, from: index, TakingBack(asks: asks), in: &work)
    }

    /// Opens packed boxes again: their parcels are void, their units are picked.
    mutating func unpack(_ index: Int, in work: inout Work) throws {
        try requireHere(fulfillments[index], or: .illegalTransition)
        try fulfillments[index].apply(.unpack, at: work.now)
        let number = fulfillments[index].number
        noteContents(of: number)
        for parcel in parcels.indices where parcels[parcel].fulfillment == number { parcels[parcel].lines = [] }
    }

    /// Units by line number, as the member `lines`.
    public func writeUnits(_ units: [Int: Int64], to json: inout JSONWriter, as name: String = "lines") {
        json.array(name) { list in
            for number in units.keys.sorted() {
                list.object {
                    $0.member("line", OrderLineID(id, number).description)
                    $0.member("sku", line(number)?.sku)
                    $0.member("quantity", units[number] ?? 0)
                }
            }
        }
    }
}

extension Fulfillment.State {
    /// The states whose units may be cancelled, the least work done first.
    static func cancellable(until last: String) -> [Self] {
        let order = ChannelPolicy.cancellableStates
        guard let place = order.firstIndex(where: { $0.rawValue == last }) else { return order }
        return Array(order[...place])
    }
}

extension Fulfillment {
    /// As many of some units as it has.
    ///
    /// - Parameter rest: By line; what it has is taken out of them.
    func take(_ rest: inout [Int: Int64]) -> [Int: Int64] {
        var taken: [Int: Int64] = [:]
        for line in lines {
            let units = min(rest[line.line] ?? 0, line.quantity)
            guard units > 0 else { continue }
            taken[line.line] = units
            rest[line.line, default: 0] -= units
        }
        return taken
    }
}

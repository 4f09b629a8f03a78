/// Goods that are sold before they may leave: a line is a preorder until the date of its item.
extension OrderLine {
    func isPreorder(at now: Timestamp) -> Bool { availableFrom.map { now < $0 } ?? false }
}

extension Order {
    /// Before then the goods of a fulfillment may not leave; nil where they may.
    func streetDate(of fulfillment: Fulfillment) -> Timestamp? {
        fulfillment.lines.compactMap { line($0.line)?.availableFrom }.max()
    }

    /// Why the goods of a fulfillment may not leave yet; nil where they may.
    func objectionToLeaving(_ fulfillment: Fulfillment, at now: Timestamp) -> String? {
        guard let date = streetDate(of: fulfillment), now < date else { return nil }
        return "its goods are sold in advance: they may not leave before \(date)"
    }

    /// - Throws: `.tooEarly`.
    func requireStreetDate(of fulfillment: Fulfillment, at now: Timestamp) throws(Refusal) {
        if let objection = objectionToLeaving(fulfillment, at: now) { throw Refusal(.tooEarly, objection) }
    }

    /// When waiting units of a line are expected: no sooner than they may leave.
    public func expectedDate(of line: OrderLine) -> Timestamp? {
        let date = expected[line.number] ?? backorderedUntil
        guard let from = line.availableFrom else { return date }
        return max(date ?? from, from)
    }

    /// When all that waits is expected; nil where nothing waits, or nobody knows.
    public var waitsUntil: Timestamp? { lines.filter { $0.backordered > 0 }.compactMap(expectedDate).max() }

    /// Has lines looked at again on the day from which their goods may leave.
    func awaitStreetDates(of numbers: some Sequence<Int>, in work: inout Work) {
        for date in Set(numbers.compactMap { line($0)?.availableFrom }).sorted() {
            work.enqueue(.releasePreorder, of: id, payload: String(date.milliseconds), due: date)
        }
    }

    /// That fewer may be sold in advance than are asked for.
    func refusal(toPreorder beyond: (line: Int, possible: Int64), at pointer: String? = nil) -> Refusal.Detail {
        let line = lines[beyond.line - 1]
        return .init(
            pointer ?? "/lines/\(beyond.line - 1)/quantity", .insufficientStock,
            "\(line.sku) may leave from \(line.availableFrom?.description ?? "now") on: asked \(line.ordered), "
                + "\(line.allocated) there, \(max(0, beyond.possible)) more sold in advance")
    }

    /// - Returns: Units by line that wait beyond what may be sold in advance, each with how many may.
    func beyondPreorders(
        _ shortfalls: [(line: Int, units: Int64)], _ channel: Channel, in work: Work
    ) -> [(line: Int, possible: Int64)] {
        var taken: [String: Int64] = [:]
        return shortfalls.compactMap { short in
            let line = lines[short.line - 1]
            guard line.isPreorder(at: work.now) else { return nil }
            let room = line.goods.kits { work.preorderRoom(of: $0, on: channel) - (taken[$0] ?? 0) }
            for part in line.goods { taken[part.sku, default: 0] += short.units * part.quantity }
            return short.units > room ? (short.line, room) : nil
        }
    }
}

extension Work {
    /// Who waits for a SKU, for commands that asked.
    func waiting(for sku: String) -> WaitingUnits { rows.waiting[sku] ?? WaitingUnits() }

    /// From when goods of an item may leave, with all of its parts; nil where they may by now.
    func availableFrom(of sku: String) -> Timestamp? { availableFrom(of: sku, keptItem(sku)?.value.components ?? []) }

    /// The same of what was sold with these parts.
    func availableFrom(of sku: String, _ components: [KitComponent]) -> Timestamp? {
        var latest = keptItem(sku)?.value.availableFrom
        for part in components {
            guard let date = keptItem(part.sku)?.value.availableFrom else { continue }
            latest = max(latest ?? date, date)
        }
        return latest.flatMap { now < $0 ? $0 : nil }
    }

    /// Units of an item that a channel may still sell in advance.
    func preorderRoom(of sku: String, on channel: Channel) -> Int64 {
        waiting(for: sku).room(on: channel, levels(of: sku))
    }
}

extension Needs {
    /// What placing an order of some goods depends on: their items and stock, who waits for what is sold in advance,
    /// and the days on which locations may work on them.
    mutating func placing(_ skus: [String], given work: Work) {
        for sku in skus {
            goods(of: sku, given: work)
            preorders(of: sku, given: work)
        }
        guard !work.configuration.countingLocations.isEmpty else { return }
        workDays(from: Set(skus.compactMap { work.availableFrom(of: $0) } + [work.now]), given: work)
    }

    /// Who waits for an item that is sold in advance: how many more may be depends on it.
    mutating func preorders(of sku: String, given work: Work) {
        guard let components = work.keptItem(sku)?.value.components,
            work.availableFrom(of: sku, components) != nil
        else { return }
        for part in KitComponent.goods(of: sku, components) { waiting(for: part.sku) }
    }
}

/// Units of a SKU that are sold and not there.
struct WaitingUnits: Hashable {
    var byChannel: [String: Int64] = [:]
    var units: Int64 { byChannel.values.reduce(0, +) }

    /// Units that a channel may still sell in advance: up to its limit, or as many as are to come and nobody waits for.
    ///
    /// - Parameter levels: Of the SKU, at all locations.
    func room(on channel: Channel, _ levels: some Sequence<StockLevel>) -> Int64 {
        if let limit = channel.policy.supply.preorderLimit { return limit - (byChannel[channel.code] ?? 0) }
        return levels.reduce(-units) { channel.sells(from: $1.location) ? $0 + $1.inbound : $0 }
    }

    private static let plain = Statement(
        """
        SELECT l.sku, o.channel, CAST(SUM(l.backordered) AS BIGINT)
        FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id
        WHERE l.sku = :sku AND l.backordered > 0 AND l.components IS NULL GROUP BY l.sku, o.channel
        """)
    private static let ofKits = Statement(
        """
        SELECT l.sku, o.channel, CAST(SUM(l.waiting) AS BIGINT)
        FROM order_line_components AS l JOIN orders AS o ON o.id = l.order_id
        WHERE l.sku = :sku AND l.waiting > 0 GROUP BY l.sku, o.channel
        """)

    static func load(_ skus: some Sequence<String>, in db: any Connection) throws -> [String: WaitingUnits] {
        let keys: [[SQLValue]] = skus.map { [.text($0)] }
        var found: [String: WaitingUnits] = [:]
        for statement in [plain, ofKits] {
            try db.query(statement, keys) { row in
                found[try row.text(0), default: .init()].byChannel[try row.text(1), default: 0] += try row.integer(2)
            }
        }
        return found
    }
}

/// Job: the day has come from which goods that were sold in advance may leave, or so it was said.
///
/// 1. Lines whose date has passed are lines like all others; one that was moved has a job of its own.
/// 2. Releases what is ready.
struct ReleasePreorder: Command {
    static let name = "release-preorder"
    let order: OrderID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderToRelease(order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(self.order)
        var isChanged = false
        for index in order.lines.indices {
            guard let date = order.lines[index].availableFrom, date <= work.now else { continue }
            let said = order.expectedDate(of: order.lines[index])
            order.lines[index].availableFrom = nil
            // What still waits was promised for this day, whatever the channel's days would have been.
            if order.lines[index].backordered > 0, said != order.expectedDate(of: order.lines[index]) {
                order.expected[index + 1] = said
            }
            isChanged = true
        }
        guard isChanged else { return Reply(body: "{}") }
        try order.releaseWhenReady(try work.configuration.channel(order.channel), in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

/// Job: an item may leave on another day than was said; an order of it that is still to be sent is told.
///
/// 1. Moves the date of the lines that were sold in advance, and the promise of work that nobody has begun.
/// 2. Tells the order, and its customer, what they may expect now.
/// 3. Releases what may leave at once.
struct MovePreorder: Command {
    static let name = "move-preorder"
    let order: OrderID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(self.order)
        let channel = try work.configuration.channel(order.channel)
        var changed: [Order.ChangedDate] = []
        for index in order.lines.indices {
            let line = order.lines[index]
            guard let before = line.availableFrom else { continue }
            let date = work.availableFrom(of: line.sku, line.components)
            guard date != before else { continue }
            order.lines[index].availableFrom = date
            guard line.open > 0 else { continue }
            let isWaiting = line.backordered > 0
            if order.overdueLines(at: work.now).contains(where: { $0.number == line.number }) {
                order.expected[line.number] = order.renewedDate(in: work)
            }
            changed.append(
                .init(
                    line: line.number, units: line.open, before: isWaiting ? order.expectedDate(of: line) : before,
                    now: isWaiting ? order.expectedDate(of: order.lines[index]) : date ?? work.now))
        }
        guard !changed.isEmpty else { return Reply(body: "{}") }
        order.movePromises(of: changed.map(\.line), channel, in: work)
        order.awaitStreetDates(of: changed.map(\.line), in: &work)
        order.record(changed, in: &work)
        order.announce(.orderPromiseChanged, in: &work)
        try order.releaseWhenReady(channel, in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Order {
    /// A line whose date is another one now.
    struct ChangedDate {
        let line: Int
        var units: Int64
        let before: Timestamp?
        let now: Timestamp?
    }

    /// Tells of new dates.
    mutating func record(_ changed: [ChangedDate], in work: inout Work) {
        let snapshot = self
        work.record(.orderPromiseChanged, on: &self) {
            $0.array("lines") { list in
                for change in changed {
                    list.object {
                        $0.member("line", OrderLineID(snapshot.id, change.line).description)
                        $0.member("sku", snapshot.line(change.line)?.sku)
                        $0.member("quantity", change.units)
                        $0.member("expected_at", change.now)
                        $0.member("before", change.before)
                    }
                }
            }
        }
    }

    /// Work that nobody has begun is promised for the first cut-off from which its goods may leave.
    fileprivate mutating func movePromises(of numbers: [Int], _ channel: Channel, in work: Work) {
        for index in fulfillments.indices where fulfillments[index].state == .open {
            let fulfillment = fulfillments[index]
            guard fulfillment.lines.contains(where: { numbers.contains($0.line) }) else { continue }
            promise(index, from: streetDate(of: fulfillment) ?? work.now, in: work)
        }
    }
}

extension BackorderQueue {
    private static let preordered = Statement(
        """
        SELECT order_id FROM order_lines WHERE sku = :sku AND available_from IS NOT NULL AND order_id > #after
        ORDER BY order_id LIMIT #limit
        """)

    /// Orders that were sold an item in advance, or a kit of it.
    static func preordered(_ sku: String, after: OrderID, limit: Int, in db: any Connection) throws -> [OrderID] {
        var found: Set<OrderID> = []
        for name in try [sku] + ItemStore.allKits(of: sku, in: db) {
            found.formUnion(
                try db.rows(preordered, [.text(name), .integer(after.value), SQLValue(limit)]) {
                    OrderID(try $0.integer(0))
                })
        }
        return Array(found.sorted().prefix(limit))
    }
}

/// What is still to come for an order, once all who have waited longer have taken theirs: by it a command that changes
/// how many of its units wait knows their day at once. A job tells all others, and the order where this is not known.
struct SupplyAhead {
    /// Orders of all of its queues that one commit looks at; behind more than these the job alone works the day out.
    static let ordersMax = 200

    /// What was asked for.
    let skus: Set<String>
    /// By SKU; none for one whose queue is too long.
    private(set) var queues: [String: SupplyQueue] = [:]

    /// Whose place in the queues of which SKUs, and when: late supply is not counted on.
    struct Place: Hashable {
        let order: OrderID
        let skus: Set<String>
        let now: Timestamp
    }

    /// Walks the queues up to a place, those of the other parts of kits that wait there with them, as the job does.
    static func load(_ place: Place, _ configuration: Configuration, in db: any Connection) throws -> SupplyAhead {
        var supply = SupplyAhead(skus: place.skus)
        var ahead: [OrderID: Order] = [:]
        /// - Returns: Whether the queue is short enough.
        func join(_ sku: String) throws -> Bool {
            let found = try BackorderQueue.orders(
                waitingFor: sku, after: OrderID(0), limit: ordersMax + 1, in: db
            ).filter { $0 < place.order && ahead[$0] == nil }
            guard ahead.count + found.count <= ordersMax else { return false }
            ahead.merge(try OrderStore.orders(found, in: db)) { $1 }
            return true
        }
        var known: Set<String> = []
        for sku in place.skus.sorted() where try join(sku) { known.insert(sku) }
        let kits = ahead.values.flatMap(\.lines).filter { line in
            line.isKit && line.backordered > 0 && line.goods.contains { known.contains($0.sku) }
        }
        let parts = Set(kits.flatMap(\.goods).map(\.sku)).subtracting(known)
        for part in parts.sorted() where try !join(part) { return supply }
        known.formUnion(parts)
        let toCome = try InboundStore.toCome(known.sorted(), at: place.now, in: db)
        for sku in known { supply.queues[sku] = SupplyQueue(toCome: toCome[sku] ?? []) }
        if known.count > 1 {
            try StockLedger.load(known.sorted(), in: db) { supply.queues[$0.sku]?.here[$0.location] = $0.promisable }
        }
        for order in ahead.values.sorted(by: { $0.id < $1.id }) {
            guard let channel = configuration.channels[order.channel] else { continue }
            for line in order.lines where line.backordered > 0 {
                _ = line.date(taking: &supply.queues) { order.mayBeFilled(from: $0, channel) }
            }
        }
        return supply
    }

    /// When waiting units of an order come, by line, for those of which that is known; nil where they do not.
    func dates(of order: Order, _ channel: Channel) -> [Int: Timestamp?] {
        var queues = queues
        var dates: [Int: Timestamp?] = [:]
        for line in order.lines where line.backordered > 0 {
            guard line.goods.allSatisfy({ queues[$0.sku] != nil }) else { continue }
            let date = line.date(taking: &queues) { order.mayBeFilled(from: $0, channel) }
            dates[line.number] = .some(date)
        }
        return dates
    }
}

extension Needs {
    /// What is still to come for lines of an order, and for goods that it is to get.
    mutating func supplyAhead(
        of id: OrderID, for lines: [OrderLine], and added: [String] = [], given work: Work
    ) {
        let goods = lines.map { $0.goods.map(\.sku) }
            + added.map { sku in KitComponent.goods(of: sku, work.item(sku)?.components ?? []).map(\.sku) }
        let skus = goods.filter { parts in
            parts.contains { part in work.levels(of: part).contains { $0.inbound > 0 } }
        }
        supplyAhead(SupplyAhead.Place(order: id, skus: Set(skus.joined()), now: work.now))
    }
}

extension Work {
    /// What is still to come for an order, for commands that asked.
    func supplyAhead(of id: OrderID) -> SupplyAhead? { rows.supplyAhead[id] }
}

extension Order {
    /// What follows where fewer of its units wait than before, or others do: its own days, and those of who waits
    /// behind it, as far as something is to come.
    mutating func moveUp(since before: Order, _ channel: Channel, in work: inout Work) {
        leaveQueues(since: before, in: &work)
        guard waitingUnits != before.waitingUnits || delivery != before.delivery,
            let supply = work.supplyAhead(of: id)
        else { return }
        expect(supply.dates(of: self, channel), since: before, in: &work)
    }

    /// Has the days of those worked out again who wait behind it for what it does not wait for any more.
    ///
    /// - Parameter served: A SKU whose whole queue is being served: that is seen to at its end.
    func leaveQueues(since before: Order, serving served: String? = nil, in work: inout Work) {
        let (waited, waits) = (before.waitingUnits, waitingUnits)
        for sku in waited.keys.sorted() where sku != served && (waited[sku] ?? 0) > (waits[sku] ?? 0) {
            if work.levels(of: sku).contains(where: { $0.inbound > 0 }) { work.promiseBackorders(of: sku) }
        }
    }

    /// Takes over when waiting units come, and tells it where that is another day than was said. No day that is over is
    /// left: a person hears of those.
    ///
    /// - Parameter before: The order as it was: of units that did not wait then nothing was said. nil where all did.
    mutating func expect(_ dates: [Int: Timestamp?], since before: Order? = nil, in work: inout Work) {
        let waiting = lines.filter { $0.backordered > 0 }
        let (old, said, last) = (waiting.map(expectedDate), expected, waitsUntil)
        let overdue = overdueLines(at: work.now).map { (line: $0, date: expectedDate(of: $0) ?? work.now) }
        for line in waiting { if let date = dates[line.number] { expected[line.number] = date } }
        renewDates(in: work)
        var changed: [ChangedDate] = []
        var isTold = false
        for (line, known) in zip(waiting, old) {
            let now = expectedDate(of: line)
            guard known != now else { continue }
            if let before, (before.line(line.number)?.backordered ?? 0) == 0 { continue }
            changed.append(.init(line: line.number, units: line.backordered, before: known, now: now))
            // The channel's days are no date that a customer was told, until one of them was missed: sooner than those
            // is no news of a change.
            let isLater = (now ?? .latest) > (known ?? .latest)
            let wasSaid = said[line.number] != nil || lapsed.contains(line.number)
            if Self.day(known) != Self.day(now), wasSaid || isLater { isTold = true }
        }
        keepTogether(since: last, &changed, in: work)
        if !changed.isEmpty { record(changed, in: &work) }
        if isTold { announce(.orderPromiseChanged, in: &work) }
        tellOverdue(overdue, in: &work)
    }

    /// What waits for the rest of the order has a new day with it.
    private mutating func keepTogether(since last: Timestamp?, _ changed: inout [ChangedDate], in work: Work) {
        guard let channel = work.configuration.channels[channel] else { return }
        promiseTogether(channel, in: work)
        guard last != waitsUntil, !changed.isEmpty else { return }
        for (number, units) in unitsKept.sorted(by: { $0.key < $1.key }) {
            if let place = changed.firstIndex(where: { $0.line == number }) {
                changed[place].units += units
            } else {
                changed.append(.init(line: number, units: units, before: last, now: waitsUntil))
            }
        }
    }

    private static func day(_ moment: Timestamp?) -> Substring? { moment?.description.prefix(10) }
}

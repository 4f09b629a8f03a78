/// When waiting units are expected: each order of a SKU's queue in turn takes what is still to come, the soonest first.
struct BackorderPromise {
    /// Orders of a queue that are promised a date; those behind them keep the channel's days.
    static let ordersMax = 2_000

    let order: OrderID
    /// By line, when the supply that covers it is due; nil where none does.
    let dates: [Int: Timestamp?]

    /// The orders whose promise differs from what supply says now, the longest waiting first.
    ///
    /// Where kits wait for the SKU, the queues of their other parts are walked with it: a kit is complete when the last
    /// of its parts is there.
    static func changes(of sku: String, at now: Timestamp, in db: any Connection) throws -> [BackorderPromise] {
        let configuration = try Configuration.load(in: db)
        var waiting = try BackorderQueue.orders(waitingFor: sku, after: OrderID(0), limit: ordersMax, in: db)
        var parts: Set<String> = [sku]
        try OrderStore.load(waiting, in: db) { order in
            for line in order.lines where line.isKit && line.backordered > 0 && line.units(of: sku) > 0 {
                parts.formUnion(line.components.map(\.sku))
            }
        }
        for part in parts.subtracting([sku]).sorted() {
            waiting += try BackorderQueue.orders(waitingFor: part, after: OrderID(0), limit: ordersMax, in: db)
        }
        var queues: [String: SupplyQueue] = [:]
        let toCome = try InboundStore.toCome(parts.sorted(), at: now, in: db)
        for part in parts { queues[part] = SupplyQueue(toCome: toCome[part] ?? []) }
        if parts.count > 1 {
            try StockLedger.load(parts.sorted(), in: db) { queues[$0.sku]?.here[$0.location] = $0.promisable }
        }
        var changes: [BackorderPromise] = []
        try OrderStore.load(Set(waiting).sorted(), in: db) { order in
            guard let channel = configuration.channels[order.channel] else { return }
            var dates: [Int: Timestamp?] = [:]
            for line in order.lines where line.backordered > 0 {
                let date = line.date(taking: &queues) { order.mayBeFilled(from: $0, channel) }
                guard line.units(of: sku) > 0 else { continue }
                if order.expected[line.number] != date { dates[line.number] = .some(date) }
            }
            if !dates.isEmpty { changes.append(BackorderPromise(order: order.id, dates: dates)) }
        }
        return changes
    }
}

extension OrderLine {
    /// When its waiting units are complete, as far as these queues know; nil where something is not to come.
    func date(
        taking queues: inout [String: SupplyQueue], from isUsable: (String) -> Bool
    ) -> Timestamp? {
        guard isKit else { return queues[sku]?.take(backordered, from: isUsable) }
        var (latest, isWhole) = (Timestamp?.none, true)
        for part in components {
            guard let missing = queues[part.sku]?.takeHere(backordered * part.quantity, from: isUsable), missing > 0
            else { continue }
            guard let date = queues[part.sku]?.take(missing, from: isUsable) else {
                isWhole = false
                continue
            }
            latest = max(latest ?? date, date)
        }
        return isWhole ? latest : nil
    }
}

/// Units that are still to come, as those who wait take them.
struct SupplyQueue {
    /// The soonest first.
    var toCome: [SupplyToCome]
    /// What lies at locations already; a kit may have all of one part and wait for another.
    var here: [String: Int64] = [:]

    /// Takes units from what is there. - Returns: how many are missing.
    mutating func takeHere(_ units: Int64, from isUsable: (String) -> Bool) -> Int64 {
        var rest = units
        for location in here.keys.sorted() where rest > 0 && isUsable(location) {
            let part = min(rest, here[location] ?? 0)
            here[location, default: 0] -= part
            rest -= part
        }
        return rest
    }

    /// Takes units from the soonest supplies that may be used, as many as there are: nobody behind overtakes.
    ///
    /// - Returns: When the last of them is due; nil when there are not enough.
    mutating func take(_ units: Int64, from isUsable: (String) -> Bool) -> Timestamp? {
        var (rest, due) = (units, Timestamp?.none)
        for index in toCome.indices where rest > 0 && toCome[index].units > 0 && isUsable(toCome[index].location) {
            let part = min(rest, toCome[index].units)
            toCome[index].units -= part
            rest -= part
            due = toCome[index].due
        }
        return rest == 0 ? due : nil
    }
}

extension Order {
    /// Whether stock of a location could fill its waiting units.
    func mayBeFilled(from location: String, _ channel: Channel) -> Bool {
        guard channel.sells(from: location), !rejectingLocations.contains(location) else { return false }
        return delivery.method == .ship || channel.policy.supply.pickupByTransfer || delivery.location == location
    }
}

/// Job: tells an order when its waiting units are expected, where that has changed.
struct PromiseBackorder: Command {
    static let name = "promise-backorder"
    let promise: BackorderPromise

    func needs(_ needs: inout Needs, given work: Work) {
        needs.order(promise.order)
        // Where a day was missed, a person is told what lies where.
        guard let known = work.peek(promise.order), !known.overdueLines(at: work.now).isEmpty else { return }
        needs.orderWithStock(promise.order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(promise.order)
        let known = order
        order.expect(promise.dates, in: &work)
        // A date that moves before goods may leave changes no promise; it is known all the same.
        guard order != known else { return Reply(body: "{}") }
        work.update(order)
        return Reply(body: "{}")
    }
}

extension Work {
    /// Has the dates of those who wait for a SKU worked out again, where somebody does.
    mutating func promiseBackorders(of sku: String) {
        guard isAwaited(sku) else { return }
        enqueue(.promiseBackorders, payload: sku, due: now)
    }
}

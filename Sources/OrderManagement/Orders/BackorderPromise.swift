/// When waiting units are expected: each order of a SKU's queue in turn takes what is still to come, the soonest first.
struct BackorderPromise {
    /// Orders of a queue that are promised a date; those behind them keep the channel's days.
    static let ordersMax = 2_000

    let order: OrderID
    /// By line, when the supply that covers it is due; nil where none does.
    let dates: [Int: Timestamp?]

    /// The orders whose promise differs from what supply says now, the longest waiting first.
    static func changes(of sku: String, in db: any Connection) throws -> [BackorderPromise] {
        let configuration = try Configuration.load(in: db)
        var queue = SupplyQueue(toCome: try InboundStore.toCome([sku], in: db)[sku] ?? [])
        let waiting = try BackorderQueue.orders(waitingFor: sku, after: OrderID(0), limit: ordersMax, in: db)
        var changes: [BackorderPromise] = []
        try OrderStore.load(waiting, in: db) { order in
            guard let channel = configuration.channels[order.channel] else { return }
            var dates: [Int: Timestamp?] = [:]
            for line in order.lines where line.sku == sku && line.backordered > 0 {
                let date = queue.take(line.backordered) { order.mayBeFilled(from: $0, channel) }
                if order.expected[line.number] != date { dates[line.number] = .some(date) }
            }
            if !dates.isEmpty { changes.append(BackorderPromise(order: order.id, dates: dates)) }
        }
        return changes
    }
}

/// Units that are still to come, as those who wait take them.
struct SupplyQueue {
    /// The soonest first.
    var toCome: [SupplyToCome]

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

    func needs(_ needs: inout Needs, given work: Work) { needs.order(promise.order) }

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        var order = try work.order(promise.order)
        var changed: [(line: OrderLine, before: Timestamp?)] = []
        for number in promise.dates.keys.sorted() {
            guard let line = order.line(number), line.backordered > 0, let date = promise.dates[number] else {
                continue
            }
            let before = order.expected[number] ?? order.backorderedUntil
            order.expected[number] = date
            if before != (date ?? order.backorderedUntil) { changed.append((line, before)) }
        }
        guard !changed.isEmpty else { return Reply(body: "{}") }
        let snapshot = order
        work.record(.orderPromiseChanged, on: &order) {
            $0.array("lines") { list in
                for (line, before) in changed {
                    list.object {
                        $0.member("line", OrderLineID(snapshot.id, line.number).description)
                        $0.member("sku", line.sku)
                        $0.member("quantity", line.backordered)
                        $0.member("expected_at", snapshot.expected[line.number] ?? snapshot.backorderedUntil)
                        $0.member("before", before)
                    }
                }
            }
        }
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

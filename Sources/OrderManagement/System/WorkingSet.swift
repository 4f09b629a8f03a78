/// The rows of one group of commands, as read and as decided.
///
/// A class, since all commands of a group share it; it lives on the writer's thread for one group and is never sent.
final class WorkingSet {
    let configuration: Configuration
    let connected: Connected
    let countersBefore: [String: Int64]
    var counters: [String: Int64]

    var orders = Table<OrderID, Order>()
    /// By SKU, its levels in the order of locations.
    var stock = Table<String, [StockLevel]>()
    var jobs = Table<JobID, Job>()
    var exceptions = Table<ExceptionID, OrderException>()
    var snapshots = Table<String, StockSnapshot>()
    var storeCredits = Table<StoreCredit.Account, StoreCredit>()
    var transfers = Table<TransferID, Transfer>()
    var inbound = Table<InboundID, InboundSupply>()
    var reservations = Table<ReservationID, Reservation>()
    var messages = Table<MessageID, Message>()
    var handOvers = Table<HandOverID, ClosedHandOver>()
    var courierPickups = Table<CourierPickupID, CourierPickup>()
    /// Units that are sold and not there, of items that are sold in advance.
    var waiting = Table<String, WaitingUnits>()
    /// What locations have to do on their days.
    var days = Table<WorkDay, DayLoad>()
    /// nil: not asked for; .some(nil): free.
    var externalNames: [ExternalName: OrderID?] = [:]
    /// By tracking number, the newest orders that have a parcel of it.
    var tracked: [String: [OrderID]] = [:]
    /// By place, the references of the oldest returns that hold units there which nobody has judged.
    var uninspected: [StockPlace: [String]] = [:]
    /// By order, what is still to come for it.
    var supplyAhead: [OrderID: SupplyAhead] = [:]
    /// What channels were like before; nil where there is no such version.
    var channelVersions: [ChannelStore.Name: Channel?] = [:]
    /// The same of what locations expect.
    var inboundNames: [InboundName: InboundID?] = [:]
    var items: [String: Kept<Item>?] = [:]
    /// Whether units of a SKU are backordered.
    var isAwaited: [String: Bool] = [:]
    /// How many jobs are about to serve those who wait for a SKU: as long, who comes later leaves them their units.
    var filling: [String: Int]
    /// By item, some kit that it is part of; asked for by commands that are alone.
    var kits: [String: String?] = [:]
    /// How punctual couriers are, by the area into which their ways go and by where they begin.
    var courierRecords: [String: [String: [CourierRecord]]] = [:]
    /// Areas into which this group has counted parcels, and those of which what was read is known to hold.
    var countedAreas: Set<String> = []
    private(set) var settledAreas: Set<String> = []
    /// What feeds of locations must know.
    var known: [String: TakeSnapshot.Known] = [:]
    /// Until when a location's next cut-off stays the next: computed once per group.
    var cutoffs: [String: (from: Timestamp, next: Timestamp)] = [:]

    // What the group adds, in the order of its commands.
    var events: [[SQLValue]] = []
    var movements: [StockLedger.Entry] = []
    var creditEntries: [StoreCredit.Entry] = []
    var addedJobs: [[SQLValue]] = []
    var finishedJobs: [JobID] = []
    var postponedJobs: [Job] = []
    var buriedJobs: [Job] = []
    private(set) var keptReplies: [String: Idempotency.Kept] = [:]
    private var keptRows: [[SQLValue]] = []
    var writes: [(any Connection) throws -> Void] = []

    /// The group before, while it is being committed: what it holds goes before what the database tells.
    var previous: WorkingSet?
    private let cache: GroupCache

    init(
        _ configuration: Configuration, _ connected: Connected, counters: [String: Int64], filling: [String: Int],
        cache: GroupCache
    ) {
        self.cache = cache
        self.configuration = configuration
        self.connected = connected
        self.countersBefore = counters
        self.counters = counters
        self.filling = filling
    }

    /// Goes on where `previous` will have ended.
    convenience init(after previous: WorkingSet, cache: GroupCache) {
        self.init(
            previous.configuration, previous.connected, counters: previous.counters, filling: previous.filling,
            cache: cache)
        self.previous = previous
    }

    /// Whether its commit fails when another process has committed since it was begun.
    var movesCounters: Bool { counters != countersBefore }

    func advance(_ counter: String) -> Int64 { Self.increase(&counters[counter, default: 0]) }

    /// Of a counter that is looked up once: an order advances a dozen.
    private static func increase(_ value: inout Int64) -> Int64 {
        value += 1
        return value
    }

    /// One more job is about to serve a SKU's queue, or one less.
    func countFilling(of sku: String, _ change: Int) {
        let jobs = max(0, (filling[sku] ?? 0) + change)
        filling[sku] = jobs == 0 ? nil : jobs
    }

    /// Remembers what was answered under a key.
    func keep(_ answer: Result<Reply, Refusal>, under key: IdempotencyKey, event: Int64?, at now: Timestamp) {
        keptReplies[key.text] = Idempotency.Kept(digest: key.digest, answer: answer)
        keptRows.append(Idempotency.row(key, answer, event: event, at: now))
    }

    /// Takes over what the group before holds of what is named, and strikes it from the list.
    func take(_ needs: inout Needs) {
        guard let previous else { return }
        for id in needs.orders where previous.orders.isLoaded(id) {
            orders.load(id, previous.orders[id])
            needs.orders.remove(id)
        }
        for account in needs.storeCredits where previous.storeCredits.isLoaded(account) {
            storeCredits.load(account, previous.storeCredits[account])
            needs.storeCredits.remove(account)
        }
        for id in needs.transfers where previous.transfers.isLoaded(id) {
            transfers.load(id, previous.transfers[id])
            needs.transfers.remove(id)
        }
        for id in needs.inbound where previous.inbound.isLoaded(id) {
            inbound.load(id, previous.inbound[id])
            needs.inbound.remove(id)
        }
        for id in needs.reservations where previous.reservations.isLoaded(id) {
            reservations.load(id, previous.reservations[id])
            needs.reservations.remove(id)
        }
        for id in needs.handOvers where previous.handOvers.isLoaded(id) {
            handOvers.load(id, previous.handOvers[id])
            needs.handOvers.remove(id)
        }
        for id in needs.courierPickups where previous.courierPickups.isLoaded(id) {
            courierPickups.load(id, previous.courierPickups[id])
            needs.courierPickups.remove(id)
        }
        for day in needs.days where previous.days.isLoaded(day) {
            days.load(day, previous.days[day])
            needs.days.remove(day)
        }
        for name in needs.inboundNames {
            guard let known = previous.inboundNames[name] else { continue }
            inboundNames[name] = .some(known)
            needs.inboundNames.remove(name)
        }
        for name in needs.externalNames {
            guard let known = previous.externalNames[name] else { continue }
            externalNames[name] = .some(known)
            needs.externalNames.remove(name)
        }
    }

    /// Loads what is named and not here yet: one query per table.
    func load(_ needs: Needs, in db: any Connection) throws {
        for name in needs.externalNames { externalNames[name] = .some(nil) }
        try OrderStore.ids(ofExternalIDs: Array(needs.externalNames), in: db) { externalNames[$0] = $1 }
        for number in needs.trackingNumbers {
            tracked[number] = try ParcelStore.orders(tracking: number, limit: 20, in: db)
        }
        for name in needs.channelVersions { channelVersions[name] = .some(nil) }
        try ChannelStore.load(needs.channelVersions, in: db) { channelVersions[$0] = $1 }
        for place in needs.uninspectedPlaces {
            uninspected[place] = try ReturnStore.uninspected(at: place, limit: 2 * MoveStock.namesMax, in: db)
        }
        for id in needs.orders { orders.load(id, nil) }
        try OrderStore.load(needs.orders.sorted(), in: db) { orders.load($0.id, $0) }
        try loadItemsAndStock(needs, in: db)
        for id in needs.jobs { jobs.load(id, nil) }
        try JobQueue.load(needs.jobs, in: db) { jobs.load($0.id, $0) }
        for sku in needs.backorders { isAwaited[sku] = false }
        try BackorderQueue.awaited(needs.backorders, in: db) { isAwaited[$0] = true }
        for name in needs.inboundNames { inboundNames[name] = .some(nil) }
        try InboundStore.ids(named: Array(needs.inboundNames), in: db) { inboundNames[$0] = $1 }
        for day in needs.days { days.load(day, nil) }
        try WorkDayStore.load(needs.days.sorted(), in: db) { days.load($0, $1) }
        for sku in needs.waiting { waiting.load(sku, WaitingUnits()) }
        if !needs.waiting.isEmpty {
            for (sku, units) in try WaitingUnits.load(needs.waiting.sorted(), in: db) { waiting.load(sku, units) }
        }
        for place in needs.queuePlaces.values { supplyAhead[place.order] = try .load(place, configuration, in: db) }
        for sku in needs.kits { kits[sku] = .some(nil) }
        try ItemStore.kits(of: needs.kits, in: db) { kits[$0] = .some($1) }
        courierRecords.merge(try CourierRecordStore.records(into: needs.courierAreas, in: db)) { $1 }
        // What the group before counts is being committed: it may have been read or not.
        settledAreas.formUnion(needs.courierAreas.subtracting(previous?.countedAreas ?? []))
        for id in needs.exceptions { exceptions.load(id, nil) }
        try ExceptionStore.load(needs.exceptions, in: db) { exceptions.load($0.id, $0) }
        for (location, moment) in needs.known {
            known[location] = try StockReading.known(at: location, since: moment, in: db)
        }
        for account in needs.storeCredits { storeCredits.load(account, nil) }
        try StoreCreditStore.load(needs.storeCredits, in: db) { storeCredits.load($0.account, $0) }
        for id in needs.transfers { transfers.load(id, nil) }
        try TransferStore.load(needs.transfers.sorted(), in: db) { transfers.load($0.id, $0) }
        for id in needs.inbound { inbound.load(id, nil) }
        try InboundStore.load(needs.inbound.sorted(), in: db) { inbound.load($0.id, $0) }
        for id in needs.reservations { reservations.load(id, nil) }
        try ReservationStore.load(needs.reservations.sorted(), in: db) { reservations.load($0.id, $0) }
        for id in needs.handOvers { handOvers.load(id, nil) }
        try ClosedHandOverStore.load(needs.handOvers.sorted(), in: db) { handOvers.load($0.id, $0) }
        for id in needs.courierPickups { courierPickups.load(id, nil) }
        try CourierPickupStore.load(needs.courierPickups.sorted(), in: db) { courierPickups.load($0.id, $0) }
        for location in needs.snapshots { snapshots.load(location, nil) }
        try StockSnapshotStore.load(needs.snapshots, in: db) { snapshots.load($0.location, $0) }
        for id in needs.messages { messages.load(id, nil) }
        try MessageStore.load(needs.messages, in: db) { messages.load($0.id, $0) }
    }

    /// Whether it is known how punctual couriers are into an area, by this group or by those before.
    func knowsCouriers(into area: String) -> Bool {
        if courierRecords[area] != nil { return true }
        courierRecords[area] = cache.courierRecords[area]
        return courierRecords[area] != nil
    }

    /// Items and levels that the cache does not have are read.
    private func loadItemsAndStock(_ needs: Needs, in db: any Connection) throws {
        var unknownItems: [String] = []
        for sku in needs.items {
            let known = cache.items[sku]
            items[sku] = .some(known)
            if known == nil { unknownItems.append(sku) }
        }
        try ItemStore.load(unknownItems, in: db) { items[$0.sku] = Kept($0) }
        var unknownStock: [String] = []
        for sku in needs.stock {
            let known = cache.stock[sku]
            stock.load(sku, known ?? [])
            if known == nil { unknownStock.append(sku) }
        }
        var levels: [String: [StockLevel]] = [:]
        try StockLedger.load(unknownStock, in: db) { levels[$0.sku, default: []].append($0) }
        for (sku, found) in levels { stock.load(sku, found) }
    }

    func keep() {
        orders.keep()
        stock.keep()
        exceptions.keep()
        snapshots.keep()
        storeCredits.keep()
        transfers.keep()
        inbound.keep()
        reservations.keep()
        messages.keep()
        handOvers.keep()
        courierPickups.keep()
        waiting.keep()
        days.keep()
    }

    func takeBack() {
        orders.takeBack()
        stock.takeBack()
        exceptions.takeBack()
        snapshots.takeBack()
        storeCredits.takeBack()
        transfers.takeBack()
        inbound.takeBack()
        reservations.takeBack()
        messages.takeBack()
        handOvers.takeBack()
        courierPickups.takeBack()
        waiting.takeBack()
        days.takeBack()
    }

    /// Writes everything that changed, set by set, always in the same order: orders, stock, then what only grows.
    func apply(in db: any Connection) throws {
        let orderChanges = orders.changes
        try OrderStore.insert(orderChanges.filter { $0.before == nil }.map(\.now), in: db)
        try OrderStore.update(
            orderChanges.compactMap { change in change.before.map { (before: $0, after: change.now) } }, in: db)
        try applyStock(in: db)
        try WorkDayStore.save(days.changes, in: db)
        try TransferStore.save(transfers.changes.map { ($0.before, $0.now) }, in: db)
        try InboundStore.save(inbound.changes.map { ($0.before, $0.now) }, in: db)
        try ReservationStore.save(reservations.changes.map { ($0.before, $0.now) }, in: db)
        try StockLedger.append(movements, in: db)
        try StoreCreditStore.save(storeCredits.changes.map { ($0.before, $0.now) }, in: db)
        try StoreCreditStore.append(creditEntries, in: db)
        try ExceptionStore.save(exceptions.changes.map { ($0.before, $0.now) }, in: db)
        try StockSnapshotStore.save(snapshots.changes.map(\.now), in: db)
        try ClosedHandOverStore.save(handOvers.changes.map { ($0.before, $0.now) }, in: db)
        try CourierPickupStore.save(courierPickups.changes.map { ($0.before, $0.now) }, in: db)
        try MessageStore.save(messages.changes.map { ($0.before, $0.now) }, in: db)
        try JobQueue.add(addedJobs, in: db)
        try JobQueue.finish(finishedJobs, in: db)
        try JobQueue.postpone(postponedJobs, in: db)
        try JobQueue.bury(buriedJobs, in: db)
        for write in writes { try write(db) }
        try EventLog.append(events, in: db)
        try Idempotency.keep(keptRows, in: db)
        try Counters.save(counters, before: countersBefore, in: db)
    }

    /// Levels in the order of SKU and location, so that two writers never wait for each other in a circle.
    private func applyStock(in db: any Connection) throws {
        var inserted: [StockLevel] = []
        var updated: [(before: StockLevel, after: StockLevel)] = []
        for (_, before, now) in stock.changes.sorted(by: { $0.key < $1.key }) {
            var old = (before ?? [])[...]
            for level in now {
                if let first = old.first, first.location == level.location {
                    old = old.dropFirst()
                    if first != level { updated.append((first, level)) }
                } else {
                    inserted.append(level)
                }
            }
        }
        try StockLedger.insert(inserted, in: db)
        try StockLedger.update(updated, in: db)
    }
}

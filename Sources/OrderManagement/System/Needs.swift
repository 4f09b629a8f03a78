/// The rows that commands ask for before they decide; each is loaded once per group.
public struct Needs {
    var orders: Set<OrderID> = []
    var externalNames: Set<ExternalName> = []
    var items: Set<String> = []
    var stock: Set<String> = []
    var jobs: Set<JobID> = []
    var backorders: Set<String> = []
    var exceptions: Set<ExceptionID> = []
    var snapshots: Set<String> = []
    var transfers: Set<TransferID> = []
    var inbound: Set<InboundID> = []
    var reservations: Set<ReservationID> = []
    var messages: Set<MessageID> = []
    var handOvers: Set<HandOverID> = []
    var courierPickups: Set<CourierPickupID> = []
    var trackingNumbers: Set<String> = []
    var known: [String: Timestamp] = [:]
    var storeCredits: Set<StoreCredit.Account> = []
    var kits: Set<String> = []
    var waiting: Set<String> = []
    var days: Set<WorkDay> = []
    var inboundNames: Set<InboundName> = []
    var courierAreas: Set<String> = []
    var uninspectedPlaces: Set<StockPlace> = []
    var channelVersions: Set<ChannelStore.Name> = []
    var queuePlaces: [OrderID: SupplyAhead.Place] = [:]

    private let rows: WorkingSet
    init(_ rows: WorkingSet) { self.rows = rows }

    /// An order with all its parts, and the store credit that is held for it. Those that send goods of others once more
    /// stand together: what their customer has is known by all of them.
    public mutating func order(_ id: OrderID) {
        partsOfOrder(id)
        guard var rest = rows.orders[id]?.reshipmentLinks, !rest.isEmpty else { return }
        var seen: Set<OrderID> = [id]
        while let next = rest.popLast() {
            guard seen.insert(next).inserted else { continue }
            partsOfOrder(next)
            rest += rows.orders[next]?.reshipmentLinks ?? []
        }
    }

    private mutating func partsOfOrder(_ id: OrderID) {
        guard rows.orders.isLoaded(id) else {
            orders.insert(id)
            return
        }
        for fulfillment in rows.orders[id]?.fulfillments ?? [] { fulfillment.counted().map { workDay($0) } }
        if let order = rows.orders[id], order.holdsCredit, let account = order.creditAccount { storeCredit(account) }
    }

    /// What a customer may spend with the retailer.
    public mutating func storeCredit(_ account: StoreCredit.Account) {
        if !rows.storeCredits.isLoaded(account) { storeCredits.insert(account) }
    }

    /// Whether a channel's own name for an order is taken, and by which order.
    public mutating func externalName(_ name: ExternalName) {
        if rows.externalNames[name] == nil { externalNames.insert(name) }
    }

    public mutating func item(_ sku: String) { if rows.items[sku] == nil { items.insert(sku) } }

    /// All levels of a SKU.
    public mutating func stock(_ sku: String) { if !rows.stock.isLoaded(sku) { stock.insert(sku) } }
    public mutating func job(_ id: JobID) { if !rows.jobs.isLoaded(id) { jobs.insert(id) } }

    /// Whether somebody waits for a SKU.
    public mutating func backorders(_ sku: String) {
        if rows.isAwaited[sku] == nil { backorders.insert(sku) }
        // Units that come for them are theirs, also beside who is decided on in the same group.
        if rows.isAwaited[sku] == true { waiting(for: sku) }
    }

    /// What those are about to get who wait for a SKU.
    mutating func queue(for sku: String) { if rows.filling[sku] != nil { waiting(for: sku) } }

    /// Whether a location expects something under a name of its own.
    mutating func inbound(named name: InboundName) {
        if rows.inboundNames[name] == nil { inboundNames.insert(name) }
    }

    /// What a location has to do on a day.
    mutating func workDay(_ day: WorkDay) { if !rows.days.isLoaded(day) { days.insert(day) } }

    /// How many units of an item are sold and not there.
    mutating func waiting(for sku: String) { if !rows.waiting.isLoaded(sku) { waiting.insert(sku) } }

    /// Some kit that an item is part of.
    mutating func kit(of sku: String) { if rows.kits[sku] == nil { kits.insert(sku) } }

    public mutating func exception(_ id: ExceptionID) {
        if !rows.exceptions.isLoaded(id) { exceptions.insert(id) }
    }

    public mutating func transfer(_ id: TransferID) { if !rows.transfers.isLoaded(id) { transfers.insert(id) } }

    public mutating func inbound(_ id: InboundID) { if !rows.inbound.isLoaded(id) { inbound.insert(id) } }
    public mutating func reservation(_ id: ReservationID) {
        if !rows.reservations.isLoaded(id) { reservations.insert(id) }
    }
    public mutating func handOver(_ id: HandOverID) { if !rows.handOvers.isLoaded(id) { handOvers.insert(id) } }
    /// A courier pickup, with what has shown that something of it was refused.
    mutating func courierPickup(_ id: CourierPickupID, given work: Work) {
        if !rows.courierPickups.isLoaded(id) { courierPickups.insert(id) }
        if let shown = work.peek(id)?.exception { exception(shown) }
    }

    /// The orders that have a parcel of a tracking number.
    mutating func tracking(_ number: String, given work: Work) {
        guard let orders = rows.tracked[number] else {
            trackingNumbers.insert(number)
            return
        }
        for id in orders { order(id) }
    }

    public mutating func message(_ id: MessageID) { if !rows.messages.isLoaded(id) { messages.insert(id) } }

    /// When the last stock feed of a location was taken.
    public mutating func snapshot(_ location: String) {
        if !rows.snapshots.isLoaded(location) { snapshots.insert(location) }
    }

    /// A channel as one of its versions had it.
    mutating func channelVersion(_ name: ChannelStore.Name) {
        if rows.channelVersions[name] == nil { channelVersions.insert(name) }
    }

    /// Which returns hold units at a place that nobody has judged.
    mutating func uninspected(_ place: StockPlace) {
        if rows.uninspected[place] == nil { uninspectedPlaces.insert(place) }
    }

    /// What is still to come at a place in the queues of some SKUs.
    mutating func supplyAhead(_ place: SupplyAhead.Place) {
        guard !place.skus.isSubset(of: rows.supplyAhead[place.order]?.skus ?? []) else { return }
        queuePlaces[place.order] = place
    }

    /// How punctual couriers are on their ways into an area.
    mutating func courierRecords(into area: String) {
        if !rows.knowsCouriers(into: area) { courierAreas.insert(area) }
    }

    /// What a location has, and what moved there since a moment.
    mutating func known(at location: String, since moment: Timestamp) {
        if rows.known[location] == nil { known[location] = moment }
    }

    /// Whether something is named that the group before may be changing and cannot tell: it must be committed first.
    var areLate: Bool {
        !(jobs.isEmpty && backorders.isEmpty && exceptions.isEmpty && snapshots.isEmpty && known.isEmpty
            && messages.isEmpty && waiting.isEmpty && trackingNumbers.isEmpty && uninspectedPlaces.isEmpty
            && queuePlaces.isEmpty)
    }

    var isEmpty: Bool {
        known.isEmpty && orders.isEmpty && externalNames.isEmpty && items.isEmpty && stock.isEmpty && jobs.isEmpty
            && backorders.isEmpty && exceptions.isEmpty && snapshots.isEmpty && transfers.isEmpty
            && inbound.isEmpty && reservations.isEmpty && storeCredits.isEmpty && messages.isEmpty && kits.isEmpty
            && waiting.isEmpty && handOvers.isEmpty && courierPickups.isEmpty && trackingNumbers.isEmpty
            && days.isEmpty && inboundNames.isEmpty && courierAreas.isEmpty && uninspectedPlaces.isEmpty
            && channelVersions.isEmpty && queuePlaces.isEmpty
    }
}

/// One command's view of the working set: what it may look at and change. All of it is dropped when it is refused.
public struct Work {
    /// When the command is performed: the same throughout.
    public let now: Timestamp
    public let principal: Principal
    let command: String
    let rows: WorkingSet

    private var events: [RecordedEvent] = []
    private var movements: [StockLedger.Entry] = []
    private var creditEntries: [StoreCredit.Entry] = []
    private var jobs: [[SQLValue]] = []
    private var finished: [JobID] = []
    private var postponed: [Job] = []
    private var buried: [Job] = []
    private var writes: [(any Connection) throws -> Void] = []
    private var awaited: [String] = []
    /// SKUs whose queue a job of this command will serve.
    private var filling: [String] = []

    init(_ rows: WorkingSet, now: Timestamp, principal: Principal, command: String) {
        self.rows = rows
        self.now = now
        self.principal = principal
        self.command = command
    }

    public var configuration: Configuration { rows.configuration }

    /// What is wrong with the place of stock that a request names: each unknown part, at its place in the request.
    func objections(toStockOf sku: String, at location: String, pointer: String) -> [Refusal.Detail] {
        var wrong: [Refusal.Detail] = []
        if item(sku) == nil { wrong.append(.init("\(pointer)/sku", .unknownSKU, "there is no item \(sku)")) }
        objectionToKit(sku, at: "\(pointer)/sku").map { wrong.append($0) }
        if configuration.locations[location] == nil || !principal.sees(location: location) {
            wrong.append(.init("\(pointer)/location", .unknownLocation, "there is no location \(location)"))
        }
        return wrong
    }

    // MARK: Orders

    /// - Throws: `.notFound`, also for an order of which the caller may see no part.
    func order(_ id: OrderID) throws(Refusal) -> Order {
        guard let order = rows.orders[id], order.isVisible(to: principal) else {
            throw Refusal(.notFound, "there is no order \(id)")
        }
        return order
    }

    /// The order that bears a channel's own name, if any.
    func order(named name: ExternalName) -> OrderID? { rows.externalNames[name] ?? nil }

    /// Whether an order of this id was loaded or made; for commands that look before they need more.
    func peek(_ id: OrderID) -> Order? { rows.orders[id] }

    mutating func insert(_ order: Order) {
        countDays(from: nil, to: order)
        watchWork(from: nil, to: order)
        rows.orders.put(order.id, order)
        if let external = order.externalID {
            rows.externalNames[ExternalName(channel: order.channel, id: external)] = order.id
        }
    }

    /// Puts the changed order in place: a new version, its completion told when this change brought it.
    /// - Returns: The order as stored.
    @discardableResult
    mutating func update(_ changed: Order) -> Order {
        var order = changed
        let before = rows.orders[order.id]
        order.version = (before?.version ?? 0) + 1
        order.updatedAt = now
        order.settleChange(since: before, in: &self)
        countDays(from: before, to: order)
        watchWork(from: before, to: order)
        rows.orders.put(order.id, order)
        return order
    }

    /// Puts an order in place of which something was noted that no decision about it depends on: its version stays, so
    /// that nobody who has read it is refused for that.
    mutating func note(_ order: Order) { rows.orders.put(order.id, order) }

    /// The next order number of a channel, such as `WEB-1001`. A refused order leaves a gap.
    func nextNumber(of channel: Channel) -> String {
        channel.numberPrefix + String(1000 + rows.advance(Counters.number(of: channel.code)))
    }

    /// The version of a channel's policies that decides now; nil where there is no such channel any more.
    func policyVersion(of channel: String) -> Int64? { configuration.channels[channel]?.version }

    /// The next name of a credit memo of a channel, such as `CM-WEB-1001`.
    func nextMemoName(of channel: String) -> String {
        let prefix = configuration.channels[channel]?.numberPrefix ?? channel + "-"
        return "CM-\(prefix)\(1000 + rows.advance(Counters.memo(of: channel)))"
    }

    func nextIdentifier<Subject>(at moment: Timestamp) -> Identifier<Subject> {
        Identifier(at: moment, serial: rows.advance(Counters.serial))
    }

    // MARK: Items and stock

    func item(_ sku: String) -> Item? { keptItem(sku)?.value }

    /// The same by reference: who asks for one of its values copies no other.
    func keptItem(_ sku: String) -> Kept<Item>? { rows.items[sku] ?? nil }

    /// The levels of a SKU, in the order of locations.
    func levels(of sku: String) -> [StockLevel] { rows.stock[sku] ?? [] }

    func level(of sku: String, at location: String) -> StockLevel {
        levels(of: sku).first { $0.location == location } ?? StockLevel(sku: sku, location: location)
    }

    /// Moves units and writes the ledger.
    /// - Throws: `BrokenInvariant` when they are not where the movement takes them from.
    mutating func move(_ movement: StockMovement) throws {
        guard movement.quantity > 0 else { return }
        var levels = levels(of: movement.sku)
        var place = levels.firstIndex { $0.location >= movement.location } ?? levels.count
        if place == levels.count || levels[place].location != movement.location {
            levels.insert(StockLevel(sku: movement.sku, location: movement.location), at: place)
            place = levels.firstIndex { $0.location == movement.location } ?? place
        }
        let previous = levels[place].lastMovement
        let shortage = levels[place].shortage
        try levels[place].apply(movement)
        if shortage > 0 && levels[place].shortage < shortage {
            enqueue(.settleShortage, payload: "\(movement.location)\n\(movement.sku)", due: now)
        }
        let id = rows.advance(Counters.movement)
        levels[place].lastMovement = id
        movements.append(.init(id: id, movement: movement, previous: previous, at: now, principal: principal.name))
        rows.stock.put(movement.sku, levels)
    }

    /// Remembers that units of a SKU are backordered, for commands that bring stock later in this group.
    mutating func await(_ sku: String) { awaited.append(sku) }

    /// The same of what a line is made of; has its dates worked out where some of it is to come.
    mutating func await(_ line: OrderLine, more units: Int64, on channel: String) {
        for part in line.goods {
            if var waiting = rows.waiting[part.sku] {
                waiting.byChannel[channel, default: 0] += units * part.quantity
                rows.waiting.put(part.sku, waiting)
            }
            awaited.append(part.sku)
            if levels(of: part.sku).contains(where: { $0.inbound > 0 }) { promiseBackorders(of: part.sku) }
        }
    }

    /// Whether somebody waits for a SKU, for commands that asked.
    func isAwaited(_ sku: String) -> Bool { rows.isAwaited[sku] == true || awaited.contains(sku) }

    /// Has waiting orders served when somebody waits for a SKU that now has units.
    mutating func serveBackorders(of sku: String) {
        guard rows.isAwaited[sku] == true else { return }
        enqueue(.fillBackorders, payload: sku, due: now)
    }

    // MARK: Store credit

    /// What a customer may spend; nil before the first credit.
    func storeCredit(_ account: StoreCredit.Account) -> StoreCredit? { rows.storeCredits[account] }

    /// Books an amount on a store credit, for an order and a payment of it where there is one, and tells it.
    /// - Throws: `BrokenInvariant` below zero, and for a credit that was not asked for in time.
    mutating func book(
        _ kind: StoreCredit.Entry.Kind, _ amount: Int64, on account: StoreCredit.Account, order: OrderID? = nil,
        payment: Int? = nil, reason: String
    ) throws {
        guard rows.storeCredits.isLoaded(account) else {
            throw BrokenInvariant("the store credit of \(account.customer) was not loaded")
        }
        var credit = storeCredit(account)
            ?? StoreCredit(id: nextIdentifier(at: now), account: account, updatedAt: now)
        try credit.book(kind, amount, at: now)
        rows.storeCredits.put(account, credit)
        creditEntries.append(
            StoreCredit.Entry(
                credit: credit.id, number: credit.entries, kind: kind, amount: amount, balance: credit.balance,
                order: order, payment: payment, reason: reason, at: now, by: principal.name))
        record(.storeCreditBooked) {
            $0.member("store_credit", credit.id.description)
            $0.member("customer", account.customer)
            $0.member("kind", kind.rawValue)
            $0.member("amount", Money(amount, account.currency))
            $0.member("balance", Money(credit.balance, account.currency))
            $0.member("order", order?.description)
            $0.member("reason", reason)
        }
    }

    // MARK: Events, jobs, exceptions

    /// Records a fact of an order, numbered within it.
    /// - Parameter isAnnounced: Whether the customer is told, where the channel tells such facts.
    /// - Returns: Its place among the command's events.
    @discardableResult
    mutating func record(
        _ type: EventType, on order: inout Order, isAnnounced: Bool = true, _ members: (inout JSONWriter) -> Void
    ) -> Int {
        var json = JSONWriter(reservingCapacity: 256)
        json.object { members(&$0) }
        return record(type, on: &order, isAnnounced: isAnnounced, data: json.text)
    }

    @discardableResult
    mutating func record(_ type: EventType, on order: inout Order, isAnnounced: Bool = true, data: String) -> Int {
        order.sequence += 1
        events.append(RecordedEvent(type: type, order: order.id, sequence: order.sequence, data: data))
        // Of new dates customers hear where they were told another: whoever records it knows.
        // Of units that wait from the beginning the order's own message tells.
        if type == .orderPromiseChanged || !isAnnounced { return events.count - 1 }
        if type != .orderBackordered || !events.contains(where: { $0.type == .orderPlaced && $0.order == order.id }) {
            order.announce(type, in: &self)
        }
        return events.count - 1
    }

    /// Gives an event its data, where that is known only at the end of the command.
    mutating func fill(_ event: Int, with data: String) { events[event].data = data }

    /// Records a fact that belongs to no order.
    mutating func record(_ type: EventType, _ members: (inout JSONWriter) -> Void) {
        var json = JSONWriter(reservingCapacity: 256)
        json.object { members(&$0) }
        events.append(RecordedEvent(type: type, order: nil, sequence: nil, data: json.text))
    }

    mutating func enqueue(
        _ kind: JobKind, of order: OrderID? = nil, payload: String = "", due: Timestamp, asks connection: String = ""
    ) {
        let id: JobID = nextIdentifier(at: now)
        if kind == .fillBackorders { filling.append(payload) }
        jobs.append([
            .integer(id.value), .text(kind.rawValue), .text(kind.lane.rawValue), .text(connection),
            SQLValue(order?.value), .text(payload), .integer(due.milliseconds), .integer(now.milliseconds),
        ])
    }

    /// Has a message sent from a moment on: the intent is committed with all else.
    mutating func send(_ message: Message, due: Timestamp) {
        rows.messages.put(message.id, message)
        enqueue(.sendMessage, of: message.order, payload: message.id.description, due: due)
    }

    func message(_ id: MessageID) -> Message? { rows.messages[id] }
    mutating func update(_ message: Message) { rows.messages.put(message.id, message) }

    /// A job that waits to be done; one that was given up is not that.
    func job(_ id: JobID) -> Job? { rows.jobs[id].flatMap { $0.state == .waiting ? $0 : nil } }
    /// A job whatever its state.
    func anyJob(_ id: JobID) -> Job? { rows.jobs[id] }
    mutating func finish(_ job: JobID) { finished.append(job) }
    mutating func postpone(_ job: Job) { postponed.append(job) }
    mutating func bury(_ job: Job) { buried.append(job) }

    /// Opens an exception for a person.
    mutating func open(
        _ kind: OrderException.Kind, order: OrderID? = nil, subject: String? = nil, sku: String? = nil,
        location: String? = nil, goods: [SKUQuantity] = [], cause: String, owner: String, suggestion: String,
        within: Seconds = .hours(4)
    ) -> OrderException {
        let exception = OrderException(
            id: nextIdentifier(at: now), kind: kind, isOpen: true, order: order, subject: subject, goods: goods,
            sku: sku, location: location, cause: cause, owner: owner, suggestion: suggestion, openedAt: now,
            due: now + within)
        rows.exceptions.put(exception.id, exception)
        return exception
    }

    func exception(_ id: ExceptionID) -> OrderException? { rows.exceptions[id] }
    mutating func update(_ exception: OrderException) { rows.exceptions.put(exception.id, exception) }

    /// Settles an exception that is loaded, or that stands in its order.
    /// - Returns: The exception as resolved.
    mutating func resolve(_ exception: OrderException, _ resolution: String) -> OrderException {
        if !rows.exceptions.isLoaded(exception.id) { rows.exceptions.load(exception.id, exception) }
        var resolved = exception
        resolved.isOpen = false
        resolved.resolvedAt = now
        resolved.resolution = resolution
        rows.exceptions.put(resolved.id, resolved)
        return resolved
    }

    func snapshot(of location: String) -> StockSnapshot? { rows.snapshots[location] }
    func known(at location: String) -> TakeSnapshot.Known { rows.known[location] ?? TakeSnapshot.Known() }
    mutating func put(_ snapshot: StockSnapshot) { rows.snapshots.put(snapshot.location, snapshot) }

    /// - Throws: `.notFound`, also for a transfer of which the caller may see neither end.
    func transfer(_ id: TransferID) throws(Refusal) -> Transfer {
        guard let transfer = rows.transfers[id], transfer.isVisible(to: principal) else {
            throw Refusal(.notFound, "there is no transfer \(id)")
        }
        return transfer
    }

    /// A transfer that was loaded or made; for commands that look before they need more.
    func peek(_ id: TransferID) -> Transfer? { rows.transfers[id] }
    mutating func insert(_ transfer: Transfer) { rows.transfers.put(transfer.id, transfer) }

    /// Puts a changed transfer in place: a new version. - Returns: The transfer as stored.
    @discardableResult
    mutating func update(_ changed: Transfer) -> Transfer {
        var transfer = changed
        transfer.version = (rows.transfers[transfer.id]?.version ?? 0) + 1
        transfer.updatedAt = now
        rows.transfers.put(transfer.id, transfer)
        return transfer
    }

    /// - Throws: `.notFound`, also for a hand-over of a location that the caller may not see.
    func handOver(_ id: HandOverID) throws(Refusal) -> ClosedHandOver {
        guard let closed = rows.handOvers[id], principal.sees(location: closed.location) else {
            throw Refusal(.notFound, "there is no hand-over \(id)")
        }
        return closed
    }

    /// A hand-over that was loaded or made; for commands that look before they need more.
    func peek(_ id: HandOverID) -> ClosedHandOver? { rows.handOvers[id] }
    mutating func insert(_ closed: ClosedHandOver) { rows.handOvers.put(closed.id, closed) }
    mutating func update(_ closed: ClosedHandOver) { rows.handOvers.put(closed.id, closed) }

    /// - Throws: `.notFound`, also for an inbound supply of a location that the caller may not see.
    func inbound(_ id: InboundID) throws(Refusal) -> InboundSupply {
        guard let supply = rows.inbound[id], principal.sees(location: supply.location) else {
            throw Refusal(.notFound, "there is no inbound supply \(id)")
        }
        return supply
    }

    func peek(_ id: InboundID) -> InboundSupply? { rows.inbound[id] }

    /// Puts a changed inbound supply in place: a new version. - Returns: It as stored.
    mutating func update(_ changed: InboundSupply) -> InboundSupply {
        var supply = changed
        supply.version = (rows.inbound[supply.id]?.version ?? 0) + 1
        supply.updatedAt = now
        settleOverdue(&supply)
        rows.inbound.put(supply.id, supply)
        return supply
    }

    func peek(_ id: ReservationID) -> Reservation? { rows.reservations[id] }
    mutating func insert(_ reservation: Reservation) { rows.reservations.put(reservation.id, reservation) }

    /// Puts a changed reservation in place: a new version. - Returns: It as stored.
    mutating func update(_ changed: Reservation) -> Reservation {
        var reservation = changed
        reservation.version = (rows.reservations[reservation.id]?.version ?? 0) + 1
        rows.reservations.put(reservation.id, reservation)
        return reservation
    }

    /// Writes rows of a table that commands do not decide on, such as keys and configuration.
    mutating func write(_ body: @escaping (any Connection) throws -> Void) { writes.append(body) }

    /// Says that the configuration is another from the next group on.
    mutating func changeConfiguration() { _ = rows.advance(Counters.configuration) }

    // MARK: The end

    /// Hands everything over to the working set: the command was accepted.
    ///
    /// - Returns: The position of the event that holds the reply, if one does.
    func settle(_ reply: Reply) -> Int64? {
        var replyPosition: Int64?
        for (index, event) in events.enumerated() {
            let position = rows.advance(Counters.position)
            if reply.event == index { replyPosition = position }
            rows.events.append([
                .integer(position), .text(event.type.rawValue), SQLValue(event.order?.value),
                SQLValue(event.sequence), .integer(now.milliseconds), .text(principal.name), .text(command),
                .text(event.data),
            ])
        }
        rows.movements.append(contentsOf: movements)
        rows.creditEntries.append(contentsOf: creditEntries)
        rows.addedJobs.append(contentsOf: jobs)
        rows.finishedJobs.append(contentsOf: finished)
        rows.postponedJobs.append(contentsOf: postponed)
        rows.buriedJobs.append(contentsOf: buried)
        rows.writes.append(contentsOf: writes)
        for sku in awaited { rows.isAwaited[sku] = true }
        for sku in filling { rows.countFilling(of: sku, 1) }
        for job in finished.compactMap({ rows.jobs[$0] }) + buried where job.kind == .fillBackorders {
            rows.countFilling(of: job.payload, -1)
        }
        rows.keep()
        return replyPosition
    }
}

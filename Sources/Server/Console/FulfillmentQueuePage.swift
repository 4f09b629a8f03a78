import OrderManagement

/// The work of a location in the order in which it must leave.
struct FulfillmentQueuePage: Page {
    static let template = "fulfillments"

    /// One fulfillment.
    struct Row: Sendable {
        var order: PageLink
        var customer: String
        /// Of a pickup: who else may collect, and what the customer said of the curb.
        var pickup: String?
        var location: String
        var method: String
        var status: Pill
        var urgency: Pill?
        var shipBy: TimeText
        /// What must be picked, the first few.
        var units: [OrderPage.Units]
        var more: String?
        var actions: ActionBar
        /// Packing slip, label, pickup code.
        var documents: [PageLink] = []
    }

    let title = "Fulfillments"
    let address = "/console/fulfillments"
    let filters: [FormInput]
    let rows: [Row]
    let hasRows: Bool
    let range: String
    /// The zone of the times in the list, where it is not the console's own.
    let zone: String?
    let next: String?
    let first: String?
    /// What prints the new labels of a location in one job.
    let printing: ActionBar
    /// What was printed there last.
    let prints: [Print]

    init(
        filters: [FormInput], rows: [Row], range: String, zone: String?, next: String?, first: String?,
        printing: ActionBar, prints: [Print]
    ) {
        self.filters = filters
        self.rows = rows
        self.hasRows = !rows.isEmpty
        self.range = range
        self.zone = zone
        self.next = next
        self.first = first
        (self.printing, self.prints) = (printing, prints)
    }
}

/// What the queue's address asks for, and what was found.
struct FulfillmentQueue: Sendable {
    let location: String?
    let state: Fulfillment.State?
    let isLate: Bool
    let cursor: FulfillmentStore.Cursor

    static let limit = 40

    init(_ query: Query) {
        let text = { (name: String) in query.text(name).flatMap { $0.isEmpty ? nil : String($0.prefix(64)) } }
        location = text("location")
        state = text("status").flatMap { Fulfillment.State(rawValue: $0) }
        isLate = text("late") == "true"
        let parts = (text("cursor") ?? "").split(separator: ".")
        if parts.count == 2, let shipBy = Int64(parts[0]), let id = FulfillmentID(String(parts[1])) {
            cursor = FulfillmentStore.Cursor(shipBy: shipBy, id: id)
        } else {
            cursor = .start
        }
    }

    /// Without a location only what is late is a queue: the rest has no order across locations.
    func page(of locations: [String], at now: Timestamp, in db: any Connection) throws
        -> (ids: [FulfillmentID], next: FulfillmentStore.Cursor?)
    {
        guard let location, locations.contains(location) else {
            guard location == nil else { return ([], nil) }
            return (try FulfillmentStore.late(at: locations, before: now, limit: Self.limit, in: db), nil)
        }
        let page = try FulfillmentStore.page(
            location: location, in: state.map { [$0] } ?? [], dueBefore: isLate ? now : nil, after: cursor,
            limit: Self.limit, from: db)
        return (page.found, page.next)
    }

    func address(_ cursor: FulfillmentStore.Cursor?) -> String {
        var pairs = [
            ("location", location), ("status", state?.rawValue), ("late", isLate ? "true" : nil),
        ].compactMap { name, value in value.map { "\(name)=\(PercentCoding.encoded($0))" } }
        if let cursor { pairs.append("cursor=\(cursor.shipBy).\(cursor.id)") }
        return "/console/fulfillments" + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }
}

extension Console {
    var fulfillmentQueue: Endpoint {
        page(
            "/console/fulfillments", .fulfillmentsRead, .fulfillments, query: ["location", "status", "late", "cursor"]
        ) { visit in
            let queue = FulfillmentQueue(visit.request.query)
            let (principal, now) = (visit.principal, visit.now)
            let hasPapers = paperwork != nil
            let (configuration, found, next, load, prints) = try await waybill.read { db in
                let configuration = try known.configuration(in: db)
                let codes = configuration.locations.keys.filter { principal.sees(location: $0) }.sorted()
                let (ids, next) = try queue.page(of: codes, at: now, in: db)
                let readings = try ids.compactMap { id in
                    try FulfillmentReading(id, configuration: configuration, in: db)
                }
                let place = queue.location.flatMap { principal.sees(location: $0) ? configuration.locations[$0] : nil }
                let load = try place.flatMap { try FulfillmentQueuePage.load(of: $0, at: now, in: db) }
                let prints = try place.flatMap { place in
                    hasPapers
                        ? try FulfillmentQueuePage.prints(
                            at: place, WallClock(now: now, zone: place.calendar.zone), in: db) : nil
                }
                return (configuration, readings, next, load, prints ?? [])
            }
            return FulfillmentQueuePage(
                queue, found, next: next, load: load, prints: prints, configuration: configuration, visit: visit,
                papers: PaperLinks(
                    isOffered: paperwork != nil, principal: visit.principal, locations: configuration.locations))
        }
    }
}

/// A fulfillment with its order, for a row of the queue.
struct FulfillmentReading: Sendable {
    let order: Order
    let part: Fulfillment
    let channel: Channel
    let items: [String: Item]

    init?(_ id: FulfillmentID, configuration: Configuration, in db: any Connection) throws {
        guard let order = try OrderStore.order(id.order, in: db), let part = order.part(id),
            let channel = configuration.channels[order.channel]
        else { return nil }
        self.order = order
        self.part = part
        self.channel = channel
        var items: [String: Item] = [:]
        let lines = part.lines.compactMap { order.line($0.line) }
        for sku in lines.flatMap({ [$0.sku] + $0.components.map(\.sku) }) where items[sku] == nil {
            items[sku] = try ItemStore.item(sku, in: db)
        }
        self.items = items
    }
}

extension FulfillmentQueuePage {
    private static let unitsMax = 4

    /// How much of its next days a location has taken on, where it takes only so much.
    static func load(of location: Location, at now: Timestamp, in db: any Connection) throws -> String? {
        guard location.capacityPerDay != nil || location.closesForNoCapacity else { return nil }
        let days = try WorkDayStore.days(of: location.code, from: location.calendar.day(of: now), limit: 3, in: db)
        return days.map { day, load in
            let most = location.capacityPerDay.map { " of \(MoneyText.of($0))" } ?? ""
            return "\(BusinessCalendar.date(ofDay: day)): \(MoneyText.of(load.taken))\(most)"
                + (load.isClosed ? ", closed" : "")
        }.joined(separator: " · ")
    }

    init(
        _ queue: FulfillmentQueue, _ found: [FulfillmentReading], next: FulfillmentStore.Cursor?, load: String?,
        prints: [Print], configuration: Configuration, visit: ConsoleVisit, papers: PaperLinks
    ) {
        let zone = queue.location.flatMap { configuration.locations[$0]?.calendar.zone } ?? WallClock.home
        let clock = WallClock(now: visit.now, zone: zone)
        let back = queue.address(queue.cursor == .start ? nil : queue.cursor)
        let rows = found.map { Self.row($0, clock, visit, papers, back: back) }
        let what =
            queue.location == nil ? "late at all locations" : queue.isLate ? "late" : "in the order they must leave"
        self.init(
            filters: Self.filters(queue, configuration, visit.principal), rows: rows,
            range: "\(rows.count) \(rows.count == 1 ? "fulfillment" : "fulfillments"), \(what)"
                + (load.map { " · \($0)" } ?? ""),
            zone: zone == WallClock.home ? nil : zone, next: next.map { queue.address($0) },
            first: queue.cursor == .start ? nil : queue.address(nil),
            printing: papers.isOffered
                ? queue.location.map { place in
                    let isWhole = queue.cursor == .start && next == nil && queue.state == nil && !queue.isLate
                    return Self.printing(at: place, found, isWhole: isWhole, visit, back: back)
                } ?? ActionBar() : ActionBar(), prints: prints)
    }

    private static func row(
        _ reading: FulfillmentReading, _ clock: WallClock, _ visit: ConsoleVisit, _ papers: PaperLinks, back: String
    ) -> Row {
        let (order, part) = (reading.order, reading.part)
        let actions = OrderActions(
            order: order, permissions: order.permissions(reading.channel, at: clock.now),
            principal: visit.principal, clock: clock, counters: [],
            items: reading.items, formKey: visit.formKey, back: back)
        var bar = actions.of(part)
        let isHeld = order.hold(on: part.lines.map(\.line)) != nil
        bar = ActionBar(allowed: bar.allowed.filter { $0.look != .danger }, blocked: isHeld ? bar.blocked : [])
        let units = part.lines.prefix(unitsMax).map { line in
            let sku = order.line(line.line)?.sku ?? ""
            return OrderPage.Units(
                quantity: MoneyText.of(line.quantity), sku: sku,
                name: OrderPage.text(reading.items[sku]?.name ?? "", ofKit: order.line(line.line)))
        }
        let more = part.lines.count - units.count
        return Row(
            order: PageLink(label: order.number, address: Console.address(of: order.id)),
            customer: order.customer.name, pickup: Self.pickup(part, of: order), location: part.location,
            method: Pill(status: part.method.rawValue).text,
            status: Self.status(of: part, in: order),
            urgency: Pill(urgencyOf: part, at: clock.now), shipBy: clock.time(part.shipBy), units: Array(units),
            more: more > 0 ? "and \(more) more \(more == 1 ? "line" : "lines")" : nil, actions: bar,
            documents: papers.of(part, in: order))
    }

    private static func pickup(_ part: Fulfillment, of order: Order) -> String? {
        guard part.method == .pickup else { return nil }
        let texts = [order.delivery.delegate.map { "or \($0)" }, order.delivery.note].compactMap { $0 }
        return texts.isEmpty ? nil : texts.joined(separator: " · ")
    }

    /// What it stands at: its state, or what keeps it from being released.
    private static func status(of part: Fulfillment, in order: Order) -> Pill {
        if order.hold(on: part.lines.map(\.line)) != nil { return Pill("On hold", .caution) }
        if part.state == .open, let stage = order.stage { return Pill(stage: stage) }
        return Pill(status: part.state.rawValue)
    }

    private static func filters(
        _ queue: FulfillmentQueue, _ configuration: Configuration, _ principal: Principal
    ) -> [FormInput] {
        let locations = configuration.locations.values.filter { principal.sees(location: $0.code) }
            .sorted { $0.code < $1.code }
        let states: [Fulfillment.State] = [.open, .released, .accepted, .picking, .packed, .ready, .shipped]
        return [
            FormInput(
                "Location", name: "location",
                choices: [Choice(value: "", label: "All: what is late")]
                    + locations.map {
                        Choice(value: $0.code, label: $0.name, isSelected: $0.code == queue.location)
                    }),
            FormInput(
                "State", name: "status",
                choices: [Choice(value: "", label: "All unfinished")]
                    + states.map {
                        Choice(value: $0.rawValue, label: Pill(status: $0.rawValue).text, isSelected: $0 == queue.state)
                    }),
            FormInput(
                "Due", name: "late",
                choices: [
                    Choice(value: "", label: "Any time"),
                    Choice(value: "true", label: "Late", isSelected: queue.isLate),
                ]),
        ]
    }
}

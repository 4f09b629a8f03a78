import OrderManagement

/// What waits for people, from one snapshot; each count stops at 200.
struct HomeReading: Sendable {
    /// A fulfillment that should have left.
    struct Late: Sendable {
        let order: Order
        let part: Fulfillment
    }

    let exceptions: [OrderException]
    /// Orders that exceptions are about.
    let orders: [OrderID: Order]
    let lateCount: Int
    let late: [Late]
    let heldCount: Int
    let held: [Order]
    let backorderedCount: Int
    let backordered: [OrderSummary]
    let short: [StockLevel]
    /// Jobs that were given up, for those who may try them again.
    let buried: [Job]
    let items: [String: Item]
    let configuration: Configuration
    let names: [String: String]

    /// Rows shown of each kind.
    static let rowsMax = 8
    private static let countMax = ExceptionCount.max + 1

    init(for principal: Principal, at now: Timestamp, known: KnownConfiguration, in db: any Connection) throws {
        let configuration = try known.configuration(in: db)
        self.configuration = configuration
        let exceptions = try ExceptionStore.open(after: ExceptionID(0), limit: Self.countMax, in: db)
            .filter { $0.isVisible(to: principal) }
        buried = principal.may(.admin)
            ? try JobQueue.page(.buried, after: JobID(0), limit: Self.rowsMax, in: db) : []
        let named = Array(
            Set(exceptions.prefix(Self.rowsMax).compactMap(\.order)).union(buried.compactMap(\.order)))
        let orders = try OrderStore.orders(named.sorted(), in: db)
        self.orders = orders
        self.exceptions = try exceptions.knowing(orders, by: known, at: now, in: db)

        let locations = configuration.locations.keys.filter { principal.sees(location: $0) }.sorted()
        let late = try FulfillmentStore.late(at: locations, before: now, limit: Self.countMax, in: db)
        lateCount = late.count
        self.late = try late.prefix(Self.rowsMax).compactMap { id in
            guard let order = try OrderStore.order(id.order, in: db), let part = order.part(id) else { return nil }
            return Late(order: order, part: part)
        }

        var search = OrderSearch()
        search.visibleAt = principal.locations
        search.isOnHold = true
        let held = try search.page(after: nil, limit: Self.countMax, in: db).ids
        heldCount = held.count
        self.held = try held.prefix(Self.rowsMax).compactMap { try OrderStore.order($0, in: db) }
        search.isOnHold = nil
        var waiting: [OrderID] = []
        for status in [OrderStatus.FulfillmentStatus.backordered, .partiallyAllocated] {
            search.fulfillmentStatus = status.rawValue
            waiting += try search.page(after: nil, limit: Self.countMax, in: db).ids
        }
        backorderedCount = waiting.count
        backordered = try OrderSummary.of(Array(waiting.sorted().prefix(Self.rowsMax)), in: db)

        short = try StockReading.short(limit: Self.countMax, in: db).filter { principal.sees(location: $0.location) }
        var items: [String: Item] = [:]
        for level in short.prefix(Self.rowsMax) { items[level.sku] = try ItemStore.item(level.sku, in: db) }
        self.items = items
        var names: [String: String] = [:]
        for order in self.held {
            for hold in order.holds where hold.stands {
                names[hold.by] = try UserID(hold.by).flatMap { try UserStore.user($0, in: db)?.name }
            }
        }
        self.names = names
    }
}

extension Console {
    var homePage: Endpoint {
        page(Self.home, .ordersRead, .home) { visit in
            let reading = try await waybill.read { db in
                try HomeReading(for: visit.principal, at: visit.now, known: known, in: db)
            }
            return HomePage(reading, for: visit.principal, clock: visit.clock, formKey: visit.formKey)
        }
    }
}

extension HomePage {
    init(_ reading: HomeReading, for principal: Principal, clock: WallClock, formKey: String) {
        self.init(
            readAt: clock.fullTime(clock.now), tiles: Self.tiles(reading, clock),
            sections: [
                Section(
                    "Exceptions", ageLabel: "Open for",
                    rows: reading.exceptions.prefix(HomeReading.rowsMax).map { exception in
                        Row(
                            exception, reading.orders, reading.configuration, principal, clock, formKey: formKey)
                    }, more: Self.more(reading.exceptions.count, "/console/exceptions")),
                Section(
                    "Late to leave", ageLabel: "Late by", rows: reading.late.map { Row($0, reading, clock) },
                    more: Self.more(reading.lateCount, "/console/fulfillments?late=true")),
                Section(
                    "On hold", ageLabel: "Held for", rows: reading.held.compactMap { Row(held: $0, reading, clock) },
                    more: Self.more(reading.heldCount, "/console/orders?on_hold=true")),
                Section(
                    "Waiting for stock", ageLabel: "Waiting for",
                    rows: reading.backordered.map { Row(backordered: $0, clock) },
                    more: Self.more(reading.backorderedCount, "/console/orders?fulfillment_status=backordered")),
            ], shortages: reading.short.prefix(HomeReading.rowsMax).map { Self.shortage($0, reading) },
            buriedJobs: reading.buried.map { BuriedJob($0, reading, clock, formKey: formKey) })
    }

    private static func more(_ count: Int, _ address: String) -> PageLink? {
        count > HomeReading.rowsMax ? PageLink(label: "All \(ExceptionCount.text(count))", address: address) : nil
    }

    private static func tiles(_ reading: HomeReading, _ clock: WallClock) -> [Tile] {
        func tile(_ label: String, _ count: Int, _ address: String, _ hint: String?, _ tone: Tone) -> Tile {
            Tile(
                label: label, number: ExceptionCount.text(count), address: address, hint: count > 0 ? hint : "none",
                tone: count > 0 ? tone : .quiet)
        }
        let oldest = reading.exceptions.first.map { "oldest \(clock.since($0.openedAt))" }
        let latest = reading.late.first.map { "up to \(WallClock.span(clock.now - $0.part.shipBy)) late" }
        return [
            tile("Exceptions", reading.exceptions.count, "/console/exceptions", oldest, .danger),
            tile("Late to leave", reading.lateCount, "/console/fulfillments?late=true", latest, .danger),
            tile("On hold", reading.heldCount, "/console/orders?on_hold=true", "until somebody lifts them", .caution),
            tile(
                "Waiting for stock", reading.backorderedCount, "/console/orders?fulfillment_status=backordered",
                "filled as stock arrives", .caution),
            tile(
                "Short stock", reading.short.count, "/console/stock?short=true", "promised, not on the shelf", .danger),
        ]
    }

    private static func shortage(_ level: StockLevel, _ reading: HomeReading) -> Shortage {
        Shortage(
            sku: level.sku, name: reading.items[level.sku]?.name ?? "",
            location: reading.configuration.locations[level.location]?.name ?? level.location,
            promised: MoneyText.of(level.allocated + level.reserved),
            onHand: MoneyText.of(level.allocated + level.reserved - level.shortage),
            missing: MoneyText.of(level.shortage),
            orders: PageLink(
                label: "Open orders", address: "/console/orders?status=open&sku=\(PercentCoding.encoded(level.sku))"))
    }
}

extension HomePage.Row {
    init(
        _ exception: OrderException, _ orders: [OrderID: Order], _ configuration: Configuration,
        _ principal: Principal, _ clock: WallClock, formKey: String, back: String = Console.home
    ) {
        let order = exception.order.flatMap { orders[$0] }
        let link =
            if let order {
                PageLink(label: order.number, address: Console.address(of: order.id))
            } else if let sku = exception.sku {
                PageLink(label: sku, address: "/console/stock?sku=\(PercentCoding.encoded(sku))")
            } else { PageLink(label: "–", address: "/console/exceptions") }
        let forms = ExceptionForms(
            exception, about: order, counters: configuration.counters, formKey: formKey, back: back)
        self.init(
            cause: Pill(exception: exception.kind), detail: clock.humanized(exception.cause), order: link,
            customer: order?.customer.name ?? exception.location ?? "", age: clock.since(exception.openedAt),
            due: clock.time(exception.due), isOverdue: exception.due < clock.now,
            owner: configuration.locations[exception.owner]?.name ?? Pill(status: exception.owner).text,
            assignee: exception.assignee,
            suggestion: exception.advice(clock),
            actions: forms.actions(for: principal))
    }

    init(_ late: HomeReading.Late, _ reading: HomeReading, _ clock: WallClock) {
        let place = reading.configuration.locations[late.part.location]?.name ?? late.part.location
        self.init(
            cause: Pill(status: late.part.state.rawValue),
            detail:
                "\(MoneyText.of(late.part.units)) units at \(place) should have left "
                + "\(clock.time(late.part.shipBy).text).",
            order: PageLink(label: late.order.number, address: Console.address(of: late.order.id)),
            customer: late.order.customer.name, age: WallClock.span(clock.now - late.part.shipBy), owner: place,
            suggestion: Self.suggestion(late))
    }

    private static func suggestion(_ late: HomeReading.Late) -> String {
        if let hold = late.order.hold(on: late.part.lines.map(\.line)) {
            return "\(late.order.words(of: hold, "The order")) on hold: lift the hold, or cancel."
        }
        if late.part.state == .open, let stage = late.order.stage {
            return "It waits for the stage \(stage): pass it, or cancel."
        }
        return "Finish it, or reject it to have it sourced elsewhere."
    }

    init?(held order: Order, _ reading: HomeReading, _ clock: WallClock) {
        guard let hold = order.holds.first(where: \.stands) else { return nil }
        self.init(
            cause: Pill(Pill(status: hold.reason).text, .caution), detail: hold.note ?? "No note was given.",
            order: PageLink(label: order.number, address: Console.address(of: order.id)),
            customer: order.customer.name, age: clock.since(hold.at), owner: reading.names[hold.by] ?? hold.by,
            suggestion: "Lift it when the reason is settled, or cancel.")
    }

    init(backordered order: OrderSummary, _ clock: WallClock) {
        self.init(
            cause: Pill(status: order.fulfillmentStatus),
            detail: "\(MoneyText.of(order.units)) units ordered; some wait for stock.",
            order: PageLink(label: order.number, address: Console.address(of: order.id)),
            customer: order.customer.name, age: clock.since(order.placedAt), owner: "Purchasing",
            suggestion: "Filled by itself as stock arrives, the longest waiting first.")
    }
}

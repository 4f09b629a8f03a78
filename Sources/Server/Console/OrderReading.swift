import OrderManagement

/// All that the page of an order shows, from one snapshot.
struct OrderReading: Sendable {
    let order: Order
    let channel: Channel
    /// As it was when the order was placed; nil where that is the same.
    let agreed: Channel?
    let configuration: Configuration
    /// Newest last.
    let events: [Event]
    /// How many events come before those.
    let eventsBefore: Int64
    /// The newest `order.sourced`.
    let decision: Event?
    let exceptions: [OrderException]
    /// The change that is staged.
    let amendment: StoredAmendment?
    /// What the customer was told, newest last.
    let messages: [Message]
    let items: [String: Item]
    /// People and programs by the names that events know them by.
    let names: [String: String]
    /// Orders of the same customer, this one included; no more than `ordersMax` are counted.
    let ordersOfCustomer: Int

    static let eventsMax: Int64 = 200
    static let ordersMax = 20

    /// - Returns: nil when there is no such order.
    init?(_ id: OrderID, all: Bool, known: KnownConfiguration, at now: Timestamp, in db: any Connection) throws {
        guard let order = try OrderStore.order(id, in: db) else { return nil }
        configuration = try known.configuration(in: db)
        guard let channel = configuration.channels[order.channel] else {
            throw BrokenInvariant("order \(order.number) is of the unknown channel \(order.channel)")
        }
        self.order = order
        self.channel = channel
        agreed = try order.agreedChannel(beside: channel, in: db)
        eventsBefore = all ? max(0, order.sequence - 2_000) : max(0, order.sequence - Self.eventsMax)
        events = try EventLog.page(of: id, after: eventsBefore, limit: 2_000, in: db)
        decision = try Self.decision(of: order, among: events, in: db)
        exceptions = try ExceptionStore.of(id, in: db).knowing([id: order], by: known, at: now, in: db)
        amendment = try order.openAmendment.flatMap {
            try AmendmentStore.amendment(AmendmentID(id, $0.number), in: db)
        }
        messages = try MessageStore.of(id, in: db)
        var items: [String: Item] = [:]
        for sku in order.lines.flatMap({ [$0.sku] + $0.components.map(\.sku) }) where items[sku] == nil {
            items[sku] = try ItemStore.item(sku, in: db)
        }
        self.items = items
        names = try PrincipalNames.of(
            Set(events.map(\.principal) + order.holds.map(\.by) + order.notes.map(\.by)), in: db)
        var search = OrderSearch()
        search.customer = order.customer.email
        ordersOfCustomer =
            order.customer.email == nil ? 1 : try search.page(after: nil, limit: Self.ordersMax, in: db).ids.count
    }

    private static func decision(of order: Order, among events: [Event], in db: any Connection) throws -> Event? {
        let type = EventType.orderSourced.rawValue
        if let newest = events.last(where: { $0.type == type }) { return newest }
        var (newest, after): (Event?, Int64) = (nil, 0)
        while let last = events.first?.sequence, after < last - 1 {
            let page = try EventLog.page(of: order.id, after: after, limit: 500, in: db)
            newest = page.last { $0.type == type } ?? newest
            guard page.count == 500, let end = page.last?.sequence else { break }
            after = end
        }
        return newest
    }

    /// The name of a location, or its code when it is gone.
    func name(of location: String) -> String { configuration.locations[location]?.name ?? location }
    /// What an item is called; nothing for one that is gone.
    func itemName(_ sku: String) -> String { items[sku]?.name ?? "" }
    func who(_ principal: String) -> String { names[principal] ?? principal }
}

extension Console {
    var orderPage: Endpoint {
        page("/console/orders/{id}", .ordersRead, .orders, query: ["events", "exchange", "cancellation"]) { visit in
            let id = try Self.orderID(visit.request.parameters[0])
            let all = visit.request.query.text("events") == "all"
            let order = try await waybill.read { db -> OrderID? in
                try id ?? OrderStore.id(ofNumber: visit.request.parameters[0].uppercased(), in: db)
            }
            let reading = try await waybill.read { db in
                try order.flatMap { try OrderReading($0, all: all, known: known, at: visit.now, in: db) }
            }
            guard let reading, reading.order.isVisible(to: visit.principal) else {
                throw Refusal(.notFound, "there is no order \(visit.request.parameters[0])")
            }
            let exchange = try await rehearsal(visit.request.query.text("exchange"), of: reading.order, for: visit)
            let cancellation = try await cancellation(
                visit.request.query.text("cancellation"), of: reading.order, for: visit)
            return OrderPage(
                reading, for: visit.principal, clock: visit.clock, formKey: visit.formKey, exchange: exchange,
                cancellation: cancellation,
                hasPapers: paperwork != nil,
                // Who opens it may do what the customer may.
                customerPage: visit.principal.may(.ordersWrite) ? try await links.path(of: reading.order) : nil)
        }
    }

    /// An order's id; nil for its number, which people type.
    static func orderID(_ text: String) throws(Refusal) -> OrderID? {
        guard text.utf8.count <= 64 else { throw Refusal(.notFound, "there is no such order") }
        return OrderID(text)
    }
}

import OrderManagement

/// The demonstration retailer that travels in the program: two warehouses, twelve stores, two channels.
struct DemonstrationRetailer {
    let locations: [Location]
    let items: [Item]
    let stock: [StockRow]
    /// By the number of the customer; guests in their order.
    private let homes: [String: Home]
    private let guestHomes: [Home]

    /// A customer's name and address.
    struct Home {
        let customer: Customer
        let address: Address
    }

    /// - Throws: `UnreadableFile` when the tables in the program contradict themselves.
    init() throws {
        locations = try Self.rows(EmbeddedDemonstration.locations, "locations") { try Location($0) }
        items = try Self.rows(EmbeddedDemonstration.items, "items") { try Item($0) }
        stock = try Self.rows(EmbeddedDemonstration.stock, "stock") { try StockRow($0) }
        let all = try Self.rows(EmbeddedDemonstration.addresses, "addresses") { ($0.value("customer"), try Home($0)) }
        homes = Dictionary(
            all.compactMap { number, home in number.map { ($0, home) } }, uniquingKeysWith: { first, _ in first })
        guestHomes = all.filter { $0.0 == nil }.map(\.1)
    }

    private static func rows<Row>(_ text: String, _ name: String, _ read: (TableRecord) throws -> Row) throws -> [Row] {
        var rows: [Row] = []
        try TableFile(text: text, name: name).read { record in
            do {
                rows.append(try read(try record.get()))
            } catch let wrong as RejectedRow {
                throw UnreadableFile("\(name), line \(wrong.line): \(wrong.reason)")
            }
        }
        return rows
    }

    /// Where a customer lives; a guest has one of the guests' homes, the same for the same order.
    func home(of order: OnlineRetailOrder) -> Home? {
        if let customer = order.customer { return homes[customer] }
        let country = OnlineRetailOrder.code(of: order.country)
        let near = guestHomes.filter { $0.address.country == country }
        let number = order.invoice.utf8.reduce(0) { $0 &* 31 &+ Int($1) }
        return near.isEmpty ? nil : near[number % near.count]
    }

    /// The orders of the sample, in the order of time.
    func orders() throws -> [OnlineRetailOrder] {
        var orders: [OnlineRetailOrder] = []
        var source = OnlineRetail()
        try source.read(TableFile(text: EmbeddedDemonstration.orders, name: "orders")) { entry in
            if case .order(let order) = entry { orders.append(order) }
        }
        return orders
    }

    // MARK: Setting up

    /// A web shop whose customers have 30 minutes to change their minds, and tills at which they have none.
    static let channels = [
        Channel(
            code: "web", name: "Web shop", currency: .pounds, numberPrefix: "WEB-",
            policy: ChannelPolicy(
                stages: ["payment", "address", "remorse"], remorse: .minutes(30), shortfall: .backorder)
                .telling(Set(Message.Kind.allCases)).labelling().takingBack(at: "LEEDS")),
        Channel(
            code: "store", name: "Stores", currency: .pounds, numberPrefix: "STORE-",
            policy: ChannelPolicy(stages: ["payment"], remorse: Seconds(0), shortfall: .refuse)
                .telling([.ready, .reminder, .returnReceived, .refunded])),
    ]

    /// Makes locations, couriers and channels.
    ///
    /// - Parameter knowsAddresses: False for orders of which the country alone is known: then no stage looks at their
    ///   addresses, and no labels are bought for them.
    func setUpPlaces(of waybill: OrderManagement, knowsAddresses: Bool = true) throws {
        _ = try waybill.performNow(SaveLocations(locations: locations), as: .system)
        _ = try waybill.performNow(SaveCouriers(couriers: DemonstrationCouriers.all), as: .system)
        _ = try waybill.performNow(SavePackaging(packaging: DemonstrationCouriers.packaging), as: .system)
        for var channel in Self.channels {
            if !knowsAddresses {
                channel.policy.stages.removeAll { $0.kind == .address }
                channel.policy.shipping.labels = .manual
            }
            _ = try waybill.performNow(SaveChannel(channel: channel), as: .system)
        }
    }

    /// Makes items, and puts on the shelves what the tables say is there.
    func setUpGoods(of waybill: OrderManagement) throws {
        _ = try waybill.performNow(SaveItems(items: items), as: .system)
        for start in stride(from: 0, to: stock.count, by: 200) {
            let entries = stock[start..<min(stock.count, start + 200)].filter { $0.onHand > 0 }.map {
                MoveStock.Entry(
                    reason: .receive, sku: $0.sku, location: $0.location, quantity: $0.onHand,
                    reference: "opening stock")
            }
            if !entries.isEmpty { _ = try waybill.performNow(MoveStock(entries: entries), as: .system) }
        }
    }
}

extension DemonstrationRetailer.Home {
    init(_ record: TableRecord) throws(RejectedRow) {
        let row = RowValues(record: record)
        let name = try row.text("name")
        self.init(
            customer: Customer(name: name, email: record.value("email")),
            address: Address(
                name: name, lines: [try row.text("line")], city: try row.text("city"),
                postcode: record.value("postcode") ?? "", country: try row.text("country")))
    }
}

extension ChannelPolicy {
    /// The same policy, with customers told of some events.
    fileprivate func telling(_ kinds: Set<Message.Kind>) -> ChannelPolicy {
        var policy = self
        policy.messages.kinds = kinds
        return policy
    }

    /// The same policy, with returns by post sent to a location.
    fileprivate func takingBack(at location: String) -> ChannelPolicy {
        var policy = self
        policy.returning.location = location
        return policy
    }

    /// The same policy, with labels bought as parcels are packed; what is dear does not go by the cheapest post.
    fileprivate func labelling() -> ChannelPolicy {
        var policy = self
        policy.shipping.labels = .automatic
        policy.shipping.rules = [
            .init(
                when: .test("delivery.service", .isOne(of: [.text("express")])), services: ["parcel_post/next_day"])
        ]
        return policy
    }
}

import OrderManagement

/// The list of orders: what its address asks for, and what was found.
struct OrderListRequest: Sendable {
    let query: Query
    private(set) var search = OrderSearch()

    static let limit = 50
    static let address = "/console/orders"
    static let parameters = [
        "q", "status", "fulfillment_status", "payment_status", "return_status", "stage", "channel", "location",
        "on_hold", "exception", "sku", "customer", "card_last4", "placed_from", "placed_to",
    ]

    init(_ query: Query, clock: WallClock, visibleAt locations: Set<String>?) {
        self.query = query
        search.status = value("status")
        search.fulfillmentStatus = value("fulfillment_status")
        search.paymentStatus = value("payment_status")
        search.returnStatus = value("return_status")
        search.stage = value("stage")
        search.channel = value("channel")
        search.location = value("location")
        search.isOnHold = value("on_hold").map { $0 == "true" }
        search.hasException = value("exception").map { $0 == "true" }
        search.sku = value("sku")
        search.cardLast4 = value("card_last4")
        search.customer = value("customer")
        search.placedFrom = value("placed_from").flatMap { clock.beginning(of: $0) }
        search.placedTo = value("placed_to").flatMap { clock.beginning(of: $0) }.map { $0 + .days(1) }
        search.visibleAt = locations
        // An address is looked up whole; other texts by their words.
        if let text, text.contains("@") { search.customer = text } else { search.text = text }
    }

    var text: String? { value("q") }

    /// What a field of the form says; an empty field says nothing.
    func value(_ name: String) -> String? {
        guard let text = query.text(name) else { return nil }
        let bare = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return bare.isEmpty ? nil : String(bare.prefix(200))
    }

    /// The list's address with the filters in force, less one, plus others.
    func address(without name: String? = nil, adding: [(String, String)] = []) -> String {
        let kept = Self.parameters.filter { $0 != name }.compactMap { name in value(name).map { (name, $0) } }
        let pairs = (kept + adding).map { "\($0)=\(PercentCoding.encoded($1))" }
        return pairs.isEmpty ? Self.address : Self.address + "?" + pairs.joined(separator: "&")
    }

    func page(in db: any Connection) throws -> (rows: [OrderSummary], next: String?) {
        let cursor = value("cursor").flatMap { OrderID($0) }?.description
        let page = try search.page(after: cursor, limit: Self.limit, in: db)
        return (try OrderSummary.of(page.ids, in: db), page.next)
    }
}

extension Console {
    var orderList: Endpoint {
        page(
            OrderListRequest.address, .ordersRead, .orders, query: OrderListRequest.parameters + ["cursor"]
        ) { visit in
            let request = OrderListRequest(
                visit.request.query, clock: visit.clock, visibleAt: visit.principal.locations)
            let (found, troubled, configuration) = try await waybill.read { db in
                let found = try request.page(in: db)
                let open = try ExceptionStore.open(after: ExceptionID(0), limit: 1_000, in: db)
                return (found, Set(open.compactMap(\.order)), try known.configuration(in: db))
            }
            return OrderListPage(
                request, found.rows, next: found.next, troubled: troubled, configuration: configuration,
                clock: visit.clock)
        }
    }
}

extension OrderListPage {
    init(
        _ request: OrderListRequest, _ found: [OrderSummary], next: String?, troubled: Set<OrderID>,
        configuration: Configuration, clock: WallClock
    ) {
        let rows = found.map { Row($0, isTroubled: troubled.contains($0.id), clock: clock) }
        let isFirst = request.value("cursor") == nil
        let active = Self.active(request, configuration)
        let count = rows.count == 1 ? "1 order" : "\(rows.count) orders"
        self.init(
            address: OrderListRequest.address, query: request.text ?? "", views: Self.views(request),
            filters: Self.filters(request, configuration), active: active, rows: rows,
            emptiness: Self.emptiness(request, isFirst: isFirst, next: next, isFiltered: !active.isEmpty),
            range: count + (isFirst ? ", newest first" : ", older ones"),
            newer: isFirst ? nil : request.address(),
            older: next.map { request.address(adding: [("cursor", $0)]) })
    }

    private static func emptiness(
        _ request: OrderListRequest, isFirst: Bool, next: String?, isFiltered: Bool
    ) -> Emptiness {
        if let next {
            return Emptiness(
                heading: "Nothing among the newest of these",
                advice: "These filters pass few orders; older ones have not been looked at yet.",
                links: [PageLink(label: "Look further back", address: request.address(adding: [("cursor", next)]))])
        }
        if !isFirst {
            return Emptiness(
                heading: "No more orders", advice: "This is the end of the list.",
                links: [PageLink(label: "Back to the newest", address: request.address())])
        }
        guard isFiltered else {
            return Emptiness(
                heading: "No orders yet", advice: "They appear here as soon as a channel places the first one.")
        }
        return Emptiness(
            heading: "No order matches",
            advice:
                "Search by number, the shop's own number, the code on a return's label, an e-mail address, names, a "
                + "postcode, a telephone number, a tracking number, a SKU or a barcode. Taking off a filter may help.",
            links: [PageLink(label: "Clear all", address: OrderListRequest.address)])
    }

    // MARK: Filters

    private static func views(_ request: OrderListRequest) -> [PageLink] {
        let present = request.address()
        return [
            ("All", ""), ("Open", "?status=open"), ("On hold", "?on_hold=true"), ("With exception", "?exception=true"),
            ("Backordered", "?fulfillment_status=backordered"), ("Shipped", "?fulfillment_status=shipped"),
            ("Returns", "?return_status=requested"),
        ].map {
            let address = OrderListRequest.address + $1
            return PageLink(label: $0, address: address, isCurrent: address == present)
        }
    }

    private static func filters(_ request: OrderListRequest, _ configuration: Configuration) -> [FormInput] {
        func list(_ label: String, _ name: String, _ values: [(value: String, label: String)]) -> FormInput {
            let chosen = request.value(name)
            return FormInput(
                label, name: name,
                choices: [Choice(value: "", label: "Any")]
                    + values.map { Choice(value: $0.value, label: $0.label, isSelected: $0.value == chosen) })
        }
        func words(_ label: String, _ name: String, _ words: [String]) -> FormInput {
            list(label, name, words.map { ($0, Pill(status: $0).text) })
        }
        func field(_ label: String, _ name: String, _ kind: FormInput.Kind = .text) -> FormInput {
            FormInput(label, name: name, kind: kind, value: request.value(name) ?? "")
        }
        let channels = configuration.channels.values.sorted { $0.code < $1.code }
        let stages = Set(channels.flatMap { $0.policy.stages.map(\.name) }).sorted()
        let locations = configuration.locations.values.sorted { $0.code < $1.code }
        return [
            words("Status", "status", OrderStatus.Overall.allCases.map(\.rawValue)),
            words("Fulfillment", "fulfillment_status", OrderStatus.FulfillmentStatus.allCases.map(\.rawValue)),
            words("Payment", "payment_status", OrderStatus.PaymentStatus.allCases.map(\.rawValue)),
            words("Returns", "return_status", OrderStatus.ReturnStatus.allCases.map(\.rawValue)),
            words("Stage", "stage", stages),
            list("Channel", "channel", channels.map { ($0.code, $0.name) }),
            list("Location", "location", locations.map { ($0.code, $0.name) }),
            list("On hold", "on_hold", [("true", "Yes"), ("false", "No")]),
            list("Exception", "exception", [("true", "Open"), ("false", "None")]),
            field("SKU", "sku"), field("Customer's e-mail", "customer", .email),
            field("Last four digits of the card", "card_last4"),
            field("Placed from", "placed_from", .date), field("Placed to", "placed_to", .date),
        ]
    }

    private static func active(_ request: OrderListRequest, _ configuration: Configuration) -> [ActiveFilter] {
        let labels = Dictionary(
            filters(request, configuration).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return OrderListRequest.parameters.compactMap { name in
            guard let value = request.value(name) else { return nil }
            let input = labels[name]
            let shown = input?.choices.first { $0.value == value }?.label ?? value
            return ActiveFilter(label: input?.label ?? "Search", value: shown, without: request.address(without: name))
        }
    }
}

extension OrderListPage.Row {
    init(_ order: OrderSummary, isTroubled: Bool, clock: WallClock) {
        var notes: [Pill] = []
        if isTroubled { notes.append(Pill("Exception", .danger)) }
        if order.isOnHold { notes.append(Pill("On hold", .caution)) }
        if order.status == OrderStatus.Overall.open.rawValue, let stage = order.stage {
            notes.append(Pill(stage: stage))
        }
        if order.returnStatus != OrderStatus.ReturnStatus.none.rawValue {
            notes.append(Pill(returns: order.returnStatus))
        }
        self.init(
            number: order.number, address: Console.address(of: order.id), externalID: order.externalID,
            placed: clock.time(order.placedAt), customer: order.customer.name, email: order.customer.email,
            channel: order.channel, items: MoneyText.of(order.lines), units: MoneyText.of(order.units),
            total: MoneyText.of(order.total), status: Pill(status: order.status),
            fulfillment: Pill(status: order.fulfillmentStatus), payment: Pill(status: order.paymentStatus),
            notes: notes, locations: order.locations)
    }
}

extension Pill {
    init(returns status: String) {
        let words = status.replacing("_", with: " ")
        switch OrderStatus.ReturnStatus(rawValue: status) {
        case .requested, .inProgress: self.init("Return \(words)", .progress)
        case .returned, .partiallyReturned: self.init(words.prefix(1).uppercased() + words.dropFirst(), .quiet)
        case OrderStatus.ReturnStatus.none?, nil: self.init("No return", .quiet)
        }
    }
}

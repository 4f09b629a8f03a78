import OrderManagement

/// Where a counter finds the order of goods that somebody brings, with or without the receipt.
struct CounterPage: Page {
    static let template = "counter"

    /// An order that it may be.
    struct Row: Sendable {
        var number: String
        /// To what may come back of it.
        var address: String
        var customer: String
        var placed: TimeText
        var channel: String
        var units: String
        var total: String
        var statuses: [Pill]
    }

    let title = "Returns counter"
    let address = CounterRequest.address
    let inputs: [FormInput]
    let isAsked: Bool
    let rows: [Row]
    let hasRows: Bool
    /// Why there is nothing, or not everything, and what else to ask the customer.
    let advice: String?

    init(inputs: [FormInput], isAsked: Bool, rows: [Row], advice: String?) {
        self.inputs = inputs
        self.isAsked = isAsked
        self.rows = rows
        self.hasRows = !rows.isEmpty
        self.advice = advice
    }
}

/// What the counter knows of the order.
struct CounterRequest: Sendable {
    static let address = "/console/counter"
    static let parameters = ["q", "item", "card_last4"]
    static let limit = 20

    let text: String?
    let item: String?
    let card: String?

    init(_ query: Query) {
        func value(_ name: String) -> String? {
            guard let text = query.text(name)?.trimmingWhitespace, !text.isEmpty else { return nil }
            return String(text.prefix(200))
        }
        (text, item, card) = (value("q"), value("item"), value("card_last4"))
    }

    var isEmpty: Bool { text == nil && item == nil && card == nil }

    struct Found: Sendable {
        var orders: [OrderSummary] = []
        var advice: String?
    }

    /// The orders that it may be: those of the reader's own locations by anything that is known, those from elsewhere
    /// where it is known which order is meant.
    func found(for principal: Principal, in db: any Connection) throws -> Found {
        guard !isEmpty else { return Found() }
        if let card, !card.isCardEnd {
            return Found(advice: "Of the card it takes the last four digits, such as 1234: \(card) is none.")
        }
        var search = OrderSearch()
        search.text = text
        search.cardLast4 = card
        if let item {
            guard let sku = try ItemStore.sku(called: item, in: db) else {
                return Found(advice: "There is no item with the SKU or barcode \(item).")
            }
            search.sku = sku
        }
        if card != nil, text == nil, item == nil, principal.locations == nil {
            return Found(advice: "Many cards end in these digits: scan the goods as well, or add a name or postcode.")
        }
        return try found(search, for: principal, in: db)
    }

    private func found(_ search: OrderSearch, for principal: Principal, in db: any Connection) throws -> Found {
        var own = search
        own.visibleAt = principal.locations
        var ids = try own.page(after: nil, limit: Self.limit, in: db).ids
        var advice: String?
        if principal.locations != nil {
            if let elsewhere = search.atCounter() {
                ids += try elsewhere.page(after: nil, limit: Self.limit, in: db).ids
            } else {
                // What is known says too little to show orders of others.
                advice = item == nil
                    ? "Many cards end in these digits: only orders of your own location are looked through. Scan the "
                        + "goods as well, or add a name or postcode."
                    : "Only orders of your own location are looked through by goods alone: add a name, a postcode, an "
                        + "e-mail address or the card's last digits for those from elsewhere."
            }
            if advice == nil, text != nil, item == nil, card == nil, !(text ?? "").contains("@") {
                advice = "A name or a postcode alone finds orders of your own location: scan the goods as well for "
                    + "those from elsewhere."
            }
        }
        let shown = ids.uniqued().sorted(by: >).prefix(Self.limit)
        if shown.count == Self.limit { advice = "There may be more: add what else the customer knows." }
        let named = shown.count == 1 && advice?.hasPrefix("A name") == true
        return Found(orders: try OrderSummary.of(Array(shown), in: db), advice: named ? nil : advice)
    }
}

extension Console {
    var counterPage: Endpoint {
        page(CounterRequest.address, .returnsWrite, .counter, query: CounterRequest.parameters) { visit in
            try visit.principal.require(.ordersRead, of: visit.user)
            let request = CounterRequest(visit.request.query)
            let (found, configuration) = try await waybill.read { db in
                (try request.found(for: visit.principal, in: db), try known.configuration(in: db))
            }
            return CounterPage(request, found, configuration, visit.clock)
        }
    }
}

extension CounterPage {
    init(
        _ request: CounterRequest, _ found: CounterRequest.Found, _ configuration: Configuration, _ clock: WallClock
    ) {
        self.init(
            inputs: [
                FormInput(
                    "Receipt, label or customer", name: "q", kind: .search, value: request.text ?? "",
                    hint: "Order number, return label, tracking number, e-mail, name or postcode"),
                FormInput(
                    "The goods", name: "item", kind: .search, value: request.item ?? "", hint: "SKU or barcode"),
                FormInput(
                    "Card ends in", name: "card_last4", value: request.card ?? "",
                    hint: "Four digits, with the goods, a name or a postcode"),
            ],
            isAsked: !request.isEmpty,
            rows: found.orders.map { order in
                var statuses = [Pill(status: order.fulfillmentStatus)]
                if order.returnStatus != OrderStatus.ReturnStatus.none.rawValue {
                    statuses.append(Pill(returns: order.returnStatus))
                }
                return Row(
                    number: order.number, address: Console.takingBack(order.id), customer: order.customer.name,
                    placed: clock.fullTime(order.placedAt),
                    channel: configuration.channels[order.channel]?.name ?? order.channel,
                    units: "\(MoneyText.of(order.units)) \(order.units == 1 ? "unit" : "units")",
                    total: MoneyText.of(order.total), statuses: statuses)
            }, advice: found.advice)
    }
}

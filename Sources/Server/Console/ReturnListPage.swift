import OrderManagement

/// Returns, found by their label, their parcel, their goods or their order; those that wait where nothing is asked.
struct ReturnListPage: Page {
    static let template = "returns"

    /// One return.
    struct Row: Sendable {
        var reference: PageLink
        var customer: String
        var status: Pill
        /// "By post · Leeds".
        var method: String
        var tracking: String?
        var requested: TimeText
        var units: [OrderPage.Units]
        var documents: [PageLink]
        var actions: ActionBar
    }

    let title = "Returns"
    let address = ReturnListRequest.address
    let query: String
    let views: [PageLink]
    let filters: [FormInput]
    let rows: [Row]
    let hasRows: Bool
    let range: String
    let next: String?
    let first: String?
    /// What to try where nothing was found.
    let advice: String

    init(
        query: String, views: [PageLink], filters: [FormInput], rows: [Row], range: String, next: String?,
        first: String?, advice: String
    ) {
        self.query = query
        self.views = views
        self.filters = filters
        self.rows = rows
        self.hasRows = !rows.isEmpty
        self.range = range
        self.next = next
        self.first = first
        self.advice = advice
    }
}

/// What the list's address asks for.
struct ReturnListRequest: Sendable {
    static let address = "/console/returns"
    static let parameters = ["q", "status", "location"]
    static let limit = 40

    let text: String?
    let status: String?
    let location: String?
    let cursor: ReturnID?
    private(set) var search = ReturnSearch()

    init(_ query: Query, visibleAt locations: Set<String>?) {
        let value = { (name: String) -> String? in
            guard let text = query.text(name)?.trimmingWhitespace, !text.isEmpty else { return nil }
            return String(text.prefix(200))
        }
        (text, status, location) = (value("q"), value("status"), value("location"))
        cursor = value("cursor").flatMap { ReturnID($0) }
        search.text = text
        search.location = location
        search.visibleAt = locations
        search.state = status.flatMap { Return.State(rawValue: $0) }
        // What is searched for is shown whatever became of it; else what waits.
        search.isOpen = text == nil && search.state == nil && status != "all"
    }

    func address(_ cursor: ReturnID? = nil) -> String {
        var pairs = [("q", text), ("status", status), ("location", location)].compactMap { name, value in
            value.map { "\(name)=\(PercentCoding.encoded($0))" }
        }
        if let cursor { pairs.append("cursor=\(cursor)") }
        return Self.address + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }
}

extension Console {
    var returnList: Endpoint {
        page(
            ReturnListRequest.address, .returnsRead, .returns, query: ReturnListRequest.parameters + ["cursor"]
        ) { visit in
            let request = ReturnListRequest(visit.request.query, visibleAt: visit.principal.locations)
            let (found, next, items, configuration) = try await waybill.read { db in
                let page = try request.search.page(after: request.cursor, limit: ReturnListRequest.limit, in: db)
                let found = try OrderReturn.all(page.found, for: visit.principal, in: db)
                var items: [String: Item] = [:]
                for sku in found.flatMap(\.skus) where items[sku] == nil {
                    items[sku] = try ItemStore.item(sku, in: db)
                }
                return (found, page.next, items, try known.configuration(in: db))
            }
            let rows = found.map {
                ReturnListPage.Row(
                    $0, items, configuration, visit, back: request.address(request.cursor),
                    papers: PaperLinks(isOffered: paperwork != nil, principal: visit.principal))
            }
            return ReturnListPage(request, rows, next: next, configuration, visit)
        }
    }
}

extension OrderReturn {
    fileprivate var skus: [String] { entry.lines.compactMap { order.line($0.line)?.sku } }
}

extension ReturnListPage {
    init(
        _ request: ReturnListRequest, _ rows: [Row], next: ReturnID?, _ configuration: Configuration,
        _ visit: ConsoleVisit
    ) {
        let states: [(String, String)] = [("", request.text == nil ? "Open" : "Any"), ("all", "All")]
            + Return.State.allCases.map { ($0.rawValue, Pill(status: $0.rawValue).text) }
        let places = configuration.counters.filter { visit.principal.sees(location: $0.code) }
        let views = [("Open", ""), ("Requested", "?status=requested"), ("In transit", "?status=in_transit"),
            ("To inspect", "?status=received"), ("To settle", "?status=inspected"), ("All", "?status=all")]
        let what = request.text != nil ? "newest first" : "the oldest first"
        self.init(
            query: request.text ?? "",
            views: views.map { label, query in
                let address = ReturnListRequest.address + query
                return PageLink(label: label, address: address, isCurrent: address == request.address())
            },
            filters: [
                FormInput(
                    "Status", name: "status",
                    choices: states.map {
                        Choice(value: $0.0, label: $0.1, isSelected: $0.0 == request.status ?? "")
                    }),
                FormInput(
                    "Location", name: "location",
                    choices: [Choice(value: "", label: "Any")]
                        + places.map { Choice(value: $0.code, label: $0.name, isSelected: $0.code == request.location) }
                ),
            ],
            rows: rows, range: "\(rows.count) \(rows.count == 1 ? "return" : "returns"), \(what)",
            next: next.map { request.address($0) }, first: request.cursor == nil ? nil : request.address(),
            advice: request.text == nil
                ? "Returns appear here once a customer or a counter asks for one."
                : "Scan the label (WEB-1001-R1), the courier's number or the goods, or type what finds the order: its "
                    + "number, an e-mail address, a name, a postcode.")
    }
}

extension ReturnListPage.Row {
    init(
        _ found: OrderReturn, _ items: [String: Item], _ configuration: Configuration, _ visit: ConsoleVisit,
        back: String, papers: PaperLinks
    ) {
        let (order, entry) = (found.order, found.entry)
        let place = entry.location ?? entry.terms.destination?.location
        let name = place.map { configuration.locations[$0]?.name ?? $0 }
        var actions = ActionBar()
        if let channel = configuration.channels[order.channel] {
            actions = OrderActions(
                order: order, permissions: order.permissions(channel, at: visit.now), principal: visit.principal,
                clock: visit.clock,
                counters: configuration.counters.filter { visit.principal.sees(location: $0.code) }, items: items,
                formKey: visit.formKey, back: back
            ).of(entry)
        }
        self.init(
            reference: PageLink(label: entry.reference(in: order), address: Console.takingBack(order.id)),
            customer: order.customer.name, status: Pill(status: entry.state.rawValue),
            method: (entry.method == .byPost ? "By post" : "Over the counter") + (name.map { " · \($0)" } ?? ""),
            tracking: entry.terms.tracking, requested: visit.clock.time(entry.requestedAt),
            units: entry.lines.prefix(4).map { line in
                let sku = order.line(line.line)?.sku ?? "line \(line.line)"
                return OrderPage.Units(
                    quantity: MoneyText.of(line.quantity), sku: sku,
                    name: "\(items[sku]?.name ?? "") · \(Pill(status: line.reason.rawValue).text)")
            },
            documents: papers.of(entry, in: order),
            actions: ActionBar(allowed: actions.allowed, blocked: []))
    }
}

extension String {
    /// Without white space at its ends.
    var trimmingWhitespace: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}

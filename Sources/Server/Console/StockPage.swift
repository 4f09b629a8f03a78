import OrderManagement

/// Levels and the ledger of an item, or what is short.
struct StockPage: Page {
    static let template = "stock"

    /// One SKU at one location.
    struct Level: Sendable {
        var sku: PageLink
        var name: String
        var location: String
        var code: String
        /// Available, reserved, allocated, quarantined, inbound, in transit.
        var counts: [Count]
        var onHand: Count
        var safety: Count
        /// Nil when nothing is missing.
        var short: Pill?
        var ledger: String
    }

    /// One movement.
    struct Entry: Sendable {
        var number: String
        var at: TimeText
        var reason: String
        var path: String
        var quantity: String
        var order: PageLink?
        var reference: String?
        var who: String
    }

    let title = "Stock"
    let address = "/console/stock"
    let sku: String
    let name: String?
    /// "450 g · returnable · barcode 5012345678900".
    let facts: String?
    let levels: [Level]
    let hasLevels: Bool
    let heading: String
    /// Why there are no levels.
    let emptiness: String?
    let entries: [Entry]
    let hasEntries: Bool
    /// Whose ledger it is.
    let ledgerOf: String?
    let earlier: String?
    let next: String?

    init(
        sku: String, name: String?, facts: String?, heading: String, levels: [Level], emptiness: String?,
        entries: [Entry] = [], ledgerOf: String? = nil, earlier: String? = nil, next: String? = nil
    ) {
        self.sku = sku
        self.name = name
        self.facts = facts
        self.heading = heading
        self.levels = levels
        self.hasLevels = !levels.isEmpty
        self.emptiness = levels.isEmpty ? emptiness : nil
        self.entries = entries
        self.hasEntries = ledgerOf != nil
        self.ledgerOf = ledgerOf
        self.earlier = earlier
        self.next = next
    }
}

/// What the stock page's address asks for, from one snapshot.
struct StockQuestion: Sendable {
    let sku: String
    let location: String?
    let isShort: Bool
    let before: Int64?
    let after: String?

    static let levelsMax = 100
    static let entriesMax = 50

    struct Answer: Sendable {
        var item: Item?
        var levels: [StockLevel] = []
        var items: [String: Item] = [:]
        var entries: [StockReading.Entry] = []
        var numbers: [OrderID: String] = [:]
        var configuration: Configuration
    }

    init(_ query: Query) {
        let text = { (name: String) in query.text(name).flatMap { $0.isEmpty ? nil : String($0.prefix(128)) } }
        sku = (text("sku") ?? "").filter { !$0.isWhitespace }
        location = text("location")
        isShort = text("short") == "true"
        before = text("before").flatMap { Int64($0) }
        after = text("after")
    }

    func answer(for principal: Principal, known: KnownConfiguration, in db: any Connection) throws -> Answer {
        var answer = Answer(configuration: try known.configuration(in: db))
        if isShort {
            answer.levels = try StockReading.short(limit: Self.levelsMax, in: db)
        } else if sku.isEmpty {
            answer.levels = try StockReading.levels(
                after: (after ?? "", "\u{10FFFF}"), at: nil, limit: Self.levelsMax, in: db
            ).levels
        } else {
            answer.item = try ItemStore.item(sku, in: db) ?? ItemStore.item(sku.uppercased(), in: db)
            answer.levels = try StockReading.levels(of: answer.item?.sku ?? sku, after: "", limit: 500, in: db)
        }
        answer.levels = answer.levels.filter { principal.sees(location: $0.location) }
        for level in answer.levels where answer.items[level.sku] == nil {
            answer.items[level.sku] = try ItemStore.item(level.sku, in: db)
        }
        if let location, principal.sees(location: location), let item = answer.item {
            answer.entries = try StockReading.ledger(
                of: item.sku, at: location, before: before, limit: Self.entriesMax, in: db)
            let orders = Array(Set(answer.entries.compactMap(\.order)))
            for order in try OrderSummary.of(orders, in: db) { answer.numbers[order.id] = order.number }
        }
        return answer
    }
}

extension Console {
    var stockPage: Endpoint {
        page(
            "/console/stock", .stockRead, .stock, query: ["sku", "location", "short", "before", "after"]
        ) { visit in
            let question = StockQuestion(visit.request.query)
            let principal = visit.principal
            let answer = try await waybill.read { try question.answer(for: principal, known: known, in: $0) }
            return StockPage(question, answer, visit.clock)
        }
    }
}

extension StockPage {
    init(_ question: StockQuestion, _ answer: StockQuestion.Answer, _ clock: WallClock) {
        let levels = answer.levels.map { Self.level($0, answer) }
        let isWhole = question.sku.isEmpty && !question.isShort
        let last = answer.entries.last
        let place = question.location.map { answer.configuration.locations[$0]?.name ?? $0 }
        self.init(
            sku: question.sku, name: answer.item?.name, facts: answer.item.map(Self.facts),
            heading: question.isShort ? "Short stock" : answer.item.map { "Levels of \($0.sku)" } ?? "Levels",
            levels: levels, emptiness: Self.emptiness(question, answer),
            entries: answer.entries.map {
                Self.entry($0, answer, clock)
            }, ledgerOf: answer.item == nil ? nil : place,
            earlier: last.flatMap { entry in
                answer.entries.count == StockQuestion.entriesMax && entry.previous > 0
                    ? Self.ledger(entry.sku, entry.location) + "&before=\(entry.id)" : nil
            },
            next: isWhole && answer.levels.count == StockQuestion.levelsMax
                ? answer.levels.last.map { "/console/stock?after=\(PercentCoding.encoded($0.sku))" } : nil)
    }

    private static func emptiness(_ question: StockQuestion, _ answer: StockQuestion.Answer) -> String {
        if question.isShort { return "Every promise has its units on the shelf." }
        if question.sku.isEmpty { return "No stock has been received yet." }
        return answer.item == nil
            ? "There is no item \(question.sku)."
            : answer.item?.components.isEmpty == false
                ? "A kit has no stock of its own: look at its parts." : "No location has ever had this item."
    }

    private static func facts(_ item: Item) -> String {
        var facts = [OrderPage.weight(item.weightGrams)]
        if let size = item.size { facts.append("\(size.length) × \(size.width) × \(size.height) mm") }
        if let barcode = item.barcode { facts.append("barcode \(barcode)") }
        if !item.components.isEmpty {
            facts.append("kit of " + item.components.map { "\($0.quantity) × \($0.sku)" }.joined(separator: ", "))
        }
        if let date = item.availableFrom { facts.append("available from \(String("\(date)".prefix(10)))") }
        facts.append(item.isReturnable ? "returnable" : "final sale")
        return facts.joined(separator: " · ")
    }

    private static func ledger(_ sku: String, _ location: String) -> String {
        "/console/stock?sku=\(PercentCoding.encoded(sku))&location=\(PercentCoding.encoded(location))"
    }

    private static func level(_ level: StockLevel, _ answer: StockQuestion.Answer) -> Level {
        Level(
            sku: PageLink(label: level.sku, address: "/console/stock?sku=\(PercentCoding.encoded(level.sku))"),
            name: answer.items[level.sku]?.name ?? "",
            location: answer.configuration.locations[level.location]?.name ?? level.location, code: level.location,
            counts: [
                Count("Available", Int(level.available)), Count("Reserved", Int(level.reserved)),
                Count("Allocated", Int(level.allocated)), Count("Quarantined", Int(level.quarantined)),
                Count("Inbound", Int(level.inbound)), Count("In transit", Int(level.inTransit)),
            ],
            onHand: Count("On hand", Int(level.onHand)), safety: Count("Safety", Int(level.safety)),
            short: level.shortage > 0 ? Pill("\(MoneyText.of(level.shortage)) short", .danger) : nil,
            ledger: ledger(level.sku, level.location))
    }

    private static func entry(
        _ entry: StockReading.Entry, _ answer: StockQuestion.Answer, _ clock: WallClock
    ) -> Entry {
        let words = { (bucket: String) in bucket.replacing("_", with: " ") }
        return Entry(
            number: MoneyText.of(entry.id), at: clock.time(entry.at), reason: Pill(status: entry.reason).text,
            path: "\(words(entry.source)) → \(words(entry.target))", quantity: MoneyText.of(entry.quantity),
            order: entry.order.flatMap { id in
                answer.numbers[id].map { PageLink(label: $0, address: Console.address(of: id)) }
            },
            reference: entry.reference, who: entry.principal)
    }
}

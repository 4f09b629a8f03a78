import OrderManagement
import Server

/// Takes orders in: of the *Online Retail* layout, or as the API takes them, one JSON object per line.
///
/// An order is known by its channel and its name there: one that is there with the same content stays as it is, with
/// another content it is refused. Orders go in many at once and in the order of the file.
struct ImportOrders {
    let waybill: OrderManagement
    let table: TableFile
    let channel: String
    let isDryRun: Bool
    var report: ImportReport
    /// Told the number of rows read so far.
    let progress: (Int) throws -> Void

    /// Orders of one group commit.
    static let batch = 64

    /// An order on its way, with the rows that it is made of.
    private struct Waiting {
        let command: PlaceOrder
        let goods: [Int]
        let carriage: [Int]
    }

    private var waiting: [Waiting] = []
    private var newItems: [String: Item] = [:]
    private var knownSKUs: Set<String> = []
    private var isOnlineRetail = false
    private var vagueCountries = 0

    init(
        waybill: OrderManagement, table: TableFile, channel: String, isDryRun: Bool, report: ImportReport,
        progress: @escaping (Int) throws -> Void
    ) {
        self.waybill = waybill
        self.table = table
        self.channel = channel
        self.isDryRun = isDryRun
        self.report = report
        self.progress = progress
    }

    /// - Throws: `CommandRefused` when the file has another layout.
    mutating func run() throws {
        isOnlineRetail = try OnlineRetail.isLayout(of: table)
        if isOnlineRetail { try onlineRetail() } else { try bodies() }
        try place()
        if isOnlineRetail { report.notes += OnlineRetail.madeUp }
        if vagueCountries > 0 {
            report.notes.append("\(vagueCountries) orders name no country that there is: GB was taken.")
        }
    }

    // MARK: Online Retail

    private mutating func onlineRetail() throws {
        guard try waybill.readNow({ try Configuration.load(in: $0).channels[channel] != nil }) else {
            throw CommandRefused("there is no channel \(channel): name one by --channel")
        }
        var source = OnlineRetail()
        var told = 0
        try source.read(table) { entry in
            switch entry {
            case .omitted(let row):
                told += 1
                let name = row.invoice.isEmpty ? "" : "invoice \(row.invoice): "
                try report.reject(line: row.line, kind: row.omission.rawValue, reason: name + row.reason)
            case .note: break  // told only when asked for
            case .order(let order):
                told += order.rows.count
                try take(order)
            }
            try progress(told)
        }
        report.rows = source.rows
        if !source.foldedSKUs.isEmpty {
            report.notes.append(
                "\(source.foldedSKUs.count) SKUs are written in lower case too; each is one item, in upper case.")
        }
        if source.invoicesWithTwoTimes > 0 {
            report.notes.append("\(source.invoicesWithTwoTimes) invoices carry two time stamps: the first counts.")
        }
    }

    private mutating func take(_ order: OnlineRetailOrder) throws {
        if OnlineRetailOrder.code(of: order.country) == nil { vagueCountries += 1 }
        for line in order.lines where !knownSKUs.contains(line.sku) {
            knownSKUs.insert(line.sku)
            let isThere = try waybill.readNow { try ItemStore.item(line.sku, in: $0) != nil }
            if !isThere { newItems[line.sku] = MadeUpItem.item(line) }
        }
        let command = order.command(
            channel: channel, customer: order.knownCustomer, delivery: order.knownDelivery)
        try add(Waiting(command: command, goods: order.lines.map(\.line), carriage: order.carriageLines))
    }

    // MARK: Bodies

    private mutating func bodies() throws {
        try table.read { record in
            report.rows += 1
            try progress(report.rows)
            do {
                let record = try record.get()
                guard let body = record.object else {
                    throw CommandRefused(
                        "\(table.name) is neither of the Online Retail layout nor one JSON order per line; "
                            + "the columns of the former are: \(OnlineRetail.columns.joined(separator: ", "))")
                }
                let command = try PlaceOrder(body: body)
                guard command.externalID != nil else {
                    throw RejectedRow(record.line, "external_id is missing: without it the order could go in twice")
                }
                try add(Waiting(command: command, goods: [record.line], carriage: []))
            } catch let wrong as RejectedRow {
                try report.reject(wrong, kind: "cannot be read")
            } catch let refusal as Refusal {
                try report.reject(
                    line: try line(of: record), kind: "refused: \(refusal.code.rawValue)", reason: Self.text(refusal))
            }
        }
    }

    private func line(of record: Result<TableRecord, RejectedRow>) throws -> Int { try record.get().line }

    // MARK: Placing

    private mutating func add(_ order: Waiting) throws {
        waiting.append(order)
        if waiting.count == Self.batch { try place() }
    }

    /// Adds the items that are new, then places what waits, in one group.
    private mutating func place() throws {
        defer { waiting.removeAll(keepingCapacity: true) }
        try saveItems()
        guard !isDryRun else { return try look() }
        let placeable = waiting.filter { $0.command.lines.count <= PlaceOrder.linesMax }
        for order in waiting where order.command.lines.count > PlaceOrder.linesMax {
            try refuse(order, Refusal(.invalidInput, "an order has at most \(PlaceOrder.linesMax) lines"))
        }
        let answers = waybill.performNow(placeable.map { ($0.command, Principal.system, nil) })
        for (order, answer) in zip(placeable, answers) {
            do {
                let reply = try answer.get()
                report.results.add(reply.status == 201 ? "orders placed" : "orders there already")
                accept(order)
            } catch let refusal as Refusal where refusal.code != .unavailable {
                try refuse(order, refusal)
            }
        }
    }

    private mutating func saveItems() throws {
        guard !newItems.isEmpty else { return }
        let items = newItems.values.sorted { $0.sku < $1.sku }
        newItems.removeAll()
        report.results.add("items added", items.count)
        if !isDryRun { _ = try waybill.performNow(SaveItems(items: items), as: .system) }
    }

    private mutating func accept(_ order: Waiting) {
        let taken = isOnlineRetail ? "lines of orders" : "orders"
        report.take(isDryRun ? "would be \(taken)" : taken, rows: order.goods.count)
        if !order.carriage.isEmpty { report.take("carriage: an order's shipping", rows: order.carriage.count) }
    }

    private mutating func refuse(_ order: Waiting, _ refusal: Refusal) throws {
        report.results.add("orders refused")
        for line in (order.goods + order.carriage).sorted() {
            try report.reject(
                line: line, kind: "refused: \(refusal.code.rawValue)",
                reason: "order \(order.command.externalID ?? ""): \(Self.text(refusal))")
        }
    }

    private static func text(_ refusal: Refusal) -> String {
        refusal.details.isEmpty
            ? refusal.explanation
            : refusal.details.map { $0.pointer.isEmpty ? $0.detail : "\($0.pointer): \($0.detail)" }
                .joined(separator: "; ")
    }

    /// Says what would become of the orders, as far as names tell: totals and stock are judged only by placing.
    private mutating func look() throws {
        for order in waiting {
            var search = OrderSearch()
            search.channel = order.command.channel
            search.externalID = order.command.externalID
            let isThere = try waybill.readNow { try !search.page(after: nil, limit: 1, in: $0).ids.isEmpty }
            report.results.add(isThere ? "orders there already" : "orders that would be placed")
            accept(order)
        }
    }
}

extension OnlineRetail {
    /// What the source does not hold and was made up.
    static let madeUp = [
        "Prices are taken as net in GBP with tax 0: the source names no tax.",
        "Each new item weighs \(MadeUpItem.weightGrams) g: the source names no weights. Its name is the first "
            + "description of it.",
        "Addresses go no further than the country, customers have a number or are guests, and the whole amount "
            + "counts as authorized with the retailer (manual): the source has neither addresses nor payments.",
        "Manual corrections, discounts and fees are left out, so an order's total may differ from its invoice's.",
    ]
}

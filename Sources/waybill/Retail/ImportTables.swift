import OrderManagement
import Server

/// Takes tables of items, locations and stock in: what is there already as given stays untouched.
struct ImportTables {
    let waybill: OrderManagement
    let table: TableFile
    let isDryRun: Bool
    var report: ImportReport
    /// Told the number of rows read so far.
    let progress: (Int) throws -> Void

    /// Commands carry this many rows.
    static let chunk = 500

    /// Adds items, or changes what is known of them; of rows with the same SKU the last one counts. Kits come after all
    /// that they may be made of, wherever they stand.
    mutating func items() throws {
        var items: [Item] = []
        var kits: [(line: Int, item: Item)] = []
        try rows(Item.init(_:)) { importer, line, item in
            if !item.components.isEmpty { return kits.append((line, item)) }
            items.append(item)
            if items.count == Self.chunk {
                try importer.save(items)
                items.removeAll()
            }
        }
        try save(items)
        for (line, kit) in kits {
            do { try save([kit]) } catch let refusal as Refusal {
                try report.reject(RejectedRow(line, refusal.explanation), kind: "is a kit that cannot be")
            }
        }
    }

    private mutating func save(_ items: [Item]) throws {
        guard !items.isEmpty else { return }
        let known = try waybill.readNow { db in
            Dictionary(
                try items.compactMap { try ItemStore.item($0.sku, in: db) }.map { ($0.sku, $0) },
                uniquingKeysWith: { first, _ in first })
        }
        for item in items {
            let before = known[item.sku]
            report.results.add(before == nil ? "items added" : before == item ? "items unchanged" : "items changed")
        }
        if !isDryRun { _ = try waybill.performNow(SaveItems(items: items), as: .system) }
        report.take(isDryRun ? "would be taken in" : "taken in", rows: items.count)
    }

    /// Adds locations, or changes what is known of them; what the table has no column for stays as it is.
    mutating func locations() throws {
        var locations: [Location] = []
        let known = try waybill.readNow { try Configuration.load(in: $0).locations }
        try rows(Location.init(_:)) { importer, _, row in
            let before = known[row.code]
            let location = before.map(row.keeping) ?? row
            locations.append(location)
            importer.report.results.add(
                before == nil ? "locations added" : before == location ? "locations unchanged" : "locations changed")
        }
        guard !locations.isEmpty else { return }
        if !isDryRun { _ = try waybill.performNow(SaveLocations(locations: locations), as: .system) }
        report.take(isDryRun ? "would be taken in" : "taken in", rows: locations.count)
    }

    /// Counts stock to what the table says is on hand.
    ///
    /// The same table under the same reference is booked once, whatever was sold since: its keys are made of both.
    /// Safety stocks are set before that: setting one again changes nothing.
    mutating func stock(reference: String) throws {
        let codes = try waybill.readNow { Set(try Configuration.load(in: $0).locations.keys) }
        var chunk: [StockRow] = []
        var number = 0
        try rows(StockRow.init(_:)) { importer, line, row in
            if let wrong = try importer.wrong(row, codes) {
                return try importer.report.reject(RejectedRow(line, wrong), kind: "names what is not there")
            }
            chunk.append(row)
            if chunk.count == Self.chunk {
                number += 1
                try importer.count(chunk, number, reference)
                chunk.removeAll()
            }
        }
        try count(chunk, number + 1, reference)
    }

    private func wrong(_ row: StockRow, _ codes: Set<String>) throws -> String? {
        guard codes.contains(row.location) else { return "there is no location \(row.location)" }
        let isKnown = try waybill.readNow { try ItemStore.item(row.sku, in: $0) != nil }
        return isKnown ? nil : "there is no item \(row.sku)"
    }

    private mutating func count(_ rows: [StockRow], _ number: Int, _ reference: String) throws {
        guard !rows.isEmpty else { return }
        let levels = try waybill.readNow { db in
            try rows.map { row in
                try StockReading.levels(of: row.sku, after: "", limit: 1_000, in: db)
                    .first { $0.location == row.location }.map { $0.onHand - $0.quarantined } ?? 0
            }
        }
        let entries = rows.map {
            MoveStock.Entry(
                reason: .count, sku: $0.sku, location: $0.location, quantity: $0.onHand, reference: reference)
        }
        var isRepeated = false
        if !isDryRun {
            try keepBack(rows)
            try shelve(rows)
            isRepeated = try book(entries, number, reference)
        }
        for (row, there) in zip(rows, levels) {
            report.results.add(
                row.onHand == there ? "levels unchanged" : isRepeated ? "levels counted earlier" : "levels counted")
        }
        report.take(isDryRun ? "would be taken in" : "taken in", rows: rows.count)
    }

    private func shelve(_ rows: [StockRow]) throws {
        let entries = rows.compactMap { row in
            row.bin.map { SetBins.Entry(sku: row.sku, location: row.location, bin: $0) }
        }
        guard !entries.isEmpty else { return }
        _ = try waybill.performNow(SetBins(entries: entries), as: .system)
    }

    private func keepBack(_ rows: [StockRow]) throws {
        let entries = rows.compactMap { row in
            row.safety.map { SetSafetyStock.Entry(sku: row.sku, location: row.location, units: $0) }
        }
        guard !entries.isEmpty else { return }
        _ = try waybill.performNow(SetSafetyStock(entries: entries), as: .system)
    }

    /// - Returns: Whether it was booked before: the reply is the kept one.
    private func book(_ entries: [MoveStock.Entry], _ number: Int, _ reference: String) throws -> Bool {
        let content = entries.map { "\($0.location)\u{1F}\($0.sku)\u{1F}\($0.quantity)" }.joined(separator: "\n")
        let digest = Digest(of: content).base64url
        let key = IdempotencyKey(
            principal: .system, method: "IMPORT", path: "stock", key: "\(reference)/\(number)/\(digest)",
            digest: digest)
        let before = try waybill.readNow { try StockReading.ledger(before: Int64.max, limit: 1, in: $0).first?.id }
        let reply = try waybill.performNow(MoveStock(entries: entries), as: .system, key: key)
        let after = try waybill.readNow { try StockReading.ledger(before: Int64.max, limit: 1, in: $0).first?.id }
        return before == after && reply.status == 201
    }

    /// Reads each row as what it is; those that cannot be read are rejected.
    private mutating func rows<Value>(
        _ read: (TableRecord) throws -> Value, _ visit: (inout ImportTables, Int, Value) throws -> Void
    ) throws {
        try table.read { record in
            report.rows += 1
            if report.rows.isMultiple(of: Self.chunk) { try progress(report.rows) }
            do {
                let record = try record.get()
                try visit(&self, record.line, try read(record))
            } catch let wrong as RejectedRow {
                try report.reject(wrong, kind: "cannot be read")
            }
        }
    }
}

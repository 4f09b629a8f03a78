import Foundation
import OrderManagement

/// Reads invoice lines in the layout of *Online Retail* (UCI Machine Learning Repository, data set 352) as orders.
///
/// What a retailer expects of it, and what is therefore done:
/// - An order is an invoice. Lines with goods at a positive price and quantity are its lines. The same SKU may stand on
///   several of them, also with the same quantity and price: that shop booked goods as they were scanned, so a row that
///   repeats another is one more line and not a slip.
/// - `POST`, `DOT` and `C2` are carriage: their value is the order's shipping.
/// - SKUs that differ in letter case only are one item, known by the upper case.
/// - An invoice with a `C` in front is a cancellation note: goods that a customer gave back or never got. It is told as
///   such when asked for, and left out otherwise; it names no order.
/// - Everything else is left out, row by row, with its line number and the reason.
/// - Times are wall-clock times of the shop (Europe/London); an invoice with two of them has the first.
///
/// Rows of one invoice may lie apart, so a day is gathered before its orders are told: memory is bounded by the busiest
/// day, or by `gatheredMax` rows.
struct OnlineRetail {
    static let columns = [
        "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country",
    ]
    static let gatheredMax = 50_000

    /// Why a row is part of no order.
    enum Omission: String, CaseIterable, Sendable {
        case unreadable = "cannot be read"
        case cancellationMatched = "cancellation note, of goods that the customer had bought before"
        case cancellationUnmatched = "cancellation note, of nothing bought earlier in this file"
        case cancellationOfCharge = "cancellation note, of a charge and not of goods"
        case badDebt = "bad-debt adjustment"
        case discount = "discount booked as a line (D)"
        case manual = "manual correction (M)"
        case bankCharges = "bank charges"
        case samples = "samples (S)"
        case marketplaceFee = "marketplace fee (AMAZONFEE)"
        case voucher = "gift voucher"
        case otherCode = "code that names no goods"
        case quantity = "quantity is zero or negative: a stock adjustment"
        case price = "price is zero or negative: nothing was sold"
        case belowPenny = "price is no whole number of pence"
        case carriageAlone = "carriage on an invoice without goods"
        case refused = "the order was refused"
    }

    /// One row that is part of no order.
    struct Omitted {
        let line: Int
        let invoice: String
        let omission: Omission
        /// What more there is to say, such as the refusal; empty for nothing.
        let detail: String

        var reason: String { detail.isEmpty ? omission.rawValue : "\(omission.rawValue): \(detail)" }
    }

    /// What the reader tells, in the order of time; omissions by the way.
    enum Entry {
        case order(OnlineRetailOrder)
        case note(OnlineRetailNote)
        case omitted(Omitted)
    }

    /// SKUs that stood there in lower case too, by their upper case.
    private(set) var foldedSKUs: [String: Set<String>] = [:]
    private(set) var rows = 0
    /// Rows of an invoice whose time stamp is not the invoice's first.
    private(set) var invoicesWithTwoTimes = 0

    /// Whether cancellation notes are told instead of left out.
    private let tellsNotes: Bool
    private var day: Substring = ""
    private var gathered: [String: OnlineRetailOrder] = [:]
    private var notes: [OnlineRetailNote] = []
    private var sequence: [String] = []
    private var gatheredRows = 0
    private var purchases = Purchases()
    private let wallClock = WallClock()

    init(tellsNotes: Bool = false) { self.tellsNotes = tellsNotes }

    /// Whether a file has this layout.
    static func isLayout(of table: TableFile) throws -> Bool { try table.begins(with: columns) }

    /// Reads the whole file.
    mutating func read(_ table: TableFile, _ visit: (Entry) throws -> Void) throws {
        try table.read { record in
            rows += 1
            switch record {
            case .failure(let wrong): try visit(.omitted(.init(line: wrong.line, .unreadable, wrong.reason)))
            case .success(let record): try take(record, visit)
            }
        }
        try tellDay(visit)
    }

    private mutating func take(_ record: TableRecord, _ visit: (Entry) throws -> Void) throws {
        let row: OnlineRetailRow
        switch OnlineRetailRow.read(record) {
        case .failure(let wrong): return try visit(.omitted(.init(line: wrong.line, .unreadable, wrong.reason)))
        case .success(let readable): row = readable
        }
        let date = row.time.prefix(10)
        if date != day || gatheredRows >= Self.gatheredMax {
            try tellDay(visit)
            day = date
        }
        if let omission = omission(of: row) {
            return try visit(.omitted(.init(line: row.line, invoice: row.invoice, omission: omission, detail: "")))
        }
        guard let placedAt = wallClock.timestamp(row.time) else {
            return try visit(.omitted(.init(line: row.line, .unreadable, "the date \(row.time)")))
        }
        if row.isOfNote {
            gatherNote(row, placedAt)
        } else {
            gather(row, placedAt)
        }
    }

    /// Why a row is no part of an order; nil for goods and carriage.
    private func omission(of row: OnlineRetailRow) -> Omission? {
        if row.isOfNote {
            if tellsNotes { return row.kind == .goods && row.quantity < 0 ? nil : .cancellationOfCharge }
            return purchases.contain(row.sku, by: row.customer) ? .cancellationMatched : .cancellationUnmatched
        }
        if row.invoice.hasPrefix("A") { return .badDebt }
        if let omission = row.kind.omission { return omission }
        if row.quantity <= 0 { return .quantity }
        if row.price.isZeroOrLess { return .price }
        if row.price.pence == nil { return .belowPenny }
        return nil
    }

    private mutating func gather(_ row: OnlineRetailRow, _ placedAt: Timestamp) {
        if gathered[row.invoice] == nil {
            gathered[row.invoice] = OnlineRetailOrder(row, placedAt)
            sequence.append(row.invoice)
        }
        let isFirstOther = gathered[row.invoice]?.add(row, placedAt) ?? false
        if isFirstOther { invoicesWithTwoTimes += 1 }
        if row.kind == .goods, row.writtenSKU != row.sku { foldedSKUs[row.sku, default: []].insert(row.writtenSKU) }
        purchases.insert(row.sku, by: row.customer)
        gatheredRows += 1
    }

    private mutating func gatherNote(_ row: OnlineRetailRow, _ time: Timestamp) {
        if notes.last?.invoice != row.invoice {
            notes.append(OnlineRetailNote(invoice: row.invoice, at: time, customer: row.customer))
        }
        notes[notes.count - 1].lines.append(
            .init(line: row.line, sku: row.sku, quantity: -row.quantity, price: row.price.pence))
        gatheredRows += 1
    }

    /// Tells the orders of the day that is over, in the order of their times, and then its notes: what was bought on a
    /// day can be given back on it.
    private mutating func tellDay(_ visit: (Entry) throws -> Void) throws {
        defer { notes.removeAll(keepingCapacity: true) }
        try tellOrders(visit)
        for note in notes.sorted(by: { $0.at < $1.at }) { try visit(.note(note)) }
    }

    private mutating func tellOrders(_ visit: (Entry) throws -> Void) throws {
        let orders = sequence.compactMap { gathered[$0] }.enumerated()
            .sorted { ($0.element.placedAt, $0.offset) < ($1.element.placedAt, $1.offset) }.map(\.element)
        gathered.removeAll(keepingCapacity: true)
        sequence.removeAll(keepingCapacity: true)
        gatheredRows = 0
        for order in orders {
            if order.lines.isEmpty {
                for line in order.carriageLines {
                    try visit(
                        .omitted(.init(line: line, invoice: order.invoice, omission: .carriageAlone, detail: "")))
                }
            } else {
                try visit(.order(order))
            }
        }
    }
}

extension OnlineRetail.Omitted {
    init(line: Int, _ omission: OnlineRetail.Omission, _ detail: String) {
        self.init(line: line, invoice: "", omission: omission, detail: detail)
    }
}

/// Who bought what, in a few bytes per pair.
private struct Purchases {
    private var skus: [String: UInt64] = [:]
    private var pairs: Set<UInt64> = []

    mutating func insert(_ sku: String, by customer: String?) {
        guard let customer = customer.flatMap({ UInt64($0) }), customer < 1 << 40 else { return }
        let number = skus[sku] ?? UInt64(skus.count)
        skus[sku] = number
        pairs.insert(customer << 24 | number)
    }

    func contain(_ sku: String, by customer: String?) -> Bool {
        guard let customer = customer.flatMap({ UInt64($0) }), customer < 1 << 40, let number = skus[sku]
        else { return false }
        return pairs.contains(customer << 24 | number)
    }
}

/// Turns the shop's wall-clock times into moments.
private struct WallClock {
    private let zone = TimeZone(identifier: "Europe/London") ?? .gmt

    /// Reads `2010-12-01 08:26:00`; nil for anything else. An hour that comes twice is the first of the two.
    func timestamp(_ text: String) -> Timestamp? {
        guard text.utf8.count == 19, text.dropFirst(10).first == " ",
            let wall = Timestamp(text.prefix(10) + "T" + text.suffix(8) + "Z")
        else { return nil }
        func offset(at moment: Timestamp) -> Seconds {
            Seconds(-Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000))))
        }
        return wall + offset(at: wall + offset(at: wall))
    }
}

extension Timestamp {
    init?(_ text: some StringProtocol) { self.init(String(text)) }
}

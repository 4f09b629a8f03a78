import ArgumentParser
import Foundation
import OrderManagement

/// `waybill export …`: writes what the database holds as a table or as lines of JSON, page by page.
struct ExportCommand: AdminCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes orders, stock, events or refunds as CSV or NDJSON.",
        discussion: """
            CSV of orders has one row per order; NDJSON has each order whole. A CSV cell that a spreadsheet would take
            for a formula begins with an apostrophe. Pages are read one after the other, so what changes meanwhile
            may be in a later page.

            Example: waybill export orders --format ndjson --output orders.ndjson
            """)

    enum Subject: String, CaseIterable, ExpressibleByArgument { case orders, stock, events, refunds }
    enum Format: String, CaseIterable, ExpressibleByArgument { case csv, ndjson }

    @Argument(help: "What to write: orders, stock, events or refunds.") var subject: Subject
    @Option(help: "csv or ndjson (default: as the output's name ends, else csv).") var format: Format?
    @Flag(help: "The same as --format ndjson.") var json = false
    @Option(name: .shortAndLong, help: "The file to write, instead of standard output; one that exists is replaced.")
    var output: String?
    @OptionGroup var target: DatabaseOptions

    var access: SystemAccess { .reading }

    private var chosenFormat: Format {
        if json { return .ndjson }
        if let format { return format }
        return output?.hasSuffix("json") == true || output?.hasSuffix("jsonl") == true ? .ndjson : .csv
    }

    func validate() throws {
        if json, format == .csv { throw ValidationError("--json and --format csv exclude each other") }
    }

    func run(on system: System, console: Console) async throws -> ExitCode {
        let destination = try output.map { try ExportFile(at: console.path($0)) }
        let format = chosenFormat
        var rows = 0
        if format == .csv { try put(CSV.row(subject.headings), destination, console) }
        var pages = ExportPages(subject, format)
        while let page = try system.waybill.readNow({ try pages.next(in: $0) }) {
            try Task.checkCancellation()
            try put(page.text, destination, console)
            rows += page.rows
            if destination != nil { console.progress("export", nil, "\(rows) \(subject.rawValue)") }
        }
        try destination?.finish()
        console.endProgress()
        if let destination { console.err("\(destination.path): \(rows) \(subject.rawValue)") }
        return .success
    }

    private func put(_ text: String, _ destination: ExportFile?, _ console: Console) throws {
        if let destination {
            try destination.write(text)
        } else {
            console.write(text)
        }
    }
}

/// The pages of an export, one after the other; holds one page at a time.
private struct ExportPages {
    static let rowsMax = 200

    private let subject: ExportCommand.Subject
    private let format: ExportCommand.Format
    private var isDone = false
    private var orderCursor: String?
    private var place = (sku: "", location: "")
    private var position: Int64 = 0
    private var refund = (order: OrderID(0), number: 0)

    init(_ subject: ExportCommand.Subject, _ format: ExportCommand.Format) {
        self.subject = subject
        self.format = format
    }

    /// The next page; nil at the end.
    mutating func next(in db: any Connection) throws -> (text: String, rows: Int)? {
        guard !isDone else { return nil }
        switch subject {
        case .orders: return try orders(in: db)
        case .stock: return try stock(in: db)
        case .events: return try events(in: db)
        case .refunds: return try refunds(in: db)
        }
    }

    private mutating func orders(in db: any Connection) throws -> (text: String, rows: Int) {
        let page = try OrderSearch().page(after: orderCursor, limit: Self.rowsMax, in: db)
        orderCursor = page.next
        isDone = page.next == nil
        switch format {
        case .csv:
            return (try OrderSummary.of(page.ids, in: db).map { CSV.row($0.cells) }.joined(), page.ids.count)
        case .ndjson:
            return (try page.ids.compactMap { try OrderStore.order($0, in: db)?.view }.map { $0 + "\n" }.joined(),
                page.ids.count)
        }
    }

    private mutating func stock(in db: any Connection) throws -> (text: String, rows: Int) {
        let page = try StockReading.levels(after: place, at: nil, limit: Self.rowsMax, in: db)
        if let next = page.next { place = next } else { isDone = true }
        return (text(page.levels, \.cells) { $0.write(to: &$1) }, page.levels.count)
    }

    private mutating func events(in db: any Connection) throws -> (text: String, rows: Int) {
        let page = try EventLog.page(after: position, types: [], limit: Self.rowsMax, in: db)
        isDone = page.events.count < Self.rowsMax
        position = page.lastLooked
        return (text(page.events, \.cells) { $0.write(to: &$1) }, page.events.count)
    }

    private mutating func refunds(in db: any Connection) throws -> (text: String, rows: Int) {
        let page = try RefundReading.page(after: refund, limit: Self.rowsMax, in: db)
        if let last = page.last { refund = (last.order, last.number) }
        isDone = page.count < Self.rowsMax
        return (text(page, \.cells) { $0.write(to: &$1) }, page.count)
    }

    private func text<Entry>(
        _ entries: [Entry], _ cells: (Entry) -> [String], _ write: (Entry, inout JSONWriter) -> Void
    ) -> String {
        entries.map { entry in
            guard format == .ndjson else { return CSV.row(cells(entry)) }
            var json = JSONWriter()
            write(entry, &json)
            return json.text + "\n"
        }.joined()
    }
}

/// Comma-separated values (RFC 4180).
enum CSV {
    /// One row with its end.
    static func row(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    /// A cell, quoted where it must be; one that a spreadsheet would compute is made text by an apostrophe.
    static func cell(_ text: String) -> String {
        let isNumber = text.first == "-" && text.count > 1 && text.dropFirst().allSatisfy(\.isASCIIDigitOrPoint)
        let isFormula = text.first.map { "=+-@\t\r".contains($0) } == true && !isNumber
        let safe = isFormula ? "'" + text : text
        guard safe.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return safe }
        return "\"" + safe.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}

extension Character {
    fileprivate var isASCIIDigitOrPoint: Bool { self == "." || ("0"..."9").contains(self) }
}

/// The file of an export: gets its name when it is whole.
private struct ExportFile {
    let path: String
    private let partial: String
    private let handle: FileHandle

    init(at path: String) throws {
        self.path = path
        partial = path + ".partial"
        guard FileManager.default.createFile(atPath: partial, contents: nil) else {
            throw CommandRefused("cannot write \(partial): \(String(cString: strerror(errno)))")
        }
        handle = try FileHandle(forWritingTo: URL(fileURLWithPath: partial))
    }

    func write(_ text: String) throws { try handle.write(contentsOf: Data(text.utf8)) }

    func finish() throws {
        try handle.close()
        guard rename(partial, path) == 0 else {
            throw CommandRefused("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }
}

import Foundation
import OrderManagement

/// A file of records, CSV (RFC 4180; also with semicolons, where its header line has no comma) or one JSON object per
/// line, plain or gzip, read in bounded memory: whatever its size, no more than a few pieces of 128 KB are held.
struct TableFile {
    enum Layout { case csv, ndjson }

    /// A record may be this long, its quoted line breaks included; one that is longer is broken.
    static let recordBytesMax = 1_048_576

    let name: String
    private let open: () throws -> TableBytes

    init(path: String) {
        self.name = path
        self.open = { try TableBytes(path: path) }
    }

    init(text: String, name: String) {
        self.name = name
        self.open = { TableBytes(text: text) }
    }

    /// Visits each record in the order of the file; a record that cannot be read is visited as what is wrong with it.
    ///
    /// - Parameter header: Told the columns before the first record; never for NDJSON.
    /// - Throws: `UnreadableFile`; what the visitor throws.
    func read(
        header: (TableHeader) throws -> Void = { _ in }, _ visit: (Result<TableRecord, RejectedRow>) throws -> Void
    ) throws {
        let bytes = try open()
        var cutter = RecordCutter()
        var columns: TableHeader?
        var layout: Layout?
        var separator = CSVRecords.Separator.comma
        while true {
            let isMore = try bytes.read(into: &cutter.bytes)
            if cutter.isAtStart, isMore || !cutter.bytes.isEmpty { layout = cutter.begin() }
            guard let layout else { return }
            let cut = cutter.cut(layout, isLast: !isMore)
            switch layout {
            case .ndjson:
                for span in cut.spans { if let record = object(cut, span) { try visit(record) } }
            case .csv:
                if columns == nil, let first = cut.spans.first {
                    separator = CSVRecords.Separator(of: cut.bytes[first.range])
                }
                try CSVRecords.parse(cut, separator) { line, parsed in
                    guard let known = columns else {
                        let first = TableHeader(try Self.names(parsed))
                        columns = first
                        return try header(first)
                    }
                    try visit(parsed.flatMap { Self.record(line, $0, known) })
                }
            }
            if !isMore { return }
        }
    }

    /// Whether its first line names these columns first.
    func begins(with names: [String]) throws -> Bool {
        struct Seen: Error { let names: [String] }
        do {
            try read(header: { throw Seen(names: $0.names) }) { _ in throw Seen(names: []) }
            return false
        } catch let seen as Seen {
            return Array(seen.names.prefix(names.count)) == names
        }
    }

    private static func names(_ parsed: Result<[String], RejectedRow>) throws -> [String] {
        switch parsed {
        case .success(let fields): fields.map { $0.trimmingCharacters(in: .whitespaces) }
        case .failure(let wrong): throw UnreadableFile("the header line cannot be read: \(wrong.reason)")
        }
    }

    private static func record(_ line: Int, _ fields: [String], _ header: TableHeader)
        -> Result<TableRecord, RejectedRow>
    {
        guard fields.count == header.names.count else {
            return .failure(
                RejectedRow(line, "it has \(fields.count) fields, the header names \(header.names.count)"))
        }
        return .success(TableRecord(line: line, header: header, fields: fields))
    }

    private func object(_ cut: RecordCutter.Cut, _ span: RecordCutter.Span) -> Result<TableRecord, RejectedRow>? {
        guard !span.isTooLong else { return .failure(RejectedRow(span.line, RecordCutter.tooLong)) }
        let text = cut.bytes[span.range]
        guard text.contains(where: { $0 > 0x20 }) else { return nil }
        do {
            let json = try JSON.parse(Array(text))
            guard json.members != nil else {
                return .failure(RejectedRow(span.line, "an object is expected, not a \(json.kind)"))
            }
            return .success(TableRecord(line: span.line, object: json, digested: text))
        } catch {
            return .failure(RejectedRow(span.line, "no JSON: column \(error.column): \(error.reason)"))
        }
    }
}

/// A row that is left out, and why.
struct RejectedRow: Error, Hashable {
    let line: Int
    let reason: String

    init(_ line: Int, _ reason: String) {
        self.line = line
        self.reason = reason
    }
}

/// The columns that a header line names.
struct TableHeader {
    let names: [String]
    private let places: [String: Int]

    init(_ names: [String]) {
        self.names = names
        self.places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(name: String) -> Int? { places[name] }
}

/// One record: named values, and the line that it begins on.
struct TableRecord {
    let line: Int
    /// In the order of the header; empty for JSON.
    let fields: [String]
    let object: JSON?
    /// The text of a JSON record as it stood in the file.
    let text: String
    private let header: TableHeader?

    fileprivate init(line: Int, header: TableHeader, fields: [String]) {
        self.line = line
        self.header = header
        self.fields = fields
        self.object = nil
        self.text = ""
    }

    fileprivate init(line: Int, object: JSON, digested text: ArraySlice<UInt8>) {
        self.line = line
        self.header = nil
        self.fields = []
        self.object = object
        self.text = String(decoding: text, as: UTF8.self)
    }

    /// The names of its values.
    var names: [String] { header?.names ?? object?.members?.map(\.name) ?? [] }

    /// A value as text, trimmed; nil where there is none. A JSON number, truth or list of these is written out.
    func value(_ name: String) -> String? {
        if let header {
            guard let place = header[name] else { return nil }
            let value = fields[place].trimmingCharacters(in: .whitespacesAndNewlines)
            return value.isEmpty ? nil : value
        }
        return object?[name].flatMap(Self.plain)
    }

    private static func plain(_ value: JSON) -> String? {
        switch value {
        case .null, .object: nil
        case .bool(let bool): bool ? "yes" : "no"
        case .integer, .number: value.text
        case .string(let text): text.isEmpty ? nil : text
        case .array(let values): values.compactMap(plain).joined(separator: " ")
        }
    }
}

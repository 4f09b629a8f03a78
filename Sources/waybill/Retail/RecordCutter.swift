import SwiftCSV

/// Cuts a stream of bytes at the ends of its records, without taking them apart.
///
/// A line break inside of quotes ends none.
struct RecordCutter {
    /// One record's place in the bytes, its line break left out, and the line it begins on.
    struct Span {
        let range: Range<Int>
        let line: Int
        /// A line without an end within `TableFile.recordBytesMax`: it was not kept.
        var isTooLong = false
    }

    /// What is said of such a line.
    static let tooLong =
        "it is longer than \(TableFile.recordBytesMax) bytes: a file is CSV with a row per line, or NDJSON with an "
        + "object per line"

    /// Whole records.
    struct Cut {
        let bytes: [UInt8]
        let spans: [Span]
    }

    /// What was read and not cut off yet.
    var bytes: [UInt8] = []
    private(set) var isAtStart = true
    private var line = 1
    /// The rest of a line that was too long is passed over.
    private var isSkipping = false

    /// Looks at the first bytes: drops a byte order mark, tells the layout.
    mutating func begin() -> TableFile.Layout {
        isAtStart = false
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        let first = bytes.first { $0 > 0x20 }
        return first == UInt8(ascii: "{") ? .ndjson : .csv
    }

    /// Takes all whole records out; the last one of the file needs no line break.
    mutating func cut(_ layout: TableFile.Layout, isLast: Bool) -> Cut {
        var spans: [Span] = []
        var start = skipped()
        while let end = endOfRecord(from: start, layout, isLast: isLast) {
            spans.append(Span(range: start..<end.text, line: line, isTooLong: end.isTooLong))
            isSkipping = end.isTooLong && end.lines == 0
            line += end.lines
            start = end.next
        }
        let cut = Cut(bytes: Array(bytes[..<start]), spans: spans)
        bytes.removeFirst(start)
        return cut
    }

    /// Where the line behind one that was too long begins; the end of what was read where it goes on.
    private mutating func skipped() -> Int {
        guard isSkipping else { return 0 }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return bytes.count }
        isSkipping = false
        line += 1
        return end + 1
    }

    private struct End {
        /// Where its text ends, and where the next record begins.
        let text: Int
        let next: Int
        let lines: Int
        var isTooLong = false
    }

    private func endOfRecord(from start: Int, _ layout: TableFile.Layout, isLast: Bool) -> End? {
        bytes.withUnsafeBufferPointer { bytes in
            var isQuoted = false
            var lines = 0
            var firstBreak: Int?
            var at = start
            while at < bytes.count {
                let byte = bytes[at]
                if byte == UInt8(ascii: "\""), layout == .csv { isQuoted.toggle() }
                if byte == UInt8(ascii: "\n") {
                    lines += 1
                    if !isQuoted { return Self.end(bytes, start, at, lines) }
                    firstBreak = firstBreak ?? at
                }
                at += 1
                guard at - start > TableFile.recordBytesMax else { continue }
                // A quote that nobody closes must not swallow the file: its first line is the broken record.
                if let firstBreak { return Self.end(bytes, start, firstBreak, 1) }
                // Nor must a file without line breaks be held whole.
                let lineFeed = bytes[at...].firstIndex(of: UInt8(ascii: "\n"))
                return End(
                    text: start, next: lineFeed.map { $0 + 1 } ?? bytes.count, lines: lineFeed == nil ? 0 : 1,
                    isTooLong: true)
            }
            guard isLast, start < bytes.count else { return nil }
            if isQuoted, let firstBreak { return Self.end(bytes, start, firstBreak, 1) }
            return End(text: bytes.count, next: bytes.count, lines: lines + 1)
        }
    }

    private static func end(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ lineFeed: Int, _ lines: Int) -> End {
        let hasReturn = lineFeed > start && bytes[lineFeed - 1] == UInt8(ascii: "\r")
        return End(text: hasReturn ? lineFeed - 1 : lineFeed, next: lineFeed + 1, lines: lines)
    }
}

/// Takes cut records apart by the grammar of CSV, many at once; one at a time where they cannot be read together.
enum CSVRecords {
    /// What stands between fields. Spreadsheets of countries that write decimals with a comma use semicolons.
    enum Separator {
        case comma, semicolon

        init(of header: ArraySlice<UInt8>) {
            let hasComma = header.contains(UInt8(ascii: ","))
            self = !hasComma && header.contains(UInt8(ascii: ";")) ? .semicolon : .comma
        }
    }

    /// Visits the fields of each record that is not blank, with its line.
    static func parse(
        _ cut: RecordCutter.Cut, _ separator: Separator = .comma,
        _ visit: (_ line: Int, Result<[String], RejectedRow>) throws -> Void
    ) throws {
        guard !cut.spans.isEmpty else { return }
        let isWhole = !cut.spans.contains(where: \.isTooLong)
        if isWhole, let rows = rows(cut.bytes[...], separator), rows.count == cut.spans.count {
            for (span, fields) in zip(cut.spans, rows) where fields != [""] { try visit(span.line, .success(fields)) }
            return
        }
        for span in cut.spans where span.isTooLong || !span.range.isEmpty {
            guard !span.isTooLong else {
                try visit(span.line, .failure(RejectedRow(span.line, RecordCutter.tooLong)))
                continue
            }
            guard let rows = rows(cut.bytes[span.range], separator), rows.count == 1 else {
                try visit(span.line, .failure(RejectedRow(span.line, reason(cut.bytes[span.range]))))
                continue
            }
            try visit(span.line, .success(rows[0]))
        }
    }

    private static func reason(_ bytes: ArraySlice<UInt8>) -> String {
        String(validating: bytes, as: UTF8.self) == nil
            ? "it is not UTF-8"
            : "it is no row of CSV: a quote stands alone, or a line breaks within a field without quotes"
    }

    /// The fields of each row; nil when the text is no CSV.
    private static func rows(_ bytes: ArraySlice<UInt8>, _ separator: Separator) -> [[String]]? {
        guard var text = String(validating: bytes, as: UTF8.self) else { return nil }
        if text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
        var rows: [[String]] = []
        do {
            // The rows of `content` are padded to one length; only the enumeration gives them as they are.
            let csv = try EnumeratedCSV(string: text, delimiter: separator == .comma ? .comma : .semicolon,
                loadColumns: false, rowLimit: 0)
            try csv.enumerateAsArray(startAt: 0, rowLimit: nil) { rows.append($0) }
        } catch {
            return nil
        }
        return rows
    }
}

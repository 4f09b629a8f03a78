/// Cases as a table of text: a header, then one row per case, cells between bars.
///
///     on hand | asked | outcome
///     5       | 2     | allocated
///     1       | 2     | insufficient_stock
///
/// Empty lines and lines that begin with `#` are passed over.
public struct TextTable: Sendable {
    /// One case: its cells by the names in the header.
    public struct Row: Sendable, CustomStringConvertible {
        private let cells: [String: String]
        public let description: String

        fileprivate init(_ names: [String], _ line: String) {
            let values = TextTable.cells(of: line)
            precondition(values.count == names.count, "\(values.count) cells under \(names.count) names: \(line)")
            cells = Dictionary(zip(names, values), uniquingKeysWith: { first, _ in first })
            description = line
        }

        /// The text under a name; stops the test when the table has no such column.
        public subscript(name: String) -> String {
            guard let cell = cells[name] else { preconditionFailure("no column \(name) in \(cells.keys.sorted())") }
            return cell
        }
    }

    public let rows: [Row]

    public init(_ text: String) {
        let lines = text.split(separator: "\n").map { Self.trim(String($0)) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        let names = lines.first.map(Self.cells(of:)) ?? []
        rows = lines.dropFirst().map { Row(names, $0) }
    }

    private static func cells(of line: String) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).map { trim(String($0)) }
    }

    private static func trim(_ text: String) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

import Foundation

/// All that was measured, for people, for programs and for the documentation.
struct Report: Codable {
    var machine: Machine
    var measurements: [Measurement] = []
    var tables: [ReportTable] = []
    var goals: [Goal] = []

    init(machine: Machine) { self.machine = machine }

    mutating func record(_ subject: String, _ quantity: String, _ values: [Double]) {
        measurements.append(Measurement(subject: subject, quantity: quantity, values: values))
    }
}

/// Something that was to be reached.
struct Goal: Codable {
    let name: String
    let wanted: String
    let found: String
    let isMet: Bool
}

/// Rows of text under a title: aligned on a terminal, piped in Markdown.
struct ReportTable: Codable {
    let title: String
    /// How it was measured.
    let note: String
    let columns: [String]
    var rows: [[String]] = []

    init(_ title: String, note: String, columns: [String]) {
        self.title = title
        self.note = note
        self.columns = columns
    }

    /// For a terminal.
    var text: String {
        let widths = columns.indices.map { column in
            ([columns] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return padded.joined(separator: "  ")
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([title, line(columns), rule] + rows.map(line)).joined(separator: "\n") + "\n"
    }

    var markdown: String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let rule = columns.indices.map { $0 == 0 ? "---" : "---:" }
        let lines = ["### " + title, "", note, "", line(columns), line(rule)] + rows.map(line)
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Machine {
    var facts: [(String, String)] {
        [
            ("cores", "\(cores)"), ("processor", processor), ("memory", "\(memoryGibibytes) GiB"),
            ("kernel", kernel), ("Swift", "\(swift), \(build) build"), ("SQLite", sqlite),
            ("8 kB written and synced", Figure.text(syncMilliseconds, decimals: 2) + " ms (median of 100)"),
            (
                "load average before, after",
                Figure.text(loadBefore, decimals: 2) + ", " + (loadAfter.map { Figure.text($0, decimals: 2) } ?? "-")
            ),
            ("measured at", startedAt),
        ]
    }
}

extension Report {
    /// For a terminal.
    var text: String {
        let facts = machine.facts.map { "\($0): \($1)" }.joined(separator: "\n")
        return ([facts + "\n"] + tables.map(\.text) + (goals.isEmpty ? [] : [goalTable.text])).joined(separator: "\n")
    }

    private var goalTable: ReportTable {
        var table = ReportTable(
            "Goals", note: "What was to be reached, and whether it was in this run.",
            columns: ["goal", "wanted", "found", "met"])
        table.rows = goals.map { [$0.name, $0.wanted, $0.found, $0.isMet ? "yes" : "NO"] }
        return table
    }

    /// For the documentation.
    func markdown(picture: String?) -> String {
        var parts = [
            """
            # Benchmarks

            Written by `swift run -c release Benchmarks all --markdown docs/benchmarks.md`. What can be carried to
            another machine is the ratio to a limit of the same run, not the figure. Values are medians of interleaved
            rounds with [least..most].

            """
        ]
        let facts = ["| machine | |", "|---|---|"] + machine.facts.map { "| \($0) | \($1) |" }
        parts.append(facts.joined(separator: "\n") + "\n")
        if let picture { parts.append("![Orders per second beside their limits](\(picture))\n") }
        if !goals.isEmpty { parts.append(goalTable.markdown) }
        parts += tables.map(\.markdown)
        return parts.joined(separator: "\n")
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(self)
    }
}

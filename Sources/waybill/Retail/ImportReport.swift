import Foundation
import OrderManagement

/// What became of every row of a file, in numbers that add up, and each row that was left out with its reason.
struct ImportReport {
    /// Rows left out are named on standard error up to this many; a report file names them all.
    static let namedMax = 20

    /// A count with its name, in the order of first mention.
    struct Tally {
        private(set) var entries: [(name: String, count: Int)] = []
        private var places: [String: Int] = [:]

        mutating func add(_ name: String, _ count: Int = 1) {
            if let place = places[name] {
                entries[place].count += count
            } else {
                places[name] = entries.count
                entries.append((name, count))
            }
        }

        var sum: Int { entries.reduce(0) { $0 + $1.count } }
        subscript(name: String) -> Int { places[name].map { entries[$0].count } ?? 0 }
    }

    /// Rows of the file, the header and blank lines not counted.
    var rows = 0
    /// What became of each row: sums to `rows`.
    private(set) var outcomes = Tally()
    private(set) var rejected = 0
    /// Whether not one row was taken: all of them were left out, or there was none.
    var isRefused: Bool { rejected == rows }
    /// What was made, changed, found there already.
    var results = Tally()
    /// What was made up or understood in a certain way, and should be known.
    var notes: [String] = []

    private let file: FileHandle?
    private let say: (String) -> Void

    /// - Parameters:
    ///   - path: Where all rows that were left out are written as CSV; nil for nowhere.
    ///   - say: Told the first ones, for people.
    init(path: String?, say: @escaping (String) -> Void) throws {
        self.say = say
        guard let path else {
            file = nil
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: Data("line,reason\n".utf8)),
            let file = FileHandle(forWritingAtPath: path)
        else { throw CommandRefused("the report \(path) cannot be written") }
        try file.seekToEnd()
        self.file = file
    }

    /// Rows that went in.
    mutating func take(_ outcome: String, rows: Int = 1) { outcomes.add(outcome, rows) }

    /// A row that was left out.
    /// - Parameter kind: The reason without particulars, to be counted by.
    mutating func reject(line: Int, kind: String, reason: String) throws {
        outcomes.add("left out: \(kind)")
        rejected += 1
        if let file {
            let quoted = reason.replacing("\"", with: "\"\"")
            try file.write(contentsOf: Data("\(line),\"\(quoted)\"\n".utf8))
        } else if rejected <= Self.namedMax {
            say("line \(line): \(reason)")
        } else if rejected == Self.namedMax + 1 {
            say("… and more: --report FILE writes them all to a file")
        }
    }

    mutating func reject(_ row: RejectedRow, kind: String) throws {
        try reject(line: row.line, kind: kind, reason: row.reason)
    }

    /// Ends the report file. - Throws: `BrokenInvariant` when a row is unaccounted for.
    func finish() throws {
        try file?.close()
        guard outcomes.sum == rows else {
            throw BrokenInvariant("\(rows) rows were read, \(outcomes.sum) are accounted for")
        }
    }

    /// The tables for people.
    func show(on console: Console, title: String) {
        console.out(title)
        console.out()
        console.table(
            ["ROWS", "WHAT BECAME OF THEM"],
            outcomes.entries.map { ["\($0.count)", $0.name] } + [["\(rows)", "all rows of the file"]])
        if !results.entries.isEmpty {
            console.out()
            console.table(["COUNT", "RESULT"], results.entries.map { ["\($0.count)", $0.name] })
        }
        if rows == 0 { console.err("there are no rows in it: nothing was taken") }
        if !notes.isEmpty { console.out() }
        for note in notes { console.out("Note: \(note)") }
    }

    func write(to json: inout JSONWriter) {
        json.member("rows", rows)
        json.member("rejected", rejected)
        json.object("outcomes") { for (name, count) in outcomes.entries { $0.member(name, count) } }
        json.object("results") { for (name, count) in results.entries { $0.member(name, count) } }
        json.array("notes") { for note in notes { $0.value(note) } }
    }
}

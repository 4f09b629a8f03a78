import Foundation
import OrderManagement
import Testing

@Suite("Tidy")
struct TidyTests {
    static let linesMax = 400
    static let columnsMax = 120
    static let functionLinesMax = 60

    @Test("No file is longer than 400 lines")
    func fileLength() throws {
        for file in try Repository.written() where file.lines.count - 1 > Self.linesMax {
            Issue.record("\(file.path) has \(file.lines.count - 1) lines")
        }
    }

    @Test("No line is wider than 120 columns; tables of text in tests may be")
    func lineWidth() throws {
        for file in try Repository.written() {
            let isTest = file.path.hasPrefix("Tests/")
            for (number, line) in file.lines.enumerated() where line.count > Self.columnsMax {
                let isTable = line.filter { $0 == "|" }.count >= 2
                if !(isTest && isTable) { Issue.record("\(file.path):\(number + 1) has \(line.count) columns") }
            }
        }
    }

    @Test("No function is longer than 60 lines")
    func functionLength() throws {
        for file in try Repository.written() {
            for (number, length) in Self.functions(in: file) where length > Self.functionLinesMax {
                Issue.record("\(file.path):\(number) is a function of \(length) lines")
            }
        }
    }

    /// Functions and initializers by their first line, with how many lines they have: from the line that says so to the
    /// closing brace of the same indentation.
    private static func functions(in file: SourceFile) -> [(line: Int, length: Int)] {
        let code = file.code
        var found: [(line: Int, length: Int)] = []
        for (number, line) in code.enumerated() {
            let words = line.split(separator: " ")
            guard words.contains("func") || words.contains(where: { $0.hasPrefix("init(") || $0.hasPrefix("init?(") }),
                !line.hasSuffix("}")
            else { continue }
            let indentation = line.prefix { $0 == " " }
            let end = code[number...].firstIndex { $0 == indentation + "}" }
            if let end { found.append((number + 1, end - number + 1)) }
        }
        return found
    }

    @Test("No file is named by a word that says nothing")
    func fileNames() throws {
        let empty = ["Manager", "Helper", "Util", "Service", "Common", "Impl", "Misc", "Extensions", "+"]
        for file in try Repository.written() {
            for word in empty where file.name.contains(word) { Issue.record("\(file.path) is named by \(word)") }
        }
    }

    // MARK: Code

    @Test("No error is dropped unread")
    func errors() throws {
        let files = try Repository.written()
        for file in files {
            let code = file.code
            for (number, line) in code.enumerated() where line.contains(/\btry\?/) {
                Issue.record("\(file.path):\(number + 1): try?")
            }
            for (number, line) in code.enumerated() where line.contains("catch") {
                let isOneLine = line.contains("catch {}") || line.contains("catch { }")
                let next = number + 1 < code.count ? code[number + 1].drop { $0 == " " } : ""
                if isOneLine || line.hasSuffix("catch {") && next.hasPrefix("}") {
                    Issue.record("\(file.path):\(number + 1) catches and forgets")
                }
            }
        }
    }

    @Test("Nothing is left for later without saying so elsewhere")
    func leftovers() throws {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for file in try Repository.written() {
            for (number, line) in file.lines.enumerated() {
                for word in words where line.contains(word) { Issue.record("\(file.path):\(number + 1): \(word)") }
            }
        }
    }

    @Test("No file knows the machine that it was written on")
    func machinePaths() throws {
        let paths = ["/wo" + "rk/", "/ho" + "me/", "/Us" + "ers/", "/tm" + "p/"]
        let files = try Repository.written() + Repository.files("scripts", "") + Repository.files("docs", ".md")
        // These take a path apart: theirs are made up.
        for file in files where !["Tests/WaybillTests/ConsoleTests.swift"].contains(file.path) {
            for path in paths where file.text.contains(path) { Issue.record("\(file.path) names \(path)") }
        }
    }

    /// Switches whose `default` is allowed in the rules, with the reason.
    private static let defaults: [String: String] = [
        "Doctor/StockBook.swift": "names in the ledger: text",
        "Values/ConditionReading.swift": "names of members: text",
        "Values/JSONParser.swift": "bytes",
        "Values/JSONWriter.swift": "bytes",
    ]

    @Test("A switch over our own cases names them all: a new case is a question, not an accident")
    func defaultCases() throws {
        for file in try Repository.files("Sources/OrderManagement") {
            let path = file.path.replacingOccurrences(of: "Sources/OrderManagement/", with: "")
            guard Self.defaults[path] == nil else { continue }
            for (number, line) in file.code.enumerated() where line.drop(while: { $0 == " " }).hasPrefix("default:") {
                Issue.record("\(file.path):\(number + 1) has a default")
            }
        }
        for path in Self.defaults.keys.sorted() {
            let file = try Repository.text("Sources/OrderManagement/" + path)
            #expect(file.contains("default:"), "\(path) needs no exception any more")
        }
    }

    @Test("A class says in its first comment why it is one")
    func classes() throws {
        for file in try Repository.files("Sources") where !file.isGenerated {
            for (number, line) in file.lines.enumerated() {
                let words = line.split(separator: " ")
                guard words.contains("class"), words.first?.hasPrefix("//") == false, line.hasSuffix("{") else {
                    continue
                }
                let comment = file.lines[max(0, number - 8)..<number].joined(separator: " ").lowercased()
                #expect(comment.contains("class"), "\(file.path):\(number + 1)")
            }
        }
    }

    // MARK: Generated files

    @Test("The schema inside the program is the schema in the folder")
    func embeddedMigrations() throws {
        let embedded = try Repository.text("Sources/Databases/EmbeddedMigrations.swift")
        let files = try Repository.files("Sources/Databases/Migrations", ".sql")
        #expect(files.count >= 8)
        for file in files { #expect(embedded.contains(file.text), "run scripts/embed: \(file.path)") }
        #expect(embedded.components(separatedBy: "\n        (\n").count - 1 == files.count)
    }

    @Test("Templates, styles and the demonstration inside the program are those in the folders")
    func embeddedFiles() throws {
        let server = try Repository.text("Sources/Server/EmbeddedFiles.swift")
        for folder in ["Sources/Server/Templates", "Sources/Server/Public"] {
            for file in try Repository.files(folder, "") where !file.text.isEmpty {
                #expect(server.contains(file.text), "run scripts/embed: \(file.path)")
            }
        }
        let demonstration = try Repository.text("Sources/waybill/EmbeddedDemonstration.swift")
        for file in try Repository.files("Sources/waybill/Demonstration", ".csv") {
            #expect(demonstration.contains(file.text), "run scripts/embed: \(file.path)")
        }
    }

    @Test("Migrations are written twice, once per engine, in three cases at most")
    func engineMigrations() throws {
        let files = try Repository.files("Sources/Databases/Migrations", ".sql")
        #expect(files.filter { $0.name.contains(".sqlite.") || $0.name.contains(".postgres.") }.count <= 6)
    }

    // MARK: What tests speak of

    /// Refusals whose capability comes later: nothing can provoke them yet.
    private static let refusalsToCome: [Refusal.Code: String] = [
        .paymentDeclined: "a provider that declines at placing",
        .rateLimited: "limits per caller",
    ]

    /// Events whose capability comes later: nothing records them yet.
    private static let eventsToCome: [EventType: String] = [:]

    /// The tests' text without this file.
    private func testText() throws -> String {
        try Repository.files("Tests").filter { $0.name != "TidyTests.swift" }.map(\.text).joined()
    }

    @Test("Every refusal is provoked by some test")
    func refusals() throws {
        let text = try testText()
        for code in Refusal.Code.allCases {
            let names = [".\(code)", "\"\(code.rawValue)\"", "| \(code.rawValue)"]
            judge(code.rawValue, isNamed: names.contains { text.contains($0) }, reason: Self.refusalsToCome[code])
        }
    }

    @Test("Every event is expected by some test")
    func events() throws {
        let text = try testText()
        for type in EventType.allCases {
            judge(type.rawValue, isNamed: text.contains("\"\(type.rawValue)\""), reason: Self.eventsToCome[type])
        }
    }

    /// What is in no test needs a reason, and what is in one needs none any more.
    private func judge(_ name: String, isNamed: Bool, reason: String?) {
        if isNamed == (reason != nil) {
            Issue.record("\(name) \(isNamed ? "needs no exception any more" : "is in no test")")
        }
    }
}

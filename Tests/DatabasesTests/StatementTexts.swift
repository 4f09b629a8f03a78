import Foundation
@testable import OrderManagement

/// The SQL of the program, found in its own source text, so that no statement can be forgotten.
enum StatementTexts {
    struct Found: Sendable {
        let file: String
        let line: Int
        let sql: String
        var isQuery: Bool { sql.drop { $0.isWhitespace }.hasPrefix("SELECT") }
    }

    /// A use of `Statement(…)` in the sources.
    enum Use {
        case literal(Found)
        /// Put together at run time.
        case composed(file: String, line: Int)
        /// Neither: nobody could check it.
        case unknown(file: String, line: Int, String)
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file of the program, by its path below the repository.
    static func sources() throws -> [(path: String, text: String)] {
        let base = root.appendingPathComponent("Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            ("Sources/" + path, try String(contentsOf: base.appendingPathComponent(path), encoding: .utf8))
        }
    }

    /// Every use in one file, its comments left out.
    static func uses(in text: String, of file: String) -> [Use] {
        let code = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " }.hasPrefix("//") ? "" : String($0) }.joined(separator: "\n")
        var uses: [Use] = []
        var rest = Substring(code)
        while let place = rest.range(of: "Statement(") {
            let before = rest[..<place.lowerBound].last ?? " "
            let line = code[..<place.lowerBound].count { $0 == "\n" } + 1
            rest = rest[place.upperBound...]
            if before.isLetter || before.isNumber || before == "_" { continue }
            let argument = rest.drop { $0.isWhitespace }
            if argument.hasPrefix("composed:") {
                uses.append(.composed(file: file, line: line))
            } else if let sql = literal(argument) {
                uses.append(.literal(Found(file: file, line: line, sql: sql)))
            } else {
                uses.append(.unknown(file: file, line: line, String(argument.prefix(40))))
            }
        }
        return uses
    }

    /// The string literal that a text begins with, without its escapes: statements have none but line ends.
    private static func literal(_ text: Substring) -> String? {
        let fence = text.hasPrefix("\"\"\"") ? "\"\"\"" : text.hasPrefix("\"") ? "\"" : nil
        guard let fence, let end = text.dropFirst(fence.count).range(of: fence) else { return nil }
        let sql = text.dropFirst(fence.count)[..<end.lowerBound]
        return sql.contains("\\(") ? nil : sql.replacingOccurrences(of: "\\\n", with: "\n")
    }
}

/// Notes which statements a search would run, and finds nothing. A class, since it remembers.
final class RecordingConnection: Connection {
    private(set) var texts: Set<String> = []

    func query(_ statement: Statement, _ parameters: [[SQLValue]], _ visit: (Row) throws -> Void) throws {
        texts.insert(statement.text)
    }

    func execute(_ statement: Statement, _ parameters: [[SQLValue]]) throws -> Int {
        texts.insert(statement.text)
        return 0
    }

    func script(_ sql: String) throws { texts.insert(sql) }
}

/// Every way to search for orders: each filter alone, each pair, and all together.
enum SearchCombinations {
    private static let filters: [@Sendable (inout OrderSearch) -> Void] = [
        { $0.status = "open" }, { $0.fulfillmentStatus = "shipped" }, { $0.paymentStatus = "captured" },
        { $0.returnStatus = "requested" }, { $0.returnStatus = "none" }, { $0.stage = "remorse" },
        { $0.channel = "web" }, { $0.location = "LONDON" }, { $0.customer = "ada@example.com" },
        { $0.sku = "TEE-M" }, { $0.number = "WEB-1001" }, { $0.externalID = "100000123" }, { $0.text = "ada example" },
        { $0.text = OrderID(1).description }, { $0.text = "ada@example.com" }, { $0.placedFrom = .earliest },
        { $0.placedTo = .latest }, { $0.updatedFrom = .earliest }, { $0.isOnHold = true }, { $0.isOnHold = false },
        { $0.hasException = true }, { $0.hasException = false }, { $0.cardLast4 = "1234" }, { $0.hasReturn = true },
        { ($0.text, $0.textSKU) = ("TEE", "TEE") }, { $0.textSKU = "TEE" }, { $0.visibleAt = ["LONDON", "YORK"] },
    ]

    static func all() -> [OrderSearch] {
        var searches = [OrderSearch()]
        for first in filters.indices {
            for second in filters.indices where second >= first {
                var search = OrderSearch()
                filters[first](&search)
                filters[second](&search)
                searches.append(search)
            }
        }
        for isByText in [true, false] {
            var search = OrderSearch()
            for filter in filters { filter(&search) }
            (search.number, search.externalID, search.updatedFrom) = (nil, nil, nil)
            search.text = isByText ? "ada example" : nil
            searches.append(search)
        }
        return searches
    }

    private static let exceptionFilters: [@Sendable (inout ExceptionSearch) -> Void] = [
        { $0.isOpen = nil }, { $0.isOpen = false }, { $0.kind = .short }, { $0.owner = "finance" },
        { $0.assignee = "Ada" }, { $0.location = "LONDON" }, { $0.order = OrderID(1) }, { $0.dueBefore = .latest },
    ]

    private static func allOfExceptions() -> [ExceptionSearch] {
        exceptionFilters.flatMap { first in
            exceptionFilters.map { second in
                var search = ExceptionSearch()
                first(&search)
                second(&search)
                return search
            }
        } + [ExceptionSearch()]
    }

    private static func allOfTransfers() -> [TransferStore.Search] {
        [nil, Transfer.State.sent].flatMap { state in
            [nil, "LONDON"].flatMap { from in
                [nil, "YORK"].flatMap { to in
                    [nil, OrderID(1)].map { TransferStore.Search(state: state, from: from, to: to, order: $0) }
                }
            }
        }
    }

    /// The texts that all of them run.
    static func texts() throws -> Set<String> {
        let connection = RecordingConnection()
        for search in all() { _ = try search.page(after: nil, limit: 50, in: connection) }
        for search in allOfExceptions() {
            _ = try ExceptionStore.page(search, after: ExceptionID(0), limit: 50, in: connection)
        }
        for search in allOfTransfers() {
            _ = try TransferStore.page(search, after: TransferID(0), limit: 50, in: connection)
        }
        for (state, place) in [(nil, nil), (.short, nil), (nil, "YORK"), (.short, "YORK")]
            as [(InboundSupply.State?, String?)]
        {
            _ = try InboundStore.page(
                state: state, location: place, after: InboundID(0), limit: 50, in: connection)
        }
        return connection.texts
    }
}

extension Doctor {
    /// The books, in the order in which they are reported.
    public enum Book: String, CaseIterable, Sendable {
        /// Rows that cannot be read, or that belong to nothing.
        case rows
        case stock, allocations, transfers, supplies, lines, labels, money, statuses, events, idempotency, jobs,
            messages, handOvers = "hand_overs", search
    }

    /// One contradiction.
    public struct Finding: Hashable, Sendable {
        public let book: Book
        /// What it is about: an order's number, a part's id, `SKU@LOCATION`, a position.
        public let subject: String
        /// What the rows make it, and what is stored.
        public let expected: String
        public let found: String
        /// The rule that is broken, as a sentence.
        public let explanation: String
    }

    /// What an examination saw.
    public struct Report: Sendable {
        /// Findings beyond this many are counted and not kept.
        public static let findingsMax = 1_000

        public private(set) var findings: [Finding] = []
        /// All findings by book, those that were not kept included.
        public private(set) var counts: [Book: Int64] = [:]
        /// Rows looked at by book.
        public internal(set) var examined: [Book: Int64] = [:]

        public init() {}

        public var count: Int64 { counts.values.reduce(0, +) }
        public var isClean: Bool { counts.isEmpty }

        mutating func add(_ finding: Finding) {
            counts[finding.book, default: 0] += 1
            if findings.count < Self.findingsMax { findings.append(finding) }
        }
    }
}

extension Doctor.Report {
    /// A table for people: one line per book, then one paragraph per finding.
    public var text: String {
        var lines = [Self.line("Book", "Rows", "Findings")]
        for book in Doctor.Book.allCases {
            lines.append(Self.line(book.rawValue, String(examined[book] ?? 0), String(counts[book] ?? 0)))
        }
        lines.append("")
        for finding in findings {
            lines.append("\(finding.book.rawValue): \(finding.subject)")
            lines.append("    expected  \(finding.expected)")
            lines.append("    found     \(finding.found)")
            lines.append("    \(finding.explanation)")
        }
        if count > findings.count { lines.append("… and \(count - Int64(findings.count)) more") }
        let contradictions = "\(count) \(count == 1 ? "contradiction" : "contradictions")."
        lines.append(isClean ? "Every book agrees with its rows." : contradictions)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ book: String, _ rows: String, _ findings: String) -> String {
        func pad(_ text: String, _ width: Int, left: Bool) -> String {
            let space = String(repeating: " ", count: max(0, width - text.count))
            return left ? space + text : text + space
        }
        return pad(book, 12, left: false) + pad(rows, 12, left: true) + pad(findings, 10, left: true)
    }

    /// The same for programs.
    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("clean", isClean)
            $0.member("count", count)
            $0.array("books") { list in
                for book in Doctor.Book.allCases {
                    list.object {
                        $0.member("book", book.rawValue)
                        $0.member("examined", examined[book] ?? 0)
                        $0.member("findings", counts[book] ?? 0)
                    }
                }
            }
            $0.array("findings") { list in
                for finding in findings {
                    list.object {
                        $0.member("book", finding.book.rawValue)
                        $0.member("subject", finding.subject)
                        $0.member("expected", finding.expected)
                        $0.member("found", finding.found)
                        $0.member("explanation", finding.explanation)
                    }
                }
            }
        }
    }
}

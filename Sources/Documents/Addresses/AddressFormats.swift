/// How each country writes addresses, read once from the generated rows.
enum AddressFormats {
    enum Element: Hashable, Sendable {
        case field(Character)
        case literal(String)
    }

    struct Format: Hashable, Sendable {
        /// In English capitals.
        let name: String
        let local: Pattern
        let latin: Pattern
        /// The parts that are written in capitals.
        let upper: Set<Character>
    }

    /// Lines of parts and of what stands between them.
    struct Pattern: Hashable, Sendable {
        let lines: [[Element]]
        let hasPostcode: Bool
        let hasCity: Bool
        let hasRegion: Bool
        /// What the pattern writes by itself, in small letters: `singapore `.
        let literals: String
        /// `LV-` where the country's letters stand before the postcode.
        let postcodePrefix: String

        init(_ text: String) {
            // `%n` ends a line, and no other part is an `n`.
            let lines = text.split(separator: "%n").map { AddressFormats.elements(of: $0) }
            let elements = lines.joined()
            self.lines = lines
            (hasPostcode, hasCity) = (elements.contains(.field("Z")), elements.contains(.field("C")))
            hasRegion = elements.contains(.field("S"))
            var (literals, prefix) = ("", "")
            for line in lines {
                for (place, element) in line.enumerated() {
                    guard case .literal(let text) = element else { continue }
                    literals += text.lowercased()
                    let isBeforePostcode = line.indices.contains(place + 1) && line[place + 1] == .field("Z")
                    if isBeforePostcode, text.allSatisfy({ $0.isLetter || $0 == "-" }) { prefix = text }
                }
            }
            (self.literals, postcodePrefix) = (literals, prefix)
        }
    }

    private static func elements(of part: Substring) -> [Element] {
        var elements: [Element] = []
        var literal = ""
        var isField = false
        for character in part {
            if isField {
                if !literal.isEmpty { elements.append(.literal(literal)) }
                literal = ""
                elements.append(.field(character))
                isField = false
            } else if character == "%" {
                isField = true
            } else {
                literal.append(character)
            }
        }
        if !literal.isEmpty { elements.append(.literal(literal)) }
        return elements
    }

    /// For what is no country.
    private static let fallback = Pattern("%N%n%A%n%C %Z%n%S")

    private static let all: [String: Format] = {
        var all: [String: Format] = [:]
        for row in AddressFormatRows.text.split(separator: "\n") {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 5 else { continue }
            all[cells[0]] = Format(
                name: cells[1], local: Pattern(cells[2]), latin: Pattern(cells[3].isEmpty ? cells[2] : cells[3]),
                upper: Set(cells[4]))
        }
        return all
    }()

    static func of(_ country: String) -> Format {
        all[country] ?? Format(name: country, local: fallback, latin: fallback, upper: [])
    }
}

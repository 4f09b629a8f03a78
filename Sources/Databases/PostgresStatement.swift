import OrderManagement

/// A statement's text as PostgreSQL takes it: for one row of parameters, and for many at once.
///
/// The set-wise form takes one array per parameter and joins their rows (alias `waybill_row`, columns `waybill_1` …, so
/// that no name of the schema is met); `rows` is `(SELECT unnest($1) AS waybill_1, unnest($2) AS waybill_2, …)`:
///
/// | one row | many rows |
/// |---|---|
/// | `SELECT …` | `SELECT q.* FROM unnest(…) WITH ORDINALITY CROSS JOIN LATERAL (SELECT …) AS q ORDER BY row, place` |
/// | `INSERT … VALUES (…) …` | `INSERT … SELECT … FROM rows …` |
/// | `UPDATE … SET … WHERE …` | `UPDATE … SET … FROM rows WHERE …` |
/// | `DELETE FROM … WHERE …` | `DELETE FROM … USING rows WHERE …` |
///
/// Changes have many parameters. In a select list the arrays are walked in step, value by value; in FROM, PostgreSQL
/// would first copy each into a store of its own, at three times the price. Either way a shorter array goes on with
/// nulls.
struct PostgresStatement: Sendable {
    /// For one row, with `$1`, `$2` ….
    let single: String
    let singleTypes: [UInt32]
    /// For many rows; nil where there is no such form: rows are then sent one after the other.
    let many: String?
    let manyTypes: [UInt32]

    init(_ statement: Statement) {
        let kinds = statement.parameters.map(\.kind)
        single = Self.numbered(statement.numbered) { "$\($0)" }
        singleTypes = kinds.map { $0 == .text ? PostgresParameters.TypeID.text : PostgresParameters.TypeID.bigint }
        manyTypes = kinds.map { $0 == .text ? PostgresParameters.TypeID.texts : PostgresParameters.TypeID.bigints }
        many = kinds.isEmpty ? nil : Self.many(statement.numbered, kinds)
    }

    /// Replaces `?1` … outside of quoted text.
    private static func numbered(_ text: String, _ name: (String) -> String) -> String {
        var result = ""
        var isQuoted = false
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == "'" { isQuoted.toggle() }
            guard character == "?", !isQuoted else {
                result.append(character)
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            result += name(String(digits))
        }
        return result
    }

    private static func many(_ text: String, _ kinds: [Statement.Parameter.Kind]) -> String? {
        let arrays = kinds.enumerated().map { "$\($0 + 1)::\($1 == .text ? "text[]" : "bigint[]")" }
        let names = kinds.indices.map { "waybill_\($0 + 1)" }
        let columns = zip(arrays, names).map { "unnest(\($0)) AS \($1)" }
        let rows = "(SELECT \(columns.joined(separator: ", "))) AS waybill_row"
        let body = numbered(text) { "waybill_row.waybill_\($0)" }
        let words = Words(body)
        switch words.first {
        case "SELECT":
            let place = "row_number() OVER () AS waybill_place"
            let isOrdered = words.find("ORDER") != nil
            let alias = "waybill_row (\(names.joined(separator: ", ")), waybill_number)"
            let inner = isOrdered ? "SELECT waybill_one.*, \(place) FROM (\(body)) AS waybill_one" : body
            return """
                SELECT waybill_all.* \
                FROM unnest(\(arrays.joined(separator: ", "))) WITH ORDINALITY AS \(alias) \
                CROSS JOIN LATERAL (\(inner)) AS waybill_all \
                ORDER BY waybill_row.waybill_number\(isOrdered ? ", waybill_all.waybill_place" : "")
                """
        case "INSERT":
            guard let values = words.find("VALUES"), let (list, rest) = words.list(after: values.upperBound),
                !rest.contains("waybill_row")
            else { return nil }
            return "\(body[..<values.lowerBound])SELECT \(list) FROM \(rows)\(rest)"
        case "UPDATE":
            guard let place = words.find("WHERE"), words.find("FROM") == nil else { return nil }
            return "\(body[..<place.lowerBound])FROM \(rows) \(body[place.lowerBound...])"
        case "DELETE":
            guard let place = words.find("WHERE"), words.find("USING") == nil else { return nil }
            return "\(body[..<place.lowerBound])USING \(rows) \(body[place.lowerBound...])"
        default:
            return nil
        }
    }

    /// The words of an SQL text that stand outside of parentheses and quotation marks.
    private struct Words {
        let text: String
        private var found: [Range<String.Index>] = []

        init(_ text: String) {
            self.text = text
            var depth = 0
            var isQuoted = false
            var start: String.Index?
            for index in text.indices {
                let character = text[index]
                if character == "'" { isQuoted.toggle() }
                let isWord = !isQuoted && depth == 0 && (character.isLetter || character == "_")
                if isWord {
                    start = start ?? index
                } else if let begin = start {
                    found.append(begin..<index)
                    start = nil
                }
                if !isQuoted, character == "(" { depth += 1 }
                if !isQuoted, character == ")" { depth -= 1 }
            }
            if let start { found.append(start..<text.endIndex) }
        }

        var first: String { found.first.map { text[$0].uppercased() } ?? "" }

        func find(_ word: String) -> Range<String.Index>? { found.first { text[$0].uppercased() == word } }

        /// What stands in the parentheses that follow, and what stands behind them.
        func list(after place: String.Index) -> (inside: Substring, rest: Substring)? {
            let rest = text[place...].drop { $0.isWhitespace }
            guard rest.first == "(" else { return nil }
            var depth = 0
            var isQuoted = false
            for index in rest.indices {
                let character = rest[index]
                if character == "'" { isQuoted.toggle() }
                if !isQuoted, character == "(" { depth += 1 }
                if !isQuoted, character == ")" { depth -= 1 }
                if depth == 0 {
                    let behind = rest.index(after: index)
                    return (rest[rest.index(after: rest.startIndex)..<index], rest[behind...])
                }
            }
            return nil
        }
    }
}

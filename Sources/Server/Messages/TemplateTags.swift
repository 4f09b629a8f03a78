/// The tags of a Mustache template, looked through for names that stand for nothing: such would be silently blank.
enum TemplateTags {
    /// Functions that the template engine has for values and lists.
    private static let functions: Set<String> = [
        "capitalized", "lowercased", "uppercased", "reversed", "first", "last", "count", "empty", "sorted", "index",
        "even", "odd",
    ]

    /// - Parameter vocabulary: Names, each with those of its entries where it is a list.
    /// - Returns: What is wrong with the first wrong tag, with its place; nil if nothing is.
    static func objection(to text: String, knowing vocabulary: [String: [String]]) -> String? {
        var sections: [String] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: "{{") {
            let isTriple = rest[start.upperBound...].first == "{"
            guard let end = rest[start.upperBound...].firstRange(of: isTriple ? "}}}" : "}}") else { return nil }
            let whole = rest[start.upperBound..<end.lowerBound]
            let tag = trimmed(isTriple ? whole.dropFirst() : whole)
            rest = rest[end.upperBound...]
            let place = place(of: start.lowerBound, in: text)
            switch tag.first {
            case "!", "%": continue
            case "/":
                _ = sections.popLast()
            case "#", "^":
                let name = trimmed(tag.dropFirst())
                if let wrong = objection(to: name, in: sections, vocabulary) { return place + wrong }
                sections.append(plain(name))
            case ">", "<", "$", "=":
                return place + "tags as {{\(tag)}} are not known here"
            case "&":
                if let wrong = objection(to: trimmed(tag.dropFirst()), in: sections, vocabulary) {
                    return place + wrong
                }
            case .some, nil:
                if let wrong = objection(to: tag, in: sections, vocabulary) { return place + wrong }
            }
        }
        return nil
    }

    private static func objection(
        to tag: Substring, in sections: [String], _ vocabulary: [String: [String]]
    ) -> String? {
        let parts = tag.split { $0 == "(" || $0 == ")" }.map { String(trimmed($0)) }
        let called = tag.contains("()") ? parts[...] : parts.dropLast()
        if let unknown = called.first(where: { !functions.contains($0) }) {
            return "there is no function \(unknown); known here: \(functions.sorted().joined(separator: ", "))"
        }
        let name = plain(tag)
        let known = vocabulary.keys.sorted() + sections.flatMap { vocabulary[$0] ?? [] }
        guard !name.isEmpty, name != ".", !known.contains(name) else { return nil }
        return "there is no {{\(name)}}; known here: \(known.joined(separator: ", "))"
    }

    /// The name in a tag, without the functions around it.
    private static func plain(_ tag: Substring) -> String {
        guard tag.contains("(") else { return String(tag) }
        guard !tag.contains("()") else { return "" }
        return tag.split { $0 == "(" || $0 == ")" }.last.map { String(trimmed($0)) } ?? ""
    }

    private static func place(of index: String.Index, in text: String) -> String {
        let lines = text[..<index].split(separator: "\n", omittingEmptySubsequences: false)
        return "line \(lines.count), column \((lines.last?.count ?? 0) + 1): "
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}

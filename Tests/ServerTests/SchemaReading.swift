import OrderManagement

@testable import Server

/// What of a reply its description does not say: every reply of every test is held against it.
extension Schema {
    /// - Returns: What differs, each with its place; nothing for what is as described.
    func breaches(of json: JSON, at place: String = "") -> [String] {
        func wrong(_ expected: String) -> [String] { ["\(place): expected \(expected), found \(json.text.prefix(60))"] }
        switch self {
        case .anything: return []
        case .named(_, let schema): return schema.breaches(of: json, at: place)
        case .nullable(let schema): return json.isNull ? [] : schema.breaches(of: json, at: place)
        case .either(let first, let second):
            let found = first.breaches(of: json, at: place)
            return found.isEmpty || second.breaches(of: json, at: place).isEmpty ? [] : found
        case .text(let max):
            guard let text = json.string else { return wrong("text") }
            return text.count <= max ? [] : wrong("text of \(max) characters at most")
        case .id(let prefix):
            guard let text = json.string, text.hasPrefix(prefix + "_") else { return wrong("\(prefix)_…") }
            return []
        case .words(let words):
            guard let text = json.string, words.contains(text) else { return wrong("one of \(words)") }
            return []
        case .integer(let range):
            guard let number = json.integer, range.contains(number) else { return wrong("a number of \(range)") }
            return []
        case .number: return json.number == nil ? wrong("a number") : []
        case .truth: return json.bool == nil ? wrong("true or false") : []
        case .time: return json.string.flatMap { Timestamp($0) } == nil ? wrong("a time") : []
        case .list(let entry, let max):
            guard let list = json.array else { return wrong("a list") }
            let count = max.map { list.count <= $0 } ?? true
            return (count ? [] : wrong("\(max ?? 0) entries at most"))
                + list.enumerated().flatMap { entry.breaches(of: $1, at: "\(place)/\($0)") }
        case .object(let properties):
            guard case .object(let members) = json else { return wrong("an object") }
            let unknown = members.filter { member in !properties.contains { $0.name == member.name } }.map {
                "\(place)/\($0.name): is not described"
            }
            return unknown
                + properties.flatMap { property -> [String] in
                    guard let value = json[property.name] else {
                        return property.isRequired ? ["\(place)/\(property.name): is missing"] : []
                    }
                    return property.schema.breaches(of: value, at: "\(place)/\(property.name)")
                }
        }
    }
}

extension Endpoint {
    /// What of an answer its description does not say.
    func breaches(of answer: TestServer.Answer) -> [String] {
        guard produces == .json, answer.status < 400 else {
            return answer.status < 400 ? [] : Shapes.problem.breaches(of: answer.json)
        }
        guard let reply = replies.first(where: { $0.status == answer.status }) else {
            return ["the status \(answer.status) is not described"]
        }
        guard let schema = reply.schema else { return [] }
        return schema.breaches(of: answer.json)
    }
}

import Foundation
import OrderManagement
import Yams

/// A text in YAML as a JSON value, which remembers on which line each value stands.
///
/// Plain words mean what they mean in YAML 1.2 (the core schema): only `true` and `false` are truth values, so that
/// Norway's `NO` stays a text. JSON is YAML, and may be given as well.
struct YAMLText {
    static let bytesMax = 16 << 20
    /// Values in all, so that aliases within aliases end somewhere.
    static let valuesMax = 1_000_000
    static let depthMax = 64

    private(set) var json = JSON.null
    /// From 1, by JSON pointer.
    private var lines: [String: Int] = [:]
    private var values = 0

    /// - Throws: `CommandRefused` naming the line that cannot be read.
    init(_ text: String, name: String) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw CommandRefused("\(name) is no YAML that can be read: \(error)")
        }
        guard let root else { throw CommandRefused("\(name) is empty") }
        do {
            json = try read(root, at: "", depth: 0)
        } catch let wrong as Wrong {
            throw CommandRefused("\(name):\(wrong.line): \(wrong.reason)")
        }
    }

    private struct Wrong: Error {
        let line: Int
        let reason: String
    }

    /// The line of a value, or of the nearest one around it that is there.
    func line(of pointer: String) -> Int {
        var rest = Substring(pointer)
        while true {
            if let line = lines[String(rest)] { return line }
            guard let slash = rest.lastIndex(of: "/") else { return 1 }
            rest = rest[..<slash]
        }
    }

    private mutating func read(_ node: Node, at pointer: String, depth: Int) throws -> JSON {
        let line = node.mark?.line ?? 1
        if lines[pointer] == nil { lines[pointer] = line }
        values += 1
        guard values <= Self.valuesMax, depth <= Self.depthMax else {
            throw Wrong(line: line, reason: "there are too many values within each other")
        }
        switch node {
        case .scalar(let scalar): return Self.value(of: scalar)
        case .sequence(let sequence):
            var list: [JSON] = []
            for entry in sequence { list.append(try read(entry, at: "\(pointer)/\(list.count)", depth: depth + 1)) }
            return .array(list)
        case .mapping(let mapping):
            var members: [JSON.Member] = []
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    throw Wrong(line: key.mark?.line ?? line, reason: "the name of a field must be a word")
                }
                let place = pointer + "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
                lines[place] = key.mark?.line ?? line
                members.append(.init(name, try read(value, at: place, depth: depth + 1)))
            }
            return .object(members)
        case .alias: throw Wrong(line: line, reason: "an alias stands for nothing that was named before")
        }
    }

    /// What a word means: plain ones by the core schema, all others are texts.
    private static func value(of scalar: Node.Scalar) -> JSON {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case let text where text.wholeMatch(of: /[-+]?[0-9]+/) != nil:
            return Int64(text).map { .integer($0) } ?? .string(text)
        case let text where text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil:
            return Double(text).map { .number($0) } ?? .string(text)
        case let text: return .string(text)
        }
    }

    // MARK: Writing

    /// A value as YAML that `init` reads as the same value.
    static func text(of json: JSON) throws -> String {
        try Yams.serialize(node: node(of: json), width: -1, allowUnicode: true)
    }

    private static func node(of json: JSON) -> Node {
        switch json {
        case .null: Node("null")
        case .bool(let truth): Node(truth ? "true" : "false")
        case .integer(let number): Node(String(number))
        case .number: Node(json.text)
        case .string(let text): node(of: text)
        case .array(let list):
            // A short list of plain values reads best on one line.
            Node(
                list.map(node), Tag(.seq),
                list.allSatisfy { $0.array == nil && $0.members == nil } ? .flow : .block)
        case .object(let members):
            Node(members.map { (node(of: $0.name), node(of: $0.value)) }, Tag(.map), .block)
        }
    }

    /// Text in quotes where it would be taken for something else, here or by older readers of YAML.
    private static func node(of text: String) -> Node {
        if text.contains("\n") { return Node(text, Tag(.str), .literal) }
        let plain = Node.Scalar(text, Tag(.implicit), .plain)
        let isText = Node.scalar(plain).tag == Tag(.str) && value(of: plain) == .string(text)
        return Node(text, Tag(.str), isText ? .any : .doubleQuoted)
    }
}

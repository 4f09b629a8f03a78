import OrderManagement

/// The shape of a JSON value, as the interface's description shows it (JSON Schema 2020-12).
indirect enum Schema: Sendable {
    case text(max: Int)
    /// An identifier with its prefix.
    case id(String)
    case words([String])
    case integer(ClosedRange<Int64>)
    case number
    case truth
    case time
    case object([Property])
    case list(Schema, max: Int?)
    /// Described once, under its name.
    case named(String, Schema)
    case nullable(Schema)
    /// One shape or the other: an object, or a list of such.
    case either(Schema, Schema)
    case anything

    struct Property: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        init(_ name: String, _ schema: Schema, isRequired: Bool = true) {
            self.name = name
            self.schema = schema
            self.isRequired = isRequired
        }

        /// A member that must be there.
        static func must(_ name: String, _ schema: Schema) -> Property { Property(name, schema) }
        /// A member that may be missing.
        static func may(_ name: String, _ schema: Schema) -> Property { Property(name, schema, isRequired: false) }
    }

    static func words<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> Schema
    where Word.RawValue == String { .words(Word.allCases.map(\.rawValue)) }

    static let shortText = Schema.text(max: 200)
    static let quantity = Schema.integer(1...PlaceOrder.quantityMax)
    static let count = Schema.integer(0...Int64.max)
    static let nothing = Schema.object([])
    static let money = Schema.named(
        "Money", .object([.must("amount", .integer(0...Money.amountMax)), .must("currency", .text(max: 3))]))

    /// A page of a list.
    static func page(of entry: Schema) -> Schema {
        .object([.must("data", .list(entry, max: nil)), .must("next_cursor", .nullable(.text(max: 500)))])
    }

    /// Every named schema within this one.
    func collect(into known: inout [String: Schema]) {
        switch self {
        case .named(let name, let schema):
            guard known[name] == nil else { return }
            known[name] = schema
            schema.collect(into: &known)
        case .object(let properties): for property in properties { property.schema.collect(into: &known) }
        case .list(let entry, _): entry.collect(into: &known)
        case .nullable(let schema): schema.collect(into: &known)
        case .either(let first, let second):
            first.collect(into: &known)
            second.collect(into: &known)
        case .text, .id, .words, .integer, .number, .truth, .time, .anything: break
        }
    }

    /// - Parameters:
    ///   - path: The named schema or the call's noun, and the properties in which it stands: by it the glossary knows
    ///     what its own properties mean.
    ///   - meaning: What it means where it stands; nil where that is said elsewhere.
    func write(to json: inout JSONWriter, at path: [String] = [], saying meaning: String? = nil) {
        json.object { json in
            if let meaning { json.member("description", meaning) }
            switch self {
            case .named(let name, _): json.member("$ref", "#/components/schemas/" + name)
            case .nullable(let schema):
                json.array("anyOf") { list in
                    schema.write(to: &list, at: path)
                    list.object { $0.member("type", "null") }
                }
            case .either(let first, let second):
                json.array("anyOf") { list in
                    first.write(to: &list, at: path)
                    second.write(to: &list, at: path)
                }
            case .object(let properties): Self.write(properties, at: path, to: &json)
            case .list(let entry, let max):
                json.member("type", "array")
                json.name("items")
                entry.write(to: &json, at: path)
                if let max { json.member("maxItems", max) }
            case .text, .id, .words, .integer, .number, .truth, .time, .anything: writePlain(to: &json)
            }
        }
    }

    private static func write(_ properties: [Property], at path: [String], to json: inout JSONWriter) {
        json.member("type", "object")
        json.object("properties") { members in
            for property in properties {
                let place = path + [property.name]
                members.name(property.name)
                property.schema.write(to: &members, at: place, saying: Glossary.meaning(of: place)?.text)
            }
        }
        let required = properties.filter(\.isRequired).map(\.name)
        if !required.isEmpty { json.array("required") { list in for name in required { list.value(name) } } }
    }

    private func writePlain(to json: inout JSONWriter) {
        switch self {
        case .text(let max):
            json.member("type", "string")
            json.member("maxLength", max)
        case .id(let prefix):
            json.member("type", "string")
            json.member("pattern", "^\(prefix)_[0-9a-hjkmnp-tv-z]{13}(-[0-9]+)?$")
        case .words(let words):
            json.member("type", "string")
            json.array("enum") { list in for word in words { list.value(word) } }
        case .integer(let range):
            json.member("type", "integer")
            json.member("minimum", range.lowerBound)
            if range.upperBound < Int64.max { json.member("maximum", range.upperBound) }
        case .number: json.member("type", "number")
        case .truth: json.member("type", "boolean")
        case .time:
            json.member("type", "string")
            json.member("format", "date-time")
        case .object, .list, .named, .nullable, .either, .anything: break
        }
    }
}

import OrderManagement

@testable import Server

/// Values that a schema allows, for tests that call every endpoint.
extension Schema {
    /// - Parameter name: of the member that it is for: some texts must be of a kind that no schema says.
    func sample(all: Bool, named name: String = "") -> JSON {
        switch self {
        case .text(let max): return .string(String((Self.texts[name] ?? "x").prefix(max)))
        case .id(let prefix): return .string(Self.id(prefix))
        case .words(let words): return .string(words[0])
        case .integer(let range): return .integer(max(range.lowerBound, min(1, range.upperBound)))
        case .number: return .integer(1)
        case .truth: return .bool(true)
        case .time: return .string("2026-03-01T10:15:00Z")
        case .list(let entry, let max):
            return .array(Array(repeating: entry.sample(all: all, named: name), count: max == 3 ? 3 : 1))
        case .named(_, let schema), .nullable(let schema): return schema.sample(all: all, named: name)
        case .either(let schema, _): return schema.sample(all: all, named: name)
        case .anything: return .object([])
        case .object(let properties):
            return .object(
                properties.filter { all || $0.isRequired || Self.needed.contains($0.name) }
                    .map { .init($0.name, $0.schema.sample(all: all, named: $0.name)) })
        }
    }

    private static let texts = [
        "currency": "GBP", "country": "GB", "zone": "Europe/London", "email": "a@example.com", "location": "LONDON",
        "card_last4": "1234", "holidays": "2026-12-25",
    ]
    /// Optional to the schema, since other members decide.
    private static let needed: Set<String> = ["address", "quantity", "result", "order"]

    /// The name of something that does not exist.
    static func id(_ prefix: String) -> String {
        let wholes = ["ord", "job", "exc", "key", "usr", "msg", "trf", "inb", "rsv", "crd", "hov", "pck"]
        return wholes.contains(prefix) ? prefix + "_0000000000000" : prefix + "_0000000000000-1"
    }
}

extension Endpoint {
    /// The path with names of nothing in place of its parameters.
    var samplePath: String {
        let prefixes = [
            "orders": "ord", "fulfillments": "ful", "returns": "ret", "exceptions": "exc", "access": "key",
            "jobs": "job", "messages": "msg", "transfers": "trf", "inbound": "inb", "reservations": "rsv",
            "store-credits": "crd", "parcels": "par", "shipping": "hov", "users": "usr",
        ]
        var path = path
        for parameter in parameters {
            var value = "nothing"
            if parameter == "id" {
                value = Schema.id(path.hasPrefix("/v1/courier-pickups/") ? "pck" : prefixes[tag] ?? "ord")
            }
            if parameter == "hold" { value = Schema.id("hld") }
            if parameter == "amendment" { value = Schema.id("amd") }
            if parameter == "payment" { value = Schema.id("pay") }
            path = path.replacing("{\(parameter)}", with: value)
        }
        return path
    }

    func sampleBody(all: Bool = false) -> String? { body?.sample(all: all).text }

    /// Texts for the query that the endpoint cannot do without.
    var sampleQuery: String {
        let needed = query.filter(\.isRequired).map { "\($0.name)=x" }
        return needed.isEmpty ? "" : "?" + needed.joined(separator: "&")
    }
}

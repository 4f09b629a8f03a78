import OrderManagement
import TestSupport
import Testing

@testable import Server

/// The description of the interface says of every property what it means.
@Suite("The glossary of the interface")
struct GlossaryTests {
    /// Every property of a document, with the path to it.
    private func properties(_ json: JSON, _ path: String, _ visit: (String, String, JSON) -> Void) {
        if case .object(let members) = json {
            let isObject = json["type"]?.string == "object"
            for member in members {
                if isObject, member.name == "properties", case .object(let known) = member.value {
                    for property in known { visit("\(path).\(property.name)", property.name, property.value) }
                }
                properties(member.value, "\(path).\(member.name)", visit)
            }
        } else if case .array(let entries) = json {
            for entry in entries { properties(entry, path, visit) }
        }
    }

    @Test("Every property in /openapi.json has a description that says more than its name")
    func described() async throws {
        let server = try await TestServer(try TestSystem())
        let document = try await server.send("GET", "/openapi.json", key: "").json
        var count = 0
        properties(document, "") { path, name, schema in
            count += 1
            let text = schema["description"]?.string ?? ""
            let words = text.lowercased().filter { $0.isLetter || $0.isNumber }
            #expect(
                text.count > 5 && words != name.lowercased().filter { $0.isLetter || $0.isNumber },
                "\(path): \(text.isEmpty ? "nothing" : text)")
            #expect(!text.hasSuffix(".") && text.first?.isLowercase != true || text.contains(":"), "\(path): \(text)")
        }
        #expect(count > 1_000)
    }

    @Test("A description fits what stands there: times are no amounts, ways back no ways to the customer")
    func fits() async throws {
        let server = try await TestServer(try TestSystem())
        let document = try await server.send("GET", "/openapi.json", key: "").json
        properties(document, "") { path, name, schema in
            let text = schema["description"]?.string ?? ""
            if name == "due" {
                let shapes = [schema] + (schema["anyOf"]?.array ?? [])
                let isTime = shapes.contains { $0["format"]?.string == "date-time" }
                #expect(isTime != text.contains("to pay"), "\(path): \(text)")
            }
            for word in schema["enum"]?.array ?? [] where name == "method" {
                #expect(text.contains(word.string ?? "?") || word.string == "POST", "\(path): \(text)")
            }
        }
    }

    @Test("Every entry of the glossary describes a property that there is")
    func used() async throws {
        let server = try await TestServer(try TestSystem(), paperwork: NamedPapers())
        var used: Set<String> = []
        func look(at schema: Schema, _ path: [String], _ known: inout Set<String>) {
            switch schema {
            case .named(let name, let inside):
                guard known.insert(name).inserted else { return }
                look(at: inside, [name], &known)
            case .object(let properties):
                for property in properties {
                    let place = path + [property.name]
                    if let key = Glossary.meaning(of: place)?.key { used.insert(key) }
                    look(at: property.schema, place, &known)
                }
            case .list(let entry, _): look(at: entry, path, &known)
            case .nullable(let inside): look(at: inside, path, &known)
            case .either(let first, let second):
                look(at: first, path, &known)
                look(at: second, path, &known)
            case .text, .id, .words, .integer, .number, .truth, .time, .anything: break
            }
        }
        var known: Set<String> = []
        look(at: Shapes.problem, [], &known)
        for endpoint in server.calls {
            for schema in [endpoint.body] + endpoint.replies.map(\.schema) {
                if let schema { look(at: schema, [endpoint.noun], &known) }
            }
        }
        let idle = Set(Glossary.meanings.keys).subtracting(used)
        #expect(idle.isEmpty, "\(idle.sorted())")
    }
}

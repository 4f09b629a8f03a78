import OrderManagement

/// The description of the interface (OpenAPI 3.1), written from the endpoints that the server obeys.
enum OpenAPI {
    static func document(of endpoints: [Endpoint]) -> String {
        let described = endpoints.filter(\.isDescribed)
        var json = JSONWriter(reservingCapacity: 1 << 17)
        json.object {
            $0.member("openapi", "3.1.0")
            $0.object("info") {
                $0.member("title", "Waybill")
                $0.member("version", "1")
                $0.member("description", about)
            }
            $0.object("paths") { paths in
                for path in described.map(\.path).uniqued() {
                    paths.object(path) { item in
                        for endpoint in described where endpoint.path == path { write(endpoint, to: &item) }
                    }
                }
            }
            $0.object("components") { writeComponents(of: described, to: &$0) }
            $0.array("security") { $0.object { $0.array("key") { _ in } } }
        }
        return json.text
    }

    private static let about = """
        Orders from placing to return. Money is in minor units, times are RFC 3339 in UTC, ids are opaque. Unknown \
        fields are refused. Errors are application/problem+json (RFC 9457). A POST with an Idempotency-Key that came \
        before gets the same reply again.
        """

    private static func write(_ endpoint: Endpoint, to json: inout JSONWriter) {
        json.object(endpoint.method.rawValue.lowercased()) {
            $0.member("operationId", operation(endpoint))
            $0.member("summary", endpoint.summary)
            $0.array("tags") { $0.value(endpoint.tag) }
            switch endpoint.access {
            case .everybody: $0.array("security") { _ in }
            case .key: break
            case .scope(let scope): $0.member("x-scope", scope.rawValue)
            }
            $0.array("parameters") { writeParameters(of: endpoint, to: &$0) }
            if let body = endpoint.body {
                $0.object("requestBody") {
                    $0.member("required", true)
                    writeContent("application/json", body, of: endpoint, to: &$0)
                }
            }
            $0.object("responses") { responses in
                for (status, schema) in endpoint.replies {
                    responses.object(String(status)) {
                        $0.member("description", status == 204 ? "Nothing to show" : "As asked")
                        if let schema {
                            writeContent(endpoint.produces.rawValue, schema, of: endpoint, to: &$0)
                        } else if endpoint.produces != .json {
                            $0.object("content") { $0.object(endpoint.produces.rawValue) { _ in } }
                        }
                    }
                }
                responses.object("default") {
                    $0.member("description", "A problem")
                    writeContent("application/problem+json", Shapes.problem, of: endpoint, to: &$0)
                }
            }
        }
    }

    /// `post_orders_id_cancellations`: stays the same as long as the path does.
    private static func operation(_ endpoint: Endpoint) -> String {
        let words = endpoint.path.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" }
        return ([endpoint.method.rawValue.lowercased()] + words.filter { $0 != "v1" }.map(String.init))
            .joined(separator: "_")
    }

    private static func writeParameters(of endpoint: Endpoint, to list: inout JSONWriter) {
        for name in endpoint.parameters {
            writeParameter(name, "path", .shortText, isRequired: true, nil, to: &list)
        }
        for parameter in endpoint.query {
            let schema = parameter.isRepeatable ? Schema.list(parameter.schema, max: nil) : parameter.schema
            writeParameter(
                parameter.name, "query", schema, isRequired: parameter.isRequired, parameter.summary, to: &list)
        }
        if endpoint.key != .none {
            writeParameter(
                "Idempotency-Key", "header", .text(max: 255), isRequired: endpoint.key == .required,
                "Requests with the same key are one request", to: &list)
        }
        if endpoint.takesVersion {
            writeParameter(
                "If-Match", "header", .shortText, isRequired: false, "The ETag that the caller saw", to: &list)
        }
    }

    private static func writeParameter(
        _ name: String, _ place: String, _ schema: Schema, isRequired: Bool, _ summary: String?,
        to list: inout JSONWriter
    ) {
        list.object {
            $0.member("name", name)
            $0.member("in", place)
            $0.member("required", isRequired)
            if let summary { $0.member("description", summary) }
            $0.name("schema")
            schema.write(to: &$0)
        }
    }

    private static func writeContent(
        _ type: String, _ schema: Schema, of endpoint: Endpoint, to json: inout JSONWriter
    ) {
        json.object("content") {
            $0.object(type) {
                $0.name("schema")
                schema.write(to: &$0, at: [endpoint.noun])
            }
        }
    }

    private static func writeComponents(of endpoints: [Endpoint], to json: inout JSONWriter) {
        var known: [String: Schema] = [:]
        Shapes.problem.collect(into: &known)
        for endpoint in endpoints {
            endpoint.body?.collect(into: &known)
            for reply in endpoint.replies { reply.schema?.collect(into: &known) }
        }
        json.object("schemas") { schemas in
            for (name, schema) in known.sorted(by: { $0.key < $1.key }) {
                schemas.name(name)
                schema.write(to: &schemas, at: [name])
            }
        }
        json.object("securitySchemes") {
            $0.object("key") {
                $0.member("type", "http")
                $0.member("scheme", "bearer")
            }
        }
    }
}

extension Array where Element: Hashable {
    /// Each element once, where it stands first.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

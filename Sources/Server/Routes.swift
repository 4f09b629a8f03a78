import Synchronization

/// Where a path leads.
struct Routes: Sendable {
    enum Match {
        case found(Route, parameters: [String])
        /// There is something, but not by this method.
        case wrongMethod(allowed: [String])
        case nothing
    }

    /// Paths without parameters, by the whole text: most calls end here.
    private var fixed: [String: [Endpoint.Method: Route]] = [:]
    private var root = Node()
    private(set) var all: [Route] = []

    private struct Node {
        var words: [Substring: Node] = [:]
        /// In an array, since a value cannot hold itself; empty or one.
        var parameter: [Node] = []
        var routes: [Endpoint.Method: Route] = [:]
    }

    init(_ endpoints: [Endpoint]) {
        for endpoint in endpoints {
            let route = Route(endpoint)
            all.append(route)
            if endpoint.parameters.isEmpty {
                fixed[endpoint.path, default: [:]][endpoint.method] = route
            } else {
                Self.insert(route, at: endpoint.path.split(separator: "/")[...], into: &root)
            }
        }
    }

    private static func insert(_ route: Route, at path: ArraySlice<Substring>, into node: inout Node) {
        guard let first = path.first else {
            node.routes[route.endpoint.method] = route
            return
        }
        if first.first == "{" {
            if node.parameter.isEmpty { node.parameter.append(Node()) }
            insert(route, at: path.dropFirst(), into: &node.parameter[0])
        } else {
            insert(route, at: path.dropFirst(), into: &node.words[first, default: Node()])
        }
    }

    /// - Parameter path: without its query.
    func match(_ method: String, _ path: String) -> Match {
        // HEAD is GET without the body (RFC 9110, section 9.3.2).
        let method = Endpoint.Method(rawValue: method == "HEAD" ? "GET" : method)
        var routes = fixed[path]
        var parameters: [String] = []
        if routes == nil, path.utf8.first == UInt8(ascii: "/") {
            let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            if parts.count <= 12 { routes = Self.find(parts[...], in: root, &parameters) }
        }
        guard let routes, !routes.isEmpty else { return .nothing }
        if let method, let route = routes[method] { return .found(route, parameters: parameters) }
        var allowed = routes.keys.map(\.rawValue)
        if routes[.get] != nil { allowed.append("HEAD") }
        return .wrongMethod(allowed: allowed.sorted())
    }

    private static func find(_ parts: ArraySlice<Substring>, in node: Node, _ parameters: inout [String])
        -> [Endpoint.Method: Route]?
    {
        guard let first = parts.first else { return node.routes.isEmpty ? nil : node.routes }
        if let next = node.words[first], let found = find(parts.dropFirst(), in: next, &parameters) { return found }
        guard let next = node.parameter.first, !first.isEmpty, let text = PercentCoding.decoded(first) else {
            return nil
        }
        parameters.append(text)
        if let found = find(parts.dropFirst(), in: next, &parameters) { return found }
        parameters.removeLast()
        return nil
    }
}

/// An endpoint and how often it was called.
///
/// A class, since all requests share its counts; a lock guards them.
final class Route: Sendable {
    let endpoint: Endpoint
    private let counts = Mutex(RouteCounts())

    init(_ endpoint: Endpoint) { self.endpoint = endpoint }

    func count(status: Int, nanoseconds: Int64) {
        counts.withLock { $0.count(status: status, nanoseconds: nanoseconds) }
    }

    var present: RouteCounts { counts.withLock { $0 } }
}

/// Answers of one route since the start.
struct RouteCounts: Sendable {
    /// Upper bounds of the buckets, in nanoseconds; one more bucket is for what took longer.
    static let bounds: [Int64] = [
        1_000_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 1_000_000_000,
        5_000_000_000,
    ]
    private(set) var byStatus: [Int: Int64] = [:]
    private(set) var buckets = [Int64](repeating: 0, count: RouteCounts.bounds.count + 1)
    private(set) var nanoseconds: Int64 = 0

    mutating func count(status: Int, nanoseconds: Int64) {
        byStatus[status, default: 0] += 1
        buckets[Self.bounds.firstIndex { nanoseconds <= $0 } ?? Self.bounds.count] += 1
        self.nanoseconds += nanoseconds
    }
}

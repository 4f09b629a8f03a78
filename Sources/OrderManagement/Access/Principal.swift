/// What a caller may do. Wire form: `orders:read`.
public enum Scope: String, CaseIterable, Hashable, Sendable {
    case ordersRead = "orders:read", ordersWrite = "orders:write"
    case stockRead = "stock:read", stockWrite = "stock:write"
    case fulfillmentsRead = "fulfillments:read", fulfillmentsWrite = "fulfillments:write"
    case returnsRead = "returns:read", returnsWrite = "returns:write"
    case paymentsRead = "payments:read", paymentsWrite = "payments:write"
    /// To credit money without goods, within the limits of the channel; part of `payments:write`.
    case goodwillWrite = "goodwill:write"
    case configRead = "config:read", configWrite = "config:write"
    case eventsRead = "events:read"
    case admin

    /// The scopes that it is part of.
    public var wider: Set<Scope> { self == .goodwillWrite ? [.paymentsWrite, .admin] : self == .admin ? [] : [.admin] }
}

/// Who asks: a person, an API key, a connector, a job; and what they may do, and where.
public struct Principal: Hashable, Sendable {
    /// `key_…`, `usr_…`, `job`, `cli`: stands in events and scopes idempotency keys.
    public let name: String
    public let scopes: Set<Scope>
    /// The locations whose work and stock the caller may see; nil for all.
    public let locations: Set<String>?

    public init(name: String, scopes: Set<Scope>, locations: Set<String>? = nil) {
        self.name = name
        self.scopes = scopes
        self.locations = locations
    }

    /// The program itself: jobs, command line, demonstration.
    public static let system = Principal(name: "system", scopes: [.admin])

    /// The customer of an order, by the link to its page: what they may do there are acts of their own order alone, and
    /// whoever lets them checks that it is theirs.
    public static let customer = Principal(name: "customer", scopes: [.ordersWrite, .returnsWrite])

    public func may(_ scope: Scope) -> Bool { scopes.contains(scope) || !scopes.isDisjoint(with: scope.wider) }

    /// - Throws: `.forbidden`, naming the scope that is missing.
    public func require(_ scope: Scope) throws(Refusal) {
        guard may(scope) else {
            throw Refusal(.forbidden, "this key lacks the scope \(scope.rawValue)")
        }
    }

    public func sees(location: String) -> Bool { locations?.contains(location) ?? true }
}

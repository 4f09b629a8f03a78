/// A secret that a program calls with. Its text is shown once; here is only what recognizes it.
public struct APIKey: Hashable, Sendable {
    public let id: KeyID
    public let name: String
    /// SHA-256 of the text, in hexadecimal.
    public let digest: String
    public let scopes: Set<Scope>
    /// The locations that its bearer may see; nil for all.
    public let locations: Set<String>?
    public let createdAt: Timestamp
    public let revokedAt: Timestamp?

    public var isRevoked: Bool { revokedAt != nil }

    /// Who its bearer is.
    public var principal: Principal { Principal(name: id.description, scopes: scopes, locations: locations) }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("name", name)
            AccessText.write(scopes, locations, to: &$0)
            $0.member("fingerprint", String(digest.prefix(8)))
            $0.member("created_at", createdAt)
            $0.member("revoked_at", revokedAt)
        }
    }
}

/// Makes an API key of a text that was chosen outside, of which only the digest is known here.
///
/// - Throws: `.forbidden`; `.unknownLocation`.
public struct CreateKey: Command {
    public static let name = "create-key"
    public let keyName: String
    public let digest: String
    public let scopes: Set<Scope>
    public let locations: Set<String>?

    public init(name: String, digest: String, scopes: Set<Scope>, locations: Set<String>? = nil) {
        self.keyName = name
        self.digest = digest
        self.scopes = scopes
        self.locations = locations
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        for location in (locations ?? []).sorted() { _ = try work.configuration.location(location, at: "/locations") }
        let key = APIKey(
            id: work.nextIdentifier(at: work.now), name: keyName, digest: digest, scopes: scopes, locations: locations,
            createdAt: work.now, revokedAt: nil)
        work.write { try APIKeyStore.insert(key, in: $0) }
        work.record(.configurationChanged) {
            $0.member("kind", "api_key")
            $0.member("id", key.id.description)
            $0.member("name", key.name)
            AccessText.write(key.scopes, key.locations, to: &$0)
        }
        var json = JSONWriter()
        key.write(to: &json)
        return Reply(status: 201, body: json.text, location: "/v1/api-keys/\(key.id)")
    }
}

/// Ends the validity of an API key.
///
/// - Throws: `.forbidden`; `.notFound` for a key that is not there or was revoked before.
public struct RevokeKey: Command {
    public static let name = "revoke-key"
    public static var takesRights: Bool { true }
    public let key: KeyID

    public init(key: KeyID) { self.key = key }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        let (key, now) = (key, work.now)
        work.write { db in
            guard try APIKeyStore.revoke(key, at: now, in: db) else {
                throw Refusal(.notFound, "there is no key \(key) that is valid")
            }
        }
        work.record(.configurationChanged) {
            $0.member("kind", "api_key")
            $0.member("id", key.description)
            $0.member("revoked_at", now)
        }
        return Reply(body: "{}")
    }
}

/// API keys, in their table.
public enum APIKeyStore {
    private static let byDigest = Statement(
        "SELECT id, name, digest, scopes, locations, created_at, revoked_at FROM api_keys WHERE digest = :digest")
    private static let page = Statement(
        """
        SELECT id, name, digest, scopes, locations, created_at, revoked_at FROM api_keys
        WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let insert = Statement(
        """
        INSERT INTO api_keys (id, name, digest, scopes, locations, created_at)
        VALUES (#id, :name, :digest, :scopes, :locations, #created_at) ON CONFLICT (digest) DO NOTHING
        """)
    private static let revoke = Statement(
        "UPDATE api_keys SET revoked_at = #revoked_at WHERE id = #id AND revoked_at IS NULL")

    /// The key whose text has this digest, revoked or not.
    public static func key(ofDigest digest: String, in db: any Connection) throws -> APIKey? {
        try db.first(byDigest, [.text(digest)], key)
    }

    /// Keys by age, the oldest first, behind one of them.
    public static func page(after: KeyID, limit: Int, in db: any Connection) throws -> [APIKey] {
        try db.rows(page, [.integer(after.value), SQLValue(limit)], key)
    }

    static func insert(_ key: APIKey, in db: any Connection) throws {
        let inserted = try db.execute(
            insert,
            [
                [
                    .integer(key.id.value), .text(key.name), .text(key.digest), .text(AccessText.of(key.scopes)),
                    SQLValue(key.locations.map(AccessText.of)), .integer(key.createdAt.milliseconds),
                ]
            ])
        guard inserted == 1 else {
            throw Refusal(.invalidInput, "a key of this text exists already: choose another text")
        }
    }

    /// - Returns: whether there was such a key that was valid.
    static func revoke(_ key: KeyID, at now: Timestamp, in db: any Connection) throws -> Bool {
        try db.execute(revoke, [[.integer(now.milliseconds), .integer(key.value)]]) == 1
    }

    private static func key(_ row: Row) throws -> APIKey {
        APIKey(
            id: KeyID(try row.integer(0)), name: try row.text(1), digest: try row.text(2),
            scopes: try AccessText.scopes(try row.text(3)), locations: row.optionalText(4).map(AccessText.locations),
            createdAt: Timestamp(milliseconds: try row.integer(5)),
            revokedAt: row.optionalInteger(6).map { Timestamp(milliseconds: $0) })
    }
}

/// Scopes and locations as texts: words with spaces between; codes with line feeds between.
enum AccessText {
    static func of(_ scopes: Set<Scope>) -> String { scopes.map(\.rawValue).sorted().joined(separator: " ") }
    static func of(_ locations: Set<String>) -> String { locations.sorted().joined(separator: "\n") }

    static func scopes(_ text: String) throws -> Set<Scope> {
        Set(
            try text.split(separator: " ").map { word in
                guard let scope = Scope(rawValue: String(word)) else {
                    throw BrokenInvariant("the unknown scope \(word)")
                }
                return scope
            })
    }

    static func locations(_ text: String) -> Set<String> { Set(text.split(separator: "\n").map(String.init)) }

    static func write(_ scopes: Set<Scope>, _ locations: Set<String>?, to json: inout JSONWriter) {
        json.array("scopes") { list in for scope in scopes.map(\.rawValue).sorted() { list.value(scope) } }
        if let locations {
            json.array("locations") { list in for location in locations.sorted() { list.value(location) } }
        } else {
            json.name("locations")
            json.null()
        }
    }
}

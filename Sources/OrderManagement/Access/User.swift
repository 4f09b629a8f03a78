/// A person who works with the console.
public struct User: Hashable, Sendable {
    public let id: UserID
    /// In lower case: what they sign in with.
    public let email: String
    public let name: String
    public let passwordHash: String
    public let scopes: Set<Scope>
    /// The locations that they may see; nil for all.
    public let locations: Set<String>?
    public let createdAt: Timestamp

    public var principal: Principal { Principal(name: id.description, scopes: scopes, locations: locations) }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("email", email)
            $0.member("name", name)
            AccessText.write(scopes, locations, to: &$0)
            $0.member("created_at", createdAt)
        }
    }
}

/// A person's time at the console, known by the digest of the secret in their cookie.
public struct Session: Hashable, Sendable {
    /// SHA-256 of the cookie's text, in hexadecimal.
    public let digest: String
    public let user: UserID
    /// What every form of the session posts back, against forged forms.
    public let formToken: String
    public let createdAt: Timestamp
    public let expiresAt: Timestamp

    /// How long a person stays signed in.
    public static let lasts = Seconds.hours(12)
}

/// Makes a user; the password was hashed outside.
///
/// - Throws: `.forbidden`; `.unknownLocation`; `.illegalTransition` when somebody has the address already.
public struct CreateUser: Command {
    public static let name = "create-user"
    public let email: String
    public let userName: String
    public let passwordHash: String
    public let scopes: Set<Scope>
    public let locations: Set<String>?

    public init(
        email: String, name: String, passwordHash: String, scopes: Set<Scope>, locations: Set<String>? = nil
    ) {
        self.email = email.lowercased()
        self.userName = name
        self.passwordHash = passwordHash
        self.scopes = scopes
        self.locations = locations
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        for location in (locations ?? []).sorted() { _ = try work.configuration.location(location, at: "/locations") }
        let user = User(
            id: work.nextIdentifier(at: work.now), email: email, name: userName, passwordHash: passwordHash,
            scopes: scopes, locations: locations, createdAt: work.now)
        work.write { db in
            guard try UserStore.insert(user, in: db) else {
                throw Refusal([.init("/email", .illegalTransition, "somebody has the address \(user.email) already")])
            }
        }
        work.record(.configurationChanged) {
            $0.member("kind", "user")
            $0.member("id", user.id.description)
            AccessText.write(user.scopes, user.locations, to: &$0)
        }
        var json = JSONWriter()
        user.write(to: &json)
        return Reply(status: 201, body: json.text)
    }
}

/// Begins a session of a user who has shown their password.
public struct OpenSession: Command {
    public static let name = "open-session"
    public let user: UserID
    public let digest: String
    public let formToken: String

    public init(user: UserID, digest: String, formToken: String) {
        self.user = user
        self.digest = digest
        self.formToken = formToken
    }

    public func execute(in work: inout Work) throws -> Reply {
        let session = Session(
            digest: digest, user: user, formToken: formToken, createdAt: work.now, expiresAt: work.now + Session.lasts)
        work.write { try UserStore.insert(session, in: $0) }
        return Reply(status: 201, body: "{}")
    }
}

/// Ends a session; one that is over already stays so.
public struct CloseSession: Command {
    public static let name = "close-session"
    public let digest: String

    public init(digest: String) { self.digest = digest }

    public func execute(in work: inout Work) throws -> Reply {
        let digest = digest
        work.write { try UserStore.deleteSession(digest, in: $0) }
        return Reply(body: "{}")
    }
}

/// Users and their sessions, in their tables.
public enum UserStore {
    private static let byEmail = Statement(
        "SELECT id, email, name, password_hash, scopes, locations, created_at FROM users WHERE email = :email")
    private static let byID = Statement(
        "SELECT id, email, name, password_hash, scopes, locations, created_at FROM users WHERE id = #id")
    private static let byName = Statement(
        """
        SELECT id, email, name, password_hash, scopes, locations, created_at FROM users
        WHERE name = :name ORDER BY id LIMIT 1
        """)
    private static let any = Statement("SELECT id FROM users ORDER BY id LIMIT 1")
    private static let insertUser = Statement(
        """
        INSERT INTO users (id, email, name, password_hash, scopes, locations, created_at)
        VALUES (#id, :email, :name, :password_hash, :scopes, :locations, #created_at) ON CONFLICT (email) DO NOTHING
        """)
    private static let session = Statement(
        "SELECT digest, user_id, token, created_at, expires_at FROM sessions WHERE digest = :digest")
    private static let insertSession = Statement(
        """
        INSERT INTO sessions (digest, user_id, token, created_at, expires_at)
        VALUES (:digest, #user_id, :token, #created_at, #expires_at)
        """)
    private static let deleteSession = Statement("DELETE FROM sessions WHERE digest = :digest")

    /// The user who signs in with an address, in any case of letters.
    public static func user(withEmail email: String, in db: any Connection) throws -> User? {
        try db.first(byEmail, [.text(email.lowercased())], user)
    }

    /// The first user of a name, or nil.
    public static func user(named name: String, in db: any Connection) throws -> User? {
        try db.first(byName, [.text(name)], user)
    }

    /// One user, or nil: who is behind the name in an event.
    public static func user(_ id: UserID, in db: any Connection) throws -> User? {
        try db.first(byID, [.integer(id.value)], user)
    }

    /// Whether there is any user: until then the first one may make themselves.
    public static func isEmpty(in db: any Connection) throws -> Bool { try db.first(any) { try $0.integer(0) } == nil }

    /// The session of a cookie and its user; nil when it is over.
    public static func session(
        ofDigest digest: String, at now: Timestamp, in db: any Connection
    ) throws -> (session: Session, user: User)? {
        let found = try db.first(session, [.text(digest)]) { row in
            Session(
                digest: try row.text(0), user: UserID(try row.integer(1)), formToken: try row.text(2),
                createdAt: Timestamp(milliseconds: try row.integer(3)),
                expiresAt: Timestamp(milliseconds: try row.integer(4)))
        }
        guard let found, found.expiresAt > now, let user = try db.first(byID, [.integer(found.user.value)], user) else {
            return nil
        }
        return (found, user)
    }

    static func insert(_ user: User, in db: any Connection) throws -> Bool {
        try db.execute(
            insertUser,
            [
                [
                    .integer(user.id.value), .text(user.email), .text(user.name), .text(user.passwordHash),
                    .text(AccessText.of(user.scopes)), SQLValue(user.locations.map(AccessText.of)),
                    .integer(user.createdAt.milliseconds),
                ]
            ]) == 1
    }

    static func insert(_ session: Session, in db: any Connection) throws {
        try db.change(
            insertSession,
            [
                [
                    .text(session.digest), .integer(session.user.value), .text(session.formToken),
                    .integer(session.createdAt.milliseconds), .integer(session.expiresAt.milliseconds),
                ]
            ])
    }

    static func deleteSession(_ digest: String, in db: any Connection) throws {
        try db.change(deleteSession, [[.text(digest)]])
    }

    private static func user(_ row: Row) throws -> User {
        User(
            id: UserID(try row.integer(0)), email: try row.text(1), name: try row.text(2),
            passwordHash: try row.text(3), scopes: try AccessText.scopes(try row.text(4)),
            locations: row.optionalText(5).map(AccessText.locations),
            createdAt: Timestamp(milliseconds: try row.integer(6)))
    }
}

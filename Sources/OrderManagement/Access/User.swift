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
    /// Since when they may not sign in any more; they stay, since the history names them.
    public let endedAt: Timestamp?

    public var isEnded: Bool { endedAt != nil }

    public var principal: Principal { Principal(name: id.description, scopes: scopes, locations: locations) }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("email", email)
            $0.member("name", name)
            AccessText.write(scopes, locations, to: &$0)
            $0.member("created_at", createdAt)
            $0.member("ended_at", endedAt)
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
/// - Throws: `.forbidden`; `.unknownLocation`; `.illegalTransition` when somebody has the address already, or for a
///   first user when there is one.
public struct CreateUser: Command {
    public static let name = "create-user"
    public static var isAlone: Bool { true }
    public let email: String
    public let userName: String
    public let passwordHash: String
    public let scopes: Set<Scope>
    public let locations: Set<String>?
    /// Whether only an installation without any user takes it: of two who come by one invitation, one is made.
    public let isFirst: Bool

    public init(
        email: String, name: String, passwordHash: String, scopes: Set<Scope>, locations: Set<String>? = nil,
        isFirst: Bool = false
    ) {
        self.isFirst = isFirst
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
            scopes: scopes, locations: locations, createdAt: work.now, endedAt: nil)
        let isFirst = isFirst
        work.write { db in
            if isFirst, try !UserStore.isEmpty(in: db) {
                throw Refusal(.illegalTransition, "the first user was made already: sign in, or ask who was quicker")
            }
            guard try UserStore.insert(user, in: db) else {
                throw Refusal([.init("/email", .illegalTransition, "somebody has the address \(user.email) already")])
            }
        }
        work.changeConfiguration()
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
///
/// - Throws: `.unauthorized` for one who was ended, or has another password, since they were read.
public struct OpenSession: Command {
    public static let name = "open-session"
    public let user: User
    public let digest: String
    public let formToken: String

    public init(user: User, digest: String, formToken: String) {
        self.user = user
        self.digest = digest
        self.formToken = formToken
    }

    public func execute(in work: inout Work) throws -> Reply {
        let user = user
        let session = Session(
            digest: digest, user: user.id, formToken: formToken, createdAt: work.now,
            expiresAt: work.now + Session.lasts)
        work.write { db in
            guard let present = try UserStore.user(user.id, in: db), !present.isEnded,
                present.passwordHash == user.passwordHash
            else { throw Refusal(.unauthorized, "this account was ended, or has a new password: sign in again") }
            try UserStore.insert(session, in: db)
        }
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
        """
        SELECT id, email, name, password_hash, scopes, locations, created_at, ended_at FROM users
        WHERE email = :email AND ended_at IS NULL
        """)
    private static let byID = Statement(
        """
        SELECT id, email, name, password_hash, scopes, locations, created_at, ended_at FROM users WHERE id = #id
        """)
    private static let byName = Statement(
        """
        SELECT id, email, name, password_hash, scopes, locations, created_at, ended_at FROM users
        WHERE name = :name AND ended_at IS NULL ORDER BY id LIMIT 1
        """)
    private static let page = Statement(
        """
        SELECT id, email, name, password_hash, scopes, locations, created_at, ended_at FROM users
        WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let present = Statement(
        """
        SELECT id, email, name, password_hash, scopes, locations, created_at, ended_at FROM users
        WHERE ended_at IS NULL ORDER BY id LIMIT 10000
        """)
    private static let any = Statement("SELECT id FROM users ORDER BY id LIMIT 1")
    private static let insertUser = Statement(
        """
        INSERT INTO users (id, email, name, password_hash, scopes, locations, created_at)
        VALUES (#id, :email, :name, :password_hash, :scopes, :locations, #created_at)
        ON CONFLICT (email) WHERE ended_at IS NULL DO NOTHING
        """)
    /// Somebody must stay who can make others.
    private static let end = Statement(
        """
        UPDATE users SET ended_at = #ended_at WHERE id = #id AND ended_at IS NULL
        AND ((' ' || scopes || ' ') NOT LIKE '% admin %' OR EXISTS (
            SELECT 1 FROM users AS others WHERE others.id <> users.id AND others.ended_at IS NULL
            AND (' ' || others.scopes || ' ') LIKE '% admin %'))
        """)
    private static let setPassword = Statement(
        "UPDATE users SET password_hash = :password_hash WHERE id = #id AND ended_at IS NULL")
    private static let session = Statement(
        "SELECT digest, user_id, token, created_at, expires_at FROM sessions WHERE digest = :digest")
    private static let insertSession = Statement(
        """
        INSERT INTO sessions (digest, user_id, token, created_at, expires_at)
        VALUES (:digest, #user_id, :token, #created_at, #expires_at)
        """)
    private static let deleteSession = Statement("DELETE FROM sessions WHERE digest = :digest")
    private static let deleteOthers = Statement(
        "DELETE FROM sessions WHERE user_id = #user_id AND digest <> :kept")
    private static let deleteExpired = Statement("DELETE FROM sessions WHERE expires_at <= #now")

    /// Users by age, the oldest first, behind one of them; also those who were ended.
    public static func page(after: UserID, limit: Int, in db: any Connection) throws -> [User] {
        try db.rows(page, [.integer(after.value), SQLValue(limit)], user)
    }

    /// The people who may answer for orders, the oldest first.
    static func approvers(in db: any Connection) throws -> [Principal] {
        try db.rows(present, [], user).map(\.principal).filter { $0.may(.ordersWrite) }
    }

    /// The user who signs in with an address, in any case of letters.
    public static func user(withEmail email: String, in db: any Connection) throws -> User? {
        try db.first(byEmail, [.text(email.lowercased())], user)
    }

    /// The first user of a name who was not ended, or nil.
    public static func user(named name: String, in db: any Connection) throws -> User? {
        try db.first(byName, [.text(name)], user)
    }

    /// One user, ended or not, or nil: who is behind the name in an event.
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
        guard let found, found.expiresAt > now, let user = try db.first(byID, [.integer(found.user.value)], user),
            !user.isEnded
        else { return nil }
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

    /// - Returns: whether there was such a user, who is not the last administrator.
    static func end(_ user: UserID, at now: Timestamp, in db: any Connection) throws -> Bool {
        try db.execute(end, [[.integer(now.milliseconds), .integer(user.value)]]) == 1
    }

    /// - Returns: whether there was such a user.
    static func setPassword(_ hash: String, of user: UserID, in db: any Connection) throws -> Bool {
        try db.execute(setPassword, [[.text(hash), .integer(user.value)]]) == 1
    }

    /// Ends the sessions of a user, but for one that they may keep.
    static func deleteSessions(of user: UserID, but kept: String?, in db: any Connection) throws {
        try db.change(deleteOthers, [[.integer(user.value), .text(kept ?? "")]])
    }

    static func deleteSessions(expiredAt now: Timestamp, in db: any Connection) throws {
        try db.change(deleteExpired, [[.integer(now.milliseconds)]])
    }

    static func deleteSession(_ digest: String, in db: any Connection) throws {
        try db.change(deleteSession, [[.text(digest)]])
    }

    private static func user(_ row: Row) throws -> User {
        User(
            id: UserID(try row.integer(0)), email: try row.text(1), name: try row.text(2),
            passwordHash: try row.text(3), scopes: try AccessText.scopes(try row.text(4)),
            locations: row.optionalText(5).map(AccessText.locations),
            createdAt: Timestamp(milliseconds: try row.integer(6)),
            endedAt: row.optionalInteger(7).map { Timestamp(milliseconds: $0) })
    }
}

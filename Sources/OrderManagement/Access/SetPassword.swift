/// Gives a user of the console a new password, which was hashed outside.
///
/// 1. An administrator may, and everybody for themselves.
/// 2. Their sessions end with this commit, whoever holds them, but for the one in which they do it themselves.
///
/// - Throws: `.forbidden`; `.notFound` for a user who is not there or was ended.
public struct SetPassword: Command {
    public static let name = "set-password"
    public static var takesRights: Bool { true }
    public let user: UserID
    public let passwordHash: String
    /// The digest of the session that goes on; nil for none.
    public let keptSession: String?

    public init(user: UserID, passwordHash: String, keeping session: String? = nil) {
        self.user = user
        self.passwordHash = passwordHash
        self.keptSession = session
    }

    public func execute(in work: inout Work) throws -> Reply {
        if work.principal.name != user.description { try work.principal.require(.admin) }
        let (user, hash, kept) = (user, passwordHash, keptSession)
        work.write { db in
            guard try UserStore.setPassword(hash, of: user, in: db) else {
                throw Refusal(.notFound, "there is no user \(user) who could sign in")
            }
            try UserStore.deleteSessions(of: user, but: kept, in: db)
        }
        let now = work.now
        work.record(.configurationChanged) {
            $0.member("kind", "user")
            $0.member("id", user.description)
            $0.member("password_set_at", now)
        }
        return Reply(body: "{}")
    }
}

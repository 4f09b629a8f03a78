/// Ends a person's access to the console.
///
/// 1. Only an administrator may; the last of them stays, since nobody could make another.
/// 2. All their sessions end with this commit; their name stays in what they did.
/// 3. Orders that wait for the approval of a second person are looked at by a job: nobody may be left to give it.
///
/// - Throws: `.forbidden`; `.notFound` for a user who is not there or was ended before; `.illegalTransition` for the
///   last administrator.
public struct EndUser: Command {
    public static let name = "end-user"
    public static var isAlone: Bool { true }
    public static var takesRights: Bool { true }
    public let user: UserID

    public init(user: UserID) { self.user = user }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        let (user, now) = (user, work.now)
        work.write { db in
            guard try UserStore.end(user, at: now, in: db) else {
                guard let present = try UserStore.user(user, in: db), !present.isEnded else {
                    throw Refusal(.notFound, "there is no user \(user) who could be ended")
                }
                throw Refusal(
                    .illegalTransition,
                    "\(present.email) is the last administrator: make another one first (scope admin), who can then "
                        + "end this one")
            }
            try UserStore.deleteSessions(of: user, but: nil, in: db)
        }
        work.changeConfiguration()
        if work.configuration.people.contains(where: { $0.name == user.description }) {
            work.enqueue(.reviewApprovals, due: now)
        }
        work.record(.configurationChanged) {
            $0.member("kind", "user")
            $0.member("id", user.description)
            $0.member("ended_at", now)
        }
        return Reply(body: "{}")
    }
}

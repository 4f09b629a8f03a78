/// Forgets sessions that are over: nobody can use them any more.
struct ForgetSessions: Command {
    static let name = "forget-sessions"

    func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.admin)
        let now = work.now
        work.write { try UserStore.deleteSessions(expiredAt: now, in: $0) }
        return Reply(body: "{}")
    }
}

extension OrderManagement {
    /// Forgets the sessions of people who did not sign out.
    public func forgetExpiredSessions() async throws { _ = try await perform(ForgetSessions(), as: .system) }
}

import OrderManagement

/// Somebody who is signed in gives themselves another password.
struct PasswordPage: Page {
    static let template = "password"

    let title = "Your password"
    /// Where the form posts to, and leads back to.
    var address = Console.password
    var email: String
    var hint = "At least \(PasswordHash.lengthMin) characters; a sentence is easy to remember."
}

extension Console {
    static let password = "/console/password"

    var passwordEndpoints: [Endpoint] {
        let page = Endpoint(
            method: .get, path: Self.password, access: .everybody, summary: "Your password", tag: "console",
            isDescribed: false
        ) { request in
            guard let visit = try await visit(request) else { return signInFirst(request) }
            return try await respond(with: PasswordPage(email: visit.user.email), to: visit, in: nil)
        }
        var form = self.form(Self.password) { try await changePassword($0, $1) }
        form.isCounted = true
        return [page, form]
    }

    private func changePassword(_ visit: ConsoleVisit, _ form: ConsoleForm) async throws -> Outcome {
        let (user, client) = (visit.user, visit.request.client)
        if let wait = attempts.take(by: client, for: user.email, at: visit.now) {
            throw Refusal(.rateLimited, "too many attempts: wait \(wait.count) seconds, then try again")
        }
        let chosen = form.password("new")
        guard PasswordHash.isLongEnough(chosen) else { throw Refusal(.invalidInput, PasswordHash.lengthRule) }
        guard chosen == form.password("again") else {
            throw Refusal(.invalidInput, "the new password was not repeated as it was first typed")
        }
        guard try await passwords.matches(form.password("current"), PasswordHash(stored: user.passwordHash)) else {
            throw Refusal(.invalidInput, "the present password is not right")
        }
        attempts.succeeded(client, as: user.email, at: visit.now)
        let hash = try await passwords.hash(of: chosen)
        _ = try await waybill.perform(
            SetPassword(user: user.id, passwordHash: hash.text, keeping: visit.session.digest), as: visit.principal)
        return Outcome(
            sentence: "Your password is changed, and you are signed out everywhere else.", address: Self.password)
    }
}

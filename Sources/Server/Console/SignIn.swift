import HTTPTypes
import OrderManagement

/// The doors of the console: signing in and out, and the first user of an empty installation.
extension Console {
    var doors: [Endpoint] {
        [
            door(.get, "/console/sign-in", query: ["destination"]) { request in
                try signInPage(destination: request.query.text("destination"))
            },
            signInForm,
            door(.post, "/console/sign-out") { try await signOut($0) },
            door(.get, "/console/setup", query: ["token"]) { request in
                try await checkInvitation(request.query.text("token"))
                return try setupPage(token: request.query.text("token") ?? "")
            },
            door(.post, "/console/setup") { try await makeFirstUser($0) },
        ]
    }

    private func door(
        _ method: Endpoint.Method, _ path: String, query: [String] = [], _ answer: @escaping Endpoint.Answer
    ) -> Endpoint {
        Endpoint(
            method: method, path: path, access: .everybody, summary: "A door of the console", tag: "console",
            query: query.map(Self.parameter), consumes: method == .get ? .nothing : .form,
            bodyMax: ConsoleForm.bytesMax, isDescribed: false, answer: answer)
    }

    private var signInForm: Endpoint {
        var form = door(.post, "/console/sign-in") { try await signIn($0) }
        form.isCounted = true
        return form
    }

    private func signInPage(email: String = "", failure: String? = nil, destination: String?, status: Int = 200) throws
        -> APIResponse
    {
        let page = SignInPage(
            address: "/console/sign-in", email: email, failure: failure,
            destination: destination.flatMap { ConsoleForm.isOwnPage($0) ? $0 : nil })
        return try html(page, PageFrame(stylesheet: stylesheet, home: Self.home), status: status)
    }

    private func signIn(_ request: APIRequest) async throws -> APIResponse {
        try Self.checkOrigin(of: request)
        let form = try ConsoleForm(request)
        let (email, destination) = ((form.text("email") ?? "").lowercased(), form.text("destination"))
        let (client, now) = (request.client, waybill.clock())
        if let wait = attempts.take(by: client, for: email, at: now) {
            var page = try signInPage(
                email: email, failure: "Too many attempts: wait \(Self.words(for: wait)), then try again.",
                destination: destination, status: 429)
            page.headers.append((.retryAfter, String(wait.count)))
            return page
        }
        let user = try await waybill.read { try UserStore.user(withEmail: email, in: $0) }
        let password = form.password("password")
        // Somebody unknown costs as much time as a wrong password, so that nobody can tell one from the other.
        let isRight = try await passwords.matches(
            password, user.map { PasswordHash(stored: $0.passwordHash) } ?? Self.nobodysPassword)
        guard let user, isRight, password.utf8.count <= PasswordHash.lengthMax * 4 else {
            return try signInPage(
                email: email, failure: "E-mail or password is not right.", destination: destination, status: 401)
        }
        attempts.succeeded(client, as: email, at: now)
        return try await open(user, for: request, destination: destination)
    }

    private static func words(for wait: Seconds) -> String {
        wait.count < 90 ? "\(wait.count) seconds" : "\((wait.count + 59) / 60) minutes"
    }

    /// A hash that no password has: its key is all zeros.
    private static let nobodysPassword = PasswordHash(
        stored: "scrypt$32768$8$1$\(Base64URL.text([UInt8](repeating: 7, count: 16)))$"
            + Base64URL.text([UInt8](repeating: 0, count: 32)))

    private func open(_ user: User, for request: APIRequest, destination: String?) async throws -> APIResponse {
        let cookie = SessionCookie.fresh()
        let command = OpenSession(
            user: user, digest: Digest(of: cookie).hex, formToken: Base64URL.text(RandomBytes.make(24)))
        _ = try await waybill.perform(command, as: user.principal)
        let next = destination.flatMap { ConsoleForm.isOwnPage($0) ? $0 : nil } ?? Self.home
        return Self.redirect(to: next, [SessionCookie.set(cookie, for: request)])
    }

    private func signOut(_ request: APIRequest) async throws -> APIResponse {
        try Self.checkOrigin(of: request)
        guard let visit = try await visit(request) else { return Self.redirect(to: "/console/sign-in") }
        let form = try ConsoleForm(request)
        guard let token = form.text("form_token"), Self.isSame(token, visit.session.formToken) else {
            throw Self.forged
        }
        _ = try await waybill.perform(CloseSession(digest: visit.session.digest), as: visit.principal)
        return Self.redirect(to: "/console/sign-in", [SessionCookie.clear(for: request)])
    }

    // MARK: The first user

    /// - Throws: `.notFound` unless this is the invitation and nobody has used it.
    private func checkInvitation(_ token: String?) async throws {
        guard let invitation, let token, Self.isSame(Digest(of: token).hex, invitation),
            try await waybill.read({ try UserStore.isEmpty(in: $0) })
        else {
            throw Refusal(
                .notFound, "this invitation is not valid, or was used: sign in, or ask who runs this installation")
        }
    }

    private func setupPage(token: String, name: String = "", email: String = "", failure: String? = nil) throws
        -> APIResponse
    {
        let page = SetupPage(
            address: "/console/setup", token: token, name: name, email: email, failure: failure,
            passwordHint: "At least \(PasswordHash.lengthMin) characters; a sentence is easy to remember.")
        return try html(
            page, PageFrame(stylesheet: stylesheet, home: Self.home), status: failure == nil ? 200 : 422)
    }

    private func makeFirstUser(_ request: APIRequest) async throws -> APIResponse {
        try Self.checkOrigin(of: request)
        let form = try ConsoleForm(request)
        try await checkInvitation(form.text("token"))
        let (name, email) = (form.text("name") ?? "", (form.text("email") ?? "").lowercased())
        let password = form.password("password")
        var failure: String?
        if !PasswordHash.isLongEnough(password) {
            failure = "The password must have \(PasswordHash.lengthMin) to \(PasswordHash.lengthMax) characters."
        }
        if !email.contains("@") || email.utf8.count > 200 { failure = "Enter an e-mail address to sign in with." }
        if name.isEmpty || name.count > 100 { failure = "Enter your name." }
        guard failure == nil else {
            return try setupPage(token: form.text("token") ?? "", name: name, email: email, failure: failure)
        }
        let command = CreateUser(
            email: email, name: name, passwordHash: try await passwords.hash(of: password).text, scopes: [.admin],
            isFirst: true)
        _ = try await waybill.perform(command, as: .system)
        guard let user = try await waybill.read({ try UserStore.user(withEmail: email, in: $0) }) else {
            throw BrokenInvariant("the first user was made and is not there")
        }
        return try await open(user, for: request, destination: nil)
    }
}

/// The first user of an empty installation makes themselves.
struct SetupPage: Page {
    static let template = "setup"

    let title = "Welcome"
    /// Where the form posts to.
    var address: String
    /// The invitation, given back with the form.
    var token: String
    var name = ""
    var email = ""
    var failure: String?
    var passwordHint: String
}

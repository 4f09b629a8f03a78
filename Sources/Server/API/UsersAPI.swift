import OrderManagement

/// `/v1/users`: who may sign in to the console. Passwords and their hashes are in no answer, but for one that was made
/// here, once.
struct UsersAPI: Sendable {
    let waybill: OrderManagement
    let passwords: PasswordQueue

    var endpoints: [Endpoint] { [findUsers, createUser, setPassword, endUser] }

    private var findUsers: Endpoint {
        .list(
            "/v1/users", .scope(.admin), tag: "users",
            "Users of the console, the oldest first, also those who were ended", of: Shapes.user
        ) { request in
            let limit = try request.query.limit()
            let after = try request.query.cursor(UserID.self) ?? UserID(0)
            let users = try await waybill.read { try UserStore.page(after: after, limit: limit + 1, in: $0) }
            return .page(request, next: users.count > limit ? users[limit - 1].id.description : nil) { list in
                for user in users.prefix(limit) { user.write(to: &list) }
            }
        }
    }

    /// No replies are kept of calls with passwords: what recognizes their bodies would be easier to guess from than
    /// the hash. A repeated one finds the address taken, or sets the same password again.
    private var createUser: Endpoint {
        .post(
            "/v1/users", .admin, tag: "users",
            "Make a user of the console; without a password one is made, which is in this reply and nowhere else",
            key: .none,
            body: .object([
                .must("email", .text(max: 254)), .must("name", .text(max: 100)),
                .must("scopes", .list(.words(Scope.self), max: Scope.allCases.count)),
                .may("locations", .list(.text(max: 64), max: 1_000)),
                .may("password", .text(max: PasswordHash.lengthMax)),
            ]), reply: Self.answer
        ) { request in
            let (user, chosen) = try request.read { $0.newUser() }
            let password = chosen ?? KeyText().text
            let command = CreateUser(
                email: user.email, name: user.name, passwordHash: try await passwords.hash(of: password).text,
                scopes: user.scopes, locations: user.locations)
            let reply = try await waybill.perform(command, as: request.principal)
            return .json(201) {
                $0.object {
                    $0.member("password", chosen == nil ? password : nil)
                    $0.member("user", raw: reply.body)
                }
            }
        }
    }

    private var setPassword: Endpoint {
        .post(
            "/v1/users/{id}/passwords", .admin, tag: "users",
            "Give a user a new password and end their sessions; without one it is made, as for a new user", key: .none,
            body: .object([.may("password", .text(max: PasswordHash.lengthMax))]), reply: Self.answer
        ) { request in
            let id = try request.id(UserID.self)
            let chosen = try request.read { $0.password() }
            _ = try await live(id)
            let password = chosen ?? KeyText().text
            let hash = try await passwords.hash(of: password)
            _ = try await waybill.perform(SetPassword(user: id, passwordHash: hash.text), as: request.principal)
            let user = try await live(id)
            return .json(201) {
                $0.object {
                    $0.member("password", chosen == nil ? password : nil)
                    $0.name("user")
                    user.write(to: &$0)
                }
            }
        }
    }

    private var endUser: Endpoint {
        .delete(
            "/v1/users/{id}", .admin, tag: "users", "End a user: they are signed out at once, and stay in the history"
        ) { request in
            let id = try request.id(UserID.self)
            _ = try await waybill.perform(EndUser(user: id), as: request.principal)
            return APIResponse(status: 204, body: .none)
        }
    }

    private func live(_ id: UserID) async throws -> User {
        guard let user = try await waybill.read({ try UserStore.user(id, in: $0) }), !user.isEnded else {
            throw Refusal(.notFound, "there is no user \(id) who could sign in")
        }
        return user
    }

    private static let answer = Schema.object([
        .must("password", .nullable(.text(max: PasswordHash.lengthMax))), .must("user", Shapes.user),
    ])
}

extension Fields {
    fileprivate mutating func newUser() -> (
        user: (email: String, name: String, scopes: Set<Scope>, locations: Set<String>?), password: String?
    ) {
        let email = email("email")
        let name = text("name", max: 100)
        let (scopes, locations) = granted()
        return ((email, name, scopes, locations), password())
    }

    /// Every character counts, so that nothing is trimmed.
    fileprivate mutating func password() -> String? {
        guard let json = value("password") else { return nil }
        guard case .string(let text) = json else {
            noteWrong("password", "text", json)
            return nil
        }
        guard PasswordHash.isLongEnough(text) else {
            problems.note(at: "password", PasswordHash.lengthRule)
            return nil
        }
        return text
    }
}

extension Shapes {
    static let user = Schema.named(
        "User",
        .object([
            .must("id", .id("usr")), .must("email", .text(max: 254)), .must("name", .text(max: 100)),
            .must("scopes", .list(.words(Scope.self), max: nil)),
            .must("locations", .nullable(.list(.text(max: 64), max: nil))), .must("created_at", .time),
            .must("ended_at", .nullable(.time)),
        ]))
}

import OrderManagement
import TestSupport
import Testing

@testable import Server

/// People who work with the console: made, listed, ended, and their passwords.
@Suite("Users of the console")
struct UserTests {
    private func make(_ name: String, _ server: TestServer, scopes: String = #"["orders:read"]"#) async throws
        -> (id: String, password: String)
    {
        let made = try await server.send(
            "POST", "/v1/users", #"{"email": "\#(name)@example.com", "name": "\#(name)", "scopes": \#(scopes)}"#)
        #expect(made.status == 201, "\(made.text)")
        return (try #require(made.json["user"]?["id"]?.string), try #require(made.json["password"]?.string))
    }

    private func signIn(_ shop: TestSystem, _ name: String, _ password: String) async throws -> ConsoleBrowser {
        let browser = ConsoleBrowser(shop)
        let form = "email=\(name)%40example.com&password=\(PercentCoding.encoded(password))"
        try await browser.send("POST", "/console/sign-in", form)
        return browser
    }

    @Test("Somebody who is ended is signed out at once, cannot sign in, and stays in the list; their address is free")
    func ended() async throws {
        let server = try await TestServer(try TestSystem())
        let jo = try await make("jo", server)
        let browser = try await signIn(server.system, "jo", jo.password)
        try await browser.send("GET", "/console/orders")
        #expect(browser.status == 200)
        #expect(try await server.send("DELETE", "/v1/users/\(jo.id)").status == 204)
        try await browser.send("GET", "/console/orders")
        #expect(browser.status == 303 && browser.address.hasPrefix("/console/sign-in"))
        #expect(try await signIn(server.system, "jo", jo.password).status == 401)
        #expect(try await server.send("DELETE", "/v1/users/\(jo.id)").code == "not_found")
        let again = try await make("jo", server)
        let list = try await server.send("GET", "/v1/users")
        let users = try #require(list.json["data"]?.array)
        #expect(users.map { $0["id"]?.string } == [jo.id, again.id])
        #expect(users.map { $0["ended_at"]?.isNull } == [false, true])
        #expect(!list.text.contains("scrypt") && !list.text.contains("password"))
        let first = try await server.send("GET", "/v1/users?limit=1")
        let cursor = try #require(first.json["next_cursor"]?.string)
        let second = try await server.send("GET", "/v1/users?limit=1&cursor=\(cursor)")
        #expect(second.json["data"]?.array?.first?["id"]?.string == again.id)
        let named = try await server.send("GET", "/v1/events?types=configuration.changed&limit=200")
        #expect(named.text.contains(jo.id) && !named.text.contains("scrypt"))
    }

    @Test("The last administrator is not ended, until there is another one")
    func lastAdministrator() async throws {
        let server = try await TestServer(try TestSystem())
        let jo = try await make("jo", server, scopes: #"["admin"]"#)
        _ = try await make("al", server)
        let refused = try await server.send("DELETE", "/v1/users/\(jo.id)")
        #expect(refused.code == "illegal_transition" && refused.text.contains("last administrator"), "\(refused.text)")
        #expect(try await signIn(server.system, "jo", jo.password).status == 303)
        let ada = try await make("ada", server, scopes: #"["orders:read", "admin"]"#)
        #expect(try await server.send("DELETE", "/v1/users/\(jo.id)").status == 204)
        #expect(try await server.send("DELETE", "/v1/users/\(ada.id)").code == "illegal_transition")
    }

    @Test("A new password ends all sessions and the old password; one that is chosen is not shown")
    func newPassword() async throws {
        let server = try await TestServer(try TestSystem())
        let jo = try await make("jo", server)
        let browser = try await signIn(server.system, "jo", jo.password)
        let path = "/v1/users/\(jo.id)/passwords"
        let short = try await server.send("POST", path, #"{"password": "short"}"#)
        #expect(short.errors == ["/password invalid_input"], "\(short.text)")
        let set = try await server.send("POST", path, #"{"password": " spaces count too "}"#)
        #expect(set.status == 201 && set.json["password"]?.isNull == true && !set.text.contains("scrypt"))
        try await browser.send("GET", "/console/orders")
        #expect(browser.status == 303)
        #expect(try await signIn(server.system, "jo", jo.password).status == 401)
        #expect(try await signIn(server.system, "jo", " spaces count too ").status == 303)
        let made = try await server.send("POST", path, "{}").json["password"]?.string
        #expect(try await signIn(server.system, "jo", try #require(made)).status == 303)
        let taken = try await server.send(
            "POST", "/v1/users", #"{"email": "JO@example.com", "name": "Jo", "scopes": ["admin"]}"#)
        #expect(taken.errors == ["/email illegal_transition"], "\(taken.text)")
    }

    @Test("People change their own password at the console, and stay signed in there alone")
    func ownPassword() async throws {
        let server = try await TestServer(try TestSystem())
        let jo = try await make("jo", server)
        let (browser, elsewhere) = (
            try await signIn(server.system, "jo", jo.password), try await signIn(server.system, "jo", jo.password)
        )
        let new = "a sentence of my own"
        for (current, typed, again) in [("wrong", new, new), (jo.password, new, "other"), (jo.password, "x", "x")] {
            try await browser.open("/console/password")
            try await browser.submit("/console/password", ["current": current, "new": typed, "again": again])
            #expect(browser.flash?.hasPrefix("Not done") == true, "\(browser.flash ?? "")")
        }
        try await browser.submit("/console/password", ["current": jo.password, "new": new, "again": new])
        #expect(browser.flash?.contains("is changed") == true, "\(browser.flash ?? "")")
        try await elsewhere.send("GET", "/console/orders")
        #expect(elsewhere.status == 303)
        #expect(try await signIn(server.system, "jo", jo.password).status == 401)
        #expect(try await signIn(server.system, "jo", new).status == 303)
    }

    @Test("Nobody sets another's password, or ends them, who is no administrator")
    func forbidden() throws {
        let shop = try TestSystem()
        for name in ["jo", "al"] {
            try shop.perform(
                CreateUser(email: "\(name)@example.com", name: name, passwordHash: "none", scopes: [.ordersWrite]))
        }
        let users = try shop.waybill.readNow { try UserStore.page(after: UserID(0), limit: 9, in: $0) }
        let jo = users[0].principal
        let commands: [any Command] = [SetPassword(user: users[1].id, passwordHash: "x"), EndUser(user: users[0].id)]
        for command in commands {
            let refusal = #expect(throws: Refusal.self) { try shop.perform(command, as: jo) }
            #expect(refusal?.code == .forbidden)
        }
        try shop.perform(SetPassword(user: users[0].id, passwordHash: "x"), as: jo)
    }

    @Test("A session is not opened with a password that was replaced, or for somebody who was ended, meanwhile")
    func staleSession() throws {
        let shop = try TestSystem()
        for name in ["jo", "al"] {
            try shop.perform(
                CreateUser(email: "\(name)@example.com", name: name, passwordHash: "old", scopes: [.ordersRead]))
        }
        let users = try shop.waybill.readNow { try UserStore.page(after: UserID(0), limit: 9, in: $0) }
        try shop.perform(SetPassword(user: users[0].id, passwordHash: "new"))
        try shop.perform(EndUser(user: users[1].id))
        for user in users {
            let refusal = #expect(throws: Refusal.self) {
                try shop.perform(OpenSession(user: user, digest: "d", formToken: "t"))
            }
            #expect(refusal?.code == .unauthorized)
        }
    }

    @Test("Of two who set up an installation at once, one becomes its administrator")
    func twoFirstUsers() throws {
        let shop = try TestSystem()
        let commands = ["jo", "al"].map { name in
            CreateUser(email: "\(name)@example.com", name: name, passwordHash: "none", scopes: [.admin], isFirst: true)
        }
        let answers = shop.waybill.performNow(
            commands.map { (command: $0 as any Command, principal: Principal.system, key: IdempotencyKey?.none) })
        let made = answers.filter { if case .success = $0 { true } else { false } }
        #expect(made.count == 1)
        #expect(try shop.waybill.readNow { try UserStore.page(after: UserID(0), limit: 9, in: $0) }.count == 1)
    }

    @Test("Sessions that are over are swept away, those that go on are kept")
    func sweptSessions() async throws {
        let shop = try TestSystem()
        _ = try ConsoleBrowser.signedIn(shop)
        shop.advance(.hours(11))
        let browser = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .stockRead])
        shop.advance(.hours(2))
        try await shop.waybill.forgetExpiredSessions()
        try await browser.send("GET", "/console/orders")
        #expect(browser.status == 200)
        let left = try shop.waybill.readNow { db in
            try db.rows(Statement(composed: "SELECT digest FROM sessions")) { try $0.text(0) }
        }
        #expect(left.count == 1)
    }
}

/// How often passwords may be shown.
@Suite("Attempts to sign in")
struct SignInAttemptTests {
    private let now = Timestamp(milliseconds: 1_772_445_600_000)

    private func client(_ number: Int) throws -> ClientAddress {
        try #require(ClientAddress("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"))
    }

    @Test("A stranger who tries without end keeps nobody else out")
    func strangers() throws {
        let attempts = SignInAttempts()
        var refused = 0
        for number in 0..<1_000 where attempts.take(by: try client(1), for: "\(number)@x.org", at: now) != nil {
            refused += 1
        }
        #expect(refused == 980)
        #expect(attempts.take(by: try client(2), for: "jo@example.com", at: now) == nil)
    }

    @Test("An account is tried ten times and then once a minute, from however many addresses")
    func account() throws {
        let attempts = SignInAttempts()
        for number in 0..<10 { #expect(attempts.take(by: try client(number), for: "jo@x.org", at: now) == nil) }
        #expect(attempts.take(by: try client(11), for: "jo@x.org", at: now) == Seconds(60))
        #expect(attempts.take(by: try client(11), for: "al@x.org", at: now) == nil)
        #expect(attempts.take(by: try client(12), for: "jo@x.org", at: now + .minutes(1)) == nil)
    }

    @Test("Made-up addresses, however many, do not give an attacked account its attempts back")
    func madeUp() throws {
        let attempts = SignInAttempts()
        for number in 0..<10 { _ = attempts.take(by: try client(number), for: "jo@x.org", at: now) }
        for number in 0..<45_000 {
            #expect(attempts.take(by: try client(1_000 + number / 15), for: "n\(number)@x.org", at: now) == nil)
        }
        #expect(attempts.take(by: try client(7_000), for: "jo@x.org", at: now) != nil)
    }

    @Test("Whoever has signed in from somewhere is not kept out there by those who guess elsewhere")
    func owner() throws {
        let attempts = SignInAttempts()
        for _ in 0..<50 {
            #expect(attempts.take(by: try client(1), for: "jo@x.org", at: now) == nil)
            attempts.succeeded(try client(1), as: "jo@x.org", at: now)
        }
        for number in 0..<12 { _ = attempts.take(by: try client(50 + number), for: "jo@x.org", at: now) }
        #expect(attempts.take(by: try client(99), for: "jo@x.org", at: now) != nil)
        #expect(attempts.take(by: try client(1), for: "jo@x.org", at: now) == nil)
    }

    @Test("The sign-in page counts by where somebody comes from, and says how long to wait")
    func page() async throws {
        let browser = ConsoleBrowser(try TestSystem())
        browser.client = try client(1)
        let form = "email=jo%40example.com&password=wrong"
        for _ in 0..<10 { try await browser.send("POST", "/console/sign-in", form) }
        #expect(browser.status == 401)
        try await browser.send("POST", "/console/sign-in", form)
        #expect(browser.status == 429 && browser.header("retry-after") == "60")
        #expect(browser.page.contains("wait 60 seconds"))
        browser.client = try client(2)
        try await browser.send("POST", "/console/sign-in", "email=al%40example.com&password=wrong")
        #expect(browser.status == 401)
    }

    @Test("Over HTTP the sign-in form knows where somebody comes from", .timeLimit(.minutes(10)))
    func counted() async throws {
        let server = try await TestServer(try TestSystem())
        let forms = server.server.endpoints.filter { $0.path == "/console/sign-in" && $0.method == .post }
        #expect(forms.count == 1 && forms.allSatisfy(\.isCounted))
        for number in 0..<21 {
            let answer = try await server.send(
                "POST", "/console/sign-in", "email=n\(number)%40example.com&password=x", key: "",
                headers: ["Content-Type": "application/x-www-form-urlencoded"])
            #expect(answer.status == (number < 20 ? 401 : 429))
        }
    }
}

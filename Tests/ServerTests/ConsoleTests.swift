import HTTPTypes
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("The console's doors")
struct ConsoleTests {
    @Test("Every page sends somebody without a session to the sign-in page, and back afterwards")
    func needsSession() async throws {
        let browser = ConsoleBrowser(try TestSystem())
        let doors: Set<String> = ["/", "/console.css", "/console/sign-in", "/console/sign-out", "/console/setup"]
        for endpoint in browser.console.endpoints where !doors.contains(endpoint.path) {
            try await browser.send(endpoint.method.rawValue, endpoint.path, endpoint.method == .get ? "" : "a=b")
            #expect(browser.status == 303, "\(endpoint.path)")
            #expect(browser.address.hasPrefix("/console/sign-in"))
        }
        try await browser.send("GET", "/console/orders?status=open")
        #expect(browser.address == "/console/sign-in?destination=%2Fconsole%2Forders%3Fstatus%3Dopen")
        try await browser.send("GET", "/")
        #expect(browser.status == 303 && browser.address == "/console")
    }

    @Test("A form without the session's token is refused, and so is one of another site")
    func forgedForms() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let order = try shop.place("1 × TEE at 10.00 GBP")
        let browser = try ConsoleBrowser.signedIn(shop)
        for endpoint in browser.console.endpoints
        where endpoint.method == .post && endpoint.path.hasPrefix("/console/orders") {
            let path = endpoint.path.replacing("{id}", with: order.description)
            try await browser.send("POST", path, "form_token=wrong&text=hello&reason=customer")
            #expect(browser.status == 403, "\(endpoint.path)")
        }
        for fields: HTTPFields in [[.origin: "https://evil.example"], [.fetchSite: "cross-site"], [.origin: "null"]] {
            await #expect(throws: Refusal.self) {
                try await browser.send(
                    "POST", "/console/orders/\(order)/actions/notes", "form_token=token-of-ada&text=x", headers: fields)
            }
        }
        #expect(try shop.order(order).notes.isEmpty)
        try await browser.send(
            "POST", "/console/orders/\(order)/actions/notes", "form_token=token-of-ada&text=x",
            headers: [.origin: "https://waybill.example", .fetchSite: "same-origin"])
        #expect(try shop.order(order).notes.count == 1)
    }

    @Test("Signing in opens a session that ends after twelve hours, or by signing out")
    func signIn() async throws {
        let shop = try TestSystem()
        let hash = PasswordHash(of: ConsoleBrowser.password).text
        try shop.perform(CreateUser(email: "jo@example.com", name: "Jo", passwordHash: hash, scopes: [.admin]))
        let browser = ConsoleBrowser(shop)
        let form = "email=JO%40example.com&destination=%2Fconsole%2Fstock&password="
        try await browser.send("POST", "/console/sign-in", form + "wrong")
        #expect(browser.status == 401 && browser.page.contains("not right") && browser.cookies.isEmpty)
        try await browser.send("POST", "/console/sign-in", "email=nobody%40example.com&password=wrong")
        #expect(browser.status == 401 && browser.page.contains("not right"))
        try await browser.send("POST", "/console/sign-in", form + PercentCoding.encoded(ConsoleBrowser.password))
        #expect(browser.status == 303 && browser.address == "/console/stock")
        let cookie = try #require(browser.header("set-cookie"))
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
        try await browser.send("GET", "/console")
        #expect(browser.status == 200)
        shop.advance(.hours(13))
        try await browser.send("GET", "/console")
        #expect(browser.status == 303)

        try await browser.send("POST", "/console/sign-in", form + PercentCoding.encoded(ConsoleBrowser.password))
        try await browser.open("/console")
        try await browser.submit("/console/sign-out")
        #expect(browser.cookies[SessionCookie.name] == nil)
    }

    @Test("Sign-in leads to pages of the console only")
    func openRedirect() {
        for address in [
            "//evil.example", "https://evil.example", "/console.evil", "/console/\u{0D}\u{0A}X: y", "/v1",
            "/console\\x",
        ] {
            #expect(!ConsoleForm.isOwnPage(address), "\(address)")
        }
        #expect(ConsoleForm.isOwnPage("/console/orders?status=open"))
    }

    @Test("The first user makes themselves by the invitation, once")
    func firstUser() async throws {
        let shop = try TestSystem()
        let browser = ConsoleBrowser(shop, invitation: Digest(of: "secret-token").hex)
        await #expect(throws: Refusal.self) { try await browser.send("GET", "/console/setup?token=guess") }
        try await browser.open("/console/setup?token=secret-token")
        try await browser.submit("/console/setup", ["name": "Jo", "email": "jo@example.com", "password": "short"])
        #expect(browser.page.contains("must have 10"))
        try await browser.submit(
            "/console/setup", ["name": "Jo", "email": "jo@example.com", "password": ConsoleBrowser.password])
        #expect(browser.status == 200 && browser.page.contains("Jo"))
        await #expect(throws: Refusal.self) { try await browser.send("GET", "/console/setup?token=secret-token") }
    }

    @Test("Pages forbid scripts, frames and foreign forms; the style sheet may be kept")
    func headers() async throws {
        let browser = try ConsoleBrowser.signedIn(try TestSystem())
        for path in ["/console", "/console/orders", "/console/stock", "/console/fulfillments", "/console/exceptions"] {
            try await browser.send("GET", path)
            #expect(browser.status == 200, "\(path)")
            let policy = try #require(browser.header("content-security-policy"))
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(browser.header("x-frame-options") == "DENY")
            #expect(!browser.page.contains("<script") && !browser.page.contains(" style="))
        }
        try await browser.send("GET", "/console.css")
        #expect(browser.header("cache-control")?.contains("immutable") == true)
        #expect(browser.page.count > 1_000)
    }

    @Test("Over HTTP, problems of the console are pages, those of the interface documents")
    func problems() async throws {
        let server = try await TestServer(try TestSystem())
        let page = try await server.send("GET", "/console/nothing", key: "")
        #expect(page.status == 404 && page.header("Content-Type") == "text/html; charset=utf-8")
        #expect(page.header("Content-Security-Policy") != nil)
        let document = try await server.send("GET", "/v1/nothing")
        #expect(document.header("Content-Type") == "application/problem+json")
        let css = try await server.send("GET", "/console.css")
        #expect(css.header("Cache-Control") == "public, max-age=31536000, immutable")
    }

    @Test("A list of many names comes whole; a text that is too long to be kept is refused, not cut")
    func longFields() async throws {
        let names = (1...200).map { FulfillmentID(OrderID(Int64($0)), 12).description }
        let form = try ConsoleForm(query: "fulfillments=" + names.joined(separator: "+"))
        #expect(form.list("fulfillments") == names)
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders/\(id)")
        let refusal = await #expect(throws: Refusal.self) {
            try await browser.submit("/notes", ["text": String(repeating: "x", count: 1_001)])
        }
        #expect(refusal?.explanation.contains("text has 1001 characters") == true)
        #expect(try shop.order(id).notes.isEmpty)
    }
}

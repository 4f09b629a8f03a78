import Foundation
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Links of customers")
struct CustomerLinkTests {
    private func server(
        _ stock: String = "TEE@LONDON: 9", publicURL: String? = nil, proxies: String? = nil
    ) async throws -> TestServer {
        let trusted = try proxies.map { try #require(TrustedProxies($0)) } ?? TrustedProxies()
        return try await TestServer(
            try TestSystem(stock: stock), paperwork: NamedPapers(), publicURL: publicURL, proxies: trusted)
    }

    @Test("The shop gets an order's link by a key that may change orders, absolute where the address is known")
    func handedOut() async throws {
        let server = try await server(publicURL: "https://orders.example.com")
        let id = try server.system.place("1 × TEE at 10.00 GBP")
        let path = "/v1/orders/\(id)/customer-links"
        let link = try await server.send("GET", path)
        let place = try #require(link.json["path"]?.string)
        #expect(place.wholeMatch(of: /\/o\/[A-Za-z0-9_-]{40}/) != nil)
        #expect(link.json["url"]?.string == "https://orders.example.com" + place)
        #expect(link.json["number"]?.integer == 1 && link.json["order"]?.string == id.description)
        #expect(try await server.send("GET", path).text == link.text)
        #expect(try await server.send("GET", place, key: "").status == 200)
        #expect(try await server.send("GET", path, key: try server.key([.ordersRead])).status == 403)
        let clerk = try server.key([.ordersWrite], locations: ["YORK"])
        #expect(try await server.send("GET", path, key: clerk).status == 404)
        let silent = try await self.server()
        let other = try silent.system.place("1 × TEE at 10.00 GBP")
        let nowhere = try await silent.send("GET", "/v1/orders/\(other)/customer-links")
        #expect(nowhere.json["url"]?.isNull == true && nowhere.json["path"]?.string?.hasPrefix("/o/") == true)
    }

    @Test("Another link ends those before it, is told without being told, and is the same when asked for twice")
    func renewed() async throws {
        let server = try await server()
        let id = try server.system.place("1 × TEE at 10.00 GBP")
        let path = "/v1/orders/\(id)/customer-links"
        let first = try #require(try await server.send("GET", path).json["path"]?.string)
        let second = try await server.send("POST", path, "{}", once: "other")
        #expect(second.status == 201 && second.json["number"]?.integer == 2, "\(second.text)")
        let place = try #require(second.json["path"]?.string)
        #expect(try await server.send("POST", path, "{}", once: "other").text == second.text)
        #expect(try await server.send("GET", first, key: "").status == 404)
        #expect(try await server.send("GET", place, key: "").status == 200)
        #expect(try server.system.events(id).last == "order.link_renewed")
        let events = try await server.send("GET", "/v1/orders/\(id)/events")
        #expect(!events.text.contains(place.dropFirst(3)))
        #expect(try await server.send("POST", path, "{}", key: try server.key([.ordersRead])).status == 403)
        try server.system.expectClean()
    }

    @Test("All links end at once, and none is given out for them")
    func revoked() async throws {
        let server = try await server()
        let id = try server.system.place("1 × TEE at 10.00 GBP")
        let path = "/v1/orders/\(id)/customer-links"
        let first = try #require(try await server.send("GET", path).json["path"]?.string)
        #expect(try await server.send("DELETE", path, key: try server.key([.ordersRead])).status == 403)
        let answer = try await server.send("DELETE", path)
        #expect(answer.status == 204 && answer.text.isEmpty)
        #expect(try await server.send("GET", first, key: "").status == 404)
        #expect(try server.system.events(id).last == "order.link_renewed")
        let next = try #require(try await server.send("GET", path).json["path"]?.string)
        #expect(try await server.send("GET", next, key: "").status == 200)
    }

    @Test("An altered, cut, lengthened, foreign or made-up link is answered as one of an order that never was")
    func wrong() async throws {
        let server = try await server()
        let browser = try await CustomerBrowser(server, try server.system.place("1 × TEE at 10.00 GBP"))
        let token = String(browser.path.dropFirst(3))
        let key = [UInt8](repeating: 7, count: 43)
        var texts = [
            String(token.dropLast()), String(token.dropFirst()), token + "A", String(token.reversed()), "x",
            LinkToken(order: OrderID(1), number: 1).text(signedWith: key), "%F0%9F%93%A6",
        ]
        for place in [0, 5, 12, 20, 39] {
            var letters = Array(token)
            letters[place] = letters[place] == "A" ? "B" : "A"
            texts.append(String(letters))
        }
        let secret = try #require(try server.system.waybill.readNow { try LinkSecret.text(in: $0) })
        // Signed by us, of an order that is not there: what is left when an order is forgotten.
        texts.append(LinkToken(order: OrderID(1), number: 1).text(signedWith: Array(secret.utf8)))
        var bodies: Set<String> = []
        for text in texts {
            let answer = try await server.send("GET", "/o/\(text)", key: "")
            #expect(answer.status == 404, "\(text)")
            #expect(answer.header("Referrer-Policy") == "no-referrer" && answer.header("Cache-Control") == "no-store")
            bodies.insert(answer.text)
        }
        #expect(bodies.count == 1 && bodies.first?.contains("This link opens no order") == true)
        #expect(bodies.first?.contains(token) == false)
        server.system.advance(.minutes(30))
        for path in ["", "/nothing", "/cancel/x", "/returns/1/label.zpl", "/returns/x/label.pdf"] {
            let answer = try await server.send("GET", browser.path + path, key: "")
            let isLost = answer.status == 404 && bodies.contains(answer.text)
            #expect(path.isEmpty ? answer.status == 200 : isLost, "\(path)")
        }
    }

    @Test("A link has one spelling, tells nothing but its order, and its MAC is HMAC-SHA256 of RFC 4231's kind")
    func token() throws {
        let key = Array("secret".utf8)
        let token = LinkToken(order: OrderID(0x0102_0304_0506_0708), number: 258)
        let text = token.text(signedWith: key)
        #expect(LinkToken(text, signedWith: key) == token)
        #expect(LinkToken(text, signedWith: Array("secres".utf8)) == nil)
        let bytes = try #require(Base64URL.bytes(text))
        #expect(bytes.prefix(10) == [1, 2, 3, 4, 5, 6, 7, 8, 1, 2] && bytes.count == 30)
        // printf 'waybill customer link\0\1\2\3\4\5\6\7\10\1\2' | openssl dgst -sha256 -hmac secret
        let mac = bytes.suffix(20).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(mac == "f4c2fee82a548421735de791b0b7a0861c35d2e2")
    }

    @Test("The secret is made once, kept in the database, and read by every process of it")
    func secret() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        let order = try shop.order(try shop.place("1 × TEE at 10.00 GBP"))
        #expect(try shop.waybill.readNow { try LinkSecret.text(in: $0) } == nil)
        let (one, other) = (CustomerLinks(shop.waybill), CustomerLinks(shop.waybill))
        async let left = one.path(of: order)
        async let right = other.path(of: order)
        #expect(try await left == right)
        let text = try #require(try shop.waybill.readNow { try LinkSecret.text(in: $0) })
        #expect(text.count == 43)
        #expect(try await CustomerLinks(shop.waybill).path(of: order) == left)
    }

    // MARK: Limits

    @Test("Who guesses is let wait, right links included, until time has passed; others are answered")
    func guessing() async throws {
        let server = try await server(proxies: "127.0.0.1, ::1")
        let browser = try await CustomerBrowser(server, try server.system.place("1 × TEE at 10.00 GBP"))
        func ask(_ path: String, from client: String) async throws -> TestServer.Answer {
            try await server.send("GET", path, key: "", headers: ["X-Forwarded-For": "203.0.113.9, \(client)"])
        }
        for _ in 0..<20 { #expect(try await ask("/o/guess", from: "192.0.2.1").status == 404) }
        let stopped = try await ask("/o/guess", from: "192.0.2.1")
        #expect(stopped.status == 429 && stopped.header("Retry-After") == "15")
        #expect(stopped.text.contains("Please wait a moment"))
        #expect(try await ask(browser.path, from: "192.0.2.1").status == 429)
        #expect(try await ask(browser.path, from: "192.0.2.2").status == 200)
        server.system.advance(Seconds(14))
        #expect(try await ask(browser.path, from: "192.0.2.1").status == 429)
        server.system.advance(Seconds(1))
        #expect(try await ask(browser.path, from: "192.0.2.1").status == 200)
        #expect(try await ask("/o/guess", from: "192.0.2.1").status == 404)
        #expect(try await ask("/o/guess", from: "192.0.2.1").status == 429)
    }

    @Test("Who has the link may look often, and not without end")
    func looking() async throws {
        let server = try await server()
        let browser = try await CustomerBrowser(server, try server.system.place("1 × TEE at 10.00 GBP"))
        for _ in 0..<59 { try await browser.open() }
        #expect(browser.status == 200)
        try await browser.open()
        #expect(browser.status == 429 && browser.answer.header("Retry-After") == "1")
        // Nobody is believed who is no proxy of ours.
        try await browser.open(headers: ["X-Forwarded-For": "198.51.100.1"])
        #expect(browser.status == 429)
        server.system.advance(Seconds(1))
        try await browser.open()
        #expect(browser.status == 200)
    }

    @Test("A limit gives back what time has earned, bears a clock that is set back, and remembers so many clients only")
    func limit() throws {
        let limit = RateLimit<ClientAddress>(burst: 3, every: Seconds(10))
        var now = try #require(Timestamp("2026-03-02T10:00:00Z"))
        let client = try #require(ClientAddress("192.0.2.1"))
        for _ in 0..<3 { #expect(limit.take(by: client, at: now) == nil) }
        #expect(limit.take(by: client, at: now) == Seconds(10) && limit.look(by: client, at: now) == Seconds(10))
        now = now + Seconds(4)
        #expect(limit.take(by: client, at: now) == Seconds(6))
        now = now + Seconds(6)
        #expect(limit.look(by: client, at: now) == nil && limit.take(by: client, at: now) == nil)
        #expect(limit.take(by: client, at: now + Seconds(-86_400)) == Seconds(10))
        now = now + Seconds(100)
        for _ in 0..<3 { #expect(limit.take(by: client, at: now) == nil) }
        for number in 0..<RateLimit<ClientAddress>.clientsMax {
            let other = try #require(ClientAddress("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"))
            #expect(limit.take(by: other, at: now) == nil)
        }
        #expect(limit.clientCount <= RateLimit<ClientAddress>.clientsMax)
    }

    @Test(
        "A client is the peer, or the last address that proxies of ours did not write",
        arguments: [
            ("198.51.100.1", "203.0.113.1", "198.51.100.1"), ("10.0.0.1", "203.0.113.1", "203.0.113.1"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.1, 10.2.3.4", "203.0.113.1"), ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "nonsense", "10.0.0.1"), ("10.0.0.1", "203.0.113.1, nonsense", "10.0.0.1"),
            ("::ffff:10.0.0.1", "203.0.113.1:4711", "203.0.113.1"), ("::1", "[2001:db8::1]:443", "2001:db8::2"),
            ("2001:db8:1::1", "203.0.113.1", "2001:db8:1::2"), ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ])
    func clients(peer: String, header: String, client: String) throws {
        let proxies = try #require(TrustedProxies("10.0.0.0/8, ::1"))
        #expect(proxies.client(peer: peer, forwardedFor: [header]) == ClientAddress(client))
    }

    @Test("What is no address is no proxy", arguments: ["", "localhost", "10.0.0.0/33", "10.0.0.1,,", "::1/x", "1.2.3"])
    func proxies(text: String) { #expect(TrustedProxies(text) == nil) }

    @Test("Networks are told apart to the bit")
    func networks() throws {
        let proxies = try #require(TrustedProxies("192.0.2.128/25,2001:db8::/33"))
        for (peer, isTrusted) in [
            ("192.0.2.128", true), ("192.0.2.127", false), ("2001:db8:7fff::1", true), ("2001:db8:8000::1", false),
        ] {
            let client = proxies.client(peer: peer, forwardedFor: ["203.0.113.1"])
            #expect((client == ClientAddress("203.0.113.1")) == isTrusted, "\(peer)")
        }
        #expect(proxies.client(peer: nil, forwardedFor: ["203.0.113.1"]) == .unknown)
    }
}

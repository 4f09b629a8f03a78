import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("What a customer sees of an order")
struct CustomerPageTests {
    private func server(_ stock: String = "TEE@LONDON: 9") async throws -> TestServer {
        try await TestServer(try TestSystem(stock: stock), paperwork: NamedPapers())
    }

    /// Texts that are the house's own.
    private static let inner = [
        "sourc", "allocat", "fulfillment", "released", "accepted", "hold", "fraud", "LONDON", "exception", "backorder",
        "remorse", "stage", "ord_", "ful_", "par_", "lin_",
    ]

    private func expectNothingInner(_ page: String, _ comment: Comment) {
        let text = page.replacing(/<[^>]*>/, with: " ")
        for word in Self.inner {
            // The time zone is named after London, too.
            let isFound = word == "LONDON" ? text.contains(word) : text.lowercased().contains(word)
            #expect(!isFound, "\(comment): \(word)")
        }
    }

    @Test("An order goes its way in words for customers, with its promise and never a word of the house's own")
    func way() async throws {
        let server = try await server()
        let shop = server.system
        let id = try shop.place("2 × TEE at 10.00 GBP, shipping 4.95")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.headline == "We have your order" && browser.promise?.hasPrefix("Arrives by ") == true)
        #expect(browser.page.contains("Order WEB-1001 · placed Mon 2 Mar"))
        #expect(browser.page.contains("<bdi>Web shop</bdi>"))
        #expect(browser.page.contains("£10.00 each") && browser.page.contains("£24.95"))
        try shop.perform(PlaceHold(order: id, reason: "fraud", note: "Stolen card?", lines: []))
        try shop.perform(NoteOrder(order: id, text: "Do not trust."))
        try await browser.open()
        #expect(browser.headline == "We have your order")
        expectNothingInner(browser.page, "held")
        #expect(!browser.page.contains("Stolen") && !browser.page.contains("trust"))
        try shop.perform(LiftHold(hold: HoldID(id, 1)))
        for (state, headline) in [
            (Fulfillment.State.released, "We are preparing your order"), (.picking, "We are preparing your order"),
            (.packed, "We are preparing your order"), (.shipped, "On its way to you"), (.delivered, "Delivered"),
        ] {
            try shop.walk(id, to: state)
            try await browser.open()
            #expect(browser.status == 200 && browser.headline == headline, "\(state)")
            expectNothingInner(browser.page, "\(state)")
        }
        #expect(browser.promise == "Delivered on Mon 2 Mar")
        #expect(browser.story == ["Delivered", "Handed over to the courier", "Packed"])
    }

    @Test("A page is for its reader alone: not kept, not searched, not framed, and told to no other page")
    func headers() async throws {
        let server = try await server()
        let browser = try await CustomerBrowser(server, try server.system.place("1 × TEE at 10.00 GBP"))
        for (name, value) in [
            ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ("X-Robots-Tag", "noindex, nofollow, noarchive"), ("X-Content-Type-Options", "nosniff"),
        ] { #expect(browser.answer.header(name) == value, "\(name)") }
        let policy = browser.answer.header("Content-Security-Policy")
        #expect(policy?.hasPrefix("default-src 'none'; style-src 'self'") == true)
        #expect(browser.answer.header("Set-Cookie") == nil && !browser.page.contains("<script"))
        let sheet = try #require(browser.page.firstMatch(of: /href="(\/customer\.css[^"]*)"/)).1
        let style = try await server.send("GET", String(sheet), key: "")
        #expect(style.status == 200 && style.header("Cache-Control")?.contains("immutable") == true)
        // Mail programs add to addresses; nobody is sent away for that.
        try await browser.open("?utm_source=mail&done=x&%zz")
        #expect(browser.status == 200)
        #expect(try await server.send("HEAD", browser.path, key: "").status == 200)
        #expect(try await server.send("DELETE", browser.path, key: "").status == 404)
    }

    @Test("Parcels are followed with courier, number and story, by the courier's clock, whatever the order of news")
    func parcels() async throws {
        let server = try await server()
        let shop = server.system
        try shop.perform(SaveCouriers(couriers: [.vans]))
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 1), courier: "vans", tracking: "V<1>")
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [detail]))
        let sent = shop.now
        shop.advance(.hours(20))
        let news: [(Parcel.State, Int64)] = [(.outForDelivery, 18), (.inTransit, 10), (.exception, 19)]
        for (state, hours) in news {
            try shop.perform(
                RecordTracking(
                    courier: "vans", tracking: "V<1>", status: state, at: sent + .hours(hours), candidates: [id]))
        }
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.page.contains("<bdi>Our vans</bdi>") && browser.page.contains("V&lt;1&gt;"))
        #expect(
            browser.story == [
                "The courier reports trouble; it goes on as soon as possible", "Out for delivery", "On its way",
                "Handed over to the courier", "Packed",
            ])
        #expect(browser.page.contains(">Tue 3 Mar, 04:00</time>"), "18 hours after 10:00")
        shop.advance(.days(9))
        try await browser.open()
        #expect(browser.promise?.hasSuffix("and is late. We are sorry.") == true)
        try shop.perform(
            RecordTracking(courier: "vans", tracking: "V<1>", status: .lost, at: shop.now, candidates: [id]))
        try await browser.open()
        #expect(browser.headline == "It did not arrive")
        #expect(browser.story.first == "The parcel is lost. We are seeing to it.")
    }

    @Test("A pickup shows its store, and its code once it is ready and no sooner")
    func pickup() async throws {
        let server = try await server("TEE@YORK: 5")
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP, store, pickup at YORK")
        let code = try shop.order(id).collectionCode
        let digits = "\(code.prefix(3)) \(code.suffix(3))"
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.promise?.hasPrefix("Ready to collect by") == true && browser.page.contains("You get a code"))
        #expect(!browser.page.contains(digits) && !browser.page.contains(code))
        #expect(browser.hint(of: "Change the address") == nil)
        try await browser.open("/pickups/1/code.pdf")
        #expect(browser.status == 404)
        try shop.walk(id, to: .ready)
        try await browser.open()
        #expect(browser.headline == "Ready to collect" && browser.page.contains(digits))
        #expect(browser.promise?.hasPrefix("Please collect it by ") == true)
        let paper = try #require(browser.address(of: "Collection code (PDF)"))
        let printed = try await server.send("GET", paper, key: "")
        #expect(printed.text == "code of STO-1001" && printed.header("Content-Type") == "application/pdf")
        #expect(printed.header("Referrer-Policy") == "no-referrer" && printed.header("Cache-Control") == "no-store")
        try shop.walk(id, to: .collected)
        try await browser.open()
        #expect(browser.headline == "Collected" && !browser.page.contains(digits))
        try await browser.open("/pickups/1/code.pdf")
        #expect(browser.status == 404)
    }

    @Test("What waits has a new day once its own is over, and what is sent with it arrives no sooner")
    func newDay() async throws {
        let server = try await server("CAP@LONDON: 1")
        let shop = server.system
        try shop.perform(SaveItems(items: [.plain("TEE")]))
        var channel = Channel.till
        channel.policy.supply.backorderRelease = .complete
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("1 × CAP at 10.00 GBP + 1 × TEE at 5.00 GBP, store")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.promise == "Arrives by Thu 19 Mar" && browser.page.contains("Expected on Mon 16 Mar"))
        shop.advance(.days(15))
        try await shop.runDueJobs()
        try await browser.open()
        #expect(browser.promise == "Arrives by Fri 3 Apr" && browser.page.contains("Expected on Tue 31 Mar"))
        expectNothingInner(browser.page, "waiting")
    }

    @Test("What waits has its day, what is sent in part says so, and unpaid orders ask for the money")
    func parts() async throws {
        let server = try await server("TEE@LONDON: 1")
        let shop = server.system
        let id = try shop.place("3 × TEE at 10.00 GBP, unpaid")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.page.contains("We are still waiting for your payment."))
        #expect(browser.page.contains("Waiting for new stock") && browser.page.contains("Expected on Mon 16 Mar"))
        let other = try await CustomerBrowser(server, try shop.place("1 × TEE at 10.00 GBP"))
        #expect(other.headline == "Waiting for new stock" && other.promise == "Expected on Mon 16 Mar")
        try shop.receive("CAP@LONDON: 1")
        let half = try shop.place("1 × CAP at 10.00 GBP + 1 × TEE at 5.00 GBP, store")
        try shop.walk(half, to: .shipped)
        let third = try await CustomerBrowser(server, half)
        #expect(third.headline == "Part of it is on its way")
        expectNothingInner(third.page, "in parts")
    }

    @Test("Names that are code are text, wherever they stand")
    func escaping() async throws {
        let server = try await server()
        let evil = #"<script>alert(1)</script>"#
        let placed = try await server.place([
            #""TEE-M""#: #""TEE""#,
            #""1 High Street""#: #""\#(evil)""#, #""city": "Leeds""#: #""city": "{{page.title}}""#,
        ])
        let id = try #require(placed.json["id"]?.string.flatMap { OrderID($0) }, "\(placed.text)")
        try server.system.perform(SaveItems(items: [Item(sku: "TEE", name: evil, weightGrams: 1)]))
        let browser = try await CustomerBrowser(server, id)
        #expect(!browser.page.contains("<script") && browser.page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(browser.page.contains("{{page.title}}"))
        try await browser.open("/address")
        #expect(!browser.page.contains("<script"))
        try await browser.submit(["city": #""><b>x</b>"#, "line1": ""])
        #expect(browser.status == 422 && !browser.page.contains("<b>x"))
        try await browser.open("?done=%3Cb%3E")
        #expect(browser.notice == nil)
    }
}

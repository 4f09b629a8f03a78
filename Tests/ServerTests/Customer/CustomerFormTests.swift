import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("What a customer does with an order")
struct CustomerFormTests {
    private func server(_ stock: String = "TEE@LONDON: 9", _ change: (inout ChannelPolicy) -> Void = { _ in })
        async throws -> TestServer
    {
        let server = try await TestServer(try TestSystem(stock: stock), paperwork: NamedPapers())
        try server.system.setPolicy(of: .web, change)
        return server
    }

    // MARK: Cancelling

    @Test("A whole order is cancelled after its money was shown; the order knows that it was the customer")
    func cancel() async throws {
        let server = try await server()
        let shop = server.system
        let id = try shop.place("2 × TEE at 10.00 GBP, shipping 4.95")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.hint(of: "Cancel") == "Possible until it leaves us")
        try await browser.open("/cancel")
        try await browser.submit()
        #expect(browser.headline == "Cancel this?" && browser.page.contains("£24.95 are not charged."))
        #expect(try browser.page.contains("Cancelling costs nothing.") && shop.order(id).lines[0].cancelled == 0)
        try await browser.submit()
        #expect(browser.status == 200 && browser.notice == "It is cancelled." && browser.headline == "Cancelled")
        #expect(browser.hint(of: "Cancel") == nil && browser.address(of: "Cancel") == nil)
        let events = try await server.send("GET", "/v1/orders/\(id)/events")
        let told = events.json["data"]?.array?.last { $0["type"]?.string == "order.cancelled" }
        #expect(told?["principal"]?.string == "customer" && told?["data"]?["reason"]?.string == "customer")
        #expect(try shop.stock("TEE@LONDON") == "available 9")
        // An old page still has its form.
        try await browser.open("/cancel")
        #expect(browser.headline == "Cancelled")
        try shop.expectClean()
    }

    @Test("Where customers may cancel until the work begins, they are told the hour")
    func hour() async throws {
        let server = try await server { $0.cancelling.customerUntil = .open }
        let id = try server.system.place("1 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.hint(of: "Cancel") == "Possible until 10:30")
        let list = try await server.send("GET", "/v1/orders/\(id)/permissions").json["data"]?.array
        let told = list?.first { $0["action"]?.string == "cancellations_by_customer" }
        #expect(told?["allowed"]?.bool == true && told?["until"]?.string == "2026-03-02T10:30:00Z")
    }

    @Test("Some units are cancelled, and a form that is sent twice is done once")
    func cancelSome() async throws {
        let server = try await server()
        let shop = server.system
        let id = try shop.place("3 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        try await browser.open("/cancel")
        try await browser.submit(["units-1": "1"])
        let form = try browser.fields()
        for _ in 0..<3 {
            try await browser.send(form)
            #expect(browser.notice == "It is cancelled.")
        }
        #expect(try shop.order(id).lines[0].cancelled == 1 && browser.page.contains("1 cancelled"))
        // The same form with another number is another wish.
        try await browser.send((form.action, form.body.replacing("units-1=1", with: "units-1=2")))
        #expect(try shop.order(id).lines[0].cancelled == 3 && browser.headline == "Cancelled")
    }

    @Test("A fee is said before it is kept, and the end that holds for customers holds")
    func fee() async throws {
        let server = try await server {
            $0.stages = []
            $0.cancelling.fee = .init(amount: 250, percent: 0, from: .released)
            $0.cancelling.customerUntil = .picking
        }
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.hint(of: "Cancel") == "Possible until it is packed")
        try await browser.open("/cancel")
        try await browser.submit()
        #expect(browser.page.contains("We keep £2.50 for cancelling."))
        #expect(browser.page.contains("£7.50 are not charged."))
        let late = try browser.fields()
        try shop.walk(id, to: .packed)
        try await browser.send(late)
        #expect(browser.status == 409 && browser.notice?.hasPrefix("Too late") == true)
        #expect(try shop.order(id).lines[0].cancelled == 0)
        try await browser.open()
        #expect(browser.address(of: "Cancel") == nil && browser.hint(of: "Cancel")?.hasPrefix("Too late") == true)
        try await browser.open("/cancel")
        #expect(browser.headline == "We are preparing your order")
        // Of what has left nothing is asked any more.
        try shop.walk(id, to: .shipped)
        try await browser.send(late)
        #expect(browser.notice?.hasPrefix("Too late") == true && !browser.page.contains("How many"))
    }

    @Test(
        "A form that is cut, foreign, empty or too greedy changes nothing, and says so on the page",
        arguments: [
            ("units-1=0&key=abc", 422, "Please choose at least one item."), ("key=abc", 422, "Please choose"),
            ("units-1=9&key=abc", 422, "That is more than is possible."),
            ("units-1=-1&key=abc", 422, "Please check: How many"),
            ("units-1=1e3&key=abc", 422, "Please check: How many"),
            ("units-1=1", 400, "Please open the order"), ("units-1=1&key=%20", 400, "Please open the order"),
            ("units-1=2&units-1=1&key=a%0Ab", 400, "Please open the order"), ("%zz", 400, "That is not possible"),
            ("units-1=99999999999999999999&key=abc", 422, "Please check: How many"),
        ])
    func wrong(body: String, status: Int, sentence: String) async throws {
        let server = try await server()
        let id = try server.system.place("2 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        try await browser.send((browser.path + "/cancel", body))
        #expect(browser.status == status && browser.notice?.hasPrefix(sentence) == true, "\(browser.page)")
        #expect(try server.system.order(id).lines[0].cancelled == 0)
    }

    @Test("Forms of other sites are not taken; browsers that hide where they come from are")
    func origins() async throws {
        let server = try await server()
        let browser = try await CustomerBrowser(server, try server.system.place("2 × TEE at 10.00 GBP"))
        let form = (browser.path + "/cancel", "units-1=1&key=abc")
        for headers in [
            ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Origin": "https://evil.example"],
        ] {
            try await browser.send(form, headers: headers)
            #expect(browser.status == 403 && browser.notice?.hasPrefix("Please open the order") == true)
        }
        let own = "http://127.0.0.1:\(server.port)"
        for headers in [["Sec-Fetch-Site": "same-origin", "Origin": "null"], ["Origin": own]] {
            try await browser.send(form, headers: headers)
            #expect(browser.status == 200 && browser.headline == "Cancel this?")
        }
        let json = try await server.send("POST", browser.path + "/cancel", "{}", key: "")
        #expect(json.status == 415 && json.header("Content-Type")?.hasPrefix("text/html") == true)
        let long = String(repeating: "x", count: 70_000)
        try await browser.send((form.0, "units-1=1&key=abc&note=" + long))
        #expect(browser.status == 413 && browser.headline == "That did not work")
    }

    // MARK: Another address

    @Test("An address is changed within its country, once, as a revision by the customer")
    func address() async throws {
        let server = try await server()
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.hint(of: "Change the address") == "Possible until it leaves us")
        try await browser.open("/address")
        let form = try browser.fields(["line1": "2 Low Street", "line2": "Flat 3", "city": "York", "country": "FR"])
        for _ in 0..<2 {
            try await browser.send(form)
            #expect(browser.notice == "The address is changed." && browser.page.contains("<span>2 Low Street</span>"))
        }
        let order = try shop.order(id)
        #expect(order.delivery.address?.lines == ["2 Low Street", "Flat 3"] && order.delivery.address?.country == "GB")
        #expect(order.amendments.count == 1 && order.openAmendment == nil && order.revision == 2)
        let told = try shop.waybill.readNow { try EventLog.page(of: id, after: 0, limit: 100, in: $0) }
        #expect(told.last { $0.type == "order.amended" }?.principal == "customer")
        // The same once more is nothing.
        try await browser.open("/address")
        try await browser.submit()
        #expect(try browser.notice == "The address is changed." && shop.order(id).revision == 2)
        try shop.expectClean()
    }

    @Test("What is wrong with an address is said by its field, and what was typed stays")
    func wrongAddress() async throws {
        let server = try await server()
        let browser = try await CustomerBrowser(server, try server.system.place("1 × TEE at 10.00 GBP"))
        try await browser.open("/address")
        let long = String(repeating: "9", count: 30)
        try await browser.submit(["line1": "", "city": "", "name": "Grace", "postcode": long])
        #expect(browser.status == 422 && browser.notice == "Please check: Street and number, Postcode, City")
        #expect(browser.page.contains(#"value="Grace""#))
        try await browser.submit(["line1": "1 A\u{1}B", "city": "York", "postcode": "YO1 1AA"])
        #expect(browser.notice == "Please check: Street and number")
    }

    @Test("An address that is too late, or that somebody else is changing, is refused in place")
    func lateAddress() async throws {
        let server = try await server { $0.stages = [] }
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        try await browser.open("/address")
        let form = try browser.fields(["line1": "2 Low Street"])
        var request = AmendmentRequest()
        request.note = "by phone"
        request.customer = Customer(name: "Bob Example", email: "ada@example.com")
        try shop.perform(AmendOrder(order: id, request: request))
        try await browser.open()
        #expect(browser.hint(of: "Change the address")?.hasPrefix("We are changing this order ourselves") == true)
        try await browser.send(form)
        #expect(browser.status == 409 && browser.notice?.hasPrefix("We are changing this order ourselves") == true)
        try shop.perform(DropAmendment(amendment: AmendmentID(id, 1)))
        try shop.walk(id, to: .shipped)
        try await browser.send((form.action, form.body.replacing("2%20Low", with: "3%20Low")))
        #expect(browser.status == 409 && browser.notice?.hasPrefix("Not possible any more") == true)
        #expect(try shop.order(id).openAmendment == nil)
        try await browser.open()
        #expect(browser.hint(of: "Change the address") == nil)
    }

    @Test("Customers may have to ask for another address earlier than the shop's own people, or may not at all")
    func customersEnd() async throws {
        let server = try await server {
            $0.stages = []
            $0.amending.customersAddressUntil = .open
        }
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.address(of: "Change the address") == nil)
        #expect(browser.hint(of: "Change the address")?.hasPrefix("Not possible any more") == true)
        let form = "key=abc&name=A&line1=2+Low+Street&city=York&postcode=YO1+1AA"
        try await browser.send((browser.path + "/address", form))
        #expect(browser.status == 409 && browser.notice?.hasPrefix("Not possible any more") == true)
        let permissions = try await server.send("GET", "/v1/orders/\(id)/permissions").json["data"]?.array ?? []
        func isAllowed(_ action: String) -> Bool? {
            permissions.first { $0["action"]?.string == action }?["allowed"]?.bool
        }
        #expect(isAllowed("amendments/address") == true && isAllowed("amendments/address_by_customer") == false)
        let saved = try await server.send(
            "PUT", "/v1/channels/web",
            #"""
            {"name": "Web", "currency": "GBP", "policy": {"amending": {"address_by_customer_until": "never"}}}
            """#)
        #expect(saved.json["policy"]?["amending"]?["address_by_customer_until"]?.string == "never", "\(saved.text)")
    }

    @Test("A change that was interrupted half way is gone on with, or makes way for the next")
    func interrupted() async throws {
        let server = try await server()
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP")
        var request = AmendmentRequest()
        var address = Address.example()
        address.lines = ["9 Half Way"]
        request.delivery = .init(method: .ship, service: "standard", address: address, location: nil)
        try shop.perform(AmendOrder(order: id, request: request), as: .customer)
        let browser = try await CustomerBrowser(server, id)
        try await browser.open("/address")
        try await browser.submit(["line1": "9 Half Way"])
        #expect(try browser.notice == "The address is changed." && shop.order(id).amendments.count == 1)
        address.lines = ["10 Half Way"]
        request.delivery = .init(method: .ship, service: "standard", address: address, location: nil)
        try shop.perform(AmendOrder(order: id, request: request), as: .customer)
        try await browser.open("/address")
        try await browser.submit(["line1": "11 All the Way"])
        #expect(browser.notice == "The address is changed.")
        #expect(try shop.order(id).delivery.address?.lines == ["11 All the Way"])
        try shop.expectClean()
    }

    // MARK: Sending back

    @Test("Units are sent back for a reason after their money was shown, and the label is printed once agreed to")
    func sendBack() async throws {
        let server = try await server {
            $0.returning.feeFixed = 150
            $0.returning.approvesItself = true
        }
        let shop = server.system
        let id = try shop.place("3 × TEE at 10.00 GBP")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.hint(of: "Send something back") == nil)
        try shop.walk(id, to: .delivered)
        try await browser.open()
        #expect(browser.hint(of: "Send something back") == "Possible until Wed 1 Apr")
        try await browser.open("/return")
        try await browser.submit(["units-1": "2", "reason-1": "wrong_size", "note": "Too <small>"])
        #expect(browser.headline == "Send this back?" && browser.page.contains("You get back £18.50,"))
        #expect(browser.page.contains("We keep £1.50 as a fee.") && browser.page.contains("You pay the postage."))
        let form = try browser.fields()
        for _ in 0..<2 {
            try await browser.send(form)
            #expect(browser.notice == "Your return is registered.")
        }
        let order = try shop.order(id)
        #expect(order.returns.count == 1 && order.returns[0].note == "Too <small>")
        #expect(order.returns[0].lines[0].reason == .wrongSize && order.returns[0].lines[0].quantity == 2)
        #expect(browser.page.contains("You can send it back"))
        #expect(browser.page.contains("Please send it by Wed 1 Apr. It goes to LONDON, 1 High Street, Leeds LS1 4AP"))
        let label = try #require(browser.address(of: "Return label (PDF)"))
        let printed = try await server.send("GET", label, key: "")
        #expect(printed.text == "label of WEB-1001-R1" && printed.header("X-Robots-Tag") != nil)
        try await browser.open("/return")
        try await browser.submit(["units-1": "1", "reason-1": "damaged"])
        #expect(browser.page.contains("You get back £10.00,") && browser.page.contains("We pay the postage."))
        try shop.expectClean()
    }

    @Test("A return that a person must agree to has no label yet; nobody prints another order's")
    func papers() async throws {
        let server = try await server { $0.stages = [] }
        let shop = server.system
        let (id, other) = (try shop.place("1 × TEE at 10.00 GBP"), try shop.place("1 × TEE at 10.00 GBP"))
        for order in [id, other] { try shop.walk(order, to: .delivered) }
        let (mine, theirs) = (try await CustomerBrowser(server, id), try await CustomerBrowser(server, other))
        try await mine.open("/return")
        try await mine.submit(["units-1": "1", "reason-1": "unwanted"])
        try await mine.submit()
        #expect(mine.page.contains("We are looking at your request") && mine.address(of: "Return label (PDF)") == nil)
        #expect(mine.hint(of: "Send something back") == "There is nothing left to send back")
        try await mine.open("/returns/1/label.pdf")
        #expect(mine.status == 404 && mine.headline == "This link opens no order")
        try shop.perform(ApproveReturn(id: ReturnID(id, 1)))
        try await mine.open("/returns/1/label.pdf")
        #expect(mine.page == "label of WEB-1001-R1")
        for path in ["/returns/1/label.pdf", "/returns/0/label.pdf", "/credits/1/note.pdf", "/pickups/1/code.pdf"] {
            try await theirs.open(path)
            #expect(theirs.status == 404, "\(path)")
        }
        let pound = Money(100, try #require(Currency("GBP")))
        try shop.perform(GiveGoodwill(order: id, amount: pound, reason: "late", to: .source))
        try await mine.open()
        #expect(mine.page.contains("Refunded on Mon 2 Mar"))
        let note = try #require(mine.address(of: "Credit note (PDF)"))
        #expect(try await server.send("GET", note, key: "").text == "note of CM-WEB-1001")
    }

    @Test("What cannot come back says why: too late, not for sale both ways, or for no reason that is taken")
    func notReturnable() async throws {
        let server = try await server {
            $0.stages = []
            $0.returning.reasons = [.faulty]
        }
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP")
        try shop.walk(id, to: .delivered)
        let browser = try await CustomerBrowser(server, id)
        try await browser.open("/return")
        #expect(browser.page.contains("It does not work") && !browser.page.contains("It does not fit"))
        try await browser.submit(["units-1": "1", "reason-1": "unwanted"])
        #expect(browser.status == 422 && browser.notice == "That is not possible at the moment. Please write to us.")
        for reason in ["undelivered", ""] {
            try await browser.submit(["units-1": "1", "reason-1": reason])
            #expect(browser.notice == "Please check: Why")
        }
        shop.advance(.days(31))
        try await browser.submit(["units-1": "1", "reason-1": "faulty"])
        #expect(browser.status == 422 && browser.notice == "The time for returns is over.")
        try await browser.open()
        #expect(browser.hint(of: "Send something back") == "The time for returns is over")
        var item = Item.plain("TEE")
        item.isReturnable = false
        try shop.perform(SaveItems(items: [item]))
        try await browser.open()
        #expect(browser.hint(of: "Send something back") == "These items cannot be sent back")
        #expect(try shop.order(id).returns.isEmpty)
    }
}

import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Orders at the console")
struct ConsoleOrderTests {
    private func address(_ order: OrderID) -> String { "/console/orders/\(order)" }

    @Test("An order is walked from placing to a settled return by its forms alone")
    func straightWay() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("2 × TEE at 10.00 GBP, shipping 4.95")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        #expect(browser.page.contains("Placed on Web shop: 2 units in 1 line, 24.95 GBP."))
        try await browser.submit("/stages/remorse", button: "Pass remorse")
        #expect(browser.flash == "Stage remorse of WEB-1001 passed.")
        try await browser.submit("/acceptances")
        try await browser.submit("/picks")
        try await browser.submit("/packings")
        let slip = "/console/papers/fulfillments/\(FulfillmentID(id, 1))/packing-slip.pdf"
        #expect(browser.links("Packing slip") == [slip, slip], "with the message, and with the fulfillment")
        #expect(try shop.order(id).parcels.first?.weightGrams == 1_000)
        try await browser.submit("/shipments", ["courier": "royal_mail", "tracking-1": "RM-1"])
        #expect(browser.flash == "Fulfillment 1 of WEB-1001 was shipped.")
        #expect(try shop.order(id).parcels.first?.tracking == "RM-1")
        #expect(browser.page.contains("24.95 GBP captured (shipment)."))
        try await browser.submit("/deliveries")
        try await browser.open(address(id) + "/return")
        try await browser.submit("/actions/returns", ["units-1": "1", "method": "by_post", "reason-1": "unwanted"])
        #expect(try shop.order(id).returns.isEmpty, "nothing is done before it was looked at")
        try await browser.submit("/returns/commitments")
        try await browser.open(address(id))
        try await browser.submit("/approvals")
        try await browser.submit("/receipts", ["location": "LONDON", "disposition-1": "restock"])
        #expect(browser.page.contains("Empty: 10.00 GBP, what the units are worth less the fee"))
        try await browser.submit("/settlements")
        #expect(try shop.order(id).refunded == 1_000)
        #expect(try shop.stock("TEE@LONDON") == "available 4")
        #expect(browser.page.contains("Ada Byron"))
        try shop.expectClean()
    }

    @Test("All that a courier told of a parcel is on the order's page, the newest first, in its words, late or not")
    func news() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 1), courier: "rm", tracking: "RM-1")
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [detail]))
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        #expect(!browser.page.contains("What its courier told"))
        let sent = shop.now
        shop.advance(.hours(9))
        for (hours, word) in [(8, "Depot <B>"), (3, "Depot A")] as [(Int64, String)] {
            try shop.perform(
                RecordTracking(
                    courier: "rm", tracking: "RM-1", status: .inTransit, at: sent + .hours(hours), word: word,
                    candidates: [id]))
        }
        try await browser.open(address(id))
        let list = /What its courier told(.*?)<\/details>/.dotMatchesNewlines()
        let told = try #require(browser.page.firstMatch(of: list))
        let words = told.1.matches(of: /Depot [^\s]*?(?=<\/li>)/).map { String($0.0) }
        #expect(words == ["Depot &lt;B&gt;", "Depot A"])
    }

    @Test("A parcel that bears a label goes by it: the form asks only about parcels that are sent by hand")
    func shipsByLabel() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        let unit = LineQuantity(line: OrderLineID(id, 1), quantity: 1)
        let boxes = [1, 2].map { _ in PackFulfillment.Box(lines: [unit], weightGrams: 600) }
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        #expect(try !browser.page.contains("Pick the rest") && shop.order(id).fulfillments[0].lines[0].picked == 2)
        try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: boxes))
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1), service: ("vans", "fast")))
        try await browser.open(address(id))
        #expect(browser.page.contains("Tracking of parcel 2") && !browser.page.contains("Tracking of parcel 1"))
        try await browser.submit("/shipments", ["courier": "vanz", "tracking-2": "RM-2"])
        #expect(browser.flash?.contains("there is no courier vanz; couriers are: vans") == true)
        try await browser.submit("/shipments", ["courier": "vans", "tracking-2": "RM-2"])
        #expect(browser.flash == "Fulfillment 1 of \(try shop.order(id).number) was shipped.")
        let parcels = try shop.order(id).parcels
        #expect(parcels.map { "\($0.courier ?? "") \($0.service ?? "")" } == ["vans fast", "vans standard"])
        #expect(parcels[0].tracking == parcels[0].label?.tracking && parcels[1].tracking == "RM-2")
        let labelled = try shop.place("1 × TEE at 10.00 GBP, store")
        try shop.walk(labelled, to: .packed)
        try shop.perform(BuyLabel(parcel: ParcelID(labelled, 1)))
        try await browser.open(address(labelled))
        #expect(!browser.page.contains("Tracking of parcel"))
        try await browser.submit("/shipments")
        let sent = try #require(try shop.order(labelled).parcels.first)
        #expect(sent.courier == "vans" && sent.service == "day")
        try shop.walk(labelled, to: .delivered)
        let records = try shop.waybill.readNow {
            try CourierRecordStore.page(after: .init(courier: "", service: "", origin: "", area: ""), limit: 9, in: $0)
        }
        #expect(Set(records.map { "\($0.way.courier)/\($0.way.service)" }) == ["vans/day"])
        try shop.expectClean()
    }

    @Test("A label that is taken off is told as that, and not as a parcel that was packed")
    func labelTakenOff() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        let label = try #require(try shop.order(id).parcels[0].tracking)
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        #expect(try shop.events(id).suffix(1) == ["parcel.packed"], "the parcel's state, as the contract names it")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        #expect(browser.page.contains("The label was taken off: Parcel 1 (\(label)) is packed, and bears none."))
        #expect(browser.page.matches(of: /Parcel 1 is packed\./).count == 1)
        try shop.expectClean()
    }

    @Test("An exchange is a form: the return names the new order, and that names the old one")
    func exchange() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5", "TEE-L@LONDON: 5")
        let id = try shop.place("1 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .delivered)
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        try await browser.submit(
            "/actions/exchanges",
            [
                "units-1": "1", "method": "by_post", "reason-1": "wrong_size", "sku": "TEE-L", "unit_price": "12.00",
            ])
        #expect(try shop.order(id).returns.isEmpty, "nothing is done before it was looked at")
        #expect(browser.page.contains("1 × TEE back; 1 × TEE-L at 12.00 GBP out"))
        #expect(browser.page.contains("The customer pays the difference of 2.00 GBP."))
        try await browser.submit("/exchanges/commitments", ["reference": "pay-2"])
        let new = try #require(try shop.order(id).returns.first?.terms.successor)
        #expect(browser.page.contains("Goes out for it") && browser.page.contains(new.number))
        try await browser.open(address(new.order))
        #expect(try browser.page.contains("Exchange for") && browser.page.contains(shop.order(id).number))
        let placed = try shop.order(new.order)
        #expect(placed.lines.map(\.sku) == ["TEE-L"] && placed.total == 1_200)
        #expect(placed.payments.map(\.reference) == ["pay-2"] && placed.payments[0].authorized == 200)
        #expect(browser.page.contains("of it 10.00 GBP from the return \(try shop.order(id).number)-R1"))
        try shop.expectClean()
    }

    @Test("A pickup is packed, made ready and collected by its forms")
    func pickup() async throws {
        let shop = try TestSystem(stock: "TEE@YORK: 5")
        let id = try shop.place("2 × TEE at 10.00 GBP, store, pickup at YORK")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        for step in ["/acceptances", "/picks", "/packings", "/readiness", "/collections"] {
            try await browser.submit(step)
        }
        #expect(try shop.order(id).fulfillments.first?.state == .collected)
        #expect(try browser.page.contains(shop.order(id).collectionCode))
        try shop.expectClean()
    }

    @Test("Hold, lift, note, cancel units, refund, reject and source again are forms too")
    func others() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5", "TEE@LEEDS: 5")
        let id = try shop.place("4 × TEE at 10.00 GBP")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        try await browser.submit("/actions/holds", ["reason": "fraud", "note": "two countries"])
        #expect(browser.page.contains("Fraud: two countries"))
        try await browser.submit("/liftings")
        #expect(try !shop.order(id).isOnHold)
        try await browser.submit("/actions/notes", ["text": "called the customer"])
        try await browser.submit("/actions/sourcings")
        try await browser.submit("/actions/cancellations", ["units-1": "1"])
        #expect(try shop.order(id).lines[0].cancelled == 0, "nothing is done before it was looked at")
        try await browser.submit("/cancellations/commitments")
        #expect(try shop.order(id).lines[0].cancelled == 1)
        try await browser.submit("/actions/captures", ["amount": "10.00"])
        try await browser.submit("/actions/refunds", ["amount": "2.50", "reason": "goodwill"])
        #expect(try shop.order(id).refunded == 250)
        try await browser.submit("/stages/remorse", button: "Pass remorse")
        let place = try #require(try shop.order(id).fulfillments.first { $0.state == .released }?.location)
        try await browser.submit("/rejections", ["reason": "no_capacity"])
        let other = try #require(try shop.order(id).fulfillments.last)
        #expect(other.location != place && browser.flash?.contains("looked for elsewhere") == true)
        try shop.expectClean()
    }

    @Test("A change is staged by a form, shown with what it would do, then committed or dropped; goodwill too")
    func change() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5", "CAP@LONDON: 5")
        let id = try shop.place("4 × TEE at 10.00 GBP")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        try await browser.submit("/actions/amendments", ["units-1": "1", "sku": "CAP", "unit_price": "5.00"])
        #expect(browser.page.contains("TEE 4 → 1; 1 × CAP more"))
        #expect(browser.page.contains("Due 40.00 GBP → 15.00 GBP."))
        #expect(try shop.order(id).lines[0].wanted == 4)
        try await browser.submit("/drops")
        #expect(!browser.page.contains("Staged change"))
        try await browser.submit("/actions/amendments", ["units-1": "1", "sku": "CAP", "unit_price": "5.00"])
        try await browser.submit("/commitments")
        #expect(try shop.order(id).lines.map(\.wanted) == [1, 1])
        try await browser.submit("/actions/addresses", ["line1": "2 High Street"])
        #expect(browser.page.contains("2 High Street"))
        try await browser.submit("/commitments")
        #expect(try shop.order(id).delivery.address?.lines == ["2 High Street"])
        try await browser.submit("/actions/amendments", ["units-1": "1"])
        #expect(browser.flash?.contains("would change nothing") == true)
        try await browser.submit("/actions/amendments", ["sku": "CAP"])
        #expect(browser.flash?.contains("Unit price is missing") == true)
        try await browser.submit("/actions/addresses", ["country": "Britain"])
        #expect(browser.flash?.contains("country") == true, "\(browser.flash ?? "")")
        try await browser.submit("/actions/captures", ["amount": "10.00"])
        try await browser.submit("/actions/goodwill", ["amount": "1.00", "reason": "late"])
        #expect(try shop.order(id).memos.map(\.amount) == [100])
        try shop.expectClean()
    }

    @Test("A refusal comes back with its explanation; a page that is out of date does nothing")
    func refusals() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("2 × TEE at 10.00 GBP")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(address(id))
        try await browser.submit("/actions/captures", ["amount": "999.00"])
        #expect(browser.flash?.contains("999.00 GBP asked") == true && browser.page.contains("flash danger"))
        try shop.perform(NoteOrder(order: id, text: "meanwhile"))
        try await browser.send(
            "POST", address(id) + "/actions/holds", "form_token=token-of-ada&reason=manual&version=1")
        try await browser.open(browser.address)
        #expect(browser.flash?.contains("has changed since the page was shown") == true)
        #expect(try !shop.order(id).isOnHold)
        let body = "form_token=token-of-ada&text=once&key=k1"
        for _ in 0..<2 { try await browser.send("POST", address(id) + "/actions/notes", body) }
        #expect(try shop.order(id).notes.map(\.text) == ["meanwhile", "once"])
    }

    @Test("What people wrote is shown as text, never as markup")
    func hostileText() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let evil = "<script>alert(1)</script>\"'&"
        var order = try PlaceOrder("1 × TEE at 10.00 GBP, named <b>x</b>")
        order = PlaceOrder(
            channel: order.channel, externalID: "<b>x</b>", customer: Customer(name: evil, email: "e@example.com"),
            delivery: order.delivery, lines: order.lines, total: order.total, payments: order.payments,
            contentDigest: "d")
        try shop.perform(order)
        let browser = try ConsoleBrowser.signedIn(shop)
        for path in [
            "/console/orders", "/console/orders?q=%3Cscript%3E", "/console/orders/WEB-1001",
            "/console/stock?sku=%3Cb%3E",
        ] {
            try await browser.open(path)
            #expect(
                browser.status == 200 && !browser.page.contains("<script") && !browser.page.contains("<b>"), "\(path)")
        }
        try await browser.open("/console/orders/WEB-1001")
        try await browser.submit("/actions/notes", ["text": evil])
        #expect(browser.page.contains("&lt;script&gt;") && !browser.page.contains("<script"))
    }

    @Test("The list finds by number, e-mail, SKU and filters, and goes on page by page")
    func list() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 500", "CAP@LONDON: 5")
        for _ in 0..<60 { try shop.place("1 × TEE at 1.00 GBP") }
        let cap = try shop.place("1 × CAP at 1234.50 GBP")
        try shop.perform(PlaceHold(order: cap, reason: "fraud", note: nil, lines: []))
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/orders")
        #expect(browser.page.contains("50 orders, newest first") && browser.page.contains("1,234.50 GBP"))
        let next = try #require(browser.page.firstMatch(of: /href="([^"]*)" rel="next"/)).1
        try await browser.open(String(next).replacing("&amp;", with: "&"))
        #expect(browser.page.contains("11 orders") && browser.page.contains("WEB-1001"))
        for query in ["q=WEB-1061", "q=cap", "sku=CAP", "on_hold=true", "on_hold=true&q=ada%40example.com"] {
            try await browser.open("/console/orders?" + query)
            #expect(browser.page.contains("1 order,") && browser.page.contains("WEB-1061"), "\(query)")
        }
        try await browser.open("/console/orders?q=nobody-has-this")
        #expect(browser.page.contains("No order matches"))
        try await browser.open("/console/orders?cursor=broken&status=nonsense&placed_from=x")
        #expect(browser.status == 200)
    }

    @Test("Home counts what waits, and an exception is resolved from there")
    func home() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console")
        #expect(browser.page.contains("Nothing needs you"))
        let held = try shop.place("1 × TEE at 10.00 GBP")
        try shop.perform(PlaceHold(order: held, reason: "fraud", note: "look", lines: []))
        let failed = try shop.place("1 × TEE at 10.00 GBP")
        try shop.perform(PassStage(order: failed, stage: "remorse", hasPassed: false, note: "odd"))
        try shop.place("9 × TEE at 10.00 GBP")
        try await browser.open("/console")
        for word in ["Fraud", "look", "Stage failed", "Waiting for stock"] {
            #expect(browser.page.contains(word), "\(word)")
        }
        try await browser.submit("/resolutions", ["resolution": "talked to them"])
        #expect(browser.flash == "The exception is resolved.")
        shop.advance(.days(20))
        try await browser.open("/console/sign-in")
        let later = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .fulfillmentsRead])
        try await later.open("/console")
        #expect(later.page.contains("Late to leave") && later.page.contains("should have left"))
        #expect(!later.page.contains("/resolutions"))
    }

    @Test("People see what their scopes and locations allow, and no more")
    func rights() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("1 × TEE at 10.00 GBP, store")
        let reader = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead])
        try await reader.open(address(id))
        #expect(reader.status == 200 && reader.page.contains("Your account lacks orders:write."))
        try await reader.send("GET", "/console/stock")
        #expect(reader.status == 403 && reader.page.contains("stock:read"))
        try await reader.send("POST", address(id) + "/actions/notes", "form_token=token-of-ada&text=x")
        #expect(try shop.order(id).notes.isEmpty)
        let elsewhere = try ConsoleBrowser.signedIn(shop, locations: ["YORK"])
        try await elsewhere.send("GET", address(id))
        #expect(elsewhere.status == 404)
    }

    @Test("Stock shows levels and the ledger; the queue shows a location's work and its next step")
    func stockAndQueue() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 1500")
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/stock?sku=tee&location=LONDON")
        #expect(browser.page.contains("outside → available") && browser.page.contains("available → allocated"))
        #expect(browser.page.contains("STO-1001"))
        try await browser.open("/console/fulfillments?location=LONDON")
        try await browser.submit("/acceptances")
        #expect(browser.page.contains("Pick") && browser.page.contains("<h1>Fulfillments</h1>"))
        #expect(try shop.order(id).fulfillments[0].state == .accepted)
    }
}

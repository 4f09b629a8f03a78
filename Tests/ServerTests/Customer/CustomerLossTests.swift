import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("What a customer sees of a parcel that is lost")
struct CustomerLossTests {
    /// One parcel with two TEE, sent and lost, as its customer sees it.
    private func lost() async throws -> (TestSystem, OrderID, CustomerBrowser) {
        let server = try await TestServer(try TestSystem(stock: "TEE@LONDON: 9"), paperwork: NamedPapers())
        let shop = server.system
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 1), courier: "dpd", tracking: "T1")
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [detail]))
        try tell(.lost, of: id, in: shop)
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.headline == "It did not arrive")
        #expect(browser.story.first == "The parcel is lost. We are seeing to it.")
        return (shop, id, browser)
    }

    private func tell(_ status: Parcel.State, of id: OrderID, in shop: TestSystem) throws {
        shop.advance(.hours(1))
        try shop.perform(
            RecordTracking(courier: "dpd", tracking: "T1", status: status, at: shop.now, candidates: [id]))
    }

    @Test("Once it is paid back the page says so")
    func refunded() async throws {
        let (shop, id, browser) = try await lost()
        try shop.perform(ClaimParcel(parcel: ParcelID(id, 1), resolution: .refund))
        try await browser.open()
        #expect(browser.story.first == "The parcel is lost. You have your money back.")
    }

    @Test(
        "Where one parcel came and the other never will, page, event and mail tell of the goods that came",
        arguments: [Parcel.State.lost, .returnedToSender])
    func partly(missed: Parcel.State) async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", renderer: MustacheRenderer(), mailer: TestMailer())
        let server = try await TestServer(shop, paperwork: NamedPapers())
        var store = Channel.till
        store.policy.messages.kinds = [.delivered]
        try shop.perform(SaveChannel(channel: store))
        let id = try shop.place("3 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        let fulfillment = FulfillmentID(id, 1)
        let line = OrderLineID(id, 1)
        try shop.perform(
            PackFulfillment(
                fulfillment: fulfillment,
                parcels: [Int64(1), 2].map { .init(lines: [.init(line: line, quantity: $0)], weightGrams: 100) }))
        try shop.perform(
            ShipFulfillment(
                fulfillment: fulfillment,
                parcels: [1, 2].map { .init(parcel: ParcelID(id, $0), courier: "dpd", tracking: "T\($0)") }))
        try tell(.delivered, of: id, in: shop)
        shop.advance(.hours(1))
        try shop.perform(
            RecordTracking(courier: "dpd", tracking: "T2", status: missed, at: shop.now, candidates: [id]))
        try await shop.runDueJobs()
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.headline == "A part of it has arrived")
        let events = try await server.send("GET", "/v1/orders/\(id)/events").json["data"]?.array ?? []
        let event = try #require(events.first { $0["type"]?.string == "fulfillment.delivered" })
        #expect(event.at("data.lines")?.array?.compactMap { $0["quantity"]?.integer } == [1])
        let told = try await server.send("GET", "/v1/orders/\(id)/messages").json["data"]?.array ?? []
        let mail = try #require(told.first { $0["kind"]?.string == "delivered" })["text"]?.string ?? ""
        #expect(mail.contains("1 × Item TEE") && !mail.contains("3 × "), "\(mail)")
        try shop.expectClean()
    }

    @Test("Once its goods are sent again the page names that order, and not an exchange")
    func sentAgain() async throws {
        let (shop, id, browser) = try await lost()
        try shop.perform(ReshipParcel(parcel: ParcelID(id, 1)))
        try await browser.open()
        let number = try #require(try shop.order(id).parcels[0].claim?.successor?.number)
        #expect(browser.story.first == "The parcel is lost. We send its goods again with order \(number).")
        #expect(browser.page.contains("For the goods that are sent again, on "))
        #expect(!browser.page.contains("exchange"))
    }

    /// What was to go out once more for a lost parcel, and was stopped since that parcel came.
    private func stopped(_ text: String) async throws -> (TestSystem, first: Order, new: OrderID, CustomerBrowser) {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", renderer: MustacheRenderer(), mailer: TestMailer())
        let server = try await TestServer(shop, paperwork: NamedPapers())
        var store = Channel.till
        store.policy.messages.kinds = [.cancelled, .received]
        try shop.perform(SaveChannel(channel: store))
        let id = try shop.place(text)
        try shop.walk(id, to: .packed)
        let detail = ShipFulfillment.ParcelDetail(parcel: ParcelID(id, 1), courier: "dpd", tracking: "T1")
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [detail]))
        try tell(.lost, of: id, in: shop)
        try shop.perform(ReshipParcel(parcel: ParcelID(id, 1)))
        let new = try #require(try shop.order(id).parcels[0].claim?.successor?.order)
        let browser = try await CustomerBrowser(server, new)
        #expect(browser.page.contains("We send these goods once more for those of your order "))
        #expect(!browser.page.contains("<dt>Paid</dt>") && !browser.page.contains("exchange"))
        try tell(.delivered, of: id, in: shop)
        let shown = try #require(try shop.order(id).exceptions.first { $0.kind == .parcelFound })
        try shop.perform(SettleGoods(exception: shown.id, outcome: .stopped))
        try await shop.runDueJobs()
        return (shop, try shop.order(id), new, browser)
    }

    @Test("Whose goods are not sent once more, since the first parcel came, is told so, and of no money",
        arguments: ["2 × TEE at 10.00 GBP, store", "2 × TEE at 0.00 GBP, store"])
    func notSentAgain(text: String) async throws {
        let (shop, first, new, browser) = try await stopped(text)
        try await browser.open()
        #expect(browser.headline == "Cancelled")
        let reason = "he parcel of your order \(first.number) has reached you after all, so we do not send its goods"
        #expect(browser.page.contains("T" + reason))
        for word in ["<dt>Paid</dt>", "exchange", "Credit note", "Refunded"] {
            #expect(!browser.page.contains(word), "\(word)")
        }
        let server = browser.server
        let told = try await server.send("GET", "/v1/orders/\(new)/messages").json["data"]?.array ?? []
        let mail = try #require(told.first { $0["kind"]?.string == "cancelled" })["text"]?.string ?? ""
        #expect(mail.contains("t" + reason))
        #expect(mail.contains("There is nothing for you to pay") && !mail.contains("given back"), "\(mail)")
        let german = try await server.send(
            "POST", "/v1/orders/\(new)/message-previews", #"{"kind": "cancelled", "language": "de"}"#)
        let words = german.json["text"]?.string ?? ""
        #expect(words.contains("Paket Ihrer Bestellung \(first.number)") && !words.contains("erhalten Sie"), "\(words)")
        // The first order is paid once, and says nothing of goods that go out again.
        let other = try await CustomerBrowser(server, first.id)
        #expect(!other.page.contains("For the goods that are sent again"))
        try shop.expectClean()
    }

    @Test("Whose goods are not sent once more for another reason gets the money, and is told so")
    func cancelledReshipment() async throws {
        let (shop, id, browser) = try await lost()
        try shop.perform(ReshipParcel(parcel: ParcelID(id, 1)))
        let new = try #require(try shop.order(id).parcels[0].claim?.successor?.order)
        try shop.perform(CancelOrder(order: new, reason: .merchant))
        try await shop.runDueJobs()
        let page = try await CustomerBrowser(browser.server, new).page
        #expect(page.contains("Refunded on ") && !page.contains("has reached you after all"))
    }

    @Test("Once it came after all nothing on the page says that it is lost")
    func found() async throws {
        let (shop, id, browser) = try await lost()
        try tell(.delivered, of: id, in: shop)
        try await browser.open()
        #expect(browser.headline == "Delivered")
        #expect(browser.story.prefix(2) == ["Delivered", "It was thought to be lost"])
        #expect(!browser.page.contains("parcel is lost"))
    }

    @Test("What came back to the sender and is paid back is not on its way any more")
    func cameBack() async throws {
        let (shop, id, browser) = try await lost()
        try tell(.returnedToSender, of: id, in: shop)
        let lines = [ReceiveReturn.Line(line: OrderLineID(id, 1), quantity: 2, disposition: .restock)]
        let place = try #require(try shop.order(id).returns[0].location)
        try shop.perform(ReceiveReturn(id: ReturnID(id, 1), location: place, lines: lines))
        try await browser.open()
        #expect(browser.headline == "On its way back to us")
        try shop.perform(SettleReturn(agreed: ReturnID(id, 1)))
        try await browser.open()
        #expect(browser.headline == "It came back to us")
    }

    @Test("What was on its way back and is delivered after all is not said to come back any more")
    func arrivedAfterAll() async throws {
        let (shop, id, browser) = try await lost()
        try tell(.returnedToSender, of: id, in: shop)
        try await browser.open()
        #expect(browser.headline == "On its way back to us")
        try tell(.delivered, of: id, in: shop)
        try await browser.open()
        #expect(browser.headline == "Delivered" && browser.page.contains("It reached you after all"))
    }

    @Test("What was delivered to the address of before is not said to be delivered, and what is done about it is said")
    func oldAddress() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE-M@LONDON: 9"), paperwork: NamedPapers())
        let shop = server.system
        let id = try await shop.delivered(to: .example(), insteadOf: "2 Low Street")
        let browser = try await CustomerBrowser(server, id)
        #expect(browser.headline == "Delivered to your earlier address")
        #expect(browser.story.first == "Delivered to your earlier address")
        let left = "A parcel left before the address was changed: it goes to the earlier one."
        #expect(browser.page.contains(left + " We are seeing to it.") && browser.page.contains("2 Low Street"))
        try shop.perform(ReshipParcel(parcel: ParcelID(id, 1)))
        try await browser.open()
        let number = try #require(try shop.order(id).parcels[0].claim?.successor?.number)
        #expect(browser.page.contains(left + " We send its goods again with order \(number)."))
        try shop.perform(DeliverParcel(parcel: ParcelID(id, 1)))
        let shown = try #require(try shop.order(id).exceptions.first { $0.kind == .parcelFound })
        try shop.perform(SettleGoods(exception: shown.id, outcome: .stopped))
        try await browser.open()
        #expect(browser.headline == "Delivered" && !browser.page.contains(left))
    }
}

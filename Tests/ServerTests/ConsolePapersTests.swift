import Connectors
import OrderManagement
import TestSupport
import Testing

@testable import Server

@Suite("Papers and parcels at the console")
struct ConsolePapersTests {
    /// A shop whose channel buys labels as it packs.
    private func shop(_ stock: String = "TEE@LONDON: 9") throws -> TestSystem {
        let shop = try TestSystem(stock: stock)
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        var channel = Channel.till
        channel.policy = policy
        try shop.perform(SaveChannel(channel: channel))
        return shop
    }

    private func page(_ id: OrderID) -> String { "/console/orders/\(id)" }

    @Test("What a courier took along is printed from the order's page: its own list, or ours")
    func handOverLists() async throws {
        let list = LabelDocument(format: .pdf, content: Array("the courier's list".utf8))
        let courier = TestCourier(manifest: list)
        let shop = try TestSystem(stock: "TEE@LONDON: 9", connections: [courier])
        try shop.perform(SaveCouriers(couriers: [.post]))
        var channel = Channel.till
        channel.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: channel))
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        try await shop.runDueJobs()
        try shop.perform(ShipFulfillment(fulfillment: FulfillmentID(id, 1)))
        try shop.perform(CloseHandOver(fulfillments: [FulfillmentID(id, 1)]))
        courier.next(.refuse(reason: "come back later"))
        try await shop.runDueJobs()
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(page(id))
        let link = try #require(browser.links("Hand-over list").first)
        try await browser.send("GET", link)
        #expect(browser.page.hasPrefix("hand-over of post hov_"), "\(browser.page)")
        try await browser.open("/console/exceptions")
        #expect(browser.page.contains("come back later") && !browser.page.contains("POST"))
        try await browser.submit("/actions", button: "Ask for the manifest again")
        #expect(browser.flash == "Done: Ask for the manifest again.")
        try await shop.runDueJobs()
        try await browser.send("GET", link)
        #expect(browser.page == "the courier's list")
        try await browser.send("GET", link.replacing(".pdf", with: ".zpl"))
        #expect(browser.status == 422 && browser.page.contains("manifest.pdf"), "\(browser.status)")
        try shop.expectClean()
    }

    @Test("Slip, label, return label and credit note are printed from the order's page, by the same rights")
    func papers() async throws {
        let shop = try shop()
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open("/console/fulfillments?location=LONDON")
        #expect(browser.links("Packing slip").count == 1 && browser.prints("Label").isEmpty)
        try shop.walk(id, to: .picking)
        try await browser.open(page(id))
        try await browser.submit("/packings")
        #expect(browser.flash == "Fulfillment 1 of STO-1001 was packed. ", "\(browser.flash ?? "")")
        let label = try #require(browser.prints("Label").first)
        #expect(browser.page.contains("Our vans · day") && browser.page.contains("label 4.00 GBP"))
        try await browser.send("GET", label)
        #expect(browser.status == 200 && browser.page == "label of STO-1001/1")
        try shop.walk(id, to: .delivered)
        try await browser.open("/console/orders/\(id)/return")
        try await browser.submit("/actions/returns", ["units-1": "1", "method": "by_post", "reason-1": "unwanted"])
        try await browser.submit("/returns/commitments")
        if !browser.links("Return label").isEmpty { Issue.record("a return that nobody approved has a label") }
        try await browser.submit("/approvals")
        let back = try #require(browser.links("Return label").first)
        try await browser.open(page(id))
        try await browser.submit("/actions/goodwill", ["amount": "1.00", "reason": "late"])
        let note = try #require(browser.links("Credit note").first)
        for (address, text) in [(back, "label of STO-1001-R1"), (note, "note of CM-STO-1001")] {
            try await browser.send("GET", address)
            #expect(browser.page == text)
        }
        let clerk = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .stockRead])
        try await clerk.open(page(id))
        #expect(clerk.links("Packing slip").isEmpty && clerk.links("Credit note").count == 1)
        try await clerk.send("GET", label)
        #expect(clerk.status == 403 && clerk.page.contains("fulfillments:read"))
        let york = try ConsoleBrowser.signedIn(shop, scopes: [.ordersRead, .fulfillmentsRead], locations: ["YORK"])
        try await york.send("GET", label)
        #expect(york.status == 404)
        let stranger = ConsoleBrowser(shop)
        try await stranger.send("GET", label)
        #expect(stranger.status == 303 && stranger.address.hasPrefix("/console/sign-in"))
    }

    @Test("The labels of a location's work come in one job; what has none is named, and holds up nothing")
    func waves() async throws {
        let server = try await TestServer(try shop(), paperwork: NamedPapers())
        let shop = server.system
        let ids = try (0..<3).map { _ in try shop.place("1 × TEE at 10.00 GBP, store") }
        for id in ids { try shop.walk(id, to: .packed) }
        try shop.perform(VoidLabel(parcel: ParcelID(ids[1], 1)))
        let wave = try await server.send("GET", "/v1/labels.pdf?location=LONDON")
        #expect(wave.status == 200 && wave.text.hasPrefix("pdf of STO-1001/1\npdf of STO-1003/1"), "\(wave.text)")
        #expect(wave.text.contains("not STO-1002: the parcel 1 bears no label"))
        #expect(wave.header("Waybill-Left-Out") == ParcelID(ids[1], 1).description)
        let few = try await server.send("GET", "/v1/labels.zpl?location=LONDON&courier=vans&limit=1")
        #expect(few.text == "zpl of STO-1001/1" && few.header("Waybill-Left-Out") == nil)
        let parts = ids.map { "fulfillment=\(FulfillmentID($0, 1))" } + ["fulfillment=nonsense"]
        let named = try await server.send("GET", "/v1/labels.pdf?" + parts.joined(separator: "&"))
        #expect(named.text.hasPrefix("pdf of STO-1001/1") && named.text.contains("not nonsense: there is no such"))
        for (query, status) in [
            ("", 400), ("?location=LONDON&fulfillment=\(FulfillmentID(ids[0], 1))", 400), ("?location=NOWHERE", 404),
            ("?location=LONDON&limit=0", 400), ("?location=LONDON&courier=dhl", 422),
            ("?fulfillment=\(FulfillmentID(ids[1], 1))", 422),
        ] {
            #expect(try await server.send("GET", "/v1/labels.pdf" + query).status == status, "\(query)")
        }
    }

    @Test("A fulfillment's labels are those that there are; the parcel that lacks one is named")
    func partly() async throws {
        let server = try await TestServer(try shop(), paperwork: NamedPapers())
        let shop = server.system
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        let box = PackFulfillment.Box(lines: [.init(line: OrderLineID(id, 1), quantity: 1)], weightGrams: 500)
        try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [box, box]))
        let address = "/v1/fulfillments/\(FulfillmentID(id, 1))/label"
        #expect(try await server.send("GET", address + ".pdf").text == "label of STO-1001/1\nlabel of STO-1001/2")
        try shop.perform(VoidLabel(parcel: ParcelID(id, 2)))
        for format in ["pdf", "zpl"] {
            let some = try await server.send("GET", "\(address).\(format)")
            #expect(some.status == 200 && some.text.hasPrefix("\(format) of STO-1001/1\nnot STO-1001: the parcel 2"))
            #expect(some.header("Waybill-Left-Out") == ParcelID(id, 2).description)
        }
        try shop.perform(VoidLabel(parcel: ParcelID(id, 1)))
        #expect(try await server.send("GET", address + ".pdf").code == "illegal_transition")
    }

    @Test("Labels that couriers gave as ZPL are refused as PDF, naming what prints them, together or each by itself")
    func zplOnly() async throws {
        for (formats, words) in [
            ([LabelDocument.Format.zpl, .zpl], ["label.zpl prints all"]),
            ([.zpl, .pdf], ["/v1/parcels/P1/label.zpl", "/v1/parcels/P2/label.pdf"]),
        ] {
            let documents = formats.map { LabelDocument(format: $0, content: Array("^XA\($0)^XZ".utf8)) }
            let couriers = documents.enumerated().map { index, document in
                TestCourier(name: "seller\(index + 1)", document: document)
            }
            let shop = try TestSystem(stock: "TEE@LONDON: 9", connections: couriers)
            let post = Courier.post
            try shop.perform(
                SaveCouriers(couriers: (1...2).map {
                    Courier(code: "post\($0)", name: "Post", connection: "seller\($0)", tariff: post.tariff)
                }))
            let server = try await TestServer(shop, paperwork: NamedPapers())
            let id = try shop.place("2 × TEE at 10.00 GBP, store")
            try shop.walk(id, to: .picking)
            let box = PackFulfillment.Box(lines: [.init(line: OrderLineID(id, 1), quantity: 1)], weightGrams: 500)
            try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [box, box]))
            for number in 1...2 {
                try shop.perform(BuyLabel(parcel: ParcelID(id, number), service: ("post\(number)", "parcel")))
            }
            try await shop.runDueJobs()
            let address = "/v1/fulfillments/\(FulfillmentID(id, 1))/label"
            let refused = try await server.send("GET", address + ".pdf")
            #expect(refused.code == "not_printable")
            for word in words {
                let name = word.replacing("P1", with: "\(ParcelID(id, 1))").replacing("P2", with: "\(ParcelID(id, 2))")
                #expect(refused.text.contains(name), "\(refused.text)")
            }
            #expect(try await server.send("GET", address + ".zpl").status == (formats[1] == .zpl ? 200 : 422))
            for (number, format) in formats.enumerated() {
                let path = "/v1/parcels/\(ParcelID(id, number + 1))/label.\(format.rawValue)"
                #expect(try await server.send("GET", path).status == 200)
            }
        }
    }

    @Test("What is packed into several parcels has a slip for each, by one call and on the order's page")
    func slips() async throws {
        let server = try await TestServer(try shop(), paperwork: NamedPapers())
        let shop = server.system
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        let slips = "/v1/fulfillments/\(FulfillmentID(id, 1))/packing-slips.pdf"
        #expect(try await server.send("GET", slips).text == "slip of STO-1001/1")
        try shop.walk(id, to: .picking)
        let box = PackFulfillment.Box(lines: [.init(line: OrderLineID(id, 1), quantity: 1)], weightGrams: 300)
        try shop.perform(PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [box, box]))
        let each = [1, 2].map { "slip of STO-1001/1, parcel \($0)" }
        #expect(try await server.send("GET", slips).text == each.joined(separator: "\n"))
        let second = "/v1/parcels/\(ParcelID(id, 2))/packing-slip.pdf"
        #expect(try await server.send("GET", second).text == each[1])
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(page(id))
        let link = try #require(browser.links("Slip of each parcel").first)
        try await browser.send("GET", link)
        #expect(browser.page == each.joined(separator: "\n"))
        try shop.perform(UnpackFulfillment(fulfillment: FulfillmentID(id, 1)))
        let none = try await server.send("GET", second)
        #expect(none.status == 409 && none.text.contains("was unpacked"))
        try await browser.open(page(id))
        #expect(browser.links("Slip of each parcel").isEmpty)
    }

    @Test("A parcel that leaves its customs area has its customs form, by call and on the order's page")
    func customs() async throws {
        let server = try await TestServer(try shop(), paperwork: NamedPapers())
        let shop = server.system
        let near = try shop.place("1 × TEE at 10.00 GBP, store")
        var order = try PlaceOrder("1 × TEE at 10.00 GBP, store, named far")
        let swiss = Address(name: "Urs", lines: ["Weg 1"], city: "Bern", postcode: "3011", country: "CH")
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: swiss, location: nil)
        let reply = try shop.perform(order)
        let far = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        let form = "/v1/fulfillments/\(FulfillmentID(far, 1))/customs.pdf"
        #expect(try await server.send("GET", form).code == "illegal_transition")
        for id in [near, far] { try shop.walk(id, to: .packed) }
        #expect(try await server.send("GET", form).text == "customs of STO-1002/1")
        #expect(
            try await server.send("GET", "/v1/parcels/\(ParcelID(far, 1))/customs.pdf").text == "customs of STO-1002/1")
        for path in ["fulfillments/\(FulfillmentID(near, 1))", "parcels/\(ParcelID(near, 1))"] {
            let none = try await server.send("GET", "/v1/\(path)/customs.pdf")
            #expect(none.status == 404 && none.text.contains("from GB to GB nothing passes customs"))
        }
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(page(near))
        #expect(browser.links("Customs form").isEmpty && browser.page.contains("United Kingdom"))
        try await browser.open(page(far))
        #expect(browser.page.contains("Switzerland"))
        let link = try #require(browser.links("Customs form").first)
        try await browser.send("GET", link)
        #expect(browser.page == "customs of STO-1002/1")
    }

    @Test("A pickup has its code when it is ready, not before, and may be kept longer")
    func pickup() async throws {
        let server = try await TestServer(try TestSystem(stock: "TEE@YORK: 5"), paperwork: NamedPapers())
        let shop = server.system
        let id = try shop.place("1 × TEE at 10.00 GBP, store, pickup at YORK")
        let address = "/v1/fulfillments/\(FulfillmentID(id, 1))/pickup-code.pdf"
        for state in [Fulfillment.State.released, .picking, .packed] {
            try shop.walk(id, to: state)
            let answer = try await server.send("GET", address)
            #expect(answer.status == 409 && answer.code == "illegal_transition", "\(answer.text)")
            #expect(answer.text.contains("is \(state.rawValue)"))
        }
        try shop.walk(id, to: .ready)
        #expect(try await server.send("GET", address).text == "code of STO-1001")
        let printed = try await server.send("GET", address.replacing(".pdf", with: ".zpl"))
        #expect(printed.text == "^XAcode of STO-1001^XZ" && printed.header("content-type")?.contains("zpl") == true)
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(page(id))
        #expect(browser.links("Pickup code").count == 1)
        let before = try #require(try shop.order(id).fulfillments[0].collectBy)
        try await browser.submit("/extensions", ["until": "soon"])
        #expect(browser.flash?.contains("Until must be a day") == true)
        try await browser.submit("/extensions", ["until": "2026-03-25"])
        let after = try #require(try shop.order(id).fulfillments[0].collectBy)
        #expect(before < after && after == Timestamp("2026-03-25T23:59:00Z"))
        try shop.walk(id, to: .collected)
        #expect(try await server.send("GET", address).status == 409)
    }

    @Test("A label is taken off and bought again; a parcel that does not come is claimed, or its goods sent again")
    func parcels() async throws {
        let shop = try shop()
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .packed)
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(page(id))
        try await browser.submit("/voidings")
        #expect(try shop.order(id).parcels[0].label == nil && browser.prints("Label").isEmpty)
        try await browser.submit("/labels")
        #expect(try shop.order(id).parcels[0].label != nil && browser.prints("Label").count == 2)
        try shop.walk(id, to: .shipped)
        try await browser.open(page(id))
        try await browser.submit("/reshipments")
        #expect(browser.flash?.hasPrefix("The goods of Parcel 1 of STO-1001 are sent once more:") == true)
        let new = try #require(browser.links("STO-1002").first)
        try await browser.open(new)
        #expect(browser.page.contains("Sent again for"))

        let other = try shop.place("1 × TEE at 10.00 GBP, store")
        try shop.walk(other, to: .shipped)
        try await browser.open(page(other))
        try await browser.submit("/claims", ["amount": "3,00"])
        #expect(browser.flash?.contains("could be read in two ways") == true)
        try await browser.submit("/claims")
        let memo = try #require(try shop.order(other).memos.first)
        #expect(memo.amount == 1_000 && browser.page.contains(memo.name))
        try shop.expectClean()
    }

    @Test("What has arrived is not changed line by line")
    func delivered() async throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 5")
        let id = try shop.place("1 × TEE at 10.00 GBP, store")
        let browser = try ConsoleBrowser.signedIn(shop)
        try await browser.open(page(id))
        #expect(browser.page.contains("Change lines"))
        try shop.walk(id, to: .delivered)
        try await browser.open(page(id))
        #expect(!browser.page.contains("Change lines"))
    }
}

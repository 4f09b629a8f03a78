import Connectors
import Documents
import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Papers")
struct PaperPressTests {
    private func facts(_ shop: TestSystem, _ id: OrderID, at place: String = "LONDON") throws -> PaperFacts {
        try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            let order = try #require(try OrderStore.order(id, in: db))
            return try PaperFacts(order, at: place, configuration, now: shop.now, in: db)
        }
    }

    @Test("A packing slip, a pick list, a return label and a credit note are drawn of an order's own words")
    func drawn() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        let walk = try shop.waybill.readNow { db in
            let place = try #require(try Configuration.load(in: db).locations["LONDON"])
            return try PickWalk(at: place, in: PickWalk.states, limit: 9, from: db)
        }
        #expect(walk.picks.count == 1)
        try shop.walk(id, to: .delivered)
        let amount = Money(500, try facts(shop, id).order.currency)
        try shop.perform(RefundPayment(order: id, amount: amount, payment: nil, reason: "late"))
        let facts = try facts(shop, id)
        let part = try #require(facts.order.fulfillments.first)
        let memo = try #require(facts.order.memos.first)
        for paper in [Paper.packingSlip(facts, part), .pickList(walk, at: shop.now), .creditNote(facts, memo)] {
            let pdf = try PaperPress().pdf(of: [paper])
            #expect(pdf.starts(with: Array("%PDF-".utf8)) && pdf.count > 2_000)
        }
    }

    @Test("People read numbers of orders and returns, who pays or collects, and why and where money went")
    func words() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", "TEE@YORK: 9")
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .delivered)
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)]))
        try shop.perform(ApproveReturn(id: ReturnID(id, 1)))
        let amount = Money(500, try facts(shop, id).order.currency)
        try shop.perform(RefundPayment(order: id, amount: amount, payment: nil, reason: "late"))
        let sent = try facts(shop, id)
        let slip = try #require(
            try PaperPress.document(.packingSlip(sent, sent.order.fulfillments[0])) as? PackingSlip)
        #expect(slip.number == "STO-1001/1" && slip.shipment == FulfillmentID(id, 1).description)
        #expect(slip.collectAt == nil)
        let label = try #require(try PaperPress.document(.returnLabel(sent, sent.order.returns[0])) as? ShippingLabel)
        #expect(label.code == .number("STO-1001-R1") && label.purpose == .returning(authorization: "STO-1001-R1"))
        let note = try #require(try PaperPress.document(.creditNote(sent, sent.order.memos[0])) as? CreditNote)
        #expect(note.reason == "Late delivery" && note.refunds.map(\.place) == [.source])
        #expect(note.retailer.name == "Tills" && note.billTo.name == "Ada Example")

        let pickup = try shop.place("1 × TEE at 10.00 GBP, store, pickup at YORK")
        let collected = try facts(shop, pickup, at: "YORK")
        let paper = try PaperPress.document(.packingSlip(collected, collected.order.fulfillments[0])) as? PackingSlip
        #expect(paper?.collectAt?.name == "YORK" && paper?.shipTo.name == "Ada Example")
        #expect(paper?.shipTo.lines == [])
    }

    @Test("Each of several parcels has a slip of its own: what lies in it, and what lies in the others")
    func slipOfParcel() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", "MUG@LONDON: 9")
        let id = try shop.place("3 × TEE at 10.00 GBP + 1 × MUG at 5.00 GBP, store")
        try shop.walk(id, to: .picking)
        func box(_ units: [Int: Int64]) -> PackFulfillment.Box {
            .init(
                lines: units.sorted { $0.key < $1.key }.map { .init(line: OrderLineID(id, $0), quantity: $1) },
                weightGrams: 500, size: nil)
        }
        try shop.perform(
            PackFulfillment(fulfillment: FulfillmentID(id, 1), parcels: [box([1: 2]), box([1: 1, 2: 1])]))
        let facts = try facts(shop, id)
        let (part, parcels) = (facts.order.fulfillments[0], facts.order.parcels)
        func slip(_ paper: Paper) throws -> PackingSlip { try #require(try PaperPress.document(paper) as? PackingSlip) }
        func said(_ lines: [PackingSlip.Line]) -> [String] { lines.map { "\($0.quantity) \($0.sku)" } }
        let second = try slip(.parcelSlip(facts, part, parcels[1]))
        #expect(said(second.lines) == ["1 TEE", "1 MUG"] && said(second.beside) == ["2 TEE"])
        #expect(second.parcel == 2 && second.parcels == 2 && second.shipment == ParcelID(id, 2).description)
        let whole = try slip(.packingSlip(facts, part))
        #expect(said(whole.lines) == ["3 TEE", "1 MUG"] && whole.beside == [] && whole.parcel == nil)
        let pdf = try PaperPress().pdf(of: parcels.map { .parcelSlip(facts, part, $0) })
        #expect(pdf.starts(with: Array("%PDF-".utf8)))
    }

    @Test("What is to be paid at the door stands on label, slips and the courier's list, as it was when it was decided")
    func paidAtTheDoor() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9", "TEE@YORK: 9")
        try shop.perform(SaveCouriers(couriers: [Courier.vans.changingServices { $0.cashMax = 50_000 }]))
        let id = try shop.place("2 × TEE at 10.00 GBP, store, shipping 4.95, paid by \(CashOnDelivery.provider)")
        let pounds = try facts(shop, id).order.currency
        func slip(_ id: OrderID, at place: String = "LONDON") throws -> PackingSlip {
            let facts = try facts(shop, id, at: place)
            return try #require(
                try PaperPress.document(.packingSlip(facts, facts.order.fulfillments[0])) as? PackingSlip)
        }
        #expect(try slip(id).cash == Money(24_95, pounds), "it would be asked for as things are")
        try shop.walk(id, to: .packed)
        try shop.perform(BuyLabel(parcel: ParcelID(id, 1)))
        let bought = try facts(shop, id)
        let label = try #require(
            try PaperPress.document(.parcelLabel(bought, bought.order.parcels[0])) as? ShippingLabel)
        #expect(label.cash == Money(24_95, pounds))
        let list = try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            let place = try #require(configuration.locations["LONDON"])
            return try HandOver(at: place, by: try #require(configuration.couriers["vans"]), from: db)
        }
        let paper = try #require(try PaperPress.document(.handOverList(list, at: shop.now)) as? HandoverList)
        #expect(paper.parcels.map(\.cash) == [Money(24_95, pounds)])
        try shop.walk(id, to: .delivered)
        #expect(try slip(id).cash == Money(24_95, pounds))
        let pickup = try shop.place(
            "1 × TEE at 10.00 GBP, store, pickup at YORK, paid by \(CashOnDelivery.provider)")
        #expect(try slip(pickup, at: "YORK").cash == Money(10_00, pounds))
        let paid = try shop.place("1 × TEE at 10.00 GBP, store")
        #expect(try slip(paid).cash == nil)
    }

    @Test("What no font has is seen to be missing, in names of goods and of people: the papers are printed")
    func missing() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.perform(SaveItems(items: [Item(sku: "TEE", name: "Mug \u{E123}\u{7} love", weightGrams: 300)]))
        var order = try PlaceOrder("1 × TEE at 10.00 GBP, store")
        var address = try #require(order.delivery.address)
        address.name = "Ada \u{E123}"
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        let reply = try shop.perform(order)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        let facts = try facts(shop, id)
        let part = try #require(facts.order.fulfillments.first)
        let slip = try #require(try PaperPress.document(.packingSlip(facts, part)) as? PackingSlip)
        #expect(slip.shipTo.name == "Ada □" && slip.lines[0].description == "Mug □□ love")
        let walk = try shop.waybill.readNow { db in
            let place = try #require(try Configuration.load(in: db).locations["LONDON"])
            return try PickWalk(at: place, in: PickWalk.states, limit: 9, from: db)
        }
        for paper in [Paper.packingSlip(facts, part), .pickList(walk, at: shop.now)] {
            #expect(try PaperPress().pdf(of: [paper]).count > 2_000)
        }
    }

    @Test("A name of goods that has no room is cut on a pick list, rather than that nobody gets the list")
    func longName() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        let name = String(repeating: "漢字", count: 90)
        try shop.perform(SaveItems(items: [Item(sku: "TEE", name: name, weightGrams: 300)]))
        _ = try shop.place("2 × TEE at 10.00 GBP, store")
        let walk = try shop.waybill.readNow { db in
            let place = try #require(try Configuration.load(in: db).locations["LONDON"])
            return try PickWalk(at: place, in: PickWalk.states, limit: 9, from: db)
        }
        #expect(try PaperPress().pdf(of: [.pickList(walk, at: shop.now)]).count > 2_000)
    }

    @Test("A label says by what its parcel is sorted: its courier's own text, or where it goes and the tariff's zone")
    func routing() async throws {
        for (courier, routing, zone) in [(Courier.vans, "GB LS1", "home"), (.post, "HAM 227", nil)] {
            let shop = try TestSystem(stock: "TEE@LONDON: 9", connections: [TestCourier(routing: "HAM 227")])
            try shop.perform(SaveCouriers(couriers: [courier]))
            var till = Channel.till
            till.policy.shipping.labels = .automatic
            try shop.perform(SaveChannel(channel: till))
            let id = try shop.place("1 × TEE at 10.00 GBP, store")
            try shop.walk(id, to: .packed)
            try await shop.runDueJobs()
            let facts = try facts(shop, id)
            let paper = Paper.parcelLabel(facts, facts.order.parcels[0])
            let label = try #require(try PaperPress.document(paper) as? ShippingLabel)
            #expect(label.routing == routing && label.zone == zone)
            #expect(try PaperPress().zpl(of: [(facts, facts.order.parcels[0])]).contains("^FD\(routing)^FS"))
        }
    }

    @Test("Whatever a courier or a tariff says for sorting has room on the label")
    func longRouting() throws {
        let letters: [Character] = ["W", "i", "漢", "-", "\u{E123}"]
        for letter in letters {
            let shop = try TestSystem(stock: "TEE@LONDON: 9")
            var courier = Courier.vans
            let zone = String(repeating: letter, count: 64)
            let service = Tariff.Service(
                code: "day", name: "day", bands: [zone: [Tariff.Band(gramsMax: 20_000, price: 400)]])
            courier.tariff = Tariff(currency: courier.tariff.currency, zones: ["GB": zone], services: [service])
            try shop.perform(SaveCouriers(couriers: [courier]))
            var till = Channel.till
            till.policy.shipping.labels = .automatic
            try shop.perform(SaveChannel(channel: till))
            let id = try shop.place("1 × TEE at 10.00 GBP, store")
            try shop.walk(id, to: .packed)
            let facts = try facts(shop, id)
            var parcel = try #require(facts.order.parcels.first)
            let place = try #require(parcel.labels.indices.last)
            parcel.labels[place].routing = zone
            #expect(try PaperPress().pdf(of: [.parcelLabel(facts, parcel)]).count > 2_000, "\(letter)")
            #expect(try PaperPress().zpl(of: [(facts, parcel)]).hasPrefix("^XA"), "\(letter)")
        }
    }

    @Test("A return label has room for stamps only where the customer pays the postage")
    func postage() throws {
        for (payer, isPaid) in [(ReturningPolicy.Payer.merchant, true), (.customer, false)] {
            let shop = try TestSystem(stock: "TEE@LONDON: 9")
            var policy = ChannelPolicy(stages: [])
            policy.returning.postage = payer
            var till = Channel.till
            till.policy = policy
            try shop.perform(SaveChannel(channel: till))
            let id = try shop.place("1 × TEE at 10.00 GBP, store")
            try shop.walk(id, to: .delivered)
            try shop.perform(
                RequestReturn(
                    order: id, method: .byPost, location: nil,
                    lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)]))
            try shop.perform(ApproveReturn(id: ReturnID(id, 1)))
            let facts = try facts(shop, id)
            let label = try PaperPress.document(.returnLabel(facts, facts.order.returns[0])) as? ShippingLabel
            #expect(label?.isPostagePaid == isPaid && label?.courier == nil)
        }
    }

    @Test("A return label names its courier; its bars are that courier's number, or it stands beside the return's")
    func returnsCourier() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        let id = try shop.place("1 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .delivered)
        try shop.perform(SaveCouriers(couriers: [.vans]))
        try shop.perform(
            RequestReturn(
                order: id, method: .byPost, location: nil,
                lines: [.init(line: OrderLineID(id, 1), quantity: 1, reason: .unwanted)]))
        let back = ReturnID(id, 1)
        try shop.perform(ApproveReturn(id: back))
        func label(_ tracking: String) throws -> ShippingLabel {
            try shop.perform(LabelReturn(id: back, courier: "vans", tracking: tracking))
            let facts = try facts(shop, id)
            #expect(try PaperPress().pdf(of: [.returnLabel(facts, facts.order.returns[0])]).count > 2_000)
            #expect(try PaperPress().zpl(of: .returnLabel(facts, facts.order.returns[0])).hasPrefix("^XA"))
            return try #require(
                try PaperPress.document(.returnLabel(facts, facts.order.returns[0])) as? ShippingLabel)
        }
        let own = try label("RT-1")
        #expect(own.courier == Courier.vans.name && own.code == .number("RT-1") && own.tracking == nil)
        #expect(own.purpose == .returning(authorization: "STO-1001-R1"))
        let long = try label("A-NUMBER-OF-MORE-THAN-24-CHARACTERS")
        #expect(long.code == .number("STO-1001-R1") && long.tracking == "A-NUMBER-OF-MORE-THAN-24-CHARACTERS")
        let refused = #expect(throws: Refusal.self) {
            try shop.perform(LabelReturn(id: back, courier: "vanz", tracking: "RT-2"))
        }
        #expect(refused?.code == .unknownCourier)
    }

    // MARK: Waves and customs

    /// A shop in London, and an order for an address that was packed with a label.
    private func packed(to address: Address = .example(), grams: Int64 = 500) throws -> (TestSystem, OrderID) {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.perform(SaveItems(items: [Item(sku: "TEE", name: "T-shirt", weightGrams: grams)]))
        let world = Tariff(
            currency: Currency("GBP")!, zones: Dictionary(uniqueKeysWithValues: Country.codes.map { ($0, "all") }),
            services: [.init(code: "air", name: "Air", bands: ["all": [.init(gramsMax: 20_000, price: 1_050)]])])
        try shop.perform(SaveCouriers(couriers: [Courier(code: "air", name: "Air", tariff: world)]))
        var policy = ChannelPolicy(stages: [])
        policy.shipping.labels = .automatic
        var till = Channel.till
        till.policy = policy
        try shop.perform(SaveChannel(channel: till))
        var order = try PlaceOrder("2 × TEE at 10.00 GBP, store")
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: address, location: nil)
        let reply = try shop.perform(order)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .packed)
        return (shop, id)
    }

    @Test("What has a label's size is said to label printers as well, and what is larger is not")
    func labelPrinters() throws {
        let shop = try TestSystem(stock: "TEE@YORK: 9")
        let id = try shop.place("1 × TEE at 10.00 GBP, store, pickup at YORK")
        try shop.walk(id, to: .ready)
        let facts = try facts(shop, id, at: "YORK")
        let part = facts.order.fulfillments[0]
        let code = try PaperPress().zpl(of: .pickupCode(facts, part))
        #expect(code.hasPrefix("^XA") && code.contains("^XZ"))
        let refused = #expect(throws: Refusal.self) { try PaperPress().zpl(of: .packingSlip(facts, part)) }
        #expect(refused?.code == .notPrintable)
    }

    @Test("A wave of labels is one job; one that cannot be printed is named, and the others are")
    func wave() throws {
        let (shop, id) = try packed()
        let facts = try facts(shop, id)
        let parcel = facts.order.parcels[0]
        var odd = parcel
        odd.tracking = String(repeating: "9", count: 60)
        odd.sscc = nil
        let given = LabelDocument(format: .zpl, content: Array("^XA^FDX^XZ".utf8))
        var batch = LabelBatch(at: shop.now)
        batch.entries = [
            .init(facts: facts, parcel: parcel, document: nil), .init(facts: facts, parcel: odd, document: nil),
            .init(facts: facts, parcel: parcel, document: given),
        ]
        batch.leftOut = [.init(name: "ful_x", order: nil, reason: "there is no such fulfillment")]
        let pdf = try PaperPress().labels(batch, as: .pdf)
        #expect(pdf.printed == 1 && pdf.content.starts(with: Array("%PDF-".utf8)))
        #expect(pdf.leftOut.map(\.reason).contains { $0.contains("ZPL: ask for these labels as ZPL") })
        #expect(pdf.leftOut.count == 3 && pdf.leftOut.contains { $0.reason.contains("room for 24 characters") })
        let zpl = try PaperPress().labels(batch, as: .zpl)
        let text = String(decoding: zpl.content, as: UTF8.self)
        #expect(zpl.printed == 2 && zpl.leftOut.count == 2 && text.contains("^FDX^XZ"))
        #expect(text.ranges(of: "^XA").count == 3 && text.contains("Not printed: 2"))
        batch.entries = [.init(facts: facts, parcel: odd, document: nil)]
        for format in LabelDocument.Format.allCases {
            #expect(throws: Refusal.self) { try PaperPress().labels(batch, as: format) }
        }
    }

    @Test("A thousand labels are printed in under two seconds")
    func thousand() throws {
        let (shop, id) = try packed()
        let facts = try facts(shop, id)
        var batch = LabelBatch(at: shop.now)
        batch.entries = Array(
            repeating: .init(facts: facts, parcel: facts.order.parcels[0], document: nil), count: 1_000)
        let clock = ContinuousClock()
        var printed = 0
        let took = try clock.measure { printed = try PaperPress().labels(batch, as: .pdf).printed }
        #expect(printed == 1_000)
        // Tests are built without optimization, and share their machine: only what has gone astray is seen here.
        #expect(took < .seconds(30), "\(took)")
    }

    @Test("Customs are told what lies in a parcel, by the short form or the long one")
    func customs() throws {
        let (shop, id) = try packed(to: Address(name: "Ü", lines: ["1"], city: "Bern", postcode: "3011", country: "CH"))
        let facts = try facts(shop, id)
        #expect(facts.order.crossesCustoms(from: facts.location))
        var parcel = facts.order.parcels[0]
        parcel.weightGrams = 1_100
        let form = try CustomsForm(facts, parcel).declaration()
        #expect(form.form == .cn22 && form.items.map(\.description) == ["T-shirt"] && form.grossWeightGrams == 1_100)
        #expect(form.items[0].netWeightGrams == 1_000 && form.items[0].value == Money(2_000, facts.order.currency))
        #expect(form.tracking == parcel.tracking && form.invoice == facts.order.number)
        parcel.weightGrams = 400  // the scales are believed
        #expect(try CustomsForm(facts, parcel).declaration().items[0].netWeightGrams == 400)
        #expect(try PaperPress().pdf(of: [.customs(facts, parcel)]).count > 2_000)
        for (one, other, isOne) in [("DE", "FR", true), ("GB", "IE", false), ("GB", "IM", true), ("DE", "CH", false)] {
            #expect(CustomsArea.isOne(.anywhere(in: one), .anywhere(in: other)) == isOne)
        }
        let (short, long) = (Money(270_00, facts.order.currency), Money(270_01, facts.order.currency))
        let dinar = Money(1, Currency("KWD")!)
        #expect([short, long, dinar].map(CustomsArea.takesShortForm) == [true, false, false])
    }

    @Test("A customs form has the parts of a kit, each with its weight and code, and their worth is the kit's")
    func customsOfKit() throws {
        let shop = try TestSystem()
        var mug = Item(sku: "MUG", name: "Mug", weightGrams: 300)
        (mug.commodityCode, mug.originCountry) = ("69120023", "PT")
        let set = Item(
            sku: "SET", name: "Gift set", weightGrams: 0,
            components: [.init(sku: "MUG", quantity: 1), .init(sku: "TEA", quantity: 2)])
        for text in ["MUG@LONDON: 9", "TEA@LONDON: 9"] { try shop.receive(text) }
        try shop.perform(SaveItems(items: [mug, Item(sku: "TEA", name: "Tea", weightGrams: 50), set]))
        var order = try PlaceOrder("3 × SET at 9.99 GBP, store")
        let swiss = Address(name: "Urs", lines: ["Weg 1"], city: "Bern", postcode: "3011", country: "CH")
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: swiss, location: nil)
        let reply = try shop.perform(order)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .packed)
        let facts = try facts(shop, id)
        let form = try CustomsForm(facts, facts.order.parcels[0]).declaration()
        #expect(form.items.map(\.description) == ["Mug", "Tea"] && form.items.map(\.quantity) == [3, 6])
        #expect(form.items.map(\.tariffNumber) == ["69120023", nil] && form.items[0].origin == "PT")
        let worth = form.items.reduce(0) { $0 + $1.value.amount }
        #expect(form.items.map(\.netWeightGrams) == [900, 300] && worth == 2_997)
        #expect(try PaperPress().pdf(of: [.customs(facts, facts.order.parcels[0])]).count > 2_000)
    }

    @Test("Customs papers of goods without a weight share what the scales say; nobody's weight is none")
    func customsWeights() throws {
        let swiss = Address(name: "Urs", lines: ["Weg 1"], city: "Bern", postcode: "3011", country: "CH")
        let (shop, id) = try packed(to: swiss, grams: 0)
        let facts = try facts(shop, id)
        var parcel = facts.order.parcels[0]
        parcel.weightGrams = 800
        #expect(try CustomsForm(facts, parcel).declaration().items[0].netWeightGrams == 800)
        parcel.weightGrams = 0
        #expect(throws: Refusal.self) { try CustomsForm(facts, parcel).declaration() }
    }
}

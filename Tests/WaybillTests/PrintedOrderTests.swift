import Documents
import OrderManagement
import TestSupport
import Testing

@testable import waybill

@Suite("Papers of an order's goods and places")
struct PrintedOrderTests {
    private static let swiss = Address(name: "Urs", lines: ["Weg 1"], city: "Bern", postcode: "3011", country: "CH")

    /// An order that was packed in one parcel, with everything that its papers name.
    private func packed(
        _ text: String = "2 × TEE at 20.00 GBP, store", at place: String = "LONDON", item: Item? = nil,
        change: (TestSystem) throws -> Void = { _ in }, order changeOrder: (inout PlaceOrder) -> Void = { _ in }
    ) throws -> (TestSystem, PaperFacts) {
        let shop = try TestSystem(stock: "TEE@\(place): 9")
        try shop.perform(SaveItems(items: [item ?? Item(sku: "TEE", name: "T-shirt", weightGrams: 300)]))
        var air = Tariff.Service(
            code: "air", name: "Air", bands: ["all": [.init(gramsMax: 20_000, price: 1_050)]])
        air.capabilities = 1
        let world = Tariff(
            currency: Currency("GBP")!, zones: Dictionary(uniqueKeysWithValues: Country.codes.map { ($0, "all") }),
            services: [air])
        try shop.perform(SaveCouriers(couriers: [Courier(code: "air", name: "Air", tariff: world)]))
        var till = Channel.till
        till.policy = ChannelPolicy(stages: [])
        till.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: till))
        try change(shop)
        var order = try PlaceOrder(text)
        order.delivery = Order.Delivery(method: .ship, service: "standard", address: Self.swiss, location: nil)
        changeOrder(&order)
        let reply = try shop.perform(order)
        let id = try #require(OrderID(try JSON.parse(reply.body)["id"]?.string ?? ""))
        try shop.walk(id, to: .packed)
        return (shop, try facts(shop, id, at: place))
    }

    private func facts(_ shop: TestSystem, _ id: OrderID, at place: String) throws -> PaperFacts {
        try shop.waybill.readNow { db in
            let configuration = try Configuration.load(in: db)
            let order = try #require(try OrderStore.order(id, in: db))
            return try PaperFacts(order, at: place, configuration, now: shop.now, in: db)
        }
    }

    @Test("The customs form says what was paid for the goods, after discounts of line and order")
    func discounted() throws {
        let (_, facts) = try packed("2 × TEE at 10.00 GBP, store", order: { order in
            let currency = order.total.currency
            order.lines = [
                .init(sku: "TEE", quantity: 2, unitPrice: Money(1_000, currency), discount: Money(300, currency))
            ]
            order.discounts = [.init(code: "promotion", amount: Money(500, currency))]
            order.total = Money(1_200, currency)
            order.payments = [.init(provider: "manual", reference: "pay-1", authorized: order.total)]
        })
        let form = try CustomsForm(facts, facts.order.parcels[0]).declaration()
        #expect(form.items.map(\.value.amount) == [1_200] && !form.hasFreeGoods && !form.hasDangerousGoods)
    }

    @Test("Goods that were given for nothing have their list price on the form, which says so")
    func free() throws {
        let (_, facts) = try packed("2 × TEE at 10.00 GBP, store", order: { order in
            let currency = order.total.currency
            order.lines = [
                .init(sku: "TEE", quantity: 2, unitPrice: Money(1_000, currency), discount: Money(2_000, currency))
            ]
            (order.total, order.payments) = (Money(0, currency), [])
        })
        let form = try CustomsForm(facts, facts.order.parcels[0]).declaration()
        #expect(form.items.map(\.value.amount) == [2_000] && form.hasFreeGoods)
        #expect(try PaperPress().pdf(of: [.customs(facts, facts.order.parcels[0])]).count > 2_000)
    }

    @Test("Goods of the price 0 are on the form with what their items say; without that there is no form")
    func gift() throws {
        func facts(_ value: Money?) throws -> PaperFacts {
            let item = Item(sku: "TEE", name: "T-shirt", weightGrams: 300, customsValue: value)
            return try packed("2 × TEE at 0.00 GBP, store", item: item).1
        }
        let unknown = try facts(nil)
        let refusal = #expect(throws: Refusal.self) {
            try CustomsForm(unknown, unknown.order.parcels[0]).declaration()
        }
        #expect(refusal?.code == .notPrintable && refusal?.explanation.contains("TEE (customs_value)") == true)
        let known = try facts(Money(450, #require(Currency("GBP"))))
        let form = try CustomsForm(known, known.order.parcels[0]).declaration()
        #expect(form.items.map(\.value.description) == ["9.00 GBP"] && form.hasFreeGoods)
    }

    @Test("Goods that are dangerous to carry are called so on the form, the label and the slip")
    func dangerous() throws {
        let paint = Item(sku: "TEE", name: "Paint", weightGrams: 300, requirements: 1)
        let (_, facts) = try packed(item: paint, change: { shop in
            let known = try shop.waybill.readNow { try Configuration.load(in: $0).locations["LONDON"] }
            var location = try #require(known)
            location.capabilities = 1
            try shop.perform(SaveLocations(locations: [location]))
        })
        let parcel = facts.order.parcels[0]
        #expect(try CustomsForm(facts, parcel).declaration().hasDangerousGoods)
        let label = try #require(try PaperPress.document(.parcelLabel(facts, parcel)) as? ShippingLabel)
        let slip = try #require(
            try PaperPress.document(.parcelSlip(facts, facts.order.fulfillments[0], parcel)) as? PackingSlip)
        #expect(label.hasDangerousGoods && slip.lines.map(\.isHazardous) == [true])
        #expect(try PaperPress().pdf(of: [.customs(facts, parcel)]).count > 2_000)
    }

    @Test("Names as long as they may be, of goods, channel, courier and service, keep nothing from being printed")
    func longNames() throws {
        for letter in ["Wasserdichte Reisetasche ", "W", "漢"] {
            let name = String(String(repeating: letter, count: 200).prefix(200))
            let (shop, facts) = try packed(item: Item(sku: "TEE", name: name, weightGrams: 300), change: { shop in
                var till = Channel.till
                till.name = name
                till.policy = ChannelPolicy(stages: [])
                till.policy.shipping.labels = .automatic
                try shop.perform(SaveChannel(channel: till))
                let known = try shop.waybill.readNow { try Configuration.load(in: $0).couriers["air"] }
                var courier = try #require(known)
                let services = courier.tariff.services.map { service in
                    Tariff.Service(code: service.code, name: name, bands: service.bands)
                }
                courier.name = name
                courier.tariff = Tariff(
                    currency: courier.tariff.currency, zones: courier.tariff.zones, services: services)
                try shop.perform(SaveCouriers(couriers: [courier]))
            })
            let (part, parcel) = (facts.order.fulfillments[0], facts.order.parcels[0])
            let (walk, handOver) = try shop.waybill.readNow { db in
                let configuration = try Configuration.load(in: db)
                let place = try #require(configuration.locations["LONDON"])
                return (
                    try PickWalk(at: place, in: PickWalk.states, limit: 9, from: db),
                    try HandOver(at: place, by: try #require(configuration.couriers["air"]), from: db)
                )
            }
            #expect(handOver.entries.count == 1)
            let papers: [Paper] = [
                .packingSlip(facts, part), .parcelSlip(facts, part, parcel), .parcelLabel(facts, parcel),
                .customs(facts, parcel), .handOverList(handOver, at: shop.now), .pickList(walk, at: shop.now),
            ]
            for paper in papers { #expect(try PaperPress().pdf(of: [paper]).count > 2_000) }
            #expect(try PaperPress().zpl(of: [(facts, parcel)]).hasPrefix("^XA"))
        }
    }

    @Test("After one box of two has left, the label and the slip of the other are those of box 2 of 2 still")
    func boxThatStayed() throws {
        let shop = try TestSystem(stock: "TEE@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        var till = Channel.till
        till.policy = ChannelPolicy(stages: [])
        till.policy.shipping.labels = .automatic
        try shop.perform(SaveChannel(channel: till))
        let id = try shop.place("2 × TEE at 10.00 GBP, store")
        try shop.walk(id, to: .picking)
        let box = PackFulfillment.Box(
            lines: [.init(line: OrderLineID(id, 1), quantity: 1)], weightGrams: 500, size: nil)
        let packed = FulfillmentID(id, 1)
        try shop.perform(PackFulfillment(fulfillment: packed, parcels: [box, box]))
        try shop.perform(HandOverFulfillment(fulfillment: packed, parcels: [ParcelID(id, 1)]))
        let facts = try facts(shop, id, at: "LONDON")
        let (part, parcel) = (try #require(facts.order.fulfillments.last), facts.order.parcels[1])
        #expect(part.number == 2 && parcel.fulfillment == 2)
        let label = try #require(try PaperPress.document(.parcelLabel(facts, parcel)) as? ShippingLabel)
        #expect(label.parcel == 2 && label.parcels == 2)
        let slip = try #require(try PaperPress.document(.parcelSlip(facts, part, parcel)) as? PackingSlip)
        #expect(slip.parcel == 2 && slip.parcels == 2 && slip.lines.map(\.quantity) == [1])
        #expect(slip.beside.map(\.quantity) == [1] && slip.toFollow.isEmpty)
    }

    @Test("Slips, lists and credit notes are on the paper of the country that prints them")
    func paper() throws {
        for (country, paper) in [("US", PaperSize.letter), ("CA", .letter), ("GB", .a4), ("DE", .a4)] {
            let (shop, facts) = try packed(change: { shop in
                let known = try shop.waybill.readNow { try Configuration.load(in: $0).locations["LONDON"] }
                var location = try #require(known)
                location.address.country = country
                try shop.perform(SaveLocations(locations: [location]))
            })
            try shop.walk(facts.order.id, to: .shipped)
            let amount = Money(500, facts.order.currency)
            try shop.perform(RefundPayment(order: facts.order.id, amount: amount, payment: nil, reason: "late"))
            let now = try self.facts(shop, facts.order.id, at: "LONDON")
            let (walk, list) = try shop.waybill.readNow { db in
                let configuration = try Configuration.load(in: db)
                let place = try #require(configuration.locations["LONDON"])
                return (
                    try PickWalk(at: place, in: PickWalk.states, limit: 9, from: db),
                    try HandOver(at: place, by: try #require(configuration.couriers["air"]), from: db)
                )
            }
            let papers: [Paper] = [
                .packingSlip(now, now.order.fulfillments[0]), .pickList(walk, at: shop.now),
                .handOverList(list, at: shop.now), .creditNote(now, now.order.memos[0]),
            ]
            let sizes = try papers.map { paper in
                switch try PaperPress.document(paper) {
                case let slip as PackingSlip: slip.paper
                case let list as PickList: list.paper
                case let list as HandoverList: list.paper
                case let note as CreditNote: note.paper
                default: PaperSize.label4x6
                }
            }
            #expect(sizes == Array(repeating: paper, count: 4), "\(country)")
        }
    }
}

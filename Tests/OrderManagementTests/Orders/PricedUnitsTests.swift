import TestSupport
import Testing

@testable import OrderManagement

/// Each part of these requests is within its own limit; added up, they are more than 64 bits hold.
@Suite("Goods that are worth more than a line may be")
struct PricedUnitsTests {
    private let most = Money.amountMax

    @Test("A line is worth so much at most, and a discount neither more than it nor below zero", arguments: [
        (1, Money.amountMax, 0, nil), (1_000_000, 1_000_000, 0, nil), (2, 500, 1_000, nil),
        (1_000_000, 1_000_001, 0, "/lines/0"), (1_000_000, Money.amountMax, 0, "/lines/0"), (2, .max, 0, "/lines/0"),
        (2, 500, 1_001, "/lines/0/discount"), (2, 500, -1, "/lines/0/discount"),
    ] as [(Int64, Int64, Int64, String?)])
    func line(units: Int64, price: Int64, discount: Int64, pointer: String?) {
        let line = PricedUnits(unitPrice: price, units: units, discount: discount)
        #expect(line.objection(at: "/lines/0", in: gbp(0).currency)?.pointer == pointer)
    }

    @Test("A price contains no more tax than there is of it less the line's discount; order-wide ones do not count")
    func containedTax() throws {
        func wish(_ change: (inout PlaceOrder) -> Void) throws -> PlaceOrder {
            var order = try PlaceOrder("2 × TEE-M at 10.00 GBP, shipping 4.95, discount 3.00")
            order.channel = "shop"
            change(&order)
            return order
        }
        let cases: [(String?, (inout PlaceOrder) -> Void)] = [
            ("/lines/0/tax", { $0.lines[0] = line(tax: 2_001) }), (nil, { $0.lines[0] = line(tax: 2_000) }),
            ("/lines/0/tax", { ($0.lines[0], $0.total) = (line(tax: 1_001, discount: 1_000), gbp(1_195)) }),
            ("/shipping_tax", { $0.shippingTax = gbp(496) }), (nil, { $0.shippingTax = gbp(495) }),
            ("/fees/0/tax", { order in
                order.fees = [.init(code: "wrap", amount: gbp(100), tax: gbp(101))]
                order.total = gbp(order.total.amount + 100)
            }),
        ]
        for (pointer, change) in cases {
            let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
            try shop.open("shop", isGross: true)
            if let pointer {
                try expectRefusal(.totalMismatch, at: pointer, of: try wish(change), in: shop)
            } else {
                try shop.perform(try wish(change))
            }
        }
    }

    private func line(tax: Int64, discount: Int64 = 0) -> PlaceOrder.RequestedLine {
        .init(sku: "TEE-M", quantity: 2, unitPrice: gbp(1_000), discount: gbp(discount), tax: gbp(tax))
    }

    @Test("Net prices have their taxes on top, however high they are")
    func netTax() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", isGross: false)
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP")
        (order.channel, order.lines[0], order.total) = ("shop", line(tax: 5_000), gbp(7_000))
        try shop.perform(order)
    }

    @Test("Units that an amendment brings contain no more tax than they cost either")
    func amendedTax() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("shop", isGross: true)
        let id = try shop.place("1 × TEE-M at 10.00 GBP", on: "shop")
        let request = shop.request(id) { $0.rest = { request, _ in request.add = [line(tax: 2_001)] } }
        try expectRefusal(.totalMismatch, at: "/add/0/tax", of: AmendOrder(order: id, request: request), in: shop)
    }

    @Test("How much a line may be worth is said in the order's currency", arguments: [
        ("GBP", "10000000000.00 GBP"), ("JPY", "1000000000000 JPY"), ("KWD", "1000000000.000 KWD"),
    ])
    func limit(currency: String, most: String) throws {
        let line = PricedUnits(unitPrice: Money.amountMax, units: 2)
        let objection = line.objection(at: "/lines/0", in: try #require(Currency(currency)))
        #expect(objection?.detail == "a line may be worth \(most) at most")
    }

    @Test("An order with a discount below zero is refused at its place")
    func belowZero() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP, store")
        order.lines = [.init(sku: "TEE-M", quantity: 2, unitPrice: gbp(1_000), discount: gbp(-100))]
        order.total = gbp(2_100)
        try expectRefusal(.invalidInput, at: "/lines/0/discount", of: order, in: shop)
    }

    @Test("An exchange for ten such lines is refused, line by line, as are its previews")
    func exchange() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "COAT@LONDON: 5")
        try shop.exchanging()
        let id = try shop.place("3 × TEE-M at 10.01 GBP", on: "shop")
        try shop.deliver(id)
        let wish = id.exchange(
            for: Array(repeating: .of("COAT", PlaceOrder.quantityMax, at: most), count: 10))
        try expectRefusal(.invalidInput, at: "/lines/9", of: wish, in: shop)
        let preview = ExchangeOrder(request: wish.request, lines: wish.lines, isPreview: true)
        try expectRefusal(.invalidInput, at: "/lines/9", of: preview, in: shop)
    }

    @Test("An amendment that raises ten such lines at their own price names each of them")
    func amendment() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        let id = try shop.place("1 × TEE-M at 10.00 GBP, store, unpaid") { order in
            order.lines = Array(
                repeating: .init(sku: "TEE-M", quantity: 1, unitPrice: gbp(most), discount: gbp(most)), count: 10)
            order.total = gbp(0)
        }
        let shown = try shop.preview(id) { $0.quantities = (1...10).map { ($0, PlaceOrder.quantityMax) } }
        let refusals = shown["refusals"]?.array ?? []
        #expect(refusals.count == 10 && refusals.allSatisfy { $0["code"]?.string == "invalid_input" })
        let raised = shop.request(id) { $0.quantities = [(10, 2)] }
        try expectRefusal(.invalidInput, at: "/quantities/0", of: AmendOrder(order: id, request: raised), in: shop)
        try shop.expectClean()
    }

    @Test("A basket of ten such lines is promised to nobody, though couriers look at what it is worth")
    func promise() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.perform(SaveCouriers(couriers: [.vans]))
        let lines = Array(
            repeating: PromiseBasket.Line(sku: "TEE-M", quantity: PlaceOrder.quantityMax, unitPrice: gbp(most)),
            count: 10)
        let home = try #require(Destination("GB-LS1 4AP"))
        let basket = PromiseBasket(channel: "web", lines: lines, destination: home)
        try expectRefusal(.invalidInput, at: "/lines/9", of: basket, in: shop)
    }

    @Test("Surcharges on surcharges stop at the largest amount, and add up to the price")
    func surcharges() throws {
        let pounds = try #require(Currency("GBP"))
        let service = Tariff.Service(
            code: "day", name: "Day", bands: ["home": [Tariff.Band(gramsMax: 2_000, price: 495)]])
        let tariff = Tariff(
            currency: pounds, zones: ["GB": "home"], services: [service],
            surcharges: (1...30).map { Tariff.Surcharge("tenfold \($0)", .share(100_000)) })
        let answer = tariff.quotes(for: Tariff.Parcel(grams: 500), to: "GB", postcode: "")
        let quote = try #require(answer.quotes.first)
        #expect(quote.price.amount == most)
        #expect(quote.base + quote.surcharges.reduce(0) { $0 + $1.amount } == most)
    }

    @Test("One gram more that costs the largest amount makes a kilogram dear, and no parcel negative")
    func steep() {
        let steep = SendingCost(light: (1_000_000, 0), heavy: (1_000_001, most))
        #expect(steep.parcel == 0 && steep.kilogram == most / 1_000)
    }

    @Test("A kit of many heavy parts weighs no more than any parcel may")
    func heavy() {
        let parts = (1...50).map { KitComponent(sku: "ANVIL-\($0)", quantity: KitComponent.quantityMax) }
        let kit = OrderLine(
            number: 1, sku: "FORGE", ordered: 1, unitPrice: 0, discount: 0, tax: 0, components: parts)
        let anvil = Item(sku: "ANVIL", name: "Anvil", weightGrams: 100_000_000)
        #expect(kit.weightGrams { $0 == "FORGE" ? nil : anvil } == Tariff.gramsMax)
    }
}

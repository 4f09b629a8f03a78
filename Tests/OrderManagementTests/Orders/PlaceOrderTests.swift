import OrderManagement
import TestSupport
import Testing

@Suite("Placing an order")
struct PlaceOrderTests {
    /// A request with one thing wrong, and what is said of it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: Refusal.Code
        let pointer: String
        let spoil: @Sendable (inout PlaceOrder) -> Void

        init(
            _ name: String, _ code: Refusal.Code, _ pointer: String,
            _ spoil: @escaping @Sendable (inout PlaceOrder) -> Void
        ) {
            self.testDescription = name
            self.code = code
            self.pointer = pointer
            self.spoil = spoil
        }
    }

    private static let euros = Money(1, Currency("EUR")!)  // known to every build: ISO 4217
    private typealias Line = PlaceOrder.RequestedLine

    static let wrong: [Wrong] = [
        Wrong("a channel nobody knows", .unknownChannel, "/channel") { $0.channel = "fax" },
        Wrong("a SKU nobody knows", .unknownSKU, "/lines/1/sku") {
            $0.lines[1] = Line(sku: "cap", quantity: 1, unitPrice: gbp(500))
        },
        Wrong("a price in another currency", .currencyMismatch, "/lines/0/unit_price/currency") {
            $0.lines[0] = Line(sku: "TEE-M", quantity: 2, unitPrice: euros)
        },
        Wrong("a line's discount in another currency", .currencyMismatch, "/lines/0/discount/currency") {
            $0.lines[0] = Line(sku: "TEE-M", quantity: 2, unitPrice: gbp(1000), discount: euros)
        },
        Wrong("a tax in another currency", .currencyMismatch, "/lines/0/tax/currency") {
            $0.lines[0] = Line(sku: "TEE-M", quantity: 2, unitPrice: gbp(1000), tax: euros)
        },
        Wrong("shipping in another currency", .currencyMismatch, "/shipping/currency") { $0.shipping = euros },
        Wrong("shipping tax in another currency", .currencyMismatch, "/shipping_tax/currency") {
            $0.shippingTax = euros
        },
        Wrong("a fee in another currency", .currencyMismatch, "/fees/0/amount/currency") {
            $0.fees = [.init(code: "wrap", amount: euros)]
        },
        Wrong("a fee's tax in another currency", .currencyMismatch, "/fees/0/tax/currency") {
            $0.fees = [.init(code: "wrap", amount: gbp(100), tax: euros)]
        },
        Wrong("a discount in another currency", .currencyMismatch, "/discounts/0/amount/currency") {
            $0.discounts = [.init(code: "spring", amount: euros)]
        },
        Wrong("a total in another currency", .currencyMismatch, "/total/currency") { $0.total = euros },
        Wrong("a payment in another currency", .currencyMismatch, "/payments/0/authorized/currency") {
            $0.payments = [.init(provider: "manual", reference: "1", authorized: euros)]
        },
        Wrong("a total a penny short", .totalMismatch, "/total/amount") { $0.total = gbp(2994) },
        Wrong("a total a penny over", .totalMismatch, "/total/amount") { $0.total = gbp(2996) },
        Wrong("a discount beyond its line", .totalMismatch, "/lines/1/discount") {
            $0.lines[1] = Line(sku: "CAP", quantity: 1, unitPrice: gbp(500), discount: gbp(501))
        },
        Wrong("order discounts beyond the goods", .totalMismatch, "/discounts") {
            $0.discounts = [.init(code: "spring", amount: gbp(2501))]
            $0.total = gbp(494)
        },
        Wrong("a line beyond all bounds", .invalidInput, "/lines/0") {
            $0.lines[0] = Line(sku: "TEE-M", quantity: 1_000_000, unitPrice: gbp(1_000_001))
        },
        Wrong("an order beyond all bounds", .invalidInput, "/total/amount") {
            $0.lines = [
                Line(sku: "TEE-M", quantity: 1_000_000, unitPrice: gbp(1_000_000)),
                Line(sku: "TEE-M", quantity: 1, unitPrice: gbp(1)),
            ]
            $0.shipping = nil
            $0.total = gbp(1_000_000_000_001)
        },
        Wrong("a service that is not offered", .deliveryNotOffered, "/delivery/service") {
            $0.delivery = .init(method: .ship, service: "drone", address: .example(), location: nil)
        },
        Wrong("a pickup where nothing is handed out", .deliveryNotOffered, "/delivery/location") {
            $0.delivery = .init(method: .pickup, service: nil, address: nil, location: "LONDON")
        },
        Wrong("a pickup at no location", .unknownLocation, "/delivery/location") {
            $0.delivery = .init(method: .pickup, service: nil, address: nil, location: "MARS")
        },
        Wrong("a time before this century", .invalidInput, "/placed_at") {
            $0.placedAt = Timestamp("1999-12-31T23:59:59Z")
        },
        Wrong("a time far ahead", .invalidInput, "/placed_at") { $0.placedAt = Timestamp("2026-03-03T10:00:01Z") },
    ]

    @Test("What is wrong is refused at its place, and nothing is taken", arguments: wrong)
    func refusals(wrong: Wrong) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5", "CAP@LONDON: 5")
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store, shipping 4.95")
        wrong.spoil(&order)
        try expectRefusal(wrong.code, at: wrong.pointer, of: order, in: shop)
        try shop.expectClean()
    }

    @Test("Everything that is wrong is named at once; the first in precedence gives the code")
    func severalWrong() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var order = try PlaceOrder("2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP + 1 × HAT at 5.00 GBP")
        order.total = Self.euros
        let refusal = try expectRefusal(.unknownSKU, at: "/lines/1/sku", of: order, in: shop)
        #expect(refusal?.details.map(\.pointer) == ["/lines/1/sku", "/lines/2/sku", "/total/currency"])
    }

    @Test("A placed order takes its units in the same commit and promises them")
    func placed() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let reply = try shop.perform(PlaceOrder("2 × TEE-M at 10.00 GBP, shipping 4.95"))
        let json = try JSON.parse(reply.body)
        #expect(reply.status == 201)
        #expect(reply.version == 1)
        #expect(reply.location == "/v1/orders/\(json["id"]?.string ?? "")")
        #expect(json["number"]?.string == "WEB-1001")
        #expect(json["stage"]?.string == "remorse")
        #expect(json["payment_status"]?.string == "authorized")
        #expect(json["fulfillment_status"]?.string == "allocated")
        let promise = json["fulfillments"]?.array?.first?["promise"]
        #expect(promise?["ship_by"]?.string == "2026-03-02T16:00:00Z")
        #expect(promise?["deliver_by"]?.string == "2026-03-05T16:00:00Z")
        #expect(try shop.stock("TEE-M@LONDON") == "available 3, allocated 2")
        try shop.expectClean()
    }

    @Test("An unpaid order waits at the stage payment; a payment passes it")
    func unpaid() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("2 × TEE-M at 10.00 GBP, unpaid")
        #expect(try shop.order(id).stage == "payment")
        for amount: Int64 in [1999, 1] {
            #expect(try shop.order(id).stage == "payment")
            try shop.perform(
                AddPayment(
                    order: id, payment: .init(provider: "manual", reference: "p\(amount)", authorized: gbp(amount))))
        }
        #expect(try shop.order(id).stage == "remorse")
        let again = AddPayment(order: id, payment: .init(provider: "manual", reference: "p1", authorized: gbp(1)))
        try expectRefusal(.illegalTransition, at: "/reference", of: again, in: shop)
        try shop.expectClean()
    }

    // MARK: Stock

    @Test("What nobody has is backordered with a date, where the channel says so")
    func backorder() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1")
        let id = try shop.place("3 × TEE-M at 10.00 GBP")
        let order = try shop.order(id)
        #expect(order.lines[0].allocated == 1)
        #expect(order.lines[0].backordered == 2)
        #expect(order.backorderedUntil == shop.now + .days(14))
        #expect(OrderStatus(of: order).fulfillment == .partiallyAllocated)
        #expect(try shop.events(id).contains("order.backordered"))
        try shop.expectClean()
    }

    @Test("What nobody has is refused whole, naming SKU, asked and available, where the channel says so")
    func refused() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 1", "CAP@LONDON: 5")
        try shop.open("strict", policy: ChannelPolicy(stages: [], shortfall: .refuse))
        var order = try PlaceOrder("1 × CAP at 5.00 GBP + 3 × TEE-M at 10.00 GBP")
        order.channel = "strict"
        let refusal = try expectRefusal(.insufficientStock, at: "/lines/1/quantity", of: order, in: shop)
        #expect(refusal?.explanation == "TEE-M: asked 3, available 1")
        try shop.expectClean()
    }

    @Test("One SKU on several lines shares one shelf")
    func sameSKU() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let id = try shop.place("3 × TEE-M at 10.00 GBP + 3 × TEE-M at 8.00 GBP, store")
        let lines = try shop.order(id).lines
        #expect(lines.map(\.allocated).reduce(0, +) == 5)
        #expect(lines.map(\.backordered).reduce(0, +) == 1)
        #expect(try shop.stock("TEE-M@LONDON") == "allocated 5")
        try shop.walk(id, to: .delivered)
        try shop.expectClean()
    }

    @Test("The channel's buffer stays unsold")
    func buffer() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 3", "TEE-M@LEEDS: 2")
        try shop.open("market", buffer: 2)
        let id = try shop.place("5 × TEE-M at 10.00 GBP", on: "market")
        #expect(try shop.order(id).lines[0].allocated == 3)
        #expect(try shop.order(id).lines[0].backordered == 2)
        try shop.expectClean()
    }

    @Test("Safety stock is never promised")
    func safetyStock() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 3")
        try shop.perform(SetSafetyStock(entries: [.init(sku: "TEE-M", location: "LONDON", units: 2)]))
        let id = try shop.place("3 × TEE-M at 10.00 GBP, store")
        #expect(try shop.order(id).lines[0].allocated == 1)
        #expect(try shop.stock("TEE-M@LONDON") == "available 2, allocated 1")
    }

    @Test("A channel sells from its own locations only")
    func ownLocations() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 3", "TEE-M@YORK: 1")
        try shop.open("local", locations: ["YORK"])
        let id = try shop.place("2 × TEE-M at 10.00 GBP", on: "local")
        #expect(try shop.order(id).fulfillments.map(\.location) == ["YORK"])
        #expect(try shop.order(id).lines[0].backordered == 1)
        var pickup = try PlaceOrder("1 × TEE-M at 10.00 GBP, pickup at YORK")
        pickup.channel = "inland"
        try shop.open("inland", locations: ["LONDON"])
        try expectRefusal(.deliveryNotOffered, at: "/delivery/location", of: pickup, in: shop)
        try shop.expectClean()
    }

    // MARK: The same order again

    @Test("The same order under its external id is the same order: answered, not placed")
    func sameAgain() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let first = try shop.perform(PlaceOrder("2 × TEE-M at 10.00 GBP, named 1001"))
        let books = try shop.books()
        let again = try shop.perform(PlaceOrder("2 × TEE-M at 10.00 GBP, named 1001"))
        #expect(first.status == 201)
        #expect(again.status == 200)
        #expect(again.body == first.body)
        #expect(try shop.books() == books)
        try shop.expectClean()
    }

    @Test("Another order under a used external id is refused; another channel may use it")
    func usedID() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        try shop.place("2 × TEE-M at 10.00 GBP, named 1001")
        let refusal = try expectRefusal(
            .externalIDUsed, at: "/external_id", of: PlaceOrder("1 × TEE-M at 10.00 GBP, named 1001"), in: shop)
        #expect(refusal?.explanation.contains("WEB-1001") == true)
        try shop.place("1 × TEE-M at 10.00 GBP, store, named 1001")
        try shop.expectClean()
    }

    @Test("The same external id twice in one group places one order")
    func sameInOneGroup() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let same = try PlaceOrder("2 × TEE-M at 10.00 GBP, named 1001")
        let other = try PlaceOrder("1 × TEE-M at 10.00 GBP, named 1001")
        let results = shop.waybill.performNow([same, same, other].map { ($0, .system, nil) })
        #expect(try results.prefix(2).map { try $0.get().status } == [201, 200])
        #expect(throws: Refusal.self) { try results[2].get() }
        #expect(try shop.stock("TEE-M@LONDON") == "available 3, allocated 2")
        try shop.expectClean()
    }

    // MARK: Money

    @Test("Net prices: taxes come on top of the total; gross prices contain them")
    func netAndGross() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 9")
        try shop.open("gross", isGross: true)
        for (channel, total): (String, Int64) in [("store", 2000 + 400 + 495 + 99 + 100 + 20), ("gross", 2595)] {
            let id = try shop.place("2 × TEE-M at 10.00 GBP", on: channel) {
                $0.lines = [.init(sku: "TEE-M", quantity: 2, unitPrice: gbp(1000), tax: gbp(400))]
                $0.shipping = gbp(495)
                $0.shippingTax = gbp(99)
                $0.fees = [.init(code: "wrap", amount: gbp(100), tax: gbp(20))]
                $0.total = gbp(total)
                $0.payments = [.init(provider: "manual", reference: "1", authorized: gbp(total))]
            }
            #expect(try shop.order(id).due == total)
            try shop.walk(id, to: .delivered)
            #expect(try shop.order(id).captured == total)
        }
        try shop.expectClean()
    }

    @Test("Currencies of no, two and three decimals are exact", arguments: ["500 JPY", "10.01 EUR", "1.234 KWD"])
    func decimals(price: String) throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 2", "TEE-M@LEEDS: 1")
        try shop.open("abroad", currency: String(price.suffix(3)))
        let id = try shop.place("3 × TEE-M at \(price)", on: "abroad")
        try shop.walk(id, to: .delivered)
        let order = try shop.order(id)
        #expect(order.captured == order.total)
        #expect(Money(order.total / 3, order.currency).description == price)
        try shop.expectClean()
    }

    @Test("A discount on the order is shared by its lines, exactly")
    func sharedDiscount() throws {
        let shop = try TestSystem(stock: "A@LONDON: 1", "B@LONDON: 1", "C@LONDON: 1")
        let id = try shop.place("1 × A at 10.00 GBP + 1 × B at 10.00 GBP + 1 × C at 10.00 GBP, store, discount 1.00")
        // 1.00 over three equal lines: 34, 33, 33.
        for (line, due): (Int, Int64) in [(1, 2900 - 966), (2, 967), (3, 0)] {
            try shop.perform(CancelOrder(order: id, lines: id.units([line: 1]), reason: .customer))
            #expect(try shop.order(id).due == due)
        }
        #expect(try shop.order(id).voided == 2900)
        try shop.expectClean()
    }

    @Test("Numbers of a channel count up; a refused order may leave a gap, never a twin")
    func numbers() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        var numbers: [String] = []
        for text in ["1 × TEE-M at 10.00 GBP", "1 × TEE-M at 10.00 GBP, store", "1 × TEE-M at 10.00 GBP"] {
            numbers.append(try shop.order(try shop.place(text)).number)
        }
        #expect(numbers == ["WEB-1001", "STO-1001", "WEB-1002"])
    }

    @Test("An order of the past stands in the past's place in the list")
    func pastOrder() throws {
        let shop = try TestSystem(stock: "TEE-M@LONDON: 5")
        let new = try shop.place("1 × TEE-M at 10.00 GBP")
        let old = try shop.place("1 × TEE-M at 10.00 GBP") { $0.placedAt = Timestamp("2011-12-09T12:50:00Z") }
        #expect(old < new)
        #expect(try shop.order(old).placedAt == Timestamp("2011-12-09T12:50:00Z"))
        try shop.expectClean()
    }
}

public import OrderManagement

/// Values for tests, with everything filled in that a test does not care about.
extension Location {
    /// Ships, takes returns, hands nothing out; open every day until 16:00 in London.
    public static func warehouse(_ code: String) -> Location { made(code, .warehouse, pickup: false) }

    /// Ships, takes returns and hands out pickups.
    public static func store(_ code: String) -> Location { made(code, .store, pickup: true) }

    private static func made(_ code: String, _ kind: Kind, pickup: Bool) -> Location {
        // The zone is in every time zone database, and all days are open: a calendar of these cannot be refused.
        let calendar = BusinessCalendar(zone: "Europe/London", openWeekdays: Set(1...7), cutoffMinutes: 960)!
        return Location(
            code: code, name: code, kind: kind, address: .example(code), latitude: 51.5, longitude: -0.1,
            calendar: calendar, canShip: true, offersPickup: pickup, takesReturns: true,
            handlingCost: kind == .warehouse ? 100 : 300, priority: kind == .warehouse ? 1 : 2)
    }
}

extension Item {
    /// An item of 500 g.
    public static func plain(_ sku: String) -> Item { Item(sku: sku, name: "Item \(sku)", weightGrams: 500) }
}

extension Address {
    public static func example(_ name: String = "Ada Example") -> Address {
        Address(name: name, lines: ["1 High Street"], city: "Leeds", postcode: "LS1 4AP", country: "GB")
    }
}

extension Channel {
    /// Net prices in GBP; the stages `payment` and `remorse` (30 minutes); releases by itself; backorders what lacks.
    public static let web = Channel(code: "web", name: "Web shop", currency: Currency("GBP")!, numberPrefix: "WEB-")

    /// As `web`, without stages: what is placed is released at once.
    public static let till = Channel(
        code: "store", name: "Tills", currency: Currency("GBP")!, numberPrefix: "STO-",  // GBP is known
        policy: ChannelPolicy(stages: []))
}

extension PlaceOrder {
    /// An order in one line.
    ///
    ///     2 × TEE-M at 10.00 GBP
    ///     2 × TEE-M at 10.00 GBP + 1 × CAP at 5.00 GBP, store, paid by card, shipping 4.95
    ///
    /// Behind the lines, in any order: `store` (the channel; `web` if none is named), `unpaid`, `paid by PROVIDER`
    /// (`manual` if none is named), `pickup at LOCATION`, `shipping AMOUNT`, `discount AMOUNT`, `named EXTERNAL-ID`.
    public init(_ text: String) throws {
        var parts = text.split(separator: ",").map { $0.split(separator: " ").map(String.init) }
        guard let first = parts.first else { throw WrongText("an order of nothing") }
        parts.removeFirst()
        let lines = try first.split(separator: "+").map { try Self.line(Array($0)) }
        guard let currency = lines.first?.unitPrice.currency else { throw WrongText("an order without lines: \(text)") }
        var goods = lines.reduce(Int64(0)) { $0 + $1.unitPrice.amount * $1.quantity }
        self.init(
            channel: "web", externalID: nil,
            customer: Customer(name: "Ada Example", email: "ada@example.com", phone: "+44 20 7946 0000"),
            delivery: Order.Delivery(method: .ship, service: "standard", address: .example(), location: nil),
            lines: lines, total: Money(goods, currency), contentDigest: text)
        var provider: String? = "manual"
        for words in parts {
            switch words.first {
            case "web", "store": channel = words[0]
            case "unpaid": provider = nil
            case "paid": provider = words.last
            case "pickup": delivery = Order.Delivery(method: .pickup, service: nil, address: nil, location: words.last)
            case "named": externalID = words.last
            case "shipping":
                shipping = try Self.money(words.last, currency)
                goods += shipping?.amount ?? 0
            case "discount":
                let discount = try Self.money(words.last, currency)
                discounts = [Charge(code: "promotion", amount: discount)]
                goods -= discount.amount
            default: throw WrongText("not understood: \(words.joined(separator: " "))")
            }
        }
        total = Money(goods, currency)
        payments = provider.map { [RequestedPayment(provider: $0, reference: "pay-1", authorized: total)] } ?? []
    }

    /// `2 × TEE-M at 10.00 GBP`
    private static func line(_ words: [String]) throws -> RequestedLine {
        guard words.count == 6, words[1] == "×", words[3] == "at", let quantity = Int64(words[0]),
            let currency = Currency(words[5])
        else { throw WrongText("not a line: \(words.joined(separator: " "))") }
        return RequestedLine(sku: words[2], quantity: quantity, unitPrice: try money(words[4], currency))
    }

    /// `10.00`, with the decimals of the currency.
    private static func money(_ text: String?, _ currency: Currency) throws -> Money {
        let parts = (text ?? "").split(separator: ".").map(String.init)
        guard parts.count == (currency.decimals > 0 ? 2 : 1),
            parts.dropFirst().allSatisfy({ $0.count == currency.decimals }), let amount = Int64(parts.joined())
        else { throw WrongText("not an amount of \(currency): \(text ?? "")") }
        return Money(amount, currency)
    }
}

/// A text of a test that says nothing this kit knows.
public struct WrongText: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

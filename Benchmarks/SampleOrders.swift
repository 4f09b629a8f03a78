import OrderManagement

/// What the orders of a run look like.
struct Shape: Codable, Hashable, Sendable {
    enum Spread: String, Codable, CaseIterable, Sendable {
        /// Every line any of 10,000 SKUs.
        case uniform
        /// One SKU stands in every order, the other lines are uniform.
        case hot
    }

    let lines: Int
    let spread: Spread

    static let all = [3, 15].flatMap(all(of:))
    static func all(of lines: Int) -> [Shape] { Spread.allCases.map { Shape(lines: lines, spread: $0) } }

    var name: String { "\(lines) lines, \(spread == .hot ? "one hot SKU" : "uniform SKUs")" }
}

/// Orders of one shape, the same in every run with the same seed; only key and external id tell copies apart.
struct SampleOrders {
    static let skuCount = 10_000
    static let channel = "web"

    struct Line {
        let sku: Int
        let quantity: Int64
        let price: Int64
        var tax: Int64 { price * quantity / 5 }
    }

    struct Sample {
        let lines: [Line]
        let customer: Int
        var total: Int64 { lines.reduce(495) { $0 + $1.price * $1.quantity + $1.tax } }
    }

    let samples: [Sample]

    init(_ shape: Shape, count: Int, seed: UInt64 = 1) {
        var random = SteadyRandom(seed: seed)
        samples = (0..<count).map { _ in
            var skus: Set<Int> = shape.spread == .hot ? [0] : []
            while skus.count < shape.lines { skus.insert(Int.random(in: 1..<Self.skuCount, using: &random)) }
            let lines = skus.sorted().map { sku in
                Line(
                    sku: sku, quantity: Int64.random(in: 1...3, using: &random),
                    price: Int64.random(in: 95...4_995, using: &random))
            }
            return Sample(lines: lines, customer: Int.random(in: 0..<2_000, using: &random))
        }
    }

    /// A key as shops make them: 32 characters that follow no order.
    static func key(_ number: Int) -> String {
        var random = SteadyRandom(seed: UInt64(number))
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 32) { buffer in
            for half in 0..<2 {
                var bits = random.next()
                for place in 0..<16 {
                    buffer[half * 16 + place] = digits[Int(bits & 15)]
                    bits >>= 4
                }
            }
            return 32
        }
    }

    static func sku(_ number: Int) -> String {
        let digits = String(number)
        return "SKU" + String(repeating: "0", count: 5 - digits.count) + digits
    }
}

extension SampleOrders.Sample {
    /// The body of `POST /v1/orders`; about 950 bytes for three lines.
    ///
    /// - Parameter externalID: Of a fixed length, so that it can be overwritten in place.
    func body(externalID: String) -> String {
        var json = JSONWriter(reservingCapacity: 1024 + 160 * lines.count)
        json.object {
            $0.member("channel", SampleOrders.channel)
            $0.member("external_id", externalID)
            $0.object("customer") {
                $0.member("name", name)
                $0.member("email", email)
                $0.member("phone", "+44 20 7946 0123")
            }
            $0.object("delivery") {
                $0.member("method", "ship")
                $0.member("service", "standard")
                $0.name("address")
                address.write(to: &$0)
            }
            $0.array("lines") { list in
                for line in lines {
                    list.object {
                        $0.member("sku", SampleOrders.sku(line.sku))
                        $0.member("quantity", line.quantity)
                        $0.member("unit_price", Money(line.price, .pounds))
                        $0.member("tax", Money(line.tax, .pounds))
                    }
                }
            }
            $0.member("shipping", Money(495, .pounds))
            $0.member("total", Money(total, .pounds))
            $0.object("payment") {
                $0.member("provider", "manual")
                $0.member("reference", "pay-" + externalID)
                $0.member("authorized", Money(total, .pounds))
            }
        }
        return json.text
    }

    /// The same order as a command.
    func command(externalID: String) -> PlaceOrder {
        var order = PlaceOrder(
            channel: SampleOrders.channel, externalID: externalID,
            customer: Customer(name: name, email: email, phone: "+44 20 7946 0123"),
            delivery: Order.Delivery(method: .ship, service: "standard", address: address, location: nil),
            lines: lines.map {
                PlaceOrder.RequestedLine(
                    sku: SampleOrders.sku($0.sku), quantity: $0.quantity, unitPrice: Money($0.price, .pounds),
                    tax: Money($0.tax, .pounds))
            },
            total: Money(total, .pounds),
            payments: [
                .init(provider: "manual", reference: "pay-" + externalID, authorized: Money(total, .pounds))
            ],
            contentDigest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        order.shipping = Money(495, .pounds)
        return order
    }

    private var name: String { "Customer Number \(customer)" }
    private var email: String { "customer.\(customer)@example.com" }
    private var address: Address {
        Address(
            name: name, lines: ["Flat \(customer % 90 + 1)", "\(customer % 200 + 1) High Street"], city: "Leeds",
            postcode: "LS\(customer % 9 + 1) \(customer % 8 + 1)AP", country: "GB")
    }
}

extension Currency {
    /// A code that is always known.
    static let pounds = Currency("GBP")!
}

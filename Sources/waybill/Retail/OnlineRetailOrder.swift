import OrderManagement
import Server

/// An invoice of the *Online Retail* layout as an order, with the rows that it is made of.
///
/// The source has no address, tax, weight or payment: an address is given by whoever places it, tax is 0, and the whole
/// amount counts as authorized with the retailer (`manual`).
struct OnlineRetailOrder {
    struct Line {
        /// Of the file.
        let line: Int
        let sku: String
        let description: String
        let quantity: Int64
        /// In pence.
        let price: Int64
    }

    let invoice: String
    let placedAt: Timestamp
    let customer: String?
    let country: String
    private(set) var lines: [Line] = []
    /// In pence.
    private(set) var shipping: Int64 = 0
    /// The rows that make up `shipping`.
    private(set) var carriageLines: [Int] = []
    private var content = ""
    private var hasOtherTime = false

    init(_ row: OnlineRetailRow, _ placedAt: Timestamp) {
        self.invoice = row.invoice
        self.placedAt = placedAt
        self.customer = row.customer
        self.country = row.country
    }

    /// Takes a row in. - Returns: Whether it is the first one with another time than the invoice's.
    mutating func add(_ row: OnlineRetailRow, _ time: Timestamp) -> Bool {
        guard let price = row.price.pence else { return false }
        content += row.content + "\n"
        if row.kind == .carriage {
            shipping += price * row.quantity
            carriageLines.append(row.line)
        } else {
            lines.append(
                Line(line: row.line, sku: row.sku, description: row.description, quantity: row.quantity, price: price))
        }
        defer { if time != placedAt { hasOtherTime = true } }
        return time != placedAt && !hasOtherTime
    }

    /// All rows that it is made of.
    var rows: [Int] { lines.map(\.line) + carriageLines }

    /// In pence.
    var total: Int64 { lines.reduce(shipping) { $0 + $1.price * $1.quantity } }

    /// The command that places it.
    func command(channel: String, customer: Customer, delivery: Order.Delivery, at time: Timestamp? = nil)
        -> PlaceOrder
    {
        let total = Money(total, .pounds)
        var command = PlaceOrder(
            channel: channel, externalID: invoice, placedAt: time ?? placedAt, customer: customer, delivery: delivery,
            lines: lines.map {
                .init(sku: $0.sku, quantity: $0.quantity, unitPrice: Money($0.price, .pounds))
            },
            total: total,
            payments: total.amount > 0
                ? [.init(provider: "manual", reference: "invoice-\(invoice)", authorized: total)] : [],
            contentDigest: Digest(of: content).base64url)
        if shipping > 0 { command.shipping = Money(shipping, .pounds) }
        return command
    }

    /// Who bought, as far as the source says: a number, or a guest.
    var knownCustomer: Customer { Customer(name: customer.map { "Customer \($0)" } ?? "Guest") }

    /// To the country that the source names, and no further: the rest of the address is not known.
    var knownDelivery: Order.Delivery {
        Order.Delivery(
            method: .ship, service: nil,
            address: Address(
                name: knownCustomer.name, lines: ["Not given"], city: "Not given", postcode: "",
                country: Self.code(of: country) ?? "GB"),
            location: nil)
    }

    /// ISO 3166-1 alpha-2 of a country as the source names it; nil where it names none.
    ///
    /// "Channel Islands" are Guernsey or Jersey, not told apart: Guernsey is taken.
    static func code(of country: String) -> String? { codes[country] }

    private static let codes: [String: String] = [
        "Australia": "AU", "Austria": "AT", "Bahrain": "BH", "Belgium": "BE", "Brazil": "BR", "Canada": "CA",
        "Channel Islands": "GG", "Cyprus": "CY", "Czech Republic": "CZ", "Denmark": "DK", "EIRE": "IE",
        "Finland": "FI", "France": "FR", "Germany": "DE", "Greece": "GR", "Hong Kong": "HK", "Iceland": "IS",
        "Israel": "IL", "Italy": "IT", "Japan": "JP", "Lebanon": "LB", "Lithuania": "LT", "Malta": "MT",
        "Netherlands": "NL", "Norway": "NO", "Poland": "PL", "Portugal": "PT", "RSA": "ZA", "Saudi Arabia": "SA",
        "Singapore": "SG", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH", "USA": "US",
        "United Arab Emirates": "AE", "United Kingdom": "GB",
    ]
}

extension Currency {
    /// The currency of *Online Retail*.
    static let pounds = Currency("GBP")!  // GBP is one of the currencies that the type itself lists
}

/// What conditions of policies may ask of an order.
enum OrderFact: String, CaseIterable {
    case total = "order.total"
    case quantity = "order.quantity"
    case lines = "order.lines"
    case discount = "order.discount"
    case shipping = "order.shipping"
    case backordered = "order.backordered"
    case channel
    case email = "customer.email"
    case domain = "customer.domain"
    case phone = "customer.phone"
    case country = "destination.country"
    case region = "destination.region"
    case city = "destination.city"
    case postcode = "destination.postcode"
    case method = "delivery.method"
    case service = "delivery.service"
    case location = "delivery.location"
    case provider = "payment.provider"
    case authorized = "payment.authorized"
    case sku = "line.sku"
    case lineQuantity = "line.quantity"
    case unitPrice = "line.unit_price"
    case hour = "placed.hour"
    case weekday = "placed.weekday"

    private static let amount = Condition.Field.Kind.number(0...Money.amountMax)
    private static let units = Condition.Field.Kind.number(0...Int64(PlaceOrder.linesMax) * PlaceOrder.quantityMax)

    /// Its kind of value, whether an order may have several of it, and what it means.
    private var nature: (kind: Condition.Field.Kind, isMany: Bool, meaning: String) {
        switch self {
        case .total: (Self.amount, false, "what is due: the total less what was cancelled, in minor units")
        case .quantity: (Self.units, false, "units that are not cancelled")
        case .lines: (.number(0...Int64(PlaceOrder.linesMax)), false, "lines that are not cancelled")
        case .discount: (Self.amount, false, "all discounts, in minor units")
        case .shipping: (Self.amount, false, "what shipping costs the customer, in minor units")
        case .backordered: (Self.units, false, "units that wait for stock")
        case .channel: (.text(.exact), false, "the channel's code")
        case .email: (.text(.small), false, "the customer's e-mail address")
        case .domain: (.text(.small), false, "what stands behind the @ of it")
        case .phone: (.text(.exact), false, "the customer's telephone")
        case .country: (.words(Country.codes.sorted()), false, "where it is sent, ISO 3166-1")
        case .region: (.text(.exact), false, "state or province that it is sent to")
        case .city: (.text(.exact), false, "the city that it is sent to")
        case .postcode: (.text(.capital), false, "the postcode that it is sent to, in capitals, with its spaces")
        case .method: (.words(Fulfillment.Method.allCases.map(\.rawValue)), false, "ship or pickup")
        case .service: (.text(.exact), false, "the delivery service")
        case .location: (.text(.exact), false, "the store where it is collected")
        case .provider: (.text(.exact), true, "who holds money for it")
        case .authorized: (Self.amount, false, "money that is authorized or taken, in minor units")
        case .sku: (.text(.exact), true, "some line's SKU")
        case .lineQuantity: (.number(0...PlaceOrder.quantityMax), true, "some line's units that are not cancelled")
        case .unitPrice: (Self.amount, true, "some line's price per unit, in minor units")
        case .hour: (.number(0...23), false, "the hour of placing, UTC")
        case .weekday: (.number(1...7), false, "the weekday of placing, 1 is Monday, UTC")
        }
    }

    /// All of them, as conditions are read by.
    static let vocabulary: [Condition.Field] = allCases.map { fact in
        let nature = fact.nature
        return Condition.Field(
            name: fact.rawValue, kind: nature.kind, isMany: nature.isMany, meaning: nature.meaning)
    }
}

extension Order {
    /// The fields that conditions about orders may name.
    public static var vocabulary: [Condition.Field] { OrderFact.vocabulary }

    func meets(_ condition: Condition) -> Bool {
        condition.holds { name in OrderFact(rawValue: name).map(values) ?? [] }
    }

    private func values(of fact: OrderFact) -> [Condition.Value] {
        let live = lines.filter { $0.cancelled < $0.ordered }
        func text(_ text: String?) -> [Condition.Value] {
            guard let text, !text.isEmpty else { return [] }
            return [.text(text)]
        }
        let address = delivery.address
        switch fact {
        case .total: return [.number(due)]
        case .quantity: return [.number(live.reduce(0) { $0 + $1.ordered - $1.cancelled })]
        case .lines: return [.number(Int64(live.count))]
        case .discount:
            return [.number(lines.reduce(discounts.reduce(0) { $0 + $1.amount }) { $0 + $1.discount })]
        case .shipping: return [.number(shipping)]
        case .backordered: return [.number(lines.reduce(0) { $0 + $1.backordered })]
        case .channel: return [.text(channel)]
        case .email: return text(customer.email?.lowercased())
        case .domain: return text(customer.email?.split(separator: "@").last.map { $0.lowercased() })
        case .phone: return text(customer.phone)
        case .country: return text(address?.country)
        case .region: return text(address?.region)
        case .city: return text(address?.city)
        case .postcode: return text(address?.postcode.uppercased())
        case .method: return [.text(delivery.method.rawValue)]
        case .service: return text(delivery.service)
        case .location: return text(delivery.location)
        case .provider: return payments.map { .text($0.provider) }
        case .authorized: return [.number(covered)]
        case .sku: return live.map { .text($0.sku) }
        case .lineQuantity: return live.map { .number($0.ordered - $0.cancelled) }
        case .unitPrice: return live.map { .number($0.unitPrice) }
        case .hour: return [.number(placedAt.secondOfDay / 3_600)]
        case .weekday: return [.number((placedAt.dayNumber + 3) % 7 + 1)]
        }
    }
}

extension Timestamp {
    /// Days since 1970-01-01, a Thursday; seconds into the day. UTC; for moments after 1970.
    fileprivate var dayNumber: Int64 { milliseconds / 86_400_000 }
    fileprivate var secondOfDay: Int64 { milliseconds / 1_000 % 86_400 }
}

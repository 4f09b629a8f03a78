/// What conditions of policies may ask of an order.
enum OrderFact: String, CaseIterable {
    /// What is due: the total less what was cancelled, in minor units.
    case total = "order.total"
    /// Units that are not cancelled.
    case quantity = "order.quantity"
    /// Lines that are not cancelled.
    case lines = "order.lines"
    /// All discounts, in minor units.
    case discount = "order.discount"
    /// What shipping costs the customer, in minor units.
    case shipping = "order.shipping"
    /// Units that wait for stock.
    case backordered = "order.backordered"
    /// The channel's code.
    case channel
    /// The customer's e-mail address.
    case email = "customer.email"
    /// What stands behind the @ of it.
    case domain = "customer.domain"
    /// The customer's telephone.
    case phone = "customer.phone"
    /// Where it is sent, ISO 3166-1.
    case country = "destination.country"
    /// State or province that it is sent to.
    case region = "destination.region"
    /// The city that it is sent to.
    case city = "destination.city"
    /// The postcode that it is sent to, in capitals, with its spaces.
    case postcode = "destination.postcode"
    /// Ship or pickup.
    case method = "delivery.method"
    /// The delivery service.
    case service = "delivery.service"
    /// The store where it is collected.
    case location = "delivery.location"
    /// Who holds money for it.
    case provider = "payment.provider"
    /// Money that is authorized or taken, in minor units.
    case authorized = "payment.authorized"
    /// Some line's SKU.
    case sku = "line.sku"
    /// Some line's units that are not cancelled.
    case lineQuantity = "line.quantity"
    /// Some line's price per unit, in minor units.
    case unitPrice = "line.unit_price"
    /// The hour of placing, UTC.
    case hour = "placed.hour"
    /// The weekday of placing, 1 is Monday, UTC.
    case weekday = "placed.weekday"

    private static let amount = Condition.Field.Kind.number(0...Money.amountMax)
    private static let units = Condition.Field.Kind.number(0...Int64(PlaceOrder.linesMax) * PlaceOrder.quantityMax)

    /// Its kind of value, and whether an order may have several of it.
    private var nature: (kind: Condition.Field.Kind, isMany: Bool) {
        switch self {
        case .total: (Self.amount, false)
        case .quantity: (Self.units, false)
        case .lines: (.number(0...Int64(PlaceOrder.linesMax)), false)
        case .discount: (Self.amount, false)
        case .shipping: (Self.amount, false)
        case .backordered: (Self.units, false)
        case .channel: (.text(.exact), false)
        case .email: (.text(.small), false)
        case .domain: (.text(.small), false)
        case .phone: (.text(.exact), false)
        case .country: (.words(Country.codes.sorted()), false)
        case .region: (.text(.exact), false)
        case .city: (.text(.exact), false)
        case .postcode: (.text(.capital), false)
        case .method: (.words(Fulfillment.Method.allCases.map(\.rawValue)), false)
        case .service: (.text(.exact), false)
        case .location: (.text(.exact), false)
        case .provider: (.text(.exact), true)
        case .authorized: (Self.amount, false)
        case .sku: (.text(.exact), true)
        case .lineQuantity: (.number(0...PlaceOrder.quantityMax), true)
        case .unitPrice: (Self.amount, true)
        case .hour: (.number(0...23), false)
        case .weekday: (.number(1...7), false)
        }
    }

    /// All of them, as conditions are read by.
    static let vocabulary: [Condition.Field] = allCases.map { fact in
        let nature = fact.nature
        return Condition.Field(name: fact.rawValue, kind: nature.kind, isMany: nature.isMany)
    }
}

extension Order {
    /// The fields that conditions about orders may name.
    public static var vocabulary: [Condition.Field] { OrderFact.vocabulary }

    func meets(_ condition: Condition) -> Bool { condition.holds(values(named:)) }

    /// What it has for a field of the vocabulary.
    func values(named name: String) -> [Condition.Value] { OrderFact(rawValue: name).map(values) ?? [] }

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

/// What an order stands in for: it and the return, or the parcel, name each other.
extension Order {
    public struct Origin: Hashable, Sendable {
        public enum Kind: String, CaseIterable, Sendable {
            /// Goods go out for goods that come back.
            case exchange
            /// Goods go out once more, since the first ones never came.
            case reshipment
        }

        public enum State: String, CaseIterable, Sendable {
            /// The money of the goods that come back is still to come.
            case open
            /// It came: as payments of this order, taken already.
            case paid
            /// It came, and is less than the order needs.
            case short
            /// Nothing came, and nothing will.
            case dropped
        }

        public let kind: Kind
        /// The order that it stands in for units of.
        public let order: OrderID
        /// What people call that order.
        public let number: String
        /// The number of the return within that order; nil for a reshipment.
        public let entry: Int?
        /// The number of the parcel within that order; nil for an exchange.
        public let parcel: Int?
        public let ships: ReturningPolicy.Shipping
        /// What the return was said to bring: minor units.
        public let expected: Int64
        public var state = State.open
        /// What it brought: minor units.
        public var brought: Int64 = 0
        /// What the return did not keep of that, since goods went out for it: minor units.
        public var waivedFee: Int64 = 0
        /// Whether others than its customer gave up units of the order, or let them wait beyond their day.
        public var isExcused = false

        /// What people call what it waits for: `WEB-1001-R1`.
        var reference: String { entry.map { "\(number)-R\($0)" } ?? number }

        /// What the captures of the money that it brought are for: the return, or the parcel.
        var subject: String {
            entry.map { ReturnID(order, $0).description } ?? parcel.map { ParcelID(order, $0).description }
                ?? order.description
        }
    }

    /// What an open exchange is still to bring, as far as the order needs it: goods are sent on the strength of it.
    public var advanced: Int64 {
        guard let origin, origin.state == .open else { return 0 }
        return min(origin.expected, max(0, due - covered))
    }

    /// What has become of the money of the goods that come back, as things are: whoever pays the rest settles it.
    var originState: Origin.State? {
        guard let origin, origin.state == .paid || origin.state == .short else { return origin?.state }
        return covered < due ? .short : .paid
    }

    /// The orders that it sends goods of once more, and those that send its own.
    var reshipmentLinks: [OrderID] {
        let first = origin.flatMap { $0.kind == .reshipment ? $0.order : nil }
        return parcels.compactMap { $0.claim?.successor?.order } + [first].compactMap { $0 }
    }

    /// Covered by payments, or by what an open exchange is to bring.
    public var secured: Int64 { covered + advanced }
}

/// The order that goes out for what comes back, as a return names it.
public struct Successor: Hashable, Sendable {
    public let kind: Order.Origin.Kind
    public let order: OrderID
    public let number: String
    public var state = Order.Origin.State.open

    func store(in json: inout JSONWriter) {
        json.object {
            $0.member("kind", kind.rawValue)
            $0.member("order", order.description)
            $0.member("number", number)
            $0.member("state", state.rawValue)
        }
    }

    init(_ kind: Order.Origin.Kind, _ order: Order, _ state: Order.Origin.State = .open) {
        (self.kind, self.order, self.number, self.state) = (kind, order.id, order.number, state)
    }

    init(stored json: JSON) throws {
        guard let order = OrderID(try json.text("order")) else { throw BrokenInvariant("a return names no order") }
        self.kind = try json.word("kind")
        self.order = order
        self.number = try json.text("number")
        self.state = try json.word("state")
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("kind", kind.rawValue)
            $0.member("order", order.description)
            $0.member("order_number", number)
            $0.member("status", state.rawValue)
        }
    }
}

extension Order.Origin {
    func store(in json: inout JSONWriter) {
        json.object {
            $0.member("kind", kind.rawValue)
            $0.member("order", order.description)
            $0.member("number", number)
            if let entry { $0.member("return", entry) }
            if let parcel { $0.member("parcel", parcel) }
            $0.member("ships", ships.rawValue)
            $0.member("expected", expected)
            $0.member("state", state.rawValue)
            if brought != 0 { $0.member("brought", brought) }
            if waivedFee != 0 { $0.member("waived_fee", waivedFee) }
            if isExcused { $0.member("excused", true) }
        }
    }

    init(stored json: JSON) throws {
        guard let order = OrderID(try json.text("order")) else { throw BrokenInvariant("an origin names no order") }
        self.init(
            kind: try json.word("kind"), order: order, number: try json.text("number"),
            entry: json["return"]?.integer.map { Int($0) }, parcel: json["parcel"]?.integer.map { Int($0) },
            ships: try json.word("ships"), expected: try json.integer("expected"), state: try json.word("state"),
            brought: json["brought"]?.integer ?? 0, waivedFee: json["waived_fee"]?.integer ?? 0,
            isExcused: json["excused"]?.bool ?? false)
    }

    /// The other side, as the new order shows it.
    /// - Parameter present: As things are now.
    func write(to json: inout JSONWriter, _ present: State, in currency: Currency) {
        json.object {
            $0.member("order", order.description)
            $0.member("order_number", number)
            if let entry { $0.member("return", ReturnID(order, entry).description) }
            if let parcel { $0.member("parcel", ParcelID(order, parcel).description) }
            $0.member("ships", ships.rawValue)
            $0.member("status", present.rawValue)
            $0.member("expected", Money(expected, currency))
            $0.member("brought", Money(brought, currency))
        }
    }
}

extension Order {
    /// An order of the same customer and channel that goes out for this one; delivered alike unless told otherwise. Its
    /// collection code follows from the same digest, and its own id.
    func following(
        delivery: Delivery?, _ lines: [PlaceOrder.RequestedLine], total: Money,
        payments: [PlaceOrder.RequestedPayment] = []
    ) -> PlaceOrder {
        PlaceOrder(
            channel: channel, externalID: nil, customer: customer, delivery: delivery ?? self.delivery, lines: lines,
            total: total, payments: payments, contentDigest: contentDigest)
    }
}

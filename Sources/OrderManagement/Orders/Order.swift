/// What a customer asked for, whole: its lines and everything that became of them.
///
/// It has no state of its own; its statuses follow from its parts (`OrderStatus`).
public struct Order: Hashable, Sendable {
    public let id: OrderID
    /// What people call it: `WEB-1001`.
    public let number: String
    public let channel: String
    public let externalID: String?
    /// Of the request it was placed by: tells the same order from another under one external id.
    public let contentDigest: String
    /// Raised by every change.
    public var version: Int64 = 1
    /// The number of its newest event.
    public var sequence: Int64 = 0
    public let currency: Currency
    public let pricesIncludeTax: Bool
    /// The version of the channel's policies that held when it was placed.
    public let policyVersion: Int64
    public let placedAt: Timestamp
    public var updatedAt: Timestamp
    @Shared public var customer: Customer
    @Shared public var delivery: Delivery
    /// Minor units, as everything below. It never falls: what an amendment lets go of is waived.
    public var shipping: Int64
    public var shippingTax: Int64
    /// Of shipping, with its tax where prices are net: let go of by amendments.
    public var shippingWaived: Int64 = 0
    /// Of the tax on shipping, or in it, what went with that.
    var shippingTaxWaived: Int64 = 0
    /// What was given of shipping by hand before amendments let go of it: it counts as given for that.
    var shippingGiven: Int64 = 0
    public let fees: [Fee]
    public let discounts: [OrderDiscount]
    public var total: Int64
    public var gates: [Gate]
    public var holds: [Hold] = []
    public var notes: [Note] = []
    /// What it stands in for: units of another order that come back, or that never came.
    public var origin: Origin?
    /// The principal that placed it; nil in orders that are older than this.
    public var placedBy: String?
    /// Every amendment that was ever staged, by its number; one of them at most is open.
    public var amendments: [Amendment] = []
    public var cancellationFees: [CancellationFee] = []
    /// What is given up of what is owed for what was sent; `writtenOff` says how much of it still is.
    var writeOff: Int64 = 0
    /// Of each line's cancelled units, by its number, those that were refunded by hand before, and what was given of
    /// all of them.
    var refundedCancelled: [Int: RefundedUnits] = [:]
    /// By a line that took the place of units of another, what was given of those and counts as given of it.
    var creditTakenOver: [Int: RefundedUnits] = [:]
    /// How often its customer's link was replaced by another.
    public var linkRenewals: Int64 = 0
    /// Rejected fulfillments, by number, whose locations are asked again all the same: a person said so.
    var forgottenRejections: Set<Int> = []
    /// Locations that were to bring units of it to a store and gave that up: none of them is asked again unless a
    /// person says so.
    var missedSenders: Set<String> = []
    /// Since when some unit waits for stock without a break; nil while none does.
    public var backorderedSince: Timestamp?
    /// When backordered units are expected.
    public var backorderedUntil: Timestamp?
    /// By line, when the supply is due that waiting units will come by; other waiting lines have `backorderedUntil`.
    public var expected: [Int: Timestamp] = [:]
    /// Lines whose units still wait though a day has passed on which they were expected.
    var lapsed: Set<Int> = []
    /// Fulfillments, by number, that wait for the rest of the order and are promised with it.
    var together: Set<Int> = []
    public var lines: [OrderLine]
    public var fulfillments: [Fulfillment] = []
    public var parcels: [Parcel] = []
    public var payments: [Payment] = []
    public var effects: [PaymentEffect] = []
    public var memos: [CreditMemo] = []
    public var returns: [Return] = []
    /// Those that are open.
    public var exceptions: [OrderException] = []

    init(
        id: OrderID, number: String, channel: String, externalID: String?, contentDigest: String, currency: Currency,
        pricesIncludeTax: Bool, policyVersion: Int64, placedAt: Timestamp, updatedAt: Timestamp, customer: Customer,
        delivery: Delivery, shipping: Int64, shippingTax: Int64, fees: [Fee], discounts: [OrderDiscount], total: Int64,
        gates: [Gate], lines: [OrderLine] = []
    ) {
        self.id = id
        self.number = number
        self.channel = channel
        self.externalID = externalID
        self.contentDigest = contentDigest
        self.currency = currency
        self.pricesIncludeTax = pricesIncludeTax
        self.policyVersion = policyVersion
        self.placedAt = placedAt
        self.updatedAt = updatedAt
        self.customer = customer
        self.delivery = delivery
        self.shipping = shipping
        self.shippingTax = shippingTax
        self.fees = fees
        self.discounts = discounts
        self.total = total
        self.gates = gates
        self.lines = lines
    }

    /// How the goods reach the customer.
    public struct Delivery: Hashable, Sendable {
        public let method: Fulfillment.Method
        /// For `ship`: a service of the channel.
        public let service: String?
        public let address: Address?
        /// For `pickup`: the store.
        public let location: String?
        /// For `pickup`: who else may collect.
        public var delegate: String?
        /// For `pickup`: what helps to hand the goods over, such as a car at the curb.
        public var note: String?

        public init(method: Fulfillment.Method, service: String?, address: Address?, location: String?) {
            self.method = method
            self.service = service
            self.address = address
            self.location = location
        }

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("method", method.rawValue)
                if let service { $0.member("service", service) }
                if let location { $0.member("location", location) }
                if let delegate { $0.member("delegate", delegate) }
                if let note { $0.member("note", note) }
                if let address {
                    $0.name("address")
                    address.write(to: &$0)
                }
            }
        }

        init(stored json: JSON) throws {
            guard let method = Fulfillment.Method(rawValue: try json.text("method")) else {
                throw BrokenInvariant("an order with an unknown delivery method")
            }
            self.init(
                method: method, service: json["service"]?.string,
                address: try json["address"].map(Address.init(stored:)), location: json["location"]?.string)
            delegate = json["delegate"]?.string
            note = json["note"]?.string
        }
    }

    public struct Fee: Hashable, Sendable {
        public let code: String
        public let amount: Int64
        public let tax: Int64
        public init(code: String, amount: Int64, tax: Int64) {
            self.code = code
            self.amount = amount
            self.tax = tax
        }
    }

    public struct OrderDiscount: Hashable, Sendable {
        public let code: String
        public let amount: Int64
        public init(code: String, amount: Int64) {
            self.code = code
            self.amount = amount
        }
    }

    /// A reason that stops the order, or some of its lines.
    public struct Hold: Hashable, Sendable {
        public let number: Int
        public let reason: String
        public let note: String?
        /// Line numbers; empty for the whole order.
        public internal(set) var lines: [Int]
        public let by: String
        public let at: Timestamp
        /// Who sees to it.
        public var owner = defaultOwner
        /// When it lifts by itself; nil when somebody must.
        public var until: Timestamp?
        /// When somebody should look at one that does not lift by itself; nil for those that follow something else.
        public var reviewBy: Timestamp?
        public var liftedAt: Timestamp?
        public var liftedBy: String?
        public var stands: Bool { liftedAt == nil }
        public static let defaultOwner = "customer_service"
        /// When one without an end is looked at, where nobody says otherwise, and how often again.
        public static let reviewedWithin = Seconds.days(3)
    }

    public struct Note: Hashable, Sendable {
        public let text: String
        public let by: String
        public let at: Timestamp
    }

    public func line(_ number: Int) -> OrderLine? {
        number >= 1 && number <= lines.count ? lines[number - 1] : nil
    }

    /// The first gate that is not passed; nil when all are, and of an order that is cancelled: it waits for nothing.
    public var stage: String? {
        guard let next = gates.first(where: { $0.state != .passed }) else { return nil }
        return lines.isEmpty || lines.contains { $0.cancelled < $0.ordered } ? next.name : nil
    }
    public var isOnHold: Bool { holds.contains(where: \.stands) }

    /// Whether a caller may see it: one who is limited to locations sees the orders that have work at one of them, that
    /// are to be collected there, or that came back there.
    public func isVisible(to principal: Principal) -> Bool {
        guard let allowed = principal.locations else { return true }
        return fulfillments.contains { allowed.contains($0.location) }
            || delivery.location.map(allowed.contains) ?? false
            || returns.contains { $0.location.map(allowed.contains) ?? false }
    }

    /// A standing hold that covers the whole order or one of the lines.
    public func hold(on lines: [Int]) -> Hold? {
        holds.first { $0.stands && ($0.lines.isEmpty || lines.contains(where: $0.lines.contains)) }
    }

    /// What a hold stops, for people: the order, or some of its goods; with the verb.
    public func words(of hold: Hold, _ whole: String = "the order") -> String {
        guard !hold.lines.isEmpty else { return "\(whole) is" }
        let skus = hold.lines.compactMap { line($0)?.sku }.joined(separator: ", ")
        return "\(skus) of \(whole) \(hold.lines.count == 1 ? "is" : "are")"
    }

    /// - Throws: `.onHold` when a standing hold covers the whole order or one of the lines.
    func requireNoHold(on lines: [Int]) throws(Refusal) {
        if let hold = hold(on: lines) {
            throw Refusal(
                .onHold,
                "\(words(of: hold, "order \(number)")) on hold (\(hold.reason), by \(hold.by) at \(hold.at)): "
                    + "lift \(HoldID(id, hold.number)) first"
            )
        }
    }

    /// The locations that rejected units of it, or gave up to bring them to its store: none of them is asked again
    /// (`domain.md`, Stock) unless a person says so.
    public var rejectingLocations: Set<String> {
        let standing = fulfillments.lazy.filter { $0.state == .rejected && !forgottenRejections.contains($0.number) }
        return missedSenders.union(standing.map(\.location))
    }

    /// The place of a fulfillment in `fulfillments`. - Throws: `.notFound`.
    func indexOfFulfillment(_ number: Int) throws(Refusal) -> Int {
        guard let index = fulfillments.firstIndex(where: { $0.number == number }) else {
            throw Refusal(.notFound, "there is no fulfillment \(FulfillmentID(id, number))")
        }
        return index
    }

    /// What a name means in it: a fulfillment, a parcel or a return; nil where it is of another order, or of nothing.
    public func part(_ id: FulfillmentID) -> Fulfillment? {
        id.order == self.id ? fulfillments.first { $0.number == id.number } : nil
    }
    public func part(_ id: ParcelID) -> Parcel? {
        id.order == self.id ? parcels.first { $0.number == id.number } : nil
    }
    public func part(_ id: ReturnID) -> Return? {
        id.order == self.id ? returns.first { $0.number == id.number } : nil
    }

    /// The place of a return in `returns`. - Throws: `.notFound`.
    func indexOfReturn(_ number: Int) throws(Refusal) -> Int {
        guard let index = returns.firstIndex(where: { $0.number == number }) else {
            throw Refusal(.notFound, "there is no return \(ReturnID(id, number))")
        }
        return index
    }

    var nextFulfillmentNumber: Int { (fulfillments.map(\.number).max() ?? 0) + 1 }
    var nextParcelNumber: Int { (parcels.map(\.number).max() ?? 0) + 1 }
}

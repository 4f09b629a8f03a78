/// What an amendment asks for. Places of what is wrong are pointers into its body: `/quantities/0/line`.
public struct AmendmentRequest: Hashable, Sendable {
    /// What added, raised and swapped-in units cost: as the line that they belong to, or as the request says. It then
    /// says it of all that `quantities` names, also of units that stay.
    public enum Pricing: String, CaseIterable, Sendable { case keep, current }

    /// A price as read again now; discount and tax are for all units that it is for.
    public struct Price: Hashable, Sendable {
        public let unitPrice: Money
        public let discount: Money?
        public let tax: Money?
        public init(unitPrice: Money, discount: Money? = nil, tax: Money? = nil) {
            self.unitPrice = unitPrice
            self.discount = discount
            self.tax = tax
        }
    }

    /// How many units of a line are wanted from now on.
    public struct Quantity: Hashable, Sendable {
        public let line: OrderLineID
        public let quantity: Int64
        public let price: Price?
        public init(line: OrderLineID, quantity: Int64, price: Price? = nil) {
            self.line = line
            self.quantity = quantity
            self.price = price
        }
    }

    /// Units of a line that become units of another item.
    public struct Swap: Hashable, Sendable {
        public let line: OrderLineID
        public let sku: String
        public let quantity: Int64
        public let price: Price?
        public init(line: OrderLineID, sku: String, quantity: Int64, price: Price? = nil) {
            self.line = line
            self.sku = sku
            self.quantity = quantity
            self.price = price
        }
    }

    public var add: [PlaceOrder.RequestedLine] = []
    public var quantities: [Quantity] = []
    public var swaps: [Swap] = []
    public var delivery: Order.Delivery?
    /// Whether a pickup that says nothing of them keeps who else may collect, and what was said of the handing over.
    public var keepsDelegate = false
    public var keepsPickupNote = false
    public var shipping: Money?
    public var shippingTax: Money?
    public var customer: Customer?
    public var note: String?
    /// Money that was authorized for what it adds.
    public var payment: PlaceOrder.RequestedPayment?
    public var pricing: Pricing = .keep

    public init() {}

    /// That present prices are asked for, and nothing is named that could have one; nil where it is, or is not asked.
    var objectionToPricing: Refusal.Detail? {
        guard pricing == .current, add.isEmpty, quantities.isEmpty, swaps.isEmpty else { return nil }
        return .init(
            "/price", .invalidInput,
            "there is nothing to price: name what comes in add, quantities or swap, and units that are to cost "
                + "something else in quantities, each with its unit_price")
    }

    /// SKUs that the order may not have yet.
    var skus: [String] { add.map(\.sku) + swaps.map(\.sku) }

    /// The same with what of an order's pickup stays as it is, since nothing was said of it.
    public func completed(from order: Order) -> AmendmentRequest {
        var request = self
        (request.keepsDelegate, request.keepsPickupNote) = (false, false)
        guard let asked = delivery, asked.method == .pickup, order.delivery.method == .pickup else { return request }
        if keepsDelegate { request.delivery?.delegate = order.delivery.delegate }
        if keepsPickupNote { request.delivery?.note = order.delivery.note }
        return request
    }

    /// The same without the entries that some refusals are about.
    func without(_ refusals: [Refusal.Detail]) -> AmendmentRequest {
        var rest = self
        let refused = Self.entries(of: refusals)
        func kept<Entry>(_ entries: [Entry], _ part: String) -> [Entry] {
            entries.enumerated().filter { refused[part]?.contains($0.offset) != true }.map(\.element)
        }
        rest.add = kept(add, "add")
        rest.quantities = kept(quantities, "quantities")
        rest.swaps = kept(swaps, "swap")
        if refused["delivery"] != nil { rest.delivery = nil }
        if refused["shipping"] != nil { rest.shipping = nil }
        if refused["shipping_tax"] != nil { rest.shippingTax = nil }
        if refused["payment"] != nil { rest.payment = nil }
        return rest
    }

    /// A pointer into what is left `without` some refusals, as a pointer into the whole.
    static func pointer(_ pointer: String, past refusals: [Refusal.Detail]) -> String {
        var parts = pointer.split(separator: "/").map(String.init)
        guard parts.count > 1, let index = Int(parts[1]), let refused = entries(of: refusals)[parts[0]] else {
            return pointer
        }
        var (place, left) = (0, index)
        while true {
            if !refused.contains(place) {
                if left == 0 { break }
                left -= 1
            }
            place += 1
        }
        parts[1] = String(place)
        return "/" + parts.joined(separator: "/")
    }

    /// The entries that refusals are about, by list.
    private static func entries(of refusals: [Refusal.Detail]) -> [String: Set<Int>] {
        var entries: [String: Set<Int>] = [:]
        for refusal in refusals {
            let parts = refusal.pointer.split(separator: "/")
            guard let part = parts.first else { continue }
            entries[String(part), default: []].insert(parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        }
        return entries
    }
}

// MARK: As a document

extension AmendmentRequest {
    func write(to json: inout JSONWriter) {
        json.object {
            if !add.isEmpty {
                $0.array("add") { list in
                    for line in add {
                        list.object {
                            $0.member("sku", line.sku)
                            $0.member("quantity", line.quantity)
                            let price = Price(unitPrice: line.unitPrice, discount: line.discount, tax: line.tax)
                            price.write(to: &$0)
                        }
                    }
                }
            }
            if !quantities.isEmpty {
                $0.array("quantities") { list in
                    for entry in quantities {
                        list.object {
                            $0.member("line", entry.line.description)
                            $0.member("quantity", entry.quantity)
                            entry.price?.write(to: &$0)
                        }
                    }
                }
            }
            if !swaps.isEmpty {
                $0.array("swap") { list in
                    for swap in swaps {
                        list.object {
                            $0.member("line", swap.line.description)
                            $0.member("sku", swap.sku)
                            $0.member("quantity", swap.quantity)
                            swap.price?.write(to: &$0)
                        }
                    }
                }
            }
            writeWhole(to: &$0)
        }
    }

    private func writeWhole(to json: inout JSONWriter) {
        if let delivery {
            json.name("delivery")
            delivery.write(to: &json)
        }
        if let shipping { json.member("shipping", shipping) }
        if let shippingTax { json.member("shipping_tax", shippingTax) }
        if let customer {
            json.name("customer")
            customer.write(to: &json)
        }
        if let note { json.member("note", note) }
        if let payment {
            json.object("payment") {
                $0.member("provider", payment.provider)
                $0.member("reference", payment.reference)
                $0.member("authorized", payment.authorized)
                if payment.isPending { $0.member("status", Payment.State.pending.rawValue) }
                if let end = payment.expiresAt { $0.member("expires_at", end) }
                if let digits = payment.cardLast4 { $0.member("card_last4", digits) }
            }
        }
        json.member("price", pricing.rawValue)
    }

    init(stored json: JSON) throws {
        self.init()
        add = try (json["add"]?.array ?? []).map { entry in
            guard let price = try Price(stored: entry) else { throw BrokenInvariant("an amendment without a price") }
            return PlaceOrder.RequestedLine(
                sku: try entry.text("sku"), quantity: try entry.integer("quantity"), unitPrice: price.unitPrice,
                discount: price.discount, tax: price.tax)
        }
        quantities = try (json["quantities"]?.array ?? []).map {
            Quantity(
                line: try Self.line($0), quantity: try $0.integer("quantity"), price: try Price(stored: $0))
        }
        swaps = try (json["swap"]?.array ?? []).map {
            Swap(
                line: try Self.line($0), sku: try $0.text("sku"), quantity: try $0.integer("quantity"),
                price: try Price(stored: $0))
        }
        delivery = try json["delivery"].map(Order.Delivery.init(stored:))
        shipping = try json["shipping"].map(Money.init(stored:))
        shippingTax = try json["shipping_tax"].map(Money.init(stored:))
        customer = try json["customer"].map(Customer.init(stored:))
        note = json["note"]?.string
        payment = try json["payment"].map {
            guard let authorized = $0["authorized"] else { throw BrokenInvariant("an amendment with half a payment") }
            return PlaceOrder.RequestedPayment(
                provider: try $0.text("provider"), reference: try $0.text("reference"),
                authorized: try Money(stored: authorized),
                isPending: $0["status"]?.string == Payment.State.pending.rawValue,
                expiresAt: ($0["expires_at"]?.string).flatMap(Timestamp.init), cardLast4: $0["card_last4"]?.string)
        }
        pricing = Pricing(rawValue: try json.text("price")) ?? .keep
    }

    private static func line(_ json: JSON) throws -> OrderLineID {
        guard let line = OrderLineID(try json.text("line")) else { throw BrokenInvariant("an amendment of no line") }
        return line
    }
}

extension AmendmentRequest.Price {
    func write(to json: inout JSONWriter) {
        json.member("unit_price", unitPrice)
        if let discount { json.member("discount", discount) }
        if let tax { json.member("tax", tax) }
    }

    init?(stored json: JSON) throws {
        guard let price = json["unit_price"] else { return nil }
        self.init(
            unitPrice: try Money(stored: price), discount: try json["discount"].map(Money.init(stored:)),
            tax: try json["tax"].map(Money.init(stored:)))
    }
}

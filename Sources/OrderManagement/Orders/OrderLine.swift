/// One SKU of an order, unit by unit. Always: ordered = cancelled + backordered + allocated + shipped.
public struct OrderLine: Hashable, Sendable {
    /// From 1, in the order they were placed.
    public let number: Int
    public let sku: String
    /// What one unit of a kit is made of, as it was sold; empty for an item that is no kit.
    public let components: [KitComponent]
    /// Before then its goods may not leave; nil once they may.
    public var availableFrom: Timestamp?
    /// Never falls: units that are given up are counted as cancelled.
    public private(set) var ordered: Int64
    public var cancelled: Int64 = 0
    public var backordered: Int64 = 0
    public var allocated: Int64 = 0
    /// Sent or collected.
    public var shipped: Int64 = 0
    /// Of the shipped: delivered, collected, or settled as lost or returned to sender.
    public var closed: Int64 = 0
    public var returned: Int64 = 0
    /// Minor units; net or gross as the channel's prices are.
    public let unitPrice: Int64
    /// For the whole line.
    public private(set) var discount: Int64
    /// For the whole line, after its discount.
    public private(set) var tax: Int64
    /// Units that amendments added to it, behind those it began with, in their order.
    public private(set) var raises: [Raise] = []
    /// The revision of the order that added it; nil for a line that was placed.
    public let revision: Int?
    /// The line whose units it stands in for; nil for none.
    public let replaces: Int?

    /// Units added at the line's unit price, with their own share of discount and tax: what earlier units are worth
    /// stays what it was (decision 0018).
    public struct Raise: Hashable, Sendable {
        public let units: Int64
        public let discount: Int64
        public let tax: Int64
    }

    public init(
        number: Int, sku: String, ordered: Int64, unitPrice: Int64, discount: Int64, tax: Int64, revision: Int? = nil,
        replaces: Int? = nil, components: [KitComponent] = []
    ) {
        self.components = components
        self.revision = revision
        self.replaces = replaces
        self.number = number
        self.sku = sku
        self.ordered = ordered
        self.unitPrice = unitPrice
        self.discount = discount
        self.tax = tax
    }

    /// As the catalog has its item now: what that is made of, and from when its goods may leave.
    init(
        number: Int, sku: String, ordered: Int64, unitPrice: Int64, discount: Int64 = 0, tax: Int64 = 0,
        revision: Int? = nil, replaces: Int? = nil, in work: Work
    ) {
        self.init(
            number: number, sku: sku, ordered: ordered, unitPrice: unitPrice, discount: discount, tax: tax,
            revision: revision, replaces: replaces, components: work.keptItem(sku)?.value.components ?? [])
        availableFrom = work.availableFrom(of: sku, components)
    }

    /// Adds units, which want a place from now on.
    mutating func raise(by raise: Raise) {
        ordered += raise.units
        discount += raise.discount
        tax += raise.tax
        raises.append(raise)
    }

    /// As read from its table, where `ordered`, `discount` and `tax` count the raises in.
    mutating func restore(_ raises: [Raise]) { self.raises = raises }

    /// Units that it began with.
    var begun: Int64 { raises.reduce(ordered) { $0 - $1.units } }
    /// Units that are wanted: ordered and not given up.
    public var wanted: Int64 { ordered - cancelled }

    /// Units that may still be given up: neither cancelled nor gone.
    public var open: Int64 { backordered + allocated }

    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("id", OrderLineID(order.id, number))
            $0.member("sku", sku)
            KitComponent.write(components, to: &$0)
            $0.member("ordered", ordered)
            $0.member("cancelled", cancelled)
            $0.member("backordered", backordered)
            $0.member("allocated", allocated)
            $0.member("shipped", shipped)
            $0.member("returned", returned)
            $0.member("unit_price", Money(unitPrice, order.currency))
            $0.member("discount", Money(discount, order.currency))
            $0.member("tax", Money(tax, order.currency))
            if backordered > 0 { $0.member("expected_at", order.expectedDate(of: self)) }
            if let availableFrom { $0.member("available_from", availableFrom) }
            if let revision { $0.member("revision", revision) }
            if let replaces { $0.member("replaces", OrderLineID(order.id, replaces).description) }
        }
    }
}

/// Accepts an order and promises it.
///
/// 1. Finds the order again when the channel has sent it before: same content, same order.
/// 2. Checks what it names and that its totals add up.
/// 3. Sources it on current stock and takes the units; what nobody has is backordered or refused, as policy says.
/// 4. Stores order, fulfillments and payment; sets its gates; releases it when there are none.
///
/// - Throws: `.externalIDUsed`; `.unknownChannel`, `.unknownSKU`, `.unknownLocation`; `.currencyMismatch`;
///   `.totalMismatch`; `.deliveryNotOffered`; `.unknownProvider`; `.unknownReservation`; `.reservationEnded`;
///   `.insufficientStock` where backorders are refused, or more is preordered than the channel sells in advance.
public struct PlaceOrder: Command {
    public static let name = "place-order"

    /// A line as asked for; amounts in minor units.
    public struct RequestedLine: Hashable, Sendable {
        public let sku: String
        public let quantity: Int64
        public let unitPrice: Money
        public let discount: Money?
        public let tax: Money?
        public init(sku: String, quantity: Int64, unitPrice: Money, discount: Money? = nil, tax: Money? = nil) {
            self.sku = sku
            self.quantity = quantity
            self.unitPrice = unitPrice
            self.discount = discount
            self.tax = tax
        }
    }

    /// Money that the shop has had authorized.
    public struct RequestedPayment: Hashable, Sendable {
        public let provider: String
        public let reference: String
        public let authorized: Money
        /// Whether its provider has not answered yet.
        public let isPending: Bool
        /// Until when it is held; nil for as long as the channel says of the provider.
        public let expiresAt: Timestamp?
        /// The last four digits of the card; nil where there is none, or nobody said them.
        public let cardLast4: String?

        public init(
            provider: String, reference: String, authorized: Money, isPending: Bool = false,
            expiresAt: Timestamp? = nil, cardLast4: String? = nil
        ) {
            self.cardLast4 = cardLast4
            self.provider = provider
            self.reference = reference
            self.authorized = authorized
            self.isPending = isPending
            self.expiresAt = expiresAt
        }
    }

    /// A fee or a discount on the whole order.
    public struct Charge: Hashable, Sendable {
        public let code: String
        public let amount: Money
        public let tax: Money?
        public init(code: String, amount: Money, tax: Money? = nil) {
            self.code = code
            self.amount = amount
            self.tax = tax
        }
    }

    public static let linesMax = 1_000
    public static let quantityMax: Int64 = 1_000_000

    public var channel: String
    public var externalID: String?
    public var placedAt: Timestamp?
    public var customer: Customer
    public var delivery: Order.Delivery
    public var lines: [RequestedLine]
    public var shipping: Money?
    public var shippingTax: Money?
    public var fees: [Charge] = []
    public var discounts: [Charge] = []
    public var total: Money
    public var payments: [RequestedPayment] = []
    /// What its checkout has reserved.
    public var reservation: ReservationID?
    /// Of the request's body: tells the same order from another under one external id.
    public var contentDigest: String

    public init(
        channel: String, externalID: String?, placedAt: Timestamp? = nil, customer: Customer, delivery: Order.Delivery,
        lines: [RequestedLine], total: Money, payments: [RequestedPayment] = [], contentDigest: String = ""
    ) {
        self.channel = channel
        self.externalID = externalID
        self.placedAt = placedAt
        self.customer = customer
        self.delivery = delivery
        self.lines = lines
        self.total = total
        self.payments = payments
        self.contentDigest = contentDigest
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        if let externalID {
            let name = ExternalName(channel: channel, id: externalID)
            needs.externalName(name)
            if let known = work.order(named: name) { needs.order(known) }
        }
        needs.placing(lines.map(\.sku), given: work)
        needs.punctuality(to: delivery.address, on: channel, given: work)
        if payments.contains(where: { $0.provider == StoreCredit.provider }), let email = customer.email {
            needs.storeCredit(.init(customer: email, currency: total.currency))
        }
        if let reservation { needs.reservationWithStock(reservation, given: work) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        if let known = try sameOrder(in: work) { return known }
        let (order, view, event) = try place(in: &work)
        return Reply(
            status: 201, body: view, location: "/v1/orders/\(order.id)", version: order.version, event: event)
    }

    /// Puts the order in place with all that follows.
    ///
    /// - Parameter origin: What it stands in for; nil for an order of its own.
    func place(
        from origin: Order.Origin? = nil, in work: inout Work
    ) throws -> (order: Order, view: String, event: Int) {
        let channel = try work.configuration.channel(self.channel)
        try check(against: channel, in: work)

        var order = order(of: channel, in: work)
        order.origin = origin
        let wants = order.lines.map { OrderAllocation.Want(line: $0.number, units: $0.ordered) }
        var allocation = OrderAllocation(isNew: true)
        let reservation = try usableReservation(for: order, channel, in: work)
        allocation.reserved = reservation?.claims ?? []
        let outcome = try allocation.allocate(wants, of: &order, channel: channel, in: &work)
        if let reservation { try work.use(reservation, for: order.id, leaving: outcome.reserved) }
        try backorder(outcome.shortfalls, of: &order, channel: channel, in: &work)

        let (view, event) = try record(&order, outcome, channel, in: &work)
        return (order, view, event)
    }

    /// Tells the order, its sourcing and its money; its view is both the reply and the data of `order.placed`.
    private func record(
        _ order: inout Order, _ outcome: OrderAllocation.Outcome, _ channel: Channel, in work: inout Work
    ) throws -> (view: String, event: Int) {
        let placed = work.record(.orderPlaced, on: &order, data: "")
        let id = order.id
        work.record(.orderSourced, on: &order) {
            outcome.write(to: &$0, of: id)
            $0.member("policy_version", channel.version)
        }
        if let supply = outcome.supply { order.recordPlanned(supply.transfers, in: &work) }
        if order.lines.contains(where: { $0.backordered > 0 }) { order.recordBackorder(in: &work) }
        for payment in order.payments { try order.follow(payment, in: &work) }
        if order.origin?.ships == .onReceipt { order.holdForExchange(in: &work) }
        order.awaitStreetDates(of: order.lines.map(\.number), in: &work)
        order.enterStages(channel, in: &work)
        try order.releaseWhenReady(channel, in: &work)
        work.insert(order)
        let view = order.view
        work.fill(placed, with: view)
        return (view, placed)
    }

    /// - Throws: `.unknownReservation`, also for one of another channel; `.reservationEnded`; `.unitsUncovered` for one
    ///   of goods that the order has none of.
    private func usableReservation(
        for order: Order, _ channel: Channel, in work: Work
    ) throws(Refusal) -> Reservation? {
        guard let reservation else { return nil }
        guard let found = work.peek(reservation), found.channel == channel.code else {
            throw Refusal([
                .init(
                    "/reservation", .unknownReservation,
                    "there is no reservation \(reservation) of the channel \(channel.code)")
            ])
        }
        guard found.state == .live, work.now < found.expiresAt else {
            throw Refusal([.init("/reservation", .reservationEnded, found.endedReason(at: work.now))])
        }
        let wanted = Set(order.lines.flatMap(\.goods).map(\.sku))
        guard found.claims.contains(where: { wanted.contains($0.sku) }) else {
            let kept = Set(found.claims.map(\.sku)).sorted().joined(separator: ", ")
            throw Refusal([
                .init(
                    "/reservation", .unitsUncovered,
                    "the reservation \(reservation) keeps \(kept), and no line of the order is of that: leave it out")
            ])
        }
        return found
    }

    /// The answer for an order that this channel has placed under the same name already.
    private func sameOrder(in work: Work) throws(Refusal) -> Reply? {
        guard let externalID, let id = work.order(named: ExternalName(channel: channel, id: externalID)),
            let order = work.peek(id)
        else { return nil }
        guard order.contentDigest == contentDigest else {
            throw Refusal([
                .init(
                    "/external_id", .externalIDUsed,
                    "channel \(channel) has placed another order as \(externalID): it is \(order.number)")
            ])
        }
        return Reply(status: 200, body: order.view, location: "/v1/orders/\(order.id)", version: order.version)
    }

    private func backorder(
        _ shortfalls: [OrderAllocation.Want], of order: inout Order, channel: Channel, in work: inout Work
    ) throws {
        guard !shortfalls.isEmpty else { return }
        let beyond = order.beyondPreorders(shortfalls.map { ($0.line, $0.units) }, channel, in: work)
        if !beyond.isEmpty { throw Refusal(beyond.map { order.refusal(toPreorder: $0) }) }
        let refused = channel.policy.shortfall == .backorder
            ? [] : shortfalls.filter { !order.lines[$0.line - 1].isPreorder(at: work.now) }
        guard refused.isEmpty else {
            throw Refusal(
                refused.map { short in
                    let line = order.lines[short.line - 1]
                    return .init(
                        "/lines/\(short.line - 1)/quantity", .insufficientStock,
                        "\(line.sku): asked \(line.ordered), available \(line.ordered - short.units)")
                })
        }
        for short in shortfalls {
            order.lines[short.line - 1].backordered += short.units
            work.await(order.lines[short.line - 1], more: short.units, on: channel.code)
            work.joinQueue(for: order.lines[short.line - 1])
            work.awaitDays(for: order.lines[short.line - 1], of: order)
        }
        order.backorderedUntil = work.now + .days(channel.policy.backorderDays)
    }

    private func order(of channel: Channel, in work: Work) -> Order {
        let placedAt = min(self.placedAt ?? work.now, work.now)
        var order = Order(
            id: work.nextIdentifier(at: placedAt), number: work.nextNumber(of: channel), channel: channel.code,
            externalID: externalID, contentDigest: contentDigest, currency: channel.currency,
            pricesIncludeTax: channel.pricesIncludeTax, policyVersion: channel.version, placedAt: placedAt,
            updatedAt: work.now, customer: customer, delivery: delivery, shipping: shipping?.amount ?? 0,
            shippingTax: shippingTax?.amount ?? 0,
            fees: fees.map { Order.Fee(code: $0.code, amount: $0.amount.amount, tax: $0.tax?.amount ?? 0) },
            discounts: discounts.map { Order.OrderDiscount(code: $0.code, amount: $0.amount.amount) },
            total: total.amount,
            gates: channel.policy.stages.map { Order.Gate($0, due: nil) })
        order.placedBy = work.principal.name
        order.lines = lines.enumerated().map { index, line in
            OrderLine(
                number: index + 1, sku: line.sku, ordered: line.quantity, unitPrice: line.unitPrice.amount,
                discount: line.discount?.amount ?? 0, tax: line.tax?.amount ?? 0, in: work)
        }
        order.payments = payments.enumerated().map { index, payment in
            payment.payment(index + 1, channel.policy.paying, at: work.now)
        }
        return order
    }
}

/// Takes goods back and sends others for them: a return and a new order that name each other.
///
/// 1. Checks the return as `RequestReturn` does, and that the channel exchanges.
/// 2. Prices the new goods: as asked, or at what the units that come back were worth.
/// 3. Places the new order, which takes real stock at once; it is sent at once, or held until the return is here, as
///    the channel's policy says.
/// 4. Announces the return, or takes it in over a counter. What it is worth moves to the new order when it is received
///    or judged; what is left of it is refunded.
///
/// - Throws: what `RequestReturn` throws, at `/return/…`, and what `PlaceOrder` throws; `.exchangeNotOffered`;
///   `.priceMissing`.
public struct ExchangeOrder: Command {
    public static let name = "exchange-order"
    public var request: RequestReturn
    public let lines: [Line]
    /// nil for that of the order.
    public let delivery: Order.Delivery?
    public let shipping: Money?
    public let shippingTax: Money?
    /// What the customer pays where the new goods cost more.
    public let payments: [PlaceOrder.RequestedPayment]
    /// Whether only to say what it would bring: nothing is changed.
    public let isPreview: Bool

    public init(
        request: RequestReturn, lines: [Line], delivery: Order.Delivery? = nil, shipping: Money? = nil,
        shippingTax: Money? = nil, payments: [PlaceOrder.RequestedPayment] = [], isPreview: Bool = false
    ) {
        self.request = request
        self.lines = lines
        self.delivery = delivery
        self.shipping = shipping
        self.shippingTax = shippingTax
        self.payments = payments
        self.isPreview = isPreview
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithStock(request.order, given: work)
        needs.placing(lines.map(\.sku), given: work)
        needs.punctuality(to: delivery?.address, ofOrder: request.order, given: work)
        needs.agreedChannel(of: request.order, given: work)
        if let account = work.peek(request.order)?.creditAccount { needs.storeCredit(account) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        try work.principal.require(.ordersWrite)
        return isPreview ? try work.rehearse { try exchange(in: &$0) } : try exchange(in: &work)
    }

    private func exchange(in work: inout Work) throws -> Reply {
        let before = try request.order(in: work)
        var order = before
        let channel = try work.configuration.channel(order.channel)
        guard channel.policy.returning.exchanges != .none else {
            throw Refusal(.exchangeNotOffered, "channel \(channel.code) takes goods back, but exchanges none")
        }
        let rules = try ReturnRules(for: order, in: work)
        let worths = try worths(of: order, by: rules, work)
        let made = request.made(for: order, by: rules, isExchange: true)
        let credit = order.bringable(made.expectedRefund(worths))

        let new = try placing(of: order, for: channel, order.prices(of: request.units, worth: worths))
        let (placed, _, _) = try new.place(
            from: Order.Origin(
                kind: .exchange, order: order.id, number: order.number, entry: made.number, parcel: nil,
                ships: request.method == .inStore ? .atOnce : channel.policy.returning.exchanges, expected: credit),
            in: &work)

        let difference = Money(placed.total - credit, order.currency)
        let (id, number) = (ReturnID(order.id, made.number), order.number)
        work.record(.exchangeRequested, on: &order) {
            $0.member("return", id.description)
            $0.member("order", placed.id.description)
            $0.member("order_number", placed.number)
            $0.member("of", number)
            $0.member("credit", Money(credit, placed.currency))
            $0.member("difference", difference)
        }
        var taken = request
        taken.successor = Successor(.exchange, placed)
        _ = try taken.open(on: &order, in: &work)
        order = work.update(order)
        let shown = isPreview ? before : order
        return reply(order, made.number, placed.id, Money(credit, order.currency), difference, showing: shown, in: work)
    }

    /// - Parameter shown: The order as it stands, which a preview leaves untouched.
    private func reply(
        _ order: Order, _ number: Int, _ new: OrderID, _ credit: Money, _ difference: Money, showing shown: Order,
        in work: Work
    ) -> Reply {
        let (entry, placed) = (order.returns.first { $0.number == number }, work.peek(new))
        return .part(
            of: shown, status: isPreview ? 200 : 201, location: isPreview ? nil : "/v1/orders/\(new)"
        ) { json in
            json.member("preview", isPreview)
            json.member("credit", credit)
            json.member("difference", difference)
            json.name("return")
            if let entry { entry.write(to: &json, of: order) } else { json.null() }
            json.name("exchange")
            if let placed { placed.write(to: &json) } else { json.null() }
        }
    }

    /// What the units that come back are worth. - Throws: what is wrong with the return, at its place in the request.
    private func worths(of order: Order, by rules: ReturnRules, _ work: Work) throws(Refusal) -> [Int: Int64] {
        do throws(Refusal) {
            try request.checkLocation(work.configuration, work.principal)
            try request.check(order, by: rules)
        } catch {
            throw Refusal(
                error.code, error.explanation, error.details.map { .init("/return" + $0.pointer, $0.code, $0.detail) })
        }
        return order.worth(of: request.made(for: order, by: rules, isExchange: true))
    }

    private func placing(
        of order: Order, for channel: Channel, _ prices: [Int: Int64]
    ) throws(Refusal) -> PlaceOrder {
        let isGross = channel.pricesIncludeTax
        let lines = try priced(of: order, worths: prices, isGross: isGross)
        let total = PlaceOrder.total(
            lines, shipping: shipping?.amount ?? 0, shippingTax: shippingTax?.amount ?? 0, isGross: isGross,
            in: order.currency)
        var new = order.following(delivery: delivery, lines, total: total, payments: payments)
        new.shipping = shipping
        new.shippingTax = shippingTax
        return new
    }
}

extension RequestReturn {
    /// By line.
    fileprivate var units: [Int: Int64] {
        Dictionary(lines.map { ($0.line.number, $0.quantity) }, uniquingKeysWith: +)
    }
}

extension Order {
    /// What other goods cost in place of units: what those are worth, and what was paid for such as were refunded by
    /// hand, of which nothing is left.
    fileprivate func prices(of units: [Int: Int64], worth: [Int: Int64]) -> [Int: Int64] {
        let values = lineValues
        return covered(units).reduce(into: worth) { prices, entry in
            let line = lines[entry.key - 1]
            prices[entry.key, default: 0] += value(ofFirst: entry.value, of: line, worth: values[entry.key - 1])
        }
    }

    /// What of an amount there is to bring to another order: what was never paid for is set off, and brings nothing.
    fileprivate func bringable(_ amount: Int64) -> Int64 {
        let coming = payments.reduce(0) { $0 + $1.capturePending }
        return min(amount - parts(ofOwed: amount).setOff, refundable() + coming)
    }
}

extension Return {
    /// What it brings if all announced units come: minor units.
    func expectedRefund(_ worths: [Int: Int64]) -> Int64 {
        let liable = worths.reduce(Int64(0)) { terms.freeLines.contains($1.key) ? $0 : $0 + $1.value }
        return worths.values.reduce(0, +) - terms.fee(ofGoodsWorth: liable)
    }
}

extension Needs {
    /// An order with one of its returns: stock, the order that goes out for it, the store credit that it is paid to.
    mutating func orderWithReturn(_ id: ReturnID, given work: Work) {
        orderWithStock(id.order, given: work)
        guard let order = work.peek(id.order), let entry = order.returns.first(where: { $0.number == id.number }) else {
            return
        }
        if let link = entry.terms.successor, link.state == .open { orderWithStock(link.order, given: work) }
        if entry.terms.refundTo == .storeCredit, let account = order.creditAccount { storeCredit(account) }
    }
}

import OrderManagement

/// What the customer of an order may do with it now: what `Order.permissions` says of a customer, in their words.
struct CustomerOffers: Sendable {
    /// Something that is offered, or is not and why; nothing where it makes no sense any more.
    struct Offer: Sendable {
        let isAllowed: Bool
        /// Until when, or why not.
        let hint: String
    }

    let cancel: Offer?
    let changeAddress: Offer?
    let requestReturn: Offer?

    init(_ reading: CustomerReading) {
        let order = reading.order
        let list = order.permissions(
            reading.channel, agreed: reading.agreed, at: reading.now, finalSales: reading.finalSales)
        func permission(_ action: String) -> OrderPermission? { list.first { $0.action == action } }
        let (words, clock) = (reading.language, reading.clock)
        let hasOpen = order.lines.contains { $0.open > 0 }
        if hasOpen, let asked = permission("cancellations_by_customer") ?? permission("cancellations") {
            let end = Self.end(reading.channel.policy.cancellableUntil(for: .customer), of: order.delivery.method)
            let until = asked.until.map { words(.possibleUntil, clock.deadline($0)) }
            cancel = Offer(
                isAllowed: asked.isAllowed, hint: asked.isAllowed ? until ?? words(end) : words(.tooLateToCancel))
        } else {
            cancel = nil
        }
        let address = permission("amendments/address_by_customer") ?? permission("amendments/address")
        if hasOpen, order.delivery.method == .ship, let asked = address {
            let isTheirs = order.openAmendment?.staged?.by == Principal.customer.name
            let isAllowed = asked.isAllowed || isTheirs
            let limit = reading.channel.policy.amending.forCustomers.addressUntil
            let until = asked.until.map { words(.possibleUntil, clock.deadline($0)) }
            changeAddress = Offer(
                isAllowed: isAllowed,
                hint: isAllowed
                    ? until ?? words(Self.end(limit.rawValue, of: order.delivery.method))
                    : order.openAmendment == nil ? words(.tooLateForAddress) : words(.staffIsAtIt))
        } else {
            changeAddress = nil
        }
        requestReturn = Self.returning(permission("returns"), reading)
    }

    private static func returning(_ asked: OrderPermission?, _ reading: CustomerReading) -> Offer? {
        let (words, order) = (reading.language, reading.order)
        guard let asked, order.lines.contains(where: { $0.shipped > 0 }) else { return nil }
        guard !asked.isAllowed else {
            let until = asked.until.map { words(.possibleUntil, reading.clock.day($0)) }
            return Offer(isAllowed: true, hint: until ?? words(.afterDelivery))
        }
        let codes = reading.returnable.values.flatMap { $0 }.compactMap(\.objection?.code)
        let isFinal = order.lines.allSatisfy { reading.finalSales.contains($0.sku) }
        return Offer(
            isAllowed: false,
            hint: words(codes.contains(.returnWindowClosed) ? .returnsEnded : isFinal ? .notReturnable : .allReturning))
    }

    /// Until when, by the last state in which it is possible.
    private static func end(_ state: String, of method: Fulfillment.Method) -> CustomerPhrase {
        switch Fulfillment.State(rawValue: state) {
        case .open: .untilPrepared
        case .released, .accepted, .picking: .untilPacked
        case .packed where method == .pickup: .untilPacked  // it is ready soon after, and waits longer than that
        default: .untilSent
        }
    }
}

extension CustomerReading {
    /// By line, what may come back for each reason that a customer may give.
    var returnable: [Int: [Returnable]] {
        let rules = returnRules
        return Dictionary(
            uniqueKeysWithValues: order.lines.map { line in
                (line.number, rules.policy.reasons.compactMap { order.returnable(line.number, for: $0, by: rules) })
            })
    }
}

/// Why an amendment may not be, entry by entry, and until when it was possible.
extension AmendmentRequest {
    /// - Returns: All that is wrong, each with its pointer; none when it may be committed.
    func objections(to order: Order, _ channel: Channel, in work: Work) -> [Refusal.Detail] {
        var wrong: [Refusal.Detail] = []
        checkLines(of: order, &wrong)
        checkItems(in: work, &wrong)
        checkCurrencies(order, &wrong)
        checkPrices(order, &wrong)
        checkShippingTax(of: order, &wrong)
        if wrong.isEmpty {
            checkUnits(order, channel.policy.amending, &wrong)
            checkDelivery(order, channel, in: work, &wrong)
        }
        if let payment { order.objection(to: payment, at: "/payment", in: work).map { wrong.append($0) } }
        checkCustomer(of: order, &wrong)
        if note != nil, let objection = order.objectionToMoreNotes {
            wrong.append(.init("/note", .quantityExceeded, objection))
        }
        return wrong
    }

    /// Store credit is kept by e-mail address: what is spent on an order goes back to whom it came from.
    private func checkCustomer(of order: Order, _ wrong: inout [Refusal.Detail]) {
        guard let customer, let account = order.creditAccount, order.holdsCredit,
            customer.email?.lowercased() != account.customer.lowercased()
        else { return }
        wrong.append(
            .init(
                "/customer/email", .reasonNotAllowed,
                "order \(order.number) is paid with the store credit of \(account.customer): their address stays"))
    }

    private func checkLines(of order: Order, _ wrong: inout [Refusal.Detail]) {
        var named: Set<OrderLineID> = []
        let entries = quantities.indices.map { ("/quantities/\($0)", quantities[$0].line) }
            + swaps.indices.map { ("/swap/\($0)", swaps[$0].line) }
        for (pointer, line) in entries {
            if line.order != order.id || order.line(line.number) == nil {
                wrong.append(.init(pointer + "/line", .unknownLine, "\(line) is no line of order \(order.number)"))
            } else if !named.insert(line).inserted {
                wrong.append(.init(pointer + "/line", .invalidInput, "\(line) is named twice"))
            }
        }
        guard wrong.isEmpty else { return }
        for (index, swap) in swaps.enumerated() where order.line(swap.line.number)?.sku == swap.sku {
            wrong.append(
                .init(
                    "/swap/\(index)/sku", .invalidInput,
                    "the line is of \(swap.sku) already: to price it anew, name it in quantities with unit_price and "
                        + #""price": "current""#))
        }
    }

    private func checkItems(in work: Work, _ wrong: inout [Refusal.Detail]) {
        let entries = add.indices.map { ("/add/\($0)/sku", add[$0].sku) }
            + swaps.indices.map { ("/swap/\($0)/sku", swaps[$0].sku) }
        for (pointer, sku) in entries where work.item(sku) == nil {
            wrong.append(.init(pointer, .unknownSKU, "there is no item \(sku)"))
        }
    }

    private func checkCurrencies(_ order: Order, _ wrong: inout [Refusal.Detail]) {
        func check(_ money: Money?, _ pointer: String) {
            guard let money, money.currency != order.currency else { return }
            wrong.append(
                .init(pointer + "/currency", .currencyMismatch, "order \(order.number) is in \(order.currency)"))
        }
        func check(_ price: Price?, _ pointer: String) {
            check(price?.unitPrice, pointer + "/unit_price")
            check(price?.discount, pointer + "/discount")
            check(price?.tax, pointer + "/tax")
        }
        for (index, line) in add.enumerated() {
            check(Price(unitPrice: line.unitPrice, discount: line.discount, tax: line.tax), "/add/\(index)")
        }
        for (index, entry) in quantities.enumerated() { check(entry.price, "/quantities/\(index)") }
        for (index, swap) in swaps.enumerated() { check(swap.price, "/swap/\(index)") }
        check(shipping, "/shipping")
        check(shippingTax, "/shipping_tax")
    }

    /// With `current` prices, whatever comes needs one; a discount may not exceed its goods, nor a total its limit.
    private func checkPrices(_ order: Order, _ wrong: inout [Refusal.Detail]) {
        var sum = order.total
        func check(_ price: Price?, _ units: Int64, _ pointer: String) {
            guard let price else {
                if pricing == .current {
                    wrong.append(
                        .init(
                            pointer + "/unit_price", .priceMissing,
                            "with the current price, say what it is: unit_price"))
                }
                return
            }
            let goods = PricedUnits(
                unitPrice: price.unitPrice.amount, units: units, discount: price.discount?.amount ?? 0,
                containedTax: order.pricesIncludeTax ? price.tax?.amount ?? 0 : 0)
            if let objection = goods.objection(at: pointer, in: order.currency) {
                wrong.append(objection)
            } else {
                sum += (goods.value ?? 0) + (price.tax?.amount ?? 0)
            }
        }
        for (index, line) in add.enumerated() {
            let price = Price(unitPrice: line.unitPrice, discount: line.discount, tax: line.tax)
            check(price, line.quantity, "/add/\(index)")
        }
        for (index, entry) in quantities.enumerated() {
            guard let line = order.line(entry.line.number) else { continue }
            let (more, pointer) = (entry.quantity - line.wanted, "/quantities/\(index)")
            guard more > 0 else {
                guard pricing == .current else { continue }
                if let objection = order.objection(toPricing: entry, at: pointer) {
                    wrong.append(objection)
                } else if case let units = order.repriced(by: entry), units > 0 {
                    check(entry.price, units, pointer)
                }
                continue
            }
            check(entry.price, more, pointer)
            if line.ordered + more > PlaceOrder.quantityMax {
                wrong.append(
                    .init(
                        pointer + "/quantity", .quantityExceeded,
                        "a line may have \(PlaceOrder.quantityMax) units at most, cancelled ones counted"))
            }
            guard entry.price == nil else { continue }
            // At its own price the line itself grows, so all of it must be within the limit.
            if let objection = PricedUnits(unitPrice: line.unitPrice, units: line.ordered + more)
                .objection(at: pointer, in: order.currency)
            {
                wrong.append(objection)
            } else {
                sum += line.unitPrice * more + line.tax
            }
        }
        for (index, swap) in swaps.enumerated() { check(swap.price, swap.quantity, "/swap/\(index)") }
        if sum + (shipping?.amount ?? 0) > Money.amountMax {
            let most = Money(Money.amountMax, order.currency)
            wrong.append(.init("", .invalidInput, "an order may be worth \(most) at most"))
        }
    }

    /// Shipping contains no more tax than it costs from now on.
    private func checkShippingTax(of order: Order, _ wrong: inout [Refusal.Detail]) {
        guard order.pricesIncludeTax, let tax = shippingTax else { return }
        let cost = shipping?.amount ?? order.shippingNow.amount
        PricedUnits.objection(to: tax.amount, within: cost, at: "/shipping_tax", in: order.currency)
            .map { wrong.append($0) }
    }

    // MARK: What policy allows

    private func checkUnits(_ order: Order, _ policy: AmendingPolicy, _ wrong: inout [Refusal.Detail]) {
        for (index, entry) in quantities.enumerated() {
            guard let line = order.line(entry.line.number) else { continue }
            if order.repriced(by: entry) > 0 {
                order.objection(toPricing: line, policy, at: "/quantities/\(index)/unit_price")
                    .map { wrong.append($0) }
            }
            guard entry.quantity != line.wanted else { continue }
            let pointer = "/quantities/\(index)/quantity"
            let kind: AmendingPolicy.Kind = entry.quantity == 0 ? .remove : .quantity
            let objection =
                entry.quantity > line.wanted
                ? order.objection(to: kind, policy, at: pointer)
                : order.objection(to: kind, line.wanted - entry.quantity, of: line, policy, at: pointer)
            if let objection { wrong.append(objection) }
        }
        for (index, swap) in swaps.enumerated() {
            guard let line = order.line(swap.line.number) else { continue }
            order.objection(to: .swap, swap.quantity, of: line, policy, at: "/swap/\(index)/quantity")
                .map { wrong.append($0) }
        }
        for index in add.indices { order.objection(to: .add, policy, at: "/add/\(index)").map { wrong.append($0) } }
        guard wrong.isEmpty, add.isEmpty, swaps.isEmpty, !quantities.isEmpty else { return }
        let left = order.units(givenUpBy: self).values.reduce(order.lines.reduce(Int64(0)) { $0 + $1.wanted }) {
            $1.values.reduce($0, -)
        }
        if left == 0, quantities.allSatisfy({ $0.quantity == 0 }) {
            wrong.append(
                .init(
                    "/quantities", .illegalTransition,
                    "nothing of order \(order.number) would be left: cancel it instead"))
        }
    }

    private func checkDelivery(
        _ order: Order, _ channel: Channel, in work: Work, _ wrong: inout [Refusal.Detail]
    ) {
        guard let delivery, let kind = order.change(to: delivery) else { return }
        if let objection = channel.objection(to: delivery, in: work) {
            wrong.append(objection)
            return
        }
        order.objection(toDelivering: kind, channel.policy.amending).map { wrong.append($0) }
    }
}

extension Order {
    /// Why so many units of a line cannot be given up; nil if they can.
    func objection(
        to kind: AmendingPolicy.Kind, _ units: Int64, of line: OrderLine, _ policy: AmendingPolicy, at pointer: String
    ) -> Refusal.Detail? {
        let states = policy.states(for: kind)
        var possible = line.backordered
        var beyond: [String] = []
        var isOnlyLabelled = true
        var method = delivery.method
        for fulfillment in fulfillments {
            let held = fulfillment.lines.reduce(Int64(0)) { $1.line == line.number ? $0 + $1.quantity : $0 }
            guard held > 0, fulfillment.state.holdsStock || fulfillment.state.hasLeft else { continue }
            let isLocked = (policy.labelled == .refuse || kind == .price) && isLabelled(fulfillment)
            if states.contains(fulfillment.state), !isLocked, departed(of: fulfillment) == nil {
                possible += held
            } else {
                beyond.append("\(held) " + standing(of: fulfillment, held, isLocked: isLocked))
                method = fulfillment.method
                isOnlyLabelled = isOnlyLabelled && isLocked && states.contains(fulfillment.state)
            }
        }
        guard units > possible else { return nil }
        guard units <= line.wanted else {
            return .init(pointer, .quantityExceeded, "\(units) × \(line.sku) asked, the line has \(line.wanted)")
        }
        return .init(
            pointer, .tooLateToAmend,
            "\(units) × \(line.sku) asked, \(possible) possible; \(beyond.joined(separator: "; ")): "
                + policy.possibility(of: kind, method, isLabelled: isOnlyLabelled))
    }

    /// Why nothing can be added; nil while some unit of the order has not gone beyond the limit.
    func objection(
        to kind: AmendingPolicy.Kind, _ policy: AmendingPolicy, at pointer: String
    ) -> Refusal.Detail? {
        let states = policy.limit(of: kind).states
        if !states.isEmpty, lines.contains(where: { $0.backordered > 0 }) { return nil }
        if fulfillments.contains(where: { states.contains($0.state) && !isLabelled($0) }) { return nil }
        let last = fulfillments.last { $0.state.holdsStock || $0.state.hasLeft }
        let isOnlyLabelled = last.map { states.contains($0.state) && isLabelled($0) } ?? false
        return .init(
            pointer, .tooLateToAmend,
            "\(last.map { "its units \(standing(of: $0, isLocked: isLabelled($0)))" } ?? "it has no units any more"): "
                + policy.possibility(of: kind, last?.method ?? .ship, isLabelled: isOnlyLabelled))
    }

    /// Why it cannot be delivered otherwise; nil where all that has not left may still be. Policy says whether a parcel
    /// that bears its label is stopped for it.
    func objection(toDelivering kind: AmendingPolicy.Kind, _ policy: AmendingPolicy) -> Refusal.Detail? {
        let states = policy.states(for: kind)
        let live = fulfillments.filter(\.state.holdsStock)
        let stuck = live.first { fulfillment in
            !states.contains(fulfillment.state) || departed(of: fulfillment) != nil
                || isLabelled(fulfillment) && policy.labelled == .refuse
        }
        if let stuck {
            let isOnlyLabelled = states.contains(stuck.state) && departed(of: stuck) == nil
            return .init(
                "/delivery", .tooLateToAmend,
                "its units \(standing(of: stuck, isLocked: isLabelled(stuck))): "
                    + policy.possibility(of: kind, stuck.method, isLabelled: isOnlyLabelled))
        }
        guard live.isEmpty, lines.allSatisfy({ $0.backordered == 0 }) || policy.limit(of: kind) == .never else {
            return nil
        }
        let last = fulfillments.last { $0.state.hasLeft }
        return .init(
            "/delivery", .tooLateToAmend,
            "\(last.map { "its units \(standing(of: $0, isLocked: false))" } ?? "it has no units any more"): "
                + policy.possibility(of: kind, last?.method ?? .ship))
    }

    /// Of so many units, or of the order's: `have been packed at LONDON since 2026-03-02T10:00:00Z (ful_…-1)`
    private func standing(of fulfillment: Fulfillment, _ units: Int64 = Order.ordersUnits, isLocked: Bool) -> String {
        let words = departed(of: fulfillment) == nil
            ? fulfillment.standing(of: units, isLabelled: isLocked)
            : (units == 1 ? "has" : "have") + " left \(fulfillment.location), as their courier tells"
        return "\(words) (\(FulfillmentID(id, fulfillment.number)))"
    }

    /// As many as `its units` are, however many these are.
    private static let ordersUnits: Int64 = 2
}

/// What an order must be before it is placed; every wrong place is named.
extension PlaceOrder {
    /// - Throws: all that is wrong, each with its pointer.
    func check(against channel: Channel, in work: Work) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        checkItems(in: work, &wrong)
        checkCurrencies(channel, &wrong)
        channel.objection(to: delivery, in: work).map { wrong.append($0) }
        for (index, payment) in payments.enumerated() {
            work.objection(to: payment.provider, at: "/payments/\(index)/provider").map { wrong.append($0) }
            payment.objectionToExpiry(at: "/payments/\(index)", in: work).map { wrong.append($0) }
            let isNamedBefore = payments[..<index].contains {
                $0.provider == payment.provider && $0.reference == payment.reference
            }
            if isNamedBefore, payment.provider != StoreCredit.provider {
                wrong.append(
                    .init(
                        "/payments/\(index)/reference", .invalidInput,
                        "\(payment.provider)'s payment \(payment.reference) stands there twice"))
            }
        }
        if let placedAt, placedAt < .earliest || placedAt > work.now + .hours(24) {
            wrong.append(
                .init("/placed_at", .invalidInput, "placed_at must lie between \(Timestamp.earliest) and now"))
        }
        if wrong.isEmpty { checkTotal(channel, &wrong) }
        if wrong.isEmpty { checkCredit(in: work, &wrong) }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    /// All that is paid with store credit must be there, summed over the payments that name it.
    private func checkCredit(in work: Work, _ wrong: inout [Refusal.Detail]) {
        var sum: Int64 = 0
        for (index, payment) in payments.enumerated() where payment.provider == StoreCredit.provider {
            guard let email = customer.email else {
                wrong.append(
                    .init("/customer/email", .invalidInput, "is missing: store credit is kept by e-mail address"))
                return
            }
            sum += payment.authorized.amount
            let account = StoreCredit.Account(customer: email, currency: total.currency)
            work.objection(toSpending: sum, of: account, at: "/payments/\(index)/authorized/amount")
                .map { wrong.append($0) }
        }
    }

    private func checkItems(in work: Work, _ wrong: inout [Refusal.Detail]) {
        for (index, line) in lines.enumerated() where work.keptItem(line.sku) == nil {
            wrong.append(.init("/lines/\(index)/sku", .unknownSKU, "there is no item \(line.sku)"))
        }
    }

    private func checkCurrencies(_ channel: Channel, _ wrong: inout [Refusal.Detail]) {
        // The pointer is made for what is wrong only.
        func check(_ money: Money?, _ pointer: @autoclosure () -> String) {
            guard let money, money.currency != channel.currency else { return }
            wrong.append(
                .init(
                    pointer() + "/currency", .currencyMismatch,
                    "channel \(channel.code) sells in \(channel.currency), not in \(money.currency)"))
        }
        for (index, line) in lines.enumerated() {
            check(line.unitPrice, "/lines/\(index)/unit_price")
            check(line.discount, "/lines/\(index)/discount")
            check(line.tax, "/lines/\(index)/tax")
        }
        check(shipping, "/shipping")
        check(shippingTax, "/shipping_tax")
        for (index, fee) in fees.enumerated() {
            check(fee.amount, "/fees/\(index)/amount")
            check(fee.tax, "/fees/\(index)/tax")
        }
        for (index, discount) in discounts.enumerated() { check(discount.amount, "/discounts/\(index)/amount") }
        check(total, "/total")
        for (index, payment) in payments.enumerated() { check(payment.authorized, "/payments/\(index)/authorized") }
    }

    /// Of shipping and fees; each line says of its own.
    private func checkContainedTaxes(_ wrong: inout [Refusal.Detail]) {
        func check(_ tax: Money?, within amount: Money?, _ pointer: @autoclosure () -> String) {
            guard let tax else { return }
            PricedUnits.objection(to: tax.amount, within: amount?.amount ?? 0, at: pointer(), in: total.currency)
                .map { wrong.append($0) }
        }
        check(shippingTax, within: shipping, "/shipping_tax")
        for (index, fee) in fees.enumerated() { check(fee.tax, within: fee.amount, "/fees/\(index)/tax") }
    }

    private func checkTotal(_ channel: Channel, _ wrong: inout [Refusal.Detail]) {
        for (index, line) in lines.enumerated() {
            let priced = line.priced(isGross: channel.pricesIncludeTax)
            guard let objection = priced.objection(at: "/lines/\(index)", in: total.currency) else { continue }
            wrong.append(objection)
            return
        }
        if channel.pricesIncludeTax { checkContainedTaxes(&wrong) }
        let expected = OrderTotals.total(
            lines: lines.map { ($0.unitPrice.amount, $0.quantity, $0.discount?.amount ?? 0, $0.tax?.amount ?? 0) },
            shipping: shipping?.amount ?? 0, shippingTax: shippingTax?.amount ?? 0,
            fees: fees.map { Order.Fee(code: $0.code, amount: $0.amount.amount, tax: $0.tax?.amount ?? 0) },
            discounts: discounts.map { Order.OrderDiscount(code: $0.code, amount: $0.amount.amount) },
            pricesIncludeTax: channel.pricesIncludeTax)
        guard expected == total.amount, expected >= 0 else {
            let taxes = channel.pricesIncludeTax ? "(taxes are contained)" : "plus all taxes"
            wrong.append(
                .init(
                    "/total/amount", .totalMismatch,
                    "the parts add up to \(expected), the total says \(total.amount): lines less discounts, shipping, "
                        + "fees, less order discounts, \(taxes)"))
            return
        }
        let discount = discounts.reduce(0) { $0 + $1.amount.amount }
        let goods = lines.reduce(Int64(0)) {
            $0 + $1.unitPrice.amount * $1.quantity - ($1.discount?.amount ?? 0)
                + (channel.pricesIncludeTax ? 0 : $1.tax?.amount ?? 0)
        }
        if discount > goods {
            wrong.append(.init("/discounts", .totalMismatch, "order discounts may not exceed the value of the goods"))
        }
        if total.amount > Money.amountMax {
            let most = Money(Money.amountMax, total.currency)
            wrong.append(.init("/total/amount", .invalidInput, "an order may be worth \(most) at most"))
        }
    }
}

extension Channel {
    /// Why the channel does not deliver so; nil if it does.
    func objection(to delivery: Order.Delivery, in work: Work) -> Refusal.Detail? {
        switch delivery.method {
        case .ship:
            if let country = delivery.address?.country, !Country.isKnown(country) {
                return .init(
                    "/delivery/address/country", .invalidInput, "\(country) is no country (ISO 3166-1), as GB is")
            }
            guard let service = delivery.service, !policy.services.contains(where: { $0.code == service })
            else { return nil }
            let known = policy.services.map(\.code).joined(separator: ", ")
            return .init(
                "/delivery/service", .deliveryNotOffered,
                "channel \(code) offers no service \(service); it offers: \(known)")
        case .pickup:
            guard let store = delivery.location else { return nil }
            guard let location = work.configuration.locations[store] else {
                return .init("/delivery/location", .unknownLocation, "there is no location \(store)")
            }
            guard !location.offersPickup || !sells(from: store) else { return nil }
            return .init(
                "/delivery/location", .deliveryNotOffered, "\(store) does not hand out orders of \(code)")
        }
    }
}

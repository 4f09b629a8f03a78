/// Giving money back: first the credit memo that says what is owed and why, then the refunds that pay it.
extension Order {
    /// Where a credit is paid to.
    enum CreditTarget: Hashable {
        /// The payments that the money came from, in the policy's order; or one of them.
        case source(payment: Int? = nil)
        /// The store credit of the order's customer, whatever the money came from.
        case storeCredit
        /// Another order, which gives it back later from there: store credit only where it is the same customer's.
        case order(StoreCredit.Account?)
    }

    /// What of a memo was paid, here or by the order that it is about, and what is on its way.
    public func paid(of memo: CreditMemo) -> (done: Int64, pending: Int64) {
        if isGivenElsewhere(memo) { return (memo.amount, 0) }
        return effects.reduce(into: (0, 0)) { sums, effect in
            guard effect.memo == memo.number else { return }
            switch effect.state {
            case .done: sums.0 += effect.amount
            case .pending: sums.1 += effect.amount
            case .failed: break
            }
        }
    }

    /// What of a memo nobody has paid: a provider refused it.
    public func outstanding(of memo: CreditMemo) -> Int64 {
        let paid = paid(of: memo)
        return memo.amount - memo.setOff - paid.done - paid.pending
    }

    /// What the customer has had and not paid for, nor is about to: what comes back of that is owed by nobody.
    var uncollected: Int64 { max(0, toTake - taken) }

    /// What of an amount that is owed pays for what was never paid for, and what is paid out of what was taken. What is
    /// asked for at the door of other parcels is paid there, and not by this; what one of them has missed is settled
    /// with its own goods.
    ///
    /// - Parameter parcel: The number of the parcel whose goods came back, or never came: its customer does not pay
    ///   what was to be paid at its door.
    func parts(ofOwed amount: Int64, of parcel: Int? = nil) -> (setOff: Int64, paid: Int64) {
        let others = cashUnderWay + cashMissed(besides: parcel)
        let setOff = min(max(0, amount), max(0, uncollected - others, cashMissed(by: parcel)))
        return (setOff, min(amount - setOff, refundable()))
    }

    /// What may still be given back of what was captured, of all payments or of one.
    func refundable(of payment: Int? = nil) -> Int64 {
        payments.reduce(0) { payment == nil || $1.number == payment ? $0 + $1.refundable : $0 }
    }

    /// Issues a credit memo and pays it.
    ///
    /// - Parameter units: what the refund's event names; by default the memo's own.
    /// - Throws: `.amountExceedsCaptured` when less was taken.
    @discardableResult
    mutating func credit(
        _ draft: CreditDraft, to target: CreditTarget = .source(), units: [PaymentEffect.Units]? = nil,
        in work: inout Work
    ) throws -> CreditMemo {
        try requireRefundable(draft.payable, target)
        let memo = issue(draft, in: &work)
        try pay(memo, draft.payable, to: target, units: units, in: &work)
        return memo
    }

    /// Says what is owed and why; nobody has paid it yet.
    mutating func issue(_ draft: CreditDraft, in work: inout Work) -> CreditMemo {
        let memo = memo(
            of: draft, named: work.nextMemoName(of: channel), at: work.now, by: work.principal.name)
        memos.append(memo)
        let (snapshot, version) = (self, work.policyVersion(of: channel))
        work.record(.creditMemoIssued, on: &self) {
            $0.name("credit_memo")
            memo.write(to: &$0, of: snapshot)
            $0.member("policy_version", version)
        }
        return memo
    }

    /// What of an order's parts is left to credit, as the answer to who asks for more.
    func amountExceedsBalance(
        _ amount: Int64, of what: String = "the order", left: Int64? = nil, at pointer: String = "/amount"
    ) -> Refusal {
        let balance = creditBalance
        let all = balance.creditable
        return Refusal([
            .init(
                pointer + "/amount", .amountExceedsBalance,
                "\(Money(amount, currency)) cannot be credited: \(Money(left ?? all, currency)) of what \(what) "
                    + "is worth is not credited yet")
        ])
    }

    /// - Throws: `.amountExceedsCaptured`.
    private func requireRefundable(_ amount: Int64, _ target: CreditTarget) throws(Refusal) {
        let left =
            switch target {
            case .source(let payment): refundable(of: payment)
            case .storeCredit, .order: refundable()
            }
        guard amount <= left else { throw amountExceedsCaptured(amount, left) }
    }

    func amountExceedsCaptured(_ amount: Int64, _ left: Int64) -> Refusal {
        Refusal([
            .init(
                "/amount/amount", .amountExceedsCaptured,
                "\(Money(amount, currency)) cannot be refunded: "
                    + "\(Money(left, currency)) of what was captured is left")
        ])
    }

    /// Pays an amount of a memo, each payment as far as it goes.
    mutating func pay(
        _ memo: CreditMemo, _ amount: Int64, to target: CreditTarget, units: [PaymentEffect.Units]? = nil,
        in work: inout Work
    ) throws {
        try requireRefundable(amount, target)
        let named = memo.lines.filter { $0.units > 0 }.map { PaymentEffect.Units(line: $0.line, quantity: $0.units) }
        var cause = Cause(reason: memo.reason, subject: memo.subject, units: units ?? named, memo: memo.number)
        var source: Int?
        switch target {
        case .source(let payment): source = payment
        case .storeCredit: cause.paidTo = StoreCredit.provider
        case .order: cause.paidTo = Self.exchangeReason
        }
        var rest = amount
        var parts: [(payment: Int, amount: Int64)] = []
        for index in refundOrder(for: memo, in: work) where rest > 0 {
            guard source == nil || payments[index].number == source else { continue }
            if case .order(let account) = target, !isMovable(payments[index], to: account) { continue }
            let part = min(rest, payments[index].refundable)
            guard part > 0 else { continue }
            parts.append((payments[index].number, part))
            rest -= part
        }
        for (place, part) in parts.enumerated() {
            cause.isFollowed = place + 1 < parts.count
            try intend(.refund, part.amount, part.payment, cause, in: &work)
        }
    }

    /// A draft with all that it is made of, each component closing to the penny with its whole.
    func memo(of draft: CreditDraft, named name: String, at now: Timestamp, by principal: String) -> CreditMemo {
        let (values, shares) = (lineValues, orderDiscountShares)
        var credited = lines.map { _ in CreditedParts() }
        var (shippingBefore, shippingTaxBefore, feesBefore) = (Int64(0), Int64(0), Int64(0))
        // Each amount of shipping takes its part of the tax that is left: what is charged anew may be taxed otherwise.
        for memo in standingMemos {
            for line in memo.lines { credited[line.line - 1].add(line) }
            shippingBefore += memo.shipping
            shippingTaxBefore += memo.shippingTax
            feesBefore += memo.fees
        }
        for (line, taken) in creditTakenOver {
            credited[line - 1].add(
                Span(before: 0, amount: taken.amount, whole: values[line - 1])
                    .parts(of: lines[line - 1], sharing: shares[line - 1]))
        }
        let entries = lines.indices.compactMap { index -> CreditMemo.Line? in
            let (amount, units) = (draft.lines[index], draft.units[index + 1] ?? 0)
            guard amount > 0 || units > 0 else { return nil }
            return entry(amount, units, of: lines[index], values[index], shares[index], behind: credited[index])
        }
        return CreditMemo(
            number: memos.count + 1, name: name, kind: draft.kind, reason: draft.reason,
            subject: draft.subject, lines: entries, shipping: draft.shipping,
            shippingTax: min(
                draft.shipping,
                Self.part(
                    of: max(0, shippingTax - shippingTaxBefore), draft.shipping,
                    max(1, shippingWithTax - shippingBefore))),
            fees: draft.fees,
            feesTax: Span(before: feesBefore, amount: draft.fees, whole: feesWithTax)
                .part(of: fees.reduce(0) { $0 + $1.tax }),
            retained: draft.retained, amount: draft.amount, setOff: draft.setOff, at: now, by: principal)
    }

    /// What cutting discount, share of the order's discounts and tax can have rounded together: minor units of goods,
    /// more where little is left of their price, since both ends of an amount are rounded. What is more was given back
    /// before, and is of all of them.
    private static func roundedMost(_ line: OrderLine, worth value: Int64) -> Int64 {
        2 + 2 * line.unitPrice * line.ordered / max(1, value)
    }

    /// Takes of an amount what lies between two others. - Returns: what was taken.
    private static func take(_ amount: inout Int64, between least: Int64, and most: Int64) -> Int64 {
        let part = max(least, min(most, amount))
        amount -= part
        return part
    }

    /// A credit of a line with what it is made of. The last one takes what is left of each component. Units that are
    /// credited are so at their price: what was rounded lands in their discount, or else in their tax.
    private func entry(
        _ amount: Int64, _ units: Int64, of line: OrderLine, _ value: Int64, _ share: Int64,
        behind before: CreditedParts
    ) -> CreditMemo.Line {
        var left = CreditedParts(
            amount: value, discount: line.discount, orderDiscount: share, tax: line.tax)
        left.subtract(before)
        var (discount, orderDiscount, tax) = (left.discount, left.orderDiscount, left.tax)
        func goods(_ parts: CreditedParts) -> Int64 {
            parts.amount + parts.discount + parts.orderDiscount - (pricesIncludeTax ? 0 : parts.tax)
        }
        // Units behind which some are left that are worth nothing are credited at their own price, too.
        let isLast = units == 0 || before.units + units >= line.ordered || goods(left) <= line.unitPrice * units
        if amount < left.amount || !isLast {
            let parts = Span(before: before.amount, amount: amount, whole: value).parts(of: line, sharing: share)
            discount = min(discount, parts.discount)
            orderDiscount = min(orderDiscount, parts.orderDiscount)
            tax = min(tax, parts.tax)
            let goods = amount + discount + orderDiscount - (pricesIncludeTax ? 0 : tax)
            let more = line.unitPrice * units - goods
            if units > 0, abs(more) <= Self.roundedMost(line, worth: value) {
                var rest = more
                let ofDiscount = Self.take(&rest, between: -discount, and: left.discount - discount)
                let ofOrderDiscount = Self.take(&rest, between: -orderDiscount, and: left.orderDiscount - orderDiscount)
                let ofTax = pricesIncludeTax ? 0 : Self.take(&rest, between: tax - left.tax, and: tax)
                if rest == 0 {
                    discount += ofDiscount
                    orderDiscount += ofOrderDiscount
                    tax -= ofTax
                }
            }
            // What is left of the tax is never more than what is left of the line: the last goods would be below zero.
            if !pricesIncludeTax {
                let rest = left.amount - amount + left.discount - discount + left.orderDiscount - orderDiscount
                tax = max(tax, left.tax - rest)
            }
        }
        return CreditMemo.Line(
            line: line.number, units: units, goods: amount + discount + orderDiscount - (pricesIncludeTax ? 0 : tax),
            discount: discount, orderDiscount: orderDiscount, tax: tax, amount: amount)
    }
}

/// What of a line was credited, or is left of it.
private struct CreditedParts {
    var units: Int64 = 0
    var amount: Int64 = 0
    var discount: Int64 = 0
    var orderDiscount: Int64 = 0
    var tax: Int64 = 0

    mutating func add(_ line: CreditMemo.Line) {
        units += line.units
        amount += line.amount
        discount += line.discount
        orderDiscount += line.orderDiscount
        tax += line.tax
    }

    mutating func add(_ other: Self) {
        units += other.units
        amount += other.amount
        discount += other.discount
        orderDiscount += other.orderDiscount
        tax += other.tax
    }

    mutating func subtract(_ other: Self) {
        amount -= other.amount
        discount = max(0, discount - other.discount)
        orderDiscount = max(0, orderDiscount - other.orderDiscount)
        tax = max(0, tax - other.tax)
    }
}

/// A stretch of a value that is credited piece by piece. What the value is made of is cut at the same places, so that
/// its pieces close to the penny together with it.
private struct Span {
    let before: Int64
    let amount: Int64
    let whole: Int64

    /// What it is made of. - Parameter share: The line's share of the order's discounts.
    func parts(of line: OrderLine, sharing share: Int64) -> CreditedParts {
        CreditedParts(
            amount: amount, discount: part(of: line.discount), orderDiscount: part(of: share), tax: part(of: line.tax))
    }

    func part(of component: Int64) -> Int64 { share(component, at: before + amount) - share(component, at: before) }

    private func share(_ component: Int64, at place: Int64) -> Int64 {
        guard whole > 0 else { return 0 }
        guard place < whole else { return component }
        let product = component.magnitude.multipliedFullWidth(by: UInt64(place))
        return Int64(UInt64(whole).dividingFullWidth(product).quotient)
    }
}

/// What was credited of each part of an order so far, by what it counts for: units that the customer has or waits for,
/// or units that were given up.
struct CreditGiven {
    /// Of each line's kept units, in the order of lines; minor units, as all below. What came along with units that
    /// the line took the place of is in it.
    var kept: [Int64]
    /// Of its units that were given up, or that others took the place of.
    var cancelled: [Int64]
    /// Of shipping and fees, with their taxes.
    var keptCharges = Charges()
    var cancelledCharges = Charges()
    /// Given by hand of shipping and fees that are not due any more: amendments let go of them since, or the last unit
    /// was cancelled. It is in what counts as given for cancelled parts.
    var chargesGivenUp = Charges()
    /// Kept back of all that, less what was given up of it since.
    var retained: Int64 = 0

    struct Charges {
        var shipping: Int64 = 0
        var fees: Int64 = 0
        var sum: Int64 { shipping + fees }

        fileprivate mutating func add(_ memo: CreditMemo) {
            shipping += memo.shipping
            fees += memo.fees
        }
    }

    init(of order: Order) {
        kept = order.lines.map { _ in 0 }
        cancelled = kept
        for memo in order.standingMemos {
            if memo.kind == .cancellation {
                for line in memo.lines { cancelled[line.line - 1] += line.amount }
                cancelledCharges.add(memo)
            } else {
                for line in memo.lines { kept[line.line - 1] += line.amount }
                keptCharges.add(memo)
                retained += memo.retained
            }
        }
        for (line, refunded) in order.refundedCancelled { giveUp(refunded.amount, of: line) }
        for (line, taken) in order.creditTakenOver {
            guard let old = order.lines[line - 1].replaces else { continue }
            giveUp(taken.amount, of: old)
            kept[line - 1] += taken.amount
        }
        let isOver = order.isGivenUp
        giveUp(\.shipping, min(order.shippingGiven, max(0, keptCharges.shipping)))
        giveUp(\.shipping, beyond: isOver ? 0 : order.shippingDue)
        giveUp(\.fees, beyond: isOver ? 0 : order.feesWithTax)
    }

    private mutating func giveUp(_ amount: Int64, of line: Int) {
        kept[line - 1] -= amount
        cancelled[line - 1] += amount
    }

    private mutating func giveUp(_ charge: WritableKeyPath<Charges, Int64>, beyond due: Int64) {
        giveUp(charge, max(0, keptCharges[keyPath: charge] - due))
    }

    private mutating func giveUp(_ charge: WritableKeyPath<Charges, Int64>, _ amount: Int64) {
        keptCharges[keyPath: charge] -= amount
        cancelledCharges[keyPath: charge] += amount
        chargesGivenUp[keyPath: charge] += amount
    }
}

/// What was given back of units goes where they go. Always, once an order was changed: what was given of a line's kept
/// units is no more than they are worth.
extension Order {
    /// What a line's kept units are worth: minor units.
    private func keptValue(of line: OrderLine, _ values: [Int64]) -> Int64 {
        value(ofFirst: line.wanted, of: line, worth: values[line.number - 1])
    }

    /// Has what was given of lines beyond what their other units are worth count as given for those that were just
    /// given up: it is given no second time, and pays for nothing that is added later.
    mutating func giveUpCredit(of numbers: some Sequence<Int>) {
        guard !memos.isEmpty else { return }
        let (given, values) = (CreditGiven(of: self).kept, lineValues)
        for number in numbers {
            let beyond = given[number - 1] - keptValue(of: lines[number - 1], values)
            if beyond > 0 { count(RefundedUnits(units: 0, amount: beyond), asGivenForCancelledOf: number) }
        }
    }

    /// Has a new line take over what was given of the units that it took the place of, up to its own worth, with those
    /// of them that were refunded by hand. What was given beyond its worth was given for what is given up.
    mutating func takeOverCredit(byLine number: Int) {
        guard !memos.isEmpty, let old = lines[number - 1].replaces else { return }
        let (line, values) = (lines[number - 1], lineValues)
        let worth = values[number - 1]
        let beyond = max(0, CreditGiven(of: self).kept[old - 1] - keptValue(of: lines[old - 1], values))
        let refunded = max(0, unitsRefundedByHand(old) - lines[old - 1].wanted)
        let amount = min(beyond, worth)
        // Units whose worth came along whole.
        var units = min(refunded, worth > 0 ? Self.part(of: line.ordered, amount + 1, worth) : line.ordered)
        if units > 0, value(ofFirst: units, of: line, worth: worth) > amount { units -= 1 }
        if units > 0 || amount > 0 { creditTakenOver[number] = RefundedUnits(units: units, amount: amount) }
        count(RefundedUnits(units: refunded - units, amount: beyond - amount), asGivenForCancelledOf: old)
    }

    private mutating func count(_ more: RefundedUnits, asGivenForCancelledOf number: Int) {
        guard more.units > 0 || more.amount > 0 else { return }
        let known = refundedCancelled[number] ?? RefundedUnits(units: 0, amount: 0)
        refundedCancelled[number] = RefundedUnits(
            units: known.units + more.units, amount: known.amount + more.amount)
    }

    /// Refunded units of a line that went to those that took their place.
    func unitsTakenOver(from number: Int) -> Int64 {
        creditTakenOver.reduce(0) { lines[$1.key - 1].replaces == number ? $0 + $1.value.units : $0 }
    }

    /// The most that may count as given for a line's cancelled units, and what does.
    func mostGiven(forCancelledOf line: OrderLine) -> (most: RefundedUnits, found: RefundedUnits) {
        let given = standingMemos.lazy.filter { $0.kind != .cancellation }.flatMap(\.lines)
            .reduce(creditTakenOver[line.number]?.amount ?? 0) { $1.line == line.number ? $0 + $1.amount : $0 }
        let gone = creditTakenOver.reduce(Int64(0)) {
            lines[$1.key - 1].replaces == line.number ? $0 + $1.value.amount : $0
        }
        return (
            RefundedUnits(units: line.cancelled, amount: given - gone),
            refundedCancelled[line.number] ?? RefundedUnits(units: 0, amount: 0)
        )
    }
}

/// Units of a line that were refunded by hand, and what was given of it: those of them that were cancelled since, or
/// that another line has taken over.
struct RefundedUnits: Hashable, Sendable {
    var units: Int64
    /// Minor units; with what was given beside the units, as goodwill.
    var amount: Int64

    /// `[[line, units, amount], …]`
    static func store(_ refunded: [Int: RefundedUnits], in json: inout JSONWriter) {
        json.array { list in
            for (line, part) in refunded.sorted(by: { $0.key < $1.key }) {
                list.array {
                    $0.value(line)
                    $0.value(part.units)
                    $0.value(part.amount)
                }
            }
        }
    }

    static func stored(_ json: JSON?) -> [Int: RefundedUnits] {
        var refunded: [Int: RefundedUnits] = [:]
        for entry in json?.array ?? [] {
            let numbers = (entry.array ?? []).compactMap(\.integer)
            guard numbers.count == 3 else { continue }
            refunded[Int(numbers[0])] = RefundedUnits(units: numbers[1], amount: numbers[2])
        }
        return refunded
    }
}

extension Order {
    /// Has refunds by hand pay for units that were just counted as cancelled. What was given for them counts as given
    /// for cancelled units from now on, and for none that the customer keeps: only what they are worth beyond that,
    /// a minor unit of rounding for instance, is owed.
    ///
    /// Refunds that may have been for units that were sent count as far as money was taken for the cancelled ones, so
    /// that nobody is asked anew for what they were given for goods that came damaged. The others always count, and so
    /// does whatever was given beyond what the line's other units are worth.
    mutating func cover(cancelled units: [Int: Int64]) {
        let values = lineValues
        var (excess, kept) = (max(0, taken - due), CreditGiven(of: self).kept)
        for (number, count) in units.sorted(by: { $0.key < $1.key }) {
            let (line, left) = (lines[number - 1], unitsRefundedByHand(number))
            guard count > 0, left > 0 else { continue }
            let (end, value) = (line.wanted + count, values[number - 1])
            let worth = self.value(ofFirst: end, of: line, worth: value)
            func share(of units: Int64) -> Int64 {
                min(given(forNext: units, of: number), worth - self.value(ofFirst: end - units, of: line, worth: value))
            }
            let unsent = min(count, max(0, left - line.shipped))
            var covered = min(count, left)
            let all = share(of: covered)
            if all > excess { covered = max(unsent, Self.part(of: covered, excess, all)) }
            let amount = min(share(of: covered), max(excess, share(of: unsent)), max(0, kept[number - 1]))
            guard covered > 0 else { continue }
            let known = refundedCancelled[number] ?? RefundedUnits(units: 0, amount: 0)
            refundedCancelled[number] = RefundedUnits(units: known.units + covered, amount: known.amount + amount)
            excess = max(0, excess - amount)
            kept[number - 1] -= amount
        }
        giveUpCredit(of: units.keys)
    }

    /// What was given by hand for the next units of a line: minor units; the oldest refunds are used up first.
    private func given(forNext count: Int64, of number: Int) -> Int64 {
        var (used, rest, sum) = (unitsCovered(number), count, Int64(0))
        func use(_ refunded: RefundedUnits) {
            guard refunded.units > 0 else { return }
            let begin = min(used, refunded.units)
            let end = begin + min(rest, refunded.units - begin)
            used -= begin
            rest -= end - begin
            sum += Self.part(of: refunded.amount, end, refunded.units)
                - Self.part(of: refunded.amount, begin, refunded.units)
        }
        if let taken = creditTakenOver[number] { use(taken) }
        for line in memos.lazy.filter({ $0.kind == .refund }).flatMap(\.lines) where line.line == number {
            use(RefundedUnits(units: line.units, amount: line.amount))
        }
        return sum
    }

    /// The cancelled units that refunds by hand have paid for since, by line.
    func refundedCancelled(since before: Order) -> [Int: RefundedUnits] {
        var new: [Int: RefundedUnits] = [:]
        for (line, now) in refundedCancelled {
            let old = before.refundedCancelled[line] ?? RefundedUnits(units: 0, amount: 0)
            guard now != old else { continue }
            new[line] = RefundedUnits(units: now.units - old.units, amount: now.amount - old.amount)
        }
        return new
    }

    /// The members `already_refunded` and `refunded_before`: why less is given for units than they are worth.
    func writeRefunded(since before: Order, to json: inout JSONWriter) {
        let refunded = refundedCancelled(since: before)
        refunded.filter { $0.value.units > 0 && $0.value.amount > 0 }.mapValues(\.units).write(to: &json, of: id)
        let charges = shippingGiven - before.shippingGiven
        json.member("refunded_before", Money(refunded.values.reduce(charges) { $0 + $1.amount }, currency))
    }

    /// The same of an event: only where there are such units.
    func tellRefunded(since before: Order, to json: inout JSONWriter) {
        if hasCountedMoreGiven(since: before) { writeRefunded(since: before, to: &json) }
    }

    /// Whether something that was given before counts as given for what was given up, or let go of, since.
    func hasCountedMoreGiven(since before: Order) -> Bool {
        refundedCancelled != before.refundedCancelled || shippingGiven != before.shippingGiven
    }
}

/// Of a line's cancelled units, those that were refunded by hand before, and what was given for them.
struct RefundedUnits: Hashable, Sendable {
    var units: Int64
    /// Minor units; never more than the cancelled units are worth.
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
    /// that nobody is asked anew for what they were given for goods that came damaged. The others always count.
    mutating func cover(cancelled units: [Int: Int64]) {
        let values = lineValues
        var excess = max(0, taken - due)
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
            let amount = min(share(of: covered), max(excess, share(of: unsent)))
            guard covered > 0 else { continue }
            let known = refundedCancelled[number] ?? RefundedUnits(units: 0, amount: 0)
            refundedCancelled[number] = RefundedUnits(units: known.units + covered, amount: known.amount + amount)
            excess = max(0, excess - amount)
        }
    }

    /// What was given by hand for the next units of a line: minor units; the oldest refunds are used up first.
    private func given(forNext count: Int64, of number: Int) -> Int64 {
        var (used, rest, sum) = (unitsCovered(number), count, Int64(0))
        for line in memos.lazy.filter({ $0.kind == .refund }).flatMap(\.lines)
        where line.line == number && line.units > 0 {
            let begin = min(used, line.units)
            let end = begin + min(rest, line.units - begin)
            used -= begin
            rest -= end - begin
            sum += Self.part(of: line.amount, end, line.units) - Self.part(of: line.amount, begin, line.units)
        }
        return sum
    }

    /// The most that refunds by hand can have paid for of a line's cancelled units, and what is said that they have.
    func refundsMost(ofCancelled line: OrderLine) -> (most: RefundedUnits, found: RefundedUnits) {
        let given = memos.lazy.filter { $0.kind == .refund }.flatMap(\.lines)
            .reduce(Int64(0)) { $1.line == line.number && $1.units > 0 ? $0 + $1.amount : $0 }
        return (
            RefundedUnits(units: line.cancelled, amount: given),
            refundedCancelled[line.number] ?? RefundedUnits(units: 0, amount: 0)
        )
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
        refunded.mapValues(\.units).write(to: &json, of: id)
        json.member("refunded_before", Money(refunded.values.reduce(0) { $0 + $1.amount }, currency))
    }

    /// The same of an event: only where there are such units.
    func tellRefunded(since before: Order, to json: inout JSONWriter) {
        if refundedCancelled != before.refundedCancelled { writeRefunded(since: before, to: &json) }
    }
}

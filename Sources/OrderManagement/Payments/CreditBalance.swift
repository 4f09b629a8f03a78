/// What of an order may still be credited, part by part: its value less what earlier memos have credited of it.
///
/// Kept parts are those that the customer has or waits for; cancelled ones are credited by cancellations alone.
struct CreditBalance: Hashable {
    /// Of each line's kept units, in the order of lines; minor units, as all below.
    var kept: [Int64]
    /// Of each line, what of that is of units that were sent: what those of them that come back are worth at most.
    var sent: [Int64]
    /// Of each line's cancelled units.
    var cancelled: [Int64]
    /// With taxes; shipping and fees are cancelled with the last unit.
    var keptShipping: Int64
    var keptFees: Int64
    var cancelledShipping: Int64
    var cancelledFees: Int64
    /// Kept back by earlier memos, or for cancelling, and not given up since.
    var retained: Int64
    /// Given back of goods that were not sent, and of shipping and fees before anything was: it pays for nothing else.
    var givenAhead: Int64
    /// Taken beyond what was earned and not given back: as much as may be credited of what was not sent yet.
    var ahead: Int64
    /// Whether shipping and fees were earned with goods; before that they are paid in advance, too.
    var isAnySent: Bool

    /// What may be credited by hand, all in all.
    var creditable: Int64 { kept.reduce(0, +) + keptShipping + keptFees + retained }
    /// What of that is shipping whose money was taken.
    var creditableShipping: Int64 { isAnySent ? keptShipping : min(keptShipping, ahead) }

    /// Takes an amount, or as much as there is, out of rooms in proportion to them. - Returns: what each gave.
    static func take(_ amount: inout Int64, outOf rooms: inout [Int64]) -> [Int64] {
        let part = Swift.min(amount, rooms.reduce(0, +))
        guard part > 0 else { return rooms.map { _ in 0 } }
        let shares = part.split(by: rooms)
        for (index, share) in shares.enumerated() { rooms[index] -= share }
        amount -= part
        return shares
    }

    /// Takes an amount, or as much as there is, out of one room.
    static func take(_ amount: inout Int64, outOf room: inout Int64) -> Int64 {
        let part = Swift.min(amount, room)
        amount -= part
        room -= part
        return part
    }
}

/// A credit memo before it has its number: which part is credited how much.
struct CreditDraft: Hashable {
    let kind: CreditMemo.Kind
    let reason: String
    var subject: String?
    /// Of each line, in the order of lines; minor units.
    var lines: [Int64]
    /// The units whose value is credited whole, by line number.
    var units: [Int: Int64] = [:]
    var shipping: Int64 = 0
    var fees: Int64 = 0
    var retained: Int64 = 0
    /// What of the amount pays what is still owed for what was sent.
    var setOff: Int64 = 0

    var amount: Int64 { lines.reduce(0, +) + shipping + fees - retained }
    /// What is to be paid out.
    var payable: Int64 { amount - setOff }

    /// The same as drafts by themselves of what is paid out, of the goods that are set off and of the shipping and fees
    /// that are: each of these may be owed again without the others. Nothing is kept back of them.
    var apart: [CreditDraft] {
        guard setOff > 0 else { return [self] }
        let empty = CreditDraft(kind: kind, reason: reason, subject: subject, lines: lines.map { _ in 0 })
        var rest = payable
        var left = lines
        var (paid, goods, charges) = (empty, empty, empty)
        for index in lines.indices {
            paid.lines[index] = CreditBalance.take(&rest, outOf: &left[index])
            goods.lines[index] = left[index]
        }
        charges = CreditDraft(kind: kind, reason: Order.nothingCame, lines: empty.lines, shipping: shipping, fees: fees)
        paid.shipping = CreditBalance.take(&rest, outOf: &charges.shipping)
        paid.fees = CreditBalance.take(&rest, outOf: &charges.fees)
        // Units are credited with the last of what they are worth.
        for (line, count) in units {
            if goods.lines[line - 1] > 0 || paid.lines[line - 1] == 0 {
                goods.units[line] = count
            } else {
                paid.units[line] = count
            }
        }
        (goods.setOff, charges.setOff) = (goods.amount, charges.amount)
        return [paid, goods, charges].filter { $0.amount > 0 || !$0.units.isEmpty }
    }

    /// Takes the shipping and fees that are set off out of it, as a draft by itself; nil for none.
    mutating func takeOutChargesSetOff() -> CreditDraft? {
        var rest = min(setOff, shipping + fees)
        guard rest > 0 else { return nil }
        var part = CreditDraft(kind: kind, reason: Order.nothingCame, lines: lines.map { _ in 0 })
        part.setOff = rest
        part.shipping = CreditBalance.take(&rest, outOf: &shipping)
        part.fees = CreditBalance.take(&rest, outOf: &fees)
        setOff -= part.setOff
        return part
    }

    /// Credits a share of each line; what was sent is used up first.
    fileprivate mutating func take(_ shares: [Int64], from balance: inout CreditBalance) {
        for (index, share) in shares.enumerated() {
            lines[index] += share
            balance.kept[index] -= share
            balance.ahead -= max(0, share - balance.sent[index])
            balance.sent[index] = max(0, balance.sent[index] - share)
        }
    }
}

extension Order {
    var creditBalance: CreditBalance {
        let given = CreditGiven(of: self)
        let isOver = isGivenUp
        func rooms(_ whole: Int64, kept: Int64, other: Int64, cancelled: Int64) -> (kept: Int64, cancelled: Int64) {
            let left = max(0, whole - other - cancelled)
            return (min(left, max(0, kept - other)), min(left, max(0, whole - kept - cancelled)))
        }
        let parts = zip(lines, lineValues).enumerated().map { index, part in
            rooms(
                part.1, kept: value(ofFirst: part.0.ordered - part.0.cancelled, of: part.0, worth: part.1),
                other: given.kept[index], cancelled: given.cancelled[index])
        }
        let sentValues = zip(lines, lineValues).map { value(ofFirst: $0.shipped, of: $0, worth: $1) }
        let isAnySent = lines.contains { $0.shipped > 0 }
        let givenAhead = zip(given.kept, sentValues).reduce(Int64(0)) { $0 + max(0, $1.0 - $1.1) }
            + (isAnySent ? 0 : given.keptCharges.shipping + given.keptCharges.fees)
        let (wholeShipping, wholeFees) = (shippingWithTax, feesWithTax)
        let shipping = rooms(
            wholeShipping, kept: isOver ? 0 : shippingDue, other: given.keptCharges.shipping,
            cancelled: given.cancelledCharges.shipping)
        let fees = rooms(
            wholeFees, kept: isOver ? 0 : wholeFees, other: given.keptCharges.fees,
            cancelled: given.cancelledCharges.fees)
        return CreditBalance(
            kept: parts.map(\.kept),
            sent: parts.indices.map { min(parts[$0].kept, max(0, sentValues[$0] - given.kept[$0])) },
            cancelled: parts.map(\.cancelled), keptShipping: shipping.kept, keptFees: fees.kept,
            cancelledShipping: shipping.cancelled, cancelledFees: fees.cancelled,
            retained: max(0, given.retained + feesOfCancelling), givenAhead: givenAhead,
            ahead: max(0, taken - earned - givenAhead), isAnySent: isAnySent)
    }

    /// What units that were sent are worth when they are credited now, by line number.
    func creditWorth(of units: [Int: Int64], _ balance: CreditBalance) -> [Int: Int64] {
        let scale = CreditScale(self, balance)
        return Dictionary(uniqueKeysWithValues: units.map { ($0, scale.worth(of: $1, ofLine: $0)) })
    }

    // MARK: Drafts

    /// An amount for cancelled units, spread over what was cancelled and not credited yet: what was paid is that of the
    /// lines that were placed, or of what took their place; lines that were added later come after them. What is kept
    /// of their money is credited with them and kept back, so that they are credited whole.
    func cancellationDraft(_ amount: Int64, reason: String) -> CreditDraft {
        var balance = creditBalance
        let rooms = balance.cancelled
        let left = rooms.reduce(0, +) + balance.cancelledShipping + balance.cancelledFees - amount
        let shown = standingMemos.reduce(Int64(0)) { $1.kind == .cancellation ? $0 + $1.retained : $0 }
        let kept = max(0, min(left, feesOfCancelling - shown))
        var rest = amount + kept
        var draft = CreditDraft(kind: .cancellation, reason: reason, lines: lines.map { _ in 0 })
        // What replaced units were paid with has moved on to those that replace them.
        let replaced = Set(lines.compactMap(\.replaces))
        let ages = zip(lines, agesOfMoney).map { replaced.contains($0.number) ? Int.max : $1 }
        for age in Set(ages).sorted() {
            var part = zip(rooms, ages).map { $1 == age ? $0 : 0 }
            for (index, share) in CreditBalance.take(&rest, outOf: &part).enumerated() { draft.lines[index] += share }
        }
        draft.shipping = CreditBalance.take(&rest, outOf: &balance.cancelledShipping)
        draft.fees = CreditBalance.take(&rest, outOf: &balance.cancelledFees)
        draft.retained = kept
        for line in lines where draft.lines[line.number - 1] > 0 {
            guard draft.lines[line.number - 1] == rooms[line.number - 1] else { continue }
            draft.units[line.number] = line.cancelled - creditedUnits(of: line.number, cancelled: true)
        }
        return draft
    }

    /// How late the money of each line was agreed on: by the revision that brought it, and that of what it replaces
    /// where it stands in for units of another line.
    var agesOfMoney: [Int] {
        var revisions: [Int] = []
        for line in lines { revisions.append(line.replaces.map { revisions[$0 - 1] } ?? line.revision ?? 1) }
        return revisions
    }

    /// An amount for kept parts: first for named units, then for shipping and fees where units were named, else for
    /// goods: all that were sent in proportion, then those whose money was taken in advance; then shipping and fees;
    /// last of all what was kept back before.
    ///
    /// - Returns: nil where less than the amount is left to credit.
    func draft(
        _ amount: Int64, _ kind: CreditMemo.Kind, reason: String, subject: String? = nil, units: [Int: Int64] = [:]
    ) -> CreditDraft? {
        var balance = creditBalance
        var rest = amount
        var draft = CreditDraft(kind: kind, reason: reason, subject: subject, lines: lines.map { _ in 0 })
        let worth = creditWorth(of: units, balance)
        var named = lines.map { worth[$0.number] ?? 0 }
        if !units.isEmpty {
            if rest >= named.reduce(0, +) { draft.units = units.filter { $0.value > 0 } }
            draft.take(CreditBalance.take(&rest, outOf: &named), from: &balance)
        } else {
            let rooms = balance.kept
            takeGoods(of: &rest, into: &draft, from: &balance)
            for line in lines where draft.lines[line.number - 1] > 0 {
                guard draft.lines[line.number - 1] == rooms[line.number - 1] else { continue }
                let left = line.ordered - line.cancelled - creditedUnits(of: line.number, cancelled: false)
                if left > 0 { draft.units[line.number] = left }
            }
        }
        takeCharges(of: &rest, into: &draft, from: &balance)
        if !units.isEmpty { takeGoods(of: &rest, into: &draft, from: &balance) }
        draft.retained = -CreditBalance.take(&rest, outOf: &balance.retained)
        var kept = balance.kept
        draft.take(CreditBalance.take(&rest, outOf: &kept), from: &balance)
        return rest == 0 ? draft : nil
    }

    /// Spreads an amount over goods whose money was taken: over what was sent, then over what was paid in advance.
    private func takeGoods(of rest: inout Int64, into draft: inout CreditDraft, from balance: inout CreditBalance) {
        var sent = balance.sent
        draft.take(CreditBalance.take(&rest, outOf: &sent), from: &balance)
        var early = min(rest, balance.ahead)
        guard early > 0 else { return }
        rest -= early
        for var rooms in unsentRooms(balance) {
            draft.take(CreditBalance.take(&early, outOf: &rooms), from: &balance)
        }
        rest += early
    }

    /// Takes an amount out of shipping, then fees, whose money was taken.
    private func takeCharges(
        of rest: inout Int64, into draft: inout CreditDraft, from balance: inout CreditBalance
    ) {
        var part = balance.isAnySent ? rest : min(rest, balance.ahead)
        rest -= part
        draft.shipping = CreditBalance.take(&part, outOf: &balance.keptShipping)
        draft.fees = CreditBalance.take(&part, outOf: &balance.keptFees)
        if !balance.isAnySent { balance.ahead -= draft.shipping + draft.fees }
        rest += part
    }

    /// What of goods that were not sent may be credited, by line: first what was placed, or took the place of that,
    /// then what was added, in the order of the revisions, and last of all what lines were raised by. What was paid in
    /// advance was paid for the first of them.
    private func unsentRooms(_ balance: CreditBalance) -> [[Int64]] {
        let (ages, values) = (agesOfMoney, lineValues)
        let whole = zip(balance.kept, balance.sent).map { $0 - $1 }
        let raised = lines.indices.map { index in
            let line = lines[index]
            guard line.wanted > line.begun else { return Int64(0) }
            let begun = value(ofFirst: line.begun, of: line, worth: values[index])
            return min(whole[index], value(ofFirst: line.wanted, of: line, worth: values[index]) - begun)
        }
        let begun = zip(whole, raised).map { $0 - $1 }
        return Set(ages).sorted().map { age in zip(begun, ages).map { $1 == age ? $0 : 0 } } + [raised]
    }

    /// Units of a line that were not given up, and that nobody was credited for.
    func uncreditedUnits(of line: OrderLine) -> Int64 {
        max(0, line.ordered - line.cancelled - creditedUnits(of: line.number, cancelled: false))
    }

    func creditedUnits(of line: Int, cancelled: Bool) -> Int64 {
        let gone = (refundedCancelled[line]?.units ?? 0) + unitsTakenOver(from: line)
        let come = creditTakenOver[line]?.units ?? 0
        return standingMemos.reduce(cancelled ? gone : come - gone) { sum, memo in
            guard (memo.kind == .cancellation) == cancelled else { return sum }
            return memo.lines.reduce(sum) { $1.line == line ? $0 + $1.units : $0 }
        }
    }
}

/// What units of an order are worth when they are credited now: their share of what was paid for their line, behind
/// the units that were credited before; the last ones close what is left of the line to the penny. Made once for many
/// lines.
struct CreditScale {
    private let order: Order
    private let balance: CreditBalance
    private let values: [Int64]
    private let credited: [Int: Int64]

    init(_ order: Order, _ balance: CreditBalance) {
        (self.order, self.balance, values) = (order, balance, order.lineValues)
        var credited = order.refundedCancelled.mapValues { -$0.units }
        for (line, taken) in order.creditTakenOver {
            credited[line, default: 0] += taken.units
            if let old = order.lines[line - 1].replaces { credited[old, default: 0] -= taken.units }
        }
        for memo in order.standingMemos where memo.kind != .cancellation {
            for line in memo.lines { credited[line.line, default: 0] += line.units }
        }
        self.credited = credited
    }

    /// What units that were sent are worth.
    func worth(of count: Int64, ofLine number: Int) -> Int64 {
        min(share(of: count, ofLine: number), balance.sent[number - 1])
    }

    /// What units are worth whatever was given of their line without units.
    func wholeWorth(of count: Int64, ofLine number: Int) -> Int64 {
        let (line, before, value) = (order.lines[number - 1], max(0, credited[number] ?? 0), values[number - 1])
        return order.value(ofFirst: before + count, of: line, worth: value)
            - order.value(ofFirst: before, of: line, worth: value)
    }

    /// What any units are worth, sent or not; and how much of it is of goods that were not sent.
    func worthByHand(of count: Int64, ofLine number: Int) -> (worth: Int64, ahead: Int64) {
        let (share, sent) = (share(of: count, ofLine: number), balance.sent[number - 1])
        let unitsSent = max(0, order.lines[number - 1].shipped - max(0, credited[number] ?? 0))
        return count <= unitsSent ? (min(share, sent), 0) : (share, max(0, share - sent))
    }

    private func share(of count: Int64, ofLine number: Int) -> Int64 {
        let (line, room, before) = (order.lines[number - 1], balance.kept[number - 1], credited[number] ?? 0)
        guard count > 0 else { return 0 }
        if before + count >= line.ordered - line.cancelled { return room }
        let value = values[number - 1]
        let worth = order.value(ofFirst: before + count, of: line, worth: value)
            - order.value(ofFirst: before, of: line, worth: value)
        return min(worth, room)
    }
}

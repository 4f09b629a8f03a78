/// What a customer bought beside goods that go out once more, on the same order: lines that were added, and units that
/// lines were raised by. It comes back like any purchase. Where the first parcel came after all it is paid back by what
/// they paid for it; the money that came with the goods stays for those.
extension Order {
    /// Units of each line that go out once more, in the order of lines: what was placed, or took the place of that.
    private var unitsAgain: [Int64] {
        guard origin?.kind == .reshipment else { return lines.map { _ in 0 } }
        return zip(lines, agesOfMoney).map { $1 == 1 ? min($0.begun, $0.wanted) : 0 }
    }

    /// Whether its customer keeps or awaits goods that were not to go out once more.
    var hasBoughtBeside: Bool { zip(lines, unitsAgain).contains { $0.wanted > $1 } }

    /// Whether units of a line go out once more.
    func isAgain(_ line: Int) -> Bool { unitsAgain[line - 1] > 0 }

    /// Units of a line that are with the customer, under way or still to go.
    private func unitsAway(_ line: OrderLine) -> Int64 {
        let sent = arrivals(of: line.number).reduce(0) { $0 + $1.units }
        let back = returns.flatMap(\.lines).reduce(Int64(0)) {
            $1.line == line.number && $1.reason != .undelivered ? $0 + $1.received : $0
        }
        return line.open + max(0, sent - back)
    }

    /// Whether nothing of what goes out once more is with its customer, under way or still to go, and nobody has to
    /// decide about any of it.
    var isAgainWithNobody: Bool {
        let again = unitsAgain
        func holdsAgain(_ numbers: some Sequence<Int>) -> Bool { numbers.contains { again[$0 - 1] > 0 } }
        let isDecided = parcels.allSatisfy { $0.state != .lost || $0.claim != nil || !holdsAgain($0.lines.map(\.line)) }
            && returns.allSatisfy { entry in
                !entry.state.isOpen || !holdsAgain(entry.lines.filter { $0.expected > 0 }.map(\.line))
            }
        return isDecided && zip(lines, again).allSatisfy { $1 == 0 || unitsAway($0) <= $0.wanted - $1 }
    }

    /// Of each line, units bought beside that are with nobody any more and were not settled: minus those that are not
    /// back. Of one line those come first that went out once more, since nothing is owed to who has more than they
    /// paid for.
    private var boughtBack: [Int64] {
        zip(lines, unitsAgain).map { line, again in
            let settled = creditedUnits(of: line.number, cancelled: false) - unitsRefundedByHand(line.number)
            return line.wanted - again - unitsAway(line) - max(0, settled)
        }
    }

    /// Of units, by line, those that were bought beside what goes out once more.
    ///
    /// - Parameter areHere: Whether they are with nobody already; else they are taken to come.
    func bought(among units: [Int: Int64], areHere: Bool = true) -> [Int: Int64] {
        let rooms = boughtBack
        return units.reduce(into: [:]) { found, entry in
            let part = min(entry.value, rooms[entry.key - 1] + (areHere ? 0 : entry.value))
            if part > 0 { found[entry.key] = part }
        }
    }

    /// Of the units that are here with each open return and not settled, those that were bought beside: by the place of
    /// the return.
    func boughtUnitsOfReturns() -> [[Int: Int64]] {
        var rooms = boughtBack
        return returns.indices.map { index in
            guard returns[index].state.isOpen else { return [:] }
            return uncredited(index).reduce(into: [:]) { found, entry in
                let part = min(entry.value, rooms[entry.key - 1])
                guard part > 0 else { return }
                found[entry.key] = part
                rooms[entry.key - 1] -= part
            }
        }
    }

    /// Whether something of a parcel, or of what is here with a return, was bought beside.
    func hasBought(in subject: String?) -> Bool {
        if let parcel = parcel(named: subject) { return !bought(among: parcel.units, areHere: parcel.isGone).isEmpty }
        let index = subject.flatMap { ReturnID($0) }.flatMap { id in returns.firstIndex { $0.number == id.number } }
        return index.map { !bought(among: uncredited($0)).isEmpty } ?? false
    }

    /// Whether the customer has the first goods, so that nothing is owed for what goes out once more for them. A
    /// question to the database for each order before it.
    public func owesOnlyBought(in db: any Connection) throws -> Bool {
        var (known, link): ([OrderID: Order], Order.Origin?) = ([:], origin)
        while let present = link, present.kind == .reshipment, known[present.order] == nil {
            known[present.order] = try OrderStore.order(present.order, in: db)
            link = known[present.order]?.origin
        }
        return firstSet { known[$0] } != nil
    }

    /// What units that were bought are worth, as far as it can be paid: minor units.
    func payable(forBought units: [Int: Int64]) -> Int64 {
        min(creditWorth(of: units.without(covered(units)), creditBalance).values.reduce(0, +), refundableBeside)
    }

    // MARK: Whose money it is

    /// What came with the goods that go out once more and was not given of them since: it goes back with them, and pays
    /// for nothing else. Minor units.
    var heldForFirst: Int64 {
        guard let origin, origin.kind == .reshipment else { return 0 }
        let (ages, again, values) = (agesOfMoney, unitsAgain, lineValues)
        var given: Int64 = 0
        for line in lines where ages[line.number - 1] == 1 {
            let credited = standingMemos.flatMap(\.lines).reduce(Int64(0)) {
                $1.line == line.number ? $0 + $1.amount : $0
            }
            let worth = values[line.number - 1]
            let bought = value(ofFirst: line.wanted, of: line, worth: worth)
                - value(ofFirst: again[line.number - 1], of: line, worth: worth)
            given += max(0, credited - max(0, again[line.number - 1] > 0 ? bought : 0))
        }
        return max(0, origin.brought - given)
    }

    /// What may be given back for what was bought beside goods that go out once more: minor units.
    var refundableBeside: Int64 { max(0, refundable() - heldForFirst) }

    /// Whether a payment came from another order.
    func isMoved(_ payment: Payment) -> Bool {
        effects.contains {
            $0.payment == payment.number && $0.kind == .capture && $0.reason == Self.exchangeReason
        }
    }

    /// Payments in the order in which a memo is paid by them: each purchase by its own money, as far as that goes.
    func refundOrder(for memo: CreditMemo, in work: Work) -> [Int] {
        let places = refundOrder(work.paying(of: self))
        guard origin?.kind == .reshipment, work.firstSet(of: self) != nil else { return places }
        let (moved, own) = (places.filter { isMoved(payments[$0]) }, places.filter { !isMoved(payments[$0]) })
        return memo.reason == Self.foundReason ? moved + own : own + moved
    }

    /// Units of what went out once more, by line, that nobody was credited for.
    var uncreditedAgain: [Int: Int64] {
        zip(lines, unitsAgain).reduce(into: [:]) { units, entry in
            let left = min(entry.1, uncreditedUnits(of: entry.0))
            if left > 0 { units[entry.0.number] = left }
        }
    }

    /// Units that were bought beside and sent a third time with the rest of their parcel, which is over as well.
    var boughtAndTakenUp: [Int: Int64] {
        let gone = parcels.filter { $0.claim?.endedAt != nil && $0.claim?.foundAt == nil }
        let units = gone.reduce(into: [Int: Int64]()) { $0.merge($1.units, uniquingKeysWith: +) }
        return bought(among: units).filter { !isAgain($0.key) }
    }

    /// What goes back to the order that the goods came from, once those are with nobody, and for which units: first
    /// theirs, then those of what else was bought with the same money and is with nobody either.
    func partsForFirst() -> [(amount: Int64, units: [Int: Int64])] {
        let (balance, again) = (creditBalance, uncreditedAgain)
        var most = min(heldForFirst, refundable())
        var others: [Int: Int64] = [:]
        for line in lines {
            let left = uncreditedUnits(of: line) - (again[line.number] ?? 0) - unitsAway(line)
            if left > 0, again[line.number] == nil { others[line.number] = left }
        }
        return [again, others].compactMap { units in
            let amount = min(most, creditWorth(of: units, balance).values.reduce(0, +))
            most -= amount
            return amount > 0 ? (amount, units) : nil
        }
    }
}

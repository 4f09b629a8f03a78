/// The first parcel came after all, and what went out once more for it is with nobody: its courier brought it back or
/// lost it, or its customer sent it back. The customer has what they paid for: nobody is paid.
extension Order {
    /// Whether a parcel is with its customer though it was settled.
    func isFound(_ parcel: Parcel) -> Bool {
        guard parcel.state == .delivered, let claim = parcel.claim, claim.isFinal, claim.foundAt != nil else {
            return false
        }
        return !(claim.isElsewhere || parcel.wentToOldAddress) || claim.isFetched
    }

    /// The parcel that its goods went out once more for, and that its customer has after all; nil where they have not.
    ///
    /// - Parameter find: Orders that are known.
    func firstSet(_ find: (OrderID) -> Order?) -> FirstSet? {
        guard let origin, origin.kind == .reshipment, let first = find(origin.order),
            let parcel = first.parcels.first(where: { $0.number == origin.parcel }), let claim = parcel.claim,
            claim.endedAt == nil
        else { return nil }
        if first.isFound(parcel), !first.awaited(parcel).isEmpty {
            return FirstSet(
                order: first.id, number: first.number, parcel: parcel.number, isWhole: first.handedIn(parcel).isEmpty)
        }
        return first.firstSet(find)
    }

    /// Whether the orders before it can take up again what went out once more: all of that is with nobody, and so is
    /// what else was bought with the money that came with it. What its customer paid for may be with them.
    func canEndReshipment(_ find: (OrderID) -> Order?) -> Bool {
        guard let set = firstSet(find), set.isWhole, let first = origin.flatMap({ find($0.order) }), isAgainWithNobody,
            movable(to: first) >= heldForFirst, partsForFirst().reduce(0, { $0 + $1.amount }) == heldForFirst
        else { return false }
        return first.id == set.order || first.canEndReshipment(find)
    }

    func canEndReshipment(in work: Work) -> Bool { canEndReshipment { work.peek($0) } }

    /// Whether all its money came from the order that it stands in for.
    var isPaidByOrigin: Bool {
        payments.allSatisfy(isMoved) && !effects.contains { $0.state == .pending }
    }

    /// Ends what went out once more for a parcel that came after all, once nothing of it is with anybody.
    ///
    /// 1. What is left of the money that came with it goes back to the order that it came from: no provider is asked.
    /// 2. What its customer had paid beside that for the same goods, dearer ones for instance, is paid back.
    /// 3. That order takes up again what it had given up: what is in the first parcel may be returned, and refunded,
    ///    from there. What was given for the goods since is credited there.
    /// 4. Its own returns are settled, but for what its customer bought beside: nothing is owed for the rest, and they
    ///    say why.
    ///
    /// - Parameter entry: The return that somebody else settles.
    mutating func endReshipment(settledBeside entry: Int? = nil, in work: inout Work) throws {
        guard canEndReshipment(in: work), let set = work.firstSet(of: self), let origin,
            var first = work.peek(origin.order),
            let place = first.parcels.firstIndex(where: { $0.number == origin.parcel })
        else { return }
        let bought = boughtUnitsOfReturns()
        let owed = uncreditedAgain.merging(boughtAndTakenUp, uniquingKeysWith: +)
        var moved: [Moved] = []
        for (amount, units) in partsForFirst() {
            guard
                let draft = draft(amount, .returned, reason: Self.foundReason, subject: id.description, units: units)
            else { throw amountExceedsBalance(amount) }
            moved += try move(issue(draft, in: &work), amount, to: first, in: &work)
        }
        try payBeside(owed, settledBeside: entry, in: &work)
        for index in returns.indices where !returns[index].isEmpty {
            guard returns[index].lines.contains(where: { isAgain($0.line) }) else { continue }
            let own = bought[index]
            returns[index].credit([:], units: uncredited(index).without(own))
            let known = returns[index].note.map { $0 + " " } ?? ""
            let isMixed = !own.isEmpty || returns[index].refunded > 0
            returns[index].note = known + "Nothing is paid\(isMixed ? " for what went out once more" : ""): "
                + "\(set.reason)."
            guard returns[index].state == .inspected, returns[index].number != entry, own.isEmpty else { continue }
            closeUndelivered(of: index)
            try returns[index].apply(.settle, at: work.now)
            record(.returnSettled, returns[index], in: &work)
        }
        try first.takeUp(place, moved, of: self, in: &work)
        try first.endReshipment(in: &work)
        work.update(first)
    }

    /// Pays what units that went out once more are worth beyond what came with them, and those that were bought beside
    /// them and sent a third time together with them.
    private mutating func payBeside(
        _ units: [Int: Int64], settledBeside entry: Int?, in work: inout Work
    ) throws {
        let left = units.filter { number, _ in uncreditedUnits(of: lines[number - 1]) > 0 }
        let (setOff, paid) = parts(ofOwed: creditWorth(of: left, creditBalance).values.reduce(0, +))
        guard setOff + paid > 0 else { return }
        let index = returns.firstIndex { $0.number == entry } ?? returns.lastIndex { !$0.isEmpty }
        let subject = index.map { ReturnID(id, returns[$0].number).description }
        guard var draft = draft(setOff + paid, .returned, reason: "return", subject: subject, units: left) else {
            throw amountExceedsBalance(setOff + paid)
        }
        draft.setOff = setOff
        if let index { returns[index].refunded += draft.payable }
        try credit(draft, in: &work)
    }

    /// What was settled by sending it once more is the customer's as if nothing had been decided; what they were given
    /// for it meanwhile is credited as given.
    mutating func takeUp(_ place: Int, _ moved: [Moved], of other: Order, in work: inout Work) throws {
        guard var claim = parcels[place].claim else { return }
        withdraw(memosFor: ParcelID(id, parcels[place].number).description, in: &work)
        try take(moved, for: other.id.description, in: &work)
        let given = (other.origin?.brought ?? 0) - moved.reduce(0) { $0 + $1.amount }
        if given > 0 {
            guard
                let draft = draft(
                    given, .refund, reason: Self.foundReason, subject: other.id.description,
                    units: parcels[place].units)
            else { throw amountExceedsBalance(given) }
            _ = issue(draft, in: &work)
        }
        claim.end(at: work.now)
        parcels[place].claim = claim
        countClosed(parcels[place].lines.map(\.line))
    }

    /// Whether a memo brings money of goods that went out once more back to the order that it came from.
    public func isBetweenOrders(_ memo: CreditMemo) -> Bool {
        origin?.kind == .reshipment && memo.subject == id.description
    }

    /// Whether a memo says what another order gave for goods of this one: nobody pays it here.
    func isGivenElsewhere(_ memo: CreditMemo) -> Bool {
        memo.reason == Self.foundReason && memo.subject.flatMap { OrderID($0) }.map { $0 != id } ?? false
    }
}

/// A parcel whose goods went out once more, and that came after all.
struct FirstSet {
    let order: OrderID
    let number: String
    /// Its number within that order.
    let parcel: Int
    /// Whether nothing of it was handed in.
    let isWhole: Bool

    /// Why nothing is owed for what went out once more.
    var reason: String {
        "the customer has the goods of parcel \(parcel) of order \(number), for which these went out once more"
    }
}

extension Work {
    /// The parcel that an order's goods went out once more for, and that its customer has after all.
    func firstSet(of order: Order) -> FirstSet? { order.firstSet { peek($0) } }

    /// Why nothing is paid for units of what went out once more; nil where it can be, as for what its customer bought
    /// beside. Where a part of the first goods was handed in, a person who names an amount decides.
    ///
    /// - Parameters:
    ///   - units: By line; with nobody.
    ///   - amount: What somebody named: minor units.
    ///   - instead: What can be done where nothing may be paid.
    func objectionToPaying(
        for units: [Int: Int64], of order: Order, amount: Int64?, instead: String = ""
    ) -> String? {
        guard let set = firstSet(of: order), set.isWhole || amount == nil else { return nil }
        let bought = order.bought(among: units)
        guard bought.isEmpty else {
            let most = order.payable(forBought: bought)
            guard let amount, amount > most else { return nil }
            return "\(set.reason): at most \(Money(most, order.currency)) are owed, for what they bought beside those"
        }
        return (set.isWhole
            ? "\(set.reason): nothing is owed for it"
            : "\(set.reason), and handed in a part of those: name the amount that is owed") + instead
    }
}

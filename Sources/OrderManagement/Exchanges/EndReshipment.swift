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

    /// Whether the orders before it can take up again what went out once more: all of that is with nobody, and was
    /// paid by them.
    func canEndReshipment(_ find: (OrderID) -> Order?) -> Bool {
        guard let set = firstSet(find), set.isWhole, let first = origin.flatMap({ find($0.order) }), isWithNobody,
            isPaidByOrigin, revision == 1 || due == taken, movable(to: first) >= refundable(),
            creditBalance.creditable >= refundable()
        else { return false }
        return first.id == set.order || first.canEndReshipment(find)
    }

    func canEndReshipment(in work: Work) -> Bool { canEndReshipment { work.peek($0) } }

    /// Whether all its money came from the order that it stands in for.
    var isPaidByOrigin: Bool {
        let isMoved = payments.allSatisfy { payment in
            effects.contains { $0.payment == payment.number && $0.kind == .capture && $0.reason == Self.exchangeReason }
        }
        return isMoved && !effects.contains { $0.state == .pending }
    }

    /// Whether nothing of it is with its customer, under way or still to go, and nobody has to decide about any of it.
    private var isWithNobody: Bool {
        let isDecided = parcels.allSatisfy { $0.state != .lost || $0.claim != nil }
            && returns.allSatisfy { !$0.state.isOpen || !$0.isWaiting }
        return isDecided && lines.allSatisfy { line in
            let sent = arrivals(of: line.number).reduce(0) { $0 + $1.units }
            let back = returns.flatMap(\.lines).reduce(Int64(0)) {
                $1.line == line.number && $1.reason != .undelivered ? $0 + $1.received : $0
            }
            return line.open == 0 && sent <= back
        }
    }

    /// Ends what went out once more for a parcel that came after all, once nothing of it is with anybody.
    ///
    /// 1. What is left of its money goes back to the order that it came from: no provider is asked.
    /// 2. That order takes up again what it had given up: what is in the first parcel may be returned, and refunded,
    ///    from there. What was given for the goods since is credited there.
    /// 3. Its own returns are settled: nothing is owed for them, and they say why.
    ///
    /// - Parameter entry: The return that somebody else settles.
    mutating func endReshipment(settledBeside entry: Int? = nil, in work: inout Work) throws {
        guard canEndReshipment(in: work), let set = work.firstSet(of: self), let origin,
            var first = work.peek(origin.order),
            let place = first.parcels.firstIndex(where: { $0.number == origin.parcel })
        else { return }
        let left = refundable()
        var moved: [Moved] = []
        if left > 0 {
            var units: [Int: Int64] = [:]
            for line in lines { units[line.number] = uncreditedUnits(of: line) }
            guard
                let draft = draft(left, .returned, reason: Self.foundReason, subject: id.description, units: units)
            else { throw amountExceedsBalance(left) }
            moved = try move(issue(draft, in: &work), left, to: first, in: &work)
        }
        for index in returns.indices where !returns[index].isEmpty {
            returns[index].credit([:])
            let known = returns[index].note.map { $0 + " " } ?? ""
            returns[index].note = known + "Nothing is paid: \(set.reason)."
            guard returns[index].state == .inspected, returns[index].number != entry else { continue }
            closeUndelivered(of: index)
            try returns[index].apply(.settle, at: work.now)
            record(.returnSettled, returns[index], in: &work)
        }
        try first.takeUp(place, moved, of: self, in: &work)
        try first.endReshipment(in: &work)
        work.update(first)
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

    /// Why nothing is paid for what went out once more; nil where it can be. Where a part of the first goods was handed
    /// in, a person who names an amount decides.
    func objectionToPaying(for order: Order, isNamed: Bool) -> String? {
        guard let set = firstSet(of: order), set.isWhole || !isNamed else { return nil }
        return set.isWhole
            ? "\(set.reason): nothing is owed for it"
            : "\(set.reason), and handed in a part of those: name the amount that is owed"
    }
}

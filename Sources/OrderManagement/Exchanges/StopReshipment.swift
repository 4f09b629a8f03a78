/// What goes out once more for a parcel is stopped, since that parcel came after all: the customer has what they paid
/// for, and nobody pays anything.
extension Order {
    /// What is said of goods that are not sent once more.
    static let foundReason = "found"

    /// Why an order that sends goods once more cannot be stopped without money; nil where it can.
    var objectionToStopping: String? {
        let status = OrderStatus(of: self)
        let present = "order \(number), which sends the goods once more, is \(status.overall.rawValue)"
        let instead = "ask the customer to hand one set in, or let them keep what they have"
        guard status.overall != .cancelled else { return "\(present), and its money was given back: \(instead)" }
        guard lines.allSatisfy({ $0.shipped == 0 }) else {
            return "\(present), \(status.fulfillment.rawValue): \(instead)"
        }
        // Another address, or another date, changes nothing of its money.
        let isAsPlaced = lines.allSatisfy { $0.cancelled == 0 } && (revision == 1 || due == taken)
        guard isAsPlaced, isPaidByOrigin else {
            return "\(present), and other goods or money were put into it: cancelling it pays for goods that the "
                + "customer has; \(instead)"
        }
        return nil
    }

    /// Stops what goes out once more for a parcel that was found.
    ///
    /// 1. Gives up the other order's units, none of which has left: they are for sale again.
    /// 2. Withdraws the credit memo by which the goods were worth nothing here any more.
    /// 3. Brings the money back that had moved there: no provider is asked, and the customer is paid nothing.
    /// 4. The parcel has arrived as any other: what is in it may be returned, and refunded, from here. What was given
    ///    back of the other order is credited here as given.
    ///
    /// - Throws: `.illegalTransition` where the other order has left, is over, or was changed by people.
    mutating func stopReshipment(for place: Int, in work: inout Work) throws {
        guard let link = parcels[place].claim?.successor, var other = work.peek(link.order) else {
            throw BrokenInvariant("the order that sends a parcel of \(number) once more was not loaded")
        }
        if let objection = other.objectionToStopping { throw Refusal(.illegalTransition, objection) }
        try other.giveUpUnsent(in: &work)
        let moved = try other.bringBack(to: self, in: &work)
        other.passGates(in: &work)
        work.update(other)
        try takeUp(place, moved, of: other, in: &work)
    }

    /// Whether it was to send goods once more and was stopped, since the first parcel had come after all. One more
    /// question to the database, of an order that sends goods once more.
    public func isStoppedReshipment(in db: any Connection) throws -> Bool {
        guard let origin, origin.kind == .reshipment else { return false }
        if hasBoughtBeside { return false }
        if memos.contains(where: { $0.reason == Self.foundReason }) { return true }
        // Goods that were worth nothing had no money to bring back.
        let claim = try OrderStore.order(origin.order, in: db)?.parcels.first { $0.number == origin.parcel }?.claim
        return claim?.endedAt != nil && claim?.successor?.order == id
    }

    private mutating func giveUpUnsent(in work: inout Work) throws {
        var policy = try work.configuration.channel(channel).policy
        policy.cancellableUntil = Fulfillment.State.ready.rawValue
        let units = Dictionary(uniqueKeysWithValues: lines.map { ($0.number, $0.open) })
        try cancel(units, reason: CancelOrder.Reason.other.rawValue, policy: policy, in: &work)
    }

    /// Pays all that was taken to the order that it came from.
    private mutating func bringBack(to other: Order, in work: inout Work) throws -> [Moved] {
        let amount = owedBack
        guard amount > 0 else { return [] }
        guard movable(to: other) >= amount else {
            throw Refusal(
                .illegalTransition,
                "order \(number) was paid with the store credit of another customer than that of \(other.number)")
        }
        var draft = cancellationDraft(amount, reason: Self.foundReason)
        draft.subject = id.description
        return try move(issue(draft, in: &work), amount, to: other, in: &work)
    }

    /// What was owed back for a parcel is not owed after all.
    mutating func withdraw(memosFor subject: String, in work: inout Work) {
        withdraw(in: &work) { $0.subject == subject }
    }

    mutating func withdraw(in work: inout Work, memosThat isMeant: (CreditMemo) -> Bool) {
        for index in memos.indices where memos[index].stands && isMeant(memos[index]) {
            memos[index].withdrawnAt = work.now
            let (memo, snapshot) = (memos[index], self)
            work.record(.creditMemoWithdrawn, on: &self) {
                $0.name("credit_memo")
                memo.write(to: &$0, of: snapshot)
            }
        }
    }

    /// Money that went to another order and came back from there, since that order was not needed: it was taken once.
    var broughtBack: Int64 {
        effects.reduce(0) { sum, effect in
            guard effect.kind == .capture, effect.reason == Self.exchangeReason, effect.subject != origin?.subject
            else { return sum }
            return sum + effect.amount
        }
    }
}

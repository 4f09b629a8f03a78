/// Cash at the door: the customer has promised to pay whoever hands the goods over. The promise is as good as an
/// authorization, and it is kept when the goods change hands: never when they are sent.
///
/// Each parcel asks for what lies in it, the first of them for shipping and fees as well, and other tenders pay first.
/// The amount is decided when its label is bought, or, without one, when it leaves: from then on it is fact. A parcel
/// that comes back, or never comes, has brought nothing; what it asked for is set off against what its goods were
/// worth.
public enum CashOnDelivery {
    /// What orders name in `payment.provider`.
    public static let provider = "cash_on_delivery"
    /// Nobody is asked to hold it, and it does not expire.
    static let rules = PaymentPolicy.ProviderRules(takesAt: .handOver)
    /// Why it was captured, in the effects of a payment.
    static let atDoor = "delivery"
    static let atCounter = "collection"
}

extension Payment {
    /// Whether it is paid when goods change hands.
    public var isCash: Bool { provider == CashOnDelivery.provider }
}

extension Parcel {
    /// Whether what it asks for is decided, and may still be paid.
    public var awaitsCash: Bool { isCashDecided && !state.isFinal }

    /// Whether it bears a label, or has left.
    fileprivate var isCashDecided: Bool { !lines.isEmpty && (state.isSent || label != nil) }
}

extension Sequence<Parcel> {
    /// What they ask for that is not paid yet: minor units.
    var cashAwaited: Int64 { reduce(0) { $1.awaitsCash ? $0 + $1.cash : $0 } }
}

extension Order {
    /// What is promised in cash, and neither paid nor let go: minor units.
    public var cashHeld: Int64 { payments.reduce(0) { $1.isCash ? $0 + $1.capturable : $0 } }

    /// What of that is due: what no other tender holds, or is asked for.
    public var cashToCome: Int64 {
        let held = cashHeld
        return held > 0 ? min(held, max(0, heldByNobody)) : 0
    }

    /// What is due that is neither taken nor held, or asked for, by another tender: promised in cash, or by nobody yet.
    private var heldByNobody: Int64 {
        payments.reduce(due - taken) {
            $1.isCash ? $0 : $0 - ($1.state == .pending ? $1.amount : $1.capturable)
        }
    }

    /// What is due and neither taken nor held by another tender, whoever else was asked for money.
    var cashNeeded: Int64 { payments.reduce(due - taken) { $1.isCash ? $0 : $0 - $1.capturable } }

    /// What parcels ask for that are labelled or on their way.
    var cashAtDoors: Int64 { parcels.cashAwaited }

    /// Of that, what is asked for by those that have left.
    public var cashUnderWay: Int64 { parcels.lazy.filter(\.state.isSent).cashAwaited }

    /// What a parcel with some of its goods would ask for: all that is to come but for what other goods are worth, for
    /// which nobody has asked yet. So the first bears shipping and fees, other tenders pay for the first, and all of
    /// them close to the penny. Where less was promised than is to come, what is missing is missing for the goods that
    /// are asked for last: those that leave are paid for.
    ///
    /// - Parameter place: The parcel, where it is packed already: what it asks for now does not count.
    func cash(for units: [Int: Int64], of place: Int? = nil) -> Int64 {
        let own = place.map { parcels[$0].awaitsCash ? parcels[$0].cash : 0 } ?? 0
        let elsewhere = cashAtDoors - own
        let left = cashToCome - elsewhere
        guard left > 0 else { return 0 }
        return min(left, max(0, heldByNobody - elsewhere - worthUnasked(beside: units, place)))
    }

    /// What a parcel asks for, or would if it left as things are.
    public func cash(askedFor parcel: Parcel) -> Int64 {
        guard !parcel.isCashDecided, let place = parcels.firstIndex(where: { $0.number == parcel.number }) else {
            return parcel.cash
        }
        return cash(for: parcel.units, of: place)
    }

    /// What is to be paid when all goods of a fulfillment change hands: by its parcels, or at the counter.
    public func cash(askedFor part: Fulfillment) -> Int64 {
        let decided = boxes(of: part.number).filter(\.isCashDecided)
        let rest = part.unitsByLine.without(
            decided.flatMap(\.lines).reduce(into: [:]) { $0[$1.line, default: 0] += $1.quantity })
        let isOver = part.state.hasLeft || rest.isEmpty
        return decided.reduce(isOver ? 0 : cash(for: rest)) { $0 + $1.cash }
    }

    /// A parcel leaves: without a label nothing was decided before.
    mutating func decideCash(of place: Int) {
        guard parcels[place].label == nil else { return }
        parcels[place].cash = cash(for: parcels[place].units, of: place)
    }

    /// What goods are worth of which neither a parcel nor a counter has asked for money: minor units.
    private func worthUnasked(beside units: [Int: Int64], _ place: Int? = nil) -> Int64 {
        let unasked = unitsUnasked(beside: units, place)
        guard !unasked.isEmpty else { return 0 }
        return zip(lines, lineValues).reduce(0) { sum, part in
            let (line, value) = part
            guard let count = unasked[line.number] else { return sum }
            return sum + self.value(ofFirst: line.wanted, of: line, worth: value)
                - self.value(ofFirst: line.wanted - count, of: line, worth: value)
        }
    }

    private func unitsUnasked(beside units: [Int: Int64], _ place: Int? = nil) -> [Int: Int64] {
        var asked = units
        for (index, parcel) in parcels.enumerated() where index != place {
            let isAtDoor = parcel.state == .delivered
                && fulfillments.contains { $0.number == parcel.fulfillment && $0.state == .shipped }
            guard parcel.awaitsCash || isAtDoor else { continue }
            for entry in parcel.lines { asked[entry.line, default: 0] += entry.quantity }
        }
        return lines.reduce(into: [:]) { rest, line in
            let count = line.wanted - line.closed - (asked[line.number] ?? 0)
            if count > 0 { rest[line.number] = count }
        }
    }

    // MARK: Paid

    /// What the customer has had and not paid for, nor is to pay for at a door.
    var unsecured: Int64 { max(0, owing - (isCashOver ? 0 : cashHeld)) }

    /// Whether nothing is to come to any door any more.
    var isCashOver: Bool {
        lines.allSatisfy { $0.open == 0 && $0.closed >= $0.shipped } && !parcels.contains(where: \.awaitsCash)
    }

    /// What was booked of what a parcel, or a fulfillment, asked for.
    func cashPaid(for subject: String) -> Int64 {
        effects.reduce(0) { sum, effect in
            guard effect.kind == .capture, effect.subject == subject, effect.state != .failed,
                payments.contains(where: { $0.number == effect.payment && $0.isCash })
            else { return sum }
            return sum + effect.amount
        }
    }

    /// What a parcel that did not come to the door has asked for and not brought: its customer owes it no more once its
    /// goods are settled.
    func cashMissed(by parcel: Int?) -> Int64 {
        guard let parcel = parcels.first(where: { $0.number == parcel }), parcel.state.isMissed, parcel.cash > 0
        else { return 0 }
        return min(cashHeld, parcel.cash - cashPaid(for: ParcelID(id, parcel.number).description))
    }

    /// The same of other parcels whose goods are not settled yet: lost, and claimed by nobody, or on their way back.
    func cashMissed(besides number: Int?) -> Int64 {
        parcels.reduce(0) { sum, parcel in
            guard parcel.number != number, parcel.state.isMissed, parcel.claim == nil,
                !returns.contains(where: { $0.terms.parcel == parcel.number && $0.state == .settled })
            else { return sum }
            return sum + cashMissed(by: parcel.number)
        }
    }

    /// Whether what a parcel asked for was not paid: it is not there, or not for all that is known.
    func isUnpaid(_ parcel: Parcel) -> Bool {
        parcel.cash > 0 && cashPaid(for: ParcelID(id, parcel.number).description) == 0
    }

    /// A parcel is at the door: what it asks for was paid, once, however often that is told.
    mutating func takeCash(atDoorOf place: Int, in work: inout Work) throws {
        let parcel = parcels[place]
        // The last of what comes may ask for nothing, while something is owed.
        guard parcel.cash > 0 else { return try closeCash(in: &work) }
        let subject = ParcelID(id, parcel.number).description
        let asked = parcel.cash - cashPaid(for: subject)
        try oweAgain(for: place, atMost: asked, in: &work)
        try takeCash(asked, CashOnDelivery.atDoor, subject, in: &work)
        try keepCash(ofUnwantedIn: place, in: &work)
        try closeCash(in: &work)
    }

    /// Goods that customers bring back were at their door: parcels that these must have come in have arrived, though no
    /// courier has said so yet, and what was asked for at the door was paid there.
    mutating func arriveByReturn(in work: inout Work) throws {
        for place in parcels.indices
        where parcels[place].awaitsCash && parcels[place].state.isSent && isUnpaid(parcels[place])
            && haveComeBack(parcels[place])
        {
            try arrive(place, at: work.now, in: &work)
        }
    }

    /// Goods that nobody put into a parcel have come to the door.
    mutating func takeCash(atDoorOf fulfillment: Fulfillment, in work: inout Work) throws {
        let subject = FulfillmentID(id, fulfillment.number).description
        try takeCash(cash(for: [:]), CashOnDelivery.atDoor, subject, in: &work)
        try closeCash(in: &work)
    }

    /// Goods were handed out at the counter: their customer has paid there.
    mutating func takeCash(atCounterFor fulfillment: Fulfillment, in work: inout Work) throws {
        let subject = FulfillmentID(id, fulfillment.number).description
        try takeCash(cash(for: [:]), CashOnDelivery.atCounter, subject, in: &work)
        try closeCash(in: &work)
    }

    mutating func takeCash(
        _ amount: Int64, _ reason: String, _ subject: String, in work: inout Work
    ) throws {
        let amount = min(amount, cashHeld, max(0, due - taken))
        guard amount > 0 else { return }
        _ = try capture(amount, reason: reason, subject: subject, at: .handOver, in: &work)
    }

    /// What was set off is paid by nobody: with nothing left to send, it is let go.
    mutating func settleUnpaid(in work: inout Work) throws {
        try voidRest(reason: "set_off", in: &work)
        try closeCash(in: &work)
    }

    /// Nothing is to come to any door any more: what is still not paid is a minor unit that was rounded, which is taken
    /// as paid, or somebody has to ask the customer for it.
    mutating func closeCash(in work: inout Work) throws {
        guard cashHeld > 0, isCashOver else { return }
        let rest = owing
        // Rounding leaves one of each line at most.
        guard rest > lines.count else {
            if rest > 0 { try takeCash(rest, CashOnDelivery.atDoor, id.description, in: &work) }
            return try voidExcess(reason: "nothing_left_to_pay", in: &work)
        }
        let subject = PaymentEffect.Kind.capture.rawValue
        guard !exceptions.contains(where: { $0.isOpen && $0.kind == .paymentFailed && $0.subject == subject }) else {
            return
        }
        open(
            .paymentFailed, subject: subject,
            cause: "All of order \(number) that was to come has come, and \(Money(rest, currency)) of what was "
                + "promised in cash were asked for at no door.",
            owner: "finance",
            suggestion: "Ask the customer to pay, and book it; or let them off: amend the order, shipping included, or "
                + "write it off.",
            in: &work)
    }

    // MARK: Changes

    /// Cash is what is left: what another tender pays for is not asked for at the door.
    mutating func letGoOfCash(in work: inout Work) throws {
        var excess = cashHeld - max(0, cashNeeded)
        for payment in payments.reversed() where payment.isCash && excess > 0 {
            let part = min(excess, payment.capturable)
            guard part > 0 else { continue }
            try intend(.void, part, payment.number, Cause(reason: "paid_otherwise"), in: &work)
            excess -= part
        }
    }

    /// What is wrong with what doors are asked for, now that money or goods have changed; nil where all is as it was.
    /// Labels are paper: what they ask for is changed by buying them again.
    func objectionToCash(since before: Order) -> String? {
        guard hasWrongCash(cashToCome), !before.hasWrongCash(before.cashToCome), let way = wayToOtherCash else {
            return nil
        }
        return "\(Money(cashAtDoors, currency)) are asked for at the door by then, and \(Money(cashToCome, currency)) "
            + "would be due: \(way)"
    }

    /// Why no money can be taken beside what doors are asked for: all that is due is. nil where some can.
    var objectionToPayingBeside: String? {
        let due = cashToCome
        guard due > 0, hasWrongCash(due - 1), !hasWrongCash(due), let way = wayToOtherCash else { return nil }
        // What is due beyond what was promised is paid by another tender, and lowers nothing.
        guard cashNeeded <= cashHeld else { return nil }
        return "\(Money(cashAtDoors, currency)) are asked for at the door, which is all that is due: \(way)"
    }

    /// Why nothing can be taken by hand: all that is held was promised for doors, which ask for it.
    var objectionToTakingBeside: String? {
        payments.contains { !$0.isCash && $0.capturable > 0 } ? nil : objectionToPayingBeside
    }

    /// Why what shipping costs cannot be changed: every door asks for what is due by now.
    var objectionToOtherShipping: String? {
        unitsUnasked(beside: [:]).isEmpty ? objectionToPayingBeside : nil
    }

    /// How doors are asked for something else; nil where none is asked.
    private var wayToOtherCash: String? {
        let asking = parcels.filter { $0.awaitsCash && $0.cash > 0 }
        let named = asking.first { !$0.state.isSent } ?? asking.first
        guard let parcel = named ?? parcels.last(where: \.awaitsCash) else { return nil }
        let name = ParcelID(id, parcel.number)
        return parcel.state.isSent
            ? "parcel \(name) is on its way: wait until it is there" : "void the label of parcel \(name) first"
    }

    /// Whether doors are asked for more than is due, or for less and no goods are left to ask with.
    ///
    /// - Parameter due: What of the promise is to come: minor units.
    private func hasWrongCash(_ due: Int64) -> Bool {
        guard parcels.contains(where: \.awaitsCash) else { return false }
        let asked = cashAtDoors
        guard asked + due > 0 else { return false }
        return asked > due || asked < due && unitsUnasked(beside: [:]).isEmpty
    }
}

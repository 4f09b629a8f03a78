/// Settles a parcel that does not arrive: its units are closed, and the customer gets their money or nothing.
///
/// 1. A parcel that is still under way is declared lost.
/// 2. Gives back what its units are worth, with shipping and fees where nothing of the order came; or another amount.
///    Units that were refunded by hand are paid for by that.
/// 3. Closes the units: nobody has to see to them any more.
/// 4. Of goods that went out once more for a parcel that came after all nothing is paid, but what their customer bought
///    beside them: the first order takes up again once nothing of them is with anybody.
///
/// - Throws: `.notFound`; `.illegalTransition` for a parcel that arrived, is not sent, or is settled, while the money
///   is still being captured, and for money while its customer has the goods of the first parcel;
///   `.amountExceedsCaptured`; `.amountExceedsBalance`; `.currencyMismatch`; `.invalidInput` for an amount without a
///   refund.
public struct ClaimParcel: Command {
    public static let name = "claim-parcel"
    public let parcel: ParcelID
    public let resolution: ParcelClaim.Resolution
    /// nil for what the units are worth.
    public let amount: Money?
    public let note: String?

    public init(parcel: ParcelID, resolution: ParcelClaim.Resolution, amount: Money? = nil, note: String? = nil) {
        self.parcel = parcel
        self.resolution = resolution
        self.amount = amount
        self.note = note
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(parcel.order) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.returnsWrite)
        var order = try work.order(parcel.order)
        guard let place = order.parcels.firstIndex(where: { $0.number == parcel.number && !$0.lines.isEmpty }) else {
            throw Refusal(.notFound, "there is no parcel \(parcel)")
        }
        if let objection = order.objectionToClaim(order.parcels[place]) { throw Refusal(.illegalTransition, objection) }
        if let amount {
            guard resolution == .refund else {
                throw Refusal([.init("/amount", .invalidInput, "an amount goes with the resolution refund only")])
            }
            try order.requireCurrency(of: amount)
            if order.isUnpaid(order.parcels[place]) {
                let asked = Money(order.parcels[place].cash, order.currency)
                throw Refusal([
                    .init(
                        "/amount", .invalidInput,
                        "\(asked) were to be paid at the door of this parcel, and were not: settle it without an "
                            + "amount, by which that is set off")
                ])
            }
        }
        if order.parcels[place].state != .lost { try order.declareLost(place, in: &work) }
        let units = order.parcels[place].units
        if resolution == .refund,
            let objection = work.objectionToPaying(
                for: units, of: order, amount: amount?.amount, instead: "; settle it with nothing (none)")
        {
            throw Refusal(.illegalTransition, objection)
        }
        let isPaid = try order.claim(place, resolution, amount: amount?.amount, note: note, in: &work)
        guard isPaid else {
            throw Refusal(
                .illegalTransition,
                "the money of order \(order.number) is still being captured: settle the parcel when that is done")
        }
        try order.endReshipment(in: &work)
        order = work.update(order)
        return .part(of: order, status: 201) { json in
            json.name("parcel")
            order.parcels[place].write(to: &json, of: order)
        }
    }
}

extension Parcel {
    /// Why it cannot be claimed; nil when it can.
    var objectionToClaim: String? {
        if let claim {
            return "this parcel is \(state.rawValue), and settled already: \(claim.resolution.rawValue) at \(claim.at)"
        }
        switch state {
        case .packed, .labelled: return "this parcel is \(state.rawValue): it was not sent yet"
        case .delivered: return "this parcel is delivered: what is missing in it comes as a return"
        case .returnedToSender: return "this parcel is \(state.rawValue): receive the return that was opened for it"
        case .handedOver, .inTransit, .outForDelivery, .exception, .lost: return nil
        }
    }
}

extension Order {
    /// Why a parcel cannot be settled as lost; nil when it can.
    func objectionToClaim(_ parcel: Parcel) -> String? {
        (isMissing(parcel) ? nil : parcel.objectionToClaim) ?? objectionToComeBack(parcel)
    }

    /// Why nothing is given for a parcel that customers have sent back; nil where they have not.
    func objectionToComeBack(_ parcel: Parcel) -> String? {
        haveComeBack(parcel) ? "the goods of this parcel came back by a return: it has arrived" : nil
    }

    /// Whether a parcel was expected back, and nothing of it came or is to come any more.
    private func isMissing(_ parcel: Parcel) -> Bool {
        guard parcel.state == .returnedToSender, parcel.claim == nil, !isReceived(parcel) else { return false }
        return returns.allSatisfy { $0.terms.parcel != parcel.number || !$0.state.isOpen || !$0.isWaiting }
    }

    /// Whether customers have sent back so many units that those of a parcel must be among them, whatever its courier
    /// says.
    func haveComeBack(_ parcel: Parcel) -> Bool {
        parcel.lines.contains { unitsBack($0.line, beside: parcel) > 0 }
    }

    /// Whether all units of a parcel must be among what customers have sent back: nothing of it is anywhere else.
    func hasComeBackWhole(_ parcel: Parcel) -> Bool {
        !parcel.units.isEmpty && parcel.units.allSatisfy { unitsBack($0.key, beside: parcel) >= $0.value }
    }

    /// Units of a line that customers have sent back, beyond those that they had by other parcels.
    func unitsBack(_ line: Int, beside parcel: Parcel) -> Int64 {
        let back = returns.reduce(Int64(0)) { sum, entry in
            entry.lines.reduce(sum) { $1.line == line && $1.reason != .undelivered ? $0 + $1.received : $0 }
        }
        let others = arrivals(of: line).reduce(0) { $0 + $1.units } - (parcel.isGone ? 0 : parcel.units(of: line))
        return back - others
    }

    /// What the channel does by itself about a lost parcel; a person is shown what is left to decide.
    mutating func followLoss(of place: Int, in work: inout Work) throws {
        let policy = try work.configuration.channel(channel).policy.returning
        if let first = work.firstSet(of: self), bought(among: parcels[place].units).isEmpty {
            _ = try claim(place, .none, amount: nil, note: "\(first.reason): nothing is owed", in: &work)
            return try endReshipment(in: &work)
        }
        switch policy.lost {
        case .refund:
            if try claim(place, .refund, amount: nil, note: nil, in: &work) { return try endReshipment(in: &work) }
        case .manual: break
        }
        let name = ParcelID(id, parcels[place].number)
        open(
            .parcelLost, subject: name.description,
            cause: "\(work.courierName(of: parcels[place])) lost the parcel "
                + "\(parcels[place].tracking ?? "number \(parcels[place].number)") of order \(number).",
            owner: "customer_service", suggestion: "Refund its units, or send its goods once more.",
            in: &work)
    }

    /// Settles a lost parcel. - Returns: false while money that it takes is still being captured; nothing is done then.
    mutating func claim(
        _ place: Int, _ resolution: ParcelClaim.Resolution, amount: Int64?, note: String?, in work: inout Work
    ) throws -> Bool {
        var (given, isPart) = (Int64(0), false)
        let isUnpaid = isUnpaid(parcels[place])
        // Of what went out once more, beside goods that the customer has, only what they bought is paid.
        let isBeside = work.firstSet(of: self).map { $0.isWhole || amount == nil } ?? false
        let lost = isBeside ? bought(among: parcels[place].units) : parcels[place].units
        let covered = resolution == .refund ? covered(lost) : [:]
        if resolution == .refund {
            let units = lost.without(covered)
            let worths = creditWorth(of: units, creditBalance)
            let goods = worths.values.reduce(0, +)
            let worth = goods + chargesOfNothing(settling: .parcel(parcels[place].number), in: work)
            if let amount { try requireRight(toGive: amount, forGoodsWorth: worth, in: work) }
            isPart = amount ?? goods < goods
            let refundable = isBeside ? refundableBeside : refundable()
            if amount ?? worth > refundable, isBeingCaptured { return false }
            // What was never paid for is set off before anything is paid out.
            let (setOff, payable) = amount.map { (0, $0) } ?? parts(ofOwed: worth, of: parcels[place].number)
            let credited = setOff + (isBeside ? min(payable, refundable) : payable)
            let subject = ParcelID(id, parcels[place].number).description
            if credited > 0 || amount == nil && isRoundedAway(worths) {
                guard var draft = draft(credited, .returned, reason: "lost", subject: subject, units: units) else {
                    throw credited > refundable
                        ? amountExceedsCaptured(credited, refundable) : amountExceedsBalance(credited)
                }
                draft.setOff = setOff
                given = draft.payable
                // What a door was to bring is owed again should the parcel come after all: it is credited by itself.
                for part in isUnpaid ? draft.apart : [draft] { try credit(part, in: &work) }
            }
        }
        var claim = ParcelClaim(resolution, refunded: given, note: note, by: work.principal.name, at: work.now)
        (claim.covered, claim.isPart) = (covered, isPart)
        settle(place, claim, in: &work)
        if resolution == .refund, amount == nil { try giveBackChargesOfFirst(in: &work) }
        if isUnpaid { try settleUnpaid(in: &work) }
        return true
    }

    /// Keeps what was decided about a lost parcel, and closes its units.
    mutating func settle(_ place: Int, _ claim: ParcelClaim, in work: inout Work) {
        parcels[place].claim = claim
        countClosed(parcels[place].lines.map(\.line))
        let currency = self.currency
        let (snapshot, here) = (parcels[place], handedIn(parcels[place]))
        let order = id
        let name = ParcelID(id, snapshot.number).description
        work.record(.parcelClaimed, on: &self) {
            $0.member("parcel", name)
            $0.member("tracking", snapshot.tracking)
            $0.name("claim")
            claim.write(to: &$0, of: order, in: currency, here: here)
        }
        endReturnsOfNothing(in: &work)
    }

    /// A parcel has come. Where nothing was decided it has simply come; else a person is told, since the customer has
    /// the goods and what was given for them. One that came, went back and comes again is another question: what was
    /// said of it before was of goods that were not with the customer any more.
    mutating func find(_ place: Int, in work: inout Work) {
        guard let claim = parcels[place].claim, claim.isFinal else { return }
        let moment = parcels[place].updatedAt
        tellFound(place, claim, at: moment, "was delivered at \(moment), after it was lost and settled", in: &work)
    }

    /// The customer got a parcel from the other door that it was delivered to, or has it after all, though its goods go
    /// out once more.
    mutating func findFromWrongDoor(_ place: Int, at moment: Timestamp, in work: inout Work) {
        guard let claim = parcels[place].claim else { return }
        tellFound(
            place, claim, at: moment,
            "is with its customer since \(moment)"
                + (parcels[place].wentToOldAddress ? ", by way of another door" : "") + ", after it was settled",
            in: &work)
    }

    private mutating func tellFound(
        _ place: Int, _ claim: ParcelClaim, at moment: Timestamp, _ story: String, in work: inout Work
    ) {
        let money = wordsOfCash(atDoorOf: parcels[place])
        parcels[place].claim?.foundAt = moment
        let isFetched = claim.isElsewhere || parcels[place].wentToOldAddress
        parcels[place].claim?.isFetched = isFetched
        let name = ParcelID(id, parcels[place].number).description
        let refunded = Money(claim.refunded, currency)
        work.record(.parcelFound, on: &self) {
            $0.member("parcel", name)
            $0.member("found_at", moment)
        }
        // What of it came here before it was at their door, with what they sent, is not asked about once more.
        let goods = awaited(parcels[place])
        guard !goods.isEmpty else { return }
        open(
            .parcelFound, subject: name, goods: parts(of: goods),
            cause: "A parcel of order \(number) \(story) (\(claim.resolution.rawValue), \(refunded))." + money,
            owner: "customer_service",
            suggestion: suggestion(after: claim, refunded, paidAtDoor(of: parcels[place])),
            in: &work)
    }

    /// What to do about goods that came though they were settled: the order's own money and units are closed.
    ///
    /// - Parameter paid: What was paid for them at the door.
    private func suggestion(after claim: ParcelClaim, _ refunded: Money, _ paid: Money) -> String {
        switch claim.resolution {
        case .none where origin?.kind == .reshipment:
            "It went out once more for another parcel: where the customer has that as well, ask them to hand one set "
                + "in, or let them keep it."
        case .refund where claim.isPart && paid.amount > 0 && refunded.amount == 0:
            "The customer paid \(paid) at the door, and has what they paid for: nothing is to be done but to close the "
                + "courier's case. Where they ordered the goods anew, ask whether they want both; what they do not "
                + "want comes as a return."
        case .refund where claim.isPart && paid.amount > 0:
            "The customer paid \(paid) at the door, has the goods, and \(refunded) of what they had paid before: ask "
                + "them to pay that by a new order, or let them keep it. What they do not want comes as a return, for "
                + "the rest of its worth."
        case .refund where !claim.isPart && refunded.amount == 0:
            "The customer has the goods, and neither paid for them nor owes anything: ask them to hand the goods in, "
                + "or to pay by a new order; or let them keep what they have."
        case .refund where claim.isPart:
            "The customer has the goods, and \(refunded) of what they paid: nothing is to be done but to close the "
                + "courier's case. What they do not want comes as a return, for the rest of its worth."
        case .refund:
            "The customer has the goods and the money: ask them to hand the goods in, or to pay by a new order; or let "
                + "them keep what they have."
        case .reship:
            "Stop what goes out once more while it has not left: nobody pays anything then. Else the customer has the "
                + "goods twice: ask them to hand one set in, or to pay for it by a new order; or let them keep it. "
                + "What comes back of it is put on sale, and nobody is paid for it while they have these goods."
        case .none, .arrived:
            "The customer has what they paid for: nothing is to be done but to close the courier's case."
        }
    }

    /// A parcel comes back to where it was sent from: the return is the system's, the customer sends nothing. Where
    /// they have had money or goods for it before, it is worth nothing to them. What of it is here already is not
    /// expected once more.
    mutating func bringBack(_ place: Int, in work: inout Work) throws {
        let (awaited, here) = (self.awaited(parcels[place]), handedIn(parcels[place]))
        guard !awaited.isEmpty else { return }
        let source = try indexOfFulfillment(parcels[place].fulfillment)
        let channel = try work.configuration.channel(self.channel)
        let policy = channel.policy.returning
        var entry = Return(
            number: returns.count + 1, method: .byPost, location: fulfillments[source].location,
            lines: awaited.sorted { $0.key < $1.key }
                .map { Return.Line(line: $0.key, quantity: $0.value, reason: .undelivered) },
            at: work.now)
        entry.terms.policyVersion = channel.version
        entry.terms.postage = .merchant
        entry.terms.freeLines = entry.lines.map(\.line)
        let claim = parcels[place].claim
        let isPaid = claim?.settlesAll ?? false
        entry.terms.refundAt = isPaid || policy.undelivered == .refund ? .inspection : .settlement
        entry.terms.successor = claim?.isFinal == true ? claim?.successor : nil
        entry.terms.courier = parcels[place].courier
        entry.terms.tracking = parcels[place].tracking
        entry.terms.parcel = parcels[place].number
        entry.note = "The courier brings the parcel \(ParcelID(id, parcels[place].number)) back"
            + (here.isEmpty ? "." : ", less \(goods(here)) of it that were handed in before.")
        let index = returns.count
        returns.append(entry)
        record(.returnRequested, entry, in: &work)
        try returns[index].apply(.approve, at: work.now)
        record(.returnApproved, returns[index], in: &work)
        try returns[index].apply(.send, at: work.now)
        watch(index, until: work.now + .days(policy.overdueDays), in: &work)
        record(.returnInTransit, returns[index], in: &work)
    }

    /// Whether a return brings goods for whose loss the customer has had something before.
    func isSettledAsLost(_ entry: Return) -> Bool {
        guard let number = entry.terms.parcel else { return false }
        return parcels.first { $0.number == number }?.claim?.settlesAll ?? false
    }
}

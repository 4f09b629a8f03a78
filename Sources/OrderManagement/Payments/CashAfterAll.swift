/// Cash that was collected at a door though the order's books had let go of it: a parcel came after it was settled as
/// lost, or a box left though what is in it was given up. Whoever stands at the door asks for what the label says, and
/// the customer pays it: that is booked, and what follows for the goods is asked of a person (`parcel_found`).
extension Order {
    /// Why goods that were given up were paid for all the same, in `cancellation_fees`.
    static let paidAtDoor = "paid_at_door"
    /// Why what was paid for such goods is given back.
    private static let handedIn = "handed_in"

    // MARK: Settled as lost

    /// A parcel that was settled before it was paid for is at its door: what was set off for it is owed again, and was
    /// promised there.
    ///
    /// - Parameter asked: What its door asked for, and has not brought yet: minor units.
    mutating func oweAgain(for place: Int, atMost asked: Int64, in work: inout Work) throws {
        guard asked > 0, let claim = parcels[place].claim, claim.resolution == .refund, !claim.isPart else { return }
        let (name, before) = (ParcelID(id, parcels[place].number).description, due)
        withdraw(in: &work) { $0.subject == name && $0.setOff > 0 && $0.setOff == $0.amount }
        guard due > before else { return }
        parcels[place].claim?.isPart = true
        // Shipping was let go of where nothing had come; it is owed again where this door asked for it.
        while let charges = standingMemos.first(where: {
            $0.reason == Self.nothingCame && $0.lines.isEmpty && $0.setOff == $0.amount
                && due - before + $0.amount <= asked
        }) {
            withdraw(in: &work) { $0.number == charges.number }
        }
        let needed = max(min(asked, due - taken), cashNeeded)
        try promise(min(due - before, needed - cashHeld), name, in: &work)
    }

    /// The customer has promised so much anew, by taking what a door asked for.
    private mutating func promise(_ amount: Int64, _ subject: String, in work: inout Work) throws {
        guard amount > 0 else { return }
        let added = Payment(
            number: payments.count + 1, provider: CashOnDelivery.provider,
            reference: "\(subject)-\(payments.count + 1)", authorized: amount, at: work.now)
        payments.append(added)
        try follow(added, in: &work)
    }

    /// What was paid for a parcel at its door.
    public func paidAtDoor(of parcel: Parcel) -> Money {
        Money(cashPaid(for: ParcelID(id, parcel.number).description), currency)
    }

    /// What is to be known of the cash of a parcel that came after it was settled; begins with a space, empty for none.
    func wordsOfCash(atDoorOf parcel: Parcel) -> String {
        let paid = paidAtDoor(of: parcel)
        guard parcel.cash > 0 else { return "" }
        let more = Money(parcel.cash - paid.amount, currency)
        let words = paid.amount > 0 ? " Its customer paid \(paid) at the door." : ""
        guard more.amount > lines.count else { return words }
        let what = paid.amount > 0 ? "\(more) more, which this order does not owe" : "\(more) there"
        return words + " Its label asked for \(what): if its courier has collected that, it is the customer's."
    }

    // MARK: Given up

    /// Goods that were given up left in a parcel that the order still wanted something of: its door asked for both.
    mutating func keepCash(ofUnwantedIn place: Int, in work: inout Work) throws {
        let parcel = parcels[place]
        guard parcel.opening != nil else { return }
        let name = ParcelID(id, parcel.number).description
        try keepCash(parcel.cash - cashPaid(for: name), name, of: place, in: &work)
    }

    /// Boxes of which somebody has said that they left though nobody was to send them have come to their door.
    ///
    /// - Parameters:
    ///   - job: By whose boxes; nil for all.
    ///   - kept: What their customer keeps: they have it then, whatever the courier of its boxes tells.
    mutating func takeCashOfLeft(_ job: Int? = nil, kept: [SKUQuantity] = [], in work: inout Work) throws {
        let held = job.map { Set(places(of: $0, holding: kept)) } ?? []
        for place in parcels.indices where job.map({ parcels[place].fulfillment == $0 }) ?? true {
            guard !parcels[place].state.isSent else { continue }
            for label in parcels[place].labels where label.hasLeft && !label.state.isLive && label.cash > 0 {
                let isKept = held.contains(place)
                guard label.news.state == .delivered || isKept && !label.news.showsEnd else { continue }
                let name = "\(ParcelID(id, parcels[place].number))/\(label.number)"
                try keepCash(label.cash - cashPaid(for: name), name, of: place, isAnswered: isKept, in: &work)
            }
        }
    }

    /// What was kept for the goods of boxes: by fee, with what of it was not given back yet.
    private func kept(forBoxesAt places: [Int]) -> [(fee: CancellationFee, left: Int64)] {
        let names = places.map { ParcelID(id, parcels[$0].number).description }
        return cancellationFees.compactMap { fee in
            guard fee.reason == Self.paidAtDoor, let subject = fee.subject,
                names.contains(where: { subject == $0 || subject.hasPrefix($0 + "/") })
            else { return nil }
            let given = standingMemos.reduce(Int64(0)) {
                $1.reason == Self.handedIn && $1.subject == Self.name(ofKept: fee) ? $0 + $1.amount : $0
            }
            return (fee, fee.amount - given)
        }
    }

    private static func name(ofKept fee: CancellationFee) -> String { "fee-\(fee.number)" }

    /// What was paid at a door for goods that were given up is kept for them, as what cancelling costs is, and never
    /// more than they are worth. It is given back with what is handed in. Shipping and fees that no other door asks for
    /// are paid first.
    ///
    /// - Parameter isAnswered: Whether somebody is saying just now what becomes of the goods.
    private mutating func keepCash(
        _ brought: Int64, _ subject: String, of place: Int, isAnswered: Bool = false, in work: inout Work
    ) throws {
        let charges = min(brought, cash(for: [:]))
        if charges > 0 { try takeCash(charges, CashOnDelivery.atDoor, subject, in: &work) }
        let asked = brought - max(0, charges)
        let amount = min(asked, total - due - setOffByMemos, total - collected)
        guard amount > lines.count else { return }
        let values = lineValues
        let worths = Dictionary(
            lines.map {
                let value = values[$0.number - 1]
                return ($0.number, value - self.value(ofFirst: $0.wanted, of: $0, worth: value))
            }, uniquingKeysWith: +)
        let kept = CancellationFee(
            number: cancellationFees.count + 1, amount: amount, tax: taxes(in: amount, of: worths),
            reason: Self.paidAtDoor, at: work.now, subject: subject)
        keep(kept, by: work.policyVersion(of: channel), in: &work)
        try promise(amount, subject, in: &work)
        guard let payment = payments.last?.number else { return }
        _ = try capture(
            amount, from: payment, reason: CashOnDelivery.atDoor, subject: subject, at: .handOver, in: &work)
        if !isAnswered { tellOfKept(of: place, in: &work) }
    }

    /// Who is asked what became of the goods hears that they were paid for; where that was answered before, a person
    /// looks whether the money is to be given back.
    private mutating func tellOfKept(of place: Int, in work: inout Work) {
        let job = parcels[place].fulfillment
        let name = FulfillmentID(id, job).description
        let shown = exceptions.first {
            $0.isOpen && $0.kind == .parcelFound && $0.subject == name
                && places(of: job, holding: $0.goods).contains(place)
        }
        let boxes = shown.map { places(of: job, holding: $0.goods) } ?? [place]
        let paid = Money(kept(forBoxesAt: boxes).reduce(0) { $0 + $1.left }, currency)
        let (opening, story) = ("Its customer paid", "\(paid) for them at the door.")
        if let shown {
            // What was told of another box of it is told anew, with all that was paid.
            let cause = shown.cause.split(separator: " " + opening, maxSplits: 1).first.map(String.init) ?? shown.cause
            return tell(
                shown, cause: "\(cause) \(opening) \(story)",
                suggestion: "The customer keeps what they paid for; or hands it in, and is given \(paid) back by that.",
                in: &work)
        }
        open(
            .parcelFound, subject: name,
            cause: "A parcel of order \(number) came to its door, though what was in it was given up. "
                + "\(opening) \(story)",
            owner: "customer_service",
            suggestion: "Where the goods were handed in, give the money back by a refund; a customer who has them has "
                + "what they paid for.", in: &work)
    }

    /// What is kept of goods that left though they were given up is given back as they are handed in.
    ///
    /// - Parameter missing: Of the goods, those that are not there.
    mutating func giveBackKept(
        for exception: OrderException, of job: Int, less missing: [SKUQuantity], in work: inout Work
    ) throws {
        func worth(_ goods: [SKUQuantity]) -> Int64 {
            goods.reduce(0) { sum, part in
                sum + part.quantity * max(1, lines.first { $0.sku == part.sku }?.unitPrice ?? 1)
            }
        }
        let (all, gone) = (worth(exception.goods), worth(missing))
        let kept = self.kept(forBoxesAt: places(of: job, holding: exception.goods))
        let left = min(kept.reduce(0) { $0 + $1.left }, creditBalance.retained, refundable())
        guard left > 0, all > gone else { return }
        var rest = left.split(by: [all - gone, gone])[0]
        for (fee, left) in kept where left > 0 && rest > 0 {
            var draft = CreditDraft(
                kind: .refund, reason: Self.handedIn, subject: Self.name(ofKept: fee), lines: lines.map { _ in 0 })
            draft.retained = -min(left, rest)
            guard draft.amount > 0 else { return }
            rest -= draft.amount
            try credit(draft, in: &work)
        }
    }
}

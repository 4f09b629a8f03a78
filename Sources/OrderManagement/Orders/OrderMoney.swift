/// Taking money, letting it go and giving it back: every amount is an intent first, then its outcome.
///
/// With the provider `manual` nobody outside is asked: the retailer moves the money by other means, and the outcome is
/// booked with the intent; so it is with cash at the door (`CashOnDelivery`). For every other provider a job asks, with
/// the effect's own id as its key.
extension Order {
    static let manualProvider = "manual"

    /// Captures what has been earned by now and is neither captured nor on its way, from any payment or from one.
    ///
    /// - Returns: What no payment covers, in minor units: 0 when all is well.
    mutating func captureEarned(
        from payment: Int? = nil, subject: String?, in work: inout Work
    ) throws -> Int64 {
        // Who pays after all pays what was written off, too.
        let owed = payment == nil ? owing : uncollected
        // What is asked for at the door of a parcel on its way is paid there.
        let asked = min(owed, cashUnderWay)
        return asked + (try capture(
            owed - asked, from: payment, reason: "shipment", subject: subject, at: .shipment, in: &work))
    }

    /// What was given back by hand for units that are given up now, and were not sent, or for shipping that is let go
    /// of, was of the money of goods that were sent: those are still to be paid for.
    mutating func captureCovered(since before: Order, in work: inout Work) throws {
        guard hasCountedMoreGiven(since: before) else { return }
        _ = try captureEarned(subject: nil, in: &work)
    }

    /// Captures an amount, in the policy's order of tenders or from one. - Returns: what no payment covers.
    /// - Parameter moment: Of payments that are taken then; nil of all.
    mutating func capture(
        _ amount: Int64, from payment: Int? = nil, reason: String, subject: String?,
        units: [PaymentEffect.Units] = [], at moment: PaymentPolicy.Moment?, in work: inout Work
    ) throws -> Int64 {
        var rest = amount
        let policy = work.paying(of: self)
        for index in captureOrder(policy) where rest > 0 {
            guard payment == nil || payments[index].number == payment,
                moment == nil || policy.rules(of: payments[index].provider).takesAt == moment
            else { continue }
            let part = part(of: rest, from: payments[index], policy)
            guard part > 0 else { continue }
            let cause = Cause(reason: reason, subject: subject, units: units)
            try intend(.capture, part, payments[index].number, cause, in: &work)
            rest -= part
        }
        return max(0, rest)
    }

    /// How much of an amount a payment gives by the rules of its provider; more where it can be taken only once.
    private func part(of rest: Int64, from payment: Payment, _ policy: PaymentPolicy) -> Int64 {
        let isFresh = payment.captured + payment.capturePending == 0
        switch policy.rules(of: payment.provider).captures {
        case .multiple: return min(rest, payment.capturable)
        case .reauthorize: return isFresh ? min(rest, payment.capturable) : 0
        case .whole:
            let due = due - collected
            return isFresh ? min(max(rest, due), payment.capturable) : 0
        }
    }

    /// What is due and neither taken nor written off.
    var stillDue: Int64 { max(0, due - taken - writtenOff) }

    /// With nothing left to send, what will never be earned is let go.
    mutating func voidRest(reason: String, in work: inout Work) throws {
        if lines.allSatisfy({ $0.open == 0 }) { try voidExcess(reason: reason, in: &work) }
    }

    /// Lets go of what will never be earned: authorized beyond what is still due.
    mutating func voidExcess(reason: String, in work: inout Work) throws {
        let stillDue = stillDue
        var excess = payments.reduce(Int64(0)) { $0 + $1.capturable } - stillDue
        let policy = work.paying(of: self)
        // Cash goes first, as nothing is held of it, but for what doors are asked for by now.
        let (places, asked) = (refundOrder(policy), cashAtDoors)
        for index in places where excess > 0 && payments[index].isCash {
            let part = min(excess, payments[index].capturable, max(0, cashHeld - asked))
            guard part > 0 else { continue }
            try intend(.void, part, payments[index].number, Cause(reason: reason), in: &work)
            excess -= part
        }
        let others = places.filter { !payments[$0].isCash }
        for index in others + places.filter({ payments[$0].isCash }) where excess > 0 {
            let payment = payments[index]
            // Where money is taken once, the provider lets the rest go by itself.
            let isTaken = payment.captured + payment.capturePending > 0
            if isTaken, policy.rules(of: payment.provider).captures != .multiple { continue }
            let part = min(excess, payment.capturable)
            guard part > 0 else { continue }
            try intend(.void, part, payments[index].number, Cause(reason: reason), in: &work)
            excess -= part
        }
    }

    /// Captured beyond what is due for units that were cancelled, and not credited yet: what the retailer owes. What
    /// was given by hand uses up no fee.
    var owedBack: Int64 {
        let most = min(taken - due, refundable())
        guard most > 0 else { return 0 }
        let balance = creditBalance
        let excess = min(most, refundable() - min(feesOfCancelling, balance.retained))
        return max(0, min(excess, balance.cancelled.reduce(0, +) + balance.cancelledShipping + balance.cancelledFees))
    }

    /// Gives back what was captured for units that are now cancelled; shipping too, where nothing came of the others.
    mutating func refundExcess(reason: String, in work: inout Work) throws {
        let amount = owedBack
        if amount > 0 { try credit(cancellationDraft(amount, reason: reason), in: &work) }
        try giveBackCharges(in: &work)
    }

    /// Why money moves, and what for.
    struct Cause {
        var reason: String
        var subject: String?
        var units: [PaymentEffect.Units] = []
        /// The credit memo that a refund pays.
        var memo: Int?
        /// Where a refund goes instead of to its source.
        var paidTo: String?
        /// Whether the provider has done so by itself.
        var isDone = false
        /// Whether another tender of the same refund follows.
        var isFollowed = false
    }

    mutating func intend(
        _ kind: PaymentEffect.Kind, _ amount: Int64, _ payment: Int, _ cause: Cause, in work: inout Work
    ) throws {
        guard let index = payments.firstIndex(where: { $0.number == payment }) else { return }
        let effect = PaymentEffect(
            number: (effects.last?.number ?? 0) + 1, payment: payment, kind: kind, amount: amount,
            reason: cause.reason, subject: cause.subject, units: cause.units, memo: cause.memo,
            paidTo: cause.paidTo, at: work.now)
        try payments[index].intend(effect)
        effects.append(effect)
        let isCredit = payments[index].provider == StoreCredit.provider
        if effect.paidTo == Self.exchangeReason, !isCredit {
            try settle(effect.number, .done(reference: "exchange-\(effect.number)"), cause.isFollowed, in: &work)
        } else if isCredit || effect.paidTo != nil {
            try bookCredit(effect, isIts: isCredit, in: &work)
            try settle(effect.number, .done(reference: "store-credit-\(effect.number)"), cause.isFollowed, in: &work)
        } else if payments[index].provider == Self.manualProvider || payments[index].isCash || cause.isDone {
            let name = payments[index].isCash ? "cash" : Self.manualProvider
            try settle(effect.number, .done(reference: "\(name)-\(effect.number)"), cause.isFollowed, in: &work)
        } else {
            work.enqueue(.settleEffect, of: id, payload: String(effect.number), due: work.now)
        }
    }

    /// Gives store credit back to its owner, or issues it in place of a refund to another source. Taking it books
    /// nothing: it was spent when it was held.
    private mutating func bookCredit(_ effect: PaymentEffect, isIts: Bool, in work: inout Work) throws {
        guard effect.kind != .capture else { return }
        guard let account = creditAccount else { throw BrokenInvariant("store credit of nobody on order \(number)") }
        try work.book(
            isIts ? .giveBack : .issue, effect.amount, on: account, order: id, payment: effect.payment,
            reason: effect.reason)
    }

    /// Books what became of an effect and tells it; an effect that is settled already stays as it is.
    /// - Parameter isFollowed: Whether another tender of the same refund is still to be asked.
    mutating func settle(
        _ number: Int, _ outcome: PaymentOutcome, _ isFollowed: Bool = false, in work: inout Work
    ) throws {
        guard let index = effects.firstIndex(where: { $0.number == number }), effects[index].state == .pending,
            let payment = payments.firstIndex(where: { $0.number == effects[index].payment })
        else { return }
        switch outcome {
        case .done(let reference):
            effects[index].settle(.done, providerReference: reference)
            payments[payment].settle(effects[index], succeeded: true)
            tell(effects[index], payments[payment], as: effects[index].kind.done, detail: nil, in: &work)
            if !isFollowed { announceRefund(of: effects[index], in: &work) }
            if effects[index].kind == .capture { try letGoAfterCapture(payment, in: &work) }
        case .refused(let reason):
            effects[index].settle(.failed, providerReference: nil)
            payments[payment].settle(effects[index], succeeded: false)
            tell(effects[index], payments[payment], as: .paymentFailed, detail: reason, in: &work)
            announceRefund(of: effects[index], in: &work)
            show(
                effects[index], because: "\(payments[payment].provider) refused to \(effects[index].kind.rawValue) "
                    + "\(Money(effects[index].amount, currency)): \(reason)", in: &work)
        }
    }

    /// Books an answer that was waited for, and what follows from it.
    ///
    /// What was cancelled while the money was on its way is let go, or given back, now that it is known where it is.
    /// A hold that its provider does not let go is shown to a person: asked again at once, it would refuse for ever.
    mutating func book(_ outcome: PaymentOutcome, of effect: Int, in work: inout Work) throws {
        try settle(effect, outcome, in: &work)
        let isCapture = effects.contains { $0.number == effect && $0.kind == .capture }
        if isCapture, case .refused = outcome { try voidExcess(reason: "cancellation", in: &work) }
        try refundExcess(reason: "cancellation", in: &work)
    }

    /// A refund had another end than its provider said first.
    ///
    /// - Returns: false where that cannot be booked: for what is no refund, and where somebody else has paid meanwhile
    ///   what went out after all.
    mutating func correct(_ effect: PaymentEffect, _ outcome: PaymentOutcome, in work: inout Work) throws -> Bool {
        guard effect.kind == .refund, let index = effects.firstIndex(where: { $0.number == effect.number }),
            let payment = payments.firstIndex(where: { $0.number == effect.payment })
        else { return false }
        switch outcome {
        case .done(let reference):
            let owed = memos.first { $0.number == effect.memo }.map(outstanding) ?? 0
            guard effect.amount <= min(owed, payments[payment].refundable) else { return false }
            effects[index].settle(.done, providerReference: reference)
            payments[payment].correct(effect, arrived: true)
            tell(effects[index], payments[payment], as: .paymentRefunded, detail: nil, isCorrected: true, in: &work)
            announceRefund(of: effects[index], in: &work)
        case .refused(let reason):
            effects[index].settle(.failed, providerReference: effect.providerReference)
            payments[payment].correct(effect, arrived: false)
            tell(effects[index], payments[payment], as: .paymentFailed, detail: reason, isCorrected: true, in: &work)
            show(
                effect, because: "A refund of \(Money(effect.amount, currency)) did not arrive after all, says "
                    + "\(payments[payment].provider): \(reason)", in: &work)
        }
        return true
    }

    /// The tenders that one refund goes to: what was asked for together, of one credit memo.
    func refund(of effect: PaymentEffect) -> [PaymentEffect] {
        effects.filter {
            $0.number == effect.number || $0.kind == .refund && $0.memo != nil && $0.memo == effect.memo
                && $0.at == effect.at && $0.paidTo != Self.exchangeReason
        }
    }

    /// Customers hear of a refund once, when all its tenders have answered: what they get of it. Money that moves to
    /// another order of theirs is not given back: that order tells of it.
    private mutating func announceRefund(of effect: PaymentEffect, in work: inout Work) {
        guard effect.kind == .refund, effect.paidTo != Self.exchangeReason else { return }
        let parts = refund(of: effect)
        guard parts.contains(where: { $0.state == .done }), !parts.contains(where: { $0.state == .pending }) else {
            return
        }
        announce(.paymentRefunded, in: &work)
    }

    /// Has a person see to a provider's no. One exception for a payment and what was asked of it, however often that is
    /// refused: it says the newest.
    private mutating func show(_ effect: PaymentEffect, because cause: String, in work: inout Work) {
        let suggestion = suggestion(after: effect)
        let shown = exceptions.first { exception in
            let (kind, number) = PaymentEffect.part(of: exception.subject)
            guard exception.isOpen, exception.kind == .paymentFailed, kind == effect.kind else { return false }
            // Each credit memo is owed by itself.
            return effects.contains {
                $0.number == number && $0.payment == effect.payment && $0.memo == effect.memo
            }
        }
        if let shown { return tell(shown, cause: cause, suggestion: suggestion, in: &work) }
        open(
            .paymentFailed, subject: "\(effect.kind.rawValue)-\(effect.number)", cause: cause, owner: "finance",
            suggestion: suggestion, in: &work)
    }

    /// What can be done about a provider's no.
    private func suggestion(after effect: PaymentEffect) -> String {
        switch effect.kind {
        case .capture:
            "Ask the customer for another payment, record it and take it; or try again; or write it off, where nobody "
                + "will pay."
        case .void: "Ask the provider once more to let it go; else the hold ends by itself: tell customers who ask."
        case .refund:
            "Pay it once more, or from another payment: credit memo "
                + "\(memos.first { $0.number == effect.memo }?.name ?? "–") says what is owed."
        }
    }

    private mutating func tell(
        _ effect: PaymentEffect, _ payment: Payment, as type: EventType, detail: String?, isCorrected: Bool = false,
        in work: inout Work
    ) {
        let name = PaymentID(id, payment.number).description
        let amount = Money(effect.amount, currency)
        let snapshot = self
        work.record(type, on: &self, isAnnounced: effect.kind != .refund) {
            $0.member("payment", name)
            $0.member("effect", effect.number)
            $0.member("kind", effect.kind.rawValue)
            $0.member("amount", amount)
            $0.member("reason", effect.reason)
            $0.member("subject", effect.subject)
            if let place = effect.paidTo { $0.member("paid_to", place) }
            if !effect.units.isEmpty { snapshot.write(effect.units, to: &$0) }
            if let detail { $0.member("detail", detail) }
            if isCorrected { $0.member("corrected", true) }
        }
    }

    /// The units that an amount is for, as the member `lines`.
    func write(_ units: [PaymentEffect.Units], to json: inout JSONWriter) {
        writeUnits(Dictionary(units.map { ($0.line, $0.quantity) }, uniquingKeysWith: +), to: &json)
    }

    /// Opens an exception about this order and tells it.
    mutating func open(
        _ kind: OrderException.Kind, subject: String? = nil, sku: String? = nil, location: String? = nil,
        goods: [SKUQuantity] = [], cause: String, owner: String, suggestion: String, within: Seconds = .hours(4),
        in work: inout Work
    ) {
        let exception = work.open(
            kind, order: id, subject: subject, sku: sku, location: location, goods: goods, cause: cause,
            owner: owner, suggestion: suggestion, within: within)
        exceptions.append(exception)
        work.record(.exceptionOpened, on: &self) { exception.writeOpening(to: &$0) }
    }
}

extension PaymentEffect.Kind {
    /// The event that tells of its success.
    var done: EventType {
        switch self {
        case .capture: .paymentCaptured
        case .void: .paymentVoided
        case .refund: .paymentRefunded
        }
    }
}

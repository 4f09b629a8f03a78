/// The provider has answered for a payment that was pending: it is authorized, or declined.
///
/// 1. Takes the news once: the same news again changes nothing, other news is refused.
/// 2. Authorized: gates pass, holds for want of money are lifted, what was sent is captured.
/// 3. Declined: a person hears of it, unless other payments cover what is due.
///
/// - Throws: `.notFound`; `.illegalTransition` for a payment that has another outcome.
public struct RecordPaymentOutcome: Command {
    public static let name = "record-payment-outcome"
    public enum Result: String, CaseIterable, Sendable { case authorized, declined }

    public let payment: PaymentID
    public let result: Result
    /// The provider's own name for it from now on; nil for the one it has.
    public let reference: String?
    /// Why it was declined.
    public let reason: String?
    public let expiresAt: Timestamp?

    public init(
        payment: PaymentID, result: Result, reference: String? = nil, reason: String? = nil,
        expiresAt: Timestamp? = nil
    ) {
        self.payment = payment
        self.result = result
        self.reference = reference
        self.reason = reason
        self.expiresAt = expiresAt
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderToRelease(payment.order, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        var order = try work.order(payment.order)
        let known = try order.existing(payment)
        if known.state != .pending, known.state.hasOutcome(result) { return order.reply(of: payment.number) }
        switch result {
        case .authorized:
            try order.authorize(payment.number, reference: reference, expiresAt: expiresAt, in: &work)
        case .declined:
            try order.decline(payment.number, reason: reason ?? "declined", in: &work)
        }
        order = work.update(order)
        return order.reply(of: payment.number)
    }
}

/// Job's end: what a provider answered when it was asked for a new authorization.
///
/// Somebody may have told the outcome by hand meanwhile. A yes to a payment that was called declined is money that is
/// held all the same: it is added as a payment, and what of it the order does not need is let go.
struct RecordAuthorization: Command {
    static let name = "record-authorization"
    let payment: PaymentID
    let outcome: PaymentOutcome
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderToRelease(payment.order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(payment.order)
        let known = try order.existing(payment)
        switch (known.state, outcome) {
        case (.pending, .done(let reference)):
            try order.authorize(payment.number, reference: reference, expiresAt: nil, in: &work)
        case (.pending, .refused(let reason)):
            try order.decline(payment.number, reason: reason, in: &work)
        case (.declined, .done(let reference)):
            try order.takeLate(known, reference: reference, in: &work)
        case (.declined, .refused), (.authorized, _), (.expired, _): return Reply(body: "{}")
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

/// Job: the provider holds an authorized payment no longer.
///
/// 1. What was neither taken nor let go of it is gone; with nothing left there is nothing to tell.
/// 2. What is still due is authorized anew where the provider can; otherwise the order is held and a person asked.
/// 3. Where it is not known whether some of it was taken in time a person hears of it, until the provider has told.
struct ExpirePayment: Command {
    static let name = "expire-payment"
    let payment: PaymentID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.orderToRelease(payment.order, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(payment.order)
        guard let index = order.payments.firstIndex(where: { $0.number == payment.number }),
            order.payments[index].state == .authorized
        else { return Reply(body: "{}") }
        let known = order.payments[index]
        let left = known.capturable
        guard left + known.capturePending + known.voidPending > 0 else { return Reply(body: "{}") }
        try order.payments[index].apply(.expire)
        let (name, amount) = (payment.description, Money(left, order.currency))
        work.record(.paymentExpired, on: &order) {
            $0.member("payment", name)
            $0.member("provider", known.provider)
            $0.member("amount", amount)
        }
        try order.replace(left, of: index, isExpired: true, in: &work)
        order.tellUnanswered(of: order.payments[index], in: &work)
        work.update(order)
        return Reply(body: "{}")
    }
}

extension PaymentEffect {
    fileprivate func isUnansweredCapture(of payment: Int) -> Bool {
        kind == .capture && state == .pending && self.payment == payment
    }
}

extension Payment.State {
    fileprivate func hasOutcome(_ result: RecordPaymentOutcome.Result) -> Bool {
        switch self {
        case .pending: false
        case .authorized, .expired: result == .authorized
        case .declined: result == .declined
        }
    }
}

extension PlaceOrder.RequestedPayment {
    /// What is over already secures nothing.
    func objectionToExpiry(at pointer: @autoclosure () -> String, in work: Work) -> Refusal.Detail? {
        guard let expiresAt, expiresAt <= work.now else { return nil }
        return .init(
            pointer() + "/expires_at", .invalidInput, "\(expiresAt) has passed: it is \(work.now), and nothing is held")
    }

    /// Store credit and cash do not expire; what others hold expires as they say, or as the channel knows of them.
    func payment(_ number: Int, _ policy: PaymentPolicy, at now: Timestamp) -> Payment {
        let days = policy.rules(of: provider).authorizationDays
        let isOwn = provider == StoreCredit.provider || provider == CashOnDelivery.provider
        let end = isOwn ? nil : expiresAt ?? days.map { now + .days($0) }
        return Payment(
            number: number, provider: provider, reference: reference, authorized: authorized.amount, at: now,
            isPending: isPending, expiresAt: end, cardLast4: cardLast4)
    }
}

extension Order {
    static let expiredReason = "authorization_expired"
    private static let lateReason = "authorized_late"

    fileprivate func reply(of payment: Int) -> Reply {
        .part(of: self) {
            $0.member("payment", PaymentID(id, payment).description)
            $0.member("status", payments.first { $0.number == payment }?.state.rawValue)
        }
    }

    /// A pending payment is authorized: the order goes on, and what was sent meanwhile is captured.
    fileprivate mutating func authorize(
        _ number: Int, reference: String?, expiresAt: Timestamp?, in work: inout Work
    ) throws {
        guard let index = payments.firstIndex(where: { $0.number == number }) else { return }
        let days = work.paying(of: self).rules(of: payments[index].provider).authorizationDays
        let end = expiresAt ?? payments[index].expiresAt ?? days.map { work.now + .days($0) }
        try payments[index].apply(.authorize, reference: reference, expiresAt: end)
        try follow(payments[index], in: &work)
        try goOn(withPayment: number, in: &work)
    }

    /// A provider holds money that was called declined: it is in the books from now on, whatever else has paid.
    fileprivate mutating func takeLate(_ declined: Payment, reference: String, in work: inout Work) throws {
        let days = work.paying(of: self).rules(of: declined.provider).authorizationDays
        let late = Payment(
            number: payments.count + 1, provider: declined.provider, reference: reference,
            authorized: declined.amount, at: work.now, expiresAt: days.map { work.now + .days($0) },
            cardLast4: declined.cardLast4)
        payments.append(late)
        try follow(late, in: &work)
        try goOn(withPayment: late.number, in: &work)
        guard let held = payments.first(where: { $0.number == late.number }) else { return }
        let excess = heldBeyondNeed(by: held)
        if excess > 0 { try intend(.void, excess, late.number, Cause(reason: Self.lateReason), in: &work) }
    }

    /// A payment is held, or asked for: what was sent and never paid for is captured from it, what will not be needed
    /// is let go, and work that waited for it begins.
    mutating func goOn(withPayment number: Int, in work: inout Work) throws {
        let subject = PaymentID(id, number).description
        _ = try captureEarned(from: number, subject: subject, in: &work)
        try letGoOfCash(in: &work)
        try voidRest(reason: "nothing_left_to_ship", in: &work)
        passGates(in: &work)
        try releaseWhenReady(try work.configuration.channel(channel), in: &work)
    }

    fileprivate mutating func decline(_ number: Int, reason: String, in work: inout Work) throws {
        guard let index = payments.firstIndex(where: { $0.number == number }) else { return }
        try payments[index].apply(.decline)
        let (payment, amount) = (payments[index], Money(payments[index].amount, currency))
        let name = PaymentID(id, number).description
        work.record(.paymentDeclined, on: &self) {
            $0.member("payment", name)
            $0.member("provider", payment.provider)
            $0.member("amount", amount)
            $0.member("reason", reason)
        }
        try closeCash(in: &work)
        guard OrderStatus(of: self).overall == .open, secured < due else { return }
        if payments.contains(where: { $0.state == .expired }) { holdUntilPaid(in: &work) }
        open(
            .paymentFailed, subject: "payment-\(number)", cause: "\(payment.provider) declined \(amount): \(reason)",
            owner: "customer_service",
            suggestion: "Ask the customer for another payment and record it; "
                + (payment.isHeldOutside ? "have \(payment.provider) asked once more; " : "")
                + "or cancel what is not sent yet.", in: &work)
    }

    /// With a provider that takes money once, the rest of the authorization is gone with the capture.
    mutating func letGoAfterCapture(_ index: Int, in work: inout Work) throws {
        let left = payments[index].capturable
        switch work.paying(of: self).rules(of: payments[index].provider).captures {
        case .multiple: return
        case .whole, .reauthorize:
            guard left > 0 else { return }
            let cause = Cause(reason: "captured_once", isDone: true)
            try intend(.void, left, payments[index].number, cause, in: &work)
            try replace(left, of: index, isExpired: false, in: &work)
        }
    }

    /// An authorization is gone: what is still due and not covered is authorized anew, or a person is asked.
    fileprivate mutating func replace(
        _ left: Int64, of index: Int, isExpired: Bool, in work: inout Work
    ) throws {
        let pending = payments.reduce(Int64(0)) { $1.state == .pending ? $0 + $1.amount : $0 }
        let missing = min(left, due - secured - pending)
        guard missing > 0 else { return }
        let (gone, rules) = (payments[index], work.paying(of: self).rules(of: payments[index].provider))
        let asksAnew = gone.isHeldOutside
            && (isExpired ? rules.reauthorizes : rules.captures == .reauthorize)
        if asksAnew, payments.count < AddPayment.paymentsMax {
            let next = Payment(
                number: payments.count + 1, provider: gone.provider, reference: gone.reference, authorized: missing,
                at: work.now, isPending: true, cardLast4: gone.cardLast4)
            payments.append(next)
            try follow(next, in: &work)
            work.enqueue(.authorizePayment, of: id, payload: String(next.number), due: work.now)
            return
        }
        holdUntilPaid(in: &work)
        let amount = Money(missing, currency)
        open(
            .authorizationExpired, subject: "payment-\(gone.number)",
            cause: "\(gone.provider) holds \(amount) no longer that order \(number) still owes.", owner: "finance",
            suggestion: "Ask the customer for another payment and record it: the order goes on then. Or cancel what is "
                + "not sent yet.",
            in: &work)
    }

    /// Nobody has told whether money was taken while it was still held, and what is due hangs on that.
    fileprivate mutating func tellUnanswered(of gone: Payment, in work: inout Work) {
        let asked = effects.filter { $0.isUnansweredCapture(of: gone.number) }
        guard let first = asked.first, secured - gone.capturePending < due else { return }
        let amount = Money(asked.reduce(0) { $0 + $1.amount }, currency)
        open(
            .authorizationExpired, subject: "\(first.kind.rawValue)-\(first.number)",
            cause: "\(gone.provider) holds nothing for order \(number) any more, and has not told whether it took "
                + "\(amount) before.", owner: "finance",
            suggestion: "Look at \(gone.provider) whether it was taken. It is asked again by itself, and its answer "
                + "settles this; another payment is for the customer to make only where it was not taken.",
            in: &work)
    }

    /// What became of a capture that was unanswered when its authorization expired; nil while nobody knows.
    func answerOnCapture(_ subject: String?) -> String? {
        let number = PaymentEffect.part(of: subject).number
        guard let effect = effects.first(where: { $0.number == number }),
            !effects.contains(where: { $0.isUnansweredCapture(of: effect.payment) })
        else { return nil }
        let provider = payments.first { $0.number == effect.payment }?.provider ?? "The provider"
        return effect.state == .done
            ? "\(provider) has told that the money was taken." : "\(provider) has told that it was not taken."
    }

    /// Stops what is not sent yet, for want of money.
    private mutating func holdUntilPaid(in work: inout Work) {
        guard lines.contains(where: { $0.open > 0 }),
            !holds.contains(where: { $0.stands && $0.reason == Self.expiredReason })
        else { return }
        hold(Self.expiredReason, in: &work)
    }

    private func waitsForMoney(_ hold: Hold) -> Bool {
        hold.reason == Self.expiredReason || hold.reason == Self.exchangeReason && origin != nil
    }

    /// Goes on once what is due is covered again.
    mutating func liftPaymentHolds(in work: inout Work) {
        for index in holds.indices where holds[index].stands && waitsForMoney(holds[index]) {
            guard covered >= due else { return }
            holds[index].liftedAt = work.now
            holds[index].liftedBy = work.principal.name
            let name = HoldID(id, holds[index].number).description
            work.record(.orderHoldLifted, on: &self) { $0.member("hold", name) }
            askForLabelsAgain(in: &work)
        }
    }
}

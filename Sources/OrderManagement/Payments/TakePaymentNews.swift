/// A provider's news of what it was asked to do, repeated, late and out of order as it comes.
///
/// 1. Finds what was asked, by the id that the provider was given with the request.
/// 2. An outcome that nobody knew is booked as if the provider had answered so at once; its job asks nobody then.
/// 3. A refund that was done and did not arrive after all is owed again: its credit memo is outstanding, and a person
///    is told. One that was refused and went out all the same pays its memo, where nobody else has.
/// 4. What is known changes nothing. News that contradicts the books in another way is shown to a person.
///
/// - Throws: `.notFound` for what that provider was never asked; `.illegalTransition` for other news of an
///   authorization whose outcome is known.
public struct TakePaymentNews: Command {
    public static let name = "take-payment-news"

    public let provider: String
    /// The id that came with the request: `pay_…-1-3` for the third effect, `pay_…-1-authorize`.
    public let request: String
    public let outcome: PaymentOutcome

    public init(provider: String, request: String, outcome: PaymentOutcome) {
        self.provider = provider
        self.request = request
        self.outcome = outcome
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        if let payment = asked?.payment { needs.order(payment.order) }
    }

    /// The payment, and what was asked about it.
    private var asked: (payment: PaymentID, what: Substring)? {
        guard let dash = request.lastIndex(of: "-"), let payment = PaymentID(String(request[..<dash])) else {
            return nil
        }
        return (payment, request[request.index(after: dash)...])
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.paymentsWrite)
        guard let (id, what) = asked, let order = work.peek(id.order), order.isVisible(to: work.principal),
            order.payments.contains(where: { $0.number == id.number && $0.provider == provider })
        else { throw neverAsked }
        if what == "authorize" { return try takeAuthorization(id, order, in: &work) }
        guard let effect = order.effects.first(where: { $0.payment == id.number && String($0.number) == what }) else {
            throw neverAsked
        }
        return try take(effect, order, in: &work)
    }

    private var neverAsked: Refusal {
        Refusal(.notFound, "the payment provider \(provider) was never asked \(request)")
    }

    private func takeAuthorization(_ id: PaymentID, _ before: Order, in work: inout Work) throws -> Reply {
        let news: RecordPaymentOutcome =
            switch outcome {
            case .done(let reference): .init(payment: id, result: .authorized, reference: reference)
            case .refused(let reason): .init(payment: id, result: .declined, reason: reason)
            }
        _ = try news.execute(in: &work)
        let order = work.peek(before.id) ?? before
        let state = order.payments.first { $0.number == id.number }?.state
        return reply(order, state?.rawValue, order == before ? Order.isKnown : nil)
    }

    private func take(_ effect: PaymentEffect, _ before: Order, in work: inout Work) throws -> Reply {
        var order = before
        let reason = try order.take(outcome, of: effect, in: &work)
        if order != before { order = work.update(order) }
        return reply(order, order.effects.first { $0.number == effect.number }?.state.rawValue, reason)
    }

    private func reply(_ order: Order, _ status: String?, _ reason: String?) -> Reply {
        var json = JSONWriter()
        json.object {
            $0.member("order", order.id.description)
            $0.member("request", request)
            $0.member("status", status)
            $0.member("applied", reason == nil)
            $0.member("reason", reason)
        }
        return Reply(body: json.text, version: order.version)
    }
}

extension Order {
    fileprivate static let isKnown = "that was known already"

    /// Books what a provider tells of an effect. - Returns: why it changes no money; nil where it does.
    fileprivate mutating func take(
        _ outcome: PaymentOutcome, of effect: PaymentEffect, in work: inout Work
    ) throws -> String? {
        switch (effect.state, outcome) {
        case (.pending, _):
            try book(outcome, of: effect.number, in: &work)
            return nil
        case (.done, .done), (.failed, .refused):
            return Self.isKnown
        case (.done, .refused(let reason)):
            // What went to other places than its source, no provider was asked for.
            guard effect.kind == .refund, effect.paidTo == nil else { return contradict(effect, reason, in: &work) }
            return try correct(effect, outcome, in: &work) ? nil : contradict(effect, reason, in: &work)
        case (.failed, .done):
            return try correct(effect, outcome, in: &work) ? nil : contradict(effect, nil, in: &work)
        }
    }

    /// A person sees to what a provider says, where the books cannot follow it.
    private mutating func contradict(_ effect: PaymentEffect, _ reason: String?, in work: inout Work) -> String {
        let subject = "news-\(effect.number)"
        let provider = payments.first { $0.number == effect.payment }?.provider ?? "The provider"
        let what = "\(effect.kind.rawValue) \(Money(effect.amount, currency)) after all"
        let story = reason.map { "did not \(what): \($0)" } ?? "did \(what)"
        let isTold = exceptions.contains { $0.kind == .paymentFailed && $0.subject == subject }
        if !isTold {
            open(
                .paymentFailed, subject: subject, cause: "\(provider) says that it \(story).", owner: "finance",
                suggestion: "The books hold that it was \(effect.state == .done ? "done" : "refused"): look into the "
                    + "provider's account, and settle the difference there.", in: &work)
        }
        return "the books hold otherwise: a person is told"
    }
}

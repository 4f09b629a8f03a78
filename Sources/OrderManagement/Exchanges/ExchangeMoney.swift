/// The money of an exchange: what was captured for the goods that come back moves to the order that goes out for them,
/// with the name that its provider knows it by, so that it is given back from there like any other payment.
extension Order {
    /// What effects and payments of moved money are booked as.
    static let exchangeReason = "exchange"

    /// Money that has left one order for another.
    struct Moved {
        let payment: Payment
        let amount: Int64
    }

    // MARK: The order that gives

    /// What could be moved to another order: store credit only to one of the same customer.
    func movable(to other: Order) -> Int64 {
        payments.reduce(0) { $0 + (isMovable($1, to: other.creditAccount) ? $1.refundable : 0) }
    }

    func isMovable(_ payment: Payment, to account: StoreCredit.Account?) -> Bool {
        payment.provider != StoreCredit.provider || creditAccount == account
    }

    /// The order that waits for what a return is worth; nil where none does.
    func successor(of index: Int, in work: Work) throws -> Order? {
        guard let link = returns[index].terms.successor, link.kind == .exchange, link.state == .open else { return nil }
        guard let other = work.peek(link.order) else {
            throw BrokenInvariant("the order \(link.number) of an exchange was not loaded")
        }
        return other
    }

    /// Pays a memo to another order as far as that needs it. - Returns: what moved.
    mutating func move(_ memo: CreditMemo, upTo most: Int64, to other: Order, in work: inout Work) throws -> [Moved] {
        let needed = max(0, other.due - other.covered + other.writtenOff)
        let amount = min(memo.amount, most, needed, movable(to: other))
        guard amount > 0 else { return [] }
        return try move(memo, amount, to: other, in: &work)
    }

    /// Pays an amount of a memo to another order. - Returns: what moved.
    mutating func move(_ memo: CreditMemo, _ amount: Int64, to other: Order, in work: inout Work) throws -> [Moved] {
        let first = effects.count
        try pay(memo, amount, to: .order(other.creditAccount), in: &work)
        return effects[first...].compactMap { effect in
            payments.first { $0.number == effect.payment }.map { Moved(payment: $0, amount: effect.amount) }
        }
    }

    /// The return has brought all that it brings: the order that goes out for it takes that, or is left without.
    mutating func endExchange(of index: Int, bringing moved: [Moved] = [], in work: inout Work) throws {
        guard var other = try successor(of: index, in: work) else { return }
        if !moved.isEmpty { other.origin?.waivedFee = returns[index].waivedFee }
        try other.take(moved, in: &work)
        returns[index].terms.successor?.state = other.origin?.state ?? .dropped
        work.update(other)
    }

    // MARK: The order that takes

    /// Takes what its origin brings; goes on where that is enough, asks a person or ends where it is not.
    mutating func take(_ moved: [Moved], in work: inout Work) throws {
        guard let known = origin, known.state == .open else { return }
        try take(moved, for: known.subject, in: &work)
        let amount = moved.reduce(0) { $0 + $1.amount }
        origin?.brought = amount
        let isShort = covered < due
        origin?.state = amount == 0 ? .dropped : isShort ? .short : .paid
        if known.kind == .exchange {
            let (money, name) = (Money(amount, currency), known.subject)
            work.record(amount > 0 ? .exchangePaid : .exchangeDropped, on: &self) {
                $0.member("return", name)
                $0.member("of", known.order.description)
                $0.member("amount", money)
            }
        }
        try goOn(after: amount, in: &work)
    }

    /// Money of another order is this one's, captured already: with the name that its provider knows it by.
    ///
    /// - Parameter subject: The return, the parcel or the order that it comes from.
    mutating func take(_ moved: [Moved], for subject: String, in work: inout Work) throws {
        for part in moved {
            let payment = Payment(
                number: payments.count + 1, provider: part.payment.provider, reference: part.payment.reference,
                authorized: part.amount, at: work.now, cardLast4: part.payment.cardLast4)
            payments.append(payment)
            try follow(payment, in: &work)
            let cause = Cause(reason: Self.exchangeReason, subject: subject, isDone: true)
            try intend(.capture, part.amount, payment.number, cause, in: &work)
        }
    }

    private mutating func goOn(after brought: Int64, in work: inout Work) throws {
        let channel = try work.configuration.channel(self.channel)
        if covered < due, OrderStatus(of: self).overall == .open {
            let isKept = holds.contains { $0.stands && $0.reason == Self.exchangeReason }
            if brought == 0, isKept {
                let open = lines.filter { $0.open > 0 }.map { ($0.number, $0.open) }
                try giveUp(
                    Dictionary(uniqueKeysWithValues: open), for: .unpaid, until: .packed, channel, in: &work)
            } else {
                holdForExchange(in: &work)
                openUnpaid(in: &work)
            }
        }
        passGates(in: &work)
        try releaseWhenReady(channel, in: &work)
    }

    /// Stops what is not sent yet until what is due is covered.
    mutating func holdForExchange(in work: inout Work) {
        guard let origin, covered < due, lines.contains(where: { $0.open > 0 }),
            !holds.contains(where: { $0.stands && $0.reason == Self.exchangeReason })
        else { return }
        hold(Self.exchangeReason, note: "Waits for the return \(origin.reference).", in: &work)
    }

    private mutating func openUnpaid(in work: inout Work) {
        guard let origin else { return }
        let missing = Money(due - covered, currency)
        open(
            .exchangeUnpaid, subject: origin.subject,
            cause: "The return \(origin.reference), for which order \(number) was placed, brought "
                + "\(Money(origin.brought, currency)): \(missing) of the order is not paid.",
            owner: "customer_service",
            suggestion: "Ask the customer for another payment and record it; or cancel what is not sent yet.",
            in: &work)
    }
}

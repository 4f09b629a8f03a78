/// Gives the customer the value of what came back, and closes the return.
///
/// The amount is by default the received units' share of what was paid for them, less the fee that was agreed and what
/// was given before: exact to the minor unit over any grouping of returns; the last one closes its line.
///
/// Of goods that went out once more for a parcel that came after all nothing is paid, but what their customer bought
/// beside them; once nothing of them is with anybody, what is paid back is asked of the first order again.
///
/// - Throws: `.illegalTransition` before inspection, and for money while its customer has the goods of the first parcel
///   and more is under way or with them; `.amountExceedsCaptured`; `.amountExceedsBalance`;
///   `.reasonNotAllowed` for `store_credit` of a customer without an e-mail address, and for a place that policy does
///   not let it go to; `.invalidInput` for an amount of no refund.
public struct SettleReturn: Command {
    public static let name = "settle-return"
    public enum Refund: String, CaseIterable, Sendable { case source, storeCredit = "store_credit", none }

    public let id: ReturnID
    /// nil for where it was agreed to go.
    public let refund: Refund?
    /// nil for what the units are worth.
    public let amount: Money?

    public init(id: ReturnID, refund: Refund, amount: Money? = nil) {
        self.id = id
        self.refund = refund
        self.amount = amount
    }

    /// Gives it where it was agreed to go.
    public init(agreed id: ReturnID, amount: Money? = nil) {
        self.id = id
        self.refund = nil
        self.amount = amount
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        needs.orderWithReturn(id, given: work)
        if refund == .storeCredit, let account = work.peek(id.order)?.creditAccount { needs.storeCredit(account) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        let index = step.index
        try step.order.returns[index].apply(.settle, at: work.now)
        let refund = try refund(of: step.order.returns[index].terms)
        switch refund {
        case .source:
            try give(to: .source(), &step.order, index, in: &work)
        case .storeCredit:
            _ = try step.order.requireCreditAccount(at: "/refund")
            try give(to: .storeCredit, &step.order, index, in: &work)
        case .none:
            guard amount == nil else {
                throw Refusal([
                    .init("/amount", .invalidInput, "an amount goes with the refunds source and store_credit only")
                ])
            }
            step.order.closeUndelivered(of: index)
            try step.order.endExchange(of: index, in: &work)
            try step.order.endReshipment(in: &work)
        }
        step.order.record(.returnSettled, step.order.returns[index], in: &work)
        return step.finish(in: &work)
    }

    /// Where it goes. - Throws: `.reasonNotAllowed` where policy lets it go nowhere else than was agreed.
    private func refund(of terms: ReturnTerms) throws(Refusal) -> Refund {
        let agreed: Refund =
            switch terms.refundTo {
            case .source: .source
            case .storeCredit: .storeCredit
            }
        guard let refund, refund != agreed, refund != .none, terms.isRefundFixed else { return refund ?? agreed }
        throw Refusal([
            .init(
                "/refund", .reasonNotAllowed,
                "the refund was agreed to go to \(agreed.rawValue), and the channel lets it go nowhere else")
        ])
    }

    private func give(
        to target: Order.CreditTarget, _ order: inout Order, _ index: Int, in work: inout Work
    ) throws {
        let units = order.uncredited(index)
        let objection = work.objectionToPaying(
            for: units, of: order, amount: amount?.amount, instead: "; settle it with no refund (none)")
        if let objection, amount != nil || !order.canEndReshipment(in: work) {
            throw Refusal(.illegalTransition, objection)
        }
        guard let amount else {
            guard try order.payReturn(index, to: target, in: &work) else {
                throw Refusal(
                    .illegalTransition,
                    order.isBeingCaptured
                        ? "the money of order \(order.number) is still being captured: settle the return when that is "
                            + "done"
                        : "what is owed is to come from a door that a parcel of order \(order.number) is on its way "
                            + "to: settle the return once that is there, or with no refund (none)")
            }
            return
        }
        guard amount.currency == order.currency else {
            throw Refusal([
                .init("/amount/currency", .currencyMismatch, "order \(order.number) is in \(order.currency)")
            ])
        }
        guard order.returns[index].terms.successor?.kind != .reshipment,
            !order.isSettledAsLost(order.returns[index])
        else {
            throw Refusal([
                .init(
                    "/amount", .invalidInput,
                    "its goods were sent once more, or settled as lost: nothing is owed for them")
            ])
        }
        try order.give(amount.amount, to: target, for: index, in: &work)
        try order.endReshipment(settledBeside: order.returns[index].number, in: &work)
    }
}

/// Agrees to a return by post: the goods may be sent.
///
/// - Throws: `.illegalTransition`.
public struct ApproveReturn: Command {
    public static let name = "approve-return"
    public let id: ReturnID
    public init(id: ReturnID) { self.id = id }

    public func needs(_ needs: inout Needs, given work: Work) { needs.order(id.order) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        try step.order.approve(step.index, in: &work)
        return step.finish(in: &work)
    }
}

/// Refuses a requested return, with a reason for the customer.
///
/// - Throws: `.illegalTransition`.
public struct RejectReturn: Command {
    public static let name = "reject-return"
    public let id: ReturnID
    public let note: String?

    public init(id: ReturnID, note: String?) {
        self.id = id
        self.note = note
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.orderWithReturn(id, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        var step = try ReturnStep(id, in: work)
        try step.order.returns[step.index].apply(.reject, at: work.now)
        step.order.returns[step.index].note = note
        try step.order.endExchange(of: step.index, in: &work)
        step.order.record(.returnRejected, step.order.returns[step.index], in: &work)
        return step.finish(in: &work)
    }
}

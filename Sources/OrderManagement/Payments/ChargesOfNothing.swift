/// Shipping and fees of an order of which nothing came: its customer gets them back by whatever act settles the last of
/// it, and in whatever order things were settled: losses, what couriers bring back, units that are given up, here or in
/// an order that sends its goods once more.
extension Order {
    /// Why shipping and fees are credited by themselves.
    static let nothingCame = "undelivered"

    /// What the act that asks is about to settle.
    enum Settling: Equatable {
        /// The number of a parcel.
        case parcel(Int)
        /// The number of a return.
        case entry(Int)
    }

    /// Shipping and fees, as far as they are not credited, where nothing came and nothing will; else 0.
    ///
    /// - Parameter work: nil where only this order is known: goods that went out once more are then taken to have come.
    func chargesOfNothing(settling part: Settling, in work: Work?) -> Int64 {
        hasBroughtNothing(settling: part, in: work) ? charges : 0
    }

    /// Gives its charges back, and those of the orders that it stands in for, where nothing came of them.
    mutating func giveBackCharges(settling part: Settling? = nil, in work: inout Work) throws {
        if hasBroughtNothing(settling: part, in: work) { try creditCharges(in: &work) }
        try giveBackChargesOfFirst(settling: part, in: &work)
    }

    /// Gives back the charges of the orders whose goods it was to send once more, where nothing came of it either.
    func giveBackChargesOfFirst(settling part: Settling? = nil, in work: inout Work) throws {
        guard hasBroughtNothing(settling: part, in: work) else { return }
        var (last, empty) = (self, [id] as Set)
        while let origin = last.origin, origin.kind == .reshipment, var first = work.peek(origin.order),
            first.hasBroughtNothing(beside: empty, in: work)
        {
            if first.charges > 0 {
                try first.creditCharges(in: &work)
                first = work.update(first)
            }
            empty.insert(first.id)
            last = first
        }
    }

    private var charges: Int64 {
        let balance = creditBalance
        return balance.keptShipping + balance.keptFees
    }

    /// As far as they were paid; what is owed for what was sent is set off.
    private mutating func creditCharges(in work: inout Work) throws {
        let (setOff, paid) = parts(ofOwed: charges)
        guard setOff + paid > 0 else { return }
        var draft = CreditDraft(kind: .returned, reason: Self.nothingCame, lines: lines.map { _ in 0 })
        draft.shipping = min(setOff + paid, creditBalance.keptShipping)
        draft.fees = setOff + paid - draft.shipping
        draft.setOff = setOff
        try credit(draft, in: &work)
    }

    /// Whether nothing of it came to its customer, nothing will, and nobody has to decide about any of it.
    ///
    /// - Parameter empty: Orders of which that is known.
    private func hasBroughtNothing(
        settling part: Settling? = nil, beside empty: Set<OrderID> = [], in work: Work?
    ) -> Bool {
        guard lines.allSatisfy({ $0.open == 0 }) else { return false }
        let isHandedOut = fulfillments.contains { $0.state.hasLeft && boxes(of: $0.number).isEmpty }
        let isSentBack = returns.contains { $0.lines.contains { $0.reason != .undelivered && $0.received > 0 } }
        guard !isHandedOut, !isSentBack else { return false }
        return parcels.allSatisfy { parcel in
            guard parcel.state.isSent, !parcel.lines.isEmpty, part != .parcel(parcel.number) else { return true }
            guard let claim = parcel.claim, claim.isFinal else {
                guard parcel.state == .returnedToSender,
                    let entry = returns.last(where: { $0.terms.parcel == parcel.number })
                else { return false }
                return entry.state == .settled || part == .entry(entry.number)
            }
            guard !isFound(parcel) else { return false }
            switch claim.resolution {
            case .refund: return true
            case .reship:
                guard let link = claim.successor else { return false }
                return empty.contains(link.order)
                    || work?.peek(link.order)?.hasBroughtNothing(beside: empty, in: work) == true
            // The customer had something for it that is not known here.
            case .none, .arrived: return false
            }
        }
    }
}

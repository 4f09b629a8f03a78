/// What a return would have kept, were it no exchange, is kept after all once the order that went out for it is
/// cancelled whole as its customer wishes: nothing was exchanged. Not where anybody else gave up units of it, by
/// whatever reason, or where units had missed the day on which they were to come.
extension Order {
    /// Whether its customer, and nobody else, has given up all of what was to go out in exchange.
    func isUnwished(_ reason: CancelOrder.Reason, after before: Order) -> Bool {
        guard let origin, origin.kind == .exchange, !origin.isExcused, reason == .customer else { return false }
        return before.lapsed.isEmpty && isGivenUp
    }

    /// What is kept here of the money that the return brought: never more than is left of it.
    ///
    /// - Parameter fee: What is kept for cancelling.
    func returnFee(for reason: CancelOrder.Reason, after before: Order, beside fee: Int64) -> Int64 {
        guard isUnwished(reason, after: before), let origin else { return 0 }
        return max(0, min(origin.waivedFee, feeMost - fee))
    }

    /// What a return that is not paid yet will keep of its goods, as they were announced, once this order is unwished:
    /// minor units.
    func waivedByOpenReturn(in work: Work) -> Int64 {
        guard let origin, origin.kind == .exchange, origin.state == .open, let first = work.peek(origin.order),
            let entry = first.returns.first(where: { $0.number == origin.entry })
        else { return 0 }
        return first.waivedFee(of: entry)
    }

    private func waivedFee(of entry: Return) -> Int64 {
        let liable = worth(of: entry).filter { !entry.terms.freeLines.contains($0.key) }
        return entry.terms.waivedFee(ofGoodsWorth: liable.values.reduce(0, +))
    }

    /// Units of what goes out in exchange were given up: a return that is not paid yet bears its fee, where nothing is
    /// exchanged any more. What was paid already has told this order what it waived.
    mutating func endWaiver(givenUpFor reason: CancelOrder.Reason, since before: Order, in work: inout Work) throws {
        guard let known = origin, known.kind == .exchange else { return }
        if reason != .customer || !before.lapsed.isEmpty { origin?.isExcused = true }
        guard known.state == .open, isUnwished(reason, after: before) else { return }
        guard var first = work.peek(known.order),
            let index = first.returns.firstIndex(where: { $0.number == known.entry })
        else { throw BrokenInvariant("the order \(known.number), which \(number) was exchanged for, was not loaded") }
        let expected = Money(first.waivedFee(of: first.returns[index]), currency)
        guard first.returns[index].terms.endWaiver() else { return }
        first.returns[index].updatedAt = work.now
        let (entry, name, new) = (ReturnID(first.id, first.returns[index].number), number, id)
        work.record(.returnFeeAgreed, on: &first) {
            $0.member("return", entry.description)
            $0.member("order", new.description)
            $0.member("order_number", name)
            $0.member("amount", expected)
        }
        work.update(first)
    }
}

extension Needs {
    /// The order that another was exchanged for, while its return is not paid: it bears its fee once nothing goes out.
    mutating func origin(of id: OrderID, given work: Work) {
        guard let origin = work.peek(id)?.origin, origin.kind == .exchange, origin.state == .open else { return }
        order(origin.order)
    }
}

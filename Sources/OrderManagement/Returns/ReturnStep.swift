/// What every step of a return begins with: the return is found, for whoever may act on its goods.
struct ReturnStep {
    var order: Order
    let index: Int

    /// - Throws: `.forbidden`; `.notFound`, also for goods that came to a location that the caller may not see.
    init(_ id: ReturnID, in work: Work) throws(Refusal) {
        try work.principal.require(.returnsWrite)
        order = try work.order(id.order)
        index = try order.indexOfReturn(id.number)
        guard order.returns[index].isWithin(work.principal) else {
            throw Refusal(.notFound, "there is no return \(id)")
        }
    }

    /// Puts the order in place and answers with the return as it is now.
    mutating func finish(in work: inout Work) -> Reply {
        order = work.update(order)
        return order.reply(order.returns[index].number)
    }
}

extension Return {
    /// Where its goods stand; nil while nothing of it has come.
    var standsAt: String? {
        lines.contains { $0.received > 0 } || !terms.found.isEmpty ? location : nil
    }

    /// Whether a caller may act on its goods. What has come to a location is that location's to judge, and its stock
    /// moves; before, whoever sees the order may say what is to become of the return.
    func isWithin(_ principal: Principal) -> Bool { standsAt.map(principal.sees) ?? true }
}

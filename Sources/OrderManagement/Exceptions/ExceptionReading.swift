extension Sequence<OrderException> {
    /// The same, knowing what their orders do not tell, so that nobody is offered what would be refused: of each parcel
    /// that was found, whether what goes out once more for it can still be stopped, and what can be done where not; of
    /// goods that went out once more, whether anything is owed for them; of each courier that refused something,
    /// whether it comes; of each return whose money is still being captured, whether anybody asks for it; of each job
    /// that was given up, the message that it was to send; of each approval, whether anybody is left who may give it.
    /// One more question to the database for each kind that is among them.
    public func knowing(_ orders: [OrderID: Order], in db: any Connection) throws -> [OrderException] {
        func other(_ exception: OrderException) -> OrderID? {
            guard exception.isOpen, let order = exception.order.flatMap({ orders[$0] }) else { return nil }
            guard exception.kind == .parcelFound else {
                return exception.isAboutOwed && order.origin?.kind == .reshipment ? order.origin?.order : nil
            }
            return order.parcel(named: exception.subject)?.claim?.successor?.order
        }
        func call(_ exception: OrderException) -> CourierPickupID? { exception.isOpen ? exception.courierPickup : nil }
        let named = Set(compactMap(other))
        let others = named.isEmpty ? [:] : try OrderStore.orders(named.sorted(), in: db)
        var calls: [CourierPickupID: CourierPickup] = [:]
        try CourierPickupStore.load(Set(compactMap(call)).sorted(), in: db) { calls[$0.id] = $0 }
        func gate(_ exception: OrderException) -> (Order, Order.Gate)? {
            guard exception.isOpen, exception.kind.isOfStage, let order = exception.order.flatMap({ orders[$0] }),
                let gate = order.gates.first(where: { $0.name == exception.subject }), gate.kind == .approval
            else { return nil }
            return (order, gate)
        }
        let people = contains { gate($0) != nil } ? try UserStore.approvers(in: db) : []
        func isUnanswerable(_ exception: OrderException) -> Bool {
            gate(exception).map { $0.0.isUnanswerable($0.1, by: people) } ?? false
        }
        var messages: [JobID: MessageID] = [:]
        try JobQueue.load(Set(compactMap(\.buried)).sorted(), in: db) {
            if $0.kind == .sendMessage { messages[$0.id] = MessageID($0.payload) }
        }
        return try map { exception in
            var known = exception
            if let other = other(exception).flatMap({ others[$0] }) {
                if exception.kind == .parcelFound {
                    known.know(objectionToStopping: other.objectionToStopping)
                } else if let order = exception.order.flatMap({ orders[$0] }) {
                    let find = { (id: OrderID) in id == other.id ? other : nil }
                    known.isOwedNothing = order.firstSet(find) != nil && !order.canEndReshipment(find)
                        && !order.hasBought(in: exception.subject)
                }
            }
            if exception.isOpen, exception.kind == .returnUnsettled {
                try exception.order.flatMap { orders[$0] }.map { try known.knowWait(of: $0, in: db) }
            }
            if let pickup = call(exception).flatMap({ calls[$0] }) {
                known.isPastCalling = pickup.state != .refused
            }
            known.isUnanswerable = isUnanswerable(exception)
            known.message = exception.buried.flatMap { messages[$0] }
            return known
        }
    }
}

extension OrderException {
    /// The job that was given up and that it is about.
    fileprivate var buried: JobID? { isOpen && kind == .buriedJob ? subject.flatMap { JobID($0) } : nil }

    /// Whether money, or goods once more, are offered for what it is about.
    fileprivate var isAboutOwed: Bool {
        [.returnUnsettled, .parcelLost, .trackingSilent, .deliveryProblem].contains(kind)
    }

    /// The money of a return is still being captured: what is suggested is to have its answer, by which it is paid.
    fileprivate mutating func knowWait(of order: Order, in db: any Connection) throws {
        guard let entry = order.unsettledReturn(subject), entry.state == .inspected, order.awaitsCapture(for: entry)
        else { return }
        let waiting = order.effects.filter { $0.kind == .capture && $0.state == .pending }
        let providers = Set(waiting.compactMap { effect in
            order.payments.first { $0.number == effect.payment }?.provider
        })
        let amount = Money(waiting.reduce(0) { $0 + $1.amount }, order.currency)
        for effect in waiting where givenUpJob == nil {
            givenUpJob = try JobQueue.buried(
                .settleEffect, of: order.id, payload: String(effect.number), in: db)?.id
        }
        let names = providers.sorted().joined(separator: ", ")
        cause += " Of the money \(amount) is still being captured: \(names) has not said whether it was."
        suggestion = givenUpJob == nil
            ? "It is asked again by itself, and the return is paid by its answer."
            : "Nobody asks \(names) any more: have it tried again, and the return is paid by its answer."
    }

    /// What goes out once more cannot be stopped any more: what is suggested is what is left.
    fileprivate mutating func know(objectionToStopping objection: String?) {
        guard let objection else { return }
        isPastStopping = true
        suggestion = "Nothing is left to be stopped: \(objection). What comes back of it is put on sale, and nobody is "
            + "paid for it while the customer has these goods."
    }
}

extension Sequence<OrderException> {
    /// The same, knowing what their orders do not tell, so that nobody is offered what would be refused: of each parcel
    /// that was found, whether what goes out once more for it can still be stopped, and what can be done where not; of
    /// goods that went out once more, whether anything is owed for them; of each courier that refused something,
    /// whether it comes. One more question to the database for each kind that is among them.
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
        return map { exception in
            var known = exception
            if let other = other(exception).flatMap({ others[$0] }) {
                if exception.kind == .parcelFound {
                    known.know(objectionToStopping: other.objectionToStopping)
                } else if let order = exception.order.flatMap({ orders[$0] }) {
                    let find = { (id: OrderID) in id == other.id ? other : nil }
                    known.isOwedNothing = order.firstSet(find) != nil && !order.canEndReshipment(find)
                }
            }
            if let pickup = call(exception).flatMap({ calls[$0] }) {
                known.isPastCalling = pickup.state != .refused
            }
            return known
        }
    }
}

extension OrderException {
    /// Whether money, or goods once more, are offered for what it is about.
    fileprivate var isAboutOwed: Bool {
        [.returnUnsettled, .parcelLost, .trackingSilent, .deliveryProblem].contains(kind)
    }

    /// What goes out once more cannot be stopped any more: what is suggested is what is left.
    fileprivate mutating func know(objectionToStopping objection: String?) {
        guard let objection else { return }
        isPastStopping = true
        suggestion = "Nothing is left to be stopped: \(objection). What comes back of it is put on sale, and nobody is "
            + "paid for it while the customer has these goods."
    }
}

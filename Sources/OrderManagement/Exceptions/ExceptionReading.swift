extension Sequence<OrderException> {
    /// The same, knowing what their orders do not tell, so that nobody is offered what would be refused: of each parcel
    /// that was found, whether what goes out once more for it can still be stopped; of each courier that refused
    /// something, whether it comes. One more question to the database for each kind that is among them.
    public func knowing(_ orders: [OrderID: Order], in db: any Connection) throws -> [OrderException] {
        func other(_ exception: OrderException) -> OrderID? {
            guard exception.isOpen, exception.kind == .parcelFound else { return nil }
            return exception.order.flatMap { orders[$0] }?.parcel(named: exception.subject)?.claim?.successor?.order
        }
        func call(_ exception: OrderException) -> CourierPickupID? { exception.isOpen ? exception.courierPickup : nil }
        let named = Set(compactMap(other))
        let others = named.isEmpty ? [:] : try OrderStore.orders(named.sorted(), in: db)
        var calls: [CourierPickupID: CourierPickup] = [:]
        try CourierPickupStore.load(Set(compactMap(call)).sorted(), in: db) { calls[$0.id] = $0 }
        return map { exception in
            var known = exception
            if let other = other(exception).flatMap({ others[$0] }) {
                known.isPastStopping = other.objectionToStopping != nil
            }
            if let pickup = call(exception).flatMap({ calls[$0] }) {
                known.isPastCalling = pickup.state != .refused
            }
            return known
        }
    }
}

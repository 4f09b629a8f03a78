import OrderManagement

/// The people who see to labels: bought by hand and again, taken back, asked about, and handed over by list.
extension Workload {
    mutating func label(_ order: Order) -> (any Command)? {
        let there = order.parcels.filter { ($0.state == .packed || $0.state == .labelled) && !$0.lines.isEmpty }
        guard let parcel = chance.any(of: chance.chance(92) ? there : order.parcels) else { return nil }
        let id = ParcelID(order.id, chance.chance(98) ? parcel.number : 99)
        switch chance.number(1...10) {
        case 1...2: return VoidLabel(parcel: id)
        case 3: return RateParcel(parcel: id)
        default:
            return BuyLabel(
                parcel: id, service: chance.chance(30) ? service() : nil,
                weightGrams: chance.chance(30) ? chance.number(10...12_000) : nil,
                size: chance.chance(20) ? World.size(&chance) : nil)
        }
    }

    /// Some service of some courier, which may not take the parcel, or not exist.
    private mutating func service() -> (courier: String, code: String) {
        let courier = chance.chance(95) ? chance.one(of: world.couriers).code : "pigeons"
        return (courier, chance.chance(95) ? chance.one(of: ["day", "fast"]) : "never")
    }

    /// Whether somebody waits for a courier's answer before a parcel of a fulfillment can leave.
    func isWaiting(for fulfillment: Fulfillment, of order: Order) -> Bool {
        order.boxes(of: fulfillment.number).contains { $0.label?.state == .pending }
    }

    /// What stands on a courier's list leaves with it.
    mutating func handOver(in db: any Connection) throws -> (any Command)? {
        let location = chance.one(of: world.locations), courier = chance.one(of: world.couriers)
        let list = try HandOver(at: location, by: courier, from: db)
        for entry in list.entries {
            guard let label = entry.parcel.label, label.state == .bought, label.courier == courier.code,
                label.tracking == entry.parcel.tracking
            else {
                throw Contradiction(
                    law: "labels_are_as_ordered",
                    explanation: "\(courier.code) is to take a parcel of \(entry.orderNumber) without its label")
            }
        }
        return chance.any(of: list.fulfillments).map { ShipFulfillment(fulfillment: $0) }
    }

    /// A courier has other prices, is not used for a while, or is left to other people to ask.
    mutating func changeCourier() -> SaveCouriers {
        var courier = chance.one(of: world.couriers)
        courier.isActive = chance.chance(85)
        if chance.chance(50) { courier.tariff = World.tariff(in: courier.tariff.currency, &chance) }
        if chance.chance(20) {
            let isOwn = courier.connection == Courier.ownConnection
            courier.connection = isOwn ? UnreliableCourier.connection : Courier.ownConnection
        }
        return SaveCouriers(couriers: [courier])
    }
}

import OrderManagement

/// The people who see to labels: bought by hand and again, taken back, asked about, and handed over by list.
extension Workload {
    mutating func label(_ order: Order) -> (any Command)? {
        let there = order.parcels.filter { ($0.state == .packed || $0.state == .labelled) && !$0.lines.isEmpty }
        guard let parcel = chance.any(of: chance.chance(92) ? there : order.parcels) else { return nil }
        let id = ParcelID(order.id, chance.chance(98) ? parcel.number : 99)
        switch chance.number(1...10) {
        case 1...2: return VoidLabel(parcel: id)
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
        switch chance.number(1...100) {
        case 1...25: return try close(in: db)
        case 26...32:
            let known = try world.locations.flatMap { place in
                try ClosedHandOverStore.page(of: place.code, nil, before: HandOverID(.max), limit: 20, in: db)
            }
            let refused = known.filter { $0.manifest == .refused }
            return AskForManifest(
                handOver: chance.any(of: chance.chance(90) ? refused : known)?.id ?? HandOverID(1))
        case 33...42: return try hear(in: db)
        case 43...48: return try printLabels(at: location, courier, in: db)
        case 49...70: return try visit(location, courier, in: db)
        default: break
        }
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
        // Mostly what its courier takes of it; now and then all of it, or just a box, whoever takes the others.
        guard let part = chance.any(of: list.fulfillments) else { return nil }
        let own = list.entries.filter { $0.fulfillment == part }.map { ParcelID(part.order, $0.parcel.number) }
        switch chance.number(1...10) {
        case 1...2: return ShipFulfillment(fulfillment: part)
        case 3...4: return HandOverFulfillment(fulfillment: part)
        case 5...6: return HandOverFulfillment(fulfillment: part, parcels: Array(own.prefix(1)))
        default: return HandOverFulfillment(fulfillment: part, parcels: own)
        }
    }

    /// What is packed has its labels printed, whoever has printed some of them already: at a location where one is new,
    /// as long as there is any.
    private mutating func printLabels(
        at location: Location, _ courier: Courier, in db: any Connection
    ) throws -> PrintLabels {
        var (place, parcels) = (location.code, [ParcelID]())
        for other in [location] + world.locations {
            var (packed, hasNew) = ([ParcelID](), false)
            try FulfillmentStore.walk([.packed], at: other.code, from: db) { order, part in
                let boxes = order.boxes(of: part.number)
                packed += boxes.map { ParcelID(order.id, $0.number) }
                hasNew = hasNew || boxes.contains(where: \.hasNewLabel)
                return packed.count < 100
            }
            if hasNew || other.code == location.code { (place, parcels) = (other.code, packed) }
            if hasNew { break }
        }
        return PrintLabels(
            location: place, courier: chance.chance(15) ? courier.code : nil,
            parcels: chance.chance(90) ? parcels : parcels.filter { _ in chance.chance(50) })
    }

    /// What has left, and what has not, is put on couriers' lists.
    private mutating func close(in db: any Connection) throws -> CloseHandOver? {
        let some = orders.suffix(12).filter { _ in chance.chance(40) }
        let found = try OrderStore.orders(Array(some), in: db)
        let parts = some.compactMap { found[$0] }.flatMap { order in
            order.fulfillments.map { FulfillmentID(order.id, $0.number) }
        }
        return parts.isEmpty ? nil : CloseHandOver(fulfillments: parts)
    }

    /// News by a number are of whoever bears it: all of them are looked up, as the webhooks of couriers do.
    func wherever(_ command: any Command, in db: any Connection) throws -> any Command {
        guard let news = command as? RecordTracking, !news.candidates.isEmpty else { return command }
        return RecordTracking(
            courier: news.courier, tracking: news.tracking, status: news.status, at: news.at, word: news.word,
            courierEvent: news.courierEvent, candidates: try TrackingNumber.orders(news.tracking, in: db))
    }

    /// A courier says to have news of some parcel.
    private mutating func hear(in db: any Connection) throws -> HearOfParcels? {
        guard let id = chance.any(of: orders.suffix(12)), let order = try OrderStore.order(id, in: db) else {
            return nil
        }
        let numbers = order.parcels.compactMap(\.tracking) + order.returns.compactMap(\.terms.tracking)
        guard let tracking = chance.any(of: numbers) else { return nil }
        return HearOfParcels(
            followers: try HearOfParcels.followers(of: tracking, by: UnreliableCourier.connection, in: db))
    }

    /// A courier is called to a location, called otherwise, or told not to come.
    private mutating func visit(
        _ location: Location, _ courier: Courier, in db: any Connection
    ) throws -> any Command {
        let known = try world.locations.flatMap { place in
            try CourierPickupStore.page(of: place.code, nil, before: CourierPickupID(.max), limit: 3, in: db)
        }
        if let pickup = chance.any(of: known), chance.chance(60) {
            if chance.chance(40) { return CancelCourierPickup(id: pickup.id) }
            return ChangeCourierPickup(
                id: pickup.id, ready: chance.chance(70) ? now + .minutes(30) : nil,
                closes: chance.chance(70) ? now + .minutes(chance.number(31...300)) : nil,
                parcels: chance.chance(50) ? chance.number(1...40) : nil)
        }
        let ready = now(less: chance.number(0...1_000_000))
        return CallCourier(
            location: location.code, courier: chance.chance(95) ? courier.code : "pigeons",
            wish: CourierPickup.Wish(
                ready: ready, closes: ready + .minutes(chance.number(-10...200)), parcels: chance.number(1...20),
                weightGrams: chance.number(1...40_000), note: chance.chance(20) ? "ring" : nil))
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

extension Invariants {
    /// No label was printed by two runs, and each that was says by which.
    static func prints(at locations: [Location], in db: any Connection) throws {
        var seen: Set<PrintRun.Listed> = []
        for location in locations {
            for run in try PrintRunStore.page(of: location.code, before: PrintRunID(.max), limit: 1_000, in: db) {
                let listed = try PrintRunStore.listed(run.id, in: db)
                let orders = try OrderStore.orders(Set(listed.map(\.parcel.order)).sorted(), in: db)
                for entry in listed {
                    let parcel = orders[entry.parcel.order]?.part(entry.parcel)
                    let label = parcel?.labels.first { $0.number == entry.label }
                    guard seen.insert(entry).inserted, label?.print?.run == run.id else {
                        throw Contradiction(
                            law: "labels_are_printed_once",
                            explanation: "the label \(entry.label) of \(entry.parcel) stands in the run \(run.id), and "
                                + "says that it is of \(label?.print?.run.description ?? "none")")
                    }
                }
            }
        }
    }
}

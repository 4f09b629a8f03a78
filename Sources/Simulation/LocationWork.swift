import OrderManagement

/// The people at the locations: they release, pick, pack and send, and sometimes do it wrongly.
extension Workload {
    /// The natural next step of one of the order's fulfillments.
    mutating func advance(_ order: Order) -> (any Command)? {
        guard let fulfillment = chance.any(of: order.fulfillments.filter { !$0.state.isFinal }) else { return nil }
        let id = FulfillmentID(order.id, fulfillment.number)
        if order.isOnHold, chance.chance(80) { return hold(order) }
        switch fulfillment.state {
        case .open: return order.stage == nil || chance.chance(15) ? ReleaseFulfillment(fulfillment: id) : stage(order)
        case .released: return chance.chance(88) ? AcceptFulfillment(fulfillment: id) : reject(order, fulfillment)
        case .accepted: return chance.chance(92) ? pick(order, fulfillment) : reject(order, fulfillment)
        case .picking: return chance.chance(92) ? pack(order, fulfillment) : pick(order, fulfillment)
        case .packed:
            if chance.chance(6) { return UnpackFulfillment(fulfillment: id) }
            if fulfillment.method == .pickup { return MakeFulfillmentReady(fulfillment: id) }
            if isWaiting(for: fulfillment, of: order), chance.chance(80) { return nil }
            let new = order.boxes(of: fulfillment.number).filter(\.hasNewLabel)
            if !new.isEmpty, chance.chance(50) {
                return PrintLabels(location: fulfillment.location, parcels: new.map { ParcelID(order.id, $0.number) })
            }
            return chance.chance(25) ? label(order) : ship(order, fulfillment)
        case .ready:
            if chance.chance(8) { return GiveUpCollection(fulfillment: id) }
            if chance.chance(10) {
                let until = (fulfillment.collectBy ?? now) + .minutes(chance.number(-30...3_000))
                return ExtendCollection(fulfillment: id, until: until)
            }
            return chance.chance(35) ? collect(order, fulfillment) : nil
        case .shipped: return chance.chance(50) ? deliver(order, fulfillment) : tracking(order)
        case .delivered, .collected, .expired, .rejected, .cancelled: return nil
        }
    }

    /// Any step at all, whether it fits or not, of any fulfillment, even one that does not exist.
    mutating func anyStep(_ order: Order) -> (any Command)? {
        let number = Int(chance.number(1...Int64(order.fulfillments.count + 1)))
        let id = FulfillmentID(order.id, number)
        guard let fulfillment = order.fulfillments.first(where: { $0.number == number }) else {
            return ReleaseFulfillment(fulfillment: id)
        }
        switch chance.number(1...12) {
        case 1: return ReleaseFulfillment(fulfillment: id)
        case 2: return AcceptFulfillment(fulfillment: id)
        case 3: return reject(order, fulfillment)
        case 4: return pick(order, fulfillment)
        case 5: return pack(order, fulfillment)
        case 6: return UnpackFulfillment(fulfillment: id)
        case 7: return ship(order, fulfillment)
        case 8: return deliver(order, fulfillment)
        case 9: return MakeFulfillmentReady(fulfillment: id)
        case 10: return collect(order, fulfillment)
        default: return CancelFulfillment(fulfillment: id)
        }
    }

    /// Some of a fulfillment's units, sometimes too many or of a line that is not in it.
    private mutating func some(_ order: Order, _ fulfillment: Fulfillment) -> [LineQuantity] {
        guard let line = chance.any(of: fulfillment.lines), chance.chance(94) else {
            return [LineQuantity(line: OrderLineID(order.id, order.lines.count + 1), quantity: 1)]
        }
        let most = chance.chance(92) ? line.quantity : line.quantity + 3
        return [LineQuantity(line: OrderLineID(order.id, line.line), quantity: chance.number(1...most))]
    }

    private mutating func reject(_ order: Order, _ fulfillment: Fulfillment) -> RejectFulfillment {
        RejectFulfillment(
            fulfillment: FulfillmentID(order.id, fulfillment.number),
            lines: chance.chance(50) ? nil : some(order, fulfillment),
            reason: chance.one(of: RejectionReason.allCases),
            components: fulfillment.lines.flatMap { missingParts(order.line($0.line)) })
    }

    private mutating func pick(_ order: Order, _ fulfillment: Fulfillment) -> PickFulfillment {
        let id = FulfillmentID(order.id, fulfillment.number)
        guard chance.chance(45) else { return PickFulfillment(fulfillment: id) }
        let lines = fulfillment.lines.map { line in
            let short = chance.chance(25) ? chance.number(0...line.quantity) : 0
            let picked = chance.chance(96) ? chance.number(0...(line.quantity - short)) : line.quantity + 1
            return PickFulfillment.Line(
                line: OrderLineID(order.id, line.line), quantity: picked, short: short,
                reason: chance.one(of: RejectionReason.allCases),
                components: short > 0 ? missingParts(order.line(line.line)) : [])
        }
        return PickFulfillment(fulfillment: id, lines: lines)
    }

    /// Some part of a kit, which is said to be missing; now and then nobody says which.
    private mutating func missingParts(_ line: OrderLine?) -> [String] {
        guard let part = chance.any(of: line?.components ?? []), chance.chance(90) else { return [] }
        return [part.sku]
    }

    private mutating func pack(_ order: Order, _ fulfillment: Fulfillment) -> PackFulfillment {
        let id = FulfillmentID(order.id, fulfillment.number)
        if fulfillment.method == .pickup && chance.chance(60) { return PackFulfillment(fulfillment: id, parcels: []) }
        if chance.chance(40) { return PackFulfillment(fulfillment: id, parcels: nil) }
        var first: [LineQuantity] = [], second: [LineQuantity] = []
        for line in fulfillment.lines {
            let name = OrderLineID(order.id, line.line)
            let part = chance.chance(75) ? line.quantity : chance.number(0...line.quantity)
            if part > 0 { first.append(LineQuantity(line: name, quantity: part)) }
            if part < line.quantity, chance.chance(90) {
                second.append(LineQuantity(line: name, quantity: line.quantity - part))
            }
        }
        let boxes = [first, second].filter { !$0.isEmpty }.map {
            PackFulfillment.Box(
                lines: $0, weightGrams: chance.chance(94) ? chance.number(10...9_000) : 0,
                size: chance.chance(40) ? World.size(&chance) : nil)
        }
        return PackFulfillment(fulfillment: id, parcels: boxes)
    }

    private mutating func ship(_ order: Order, _ fulfillment: Fulfillment) -> ShipFulfillment {
        let parcels = order.boxes(of: fulfillment.number)
        var details: [ShipFulfillment.ParcelDetail] = []
        // Who names some of them names all, or is refused.
        let areNamed = chance.chance(parcels.contains { $0.label == nil } ? 80 : 10)
        for parcel in parcels where areNamed && chance.chance(96) {
            let name = ParcelID(order.id, parcel.number)
            guard chance.chance(parcel.label == nil ? 96 : 5) else {
                details.append(.init(parcel: name))
                continue
            }
            // Couriers use numbers again, and one parcel may hide behind another's number.
            details.append(
                .init(
                    parcel: name, courier: chance.one(of: ["post", chance.chance(90) ? "vans" : "van", nil]),
                    tracking: "T\(chance.number(1...(chance.chance(40) ? 3 : 400)))"))
        }
        if chance.chance(3) { details.append(.init(parcel: ParcelID(order.id, 99))) }
        return ShipFulfillment(fulfillment: FulfillmentID(order.id, fulfillment.number), parcels: details)
    }

    private mutating func deliver(_ order: Order, _ fulfillment: Fulfillment) -> DeliverFulfillment {
        let parcels = order.parcels.filter { $0.fulfillment == fulfillment.number }
        let one = chance.any(of: parcels).map { [ParcelID(order.id, $0.number)] }
        return DeliverFulfillment(
            fulfillment: FulfillmentID(order.id, fulfillment.number), parcels: chance.chance(60) ? nil : one,
            at: chance.chance(30) ? now(less: chance.number(-900_000...7_200_000)) : nil)
    }

    private mutating func collect(_ order: Order, _ fulfillment: Fulfillment) -> CollectFulfillment {
        CollectFulfillment(
            fulfillment: FulfillmentID(order.id, fulfillment.number),
            lines: chance.chance(60) ? nil : some(order, fulfillment), collectedBy: "A. Customer",
            code: chance.chance(50) ? (chance.chance(90) ? order.collectionCode : "12345") : nil)
    }

    /// A courier's news: of any state, early, late, twice, and sometimes of a parcel that nobody knows.
    mutating func tracking(_ order: Order) -> (any Command)? {
        let troubled = order.parcels.filter {
            [.lost, .exception, .returnedToSender].contains($0.state) && $0.claim == nil
        }
        if let parcel = chance.any(of: troubled), chance.chance(35) {
            return ReshipParcel(parcel: ParcelID(order.id, parcel.number))
        }
        if let lost = chance.any(of: troubled), chance.chance(40) {
            return ClaimParcel(
                parcel: ParcelID(order.id, lost.number), resolution: chance.chance(75) ? .refund : .none,
                amount: chance.chance(20) ? Money(chance.number(1...3_000), order.currency) : nil)
        }
        let old = order.parcels.flatMap(\.labels).filter { !$0.state.isLive && $0.tracking != nil }
        if let label = chance.any(of: old), let number = label.tracking, chance.chance(40) {
            return RecordTracking(
                courier: label.courier, tracking: number, status: chance.one(of: [.inTransit, .delivered]),
                at: now(less: chance.number(0...7_200_000)), candidates: [order.id])
        }
        let known = order.parcels.filter { $0.tracking != nil }
        if let parcel = chance.any(of: troubled + known), chance.chance(12) {
            return DeliverParcel(
                parcel: ParcelID(order.id, parcel.number),
                at: chance.chance(40) ? now(less: chance.number(-900_000...7_200_000)) : nil)
        }
        let tracked = known
        guard let parcel = chance.any(of: tracked), let number = parcel.tracking, chance.chance(95) else {
            return RecordTracking(
                courier: "post", tracking: "UNKNOWN", status: .inTransit, at: now, candidates: [order.id])
        }
        let states: [(element: Parcel.State, weight: Int64)] = [
            (.inTransit, 4), (.outForDelivery, 3), (.delivered, 5), (.exception, 2), (.lost, 1), (.returnedToSender, 1),
            (.handedOver, 1), (.labelled, 1),
        ]
        return RecordTracking(
            courier: parcel.courier ?? "post", tracking: number, status: chance.weighted(states),
            at: now(less: chance.number(0...7_200_000)), courierEvent: "E\(chance.number(1...999))",
            candidates: [order.id])
    }
}

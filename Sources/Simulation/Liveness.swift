import OrderManagement

/// Nothing is stuck: what is open has a job, an exception that a person sees, or somebody whose turn it is.
enum Liveness {
    private static let jobs = Statement(
        "SELECT kind, order_id, payload, state, due, COALESCE(last_error, '') FROM jobs ORDER BY id")

    private static let jobsOfOrder = Statement("SELECT kind, payload FROM jobs WHERE order_id = #order_id")

    /// How the work on an order stands, for people: what waits or was given up, and why.
    static func work(on order: OrderID, in db: any Connection) throws -> String {
        var told: [String] = []
        try db.query(jobs) { row in
            guard row.optionalInteger(1) == order.value else { return }
            told.append(
                "\(try row.text(0)) \(try row.text(2)) \(try row.text(3)) until "
                    + "\(Timestamp(milliseconds: try row.integer(4))): \(try row.text(5))")
        }
        return told.isEmpty ? "no work on it" : told.joined(separator: "; ")
    }

    /// Whatever the order waits for has a job that will see to it.
    static func followUps(of order: Order, at now: Timestamp, in db: any Connection) throws {
        var missing: [String] = order.effects.filter { $0.state == .pending }.map {
            JobKind.settleEffect.rawValue + " \($0.number)"
        }
        for gate in order.gates where gate.state == .pending {
            if let due = gate.due, due > now { missing.append(JobKind.stageDue.rawValue + " " + gate.name) }
        }
        // What a person is asked about waits for that person.
        let asked = Set(order.exceptions.filter { $0.isOpen && $0.kind == .notCollected }.map(\.subject))
        let ready = order.fulfillments.filter {
            $0.state == .ready && !asked.contains(FulfillmentID(order.id, $0.number).description)
        }
        missing += ready.map {
            JobKind.expirePickup.rawValue + " \($0.number)"
        }
        let overdue = Set(order.exceptions.filter { $0.isOpen && $0.kind == .transferOverdue }.compactMap(\.subject))
        missing += order.fulfillments.compactMap(\.transfer).filter { !overdue.contains($0.description) }.map {
            JobKind.chaseTransfer.rawValue + " \($0.value)"
        }
        missing += order.fulfillments.filter(\.state.isUnderWay).map { JobKind.chaseWork.rawValue + " \($0.number)" }
        if let date = order.nearestDate { missing.append(JobKind.chaseBackorder.rawValue + " \(date.milliseconds)") }
        if OrderStatus(of: order).overall != .cancelled {
            missing += order.holds.filter { $0.stands && $0.reviewBy != nil }.map {
                JobKind.reviewHold.rawValue + " \($0.number)"
            }
        }
        missing += order.returns.filter { $0.state == .approved }.map {
            JobKind.expireReturn.rawValue + " \($0.number)"
        }
        let unsettled = Set(order.exceptions.filter { $0.isOpen && $0.kind == .returnUnsettled }.map(\.subject))
        missing += order.returns.filter {
            $0.isUnsettled && !unsettled.contains(ReturnID(order.id, $0.number).description)
        }.map { JobKind.expireReturn.rawValue + " \($0.number)" }
        missing += order.returns.filter { $0.isAwaited(at: now) }.map {
            JobKind.followReturn.rawValue + " \($0.number)"
        }
        missing += order.returns.filter { $0.state == .inTransit && $0.terms.isWatched }.map {
            JobKind.chaseReturn.rawValue + " \($0.number)"
        }
        missing += labels(of: order, at: now)
        try sentUnits(of: order, at: now, in: db)
        for line in order.lines where line.open > 0 {
            if let date = line.availableFrom {
                missing.append(JobKind.releasePreorder.rawValue + " \(date.milliseconds)")
            }
        }
        guard !missing.isEmpty else { return }
        var waiting = Set<String>()
        try db.query(jobsOfOrder, [.integer(order.id.value)]) { row in
            waiting.insert("\(try row.text(0)) \(try row.text(1))")
        }
        guard let forgotten = missing.first(where: { !waiting.contains($0) }) else { return }
        throw Contradiction(law: "nothing_is_stuck", explanation: "\(order.number): no job for \(forgotten)")
    }

    /// What became of units that were sent can be said until it is: by whoever takes them in, delivers them, or settles
    /// their parcel.
    private static func sentUnits(of order: Order, at now: Timestamp, in db: any Connection) throws {
        guard order.lines.contains(where: { $0.shipped > $0.closed }), !order.returns.contains(where: \.state.isOpen),
            let channel = try Configuration.load(in: db).channels[order.channel]
        else { return }
        let ends: Set = ["deliveries", "claims", "reshipments"]
        let isPossible = order.permissions(channel, at: now).contains { $0.isAllowed && ends.contains($0.action) }
        guard !isPossible else { return }
        throw Contradiction(
            law: "nothing_is_stuck", explanation: "\(order.number): nobody can say what became of units that were sent")
    }

    /// Couriers that are to be asked, by what the jobs carry that ask them.
    private static func labels(of order: Order, at now: Timestamp) -> [String] {
        order.parcels.flatMap { parcel -> [String] in
            let asked = parcel.labels.compactMap { label -> String? in
                let kind: JobKind
                switch label.state {
                case .pending, .unwanted: kind = .buyLabel
                case .voiding: kind = .voidLabel
                case .bought, .failed, .voided, .kept: return nil
                }
                return "\(kind.rawValue) \(parcel.number) \(label.number)"
            }
            let isAwaited = order.isAwaited(parcel, at: now)
            return asked + (isAwaited ? [JobKind.followParcel.rawValue + " \(parcel.number)"] : [])
        }
    }

    /// To be asked when no fault has happened for a while and no job is due.
    static func check(orders: [OrderID], at now: Timestamp, in db: any Connection) throws {
        try db.query(jobs) { row in
            guard try row.text(3) == "waiting", try row.integer(4) <= now.milliseconds else { return }
            throw Contradiction(
                law: "jobs_come_to_an_end",
                explanation: "\(try row.text(0)) of \(row.optionalInteger(1) ?? 0) is due and stays: "
                    + (try row.text(5)))
        }
        for id in orders {
            guard let order = try OrderStore.order(id, in: db) else { continue }
            try followUps(of: order, at: now, in: db)
            for gate in order.gates where gate.state == .pending && !gate.isOverdue {
                guard let due = gate.due, due <= now, OrderStatus(of: order).overall == .open else { continue }
                throw Contradiction(
                    law: "nothing_is_stuck", explanation: "\(order.number): the stage \(gate.name) was due at \(due)")
            }
            try backorders(of: order, at: now, in: db)
        }
    }

    /// Whether a location could give one more of what goods make, beyond a buffer of each.
    private static func isThere(
        _ goods: [KitComponent], at location: String, beside buffer: Int64, in db: any Connection
    ) throws -> Bool {
        try goods.allSatisfy { part in
            try StockReading.levels(of: part.sku, after: "", limit: 50, in: db).contains {
                $0.location == location && $0.promisable >= buffer + part.quantity
            }
        }
    }

    /// Nobody waits for units that lie on a shelf that may serve them.
    private static func backorders(of order: Order, at now: Timestamp, in db: any Connection) throws {
        guard let channel = try Configuration.load(in: db).channels[order.channel] else { return }
        let configuration = try Configuration.load(in: db)
        for line in order.lines where line.backordered > 0 {
            let goods = line.components.isEmpty
                ? [KitComponent(sku: line.sku, quantity: 1)] : line.components
            let items = try ([line.sku] + goods.map(\.sku)).compactMap { try ItemStore.item($0, in: db) }
            let needed = items.reduce(UInt64(0)) { $0 | $1.requirements }
            for level in try StockReading.levels(of: goods[0].sku, after: "", limit: 50, in: db) {
                guard let location = configuration.locations[level.location], channel.sells(from: location.code),
                    !location.isPaused(at: now),
                    location.capacityPerDay == nil, !location.closesForNoCapacity,  // its days may be full
                    try isThere(goods, at: location.code, beside: channel.buffer, in: db),
                    needed & ~location.capabilities == 0,
                    order.delivery.method == .pickup
                        ? order.delivery.location == location.code && location.offersPickup : location.canShip,
                    !order.rejectingLocations.contains(location.code),
                    !order.fulfillments.contains(where: { $0.location == location.code && $0.state == .rejected })
                else { continue }
                throw Contradiction(
                    law: "nothing_is_stuck",
                    explanation: "\(order.number) waits for \(line.backordered) × \(line.sku), and "
                        + "\(location.code) has \(level.promisable)")
            }
        }
    }
}

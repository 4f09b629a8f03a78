/// Calls a courier to a location, to take parcels along.
///
/// 1. Checks the window: in time to come, and on one day of the location.
/// 2. Keeps the intent, and has the courier asked by a job under its own key; for the retailer's own couriers nobody
///    is asked: that they come is noted.
///
/// - Throws: `.unknownLocation`; `.unknownCourier`; `.invalidInput` for a window that is over, or of several days.
public struct CallCourier: Command {
    public static let name = "call-courier"
    public let location: String
    public let courier: String
    public let wish: CourierPickup.Wish

    public init(location: String, courier: String, wish: CourierPickup.Wish) {
        (self.location, self.courier, self.wish) = (location, courier, wish)
    }

    public func needs(_ needs: inout Needs, given work: Work) {}

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        let place = try work.configuration.location(location)
        guard work.principal.sees(location: location) else {
            throw Refusal([.init("/location", .unknownLocation, "there is no location \(location)")])
        }
        guard let carrier = work.configuration.couriers[courier] else {
            throw Refusal([
                .init("/courier", .unknownCourier, work.configuration.words(withoutCourier: courier))
            ])
        }
        try wish.check(at: place, now: work.now)
        var pickup = CourierPickup(
            id: work.nextIdentifier(at: work.now), location: location, courier: courier,
            connection: carrier.connection, for: wish, at: work.now, by: work.principal.name)
        try work.ask(for: &pickup)
        work.insert(pickup)
        return work.reply(with: pickup, status: 201)
    }
}

/// Has a courier come otherwise than was agreed.
///
/// - Throws: `.notFound`; `.illegalTransition` for what is not booked; `.invalidInput` as for a call.
public struct ChangeCourierPickup: Command {
    public static let name = "change-courier-pickup"
    public let id: CourierPickupID
    /// nil members stay as they were agreed.
    public let ready: Timestamp?
    public let closes: Timestamp?
    public let parcels: Int64?
    public let weightGrams: Int64?
    public let note: String?

    public init(
        id: CourierPickupID, ready: Timestamp? = nil, closes: Timestamp? = nil, parcels: Int64? = nil,
        weightGrams: Int64? = nil, note: String? = nil
    ) {
        (self.id, self.ready, self.closes) = (id, ready, closes)
        (self.parcels, self.weightGrams, self.note) = (parcels, weightGrams, note)
    }

    public func needs(_ needs: inout Needs, given work: Work) { needs.courierPickup(id, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        var pickup = try work.courierPickup(id)
        let known = pickup.agreed
        let wish = CourierPickup.Wish(
            ready: ready ?? known.ready, closes: closes ?? known.closes, parcels: parcels ?? known.parcels,
            weightGrams: weightGrams ?? known.weightGrams, note: note ?? known.note)
        if pickup.state != .refused { _ = try pickup.state.after(.change) }
        try wish.check(at: try work.configuration.location(pickup.location), now: work.now)
        // What was refused is asked for anew, as it is wanted now.
        if pickup.state == .refused { try pickup.ask(for: wish) } else { try pickup.change(to: wish) }
        try work.ask(for: &pickup)
        work.settleRefusal(of: pickup, "The courier is asked anew.")
        work.update(pickup)
        return work.reply(with: pickup, status: 201)
    }
}

/// Tells a courier not to come.
///
/// - Throws: `.notFound`; `.illegalTransition` for what is not agreed and not asked for.
public struct CancelCourierPickup: Command {
    public static let name = "cancel-courier-pickup"
    public let id: CourierPickupID
    public init(id: CourierPickupID) { self.id = id }

    public func needs(_ needs: inout Needs, given work: Work) { needs.courierPickup(id, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        var pickup = try work.courierPickup(id)
        try pickup.apply(.cancel)
        if pickup.isOwn {
            try pickup.apply(.confirm)
            work.record(.courierPickupCancelled, pickup)
        } else {
            work.enqueue(.arrangePickup, payload: pickup.id.description, due: work.now, asks: pickup.connection)
        }
        work.update(pickup)
        return work.reply(with: pickup, status: 201)
    }
}

extension CourierPickup.Wish {
    /// - Throws: `.invalidInput`.
    fileprivate func check(at location: Location, now: Timestamp) throws(Refusal) {
        if closes <= ready {
            throw Refusal([.init("/closes", .invalidInput, "\(closes) is not after \(ready), when parcels are ready")])
        }
        if closes <= now { throw Refusal([.init("/closes", .invalidInput, "\(closes) is over: it is \(now)")]) }
        let calendar = location.calendar
        guard calendar.day(of: ready) == calendar.day(of: closes) else {
            throw Refusal([
                .init(
                    "/closes", .invalidInput,
                    "\(ready) and \(closes) are on two days of \(location.code): call the courier for each")
            ])
        }
        guard ready <= now + .days(60) else {
            throw Refusal([.init("/ready", .invalidInput, "\(ready) is more than 60 days ahead: no courier says yet")])
        }
    }
}

extension Work {
    /// - Throws: `.notFound`, also for one at a location that the caller may not see.
    func courierPickup(_ id: CourierPickupID) throws(Refusal) -> CourierPickup {
        guard let pickup = rows.courierPickups[id], principal.sees(location: pickup.location) else {
            throw Refusal(.notFound, "there is no courier pickup \(id)")
        }
        return pickup
    }

    /// One that was loaded or made; for commands that look before they need more.
    func peek(_ id: CourierPickupID) -> CourierPickup? { rows.courierPickups[id] }
    mutating func insert(_ pickup: CourierPickup) { rows.courierPickups.put(pickup.id, pickup) }
    mutating func update(_ pickup: CourierPickup) { rows.courierPickups.put(pickup.id, pickup) }

    /// Has a courier asked for what is wanted of it; own couriers are told by whoever calls them.
    fileprivate mutating func ask(for pickup: inout CourierPickup) throws(Refusal) {
        record(.courierPickupRequested, pickup)
        guard pickup.isOwn else {
            enqueue(.arrangePickup, payload: pickup.id.description, due: now, asks: pickup.connection)
            return
        }
        try pickup.book(as: nil)
        record(.courierPickupBooked, pickup)
    }

    fileprivate func reply(with pickup: CourierPickup, status: Int) -> Reply {
        var json = JSONWriter()
        pickup.write(to: &json)
        return Reply(status: status, body: json.text, location: "/v1/courier-pickups/\(pickup.id)")
    }

    /// What told people of a refusal is settled.
    mutating func settleRefusal(of pickup: CourierPickup, _ reason: String) {
        guard let id = pickup.exception, let shown = exception(id), shown.isOpen else { return }
        resolve(shown, because: reason)
    }

    mutating func record(_ type: EventType, _ pickup: CourierPickup) {
        record(type) {
            $0.member("pickup", pickup.id.description)
            $0.member("location", pickup.location)
            $0.member("courier", pickup.courier)
            $0.member("status", pickup.state.rawValue)
            pickup.wanted.write(members: &$0)
            $0.member("reference", pickup.reference)
            $0.member("reason", pickup.reason)
        }
    }
}

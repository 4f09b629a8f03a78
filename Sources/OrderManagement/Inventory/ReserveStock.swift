/// Keeps units for a checkout until it places its order, lets go, or its time is up. All lines or none.
///
/// 1. Checks channel, SKUs and locations.
/// 2. Per line: takes from the named location, or from as few of the channel's locations as will do. Of a kit, all
///    parts of one unit come from one location.
/// 3. Moves the units from available to reserved; a job ends the reservation when its time is up.
///
/// - Throws: `.unknownChannel`, `.unknownSKU`, `.unknownLocation`; `.insufficientStock`, naming SKU, asked, available.
public struct ReserveStock: Command {
    public static let name = "reserve-stock"
    public static let linesMax = 200
    /// The longest that a checkout may hold units.
    public static let lifeMax = Seconds.days(7)

    public struct Line: Hashable, Sendable {
        public let sku: String
        public let quantity: Int64
        /// Where they must be; nil for anywhere that the channel sells from.
        public let location: String?
        public init(sku: String, quantity: Int64, location: String? = nil) {
            self.sku = sku
            self.quantity = quantity
            self.location = location
        }
    }

    public let channel: String
    public let lines: [Line]
    public let expiresIn: Seconds

    public init(channel: String, lines: [Line], expiresIn: Seconds) {
        self.channel = channel
        self.lines = lines
        self.expiresIn = expiresIn
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for line in lines { needs.goods(of: line.sku, given: work) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        let channel = try work.configuration.channel(self.channel)
        try check(channel, in: work)
        let id: ReservationID = work.nextIdentifier(at: work.now)
        var claims: [Reservation.Claim] = []
        var wrong: [Refusal.Detail] = []
        for (index, line) in lines.enumerated() {
            let (found, available) = places(for: line, channel, in: work)
            guard available >= line.quantity else {
                wrong.append(
                    .init(
                        "/lines/\(index)/quantity", .insufficientStock,
                        "\(line.sku): asked \(line.quantity), available \(max(0, available))"))
                continue
            }
            for claim in found {
                try work.move(
                    StockMovement(
                        .reserve, claim.units, of: claim.sku, at: claim.location, reference: id.description))
            }
            claims += found
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
        let reservation = Reservation(
            id: id, channel: channel.code, principal: work.principal.name, expiresAt: work.now + expiresIn,
            claims: claims, at: work.now)
        work.insert(reservation)
        work.enqueue(.expireReservation, payload: id.description, due: reservation.expiresAt)
        work.record(.stockReserved) {
            $0.member("reservation", id.description)
            $0.member("expires_at", reservation.expiresAt)
        }
        return .reservation(reservation, status: 201, location: "/v1/reservations/\(id)")
    }

    private func check(_ channel: Channel, in work: Work) throws(Refusal) {
        var wrong: [Refusal.Detail] = []
        for (index, line) in lines.enumerated() {
            if work.item(line.sku) == nil {
                wrong.append(.init("/lines/\(index)/sku", .unknownSKU, "there is no item \(line.sku)"))
            }
            if let code = line.location,
                work.configuration.locations[code] == nil || !channel.sells(from: code)
                    || !work.principal.sees(location: code)
            {
                wrong.append(
                    .init(
                        "/lines/\(index)/location", .unknownLocation,
                        "there is no location \(code) that \(channel.code) sells from"))
            }
        }
        if !wrong.isEmpty { throw Refusal(wrong) }
    }

    /// Where the units of a line are kept: at one location if one has them all, else where most is first.
    private func places(for line: Line, _ channel: Channel, in work: Work) -> ([Reservation.Claim], Int64) {
        let components = work.item(line.sku)?.components ?? []
        let goods = KitComponent.goods(of: line.sku, components)
        let places = units(of: goods, for: line, channel, in: work)
        let available = min(
            places.reduce(Int64(0)) { $0 + $1.units }
                - (components.isEmpty ? channel.buffer + work.unitsOfQueue(for: line.sku) : 0),
            components.isEmpty ? .max : kits(of: goods, beside: channel.buffer, for: line, channel, in: work))
        guard available >= line.quantity else { return ([], available) }
        let enough = places.filter { $0.units >= line.quantity }
        let one = enough.min { ($0.units, $0.location) < ($1.units, $1.location) }
        var claims: [Reservation.Claim] = []
        var rest = line.quantity
        let inTurn = one.map { [$0] }
            ?? places.sorted { ($1.units, $0.location) < ($0.units, $1.location) }
        for place in inTurn where rest > 0 {
            let units = min(rest, place.units)
            guard units > 0 else { break }
            claims += goods.map { .init(sku: $0.sku, location: place.location, units: units * $0.quantity) }
            rest -= units
        }
        return (claims, available)
    }

    /// The places that may keep units of a line, with how many of it they have.
    private func units(
        of goods: [KitComponent], for line: Line, _ channel: Channel, in work: Work
    ) -> [(location: String, units: Int64)] {
        work.levels(of: goods[0].sku).filter { mayKeep(line, at: $0.location, channel, in: work) }.map { level in
            (level.location, goods.kits { work.level(of: $0, at: level.location).promisable })
        }
    }

    /// How many kits there could be if the channel kept its buffer of every part.
    private func kits(
        of goods: [KitComponent], beside buffer: Int64, for line: Line, _ channel: Channel, in work: Work
    ) -> Int64 {
        goods.kits { sku in
            work.levels(of: sku).reduce(-buffer - work.unitsOfQueue(for: sku)) {
                mayKeep(line, at: $1.location, channel, in: work) ? $0 + $1.promisable : $0
            }
        }
    }

    private func mayKeep(_ line: Line, at code: String, _ channel: Channel, in work: Work) -> Bool {
        guard let location = work.configuration.locations[code] else { return false }
        return channel.sells(from: code) && !location.isPaused(at: work.now) && work.principal.sees(location: code)
            && (line.location.map { $0 == code } ?? location.canShip)
    }
}

/// A checkout lets go of what it reserved.
///
/// - Throws: `.notFound`; `.reservationEnded` when an order has used it. Letting go twice changes nothing.
public struct ReleaseReservation: Command {
    public static let name = "release-reservation"
    public let reservation: ReservationID
    public init(reservation: ReservationID) { self.reservation = reservation }

    public func needs(_ needs: inout Needs, given work: Work) { needs.reservationWithStock(reservation, given: work) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.ordersWrite)
        guard var found = work.peek(reservation) else {
            throw Refusal(.notFound, "there is no reservation \(reservation)")
        }
        switch found.state {
        case .used: throw Refusal(.reservationEnded, found.endedReason(at: work.now))
        case .released, .expired: break
        case .live:
            try found.apply(.release)
            found = try work.end(found, giving: found.claims)
        }
        return .reservation(found)
    }
}

/// Job: the time of a reservation is up; its units are everybody's again.
struct ExpireReservation: Command {
    static let name = "expire-reservation"
    let reservation: ReservationID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.reservationWithStock(reservation, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        guard var found = work.peek(reservation), found.state == .live else { return Reply(body: "{}") }
        try found.apply(.expire)
        _ = try work.end(found, giving: found.claims)
        return Reply(body: "{}")
    }
}

extension Reservation {
    /// Why an order can use it no more.
    func endedReason(at now: Timestamp) -> String {
        switch state {
        case .used: "the reservation \(id) was used by the order \(order?.description ?? "")"
        case .released: "the reservation \(id) was let go"
        case .live, .expired: "the reservation \(id) ended at \(expiresAt): reserve again"
        }
    }
}

extension Work {
    /// An order has used a reservation; what it left is available again.
    mutating func use(
        _ reservation: Reservation, for order: OrderID, leaving claims: [Reservation.Claim]
    ) throws {
        var reservation = reservation
        try reservation.apply(.use)
        reservation.order = order
        _ = try end(reservation, giving: claims)
    }

    /// Ends a reservation: units that no order took are available again, and offered to those who wait.
    mutating func end(_ reservation: Reservation, giving claims: [Reservation.Claim]) throws -> Reservation {
        for claim in claims where claim.units > 0 {
            try move(
                StockMovement(
                    .expire, claim.units, of: claim.sku, at: claim.location, reference: reservation.id.description))
            serveBackorders(of: claim.sku)
        }
        record(.stockReservationEnded) {
            $0.member("reservation", reservation.id.description)
            $0.member("status", reservation.state.rawValue)
            $0.member("order", reservation.order?.description)
            $0.array("given_back") { list in
                for claim in claims where claim.units > 0 {
                    list.object {
                        $0.member("sku", claim.sku)
                        $0.member("location", claim.location)
                        $0.member("quantity", claim.units)
                    }
                }
            }
        }
        return update(reservation)
    }
}

extension Needs {
    /// A reservation, its stock, and who waits for it.
    mutating func reservationWithStock(_ id: ReservationID, given work: Work) {
        reservation(id)
        guard let known = work.peek(id) else { return }
        for claim in known.claims {
            stock(claim.sku)
            backorders(claim.sku)
        }
    }
}

extension Reply {
    static func reservation(_ reservation: Reservation, status: Int = 200, location: String? = nil) -> Reply {
        var json = JSONWriter(reservingCapacity: 512)
        reservation.write(to: &json)
        return Reply(status: status, body: json.text, location: location)
    }
}

/// A claim by a checkout that has not been placed yet: its units are kept from everybody else until it ends.
public struct Reservation: Hashable, Sendable {
    public enum State: String, Lifecycle {
        case live, used, released, expired
        public enum Action: String, CaseIterable, Sendable {
            case use, release, expire
        }
        public static let noun = "reservation"
        public var exits: [Action: State] {
            switch self {
            case .live: [.use: .used, .release: .released, .expire: .expired]
            case .used, .released, .expired: [:]
            }
        }
    }

    /// Units of a SKU that are kept at one location.
    public struct Claim: Hashable, Sendable {
        public let sku: String
        public let location: String
        public let units: Int64
    }

    public let id: ReservationID
    /// Raised by every change.
    public var version: Int64 = 1
    public private(set) var state: State = .live
    public let channel: String
    /// The order that used it.
    public var order: OrderID?
    public let principal: String
    public let reservedAt: Timestamp
    /// From then on its units are everybody's again.
    public let expiresAt: Timestamp
    public let claims: [Claim]

    init(
        id: ReservationID, channel: String, principal: String, expiresAt: Timestamp, claims: [Claim], at now: Timestamp
    ) {
        self.id = id
        self.channel = channel
        self.principal = principal
        self.expiresAt = expiresAt
        self.claims = claims
        reservedAt = now
    }

    /// As read from its table.
    init(
        stored id: ReservationID, _ version: Int64, _ state: State, channel: String, order: OrderID?,
        principal: String, reservedAt: Timestamp, expiresAt: Timestamp, claims: [Claim]
    ) {
        self.id = id
        self.version = version
        self.state = state
        self.channel = channel
        self.order = order
        self.principal = principal
        self.reservedAt = reservedAt
        self.expiresAt = expiresAt
        self.claims = claims
    }

    /// Moves to the state that an action leads to. - Throws: `.illegalTransition`.
    mutating func apply(_ action: State.Action) throws(Refusal) { state = try state.after(action) }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("status", state.rawValue)
            $0.member("channel", channel)
            $0.member("order", order?.description)
            $0.array("lines") { list in
                for claim in claims {
                    list.object {
                        $0.member("sku", claim.sku)
                        $0.member("location", claim.location)
                        $0.member("quantity", claim.units)
                    }
                }
            }
            $0.member("reserved_at", reservedAt)
            $0.member("expires_at", expiresAt)
        }
    }
}

/// Reservations, in their table.
public enum ReservationStore {
    private static let byID = Statement(
        """
        SELECT id, version, state, channel, order_id, principal, reserved_at, expires_at, lines
        FROM reservations WHERE id = #id
        """)
    private static let live = Statement(
        """
        SELECT id, version, state, channel, order_id, principal, reserved_at, expires_at, lines
        FROM reservations WHERE state = 'live' AND id > #after ORDER BY id LIMIT #limit
        """)
    private static let insert = Statement(
        """
        INSERT INTO reservations (id, version, state, channel, order_id, principal, reserved_at, expires_at, lines)
        VALUES (#id, #version, :state, :channel, #order_id, :principal, #reserved_at, #expires_at, :lines)
        """)
    private static let update = Statement(
        """
        UPDATE reservations SET version = #version, state = :state, order_id = #order_id
        WHERE id = #id AND version = #before AND state = 'live'
        """)

    /// One reservation, or nil.
    public static func reservation(_ id: ReservationID, in db: any Connection) throws -> Reservation? {
        try db.first(byID, [.integer(id.value)], reservation)
    }

    static func load(_ ids: [ReservationID], in db: any Connection, _ visit: (Reservation) -> Void) throws {
        try db.query(byID, ids.map { [.integer($0.value)] }) { visit(try reservation($0)) }
    }

    /// Those that still claim something, the oldest first.
    public static func live(after: ReservationID, limit: Int, in db: any Connection) throws -> [Reservation] {
        try db.rows(live, [.integer(after.value), SQLValue(limit)], reservation)
    }

    static func save(_ changes: [(before: Reservation?, now: Reservation)], in db: any Connection) throws {
        try db.change(
            insert,
            changes.filter { $0.before == nil }.map { _, new in
                [
                    .integer(new.id.value), .integer(new.version), .text(new.state.rawValue), .text(new.channel),
                    SQLValue(new.order?.value), .text(new.principal), .integer(new.reservedAt.milliseconds),
                    .integer(new.expiresAt.milliseconds), .text(text(of: new.claims)),
                ]
            })
        try db.changeGuarded(
            update,
            changes.compactMap { before, now in
                before.map {
                    [
                        .integer(now.version), .text(now.state.rawValue), SQLValue(now.order?.value),
                        .integer(now.id.value), .integer($0.version),
                    ]
                }
            })
    }

    /// `[["85123A", "LEEDS", 2], …]`
    private static func text(of claims: [Reservation.Claim]) -> String {
        var json = JSONWriter()
        json.array { list in
            for claim in claims {
                list.array {
                    $0.value(claim.sku)
                    $0.value(claim.location)
                    $0.value(claim.units)
                }
            }
        }
        return json.text
    }

    private static func reservation(_ row: Row) throws -> Reservation {
        let text = try row.text(2)
        guard let state = Reservation.State(rawValue: text) else {
            throw BrokenInvariant("a reservation in the state \(text)")
        }
        let claims = try (JSON.stored(try row.text(8)).array ?? []).map { entry in
            guard let parts = entry.array, parts.count == 3, let sku = parts[0].string,
                let location = parts[1].string, let units = parts[2].integer
            else { throw BrokenInvariant("a reservation's claim cannot be read: \(entry.text)") }
            return Reservation.Claim(sku: sku, location: location, units: units)
        }
        return Reservation(
            stored: ReservationID(try row.integer(0)), try row.integer(1), state, channel: try row.text(3),
            order: row.optionalInteger(4).map { OrderID($0) }, principal: try row.text(5),
            reservedAt: Timestamp(milliseconds: try row.integer(6)),
            expiresAt: Timestamp(milliseconds: try row.integer(7)), claims: claims)
    }
}

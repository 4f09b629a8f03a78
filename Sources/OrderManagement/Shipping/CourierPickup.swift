/// A courier that is called to a location to take parcels along.
public struct CourierPickup: Hashable, Sendable {
    public enum State: String, Lifecycle {
        /// The courier is being asked to come.
        case requested
        /// It comes.
        case booked
        /// It does not come, for a reason that can be seen to.
        case refused
        /// It is being asked to come otherwise than was agreed.
        case changing
        /// It is being told not to come.
        case cancelling
        case cancelled
        /// It comes all the same: it was too late to tell it not to.
        case kept
        public enum Action: String, CaseIterable, Sendable {
            case book, refuse, stand, change, cancel, confirm, keep, ask
        }
        public static let noun = "courier pickup"
        public var exits: [Action: State] {
            switch self {
            case .requested: [.book: .booked, .refuse: .refused, .cancel: .cancelling]
            case .booked: [.change: .changing, .cancel: .cancelling]
            // Where what was agreed cannot be given up, it stands.
            case .changing: [.book: .booked, .refuse: .refused, .stand: .booked, .cancel: .cancelling]
            case .cancelling: [.confirm: .cancelled, .keep: .kept]
            case .refused: [.ask: .requested]
            case .cancelled, .kept: [:]
            }
        }

        /// Whether its courier is being asked.
        public var isAsked: Bool {
            switch self {
            case .requested, .changing, .cancelling: true
            case .booked, .refused, .cancelled, .kept: false
            }
        }
    }

    /// What a courier is called for.
    public struct Wish: Hashable, Sendable {
        /// From when on the parcels are there, and until when somebody is: on one day of the location.
        public var ready: Timestamp
        public var closes: Timestamp
        public var parcels: Int64
        public var weightGrams: Int64
        /// For the driver: "behind the entrance".
        public var note: String?

        public static let parcelsMax: Int64 = 10_000
        public static let gramsMax: Int64 = 100_000_000
        public static let noteMax = 50

        public init(ready: Timestamp, closes: Timestamp, parcels: Int64, weightGrams: Int64, note: String?) {
            (self.ready, self.closes) = (ready, closes)
            (self.parcels, self.weightGrams, self.note) = (parcels, weightGrams, note)
        }

        fileprivate var text: String {
            var json = JSONWriter(reservingCapacity: 128)
            json.object {
                $0.member("ready", ready.milliseconds)
                $0.member("closes", closes.milliseconds)
                $0.member("parcels", parcels)
                $0.member("weight_g", weightGrams)
                $0.member("note", note)
            }
            return json.text
        }

        fileprivate init(stored text: String) throws {
            let json = try JSON.stored(text)
            self.init(
                ready: Timestamp(milliseconds: try json.integer("ready")),
                closes: Timestamp(milliseconds: try json.integer("closes")),
                parcels: try json.integer("parcels"), weightGrams: try json.integer("weight_g"),
                note: json["note"]?.string)
        }

        func write(members json: inout JSONWriter) {
            json.member("ready", ready)
            json.member("closes", closes)
            json.member("parcels", parcels)
            json.member("weight_g", weightGrams)
            json.member("note", note)
        }
    }

    public let id: CourierPickupID
    public let location: String
    public let courier: String
    /// Who is asked, as the courier's connection was when it was called: `tariff` for nobody.
    public let connection: String
    public private(set) var state: State
    /// What was agreed; what is asked for, while nothing is agreed.
    public private(set) var agreed: Wish
    /// What is asked for instead.
    public private(set) var wish: Wish?
    public private(set) var revision: Int64
    /// The courier's own name for what was agreed.
    public private(set) var reference: String?
    /// Why it does not come, or comes all the same.
    public var reason: String?
    /// What has shown a person that something was refused.
    public var exception: ExceptionID?
    public let requestedAt: Timestamp
    public let requestedBy: String

    init(
        id: CourierPickupID, location: String, courier: String, connection: String, for wish: Wish, at now: Timestamp,
        by principal: String
    ) {
        (self.id, self.location, self.courier, self.connection) = (id, location, courier, connection)
        (agreed, revision, state) = (wish, 1, .requested)
        (requestedAt, requestedBy) = (now, principal)
    }

    /// Whether nobody outside is asked: the retailer's own vans are told by the retailer.
    var isOwn: Bool { connection == Courier.ownConnection }

    /// The idempotency key of what is asked for last.
    public var key: String { "\(id)-\(revision)" }

    /// What is asked for last.
    public var wanted: Wish { wish ?? agreed }

    // MARK: Changes

    /// - Throws: `.illegalTransition`, as all that follow.
    mutating func apply(_ action: State.Action) throws(Refusal) { state = try state.after(action) }

    /// It comes as was asked for last.
    mutating func book(as reference: String?) throws(Refusal) {
        try apply(.book)
        (agreed, wish, self.reference, reason) = (wanted, nil, reference, nil)
    }

    /// Nothing is agreed any more.
    mutating func refuse(because reason: String) throws(Refusal) {
        try apply(.refuse)
        (agreed, wish, reference, self.reason) = (wanted, nil, nil, reason)
    }

    /// What was agreed stands, since it cannot be given up.
    mutating func stand(because reason: String) throws(Refusal) {
        try apply(.stand)
        (wish, self.reason) = (nil, reason)
    }

    /// It does not come, and nothing is wished of it any more.
    mutating func giveUp() throws(Refusal) {
        try apply(.confirm)
        wish = nil
    }

    /// It comes as was agreed: it was too late to tell it otherwise.
    mutating func keep(because reason: String) throws(Refusal) {
        try apply(.keep)
        (wish, self.reason) = (nil, reason)
    }

    mutating func change(to wish: Wish) throws(Refusal) {
        try apply(.change)
        (self.wish, revision, reason) = (wish, revision + 1, nil)
    }

    mutating func ask(for wish: Wish) throws(Refusal) {
        try apply(.ask)
        (agreed, revision, reason) = (wish, revision + 1, nil)
    }

    /// The courier has agreed after all, though nobody wants it any more: it is known by what to cancel it.
    mutating func remember(_ reference: String?) { self.reference = reference }

    // MARK: Stored

    init(stored row: Row) throws {
        let text = try row.text(4)
        guard let state = State(rawValue: text) else { throw BrokenInvariant("a courier pickup in the state \(text)") }
        self.init(
            id: CourierPickupID(try row.integer(0)), location: try row.text(1), courier: try row.text(2),
            connection: try row.text(3),
            for: Wish(
                ready: Timestamp(milliseconds: try row.integer(5)), closes: Timestamp(milliseconds: try row.integer(6)),
                parcels: try row.integer(7), weightGrams: try row.integer(8), note: row.optionalText(9)),
            at: Timestamp(milliseconds: try row.integer(15)), by: try row.text(16))
        self.state = state
        wish = try row.optionalText(10).map(Wish.init(stored:))
        revision = try row.integer(11)
        (reference, reason) = (row.optionalText(12), row.optionalText(13))
        exception = row.optionalInteger(14).map { ExceptionID($0) }
    }

    /// What changes of a row.
    var values: [SQLValue] {
        [
            .text(state.rawValue), .integer(agreed.ready.milliseconds), .integer(agreed.closes.milliseconds),
            .integer(agreed.parcels), .integer(agreed.weightGrams), SQLValue(agreed.note), SQLValue(wish?.text),
            .integer(revision), SQLValue(reference), SQLValue(reason), SQLValue(exception?.value),
        ]
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", id.description)
            $0.member("location", location)
            $0.member("courier", courier)
            $0.member("status", state.rawValue)
            agreed.write(members: &$0)
            $0.name("change")
            if let wish { $0.object { wish.write(members: &$0) } } else { $0.null() }
            $0.member("reference", reference)
            $0.member("reason", reason)
            $0.member("requested_at", requestedAt)
            $0.member("requested_by", requestedBy)
        }
    }
}

/// Courier pickups, in their table.
public enum CourierPickupStore {
    private static let byID = Statement(
        """
        SELECT id, location, courier, connection, state, ready, closes, parcels, weight_g, note, wish, revision,
               reference, reason, exception_id, requested_at, requested_by
        FROM courier_pickups WHERE id = #id
        """)
    private static let ofLocation = Statement(
        """
        SELECT id, location, courier, connection, state, ready, closes, parcels, weight_g, note, wish, revision,
               reference, reason, exception_id, requested_at, requested_by
        FROM courier_pickups WHERE location = :location AND id < #before ORDER BY id DESC LIMIT #limit
        """)
    private static let ofCourier = Statement(
        """
        SELECT id, location, courier, connection, state, ready, closes, parcels, weight_g, note, wish, revision,
               reference, reason, exception_id, requested_at, requested_by
        FROM courier_pickups WHERE location = :location AND courier = :courier AND id < #before
        ORDER BY id DESC LIMIT #limit
        """)
    private static let insert = Statement(
        """
        INSERT INTO courier_pickups (id, location, courier, connection, state, ready, closes, parcels, weight_g, note,
                                     wish, revision, reference, reason, exception_id, requested_at, requested_by)
        VALUES (#id, :location, :courier, :connection, :state, #ready, #closes, #parcels, #weight_g, :note,
                :wish, #revision, :reference, :reason, #exception_id, #requested_at, :requested_by)
        """)
    private static let update = Statement(
        """
        UPDATE courier_pickups SET state = :state, ready = #ready, closes = #closes, parcels = #parcels,
            weight_g = #weight_g, note = :note, wish = :wish, revision = #revision, reference = :reference,
            reason = :reason, exception_id = #exception_id
        WHERE id = #id AND state = :before
        """)

    public static func pickup(_ id: CourierPickupID, in db: any Connection) throws -> CourierPickup? {
        try db.first(byID, [.integer(id.value)], CourierPickup.init(stored:))
    }

    static func load(_ ids: [CourierPickupID], in db: any Connection, _ visit: (CourierPickup) -> Void) throws {
        guard !ids.isEmpty else { return }
        try db.query(byID, ids.map { [.integer($0.value)] }) { visit(try CourierPickup(stored: $0)) }
    }

    /// Those of a location, the last called first.
    /// - Parameter courier: nil for all.
    public static func page(
        of location: String, _ courier: String?, before: CourierPickupID, limit: Int, in db: any Connection
    ) throws -> [CourierPickup] {
        guard let courier else {
            return try db.rows(
                ofLocation, [.text(location), .integer(before.value), SQLValue(limit)], CourierPickup.init(stored:))
        }
        return try db.rows(
            ofCourier, [.text(location), .text(courier), .integer(before.value), SQLValue(limit)],
            CourierPickup.init(stored:))
    }

    static func save(_ changes: [(before: CourierPickup?, now: CourierPickup)], in db: any Connection) throws {
        try db.change(
            insert,
            changes.filter { $0.before == nil }.map(\.now).map { new in
                [.integer(new.id.value), .text(new.location), .text(new.courier), .text(new.connection)] + new.values
                    + [.integer(new.requestedAt.milliseconds), .text(new.requestedBy)]
            })
        try db.changeGuarded(
            update,
            changes.compactMap { before, now in
                before.map { now.values + [.integer(now.id.value), .text($0.state.rawValue)] }
            })
    }
}

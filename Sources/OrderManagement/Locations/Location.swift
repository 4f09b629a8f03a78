/// A place that holds stock.
public struct Location: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Sendable { case warehouse, store, supplier }

    public let code: String
    public var name: String
    public var kind: Kind
    @Shared public var address: Address
    /// Degrees, WGS 84.
    public var latitude: Double
    public var longitude: Double
    @Shared public var calendar: BusinessCalendar
    public var canShip: Bool
    public var offersPickup: Bool
    public var takesReturns: Bool
    /// Cost of using the location for an order, in minor units of the channel's currency.
    public var handlingCost: Int64
    /// Lower numbers first where costs are equal.
    public var priority: Int
    /// What it is equipped for, a bit each: 1 hazmat, 2 oversize, 4 cold.
    public var capabilities: UInt64
    /// Whether it takes no work until somebody says otherwise, or until the end of the pause where it has one.
    public var isPaused = false
    /// Until when it takes no work, by itself.
    public var pausedUntil: Timestamp?

    /// Fulfillments that may leave, or be ready, on one of its days; nil for any number.
    public var capacityPerDay: Int64?
    /// Whether a rejection for want of capacity closes its day: it gets no more work for it.
    public var closesForNoCapacity = false
    /// When couriers come that do not come by its own cut-off.
    public var courierCutoffs: [CourierCutoff] = []

    public init(
        code: String, name: String, kind: Kind, address: Address, latitude: Double, longitude: Double,
        calendar: BusinessCalendar, canShip: Bool, offersPickup: Bool, takesReturns: Bool, handlingCost: Int64,
        priority: Int, capabilities: UInt64 = 0
    ) {
        self.code = code
        self.name = name
        self.kind = kind
        self.address = address
        self.latitude = latitude
        self.longitude = longitude
        self.calendar = calendar
        self.canShip = canShip
        self.offersPickup = offersPickup
        self.takesReturns = takesReturns
        self.handlingCost = handlingCost
        self.priority = priority
        self.capabilities = capabilities
    }

    /// Whether sourcing leaves it out at a moment.
    public func isPaused(at moment: Timestamp) -> Bool { pausedUntil.map { moment < $0 } ?? isPaused }

    public func write(to json: inout JSONWriter) { json.object { writeMembers(to: &$0) } }

    public func writeMembers(to json: inout JSONWriter) {
        json.member("code", code)
        json.member("name", name)
        json.member("kind", kind.rawValue)
        json.name("address")
        address.write(to: &json)
        json.member("latitude", latitude)
        json.member("longitude", longitude)
        json.name("calendar")
        calendar.write(to: &json)
        json.member("ships", canShip)
        json.member("pickup", offersPickup)
        json.member("returns", takesReturns)
        json.member("handling_cost", handlingCost)
        json.member("priority", priority)
        json.member("capabilities", Int64(bitPattern: capabilities))
        json.member("capacity_per_day", capacityPerDay)
        json.member("no_capacity_closes", closesForNoCapacity)
        if !courierCutoffs.isEmpty {
            json.array("courier_cutoffs") { list in for cutoff in courierCutoffs { cutoff.write(to: &list) } }
        }
        json.member("paused", isPaused)
        json.member("paused_until", pausedUntil)
    }

    init(stored json: JSON) throws {
        guard let kind = Kind(rawValue: try json.text("kind")), let address = json["address"],
            let calendar = json["calendar"]
        else { throw BrokenInvariant("a stored location is incomplete") }
        self.init(
            code: try json.text("code"), name: try json.text("name"), kind: kind,
            address: try Address(stored: address), latitude: json["latitude"]?.number ?? 0,
            longitude: json["longitude"]?.number ?? 0, calendar: try BusinessCalendar(stored: calendar),
            canShip: json["ships"]?.bool ?? false, offersPickup: json["pickup"]?.bool ?? false,
            takesReturns: json["returns"]?.bool ?? false, handlingCost: try json.integer("handling_cost"),
            priority: Int(try json.integer("priority")),
            capabilities: UInt64(bitPattern: try json.integer("capabilities")))
        capacityPerDay = json["capacity_per_day"]?.integer
        closesForNoCapacity = json["no_capacity_closes"]?.bool ?? false
        courierCutoffs = try (json["courier_cutoffs"]?.array ?? []).map(CourierCutoff.init(stored:))
        isPaused = json["paused"]?.bool ?? false
        pausedUntil = json["paused_until"]?.string.flatMap { Timestamp($0) }
    }
}

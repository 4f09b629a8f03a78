/// Where units are, in the books of one SKU at one location.
public enum Bucket: String, CaseIterable, Sendable {
    case inbound, inTransit = "in_transit", available, reserved, allocated, quarantined, outside
}

/// Why units move. The reason fixes the path from bucket to bucket, so that no other movement can be written.
public enum MovementReason: String, CaseIterable, Sendable {
    case expect, unexpect, putAway = "put_away", receive, reserve, expire, allocate
    case allocateReserved = "allocate_reserved"
    case deallocate, ship, returned = "return", restock, writeOff = "write_off"
    case writeOffAvailable = "write_off_available"
    case quarantine
    /// Units leave for another location, from what is available or from what is promised to an order.
    case send
    case sendAllocated = "send_allocated"
    /// The same units, on their way to this location: the other leg of `send`.
    case sendHere = "send_here"
    case arrive
    case arriveAllocated = "arrive_allocated"
    case lose, countUp = "count_up", countDown = "count_down"

    public var path: (source: Bucket, target: Bucket) {
        switch self {
        case .expect: (.outside, .inbound)
        case .unexpect: (.inbound, .outside)
        case .putAway: (.inbound, .available)
        case .receive: (.outside, .available)
        case .reserve: (.available, .reserved)
        case .expire: (.reserved, .available)
        case .allocate: (.available, .allocated)
        case .allocateReserved: (.reserved, .allocated)
        case .deallocate: (.allocated, .available)
        case .ship: (.allocated, .outside)
        case .returned: (.outside, .quarantined)
        case .restock: (.quarantined, .available)
        case .writeOff: (.quarantined, .outside)
        case .writeOffAvailable: (.available, .outside)
        case .quarantine: (.available, .quarantined)
        case .send: (.available, .outside)
        case .sendAllocated: (.allocated, .outside)
        case .sendHere: (.outside, .inTransit)
        case .arrive: (.inTransit, .available)
        case .arriveAllocated: (.inTransit, .allocated)
        case .lose: (.inTransit, .outside)
        case .countUp: (.outside, .available)
        case .countDown: (.available, .outside)
        }
    }

    /// The name in the ledger and on the wire; the forms of allocating, writing off, sending and arriving share one.
    public var name: String {
        switch self {
        case .allocateReserved: MovementReason.allocate.rawValue
        case .writeOffAvailable: MovementReason.writeOff.rawValue
        case .sendAllocated, .sendHere: MovementReason.send.rawValue
        case .arriveAllocated: MovementReason.arrive.rawValue
        case .expect, .unexpect, .putAway, .receive, .reserve, .expire, .allocate, .deallocate, .ship, .returned,
            .restock, .writeOff, .quarantine, .send, .arrive, .lose, .countUp, .countDown:
            rawValue
        }
    }
}

/// Units that go from one bucket to another: the only way that stock changes.
public struct StockMovement: Hashable, Sendable {
    public let sku: String
    public let location: String
    public let reason: MovementReason
    /// Above zero.
    public let quantity: Int64
    /// The order that the units belong to.
    public let order: OrderID?
    /// The caller's own reference: a purchase order, a count sheet.
    public let reference: String?

    public init(
        _ reason: MovementReason, _ quantity: Int64, of sku: String, at location: String, order: OrderID? = nil,
        reference: String? = nil
    ) {
        self.sku = sku
        self.location = location
        self.reason = reason
        self.quantity = quantity
        self.order = order
        self.reference = reference
    }
}

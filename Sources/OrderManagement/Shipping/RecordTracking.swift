/// What a courier says of a parcel; it may come twice, late, and out of order.
///
/// 1. Finds the parcel by courier and tracking number.
/// 2. Moves it on. News that happened before the newest that is known, or that the parcel's state has passed, changes
///    nothing and is answered all the same: a courier does not care. Nor is lost what a customer has sent back. What
///    nobody has shipped yet stays where it is: it leaves by `ShipFulfillment`, with its stock and money.
/// 3. A parcel at the door closes its units once all parcels of the fulfillment are there.
/// 4. A lost one is settled as the channel's policy says, or shown to a person; if it comes after all, that is kept.
///    One that goes back to the sender is expected there as a return.
///
/// - Throws: `.unknownParcel` for one that nobody sent; `.invalidInput` for news from the future.
public struct RecordTracking: Command {
    public static let name = "record-tracking"
    public let courier: String
    public let tracking: String
    public let status: Parcel.State
    /// When it happened, by the courier's clock.
    public let at: Timestamp
    /// The courier's own name for the news.
    public let courierEvent: String?
    /// The orders that have a parcel of this number: looked up before, newest first.
    public let candidates: [OrderID]

    public init(
        courier: String, tracking: String, status: Parcel.State, at: Timestamp, courierEvent: String? = nil,
        candidates: [OrderID]
    ) {
        self.courier = courier
        self.tracking = tracking
        self.status = status
        self.at = at
        self.courierEvent = courierEvent
        self.candidates = candidates
    }

    public func needs(_ needs: inout Needs, given work: Work) { for order in candidates { needs.order(order) } }

    /// How far a courier's clock may be ahead: it may tell the time of another zone, but not the future.
    static let clockSkew = Seconds.days(1)

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        guard at <= work.now + Self.clockSkew else {
            throw Refusal([.init("/at", .invalidInput, "\(at) lies in the future: it is \(work.now)")])
        }
        for id in candidates {
            guard var order = work.peek(id), order.isVisible(to: work.principal),
                let place = order.parcels.firstIndex(where: {
                    $0.tracking == tracking && ($0.courier ?? courier) == courier
                })
            else { continue }
            let hasMoved = try advance(&order, place, in: &work)
            if hasMoved { order = work.update(order) }
            return reply(order, place, hasMoved: hasMoved)
        }
        throw Refusal([.init("/tracking", .unknownParcel, "no parcel was sent as \(tracking) by \(courier)")])
    }

    private func advance(_ order: inout Order, _ place: Int, in work: inout Work) throws -> Bool {
        guard order.parcels[place].state != .packed, order.parcels[place].state != .labelled else { return false }
        // Repeated or old news has no place in the table.
        let isFound = status == .delivered && order.parcels[place].state == .lost
        guard let action = status.news, isFound || order.parcels[place].state.exits[action] != nil else {
            return false
        }
        // Otherwise what comes next would seem older than news of a courier whose clock is ahead.
        let at = min(at, work.now)
        if let known = order.parcels[place].newsAt, at < known { return false }
        let isGone = status == .lost || status == .returnedToSender
        if isGone, order.haveComeBack(order.parcels[place]) { return false }
        if isFound { return order.find(place, at: at, in: &work) }
        order.parcels[place].newsAt = at
        if status == .delivered {
            let index = try order.indexOfFulfillment(order.parcels[place].fulfillment)
            // Couriers' clocks are not ours: what they say counts between the shipment and now.
            let moment = max(at, order.fulfillments[index].updatedAt)
            try order.deliver(place, at: moment, news: courierEvent, in: &work)
            try order.closeDelivered(index, at: moment, in: &work)
            return true
        }
        if status == .lost {
            try order.lose(place, news: courierEvent, in: &work)
            try order.followLoss(of: place, in: &work)
            return true
        }
        try order.parcels[place].apply(action, at: work.now)
        if let type = EventType(rawValue: "parcel." + status.rawValue) {
            order.record(type, order.parcels[place], news: courierEvent, in: &work)
        }
        if status == .returnedToSender { try order.bringBack(place, in: &work) }
        return true
    }

    private func reply(_ order: Order, _ place: Int, hasMoved: Bool) -> Reply {
        var json = JSONWriter()
        json.object {
            $0.member("order", order.id.description)
            $0.member("changed", hasMoved)
            $0.name("parcel")
            order.parcels[place].write(to: &$0, of: order)
        }
        return Reply(status: 201, body: json.text)
    }
}

extension Parcel.State {
    /// The action that brings a parcel here, when a courier says so.
    var news: Action? {
        switch self {
        case .packed, .labelled: nil
        case .handedOver: .handOver
        case .inTransit: .move
        case .outForDelivery: .sendOut
        case .delivered: .deliver
        case .exception: .fail
        case .lost: .lose
        case .returnedToSender: .returnToSender
        }
    }
}

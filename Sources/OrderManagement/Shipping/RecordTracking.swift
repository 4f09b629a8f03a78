/// What a courier says of a parcel; it may come twice, late, and out of order.
///
/// 1. Finds the parcel by courier and tracking number: one that was sent, or that of a return.
/// 2. Reads the courier's own words by its table, where there are any: they go before the status that came with them.
/// 3. Moves it on. News that happened before the newest that is known, or that the parcel's state has passed, changes
///    nothing and is answered all the same: a courier does not care. Nor is lost what a customer has sent back. What
///    nobody has shipped yet stays where it is: it leaves by `ShipFulfillment`, with its stock and money.
/// 4. A parcel at the door closes its units once all parcels of the fulfillment are there.
/// 5. A lost one is settled as the channel's policy says, or shown to a person; if it comes after all, that is kept.
///    One that goes back to the sender is expected there as a return.
/// 6. The parcel of a return moves by the same rules; that it has arrived receives nothing: people do.
///
/// - Throws: `.unknownParcel` for one that nobody sent; `.invalidInput` for news from the future, and for words without
///   a meaning.
public struct RecordTracking: Command {
    public static let name = "record-tracking"
    public let courier: String
    public let tracking: String
    /// nil where only the courier's words are known.
    public let status: Parcel.State?
    /// When it happened, by the courier's clock.
    public let at: Timestamp
    /// What happened, in the courier's words.
    public let word: String?
    /// The courier's own name for the news.
    public let courierEvent: String?
    /// The orders that have a parcel of this number, or await one: looked up before, newest first.
    public let candidates: [OrderID]

    public init(
        courier: String, tracking: String, status: Parcel.State?, at: Timestamp, word: String? = nil,
        courierEvent: String? = nil, candidates: [OrderID]
    ) {
        self.courier = courier
        self.tracking = tracking
        self.status = status
        self.at = at
        self.word = word
        self.courierEvent = courierEvent
        self.candidates = candidates
    }

    /// What news did.
    public enum Outcome: String, CaseIterable, Sendable {
        /// The parcel is where they say.
        case moved
        /// It was there already.
        case repeated
        /// Newer ones were known.
        case late
        /// It has left that behind, or is at its end.
        case passed
        /// It bears the number and has not been handed over.
        case notSent = "not_sent"
        /// They do not say where it is.
        case noNews = "no_news"
    }

    public func needs(_ needs: inout Needs, given work: Work) { for order in candidates { needs.order(order) } }

    /// How far a courier's clock may be ahead: it may tell the time of another zone, but not the future.
    public static let clockSkew = Seconds.days(1)

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        if let objection = at.objectionToFact(at: "/at", now: work.now, skew: Self.clockSkew) {
            throw Refusal([objection])
        }
        for id in candidates {
            guard var order = work.peek(id), order.isVisible(to: work.principal) else { continue }
            guard let place = order.place(ofParcel: tracking, by: courier) else {
                if let index = order.place(ofReturn: tracking, by: courier) {
                    return try tell(&order, ofReturn: index, in: &work)
                }
                continue
            }
            guard let status = try meaning(by: work.configuration.couriers[courier]) else {
                return reply(order, place, .noNews)
            }
            let outcome = try advance(&order, place, to: status, in: &work)
            if outcome == .moved { order = work.update(order) }
            return reply(order, place, outcome)
        }
        throw Refusal([.init("/tracking", .unknownParcel, "no parcel was sent as \(tracking) by \(courier)")])
    }

    /// How many orders may have a parcel of one number.
    private static let candidatesMax = 20

    /// The orders that a tracking number may mean, those with a parcel of it first.
    public static func candidates(for tracking: String, in db: any Connection) throws -> [OrderID] {
        let sent = try ParcelStore.orders(tracking: tracking, limit: candidatesMax, in: db)
        let awaited = try ReturnStore.orders(tracking: tracking, limit: candidatesMax, in: db)
        return sent + awaited.filter { !sent.contains($0) }
    }

    private func tell(_ order: inout Order, ofReturn index: Int, in work: inout Work) throws -> Reply {
        var outcome = Outcome.noNews
        if let status = try meaning(by: work.configuration.couriers[courier]) {
            outcome = try order.take(
                status, at: min(at, work.now), news: courierEvent, onReturn: index, in: &work)
        }
        if outcome == .moved { order = work.update(order) }
        let snapshot = order
        return reply(order.id, outcome) {
            $0.name("return")
            snapshot.returns[index].write(to: &$0, of: snapshot)
        }
    }

    /// Where the parcel is by what the courier says; nil for what says nothing of that.
    private func meaning(by courier: Courier?) throws(Refusal) -> Parcel.State? {
        switch word.flatMap({ courier?.words.meaning(of: $0) }) {
        case .state(let state): return state
        case .nothing: return nil
        case .unknown, nil:
            guard let status else {
                throw Refusal([
                    .init(
                        "/word", .invalidInput,
                        "\(self.courier) has no meaning for it: say a status, or add it to the words of the courier")
                ])
            }
            return status
        }
    }

    private func advance(
        _ order: inout Order, _ place: Int, to status: Parcel.State, in work: inout Work
    ) throws -> Outcome {
        // Otherwise what comes next would seem older than news of a courier whose clock is ahead.
        let at = min(at, work.now)
        let outcome = order.outcome(of: status, at: at, for: place)
        guard outcome == .moved, let action = status.news else { return outcome }
        if status == .delivered, order.parcels[place].state == .lost {
            return order.find(place, at: at, in: &work) ? .moved : .repeated
        }
        order.parcels[place].newsAt = at
        if status == .delivered {
            let index = try order.indexOfFulfillment(order.parcels[place].fulfillment)
            // Couriers' clocks are not ours: what they say counts between the shipment and now.
            let moment = max(at, order.fulfillments[index].updatedAt)
            try order.deliver(place, at: moment, news: courierEvent, in: &work)
            try order.closeDelivered(index, at: moment, in: &work)
            return .moved
        }
        if status == .lost {
            try order.lose(place, news: courierEvent, in: &work)
            try order.followLoss(of: place, in: &work)
            return .moved
        }
        try order.parcels[place].apply(action, at: work.now)
        if let type = EventType(rawValue: "parcel." + status.rawValue) {
            order.record(type, order.parcels[place], news: courierEvent, in: &work)
        }
        if status == .returnedToSender { try order.bringBack(place, in: &work) }
        return .moved
    }

    private func reply(_ order: Order, _ place: Int, _ outcome: Outcome) -> Reply {
        reply(order.id, outcome) {
            $0.name("parcel")
            order.parcels[place].write(to: &$0, of: order)
        }
    }

    private func reply(_ order: OrderID, _ outcome: Outcome, _ subject: (inout JSONWriter) -> Void) -> Reply {
        var json = JSONWriter()
        json.object {
            $0.member("order", order.description)
            $0.member("changed", outcome == .moved)
            $0.member("outcome", outcome.rawValue)
            subject(&$0)
        }
        return Reply(status: 201, body: json.text)
    }
}

extension Order {
    /// The parcel that a courier means by a number.
    public func parcel(tracked tracking: String, by courier: String) -> Parcel? {
        place(ofParcel: tracking, by: courier).map { parcels[$0] }
    }

    fileprivate func place(ofParcel tracking: String, by courier: String) -> Int? {
        parcels.firstIndex { $0.tracking == tracking && ($0.courier ?? courier) == courier }
    }

    /// What news of a moment do to a parcel: nor is lost what a customer has sent back.
    fileprivate func outcome(
        of status: Parcel.State, at moment: Timestamp, for place: Int
    ) -> RecordTracking.Outcome {
        let parcel = parcels[place]
        let outcome = parcel.state.outcome(of: status, at: moment, newestAt: parcel.newsAt)
        let isGone = status == .lost || status == .returnedToSender
        return outcome == .moved && isGone && haveComeBack(parcel) ? .passed : outcome
    }
}

extension Parcel.State {
    /// What news of a moment do to a parcel that is here. What a courier tells of one and the same moment ends in the
    /// same state in whatever order, and however often, it comes: the later step of the way counts.
    ///
    /// - Parameter known: When the newest news that are known happened.
    func outcome(
        of status: Parcel.State, at moment: Timestamp, newestAt known: Timestamp?
    ) -> RecordTracking.Outcome {
        guard let action = status.news, let step = status.step else { return .noNews }
        if self == status { return .repeated }
        // It leaves by its shipment, with its stock and its money.
        guard let present = self.step else { return .notSent }
        let isFound = status == .delivered && self == .lost
        guard isFound || exits[action] != nil else { return .passed }
        if let known, moment < known || (moment == known && step < present) { return .late }
        return .moved
    }

    /// How far along the way it is, for news of one moment; nil before it is sent.
    fileprivate var step: Int? {
        switch self {
        case .packed, .labelled: nil
        case .handedOver: 0
        case .inTransit: 1
        case .outForDelivery: 2
        case .exception: 3
        case .returnedToSender: 4
        case .lost: 5
        case .delivered: 6
        }
    }

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

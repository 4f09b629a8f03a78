/// What a courier says of a parcel; it may come twice, late, and out of order.
///
/// 1. Finds the parcel by courier and tracking number: one that was sent, or that of a return.
/// 2. Reads the courier's own words by its table, where there are any: they go before the status that came with them.
/// 3. Keeps it. Where the parcel is follows from all that was told of it, by the times at which it happened and not by
///    the order in which it came. What nobody has shipped yet stays where it is: it leaves by `ShipFulfillment`, with
///    its stock and money, and then goes where was told that it is.
/// 4. A parcel at the door closes its units once all parcels of the fulfillment are there.
/// 5. A lost one is settled as the channel's policy says, or shown to a person. One that goes back to the sender is
///    expected there as a return. Where one end follows another, what was expected is not any more, and a person is
///    told of what was paid.
/// 6. The parcel of a return moves by the same rules; that it has arrived receives nothing: people do.
///
/// - Throws: `.unknownParcel` for one that nobody sent; `.invalidInput` for news from the future and from before the
///   parcel, and for words without a meaning.
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
    /// The orders that have a parcel of this number, or await one: looked up before (`TrackingNumber`).
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
        /// It was delivered, and is told to be lost: a person is to judge.
        case disputed
        /// It bears the number and has not been handed over: they are kept, and tell where it is once it is shipped.
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
            let before = order.parcels[place]
            let outcome = try advance(&order, place, to: status, in: &work)
            if order.parcels[place] != before { order = work.update(order) }
            return reply(order, place, outcome)
        }
        throw Refusal([.init("/tracking", .unknownParcel, "no parcel was sent as \(tracking) by \(courier)")])
    }

    private func tell(_ order: inout Order, ofReturn index: Int, in work: inout Work) throws -> Reply {
        var outcome = Outcome.noNews
        let before = order.returns[index]
        if let status = try meaning(by: work.configuration.couriers[courier]) {
            try checkAge(since: Self.earliest(forReturnsOf: order))
            outcome = try order.take(status, at: at, words: courierEvent ?? word, onReturn: index, in: &work)
        }
        if order.returns[index] != before { order = work.update(order) }
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

    /// When a parcel may have been told of first: not before its label was asked for, or its order placed.
    static func earliest(for parcel: Parcel, of order: Order) -> Timestamp {
        (parcel.label?.chosenAt ?? order.placedAt) + Seconds(-clockSkew.count)
    }

    /// When the parcels of an order's returns may have been told of first: customers send before they say so.
    static func earliest(forReturnsOf order: Order) -> Timestamp { order.placedAt + Seconds(-clockSkew.count) }

    private func advance(
        _ order: inout Order, _ place: Int, to status: Parcel.State, in work: inout Work
    ) throws -> Outcome {
        try checkAge(since: Self.earliest(for: order.parcels[place], of: order))
        return try order.hear(
            status, at: at, words: word, event: courierEvent, of: place, in: &work)
    }

    private func checkAge(since first: Timestamp) throws(Refusal) {
        guard at >= first else {
            throw Refusal([
                .init(
                    "/at", .invalidInput,
                    "\(at) lies before there was such a parcel, which nobody can have told of before \(first): a "
                        + "wrong date, or a number that its courier has used again")
            ])
        }
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
            $0.member("changed", outcome == .moved || outcome == .disputed)
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

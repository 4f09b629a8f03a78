/// What a courier says of a parcel; it may come twice, late, and out of order.
///
/// 1. Finds the parcel by courier and tracking number: one that was sent, or that of a return. Numbers are used again,
///    so that the time counts as well; where several may be meant, the news are kept with each of them, and a person
///    says which it is (`IdentifyParcel`, `IdentifyReturn`). Of a number whose label was taken off, they are kept with
///    the label, and a person is told (`RestoreLabel`).
/// 2. Reads the courier's own words by its table, where there are any: they go before the status that came with them.
/// 3. Keeps it. Where the parcel is follows from all that was told of it, by the times at which it happened and not by
///    the order in which it came. What nobody has shipped yet stays where it is: it leaves by `ShipFulfillment`, with
///    its stock and money, and then goes where was told that it is.
/// 4. A parcel at the door closes its units once all parcels of the fulfillment are there.
/// 5. A lost one is settled as the channel's policy says, or shown to a person. One that goes back to the sender is
///    expected there as a return; by a word for what is back at the sender's door it is to be received. Where one end
///    follows another, what was expected is not any more, and a person is told of what was paid.
/// 6. The parcel of a return moves by the same rules; that it has arrived receives nothing: people do.
///
/// - Throws: `.unknownParcel` for one that nobody sent; `.unknownCourier` where nobody is set up by that name;
///   `.invalidInput` for news from the future and from before the parcel, and for words without a meaning.
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
        /// It was there already, or just this was told before.
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
        /// Several parcels bear the number: they are kept, and a person is to say of which they are.
        case unclear
        /// Its label was taken off: they are kept with it, and where they show that it left by it, a person is told.
        case oldLabel = "old_label"
    }

    public func needs(_ needs: inout Needs, given work: Work) { for order in candidates { needs.order(order) } }

    /// How far a courier's clock may be ahead: it may tell the time of another zone, but not the future.
    public static let clockSkew = Seconds.days(1)

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        if let objection = at.objectionToFact(at: "/at", now: work.now, skew: Self.clockSkew) {
            throw Refusal([objection])
        }
        let orders = candidates.compactMap { work.peek($0) }
        let status = word.flatMap { work.configuration.couriers[courier]?.words.meaning(of: $0) }?.state ?? status
        var parcels = TrackingNumber.parcels(bearing: tracking, by: courier, told: status, at: at, among: orders)
        var isOver = !TrackingNumber.mayMean(parcels, told: status, at: at, among: orders)
        let returns = TrackingNumber.returns(bearing: tracking, by: courier, told: status, at: at, among: orders)
        if parcels.count > 1 || !isOver && !returns.isEmpty {
            let meant = NumberBearer.Name.meant(
                parcels.map { .parcel($0) } + returns.map { .entry($0) }, told: status, at: at, isHome: isHome(work),
                among: orders)
            if meant.count > 1 { return try keep(asOfOneOf: meant, in: &work) }
            switch meant.first {
            case .parcel(let id): parcels = [id]
            case .entry, nil: isOver = true
            }
        }
        for var order in orders where isOver && order.isVisible(to: work.principal) {
            // What a parcel bore until its end is the number of a return that is to come.
            guard let index = order.place(ofReturn: tracking, by: courier), order.returns[index].isComing else {
                continue
            }
            return try tell(&order, ofReturn: index, in: &work)
        }
        for var order in orders where order.isVisible(to: work.principal) {
            guard let parcel = parcels.first(where: { $0.order == order.id }),
                let place = order.parcels.firstIndex(where: { $0.number == parcel.number })
            else { continue }
            guard let status = try meaning(by: work.configuration.couriers[courier]) else {
                return reply(order, place, .noNews)
            }
            let (before, returns) = (order.parcels[place], order.returns)
            var outcome = try advance(&order, place, to: status, in: &work)
            // The other parcel of its number had ended its way: it is told of this one again.
            if outcome == .moved { order.parcels[place].news.isOthers = false }
            // At the sender's door again is more than on its way back, whatever was known of the parcel.
            if try bringHome(&order, place, in: &work), outcome != .disputed { outcome = .moved }
            if order.parcels[place] != before || order.returns != returns { order = work.update(order) }
            return reply(order, place, outcome)
        }
        for var order in orders where order.isVisible(to: work.principal) {
            if let index = order.place(ofReturn: tracking, by: courier) {
                return try tell(&order, ofReturn: index, in: &work)
            }
        }
        for var order in orders where order.isVisible(to: work.principal) {
            if let (place, label) = order.place(ofOldLabel: tracking, by: courier) {
                return try tell(&order, place, ofOldLabel: label, in: &work)
            }
        }
        let bearers = orders.filter { $0.isVisible(to: work.principal) }.flatMap { order in
            order.parcels.filter { $0.bears(tracking, by: courier) }.map { Self.earliest(for: $0, of: order) }
        }
        if let first = bearers.min() { try checkAge(since: first) }
        if let wrong = work.configuration.objection(toCourier: courier, at: "/courier") { throw Refusal([wrong]) }
        throw Refusal([.init("/tracking", .unknownParcel, "no parcel was sent as \(tracking) by \(courier)")])
    }

    /// Nobody can know of which parcel they are: each keeps them, and a person is to say it.
    private func keep(asOfOneOf names: [NumberBearer.Name], in work: inout Work) throws -> Reply {
        let orders = names.compactMap { work.peek($0.order) }
        guard let shown = orders.first(where: { $0.isVisible(to: work.principal) }) else {
            throw Refusal([.init("/tracking", .unknownParcel, "no parcel was sent as \(tracking) by \(courier)")])
        }
        guard let status = try meaning(by: work.configuration.couriers[courier]) else {
            return reply(shown.id, .noNews) { _ in }
        }
        guard status.news != nil else { return reply(shown.id, .noNews) { _ in } }
        let bearers = zip(names, orders).map { NumberBearer($0, of: $1) }
        for bearer in bearers {
            guard var order = work.peek(bearer.name.order),
                order.keepUnclear(status, at: at, words: courierEvent ?? word, of: bearer.name, among: bearers)
            else { continue }
            order.tellOfSharedNumber(tracking, of: bearer.name, status, at: at, among: bearers, in: &work)
            work.update(order)
        }
        return reply(shown.id, .unclear) { _ in }
    }

    private func tell(
        _ order: inout Order, _ place: Int, ofOldLabel index: Int, in work: inout Work
    ) throws -> Reply {
        guard let status = try meaning(by: work.configuration.couriers[courier]) else {
            return reply(order, place, .noNews)
        }
        try checkAge(since: order.parcels[place].labels[index].chosenAt + Seconds(-Self.clockSkew.count))
        let outcome = try order.hear(
            status, at: at, words: courierEvent ?? word, ofOldLabel: index, on: place, in: &work)
        if outcome == .oldLabel { order = work.update(order) }
        return reply(order, place, outcome)
    }

    private func tell(_ order: inout Order, ofReturn index: Int, in work: inout Work) throws -> Reply {
        var outcome = Outcome.noNews
        let before = order.returns[index]
        if let status = try meaning(by: work.configuration.couriers[courier]) {
            try checkAge(since: Self.earliest(forReturnsOf: order))
            outcome = try order.take(status, at: at, words: courierEvent ?? word, onReturn: index, in: &work)
        }
        // The other one that bears its number had ended its way: it is told of this one again.
        if outcome == .moved { order.returns[index].terms.news.isOthers = false }
        if order.returns[index] != before { order = work.update(order) }
        let snapshot = order
        return reply(order.id, outcome) {
            $0.name("return")
            snapshot.returns[index].write(to: &$0, of: snapshot)
        }
    }

    /// Whether it is back at the sender's door, by the courier's own word.
    private func isHome(_ work: Work) -> Bool {
        word.flatMap { work.configuration.couriers[courier]?.words.meaning(of: $0) } == .broughtBack
    }

    /// Where the parcel is by what the courier says; nil for what says nothing of that.
    private func meaning(by courier: Courier?) throws(Refusal) -> Parcel.State? {
        switch word.flatMap({ courier?.words.meaning(of: $0) }) {
        case .state(let state): return state
        case .broughtBack: return .returnedToSender
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

    /// A parcel that is back at the door of who sent it is to be received there: the return that it is expected by has
    /// arrived. - Returns: Whether that was not known.
    private func bringHome(_ order: inout Order, _ place: Int, in work: inout Work) throws -> Bool {
        let parcel = order.parcels[place]
        guard let word, work.configuration.couriers[courier]?.words.meaning(of: word) == .broughtBack,
            parcel.state == .returnedToSender,
            let index = order.returns.lastIndex(where: { $0.terms.parcel == parcel.number && $0.state == .inTransit })
        else { return false }
        let outcome = try order.take(.delivered, at: at, words: courierEvent ?? word, onReturn: index, in: &work)
        return outcome == .moved
    }

    private func advance(
        _ order: inout Order, _ place: Int, to status: Parcel.State, in work: inout Work
    ) throws -> Outcome {
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
    /// Whether a courier may mean something of it by a number: a parcel, that of a return, or a label that was taken
    /// off.
    public func bears(tracking: String, by courier: String) -> Bool {
        parcels.contains { $0.bears(tracking, by: courier) } || place(ofReturn: tracking, by: courier) != nil
            || place(ofOldLabel: tracking, by: courier) != nil
    }
}

extension CourierWords.Meaning {
    /// nil for what says nothing of where a parcel is, and for what is not known.
    fileprivate var state: Parcel.State? {
        switch self {
        case .state(let state): state
        case .broughtBack: .returnedToSender
        case .nothing, .unknown: nil
        }
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

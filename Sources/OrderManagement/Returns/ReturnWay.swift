/// How far the parcel of a return has come: where all that its courier told of it says, as for any other parcel.
public struct ReturnWay: Hashable, Sendable {
    /// One of those of which couriers tell.
    public let state: Parcel.State
    /// When it came there, by its courier's clock.
    public let at: Timestamp
    /// The courier's own words for it.
    public let event: String?

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("status", state.rawValue)
            $0.member("at", at)
            $0.member("event", event)
        }
    }
}

extension ReturnTerms {
    /// How far its parcel has come; nil before the first news.
    public var way: ReturnWay? {
        guard let newest = news.newestAt else { return nil }
        let entry = news.entry(news.state)
        return ReturnWay(state: news.state, at: entry?.at ?? newest, event: entry?.words)
    }
}

extension Return {
    /// Whether it comes under a number of its own: not over a counter, and not brought back by the courier of a parcel
    /// that nobody took, which keeps that parcel's number.
    var hasOwnParcel: Bool { method == .byPost && terms.parcel == nil }

    /// Whether a courier's news of its parcel move anything.
    var isComing: Bool { state == .approved || state == .inTransit }

    /// Whether there is something to hear of its parcel from a courier that can be asked: while it is under way, and
    /// for a while once it is lost, or goes back to the customer, or the return was closed without it.
    public func isAwaited(at now: Timestamp) -> Bool {
        let isLate = isEmpty && !absent.isEmpty
        guard hasOwnParcel, isComing || isLate, terms.connection != nil, terms.tracking != nil else { return false }
        guard let way = terms.way, way.state.isFinal else {
            return isComing || updatedAt + Order.askedAfterEnd > now
        }
        return isGone && way.at + Order.askedAfterEnd > now
    }

    /// Whether a courier can have told something of it at a moment: since it was asked for, and until it arrived; after
    /// that what may follow an end.
    func mayBeToldOf(_ status: Parcel.State?, at moment: Timestamp) -> Bool {
        guard isComing, moment >= requestedAt + Seconds(-RecordTracking.clockSkew.count) else { return false }
        guard let way = terms.way, moment > way.at, way.state.isFinal else { return true }
        return status.map(way.state.exits.values.contains) ?? false
    }

    /// Whether its courier lost it, or takes it back to the customer.
    fileprivate var isGone: Bool {
        switch terms.way?.state {
        case .lost, .returnedToSender: true
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .delivered, .exception, nil: false
        }
    }

    /// Takes in what a courier told.
    fileprivate mutating func take(
        _ status: Parcel.State, at moment: Timestamp, words: String?
    ) -> RecordTracking.Outcome {
        guard status.news != nil else { return .noNews }
        guard isComing else { return .passed }
        let (before, present) = (terms.news, terms.way?.state)
        guard terms.news.take(status, at: moment, words: words) else {
            return present == status || before.knows(status, at: moment) ? .repeated : .late
        }
        return terms.news.outcome(of: status, at: moment, since: before, from: present)
    }
}

extension Order {
    /// The return whose parcel a courier means by a number: the one that is still to come, where there are more.
    public func entry(tracked tracking: String, by courier: String) -> Return? {
        place(ofReturn: tracking, by: courier).map { returns[$0] }
    }

    func place(ofReturn tracking: String, by courier: String) -> Int? {
        let places = returns.indices.filter {
            let entry = returns[$0]
            return entry.hasOwnParcel && entry.terms.tracking == tracking && (entry.terms.courier ?? courier) == courier
        }
        return places.last { returns[$0].state == .approved || returns[$0].state == .inTransit } ?? places.last
    }

    /// A courier's news of the parcel of a return: they are kept, and it is where all of them together say. Goods are
    /// received by people: that it arrived is only shown.
    ///
    /// 1. What is told of an approved return for the first time says that it was handed in.
    /// 2. One that arrived is to be received within the policy's time; one that its courier then calls lost, and one
    ///    that is lost or goes back to the customer, is shown to a person at once; of all others something is to be
    ///    heard within the policy's time.
    /// 3. What was lost, or went back, and comes after all is late only once its time is over.
    /// 4. Of a return that expects nothing more, though units of it never came, a person is told once it is somewhere.
    mutating func take(
        _ status: Parcel.State, at moment: Timestamp, words: String?, onReturn index: Int, in work: inout Work
    ) throws -> RecordTracking.Outcome {
        if let outcome = try takeLate(status, at: moment, words: words, onReturn: index, in: &work) { return outcome }
        let (before, wasGone) = (returns[index].terms.news, returns[index].isGone)
        let outcome = returns[index].take(status, at: moment, words: words)
        guard returns[index].terms.news != before, let way = returns[index].terms.way else { return outcome }
        let policy = try work.configuration.channel(channel).policy.returning
        if returns[index].state == .approved { try send(index, in: &work) }
        if outcome == .moved {
            returns[index].updatedAt = work.now
            record(.returnTracked, returns[index], in: &work)
        }
        ask(afterReturn: index, in: &work)
        watchWay(of: index, by: policy, in: &work)
        if way.state != .delivered { returns[index].terms.receiveBy = nil }
        switch way.state {
        case .delivered:
            awaitReceipt(of: index, arrivedAt: way.at, by: policy, in: &work)
            if returns[index].terms.news.isDisputed, !before.isDisputed { tellOfUnreceived(index, in: &work) }
        case .lost, .returnedToSender: if outcome == .moved { tellOfMissing(index, in: &work) }
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception: break
        }
        let isDue = returns[index].terms.overdueAt.map { $0 <= work.now } ?? false
        if wasGone, !returns[index].isGone, !isDue { returns[index].terms.isOverdue = false }
        return outcome
    }

    /// The goods are on their way back: they are due within the policy's time.
    mutating func send(_ index: Int, in work: inout Work) throws {
        let policy = try work.configuration.channel(channel).policy.returning
        try returns[index].apply(.send, at: work.now)
        watch(index, until: work.now + .days(policy.overdueDays), in: &work)
        watchWay(of: index, by: policy, in: &work)
        record(.returnInTransit, returns[index], in: &work)
    }

    /// News would be of both: what comes in one parcel is one return, or is received without its number.
    /// - Throws: `.invalidInput` for a number under which another return of the order comes.
    func requireOwnNumber(_ tracking: String?, by courier: String?, of index: Int) throws(Refusal) {
        guard let tracking else { return }
        let other = returns.indices.first {
            let entry = returns[$0]
            return $0 != index && entry.hasOwnParcel && (entry.state == .approved || entry.state == .inTransit)
                && entry.terms.tracking == tracking && entry.terms.courier == courier
        }
        guard let other else { return }
        throw Refusal([
            .init(
                "/tracking", .invalidInput,
                "\(returns[other].reference(in: self)) comes under \(tracking) already: read the number again, or, if "
                    + "both are in one parcel, say it of one of them")
        ])
    }

    /// A return whose parcel was told of before is where that says.
    mutating func followWay(ofReturn index: Int, in work: inout Work) throws {
        let policy = try work.configuration.channel(channel).policy.returning
        ask(afterReturn: index, in: &work)
        guard let way = returns[index].terms.way, way.state == .delivered else { return }
        awaitReceipt(of: index, arrivedAt: max(way.at, work.now), by: policy, in: &work)
    }

    /// Says under which number its parcel comes, and has its courier asked after it where that is possible.
    mutating func follow(_ index: Int, by courier: String?, _ tracking: String?, in work: inout Work) {
        let isOther = returns[index].terms.tracking != tracking || returns[index].terms.courier != courier
        if isOther { returns[index].terms.news = ParcelNews() }
        returns[index].terms.courier = courier
        returns[index].terms.tracking = tracking
        let connection = courier.flatMap { work.configuration.couriers[$0]?.connection }
        returns[index].terms.connection = connection == Courier.ownConnection ? nil : connection
        ask(afterReturn: index, in: &work)
    }

    /// Has the courier of a return asked for news of its parcel, where there is something to hear and nobody asks yet.
    private mutating func ask(afterReturn index: Int, in work: inout Work) {
        let entry = returns[index]
        guard !entry.terms.isAsked, entry.isAwaited(at: work.now) else { return }
        returns[index].terms.isAsked = true
        work.enqueue(
            .followReturn, of: id, payload: String(entry.number), due: work.now + FollowParcel.interval,
            asks: entry.terms.connection ?? "")
    }

    /// Has a person told when nothing more is heard of a parcel that was handed in: so long after the newest news, or
    /// after it was handed in.
    mutating func watchWay(of index: Int, by policy: ReturningPolicy, in work: inout Work) {
        guard returns[index].state == .inTransit, returns[index].terms.tracking != nil else { return }
        let last = returns[index].terms.news.newestAt ?? work.now
        let due = max(returns[index].terms.silentAt ?? last, last + .days(policy.silentDays))
        returns[index].terms.silentAt = due
        guard !returns[index].terms.isWatched else { return }
        returns[index].terms.isWatched = true
        work.enqueue(
            .chaseReturn, of: id, payload: ChaseReturn.payload(returns[index].number, hasArrived: false), due: due)
    }

    /// Has a person told when it is not received in time where it arrived.
    private mutating func awaitReceipt(
        of index: Int, arrivedAt moment: Timestamp, by policy: ReturningPolicy, in work: inout Work
    ) {
        let due = moment + .days(policy.receiveWithinDays)
        guard returns[index].terms.receiveBy != due else { return }
        returns[index].terms.receiveBy = due
        work.enqueue(
            .chaseReturn, of: id, payload: ChaseReturn.payload(returns[index].number, hasArrived: true), due: due)
    }

    fileprivate mutating func tellOfMissing(_ index: Int, in work: inout Work) {
        let entry = returns[index]
        let id = ReturnID(id, entry.number)
        returns[index].terms.isOverdue = true
        guard !exceptions.contains(where: { $0.kind == .returnOverdue && $0.subject == id.description }) else { return }
        let what = entry.terms.way?.state == .lost ? "has lost the parcel" : "takes the parcel back to the customer:"
        open(
            .returnOverdue, subject: id.description,
            cause: "\(work.courierName(entry.terms.courier) ?? "The courier") \(what) \(entry.terms.tracking ?? "") "
                + "of the return \(entry.reference(in: self)).",
            owner: "customer_service",
            suggestion: "Ask the courier and the customer; receive what comes after all, or close what has not come.",
            in: &work)
    }
}

extension Return {
    /// Why no label can be named for it; nil where one can.
    var objectionToLabel: String? {
        let present = "the return is \(state.rawValue)"
        if method == .inStore { return present + ": what is handed in over a counter needs no label" }
        if terms.parcel != nil { return present + ": its courier brings it back under the number of its parcel" }
        return state == .approved || state == .inTransit ? nil : present
    }
}

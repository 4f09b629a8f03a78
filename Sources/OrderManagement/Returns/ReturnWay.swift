/// How far the parcel of a return has come, as its courier tells it.
public struct ReturnWay: Hashable, Sendable {
    /// One of those of which couriers tell.
    public let state: Parcel.State
    /// When the newest of the courier's news happened, by the courier's clock.
    public let newsAt: Timestamp
    /// When it was told here.
    public let toldAt: Timestamp
    /// The courier's own words for it.
    public let event: String?

    init(_ state: Parcel.State, newsAt: Timestamp, toldAt: Timestamp, event: String?) {
        (self.state, self.newsAt, self.toldAt, self.event) = (state, newsAt, toldAt, event)
    }

    func store(in json: inout JSONWriter) {
        json.object {
            $0.member("state", state.rawValue)
            $0.member("news_at", newsAt.milliseconds)
            $0.member("told_at", toldAt.milliseconds)
            if let event { $0.member("event", event) }
        }
    }

    init(stored json: JSON) throws {
        self.init(
            try json.word("state"), newsAt: Timestamp(milliseconds: try json.integer("news_at")),
            toldAt: Timestamp(milliseconds: try json.integer("told_at")), event: json["event"]?.string)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("status", state.rawValue)
            $0.member("at", newsAt)
            $0.member("event", event)
        }
    }
}

extension Return {
    /// Whether it comes under a number of its own: not over a counter, and not brought back by the courier of a parcel
    /// that nobody took, which keeps that parcel's number.
    var hasOwnParcel: Bool { method == .byPost && terms.parcel == nil }

    /// Whether a courier's news of its parcel move anything.
    private var isComing: Bool { state == .approved || state == .inTransit }

    /// Whether its courier is asked for news of its parcel.
    public var isFollowed: Bool {
        hasOwnParcel && isComing && terms.connection != nil && terms.tracking != nil
            && !(terms.way?.state.isFinal ?? false)
    }

    /// What news of a moment do to its parcel: as to any other, but that the first has nothing before it.
    fileprivate func outcome(of status: Parcel.State, at moment: Timestamp) -> RecordTracking.Outcome {
        guard status.news != nil else { return .noNews }
        guard isComing else { return .passed }
        return terms.way?.state.outcome(of: status, at: moment, newestAt: terms.way?.newsAt) ?? .moved
    }
}

extension Parcel.State {
    /// What news of a moment do to a return's parcel that is here. What a courier tells of one and the same moment ends
    /// in the same state in whatever order, and however often, it comes: the later step of the way counts.
    ///
    /// - Parameter known: When the newest news that are known happened.
    fileprivate func outcome(
        of status: Parcel.State, at moment: Timestamp, newestAt known: Timestamp?
    ) -> RecordTracking.Outcome {
        guard let action = status.news, let step = status.step else { return .noNews }
        if self == status { return .repeated }
        // It leaves by its shipment, with its stock and its money.
        guard let present = self.step else { return .notSent }
        guard exits[action] != nil else { return .passed }
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

    /// A courier's news of the parcel of a return. Goods are received by people: that it arrived is only shown.
    ///
    /// 1. What is told of an approved return for the first time says that it was handed in.
    /// 2. One that arrived is to be received within the policy's time; one that is lost, or goes back to the customer,
    ///    is shown to a person at once; of all others something is to be heard within the policy's time.
    mutating func take(
        _ status: Parcel.State, at moment: Timestamp, news: String?, onReturn index: Int, in work: inout Work
    ) throws -> RecordTracking.Outcome {
        let outcome = returns[index].outcome(of: status, at: moment)
        guard outcome == .moved else { return outcome }
        if returns[index].state == .approved { try send(index, in: &work) }
        returns[index].terms.way = ReturnWay(status, newsAt: moment, toldAt: work.now, event: news)
        returns[index].updatedAt = work.now
        record(.returnTracked, returns[index], in: &work)
        let policy = try work.configuration.channel(channel).policy.returning
        let number = returns[index].number
        switch status {
        case .delivered:
            work.enqueue(
                .chaseReturn, of: id, payload: ChaseReturn.payload(number, hasArrived: true),
                due: work.now + .days(policy.receiveWithinDays))
        case .lost, .returnedToSender: tellOfMissing(index, in: &work)
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception:
            watchWay(of: index, by: policy, in: &work)
        }
        return .moved
    }

    /// The goods are on their way back: they are due within the policy's time.
    mutating func send(_ index: Int, in work: inout Work) throws {
        let policy = try work.configuration.channel(channel).policy.returning
        try returns[index].apply(.send, at: work.now)
        watch(index, until: work.now + .days(policy.overdueDays), in: &work)
        watchWay(of: index, by: policy, in: &work)
        record(.returnInTransit, returns[index], in: &work)
    }

    /// Says under which number its parcel comes, and has its courier asked after it where that is possible.
    mutating func follow(_ index: Int, by courier: String?, _ tracking: String?, in work: inout Work) {
        let isOther = returns[index].terms.tracking != tracking || returns[index].terms.courier != courier
        if isOther { returns[index].terms.way = nil }
        let wasFollowed = returns[index].isFollowed
        returns[index].terms.courier = courier
        returns[index].terms.tracking = tracking
        let connection = courier.flatMap { work.configuration.couriers[$0]?.connection }
        returns[index].terms.connection = connection == Courier.ownConnection ? nil : connection
        guard returns[index].isFollowed, !wasFollowed else { return }
        work.enqueue(
            .followReturn, of: id, payload: String(returns[index].number), due: work.now + FollowParcel.interval,
            asks: connection ?? "")
    }

    /// Has a person told when nothing more is heard of a parcel that was handed in.
    mutating func watchWay(of index: Int, by policy: ReturningPolicy, in work: inout Work) {
        let entry = returns[index]
        guard entry.state == .inTransit, entry.terms.tracking != nil, !entry.terms.isWatched else { return }
        returns[index].terms.isWatched = true
        work.enqueue(
            .chaseReturn, of: id, payload: ChaseReturn.payload(entry.number, hasArrived: false),
            due: work.now + .days(policy.silentDays))
    }

    fileprivate mutating func tellOfMissing(_ index: Int, in work: inout Work) {
        let entry = returns[index]
        let id = ReturnID(id, entry.number)
        guard !exceptions.contains(where: { $0.kind == .returnOverdue && $0.subject == id.description }) else { return }
        returns[index].terms.isOverdue = true
        let what = entry.terms.way?.state == .lost ? "has lost the parcel" : "takes the parcel back to the customer:"
        open(
            .returnOverdue, subject: id.description,
            cause: "\(entry.terms.courier ?? "The courier") \(what) \(entry.terms.tracking ?? "") of the return "
                + "\(entry.reference(in: self)).",
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

/// Job: a parcel should have gone, or arrived, by now. One that still lies at its location, and one of which its
/// courier has told nothing since it was promised to be at the door, are shown to a person.
struct ChaseParcel: Command {
    static let name = "chase-parcel"
    let parcel: ParcelID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(parcel.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var (order, place) = try work.parcel(parcel)
        switch order.parcels[place].state {
        case .labelled where order.parcels[place].isAwayUnshipped: order.tellOfDeparture(place, in: &work)
        case .labelled: order.tellOfWaiting(place, in: &work)
        case .handedOver, .inTransit, .outForDelivery, .exception: order.chase(place, in: &work)
        case .packed, .delivered, .lost, .returnedToSender: return Reply(body: "{}")
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

/// Job's end: a courier was asked what it has to tell of a parcel; it is asked again while there is something to hear.
struct FollowParcel: Command {
    static let name = "follow-parcel"
    let parcel: ParcelID
    let job: JobID
    /// When the job was due as its courier was asked.
    let asked: Timestamp

    /// How often couriers are asked, at first.
    static let interval = Seconds.hours(4)
    /// How soon a courier is asked again that says it has news.
    static let hintPause = Seconds.minutes(1)

    /// How long until the courier is asked again: a parcel of which nothing was heard for long is asked after less and
    /// less often, each time after a sixteenth of its silence.
    static func pause(after silence: Seconds) -> Seconds { max(interval, Seconds(silence.count / 16)) }

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(parcel.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        let job = try work.end(self.job)
        var (order, place) = try work.parcel(parcel)
        let followed = order.parcels[place]
        guard order.isAwaited(followed, at: work.now) else {
            order.parcels[place].isAsked = false
            work.update(order)
            return Reply(body: "{}")
        }
        let last = max(followed.updatedAt, followed.newsAt ?? followed.updatedAt)
        // What the courier said to have while it was asked may have come too late for its answer.
        let pause = job.due == asked ? Self.pause(after: work.now - last) : Self.hintPause
        work.enqueue(
            .followParcel, of: order.id, payload: String(parcel.number), due: work.now + pause,
            asks: followed.label?.connection ?? "")
        return Reply(body: "{}")
    }
}

extension Parcel {
    /// Whether its courier is asked for news while it is under way.
    var isFollowed: Bool { label.map { $0.state == .bought && !$0.isOwn } ?? false }
}

extension Order {
    /// For how long a courier is asked after what it lost, or takes back.
    static let askedAfterEnd = Seconds.days(60)

    /// Whether there is something to hear of a parcel: while it is under way; what is lost may be found, and what goes
    /// back to its sender may be delivered, or lost, until it is received.
    public func isAwaited(_ parcel: Parcel, at now: Timestamp) -> Bool {
        guard parcel.isFollowed else { return false }
        let isRecent = parcel.updatedAt + Self.askedAfterEnd > now
        switch parcel.state {
        case .packed, .labelled, .delivered: return false
        case .handedOver, .inTransit, .outForDelivery, .exception: return true
        case .lost: return isRecent
        case .returnedToSender:
            return isRecent && returns.contains { $0.terms.parcel == parcel.number && $0.state == .inTransit }
        }
    }

    /// Has the courier of a parcel asked for news of it, where there is something to hear and nobody asks yet.
    mutating func ask(after place: Int, in work: inout Work) {
        let parcel = parcels[place]
        guard !parcel.isAsked, isAwaited(parcel, at: work.now) else { return }
        parcels[place].isAsked = true
        work.enqueue(
            .followParcel, of: id, payload: String(parcel.number), due: work.now + FollowParcel.interval,
            asks: parcel.label?.connection ?? "")
    }
}

/// A connection says that it has news of parcels: it is asked for them soon. What it said is not believed; it is a
/// hint, and any number of them has a parcel asked after once a minute at most.
public struct HearOfParcels: Command {
    public static let name = "hear-of-parcels"
    /// The jobs that follow the parcels: looked up before.
    public let followers: [JobID]

    public init(followers: [JobID]) { self.followers = followers }

    public func needs(_ needs: inout Needs, given work: Work) { for job in followers { needs.job(job) } }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.fulfillmentsWrite)
        for id in followers {
            // One that is in trouble is tried again by itself, with the patience that trouble needs.
            guard var job = work.job(id), job.kind == .followParcel || job.kind == .followReturn, job.attempts == 0
            else { continue }
            let soon = max(work.now, job.createdAt + FollowParcel.hintPause)
            // One that is due may be asking just now: that there was a hint shows in its time.
            let due = job.due <= work.now ? Timestamp(milliseconds: work.now.milliseconds + 1) : min(job.due, soon)
            guard due != job.due else { continue }
            job.due = due
            work.postpone(job)
        }
        return Reply(body: "{}")
    }

    /// The jobs that follow the parcels of a tracking number whose labels a connection sold.
    public static func followers(
        of tracking: String, by connection: String, in db: any Connection
    ) throws -> [JobID] {
        let orders = try TrackingNumber.orders(tracking, in: db)
        var found: [JobID] = []
        for order in try OrderStore.orders(orders, in: db).values {
            for entry in order.returns where entry.terms.isAsked && entry.terms.tracking == tracking {
                guard entry.terms.connection == connection else { continue }
                found += try JobQueue.followers(.followReturn, of: order.id, entry.number, in: db)
            }
            for parcel in order.parcels where parcel.isAsked {
                // The label that it bears, or one that was taken off, which is asked after with that.
                guard let label = parcel.labels.last(where: { $0.tracking == tracking }),
                    try CourierStore.courier(label.courier, in: db)?.connection == connection
                else { continue }
                found += try JobQueue.followers(.followParcel, of: order.id, parcel.number, in: db)
            }
        }
        return found.sorted()
    }
}

extension Order {
    /// How long after its courier's cut-off a labelled parcel may still lie there.
    static let handOverGrace = Seconds.hours(2)
    /// How long after its promise a courier may tell nothing.
    static let silenceMax = Seconds.days(1)

    /// Has somebody told when a labelled parcel misses its courier.
    func watchHandOver(of place: Int, in work: inout Work) throws(Refusal) {
        let part = fulfillments[try indexOfFulfillment(parcels[place].fulfillment)]
        let location = try work.configuration.location(part.location)
        let courier = parcels[place].courier.flatMap { work.configuration.couriers[$0] }
        let cutoff = courier.map { location.nextCutoff(of: $0, from: work.now) } ?? work.cutoff(of: location)
        work.enqueue(
            .chaseParcel, of: id, payload: String(parcels[place].number), due: cutoff + Self.handOverGrace)
    }

    /// Has somebody told when nothing is heard of a parcel that was sent; asks its courier where that is possible.
    mutating func watchWay(of place: Int, in work: inout Work) throws(Refusal) {
        let parcel = parcels[place]
        guard parcel.courier != nil, parcel.tracking != nil else { return }
        let part = fulfillments[try indexOfFulfillment(parcel.fulfillment)]
        work.enqueue(
            .chaseParcel, of: id, payload: String(parcel.number),
            due: max(part.deliverBy, work.now) + Self.silenceMax)
        ask(after: place, in: &work)
    }

    fileprivate mutating func tellOfWaiting(_ place: Int, in work: inout Work) {
        let parcel = parcels[place]
        let location = fulfillments.first { $0.number == parcel.fulfillment }?.location ?? "operations"
        let name = ParcelID(id, parcel.number).description
        guard !exceptions.contains(where: { $0.kind == .notHandedOver && $0.subject == name }) else { return }
        open(
            .notHandedOver, subject: name, location: location,
            cause: "The parcel \(parcel.tracking ?? "") of order \(number) is labelled, and "
                + "\(work.courierName(parcel.courier) ?? "its courier") did not take it by the cut-off.",
            owner: location,
            suggestion: "Hand it over and say so; or take its label off, and send it another way.", in: &work)
    }

    /// News of the last day are no silence: the parcel is only late, and is looked at again tomorrow.
    fileprivate mutating func chase(_ place: Int, in work: inout Work) {
        let parcel = parcels[place]
        let part = fulfillments.first { $0.number == parcel.fulfillment }
        // What was to be watched for missing its courier has not missed it.
        guard let part, max(part.deliverBy, part.updatedAt) + Self.silenceMax <= work.now else { return }
        if let news = parcel.newsAt, news + Self.silenceMax > work.now {
            work.enqueue(
                .chaseParcel, of: id, payload: String(parcel.number), due: news + Self.silenceMax)
            return
        }
        let name = ParcelID(id, parcel.number)
        let isTold = exceptions.contains { $0.kind == .trackingSilent && $0.subject == name.description }
        // Of what is here again nobody waits for news.
        guard !isTold, !hasComeBackWhole(parcel), !isHandedIn(parcel) else { return }
        if haveComeBack(parcel) {
            return open(
                .trackingSilent, subject: name.description,
                cause: "Goods of the parcel \(parcel.tracking ?? "") of order \(number) came back by a return, and "
                    + "\(work.courierName(parcel.courier) ?? "its courier") has not told that it was delivered.",
                owner: "customer_service", suggestion: "It has reached its customer: say that it has arrived.",
                in: &work)
        }
        let last = parcel.newsAt.map { "since \($0)" } ?? "since it was handed over"
        open(
            .trackingSilent, subject: name.description,
            cause: "Nothing was heard of the parcel \(parcel.tracking ?? "") of order \(number) by "
                + "\(work.courierName(parcel.courier) ?? "its courier") \(last), and it should be at the door.",
            owner: "customer_service",
            suggestion: "Ask the courier; refund its units, or send its goods once more.", in: &work)
    }

    /// The parcel that an exception is about, while it lies labelled at its location.
    func waitingParcel(_ subject: String?) -> Parcel? {
        parcel(named: subject).flatMap { $0.state == .labelled && !$0.lines.isEmpty ? $0 : nil }
    }

    /// Why nobody need look for what was silent: a person who has said what became of it is named instead.
    static let heardAgain = "Its courier has told of it."

    /// A person has said what became of a parcel: nobody need look why nothing is heard of it.
    mutating func endSilence(of place: Int, because reason: String, in work: inout Work) {
        let name = ParcelID(id, parcels[place].number).description
        for shown in exceptions where shown.kind == .trackingSilent && shown.subject == name {
            resolve(shown, because: "\(work.principal.name) has said that \(reason).", in: &work)
        }
    }

    /// The parcel that an exception is about, while nothing was heard of it since.
    func silentParcel(_ subject: String?, since moment: Timestamp) -> Parcel? {
        parcel(named: subject).flatMap { parcel in
            let isSilent = parcel.newsAt.map { $0 + Self.silenceMax <= moment } ?? true
            return !parcel.state.isFinal && isSilent ? parcel : nil
        }
    }
}

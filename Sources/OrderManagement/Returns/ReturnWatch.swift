/// Job: something should have been heard of the parcel of a return, or it should have been received, by now. One that
/// went silent after it was handed in, and one that lies where it arrived, are shown to a person.
struct ChaseReturn: Command {
    static let name = "chase-return"
    let id: ReturnID
    let job: JobID
    let hasArrived: Bool

    /// - Parameter order: That of the job.
    init(job: Job, of order: OrderID) throws {
        let parts = job.payload.split(separator: " ")
        guard let number = parts.first.flatMap({ Int($0) }) else {
            throw BrokenInvariant("the job \(job.id) names no return")
        }
        (id, self.job, hasArrived) = (ReturnID(order, number), job.id, parts.count > 1)
    }

    static func payload(_ number: Int, hasArrived: Bool) -> String { hasArrived ? "\(number) arrived" : String(number) }

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(id.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        let way = order.returns[index].terms.way
        if hasArrived {
            // Where it arrived again since, another job looks.
            let due = order.returns[index].terms.receiveBy
            guard order.returns[index].isUnreceived, due.map({ $0 <= work.now }) ?? true else {
                return Reply(body: "{}")
            }
            order.tellOfUnreceived(index, in: &work)
        } else {
            order.returns[index].terms.isWatched = false
            if order.returns[index].state == .inTransit, !(way?.state.isFinal ?? false) {
                order.chaseReturn(index, in: &work)
            }
        }
        work.update(order)
        return Reply(body: "{}")
    }
}

/// Job's end: a courier was asked what it has to tell of the parcel of a return; it is asked again while there is
/// something to hear.
struct FollowReturn: Command {
    static let name = "follow-return"
    let id: ReturnID
    let job: JobID
    /// When the job was due as its courier was asked.
    let asked: Timestamp

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(id.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        let job = try work.end(self.job)
        var order = try work.order(id.order)
        let index = try order.indexOfReturn(id.number)
        let entry = order.returns[index]
        guard entry.isAwaited(at: work.now) else {
            order.returns[index].terms.isAsked = false
            work.update(order)
            return Reply(body: "{}")
        }
        let last = max(entry.updatedAt, entry.terms.news.newestAt ?? entry.updatedAt)
        // What the courier said to have while it was asked may have come too late for its answer.
        let pause = job.due == asked ? FollowParcel.pause(after: work.now - last) : FollowParcel.hintPause
        work.enqueue(
            .followReturn, of: order.id, payload: String(id.number), due: work.now + pause,
            asks: entry.terms.connection ?? "")
        return Reply(body: "{}")
    }
}

extension JobRunner {
    /// Asks a courier what it has to tell of the parcel of a return, and takes it in.
    func followReturn(_ job: Job) async throws {
        guard let order = job.order, let number = Int(job.payload) else {
            throw BrokenInvariant("the job \(job.id) names no return")
        }
        let now = waybill.clock()
        let found = try await waybill.read { db -> (String, BoughtLabel, Courier, Timestamp)? in
            guard let order = try OrderStore.order(order, in: db),
                let entry = order.returns.first(where: { $0.number == number }), entry.isAwaited(at: now),
                let connection = entry.terms.connection, let tracking = entry.terms.tracking,
                let courier = try entry.terms.courier.flatMap({ try CourierStore.courier($0, in: db) })
            else { return nil }
            let label = BoughtLabel(
                account: courier.account, courier: courier.code, service: "", tracking: tracking, reference: nil)
            return (connection, label, courier, RecordTracking.earliest(forReturnsOf: order))
        }
        if let (name, label, courier, first) = found {
            guard let connection = connections[name] else {
                throw Refusal(.unavailable, "no labels are sold by \(name) here")
            }
            let news = try await ask(.courier(name)) { try await connection.news(of: [label]) }
            let others = try await waybill.read { try TrackingNumber.orders(label.tracking, in: $0) }
            try await take(news, since: first, of: label, courier, for: [order] + others.filter { $0 != order })
        }
        _ = try await waybill.perform(
            FollowReturn(id: ReturnID(order, number), job: job.id, asked: job.due), as: .system)
    }
}

extension Return {
    /// Whether it arrived and nobody has received anything of it.
    public var isUnreceived: Bool { state == .inTransit && terms.way?.state == .delivered }
}

extension Order {
    /// The return that an exception is about, while it lies where it arrived: for too long, or its courier says that
    /// it is lost as well.
    func unreceivedReturn(_ subject: String?, since moment: Timestamp) -> Return? {
        guard let id = subject.flatMap({ ReturnID($0) }) else { return nil }
        return returns.first { entry in
            let isDue = entry.terms.receiveBy.map { $0 <= moment } ?? true
            return entry.number == id.number && entry.isUnreceived && (isDue || entry.terms.news.isDisputed)
        }
    }

    /// The return that an exception is about, while nothing was heard of its parcel since.
    func silentReturn(_ subject: String?, since moment: Timestamp) -> Return? {
        guard let id = subject.flatMap({ ReturnID($0) }) else { return nil }
        return returns.first { entry in
            entry.number == id.number && entry.state == .inTransit
                && !(entry.terms.way?.state.isFinal ?? false) && entry.terms.silentAt.map { $0 <= moment } ?? true
        }
    }

    /// Why nobody need look for the silent parcel of a return any more; nil while somebody must.
    func answerOnSilentReturn(_ subject: String?, since moment: Timestamp) -> String? {
        guard silentReturn(subject, since: moment) == nil else { return nil }
        guard let entry = subject.flatMap({ ReturnID($0) }).flatMap({ part($0) }), entry.state != .inTransit,
            !(entry.terms.way?.state.isFinal ?? false), entry.terms.silentAt.map({ $0 <= moment }) ?? true
        else { return Self.heardAgain }
        return "the return is \(entry.state.rawValue)"
    }

    mutating func tellOfUnreceived(_ index: Int, in work: inout Work) {
        let entry = returns[index]
        let id = ReturnID(id, entry.number)
        guard !exceptions.contains(where: { $0.kind == .returnUnreceived && $0.subject == id.description }) else {
            return
        }
        let place = entry.location ?? entry.terms.destination?.location
        let doubt = entry.terms.news.isDisputed ? "its courier has then called it lost" : "nobody has received it"
        open(
            .returnUnreceived, subject: id.description, location: place,
            cause: "The parcel \(entry.terms.tracking ?? "") of the return \(entry.reference(in: self)) arrived at "
                + "\(entry.terms.way?.at.description ?? "its end"), and \(doubt).",
            owner: place ?? "customer_service",
            suggestion: "Look for it and receive what is in it, or ask the courier who took it.", in: &work)
    }

    /// News since it was told are no silence: it is looked at again later.
    fileprivate mutating func chaseReturn(_ index: Int, in work: inout Work) {
        let entry = returns[index]
        if let due = entry.terms.silentAt, due > work.now {
            returns[index].terms.isWatched = true
            work.enqueue(
                .chaseReturn, of: id, payload: ChaseReturn.payload(entry.number, hasArrived: false), due: due)
            return
        }
        let id = ReturnID(id, entry.number)
        guard !exceptions.contains(where: { $0.kind == .trackingSilent && $0.subject == id.description }) else {
            return
        }
        let last = entry.terms.news.newestAt.map { "since \($0)" } ?? "since it was handed in"
        open(
            .trackingSilent, subject: id.description,
            cause: "Nothing was heard of the parcel \(entry.terms.tracking ?? "") of the return "
                + "\(entry.reference(in: self)) by \(work.courierName(entry.terms.courier) ?? "its courier") \(last).",
            owner: "customer_service",
            suggestion: "Ask the courier and the customer; record what they say, or close what has not come.",
            in: &work)
    }
}

/// Job: the units of a fulfillment should have left by now, or be ready. While its location has not got so far, a
/// person there is told, and it is looked at again after each of the location's days.
struct ChaseWork: Command {
    static let name = "chase-work"
    let fulfillment: FulfillmentID
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.order(fulfillment.order)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var order = try work.order(fulfillment.order)
        let index = try order.indexOfFulfillment(fulfillment.number)
        guard order.fulfillments[index].state.isUnderWay else { return Reply(body: "{}") }
        if order.isNeglected(index, at: work.now) {
            order.tellLate(index, in: &work)
            work.update(order)
        }
        work.watch(order.fulfillments[index], of: order)
        return Reply(body: "{}")
    }
}

extension Fulfillment.State {
    /// Whether a location has it to do, and has not sent it or made it ready.
    public var isUnderWay: Bool {
        switch self {
        case .released, .accepted, .picking, .packed: true
        case .open, .ready, .shipped, .delivered, .collected, .expired, .rejected, .cancelled: false
        }
    }
}

extension Fulfillment {
    /// From when on it is late: a courier takes parcels along for a while after the cut-off.
    var lateFrom: Timestamp { method == .ship ? shipBy + Order.handOverGrace : shipBy }
}

extension Work {
    /// Has what a location newly has to do looked at once it is late, whatever gave it the work; and likewise what
    /// waits for somebody to release it, or for stock.
    mutating func watchWork(from before: Order?, to after: Order) {
        watchRelease(from: before, to: after)
        watchBackorder(from: before, to: after)
        let known = Set((before?.fulfillments ?? []).lazy.filter(\.state.isUnderWay).map(\.number))
        for part in after.fulfillments where part.state.isUnderWay && !known.contains(part.number) {
            watch(part, of: after)
        }
    }

    fileprivate mutating func watch(_ part: Fulfillment, of order: Order) {
        enqueue(.chaseWork, of: order.id, payload: String(part.number), due: nextLook(at: part))
    }

    /// Work that comes late to its location, and work that is late already, has until the next cut-off.
    func nextLook(at part: Fulfillment) -> Timestamp {
        guard part.lateFrom <= now else { return part.lateFrom }
        let next = configuration.locations[part.location].map { self.cutoff(of: $0) }
        return (next ?? now + .days(1)) + (part.lateFrom - part.shipBy)
    }
}

extension Order {
    /// Whether work is late, and nobody knows it: it is not held up by somebody, no label of it is being bought, and
    /// no other exception has a person see to it. A labelled parcel is watched by itself.
    fileprivate func isNeglected(_ index: Int, at now: Timestamp) -> Bool {
        let part = fulfillments[index]
        let name = FulfillmentID(id, part.number).description
        guard lateWork(name, since: now) != nil, hold(on: part.lines.map(\.line)) == nil else { return false }
        let boxes = boxes(of: part.number)
        if boxes.contains(where: { $0.label?.state == .pending }) { return false }
        return !exceptions.contains { shown in
            shown.isOpen
                && (shown.kind == .workLate && shown.subject == name
                    || boxes.contains { ParcelID(id, $0.number).description == shown.subject })
        }
    }

    /// The fulfillment that an exception is about, while its location has not got so far that its courier takes it.
    func lateWork(_ subject: String?, since moment: Timestamp) -> Fulfillment? {
        guard let name = subject.flatMap({ FulfillmentID($0) }),
            let part = fulfillments.first(where: { $0.number == name.number }),
            part.state.isUnderWay, part.lateFrom <= moment
        else { return nil }
        let boxes = boxes(of: part.number)
        let isLabelled = part.method == .ship && !boxes.isEmpty && boxes.allSatisfy { $0.state == .labelled }
        return part.state == .packed && isLabelled ? nil : part
    }

    /// What a location had to do, and until when.
    func wasDue(_ part: Fulfillment) -> String {
        let what = part.method == .ship ? "was to send" : "was to have ready"
        return "\(part.location) \(what) \(part.units.unitText) of order \(number) by \(part.shipBy)"
    }

    fileprivate mutating func tellLate(_ index: Int, in work: inout Work) {
        let part = fulfillments[index]
        let state =
            switch part.state {
            case .released: "nobody there has taken it on"
            case .accepted: "nobody has begun to pick it"
            case .picking: "it is being picked"
            case .open, .packed, .ready, .shipped, .delivered, .collected, .expired, .rejected, .cancelled:
                "it is packed"
            }
        open(
            .workLate, subject: FulfillmentID(id, part.number).description, location: part.location,
            cause: "\(wasDue(part)), and \(state).",
            owner: part.location,
            suggestion: part.state == .packed
                ? "Do what is left to do, or cancel it if the customer does not want it any more."
                : "Do it now, or have another location do it: the order is sourced again without this one.",
            in: &work)
    }
}

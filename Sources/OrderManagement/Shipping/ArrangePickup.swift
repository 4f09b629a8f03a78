/// What a courier has said to being called, or told not to come.
enum PickupAnswer: Sendable {
    /// To what was asked for last.
    case said(PickupOutcome)
    /// It does not give up what was agreed.
    case stands(reason: String)
    /// It does not come.
    case givenUp
}

/// Job's end: a courier has answered for a pickup.
///
/// 1. Booked: it comes as was asked for. One that was cancelled meanwhile is known by what to cancel it: its own job
///    does that.
/// 2. Refused: a person is told, with the courier's reason; a change that cannot be had leaves what was agreed. What
///    they were told before is said anew, as it is now.
/// 3. Given up: it does not come.
struct RecordPickup: Command {
    static let name = "record-pickup"
    let id: CourierPickupID
    /// For which state of the pickup, and which of its wishes, the courier was asked.
    let asked: CourierPickup.State
    let revision: Int64
    let answer: PickupAnswer
    let job: JobID

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.courierPickup(id, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        var pickup = try work.courierPickup(id)
        guard pickup.revision == revision, pickup.state == asked else {
            // Cancelled meanwhile: what the courier agreed to is cancelled by the job that asks for that.
            if case .said(.booked(let reference)) = answer, pickup.state == .cancelling {
                pickup.remember(reference)
                work.update(pickup)
            }
            return Reply(body: "{}")
        }
        switch answer {
        case .said(.booked(let reference)):
            try pickup.book(as: reference)
            work.settleRefusal(of: pickup, "The courier comes.")
            work.record(.courierPickupBooked, pickup)
        case .said(.refused(let reason)):
            try pickup.refuse(because: reason)
            tell(&pickup, reason, in: &work)
        case .stands(let reason):
            if asked == .changing { try pickup.stand(because: reason) } else { try pickup.keep(because: reason) }
            tell(&pickup, reason, in: &work)
        case .givenUp:
            try pickup.giveUp()
            work.settleRefusal(of: pickup, "The courier does not come, as was wished.")
            work.record(.courierPickupCancelled, pickup)
        }
        work.update(pickup)
        return Reply(body: "{}")
    }

    /// One exception for all its tries, which says how it stands now.
    private func tell(_ pickup: inout CourierPickup, _ reason: String, in work: inout Work) {
        work.record(.courierPickupRefused, pickup)
        let (what, suggestion) = pickup.state.told
        let cause = "\(pickup.courier) \(what) \(pickup.location) from \(pickup.agreed.ready) to "
            + "\(pickup.agreed.closes): \(reason)"
        if let id = pickup.exception, var shown = work.exception(id), shown.isOpen {
            shown.suggestion = suggestion
            work.tell(shown, cause: cause)
            return
        }
        let exception = work.open(
            .pickupRefused, subject: pickup.id.description, location: pickup.location, cause: cause,
            owner: pickup.location, suggestion: suggestion)
        pickup.exception = exception.id
        work.record(.exceptionOpened) { exception.writeOpening(to: &$0) }
        work.awaitEnd(of: pickup)
    }
}

extension CourierPickup.State {
    /// What people are told where a courier has refused something, and what they can do.
    fileprivate var told: (what: String, suggestion: String) {
        switch self {
        case .kept:
            (
                "comes all the same to",
                "It comes all the same: hand over what is there, or send it away. When its time is over, this is "
                    + "settled by itself."
            )
        case .booked:
            (
                "comes as was agreed, and not otherwise, to",
                "It comes as was agreed: have the parcels there by then, bring the rest to it, or tell it not to come."
            )
        case .requested, .refused, .changing, .cancelling, .cancelled:
            ("does not come to", "Mend what it says and call it again, or bring the parcels to it.")
        }
    }
}

extension OrderException {
    /// The courier that was called, where it is about one.
    var courierPickup: CourierPickupID? {
        kind == .pickupRefused ? subject.flatMap { CourierPickupID($0) } : nil
    }
}

/// Job: the time is over at which a courier was called. What it refused is settled with that: nothing can be done about
/// it any more, and parcels that still lie there are watched by themselves.
struct EndCourierPickup: Command {
    static let name = "end-courier-pickup"
    let id: CourierPickupID
    let job: JobID

    /// - Throws: `BrokenInvariant` where the job names no pickup.
    init(job: Job) throws(BrokenInvariant) {
        (id, self.job) = (try job.courierPickup(), job.id)
    }

    func needs(_ needs: inout Needs, given work: Work) {
        needs.job(job)
        needs.courierPickup(id, given: work)
    }

    func execute(in work: inout Work) throws -> Reply {
        try work.end(job)
        let pickup = try work.courierPickup(id)
        guard let shown = pickup.exception.flatMap({ work.exception($0) }), shown.isOpen else {
            return Reply(body: "{}")
        }
        // It may have been called for another time since.
        if pickup.agreed.closes > work.now {
            work.awaitEnd(of: pickup)
        } else {
            work.settleRefusal(of: pickup, "Its time is over.")
        }
        return Reply(body: "{}")
    }
}

extension Work {
    fileprivate mutating func awaitEnd(of pickup: CourierPickup) {
        enqueue(.endCourierPickup, payload: pickup.id.description, due: max(now, pickup.agreed.closes))
    }
}

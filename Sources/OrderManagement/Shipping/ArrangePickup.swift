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
/// 2. Refused: a person is told, with the courier's reason; a change that cannot be had leaves what was agreed.
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
            tell(&pickup, "does not come to", reason, in: &work)
        case .stands(let reason):
            if asked == .changing {
                try pickup.stand(because: reason)
                tell(&pickup, "comes as was agreed, and not otherwise, to", reason, in: &work)
            } else {
                try pickup.keep(because: reason)
                tell(&pickup, "comes all the same to", reason, in: &work)
            }
        case .givenUp:
            try pickup.giveUp()
            work.settleRefusal(of: pickup, "The courier does not come, as was wished.")
            work.record(.courierPickupCancelled, pickup)
        }
        work.update(pickup)
        return Reply(body: "{}")
    }

    /// One exception for all its tries.
    private func tell(_ pickup: inout CourierPickup, _ what: String, _ reason: String, in work: inout Work) {
        work.record(.courierPickupRefused, pickup)
        if let id = pickup.exception, work.exception(id)?.isOpen == true { return }
        let exception = work.open(
            .pickupRefused, subject: pickup.id.description, location: pickup.location,
            cause: "\(pickup.courier) \(what) \(pickup.location) from \(pickup.agreed.ready) to "
                + "\(pickup.agreed.closes): \(reason)",
            owner: pickup.location,
            suggestion: "Mend what it says and call it again, or bring the parcels to it.")
        pickup.exception = exception.id
        work.record(.exceptionOpened) { exception.writeOpening(to: &$0) }
    }
}

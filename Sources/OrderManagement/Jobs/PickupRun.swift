extension Job {
    /// The pickup that it is about. - Throws: `BrokenInvariant` where it names none.
    func courierPickup() throws(BrokenInvariant) -> CourierPickupID {
        guard let pickup = CourierPickupID(payload) else {
            throw BrokenInvariant("the job \(id) names no courier pickup")
        }
        return pickup
    }
}

/// What jobs do about pickups: they ask couriers, outside of any transaction.
extension JobRunner {
    /// Asks a courier for what a pickup waits for: to come, to come otherwise, or not to come. It is asked first what
    /// became of an earlier try, so that an answer that was lost calls nobody twice.
    func arrangePickup(_ job: Job) async throws {
        let id = try job.courierPickup()
        let (pickup, request) = try await waybill.read { db -> (CourierPickup, PickupRequest?) in
            guard let pickup = try CourierPickupStore.pickup(id, in: db) else {
                throw BrokenInvariant("the job \(job.id) names a courier pickup that is not there")
            }
            guard pickup.state.isAsked else { return (pickup, nil) }
            guard let place = try LocationStore.location(pickup.location, in: db) else {
                throw BrokenInvariant("the courier pickup \(id) is at a location that is not there")
            }
            guard let courier = try CourierStore.courier(pickup.courier, in: db) else {
                throw Refusal(.unknownCourier, "the courier \(pickup.courier) is not set up any more")
            }
            return (pickup, PickupRequest(pickup, at: place, by: courier))
        }
        guard let request else {
            _ = try await waybill.perform(FinishJob(job: job.id, followUp: nil), as: .system)
            return
        }
        guard let connection = connections[pickup.connection] else {
            throw Refusal(.unavailable, "no courier is called by \(pickup.connection) here")
        }
        let answer = try await ask(.courier(connection.name)) {
            try await self.answer(of: connection, to: request, for: pickup)
        }
        _ = try await waybill.perform(
            RecordPickup(id: id, asked: pickup.state, revision: pickup.revision, answer: answer, job: job.id),
            as: .system)
    }

    private func answer(
        of connection: any CourierConnection, to request: PickupRequest, for pickup: CourierPickup
    ) async throws -> PickupAnswer {
        let known = try await connection.pickup(of: request)
        if pickup.state != .cancelling, let known { return .said(known) }
        var agreed = [pickup.reference].compactMap { $0 }
        if pickup.state == .cancelling, case .booked(let reference)? = known, reference != pickup.reference {
            agreed.append(reference)
        }
        for reference in agreed {
            let booked = BookedPickup(request, reference: reference)
            if case .refused(let reason) = try await connection.cancelPickup(booked) {
                return .stands(reason: reason)
            }
        }
        return pickup.state == .cancelling ? .givenUp : .said(try await connection.requestPickup(request))
    }
}

extension PickupRequest {
    init(_ pickup: CourierPickup, at location: Location, by courier: Courier) {
        let (wish, calendar) = (pickup.wanted, location.calendar)
        self.init(
            key: pickup.key, courier: courier.code, account: courier.account, address: location.address,
            date: BusinessCalendar.date(ofDay: calendar.day(of: wish.ready)), ready: calendar.clock(of: wish.ready),
            closes: calendar.clock(of: wish.closes), parcels: wish.parcels, weightGrams: wish.weightGrams,
            note: wish.note)
    }
}

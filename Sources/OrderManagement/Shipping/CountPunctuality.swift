/// As what a parcel was counted among those of its courier's service.
public struct CountedWay: Hashable, Sendable {
    /// nil for what was counted before this was kept: it stays as it is.
    let isOnTime: Bool?
    /// Where it was sent to, as it is counted.
    let area: String?

    init(isOnTime: Bool, area: String) { (self.isOnTime, self.area) = (isOnTime, area) }

    /// - Parameter json: The news of a parcel.
    init?(stored json: JSON) {
        guard json["counted"]?.bool == true else { return nil }
        (isOnTime, area) = (json["on_time"]?.bool, json["area"]?.string)
    }

    func store(in json: inout JSONWriter) {
        json.member("counted", true)
        if let isOnTime { json.member("on_time", isOnTime) }
        if let area { json.member("area", area) }
    }
}

/// Counts how punctual a parcel's courier was: by the days that its service says, from the hand-over on, so that
/// neither a late hand-over nor a long promise is the courier's. Where the service says no days, by what the customer
/// was told. One that is lost was not on time, and one that came back counts where it had been at the door before.
///
/// Like all that follows from news, the count is the same in whatever order they come: where later ones tell otherwise,
/// what was counted before is taken back.
extension Order {
    mutating func countPunctuality(of place: Int, in work: inout Work) {
        let parcel = parcels[place]
        let before = parcel.news.counted
        guard before == nil || before?.isOnTime != nil else { return }
        guard let courier = parcel.courier, let service = parcel.service, let address = delivery.address,
            let part = fulfillments.first(where: { $0.number == parcel.fulfillment })
        else { return }
        let area = before?.area ?? CourierRecord.area(of: address)
        let after = wasOnTime(parcel, of: part, in: work).map { CountedWay(isOnTime: $0, area: area) }
        guard after != before else { return }
        parcels[place].news.counted = after
        let way = CourierRecord.Way(courier: courier, service: service, origin: part.location, area: area)
        let isOnTime = after?.isOnTime ?? false
        guard let before else {
            return work.count(way) { try CourierRecordStore.count(way, isOnTime: isOnTime, in: $0) }
        }
        let change = (isOnTime ? 1 : 0) - (before.isOnTime == true ? 1 : 0) as Int64
        work.count(way) {
            try CourierRecordStore.correct(way, parcels: after == nil ? -1 : 0, onTime: change, in: $0)
        }
    }

    /// nil while its way has not ended, and for one that went back without having been at the door.
    private func wasOnTime(_ parcel: Parcel, of part: Fulfillment, in work: Work) -> Bool? {
        let arrived: Timestamp
        switch parcel.state {
        case .delivered: arrived = parcel.updatedAt
        case .lost: return false
        case .returnedToSender:
            guard let delivered = parcel.news[.delivered] else { return nil }
            arrived = delivered
        case .packed, .labelled, .handedOver, .inTransit, .outForDelivery, .exception: return nil
        }
        guard let location = work.configuration.locations[part.location],
            let due = dueByCourier(parcel, from: location, in: work)
        else { return arrived <= part.deliverBy }
        // Couriers promise days, not hours.
        return location.calendar.day(of: arrived) <= location.calendar.day(of: due)
    }

    /// When its service would be at the door, as it is reckoned when it is chosen: from its courier's cut-off after the
    /// hand-over on. nil where the service says no time, or is not known.
    private func dueByCourier(_ parcel: Parcel, from location: Location, in work: Work) -> Timestamp? {
        guard let left = parcel.news.leftAt, let courier = parcel.courier.flatMap({ work.configuration.couriers[$0] })
        else { return nil }
        let service = courier.tariff.services.first { $0.code == parcel.service }
        return service?.arrival(
            leaving: location.nextCutoff(of: courier, from: left), by: location.calendar, except: courier.holidays)
    }
}

/// What customers are promised of a fulfillment is no sooner than what the couriers that would be chosen can do; speed
/// that none of them has is not promised at all. And what counts on a van is ready when that comes.
extension Order {
    /// Different parcels of one fulfillment whose couriers are looked for: the heaviest first, which take longest.
    private static let promisedParcelsMax = 10
    /// Beyond so many units goods are spread over boxes by volume: an order that is placed cannot wait for more.
    private static let arrangedUnitsMax: Int64 = 60

    /// Makes the promises of fulfillments, from a place in their list on, later where the courier that would be chosen
    /// for one of their parcels needs longer than the channel reckons with. Where none takes it, or says no time, the
    /// channel's word stands. Where it comes before the location's own cut-off, the work is due by then.
    ///
    /// - Returns: Why its service cannot be had: it is a fast one, and no courier keeps it; nil where it can.
    mutating func promiseByCouriers(from first: Int, on channel: Channel, in work: Work) -> String? {
        guard delivery.method == .ship, !work.configuration.sortedCouriers.isEmpty else { return nil }
        var reason: String?
        for index in fulfillments.indices.dropFirst(first) {
            guard let origin = work.configuration.locations[fulfillments[index].location] else { continue }
            let suggestion = suggestion(
                of: goods(fulfillments[index].lines.map { ($0.line, $0.quantity) }, in: work), from: origin,
                on: channel, arrangedUnitsMax: Self.arrangedUnitsMax, in: work)
            var seen: Set<BoxSuggestion.Parcel> = []
            let parcels = suggestion.parcels.filter { seen.insert($0).inserted }.sorted { $0.grams > $1.grams }
            let hurries = channel.hurries(self, from: origin)
            let records = work.courierRecords(from: origin.code, to: delivery.address)
            var (soonest, latest) = (fulfillments[index].shipBy, fulfillments[index].deliverBy)
            for parcel in parcels.prefix(Self.promisedParcelsMax) {
                let choice = courierChoice(for: parcel, of: index, from: origin, on: channel, records, in: work)
                if let best = choice.best {
                    soonest = min(soonest, best.leavesAt)
                    latest = best.arrivesAt.map { origin.calendar.later(latest, $0) } ?? latest
                }
                if hurries, reason == nil, choice.isOutOfReach {
                    reason = objection(toSpeedFrom: origin.code, choice)
                }
            }
            (fulfillments[index].shipBy, fulfillments[index].deliverBy) = (soonest, latest)
        }
        return reason
    }

    /// That no courier brings its goods as fast as its customer asked for, for people.
    private func objection(toSpeedFrom origin: String, _ choice: CourierChoice) -> String {
        let country = delivery.address.map { " to \($0.country)" } ?? ""
        return "no courier keeps \(delivery.service ?? "this service") from \(origin)\(country): \(choice.explanation)"
    }

    /// By whom a parcel would go that is suggested for a fulfillment, before anything is packed.
    /// - Parameter last: When the last of its goods come that are not there yet; nil where all are.
    func courierChoice(
        for parcel: BoxSuggestion.Parcel, of index: Int, from origin: Location, on channel: Channel,
        _ records: [CourierRecord], waitingFor last: Timestamp? = nil, in work: Work
    ) -> CourierChoice {
        let fulfillment = fulfillments[index]
        let from = max(workableFrom(work), streetDate(of: fulfillment) ?? .earliest, last ?? .earliest)
        let shipment = CourierChoice.Shipment(
            parcel: tariffParcel(of: parcel.units, grams: parcel.grams, size: parcel.size, in: work), order: self,
            origin: origin, leavesAt: fulfillment.shipBy,
            readyAt: origin.readyAt(from: from, dueBy: fulfillment.shipBy),
            deliverBy: channel.deadline(of: fulfillment, from: origin, of: self),
            hurries: channel.hurries(self, from: origin),
            customsGap: customsGap(of: parcel.units.keys, from: origin, in: work))
        return CourierChoice(
            of: shipment, among: work.configuration.sortedCouriers, by: channel.policy.shipping, in: currency, records)
    }
}

extension Channel {
    /// By when couriers should bring a fulfillment's parcels: on the day that was promised; where its customer asked
    /// for speed, by that of the service they asked for, though one parcel of it goes slower and is what was promised.
    func deadline(of fulfillment: Fulfillment, from origin: Location, of order: Order) -> Timestamp {
        guard hurries(order, from: origin), let service = service(of: order) else { return fulfillment.deliverBy }
        let asked = fulfillment.shipBy + OrderAllocation.transit(from: origin, of: order, by: service)
        return min(fulfillment.deliverBy, asked)
    }
}

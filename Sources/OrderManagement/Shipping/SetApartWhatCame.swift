/// Its courier tells that a parcel is lost, or comes back, of which a customer has handed in a part: somebody opened
/// it. What was handed in came to the customer, and the rest did not.
extension Order {
    /// What customers have sent back of a parcel is a parcel by itself from then on, which has arrived; the rest is
    /// lost, or comes back, as all that is told of that parcel says.
    ///
    /// Not of a parcel that its courier has delivered: who has sent back a part of that has kept the rest.
    mutating func setApartWhatCame(of place: Int, in work: inout Work) throws {
        let parcel = parcels[place]
        let isMoved = parcel.news.state != parcel.state || parcel.news.isDisputed
        guard isMoved, parcel.claim == nil, !isReceived(parcel),
            !parcel.news.scans.contains(where: { $0.state == .delivered })
        else { return }
        let here = unitsBack(of: parcel)
        let rest = parcel.units.without(here)
        guard !here.isEmpty, !rest.isEmpty else { return }
        func lines(_ units: [Int: Int64]) -> [Fulfillment.Line] {
            units.keys.sorted().map { Fulfillment.Line(line: $0, quantity: units[$0] ?? 0) }
        }
        let (count, all) = (here.values.reduce(0, +), parcel.units.values.reduce(0, +))
        let grams = Self.part(of: parcel.weightGrams, count, all)
        var part = Parcel(
            number: nextParcelNumber, fulfillment: parcel.fulfillment, weightGrams: grams, size: nil,
            lines: lines(here), at: work.now)
        record(.parcelPacked, part, in: &work)
        part.news.rule(.delivered, at: work.now)
        try part.apply(.handOver, at: work.now)
        record(.parcelHandedOver, part, in: &work)
        try part.apply(.deliver, at: work.now)
        record(.parcelDelivered, part, in: &work)
        part.news.sentAt = parcel.news.sentAt
        parcels[place].lines = lines(rest)
        parcels[place].weightGrams -= grams
        parcels.append(part)
    }

    /// Units of a parcel, by line, that must be among what customers have sent back.
    private func unitsBack(of parcel: Parcel) -> [Int: Int64] {
        var units: [Int: Int64] = [:]
        for (line, count) in parcel.units {
            let back = min(count, unitsBack(line, beside: parcel))
            if back > 0 { units[line] = back }
        }
        return units
    }
}

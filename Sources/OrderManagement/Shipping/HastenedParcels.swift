/// Goods that only slow services may carry do not hold up the rest of an order whose customer asked for speed.
extension Order {
    /// Boxes for a fulfillment's goods, those that need something (hazardous goods, oversize, cold) apart from the
    /// others: nil where that is no gain.
    ///
    /// It is one where a parcel of both would be late for what its customer asked for, and all parcels of the others
    /// come in time by themselves.
    ///
    /// - Parameter whole: The boxes that were suggested for all of them together.
    func hastened(
        _ whole: BoxSuggestion, of goods: [BoxSuggestion.Goods], for index: Int, from origin: Location,
        on channel: Channel, in work: Work
    ) -> BoxSuggestion? {
        guard channel.hurries(self, from: origin), whole.rest.isEmpty else { return nil }
        let special = Set(goods.map(\.line).filter { line($0).map { work.requirements(of: $0) != 0 } ?? false })
        let mixed = whole.parcels.filter { parcel in
            let lines = parcel.units.keys
            return lines.contains(where: special.contains) && !lines.allSatisfy(special.contains)
        }
        guard !mixed.isEmpty else { return nil }
        let records = work.courierRecords(from: origin.code, to: delivery.address)
        func isInTime(_ parcel: BoxSuggestion.Parcel) -> Bool {
            let choice = courierChoice(for: parcel, of: index, from: origin, on: channel, records, in: work)
            return choice.best.map { $0.daysLate == 0 } ?? false
        }
        guard !mixed.allSatisfy(isInTime) else { return nil }
        let parts = [goods.filter { !special.contains($0.line) }, goods.filter { special.contains($0.line) }].map {
            suggestion(
                of: $0, within: parcelLimits(of: $0, from: origin, on: channel, in: work),
                ofFulfillment: fulfillments[index].number)
        }
        let parcels = parts.flatMap(\.parcels)
        guard parts.allSatisfy(\.rest.isEmpty), parcels.count <= PackFulfillment.parcelsMax,
            parts[0].parcels.allSatisfy(isInTime)
        else { return nil }
        return BoxSuggestion(parcels: parcels)
    }
}

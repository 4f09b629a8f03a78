/// Where a channel sends an order only when it is complete, what is there of it is promised with the last to come.
extension Order {
    /// Whether what is there stays until the rest has come.
    func waitsForRest(_ policy: ChannelPolicy) -> Bool {
        policy.supply.backorderRelease == .complete && lines.contains { $0.backordered > 0 }
    }

    /// Promises what waits for the rest of the order for the day of the last of it; and what waits for it no more for
    /// the first day that there is.
    mutating func promiseTogether(_ channel: Channel, in work: Work) {
        let waits = waitsForRest(channel.policy)
        guard waits || !together.isEmpty else { return }
        for index in fulfillments.indices where fulfillments[index].state == .open {
            let part = fulfillments[index]
            let soonest = max(workableFrom(work), streetDate(of: part) ?? .earliest)
            if waits {
                guard let last = waitsUntil else { continue }
                // What comes by transfer is not there sooner.
                guard part.transfer == nil || part.shipBy < last else { continue }
                promise(index, from: max(last, soonest), takesDay: false, in: work)
                together.insert(part.number)
            } else if together.contains(part.number), part.transfer == nil {
                promise(index, from: soonest, in: work)
            }
        }
        let kept = Set(fulfillments.lazy.filter { $0.state == .open }.map(\.number))
        together = waits ? together.intersection(kept) : []
    }

    /// Promises work for the first cut-off from a moment on that its location has room for; how long it is on its way
    /// stays as it was.
    ///
    /// - Parameter takesDay: Whether it is counted on the day of its location: what may move on with a date is not.
    mutating func promise(_ index: Int, from moment: Timestamp, takesDay: Bool = true, in work: Work) {
        guard let location = work.configuration.locations[fulfillments[index].location] else { return }
        // Whole days: its courier may come earlier on that day than the location's cut-off is, from which they count.
        let calendar = location.calendar
        let days = Seconds.days(
            calendar.day(of: fulfillments[index].deliverBy) - calendar.day(of: fulfillments[index].shipBy))
        fulfillments[index].workDay = nil
        let free = takesDay ? work.shipBy(of: location, from: moment, beside: self) : nil
        let shipBy = free ?? calendar.nextCutoff(from: moment)
        if location.countsDays, free != nil { fulfillments[index].workDay = calendar.day(of: shipBy) }
        fulfillments[index].shipBy = shipBy
        fulfillments[index].deliverBy = shipBy + days
    }

    /// The same of all of it, as an order would be promised whose last units come at a moment.
    mutating func promiseAll(from last: Timestamp, in work: Work) {
        for index in fulfillments.indices {
            let soonest = max(workableFrom(work), streetDate(of: fulfillments[index]) ?? .earliest)
            promise(index, from: max(last, soonest), takesDay: false, in: work)
        }
    }

    /// Units by line that are there and wait for the rest.
    var unitsKept: [Int: Int64] {
        var units: [Int: Int64] = [:]
        for part in fulfillments where part.state == .open && together.contains(part.number) {
            for line in part.lines { units[line.line, default: 0] += line.quantity }
        }
        return units
    }

    /// A person lets go what was to wait for the rest: it leaves by the first day that there is, and that stays known.
    mutating func releaseBeforeRest(_ index: Int, in work: inout Work) throws {
        let waiting = lines.reduce(Int64(0)) { $0 + $1.backordered }
        together.insert(fulfillments[index].number)
        promise(index, from: work.now, in: work)
        fulfillments[index].note = "Let go before the rest of the order: \(waiting.unitText) of it still to come."
        try release(index, in: &work)
        together.remove(fulfillments[index].number)
    }
}

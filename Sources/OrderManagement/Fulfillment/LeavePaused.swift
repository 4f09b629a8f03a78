/// What is about to be released at a location that is paused by now is found another place, as what a location rejects
/// is; but the location has refused nothing, and is asked again for other units of the order.
///
/// What no other place has stays, and is released there. Pickups stay as well: their customers chose the store.
extension Order {
    /// Moves what can be moved; the caller releases what is there then.
    mutating func leavePausedLocations(_ channel: Channel, in work: inout Work) throws {
        for index in fulfillments.indices where isLeaving(fulfillments[index], at: work.now, work.configuration) {
            let part = fulfillments[index]
            let known = fulfillments.count
            let wants = part.lines.map { OrderAllocation.Want(line: $0.line, units: $0.quantity) }
            let allocation = OrderAllocation(leavingOut: rejectingLocations)
            let outcome = try allocation.allocate(wants, of: &self, channel: channel, in: &work)
            guard outcome.allocated > 0 else { continue }
            var moved: [Int: Int64] = [:]
            for line in fulfillments.dropFirst(known).flatMap(\.lines) { moved[line.line, default: 0] += line.quantity }
            for number in moved.keys.sorted() {
                let units = moved[number] ?? 0
                lines[number - 1].allocated -= units
                try move(.deallocate, units, ofLine: number, at: part.location, in: &work)
            }
            if take(moved, outOf: index) {
                fulfillments[index].lines = part.lines  // a cancelled job keeps saying what it was
                try fulfillments[index].apply(.cancel, at: work.now)
                record(.fulfillmentCancelled, fulfillments[index], in: &work)
            }
            let id = self.id
            work.record(.orderSourced, on: &self) {
                outcome.write(to: &$0, of: id)
                $0.member("policy_version", channel.version)
                $0.member("paused", part.location)
            }
        }
    }

    /// Whether a location would get work for a delivery while it is paused.
    func isLeaving(_ part: Fulfillment, at now: Timestamp, _ configuration: Configuration) -> Bool {
        part.state == .open && part.method == .ship && part.transfer == nil
            && configuration.locations[part.location]?.isPaused(at: now) == true
            && hold(on: part.lines.map(\.line)) == nil && objectionToLeaving(part, at: now) == nil
    }
}

extension Needs {
    /// An order that may be released; with its stock where some of it lies at a location that is paused by now.
    mutating func orderToRelease(_ id: OrderID, given work: Work) {
        order(id)
        guard let known = work.peek(id) else { return }
        let isPaused = known.fulfillments.contains { part in
            part.state == .open && work.configuration.locations[part.location]?.isPaused(at: work.now) == true
        }
        if isPaused { orderWithStock(id, given: work) }
    }
}

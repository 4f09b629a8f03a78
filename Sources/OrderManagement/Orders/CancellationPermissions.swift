/// Until when units of an order may be given up, and what that would cost now.
extension Order {
    /// Cancelling, and the customer's own end of it where that is earlier.
    func cancellationPermissions(_ channel: Channel, at now: Timestamp) -> [OrderPermission] {
        func permission(_ action: String, until last: String) -> OrderPermission {
            let reason = reasonNotToCancel(until: last)
            let states = Fulfillment.State.cancellable(until: last)
            return OrderPermission(
                action: action, path: "/v1/orders/\(id)/cancellations", isAllowed: reason == nil,
                until: reason == nil ? self.end(ofWorkIn: states, channel.policy, at: now) : nil,
                untilState: lastState(until: last), reason: reason)
        }
        let (end, customersEnd) = (
            channel.policy.cancellableUntil, channel.policy.cancellableUntil(for: .customer)
        )
        let own = customersEnd == end ? [] : [permission("cancellations_by_customer", until: customersEnd)]
        return [permission("cancellations", until: end)] + own
    }

    /// The last state of its own work in which units may be cancelled: a parcel that is sent is never `ready`.
    func lastState(until last: String) -> String {
        delivery.method == .ship && last == Fulfillment.State.ready.rawValue
            ? Fulfillment.State.packed.rawValue : last
    }

    private func reasonNotToCancel(until last: String) -> String? {
        guard lines.contains(where: { $0.open > 0 }) else { return "no unit is open: all are sent or cancelled" }
        let states = Fulfillment.State.cancellable(until: last)
        let possible = fulfillments.filter { states.contains($0.state) }
        if lines.contains(where: { $0.backordered > 0 }) || possible.contains(where: { departed(of: $0) == nil }) {
            return nil
        }
        return possible.isEmpty
            ? "units could be cancelled until "
                + ChannelPolicy.endOfCancelling(last, of: delivery.method, isOver: true)
            : "its courier has told that it is on its way"
    }

    /// When the last unit whose work is in some states leaves them by the clock alone: those that wait for a customer
    /// go back to stock, those that wait for the gates are released. nil where people's work decides that.
    func end(ofWorkIn states: [Fulfillment.State], _ policy: ChannelPolicy, at now: Timestamp) -> Timestamp? {
        guard lines.allSatisfy({ $0.backordered == 0 }) else { return nil }
        var last: Timestamp?
        for part in fulfillments where states.contains(part.state) {
            let end: Timestamp?
            if part.state == .ready {
                end = part.collectBy
            } else if part.state == .open, states.last == .open {
                end = releaseTime(of: part, policy, at: now)
            } else {
                end = nil
            }
            guard let end else { return nil }
            last = max(last ?? end, end)
        }
        return last
    }

    /// When work is released by time alone; nil where somebody must do something before.
    private func releaseTime(of part: Fulfillment, _ policy: ChannelPolicy, at now: Timestamp) -> Timestamp? {
        let waiting = gates.filter { $0.state != .passed }
        guard policy.release == .automatic, part.transfer == nil, hold(on: part.lines.map(\.line)) == nil,
            waiting.allSatisfy({ $0.state == .pending && $0.timeOut == .pass && $0.due != nil })
        else { return nil }
        let moments = waiting.compactMap(\.due) + [streetDate(of: part)].compactMap { $0 }
        return moments.max().flatMap { $0 > now ? $0 : nil }
    }

    /// Units that may be given up now for a reason, and what of their money would be kept.
    func costOfCancelling(for reason: CancelOrder.Reason, _ policy: ChannelPolicy) -> (units: Int64, fee: Int64) {
        let states = Fulfillment.State.cancellable(until: policy.cancellableUntil(for: reason))
        var after = self
        for index in after.lines.indices {
            after.lines[index].cancelled += after.lines[index].backordered
            after.lines[index].backordered = 0
        }
        let jobs = fulfillments.filter { states.contains($0.state) && departed(of: $0) == nil }
        for line in jobs.flatMap(\.lines) {
            after.lines[line.line - 1].allocated -= line.quantity
            after.lines[line.line - 1].cancelled += line.quantity
        }
        let numbers = Set(jobs.map(\.number))
        after.fulfillments.removeAll { numbers.contains($0.number) }
        let given = zip(after.lines, lines).map { ($0.number, $0.cancelled - $1.cancelled) }
        after.cover(cancelled: Dictionary(uniqueKeysWithValues: given))
        let units = given.reduce(Int64(0)) { $0 + $1.1 }
        guard units > 0 else { return (0, 0) }
        let fee = after.cancellationFee(for: reason, after: self, policy.cancelling)
        return (units, fee + after.returnFee(for: reason, after: self, beside: fee))
    }
}

extension Order {
    /// What was kept for cancelled units; it is due as goods are.
    public struct CancellationFee: Hashable, Sendable {
        public let number: Int
        /// Minor units, above zero; taxes included.
        public let amount: Int64
        /// The taxes in it; nil for one that is older than this.
        public let tax: Int64?
        /// What of the amount the return of an exchange would have kept, had nothing been sent for it.
        public var returnFee: Int64 = 0
        public let reason: String
        public let at: Timestamp
        /// The label or parcel that brought it at a door, though what was in it was given up; nil for a fee.
        public var subject: String?
    }

    /// Gives up units with all that follows: stock, fee, money, gates.
    ///
    /// - Parameter last: Until which state units may be given up; nil as policy says for the reason.
    /// - Throws: `.tooLateToCancel`.
    mutating func giveUp(
        _ units: [Int: Int64], for reason: CancelOrder.Reason, until last: Fulfillment.State? = nil,
        _ channel: Channel, in work: inout Work
    ) throws {
        let before = self
        var policy = channel.policy
        policy.cancellableUntil = last?.rawValue ?? policy.cancellableUntil(for: reason)
        try cancel(units, reason: reason.rawValue, policy: policy, in: &work)
        try settle(givenUpFor: reason, since: before, channel, in: &work)
        moveUp(since: before, channel, in: &work)
    }

    /// Gives up all units of one job, whose state policy allows, with all that follows.
    mutating func giveUp(
        workAt index: Int, for reason: CancelOrder.Reason, _ channel: Channel, in work: inout Work
    ) throws {
        let before = self
        let units = fulfillments[index].unitsByLine
        try takeBack(units, from: index, in: &work)
        bookCancelled(units, because: reason.rawValue, in: &work)
        try settle(givenUpFor: reason, since: before, channel, in: &work)
    }

    /// What follows for the money and the gates when units were given up.
    private mutating func settle(
        givenUpFor reason: CancelOrder.Reason, since before: Order, _ channel: Channel, in work: inout Work
    ) throws {
        try endWaiver(givenUpFor: reason, since: before, in: &work)
        try keepFee(for: reason, after: before, channel, in: &work)
        try captureCovered(since: before, in: &work)
        try voidExcess(reason: "cancellation", in: &work)
        try refundExcess(reason: "cancellation", in: &work)
        try closeCash(in: &work)
        passGates(in: &work)
    }

    /// Keeps what cancelling costs, from money that was paid; takes it where it was authorized only.
    private mutating func keepFee(
        for reason: CancelOrder.Reason, after before: Order, _ channel: Channel, in work: inout Work
    ) throws {
        let own = cancellationFee(for: reason, after: before, channel.policy.cancelling)
        let ofReturn = returnFee(for: reason, after: before, beside: own)
        let amount = own + ofReturn
        guard amount > 0 else { return }
        let tax = taxes(in: amount, of: worths(givenUpSince: before))
        let kept = CancellationFee(
            number: cancellationFees.count + 1, amount: amount, tax: tax, returnFee: ofReturn, reason: reason.rawValue,
            at: work.now)
        keep(kept, by: channel.version, in: &work)
        _ = try capture(
            min(amount, max(0, due - taken)), reason: "cancellation_fee", subject: nil, at: .shipment, in: &work)
    }

    /// What is kept is due from now on, and told.
    mutating func keep(_ fee: CancellationFee, by version: Int64?, in work: inout Work) {
        cancellationFees.append(fee)
        let currency = currency
        work.record(.orderFeeCharged, on: &self) {
            $0.member("fee", fee.number)
            $0.member("amount", Money(fee.amount, currency))
            $0.member("tax", Money(fee.tax ?? 0, currency))
            if fee.returnFee > 0 { $0.member("return_fee", Money(fee.returnFee, currency)) }
            $0.member("reason", fee.reason)
            $0.member("policy_version", version)
        }
    }

    /// What is kept for units given up since: never more than they are worth, nor than was paid.
    func cancellationFee(for reason: CancelOrder.Reason, after before: Order, _ policy: CancellingPolicy) -> Int64 {
        guard let fee = policy.fee, !fee.waivedFor.contains(reason) else { return 0 }
        let worth = worth(givenUpSince: before, from: fee.from)
        return max(0, min(fee.amount + worth * fee.percent / 100, worth, feeMost))
    }

    /// What may be kept beside what is due: of money that is held, or was taken and neither given back nor kept before.
    /// Of cash that is promised only nothing is: nobody pays a fee at the door.
    var feeMost: Int64 {
        let held = payments.reduce(Int64(0)) { $0 + ($1.isCash ? 0 : $1.capturable) + $1.refundable }
        let coming = payments.reduce(Int64(0)) { $0 + $1.capturePending }
        return max(0, min(covered - due, held - max(0, creditBalance.retained - coming)))
    }

    /// The share of the units given up since, as far as their work had come to a state and nobody has given it back.
    private func worth(givenUpSince before: Order, from state: Fulfillment.State) -> Int64 {
        let reached = ChannelPolicy.cancellableStates.drop { $0 != state }
        let refunded = refundedCancelled(since: before)
        var charged: [Int: Int64] = [:]
        for part in parts(givenUpSince: before) where part.state.map(reached.contains) ?? (state == .open) {
            charged[part.line, default: 0] += part.units
        }
        return zip(lines, lineValues).reduce(0) { sum, pair in
            let (line, value) = pair
            let cancelled = line.cancelled - before.lines[line.number - 1].cancelled
            guard let units = charged[line.number], cancelled > 0 else { return sum }
            let kept = line.ordered - line.cancelled
            let share = self.value(ofFirst: kept + cancelled, of: line, worth: value)
                - self.value(ofFirst: kept, of: line, worth: value) - (refunded[line.number]?.amount ?? 0)
            return sum + share.split(by: [units, cancelled - units])[0]
        }
    }

    /// What the units given up since are worth, by line, less what was given back by hand for them.
    private func worths(givenUpSince before: Order) -> [Int: Int64] {
        let refunded = refundedCancelled(since: before)
        var worths: [Int: Int64] = [:]
        for (line, value) in zip(lines, lineValues) {
            let kept = line.ordered - line.cancelled
            let old = line.ordered - before.lines[line.number - 1].cancelled
            guard old > kept else { continue }
            worths[line.number] = self.value(ofFirst: old, of: line, worth: value)
                - self.value(ofFirst: kept, of: line, worth: value) - (refunded[line.number]?.amount ?? 0)
        }
        return worths
    }

    /// Units with where they were and how far their work had come; without both for those that waited for stock.
    struct GivenUp {
        let line: Int
        let units: Int64
        var location: String?
        var state: Fulfillment.State?
    }

    func parts(givenUpSince before: Order) -> [GivenUp] {
        var parts: [GivenUp] = []
        for (line, old) in zip(lines, before.lines) where line.backordered < old.backordered {
            parts.append(GivenUp(line: line.number, units: old.backordered - line.backordered))
        }
        for old in before.fulfillments where old.state.holdsStock {
            let now = fulfillments.first { $0.number == old.number }
            for entry in old.lines {
                let left = now?.state.holdsStock == true
                    ? now?.lines.first { $0.line == entry.line }?.quantity ?? 0 : 0
                guard left < entry.quantity else { continue }
                parts.append(
                    GivenUp(
                        line: entry.line, units: entry.quantity - left, location: old.location, state: old.state))
            }
        }
        return parts
    }

    /// What a cancellation brought, or would bring: units freed, the fee, and money by what becomes of it.
    func writeCancellation(since before: Order, to json: inout JSONWriter) {
        json.array("freed") { list in
            for part in parts(givenUpSince: before) {
                guard let location = part.location else { continue }
                list.object {
                    $0.member("line", OrderLineID(id, part.line).description)
                    $0.member("sku", line(part.line)?.sku)
                    $0.member("location", location)
                    $0.member("quantity", part.units)
                }
            }
        }
        let fees = cancellationFees.dropFirst(before.cancellationFees.count)
        json.member("fee", Money(fees.reduce(0) { $0 + $1.amount }, currency))
        json.member("fee_tax", Money(fees.reduce(0) { $0 + ($1.tax ?? 0) }, currency))
        let new = effects.dropFirst(before.effects.count)
        for (name, kind) in [("captured", PaymentEffect.Kind.capture), ("voided", .void), ("refunded", .refund)] {
            json.member(name, Money(new.reduce(0) { $1.kind == kind ? $0 + $1.amount : $0 }, currency))
        }
        writeRefunded(since: before, to: &json)
    }
}

extension Order.CancellationFee {
    func write(to json: inout JSONWriter, of order: Order) {
        json.object {
            $0.member("amount", Money(amount, order.currency))
            $0.member("tax", tax.map { Money($0, order.currency) })
            if returnFee > 0 { $0.member("return_fee", Money(returnFee, order.currency)) }
            $0.member("reason", reason)
            $0.member("at", at)
        }
    }

    func store(in json: inout JSONWriter) {
        json.object {
            $0.member("number", number)
            $0.member("amount", amount)
            if let tax { $0.member("tax", tax) }
            if returnFee != 0 { $0.member("return_fee", returnFee) }
            $0.member("reason", reason)
            $0.member("at", at.milliseconds)
            if let subject { $0.member("subject", subject) }
        }
    }

    init(stored json: JSON) throws {
        self.init(
            number: Int(try json.integer("number")), amount: try json.integer("amount"), tax: json["tax"]?.integer,
            returnFee: json["return_fee"]?.integer ?? 0, reason: try json.text("reason"),
            at: Timestamp(milliseconds: try json.integer("at")), subject: json["subject"]?.string)
    }
}

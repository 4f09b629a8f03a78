/// What an amendment would do, or did: units, money, promise, work for the locations, and what is refused.
struct AmendmentPreview {
    let before: Order
    let after: Order
    /// As before, what is priced anew on its new lines: nobody has to do anything for that.
    private let start: Order
    let difference: OrderDifference
    /// Entries that may not be, left out of everything else.
    let refusals: [Refusal.Detail]

    init(from before: Order, to after: Order, refusals: [Refusal.Detail] = []) {
        self.before = before
        self.after = after
        self.start = before.priced(as: after)
        self.difference = OrderDifference(from: before, to: after)
        self.refusals = refusals
    }

    /// Units of the order that wait for stock afterwards.
    var waiting: Int64 { after.lines.reduce(0) { $0 + $1.backordered } }

    /// As members of an object.
    func write(to json: inout JSONWriter) {
        json.name("changes")
        difference.write(to: &json)
        writeMoney(to: &json)
        json.array("promises") { list in
            for fulfillment in after.fulfillments where fulfillment.state.holdsStock && isChanged(fulfillment) {
                list.object { write(fulfillment, to: &$0) }
            }
        }
        json.member("backordered", waiting)
        if waiting > 0 { json.member("expected_at", after.waitsUntil) }
        json.array("put_backs") { list in
            for task in after.putBacks(since: start) {
                list.object {
                    $0.member("fulfillment", FulfillmentID(after.id, task.fulfillment.number).description)
                    $0.member("location", task.fulfillment.location)
                    $0.member("task", task.wasLabelled ? "intercept" : "put_back")
                    if let told = before.courierWord(on: task.fulfillment) { $0.member("told", told.rawValue) }
                    after.writeUnits(task.units, to: &$0)
                }
            }
            for job in after.readdressed(since: start) {
                list.object {
                    $0.member("fulfillment", FulfillmentID(after.id, job.number).description)
                    $0.member("location", job.location)
                    $0.member("task", "readdress")
                    if let told = before.courierWord(on: job) { $0.member("told", told.rawValue) }
                    after.writeUnits(job.unitsByLine, to: &$0)
                }
            }
        }
        json.array("refusals") { list in
            for refusal in refusals {
                list.object {
                    $0.member("pointer", refusal.pointer)
                    $0.member("code", refusal.code.rawValue)
                    $0.member("detail", refusal.detail)
                }
            }
        }
    }

    private func writeMoney(to json: inout JSONWriter) {
        let effects = after.effects.dropFirst(before.effects.count)
        func sum(_ kind: PaymentEffect.Kind) -> Money {
            Money(effects.reduce(0) { $1.kind == kind ? $0 + $1.amount : $0 }, after.currency)
        }
        json.object("money") {
            $0.member("total_before", Money(before.total, before.currency))
            $0.member("total_after", Money(after.total, after.currency))
            $0.member("due_before", Money(before.due, before.currency))
            $0.member("due_after", Money(after.due, after.currency))
            $0.member("authorization_needed", Money(max(0, after.due - after.covered), after.currency))
            $0.member("voided", sum(.void))
            $0.member("refunded", sum(.refund))
            after.writeRefunded(since: before, to: &$0)
            swappedRefunded.write(to: &$0, of: after.id, as: "swapped_refunded")
        }
    }

    /// Units that others take the place of though their worth was given back by hand: what takes their place goes out
    /// for that, as they would have, and nobody is asked for it.
    private var swappedRefunded: [Int: Int64] {
        var units: [Int: Int64] = [:]
        for line in after.lines.dropFirst(before.lines.count) {
            guard let old = line.replaces else { continue }
            units[old] = min((units[old] ?? 0) + line.ordered, before.unitsRefundedByHand(old))
        }
        return units.filter { $0.value > 0 }
    }

    private func isChanged(_ fulfillment: Fulfillment) -> Bool {
        guard let old = start.fulfillments.first(where: { $0.number == fulfillment.number }) else { return true }
        return old.lines != fulfillment.lines || old.deliverBy != fulfillment.deliverBy
    }

    /// What a location would do, and when; one that is not there yet has no name.
    private func write(_ fulfillment: Fulfillment, to json: inout JSONWriter) {
        let isKnown = before.fulfillments.contains { $0.number == fulfillment.number }
        json.member("fulfillment", isKnown ? FulfillmentID(after.id, fulfillment.number).description : nil)
        json.member("location", fulfillment.location)
        json.member("method", fulfillment.method.rawValue)
        json.member(fulfillment.method == .pickup ? "ready_by" : "ship_by", fulfillment.shipBy)
        if fulfillment.method == .ship { json.member("deliver_by", fulfillment.deliverBy) }
        after.writeUnits(Dictionary(uniqueKeysWithValues: fulfillment.lines.map { ($0.line, $0.quantity) }), to: &json)
    }
}

extension Order {
    /// What an amendment would do on the present stock; nothing of it is done.
    ///
    /// Entries that may not be are left out and named.
    /// - Throws: `.illegalTransition` for an order that is over.
    func preview(_ request: AmendmentRequest, _ channel: Channel, in work: Work) throws -> AmendmentPreview {
        try requireOpen()
        var refusals: [Refusal.Detail] = []
        var rest = request
        while true {
            let objections = rest.objections(to: self, channel, in: work)
            do {
                if !objections.isEmpty { throw Refusal(objections) }
                let after = try work.rehearse { work in
                    var order = self
                    try order.amend(rest, channel, in: &work)
                    return order
                }
                return AmendmentPreview(from: self, to: after, refusals: refusals)
            } catch let refusal as Refusal {
                let known = refusals
                refusals += refusal.details.map {
                    .init(AmendmentRequest.pointer($0.pointer, past: known), $0.code, $0.detail)
                }
                let fewer = request.without(refusals)
                guard fewer != rest else { throw refusal }
                rest = fewer
            }
        }
    }

    /// - Throws: `.illegalTransition` unless the order is open.
    func requireOpen() throws(Refusal) {
        let overall = OrderStatus(of: self).overall
        guard overall == .open else {
            throw Refusal(.illegalTransition, "order \(number) is \(overall.rawValue): it cannot be amended any more")
        }
    }
}

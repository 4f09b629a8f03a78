/// What may be done with an order now, until when, and why not: what buttons show and `/permissions` answers.
public struct OrderPermission: Sendable {
    /// The noun of the call: `cancellations`, `holds`, `fulfillments/{id}/shipments`.
    public let action: String
    public let path: String
    public let isAllowed: Bool
    /// Until when, where time decides.
    public let until: Timestamp?
    /// The last state of work in which it is possible, where work decides; a word of the channel's policy.
    public var untilState: String?
    /// Why not; nil when it is allowed.
    public let reason: String?
    /// The most that may be named as its amount; nil where none is named, or more than this decides.
    public var amountMax: Money?
    /// Principals to whom it is not allowed all the same: an approval takes a second person.
    var excluded: [String] = []
    /// The location whose goods it moves; nil where that is none in particular.
    var location: String?
    /// Of goodwill and what is written off: why somebody may give none, or no more; nil where they may.
    var objectionTo: (@Sendable (Principal) -> String?)?

    /// The scope that the call needs.
    private var scope: Scope {
        if path.hasPrefix("/v1/fulfillments/") { return .fulfillmentsWrite }
        let ofMoney = ["payments", "outcomes", "retries", "voids", "captures", "refunds", "write-offs"]
        if action == "goodwill" { return .goodwillWrite }
        if ofMoney.contains(action) { return .paymentsWrite }
        return ["returns", "exchanges"].contains(action) || path.hasPrefix("/v1/returns/")
            || path.hasPrefix("/v1/parcels/")
            ? .returnsWrite : .ordersWrite
    }

    /// The same for a caller: what their key has no scope for is not allowed to them.
    public func limited(to principal: Principal) -> OrderPermission {
        guard isAllowed else { return self }
        let reason: String
        if !principal.may(scope) {
            reason = "this key lacks the scope \(scope.rawValue)"
        } else if excluded.contains(principal.name) {
            reason = "it takes another person than the one who placed or amended the order"
        } else if let objection = objectionTo?(principal) {
            reason = objection
        } else if let location, !principal.sees(location: location) {
            reason = "it is done at \(location), and this key is limited to other locations"
        } else {
            return self
        }
        return OrderPermission(
            action: action, path: path, isAllowed: false, until: until, untilState: untilState, reason: reason)
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("action", action)
            $0.member("path", path)
            $0.member("allowed", isAllowed)
            $0.member("until", until)
            $0.member("until_state", untilState)
            $0.member("reason", reason)
            $0.member("amount_max", isAllowed ? amountMax : nil)
        }
    }
}

extension Order {
    /// Every action on the order and on its fulfillments and returns.
    ///
    /// - Parameters:
    ///   - agreed: The channel as it was when the order was placed; nil where that is the same, or nobody asks for
    ///     returns.
    ///   - now: The day on which returns are asked for.
    ///   - finalSales: SKUs of the order that never come back.
    public func permissions(
        _ channel: Channel, agreed: Channel? = nil, at now: Timestamp, finalSales: Set<String> = []
    ) -> [OrderPermission] {
        let rules = ReturnRules(channel, agreed: agreed, finalSales: finalSales, at: now)
        var list: [OrderPermission] = []
        let overall = OrderStatus(of: self).overall
        func add(
            _ action: String, on path: String = "", until: Timestamp? = nil, unless reason: String?, not: [String] = []
        ) {
            list.append(
                OrderPermission(
                    action: action, path: "/v1/orders/\(id)/\(path.isEmpty ? action : path)", isAllowed: reason == nil,
                    until: until, reason: reason, excluded: not))
        }
        let isOver = overall == .open ? nil : "the order is \(overall.rawValue)"
        list += cancellationPermissions(channel, at: now)
        list += amendmentPermissions(channel, at: now)
        add("holds", unless: isOver ?? objectionToMoreHolds)
        for hold in holds where hold.stands {
            add("liftings", on: "holds/\(HoldID(id, hold.number))/liftings", unless: nil)
        }
        for gate in gates where gate.state != .passed {
            let isTimed = gate.timeOut == .pass || gate.timeOut == .cancel
            add("stages/\(gate.name)", until: isTimed ? gate.due : nil, unless: isOver, not: asker(of: gate) ?? [])
        }
        let isMovable = fulfillments.contains { $0.state == .open && $0.transfer == nil }
        let canSource = isMovable || lines.contains { $0.backordered > 0 }
        let notToSource = canSource ? nil : "no unit is backordered or unreleased"
        add("sourcings", unless: notToSource)
        if !rejectingLocations.isEmpty { add("sourcings_asking_again", on: "sourcings", unless: notToSource) }
        add("payments", unless: objectionToPayments ?? objectionToPayingBeside)
        let capturable = payments.reduce(Int64(0)) { $0 + $1.capturable }
        let isTakeable = capturable > 0 && taken < due
        add("captures", unless: isTakeable ? objectionToTakingBeside : "nothing is authorized and still owed")
        list[list.count - 1].amountMax = Money(max(0, min(capturable, due - taken)), currency)
        let refundable = payments.reduce(Int64(0)) { $0 + $1.refundable }
        let isCreditable = creditBalance.creditable > 0
        let notToGive = refundable <= 0
            ? "nothing is captured that was not refunded" : isCreditable ? nil : "all that was taken is credited"
        add("refunds", unless: notToGive)
        for payment in payments where payment.state == .pending {
            add("outcomes", on: "payments/\(PaymentID(id, payment.number))/outcomes", unless: nil)
        }
        addRepeats(ofPayments: &list)
        addGoodwill(channel.policy.paying, unless: notToGive, to: &list)
        addWriteOff(channel.policy.paying, to: &list)
        for memo in memos where outstanding(of: memo) > 0 {
            add("refunds", on: "credit-memos/\(memo.name)/refunds", unless: nil)
        }
        add("notes", unless: objectionToMoreNotes)
        let hasManyLinks = linkRenewals >= RenewCustomerLink.renewalsMax
        add("customer-links", unless: hasManyLinks ? "it has had as many links as an order may have" : nil)
        addReturns(rules, to: &list)
        for fulfillment in fulfillments { addActions(on: fulfillment, channel, at: now, to: &list) }
        for parcel in parcels where !parcel.lines.isEmpty { addActions(on: parcel, to: &list) }
        for entry in returns { addActions(on: entry, to: &list) }
        return list
    }

    /// Goodwill has a limit of its own for each who gives it: whoever has given theirs, or has none, may give no more.
    private func addGoodwill(_ policy: PaymentPolicy, unless reason: String?, to list: inout [OrderPermission]) {
        let order = self
        list.append(
            OrderPermission(
                action: "goodwill", path: "/v1/orders/\(id)/goodwill", isAllowed: reason == nil, until: nil,
                reason: reason,
                objectionTo: { principal in
                    guard order.goodwillLeft(for: principal, policy) == 0 else { return nil }
                    return "you have given as much goodwill on this order as you may. \(policy.whoMayGiveGoodwill)"
                }))
    }

    private func addWriteOff(_ policy: PaymentPolicy, to list: inout [OrderPermission]) {
        let (order, reason) = (self, objectionToWriteOff)
        list.append(
            OrderPermission(
                action: "write-offs", path: "/v1/orders/\(id)/write-offs", isAllowed: reason == nil, until: nil,
                reason: reason,
                objectionTo: { principal in
                    guard order.writeOffLeft(for: principal, policy) == 0 else { return nil }
                    return "as much of this order is written off as you may. \(PaymentPolicy.whoMayWriteOff)"
                }))
    }

    /// What a provider refused, and can be asked for once more.
    private func addRepeats(ofPayments list: inout [OrderPermission]) {
        for payment in payments {
            var possible: [String] = []
            if payment.state == .declined, objectionToAskingAgain(for: payment) == nil { possible.append("retries") }
            if heldBeyondNeed(by: payment) > 0 { possible.append("voids") }
            for action in possible {
                list.append(
                    OrderPermission(
                        action: action, path: "/v1/orders/\(id)/payments/\(PaymentID(id, payment.number))/\(action)",
                        isAllowed: true, until: nil, reason: nil))
            }
        }
    }

    private func addReturns(_ rules: ReturnRules, to list: inout [OrderPermission]) {
        let answers = lines.flatMap { returnable($0, by: rules) }
        let granted = answers.filter { $0.units > 0 }
        let objections = answers.compactMap(\.objection)
        let reason = objections.first { $0.code == .returnWindowClosed } ?? objections.first
        list.append(
            OrderPermission(
                action: "returns", path: "/v1/orders/\(id)/returns", isAllowed: !granted.isEmpty,
                until: granted.compactMap(\.until).max(),
                reason: granted.isEmpty ? reason?.text ?? "nothing was sent" : nil))
        let isOffered = rules.policy.exchanges != .none
        list.append(
            OrderPermission(
                action: "exchanges", path: "/v1/orders/\(id)/exchanges", isAllowed: isOffered && !granted.isEmpty,
                until: isOffered ? granted.compactMap(\.until).max() : nil,
                reason: !isOffered
                    ? "the channel exchanges nothing" : granted.isEmpty ? reason?.text ?? "nothing was sent" : nil))
    }

    /// Whether a fulfillment has parcels, and none of them will come.
    func isAllGone(_ fulfillment: Fulfillment) -> Bool {
        let boxes = boxes(of: fulfillment.number)
        return !boxes.isEmpty && boxes.allSatisfy(\.state.isFinal)
    }

    private func addActions(on parcel: Parcel, to list: inout [OrderPermission]) {
        addClaim(on: parcel, to: &list)
        addNumbers(of: parcel, to: &list)
        guard parcel.state == .packed || parcel.state == .labelled, objectionToCarrying(parcel) == nil else { return }
        let name = ParcelID(id, parcel.number)
        let hold = hold(on: parcel.lines.map(\.line)).map { "\(words(of: $0)) on hold: \($0.reason)" }
        let isAsked = parcel.label?.state == .pending ? "its courier is being asked for a label" : nil
        let isGone = isKnownToHaveLeft(parcel) ? "its courier has told that it is on its way" : nil
        for (action, objection) in [
            ("labels", hold ?? isAsked), ("voidings", parcel.label == nil ? "the parcel bears no label" : isGone),
        ] {
            list.append(
                OrderPermission(
                    action: action, path: "/v1/parcels/\(name)/\(action)", isAllowed: objection == nil, until: nil,
                    reason: objection))
        }
    }

    /// Which label it goes by, and whether its courier means it: asked where there is more than one answer.
    private func addNumbers(of parcel: Parcel, to list: inout [OrderPermission]) {
        let name = ParcelID(id, parcel.number)
        if let restoration = restoration(of: parcel) {
            list.append(
                OrderPermission(
                    action: "restorations", path: "/v1/parcels/\(name)/restorations",
                    isAllowed: restoration.isPossible, until: nil, reason: restoration.objection))
        }
        guard parcel.objectionToIdentifying == nil else { return }
        list.append(
            OrderPermission(
                action: "identifications", path: "/v1/parcels/\(name)/identifications", isAllowed: true, until: nil,
                reason: nil))
    }

    private func addClaim(on parcel: Parcel, to list: inout [OrderPermission]) {
        let name = ParcelID(id, parcel.number)
        func add(_ action: String, unless objection: String?) {
            list.append(
                OrderPermission(
                    action: action, path: "/v1/parcels/\(name)/\(action)", isAllowed: objection == nil, until: nil,
                    reason: objection))
        }
        if parcel.state.isSent, parcel.state != .delivered || isSentOnceMoreFromWrongDoor(parcel) {
            add("deliveries", unless: objectionToArrival(parcel)?.explanation)
        }
        let isClaimable = parcel.state == .lost || !parcel.state.isFinal
        if isClaimable || parcel.state == .returnedToSender { add("claims", unless: objectionToClaim(parcel)) }
        if isClaimable || parcel.state == .returnedToSender || isAtWrongDoor(parcel) || parcel.isDisputed {
            add("reshipments", unless: objectionToReship(parcel))
        }
    }

    private func addActions(
        on fulfillment: Fulfillment, _ channel: Channel, at now: Timestamp, to list: inout [OrderPermission]
    ) {
        let name = FulfillmentID(id, fulfillment.number)
        let numbers = fulfillment.lines.map(\.line)
        let hold = hold(on: numbers)
        if fulfillment.state == .ready {
            list.append(
                OrderPermission(
                    action: "extensions", path: "/v1/fulfillments/\(name)/extensions", isAllowed: true,
                    until: fulfillment.collectBy, reason: nil, location: fulfillment.location))
        }
        for (action, noun) in Fulfillment.State.Action.nouns {
            var reason: String?
            if action.method ?? fulfillment.method != fulfillment.method {
                continue
            } else if fulfillment.moves[action] == nil {
                reason = "the fulfillment is \(fulfillment.state.rawValue)"
            } else if action == .release, let transfer = fulfillment.transfer {
                reason = "its units are still to come by the transfer \(transfer)"
            } else if action == .deliver, isAllGone(fulfillment) {
                reason = "no parcel of it is under way: all are lost or sent back"
            } else if action == .release, let stage {
                reason = "the order has not passed the stage \(stage)"
            } else if [.release, .ship, .collect].contains(action),
                let objection = objectionToLeaving(fulfillment, at: now)
            {
                reason = objection
            } else if action == .ship || action == .collect, let objection = objectionOfStages {
                reason = objection
            } else if action == .cancel || action == .unpack, let parcel = departed(of: fulfillment) {
                reason = "its courier has told that the parcel \(ParcelID(id, parcel.number)) is on its way"
            } else if action == .cancel {
                reason = fulfillment.objectionToCancelling(channel.policy)
            } else if action == .expire {
                reason = fulfillment.objectionToGivingUp(at: now)
            } else if let hold, action != .cancel, action != .reject, action != .deliver {
                reason = "\(words(of: hold)) on hold: \(hold.reason)"
            } else if action == .ship, let objection = objectionToShipping(fulfillment, channel.policy.shipping) {
                reason = objection.reason
                if objection.canNameCourier {
                    list.append(
                        OrderPermission(
                            action: "shipments_by_hand", path: "/v1/fulfillments/\(name)/\(noun)", isAllowed: true,
                            until: nil, reason: nil, location: fulfillment.location))
                }
            }
            // What can never follow from here is left out: nobody looks for it.
            if reason != nil && fulfillment.state.isFinal { continue }
            list.append(
                OrderPermission(
                    action: noun, path: "/v1/fulfillments/\(name)/\(noun)", isAllowed: reason == nil, until: nil,
                    untilState: action == .cancel ? lastState(until: channel.policy.cancellableUntil) : nil,
                    reason: reason, location: fulfillment.location))
        }
    }

    /// Why parcels may not leave as they are, though everything else is ready; and whether they may where their courier
    /// is named: what `ShipFulfillment` would say to a call that names none.
    private func objectionToShipping(
        _ fulfillment: Fulfillment, _ policy: CourierPolicy
    ) -> (reason: String, canNameCourier: Bool)? {
        let boxes = boxes(of: fulfillment.number)
        if let parcel = boxes.first(where: { $0.label?.state == .pending }) {
            return ("the label of the parcel \(ParcelID(id, parcel.number)) is being bought", false)
        }
        guard policy.labels == .automatic, let parcel = boxes.first(where: { $0.label == nil && $0.courier == nil })
        else { return nil }
        return (
            "the parcel \(ParcelID(id, parcel.number)) bears no label: buy it, or name "
                + (boxes.count == 1 ? "the parcel" : "all \(boxes.count) parcels, this one")
                + " with its courier and tracking number", true
        )
    }

    private func addActions(on entry: Return, to list: inout [OrderPermission]) {
        if !entry.absent.isEmpty {
            let objection = objectionToReopening(entry)
            list.append(
                OrderPermission(
                    action: "reopenings", path: "/v1/returns/\(ReturnID(id, entry.number))/reopenings",
                    isAllowed: objection == nil, until: nil, reason: objection, location: entry.standsAt))
        }
        let canBeJudgedAgain = entry.lines.contains { $0.refurbished > 0 && $0.toInspect == 0 }
        guard entry.state.isOpen || canBeJudgedAgain else { return }
        for (action, noun) in Return.State.Action.nouns {
            let isPossible = entry.state.exits[action] != nil || action == .inspect && canBeJudgedAgain
            list.append(
                OrderPermission(
                    action: noun, path: "/v1/returns/\(ReturnID(id, entry.number))/\(noun)", isAllowed: isPossible,
                    until: action == .send && isPossible ? entry.terms.expiresAt : nil,
                    reason: isPossible ? nil : "the return is \(entry.state.rawValue)", location: entry.standsAt))
        }
        guard entry.hasOwnParcel else { return }
        let objection = entry.objectionToLabel
        list.append(
            OrderPermission(
                action: "labels", path: "/v1/returns/\(ReturnID(id, entry.number))/labels",
                isAllowed: objection == nil, until: nil, reason: objection, location: entry.standsAt))
        guard entry.objectionToIdentifying == nil else { return }
        list.append(
            OrderPermission(
                action: "identifications", path: "/v1/returns/\(ReturnID(id, entry.number))/identifications",
                isAllowed: true, until: nil, reason: nil, location: entry.standsAt))
    }
}

extension Fulfillment.State.Action {
    /// The calls that people make, in the order of work.
    public static let nouns: [(Self, String)] = [
        (.release, "releases"), (.accept, "acceptances"), (.reject, "rejections"), (.pick, "picks"),
        (.pack, "packings"), (.unpack, "unpackings"), (.ship, "shipments"), (.makeReady, "readiness"),
        (.collect, "collections"), (.deliver, "deliveries"), (.expire, "expirations"), (.cancel, "cancellations"),
    ]
}

extension Return.State.Action {
    public static let nouns: [(Self, String)] = [
        (.approve, "approvals"), (.reject, "rejections"), (.send, "sendings"), (.receive, "receipts"),
        (.inspect, "inspections"), (.settle, "settlements"),
    ]
}

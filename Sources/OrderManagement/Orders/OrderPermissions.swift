/// What may be done with an order now, until when, and why not: what buttons show and `/permissions` answers.
public struct OrderPermission: Sendable {
    /// The noun of the call: `cancellations`, `holds`, `fulfillments/{id}/shipments`.
    public let action: String
    public let path: String
    public let isAllowed: Bool
    /// Until when, where time decides.
    public let until: Timestamp?
    /// Why not; nil when it is allowed.
    public let reason: String?

    /// The scope that the call needs.
    private var scope: Scope {
        if path.hasPrefix("/v1/fulfillments/") { return .fulfillmentsWrite }
        if ["payments", "outcomes", "captures", "refunds", "goodwill"].contains(action) { return .paymentsWrite }
        return action == "returns" || path.hasPrefix("/v1/returns/") ? .returnsWrite : .ordersWrite
    }

    /// The same for a caller: what their key has no scope for is not allowed to them.
    public func limited(to principal: Principal) -> OrderPermission {
        guard isAllowed, !principal.may(scope) else { return self }
        return OrderPermission(
            action: action, path: path, isAllowed: false, until: until,
            reason: "this key lacks the scope \(scope.rawValue)")
    }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("action", action)
            $0.member("path", path)
            $0.member("allowed", isAllowed)
            $0.member("until", until)
            $0.member("reason", reason)
        }
    }
}

extension Order {
    /// Every action on the order and on its fulfillments and returns.
    public func permissions(_ channel: Channel) -> [OrderPermission] {
        var list: [OrderPermission] = []
        let overall = OrderStatus(of: self).overall
        func add(_ action: String, on path: String = "", until: Timestamp? = nil, unless reason: String?) {
            list.append(
                OrderPermission(
                    action: action, path: "/v1/orders/\(id)/\(path.isEmpty ? action : path)", isAllowed: reason == nil,
                    until: until, reason: reason))
        }
        let isOver = overall == .open ? nil : "the order is \(overall.rawValue)"
        // Time decides only where units can be cancelled no longer than they are open: the gates' times end that.
        let isUntilRelease = channel.policy.cancellableUntil == Fulfillment.State.open.rawValue
        add(
            "cancellations", until: isUntilRelease ? gates.first { $0.state == .pending }?.due : nil,
            unless: reasonNotToCancel(channel.policy))
        add("holds", unless: isOver)
        for hold in holds where hold.stands {
            add("liftings", on: "holds/\(HoldID(id, hold.number))/liftings", unless: nil)
        }
        for gate in gates where gate.state != .passed {
            add("stages/\(gate.name)", until: gate.due, unless: isOver)
        }
        let canSource = lines.contains { $0.backordered > 0 } || fulfillments.contains { $0.state == .open }
        add("sourcings", unless: canSource ? nil : "no unit is backordered or unreleased")
        add("payments", unless: overall == .cancelled ? "the order is cancelled" : nil)
        let capturable = payments.reduce(Int64(0)) { $0 + $1.capturable }
        let taken = payments.reduce(Int64(0)) { $0 + $1.captured + $1.capturePending }
        add("captures", unless: capturable > 0 && taken < due ? nil : "nothing is authorized and still owed")
        let refundable = payments.reduce(Int64(0)) { $0 + $1.refundable }
        add("refunds", unless: refundable > 0 ? nil : "nothing is captured that was not refunded")
        for payment in payments where payment.state == .pending {
            add("outcomes", on: "payments/\(PaymentID(id, payment.number))/outcomes", unless: nil)
        }
        add("goodwill", unless: refundable > 0 ? nil : "nothing is captured that was not refunded")
        for memo in memos where outstanding(of: memo) > 0 {
            add("refunds", on: "credit-memos/\(memo.name)/refunds", unless: nil)
        }
        add("notes", unless: nil)
        addReturns(channel, to: &list)
        for fulfillment in fulfillments { addActions(on: fulfillment, to: &list) }
        for entry in returns { addActions(on: entry, to: &list) }
        return list
    }

    private func reasonNotToCancel(_ policy: ChannelPolicy) -> String? {
        guard lines.contains(where: { $0.open > 0 }) else { return "no unit is open: all are sent or cancelled" }
        let states = Fulfillment.State.cancellable(until: policy.cancellableUntil)
        let isPossible = lines.contains { $0.backordered > 0 } || fulfillments.contains { states.contains($0.state) }
        return isPossible ? nil : "units could be cancelled until they were \(policy.cancellableUntil)"
    }

    private func addReturns(_ channel: Channel, to list: inout [OrderPermission]) {
        let left = lines.contains { $0.shipped - $0.returned - announced($0.number) > 0 }
        let until = lastDelivery.map { $0 + .days(channel.policy.returnDays) }
        list.append(
            OrderPermission(
                action: "returns", path: "/v1/orders/\(id)/returns", isAllowed: left, until: until,
                reason: left ? nil : "no unit is with the customer"))
    }

    private func addActions(on fulfillment: Fulfillment, to list: inout [OrderPermission]) {
        let name = FulfillmentID(id, fulfillment.number)
        let numbers = fulfillment.lines.map(\.line)
        let hold = hold(on: numbers)
        for (action, noun) in Fulfillment.State.Action.nouns {
            var reason: String?
            if (action == .ship || action == .deliver) && fulfillment.method == .pickup
                || (action == .makeReady || action == .collect) && fulfillment.method == .ship
            {
                continue
            } else if fulfillment.state.exits[action] == nil {
                reason = "the fulfillment is \(fulfillment.state.rawValue)"
            } else if action == .release, let stage {
                reason = "the order has not passed the stage \(stage)"
            } else if let hold, action != .cancel, action != .reject, action != .deliver {
                reason = "the order is on hold: \(hold.reason)"
            }
            // What can never follow from here is left out: nobody looks for it.
            if reason != nil && fulfillment.state.isFinal { continue }
            list.append(
                OrderPermission(
                    action: noun, path: "/v1/fulfillments/\(name)/\(noun)", isAllowed: reason == nil, until: nil,
                    reason: reason))
        }
    }

    private func addActions(on entry: Return, to list: inout [OrderPermission]) {
        guard entry.state.isOpen else { return }
        for (action, noun) in Return.State.Action.nouns {
            guard action != .receive || entry.lines.contains(where: { $0.received < $0.quantity }) else { continue }
            let isPossible = entry.state.exits[action] != nil
            list.append(
                OrderPermission(
                    action: noun, path: "/v1/returns/\(ReturnID(id, entry.number))/\(noun)", isAllowed: isPossible,
                    until: nil, reason: isPossible ? nil : "the return is \(entry.state.rawValue)"))
        }
    }
}

extension Fulfillment.State.Action {
    /// The calls that people make, in the order of work.
    public static let nouns: [(Self, String)] = [
        (.release, "releases"), (.accept, "acceptances"), (.reject, "rejections"), (.pick, "picks"),
        (.pack, "packings"), (.unpack, "unpackings"), (.ship, "shipments"), (.makeReady, "readiness"),
        (.collect, "collections"), (.deliver, "deliveries"), (.cancel, "cancellations"),
    ]
}

extension Return.State.Action {
    public static let nouns: [(Self, String)] = [
        (.approve, "approvals"), (.reject, "rejections"), (.receive, "receipts"), (.inspect, "inspections"),
        (.settle, "settlements"),
    ]
}

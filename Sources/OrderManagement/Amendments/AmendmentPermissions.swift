/// What of an order may be amended now, kind by kind, and why not: `amendments/swap` and the like, all by one call.
extension Order {
    func amendmentPermissions(_ channel: Channel, at now: Timestamp) -> [OrderPermission] {
        let overall = OrderStatus(of: self).overall
        var inTheWay = overall == .open ? nil : "the order is \(overall.rawValue)"
        let path = "/v1/orders/\(id)/amendments"
        var list: [OrderPermission] = []
        func add(_ action: String, on path: String, until: Timestamp? = nil, unless reason: String?) {
            list.append(
                OrderPermission(
                    action: action, path: path, isAllowed: reason == nil, until: until, reason: reason))
        }
        func add(_ name: String, _ kind: AmendingPolicy.Kind, by policy: AmendingPolicy) {
            let reason = inTheWay ?? reasonNotToAmend(kind, policy)
            let states = policy.states(for: kind)
            list.append(
                OrderPermission(
                    action: "amendments/\(name)", path: path, isAllowed: reason == nil,
                    until: reason == nil ? end(ofWorkIn: states, channel.policy, at: now) : nil,
                    untilState: states.last?.rawValue ?? AmendingPolicy.Limit.never.rawValue, reason: reason))
        }
        if let open = openAmendment, let staged = open.staged {
            let name = AmendmentID(id, open.number)
            let isStale = staged.version != version
            if !isStale { inTheWay = "\(name) is open until \(staged.expiresAt): commit or drop it first" }
            add(
                "amendments/commitments", on: "\(path)/\(name)/commitments", until: staged.expiresAt,
                unless: isStale ? "the order has changed since it was previewed: stage it again" : nil)
            add("amendments/drops", on: "\(path)/\(name)", until: staged.expiresAt, unless: nil)
        }
        inTheWay = inTheWay ?? objectionToMoreAmendments
        add("amendments", on: path, unless: inTheWay)
        for (name, kind) in Self.amendable {
            guard name != "address" || delivery.method == .ship else { continue }
            add(name, kind, by: channel.policy.amending)
        }
        if delivery.method == .ship, channel.policy.amending.customersAddressUntil != nil {
            add("address_by_customer", .address, by: channel.policy.amending.forCustomers)
        }
        // Contact details and what shipping costs may change as long as the order is open.
        add("amendments/customer", on: path, unless: inTheWay)
        add("amendments/shipping", on: path, unless: inTheWay ?? objectionToOtherShipping)
        return list
    }

    private static let amendable: [(String, AmendingPolicy.Kind)] = [
        ("add", .add), ("quantity", .quantity), ("remove", .remove), ("swap", .swap), ("price", .price),
        ("address", .address), ("method", .method),
    ]

    private func reasonNotToAmend(_ kind: AmendingPolicy.Kind, _ policy: AmendingPolicy) -> String? {
        switch kind {
        case .add: return objection(to: kind, policy, at: "")?.detail
        case .quantity:
            // Raised like adding; lowered while units can be taken out, also of a parcel that is to be stopped for it.
            guard let objection = objection(to: kind, policy, at: "") else { return nil }
            let canBeLowered = lines.contains {
                $0.wanted > 1 && self.objection(to: kind, 1, of: $0, policy, at: "") == nil
            }
            return canBeLowered ? nil : objection.detail
        case .address, .method: return objection(toDelivering: kind, policy)?.detail
        case .remove:
            let wanted = lines.filter { $0.wanted > 0 }
            guard wanted.count > 1 else { return "it has one line: cancel the order instead" }
            let objections = wanted.map { objection(to: kind, $0.wanted, of: $0, policy, at: "") }
            return objections.contains(nil) ? nil : objections.first??.detail
        case .price:
            let open = lines.filter { $0.open > 0 }
            guard !open.isEmpty else { return "no unit is open: all are sent or cancelled" }
            let objections = open.map { objection(toPricing: $0, policy, at: "") }
            return objections.contains(nil) ? nil : objections.first??.detail
        case .swap:
            let wanted = lines.filter { $0.wanted > 0 }
            let objections = wanted.map { objection(to: kind, 1, of: $0, policy, at: "") }
            return objections.isEmpty || objections.contains(nil) ? nil : objections.first??.detail
        }
    }
}

/// Who may be asked outside: the names of payment providers and of courier connections.
public struct Connected: Sendable {
    /// nil takes every name.
    public var providers: Set<String>?
    /// nil takes every name.
    public var couriers: Set<String>?

    public init(providers: Set<String>? = nil, couriers: Set<String>? = nil) {
        self.providers = providers
        self.couriers = couriers
    }
}

extension Work {
    /// What is wrong with the name of a payment provider; nil if somebody answers to it.
    func objection(to provider: String, at pointer: @autoclosure () -> String) -> Refusal.Detail? {
        rows.connected.objection(toProvider: provider, at: pointer())
    }

    /// What is wrong with the connections of a list of couriers, each at its place; none where somebody answers to all.
    func objections(toConnectionsOf couriers: [Courier]) -> [Refusal.Detail] {
        rows.connected.objections(toConnectionsOf: couriers)
    }
}

extension Connected {
    fileprivate func objection(
        toProvider provider: String, at pointer: @autoclosure () -> String
    ) -> Refusal.Detail? {
        guard let known = providers, !known.contains(provider) else { return nil }
        let own: Set = [StoreCredit.provider, CashOnDelivery.provider]
        guard !own.contains(provider) else { return nil }
        let names = known.union(own).sorted().joined(separator: ", ")
        return .init(
            pointer(), .unknownProvider, "no payment provider is connected as \(provider); there are: \(names)")
    }

    /// What is wrong with the providers that a channel's policy names, each at its place. One that the channel in force
    /// names already may stay: its payments outlive its connection.
    func objections(toProvidersOf channel: Channel, over present: Channel?, at pointer: String) -> [Refusal.Detail] {
        let (paying, before) = (channel.policy.paying, present?.policy.paying)
        let kept = before.map { Set($0.captureOrder + $0.refundOrder + $0.providers.keys) } ?? []
        var wrong: [Refusal.Detail] = []
        for (member, names) in [("capture_order", paying.captureOrder), ("refund_order", paying.refundOrder)] {
            for (index, name) in names.enumerated() where !kept.contains(name) {
                objection(toProvider: name, at: "\(pointer)/\(member)/\(index)").map { wrong.append($0) }
            }
        }
        for name in paying.providers.keys.sorted() where !kept.contains(name) {
            objection(toProvider: name, at: pointer + "/providers").map { wrong.append($0) }
        }
        return wrong
    }

    /// What is wrong with the connections of a list of couriers, each at its place; none where somebody answers to all.
    func objections(toConnectionsOf carriers: [Courier]) -> [Refusal.Detail] {
        carriers.enumerated().compactMap { index, courier in
            objection(toConnection: courier.connection, at: "/couriers/\(index)/connection")
        }
    }

    private func objection(toConnection name: String, at pointer: String) -> Refusal.Detail? {
        guard let known = couriers, name != Courier.ownConnection, !known.contains(name) else {
            return nil
        }
        let names = known.union([Courier.ownConnection]).sorted().joined(separator: ", ")
        return .init(pointer, .unknownConnection, "no labels are sold by \(name); there are: \(names)")
    }
}

/// Adds couriers, or changes what is known of them; the code is their identity.
///
/// - Throws: `.unknownConnection` for labels that nobody here sells; `.unknownCourier` without a service by which a
///   channel's rules send, and for one that is put aside where a rule names nobody else; `.unknownLocation` for one
///   where it is to collect.
public struct SaveCouriers: Command {
    public static let name = "save-couriers"
    public static var isAlone: Bool { true }
    public static let couriersMax = 200
    public let couriers: [Courier]

    public init(couriers: [Courier]) { self.couriers = couriers }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        let objections = work.objections(toConnectionsOf: couriers)
            + work.configuration.objections(toServicesOf: couriers)
            + work.configuration.objections(toOriginsOf: couriers)
        if !objections.isEmpty { throw Refusal(objections) }
        let changed = couriers.filter { work.configuration.couriers[$0.code] != $0 }
        if !changed.isEmpty { Courier.save(changed, in: &work) }
        var json = JSONWriter()
        json.object {
            $0.member("couriers", couriers.count)
            $0.member("changed", changed.count)
        }
        return Reply(body: json.text)
    }
}

extension Configuration {
    /// What is wrong with couriers that are to be saved: a service by which a channel's rules send is not there, or a
    /// rule would be left with nobody who carries parcels now. Whoever names others beside them goes on with those.
    ///
    /// - Parameter changed: Channels that are to be otherwise, and whose rules are checked with them.
    func objections(toServicesOf carriers: [Courier], beside changed: [Channel] = []) -> [Refusal.Detail] {
        let next = with(locations: [], couriers: carriers)
        let kept = channels.values.filter { known in !changed.contains { $0.code == known.code } }
        var wrong: [Refusal.Detail] = []
        for (index, courier) in carriers.enumerated() {
            let isPutAside = !courier.isActive && couriers[courier.code]?.isActive == true
            for channel in (kept + changed).sorted(by: { $0.code < $1.code }) {
                for (number, rule) in channel.policy.shipping.rules.enumerated() {
                    let named = rule.services.filter { CourierPolicy.Rule.parts(of: $0).first == courier.code }
                    guard !named.isEmpty else { continue }
                    let place = "rule \(number + 1) of the channel \(channel.code) sends by"
                    let gone = changed.contains { $0.code == channel.code } ? [] : named.filter { !next.offers($0) }
                    wrong += gone.map {
                        .init(
                            "/couriers/\(index)/services", .unknownCourier,
                            "\(place) \($0), which would be gone: change that rule first")
                    }
                    guard isPutAside, !rule.services.contains(where: next.isCarried(by:)) else { continue }
                    wrong.append(
                        .init(
                            "/couriers/\(index)/active", .unknownCourier,
                            "\(place) \(rule.services.joined(separator: ", ")): nobody would take its parcels. Change "
                                + "that rule first, or leave \(courier.code) active"))
                }
            }
        }
        return wrong
    }

    /// Whether there is a service that a rule names.
    private func offers(_ name: String) -> Bool {
        let parts = CourierPolicy.Rule.parts(of: name)
        return parts.count == 2 && couriers[parts[0]]?.offers(parts[1]) == true
    }

    /// Whether its courier carries parcels now.
    private func isCarried(by name: String) -> Bool {
        CourierPolicy.Rule.parts(of: name).first.flatMap { couriers[$0] }?.isActive == true
    }
}

extension Courier {
    /// Saves couriers that are new or differ.
    static func save(_ changed: [Courier], in work: inout Work) {
        work.write { try CourierStore.save(changed, in: $0) }
        work.changeConfiguration()
        work.record(.configurationChanged) {
            $0.member("kind", "couriers")
            $0.array("codes") { list in for courier in changed { list.value(courier.code) } }
        }
    }
}

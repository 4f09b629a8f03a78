/// Adds couriers, or changes what is known of them; the code is their identity.
///
/// - Throws: `.unknownConnection` for labels that nobody here sells; `.unknownCourier` without a service by which a
///   channel's rules send; `.unknownLocation` for one where it is to collect.
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
    /// What is wrong with the services of couriers that are to be saved: one that a channel's rules name is not there.
    fileprivate func objections(toServicesOf couriers: [Courier]) -> [Refusal.Detail] {
        couriers.enumerated().flatMap { index, courier in
            channels.values.sorted { $0.code < $1.code }.flatMap { channel in
                channel.policy.shipping.rules.enumerated().flatMap { number, rule in
                    rule.services.compactMap { name -> Refusal.Detail? in
                        let parts = CourierPolicy.Rule.parts(of: name)
                        guard parts.count == 2, parts[0] == courier.code, !courier.offers(parts[1]) else { return nil }
                        return .init(
                            "/couriers/\(index)/tariff/services", .unknownCourier,
                            "rule \(number + 1) of the channel \(channel.code) sends by \(name), which would be "
                                + "gone: change that rule first")
                    }
                }
            }
        }
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

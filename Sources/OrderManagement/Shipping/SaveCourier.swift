/// Adds couriers, or changes what is known of them; the code is their identity.
///
/// - Throws: `.unknownConnection` for labels that nobody here sells.
public struct SaveCouriers: Command {
    public static let name = "save-couriers"
    public static var isAlone: Bool { true }
    public static let couriersMax = 200
    public let couriers: [Courier]

    public init(couriers: [Courier]) { self.couriers = couriers }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        let objections = work.objections(toConnectionsOf: couriers)
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

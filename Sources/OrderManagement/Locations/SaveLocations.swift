/// Adds locations, or changes what is known of them; the code is their identity.
///
/// The answer names what is odd in where couriers collect once these are there, as saving a courier does.
/// - Throws: `.invalidInput` for a pause that would be over, or end in many years; `.unknownCourier` for a cut-off of
///   one.
public struct SaveLocations: Command {
    public static let name = "save-locations"
    public static var isAlone: Bool { true }
    public static let locationsMax = 5_000
    public let locations: [Location]
    /// Whether they stand in a list: where a wrong one is, goes by that.
    public let isList: Bool

    public init(locations: [Location], isList: Bool = true) { (self.locations, self.isList) = (locations, isList) }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        let changed = locations.filter { work.configuration.locations[$0.code] != $0 }
        let place: (Int) -> String = { isList ? "/locations/\($0)" : "" }
        let wrong = work.configuration.objections(toPausesOf: locations, at: work.now) { place($0) + "/paused_until" }
            + work.configuration.objections(toCutoffsOf: locations, place)
        if !wrong.isEmpty { throw Refusal(wrong) }
        if !changed.isEmpty { Location.save(changed, in: &work) }
        var json = JSONWriter()
        json.object {
            $0.member("locations", locations.count)
            $0.member("changed", changed.count)
            $0.array("oddities") { list in
                for words in work.configuration.originOddities(beside: locations) { list.value(words) }
            }
        }
        return Reply(body: json.text)
    }
}

extension Configuration {
    /// What is wrong with the ends of pauses, each at its place: one that a location has already may be over.
    func objections(
        toPausesOf wanted: [Location], at now: Timestamp, _ pointer: (Int) -> String
    ) -> [Refusal.Detail] {
        wanted.enumerated().compactMap { index, location in
            guard let until = location.pausedUntil, until != locations[location.code]?.pausedUntil else { return nil }
            return until.objectionToPlan(at: pointer(index), now: now)
        }
    }
}

extension Location {
    /// As it is compared.
    public var document: JSON { .written { write(to: &$0) } }

    /// Saves locations that are new or differ.
    static func save(_ changed: [Location], in work: inout Work) {
        work.write { try LocationStore.save(changed, in: $0) }
        work.changeConfiguration()
        for location in changed { resume(location, in: &work) }
        work.record(.configurationChanged) {
            $0.member("kind", "locations")
            $0.array("codes") { list in for location in changed { list.value(location.code) } }
        }
    }

    /// Has those served who wait for what a location has, once it takes work again.
    private static func resume(_ location: Location, in work: inout Work) {
        if let end = location.pausedUntil, end > work.now {
            work.enqueue(.resumeLocation, payload: location.code, due: end)
        } else if !location.isPaused(at: work.now), let known = work.configuration.locations[location.code],
            known.isPaused(at: work.now) || known.capacityPerDay != location.capacityPerDay
                || known.canShip != location.canShip || known.offersPickup != location.offersPickup
                || known.capabilities != location.capabilities
        {
            work.enqueue(.resumeLocation, payload: location.code, due: work.now)
        }
    }
}

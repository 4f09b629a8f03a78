/// Takes over channels, locations, couriers and packaging as a file describes them: all of it, in one commit, or none.
///
/// 1. Requires that every channel can be what it shall be, beside all others, with the file's locations and couriers.
/// 2. Saves what differs. What the file does not name is left as it is.
///
/// - Throws: what `SaveChannel`, `SaveCouriers` and `SavePackaging` would refuse, each with its place in the file;
///   `.staleVersion` where the configuration has moved on since the plan was made.
public struct ApplyConfiguration: Command {
    public static let name = "apply-configuration"
    public static var isAlone: Bool { true }
    /// Each with the version that the file was written on, where it says one.
    public let channels: [(channel: Channel, expected: Int64?)]
    public let locations: [Location]
    public let couriers: [Courier]
    /// nil where the file says nothing of it.
    public let packaging: Packaging?
    /// The place in the feed of events at which the file was printed, where it says one.
    public let printedAt: Int64?
    /// The version of the configuration over which its plan was made; nil for any.
    public var plannedOver: Int64?

    public init(
        channels: [(channel: Channel, expected: Int64?)], locations: [Location], couriers: [Courier] = [],
        packaging: Packaging? = nil, printedAt: Int64? = nil
    ) {
        self.channels = channels
        self.locations = locations
        self.couriers = couriers
        self.packaging = packaging
        self.printedAt = printedAt
    }

    /// SKUs that the file's policies name.
    public var skus: Set<String> { Set(channels.flatMap(\.channel.namedSKUs)) }

    public func needs(_ needs: inout Needs, given work: Work) { for sku in skus { needs.item(sku) } }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        let known = work
        guard plannedOver == nil || plannedOver == work.configuration.version else {
            throw Refusal(.staleVersion, "the configuration was changed meanwhile: look at the plan again")
        }
        let connected = work.rows.connected
        let plan = try plan(over: work.configuration, at: work.now, connected: connected) { known.item($0) != nil }
        let moved = locations.filter { work.configuration.locations[$0.code] != $0 }
        if !moved.isEmpty { Location.save(moved, in: &work) }
        let carriers = couriers.filter { work.configuration.couriers[$0.code] != $0 }
        if !carriers.isEmpty { Courier.save(carriers, in: &work) }
        try packaging?.save(in: &work)
        for entry in channels { _ = entry.channel.publish(in: &work) }
        var json = JSONWriter()
        plan.write(to: &json)
        return Reply(body: json.text)
    }

    /// What it would change.
    /// - Parameters:
    ///   - connected: Who sells labels here.
    ///   - knows: Whether there is an item of a SKU.
    /// - Throws: `Refusal`, as the command itself would.
    public func plan(
        over present: Configuration, at now: Timestamp, connected: Connected, knows: (String) -> Bool
    ) throws(Refusal) -> ConfigurationPlan {
        try packaging?.check(at: "/packaging")
        let merged = present.with(locations: locations, couriers: couriers)
        let objections = connected.objections(toConnectionsOf: couriers)
            + present.objections(toServicesOf: couriers, beside: channels.map(\.channel))
            + merged.objections(toOriginsOf: couriers)
            + present.objections(toPausesOf: locations, at: now) { "/locations/\($0)/paused_until" }
            + merged.objections(toCutoffsOf: locations) { "/locations/\($0)" }
        if !objections.isEmpty { throw Refusal(objections) }
        try merged.check(
            channels.enumerated().map { ($1.channel, "/channels/\($0)", $1.expected) }, connected: connected,
            knows: knows)
        return ConfigurationPlan(
            channels.map {
                .init(
                    kind: .channel, code: $0.channel.code, before: present.channels[$0.channel.code]?.document,
                    after: $0.channel.document)
            }
                + locations.map {
                    .init(
                        kind: .location, code: $0.code, before: present.locations[$0.code]?.document,
                        after: $0.document)
                }
                + couriers.map {
                    .init(
                        kind: .courier, code: $0.code, before: present.couriers[$0.code]?.document, after: $0.document)
                }
                + (packaging.map {
                    [.init(kind: .packaging, code: "", before: present.packaging.document, after: $0.document)]
                } ?? []),
            left: present.channels.keys.filter { code in !channels.contains { $0.channel.code == code } },
            present.locations.keys.filter { code in !locations.contains { $0.code == code } },
            present.couriers.keys.filter { code in !couriers.contains { $0.code == code } },
            oddities: oddities(in: merged, over: present))
    }

    /// Of channels and couriers that would be changed, and, where locations would be, of where others collect.
    private func oddities(in merged: Configuration, over present: Configuration) -> [ConfigurationPlan.Oddity] {
        let changed = Set(couriers.filter { present.couriers[$0.code] != $0 }.map(\.code))
        let isMoved = locations.contains { present.locations[$0.code] != $0 }
        let published = channels.map(\.channel).filter { present.channels[$0.code] != $0 }
        let ofChannels = published.flatMap { channel in
            channel.oddities(beside: present.people).map {
                ConfigurationPlan.Oddity(kind: .channel, code: channel.code, words: $0)
            }
        }
        return ofChannels + merged.sortedCouriers.flatMap { courier -> [ConfigurationPlan.Oddity] in
            let words = changed.contains(courier.code)
                ? courier.oddities(beside: merged.sortedLocations)
                : isMoved ? courier.originOddities(beside: merged.sortedLocations) : []
            return words.map { .init(kind: .courier, code: courier.code, words: $0) }
        }
    }
}

/// What a file would change, or has changed, thing by thing.
public struct ConfigurationPlan: Sendable {
    public enum Kind: String, CaseIterable, Sendable { case channel, location, courier, packaging }

    /// One thing that the file names.
    public struct Entry: Sendable {
        public let kind: Kind
        public let code: String
        /// nil where it is new.
        public let before: JSON?
        public let after: JSON

        public var isNew: Bool { before == nil }
        public var changes: [FieldChange] { FieldChange.between(before, after) }
    }

    public let entries: [Entry]
    /// What is there and the file does not name: it is left as it is.
    public let left: [(kind: Kind, code: String)]
    /// What a person should look at, though it is taken.
    public let oddities: [Oddity]

    public struct Oddity: Hashable, Sendable {
        public let kind: Kind
        public let code: String
        public let words: String
    }

    init(
        _ entries: [Entry], left channels: [String], _ locations: [String], _ couriers: [String], oddities: [Oddity]
    ) {
        (self.entries, self.oddities) = (entries, oddities)
        self.left = channels.sorted().map { (.channel, $0) } + locations.sorted().map { (.location, $0) }
            + couriers.sorted().map { (.courier, $0) }
    }

    /// Whether nothing would change.
    public var isEmpty: Bool { entries.allSatisfy { $0.before == $0.after } }

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.array("entries") { list in
                for entry in entries {
                    list.object {
                        $0.member("kind", entry.kind.rawValue)
                        $0.member("code", entry.code)
                        $0.member("new", entry.isNew)
                        if entry.isNew {
                            $0.name("settings")
                            $0.value(entry.after)
                        }
                        $0.array("changes") { changes in
                            if !entry.isNew { for change in entry.changes { change.write(to: &changes) } }
                        }
                    }
                }
            }
            $0.array("left") { list in
                for (kind, code) in left {
                    list.object {
                        $0.member("kind", kind.rawValue)
                        $0.member("code", code)
                    }
                }
            }
            $0.array("oddities") { list in
                for oddity in oddities {
                    list.object {
                        $0.member(oddity.kind.rawValue, oddity.code)
                        $0.member("words", oddity.words)
                    }
                }
            }
        }
    }
}

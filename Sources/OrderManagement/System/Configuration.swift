/// What commands decide by and orders do not change: channels with their policies, and locations.
public struct Configuration: Sendable {
    /// Raised by every change.
    public let version: Int64
    public let channels: [String: Channel]
    public let locations: [String: Location]
    public let couriers: [String: Courier]
    /// What parcels are made of, and numbered by.
    public let packaging: Packaging
    /// What channels may become, by their codes: read by nobody who decides on orders.
    public let drafts: [String: ChannelDraft]
    /// In the order of their codes.
    let sortedLocations: [Location]
    /// Those that carry parcels now, in the order of their codes.
    let sortedCouriers: [Courier]
    /// What a parcel weighs at most, in grams.
    let heaviestParcel: Int64
    /// Those whose days take only so much work.
    let countingLocations: [Location]
    /// What numbers of orders began with, by channel: also those of earlier versions, whose orders are still there.
    let numberPrefixes: [String: Set<String>]
    /// The people who may answer for orders, the oldest first: approval takes a second one of them.
    let people: [Principal]

    init(
        version: Int64, channels: [Channel], locations: [Location], couriers: [Courier] = [],
        packaging: Packaging = Packaging(), drafts: [ChannelDraft] = [], numberPrefixes: [String: Set<String>] = [:],
        people: [Principal] = []
    ) {
        self.version = version
        self.people = people
        self.numberPrefixes = numberPrefixes.merging(
            channels.map { ($0.code, [$0.numberPrefix]) }, uniquingKeysWith: { $0.union($1) })
        self.channels = Dictionary(uniqueKeysWithValues: channels.map { ($0.code, $0) })
        self.locations = Dictionary(uniqueKeysWithValues: locations.map { ($0.code, $0) })
        self.couriers = Dictionary(uniqueKeysWithValues: couriers.map { ($0.code, $0) })
        self.packaging = packaging
        self.sortedCouriers = couriers.filter(\.isActive).sorted { $0.code < $1.code }
        self.heaviestParcel = sortedCouriers.heaviestParcel
        self.drafts = Dictionary(uniqueKeysWithValues: drafts.map { ($0.channel.code, $0) })
        self.sortedLocations = locations.sorted { $0.code < $1.code }
        self.countingLocations = sortedLocations.filter(\.countsDays)
    }

    /// Reads the configuration that is in force.
    public static func load(in db: any Connection) throws -> Configuration {
        let counters = try Counters.load(in: db)
        return Configuration(
            version: counters[Counters.configuration] ?? 0, channels: try ChannelStore.inForce(in: db),
            locations: try LocationStore.all(in: db), couriers: try CourierStore.all(in: db),
            packaging: try PackagingStore.load(in: db), drafts: try ChannelDraftStore.all(in: db),
            numberPrefixes: Counters.prefixes(in: counters),
            people: try UserStore.approvers(in: db))
    }

    /// As `load`, without reading it all again where `known` is still in force.
    public static func load(in db: any Connection, unless known: Configuration?) throws -> Configuration {
        guard let known, try Counters.load(in: db)[Counters.configuration] ?? 0 == known.version else {
            return try load(in: db)
        }
        return known
    }

    /// - Throws: `.unknownChannel` at a pointer.
    func channel(_ code: String, at pointer: String = "/channel") throws(Refusal) -> Channel {
        guard let channel = channels[code] else {
            let known = channels.keys.sorted().joined(separator: ", ")
            throw Refusal([
                .init(pointer, .unknownChannel, "there is no channel \(code); channels are: \(known)")
            ])
        }
        return channel
    }

    /// - Throws: `.unknownLocation` at a pointer.
    func location(_ code: String, at pointer: String = "/location") throws(Refusal) -> Location {
        guard let location = locations[code] else {
            throw Refusal([.init(pointer, .unknownLocation, "there is no location \(code)")])
        }
        return location
    }
}

/// The counters that the one writer advances inside its commits.
enum Counters {
    static let position = "position"
    static let movement = "movement"
    static let serial = "serial"
    static let configuration = "configuration"
    static let sscc = "sscc"
    static func number(of channel: String) -> String { "number:" + channel }
    static func memo(of channel: String) -> String { "memo:" + channel }
    /// How often a channel was published with a prefix of numbers.
    static func prefix(_ prefix: String, of channel: String) -> String { "prefix:\(channel):\(prefix)" }

    /// The prefixes that channels were published with.
    static func prefixes(in counters: [String: Int64]) -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for name in counters.keys where name.hasPrefix("prefix:") {
            let parts = name.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 3 { found[parts[1], default: []].insert(parts[2]) }
        }
        return found
    }

    private static let all = Statement("SELECT name, value FROM counters")
    private static let insert = Statement("INSERT INTO counters (name, value) VALUES (:name, #value)")
    private static let advance = Statement(
        "UPDATE counters SET value = #value WHERE name = :name AND value = #before")

    static func load(in db: any Connection) throws -> [String: Int64] {
        var counters: [String: Int64] = [:]
        try db.query(all) { counters[try $0.text(0)] = try $0.integer(1) }
        return counters
    }

    /// Writes the counters that moved, guarded by what was read: two writers cannot give one number twice.
    static func save(_ now: [String: Int64], before: [String: Int64], in db: any Connection) throws {
        let moved = now.filter { before[$0.key] != $0.value }.sorted { $0.key < $1.key }
        try db.change(insert, moved.filter { before[$0.key] == nil }.map { [.text($0.key), .integer($0.value)] })
        try db.changeGuarded(
            advance,
            moved.compactMap { name, value in before[name].map { [.integer(value), .text(name), .integer($0)] } })
    }
}

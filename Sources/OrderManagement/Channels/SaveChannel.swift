/// Sets up a channel, or publishes a new version of its settings and policies.
///
/// - Throws: `.invalidInput` for a currency that differs from that of its orders, and for a number prefix by which
///   another channel's orders could get the same numbers; `.unknownLocation`; `.staleVersion`.
public struct SaveChannel: Command {
    public static let name = "save-channel"
    public static var isAlone: Bool { true }
    public let channel: Channel
    /// The version that the caller saw; nil for any. A channel that is not there yet has none.
    public let expected: Int64?

    public init(channel: Channel, expected: Int64? = nil) {
        self.channel = channel
        self.expected = expected
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        for location in channel.locations.sorted() { _ = try work.configuration.location(location, at: "/locations") }
        if let place = channel.policy.returning.location {
            guard try work.configuration.location(place, at: "/policy/returning/location").takesReturns else {
                throw Refusal([.init("/policy/returning/location", .notReturnable, "\(place) takes no returns")])
            }
        }
        let known = work.configuration.channels[channel.code]
        if let known, known.currency != channel.currency {
            throw Refusal([
                .init(
                    "/currency", .invalidInput,
                    "channel \(channel.code) has orders in \(known.currency): that cannot change")
            ])
        }
        try requireOwnNumbers(among: work.configuration.channels.values)
        if let known, let expected, expected != known.version {
            throw Refusal(
                .staleVersion,
                "channel \(channel.code) is at version \(known.version), not \(expected): read it again")
        }
        var next = channel
        next.version = known?.version ?? 1
        if next != known {
            next.version = (known?.version ?? 0) + 1
            let saved = next
            let (now, principal) = (work.now, work.principal.name)
            work.write { try ChannelStore.insert([saved], at: now, by: principal, in: $0) }
            work.changeConfiguration()
            work.record(.configurationChanged) {
                $0.member("kind", "channel")
                $0.member("code", saved.code)
                $0.member("version", saved.version)
            }
        }
        var json = JSONWriter()
        next.write(to: &json)
        return Reply(body: json.text, version: next.version)
    }

    /// Two channels' numbers meet where one prefix is the other with digits behind: `WEB-` and `WEB-1`.
    private func requireOwnNumbers(among channels: some Sequence<Channel>) throws(Refusal) {
        for other in channels.sorted(by: { $0.code < $1.code }) where other.code != channel.code {
            let prefixes = [other.numberPrefix, channel.numberPrefix].sorted { $0.count < $1.count }
            guard prefixes[1].hasPrefix(prefixes[0]), prefixes[1].dropFirst(prefixes[0].count).allSatisfy(\.isNumber)
            else { continue }
            throw Refusal([
                .init(
                    "/number_prefix", .invalidInput,
                    "channel \(other.code) numbers its orders \(other.numberPrefix)1001 and on: "
                        + "\(channel.numberPrefix) could give the same numbers")
            ])
        }
    }
}

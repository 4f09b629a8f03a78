/// Sets up a channel, or publishes a new version of its settings and policies.
///
/// - Throws: `.invalidInput` for a currency that differs from that of its orders, and for a number prefix by which
///   another channel's orders could get the same numbers; `.unknownLocation`; `.unknownSKU`; `.unknownProvider`;
///   `.staleVersion`.
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

    public func needs(_ needs: inout Needs, given work: Work) { for sku in channel.namedSKUs { needs.item(sku) } }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        let known = work
        try work.configuration.check([(channel, "", expected)], connected: work.rows.connected) {
            known.item($0) != nil
        }
        let next = channel.publish(in: &work)
        var json = JSONWriter()
        next.write(to: &json, oddities: next.oddities(beside: work.configuration.people))
        return Reply(body: json.text, version: next.version)
    }
}

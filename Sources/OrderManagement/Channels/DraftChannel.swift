/// Keeps a draft of a channel in force, in place of the one before; it binds nobody until it is published.
///
/// - Throws: `.notFound` for a channel that is not there; what `SaveChannel` would refuse.
public struct DraftChannel: Command {
    public static let name = "draft-channel"
    public static var isAlone: Bool { true }
    public let channel: Channel
    /// The version that the caller saw; nil for any.
    public let expected: Int64?

    public init(channel: Channel, expected: Int64? = nil) {
        self.channel = channel
        self.expected = expected
    }

    public func needs(_ needs: inout Needs, given work: Work) { for sku in channel.namedSKUs { needs.item(sku) } }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        let present = try work.configuration.present(channel.code)
        let known = work
        try work.configuration.check([(channel, "", expected)], connected: work.rows.connected) {
            known.item($0) != nil
        }
        let draft = ChannelDraft(
            channel: channel, basedOn: present.version, at: work.now, by: work.principal.name)
        work.write { try ChannelDraftStore.save(draft, in: $0) }
        work.changeConfiguration()
        var json = JSONWriter()
        draft.write(over: present, to: &json)
        return Reply(body: json.text)
    }
}

/// Puts a channel's draft in force as its next version.
///
/// 1. Requires that the version in force is the one that the caller expects, or else the one the draft was written on:
///    nobody's publication is undone unseen.
/// 2. Publishes, checked as any other change, and drops the draft.
///
/// - Throws: `.notFound` without a draft; `.staleVersion`; what `SaveChannel` would refuse.
public struct PublishDraft: Command {
    public static let name = "publish-draft"
    public static var isAlone: Bool { true }
    public let code: String
    public let expected: Int64?

    public init(code: String, expected: Int64? = nil) {
        self.code = code
        self.expected = expected
    }

    public func needs(_ needs: inout Needs, given work: Work) {
        for sku in work.configuration.drafts[code]?.channel.namedSKUs ?? [] { needs.item(sku) }
    }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        let draft = try work.configuration.draft(of: code)
        let known = work
        try work.configuration.check(
            [(draft.channel, "", expected ?? draft.basedOn)], connected: work.rows.connected
        ) { known.item($0) != nil }
        let code = code
        work.write { try ChannelDraftStore.drop(code, in: $0) }
        work.changeConfiguration()
        let published = draft.channel.publish(in: &work)
        var json = JSONWriter()
        published.write(to: &json, oddities: published.oddities(beside: work.configuration.people))
        return Reply(status: 201, body: json.text, version: published.version)
    }
}

/// Throws a channel's draft away.
///
/// - Throws: `.notFound` without one.
public struct DropDraft: Command {
    public static let name = "drop-draft"
    public static var isAlone: Bool { true }
    public let code: String

    public init(code: String) { self.code = code }

    public func execute(in work: inout Work) throws -> Reply {
        try work.principal.require(.configWrite)
        _ = try work.configuration.draft(of: code)
        let code = code
        work.write { try ChannelDraftStore.drop(code, in: $0) }
        work.changeConfiguration()
        return Reply(body: "")
    }
}

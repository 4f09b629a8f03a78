/// What a channel's settings and policies may become: kept beside those in force until it is published or dropped.
public struct ChannelDraft: Hashable, Sendable {
    /// As it would be published.
    public let channel: Channel
    /// The version that was in force when the draft was written.
    public let basedOn: Int64
    public let at: Timestamp
    /// Who wrote it.
    public let by: String

    /// What it would change, field by field.
    public func changes(to present: Channel) -> [FieldChange] {
        FieldChange.between(present.document, channel.document)
    }

    public func write(over present: Channel, to json: inout JSONWriter) {
        json.object {
            $0.name("channel")
            channel.write(to: &$0)
            $0.member("based_on", basedOn)
            $0.member("at", at)
            $0.member("by", by)
            $0.array("changes") { list in for change in changes(to: present) { change.write(to: &list) } }
        }
    }
}

/// Who published a version of a channel, and when.
public struct ChannelVersion: Hashable, Sendable {
    public let version: Int64
    public let at: Timestamp
    public let by: String

    public func write(to json: inout JSONWriter) {
        json.object {
            $0.member("version", version)
            $0.member("at", at)
            $0.member("by", by)
        }
    }
}

/// A change of the configuration that came after a file was printed: who made it, when, and of what.
public struct LaterChange: Hashable, Sendable {
    public let kind: ConfigurationPlan.Kind
    /// Empty for what there is one of.
    public let code: String
    public let at: Timestamp
    public let by: String
    /// The fields of a channel that changed; empty where that is not kept.
    public let fields: [String]

    public var text: String {
        let name = code.isEmpty ? kind.rawValue : "\(kind.rawValue) \(code)"
        let what = fields.isEmpty ? "" : ": " + fields.joined(separator: ", ")
        return "\(name) was changed by \(by) at \(at)\(what)"
    }

    /// No more changes than this are told; the feed has them all.
    private static let changesMax = 1_000

    /// Everything that was changed since a place in the feed, of what a plan would change; the oldest first.
    public static func since(
        _ position: Int64, of plan: ConfigurationPlan, in db: any Connection
    ) throws -> [LaterChange] {
        let wanted = Set(plan.entries.filter { $0.before != $0.after }.map { Name(kind: $0.kind, code: $0.code) })
        guard !wanted.isEmpty else { return [] }
        var (changes, after): ([LaterChange], Int64) = ([], position)
        while changes.count < changesMax {
            let page = try EventLog.page(
                after: after, types: [EventType.configurationChanged.rawValue], limit: 200, in: db)
            for event in page.events {
                let data = try JSON.stored(event.data)
                for name in names(of: data) where wanted.contains(name) {
                    changes.append(
                        LaterChange(
                            kind: name.kind, code: name.code, at: event.at, by: event.principal,
                            fields: try fields(of: name, data, in: db)))
                }
            }
            guard page.lastLooked > after else { break }
            after = page.lastLooked
        }
        return changes
    }

    private struct Name: Hashable {
        let kind: ConfigurationPlan.Kind
        let code: String
    }

    /// What an event tells of.
    private static func names(of data: JSON) -> [Name] {
        let codes = (data["codes"]?.array ?? []).compactMap(\.string)
        switch data["kind"]?.string {
        case "channel": return data["code"]?.string.map { [Name(kind: .channel, code: $0)] } ?? []
        case "locations": return codes.map { Name(kind: .location, code: $0) }
        case "couriers": return codes.map { Name(kind: .courier, code: $0) }
        case "packaging": return [Name(kind: .packaging, code: "")]
        case .some, nil: return []
        }
    }

    private static func fields(of name: Name, _ data: JSON, in db: any Connection) throws -> [String] {
        guard name.kind == .channel, let version = data["version"]?.integer, version > 1,
            let now = try ChannelStore.channel(name.code, version: version, in: db)
        else { return [] }
        let before = try ChannelStore.channel(name.code, version: version - 1, in: db)
        return FieldChange.between(before?.document, now.document).map(\.field)
    }
}

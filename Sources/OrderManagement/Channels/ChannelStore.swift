/// Channels and all their versions, in their table.
public enum ChannelStore {
    private static let inForce = Statement(
        """
        SELECT document FROM channels AS c
        WHERE version = (SELECT MAX(version) FROM channels AS v WHERE v.code = c.code) ORDER BY code
        """)
    private static let insert = Statement(
        """
        INSERT INTO channels (code, version, document, at, principal)
        VALUES (:code, #version, :document, #at, :principal)
        """)

    private static let versions = Statement(
        """
        SELECT version, at, principal FROM channels WHERE code = :code AND version < #before
        ORDER BY version DESC LIMIT #limit
        """)
    private static let version = Statement(
        "SELECT document FROM channels WHERE code = :code AND version = #version")

    static func inForce(in db: any Connection) throws -> [Channel] {
        try db.rows(inForce) { try Channel(stored: try JSON.stored(try $0.text(0))) }
    }

    static func insert(_ channels: [Channel], at now: Timestamp, by principal: String, in db: any Connection) throws {
        try db.change(
            insert,
            channels.map { channel in
                var json = JSONWriter()
                channel.write(to: &json)
                return [
                    .text(channel.code), .integer(channel.version), .text(json.text), .integer(now.milliseconds),
                    .text(principal),
                ]
            })
    }

    /// Who published a channel's versions and when, the newest first, behind a version.
    public static func versions(of code: String, before: Int64, limit: Int, in db: any Connection) throws
        -> [ChannelVersion]
    {
        try db.rows(versions, [.text(code), .integer(before), SQLValue(limit)]) { row in
            ChannelVersion(
                version: try row.integer(0), at: Timestamp(milliseconds: try row.integer(1)), by: try row.text(2))
        }
    }

    /// A version of a channel: once published, it never changes.
    struct Name: Hashable, Sendable {
        let code: String
        let version: Int64
    }

    static func load(_ names: some Sequence<Name>, in db: any Connection, _ visit: (Name, Channel) -> Void) throws {
        try db.query(version, names.map { [.text($0.code), .integer($0.version)] }) { row in
            let channel = try Channel(stored: try JSON.stored(try row.text(0)))
            visit(Name(code: channel.code, version: channel.version), channel)
        }
    }

    /// A channel as one of its versions had it; nil where there is no such version.
    public static func channel(_ code: String, version number: Int64, in db: any Connection) throws -> Channel? {
        try db.first(version, [.text(code), .integer(number)]) { try Channel(stored: try JSON.stored(try $0.text(0))) }
    }
}

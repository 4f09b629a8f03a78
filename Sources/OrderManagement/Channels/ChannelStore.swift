/// Channels and all their versions, in their table.
enum ChannelStore {
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
}

/// Drafts of channels, in their table.
enum ChannelDraftStore {
    private static let all = Statement(
        "SELECT code, based_on, document, at, principal FROM channel_drafts ORDER BY code")
    private static let upsert = Statement(
        """
        INSERT INTO channel_drafts (code, based_on, document, at, principal)
        VALUES (:code, #based_on, :document, #at, :principal)
        ON CONFLICT (code) DO UPDATE SET based_on = excluded.based_on, document = excluded.document,
            at = excluded.at, principal = excluded.principal
        """)
    private static let delete = Statement("DELETE FROM channel_drafts WHERE code = :code")

    static func all(in db: any Connection) throws -> [ChannelDraft] {
        try db.rows(all) { row in
            ChannelDraft(
                channel: try Channel(stored: try JSON.stored(try row.text(2))), basedOn: try row.integer(1),
                at: Timestamp(milliseconds: try row.integer(3)), by: try row.text(4))
        }
    }

    static func save(_ draft: ChannelDraft, in db: any Connection) throws {
        var json = JSONWriter()
        draft.channel.write(to: &json)
        try db.change(
            upsert,
            [
                [
                    .text(draft.channel.code), .integer(draft.basedOn), .text(json.text),
                    .integer(draft.at.milliseconds), .text(draft.by),
                ]
            ])
    }

    static func drop(_ code: String, in db: any Connection) throws { try db.changeGuarded(delete, [[.text(code)]]) }
}

/// Messages, in their table.
public enum MessageStore {
    private static let byID = Statement(
        """
        SELECT id, order_id, sequence, kind, language, recipient, repeats, state, attempts, reason, subject, text, html,
               created_at, changed_at
        FROM messages WHERE id = #id
        """)
    private static let ofOrder = Statement(
        """
        SELECT id, order_id, sequence, kind, language, recipient, repeats, state, attempts, reason, subject, text, html,
               created_at, changed_at
        FROM messages WHERE order_id = #order_id ORDER BY id LIMIT #limit
        """)
    private static let allPage = Statement(
        """
        SELECT id, order_id, sequence, kind, language, recipient, repeats, state, attempts, reason, subject, text, html,
               created_at, changed_at
        FROM messages WHERE id > #after ORDER BY id LIMIT #limit
        """)
    private static let statePage = Statement(
        """
        SELECT id, order_id, sequence, kind, language, recipient, repeats, state, attempts, reason, subject, text, html,
               created_at, changed_at
        FROM messages WHERE state = :state AND id > #after ORDER BY id LIMIT #limit
        """)
    private static let insert = Statement(
        """
        INSERT INTO messages (id, order_id, sequence, kind, language, recipient, repeats, state, attempts, subject,
                              text, html, created_at, changed_at)
        VALUES (#id, #order_id, #sequence, :kind, :language, :recipient, #repeats, 'queued', 0, :subject,
                :text, :html, #created_at, #created_at)
        """)
    /// Guarded by the attempts it was decided on; what was sent or skipped stays so.
    private static let update = Statement(
        """
        UPDATE messages SET state = :state, attempts = #attempts, reason = :reason, subject = :subject, text = :text,
            html = :html, changed_at = #changed_at
        WHERE id = #id AND attempts < #attempts AND state IN ('queued', 'failed')
        """)

    /// What was given up and is sent by another message.
    private static let replace = Statement(
        """
        UPDATE messages SET state = 'skipped', reason = :reason, changed_at = #changed_at
        WHERE id = #id AND state = 'failed'
        """)

    static func replace(_ id: MessageID, because reason: String, at now: Timestamp, in db: any Connection) throws {
        try db.changeGuarded(replace, [[.text(reason), .integer(now.milliseconds), .integer(id.value)]])
    }

    /// Words are kept once.
    private static let words = Statement(
        "UPDATE messages SET subject = :subject, text = :text, html = :html WHERE id = #id AND subject IS NULL")

    static func keep(_ letter: Letter, of id: MessageID, in db: any Connection) throws {
        try db.change(
            words, [[.text(letter.subject), .text(letter.text), SQLValue(letter.html), .integer(id.value)]])
    }

    public static func message(_ id: MessageID, in db: any Connection) throws -> Message? {
        try db.first(byID, [.integer(id.value)], message)
    }

    /// An order's messages, the oldest first.
    public static func of(_ order: OrderID, limit: Int = 200, in db: any Connection) throws -> [Message] {
        try db.rows(ofOrder, [.integer(order.value), SQLValue(limit)], message)
    }

    /// Messages by age behind one of them, all or those in a state.
    public static func page(_ state: Message.State?, after: MessageID, limit: Int, in db: any Connection) throws
        -> [Message]
    {
        guard let state else { return try db.rows(allPage, [.integer(after.value), SQLValue(limit)], message) }
        return try db.rows(statePage, [.text(state.rawValue), .integer(after.value), SQLValue(limit)], message)
    }

    static func load(_ ids: some Sequence<MessageID>, in db: any Connection, _ visit: (Message) -> Void) throws {
        try db.query(byID, ids.map { [.integer($0.value)] }) { visit(try message($0)) }
    }

    static func save(_ changes: [(before: Message?, now: Message)], in db: any Connection) throws {
        try db.change(
            insert,
            changes.filter { $0.before == nil }.map { _, now in
                [
                    .integer(now.id.value), .integer(now.order.value), .integer(now.sequence), .text(now.kind.rawValue),
                    .text(now.language), .text(now.recipient), SQLValue(now.repeats?.value),
                    SQLValue(now.letter?.subject), SQLValue(now.letter?.text), SQLValue(now.letter?.html),
                    .integer(now.createdAt.milliseconds),
                ]
            })
        try db.changeGuarded(
            update,
            changes.filter { $0.before != nil }.map { _, now in
                [
                    .text(now.state.rawValue), .integer(now.attempts), SQLValue(now.reason),
                    SQLValue(now.letter?.subject), SQLValue(now.letter?.text), SQLValue(now.letter?.html),
                    .integer(now.changedAt.milliseconds), .integer(now.id.value),
                ]
            })
    }

    private static func message(_ row: Row) throws -> Message {
        guard let kind = Message.Kind(rawValue: try row.text(3)), let state = Message.State(rawValue: try row.text(7))
        else { throw BrokenInvariant("a message of an unknown kind or state") }
        var letter: Letter?
        if let subject = row.optionalText(10) {
            letter = Letter(subject: subject, text: try row.text(11), html: try row.text(12))
        }
        var message = Message(
            id: MessageID(try row.integer(0)), order: OrderID(try row.integer(1)), sequence: try row.integer(2),
            kind: kind, language: try row.text(4), recipient: try row.text(5),
            repeats: row.optionalInteger(6).map { MessageID($0) }, letter: letter,
            createdAt: Timestamp(milliseconds: try row.integer(13)))
        (message.state, message.attempts, message.reason) = (state, try row.integer(8), row.optionalText(9))
        message.changedAt = Timestamp(milliseconds: try row.integer(14))
        return message
    }
}

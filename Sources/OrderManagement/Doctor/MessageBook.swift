/// What customers are told: each message tells an event that happened, and whatever is to be sent has a job.
enum MessageBook {
    private static let page = Statement(
        """
        SELECT m.id, m.order_id, m.kind, m.state, e.type, r.order_id, m.repeats
        FROM messages AS m LEFT JOIN events AS e ON e.order_id = m.order_id AND e.sequence = m.sequence
            LEFT JOIN messages AS r ON r.id = m.repeats
        WHERE m.id > #after ORDER BY m.id LIMIT #limit
        """)
    private static let jobs = Statement(
        "SELECT payload, state FROM jobs WHERE order_id = #order_id AND kind = 'send_message'")

    private struct MessageRow {
        let id: MessageID
        let order: Int64
        let kind: String
        let state: String
        let event: String?
        let repeatedOrder: Int64?
        let isRepeat: Bool

        init(row: Row) throws {
            id = MessageID(try row.integer(0))
            order = try row.integer(1)
            kind = try row.text(2)
            state = try row.text(3)
            event = row.optionalText(4)
            repeatedOrder = row.optionalInteger(5)
            isRepeat = !row.isNull(6)
        }
    }

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var after = Int64.min
        while true {
            let rows = try examination.db.rows(page, [.integer(after), SQLValue(Doctor.rowsMax)], MessageRow.init(row:))
            var states: [String: String] = [:]
            let orders = Set(rows.map(\.order)).sorted()
            if !orders.isEmpty {
                try examination.db.query(jobs, orders.map { [.integer($0)] }) {
                    states[try $0.text(0)] = try $0.text(1)
                }
            }
            for row in rows { examine(row, job: states[row.id.description], in: &examination) }
            examination.count(.messages, rows.count)
            guard let last = rows.last, rows.count == Doctor.rowsMax else { break }
            after = last.id.value
        }
    }

    private static func examine(_ row: MessageRow, job: String?, in examination: inout Examination) {
        let name = row.id.description
        guard let kind = Message.Kind(rawValue: row.kind), let state = Message.State(rawValue: row.state) else {
            examination.finding(
                .messages, name, "a known kind and state", "\(row.kind), \(row.state)", "Nobody would send it.")
            return
        }
        // Until reminders went by the end of the time to collect, they told that goods were ready.
        let isOlder = kind == .reminder && row.event == EventType.fulfillmentReady.rawValue
        let told = isOlder ? EventType.fulfillmentReady.rawValue : kind.event.rawValue
        // Of several tenders the last may have refused: customers hear of what they get with it.
        let isLastNo = kind == .refunded && row.event == EventType.paymentFailed.rawValue
        if !isLastNo {
            examination.compare(
                .messages, name, "the event", expected: told, found: row.event,
                "A message tells what has happened to its order.")
        }
        if row.isRepeat, row.repeatedOrder != row.order {
            examination.finding(
                .messages, name, "a message of the same order", "none", "Who repeats a message names it.")
        }
        switch state {
        case .queued:
            examination.compare(
                .messages, name, "the job", expected: "waiting", found: job, "What is to be sent has a job.")
        case .failed:
            if job == nil {
                examination.finding(.messages, name, "a job", "none", "What was given up can be tried again.")
            }
        case .sent, .skipped:
            examination.compare(.messages, name, "the job", expected: nil, found: job, "Nothing is sent twice.")
        }
    }
}

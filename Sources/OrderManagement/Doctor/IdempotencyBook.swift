/// The kept replies and the names that must be the only ones of their kind.
enum IdempotencyBook {
    private static let replies = Statement(
        """
        SELECT r.key, r.status, r.location, r.event, r.body, e.order_id, e.data
        FROM kept_replies AS r LEFT JOIN events AS e ON e.position = r.event
        WHERE r.key > :after ORDER BY r.key LIMIT #limit
        """)
    private static let numbersTwice = Statement(
        "SELECT number, COUNT(*) FROM orders GROUP BY number HAVING COUNT(*) > 1 ORDER BY number LIMIT #limit")
    private static let namesTwice = Statement(
        """
        SELECT channel, external_id, COUNT(*) FROM orders WHERE external_id IS NOT NULL
        GROUP BY channel, external_id HAVING COUNT(*) > 1 ORDER BY channel, external_id LIMIT #limit
        """)
    /// Fewer than of other rows: an order's whole view comes with each.
    private static let repliesMax = 100

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var after = ""
        while true {
            let page = try examination.db.rows(replies, [.text(after), SQLValue(repliesMax)], KeptReply.init(row:))
            for reply in page { examine(reply, in: &examination) }
            examination.count(.idempotency, page.count)
            guard let last = page.last, page.count == repliesMax else { break }
            after = last.key
        }
        progress(0.5)
        let limit = SQLValue(Doctor.Report.findingsMax)
        for (number, count) in try examination.db.rows(numbersTwice, [limit], { (try $0.text(0), try $0.integer(1)) }) {
            examination.compare(
                .idempotency, number, "orders of this number", expected: 1, found: count,
                "An order's number is its own.")
        }
        let names = try examination.db.rows(namesTwice, [limit]) { (try $0.text(0), try $0.text(1), try $0.integer(2)) }
        for (channel, name, count) in names {
            examination.compare(
                .idempotency, "\(channel) \(name)", "orders of this external id", expected: 1, found: count,
                "A channel's own name of an order is used once.")
        }
    }

    private struct KeptReply {
        let key: String
        let status: Int64
        let location: String?
        let event: Int64?
        let body: String?
        let order: Int64?
        let data: String?

        init(row: Row) throws {
            key = try row.text(0)
            status = try row.integer(1)
            location = row.optionalText(2)
            event = row.optionalInteger(3)
            body = row.optionalText(4)
            order = row.optionalInteger(5)
            data = row.optionalText(6)
        }
    }

    private static func examine(_ reply: KeptReply, in examination: inout Examination) {
        if let event = reply.event, reply.data == nil {
            examination.finding(
                .idempotency, reply.key, "an event at position \(event)", "none",
                "A repeated key is answered from this event.")
            return
        }
        let text = reply.data ?? reply.body ?? ""
        let json: JSON?
        do {
            json = text.isEmpty ? nil : try JSON.stored(text)
        } catch {
            examination.finding(
                .idempotency, reply.key, "a body that is JSON", "\(error)", "A repeated key gets its reply again.")
            return
        }
        if reply.status == 200 || reply.status == 201 {
            if let order = reply.order, reply.location != "/v1/orders/\(OrderID(order))" {
                examination.compare(
                    .idempotency, reply.key, "location", expected: "/v1/orders/\(OrderID(order))",
                    found: reply.location, "A reply that is an event's data is about the event's order.")
            }
            return
        }
        let code = json?["code"]?.string.flatMap(Refusal.Code.init(rawValue:))
        guard let code, code.isDecided, Int64(code.status) == reply.status else {
            examination.finding(
                .idempotency, reply.key, "200, 201, or a decided refusal with its status",
                "\(reply.status) \(json?["code"]?.string ?? "without a code")", "Only decided replies are kept.")
            return
        }
    }
}

/// The amendments: what an order knows of them, what people read of them, and what was told.
enum AmendmentBook {
    private static let rows = Statement(
        """
        SELECT number, state, revision, changes FROM amendments WHERE order_id = #order_id ORDER BY number
        """)

    /// The rows of one order that was ever amended; `RowBook` finds those of none.
    static func examine(_ file: OrderFile, in examination: inout Examination) throws {
        let order = file.order
        examineRaises(of: order, in: &examination)
        let told = file.events.count { $0.type == EventType.orderAmended.rawValue }
        examination.compare(
            .events, order.number, "revision", expected: Int64(1 + told), found: Int64(order.revision),
            "Each committed amendment is told and makes a revision.")
        guard !order.amendments.isEmpty else { return }
        let stored = try examination.db.rows(rows, [.integer(order.id.value)]) {
            (number: try $0.int(0), state: try $0.text(1), revision: $0.optionalInteger(2), changes: $0.optionalText(3))
        }
        for amendment in order.amendments {
            examination.compare(
                .rows, AmendmentID(order.id, amendment.number).description, "state",
                expected: amendment.state.rawValue, found: stored.first { $0.number == amendment.number }?.state,
                "An amendment is shown as its order knows it.")
        }
        if let more = stored.first(where: { $0.number > order.amendments.count }) {
            examination.finding(
                .rows, AmendmentID(order.id, more.number).description, "no such amendment", more.state,
                "An amendment is shown as its order knows it.")
        }
        let revisions = stored.compactMap(\.revision)
        if revisions != Array((2...).prefix(revisions.count)) {
            examination.finding(
                .rows, order.number, "revisions 2 to \(order.revision)", "\(revisions)",
                "Revisions are numbered without a gap.")
        }
        try examineTotal(of: order, stored.compactMap(\.changes), in: &examination)
    }

    /// Nothing but amendments changes a total.
    private static func examineTotal(
        of order: Order, _ changes: [String], in examination: inout Examination
    ) throws {
        var last: Int64?
        for text in changes {
            guard let total = try JSON.stored(text)["total"] else { continue }
            let before = total["before"]?["amount"]?.integer
            if let last, last != before {
                examination.compare(
                    .money, order.number, "total before a revision", expected: last, found: before ?? 0,
                    "A revision begins where the one before ended.")
            }
            last = total["after"]?["amount"]?.integer
        }
        guard let last else { return }
        examination.compare(
            .money, order.number, "total", expected: last, found: order.total,
            "A total is where the last revision left it.")
    }

    /// Units that were added to a line are a part of it, in money too.
    private static func examineRaises(of order: Order, in examination: inout Examination) {
        for line in order.lines {
            let (units, discount, tax) = line.raises.reduce(into: (Int64(0), Int64(0), Int64(0))) {
                $0 = ($0.0 &+ $1.units, $0.1 &+ $1.discount, $0.2 &+ $1.tax)
            }
            let isPart = units < line.ordered && discount <= line.discount && tax <= line.tax
                && line.raises.allSatisfy { $0.units > 0 && $0.discount >= 0 && $0.tax >= 0 }
            if !isPart {
                examination.finding(
                    .lines, OrderLineID(order.id, line.number).description,
                    "at most \(line.ordered) units, discount \(line.discount), tax \(line.tax)",
                    "\(units) added with \(discount) and \(tax)", "What amendments added to a line is a part of it.")
            }
            if let replaced = line.replaces, replaced >= line.number || order.line(replaced) == nil {
                examination.finding(
                    .lines, OrderLineID(order.id, line.number).description, "an earlier line", "line \(replaced)",
                    "A line stands in for one that was there before.")
            }
        }
    }
}

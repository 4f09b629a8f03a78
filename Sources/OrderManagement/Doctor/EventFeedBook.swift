/// The feed: positions run from 1 without a gap to where the counter stands, and every event is of a known kind.
enum EventFeedBook {
    private static let page = Statement(
        "SELECT position, type FROM events WHERE position > #after ORDER BY position LIMIT #limit")
    private static let types = Set(EventType.allCases.map(\.rawValue))

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let counter = examination.counters[Counters.position] ?? 0
        var last: Int64 = 0
        var after = Int64.min
        while true {
            let rows = try examination.db.rows(page, [.integer(after), SQLValue(Doctor.rowsMax)]) {
                (position: try $0.integer(0), type: try $0.text(1))
            }
            for row in rows {
                if row.position != last + 1 {
                    examination.finding(
                        .events, "position \(row.position)", "position \(last + 1)", "position \(row.position)",
                        "Positions have no gaps: readers count on it.")
                }
                if !types.contains(row.type) {
                    examination.finding(
                        .events, "position \(row.position)", "a known type", row.type, "Event types are fixed.")
                }
                last = row.position
            }
            examination.count(.events, rows.count)
            guard let final = rows.last, rows.count == Doctor.rowsMax else { break }
            after = final.position
            progress(Double(after) / Double(max(1, counter)))
        }
        examination.compare(
            .events, "counter position", "at", expected: last, found: counter,
            "The counter stands at the newest position.")
    }
}

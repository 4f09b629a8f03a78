/// Couriers that are called: who is to be asked is asked by a job, and what was refused is shown to a person.
enum CourierPickupBook {
    private static let page = Statement(
        """
        SELECT p.id, p.state, p.connection, p.reference, p.wish, e.id
        FROM courier_pickups AS p LEFT JOIN exceptions AS e ON e.id = p.exception_id
        WHERE p.id > #after ORDER BY p.id LIMIT #limit
        """)
    private static let jobs = Statement("SELECT payload FROM jobs WHERE order_id IS NULL AND kind = 'arrange_pickup'")

    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        let asked = Set(try examination.db.rows(jobs) { try $0.text(0) })
        var after = Int64.min
        while true {
            var found = 0
            try examination.db.query(page, [[.integer(after), SQLValue(Doctor.rowsMax)]]) { row in
                found += 1
                after = try row.integer(0)
                let name = CourierPickupID(after).description
                guard let state = CourierPickup.State(rawValue: try row.text(1)) else {
                    examination.finding(
                        .handOvers, name, "a known state", try row.text(1), "Nobody would see to its courier.")
                    return
                }
                let isOwn = try row.text(2) == Courier.ownConnection
                if state.isAsked, isOwn || !asked.contains(name) {
                    examination.finding(
                        .handOvers, name, isOwn ? "nobody asked" : "a job \(JobKind.arrangePickup.rawValue)",
                        isOwn ? state.rawValue : "none", "A courier that is to be asked is asked by a job.")
                }
                if state == .booked, !isOwn, row.isNull(3) {
                    examination.finding(
                        .handOvers, name, "the courier's name for it", "none", "Nobody could tell it not to come.")
                }
                if state != .changing, state != .cancelling, !row.isNull(4) {
                    examination.finding(
                        .handOvers, name, "nothing else asked for", "a change", "What is settled waits for nothing.")
                }
                if state == .refused || state == .kept, row.isNull(5) {
                    examination.finding(
                        .handOvers, name, "an exception", "none", "What a courier refuses is shown to a person.")
                }
            }
            examination.count(.handOvers, found)
            if found < Doctor.rowsMax { break }
        }
    }
}

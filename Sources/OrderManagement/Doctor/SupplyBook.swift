/// What is expected, and what checkouts keep: both stand in the ledger, unit by unit.
enum SupplyBook {
    private static let jobs = Statement(
        "SELECT payload FROM jobs WHERE kind = 'expire_reservation' AND id > #after ORDER BY id LIMIT #limit")

    private static let chases = Statement(
        "SELECT payload FROM jobs WHERE kind = 'chase_inbound' AND id > #after ORDER BY id LIMIT #limit")
    private static let shown = Statement(
        """
        SELECT id FROM exceptions WHERE kind = 'inbound_overdue' AND state = 'open' AND id > #after
        ORDER BY id LIMIT #limit
        """)

    /// Who will see to supply that does not come: by its number, and by what is shown of it.
    private struct Watchers {
        var chased = Set<String>()
        var shown = Set<ExceptionID>()
    }

    /// Walked before the levels.
    static func examine(_ examination: inout Examination, _ progress: (Double) -> Void) throws {
        var watchers = Watchers()
        let all: [SQLValue] = [.integer(Int64.min), SQLValue(1_000_000)]
        try examination.db.query(chases, all) { watchers.chased.insert(try $0.text(0)) }
        try examination.db.query(shown, all) { watchers.shown.insert(ExceptionID(try $0.integer(0))) }
        var after = InboundID(Int64.min)
        while true {
            let page = try InboundStore.page(after: after, limit: Doctor.rowsMax, in: examination.db)
            for supply in page {
                examine(supply, in: &examination)
                examine(supply, watchers, in: &examination)
            }
            examination.count(.supplies, page.count)
            guard let last = page.last, page.count == Doctor.rowsMax else { break }
            after = last.id
        }
        progress(0.5)
        try examineReservations(&examination)
    }

    private static func examine(_ supply: InboundSupply, in examination: inout Examination) {
        for line in supply.lines {
            let place = StockPlace(sku: line.sku, location: supply.location)
            examination.holdings[place, default: Holding()].inbound &+= line.toCome
            let isWrong =
                supply.state.isFinal && line.toCome != 0 || supply.state == .received && line.missing != 0
                || supply.state == .cancelled && line.received != 0
            guard isWrong else { continue }
            examination.finding(
                .supplies, supply.id.description, "units that a \(supply.state.rawValue) supply can have",
                "line \(line.number): \(line.quantity) expected, \(line.received) received, \(line.missing) missing",
                "What is over has no unit to come.")
        }
    }

    private static func examine(
        _ supply: InboundSupply, _ watchers: Watchers, in examination: inout Examination
    ) {
        let isShown = supply.exception.map { watchers.shown.contains($0) } ?? false
        if supply.state == .expected, !isShown, !watchers.chased.contains(String(supply.id.value)) {
            examination.finding(
                .jobs, supply.id.description, "a job chase_inbound, or an open exception", "none",
                "Nobody would hear that it does not come.")
        }
        guard let shown = supply.exception, supply.state != .expected || !isShown else { return }
        examination.finding(
            .supplies, supply.id.description, "an open exception while it is overdue",
            "\(shown), \(supply.state.rawValue)", "What is shown as overdue is still to come.")
    }

    private static func examineReservations(_ examination: inout Examination) throws {
        var live: [Reservation] = []
        var after = ReservationID(Int64.min)
        while true {
            let page = try ReservationStore.live(after: after, limit: Doctor.rowsMax, in: examination.db)
            live += page
            examination.count(.supplies, page.count)
            guard let last = page.last, page.count == Doctor.rowsMax else { break }
            after = last.id
        }
        guard !live.isEmpty else { return }
        for claim in live.flatMap(\.claims) {
            let place = StockPlace(sku: claim.sku, location: claim.location)
            examination.holdings[place, default: Holding()].reserved &+= claim.units
        }
        var ending = Set<String>()
        try examination.db.query(jobs, [.integer(Int64.min), SQLValue(1_000_000)]) { ending.insert(try $0.text(0)) }
        for reservation in live where !ending.contains(reservation.id.description) {
            examination.finding(
                .jobs, reservation.id.description, "a job expire_reservation", "none",
                "Nothing would ever end the reservation.")
        }
    }
}

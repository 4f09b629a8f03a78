import ArgumentParser
import Foundation
import OrderManagement

/// Takes a courier's file of news in, by the command that takes each of them from the API: what comes twice, late or
/// in another order does no harm.
///
/// Couriers name their columns as they like: known names of each are understood, all others are left alone.
struct ImportTracking {
    let waybill: OrderManagement
    let table: TableFile
    /// Of rows that name none.
    let courier: String?
    /// Of times that name none.
    let zone: TimeZone
    let isDryRun: Bool
    var report: ImportReport
    /// Told the number of rows read so far.
    let progress: (Int) throws -> Void

    /// Rows that are put in the order of their times, and go in together.
    static let chunk = 500
    /// Names of what was not understood, in notes.
    private static let namedMax = 20

    private var couriers: [String: Courier] = [:]
    private var waiting: [News] = []
    private var unknownParcels = ImportReport.Tally()
    private var unknownWords = ImportReport.Tally()
    private var withoutZone = 0

    init(
        waybill: OrderManagement, table: TableFile, courier: String?, zone: TimeZone, isDryRun: Bool,
        report: ImportReport, progress: @escaping (Int) throws -> Void
    ) {
        (self.waybill, self.table, self.courier, self.zone) = (waybill, table, courier, zone)
        (self.isDryRun, self.report, self.progress) = (isDryRun, report, progress)
    }

    /// A row that was understood.
    private struct News {
        let line: Int
        let courier: String
        var tracking: String
        let status: Parcel.State?
        let word: String?
        let at: Timestamp
        let event: String?
    }

    /// - Throws: `CommandRefused` for a table without the columns that it takes.
    mutating func run() throws {
        couriers = try waybill.readNow { try Configuration.load(in: $0) }.couriers
        var (columns, isFirst) = (TrackingColumns([]), true)
        try table.read { record in
            report.rows += 1
            if report.rows.isMultiple(of: Self.chunk) { try progress(report.rows) }
            do {
                let record = try record.get()
                if isFirst || columns.names != record.names { columns = TrackingColumns(record.names) }
                if isFirst { try greet(columns) }
                isFirst = false
                waiting.append(try news(record, columns))
            } catch let wrong as RejectedRow {
                try report.reject(wrong, kind: "cannot be read")
            }
            if waiting.count == Self.chunk { try take() }
        }
        try take()
        note()
    }

    /// Says what is not looked at, and refuses a table that says nothing.
    private mutating func greet(_ columns: TrackingColumns) throws {
        var missing: [String] = []
        if columns[.tracking] == nil { missing.append("tracking (or tracking_number, barcode, consignment)") }
        if columns[.status] == nil, columns[.word] == nil { missing.append("status (or word, description)") }
        if columns[.at] == nil, columns[.date] == nil, columns[.time] == nil { missing.append("at (or date and time)") }
        if columns[.courier] == nil, courier == nil { missing.append("courier (or --courier CODE)") }
        guard missing.isEmpty else {
            throw CommandRefused(
                "\(table.name) has no column \(missing.joined(separator: ", nor ")); it has: "
                    + columns.names.joined(separator: ", "))
        }
        let left = columns.unused
        if !left.isEmpty { report.notes.append("Columns that are not looked at: \(left.joined(separator: ", ")).") }
    }

    private mutating func news(_ record: TableRecord, _ columns: TrackingColumns) throws(RejectedRow) -> News {
        let row = RowValues(record: record)
        guard let tracking = try columns.text(.tracking, of: row, atMost: 100) else {
            throw row.wrong("the tracking number is missing")
        }
        guard let courier = try columns.text(.courier, of: row, atMost: 64) ?? courier else {
            throw row.wrong("the courier is missing: name it in a column, or by --courier")
        }
        let said = try columns.text(.status, of: row, atMost: CourierWords.lengthMax)
        let words = try columns.text(.word, of: row, atMost: CourierWords.lengthMax)
        guard said ?? words != nil else { throw row.wrong("the status is missing") }
        let (status, word) = try understood(said, words, by: courier, row)
        return News(
            line: record.line, courier: courier, tracking: tracking, status: status, word: word,
            at: try time(columns, row), event: try columns.text(.event, of: row, atMost: 100))
    }

    /// The courier's table goes first, then this house's words.
    private mutating func understood(
        _ said: String?, _ words: String?, by courier: String, _ row: RowValues
    ) throws(RejectedRow) -> (Parcel.State?, String?) {
        let texts = [words, said].compactMap { $0 }
        let table = couriers[courier]?.words ?? CourierWords()
        let word = texts.first { table.meaning(of: $0) != .unknown }
        let status = texts.lazy.compactMap(Self.state).first
        if word == nil, status == nil, let text = said ?? words {
            unknownWords.add("\(courier): \(text)")
            throw row.wrong("\(text.prefix(80)) is no status, and not among the words of \(courier)")
        }
        return (status, word)
    }

    /// `In transit` and `IN-TRANSIT` are `in_transit`.
    private static func state(_ text: String) -> Parcel.State? {
        Parcel.State(rawValue: TrackingColumns.plain(text))
    }

    private mutating func time(_ columns: TrackingColumns, _ row: RowValues) throws(RejectedRow) -> Timestamp {
        let parts = [try columns.text(.date, of: row, atMost: 40), try columns.text(.time, of: row, atMost: 40)]
        let text = try columns.text(.at, of: row, atMost: 40) ?? parts.compactMap { $0 }.joined(separator: " ")
        guard !text.isEmpty else { throw row.wrong("the time is missing") }
        guard let time = LocalTime(text, in: zone), time.moment >= .earliest, time.moment <= .latest else {
            throw row.wrong("\(text.prefix(40)) is no time as 2026-03-01T10:15:00Z or 2026-03-01 10:15"
                    + (LocalTime.isShuffled(text) ? ": which of its numbers is the month, nobody can know" : ""))
        }
        if !time.namedZone { withoutZone += 1 }
        return time.moment
    }

    /// Takes what waits in, in the order in which it happened, and says of each row what it did.
    private mutating func take() throws {
        var news = waiting.sorted { ($0.at, $0.line) < ($1.at, $1.line) }
        waiting.removeAll(keepingCapacity: true)
        let (known, candidates) = try waybill.readNow { db in
            let known = try Set(news.map(\.tracking)).reduce(into: [String: String]()) {
                $0[$1] = try TrackingNumber.known($1, in: db)
            }
            let candidates = try Set(known.values).reduce(into: [String: [OrderID]]()) {
                $0[$1] = try TrackingNumber.orders($1, in: db)
            }
            return (known, candidates)
        }
        for index in news.indices { news[index].tracking = known[news[index].tracking] ?? news[index].tracking }
        if isDryRun { return try plan(news, candidates) }
        var start = 0
        while start < news.count {
            let group = Array(news[start..<min(start + ImportOrders.batch, news.count)])
            start += group.count
            let results = waybill.performNow(
                group.map { entry in
                    (
                        RecordTracking(
                            courier: entry.courier, tracking: entry.tracking, status: entry.status, at: entry.at,
                            word: entry.word, courierEvent: entry.event, candidates: candidates[entry.tracking] ?? []),
                        .system, nil
                    )
                })
            for (entry, result) in zip(group, results) { try note(entry, result) }
        }
    }

    private mutating func note(_ entry: News, _ result: Result<Reply, any Error>) throws {
        do {
            let reply = try JSON.parse(try result.get().body, limits: .stored)
            guard let outcome = reply["outcome"]?.string.flatMap({ RecordTracking.Outcome(rawValue: $0) }) else {
                throw BrokenInvariant("news were taken in, and nothing is said of what they did")
            }
            report.take(outcome.said)
            guard outcome == .moved else { return }
            if let way = reply["return"]?["way"]?["status"]?.string {
                report.results.add("parcels of returns moved to \(way)")
            } else {
                report.results.add("parcels moved to \(reply["parcel"]?["status"]?.string ?? "")")
            }
        } catch let refusal as Refusal where refusal.code == .unknownParcel {
            try leaveOut(entry)
        } catch let refusal as Refusal {
            try report.reject(
                line: entry.line, kind: "refused: \(refusal.code.rawValue)", reason: refusal.explanation)
        }
    }

    private mutating func leaveOut(_ entry: News) throws {
        unknownParcels.add(entry.tracking)
        try report.reject(
            line: entry.line, kind: "unknown parcel",
            reason: "no parcel was sent as \(entry.tracking) by \(entry.courier)")
    }

    /// Only looks whose parcels they are.
    private mutating func plan(_ news: [News], _ candidates: [String: [OrderID]]) throws {
        let (orders, configuration) = try waybill.readNow { db in
            (try OrderStore.orders(Set(candidates.values.joined()).sorted(), in: db), try Configuration.load(in: db))
        }
        for entry in news {
            let isKnown = (candidates[entry.tracking] ?? []).contains {
                orders[$0]?.bears(tracking: entry.tracking, by: entry.courier) ?? false
            }
            guard entry.at <= waybill.clock() + RecordTracking.clockSkew else {
                try report.reject(
                    line: entry.line, kind: "refused: \(Refusal.Code.invalidInput.rawValue)",
                    reason: "\(entry.at) lies in the future: it is \(waybill.clock())")
                continue
            }
            if isKnown {
                report.take("would be taken in")
            } else if let wrong = configuration.objection(toCourier: entry.courier, at: "/courier") {
                try report.reject(
                    line: entry.line, kind: "refused: \(Refusal.Code.unknownCourier.rawValue)", reason: wrong.detail)
            } else {
                try leaveOut(entry)
            }
        }
    }

    private mutating func note() {
        note(unknownParcels, "tracking numbers are not known here")
        note(unknownWords, "words of couriers have no meaning here (couriers have a table of words)")
        if withoutZone > 0 {
            // Foundation calls it by its older name.
            let name = zone.identifier == "GMT" ? "UTC" : zone.identifier
            report.notes.append("\(withoutZone) times name no zone: \(name) was taken; --zone says another.")
        }
    }

    private mutating func note(_ tally: ImportReport.Tally, _ what: String) {
        guard !tally.entries.isEmpty else { return }
        let named = tally.entries.prefix(Self.namedMax).map {
            $0.count == 1 ? $0.name : "\($0.name) (\($0.count) rows)"
        }
        let more = tally.entries.count > Self.namedMax ? " and \(tally.entries.count - Self.namedMax) more" : ""
        report.notes.append("\(tally.entries.count) \(what): \(named.joined(separator: ", "))\(more).")
    }
}

extension RecordTracking.Outcome {
    /// What became of a row.
    fileprivate var said: String {
        switch self {
        case .moved: "moved a parcel on"
        case .repeated: "known already"
        case .late: "late: newer news are known"
        case .passed: "late: the parcel is past that"
        case .disputed: "in dispute: delivered before, and told to be lost"
        case .notSent: "kept for when the parcel is shipped"
        case .unclear: "unclear: several parcels bear the number"
        case .oldLabel: "of a label that was taken off: kept with it"
        case .noNews: "no news of where the parcel is"
        }
    }
}

/// The columns of a courier's table, by what they are in it.
struct TrackingColumns {
    enum Column: CaseIterable { case tracking, courier, status, word, at, date, time, event }

    let names: [String]
    private let places: [Column: String]

    private static func known(_ column: Column) -> [String] {
        switch column {
        case .tracking:
            [
                "tracking", "tracking_number", "tracking_no", "tracking_code", "tracking_id", "trackingnumber",
                "barcode", "consignment", "consignment_number", "parcel", "parcel_number", "shipment_number", "awb",
            ]
        case .courier: ["courier", "courier_code", "carrier", "carrier_code"]
        case .status: ["status", "state", "parcel_status", "shipment_status", "tracking_status"]
        case .word:
            [
                "word", "words", "courier_status", "carrier_status", "description", "event_description",
                "status_description", "status_text", "event_text", "scan",
            ]
        case .at:
            [
                "at", "timestamp", "datetime", "date_time", "event_at", "event_timestamp", "event_datetime",
                "event_date_time", "occurred_at", "scanned_at",
            ]
        case .date: ["date", "event_date", "scan_date"]
        case .time: ["time", "event_time", "scan_time"]
        case .event: ["event", "event_id", "courier_event_id", "event_code"]
        }
    }

    init(_ names: [String]) {
        self.names = names
        let plain = Dictionary(names.map { (Self.plain($0), $0) }, uniquingKeysWith: { first, _ in first })
        places = Column.allCases.reduce(into: [:]) { places, column in
            places[column] = Self.known(column).lazy.compactMap { plain[$0] }.first
        }
    }

    subscript(column: Column) -> String? { places[column] }

    /// The names that mean nothing here.
    var unused: [String] { names.filter { !places.values.contains($0) } }

    /// `Tracking No.` and `tracking-no` are `tracking_no`.
    static func plain(_ name: String) -> String {
        name.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "_")
    }

    func text(_ column: Column, of row: RowValues, atMost length: Int) throws(RejectedRow) -> String? {
        guard let name = places[column] else { return nil }
        return try row.optionalText(name, atMost: length)
    }
}

/// A time as people and programs write it: `2026-03-01T10:15:00Z`, `2026-03-01 10:15`, `2026-03-01`.
struct LocalTime {
    let moment: Timestamp
    /// Whether the text itself says in which zone.
    let namedZone: Bool

    /// Whether it is a day as `4.3.2026` or `03/04/26`, which countries read in their own ways.
    static func isShuffled(_ text: String) -> Bool {
        text.prefixMatch(of: /\s*\d{1,2}[.\/-]\d{1,2}[.\/-]\d{2,4}/) != nil
    }

    /// - Parameter zone: That of texts which name none.
    init?(_ text: String, in zone: TimeZone) {
        let text = text.replacing(" ", with: "T")
        if let moment = Timestamp(text) {
            (self.moment, namedZone) = (moment, true)
            return
        }
        let whole = text.count == 10 ? "\(text)T00:00:00" : text.count == 16 ? "\(text):00" : text
        guard let wall = Timestamp(whole + "Z") else { return nil }
        func offset(_ moment: Timestamp) -> Int64 {
            Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000))) * 1000
        }
        // The offset there is that of the moment itself, which the first guess comes near enough to know.
        let guess = Timestamp(milliseconds: wall.milliseconds - offset(wall))
        (moment, namedZone) = (Timestamp(milliseconds: wall.milliseconds - offset(guess)), false)
    }
}

/// The options of `waybill import tracking`.
struct TrackingImportOptions: ParsableArguments {
    @Option(help: "tracking: the zone of times that name none, as Europe/London (default UTC).") var zone = "UTC"

    /// - Throws: `ValidationError`.
    func timeZone() throws -> TimeZone {
        guard let zone = TimeZone(identifier: zone) else {
            throw ValidationError("--zone \(zone) is not known: expected one as Europe/London (IANA)")
        }
        return zone
    }
}

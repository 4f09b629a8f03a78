import Foundation

/// When a location works: its time zone, its open weekdays, its holidays, and the latest moment for same-day work.
public struct BusinessCalendar: Hashable, Sendable {
    /// IANA name, such as `Europe/London`.
    public let zone: String
    /// Monday is 1, Sunday 7 (ISO 8601).
    public let openWeekdays: Set<Int>
    /// Days since 1970-01-01 on which it is closed all the same.
    public let holidays: Set<Int64>
    /// Minutes after local midnight.
    public let cutoffMinutes: Int64

    public static let holidaysMax = 1_000
    /// Days that may be named: until the year 2243.
    public static let holidays: ClosedRange<Int64> = 0...100_000

    private let timeZone: TimeZone

    /// - Returns: nil for a zone that is not known here, or no open day, or a cut-off outside the day.
    public init?(zone: String, openWeekdays: Set<Int>, holidays: Set<Int64> = [], cutoffMinutes: Int64) {
        guard let timeZone = TimeZone(identifier: zone), !openWeekdays.isEmpty,
            openWeekdays.allSatisfy({ (1...7).contains($0) }), (0..<1440).contains(cutoffMinutes)
        else { return nil }
        self.zone = zone
        self.openWeekdays = openWeekdays
        self.holidays = holidays
        self.cutoffMinutes = cutoffMinutes
        self.timeZone = timeZone
    }

    /// The first cut-off after `moment`: until then, today's work still leaves on the day it names.
    public func nextCutoff(from moment: Timestamp) -> Timestamp {
        let local = moment.milliseconds + offset(at: moment)
        var day = Int64((Double(local) / 86_400_000).rounded(.down))
        if (local - day * 86_400_000) / 60_000 >= cutoffMinutes { day += 1 }
        // Four hundred closed days in a row would be a calendar without an open day.
        let last = day + 400
        while day < last, !isOpen(onDay: day) { day += 1 }
        return self.moment(onDay: day, minutes: cutoffMinutes)
    }

    /// The local day of a moment, counted from 1970-01-01.
    public func day(of moment: Timestamp) -> Int64 {
        Int64((Double(moment.milliseconds + offset(at: moment)) / 86_400_000).rounded(.down))
    }

    /// What clocks on the wall say at a moment: `14:05`.
    public func clock(of moment: Timestamp) -> String {
        Self.clock(minutes: sinceMidnight(at: moment) / 60_000)
    }

    /// The same of minutes after midnight.
    static func clock(minutes: Int64) -> String {
        [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : String($0) }.joined(separator: ":")
    }

    /// Milliseconds on the wall.
    private func sinceMidnight(at moment: Timestamp) -> Int64 {
        moment.milliseconds + offset(at: moment) - day(of: moment) * 86_400_000
    }

    /// The same hour on the wall, so many days later.
    func moment(_ days: Int64, after moment: Timestamp) -> Timestamp {
        self.moment(onDay: day(of: moment) + days, minutes: sinceMidnight(at: moment) / 60_000)
    }

    /// `2026-03-02`
    public static func date(ofDay day: Int64) -> String {
        String(Timestamp(milliseconds: day * 86_400_000).description.prefix(10))
    }

    /// The day of a date as `2026-12-25`, counted from 1970-01-01; nil for what is no date.
    public static func day(ofDate date: String) -> Int64? {
        guard date.utf8.count == 10 else { return nil }
        return Timestamp(date + "T00:00:00Z").map { $0.milliseconds / 86_400_000 }
    }

    /// What was promised, or a later day: another hour of the same day is no other promise.
    func later(_ promised: Timestamp, _ arrival: Timestamp) -> Timestamp {
        promised < arrival && day(of: promised) < day(of: arrival) ? arrival : promised
    }

    /// Whether the location works on a day, counted from 1970-01-01.
    public func isOpen(onDay day: Int64) -> Bool {
        openWeekdays.contains(Self.weekday(ofDay: day)) && !holidays.contains(day)
    }

    /// Monday is 1, Sunday 7 (ISO 8601), of a day counted from 1970-01-01 (a Thursday).
    static func weekday(ofDay day: Int64) -> Int { Int((day % 7 + 7 + 3) % 7) + 1 }

    /// The moment of a local wall-clock time. Where daylight saving skips it, the moment the clocks jump past it.
    func moment(onDay day: Int64, minutes: Int64) -> Timestamp {
        let wall = day * 86_400_000 + minutes * 60_000
        let guess = Timestamp(milliseconds: wall - offset(at: Timestamp(milliseconds: wall)))
        let moment = Timestamp(milliseconds: wall - offset(at: guess))
        guard moment.milliseconds + offset(at: moment) != wall else { return moment }
        // Half a day before, the clocks have not jumped yet.
        let before = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000 - 43_200)
        guard let jump = timeZone.nextDaylightSavingTimeTransition(after: before) else { return moment }
        return Timestamp(milliseconds: Int64(jump.timeIntervalSince1970 * 1000))
    }

    private func offset(at moment: Timestamp) -> Int64 {
        Int64(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000))) * 1000
    }

    /// `2026-03-09, 17:30`: as the clocks of the place show it.
    func clockTime(of moment: Timestamp) -> String {
        let local = "\(Timestamp(milliseconds: moment.milliseconds + offset(at: moment)))"
        return "\(local.prefix(10)), \(local.dropFirst(11).prefix(5))"
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("zone", zone)
            $0.array("open") { list in for day in openWeekdays.sorted() { list.value(day) } }
            $0.array("holidays") { list in for day in holidays.sorted() { list.value(Self.date(ofDay: day)) } }
            $0.member("cutoff_minutes", cutoffMinutes)
        }
    }

    init(stored json: JSON) throws {
        let open = Set((json["open"]?.array ?? []).compactMap { $0.integer.map(Int.init) })
        // Documents of before have days since 1970-01-01.
        let holidays = Set(
            (json["holidays"]?.array ?? []).compactMap { $0.integer ?? $0.string.flatMap(Self.day(ofDate:)) })
        guard
            let calendar = BusinessCalendar(
                zone: try json.text("zone"), openWeekdays: open, holidays: holidays,
                cutoffMinutes: try json.integer("cutoff_minutes"))
        else { throw BrokenInvariant("a stored calendar cannot be read: \(json.text)") }
        self = calendar
    }
}

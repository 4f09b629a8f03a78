import Foundation
import TestSupport
import Testing

@testable import OrderManagement

@Suite("The calendar of a location")
struct BusinessCalendarTests {
    /// Worked out by hand from the zones' published rules for 2026.
    private static let cases = TextTable(
        """
        zone             | open    | cut-off | moment               | next cut-off
        # London: clocks go forward on 29 March, back on 25 October.
        Europe/London    | 1234567 | 16:00   | 2026-03-28T15:59:59Z | 2026-03-28T16:00:00Z
        Europe/London    | 1234567 | 16:00   | 2026-03-28T16:00:00Z | 2026-03-29T15:00:00Z
        Europe/London    | 1234567 | 16:00   | 2026-10-24T15:00:00Z | 2026-10-25T16:00:00Z
        Europe/London    | 12345   | 16:00   | 2026-03-27T16:30:00Z | 2026-03-30T15:00:00Z
        Europe/London    | 1234567 | 01:30   | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z
        # New York: forward on 8 March (02:30 does not exist), back on 1 November.
        America/New_York | 1234567 | 02:30   | 2026-03-07T12:00:00Z | 2026-03-08T07:00:00Z
        America/New_York | 1234567 | 16:00   | 2026-03-07T21:00:00Z | 2026-03-08T20:00:00Z
        America/New_York | 1234567 | 16:00   | 2026-10-31T20:00:00Z | 2026-11-01T21:00:00Z
        # Sydney: back on 5 April, forward on 4 October (02:30 does not exist).
        Australia/Sydney | 1234567 | 16:00   | 2026-04-04T05:00:00Z | 2026-04-05T06:00:00Z
        Australia/Sydney | 1234567 | 16:00   | 2026-10-03T06:00:00Z | 2026-10-04T05:00:00Z
        Australia/Sydney | 1234567 | 02:30   | 2026-10-03T06:00:00Z | 2026-10-03T16:00:00Z
        # Lord Howe: half an hour, forward on 4 October at 02:00 (02:15 does not exist).
        Australia/Lord_Howe | 1234567 | 02:15 | 2026-10-03T12:00:00Z | 2026-10-03T15:30:00Z
        # Tokyo and Kathmandu do not change their clocks; Kathmandu is 5:45 ahead.
        Asia/Tokyo       | 1234567 | 00:00   | 2026-03-28T14:59:59Z | 2026-03-28T15:00:00Z
        Asia/Kathmandu   | 6       | 09:00   | 2026-03-02T10:00:00Z | 2026-03-07T03:15:00Z
        """)

    @Test("The next cut-off, over daylight saving too", arguments: cases.rows)
    func nextCutoff(row: TextTable.Row) throws {
        let parts = row["cut-off"].split(separator: ":").compactMap { Int64($0) }
        let open = Set(row["open"].compactMap(\.wholeNumberValue))
        let calendar = try #require(
            BusinessCalendar(zone: row["zone"], openWeekdays: open, cutoffMinutes: parts[0] * 60 + parts[1]))
        let moment = try #require(Timestamp(row["moment"]))
        #expect(calendar.nextCutoff(from: moment).description == row["next cut-off"])
    }

    @Test(
        "Walked through a year, each cut-off stands at its wall-clock time on the next open day",
        arguments: ["Europe/London", "America/New_York", "America/St_Johns", "Australia/Sydney", "Africa/Cairo", "UTC"])
    func year(zone: String) throws {
        let calendar = try #require(
            BusinessCalendar(zone: zone, openWeekdays: [1, 2, 3, 4, 5], holidays: [20_547], cutoffMinutes: 17 * 60))
        var foundation = Calendar(identifier: .gregorian)
        foundation.timeZone = try #require(TimeZone(identifier: zone))
        var moment = try #require(Timestamp("2026-01-01T00:00:00Z"))
        var count = 0
        while moment < Timestamp(milliseconds: 1_798_761_600_000) {
            let next = calendar.nextCutoff(from: moment)
            let date = Date(timeIntervalSince1970: Double(next.milliseconds) / 1000)
            let parts = foundation.dateComponents([.hour, .minute, .second, .weekday], from: date)
            guard next > moment, parts.hour == 17, parts.minute == 0, parts.second == 0,
                (2...6).contains(parts.weekday ?? 0)
            else {
                Issue.record("after \(moment): \(next)")
                return
            }
            moment = next
            count += 1
        }
        // 261 weekdays in 2026, one holiday (4 April 2026 is a Saturday: day 20547), one may lie beyond the year's end.
        #expect((260...262).contains(count))
    }

    @Test("A holiday is passed over")
    func holiday() throws {
        let day = Timestamp.days(fromCivil: 2026, 3, 3)
        let calendar = try #require(
            BusinessCalendar(zone: "UTC", openWeekdays: [1, 2, 3], holidays: [day], cutoffMinutes: 600))
        let monday = try #require(Timestamp("2026-03-02T10:00:00Z"))
        #expect(calendar.nextCutoff(from: monday).description == "2026-03-04T10:00:00Z")
        #expect(!calendar.isOpen(onDay: day))
    }

    @Test("What is no calendar is not made")
    func refuses() {
        #expect(BusinessCalendar(zone: "Mars/Olympus", openWeekdays: [1], cutoffMinutes: 0) == nil)
        #expect(BusinessCalendar(zone: "UTC", openWeekdays: [], cutoffMinutes: 0) == nil)
        #expect(BusinessCalendar(zone: "UTC", openWeekdays: [8], cutoffMinutes: 0) == nil)
        #expect(BusinessCalendar(zone: "UTC", openWeekdays: [1], cutoffMinutes: 1440) == nil)
    }
}

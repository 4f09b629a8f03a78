import TestSupport
import Testing

@testable import OrderManagement

@Suite("Moments")
struct TimestampTests {
    @Test("Texts of RFC 3339 are read, and written as UTC", arguments: [
        ("2026-03-01T10:15:00Z", "2026-03-01T10:15:00Z"), ("2026-03-01t10:15:00z", "2026-03-01T10:15:00Z"),
        ("2026-03-01T10:15:00.5Z", "2026-03-01T10:15:00.500Z"),
        ("2026-03-01T10:15:00.123987Z", "2026-03-01T10:15:00.123Z"),
        ("2026-03-01T00:15:00+01:00", "2026-02-28T23:15:00Z"), ("2025-12-31T23:59:59-00:01", "2026-01-01T00:00:59Z"),
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"), ("2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ])
    func reads(text: String, written: String) {
        #expect(Timestamp(text)?.description == written)
    }

    @Test("What is no moment is not read", arguments: [
        "", "2026-03-01", "2026-03-01T10:15:00", "2026-03-01 10:15:00Z", "2026-02-29T10:15:00Z", "1900-02-29T10:15:00Z",
        "2026-13-01T10:15:00Z", "2026-00-01T10:15:00Z", "2026-03-00T10:15:00Z", "2026-03-32T10:15:00Z",
        "2026-03-01T24:00:00Z", "2026-03-01T10:60:00Z", "2026-03-01T10:15:60Z", "2026-03-01T10:15:00.Z",
        "2026-03-01T10:15:00+1:00", "2026-03-01T10:15:00+24:00", "2026-03-01T10:15:00+01:60", "2026-03-01T10:15:00Zx",
        "2026-03-01T10:15:00.5", "２０２６-03-01T10:15:00Z", "+026-03-01T10:15:00Z", "2026-03-01T10:15:00+01:00 ",
    ])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Every moment comes back from its text, and texts sort as moments do")
    func roundTrip() {
        var numbers = SeededNumbers(seed: 3)
        var last: Timestamp?
        for _ in 1...20_000 {
            let moment = Timestamp(milliseconds: numbers.number(-62_135_596_800_000...253_402_300_799_999))
            #expect(Timestamp(moment.description) == moment)
            let second = Timestamp(milliseconds: moment.milliseconds / 1000 * 1000)
            if let last { #expect((last < second) == (last.description < second.description)) }
            last = second
        }
    }

    @Test("Each day of four hundred years has the date that counting days gives it")
    func dates() {
        var (year, month, day) = (Int64(1800), Int64(1), Int64(1))
        for days in Timestamp.days(fromCivil: 1800, 1, 1)..<Timestamp.days(fromCivil: 2200, 1, 1) {
            let date = Timestamp.civil(fromDays: days)
            guard date == (year, month, day), Timestamp.days(fromCivil: year, month, day) == days else {
                Issue.record("\(days): \(date), not \(year)-\(month)-\(day)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length: Int64 = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
            day += 1
            if day > length { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}

import Foundation

/// A moment: whole milliseconds since 1970-01-01T00:00:00Z, as POSIX counts (no leap seconds).
public struct Timestamp: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The moments that orders may bear: from 2000 on, until 2100.
    public static let earliest = Timestamp(milliseconds: 946_684_800_000)
    public static let latest = Timestamp(milliseconds: 4_102_444_800_000)

    /// What the machine's clock says: for the composition root only; everything else is given its time.
    public static func present() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
    public static func + (left: Timestamp, seconds: Seconds) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds + seconds.count * 1000)
    }
    public static func - (left: Timestamp, right: Timestamp) -> Seconds {
        Seconds((left.milliseconds - right.milliseconds) / 1000)
    }
}

/// A span of time in whole seconds.
public struct Seconds: Hashable, Comparable, Sendable {
    public let count: Int64
    public init(_ count: Int64) { self.count = count }
    public static func minutes(_ count: Int64) -> Seconds { Seconds(count * 60) }
    public static func hours(_ count: Int64) -> Seconds { Seconds(count * 3600) }
    public static func days(_ count: Int64) -> Seconds { Seconds(count * 86400) }
    public static func < (left: Seconds, right: Seconds) -> Bool { left.count < right.count }
}

/// RFC 3339 text, always UTC on output.
extension Timestamp: CustomStringConvertible {
    /// `2026-03-01T10:15:00Z`, with `.123` only where there are milliseconds.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(24)
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func write(to text: inout [UInt8]) {
        var days = milliseconds / 86_400_000
        var rest = milliseconds % 86_400_000
        if rest < 0 { rest += 86_400_000; days -= 1 }
        let (year, month, day) = Self.civil(fromDays: days)
        func digit(_ value: Int64) { text.append(UInt8(48 + value % 10)) }
        func digits(_ value: Int64) { digit(value / 10); digit(value) }
        digits(year / 100); digits(year); text.append(45); digits(month); text.append(45); digits(day); text.append(84)
        digits(rest / 3_600_000); text.append(58); digits(rest / 60_000 % 60); text.append(58)
        digits(rest / 1000 % 60)
        if rest % 1000 != 0 { text.append(46); digit(rest / 100); digits(rest) }
        text.append(90)
    }

    /// Reads RFC 3339: date, time, optional fraction (cut at milliseconds), `Z` or an offset.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] == 84 || bytes[10] == 116,
            bytes[13] == 58, bytes[16] == 58,
            let year = Self.number(bytes, 0, 4), let month = Self.number(bytes, 5, 2),
            let day = Self.number(bytes, 8, 2), let hour = Self.number(bytes, 11, 2),
            let minute = Self.number(bytes, 14, 2), let second = Self.number(bytes, 17, 2),
            (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == 46 {
            at += 1
            var scale: Int64 = 100
            let start = at
            while at < bytes.count, (48...57).contains(bytes[at]) {
                fraction += Int64(bytes[at] - 48) * scale
                scale /= 10
                at += 1
            }
            guard at > start else { return nil }
        }
        guard at < bytes.count, let offset = Self.offsetMinutes(bytes, at) else { return nil }
        let days = Self.days(fromCivil: year, month, day)
        let seconds = days * 86400 + hour * 3600 + (minute - offset) * 60 + second
        self.init(milliseconds: seconds * 1000 + fraction)
    }

    private static func offsetMinutes(_ bytes: [UInt8], _ at: Int) -> Int64? {
        if bytes[at] == 90 || bytes[at] == 122 { return at == bytes.count - 1 ? 0 : nil }
        guard bytes[at] == 43 || bytes[at] == 45, bytes.count == at + 6, bytes[at + 3] == 58,
            let hours = number(bytes, at + 1, 2), let minutes = number(bytes, at + 4, 2), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (bytes[at] == 45 ? -1 : 1)
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for byte in bytes[start..<start + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        return value
    }

    /// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, counted in years that begin in March.
    static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        let (nextYear, nextMonth) = month == 12 ? (year + 1, 1) : (year, month + 1)
        return days(fromCivil: nextYear, nextMonth, 1) - days(fromCivil: year, month, 1)
    }
}

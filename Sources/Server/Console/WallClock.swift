import Foundation
import OrderManagement

/// Writes moments as people of one time zone read them, as seen from one moment.
struct WallClock: Sendable {
    let now: Timestamp
    private let zone: TimeZone

    /// The zone of pages that belong to no location.
    static let home = "Europe/London"

    /// - Parameter zone: an IANA name; one that is not known here is read as UTC.
    init(now: Timestamp, zone: String = WallClock.home) {
        self.now = now
        self.zone = TimeZone(identifier: zone) ?? .gmt
    }

    /// The zone's IANA name.
    var zoneName: String { zone.identifier }

    /// "12 Mar, 14:05"; with its year when that is another than the present one.
    func time(_ moment: Timestamp) -> TimeText {
        let local = wall(moment)
        return TimeText("\(date(local)), \(local.dropFirst(11).prefix(5))", moment.description)
    }

    /// "12 Mar 2026, 14:05".
    func fullTime(_ moment: Timestamp) -> TimeText {
        let local = wall(moment)
        return TimeText("\(day(local)) \(local.prefix(4)), \(local.dropFirst(11).prefix(5))", moment.description)
    }

    /// "12 Mar".
    func date(_ moment: Timestamp) -> String { date(wall(moment)) }

    /// The moment at which a date of the form `2026-03-12` begins; nil for text that is no date.
    func beginning(of date: String) -> Timestamp? {
        guard date.utf8.count == 10, let guess = Timestamp(date + "T00:00:00Z") else { return nil }
        let first = guess + Seconds(-offset(at: guess))
        return guess + Seconds(-offset(at: first))
    }

    /// The moment of a date and a time of its clocks, as `2026-03-12` and `14:05`; nil for text that is neither.
    func moment(of date: String, _ time: String) -> Timestamp? {
        guard date.utf8.count == 10, time.utf8.count == 5, let guess = Timestamp("\(date)T\(time):00Z") else {
            return nil
        }
        let first = guess + Seconds(-offset(at: guess))
        return guess + Seconds(-offset(at: first))
    }

    /// `2026-03-12`
    func isoDate(_ moment: Timestamp) -> String { String(wall(moment).prefix(10)) }

    /// `14:05`
    func clock(_ moment: Timestamp) -> String { String(wall(moment).dropFirst(11).prefix(5)) }

    /// "2 h 10 min", "3 d 4 h", "less than a minute".
    static func span(_ seconds: Seconds) -> String {
        let minutes = abs(seconds.count) / 60
        switch minutes {
        case 0: return "under 1 min"
        case ..<60: return "\(minutes) min"
        case ..<1440: return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
        case ..<14400:
            let hours = minutes / 60 % 24
            return hours == 0 ? "\(minutes / 1440) d" : "\(minutes / 1440) d \(hours) h"
        default: return "\(minutes / 1440) d"
        }
    }

    /// How long ago a moment was: "2 h 10 min".
    func since(_ moment: Timestamp) -> String { Self.span(now - moment) }

    private func date(_ local: String) -> String {
        local.prefix(4) == wall(now).prefix(4) ? day(local) : "\(day(local)) \(local.prefix(4))"
    }

    private func day(_ local: String) -> String {
        let month = Int(local.dropFirst(5).prefix(2)) ?? 1
        return "\(Int(local.dropFirst(8).prefix(2)) ?? 0) \(Self.months[(month - 1) % 12])"
    }

    /// RFC 3339 text of the local wall clock: what people's digits are cut from.
    private func wall(_ moment: Timestamp) -> String { (moment + Seconds(offset(at: moment))).description }

    private func offset(at moment: Timestamp) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)))
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

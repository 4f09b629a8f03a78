import Foundation
import OrderManagement

/// The language of a customer's page, with days and amounts as it writes them.
enum CustomerLanguage: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"

    /// - Parameter tag: As a customer or a channel has it, such as `de-AT`; others than those above are English.
    init(tag: String?) {
        let primary = tag?.split(separator: "-").first.map { $0.lowercased() } ?? ""
        self = CustomerLanguage(rawValue: primary) ?? .english
    }

    /// The first of a browser's languages that there is, by the order in which it names them.
    init(accepting header: String?) {
        let tags = (header ?? "").split(separator: ",").prefix(20).map { entry in
            entry.prefix { $0 != ";" && $0 != "-" }.trimmingCharacters(in: .whitespaces).lowercased()
        }
        self = tags.lazy.compactMap { CustomerLanguage(rawValue: $0) }.first ?? .english
    }

    /// A phrase, with values in the places of its `{}`.
    func callAsFunction(_ phrase: CustomerPhrase, _ values: String...) -> String {
        let words = phrase.words
        let parts = (self == .english ? words.english : words.german).components(separatedBy: "{}")
        return parts.enumerated().reduce("") { text, part in
            text + (part.offset == 0 ? "" : values.count >= part.offset ? values[part.offset - 1] : "") + part.element
        }
    }

    /// What templates name: every phrase by its own name.
    var texts: [String: String] {
        Dictionary(uniqueKeysWithValues: CustomerPhrase.allCases.map { ($0.rawValue, self($0)) })
    }

    /// A country by its name; by its code where it has none here.
    func country(_ code: String) -> String {
        Locale(identifier: rawValue).localizedString(forRegionCode: code) ?? code
    }

    /// `1,234`, `1.234`.
    func count(_ units: Int64) -> String { AmountWords(rawValue).grouped(units) }

    /// `£1,234.50`, `1.234,50 €`.
    func money(_ amount: Int64, _ currency: Currency) -> String {
        let text = AmountWords(rawValue).number(Money(abs(amount), currency))
        let sign = amount < 0 ? "\u{2212}" : ""
        let symbol = ["GBP": "£", "EUR": "€", "USD": "$"][currency.code]
        switch self {
        case .english:
            return sign + (symbol.map { $0 + text } ?? "\(text)\u{A0}\(currency)")
        case .german:
            return "\(sign)\(text)\u{A0}\(symbol ?? currency.code)"
        }
    }
}

/// Moments as customers read them, in the time zone of the place that their order is at.
struct CustomerClock: Sendable {
    let now: Timestamp
    let language: CustomerLanguage
    private let zone: TimeZone

    /// - Parameter zone: An IANA name; one that is not known here is read as UTC.
    init(now: Timestamp, zone: String, language: CustomerLanguage) {
        (self.now, self.language) = (now, language)
        self.zone = TimeZone(identifier: zone) ?? .gmt
    }

    var zoneName: String { zone.identifier }

    /// `Fri 27 Nov`, `Fr., 27. Nov.`; with its year when that is another than the present one.
    func day(_ moment: Timestamp) -> String {
        let local = wall(moment)
        let days = (moment.milliseconds + offset(at: moment) * 1_000) / 86_400_000
        let weekday = Int((days + 3) % 7)  // 1970-01-01 was a Thursday
        let month = (Int(local.dropFirst(5).prefix(2)) ?? 1) - 1
        let day = Int(local.dropFirst(8).prefix(2)) ?? 0
        let year = local.prefix(4) == wall(now).prefix(4) ? "" : " \(local.prefix(4))"
        switch language {
        case .english: return "\(Self.days.0[weekday]) \(day) \(Self.months.0[month])\(year)"
        case .german: return "\(Self.days.1[weekday])., \(day). \(Self.months.1[month])\(year)"
        }
    }

    /// `14:30`, `14:30 Uhr`.
    func time(_ moment: Timestamp) -> String {
        wall(moment).dropFirst(11).prefix(5) + (language == .german ? " Uhr" : "")
    }

    /// `Fri 27 Nov, 14:30`.
    func moment(_ moment: Timestamp) -> TimeText {
        TimeText("\(day(moment)), \(time(moment))", moment.description)
    }

    /// The time of today, or the moment on another day.
    func deadline(_ moment: Timestamp) -> String {
        wall(moment).prefix(10) == wall(now).prefix(10) ? time(moment) : self.moment(moment).text
    }

    /// RFC 3339 text of the local wall clock: what people's digits are cut from.
    private func wall(_ moment: Timestamp) -> String { (moment + Seconds(offset(at: moment))).description }

    private func offset(at moment: Timestamp) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)))
    }

    private static let days = (
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
    )
    private static let months = (
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        [
            "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
        ]
    )
}

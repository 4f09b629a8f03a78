import Foundation
import OrderManagement

/// The language of a customer's page, with days and amounts as it writes them.
typealias CustomerLanguage = Language

extension CustomerPhrase: Translated {}

extension CustomerLanguage {
    /// The first of a browser's languages that there is, by the order in which it names them.
    init(accepting header: String?) {
        let tags = (header ?? "").split(separator: ",").prefix(20).map { entry in
            entry.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        }
        self = tags.lazy.compactMap { CustomerLanguage(known: $0) }.first ?? .english
    }

    /// A phrase, with values in the places of its `{}`.
    func callAsFunction(_ phrase: CustomerPhrase, _ values: String...) -> String { filled(words(phrase), values) }

    /// A phrase of so many things: in its form for the number, which stands in the place of its `{}`.
    func callAsFunction(_ phrase: CustomerPhrase, count units: Int64) -> String {
        filled(form(of: words(phrase), for: units), [count(units)])
    }

    private func filled(_ text: String, _ values: [String]) -> String {
        text.components(separatedBy: "{}").enumerated().reduce("") { text, part in
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
        case .dutch:
            return "\(symbol ?? currency.code)\u{A0}\(sign)\(text)"
        case .german, .french, .spanish, .italian:
            return "\(sign)\(text)\u{A0}\(symbol ?? currency.code)"
        case .polish:
            return "\(sign)\(text)\u{A0}\(currency.code == "PLN" ? "zł" : symbol ?? currency.code)"
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
    func day(_ moment: Timestamp) -> String { DayWords(language).day(wall(moment), in: wall(now)) }

    /// `14:30`, `14:30 Uhr`.
    func time(_ moment: Timestamp) -> String { DayWords(language).time(wall(moment)) }

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
}

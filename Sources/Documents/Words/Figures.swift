import Foundation
public import OrderManagement

/// A day as documents bear it, in the place where they are printed.
public struct PrintedDate: Hashable, Sendable {
    public let year: Int
    public let month: Int
    public let day: Int

    /// - Returns: nil for what is no day of the calendar between 2000 and 2099.
    public init?(year: Int, month: Int, day: Int) {
        let lengths = [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (2000...2099).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day) else {
            return nil
        }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day that a moment falls on.
    /// - Parameter zone: Where: `Europe/London`, as locations have it.
    /// - Returns: nil for an unknown zone and a moment out of bounds.
    public init?(_ moment: Timestamp, zone: String) {
        guard let zone = TimeZone(identifier: zone) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        guard let year = parts.year, let month = parts.month, let day = parts.day else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// `2026-03-01`.
    public var iso: String { "\(year)-\(Figures.two(month))-\(Figures.two(day))" }
}

/// Numbers, weights, days and amounts as each language writes them.
enum Figures {
    static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// `7.5`, and `8` rather than `8.0`.
    static func plain(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : String(number)
    }

    /// `1 Mar 2026`, `01.03.2026`.
    static func day(_ date: PrintedDate, _ language: DocumentLanguage) -> String { DayWords(language).short(date.iso) }

    /// `1.25 kg`, `1,25 kg`; below 100 g in grams.
    static func weight(_ grams: Int64, _ language: DocumentLanguage) -> String {
        if grams < 100 { return "\(grams) g" }
        // Couriers weigh to 10 g: a parcel is never said to be lighter than it is.
        let tens = (grams + 9) / 10
        return "\(grouped(tens / 100, language))\(AmountWords(language.rawValue).point)\(two(Int(tens % 100))) kg"
    }

    /// `1,234.50 GBP`, `1.234,50 EUR`.
    static func money(_ money: Money, _ language: DocumentLanguage) -> String {
        "\(amount(money, language))\u{A0}\(money.currency)"
    }

    /// `1,234.50`, without the currency.
    static func amount(_ money: Money, _ language: DocumentLanguage) -> String {
        AmountWords(language.rawValue).number(money).replacing("-", with: "\u{2212}")
    }

    static func grouped(_ number: Int64, _ language: DocumentLanguage) -> String {
        AmountWords(language.rawValue).grouped(number)
    }
}

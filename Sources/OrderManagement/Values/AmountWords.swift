/// How a language writes amounts, for whoever reads them: `1,234.50 GBP`, `1.234,50 EUR`, `1 234,50 EUR`. The currency
/// stands behind, by its code: a `$` is one of twenty.
///
/// Source: the Unicode CLDR, number symbols of each language.
public struct AmountWords: Hashable, Sendable {
    public let point: String
    public let group: String
    /// Digits from which on they are grouped: Spanish, Portuguese, Polish and Bulgarian leave 1234 together.
    private let groupedFrom: Int

    /// - Parameter tag: Of a language, such as `de` or `de-CH`; one that is not known is written as English.
    public init(_ tag: String) {
        let parts = tag.lowercased().split(whereSeparator: { $0 == "-" || $0 == "_" }).map(String.init)
        let language = parts.first ?? ""
        let region = parts.dropFirst().last ?? ""
        (point, group) = Self.regions["\(language)-\(region)"] ?? Self.languages[language] ?? Self.english
        let isLate = ["es", "pt", "pl", "bg"].contains(language) && Self.regions["\(language)-\(region)"] == nil
            && region != "br"
        groupedFrom = isLate ? 5 : 4
    }

    /// `1.234,50 EUR`; the currency is kept on its line.
    public func text(_ money: Money) -> String { "\(number(money)) \(money.currency)" }

    /// `1.234,50`, without the currency.
    public func number(_ money: Money) -> String {
        let text = money.decimalText
        let parts = text.drop { $0 == "-" }.split(separator: ".", maxSplits: 1).map(String.init)
        let sign = text.hasPrefix("-") ? "-" : ""
        return sign + ([grouped(parts[0])] + parts.dropFirst()).joined(separator: point)
    }

    /// `1.234`.
    public func grouped(_ count: Int64) -> String { (count < 0 ? "-" : "") + grouped(String(count.magnitude)) }

    private func grouped(_ digits: String) -> String {
        guard digits.count >= groupedFrom else { return digits }
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += group }
            text.append(digit)
        }
        return text
    }

    private static let english = (".", ",")
    private static let space = "\u{A0}"

    private static let languages: [String: (String, String)] = {
        var known: [String: (String, String)] = [:]
        for language in [
            "ca", "da", "de", "el", "es", "eu", "fo", "gl", "hr", "id", "is", "it", "mk", "nl", "pt", "ro", "sl", "sr",
            "tr", "vi",
        ] { known[language] = (",", ".") }
        for language in [
            "be", "bg", "cs", "et", "fi", "hu", "hy", "ka", "kk", "lt", "lv", "nb", "nn", "no", "pl", "ru", "sk", "sq",
            "sv", "uk",
        ] { known[language] = (",", space) }
        known["fr"] = (",", "\u{202F}")
        return known
    }()

    /// Those that write otherwise than the rest of their language.
    private static let regions: [String: (String, String)] = [
        "de-ch": (".", "’"), "de-li": (".", "’"), "it-ch": (".", "’"), "en-za": (",", space), "es-mx": english,
        "es-us": english, "pt-pt": (",", space), "fr-ca": (",", space), "de-at": (",", space),
    ]
}

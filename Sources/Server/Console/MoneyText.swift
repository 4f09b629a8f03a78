import OrderManagement

/// Amounts and counts as people read them, and read back from what people type.
enum MoneyText {
    /// `1,234.50 GBP`.
    static func of(_ money: Money) -> String { "\(number(of: money)) \(money.currency)" }
    static func of(_ amount: Int64, _ currency: Currency) -> String { of(Money(amount, currency)) }

    /// `1,234.50`.
    static func number(of money: Money) -> String {
        let parts = money.decimalText.split(separator: ".", maxSplits: 1)
        return ([grouped(String(parts[0]))] + parts.dropFirst().map(String.init)).joined(separator: ".")
    }

    /// `1,234`.
    static func of(_ count: Int64) -> String { grouped(String(count)) }

    /// Reads `1234.5` and `1,234.50` as an amount of a currency.
    ///
    /// A comma is a decimal point to half of the world. So it is read as what parts thousands only where it can be
    /// nothing else: in whole groups of three that are followed by all of the currency's decimals.
    /// - Returns: nil for text that is none, or could mean another amount, or has more decimals than the currency, or
    ///   is too large.
    static func amount(_ text: String, in currency: Currency) -> Money? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard let first = parts.first, let whole = digits(of: first), whole.count <= 13,
            decimals.utf8.allSatisfy({ (48...57).contains($0) }), decimals.count <= currency.decimals,
            parts.count == 1 || !decimals.isEmpty
        else { return nil }
        guard !first.contains(",") || decimals.count == currency.decimals else { return nil }
        let padding = String(repeating: "0", count: currency.decimals - decimals.count)
        guard let minor = Int64(whole + decimals + padding), minor <= Money.amountMax else { return nil }
        return Money(minor, currency)
    }

    /// How amounts of a currency are typed: `12.50 or 1,234.50`.
    static func examples(in currency: Currency) -> String {
        let decimals = currency.decimals == 0 ? "" : "." + "5".padding(to: currency.decimals)
        return "12\(decimals) or 1,234\(decimals)"
    }

    /// The digits of a whole number; nil when its commas part anything but groups of three.
    private static func digits(of text: Substring) -> String? {
        let groups = text.split(separator: ",", omittingEmptySubsequences: false)
        guard groups.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        guard groups.count == 1 || groups[0].count <= 3 && groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
            return nil
        }
        return groups.joined()
    }

    private static func grouped(_ digits: String) -> String {
        let sign = digits.hasPrefix("-") ? "-" : ""
        var text = ""
        let bare = digits.dropFirst(sign.count)
        for (index, digit) in bare.enumerated() {
            if index > 0, (bare.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return sign + text
    }
}

extension String {
    /// Zeros behind it up to a length.
    fileprivate func padding(to length: Int) -> String {
        self + String(repeating: "0", count: Swift.max(0, length - count))
    }
}

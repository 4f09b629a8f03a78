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

    /// Reads `1,234.5` as an amount of a currency.
    /// - Returns: nil for text that is none, or has more decimals than the currency, or is too large.
    static func amount(_ text: String, in currency: Currency) -> Money? {
        let parts = text.filter { $0 != "," && $0 != " " }.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, parts.count <= 2, first.count <= 13,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } })
        else { return nil }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard decimals.count <= currency.decimals else { return nil }
        let padding = String(repeating: "0", count: currency.decimals - decimals.count)
        guard let minor = Int64(first + decimals + padding), minor <= Money.amountMax else { return nil }
        return Money(minor, currency)
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

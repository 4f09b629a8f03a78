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

    /// Reads `1234.5` and `1,234.50` as an amount of a currency; what could mean another amount is none.
    static func amount(_ text: String, in currency: Currency) -> Money? {
        Money(text, in: currency, read: DecimalText(takesCommas: true))
    }

    /// How amounts of a currency are typed: `12.50 or 1,234.50`.
    static func examples(in currency: Currency) -> String {
        let decimals = currency.decimals == 0 ? "" : "." + "5".padding(to: currency.decimals)
        return "12\(decimals) or 1,234\(decimals)"
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

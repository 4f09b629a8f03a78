/// What a currency is worth in a channel's own, as the retailer says: for comparing couriers by what they cost.
///
/// Decimal digits and a power of ten: nothing is rounded before the amount is.
public struct ExchangeRate: Hashable, Sendable {
    /// One of it …
    public let currency: Currency
    /// … is worth so many of the channel's: `0.8642`.
    public let text: String
    /// The day from which it is taken: `2026-11-26`.
    public let date: String
    private let digits: Int64
    private let decimals: Int

    public static let countMax = 50
    private static let decimalsMax = 9
    private static let digitsMax: Int64 = 1_000_000_000_000_000

    /// - Returns: nil for text that is no number above 0 with at most nine decimals.
    public init?(_ currency: Currency, _ text: String, date: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1].utf8.count : 0
        guard decimals <= Self.decimalsMax, let digits = DecimalText().units(text, decimals: decimals),
            (1...Self.digitsMax).contains(digits)
        else { return nil }
        (self.currency, self.text, self.date) = (currency, text, date)
        (self.digits, self.decimals) = (digits, decimals)
    }

    /// An amount of its currency in another, rounded half up. - Returns: nil beyond the largest amount.
    public func amount(_ amount: Int64, in other: Currency) -> Int64? {
        ratio(amount, over: currency, to: other, digits: Int128(digits), scale: Self.ten(decimals))
    }

    /// An amount of another currency in its own, rounded half up. - Returns: nil beyond the largest amount.
    public func amount(_ amount: Int64, of other: Currency) -> Int64? {
        ratio(amount, over: other, to: currency, digits: Self.ten(decimals), scale: Int128(digits))
    }

    /// `amount × digits / scale`, from the minor units of one currency to those of another.
    private func ratio(
        _ amount: Int64, over one: Currency, to other: Currency, digits: Int128, scale: Int128
    ) -> Int64? {
        let above = Int128(amount) * digits * Self.ten(other.decimals)
        let below = scale * Self.ten(one.decimals)
        let rounded = (2 * above + below) / (2 * below)
        return rounded <= Int128(Money.amountMax) ? Int64(rounded) : nil
    }

    private static func ten(_ power: Int) -> Int128 { (0..<power).reduce(Int128(1)) { product, _ in product * 10 } }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("currency", currency.code)
            $0.member("rate", text)
            $0.member("date", date)
        }
    }

    init(stored json: JSON) throws {
        guard let currency = Currency(try json.text("currency")),
            let rate = ExchangeRate(currency, try json.text("rate"), date: try json.text("date"))
        else { throw BrokenInvariant("a stored exchange rate cannot be read") }
        self = rate
    }
}

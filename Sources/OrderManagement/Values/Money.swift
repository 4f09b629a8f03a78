/// An ISO 4217 currency by its three letters.
public struct Currency: Hashable, Sendable, CustomStringConvertible {
    public let code: String
    /// Digits behind the decimal point: 0 (yen), 2 (pound), 3 (dinar).
    public let decimals: Int

    /// - Returns: nil for a code that this system does not know.
    public init?(_ code: String) {
        guard let decimals = Self.known[code] else { return nil }
        self.code = code
        self.decimals = decimals
    }

    public var description: String { code }

    public static func == (left: Currency, right: Currency) -> Bool { left.code == right.code }
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// ISO 4217, the currencies of retail: code and decimals.
    private static let known: [String: Int] = {
        var known: [String: Int] = [:]
        let two = """
            AED ARS AUD BDT BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP GEL GHS HKD HRK HUF IDR ILS INR KES KZT LKR \
            MAD MUR MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD UYU UZS ZAR
            """
        for code in two.split(separator: " ") { known[String(code)] = 2 }
        for code in ["CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"] { known[code] = 0 }
        for code in ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"] { known[code] = 3 }
        return known
    }()
}

/// An amount in minor units (pence, cents, yen) of one currency. Never floating point.
public struct Money: Hashable, Sendable {
    public var amount: Int64
    public let currency: Currency

    public init(_ amount: Int64, _ currency: Currency) {
        self.amount = amount
        self.currency = currency
    }

    /// The largest amount that a request may name; a thousand such still add up without overflow.
    public static let amountMax: Int64 = 1_000_000_000_000
}

extension Money {
    init(stored json: JSON) throws {
        guard let currency = Currency(try json.text("currency")) else {
            throw BrokenInvariant("an amount in an unknown currency")
        }
        self.init(try json.integer("amount"), currency)
    }
}

extension Money: CustomStringConvertible {
    /// `12.50 GBP`, for people.
    public var description: String { "\(decimalText) \(currency)" }

    /// `12.50`, with as many decimals as the currency has.
    public var decimalText: String {
        guard currency.decimals > 0 else { return String(amount) }
        var digits = String(amount.magnitude)
        while digits.count <= currency.decimals { digits = "0" + digits }
        let point = digits.index(digits.endIndex, offsetBy: -currency.decimals)
        return (amount < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
    }
}

extension Int64 {
    /// Splits an amount in proportion to `weights`, losing and gaining nothing.
    ///
    /// Largest remainder method; equal remainders go to the earlier part. All weights zero: the first part takes all.
    /// - Parameter weights: Not negative; any unit; their product with the amount may exceed 64 bits.
    /// - Returns: One amount per weight, in the same minor units, summing to `self`; none for no weights.
    public func split(by weights: [Int64]) -> [Int64] {
        guard let first = weights.indices.first else { return [] }
        let sum = weights.reduce(0, +)
        guard sum > 0 else {
            var parts = weights.map { _ in Int64(0) }
            parts[first] = self
            return parts
        }
        let sign: Int64 = self < 0 ? -1 : 1
        var parts: [Int64] = []
        var remainders: [(index: Int, rest: UInt64)] = []
        for (index, weight) in weights.enumerated() {
            let product = magnitude.multipliedFullWidth(by: UInt64(weight))
            let (share, rest) = UInt64(sum).dividingFullWidth(product)
            parts.append(Int64(share))
            remainders.append((index, rest))
        }
        let missing = Int64(magnitude) - parts.reduce(0, +)
        remainders.sort { ($1.rest, $0.index) < ($0.rest, $1.index) }
        for (index, _) in remainders.prefix(Int(missing)) { parts[index] += 1 }
        return parts.map { $0 * sign }
    }
}

/// How decimal digits are read as whole units, such as minor units of a currency, without a binary fraction between.
///
/// Who types, a table and a courier write amounts differently: each reader says in what it is lenient. Signs, blanks,
/// exponents and points without a digit before them are no number for anybody.
public struct DecimalText: Hashable, Sendable {
    /// What becomes of more decimals than there are units for.
    public enum Excess: Sendable {
        case refused
        /// Refused, unless they are zeros.
        case zeros
        /// Rounded half up.
        case rounded
    }

    public let excess: Excess
    /// Whether commas may part thousands. A comma is a decimal point to half of the world: it is read only where it can
    /// be nothing else, in whole groups of three that are followed by all of the decimals.
    public let takesCommas: Bool
    /// Whether `5.` is 5.
    public let takesBarePoint: Bool

    /// As little as possible, unless said otherwise.
    public init(excess: Excess = .refused, takesCommas: Bool = false, takesBarePoint: Bool = false) {
        (self.excess, self.takesCommas, self.takesBarePoint) = (excess, takesCommas, takesBarePoint)
    }

    /// `1.05` with two decimals is 105.
    ///
    /// - Returns: nil for what is no number, may be another one, or is beyond 64 bits.
    public func units(_ text: String, decimals: Int) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let whole = whole(first) else { return nil }
        var fraction = parts.count == 2 ? String(parts[1]) : ""
        guard Self.areDigits(fraction), parts.count == 1 || !fraction.isEmpty || takesBarePoint,
            !first.contains(",") || fraction.count == decimals
        else { return nil }
        var rest: Int64 = 0
        switch excess {
        case .refused: break
        case .zeros: while fraction.count > decimals, fraction.hasSuffix("0") { fraction.removeLast() }
        case .rounded:
            if let next = fraction.dropFirst(decimals).first, next >= "5" { rest = 1 }
            fraction = String(fraction.prefix(decimals))
        }
        guard fraction.count <= decimals,
            let units = Int64(whole + fraction + String(repeating: "0", count: decimals - fraction.count))
        else { return nil }
        let (sum, overflows) = units.addingReportingOverflow(rest)
        return overflows ? nil : sum
    }

    /// The digits before the point; nil where they are none, or commas part anything but groups of three.
    private func whole(_ text: Substring) -> String? {
        let groups = takesCommas ? text.split(separator: ",", omittingEmptySubsequences: false) : [text]
        guard groups.allSatisfy({ !$0.isEmpty && Self.areDigits(String($0)) }) else { return nil }
        guard groups.count == 1 || groups[0].count <= 3 && groups.dropFirst().allSatisfy({ $0.count == 3 }) else {
            return nil
        }
        return groups.joined()
    }

    private static func areDigits(_ text: String) -> Bool { text.utf8.allSatisfy { (48...57).contains($0) } }
}

extension Money {
    /// - Returns: nil for text that is no amount of the currency to this reader, or is larger than requests may name.
    public init?(_ text: String, in currency: Currency, read reading: DecimalText) {
        guard let amount = reading.units(text, decimals: currency.decimals), amount <= Self.amountMax else {
            return nil
        }
        self.init(amount, currency)
    }
}

/// Numbers as GS1 gives them out.
public enum GS1 {
    /// The check digit behind `digits`: weights 3, 1, 3, 1 … from the right, up to the next ten.
    ///
    /// Source: GS1 General Specifications, section 7.9.
    /// - Returns: nil when a character is no digit.
    public static func checkDigit(of digits: some StringProtocol) -> Int? {
        var sum = 0
        var weight = 3
        for byte in digits.utf8.reversed() {
            guard (48...57).contains(byte) else { return nil }
            sum += Int(byte - 48) * weight
            weight = 4 - weight
        }
        return (10 - sum % 10) % 10
    }
}

/// A serial shipping container code: the 18 digits that name one parcel and no other, worldwide.
///
/// An extension digit, the company prefix that GS1 leased to the retailer, a serial number, a check digit. Source: GS1
/// General Specifications, application identifier 00. The same code is not given to another parcel within 12 months;
/// who gives out serial numbers sees to that.
public struct SSCC: Hashable, Sendable, CustomStringConvertible {
    /// 18 digits.
    public let digits: String

    /// Company prefixes have 4 to 12 digits.
    public static let companyPrefixLengths = 4...12

    /// What scanners send before a barcode of GS1: the name of its symbology (ISO/IEC 15424), or FNC1 as it is sent.
    private static let scanned = ["]C1", "\u{1D}"]

    /// Reads 18 digits; spaces and the identifier `(00)` or `00` before them are taken off, and what scanners send
    /// before it, so scans can be read.
    /// - Returns: nil for another length, for what is no digit, and for a wrong check digit.
    public init?(_ text: String) {
        var bare = text.filter { $0 != " " }
        for mark in Self.scanned where bare.hasPrefix(mark) { bare.removeFirst(mark.count) }
        if bare.hasPrefix("(00)") { bare.removeFirst(4) } else if bare.utf8.count == 20, bare.hasPrefix("00") {
            bare.removeFirst(2)
        }
        guard bare.utf8.count == 18, let check = GS1.checkDigit(of: bare.dropLast()), bare.hasSuffix("\(check)") else {
            return nil
        }
        digits = bare
    }

    /// - Parameters:
    ///   - extensionDigit: 0 to 9, free to choose: it gives room for more serial numbers.
    ///   - companyPrefix: As leased from GS1, 4 to 12 digits.
    ///   - serial: From 0 to `serialMax`.
    /// - Returns: nil when one of them is out of its bounds.
    public init?(extensionDigit: Int, companyPrefix: String, serial: Int64) {
        guard (0...9).contains(extensionDigit), let most = Self.serialMax(companyPrefix: companyPrefix),
            (0...most).contains(serial)
        else { return nil }
        let places = 16 - companyPrefix.utf8.count
        let number = String(serial)
        let zeros = String(repeating: "0", count: places - number.count)
        let body = "\(extensionDigit)\(companyPrefix)\(zeros)\(number)"
        guard let check = GS1.checkDigit(of: body) else { return nil }
        digits = body + String(check)
    }

    /// The largest serial number that has room behind a company prefix.
    /// - Returns: nil when the prefix is none.
    public static func serialMax(companyPrefix: String) -> Int64? {
        guard companyPrefixLengths.contains(companyPrefix.utf8.count),
            companyPrefix.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return (0..<16 - companyPrefix.utf8.count).reduce(Int64(1)) { power, _ in power * 10 } - 1
    }

    public var description: String { digits }
}

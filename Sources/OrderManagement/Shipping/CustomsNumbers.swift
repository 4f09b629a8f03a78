/// The numbers by which customs know a channel's retailer.
public struct CustomsNumbers: Hashable, Sendable {
    /// As an exporter (EORI): one for each customs area that goods leave: `GB123456789000`, `DE1234567`.
    public var eori: [String] = []
    /// As who pays the value-added tax of small consignments to the European Union (IOSS): `IM2760000000`.
    public var ioss: String?

    public static let eoriMax = 10

    public init(eori: [String] = [], ioss: String? = nil) { (self.eori, self.ioss) = (eori, ioss) }

    /// A country and up to 15 letters and digits. Source: Delegated Regulation (EU) 2015/2446, Annex 12-01.
    public static func isEORI(_ text: String) -> Bool {
        let isPlain = text.unicodeScalars.allSatisfy { ("A"..."Z").contains($0) || ("0"..."9").contains($0) }
        return isPlain && (3...17).contains(text.count) && text.prefix(2).allSatisfy(\.isLetter)
    }

    /// `IM` and ten digits: the country that gave it, the number and a check digit. Source: Implementing Regulation
    /// (EU) 2020/194, Annex I.
    public static func isIOSS(_ text: String) -> Bool {
        text.count == 12 && text.hasPrefix("IM") && text.dropFirst(2).allSatisfy { ("0"..."9").contains($0) }
    }

    /// The number for goods that leave an address: that of its country, or of its customs area; nil for none.
    public func exporter(from origin: Address) -> String? {
        let prefixes = CustomsArea.prefixesOfNumbers(at: origin)
        return prefixes.lazy.compactMap { prefix in eori.first { $0.hasPrefix(prefix) } }.first
    }

    /// Goods worth more are no small consignment: minor units of the euro (Directive 2006/112/EC, Article 369l).
    static let smallMax: Int64 = 150_00

    /// The number for goods of a declared value that go to an address; nil for none.
    ///
    /// - Parameter rates: What the value's currency is compared with the euro by.
    public func importer(of value: Money, to address: Address, by rates: [ExchangeRate]) -> String? {
        guard let ioss, CustomsArea.isOfUnionsTax(address) else { return nil }
        if value.currency.code == "EUR" { return value.amount <= Self.smallMax ? ioss : nil }
        let euros = rates.first { $0.currency.code == "EUR" }?.amount(value.amount, of: value.currency)
        return euros.map { $0 <= Self.smallMax } ?? false ? ioss : nil
    }

    /// What is wrong with them in a channel of a currency: small consignments are known by their worth in euros.
    func objection(in currency: Currency, by rates: [ExchangeRate], at pointer: String) -> Refusal.Detail? {
        guard ioss != nil, currency.code != "EUR", !rates.contains(where: { $0.currency.code == "EUR" }) else {
            return nil
        }
        return .init(
            pointer + "/ioss", .invalidInput,
            "the number is for goods worth up to 150 EUR: name a rate of EUR in exchange_rates")
    }

    func write(to json: inout JSONWriter) {
        json.array("eori") { list in for number in eori { list.value(number) } }
        json.member("ioss", ioss)
    }

    init(stored json: JSON) {
        self.init(eori: (json["eori"]?.array ?? []).compactMap(\.string), ioss: json["ioss"]?.string)
    }
}

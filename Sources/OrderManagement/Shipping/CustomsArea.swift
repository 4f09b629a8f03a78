/// Where goods cross a customs border: addresses between which they pass without a declaration are in one area.
public enum CustomsArea {
    /// The customs territory of the European Union (Regulation (EU) 952/2013, Article 4), with Monaco, and without
    /// countries that are outside of its taxes (Directive 2006/112/EC, Article 6), as the French overseas departments
    /// are: posts want a declaration there as well.
    private static let union: Set<String> = [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    ]

    /// Countries that have the customs of another one; the Channel Islands have their own.
    private static let others = ["IM": "GB", "LI": "CH", "PR": "US"]

    /// Places of the union's countries that goods do not reach without a declaration, by how their postcodes begin.
    /// Outside of the customs union are Ceuta and Melilla, Heligoland and Büsingen, Livigno; inside of it, but outside
    /// of its taxes, the Canary Islands, Campione and Mount Athos.
    private static let outside: [String: [String]] = [
        "ES": ["35", "38", "51", "52"], "DE": ["27498", "78266"], "IT": ["22061", "23041"], "GR": ["63086"],
    ]

    /// Places that have a country's code of their own, and are written as another's as well, by how their postcodes
    /// begin. The French departments overseas (971…974, 976, Saint-Martin) and Åland are inside of the customs union
    /// but outside of its taxes (Directive 2006/112/EC, Article 6(1)), so that goods are declared as between countries
    /// (Regulation (EU) 952/2013, Article 1(3)); the other French places overseas are outside of both. San Marino has
    /// the postcodes of an Italian province.
    private static let ownCodes: [String: [String: String]] = [
        "FR": [
            "97133": "BL", "97150": "MF", "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
            "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC",
        ],
        "FI": ["22": "AX"], "IT": ["4789": "SM"],
    ]

    private enum Area: Hashable {
        case union
        case country(String)
        /// Needs a declaration also from its own country.
        case place(String, String)
    }

    private static func area(of address: Address) -> Area {
        let postcode = Postcode.plain(address.postcode, in: address.country).filter { !$0.isWhitespace && $0 != "-" }
        for length in [5, 4, 3, 2] {
            if let code = ownCodes[address.country]?[String(postcode.prefix(length))] { return .country(code) }
        }
        if let prefix = outside[address.country]?.first(where: postcode.hasPrefix) {
            return .place(address.country, prefix)
        }
        if union.contains(address.country) { return .union }
        return .country(others[address.country] ?? address.country)
    }

    private static func isNorthern(_ address: Address) -> Bool {
        address.country == "GB" && address.postcode.uppercased().hasPrefix("BT")
    }

    /// How exporters' numbers of an address begin, that of its own country first: in the union those of all members do.
    static func prefixesOfNumbers(at address: Address) -> [String] {
        if isNorthern(address) { return ["XI", "GB"] }
        let own = others[address.country] ?? address.country
        return [own] + (union.contains(address.country) ? union.subtracting([own]).sorted() : [])
    }

    /// Whether goods that come to an address bear the value-added tax of the European Union.
    static func isOfUnionsTax(_ address: Address) -> Bool {
        union.contains(address.country) && area(of: address) == .union
    }

    /// Whether goods go from one address to another without a declaration. Northern Ireland is of both sides. San
    /// Marino is in a customs union with the European one, and outside of its taxes, as the Canary Islands are: what
    /// comes there from its members is declared all the same; but for Italy, with which it has a border of taxes alone
    /// (invoices, Decree of the Italian Minister of Finance of 21 June 2021).
    public static func isOne(_ one: Address, _ other: Address) -> Bool {
        let (here, there) = (area(of: one), area(of: other))
        if here == there { return true }
        if isItaly(one, here) && there == sanMarino || isItaly(other, there) && here == sanMarino { return true }
        return here == .union && isNorthern(other) || there == .union && isNorthern(one)
    }

    private static let sanMarino = Area.country("SM")

    private static func isItaly(_ address: Address, _ area: Area) -> Bool { address.country == "IT" && area == .union }

    /// Up to which value of goods the short form (CN 22) does, in minor units: what posts print for 300 special drawing
    /// rights, or less. Other currencies take the long form, which is right for any value.
    private static let shortFormMax: [String: Int64] = [
        "GBP": 270_00, "EUR": 300_00, "USD": 400_00, "CHF": 300_00, "CAD": 500_00, "AUD": 500_00, "SEK": 3_500_00,
        "NOK": 3_500_00, "DKK": 2_500_00, "PLN": 1_500_00, "CZK": 8_000_00, "JPY": 40_000,
    ]

    public static func takesShortForm(_ value: Money) -> Bool {
        shortFormMax[value.currency.code].map { value.amount <= $0 } ?? false
    }
}

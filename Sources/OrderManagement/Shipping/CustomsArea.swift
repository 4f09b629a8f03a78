/// Countries between which goods pass without customs.
///
/// The territories that postal services treat alike, country by country: parts of a country with customs of their own
/// (the Canary Islands, Livigno, Büsingen, Northern Ireland) are not told apart, since an address does not say them.
public enum CustomsArea {
    /// The customs territory of the European Union (Regulation (EU) 952/2013, Article 4), with Monaco.
    private static let union: Set<String> = [
        "AT", "AX", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GF", "GP", "GR", "HR", "HU", "IE",
        "IT", "LT", "LU", "LV", "MC", "MF", "MQ", "MT", "NL", "PL", "PT", "RE", "RO", "SE", "SI", "SK", "YT",
    ]
    private static let others: [String: String] = ["IM": "GB", "LI": "CH", "PR": "US", "SM": "EU"]

    /// The name of the area that a country is in: its own code, where it is one by itself.
    static func of(_ country: String) -> String {
        if union.contains(country) { return "EU" }
        return others[country] ?? country
    }

    /// Whether goods from one country to another need a declaration.
    public static func isLeft(from: String, to: String) -> Bool { of(from) != of(to) }

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

extension Order {
    /// Whether a parcel of a fulfillment from there needs a customs declaration.
    public func leavesCustomsArea(from location: Location) -> Bool {
        guard let address = delivery.address else { return false }
        return CustomsArea.isLeft(from: location.address.country, to: address.country)
    }
}

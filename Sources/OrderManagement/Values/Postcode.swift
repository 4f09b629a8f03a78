/// What is known of postcodes without asking anybody: which countries have them, and how they look.
public enum Postcode {
    /// By country, the shapes without spaces and hyphens: `9` a digit, `A` a letter, `X` either. Sources: the posts'
    /// own rules as the Universal Postal Union publishes them per country.
    static let shapes: [String: [String]] = {
        var shapes: [String: [String]] = [:]
        for country in "AT AU BE BG CH CY DK HU LI LU LV NO NZ SI ZA".split(separator: " ") {
            shapes[String(country)] = ["9999"]
        }
        for country in "CZ DE EE ES FI FR GR HR IT KR LT MC MX SE SK TR".split(separator: " ") {
            shapes[String(country)] = ["99999"]
        }
        for country in "CN IN RO RU SG".split(separator: " ") { shapes[String(country)] = ["999999"] }
        for country in "GB GG IM JE".split(separator: " ") {
            shapes[String(country)] = ["A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA"]
        }
        shapes["BR"] = ["99999999"]
        shapes["CA"] = ["A9A9A9"]
        shapes["IE"] = ["AXXXXXX"]
        shapes["IL"] = ["9999999", "99999"]
        shapes["IS"] = ["999"]
        shapes["JP"] = ["9999999"]
        shapes["MT"] = ["AAA9999"]
        shapes["NL"] = ["9999AA"]
        shapes["PL"] = ["99999"]
        shapes["PT"] = ["9999999"]
        shapes["US"] = ["99999", "999999999"]
        return shapes
    }()
    /// Postcodes that letters reach without.
    private static let optional: Set<String> = ["IE"]

    /// Letters that people write before a postcode for its country, besides the country's own code: those of its cars.
    private static let marks: [String: [String]] = [
        "AT": ["A"], "BE": ["B"], "DE": ["D"], "EE": ["EST"], "ES": ["E"], "FI": ["FIN", "SF"], "FR": ["F"],
        "HU": ["H"], "IT": ["I"], "LI": ["FL"], "LU": ["L"], "NO": ["N"], "PT": ["P"], "RO": ["R"], "RU": ["RUS"],
        "SE": ["S"], "SI": ["SLO"],
    ]

    /// A postcode without its country before it: `1855` of `L-1855`. Only where postcodes begin with a digit, so that
    /// no letter of the code itself is lost.
    public static func plain(_ postcode: String, in country: String) -> String {
        guard shapes[country]?.first?.first == "9" else { return postcode }
        let text = postcode.drop(while: \.isWhitespace)
        let letters = text.prefix(while: \.isLetter)
        guard !letters.isEmpty, ([country] + (marks[country] ?? [])).contains(letters.uppercased()) else {
            return postcode
        }
        return String(text[letters.endIndex...].drop { $0.isWhitespace || $0 == "-" })
    }

    /// What is wrong with a postcode; nil when nothing is, or when nothing is known of the country's.
    static func objection(to postcode: String, in country: String) -> String? {
        guard let shapes = shapes[country] else { return nil }
        let bare = bare(postcode, in: country)
        if bare.isEmpty { return optional.contains(country) ? nil : "the postcode is missing" }
        guard !shapes.contains(where: { fits(bare, $0) }) else { return nil }
        return "\(postcode) is no postcode of \(country)"
    }

    /// Without spaces and hyphens, and without the country that some write before it.
    static func bare(_ postcode: String, in country: String) -> String {
        plain(postcode, in: country).uppercased().filter { $0 != " " && $0 != "-" }
    }

    /// Of postcodes that name a street or a house, so many characters name the area to which a parcel is brought first:
    /// the forward sortation area, the routing key, the sectional center. Sources: Canada Post, Eircode, USPS (Labeling
    /// List L002), Japan Post, PostNL, CTT and Correios.
    private static let areas = ["BR": 5, "CA": 3, "IE": 3, "JP": 3, "MT": 3, "NL": 4, "PT": 4, "US": 3]
    /// Where the last three characters are the street (Royal Mail: the inward code).
    static let withInwardCode: Set<String> = ["GB", "GG", "IM", "JE"]

    /// The part of a postcode by which parcels are sorted: in Great Britain the outward code, in the United States
    /// the first three digits; the whole of one that is sorted so, and of one that looks like none of its country.
    static func area(of postcode: String, in country: String) -> String {
        let bare = bare(postcode, in: country)
        guard shapes[country]?.contains(where: { fits(bare, $0) }) ?? false else { return bare }
        if withInwardCode.contains(country) { return String(bare.dropLast(3)) }
        return areas[country].map { String(bare.prefix($0)) } ?? bare
    }

    static func fits(_ text: String, _ shape: String) -> Bool {
        text.count == shape.count
            && zip(text, shape).allSatisfy { letter, place in
                let isDigit = ("0"..."9").contains(letter)
                let isLetter = ("A"..."Z").contains(letter)
                return place == "9" ? isDigit : place == "A" ? isLetter : isDigit || isLetter
            }
    }
}

extension Address {
    /// Countries whose posts need the state or province.
    private static let needRegion: Set<String> = ["AU", "BR", "CA", "MX", "US"]
    /// How a post-office box is written where, in small letters without full stops.
    private static let boxWords = [
        "po box", "pobox", "post office box", "postfach", "boite postale", "boîte postale", "postbus", "apartado",
        "casella postale", "postboks", "postilokero", "skrytka pocztowa",
    ]

    /// What is wrong with it as far as that can be seen without asking anybody, in words; none when it is good.
    func objections(forbidsBoxes: Bool) -> [String] {
        var wrong: [String] = []
        if name.isEmpty { wrong.append("the name is missing") }
        if !lines.contains(where: { !$0.isEmpty }) { wrong.append("street and number are missing") }
        if city.isEmpty { wrong.append("the city is missing") }
        if !Country.isKnown(country) { wrong.append("\(country) is no country (ISO 3166-1)") }
        if Self.needRegion.contains(country), region?.isEmpty ?? true { wrong.append("the state is missing") }
        Postcode.objection(to: postcode, in: country).map { wrong.append($0) }
        if forbidsBoxes, isBox { wrong.append("the service does not deliver to post-office boxes") }
        return wrong
    }

    /// Whether its postcode looks like one of its country, as far as that is known.
    public var hasPostcode: Bool { Postcode.objection(to: postcode, in: country) == nil }

    /// By what a parcel to it is sorted: `GB LS1`, `DE 22767`; where there are no postcodes, the country.
    var sortKey: String { [country, Postcode.area(of: postcode, in: country)].joined(separator: " ").trimmed }

    var isBox: Bool {
        lines.contains { line in
            let plain = line.lowercased().filter { $0 != "." }
            return Self.boxWords.contains { plain.contains($0) }
        }
    }
}

import Foundation
public import OrderManagement

/// Addresses as the post of their country wants them.
///
/// Order of lines and parts, and what is in capitals, are Google's libaddressinput data (`AddressFormats`). What has no
/// place there is printed all the same, since a parcel must find its door: a postcode behind the city, or below; a
/// region on a line of its own beside the city's. A region is left out where it says nothing (`isSaid`), and where the
/// post finds the door by the postcode and asks for none (`withoutRegion`).
public enum AddressLayout {
    public struct Line: Hashable, Sendable {
        public let text: String
        /// The part of the address that takes most of the line: `lines/0`, `city`.
        public let field: String
    }

    /// - Parameters:
    ///   - sender: The country that the parcel comes from: when it is another, the country is the last line, in English
    ///     capitals, as the Universal Postal Union asks; nil when the address is read, not posted.
    /// - Returns: Lines without empty ones.
    public static func lines(_ address: Address, from sender: String? = nil) -> [Line] {
        let format = AddressFormats.of(address.country)
        let pattern = isLatin(address) ? format.latin : format.local
        var lines: [Line] = []
        let isSmallFirst = pattern.lines.last != [.field("N")]
        var more = homelessRegion(of: address, format, pattern)
        for elements in pattern.lines {
            let own = written(elements, address, pattern, format.upper)
            guard let region = more, elements.contains(.field("C")) else {
                lines += own
                continue
            }
            lines += isSmallFirst ? own + [region] : [region] + own
            more = nil
        }
        if needsCity(address, pattern) { lines.append(Line(text: address.city, field: "city")) }
        if let more { lines.append(more) }
        if hasCode(address), !pattern.hasPostcode, !pattern.hasCity {
            lines.append(Line(text: address.postcode, field: "postcode"))
        }
        if let sender, sender != address.country { lines.append(Line(text: format.name, field: "country")) }
        return lines
    }

    /// Formats for Latin letters are other ones in East Asia, from the small to the large.
    private static func isLatin(_ address: Address) -> Bool {
        ([address.city, address.region ?? ""] + address.lines).allSatisfy { text in
            text.unicodeScalars.allSatisfy { $0.value < 0x1100 || (0x1E00..<0x2E80).contains($0.value) }
        }
    }

    // MARK: Patterns

    /// One line of the pattern; its signs and spaces stand only between parts that are there.
    private static func written(
        _ elements: [AddressFormats.Element], _ address: Address, _ pattern: AddressFormats.Pattern,
        _ upper: Set<Character>
    ) -> [Line] {
        if elements == [.field("A")] {
            return address.lines.enumerated().filter { !$1.isEmpty }.map { place, text in
                Line(text: upper.contains("A") ? text.uppercased() : text, field: "lines/\(place)")
            }
        }
        let texts = elements.map { text(of: $0, address, pattern, upper) }
        func isThere(_ place: Int) -> Bool {
            guard elements.indices.contains(place), case .field = elements[place] else { return true }
            return !texts[place].isEmpty
        }
        var line = ""
        var field = "country"
        var longest = 0
        var hasPart = false
        var isSeparated = true
        for (place, element) in elements.enumerated() where !texts[place].isEmpty {
            switch element {
            case .field(let name):
                // A part that is not there takes its signs with it, but two parts never run together for that.
                line += (isSeparated ? "" : " ") + texts[place]
                isSeparated = true
                if texts[place].count > longest { (field, longest) = (Self.names[name] ?? field, texts[place].count) }
                hasPart = true
            case .literal:
                if isThere(place - 1), isThere(place + 1) { line += texts[place] } else { isSeparated = !hasPart }
            }
        }
        let isFixed = elements.allSatisfy { if case .literal = $0 { true } else { false } }
        guard hasPart || isFixed, !line.isEmpty else { return [] }
        return [Line(text: line, field: field)]
    }

    private static let names: [Character: String] = [
        "N": "name", "A": "lines/0", "C": "city", "S": "region", "Z": "postcode",
    ]

    private static func text(
        of element: AddressFormats.Element, _ address: Address, _ pattern: AddressFormats.Pattern,
        _ upper: Set<Character>
    ) -> String {
        guard case .field(let name) = element else {
            guard case .literal(let text) = element else { return "" }
            return text
        }
        let text: String
        switch name {
        case "N": text = address.name
        case "A": text = address.lines.filter { !$0.isEmpty }.joined(separator: ", ")
        case "C":
            let isHomeless = !pattern.hasPostcode && hasCode(address)
            text = [address.city, isHomeless ? address.postcode : ""].filter { !$0.isEmpty }.joined(separator: " ")
        case "S": text = region(of: address, pattern)
        case "Z": text = code(of: address, pattern)
        default: text = ""
        }
        return upper.contains(name) ? text.uppercased() : text
    }

    /// Whether there is a postcode: zeros alone are what forms are filled with where there is none.
    private static func hasCode(_ address: Address) -> Bool {
        address.postcode.contains { $0.isNumber && $0 != "0" }
    }

    /// The postcode without the letters that the format writes by itself: `LV-1010` would have them twice.
    private static func code(of address: Address, _ pattern: AddressFormats.Pattern) -> String {
        let prefix = pattern.postcodePrefix
        guard !prefix.isEmpty, address.postcode.hasPrefix(prefix) else { return address.postcode }
        return String(address.postcode.dropFirst(prefix.count))
    }

    // MARK: Regions

    /// Countries whose posts deliver by postcode and town and ask for no region: Royal Mail wants no county, Deutsche
    /// Post no state. Elsewhere, and where there is no postcode, a region is printed.
    private static let withoutRegion: Set<String> = [
        "AT", "BE", "CH", "CZ", "DE", "DK", "EE", "FI", "FR", "GB", "GR", "HR", "HU", "IS", "LI", "LT", "LU", "LV",
        "NL", "NO", "PL", "PT", "SE", "SI", "SK",
    ]

    private static func isUnwanted(_ address: Address) -> Bool {
        withoutRegion.contains(address.country) && hasCode(address)
    }

    /// Capitals and accents make no other name: `Zürich` is `ZURICH`.
    private static func plain(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespaces)
            .folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
    }

    /// The region as a line, where the format has no place for it and it says something.
    private static func homelessRegion(
        of address: Address, _ format: AddressFormats.Format, _ pattern: AddressFormats.Pattern
    ) -> Line? {
        guard !pattern.hasRegion, let region = address.region, !isUnwanted(address),
            !isSaid(region, in: address, format, pattern)
        else { return nil }
        let isUpper = format.upper.contains("S") || format.upper.contains("C")
        return Line(text: isUpper ? region.uppercased() : region, field: "region")
    }

    /// Whether a region says nothing that the address does not: it is the city or the country by name, stands in a
    /// line, or the format writes it by itself.
    private static func isSaid(
        _ region: String, in address: Address, _ format: AddressFormats.Format, _ pattern: AddressFormats.Pattern
    ) -> Bool {
        let region = plain(region)
        guard !region.isEmpty, region != plain(format.name) else { return true }
        if plain(pattern.literals).split(separator: " ").contains(Substring(region)) { return true }
        return ([address.city] + address.lines).contains { line in
            plain(line) == region || line.split(separator: ",").contains { plain(String($0)) == region }
        }
    }

    /// Where a country's format has no place for a city, the region is it (Andorra, Hong Kong).
    private static func region(of address: Address, _ pattern: AddressFormats.Pattern) -> String {
        let region = isUnwanted(address) ? "" : address.region ?? ""
        // Cities that are a region of their own (北京市) are written once.
        guard !pattern.hasCity else { return isCity(region, of: address) ? "" : region }
        if region.isEmpty || plain(region) == plain(address.city) { return address.city }
        return [address.city, region].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// Whether a region is the city itself; the four municipalities of China are also named without `市` (city).
    private static func isCity(_ region: String, of address: Address) -> Bool {
        if plain(region) == plain(address.city) { return true }
        return address.country == "CN" && municipalities.contains(region) && address.city == region + "市"
    }

    private static let municipalities: Set<String> = ["北京", "上海", "天津", "重庆"]

    /// A city that the format has no place for and does not write by itself, as Singapore's does.
    private static func needsCity(_ address: Address, _ pattern: AddressFormats.Pattern) -> Bool {
        !pattern.hasCity && !pattern.hasRegion && !address.city.isEmpty
            && !pattern.literals.contains(address.city.lowercased())
    }
}
